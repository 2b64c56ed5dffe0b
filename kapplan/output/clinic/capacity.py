"""How many more courses could begin each week, how full rooms and people are, and what is short."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.text import Text

from kapplan.dataclass import dataclass
from kapplan.output.records.records import Column, Records
from kapplan.output.records.words import aligned_day_words, count
from kapplan.output.terminal import styles
from kapplan.output.terminal.grid import Grid
from kapplan.output.terminal.trimmed import Trimmed
from kapplan.planning.clinic.capacity import Fullness, WeekCapacity, shortest

_COLUMNS = (
    Column(key="week"),
    Column(key="courses", title="More courses", right=True),
    Column(key="at_least", brief=False),
    Column(key="short"),
    Column(key="full"),
)
_BARS = "▁▂▃▄▅▆▇█"
_WIDEST_NAME = 20
_CROWDED = 0.85
"""A room or a person with less time left than this leaves is shown in colour."""


def capacity_records(weeks: Sequence[WeekCapacity], protocol: str) -> Records:
    """Return a record for each week; in JSON also how full each room and person is in it."""
    return Records(
        columns=_COLUMNS,
        rows=tuple((week.first, week.courses, week.whole, week.short, tuple(map(_words, week.full))) for week in weeks),
        schema="kapplan.capacity/1",
        name="weeks",
        title=protocol,
        extra={"protocol": protocol, "fullness": [_data(week, one) for week in weeks for one in week.full]},
    )


def _words(one: Fullness) -> str:
    return f"{one.name} {one.share:.0%}"


def _data(week: WeekCapacity, one: Fullness) -> dict[str, Any]:
    return {
        "week": week.first.isoformat(),
        "resource": one.resource,
        "taken_minutes": one.taken,
        "there_minutes": one.there,
    }


_AT_LEAST = "At least so many fit, one after the other; each week is looked at by itself."
_DAY, _MORE, _SHARE, _GAP, _LEAST = 16, 6, 4, 2, 20
_FEWEST_BARS = 8
"""Where there is room for fewer bars beside the names, they stand beneath them."""


@dataclass(frozen=True, slots=True)
class CapacityView:
    """The same for people: a line a week, then a line for each room and person with its weeks as a row of bars."""

    weeks: tuple[WeekCapacity, ...]
    protocol: str

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Lay it out for the width at hand."""
        del console
        yield Trimmed(Text.assemble(("More courses that could begin", styles.HEADING), f"  {self.protocol}"))
        yield Trimmed(Text(_AT_LEAST, style=styles.QUIET))
        rows = [_week(week) for week in self.weeks]
        rest = options.max_width - _DAY - _MORE - 2 * _GAP
        if rest >= _LEAST:
            yield Grid([_DAY, _MORE, rest], rows, gap=_GAP, right=frozenset({1}))
        else:
            yield from (Trimmed(Text("  ").join(cell for cell in row if cell)) for row in rows)
        yield from self._shortage()
        yield Text()
        yield Text("How full, week by week", style=styles.HEADING)
        yield from self._fullness(options.max_width)

    def _shortage(self) -> Iterator[RenderableType]:
        short = shortest(self.weeks)
        if short:
            told = "; ".join(f"{words} ({count(weeks, 'week')})" for words, weeks in short.items())
            yield Trimmed(Text(f"One more of these would let another course begin: {told}."))

    def _fullness(self, width: int) -> Iterator[RenderableType]:
        by_resource: dict[str, list[Fullness]] = {}
        for week in self.weeks:
            for one in week.full:
                by_resource.setdefault(one.resource, []).append(one)
        name = min(max((len(own[0].name) for own in by_resource.values()), default=1), _WIDEST_NAME)
        rows = []
        for own in by_resource.values():
            there = sum(one.there for one in own)
            share = min(1.0, sum(one.taken for one in own) / there) if there else 1.0
            style = styles.OFF_TARGET if share >= _CROWDED else ""
            bars = "".join(map(_bar, own))
            rows.append([Text(own[0].name, style="bold"), Text(f"{share:.0%}", style=style), Text(bars, style=style)])
        room = width - name - _SHARE - 2 * _GAP
        if room >= min(len(self.weeks), _FEWEST_BARS):
            yield Grid([name, _SHARE, room], rows, gap=_GAP, right=frozenset({1}))
            return
        for named, full, row in rows:
            yield Trimmed(Text("  ").join((named, full)))
            yield Trimmed(row)


def _week(week: WeekCapacity) -> list[Text]:
    more = f"{week.courses}+" if week.whole else str(week.courses)
    short = f"short of {' or '.join(week.short)}" if week.short else ""
    return [
        Text(aligned_day_words(week.first)),
        Text(more, style=styles.GOOD if week.courses else "bold red"),
        Text(short, style=styles.QUIET),
    ]


def _bar(one: Fullness) -> str:
    """Return how full a week is as a bar; a blank where there is no time at all, as on what is left of a week."""
    return _BARS[min(int(one.share * len(_BARS)), len(_BARS) - 1)] if one.there else " "
