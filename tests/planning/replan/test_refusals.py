"""Refusals and overrides: each obstacle is named with the rule that it comes from, and can be had out of the way."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest
from support.lives import Life, newborn, plain_clinic

from kapplan.model.bookings import QUARTER, Booking, PlanBookings
from kapplan.model.clinic import Room, Staff
from kapplan.model.decisions import Override
from kapplan.planning.amend.add_visit import add_visit
from kapplan.planning.amend.record import complete
from kapplan.planning.availability.calendar import BusyTimes
from kapplan.planning.replan.replan import Asked, Options, Revision, revise
from kapplan.planning.replan.request import Refusal


def lived(*names: str, course: str = "general") -> Life:
    """Return a course of which these visits were held as planned."""
    life = newborn(course)
    for name in names:
        life = life.at(name)
        life = life.on(revise(complete(life.plan, name), life.sources, life.now).plan)
    return life


def ask(life: Life, name: str, day: date, clock: time | None = None, *rules: str) -> Revision:
    """Return what comes of asking for a visit on a day, with some rules overridden."""
    overrides = tuple(Override(rule=rule, by="Dr. N.", on=life.now.date(), why="for once") for rule in rules)
    options = Options(overrides=overrides)
    return revise(life.plan, life.sources, life.now, options, asked=Asked(visit=name, day=day, time=clock))


def refused(revision: Revision) -> Refusal:
    """Return the refusal of a revision that must be one."""
    assert revision.refused is not None
    assert not revision.placed
    return revision.refused


BEFORE = ("preparation-1", "preparation-2")


def test_a_time_that_is_closed_names_the_times_that_are_open() -> None:
    """A visit asked for in the night is told when that day is open."""
    life = lived(*BEFORE)
    day = life.visit("dosing-1").start.date()
    (obstacle,) = refused(ask(life, "dosing-1", day, time(22, 0))).obstacles
    assert obstacle.rule == "closed"
    assert "at 22:00" in obstacle.text
    assert "09:00 to 15:00" in obstacle.text


def test_a_day_that_is_past_offers_days_ahead() -> None:
    """The past is the only obstacle then; the days that work lie ahead."""
    life = lived(*BEFORE)
    found = refused(ask(life, "dosing-1", life.now.date() - timedelta(days=3)))
    assert [obstacle.rule for obstacle in found.obstacles] == ["past"]
    assert found.nearest
    assert all(day > life.now.date() for day in found.nearest)


def test_a_cap_that_what_was_held_fills_refuses() -> None:
    """Two doses were given in the treatment week: a third one in it is refused by the cap, in its own words."""
    life = lived(*BEFORE, "dosing-1")
    early = replace(life, now=life.now + timedelta(days=3))
    life = early.on(revise(complete(early.plan, "dosing-2", actual=early.now), early.sources, early.now).plan)
    added = add_visit(life.plan, life.sources.protocol, "booster")
    day = life.visit("dosing-1").start.date() + timedelta(days=5)
    rules = [obstacle.rule for obstacle in refused(ask(life.on(added.plan), "booster-1", day)).obstacles]
    assert "two-doses-a-week" in rules


def test_what_only_all_rules_together_forbid_is_told_as_a_clash() -> None:
    """A dose so far off that the doses between cannot bridge it is refused by the rules between them."""
    life = lived(*BEFORE, "dosing-1")
    day = life.visit("dosing-1").start.date() + timedelta(days=47)
    found = refused(ask(life, "dosing-3", day))
    assert {obstacle.rule for obstacle in found.obstacles} == {"dosing.dosing.gap"}
    assert all("21 days" in obstacle.text for obstacle in found.obstacles)
    assert found.nearest
    assert max(found.nearest) < day


def test_an_obstacle_has_its_rules_level_and_where_its_anchor_stands() -> None:
    """The sentence names the rule in words, and the day of the visit that it counts from."""
    life = lived("dosing-1", course="twice-weekly")
    (obstacle,) = refused(ask(life, "dosing-2", life.visit("dosing-1").start.date() + timedelta(days=1))).obstacles
    assert (obstacle.rule, obstacle.level, obstacle.source) == ("induction.dosing.gap", "label", "The product's label")
    assert "2 to 9 days after dose 1" in obstacle.text
    assert "Mon 4 Jan 2027" in obstacle.text


def test_the_bound_of_the_start_is_told_with_the_start() -> None:
    """A first visit too late is refused by the start that the profile asks for."""
    life = newborn()
    (obstacle,) = refused(ask(life, "preparation-1", date(2027, 2, 1))).obstacles
    assert obstacle.rule == "start"
    assert "Mon 4 Jan 2027" in obstacle.text


def test_a_limit_is_overridden_for_the_visit_alone() -> None:
    """A cap overridden for one visit still holds for the others; what lets it pass is kept in the plan."""
    life = lived(*BEFORE, "dosing-1")
    early = replace(life, now=life.now + timedelta(days=3))
    life = early.on(revise(complete(early.plan, "dosing-2", actual=early.now), early.sources, early.now).plan)
    added = add_visit(life.plan, life.sources.protocol, "dosing", day=life.now.date() + timedelta(days=2))
    day = life.visit("dosing-1").start.date() + timedelta(days=6)
    revision = ask(life.on(added.plan), added.visit, day, None, "two-doses-a-week", "dosing.dosing.gap")
    assert revision.refused is None
    (cap,) = [limit for limit in revision.plan.regimen.limits if limit.type == "cap"]
    assert added.visit not in cap.visits
    assert "dosing-3" in cap.visits
    assert {override.rule for override in revision.plan.overrides} == {"two-doses-a-week", "dosing.dosing.gap"}


def test_without_a_visit_a_rule_is_overridden_for_all_that_are_open() -> None:
    """An override of a record frees every open visit from the rule, and none of what the label says."""
    life = lived("dosing-1", course="twice-weekly")
    names = ("weekly.dosing.gap", "induction.dosing.gap", "weekly.dosing.weekly-cap")
    options = Options(overrides=tuple(Override(rule=name, by="N", on=life.now.date(), why="trial") for name in names))
    regimen = revise(life.plan, life.sources, life.now, options).plan.regimen
    assert all(rule.max is None for rule in regimen.timing if rule.rule == "weekly.dosing.gap")
    assert all(rule.max == 9 for rule in regimen.timing if rule.rule == "induction.dosing.gap")


@pytest.mark.parametrize("name", ["preparation-1", "dosing-1"])
def test_a_refused_plan_is_the_same_plan(name: str) -> None:
    """Nothing of a refusal is left in the plan."""
    life = lived("preparation-1")
    revision = ask(life, name, date(2027, 6, 1), None, "dosing.dosing.gap")
    assert revision.refused is not None
    assert revision.plan == life.plan


def test_a_time_of_today_that_is_past_is_refused() -> None:
    """At eleven a visit of this afternoon can no longer be put at nine, but at four it can."""
    life = newborn()
    day = life.visit("preparation-1").start.date()
    life = life.on(ask(life, "preparation-1", day, time(15, 0)).plan)
    life = replace(life, now=life.visit("preparation-1").start.replace(hour=11))
    past = refused(ask(life, "preparation-1", day, time(9, 0)))
    assert [obstacle.rule for obstacle in past.obstacles] == ["closed"]
    assert min(past.nearest) > day
    later = ask(life, "preparation-1", day, time(16, 0))
    assert later.refused is None
    assert later.plan.visit("preparation-1").start.hour == 16


def test_a_cap_is_told_in_its_own_words() -> None:
    """Of several limits the one that is broken is told, with its sentence and its level."""
    life = lived(*BEFORE, "dosing-1")
    early = replace(life, now=life.now + timedelta(days=3))
    life = early.on(revise(complete(early.plan, "dosing-2", actual=early.now), early.sources, early.now).plan)
    regimen = life.plan.regimen
    worded = tuple(
        replace(limit, text="two a week are enough", level="label") if limit.rule == "two-doses-a-week" else limit
        for limit in regimen.limits[::-1]
    )
    added = add_visit(replace(life.plan, regimen=replace(regimen, limits=worded)), life.sources.protocol, "booster")
    day = life.visit("dosing-1").start.date() + timedelta(days=5)
    obstacles = refused(ask(life.on(added.plan), "booster-1", day)).obstacles
    (cap,) = (obstacle for obstacle in obstacles if obstacle.rule == "two-doses-a-week")
    assert "two a week are enough" in cap.text
    assert cap.level == "label"


@pytest.mark.parametrize("sourced", [False, True])
def test_a_limit_without_a_sentence_is_told_by_what_it_is(*, sourced: bool) -> None:
    """A second visit on a day is refused in words for the limit itself, with its source where it has one."""
    life = lived("dosing-1", course="twice-weekly")
    regimen = life.plan.regimen
    source = next(rule.source for rule in regimen.timing if rule.level == "label") if sourced else None
    limits = tuple(replace(limit, source=source) for limit in regimen.limits)
    life = life.on(replace(life.plan, regimen=replace(regimen, limits=limits)))
    obstacles = refused(ask(life, "dosing-2", life.visit("dosing-1").start.date())).obstacles
    (daily,) = (obstacle for obstacle in obstacles if obstacle.rule == "one-visit-a-day")
    assert daily.text.endswith(": one visit a day")
    assert daily.source == ("The product's label" if sourced else None)
    assert daily.level == "default"


def test_a_visit_is_asked_for_by_name_only_where_it_was() -> None:
    """A provisional visit moved by name counts as announced for as long as it stays there; no other one does."""
    life = lived(*BEFORE)
    day = life.visit("check-in-1").start.date() + timedelta(days=1)
    moved = ask(life, "check-in-1", day + timedelta(days=(7 - day.weekday()) % 7 if day.weekday() > 4 else 0))
    assert moved.refused is None
    assert [visit.id for visit in moved.plan.visits if visit.asked] == ["check-in-1"]
    again = revise(moved.plan, life.sources, life.now)
    assert [visit.id for visit in again.plan.visits if visit.asked] == ["check-in-1"]
    assert again.plan.visit("check-in-1").start == moved.plan.visit("check-in-1").start


# Every obstacle in its own sentence


FIRST_DOSE = date(2027, 1, 13)
"""The Wednesday of the first dose; the second is a week later."""
TOO_NEAR = "dose 2: 3 to 21 days after dose 1, ideally 7 days (dose 1 is on Wed 13 Jan 2027)"


@pytest.mark.parametrize(
    ("held", "asked", "told", "nearest"),
    [
        ((), ("preparation-1", date(2027, 2, 1), None), {
            "start": "preparation 1 falls within 14 days of the start asked for, Mon 4 Jan 2027",
        }, (14, 15, 18)),
        (BEFORE, ("dosing-1", date(2027, 1, 16), None), {
            "closed": "Sat 16 Jan 2027: the clinic is closed on Saturdays",
        }, (14, 15, 18)),
        (BEFORE, ("dosing-1", date(2027, 1, 14), time(22)), {
            "closed": "Thu 14 Jan 2027 at 22:00 is taken or closed; open near it: 14:30, 14:45 and 15:00 "
            "(25 times, 09:00 to 15:00)",
        }, ()),
        (BEFORE, ("dosing-1", date(2027, 1, 11), None), {
            "dosing.dosing.lead": "dose 1: 1 to 14 days after preparation 2, ideally 2 to 7 days "
            "(preparation 2 is on Mon 11 Jan 2027)",
            "one-visit-a-day": "dose 1 on Mon 11 Jan 2027: one visit a day",
        }, (12, 14, 15)),
        ((*BEFORE, "dosing-1"), ("dosing-2", FIRST_DOSE + timedelta(days=2), None), {
            "dosing.dosing.gap.min": TOO_NEAR,
        }, (18, 19, 21)),
        ((*BEFORE, "dosing-1"), ("dosing-2", FIRST_DOSE + timedelta(days=24), None), {
            "closed": "Sat 6 Feb 2027: the clinic is closed on Saturdays",
            "dosing.dosing.gap": TOO_NEAR,
        }, (1, 2, 3)),
        ((*BEFORE, "dosing-1"), ("integration-1", FIRST_DOSE, time(16)), {
            "dosing.integration.gap": "integration 1: 1 to 6 days after dose 1, ideally 1 to 3 days "
            "(dose 1 is on Wed 13 Jan 2027)",
            "one-visit-a-day": "integration 1 on Wed 13 Jan 2027: one visit a day",
        }, (15, 18, 19)),
    ],
    ids=["too late", "closed day", "closed time", "beside one held", "too near", "too far", "on the dose's day"],
)  # fmt: skip
def test_each_obstacle_is_told_in_a_sentence_of_its_own(
    held: tuple[str, ...],
    asked: tuple[str, date, time | None],
    told: dict[str, str],
    nearest: tuple[int, ...],
) -> None:
    """What stands in the way of a visit's day is told rule by rule, with at most three days that would do.

    The days offered are the nearest, in their order, and never the one on which the visit stands; at a time that no day
    has open, none is.
    """
    life = lived(*held)
    found = refused(ask(life, *asked))
    assert {obstacle.rule: obstacle.text for obstacle in found.obstacles} == told
    assert tuple(one.day for one in found.nearest) == nearest
    assert life.visit(asked[0]).start.date() not in found.nearest


@pytest.mark.parametrize("days", [3, 21])
def test_the_least_and_the_most_of_a_gap_are_no_obstacles(days: int) -> None:
    """Between its least and its most days a gap refuses nothing, both included."""
    life = lived(*BEFORE, "dosing-1")
    day = FIRST_DOSE + timedelta(days=days)
    found = ask(life, "dosing-2", day)
    rules = [] if found.refused is None else [obstacle.rule for obstacle in found.refused.obstacles]
    assert not [rule for rule in rules if rule.startswith("dosing.dosing.gap")]


def test_a_visit_that_is_held_where_it_stands_is_told_with_the_rule() -> None:
    """A rule from a visit that is to be kept, or stands in frozen days, says so of whichever of its two that is."""
    life = lived(*BEFORE, "dosing-1")
    asked = Asked(visit="dosing-3", day=FIRST_DOSE + timedelta(days=8))
    kept = refused(revise(life.plan, life.sources, life.now, Options(keep=frozenset({"dosing-2"})), asked=asked))
    assert [one.text for one in kept.obstacles] == [
        "dose 3: 3 to 21 days after dose 2, ideally 7 days (dose 2 is on Wed 20 Jan 2027 and is to be kept)"
    ]
    assert kept.holders == {"dosing-2": "keep"}
    frozen = refused(revise(life.plan, life.sources, life.now, Options(freeze_days=20), asked=asked))
    assert {one.rule: one.text for one in frozen.obstacles} == {
        "dosing.dosing.gap.min": "dose 3: 3 to 21 days after dose 2, ideally 7 days "
        "(dose 2 is on Wed 20 Jan 2027 and stands in frozen days)",
        "dosing.integration.before-next": "dose 3: After integration 2 "
        "(integration 2 is on Thu 21 Jan 2027 and stands in frozen days)",
        "dosing.integration.gap": "integration 3: 1 to 6 days after dose 3, ideally 1 to 3 days "
        "(dose 3 is on Thu 21 Jan 2027, integration 3 stands in frozen days)",
        "one-visit-a-day": "dose 3 on Thu 21 Jan 2027: one visit a day",
    }


@pytest.mark.parametrize("rule", ["closed", "weekday"])
def test_a_closed_day_that_is_overridden_has_the_time_asked_for(rule: str) -> None:
    """A day that is closed can be had for one visit, at the time asked for, with whom and where it was planned."""
    life = lived(*BEFORE)
    saturday = date(2027, 1, 16)
    moved = ask(life, "dosing-1", saturday, time(10), rule)
    assert moved.refused is None
    there, before = moved.plan.visit("dosing-1"), life.visit("dosing-1")
    assert (there.start.date(), there.start.time()) == (saturday, time(10))
    assert there.end - there.start == before.end - before.start
    assert (there.staff, there.room) == (before.staff, before.room)
    assert ask(life, "dosing-1", saturday, time(10), "dosing.dosing.gap").refused is not None


# Beside others


FRIDAY = date(2027, 1, 22)


@pytest.mark.parametrize(("review", "dose"), [(time(10, 30), time(11, 30)), (time(12), time(10)), (time(13), time(10))])
def test_a_visit_without_a_time_keeps_its_own_where_no_other_stands_in_it(review: time, dose: time) -> None:
    """A dose goes to the day of a review at its own clock time, else to the best that leaves the review alone."""
    life = newborn("twice-weekly")
    life = life.on(ask(life, "review-1", FRIDAY, review).plan)
    assert life.visit("dosing-6").start.time() == time(10)
    moved = ask(life, "dosing-6", FRIDAY)
    assert moved.refused is None
    there = moved.plan.visit("review-1"), moved.plan.visit("dosing-6")
    assert [(one.start.date(), one.start.time()) for one in there] == [(FRIDAY, review), (FRIDAY, dose)]


def test_a_time_asked_for_is_had_whoever_stands_in_it() -> None:
    """Another visit of the day makes way for a dose that is wanted at its time."""
    life = newborn("twice-weekly")
    life = life.on(ask(life, "review-1", FRIDAY, time(10, 30)).plan)
    moved = ask(life, "dosing-6", FRIDAY, time(10))
    assert moved.refused is None
    dose, review = moved.plan.visit("dosing-6"), moved.plan.visit("review-1")
    assert dose.start.time() == time(10)
    assert review.end <= dose.start or dose.end <= review.start


def test_a_closed_day_that_is_overridden_takes_a_visit_more() -> None:
    """A visit that is new stands at the time asked for, with nobody yet and no room."""
    life = lived(*BEFORE)
    added = add_visit(life.plan, life.sources.protocol, "booster")
    saturday = date(2027, 2, 20)
    moved = ask(life.on(added.plan), added.visit, saturday, time(10), "closed")
    assert moved.refused is None
    there = moved.plan.visit(added.visit)
    assert (there.start.date(), there.start.time(), there.staff, there.room) == (saturday, time(10), (), None)


def booked(day: date, *taken: tuple[str, str, time, time]) -> Life:
    """Return a life at a clinic with one room and one person, and what others have of them: who, what, from, until."""
    okafor = Staff(id="okafor", roles=("therapist", "prescriber"))
    life = newborn("kap-standard", clinic=plain_clinic(rooms=(Room(id="blue"),), staff=(okafor,)))
    home = life.now.tzinfo
    spans = [(who, key, datetime.combine(day, one, home), datetime.combine(day, end, home))
             for who, key, one, end in taken]  # fmt: skip
    plans = tuple(
        PlanBookings(plan=who, patient=who, clinic=None, bookings=(
            Booking(resource=key, first=int(one.timestamp()) // QUARTER, until=int(end.timestamp()) // QUARTER,
                    visit="dosing-1"),
        ))
        for who, key, one, end in spans
    )  # fmt: skip
    by_owner = {key: tuple((one, end) for _, other, one, end in spans if other == key) for _, key, _, _ in spans}
    return replace(life, sources=replace(life.sources, busy=BusyTimes(by_owner=by_owner, plans=plans)))


def test_who_has_what_a_visit_needs_is_told() -> None:
    """The patients whose visits have the room or the person then are named, with what they have; no others are."""
    day = date(2027, 1, 6)
    life = booked(
        day,
        ("brook", "room:blue", time(10), time(11)),
        ("fern", "staff:okafor", time(10, 45), time(11)),
        ("before", "room:blue", time(9, 30), time(10)),
        ("after", "staff:okafor", time(11), time(12)),
        ("red", "room:red", time(10), time(12)),
    )
    (obstacle,) = refused(ask(life, "preparation-1", day, time(10))).obstacles
    assert obstacle.text.startswith("Wed 6 Jan 2027 at 10:00 is taken: brook has blue; fern has okafor; open near it: ")
    (early,) = refused(ask(life, "preparation-1", day, time(9))).obstacles
    assert early.text.startswith("Wed 6 Jan 2027 at 09:00 is taken: before has blue; open near it: ")


def test_of_few_times_all_are_told() -> None:
    """Where a day has no more than three times left, they are listed and not counted."""
    day = date(2027, 1, 6)
    life = booked(day, ("brook", "staff:okafor", time(8), time(14)), ("fern", "staff:okafor", time(15, 30), time(18)))
    (obstacle,) = refused(ask(life, "preparation-1", day, time(10))).obstacles
    assert obstacle.text == "Wed 6 Jan 2027 at 10:00 is taken: brook has okafor; open near it: 14:00, 14:15 and 14:30"
