"""Spans of days as people type them: ``10 feb - 14 feb``, ``10-14 feb``, ``next week``, ``10 feb for 5 days``.

Each end is a day of the grammar of ``typed_days``; the last one without a year is the next such day from the first.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta

from kapplan.dataclass import dataclass
from kapplan.dates import DAYS_IN_WEEK
from kapplan.errors import UsageError
from kapplan.planning.phrases.typed_days import AmbiguousDayError, Order, parse_when
from kapplan.planning.phrases.words import day_words

PERIODS = "`2027-02-10..2027-02-14`, `10 feb - 14 feb`, `10 feb for 5 days`, `next week`, or one day"
"""What a period can look like, for the hints of errors."""

_BETWEEN = re.compile(r"\s*(?:\.\.|[\u2013\u2014])\s*|\s+(?:-|to|until|through)\s+")
_TWO_DAYS = re.compile(r"(\d{1,2}(?:st|nd|rd|th)?)\s*(?:[-\u2013\u2014]|\.\.|\bto\b)\s*(\d{1,2}(?:st|nd|rd|th)?)")
_FOR = re.compile(r"(?:(.*)\s)?for\s+(\d{1,3}|an?)\s*(d|days?|w|weeks?)")
_YEAR = re.compile(r".*\b[1-9]\d{3}\b")
_ANY_YEAR = re.compile(r"\b[1-9]\d{3}\b")
_FROM_TODAY = frozenset({"today", "tomorrow", "yesterday", "in"})
_LONGEST = 366
_HALF_A_YEAR = 183
"""So many days a span has at most that goes on in the next year without saying so."""


@dataclass(frozen=True, slots=True)
class Period:
    """From one day through another, both included."""

    first: date
    last: date

    def __str__(self) -> str:
        """Return the full form: ``Wed 10 Feb 2027..Sun 14 Feb 2027``."""
        return day_words(self.first) if self.first == self.last else f"{day_words(self.first)}..{day_words(self.last)}"


def parse_period(words: Sequence[str] | str, *, today: date, order: Order | None = None) -> Period:
    """Return the days that words name, both ends included; one day stands for itself.

    A year said with the last day alone holds for the first too. Raises ``UsageError``, ``AmbiguousDayError`` where
    figures could mean two days.
    """
    text = (words if isinstance(words, str) else " ".join(words)).strip()
    if text.lower() in {"this week", "next week"}:
        return _week(text.lower(), today)
    if (match := _FOR.fullmatch(text.lower())) is not None:
        return _so_many_days(match, text, today, order)
    ends = _ends(text)
    if len(ends) > 2 or not all(ends):  # noqa: PLR2004 - a first and a last day
        raise UsageError(f"`{text}` is no period", hint=f"write {PERIODS}")
    if len(ends) == 1:
        first = _day(text, text, today, order)
        return Period(first, first)
    if _YEAR.fullmatch(ends[1]) and not _YEAR.fullmatch(ends[0]) and ends[0].lower().split()[0] not in _FROM_TODAY:
        last = _day(ends[1], text, today, order)
        first = parse_when(ends[0], today=last, direction="back", order=order).day
    else:
        first = _day(ends[0], text, today, order)
        relative = ends[1].lower().split()[0] in _FROM_TODAY
        last = _day(ends[1], text, today if relative else first, order)
    if _is_next_year_s(ends[1]) and last.year > first.year and (last - first).days > _HALF_A_YEAR:
        hint = f"write the earlier day first, or with its year `{day_words(last)}`"
        raise UsageError(f"`{text}` ends before it begins, or a year later", hint=hint)
    if last < first:
        raise UsageError(f"`{text}` ends on {day_words(last)}, before it begins", hint="write the earlier day first")
    return Period(first, last)


def _is_next_year_s(text: str) -> bool:
    """Tell whether a last day would be in the next year without its words saying so."""
    return not _ANY_YEAR.search(text) and text.lower().split()[0] not in _FROM_TODAY


def _ends(text: str) -> list[str]:
    """Return the words of the first and of the last day; the month of ``10-14 feb`` is that of both."""
    match = _TWO_DAYS.search(text)
    if match is not None:
        before, behind = text[: match.start()].strip(), text[match.end() :].strip()
        alone = not behind or _YEAR.fullmatch(behind) if before.isalpha() else not before and behind
        if alone:
            return [" ".join(filter(None, (before, day, behind))) for day in match.groups()]
    return _BETWEEN.split(text)


def _week(words: str, today: date) -> Period:
    sunday = today + timedelta(days=DAYS_IN_WEEK - 1 - today.weekday())
    if words == "this week":
        return Period(today, sunday)
    return Period(sunday + timedelta(days=1), sunday + timedelta(days=DAYS_IN_WEEK))


def _so_many_days(match: re.Match[str], text: str, today: date, order: Order | None) -> Period:
    first = _day(match[1], text, today, order) if match[1] else today
    count = (int(match[2]) if match[2].isdecimal() else 1) * (DAYS_IN_WEEK if match[3].startswith("w") else 1)
    if not 1 <= count <= _LONGEST:
        raise UsageError(f"`{text}` is no period", hint=f"write one of a year at most: {PERIODS}")
    return Period(first, first + timedelta(days=count - 1))


def _day(part: str, text: str, today: date, order: Order | None) -> date:
    try:
        when = parse_when(part, today=today, order=order)
    except AmbiguousDayError:
        raise
    except UsageError as error:
        raise UsageError(str(error), hint=f"write {PERIODS}") from error
    if when.time is not None:
        raise UsageError(f"`{text}` has a time of day", hint=f"a period is whole days: write {PERIODS}")
    return when.day
