"""The day's list over a book: a line for each patient, for people and as records."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.text import Text

from kapplan.dataclass import dataclass
from kapplan.output.records.records import Cell, Column, Records
from kapplan.output.records.words import clean, count, dates_words
from kapplan.output.terminal import styles
from kapplan.output.terminal.grid import Grid, MarkedParagraph
from kapplan.output.terminal.reader import rows_read
from kapplan.output.terminal.trimmed import Trimmed
from kapplan.planning.clinic.board import BoardVisit
from kapplan.planning.clinic.patient_lines import PatientLine, PatientLines, PatientVisit
from kapplan.planning.phrases.words import short_day_words, visit_words

_COLUMNS = (
    Column(key="patient", style="bold"),
    Column(key="safety"),
    Column(key="unrecorded", title="Not recorded", right=True),
    Column(key="oldest"),
    Column(key="since"),
    Column(key="day"),
    Column(key="from", title="From"),
    Column(key="until", title="Until"),
    Column(key="visit"),
    Column(key="status"),
    Column(key="provisional", brief=False),
    Column(key="room"),
    Column(key="staff"),
    Column(key="clash", title="Clash with"),
    Column(key="visits", right=True, brief=False),
    Column(key="due", right=True),
    Column(key="due_since", brief=False),
    Column(key="proposals", right=True, brief=False),
    Column(key="held", title="On hold", brief=False),
    Column(key="plan", brief=False),
    Column(key="doubted", title="In doubt", brief=False),
)
_GAP = 2
_LEAST_WORDS = 24
_WIDEST_NAME = 18
LONG_WAY = "Every task, escort, authorization and proposal: kapplan today --full"
"""What tells more; which book is meant is said behind it."""


def patient_records(
    listed: PatientLines, safety: Sequence[str], damaged: Sequence[str], doubted: Collection[str] = ()
) -> Records:
    """Return a record for each patient: what is not recorded, the next visit of the days, and what is due.

    ``safety`` are the notices in words, ``damaged`` the names of plans that cannot be read, ``doubted`` of those that
    are not as they were written or there as copies.
    """
    return Records(
        columns=_COLUMNS,
        rows=tuple(_row(line, doubted) for line in listed.lines),
        schema="kapplan.patients/1",
        name="patients",
        title=dates_words(listed.first, listed.last),
        safety=tuple(safety),
        after=() if listed.lines else ("Nothing is on the list.",),
        extra={
            "from": listed.first.isoformat(),
            "until": listed.last.isoformat(),
            "damaged": list(damaged),
            "doubted": sorted(doubted),
        },
    )


def _row(line: PatientLine, doubted: Collection[str]) -> tuple[Cell, ...]:
    plan, late = line.plan, line.unrecorded
    first = line.visits[0] if line.visits else None
    one = None if first is None else first.visit
    clashes = tuple(sorted({patient for visit in line.visits for patient in visit.clashes}))
    return (
        plan.patient,
        plan.safety,
        len(late),
        late[0].visit if late else None,
        late[0].begins.date() if late else None,
        None if one is None else one.begins.date(),
        None if one is None else f"{one.begins:%H:%M}",
        None if one is None else f"{one.ends:%H:%M}",
        None if one is None else one.visit,
        None if one is None else one.status,
        one is not None and one.provisional,
        None if first is None else first.room,
        () if first is None else first.staff,
        clashes,
        len(line.visits),
        line.due,
        line.since,
        plan.proposals,
        plan.held,
        plan.name,
        plan.name in doubted,
    )


@dataclass(frozen=True, slots=True)
class PatientLinesView:
    """The list for people, in a form that fits the console it is printed on.

    ``safety`` are notices in words, ``doubted`` the names of plans that are not as they were written, or are there as
    copies; ``book`` is the option by which a command that is printed means the same book.
    """

    listed: PatientLines
    safety: tuple[str, ...] = ()
    doubted: frozenset[str] = frozenset()
    book: str = ""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Lay the list out for the width at hand."""
        for notice in self.safety:
            said = Text(" SAFETY ", style=styles.SAFETY), Text(clean(notice), style="bold red")
            yield Grid([8, max(options.max_width - 9, 1)], [said], gap=1)
        days = dates_words(self.listed.first, self.listed.last)
        yield Trimmed(Text.assemble((days, styles.HEADING), _summary(self.listed)))
        if self.listed.lines:
            yield from _lines(console, self.listed, self.doubted, options.max_width)
            yield Trimmed(Text(f"{LONG_WAY}{self.book}", style=styles.QUIET))


def _summary(listed: PatientLines) -> str:
    visits = sum(len(line.visits) for line in listed.lines)
    late = sum(len(line.unrecorded) for line in listed.lines)
    clashes = sum(bool(one.clashes) for line in listed.lines for one in line.visits)
    told = [
        count(visits, "visit") if visits else "nobody comes",
        *([f"{late} not recorded"] if late else []),
        *([count(clashes, "clash", "clashes")] if clashes else []),
    ]
    return "  " + " · ".join(told)


def _lines(console: Console, listed: PatientLines, doubted: frozenset[str], width: int) -> Iterator[RenderableType]:
    rows = rows_read(console, (_cells(line, listed, line.plan.name in doubted) for line in listed.lines))
    widths = [max(cell.cell_len for cell in column) for column in zip(*rows, strict=True)][:-1]
    widths[1] = min(widths[1], _WIDEST_NAME)
    rest = width - sum(widths) - _GAP * len(widths)
    if rest >= _LEAST_WORDS:
        yield Grid([*widths, rest], rows, gap=_GAP)
        return
    for mark, *others in rows:
        yield MarkedParagraph(mark, Text("  ").join(cell for cell in others if cell))


def _cells(line: PatientLine, listed: PatientLines, doubted: bool) -> tuple[Text, ...]:
    loud = line.plan.safety or line.unrecorded or line.clash or doubted
    first = line.visits[0] if line.visits else None
    return (
        Text("!" if loud else "·", style="bold red" if loud else styles.QUIET),
        Text(clean(line.plan.patient), style="bold"),
        Text("" if first is None else _when(first.visit, listed)),
        Text("" if first is None else visit_words(first.visit.visit)),
        Text(" · ").join((*([Text("IN DOUBT", style="bold red")] if doubted else []), *_told(line, listed))),
    )


def _when(visit: BoardVisit, listed: PatientLines) -> str:
    span = f"{visit.begins:%H:%M}\N{EN DASH}{visit.ends:%H:%M}"
    return span if listed.first == listed.last else f"{short_day_words(visit.begins.date())} {span}"


def _told(line: PatientLine, listed: PatientLines) -> Iterator[Text]:
    if line.unrecorded:
        yield Text(_late_words(line.unrecorded), style="bold red")
    if line.visits:
        yield from _of_visit(line.visits[0])
    for other in line.visits[1:]:
        yield Text(f"then {_when(other.visit, listed)} {visit_words(other.visit.visit)}")
        yield from _clash_words(other)
    if line.plan.held:
        yield Text("on hold")
    if line.since is not None:
        oldest = f", since {short_day_words(line.since)}" if line.since < listed.first else ""
        yield Text(f"{line.due} due{oldest}")
    if line.plan.proposals:
        yield Text(count(line.plan.proposals, "proposal"))


def _late_words(late: Sequence[BoardVisit]) -> str:
    oldest = late[0]
    more = f" and {len(late) - 1} more" if len(late) > 1 else ""
    return f"{visit_words(oldest.visit)} of {short_day_words(oldest.begins.date())}{more} not recorded"


def _of_visit(shown: PatientVisit) -> Iterator[Text]:
    where = " ".join(part for part in (shown.room, *shown.staff) if part)
    if where:
        yield Text(clean(where))
    yield from _clash_words(shown)
    if shown.visit.provisional:
        yield Text("provisional")
    if shown.visit.status not in {"planned", "unresolved"}:
        yield Text("held" if shown.visit.status == "completed" else shown.visit.status, style=styles.GOOD)


def _clash_words(shown: PatientVisit) -> Iterator[Text]:
    if shown.clashes:
        yield Text(f"CLASH with {', '.join(map(clean, shown.clashes))}", style="bold red")
