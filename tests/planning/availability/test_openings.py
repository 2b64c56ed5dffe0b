"""Open days and slots: inside every constraint, at the right cost, and really opened by what is dropped."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.calendars import SHAPES, Scene, Walk, at, available, patient, scenes, week, without
from support.steps import calls_of

from kapplan.dates import WEEKDAYS
from kapplan.errors import UsageError
from kapplan.model.clinic import Away, Clinic, Closure, Room, Staff
from kapplan.model.profile import Availability, Avoid, Prefer, Travel
from kapplan.model.regimen import RegimenVisit
from kapplan.model.visits import Minutes
from kapplan.planning.availability.blockers import closed_by, groups
from kapplan.planning.availability.calendar import NONE, BusyTimes, Calendar, Relax, Shape, Slot
from kapplan.planning.availability.minute_masks import minutes
from kapplan.planning.availability.shapes import shape_of
from kapplan.planning.availability.timezones import zone
from kapplan.planning.availability.weekly_hours import Clocks, WeeklyHoursView

MONDAY = date(2027, 1, 4)
SUNDAY = date(2027, 1, 10)
TALK = Shape("integration", "clinic", 50, ("therapist", "room"))
DOSE = Shape("dosing", "clinic", 180, ("monitor", "room"), escort=True)
CALL = Shape("check-in", "remote", 30)
VIDEO = Shape("preparation", "remote", 60, ("therapist",))
CLINIC = Clinic(timezone="America/Denver", hours=week("mon tue wed thu fri", "09:00-17:00"))


def calendar_of(scene: Scene) -> Calendar:
    """Return the calendar of a scene."""
    return Calendar(scene.clinic, scene.profile, scene.busy, scene.first, scene.last)


def open_on(calendar: Calendar, shape: Shape, relax: Relax = NONE) -> list[date]:
    """Return the open days without their costs."""
    return [calendar.first + timedelta(days=day) for day in minutes(calendar.days_open(shape, relax))]


def clocks(calendar: Calendar, shape: Shape, day: date) -> list[str]:
    """Return the clock times of a day's slots."""
    return [f"{slot.start:%H:%M}" for slot in calendar.slots(shape, day)]


def days_of(scene: Scene) -> list[date]:
    """Return the days of a scene."""
    return [scene.first + timedelta(days=number) for number in range((scene.last - scene.first).days + 1)]


# -- properties -----------------------------------------------------------------------------------------------------


@given(scenes(), st.sampled_from(SHAPES))
@settings(max_examples=30)
def test_slots_are_exactly_what_a_walk_through_the_minutes_allows(scene: Scene, shape: Shape) -> None:
    """Every slot lies inside every constraint, and no start of the grid that does is missing."""
    calendar, walk = calendar_of(scene), Walk(scene)
    for day in days_of(scene):
        midnight = datetime.combine(day, datetime.min.time())
        walls = [midnight + timedelta(minutes=15 * number) for number in range(96)]
        expected = [wall for wall in walls if walk.is_open(shape, wall)]
        slots = calendar.slots(shape, day)
        assert [slot.start.replace(tzinfo=None) for slot in slots] == expected
        assert all(
            slot.end.astimezone(UTC) - slot.start.astimezone(UTC) == timedelta(minutes=shape.minutes) for slot in slots
        )


@given(scenes(), st.sampled_from(SHAPES))
@settings(max_examples=40)
def test_open_days_are_those_with_slots_at_the_least_cost(scene: Scene, shape: Shape) -> None:
    """A day is open if it has a slot, and costs what the cheapest of them costs."""
    calendar = calendar_of(scene)
    slots = {day: calendar.slots(shape, day) for day in days_of(scene)}
    expected = [(day, min(slot.cost for slot in found)) for day, found in slots.items() if found]
    assert list(calendar.open_days(shape)) == expected
    assert open_on(calendar, shape) == [day for day, _ in expected]


@given(scenes(), st.sampled_from(SHAPES))
@settings(max_examples=40)
def test_slots_name_who_and_what_is_really_free(scene: Scene, shape: Shape) -> None:
    """The staff and the room of a slot suffice alone: with them only, the slot is still open."""
    calendar = calendar_of(scene)
    for day in days_of(scene):
        for slot in calendar.slots(shape, day)[:2]:
            staff = tuple(person for person in scene.clinic.staff if person.id in slot.staff)
            rooms = tuple(room for room in scene.clinic.rooms if room.id == slot.room)
            assert bool(staff) == bool(shape.roles and scene.clinic.staff)
            assert bool(rooms) == bool(shape.needs_room and scene.clinic.rooms)
            fewer = replace(scene, clinic=replace(scene.clinic, staff=staff, rooms=rooms))
            assert Walk(fewer).is_open(shape, slot.start.replace(tzinfo=None))


@given(scenes(), st.sampled_from(SHAPES), st.data())
@settings(max_examples=40)
def test_relaxing_never_closes_anything(scene: Scene, shape: Shape, data: st.DataObject) -> None:
    """Dropping more causes, or opening more days, keeps every slot that was open before."""
    calendar = calendar_of(scene)
    causes = sorted({group.id for group in groups(calendar)})
    few = data.draw(st.sets(st.sampled_from(causes)) if causes else st.just(set()))
    more = data.draw(st.sets(st.sampled_from(causes)) if causes else st.just(set()))
    opened = data.draw(st.sets(st.sampled_from(days_of(scene))))
    steps = (
        NONE,
        Relax(frozenset(few)),
        Relax(frozenset(few | more)),
        Relax(frozenset(few | more), clinic_days=frozenset(opened)),
        Relax(frozenset(few | more), clinic_days=frozenset(opened), patient_days=frozenset(opened)),
    )
    for day in days_of(scene):
        starts = [{slot.start for slot in calendar.slots(shape, day, relax)} for relax in steps]
        assert all(one <= other for one, other in itertools.pairwise(starts))
    for relax in steps:
        assert open_on(calendar, shape, relax) == [day for day in days_of(scene) if calendar.slots(shape, day, relax)]


@given(scenes(), st.sampled_from(SHAPES), st.data())
@settings(max_examples=40)
def test_a_day_among_others_is_what_it_is_alone(scene: Scene, shape: Shape, data: st.DataObject) -> None:
    """Days that are alike are looked at once, and each has the slots and the causes of a calendar of that day alone."""
    calendar = calendar_of(scene)
    causes = sorted({group.id for group in groups(calendar)})
    dropped = Relax(frozenset(data.draw(st.sets(st.sampled_from(causes)) if causes else st.just(set()))))
    of_shape = groups(calendar, [shape])
    for day in days_of(scene):
        alone = calendar_of(replace(scene, first=day, last=day))
        for relax in (dropped, NONE):
            assert calendar.slots(shape, day, relax) == alone.slots(shape, day, relax)
            assert (day in open_on(calendar, shape, relax)) == bool(open_on(alone, shape, relax))
        assert {one.id for one in of_shape if day in one.dates} == {one.id for one in groups(alone, [shape])}


@given(scenes(), st.sampled_from(SHAPES))
@settings(max_examples=40)
def test_dropping_a_cause_is_what_the_files_would_say_without_it(scene: Scene, shape: Shape) -> None:
    """A dropped absence, closure or weekday leaves the very calendar of the files in which it does not stand."""
    calendar = calendar_of(scene)
    for cause, other in without(scene):
        bare = calendar_of(other)
        if shape.place != "clinic" and not shape.roles and cause.startswith("weekday"):
            continue  # bound to the day hours then, not to all day
        for day in days_of(scene):
            dropped = calendar.slots(shape, day, Relax(frozenset({cause})))
            assert [slot.start for slot in dropped] == [slot.start for slot in bare.slots(shape, day)]


@given(scenes(), st.sampled_from(SHAPES))
@settings(max_examples=40)
def test_what_closes_a_day_is_minimal_and_enough(scene: Scene, shape: Shape) -> None:
    """The causes named keep the day closed with all others gone, and none of them can be missed."""
    calendar = calendar_of(scene)
    for day in days_of(scene):
        closings = closed_by(calendar, shape, day)
        assert bool(closings) == (not calendar.slots(shape, day))
        every = {group.id for group in groups(calendar) if day in group.dates}
        named = {closing.id for closing in closings}
        if not named <= every:
            assert len(named) == 1
            assert not calendar.slots(shape, day, Relax(frozenset(every)))
            continue
        assert not named or not calendar.slots(shape, day, Relax(frozenset(every - named)))
        for cause in named:
            assert calendar.slots(shape, day, Relax(frozenset(every - named | {cause})))


# -- the clinic -----------------------------------------------------------------------------------------------------


def test_default_hours_are_nine_to_five_on_weekdays() -> None:
    """A clinic that states no hours is open Monday to Friday from nine to five."""
    calendar = Calendar(Clinic(timezone="America/Denver"), patient(), None, MONDAY, SUNDAY)
    assert [day.day for day in open_on(calendar, TALK)] == [4, 5, 6, 7, 8]
    times = clocks(calendar, TALK, MONDAY)
    assert (times[0], times[-1], len(times)) == ("09:00", "16:00", 29)


def test_visits_never_span_a_break() -> None:
    """Hours with a break are two openings, and a visit must fit one of them."""
    clinic = replace(CLINIC, hours=week("mon", "08:00-12:00", "13:00-17:00"))
    calendar = Calendar(clinic, patient(), None, MONDAY, SUNDAY)
    half = Shape("dosing", "clinic", 225, ("monitor", "room"))
    assert clocks(calendar, half, MONDAY) == ["08:00", "08:15", "13:00", "13:15"]


def test_grid_holds_where_hours_begin_between() -> None:
    """A visit begins on the quarter of an hour even where the hours do not."""
    calendar = Calendar(replace(CLINIC, hours=week("mon", "09:05-10:05")), patient(), None, MONDAY, SUNDAY)
    assert clocks(calendar, TALK, MONDAY) == ["09:15"]


def test_whole_visit_lies_before_closing() -> None:
    """The last start leaves room for the whole visit, clearing up included."""
    visit = RegimenVisit(
        id="dosing-1", kind="dosing", number=1, type="dosing", title="Dose", phase="p", tier="course", place="clinic",
        minutes=Minutes(prepare=20, administer=10, monitor=120, clear=15), needs=("monitor", "room"),
    )  # fmt: skip
    shape = shape_of(visit, "okafor")
    assert (shape.minutes, shape.therapist) == (165, None)
    assert clocks(Calendar(CLINIC, patient(), None, MONDAY, SUNDAY), shape, MONDAY)[-1] == "14:15"


def test_holidays_and_closures_close() -> None:
    """Public holidays and the clinic's own closures close whole days, under names of their own."""
    clinic = replace(
        CLINIC,
        holidays="US-CO",
        closed=(Closure(rrule="FREQ=MONTHLY;BYDAY=1FR", why="staff training"), Closure(on=date(2027, 1, 20))),
    )
    calendar = Calendar(clinic, patient(), None, MONDAY, date(2027, 2, 20))
    closed = {day: closed_by(calendar, TALK, day) for day in (date(2027, 1, 18), date(2027, 2, 5), date(2027, 1, 20))}
    assert {day.isoformat(): [(one.id, one.words) for one in found] for day, found in closed.items()} == {
        "2027-01-18": [("holiday:2027-01-18", "Martin Luther King Jr. Day")],
        "2027-02-05": [("closure:0", "staff training")],
        "2027-01-20": [("closure:1", "the clinic is closed on Wed 20 Jan 2027")],
    }
    assert date(2027, 1, 18) in open_on(calendar, TALK, Relax(frozenset({"holiday:2027-01-18"})))
    assert date(2027, 1, 18) in open_on(calendar, TALK, Relax(clinic_days=frozenset({date(2027, 1, 18)})))


def test_opened_saturday_has_the_longest_opening_of_the_week() -> None:
    """A clinic that opens on a day on which it never does has the hours from its first opening to its last closing."""
    clinic = replace(CLINIC, hours={**week("mon", "08:00-12:00"), **week("tue", "13:00-18:00")})
    calendar = Calendar(clinic, patient(), None, MONDAY, SUNDAY)
    saturday = date(2027, 1, 9)
    assert closed_by(calendar, TALK, saturday)[0].words == "the clinic is closed on Saturdays"
    assert closed_by(calendar, TALK, saturday)[0].fixed
    slots = calendar.slots(TALK, saturday, Relax(clinic_days=frozenset({saturday})))
    assert (f"{slots[0].start:%H:%M}", f"{slots[-1].end:%H:%M}") == ("08:00", "17:50")


def test_opened_day_brings_nobody_back_and_frees_nothing() -> None:
    """A clinic day that is opened lifts holidays and weekdays, but neither absences of staff nor bookings."""
    opened = Relax(clinic_days=frozenset({MONDAY}))
    lee = Staff(id="lee", roles=("therapist",), away=(Away(from_=MONDAY, until=MONDAY),))
    closed = replace(CLINIC, closed=(Closure(on=MONDAY),))
    away = Calendar(replace(closed, staff=(lee,)), patient(), None, MONDAY, SUNDAY)
    assert away.slots(TALK, MONDAY, opened) == ()
    busy = BusyTimes({"clinic": ((at("2027-01-04T09:00"), at("2027-01-04T16:00")),)})
    booked = Calendar(closed, patient(), busy, MONDAY, SUNDAY)
    assert [f"{slot.start:%H:%M}" for slot in booked.slots(TALK, MONDAY, opened)] == ["16:00"]


def test_rooms_serve_kinds_and_the_first_free_one_is_taken() -> None:
    """The first listed room that serves the kind and is free is taken; visits that need none take none."""
    clinic = replace(CLINIC, rooms=(Room(id="blue", kinds=("dosing",)), Room(id="red"), Room(id="green")))
    busy = BusyTimes({"room:red": ((at("2027-01-04T09:00"), at("2027-01-04T12:00")),)})
    calendar = Calendar(clinic, patient(), busy, MONDAY, SUNDAY)
    rooms = {f"{slot.start:%H:%M}": slot.room for slot in calendar.slots(TALK, MONDAY)}
    assert (rooms["09:00"], rooms["11:45"], rooms["12:00"]) == ("green", "green", "red")
    assert calendar.slots(DOSE, MONDAY)[0].room == "blue"
    assert calendar.slots(CALL, MONDAY)[0].room is None


def test_kind_that_no_room_serves_is_said_so() -> None:
    """Where no room serves a kind, every day says so, and nothing can be dropped to help."""
    clinic = replace(CLINIC, rooms=(Room(id="blue", kinds=("dosing",)),))
    calendar = Calendar(clinic, patient(), None, MONDAY, SUNDAY)
    assert calendar.open_days(TALK) == ()
    (closing,) = closed_by(calendar, TALK, MONDAY)
    assert (closing.words, closing.fixed) == ("no room of the clinic serves integration", True)


def test_clinic_without_rooms_has_one() -> None:
    """A clinic that lists no rooms has one without a name, which other plans can take."""
    busy = BusyTimes({"room:": ((at("2027-01-04T09:00"), at("2027-01-04T16:30")),)})
    calendar = Calendar(CLINIC, patient(), busy, MONDAY, SUNDAY)
    assert [day.day for day in open_on(calendar, TALK)] == [5, 6, 7, 8]
    assert [closing.id for closing in closed_by(calendar, TALK, MONDAY)] == ["booked:2027-01-04"]
    assert calendar.slots(TALK, date(2027, 1, 5))[0].room is None


# -- staff ----------------------------------------------------------------------------------------------------------

OKAFOR = Staff(
    id="okafor", name="Dr. N. Okafor", roles=("therapist", "prescriber"), hours=week("mon sat", "08:00-12:00")
)
LEE = Staff(id="lee", roles=("therapist", "monitor"), away=(Away(from_=MONDAY, until=date(2027, 1, 5), why="ill"),))


def test_each_role_needs_somebody_there() -> None:
    """A role is filled by whoever of it is there; without hours of their own that is when the clinic is open."""
    calendar = Calendar(replace(CLINIC, staff=(OKAFOR, LEE)), patient(), None, MONDAY, SUNDAY)
    assert calendar.slots(TALK, MONDAY)[0].staff == ("okafor",)
    assert calendar.slots(TALK, date(2027, 1, 6))[0].staff == ("lee",)
    assert [day.day for day in open_on(calendar, DOSE)] == [6, 7, 8]
    assert [one.words for one in closed_by(calendar, DOSE, MONDAY)] == ["lee is away 4–5 Jan 2027"]  # noqa: RUF001


def test_one_person_can_fill_two_roles() -> None:
    """Somebody of two roles fills both, and is named once."""
    both = Shape("screening", "clinic", 60, ("prescriber", "therapist", "room"))
    calendar = Calendar(replace(CLINIC, staff=(OKAFOR, LEE)), patient(), None, MONDAY, SUNDAY)
    assert calendar.slots(both, MONDAY)[0].staff == ("okafor",)


def test_the_patients_therapist_is_bound() -> None:
    """A shape with a therapist is open when that one is there, whoever else might be."""
    clinic = replace(CLINIC, staff=(OKAFOR, LEE))
    bound = replace(TALK, therapist="okafor")
    assert [day.day for day in open_on(Calendar(clinic, patient(), None, MONDAY, SUNDAY), bound)] == [4]
    assert [
        day.day for day in open_on(Calendar(clinic, patient(), None, MONDAY, SUNDAY, therapist="okafor"), TALK)
    ] == [4]
    (closing,) = closed_by(Calendar(clinic, patient(), None, MONDAY, SUNDAY), bound, date(2027, 1, 5))
    assert (closing.id, closing.words) == ("staff-weekday:okafor:tue", "Dr. N. Okafor does not work on Tuesdays")


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        (replace(TALK, therapist="nobody"), 'the clinic\'s staff has no therapist "nobody"'),
        (replace(TALK, needs=("monitor",)), "the clinic's staff has no monitor"),
        (replace(TALK, minutes=600), "no opening hours have room for 600 minutes"),
    ],
)
def test_what_can_never_be_is_said_so(shape: Shape, words: str) -> None:
    """Where nobody is of a role, or no opening is long enough, that is what closes every day."""
    calendar = Calendar(replace(CLINIC, staff=(OKAFOR,)), patient(), None, MONDAY, SUNDAY)
    assert calendar.open_days(shape) == ()
    assert [closing.words for closing in closed_by(calendar, shape, MONDAY)] == [words]


def test_video_visits_follow_the_staff_not_the_clinics_hours() -> None:
    """A remote visit is bound to the staff's own hours, beyond the clinic's; closures keep the staff away too."""
    clinic = replace(CLINIC, staff=(OKAFOR,), closed=(Closure(on=MONDAY),))
    calendar = Calendar(clinic, patient(), None, MONDAY, SUNDAY)
    assert [day.day for day in open_on(calendar, VIDEO)] == [9]
    unstaffed = Calendar(CLINIC, patient(), None, MONDAY, SUNDAY)
    assert [day.day for day in open_on(unstaffed, VIDEO)] == [4, 5, 6, 7, 8]


def test_visits_at_home_without_staff_are_open_every_day() -> None:
    """What needs nobody of the clinic is open every day, by day unless the patient says otherwise."""
    clinic = replace(CLINIC, holidays="US", closed=(Closure(from_=MONDAY, until=SUNDAY),))
    calendar = Calendar(clinic, patient(), None, MONDAY, SUNDAY)
    assert len(open_on(calendar, CALL)) == 7
    assert clocks(calendar, CALL, SUNDAY)[0] == "09:00"
    evening = patient(available(week("sun", "19:00-20:00")))
    calendar = Calendar(clinic, evening, None, MONDAY, SUNDAY)
    assert clocks(calendar, CALL, SUNDAY) == ["19:00", "19:15", "19:30"]
    assert open_on(calendar, CALL) == [SUNDAY]


# -- the patient ----------------------------------------------------------------------------------------------------


def test_patients_hours_are_read_in_their_own_zone() -> None:
    """Nine to one in New York is seven to eleven in Denver."""
    profile = patient(available(week("mon", "09:00-13:00")), timezone="America/New_York")
    calendar = Calendar(CLINIC, profile, None, MONDAY, SUNDAY)
    times = clocks(calendar, TALK, MONDAY)
    assert (times[0], times[-1]) == ("09:00", "10:00")
    assert open_on(calendar, TALK) == [MONDAY]


def test_patients_zone_can_be_a_day_ahead() -> None:
    """A patient's Tuesday morning in Kolkata is the clinic's Monday evening in Denver."""
    clinic = replace(CLINIC, hours=week("mon", "12:00-24:00"))
    profile = patient(available(week("tue", "08:00-10:00")), timezone="Asia/Kolkata")
    calendar = Calendar(clinic, profile, None, MONDAY, SUNDAY)
    times = clocks(calendar, TALK, MONDAY)
    assert (times[0], times[-1]) == ("19:30", "20:30")


def test_hours_on_the_day_on_which_the_patients_clocks_change() -> None:
    """From one to five in Denver is three hours on the night of the shift: eight to eleven in London."""
    clinic = Clinic(timezone="Europe/London", hours=week("sun", "00:00-24:00"))
    profile = patient(available(week("sun", "01:00-05:00")), timezone="America/Denver")
    day = date(2027, 3, 14)
    times = clocks(Calendar(clinic, profile, None, day, day), TALK, day)
    assert (times[0], times[-1]) == ("08:00", "10:00")


@pytest.mark.parametrize(
    ("home", "place"),
    [
        ("America/New_York", "America/Denver"),
        ("America/Denver", "Europe/London"),
        ("Australia/Lord_Howe", "Australia/Adelaide"),
        ("Pacific/Chatham", "Pacific/Pago_Pago"),
        ("Antarctica/Troll", "America/St_Johns"),
    ],
)
def test_hours_of_days_on_which_a_clock_changes_are_those_that_the_home_clock_shows(home: str, place: str) -> None:
    """On each such day of a year a minute of the clinic's is open exactly where the clock at home shows an open one."""
    clocks = Clocks(zone(home), zone(place))
    hours = week("mon thu sat sun", "00:20-09:10", "21:45-24:00")
    view = WeeklyHoursView("weekday", hours, clocks)
    first = date(2027, 1, 1)
    days = [first + timedelta(days=number) for number in range(365)]
    changing = [day for day in days if clocks.shift(day.toordinal()) is None]
    assert len(changing) >= 2
    for day in changing:
        midnight = datetime.combine(day, datetime.min.time(), zone(place))
        shown = [(midnight + timedelta(minutes=minute)).astimezone(zone(home)) for minute in range(24 * 60)]
        open_at_home = (
            any(part.start <= at_home.hour * 60 + at_home.minute < part.end for part in hours.get(key, ()))
            for at_home in shown
            for key in [WEEKDAYS[at_home.weekday()]]
        )
        expected = sum(1 << minute for minute, is_open in enumerate(open_at_home) if is_open)
        assert view.mask(day.toordinal()) == expected, day


def test_absence_of_whole_days_and_of_hours() -> None:
    """Days away are closed throughout, both ends included; an absence with times only in part. Nobody learns why."""
    away = (
        Away(from_=date(2027, 1, 5), until=date(2027, 1, 6), why="rehab"),
        Away(from_=datetime(2027, 1, 7, 9), until=datetime(2027, 1, 7, 12), why="court"),  # noqa: DTZ001
    )
    calendar = Calendar(CLINIC, patient(Availability(away=away)), None, MONDAY, SUNDAY)
    assert [day.day for day in open_on(calendar, TALK)] == [4, 7, 8]
    assert clocks(calendar, TALK, date(2027, 1, 7))[0] == "12:00"
    words = " ".join(group.words for group in groups(calendar))
    assert "the patient is away 5–6 Jan 2027" in words  # noqa: RUF001
    assert "rehab" not in words
    assert "court" not in words


def test_escort_fetches_within_their_hours() -> None:
    """The end of a visit that needs an escort falls inside the escort's hours, both ends included."""
    profile = patient(travel=Travel(escort_hours=week("thu", "12:00-13:00")))
    calendar = Calendar(CLINIC, profile, None, MONDAY, SUNDAY)
    assert clocks(calendar, DOSE, date(2027, 1, 7)) == ["09:00", "09:15", "09:30", "09:45", "10:00"]
    assert [one.words for one in closed_by(calendar, DOSE, MONDAY)] == ["nobody can fetch the patient on Mondays"]
    assert len(open_on(calendar, TALK)) == 5
    assert MONDAY in open_on(calendar, DOSE, Relax(patient_days=frozenset({MONDAY})))


def test_the_same_calendar_for_another_therapist_is_theirs() -> None:
    """What was worked out for one therapist is not taken for another; what depends on none is the same."""
    clinic = replace(CLINIC, staff=(replace(OKAFOR, hours=week("mon", "09:00-12:00")), LEE))
    first = Calendar(clinic, patient(), None, MONDAY, SUNDAY, therapist="okafor")
    before = {shape: open_on(first, shape) for shape in (TALK, VIDEO, CALL)}
    second = first.for_therapist("lee")
    fresh = Calendar(clinic, patient(), None, MONDAY, SUNDAY, therapist="lee")
    for shape in (TALK, VIDEO, CALL):
        assert open_on(second, shape) == open_on(fresh, shape)
        assert clocks(second, shape, MONDAY) == clocks(fresh, shape, MONDAY)
        assert open_on(first, shape) == before[shape]
    assert open_on(second, VIDEO) != before[VIDEO]


def test_an_opened_day_of_the_patient_brings_the_escort_whatever_the_hour() -> None:
    """On a day opened for the patient the escort is there all day; on one opened for the clinic they are not."""
    profile = patient(travel=Travel(escort_hours=week("thu", "12:00-13:00")))
    calendar = Calendar(CLINIC, profile, None, MONDAY, SUNDAY)
    thursday = date(2027, 1, 7)
    opened = Relax(patient_days=frozenset({thursday}))
    assert [f"{slot.end:%H:%M}" for slot in calendar.slots(DOSE, thursday, opened)][-1] == "17:00"
    assert calendar.slots(DOSE, MONDAY, Relax(clinic_days=frozenset({MONDAY}))) == ()
    dropped = Relax(frozenset(cause.id for cause in closed_by(calendar, DOSE, MONDAY)))
    assert len(calendar.slots(DOSE, MONDAY, dropped)) == len(calendar.slots(replace(DOSE, escort=False), MONDAY))


@pytest.mark.parametrize(
    ("prefer", "avoid", "expected"),
    [
        (Prefer(days=("mon",)), Avoid(), [0, 1, 1, 1, 1]),
        (Prefer(days=("mon",), time="morning"), Avoid(), [0, 1, 1, 2, 1]),
        (Prefer(time="afternoon"), Avoid(days=("tue",)), [0, 3, 0, 0, 0]),
        (Prefer(days=("fri",), time="09:30"), Avoid(days=("fri",)), [1, 1, 1, 2, 3]),
        (Prefer(), Avoid(), [0, 0, 0, 0, 0]),
    ],
)
def test_cost_of_a_day(prefer: Prefer, avoid: Avoid, expected: list[int]) -> None:
    """A day and a time that are not preferred cost 1 each, a day to avoid 3; a day costs its cheapest slot."""
    weekly = {**week("mon tue wed fri", "09:00-17:00"), **week("thu", "12:00-17:00")}
    own = available(weekly, prefer=prefer, avoid=avoid)
    calendar = Calendar(CLINIC, patient(own), None, MONDAY, SUNDAY)
    assert [cost for _, cost in calendar.open_days(TALK)] == expected


def test_cost_of_a_slot() -> None:
    """A time preferred is met by its own start only; morning ends at noon."""
    calendar = Calendar(CLINIC, patient(Availability(prefer=Prefer(time="09:30"))), None, MONDAY, SUNDAY)
    assert [f"{slot.start:%H:%M}" for slot in calendar.slots(TALK, MONDAY) if slot.cost == 0] == ["09:30"]
    calendar = Calendar(CLINIC, patient(Availability(prefer=Prefer(time="morning"))), None, MONDAY, SUNDAY)
    assert max(f"{slot.start:%H:%M}" for slot in calendar.slots(TALK, MONDAY) if slot.cost == 0) == "11:45"


# -- time -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "day", "closed"),
    [
        ("America/Denver", date(2027, 3, 14), ("01:59", "03:00")),
        ("America/Denver", date(2027, 11, 7), ("00:59", "02:00")),
        ("Europe/London", date(2027, 3, 28), ("00:59", "02:00")),
        ("Europe/London", date(2027, 10, 31), ("00:59", "02:00")),
        ("Australia/Lord_Howe", date(2027, 4, 4), ("01:29", "02:00")),
        ("Australia/Lord_Howe", date(2027, 10, 3), ("01:59", "02:30")),
    ],
)
def test_no_visit_touches_a_shift_of_the_clocks(name: str, day: date, closed: tuple[str, str]) -> None:
    """On a day on which the clocks change visits end before and begin after, and last as long as ever."""
    clinic = Clinic(timezone=name, hours=week("sun", "00:00-24:00"))
    slots = Calendar(clinic, patient(), None, day, day).slots(replace(TALK, minutes=45), day)
    for slot in slots:
        assert slot.end.astimezone(UTC) - slot.start.astimezone(UTC) == timedelta(minutes=45)
        assert f"{slot.end:%H:%M}" <= closed[0] or f"{slot.start:%H:%M}" >= closed[1]
    assert f"{slots[0].start:%H:%M}" == "00:00"
    assert any(f"{slot.start:%H:%M}" == closed[1] for slot in slots)


def test_nothing_begins_before_the_first_moment() -> None:
    """Nothing is open before ``not_before``, on its day only what begins later, and the day before says why."""
    moment = at("2027-01-06T15:05")
    calendar = Calendar(CLINIC, patient(), None, MONDAY, SUNDAY, not_before=moment)
    assert [day.day for day in open_on(calendar, TALK)] == [6, 7, 8]
    assert clocks(calendar, TALK, date(2027, 1, 6)) == ["15:15", "15:30", "15:45", "16:00"]
    assert closed_by(calendar, TALK, MONDAY)[0].id == "past"
    assert closed_by(calendar, DOSE, date(2027, 1, 6))[0].id == "past"
    everything = Relax(frozenset(group.id for group in groups(calendar)), frozenset({MONDAY}), frozenset({MONDAY}))
    assert MONDAY not in open_on(calendar, TALK, everything)


@pytest.mark.parametrize(
    ("moment", "first"),
    [
        ("2027-01-06T15:00", "15:00"),
        ("2027-01-06T15:00:01", "15:15"),
        ("2027-01-06T15:00:00.000001", "15:15"),
        ("2027-01-06T14:59:59", "15:00"),
        ("2027-01-06T15:15:30", "15:30"),
    ],
)
def test_seconds_of_the_first_moment_count(moment: str, first: str) -> None:
    """A visit begins at that moment or later, to the second: one that would begin seconds before it has gone by."""
    calendar = Calendar(CLINIC, patient(), None, MONDAY, SUNDAY, not_before=at(moment))
    assert clocks(calendar, TALK, date(2027, 1, 6))[0] == first
    begun = at("2027-01-06T15:00")
    assert (calendar.slot_at(TALK, begun) is not None) == (begun >= at(moment))


def test_days_outside_the_calendar() -> None:
    """A day that the calendar does not cover has no slots and says so; a longer calendar covers it."""
    calendar = Calendar(CLINIC, patient(), None, MONDAY, SUNDAY)
    later = date(2027, 1, 12)
    assert calendar.slots(TALK, later) == ()
    assert calendar.slot_at(TALK, at("2027-01-12T09:00")) is None
    assert closed_by(calendar, TALK, later)[0].id == "horizon"
    assert later in open_on(calendar.through(later), TALK)


def test_slot_at_a_time_off_the_grid() -> None:
    """A time somebody chose is open on the grid or off it, as long as everything else allows it."""
    calendar = Calendar(CLINIC, patient(), None, MONDAY, SUNDAY)
    moment = at("2027-01-04T09:20")
    assert calendar.slot_at(TALK, moment) == Slot(start=moment, end=at("2027-01-04T10:10"))
    assert calendar.slot_at(TALK, moment.astimezone(UTC)) == calendar.slot_at(TALK, moment)
    assert calendar.slot_at(TALK, at("2027-01-04T08:50")) is None
    assert calendar.slot_at(TALK, at("2027-01-04T09:20:30")) is None


def test_no_time_zone_names_both_keys() -> None:
    """Without any time zone the error names the two keys that would give one."""
    with pytest.raises(UsageError, match=r"clinic\.timezone nor patient\.timezone"):
        Calendar(Clinic(), patient(), None, MONDAY, SUNDAY)
    assert Calendar(Clinic(), patient(timezone="Europe/London"), None, MONDAY, SUNDAY).zone is zone("Europe/London")


# -- causes ---------------------------------------------------------------------------------------------------------


def test_groups_for_a_course_are_those_that_matter() -> None:
    """Asked for some shapes, the groups are what takes slots from them on closed days, and never fixed hours."""
    clinic = replace(CLINIC, holidays="US", hours=week("mon tue wed thu fri", "09:00-17:00"))
    own = available(week("mon wed", "08:00-18:00"), away=(Away(from_=date(2027, 1, 9), until=date(2027, 1, 9)),))
    calendar = Calendar(clinic, patient(own), None, MONDAY, date(2027, 1, 24))
    found = {group.id: [day.day for day in group.dates] for group in groups(calendar, [TALK])}
    assert found == {
        "holiday:2027-01-18": [18],
        "weekday:tue": [5, 12, 19],
        "weekday:thu": [7, 14, 21],
        "weekday:fri": [8, 15, 22],
    }


def test_of_days_that_are_alike_only_the_one_whose_cause_is_dropped_opens() -> None:
    """Two holidays on Mondays close the same hours: without one of them its own Monday is open, and no other."""
    last = date(2027, 2, 21)
    calendar = Calendar(
        replace(CLINIC, holidays="US"), patient(available(week("mon", "09:00-17:00"))), None, MONDAY, last
    )
    assert {group.id: len(group.dates) for group in groups(calendar, [TALK]) if group.kind == "holiday"} == {
        "holiday:2027-01-18": 1,
        "holiday:2027-02-15": 1,
    }
    closed = [date(2027, 1, 18), date(2027, 2, 15)]
    for day in closed:
        opened = set(open_on(calendar, TALK, Relax(frozenset({f"holiday:{day}"}))))
        assert opened & set(closed) == {day}
    both = Relax(frozenset(f"holiday:{day}" for day in closed))
    assert set(closed) <= set(open_on(calendar, TALK, both))


def test_words_tell_short_hours() -> None:
    """Hours that are too short are told with the hours."""
    own = available(week("mon", "09:00-10:00", "11:00-12:00"))
    calendar = Calendar(CLINIC, patient(own), None, MONDAY, SUNDAY)
    (closing,) = closed_by(calendar, DOSE, MONDAY)
    assert closing.words == "the patient is available on Mondays only 09:00-10:00, 11:00-12:00"


def test_two_half_days_close_a_day_together() -> None:
    """Where it takes two causes to close a day, both are named."""
    busy = BusyTimes({"clinic": ((at("2027-01-04T09:00"), at("2027-01-04T12:30")),)})
    own = available(week("mon", "09:00-13:00"))
    calendar = Calendar(CLINIC, patient(own), busy, MONDAY, SUNDAY)
    assert [closing.id for closing in closed_by(calendar, TALK, MONDAY)] == ["weekday:mon", "booked:2027-01-04"]


def test_two_years_of_six_shapes_take_few_steps() -> None:
    """The open days of six shapes over two years are worked out once for days that are alike, holidays and all."""
    clinic = replace(
        CLINIC,
        holidays="US-CO",
        staff=(replace(OKAFOR, hours=week("mon tue wed thu fri", "08:00-18:00")), LEE),
        rooms=(Room(id="red"),),
    )
    profile = patient(available(week("mon wed thu", "09:00-16:00"), prefer=Prefer(days=("mon",), time="morning")))

    def open_days() -> None:
        calendar = Calendar(clinic, profile, None, MONDAY, MONDAY + timedelta(days=700))
        for shape in SHAPES:
            calendar.open_days(shape)

    assert calls_of(open_days) < 16_000
