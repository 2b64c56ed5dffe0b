"""What the patient would rather have: the cost of a slot."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import product

from kapplan.dates import WEEKDAYS
from kapplan.model.clinic import WeeklyHours
from kapplan.model.fields import Span, minute_of
from kapplan.model.profile import Availability
from kapplan.planning.availability.minute_masks import DAY
from kapplan.planning.availability.weekly_hours import Clocks, WeeklyHoursView

NOT_PREFERRED = 1
"""The cost of a day, and of a time, that is not among those preferred (design, placement objective)."""
TO_AVOID = 3
"""The cost of a day that the patient would rather avoid."""
_NOON = DAY // 2
_ALL_DAY = (Span(0, DAY),)


class Preferences:
    """Costs of the minutes at which a visit may begin; days and times are read in the patient's zone."""

    def __init__(self, availability: Availability, clocks: Clocks) -> None:
        prefer, avoid = availability.prefer, availability.avoid
        wishes: list[tuple[WeeklyHours, int]] = []
        if prefer.days:
            wishes.append((dict.fromkeys(prefer.days, _ALL_DAY), NOT_PREFERRED))
        if prefer.time is not None:
            wishes.append((dict.fromkeys(WEEKDAYS, (_time_span(prefer.time),)), NOT_PREFERRED))
        if avoid.days:
            wanted: WeeklyHours = {day: _ALL_DAY for day in WEEKDAYS if day not in avoid.days}
            wishes.append((wanted, TO_AVOID))
        self._views = [(WeeklyHoursView("wish", hours, clocks), cost) for hours, cost in wishes]
        misses = sorted(
            product((False, True), repeat=len(wishes)),
            key=lambda missed: sum(cost for miss, (_, cost) in zip(missed, wishes, strict=True) if miss),
        )
        self._misses = [
            (missed, sum(cost for miss, (_, cost) in zip(missed, wishes, strict=True) if miss)) for missed in misses
        ]
        self._home = clocks.home
        self._clock = minute_of(prefer.time) if prefer.time and prefer.time[0].isdigit() else None

    def least(self, day: int, starts: int) -> int:
        """Return the cost of the cheapest of the minutes ``starts`` of an ordinal day; at least one bit is set."""
        return next((cost for cost, bits in self._by_cost(day, starts) if bits), 0)

    def cheapest(self, day: int, starts: int) -> int:
        """Return those of the minutes ``starts`` of an ordinal day that cost least."""
        least, found = self.least(day, starts), 0
        for cost, bits in self._by_cost(day, starts):
            found |= bits if cost == least else 0
        return found

    def _by_cost(self, day: int, starts: int) -> Iterator[tuple[int, int]]:
        """Yield the minutes that miss the same wishes, each set with its cost, the least first."""
        wanted = [view.mask(day) for view, _ in self._views]
        for missed, cost in self._misses:
            bits = starts
            for miss, mask in zip(missed, wanted, strict=True):
                bits &= ~mask if miss else mask
            yield cost, bits

    def cost(self, day: int, minute: int) -> int:
        """Return the cost of one minute of an ordinal day."""
        return sum(cost for view, cost in self._views if not view.mask(day) >> minute & 1)

    @property
    def names_time(self) -> bool:
        """Whether a clock time is preferred."""
        return self._clock is not None

    def distance(self, start: datetime) -> int:
        """Return how many minutes a start is from the clock time preferred; 0 where none is named."""
        if self._clock is None:
            return 0
        local = start.astimezone(self._home)
        return abs(local.hour * 60 + local.minute - self._clock)


def _time_span(wish: str) -> Span:
    if wish == "morning":
        return Span(0, _NOON)
    if wish == "afternoon":
        return Span(_NOON, DAY)
    return Span(minute_of(wish), minute_of(wish) + 1)
