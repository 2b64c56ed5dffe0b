"""Where things stand in the pictures of handouts: the course by months, the scores over time.

Places only, in the units of an SVG's view box: the templates draw them, in the words of their language.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from kapplan.dataclass import dataclass
from kapplan.dates import DAYS_IN_WEEK, add_months
from kapplan.model.measures import Scale

WIDTH = 372.0
_LABEL, _DAY, _ROW, _TOP, _YEAR = 36.0, 10.6, 22.0, 20.0, 18.0
_SHIFT = 5.5
_SATURDAY = 5
_TICKS = (1, 8, 15, 22, 29)

_LEFT, _RIGHT, _CHART_TOP, _CHART_HEIGHT, _CHART_FOOT = 30.0, 98.0, 16.0, 136.0, 26.0
_LEAST_BAND = 13.0
_LEAST_TICK = 26.0
_LEAST_LABEL = 18.0
_LONGEST_BAND = 19
_EDGE = 8.0


@dataclass(frozen=True, slots=True)
class Weekend:
    """A Saturday and Sunday of a month's row, as far as they lie in it."""

    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Month:
    """A row of the course: a month; ``new_year`` where its year is told above it."""

    first: date
    y: float
    x: float
    width: float
    weekends: tuple[Weekend, ...]
    new_year: bool


@dataclass(frozen=True, slots=True)
class Mark:
    """A visit's mark: its middle, and which of the visits it is, counted from 0."""

    x: float
    y: float
    index: int


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis."""

    at: float
    value: int


@dataclass(frozen=True, slots=True)
class DayTick:
    """The first day of a month on an axis of time."""

    at: float
    on: date


@dataclass(frozen=True, slots=True)
class CoursePicture:
    """The course as rows of months."""

    width: float
    height: float
    row: float
    months: tuple[Month, ...]
    ticks: tuple[Tick, ...]
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class ScorePoint:
    """A score: its place, its value, its day, and whether there is room to write the value beside it."""

    x: float
    y: float
    value: int
    on: date
    labelled: bool


@dataclass(frozen=True, slots=True)
class BandPicture:
    """A band of scores that goes by one name; ``named`` where there is room for the name."""

    y: float
    height: float
    name: str
    named: bool


@dataclass(frozen=True, slots=True)
class ScorePicture:
    """A measure's scores over time."""

    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float
    points: tuple[ScorePoint, ...]
    path: str
    bands: tuple[BandPicture, ...]
    remission: float | None
    ticks: tuple[Tick, ...]
    days: tuple[DayTick, ...]
    doses: tuple[float, ...]


def course_picture(days: Sequence[date]) -> CoursePicture:
    """Return the course as a row for each month, from the first day's to the last one's, and a mark for each day.

    Marks of the same day stand above each other.
    """
    months = tuple(_months(days))
    rows = {month.first: month.y for month in months}
    marks = []
    for index, day in enumerate(days):
        same = [other for other, here in enumerate(days) if here == day]
        between = min(2 * _SHIFT, _ROW / len(same))
        shift = (same.index(index) - (len(same) - 1) / 2) * between
        y = rows[day.replace(day=1)] + _ROW / 2 + shift
        marks.append(Mark(_at(day.day), _round(y), index))
    height = months[-1].y + _ROW + 2 if months else 0
    ticks = tuple(Tick(_at(number), number) for number in _TICKS)
    return CoursePicture(WIDTH, _round(height), _ROW, months, ticks, tuple(marks))


def _months(days: Sequence[date]) -> Iterator[Month]:
    if not days:
        return
    month, last, y, year = min(days).replace(day=1), max(days), _TOP, None
    while month <= last:
        new_year = month.year != year
        y += _YEAR if new_year and year is not None else 0
        length = calendar.monthrange(month.year, month.month)[1]
        weekends = tuple(_weekends(month, length))
        yield Month(month, _round(y), _LABEL, _round(length * _DAY), weekends, new_year)
        year, month, y = month.year, add_months(month, 1), y + _ROW


def _weekends(month: date, length: int) -> Iterator[Weekend]:
    first = _SATURDAY - month.weekday()
    for start in range(first, length, DAYS_IN_WEEK):
        begin, end = max(start, 0), min(start + 2, length)
        if begin < end:
            yield Weekend(_round(_LABEL + begin * _DAY), _round((end - begin) * _DAY))


def _at(day: int) -> float:
    return _round(_LABEL + (day - 0.5) * _DAY)


def score_picture(
    scale: Scale, scores: Sequence[tuple[date, int]], doses: Iterable[date] = (), remission: int | None = None
) -> ScorePicture:
    """Return the scores of a scale that has a greatest score, by their days in order, with the days of doses."""
    low, high = scale.min, max([scale.max or 0, *(value for _, value in scores)])
    axis = _Axis(scores[0][0], scores[-1][0], low, high)
    points: list[ScorePoint] = []
    for number, (day, value) in enumerate(scores):
        x = axis.x(day)
        shown = [point.x for point in points if point.labelled]
        last = number == len(scores) - 1
        room = not shown or x - shown[-1] >= _LEAST_LABEL
        far = last or axis.x(scores[-1][0]) - x >= _LEAST_LABEL or len(scores) == 1
        points.append(ScorePoint(x, axis.y(value), value, day, room and far))
    bands = tuple(axis.band(band.name, band.from_, min(band.through + 1, high)) for band in scale.bands)
    return ScorePicture(
        width=WIDTH,
        height=_CHART_TOP + _CHART_HEIGHT + _CHART_FOOT,
        left=_LEFT,
        right=WIDTH - _RIGHT,
        top=_CHART_TOP,
        bottom=_CHART_TOP + _CHART_HEIGHT,
        points=tuple(points),
        path="M" + " L".join(f"{point.x:g} {point.y:g}" for point in points),
        bands=bands,
        remission=None if remission is None else axis.y(remission),
        ticks=tuple(axis.ticks([band.from_ for band in scale.bands])),
        days=tuple(axis.months()),
        doses=tuple(axis.x(day) for day in doses if scores[0][0] <= day <= scores[-1][0]),
    )


@dataclass(frozen=True, slots=True)
class _Axis:
    """The axes of a chart: days from ``first`` through ``last``, scores from ``low`` through ``high``."""

    first: date
    last: date
    low: int
    high: int

    def x(self, day: date) -> float:
        span = (self.last - self.first).days
        left, right = _LEFT + _EDGE, WIDTH - _RIGHT - _EDGE
        return _round((left + right) / 2 if not span else left + (right - left) * (day - self.first).days / span)

    def y(self, value: float) -> float:
        share = (value - self.low) / max(self.high - self.low, 1)
        return _round(_CHART_TOP + _CHART_HEIGHT * (1 - share))

    def band(self, name: str, low: int, high: int) -> BandPicture:
        top, bottom = self.y(high), self.y(low)
        height = _round(bottom - top)
        return BandPicture(top, height, name, height >= _LEAST_BAND and len(name) <= _LONGEST_BAND)

    def ticks(self, values: Sequence[int]) -> Iterator[Tick]:
        ends = [self.y(self.low), self.y(self.high)]
        yield from (Tick(self.y(value), value) for value in (self.low, self.high))
        for value in values:
            at = self.y(value)
            if all(abs(at - end) >= _LEAST_BAND for end in ends):
                ends.append(at)
                yield Tick(at, value)

    def months(self) -> Iterator[DayTick]:
        """Yield the days that the axis of time names, with room between: the first, beginnings of months, the last."""
        yield DayTick(self.x(self.first), self.first)
        shown = self.x(self.first)
        month = add_months(self.first.replace(day=1), 1)
        while month <= self.last:
            at = self.x(month)
            if at - shown >= 2 * _LEAST_TICK:
                yield DayTick(at, month)
                shown = at
            month = add_months(month, 1)
        if self.x(self.last) - shown >= 2 * _LEAST_TICK:
            yield DayTick(self.x(self.last), self.last)


def _round(value: float) -> float:
    return round(value, 1)
