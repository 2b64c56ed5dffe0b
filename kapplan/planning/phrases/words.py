"""The words for visits, days and levels, the same wherever kapplan explains something."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING

from kapplan.model.fields import MINUTES_IN_HOUR, Level
from kapplan.model.regimen import Cited
from kapplan.model.terms import KINDS

if TYPE_CHECKING:
    from kapplan.model.plan import Finding

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
FEW = 4
"""How many visits, or days, are named one by one."""
_LEVEL_WORDS: dict[Level, str] = {
    "label": "label",
    "protocol": "protocol",
    "clinic": "clinic",
    "default": "kapplan's default",
}


def parts_of_id(visit_id: str) -> tuple[str, str]:
    """Return the kind and the number of which a visit's id is made; of one that is made otherwise, no kind."""
    kind, _, number = visit_id.rpartition("-")
    return kind, number


def kind_words(kind: str) -> str:
    """Return what people call a visit of a kind: ``dose``."""
    known = KINDS.get(kind)
    return known.spoken if known else kind


def visit_words(visit_id: str) -> str:
    """Return a visit's id as people say it: ``dosing-3`` is ``dose 3``."""
    kind, number = parts_of_id(visit_id)
    return f"{kind_words(kind)} {number}" if kind else visit_id


def weekday_words(day: date) -> str:
    """Return ``Mon``; the same on every system, whatever its language."""
    return WEEKDAYS[day.weekday()]


def month_words(day: date) -> str:
    """Return ``Jan``; the same on every system, whatever its language."""
    return MONTHS[day.month - 1]


def short_day_words(day: date) -> str:
    """Return ``Mon 18 Jan``."""
    return f"{weekday_words(day)} {day.day} {MONTHS[day.month - 1]}"


def day_words(day: date) -> str:
    """Return ``Mon 18 Jan 2027``."""
    return f"{short_day_words(day)} {day.year}"


def span_words(first: date, last: date) -> str:
    """Return days from one through another, one alone where both are the same: ``Mon 8 Feb 2027``."""
    return day_words(first) if first == last else f"{day_words(first)} through {day_words(last)}"


def days_words(count: int) -> str:
    """Return ``1 day`` or ``3 days``."""
    return f"{count} day" if count == 1 else f"{count} days"


def visits_words(visit_ids: Sequence[str]) -> str:
    """Return visits as people list them; of many, only the first and the last of each kind."""
    if len(visit_ids) <= FEW:
        return listed(map(visit_words, visit_ids))
    kinds: dict[str, list[str]] = {}
    for visit in visit_ids:
        kinds.setdefault(parts_of_id(visit)[0], []).append(visit)
    return listed(
        visit_words(group[0]) if len(group) == 1 else f"{visit_words(group[0])} to {visit_words(group[-1])}"
        for group in kinds.values()
    )


def doses_words(count: int) -> str:
    """Return ``1 dose`` or ``6 doses``."""
    return f"{count} dose" if count == 1 else f"{count} doses"


def range_words(first: int, last: int) -> str:
    """Return ``3 to 7 days``, or ``3 days`` where both are the same."""
    return days_words(first) if first == last else f"{first} to {days_words(last)}"


def level_words(level: Level) -> str:
    """Return where a rule comes from, in words."""
    return _LEVEL_WORDS[level]


def source_words(key: str | None, sources: Iterable[Cited]) -> str | None:
    """Return the citation of a source's key with its link; the key itself where it is not among them."""
    if key is None:
        return None
    for source in sources:
        if source.key == key:
            return source.cite if source.link is None else f"{source.cite} ({source.link})"
    return key


def listed(items: Iterable[str]) -> str:
    """Return ``a, b and c``."""
    *most, last = items
    return f"{', '.join(most)} and {last}" if most else last


def finding_line(finding: Finding) -> str:
    """Return a finding of screening as one sentence, with what would change it."""
    change = f" What would change it: {finding.change}." if finding.change and finding.refuses else ""
    override = " A clinician can override it." if finding.level == "refuse-unless-overridden" else ""
    safety = "SAFETY: " if finding.safety else ""
    return f"{safety}{finding.rule}: {finding.text}{change}{override if finding.refuses else ''} [{finding.source}]"


def duration_words(minutes: int) -> str:
    """Return a length as ``50 min``, ``2 h`` or ``2 h 30``."""
    hours, rest = divmod(minutes, MINUTES_IN_HOUR)
    if not hours:
        return f"{rest} min"
    return f"{hours} h {rest:02d}" if rest else f"{hours} h"
