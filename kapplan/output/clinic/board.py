"""The board: a bar of the day for each room and person with the visits under it, or a record for each visit."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import groupby
from operator import itemgetter

from rich.cells import cell_len, set_cell_size
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.text import Text

from kapplan.dataclass import dataclass
from kapplan.dates import days_between
from kapplan.model.terms import KINDS
from kapplan.output.records.records import Cell, Column, Records
from kapplan.output.records.words import count, dates_words
from kapplan.output.terminal import styles
from kapplan.output.terminal.trimmed import Trimmed
from kapplan.planning.clinic.board import Board, BoardRow, BoardVisit
from kapplan.planning.phrases.words import day_words, visit_words

_COLUMNS = (
    Column(key="day"),
    Column(key="resource", style="bold"),
    Column(key="from", title="From"),
    Column(key="until", title="Until"),
    Column(key="patient"),
    Column(key="visit"),
    Column(key="status"),
    Column(key="provisional", brief=False),
    Column(key="clash"),
    Column(key="unrecorded", title="Not recorded"),
    Column(key="plan", brief=False),
)
_HOUR = 60
_STEPS = (15, 30, 60)
"""The minutes that one character of a bar can stand for: the finest that fits."""
_GAP = 2
_TAKEN, _FREE, _SHUT, _CLASH = "█", "·", " ", "‼"
_WIDEST_NAME = 14


def board_records(board: Board) -> Records:
    """Return a record for each visit in each room and with each person, and one for each free span."""
    rows: list[tuple[Cell, ...]] = []
    for row in board.rows:
        for visit in row.visits:
            times = f"{visit.begins:%H:%M}", f"{visit.ends:%H:%M}"
            rows.append((row.day, row.resource, *times, visit.patient, visit.visit, visit.status, visit.provisional,
                         visit.clash, visit.unrecorded, visit.plan))  # fmt: skip
        rows += [(row.day, row.resource, _clock(begin), _clock(end), None, None, "free", False, False, False, None)
                 for begin, end in row.free]  # fmt: skip
    return Records(
        columns=_COLUMNS,
        rows=tuple(rows),
        schema="kapplan.board/1",
        name="spans",
        title=dates_words(board.first, board.last),
        extra={"from": board.first.isoformat(), "until": board.last.isoformat(), "timezone": board.timezone},
    )


@dataclass(frozen=True, slots=True)
class BoardView:
    """The board for people, in a form that fits the console it is printed on."""

    board: Board

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Lay the board out for the width at hand."""
        del console
        for day in days_between(self.board.first, self.board.last):
            if day != self.board.first:
                yield Text()
            yield from _day(self.board, day, options.max_width)


def _day(board: Board, day: date, width: int) -> Iterator[RenderableType]:
    rows = board.of(day)
    visits = {(visit.plan, visit.visit) for row in rows for visit in row.visits}
    there = any(row.there for row in rows)
    said = count(len(visits), "visit") if visits else "nobody comes" if there else "closed"
    yield Text.assemble((day_words(day), styles.HEADING), f"  {said}")
    if not visits and not there:
        return
    first, last = _hours(rows)
    name = min(max(cell_len(row.name) for row in rows), _WIDEST_NAME)
    step = next((step for step in _STEPS if name + _GAP + (last - first) // step <= width), None)
    if step is None:
        yield from map(Trimmed, _in_words(rows))
        return
    yield Trimmed(Text(" " * (name + _GAP) + _scale(first, last, step), style=styles.QUIET))
    in_rooms = {_shown(visit) for row in rows if row.is_room for visit in row.visits}
    for row in rows:
        longer = cell_len(row.name) > name
        if longer:
            yield Trimmed(Text(row.name, style="bold"))
        named = set_cell_size("" if longer else row.name, name)
        yield Trimmed(Text.assemble((named, "bold"), " " * _GAP, _bar(row, first, last, step)))
        for visit in row.visits:
            if row.is_room or _shown(visit) not in in_rooms or visit.clash:
                yield Trimmed(_line(visit, name))


def _in_words(rows: tuple[BoardRow, ...]) -> Iterator[Text]:
    """Yield a day where there is no room for bars: each room and person with all its visits, and when it is free."""
    for row in rows:
        yield Text(row.name, style="bold")
        yield from (_line(visit, 0) for visit in row.visits)
        spans = ", ".join(f"{_clock(begin)}\N{EN DASH}{_clock(end)}" for begin, end in row.free)
        yield Text(f"{' ' * _GAP}free  {spans}" if spans else f"{' ' * _GAP}not free", style=styles.QUIET)


def _shown(visit: BoardVisit) -> tuple[object, ...]:
    """Return what is said of a visit, so that a person who is with it for a part only is told apart from its room."""
    return visit.plan, visit.visit, visit.begins, visit.ends


def _hours(rows: tuple[BoardRow, ...]) -> tuple[int, int]:
    """Return the whole hours, in minutes of the day, that hold all that is on the board."""
    spans = [span for row in rows for span in row.there]
    spans += [(_minute_of(visit), _end(visit)) for row in rows for visit in row.visits]
    first, last = min(begin for begin, _ in spans), max(end for _, end in spans)
    return first // _HOUR * _HOUR, -(-last // _HOUR) * _HOUR


def _minute_of(visit: BoardVisit) -> int:
    return visit.begins.hour * _HOUR + visit.begins.minute


def _end(visit: BoardVisit) -> int:
    return _minute_of(visit) + int((visit.ends - visit.begins).total_seconds() // 60)


def _scale(first: int, last: int, step: int) -> str:
    """Return the hours above a bar, each where it begins, as many as there is room for."""
    each = next(hours for hours in (1, 2, 3, 24) if hours * _HOUR // step > len("10"))
    return "".join(f"{hour:<{each * _HOUR // step}}" for hour in range(first // _HOUR, last // _HOUR, each))


def _bar(row: BoardRow, first: int, last: int, step: int) -> Text:
    """Return the day of a room or a person, a character for so many minutes."""
    cells = [_cell(row, begin, step) for begin in range(first, last, step)]
    runs = [(list(run), style) for style, run in groupby(cells, key=itemgetter(1))]
    return Text.assemble(*(("".join(mark for mark, _ in run), style) for run, style in runs))


def _cell(row: BoardRow, begin: int, step: int) -> tuple[str, str]:
    here = [visit for visit in row.visits if _minute_of(visit) < begin + step and begin < _end(visit)]
    if any(visit.clash for visit in here):
        return _CLASH, "bold red"
    if here:
        return _TAKEN, KINDS[here[0].kind].colour
    is_free = any(start < begin + step and begin < end for start, end in row.free)
    return _FREE if is_free else _SHUT, styles.QUIET


def _line(visit: BoardVisit, indent: int) -> Text:
    marks = [
        *(["CLASH"] if visit.clash else []),
        *(["not recorded"] if visit.unrecorded else []),
        *(["provisional"] if visit.provisional else []),
        *([visit.status] if visit.status not in {"planned", "unresolved"} else []),
    ]
    times = f"{visit.begins:%H:%M}\N{EN DASH}{visit.ends:%H:%M}"
    style = "bold red" if visit.clash or visit.unrecorded else styles.QUIET
    return Text.assemble(
        " " * (indent + _GAP), times, "  ", (visit.patient, "bold"), f"  {visit_words(visit.visit)}",
        (f"  {', '.join(marks)}" if marks else "", style),
    )  # fmt: skip


def _clock(minute: int) -> str:
    return f"{minute // _HOUR:02}:{minute % _HOUR:02}"
