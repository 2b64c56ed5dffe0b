"""Each effect of tailoring by itself: what it does to a small course, what it leaves, and what it says."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

import pytest
from support.protocols import HEAD, profile_of, protocol_of

from kapplan.model.clinic import Clinic, MinutesChange, Room, Staff
from kapplan.model.protocol import Anchor, Choice, Each, Points, Protocol, Series, VisitType, Weeks, Window
from kapplan.model.regimen import Measuring
from kapplan.model.rules import (
    Doses,
    Effect,
    Longer,
    MeasureOften,
    MoreMeasures,
    MoreSeries,
    MoreTask,
    MoreVisits,
    Narrower,
    NewPlace,
    NewPoints,
    Target,
)
from kapplan.model.terms import Role
from kapplan.model.visits import Gate, Minutes, NeedByParts
from kapplan.planning.rules.changed_course import Cause, Change, Course
from kapplan.planning.rules.effects import apply

CAUSE = Cause(rule="house", text="The house does so.", source="rule-house")
PHASES = """
[[phases]]
id = "talks"
[[phases.series]]
visit = "preparation"
[[phases.series]]
visit = "psychotherapy"
weeks = { until = 3 }
after = { last = "preparation" }
gap = { min = 1, max = 9 }
[[phases]]
id = "doses"
[[phases.series]]
visit = "dosing"
count = 4
doses = { min = 1, max = 8 }
after = { last = "preparation" }
lead = { min = 1, target = [2, 7], max = 10 }
gap = { min = 3, target = 7, max = 21 }
[[phases.series]]
visit = "integration"
each = { visit = "dosing" }
gap = { min = 1, target = [2, 4], max = 6 }
[[phases]]
id = "after"
follow_up = true
[[phases.series]]
visit = "check-in"
at = { weeks = [2, 4] }
after = { last = "dosing" }
gap = { min = -7, max = 7 }
"""


def course(phases: str = PHASES, clinic: Clinic | None = None, **treatment: Any) -> Course:
    """Return a small course."""
    return Course(protocol=protocol_of(phases), clinic=clinic or Clinic(), profile=profile_of(**treatment))


def changed(effect: Effect, on: Course | None = None) -> Course:
    """Return the course after an effect that must do something."""
    after = apply(effect, on or course(), CAUSE).course
    assert after is not None
    return after


def why_not(effect: Effect, on: Course | None = None) -> str:
    """Return why an effect does nothing."""
    change = apply(effect, on or course(), CAUSE)
    assert change.course is None
    return change.words


def row(after: Course, visit: str) -> Series:
    """Return the only series of a type of visit."""
    (found,) = [series for phase in after.protocol.phases for series in phase.series if series.visit == visit]
    return found


def with_series(visit: str, **changes: Any) -> Course:
    """Return the small course with one series changed."""
    made = course()
    phases = tuple(
        replace(phase, series=tuple(replace(one, **changes) if one.visit == visit else one for one in phase.series))
        for phase in made.protocol.phases
    )
    return replace(made, protocol=replace(made.protocol, phases=phases))


def with_visit(name: str, **changes: Any) -> Course:
    """Return the small course with one type of visit changed."""
    made = course()
    visits = {**made.protocol.visits, name: replace(made.protocol.visits[name], **changes)}
    return replace(made, protocol=replace(made.protocol, visits=visits))


def test_an_effect_that_names_nothing_changes_nothing() -> None:
    """A rule without an effect says so."""
    assert apply(Effect(), course(), CAUSE) == Change(None, "the rule names no effect")


def test_a_series_without_a_number_counts_as_one() -> None:
    """Where a protocol leaves the number of a series out, there is one: rules count from there."""
    one_dose = with_series("dosing", count=None)
    assert why_not(Effect(doses=Doses(at_least=1)), one_dose) == "the protocol has 1 dose already"
    assert row(changed(Effect(doses=Doses(count=2)), one_dose), "dosing").count == 2
    assert row(changed(Effect(visits=MoreVisits(visit="preparation"))), "preparation").count == 2


@pytest.mark.parametrize(
    ("effect", "why"),
    [
        (Doses(count=6), "has 6 doses already"),
        (Doses(at_least=6), "has 6 doses already"),
        (Doses(at_least=2), "has 6 doses already"),
        (Doses(count=8), "has 6 doses already (8 wanted, the protocol allows 3 to 6 in steps of 3)"),
        (Doses(at_least=7), "has 6 doses already (7 wanted, the protocol allows 3 to 6 in steps of 3)"),
    ],
)
def test_a_number_that_stays_is_not_called_fixed(effect: Doses, why: str) -> None:
    """Where the number of doses can be chosen and stays, the reason is that it is so already, or the limits."""
    blocks = with_series("dosing", count=6, doses=Choice(min=3, max=6, step=3))
    assert why_not(Effect(doses=effect), blocks) == f"the protocol {why}"
    fixed = with_series("dosing", count=6, doses=None)
    assert why_not(Effect(doses=effect), fixed) == "the protocol has a fixed number of doses"


@pytest.mark.parametrize(
    ("wanted", "count", "note"),
    [
        (9, 9, ""),
        (8, 6, " (8 wanted, the protocol allows 3 to 9 in steps of 3)"),
        (20, 9, " (20 wanted, the protocol allows 3 to 9 in steps of 3)"),
        (1, 3, " (1 wanted, the protocol allows 3 to 9 in steps of 3)"),
    ],
)
def test_a_number_of_doses_keeps_to_the_protocol_s_steps(wanted: int, count: int, note: str) -> None:
    """Where a protocol gives its doses in blocks, a rule takes whole blocks, and says what it had wanted."""
    blocks = with_series("dosing", doses=Choice(min=3, max=9, step=3))
    change = apply(Effect(doses=Doses(count=wanted)), blocks, CAUSE)
    assert change.course is not None
    assert row(change.course, "dosing").count == count
    assert change.words == f"{count} doses rather than 4{note}"


def test_blocks_of_two_doses_are_told_as_steps() -> None:
    """Any step of more than one is a step."""
    pairs = with_series("dosing", doses=Choice(min=2, max=8, step=2))
    change = apply(Effect(doses=Doses(count=7)), pairs, CAUSE)
    assert change.words == "6 doses rather than 4 (7 wanted, the protocol allows 2 to 8 in steps of 2)"


@pytest.mark.parametrize(("least", "count"), [(5, 6), (6, 6), (7, 9), (10, 9)])
def test_at_least_so_many_doses_are_no_fewer(least: int, count: int) -> None:
    """Where a protocol gives its doses in blocks, the last block is a whole one; only the protocol's most is less."""
    blocks = with_series("dosing", doses=Choice(min=3, max=9, step=3))
    assert row(changed(Effect(doses=Doses(at_least=least)), blocks), "dosing").count == count


@pytest.mark.parametrize(
    ("visit", "bound"),
    [
        ("psychotherapy", {}),
        ("integration", {}),
        ("preparation", {"at": Points(weeks=(2,))}),
        ("preparation", {"weeks": Weeks(until=2)}),
        ("preparation", {"each": Each(visit="dosing")}),
        ("preparation", {"gate": Gate(measure="phq9", at_most=9)}),
    ],
)
def test_only_a_plain_row_takes_more_visits(visit: Any, bound: dict[str, Any]) -> None:
    """Visits by the week, with each dose, or at points of the calendar are as many as the protocol says."""
    told = why_not(Effect(visits=MoreVisits(visit=visit)), with_series(visit, **bound))
    assert told == f"the protocol has no room for more {visit} visits"


def test_more_visits_are_no_more_than_the_protocol_allows_and_stand_in_one_row() -> None:
    """The protocol's own most holds, and of several rows of such visits the first alone grows."""
    change = apply(Effect(visits=MoreVisits(visit="dosing", more=9)), course(TWICE), CAUSE)
    assert change.course is not None
    rows = [series for phase in change.course.protocol.phases for series in phase.series if series.visit == "dosing"]
    assert [series.count for series in rows] == [8, 2]
    assert change.words == "8 dosing visits rather than 4"


def test_a_window_that_the_series_has_not_is_neither_aimed_nor_narrowed() -> None:
    """An effect on a window that a series lacks does nothing, whatever its kind."""
    for effect in (
        Effect(target=Target(visit="dosing", window="before_next", days=(1, 2))),
        Effect(window=Narrower(visit="dosing", window="before_next", max=2)),
    ):
        assert why_not(effect).startswith("the protocol ")


def test_a_target_without_limits_is_taken_whole() -> None:
    """A window that bounds nothing takes a rule's target as it is, and its own weight where the rule names none."""
    free = with_series("dosing", gap=Window(target=7, weight=5))
    aimed = row(changed(Effect(target=Target(visit="dosing", days=(2, 30))), free), "dosing").gap
    assert aimed == Window(target=(2, 30), weight=5, text=CAUSE.text, source=CAUSE.source)
    heavier = changed(Effect(target=Target(visit="dosing", days=(2, 30), weight=9)), free)
    assert row(heavier, "dosing").gap == replace(aimed, weight=9)
    same = Effect(target=Target(visit="dosing", days=(2, 30), weight=9))
    assert row(changed(same, with_series("dosing", gap=aimed)), "dosing").gap == replace(aimed, weight=9)
    again = Effect(target=Target(visit="dosing", days=(2, 30)))
    assert why_not(again, heavier).endswith("or aims so")


def test_what_was_aimed_at_before_is_told() -> None:
    """The words say what the window aimed at, and that it aimed at nothing."""
    wider = Effect(target=Target(visit="dosing", days=(8, 9), weight=2))
    assert apply(wider, course(), CAUSE).words == "dosing gaps aimed at 8 to 9 days, weight 2, before: 7 days"
    bare = with_series("dosing", gap=Window(min=3))
    assert apply(wider, bare, CAUSE).words == "dosing gaps aimed at 8 to 9 days, weight 2, before: nothing"


@pytest.mark.parametrize(
    ("low", "high", "window", "words"),
    [
        (2, 5, Window(min=2, target=(2, 4), max=5), "2 days at least and 5 at most"),
        (2, None, Window(min=2, target=(2, 4), max=6), "2 days at least"),
        (None, 3, Window(min=1, target=(2, 3), max=3), "3 at most"),
        (3, 3, Window(min=3, target=(3, 3), max=3), "3 days at least and 3 at most"),
        (0, 5, Window(min=1, target=(2, 4), max=5), "5 at most"),
        (5, 9, Window(min=5, target=(5, 5), max=6), "5 days at least"),
    ],
)
def test_a_narrower_window_says_what_is_new_of_it(
    low: int | None, high: int | None, window: Window, words: str
) -> None:
    """Only the limits that moved are told; the days aimed at are drawn inside them."""
    change = apply(Effect(window=Narrower(visit="integration", min=low, max=high)), course(), CAUSE)
    assert change.course is not None
    assert row(change.course, "integration").gap == replace(window, text=CAUSE.text, source=CAUSE.source)
    assert change.words == f"integration gaps: {words}"


def test_a_window_that_aims_at_nothing_still_does_when_it_is_narrower() -> None:
    """Limits alone bring no target with them, and where there was no limit there is one."""
    bare = with_series("integration", gap=Window(max=6))
    after = row(changed(Effect(window=Narrower(visit="integration", min=2)), bare), "integration").gap
    assert after == Window(min=2, max=6, text=CAUSE.text, source=CAUSE.source)
    without_end = with_series("integration", gap=Window(min=1, target=(1, 9)))
    after = row(changed(Effect(window=Narrower(visit="integration", min=3)), without_end), "integration").gap
    assert after == Window(min=3, target=(3, 9), text=CAUSE.text, source=CAUSE.source)
    without_begin = with_series("integration", gap=Window(target=(1, 9)))
    after = row(changed(Effect(window=Narrower(visit="integration", max=4)), without_begin), "integration").gap
    assert after == Window(target=(1, 4), max=4, text=CAUSE.text, source=CAUSE.source)


@pytest.mark.parametrize(("said", "text"), [(None, "The house does so."), ("Ours.", "Ours. The house does so.")])
def test_a_window_of_a_source_keeps_it_and_tells_the_rule_beside(said: str | None, text: str) -> None:
    """A window that a protocol states is still the protocol's; the rule's sentence stands behind its own, if any."""
    stated = with_series("integration", gap=Window(min=1, max=6, level="protocol", source="paper", text=said))
    after = row(changed(Effect(window=Narrower(visit="integration", max=4)), stated), "integration").gap
    assert after == Window(min=1, max=4, level="protocol", source="paper", text=text)


@pytest.mark.parametrize(
    ("effect", "minutes", "words"),
    [
        (Longer(visits=("dosing",), prepare=30), (30, 40, 60, 10), "dosing visits of 140 minutes rather than 120"),
        (Longer(visits=("dosing",), monitor=90), (10, 40, 90, 10), "dosing visits of 150 minutes rather than 120"),
        (Longer(visits=("dosing",), total=130), (10, 40, 70, 10), "dosing visits of 130 minutes rather than 120"),
        (
            Longer(visits=("dosing",), total=130, prepare=15, monitor=61),
            (15, 40, 65, 10), "dosing visits of 130 minutes rather than 120",
        ),
        (
            Longer(visits=("dosing",), total=100, prepare=15),
            (15, 40, 60, 10), "dosing visits of 125 minutes rather than 120",
        ),
    ],
)  # fmt: skip
def test_longer_visits_keep_their_other_parts(effect: Longer, minutes: tuple[int, ...], words: str) -> None:
    """Each part is as long as it must be; what the whole still lacks is monitored."""
    change = apply(Effect(minutes=effect), course(), CAUSE)
    assert change.course is not None
    now = change.course.clinic.minutes["dosing"]
    assert (now.prepare, now.administer, now.monitor, now.clear) == minutes
    assert change.words == words
    assert why_not(Effect(minutes=effect), change.course) == "the visits are long enough"


def test_a_part_that_a_visit_has_not_stays_away() -> None:
    """A visit without preparation and monitoring gets neither where a rule asks for something else."""
    bare = with_visit("dosing", minutes=Minutes(administer=40))
    for effect, minutes in (
        (Longer(visits=("dosing",), monitor=5), (0, 40, 5, 0)),
        (Longer(visits=("dosing",), prepare=5), (5, 40, 0, 0)),
    ):
        now = changed(Effect(minutes=effect), bare).clinic.minutes["dosing"]
        assert (now.prepare, now.administer, now.monitor, now.clear) == minutes


def test_a_clinic_s_other_lengths_stay() -> None:
    """What the clinic says of other visits is not touched, and no other kind grows."""
    told = Clinic(minutes={"integration": MinutesChange(administer=30)})
    after = changed(Effect(minutes=Longer(visits=("dosing",), total=200)), course(clinic=told))
    assert after.clinic.minutes.keys() == {"integration", "dosing"}
    assert after.clinic.minutes["integration"] == MinutesChange(administer=30)


def test_measures_join_visits_and_the_series_that_name_their_own() -> None:
    """A series that says what it measures takes the new ones too, after its own; others follow their visits."""
    own = with_series("dosing", measures=("madrs",))
    talks = with_series("integration", measures=("madrs",))
    other = changed(Effect(measures=MoreMeasures(visits=("dosing",), add=("gad7",))), talks)
    assert row(other, "integration").measures == ("madrs",)
    change = apply(Effect(measures=MoreMeasures(visits=("dosing",), add=("gad7", "madrs"))), own, CAUSE)
    assert change.course is not None
    assert row(change.course, "dosing").measures == ("madrs", "gad7")
    assert row(change.course, "integration").measures is None
    assert change.course.protocol.visits["dosing"].measures == ("gad7", "madrs")
    assert change.course.protocol.visits["integration"].measures == ()
    assert change.words == "gad7 and madrs at dosing visits"
    again = Effect(measures=MoreMeasures(visits=("dosing",), add=("gad7",)))
    assert why_not(again, change.course) == "the visits measure it already, or there are none"


def test_visits_that_move_need_no_room_and_doses_never_move() -> None:
    """A visit at another place keeps its people; where all named are doses, or are there already, nothing moves."""
    talks = with_visit("integration", needs=("therapist", "room"))
    after = changed(Effect(place=NewPlace(visits=("dosing", "integration"), to="home")), talks)
    assert (after.protocol.visits["integration"].place, after.protocol.visits["integration"].needs) == (
        "home", ("therapist",)
    )  # fmt: skip
    assert after.protocol.visits["dosing"].place == "clinic"
    told = why_not(Effect(place=NewPlace(visits=("dosing", "integration"), to="home")), after)
    assert told == "the course has no integration visits elsewhere"


@pytest.mark.parametrize(
    ("months", "due"), [(3, [30, 60, 90]), (2, [30, 60]), (1, [30]), (0, [])], ids=["three", "two", "one", "none"]
)
def test_a_task_that_comes_again_ends_with_the_maintenance(months: int, due: list[int]) -> None:
    """It is due every so many days through the months that the profile asks for; what comes once has no number."""
    effect = Effect(task=MoreTask(id="lab", text="Lab", due_days=30, every_days=30))
    asked = course(maintenance_months=months)
    if not due:
        assert why_not(effect, asked) == "the follow-up is shorter than the time after which it is due"
        return
    tasks = changed(effect, asked).protocol.tasks
    assert [task.due_days for task in tasks] == due
    names = ["lab"] if len(due) == 1 else [f"lab-{number}" for number in range(1, len(due) + 1)]
    assert [task.id for task in tasks] == names
    assert {task.source for task in tasks} == {CAUSE.source}


@pytest.mark.parametrize(("every", "due"), [(61, [30, 91]), (62, [30])])
def test_a_task_may_come_on_the_last_day_of_the_maintenance(every: int, due: list[int]) -> None:
    """Three months are 91 days: what is due on the last of them is done, what is due the day after is not."""
    effect = Effect(task=MoreTask(id="lab", text="Lab", due_days=30, every_days=every))
    assert [task.due_days for task in changed(effect, course(maintenance_months=3)).protocol.tasks] == due


def test_a_task_of_the_course_joins_those_that_it_has() -> None:
    """What else is to be done in a course stays, the new task behind it."""
    once = changed(Effect(task=MoreTask(id="lab", text="Lab", due_days=30)))
    twice = changed(Effect(task=MoreTask(id="ecg", text="ECG", due_days=-7)), once)
    assert [task.id for task in twice.protocol.tasks] == ["lab", "ecg"]


def test_a_task_of_visits_needs_such_visits() -> None:
    """A task stands with each type of a kind, behind its own; a kind that the protocol has not says so."""
    effect = MoreTask(id="call", text="Call", due_days=-1, visit="integration")
    after = changed(Effect(task=effect), changed(Effect(task=replace(effect, id="first"))))
    assert [task.id for task in after.protocol.visits["integration"].tasks] == ["first", "call"]
    lone = replace(course().protocol, visits={"dosing": course().protocol.visits["dosing"]})
    told = why_not(Effect(task=effect), replace(course(), protocol=lone))
    assert told == "the course has no integration visits"


def test_measures_from_home_join_those_that_are_asked_already() -> None:
    """What another rule asks for from home stays."""
    before = Measuring(measure="gad7", every_days=14, rule="other")
    asked = replace(course(), measuring=(before,))
    change = apply(Effect(often=MeasureOften(measures=("phq9",), every_days=7)), asked, CAUSE)
    assert change.course is not None
    assert change.course.measuring == (
        before, Measuring(measure="phq9", every_days=7, rule="house", source=CAUSE.source)
    )  # fmt: skip
    assert change.words == "phq9 every 7 days, from home where no visit takes it"


def test_points_move_to_other_weeks_or_begin_sooner() -> None:
    """Weeks take the place of weeks; a first day takes that of the first point, the others stay where they were."""
    other = Effect(points=NewPoints(visit="check-in", weeks=(1, 3)))
    change = apply(other, course(), CAUSE)
    assert change.course is not None
    assert row(change.course, "check-in").at == Points(weeks=(1, 3))
    assert change.words == "check-in visits in other weeks"
    nothing = "the protocol has no check-in that could come sooner"
    assert why_not(other, change.course) == nothing
    sooner = changed(Effect(points=NewPoints(visit="check-in", first_day=5)))
    assert row(sooner, "check-in").at == Points(days=(5, 28))
    assert row(sooner, "check-in").gap == Window(min=-7, max=7, text=CAUSE.text, source=CAUSE.source)
    assert why_not(Effect(points=NewPoints(visit="check-in", first_day=14))) == nothing
    assert row(changed(Effect(points=NewPoints(visit="check-in"))), "check-in").at == Points(days=(0, 28))
    assert why_not(Effect(points=NewPoints(visit="check-in", first_day=5)), with_series("check-in", at=None)) == nothing
    mixed = with_series("check-in", at=Points(days=(40, 20), weeks=(4,)))
    assert row(changed(Effect(points=NewPoints(visit="check-in", first_day=5)), mixed), "check-in").at == Points(
        days=(5, 28, 40)
    )
    monthly = with_series("check-in", at=Points(months=(1, 2)))
    assert row(changed(Effect(points=NewPoints(visit="check-in", first_day=5)), monthly), "check-in").at == Points(
        days=(5,), months=(1, 2)
    )
    unbound = changed(Effect(points=NewPoints(visit="check-in", first_day=5)), with_series("check-in", gap=None))
    assert row(unbound, "check-in").gap is None


# A whole series


def added(visit: str = "review", **more: Any) -> MoreSeries:
    """Return a series of one visit, to stand beside the doses."""
    gap = Window(min=1, max=7, text="Soon.")
    lead = Window(min=2, max=9)
    series = Series(visit=visit, after=Anchor(last="dosing"), gap=gap, lead=lead)
    return MoreSeries(beside="dosing", series=series, **more)


TWICE = (
    PHASES
    + """
[[phases]]
id = "more"
[[phases.series]]
visit = "dosing"
count = 2
after = { last = "dosing" }
gap = { min = 3, max = 21 }
"""
)


@pytest.mark.parametrize(("last", "phase"), [(False, "doses"), (True, "more")])
def test_a_series_joins_the_first_or_the_last_phase_of_its_kind(last: bool, phase: str) -> None:
    """Of several phases with such visits one takes the series; its rules are the rule's where they say something."""
    change = apply(Effect(series=added(last=last)), course(TWICE), CAUSE)
    assert change.course is not None
    holding = [one for one in change.course.protocol.phases if "review" in {series.visit for series in one.series}]
    assert [one.id for one in holding] == [phase]
    new = holding[0].series[-1]
    assert new.source == CAUSE.source
    assert new.gap == Window(min=1, max=7, text="Soon.", source=CAUSE.source)
    assert new.lead == Window(min=2, max=9)
    assert change.words == "review visits more, with the dosing visits"


def test_a_series_is_not_added_where_it_cannot_stand() -> None:
    """Without visits to stand beside, without a type of its own, or where each dose has its own, nothing changes."""
    assert why_not(Effect(series=replace(added(), beside="booster"))) == "the protocol has no booster visits"
    assert why_not(Effect(series=added("group"))) == "the protocol has no group visits"
    with_each = replace(added("integration").series, each=Each(visit="dosing"))
    told = why_not(Effect(series=MoreSeries(beside="dosing", series=with_each)))
    assert told == "each dosing has its integration already"
    other = replace(with_each, each=Each(visit="dosing", numbers=(1,)))
    assert changed(Effect(series=MoreSeries(beside="dosing", series=other)))
    assert changed(Effect(series=added("preparation")), with_series("dosing", each=None))
    assert changed(Effect(series=added("dosing")))


NEEDS: tuple[Role | Literal["room"] | NeedByParts, ...] = (
    "therapist",
    NeedByParts(role="prescriber", parts=("monitor",)),
    "room",
)


def clinic_of(*roles: Role, rooms: tuple[Room, ...] = ()) -> Clinic:
    """Return a clinic with a person for each role."""
    staff = tuple(Staff(id=role, roles=(role,)) for role in roles)
    return Clinic(staff=staff, rooms=rooms)


@pytest.mark.parametrize(
    ("clinic", "needs"),
    [
        (Clinic(), NEEDS),
        (clinic_of("therapist"), ("therapist", "room")),
        (clinic_of("prescriber", rooms=(Room(id="one"),)), NEEDS[1:]),
        (clinic_of("prescriber", rooms=(Room(id="one", kinds=("dosing",)),)), NEEDS[1:2]),
        (clinic_of("prescriber", rooms=(Room(id="one", kinds=("dosing",)), Room(id="two"))), NEEDS[1:]),
        (clinic_of("therapist", rooms=(Room(id="one", kinds=("dosing", "review")),)), ("therapist", "room")),
        (Clinic(rooms=(Room(id="one", kinds=("dosing",)),)), NEEDS[:2]),
    ],
    ids=[
        "nothing said",
        "one role",
        "a room for all",
        "a room for others",
        "one of two rooms",
        "a room for it",
        "no staff named",
    ],
)
def test_a_visit_of_ours_asks_for_what_the_clinic_has(clinic: Clinic, needs: tuple[Any, ...]) -> None:
    """A type of visit that the rule brings along needs only the people and rooms that are there."""
    own = VisitType(kind="review", minutes=Minutes(administer=20), needs=NEEDS)
    after = changed(Effect(series=added("closing", type=own)), course(clinic=clinic))
    assert after.protocol.visits["closing"] == replace(own, needs=needs, source=CAUSE.source)


def test_a_type_is_of_the_kind_of_its_name_where_it_says_none() -> None:
    """A room for visits of the type's own name is one for it."""
    own = VisitType(minutes=Minutes(administer=20), needs=("room",))
    no_reviews = protocol_of(PHASES, HEAD.replace("[visits.review]\nminutes = { administer = 50 }\n", ""))
    for kinds, needs in ((("review",), ("room",)), (("dosing",), ())):
        asked = replace(course(clinic=Clinic(rooms=(Room(id="one", kinds=kinds),))), protocol=no_reviews)
        after: Protocol = changed(Effect(series=added(type=own)), asked).protocol
        assert after.visits["review"].needs == needs
