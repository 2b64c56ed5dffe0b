"""From a regimen and a calendar to the placement problem in plain numbers."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import field
from datetime import date, datetime, timedelta
from functools import cache
from itertools import combinations
from typing import TYPE_CHECKING

from kapplan.dataclass import dataclass, derived
from kapplan.model.regimen import Regimen, RegimenVisit
from kapplan.planning.availability.day_slots import pair_fits
from kapplan.planning.problem.bounds import earliest_steps, latest_steps, settled
from kapplan.planning.problem.problem import (
    FIRST_DOSE,
    NEW_PLAN,
    RE_PLAN,
    START,
    OpenDay,
    Problem,
    ProblemLimit,
    ProblemTiming,
    ProblemVisit,
)  # fmt: skip

if TYPE_CHECKING:
    from collections.abc import Callable

    from kapplan.model.review import MovePrices
    from kapplan.planning.availability.calendar import Calendar, Shape, Slot

NO_CLASH_OF_TIMES = "times-of-the-day"
START_WEIGHT = 8
"""What each day costs by which the first visit comes later than asked (design, placement objective)."""
ROOM_BEYOND = 60
"""Days after the latest that the rules allow which the calendar still covers: room for repairs."""
LONGEST_HORIZON = 3 * 366
"""Days after its beginning within which a course is looked for, where it is not longer itself."""
UNBOUNDED_ROOM = 180
"""How far past its nominal day a visit is looked for where no rule bounds it."""

Reach = Mapping[str, tuple[int, int]]
"""The first and the last day, counted from the origin, on which the rules alone could put each visit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What is asked for and what already stands.

    ``origin`` is the asked start, day 0, and ``earliest`` the first day on which anything new may be placed. ``fixed``
    visits stay where they are (held, missed, past, pinned), and of those the ``lost`` were not held; ``announced`` are
    the saved starts of open visits on a re-plan; ``settled`` are the gates that have been passed. ``prices`` are those
    of moving what was announced, but for the ``provisional``, of which only the days moved count; with ``refit``
    nothing is charged for it.
    ``sooner_than_earliest`` are visits that may stand before ``earliest``: at this moment only, where it is open.
    """

    origin: date
    earliest: date
    start_within: int = 0
    first_dose: date | None = None
    fixed: Mapping[str, date] = field(default_factory=dict)
    lost: frozenset[str] = frozenset()
    announced: Mapping[str, datetime] = field(default_factory=dict)
    confirmed: frozenset[str] = frozenset()
    provisional: frozenset[str] = frozenset()
    settled: frozenset[str] = frozenset()
    prices: MovePrices | None = None
    replan: bool = False
    refit: bool = False
    sooner_than_earliest: Mapping[str, datetime] = field(default_factory=dict)

    @property
    def first_open(self) -> date:
        """Return the first day on which anything that is not fixed may stand."""
        return min((self.earliest, *(start.date() for start in self.sooner_than_earliest.values())))

    def day(self, when: date) -> int:
        """Return a date as a day counted from the origin."""
        return (when - self.origin).days

    def date_of(self, day: int) -> date:
        """Return the date of a day counted from the origin."""
        return self.origin + timedelta(days=day)


def reach(regimen: Regimen, situation: Situation) -> Reach:
    """Return the days on which the rules alone could put each visit, wherever the calendars are open."""
    first = situation.day(situation.earliest)
    begun = max(first, 0)
    pinned = {visit: situation.day(when) for visit, when in _pinned(regimen, situation).items()}
    room = begun + situation.start_within + UNBOUNDED_ROOM
    nominal = {visit.id: visit.nominal for visit in regimen.visits}
    shifted = max((room, *(day - nominal[visit] for visit, day in pinned.items())))
    latest = max(begun + LONGEST_HORIZON, shifted + max(nominal.values(), default=0))
    low = {visit.id: first for visit in regimen.visits}
    low |= {visit: situation.day(start.date()) for visit, start in situation.sooner_than_earliest.items()}
    high = {visit.id: min(latest, room + visit.nominal) for visit in regimen.visits}
    high |= {rule.visit: latest for rule in regimen.timing if rule.max is not None}
    if situation.first_dose is None and regimen.visits:
        high[regimen.visits[0].id] = begun + situation.start_within
    low, high, origin = low | pinned, high | pinned, situation.origin.toordinal()
    early = [step for rule in regimen.timing for step in earliest_steps(rule, origin) if step.visit not in pinned]
    late = [step for rule in regimen.timing for step in latest_steps(rule, origin) if step.visit not in pinned]
    low, high = settled(low, early), settled(high, late, latest=True)
    return {visit.id: (low[visit.id], high[visit.id]) for visit in regimen.visits}


def _pinned(regimen: Regimen, situation: Situation) -> dict[str, date]:
    pinned = {visit.id: situation.fixed[visit.id] for visit in regimen.visits if visit.id in situation.fixed}
    first_dose = regimen.first_dose
    if situation.first_dose is not None and first_dose is not None:
        pinned.setdefault(first_dose.id, situation.first_dose)
    return pinned


def horizon(reached: Reach) -> int:
    """Return the last day, counted from the origin, that the calendar must cover."""
    return max((last for _, last in reached.values()), default=0) + ROOM_BEYOND


def formulate(
    regimen: Regimen,
    calendar: Calendar,
    shapes: Mapping[str, Shape],
    situation: Situation,
    reached: Reach,
    *,
    like: Problem | None = None,
) -> Problem:
    """Return the placement problem of a course.

    ``shapes`` says, for each visit's id, what the calendar must offer it. Rules whose visits are all fixed are left
    out: history is reported, not enforced. ``like`` is the problem of another calendar, where there is one.
    """
    offers = _Offers(calendar, shapes, situation)
    return Problem(
        origin=situation.origin,
        horizon=horizon(reached),
        visits=tuple(_visit(visit, offers, situation, reached) for visit in regimen.visits),
        timing=tuple(_timing(regimen, situation)) if like is None else like.timing,
        limits=tuple(_limits(regimen, calendar, shapes, situation, reached)),
        objective=RE_PLAN if situation.replan and not situation.refit else NEW_PLAN,
    )


class _Offers:
    """What a calendar offers the visits of a course; visits of one shape are offered the same days."""

    def __init__(self, calendar: Calendar, shapes: Mapping[str, Shape], situation: Situation) -> None:
        self.calendar, self.shapes = calendar, shapes
        self.origin = situation.origin.toordinal()
        self._days: dict[Shape, tuple[OpenDay, ...]] = {}

    def days(self, visit_id: str) -> tuple[OpenDay, ...]:
        """Return the open days of a visit, in order, each with its cost where choosing it moves no visit."""
        shape, origin = self.shapes[visit_id], self.origin
        if shape not in self._days:
            listed = self.calendar.open_days(shape)
            make = tuple.__new__  # as the class itself does, hundreds of days for each shape
            self._days[shape] = tuple([make(OpenDay, (when.toordinal() - origin, cost, 0, 0)) for when, cost in listed])
        return self._days[shape]

    def slot_at(self, visit_id: str, start: datetime) -> Slot | None:
        """Return the slot of a visit at a moment, where it is open."""
        return self.calendar.slot_at(self.shapes[visit_id], start)


def _visit(visit: RegimenVisit, offers: _Offers, situation: Situation, reached: Reach) -> ProblemVisit:
    provisional = bool(set(visit.awaits) - situation.settled)
    if visit.id in situation.fixed:
        return ProblemVisit(
            id=visit.id, tier=visit.tier, provisional=provisional, fixed=situation.day(situation.fixed[visit.id])
        )
    saved = situation.announced.get(visit.id)
    return ProblemVisit(
        id=visit.id,
        tier=visit.tier,
        provisional=provisional,
        announced=None if saved is None else situation.day(saved.date()),
        confirmed=visit.id in situation.confirmed,
        days=_open_days(visit, offers, situation, reached[visit.id]),
    )


def _open_days(
    visit: RegimenVisit, offers: _Offers, situation: Situation, reached: tuple[int, int]
) -> tuple[OpenDay, ...]:
    """Return the days on which a visit can be held, in order, each with its cost and whether it is a move."""
    saved, listed = situation.announced.get(visit.id), offers.days(visit.id)
    first, last = max(reached[0], situation.day(situation.earliest)), reached[1]
    found = listed[bisect_left(listed, (first,)) : bisect_left(listed, (last + 1,))]
    if saved is not None and visit.id not in situation.provisional:
        price = _price_of_moving(visit, situation)
        found = tuple(OpenDay(day, cost, price(day), 1) for day, cost, _, _ in found)
    own = [start for start in (saved, situation.sooner_than_earliest.get(visit.id)) if start is not None]
    if not own:
        return found
    days = {day.day: day for day in found}
    for start in own:
        day = situation.day(start.date())
        slot = offers.slot_at(visit.id, start)
        if slot is not None and reached[0] <= day <= reached[1]:
            days[day] = OpenDay(day, days[day].preference if day in days else slot.cost)
    return tuple(sorted(days.values()))


def _price_of_moving(visit: RegimenVisit, situation: Situation) -> Callable[[int], int]:
    """Return what it costs to move a visit to a day: nothing where nobody was told of it."""
    saved, book = situation.announced.get(visit.id), situation.prices
    if saved is None or book is None:
        return lambda _: 0
    told = situation.day(saved.date())
    prices = book.course if visit.tier == "course" else book.follow_up
    least = prices.moved
    if told < situation.day(situation.earliest) + book.soon_days:
        least += prices.soon
    return lambda day: least + prices.earlier if day < told else least


def _timing(regimen: Regimen, situation: Situation) -> Iterator[ProblemTiming]:
    first = regimen.visits[0] if regimen.visits else None
    dose = regimen.first_dose
    if situation.first_dose is not None and dose is not None and dose.id not in situation.fixed:
        day = situation.day(situation.first_dose)
        yield ProblemTiming(rule=FIRST_DOSE, role="first-dose", visit=dose.id, after=day, min=0, max=0)
    elif first is not None and first.id not in situation.fixed:
        yield ProblemTiming(
            rule=START,
            role="start",
            visit=first.id,
            after=0,
            min=0,
            target=(0, 0),
            max=situation.start_within,
            weight=START_WEIGHT,
        )
    for rule in regimen.timing:
        if not {rule.visit, rule.after} <= situation.fixed.keys():
            yield derived(ProblemTiming, rule, role="rule")


def _limits(
    regimen: Regimen, calendar: Calendar, shapes: Mapping[str, Shape], situation: Situation, reached: Reach
) -> Iterator[ProblemLimit]:
    for limit in regimen.limits:
        if not set(limit.visits) <= situation.fixed.keys():
            yield derived(ProblemLimit, limit, role="rule", from_=None, until=None, days=None)
    too_short = cache(lambda one, other: _days_too_short_for_both(calendar, one, other, situation))
    for one, other in _pairs_that_may_share(regimen, situation):
        first, last = max(reached[one][0], reached[other][0]), min(reached[one][1], reached[other][1])
        days = tuple(day for day in too_short(shapes[one], shapes[other]) if first <= day <= last)
        if days:
            yield ProblemLimit(rule=NO_CLASH_OF_TIMES, type="not_together", visits=(one, other), days=days)


def _pairs_that_may_share(regimen: Regimen, situation: Situation) -> Iterator[tuple[str, str]]:
    apart = [frozenset(limit.visits) for limit in regimen.limits if limit.one_a_day]
    if any(group.issuperset(visit.id for visit in regimen.visits) for group in apart):
        return
    for one, other in combinations((visit.id for visit in regimen.visits), 2):
        if not {one, other} & situation.fixed.keys() and not any({one, other} <= group for group in apart):
            yield one, other


def _days_too_short_for_both(calendar: Calendar, one: Shape, other: Shape, situation: Situation) -> list[int]:
    """Return the days that are open for each of two visits but not for both, one after the other."""
    open_both = {day for day, _ in calendar.open_days(one)} & {day for day, _ in calendar.open_days(other)}
    return [situation.day(day) for day in sorted(open_both) if not pair_fits(calendar, one, other, day)]
