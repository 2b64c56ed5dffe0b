"""Visits that take longer than what is open: how long each is, and between when and when there is how much."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.calendars import SHAPES, Scene, available, patient, scenes, week

from kapplan.model.clinic import Clinic, Room, Staff
from kapplan.model.profile import Travel
from kapplan.planning.availability.blockers import LackOfTime, never_long_enough, too_short_for
from kapplan.planning.availability.calendar import Calendar, Relax, Shape
from kapplan.planning.availability.free_time import Closing
from kapplan.planning.infeasibility.phrases import lack_words

MONDAY, SUNDAY = date(2027, 1, 4), date(2027, 1, 10)
DAYS = [MONDAY + timedelta(days=number) for number in range(7)]
CLINIC = Clinic(timezone="America/Denver", hours=week("mon tue wed", "09:00-17:00"))
DOSE, TALK = Shape("dosing", "clinic", 180, ("room",), escort=True), Shape("integration", "clinic", 50, ("room",))


def calendar_of(scene: Scene) -> Calendar:
    """Return the calendar of a scene."""
    return Calendar(scene.clinic, scene.profile, scene.busy, scene.first, scene.last)


def days_of(scene: Scene) -> list[date]:
    """Return the days of a scene."""
    return [scene.first + timedelta(days=number) for number in range((scene.last - scene.first).days + 1)]


def calendar(mon: str, clinic: Clinic = CLINIC, travel: Travel | None = None) -> Calendar:
    """Return a week in which the patient is there on Mondays at some hours."""
    return Calendar(clinic, patient(available(week("mon", mon)), travel=travel), None, MONDAY, SUNDAY)


@pytest.mark.parametrize(
    ("mon", "expected"),
    [
        ("15:00-19:00", "a dose takes 3 h; between 15:00 and closing at 17:00 there are 2 h"),
        ("10:00-12:30", "a dose takes 3 h; between 10:00 and 12:30 there are 2 h 30"),
        ("16:20-17:00", "an integration takes 50 min; between 16:30 and closing at 17:00 there is 30 min"),
        ("09:00-17:00", None),
        ("18:00-20:00", None),
    ],
)
def test_what_is_too_long_is_told_with_both_lengths(mon: str, expected: str | None) -> None:
    """The visit that nearly fits, how long it takes, and the longest time that is open; nothing where none is."""
    lack = too_short_for(calendar(mon), [DOSE, TALK], "weekday:mon", DAYS)
    assert (None if lack is None else lack_words(lack)) == expected


def test_who_fetches_the_patient_is_no_matter_of_length() -> None:
    """A day that only the escort's hours close has time enough."""
    own = calendar("09:00-17:00", travel=Travel(escort_hours=week("tue", "09:00-17:00")))
    assert too_short_for(own, [DOSE], "escort:mon", DAYS) is None


@pytest.mark.parametrize(
    ("clinic", "expected"),
    [
        (replace(CLINIC, hours=week("mon", "09:00-11:00")),
         "a dose takes 3 h; between 09:00 and closing at 11:00 there are 2 h"),
        (replace(CLINIC, rooms=(Room(id="blue", kinds=("integration",)),)), "no room of the clinic serves dosing"),
        (CLINIC, None),
    ],
)  # fmt: skip
def test_what_no_day_has_room_for(clinic: Clinic, expected: str | None) -> None:
    """Whatever the patient and others do: the clinic's hours are too short, or nothing of it serves the visit."""
    why = never_long_enough(calendar("15:00-16:00", clinic), DOSE)
    assert (lack_words(why) if isinstance(why, LackOfTime) else why and why.words) == expected


@given(scenes(), st.sampled_from(SHAPES))
@settings(max_examples=40)
def test_the_longest_time_is_the_longest(scene: Scene, shape: Shape) -> None:
    """A visit of that length fits on some day and at that time, one of a step more on none, and the visit is longer."""
    own, bare = calendar_of(scene), replace(shape, escort=False)
    for cause in sorted(own.resources.closings):
        lack = too_short_for(own, [shape], cause, days_of(scene))
        if lack is None:
            continue
        assert lack.minutes == shape.minutes > lack.end - lack.start > 0
        days = [
            day.toordinal()
            for day in days_of(scene)
            if not own.starts(bare, day.toordinal()) and own.starts(bare, day.toordinal(), Relax(frozenset({cause})))
        ]
        fitting, longer = (
            replace(bare, minutes=minutes) for minutes in (lack.end - lack.start, lack.end - lack.start + 15)
        )
        assert any(own.starts(fitting, day) >> lack.start & 1 for day in days)
        assert not any(own.starts(longer, day) for day in days) or longer.minutes > shape.minutes


@given(scenes(), st.sampled_from(SHAPES))
@settings(max_examples=25)
def test_never_is_never(scene: Scene, shape: Shape) -> None:
    """A visit is told to have no room on any day exactly where lifting all that can be lifted opens none."""
    own = calendar_of(scene)
    liftable = frozenset(one.id for one in own.resources.closings.values() if not one.fixed)
    why = never_long_enough(own, shape)
    opened = own.days_open(shape, Relax(liftable))
    assert not (opened and why)
    assert isinstance(why, LackOfTime | Closing | None)


def test_staff_that_is_not_there_is_told() -> None:
    """A visit that needs somebody whom the clinic does not have is told with that."""
    clinic = replace(CLINIC, staff=(Staff(id="ana", roles=("monitor",)),))
    why = never_long_enough(calendar("09:00-17:00", clinic), Shape("integration", "clinic", 50, ("therapist",)))
    assert isinstance(why, Closing)
    assert why.words == "the clinic's staff has no therapist"
