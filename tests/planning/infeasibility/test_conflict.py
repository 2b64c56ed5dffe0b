"""No plan: the clash is minimal, the repairs work and are the least and the first that do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from support.clashes import Course, infeasible_courses, long_course
from support.openings import weekly
from support.rules_oracle import solvable

from kapplan.dates import DAYS_IN_WEEK
from kapplan.model.fields import Level
from kapplan.model.regimen import Regimen, TimingRule
from kapplan.planning.feasibility.feasibility import Feasibility, RuleNetwork, feasible
from kapplan.planning.infeasibility import minimal_conflict
from kapplan.planning.infeasibility import repairs as repair_search
from kapplan.planning.infeasibility.minimal_conflict import (
    MOST_CLASHES,
    Clash,
    Repair,
    Repairs,
    find,
    find_all,
    repaired,
    repairs,
)
from kapplan.planning.infeasibility.relaxations import Rules
from kapplan.planning.problem.deadline import Deadline
from kapplan.planning.problem.problem import Problem, ProblemTiming

INSTANCES = 400
"""How many courses without a placement each property is checked on."""
AMPLE = 40
"""More days than any widening of the small courses needs."""


Key = tuple[str, object, int]
"""What a repair is: its kind, the day or the rule and its side, and by how much."""


@pytest.fixture(scope="module")
def courses() -> list[Course]:
    """Return courses that cannot be placed."""
    return infeasible_courses(INSTANCES)


@pytest.fixture(scope="module")
def clashes(courses: list[Course]) -> list[Clash]:
    """Return the clash of each course."""
    return [clash_of(course) for course in courses]


@pytest.fixture(scope="module")
def offered(courses: list[Course]) -> list[Repairs]:
    """Return the repairs of each course."""
    return [repairs(course.problem, course.regimen, course.openings) for course in courses]


@pytest.fixture(scope="module")
def expected(courses: list[Course]) -> list[list[Key]]:
    """Return what the repairs of each course are by brute force."""
    return [list(_expected(course)) for course in courses]


def clash_of(course: Course) -> Clash:
    """Return the clash of a course that has one."""
    clash = find(course.problem, course.regimen, course.openings)
    assert clash is not None
    return clash


def check_minimal(course: Course, clash: Clash | None = None) -> None:
    """Assert that the groups of a clash cannot all be kept, and all but any one of them can."""
    groups, everything = (clash or clash_of(course)).groups, course.group_ids()
    assert not solvable(course.without(everything.difference(groups)))
    for group in groups:
        assert solvable(course.without(everything.difference(groups) | {group})), (groups, group)


def test_clash_is_minimal(courses: list[Course], clashes: list[Clash]) -> None:
    """By brute force, a clash cannot be kept, and any member less can."""
    for course, clash in zip(courses, clashes, strict=True):
        check_minimal(course, clash)


def test_clash_is_minimal_though_the_search_gives_up_at_first(
    courses: list[Course], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a hasty look leaves open is looked at again: no member stays that could be spared."""
    monkeypatch.setattr(minimal_conflict, "_QUICK", 3)
    for course in courses[: INSTANCES // 4]:
        check_minimal(course)


def test_a_clash_that_took_too_much_work_says_so_and_holds(
    courses: list[Course], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the work ends before each member was looked at, what is named clashes, and is minimal or not said to be."""
    monkeypatch.setattr(minimal_conflict, "_QUICK", 2)
    monkeypatch.setattr(minimal_conflict, "_THOROUGH", 10)
    cut_short = 0
    for course in courses[: INSTANCES // 4]:
        clash = find(course.problem, course.regimen, course.openings)
        if clash is None:
            continue  # so little work tells of no clash at all
        assert not solvable(course.without(course.group_ids().difference(clash.groups)))
        if clash.minimal:
            check_minimal(course, clash)
        cut_short += not clash.minimal
    assert cut_short


def test_what_would_make_the_course_fit_is_told_of_no_other_member(courses: list[Course], clashes: list[Clash]) -> None:
    """A line of a clash is said to make the course fit exactly where dropping what it says does, by brute force."""
    other = 0
    for course, clash in zip(courses[: INSTANCES // 2], clashes, strict=False):
        for alike in clash.alike:
            ids = {member.id for member in alike}
            fits = solvable(course.without(ids))
            assert fits == bool(ids & clash.mending) == (ids <= clash.mending), (course, ids)
            other += not fits
    assert other > INSTANCES // 4, "the courses have further clashes"


def test_a_clash_tells_the_regular_hours_on_which_it_rests_and_no_others(courses: list[Course]) -> None:
    """With all other days of the week open its members cannot be kept; with one more of those told open, they can."""
    resting = 0
    for number, course in enumerate(courses[: INSTANCES // 2]):
        closed = [number % DAYS_IN_WEEK, (number + 3) % DAYS_IN_WEEK]
        week = tuple(weekly(day, course.openings) for day in closed)
        regular = replace(course, openings=replace(course.openings, week=week))
        regular = replace(regular, problem=regular.without(()))
        clash = clash_of(regular)
        dropped = regular.group_ids().difference(clash.groups)
        others = {one.id for one in week if one.words not in clash.given}
        assert not solvable(regular.without(dropped | others))
        for one in week:
            if one.words in clash.given:
                assert solvable(regular.without(dropped | others | {one.id}))
                resting += 1
    assert resting


def test_every_clash_is_minimal_and_together_they_say_what_it_takes(
    courses: list[Course], clashes: list[Clash]
) -> None:
    """The first is the one told alone, minimal too; what mends stands in all; without all they name the course fits."""
    several = 0
    for course, alone in zip(courses[: INSTANCES // 2], clashes, strict=False):
        every = find_all(course.problem, course.regimen, course.openings)
        assert every[0] == alone
        several += len(every) > 1
        for clash in every[1:]:
            check_minimal(course, clash)
        in_all = set.intersection(*(set(clash.groups) for clash in every))
        assert in_all == {group for group in course.group_ids() if solvable(course.without({group}))}
        if len(every) < MOST_CLASHES:
            assert solvable(course.without({group for clash in every for group in clash.groups}))
    assert several > INSTANCES // 8


def test_clashes_that_never_end_are_cut_short(monkeypatch: pytest.MonkeyPatch, courses: list[Course]) -> None:
    """However much stands in the way, only so many clashes are told."""
    course = next(one for one in courses if len(find_all(one.problem, one.regimen, one.openings)) > 1)
    monkeypatch.setattr(minimal_conflict, "MOST_CLASHES", 1)
    assert find_all(course.problem, course.regimen, course.openings) == (clash_of(course),)


def test_the_rule_behind_a_bound_is_the_one_of_its_anchor() -> None:
    """Of rules that share a name and a visit, words and level are those of the one with the same anchor."""
    named = [
        TimingRule(rule="gap", visit="dosing-2", after="dosing-1", min=1, level="label"),
        TimingRule(rule="gap", visit="dosing-2", after="screening-1", min=1, level="clinic"),
        TimingRule(rule="gap", visit="dosing-3", after="dosing-2", min=1, level="label"),
    ]
    problem = Problem(
        origin=date(2027, 1, 4),
        horizon=9,
        visits=(),
        timing=tuple(ProblemTiming(rule="gap", visit=rule.visit, after=rule.after, min=1) for rule in named),
    )
    rules = Rules(problem, Regimen(protocol="p", visits=(), timing=tuple(named), limits=()))
    assert [rules.timing(number) for number in range(3)] == named


def test_a_clash_is_only_looked_for_while_it_may_have_fewer_members(
    courses: list[Course], clashes: list[Clash]
) -> None:
    """Asked for fewer members than the clash has, the search ends without one; asked for no fewer, it is the same."""
    for course, clash in zip(courses[::4], clashes[::4], strict=True):
        size = len(clash.members)
        few, more = (find(course.problem, course.regimen, course.openings, fewer_than=size + n) for n in (0, 1))
        assert few is None
        assert more == clash


@pytest.mark.thorough
def test_clash_is_minimal_at_length() -> None:
    """So it is for many more courses."""
    for course in infeasible_courses(20 * INSTANCES, seed=1):
        check_minimal(course)


def test_clash_of_a_long_course_is_minimal() -> None:
    """A course of over forty visits has a minimal clash, and repairs that work, by the search itself."""
    course = long_course(doses=16, check_ins=8, longest_gap=7, closed=range(30, 45))
    groups, everything = clash_of(course).groups, course.group_ids()
    assert feasible(course.without(everything.difference(groups))) is None
    for group in groups:
        assert feasible(course.without(everything.difference(groups) | {group})) is not None
    offered = repairs(course.problem, course.regimen, course.openings).found
    assert offered
    for repair in offered:
        assert feasible(repaired(course.problem, repair, course.openings)) is not None


def test_days_that_rules_left_out_are_told_as_the_horizon() -> None:
    """Where only days past those that the problem lists would do, the end of the calendar is among what clashes."""
    course = long_course(doses=2, check_ins=0, longest_gap=6)
    fits = feasible(course.problem)
    assert fits is not None
    visits = tuple(
        replace(visit, days=tuple(day for day in visit.days if day.day < fits["review-1"]))
        for visit in course.problem.visits
    )
    clash = find(replace(course.problem, visits=visits), course.regimen, course.openings)
    assert clash is not None
    assert "horizon" in clash.groups


def test_single_days_that_are_left_out_are_nobody_s_clash() -> None:
    """Where a problem leaves out days between those that it lists, no rule and no closing is to blame."""
    course = long_course(doses=2, check_ins=0, longest_gap=6)
    fits = feasible(course.problem)
    assert fits is not None
    ends = {visit.id: (min(visit.days), max(visit.days)) for visit in course.problem.visits}
    visits = tuple(replace(visit, days=tuple(sorted(set(ends[visit.id])))) for visit in course.problem.visits)
    holed = replace(course.problem, visits=visits)
    assert feasible(holed) is None
    assert find(holed, course.regimen, course.openings) is None


def test_no_clash_where_all_fits() -> None:
    """A course that can be placed has neither a clash nor repairs."""
    course = infeasible_courses(1)[0]
    easy = replace(course.problem, timing=(), limits=())
    assert find(easy, course.regimen, course.openings) is None
    assert find_all(easy, course.regimen, course.openings) == ()
    assert repairs(easy, course.regimen, course.openings) == Repairs()


def test_repairs_are_those_of_brute_force(
    courses: list[Course], offered: list[Repairs], expected: list[list[Key]]
) -> None:
    """Trying every single change, least first, gives the same repairs: none missing, none too large, none too many."""
    for course, told, wanted in zip(courses, offered, expected, strict=True):
        assert [_key(repair) for repair in told.found] == wanted, course


def test_repairs_that_took_too_much_work_are_left_out_and_the_others_help(
    courses: list[Course], offered: list[Repairs], expected: list[list[Key]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With hardly any work allowed fewer repairs are told, and each of them still mends its course, by brute force."""
    unhurried = sum(len(told.found) for told in offered)
    monkeypatch.setattr(repair_search, "_ALL_TRIES", 40)
    hurried = 0
    for course, wanted in zip(courses, expected, strict=True):
        told = repairs(course.problem, course.regimen, course.openings)
        hurried += len(told.found)
        assert all(solvable(repaired(course.problem, repair, course.openings)) for repair in told.found), course
        assert not told.complete or [_key(repair) for repair in told.found] == wanted, course
    assert 0 < hurried < unhurried


def after(looks: int) -> Deadline:
    """Return a deadline that has come once the clock was looked at so often: no time is measured."""
    left = iter(range(looks))
    return Deadline(lambda: next(left, None) is None)


@pytest.mark.parametrize("looks", [0, 1, 4])
def test_a_deadline_ends_the_search_for_a_clash_and_nothing_is_claimed(
    courses: list[Course], expected: list[list[Key]], looks: int
) -> None:
    """Past a deadline what is named still clashes, is minimal or not said to be, and no change is said not to help."""
    short = 0
    for course, wanted in zip(courses[: INSTANCES // 8], expected, strict=False):
        clash = find(course.problem, course.regimen, course.openings, after(looks))
        assert clash is not None
        assert not solvable(course.without(course.group_ids().difference(clash.groups)))
        for alike in clash.alike:
            ids = {member.id for member in alike}
            assert ids <= clash.unsure or solvable(course.without(ids)) == bool(ids & clash.mending)
        if clash.minimal:
            check_minimal(course, clash)
        short += not clash.minimal
        told = repairs(course.problem, course.regimen, course.openings, after(looks))
        assert not told.complete or [_key(repair) for repair in told.found] == wanted, course
        assert looks or told == Repairs(complete=False)
    assert short


def test_once_a_deadline_is_over_no_search_for_a_clash_is_begun(
    courses: list[Course], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With no time left one look tells a clash, by what it rests on, and its minimal core is not searched for."""
    begun = 0
    solve = RuleNetwork.solve

    def counted(self: RuleNetwork, *arguments: Any, **more: Any) -> Feasibility:
        nonlocal begun
        begun += 1
        return solve(self, *arguments, **more)

    monkeypatch.setattr(RuleNetwork, "solve", counted)
    for course in courses[: INSTANCES // 8]:
        begun = 0
        assert find(course.problem, course.regimen, course.openings, after(0)) is not None
        assert begun == 1


def test_repaired_problem_can_be_placed(courses: list[Course], offered: list[Repairs]) -> None:
    """A repair made as ``repaired`` makes it mends the course, by brute force."""
    for course, told in zip(courses, offered, strict=True):
        for repair in told.found:
            assert solvable(repaired(course.problem, repair, course.openings))


def test_label_rules_are_never_offered(courses: list[Course], offered: list[Repairs]) -> None:
    """No repair changes a rule that the product's label sets, nor one that no regimen names."""
    for course, told in zip(courses, offered, strict=True):
        levels = {rule.rule: rule.level for rule in course.regimen.timing}
        levels |= {limit.rule: limit.level for limit in course.regimen.limits}
        for repair in told.found:
            if repair.kind == "widen":
                assert levels.get(str(repair.rule), "label") != "label"


def _key(repair: Repair) -> Key:
    what = repair.day if repair.kind.endswith("-day") else (repair.rule, repair.side)
    return (repair.kind, what, repair.amount)


def _expected(course: Course) -> Iterator[Key]:
    """Yield the repairs in their order, found by trying everything."""
    yield from _expected_start(course)
    clinic = (day for day in course.openings.closed_clinic_days() if _opens(course, clinic_day=day))
    yield from [("clinic-day", day, 1) for day in clinic][:3]
    patient = (day for day in course.openings.closed_patient_days() if _opens(course, patient_day=day))
    yield from [("patient-day", day, 1) for day in patient][:3]
    widened = sorted(_expected_widened(course), key=lambda found: found[1][2])
    yield from [key for level, key in widened if level == "default"][:3]
    yield from [key for level, key in widened if level != "default"][:3]


def _expected_start(course: Course) -> Iterator[Key]:
    first = course.problem.timing[0]
    assert isinstance(first.after, int)
    for days in range(1, course.problem.horizon - first.after + 1):
        if solvable(_with_rule(course, 0, replace(first, after=first.after + days))):
            yield (first.rule, (first.rule, None), days)
            return


def _opens(course: Course, *, clinic_day: int | None = None, patient_day: int | None = None) -> bool:
    return solvable(
        course.on_calendar(
            course.problem,
            clinic_days=frozenset() if clinic_day is None else frozenset([clinic_day]),
            patient_days=frozenset() if patient_day is None else frozenset([patient_day]),
        )
    )


def _expected_widened(course: Course) -> Iterator[tuple[Level, Key]]:
    for number, rule in enumerate(course.problem.timing[1:], start=1):
        level = course.regimen.timing[number - 1].level
        for side in ("min", "max"):
            amount = None if level == "label" else _least(course, number, side)
            if amount is not None:
                yield level, ("widen", (rule.rule, side), amount)
    levels = {limit.rule: limit.level for limit in course.regimen.limits}
    for number, limit in enumerate(course.problem.limits):
        if limit.type == "cap" and limit.max is not None and levels[limit.rule] != "label":
            limits = list(course.problem.limits)
            limits[number] = replace(limit, max=limit.max + 1)
            if solvable(replace(course.problem, limits=tuple(limits))):
                yield levels[limit.rule], ("widen", (limit.rule, None), 1)


def _least(course: Course, number: int, side: str) -> int | None:
    """Return the least widening that works and does not turn *after* into *before*."""
    rule = course.problem.timing[number]
    bound = rule.min if side == "min" else rule.max
    if bound is None:
        return None
    outward = -1 if side == "min" else 1
    for days in range(1, AMPLE):
        moved = bound + outward * days
        if bound * moved < 0:
            return None
        wider = replace(rule, min=moved) if side == "min" else replace(rule, max=moved)
        if solvable(_with_rule(course, number, wider)):
            return days
    return None


def _with_rule(course: Course, number: int, rule: ProblemTiming) -> Problem:
    timing = list(course.problem.timing)
    timing[number] = rule
    return replace(course.problem, timing=tuple(timing))
