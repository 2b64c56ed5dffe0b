"""Protocols for a patient: a table to compare them, what speaks for and against each, and records for programs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.text import Text

from kapplan.dataclass import dataclass
from kapplan.model.plan import Finding
from kapplan.output.course.heading import item
from kapplan.output.records.plain_data import told
from kapplan.output.records.records import Cell, Column, Records
from kapplan.output.records.words import NOT_VERIFIED, aligned_day_words, clean, count
from kapplan.output.terminal import styles
from kapplan.output.terminal.grid import Grid
from kapplan.output.terminal.reader import rows_read
from kapplan.output.terminal.records_table import fitted
from kapplan.output.terminal.trimmed import Trimmed
from kapplan.planning.phrases.words import listed, short_day_words
from kapplan.planning.schedule.points import Point
from kapplan.planning.schedule.suggest import ELIGIBILITY, REFUSED, Eligibility, Extent, Suggestion, Suggestions

CHOICE = "A clinician chooses. The order is eligibility, then label status, then evidence; never convenience."
_KEYS = (
    "id", "title", "eligibility", "label", "strength", "result", "unverified", "drug", "route", "indications", "doses",
    "visits", "weeks", "clinic_minutes", "follow_up_doses", "follow_up_visits", "follow_up_clinic_minutes",
    "first_start", "first_dose", "deviation", "follow_up_deviation", "for", "against",
    "days_off", "follow_up_days_off",
)  # fmt: skip
_GAP = 2
_WIDE, _NARROWEST = 100, 70
"""From what width on there is room for all columns, and below what for none: then each course is a paragraph."""
_MINUTES_IN_HOUR = 60
_LEGEND = (
    "Evidence: A label or trial, B large cohort, C small open-label, D practice; null, negative, mixed: what the trial "
    "found; all that speaks for and against each "
    "protocol: --format json. Doses, visits and hours in the "
    "clinic: of the active course + of the follow-up. Weeks: the active course. Off: days off target of the closest "
    "dates that these calendars allow."
)
_STARRED = f"{styles.UNVERIFIED_MARK} no source confirms some part of it: `kapplan protocols ID` says which"


def suggest_records(found: Suggestions, *, patient: str | None = None) -> Records:
    """Return one record a protocol, the first to be read first; ``points`` and ``findings`` in full for JSON."""
    return Records(
        columns=tuple(Column(key=key) for key in _KEYS),
        rows=tuple(_row(suggestion) for suggestion in found.ranked),
        schema="kapplan.suggestions/1",
        name="protocols",
        patient=patient,
        safety=tuple(finding.text for finding in found.safety),
        after=(CHOICE, *found.notices),
        extra={
            "points": [_point_data(one.protocol.id, point) for one in found.ranked for point in one.points],
            "advice": [_point_data(None, point) for point in found.advice],
            "not_stated": {key: list(rules) for key, rules in found.unknown.items()},
            "findings": list(_findings_data(found.ranked)),
            "notices": [CHOICE, *found.notices],
        },
    )


def _row(one: Suggestion) -> tuple[Cell, ...]:
    protocol, dates = one.protocol, one.dates
    return (
        protocol.id,
        protocol.title,
        one.eligibility,
        "on label" if one.on_label else "OFF-LABEL",
        protocol.strength,
        None if protocol.result is None else protocol.result.finding,
        one.unverified,
        protocol.drug,
        _routes(one),
        protocol.indications,
        one.course.doses,
        one.course.visits,
        one.weeks,
        one.course.clinic_minutes,
        one.follow_up.doses,
        one.follow_up.visits,
        one.follow_up.clinic_minutes,
        None if dates is None else dates.start,
        None if dates is None else dates.first_dose,
        None if dates is None else dates.deviation,
        None if dates is None else dates.follow_up_deviation,
        tuple(_told(point) for point in one.points if point.side == "for"),
        tuple(_told(point) for point in one.points if point.side == "against"),
        None if dates is None else dates.off.course,
        None if dates is None else dates.off.follow_up,
    )


def _routes(one: Suggestion) -> tuple[str, ...]:
    return one.protocol.routes if one.route is None else (one.route,)


def _told(point: Point) -> str:
    return f"{clean(point.text)} [{_origin(point)}]"


def _origin(point: Point) -> str:
    marks = [f"strength {point.strength}" if point.strength else "", "" if point.verified else NOT_VERIFIED]
    return "; ".join(part for part in (point.about, clean(point.source), *marks) if part)


def _point_data(protocol: str | None, point: Point) -> dict[str, Any]:
    own = {} if protocol is None else {"protocol": protocol, "side": point.side}
    return own | told(point, ("about", "text", "source", "strength", "verified", "weighs"))


_FINDING = ("rule", "level", "text", "source", "safety", "overridden", "not_screened", "change")


def _findings_data(ranked: Iterable[Suggestion]) -> Iterator[dict[str, Any]]:
    """Yield every finding once, with the protocols that it is about."""
    about: dict[Finding, list[str]] = {}
    for one in ranked:
        for finding in one.findings:
            about.setdefault(finding, []).append(one.protocol.id)
    for finding, protocols in about.items():
        yield {**told(finding, _FINDING), "protocols": protocols}


# For people


@dataclass(frozen=True, slots=True)
class SuggestView:
    """The protocols side by side, in the order in which to read them, then what speaks for and against."""

    found: Suggestions
    patient: str | None = None

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Lay the comparison out for the width at hand."""
        for finding in self.found.safety:
            yield item(" SAFETY ", Text(clean(finding.text), style="bold red"), style=styles.SAFETY)
        if self.patient is not None:
            yield Text(clean(self.patient), style=styles.HEADING)
        yield Trimmed(Text(CHOICE, style=styles.HEADING))
        for notice in self.found.notices:
            yield item("·", Text(clean(notice)), style=styles.QUIET)
        yield from _tables(console, self.found.ranked, options.max_width)
        yield Text()
        yield from _points(self.found)
        yield from _not_stated(self.found)
        yield Trimmed(Text(_LEGEND, style=styles.QUIET))
        if any(one.unverified for one in self.found.ranked):
            yield Trimmed(Text(_STARRED, style=styles.QUIET))


def _tables(console: Console, ranked: Sequence[Suggestion], width: int) -> Iterator[RenderableType]:
    wide = width >= _WIDE or width < _NARROWEST
    titles = [Text(title, style="bold dim") for title in _titles(wide=wide)]
    others = [one for one in ranked if one.eligibility == _OTHER]
    shown = [one for one in ranked if one.eligibility != _OTHER]
    rows = rows_read(console, (_cells(one, wide=wide) for one in shown))
    needed = [max(cell.cell_len for cell in column) for column in zip(titles, *rows, strict=True)]
    least = [max(_longest_word(cell) for cell in column) for column in zip(titles, *rows, strict=True)]
    widths = fitted(needed, least, width) if width >= _NARROWEST else None
    yield Text()
    if shown and widths is not None:
        yield Grid(widths, [titles], gap=_GAP, right=_RIGHT)
    elif shown:
        rows = [[_with_titles(titles, row)] for row in rows]
    yield from _ranked_rows(shown, rows, widths, width, before=True)
    if others:
        yield _group_line(_group(others[0]), width)
        yield item("·", Text(listed(f"{one.protocol.id} ({', '.join(one.protocol.indications)})" for one in others)))
    yield from _ranked_rows(shown, rows, widths, width, before=False)


_OTHER = "other indication"
"""Courses for what the patient does not have are named and no more; the records for programs have all of them."""


def _ranked_rows(
    shown: Sequence[Suggestion],
    rows: Sequence[Sequence[Text]],
    widths: Sequence[int] | None,
    width: int,
    *,
    before: bool,
) -> Iterator[RenderableType]:
    """Yield the rows of the groups that come before those of other diagnoses, or after them."""
    last = ELIGIBILITY.index(_OTHER)
    for group, members in groupby(zip(shown, rows, strict=True), key=lambda pair: _group(pair[0])):
        if (ELIGIBILITY.index(group[0]) < last) == before:
            yield _group_line(group, width)
            if widths is None:
                yield from (item("·", row[0]) for _, row in members)
            else:
                yield Grid(widths, [row for _, row in members], gap=_GAP, right=_RIGHT)


def _with_titles(titles: Sequence[Text], row: Sequence[Text]) -> Text:
    """Return a row as words, for what is too narrow for columns."""
    told = (Text.assemble(title, " ", cell) for title, cell in zip(titles[1:], row[1:], strict=True) if cell)
    return Text(" · ").join((row[0], *told))


_RIGHT = frozenset({2, 3, 4, 5})
"""The columns of numbers."""


def _longest_word(cell: Text) -> int:
    return max((len(word) for word in cell.plain.replace("+", "+ ").split()), default=0)


def _titles(*, wide: bool) -> list[str]:
    titles = ["Protocol", "Evidence", "Doses", "Visits", "Weeks", "Hours", "Start", "Off"]
    return [*titles, "Route", "For"] if wide else titles


def _cells(one: Suggestion, *, wide: bool) -> list[Text]:
    mark, result = styles.UNVERIFIED_MARK if one.unverified else "", one.protocol.result
    cells = [
        Text(one.protocol.id, style=styles.HEADING),
        Text(" ".join((f"{one.protocol.strength or 'none'}{mark}", *([result.finding] if result else [])))),
        Text(_both(one.course.doses, one.follow_up.doses)),
        Text(_both(one.course.visits, one.follow_up.visits)),
        Text(str(one.weeks)),
        Text(_both(_hours(one.course), _hours(one.follow_up))),
        *_date_cells(one, wide=wide),
    ]
    return [*cells, Text(", ".join(_routes(one))), Text(", ".join(one.protocol.indications))] if wide else cells


def _both(course: int | str, follow_up: int | str) -> str:
    return f"{course}+{follow_up}" if follow_up not in {0, "0"} else str(course)


def _hours(extent: Extent) -> str:
    return f"{extent.clinic_minutes / _MINUTES_IN_HOUR:.0f}" if extent.clinic_minutes else "0"


def _date_cells(one: Suggestion, *, wide: bool) -> list[Text]:
    if one.refused:
        return [Text("-", style=styles.QUIET), Text("-", style=styles.QUIET)]
    if one.dates is None:
        return [Text("none fits", style=styles.OFF_TARGET), Text("-", style=styles.QUIET)]
    off = _both(one.dates.off.course, one.dates.off.follow_up)
    day = aligned_day_words(one.dates.start) if wide else short_day_words(one.dates.start)
    return [Text(day), Text(off, style=styles.OFF_TARGET if off != "0" else "")]


_Group = tuple[Eligibility, bool]


def _group(one: Suggestion) -> _Group:
    return one.eligibility, one.on_label


def _group_line(group: _Group, width: int) -> Text:
    eligibility, on_label = group
    words = {
        "eligible": "Eligible",
        "indication not stated": "No diagnosis is stated",
        "criteria not met": "For the diagnosis, but its label or study asks for more",
        "other indication": "For other diagnoses than those stated",
        "refused unless overridden": "Refused unless a clinician overrides it",
        "refused": "Refused",
    }[eligibility]
    style = "bold red" if eligibility in REFUSED else styles.HEADING
    label = (" on label ", styles.GOOD) if on_label else (" OFF-LABEL ", styles.LOUD)
    line = Text.assemble((words, style), " ", label, " ")
    return line.append("─" * max(width - line.cell_len, 0), style=styles.QUIET)


def _points(found: Suggestions) -> Iterator[RenderableType]:
    """Yield what speaks for and against, each sentence once with the protocols that it is about."""
    sides = (
        ("against", "Speaks against", "\N{EN DASH}", styles.OFF_TARGET),
        ("for", "Speaks for", "+", styles.GOOD),
    )
    for side, title, mark, style in sides:
        about: dict[tuple[str, str], list[str]] = {}
        for one in found.ranked:
            for point in one.points:
                if point.side == side and _is_told(one, point):
                    about.setdefault((point.text, _origin(point)), []).append(one.protocol.id)
        if about:
            yield Text(title, style=styles.HEADING)
        for (text, origin), protocols in about.items():
            who = "all" if len(protocols) == len(found.ranked) else listed(protocols)
            body = Text.assemble((f"{who}: ", styles.HEADING), clean(text), (f" [{origin}]", styles.QUIET))
            yield item(mark, body, style=style)
    if found.advice:
        yield Text("For any course", style=styles.HEADING)
    for point in found.advice:
        yield item("·", Text.assemble(clean(point.text), (f" [{_origin(point)}]", styles.QUIET)), style=styles.QUIET)


def _is_told(one: Suggestion, point: Point) -> bool:
    """Tell whether a point is worth a line on screen; the records for programs have all of them.

    Of what is refused only why; of what is for other diagnoses nothing: that it is for others the table says.
    """
    if one.refused:
        return point.about in {finding.rule for finding in one.findings if finding.refuses}
    return one.eligibility != _OTHER and point.about != "indication"


def _not_stated(found: Suggestions) -> Iterator[RenderableType]:
    """Yield what the profile leaves open: what would tell more, and what is not screened."""
    if found.unknown:
        keys = [f"{key} ({listed(rules)})" for key, rules in found.unknown.items()]
        yield item("?", Text(f"Not stated, and it would tell more: {listed(keys)}."), style=styles.OFF_TARGET)
    unscreened = dict.fromkeys(
        finding.key for one in found.ranked for finding in one.findings if finding.not_screened and finding.key
    )
    if unscreened:
        body = f"Not screened, since the profile does not state it: {listed(unscreened)}."
        yield item("!", Text(body), style=styles.OFF_TARGET)


def unplaced_note(found: Suggestions, profile: str) -> str | None:
    """Return what to type to hear why courses have no dates; ``None`` where all have some."""
    without = [one.protocol.id for one in found.ranked if not one.refused and one.dates is None]
    if not without:
        return None
    told = f"No dates that keep every rule were found for {count(len(without), 'course')}"
    return f"{told}. Why: kapplan plan {profile} --protocol {without[0]}"
