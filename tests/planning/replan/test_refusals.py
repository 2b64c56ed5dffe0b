"""Refusals and overrides: each obstacle is named with the rule that it comes from, and can be had out of the way."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time, timedelta

import pytest
from support.lives import Life, newborn

from kapplan.model.decisions import Override
from kapplan.planning.amend.add_visit import add_visit
from kapplan.planning.amend.record import complete
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
    (obstacle,) = refused(ask(life, "preparation-1", day, time(9, 0))).obstacles
    assert obstacle.rule == "closed"
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
