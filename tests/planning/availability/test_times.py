"""Times within the day: kept where they can be, cheapest, in order, never overlapping."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date
from itertools import combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.calendars import SHAPES, Scene, at, patient, scenes, week

from kapplan.errors import NoScheduleError
from kapplan.model.clinic import Clinic
from kapplan.model.profile import Availability, Prefer
from kapplan.model.terms import DOSES
from kapplan.planning.availability.calendar import BusyTimes, Calendar, Shape, Slot
from kapplan.planning.availability.day_slots import assign, pair_fits

MONDAY = date(2027, 1, 4)
TUESDAY = date(2027, 1, 5)
CLINIC = Clinic(timezone="America/Denver", hours=week("mon tue", "09:00-13:00"))
DOSE = Shape("dosing", "clinic", 150, ("room",))
REVIEW = Shape("review", "clinic", 60, ("room",))
LONG = Shape("check-in", "clinic", 150, ("room",))


def calendar(prefer: Prefer | None = None, busy: BusyTimes | None = None) -> Calendar:
    """Return the calendar of a patient who comes any time."""
    return Calendar(CLINIC, patient(Availability(prefer=prefer or Prefer())), busy, MONDAY, TUESDAY)


def times(found: dict[str, Slot]) -> dict[str, str]:
    """Return the clock times of slots."""
    return {visit: f"{slot.start:%H:%M}" for visit, slot in found.items()}


def test_earliest_of_the_cheapest() -> None:
    """A visit alone on its day takes the earliest of its cheapest slots."""
    assert times(assign(calendar(), {"a": REVIEW}, {"a": MONDAY})) == {"a": "09:00"}
    late = calendar(Prefer(time="afternoon"))
    assert times(assign(late, {"a": REVIEW}, {"a": MONDAY})) == {"a": "12:00"}


def test_nearest_to_the_clock_time_preferred() -> None:
    """Where the time preferred is taken, the nearest slot is found, the earlier of two as near."""
    busy = BusyTimes({"clinic": ((at("2027-01-04T10:50"), at("2027-01-04T11:20")),)})
    found = calendar(Prefer(time="11:00"), busy)
    assert times(assign(found, {"a": REVIEW}, {"a": MONDAY})) == {"a": "11:30"}
    assert times(assign(calendar(Prefer(time="11:00")), {"a": REVIEW}, {"a": MONDAY})) == {"a": "11:00"}


def test_two_visits_of_a_day_stand_in_their_order() -> None:
    """Two visits on a day follow each other in the order in which they are listed, without overlapping."""
    shapes = {"check-in-1": LONG, "review-1": REVIEW}
    assert times(assign(calendar(), shapes, {"check-in-1": MONDAY, "review-1": MONDAY})) == {
        "check-in-1": "09:00",
        "review-1": "11:30",
    }
    assert times(assign(calendar(), shapes, {"review-1": MONDAY, "check-in-1": MONDAY})) == {
        "review-1": "09:00",
        "check-in-1": "10:00",
    }


@pytest.mark.parametrize("order", [("dosing-6", "review-1"), ("review-1", "dosing-6")])
def test_a_dose_is_the_last_visit_of_its_day(order: tuple[str, str]) -> None:
    """Whatever is listed first, kept or preferred, nothing else stands after a dose, under the drug's effect."""
    shapes = {"dosing-6": DOSE, "review-1": REVIEW}
    days = dict.fromkeys(order, MONDAY)
    assert times(assign(calendar(), shapes, days)) == {"review-1": "09:00", "dosing-6": "10:00"}
    early = {"dosing-6": at("2027-01-04T09:00"), "review-1": at("2027-01-04T11:30")}
    found = assign(calendar(Prefer(time="afternoon")), shapes, days, early)
    assert found["review-1"].end <= found["dosing-6"].start
    busy = BusyTimes({"clinic": ((at("2027-01-04T11:30"), at("2027-01-04T12:00")),)})
    assert not pair_fits(calendar(busy=busy), DOSE, REVIEW, MONDAY)
    with pytest.raises(NoScheduleError):
        assign(calendar(busy=busy), shapes, days)


def test_order_gives_way_where_only_the_other_fits() -> None:
    """Where two visits only fit the other way round, they stand the other way round."""
    busy = BusyTimes({"clinic": ((at("2027-01-04T10:00"), at("2027-01-04T10:15")),)})
    shapes = {"check-in-1": LONG, "review-1": REVIEW}
    found = assign(calendar(busy=busy), shapes, {"check-in-1": MONDAY, "review-1": MONDAY})
    assert times(found) == {"check-in-1": "10:15", "review-1": "09:00"}


def test_saved_times_are_kept_while_open() -> None:
    """A saved time stays, on the grid or off it; once it is taken the visit moves as if there were none."""
    shapes, days = {"a": REVIEW, "b": REVIEW}, {"a": MONDAY, "b": TUESDAY}
    keep = {"a": at("2027-01-04T10:20").astimezone(UTC), "b": at("2027-01-05T11:00")}
    assert times(assign(calendar(), shapes, days, keep)) == {"a": "10:20", "b": "11:00"}
    busy = BusyTimes({"room:": ((at("2027-01-04T10:30"), at("2027-01-04T11:00")),)})
    assert times(assign(calendar(busy=busy), shapes, days, keep)) == {"a": "09:00", "b": "11:00"}
    moved = {"a": at("2027-01-05T10:00")}
    assert times(assign(calendar(), {"a": REVIEW}, {"a": MONDAY}, moved)) == {"a": "09:00"}


def test_new_visit_goes_around_a_kept_one() -> None:
    """A visit that joins a day leaves the saved time of the other where it is."""
    shapes = {"a": REVIEW, "b": REVIEW}
    found = assign(calendar(), shapes, {"a": MONDAY, "b": MONDAY}, {"b": at("2027-01-04T09:30")})
    assert times(found) == {"a": "10:30", "b": "09:30"}


def test_full_day_is_an_error_in_words() -> None:
    """A day without room for its visits names the day and the visits."""
    shapes = {"dosing-1": DOSE, "dosing-2": DOSE}
    with pytest.raises(NoScheduleError, match="Mon 4 Jan 2027 has no room for dose 1 and dose 2"):
        assign(calendar(), shapes, dict.fromkeys(shapes, MONDAY))


def test_three_visits_of_a_day() -> None:
    """More than two visits share a day as well, as long as they fit."""
    short = replace(REVIEW, minutes=75)
    found = assign(calendar(), dict.fromkeys("abc", short), dict.fromkeys("abc", MONDAY))
    assert times(found) == {"a": "09:00", "b": "10:15", "c": "11:30"}


@given(scenes(), st.sampled_from(list(combinations(SHAPES, 2))))
@settings(max_examples=30)
def test_pair_fits_exactly_where_two_slots_do(scene: Scene, pair: tuple[Shape, Shape]) -> None:
    """Two visits fit a day if two of their slots do not overlap, a dose last; they get such, at the least cost."""
    found = Calendar(scene.clinic, scene.profile, scene.busy, scene.first, scene.last)
    for day in (scene.first, scene.last):
        one, other = (found.slots(shape, day) for shape in pair)
        doses = [shape.kind in DOSES for shape in pair]
        apart = [
            (a, b)
            for a, b in product(one, other)
            if (a.end <= b.start and doses[0] <= doses[1]) or (b.end <= a.start and doses[1] <= doses[0])
        ]
        assert pair_fits(found, *pair, day) == bool(apart)
        shapes, days = {"a": pair[0], "b": pair[1]}, {"a": day, "b": day}
        if not apart:
            continue
        chosen = assign(found, shapes, days)
        assert (chosen["a"], chosen["b"]) in apart
        assert chosen["a"].cost + chosen["b"].cost == min(a.cost + b.cost for a, b in apart)


@given(st.permutations(["a", "b", "c"]), st.integers(0, 60))
@settings(max_examples=20)
def test_times_do_not_depend_on_the_order_of_days(order: list[str], minute: int) -> None:
    """What a day's visit gets does not depend on which day is asked first."""
    days = {"a": MONDAY, "b": TUESDAY, "c": date(2027, 1, 11)}
    found = Calendar(CLINIC, patient(), None, MONDAY, date(2027, 1, 11))
    shapes = {visit: replace(REVIEW, minutes=30 + minute) for visit in days}
    plain = assign(found, shapes, days)
    assert assign(found, shapes, {visit: days[visit] for visit in order}) == plain
