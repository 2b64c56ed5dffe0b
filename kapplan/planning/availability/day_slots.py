"""Times within the day: given the day of each visit, its slot.

A dose is the last visit of its day: nothing is measured or talked over under the drug's effect, and a review that
decides of a dose comes before it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import pairwise

from kapplan.errors import NoScheduleError
from kapplan.model.terms import DOSES
from kapplan.planning.availability.calendar import Calendar, Shape, Slot
from kapplan.planning.availability.minute_masks import earliest, latest
from kapplan.planning.phrases.words import day_words, listed, visit_words

_Rank = tuple[int, int, int, int, tuple[datetime, ...]]


def pair_fits(calendar: Calendar, one: Shape, other: Shape, day: date) -> bool:
    """Return whether two visits fit on a day one after the other: in either order, but a dose after what is none."""
    number = day.toordinal()
    starts_one, starts_other = calendar.starts(one, number), calendar.starts(other, number)
    if not starts_one or not starts_other:
        return False
    one_first = earliest(starts_one) + one.minutes <= latest(starts_other)
    other_first = earliest(starts_other) + other.minutes <= latest(starts_one)
    return (one_first and _may_lead(one, other)) or (other_first and _may_lead(other, one))


def _may_lead(first: Shape, second: Shape) -> bool:
    """Tell whether a visit may come before another on their day: a dose before no visit that is none."""
    return first.kind not in DOSES or second.kind in DOSES


def assign(
    calendar: Calendar,
    shapes: Mapping[str, Shape],
    days: Mapping[str, date],
    keep: Mapping[str, datetime] | None = None,
) -> dict[str, Slot]:
    """Return the slot of each visit on its day.

    A saved time in ``keep`` stays where it is still open, on the grid or off it. Else the slots of a day are those of
    least cost, then in the order of ``days`` one after the other, then nearest to the clock time preferred, then the
    earliest. Visits of one day never overlap, and a dose comes last. ``NoScheduleError`` where a day has no such slots.
    """
    by_day: dict[date, list[str]] = {}
    for visit, day in days.items():
        by_day.setdefault(day, []).append(visit)
    found: dict[str, Slot] = {}
    for day, visits in sorted(by_day.items()):
        saved = [(keep or {}).get(visit) for visit in visits]
        slots = _slots_of_day(calendar, day, [shapes[visit] for visit in visits], saved)
        if slots is None:
            names = listed(visit_words(visit) for visit in visits)
            raise NoScheduleError(f"{day_words(day)} has no room for {names}.")
        found |= dict(zip(visits, slots, strict=True))
    return {visit: found[visit] for visit in days}


def _slots_of_day(
    calendar: Calendar, day: date, shapes: Sequence[Shape], saved: Sequence[datetime | None]
) -> tuple[Slot, ...] | None:
    """Return the best slots for the visits of a day, in their order; ``None`` where it has no room for them."""
    if len(shapes) == 1 and saved[0] is None:
        only = calendar.best_slot(shapes[0], day)
        return None if only is None else (only,)
    both = zip(shapes, saved, strict=True)
    return _best(calendar, shapes, [_candidates(calendar, shape, moment, day) for shape, moment in both])


_Candidates = list[tuple[int, Slot]]
"""Slots, each with 0 where it keeps the saved time or there is none, and 1 where it moves."""


def _candidates(calendar: Calendar, shape: Shape, saved: datetime | None, day: date) -> _Candidates:
    slots = calendar.slots(shape, day)
    if saved is None or saved.astimezone(calendar.zone).date() != day:
        return [(0, slot) for slot in slots]
    kept = calendar.slot_at(shape, saved)
    others = [(1, slot) for slot in slots if slot.start != saved]
    return others if kept is None else [(0, kept), *others]


def _best(calendar: Calendar, shapes: Sequence[Shape], candidates: Sequence[_Candidates]) -> tuple[Slot, ...] | None:
    """Return the best slots, one for each visit of a day, of which no two overlap."""
    if len(candidates) == 1:
        return min(
            ((slot,) for _, slot in _cheapest(candidates[0])), key=lambda only: _nearness(calendar, only), default=None
        )
    ranked = ((_rank(calendar, choice), choice) for choice in _apart(shapes, candidates))
    best = min(ranked, key=lambda entry: entry[0], default=None)
    return None if best is None else tuple(slot for _, slot in best[1])


def _cheapest(candidates: _Candidates) -> _Candidates:
    least = min(((moved, slot.cost) for moved, slot in candidates), default=None)
    return [(moved, slot) for moved, slot in candidates if (moved, slot.cost) == least]


def _nearness(calendar: Calendar, slots: Sequence[Slot]) -> tuple[int, tuple[datetime, ...]]:
    return sum(calendar.preferences.distance(slot.start) for slot in slots), tuple(slot.start for slot in slots)


def _rank(calendar: Calendar, choice: Sequence[tuple[int, Slot]]) -> _Rank:
    slots = [slot for _, slot in choice]
    disorder = sum(one.end > other.start for one, other in pairwise(slots))
    distance, starts = _nearness(calendar, slots)
    return sum(moved for moved, _ in choice), sum(slot.cost for slot in slots), disorder, distance, starts


def _apart(shapes: Sequence[Shape], candidates: Sequence[_Candidates]) -> Iterator[tuple[tuple[int, Slot], ...]]:
    """Yield every choice of one slot for each visit in which no two overlap and a dose comes last."""
    if not candidates:
        yield ()
        return
    *others, last = shapes
    for rest in _apart(others, candidates[:-1]):
        for moved, slot in candidates[-1]:
            if all(
                (slot.end <= other.start and _may_lead(last, shape))
                or (other.end <= slot.start and _may_lead(shape, last))
                for shape, (_, other) in zip(others, rest, strict=True)
            ):
                yield (*rest, (moved, slot))
