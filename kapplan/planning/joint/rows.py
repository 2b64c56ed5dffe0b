"""What is scarce: rules that every joint plan keeps, each of so many visits at most on one day.

A *capacity row* counts the visits that need one of some rooms or people for so many minutes, a longer one as often as
such a visit fits into its place: there is time for so many. A *conflict row* counts visits of which so many were found
not to fit into their day together, and all that are harder to fit than each of them. A price on a row is paid by every
visit as often as it counts, and given back as often as the row allows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from kapplan.dataclass import dataclass
from kapplan.planning.bookings.plan_bookings import ONE
from kapplan.planning.joint.asks import SlotAsk, Way
from kapplan.planning.joint.candidates import Candidate
from kapplan.planning.joint.day_packing import UnknownError, held, in_place_of
from kapplan.planning.joint.timetable import Asks, SharedClinic, VisitKey
from kapplan.planning.solver.optimum import DayPrices


@dataclass(frozen=True, slots=True)
class CapacityRow:
    """At most so many visits that need one of some resources for so many minutes, on an ordinal day.

    A longer one counts as the visits of so many minutes that could be begun on the grid in its place.
    """

    day: int
    resources: frozenset[str]
    minutes: int

    def counts(self, ask: SlotAsk) -> int:
        """Return as how many it counts a visit of its day."""
        return max((in_place_of(need.minutes, self.minutes) for need in ask.needs if need.resources <= self.resources),
                   default=0)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ConflictRow:
    """At most one visit less than these on an ordinal day: they do not fit together, nor do harder ones."""

    day: int
    visits: tuple[SlotAsk, ...]

    def counts(self, ask: SlotAsk) -> int:
        """Return as how many it counts a visit of its day: one, or none."""
        return int(any(ask is own for own in self.visits) or all(_is_harder(ask, own) for own in self.visits))


Row = CapacityRow | ConflictRow
RowPrices = Mapping[Row, int]


def _is_harder(ask: SlotAsk, than: SlotAsk) -> bool:
    """Return whether whatever day a visit fits into, another one would fit in its place."""
    return ask.patient != than.patient and all(
        any(_takes_no_more(other, way) for other in than.ways) for way in ask.ways
    )


def _takes_no_more(way: Way, than: Way) -> bool:
    theirs = dict(than.takes)
    return not than.starts & ~way.starts and all(
        any(begin <= first and last <= end for begin, end in theirs.get(resource, ()))
        for resource, stretches in way.takes
        for first, last in stretches
    )


class ScarceRows:
    """The rows of several patients' visits: how much each allows, and which visits it counts."""

    def __init__(self, candidates: Sequence[Candidate], asks: Asks, clinic: SharedClinic) -> None:
        self.candidates, self.asks, self.clinic = candidates, asks, clinic
        self._most: dict[Row, int] = {}
        self._by_day: dict[int, list[SlotAsk]] | None = None

    def most(self, row: Row) -> int:
        """Return how many visits a row allows."""
        if isinstance(row, ConflictRow):
            return len(row.visits) - 1
        found = self._most.get(row)
        if found is None:
            found = self._most[row] = self._room_for(row)
        return found

    def _room_for(self, row: CapacityRow) -> int:
        reach = dict.fromkeys(row.resources, 0)
        for ask in self._asks_on(row.day):
            if row.counts(ask):
                for resource, mask in ask.reach:
                    if resource in reach:
                        reach[resource] |= mask
        return sum(self.clinic.places.get(resource, ONE) * held(mask, row.minutes) for resource, mask in reach.items())

    def _asks_on(self, day: int) -> list[SlotAsk]:
        """Return what every visit that can be on a day asks of it."""
        if self._by_day is None:
            self._by_day = defaultdict(list)
            for candidate in self.candidates:
                for number, setting in enumerate(candidate.settings):
                    origin = setting.problem.origin.toordinal()
                    known = {
                        (setting.shapes[visit.id], origin + choice.day)
                        for visit in setting.problem.visits
                        if visit.fixed is None
                        for choice in visit.days
                    }
                    for shape, on in known:
                        self._by_day[on].append(self.asks.of(candidate.patient, number, shape, on))
        return self._by_day.get(day, [])

    def over(self, use: Mapping[tuple[int, int], float], asks: Mapping[int, SlotAsk]) -> Iterator[CapacityRow]:
        """Yield the capacity rows that are broken where visits are on days so often, in fractions of a course.

        ``use`` is by ordinal day and the number of what a visit asks; ``asks`` has those by their number.
        """
        by_day: dict[int, list[tuple[SlotAsk, float]]] = defaultdict(list)
        for (day, number), share in use.items():
            by_day[day].append((asks[number], share))
        for day, visits in sorted(by_day.items()):
            for group in sorted({need.resources for ask, _ in visits for need in ask.needs}, key=sorted):
                for minutes in sorted({
                    need.minutes for ask, _ in visits for need in ask.needs if need.resources <= group
                }):
                    row = CapacityRow(day, group, minutes)
                    if sum(share * row.counts(ask) for ask, share in visits) > self.most(row) + TOLERANCE:
                        yield row

    def conflict(self, day: int, visits: Sequence[SlotAsk]) -> ConflictRow | None:
        """Return the row of some visits that do not fit a day, as few as show it; ``None`` where it is not known."""
        left = list(visits)
        for ask in visits:
            fewer = [one for one in left if one is not ask]
            try:
                if self.clinic.packing(day).fit(fewer) is None:
                    left = fewer
            except UnknownError:
                continue
        try:
            return ConflictRow(day, tuple(left)) if self.clinic.packing(day).fit(left) is None else None
        except UnknownError:
            return None


TOLERANCE = 1e-6


def by_day(rows: Iterable[Row]) -> dict[int, list[Row]]:
    """Return rows by their days."""
    found: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        found[row.day].append(row)
    return found


def prices_of(candidate: Candidate, asks: Asks, prices: RowPrices) -> list[DayPrices]:
    """Return what each day costs each visit of a patient that is not fixed, for each setting."""
    rows = by_day(row for row, price in prices.items() if price)
    return [_prices_in(candidate, number, asks, rows, prices) for number in range(len(candidate.settings))]


def _prices_in(
    candidate: Candidate, number: int, asks: Asks, rows: Mapping[int, Sequence[Row]], prices: RowPrices
) -> DayPrices:
    setting = candidate.settings[number]
    origin = setting.problem.origin.toordinal()
    found: dict[str, dict[int, int]] = {}
    of_shape: dict[object, dict[int, int]] = {}
    for visit in setting.problem.visits:
        if visit.fixed is not None:
            continue
        key = setting.shapes[visit.id], id(visit.days)
        if key not in of_shape:
            of_shape[key] = {
                choice.day: price
                for choice in visit.days
                if (on := rows.get(origin + choice.day))
                and (price := _price(asks.of(candidate.patient, number, key[0], origin + choice.day), on, prices))
            }
        if of_shape[key]:
            found[visit.id] = of_shape[key]
    return found


def _price(ask: SlotAsk, rows: Sequence[Row], prices: RowPrices) -> int:
    return sum(prices[row] * row.counts(ask) for row in rows)


__all__ = ["CapacityRow", "ConflictRow", "Row", "RowPrices", "ScarceRows", "VisitKey", "by_day", "prices_of"]
