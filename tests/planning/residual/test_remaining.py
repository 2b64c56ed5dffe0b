"""What is left of a course's rules once something of it has happened."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from support.protocols import course_of

from kapplan.dataclass import replace
from kapplan.model.regimen import Limit, TimingRule
from kapplan.planning.residual.happened import Happened
from kapplan.planning.residual.remaining import remaining

COURSE = """
[[phases]]
id = "doses"
[[phases.series]]
visit = "dosing"
count = 2
gap = { min = 3, target = 7, max = 14 }
[[phases.series]]
id = "intake"
visit = "screening"
after = { first = "dosing" }
lead = { min = -28, target = [-14, -1], max = -1 }
[[phases.series]]
visit = "review"
after = { last = "dosing" }
lead = { min = 1, target = 2, max = 4 }
"""
DAY = date(2027, 1, 7)


def left(**given: int) -> list[TimingRule]:
    """Return the rules that bind what is open once visits were held, each so many days after a day."""
    days = {name.replace("_", "-"): DAY + timedelta(days=after) for name, after in given.items()}
    return list(remaining(course_of(COURSE), Happened(given=days, lost={})).timing)


def test_a_screening_that_was_held_keeps_its_dose_near() -> None:
    """The first dose falls as many days after it as it was to fall before the dose: no fewer, no more."""
    (rule,) = [one for one in left(screening_1=0) if one.after == "screening-1"]
    assert (rule.visit, rule.min, rule.target, rule.max) == ("dosing-1", 1, (1, 14), 28)


@pytest.mark.parametrize("given", [{"screening_1": 0, "dosing_1": 3}, {"dosing_1": 0, "screening_1": 3}])
def test_two_that_were_held_do_not_bind_each_other(given: dict[str, int]) -> None:
    """What happened is not asked to have happened otherwise."""
    assert all("screening-1" not in {one.visit, one.after} for one in left(**given))


def test_what_was_held_too_soon_does_not_bind_what_it_was_to_follow() -> None:
    """A review held before the last dose does not ask that dose to have come before it."""
    assert all("review-1" not in {one.visit, one.after} for one in left(review_1=0))


# A first dose that is lost

LONGER = """
[[phases]]
id = "doses"
[[phases.series]]
visit = "dosing"
count = 3
gap = { min = 3, target = 7, max = 14 }
[[phases.series]]
id = "intake"
visit = "screening"
after = { first = "dosing" }
lead = { min = -28, target = [-14, -1], max = -1 }
[[phases.series]]
visit = "integration"
each = { visit = "dosing" }
gap = { min = 1, target = 2, max = 4 }
[[phases.series]]
visit = "review"
after = { first = "dosing" }
lead = { min = 12, target = 14, max = 20 }
"""


def without_first(**given: int) -> dict[str, TimingRule]:
    """Return the rules that bind what is open once dose 1 is lost, by their visit and what they count from."""
    days = {name.replace("_", "-"): DAY + timedelta(days=after) for name, after in given.items()}
    course = remaining(course_of(LONGER), Happened(given=days, lost={"dosing-1": DAY}))
    return {f"{rule.visit} from {rule.after}": rule for rule in course.timing}


def test_a_screening_held_before_a_lost_first_dose_keeps_the_next_one_near() -> None:
    """The dose that is the first now falls within the days of the screening, as the lost one had to."""
    rule = without_first(screening_1=-3)["dosing-2 from screening-1"]
    assert (rule.min, rule.target, rule.max) == (1, (1, 14), 28)


def test_a_screening_still_to_come_is_held_before_the_dose_that_is_the_first_now() -> None:
    """Where the screening is open and dose 1 is lost, it comes before dose 2."""
    rule = without_first()["screening-1 from dosing-2"]
    assert (rule.min, rule.max) == (-28, -1)


@pytest.mark.parametrize("given", [{}, {"dosing_2": 7}, {"dosing_3": 5}])
def test_a_review_counts_from_the_first_dose_given(given: dict[str, int]) -> None:
    """A review two weeks after the first dose is two weeks after the one that was given, or is to be, in its place."""
    first = next(iter(given), "dosing_2").replace("_", "-")
    rule = without_first(**given)[f"review-1 from {first}"]
    assert (rule.min, rule.target, rule.max) == (12, (14, 14), 20)


def test_an_integration_stays_with_its_own_dose() -> None:
    """What belongs to each dose is not handed on to the next, which has its own."""
    rules = without_first()
    assert "integration-1 from dosing-2" not in rules
    assert "integration-2 from dosing-2" in rules


WEEKS = """
[[phases]]
id = "weekly"
[[phases.series]]
visit = "dosing"
weeks = { from = 1, until = 3, count = 1 }
gap = { min = 3, target = 7, max = 21 }
"""


def test_weeks_and_their_cap_count_from_the_first_dose_given() -> None:
    """With dose 1 lost the weeks run from dose 2, or from another that was given before it; so does the cap on each."""
    course = course_of(WEEKS)
    lost = {"dosing-1": DAY}
    weekly = {rule.visit: rule for rule in remaining(course, Happened(given={}, lost=lost)).timing if rule.max is None}
    assert (weekly["dosing-3"].after, weekly["dosing-3"].target) == ("dosing-2", (14, 20))
    for given, anchor in (({}, "dosing-2"), ({"dosing-3": DAY + timedelta(days=9)}, "dosing-3")):
        left_over = remaining(course, Happened(given=given, lost=lost))
        (cap,) = [limit for limit in left_over.limits if limit.type == "cap"]
        assert (cap.anchor, cap.visits) == (anchor, ("dosing-2", "dosing-3"))
    both = {"dosing-3": DAY + timedelta(days=9), "dosing-2": DAY + timedelta(days=12)}
    (cap,) = [limit for limit in remaining(course, Happened(given=both, lost=lost)).limits if limit.type == "cap"]
    assert cap.anchor == "dosing-3"


def test_a_least_gap_counts_from_the_last_dose_that_was_given() -> None:
    """With two doses in a row lost, the next keeps its distance from the one before them."""
    lost = {"dosing-2": DAY + timedelta(days=7), "dosing-3": DAY + timedelta(days=14)}
    longer = LONGER.replace("count = 3", "count = 4")
    left_over = remaining(course_of(longer), Happened(given={"dosing-1": DAY}, lost=lost)).timing
    bounds = {(rule.after, rule.min, rule.max) for rule in left_over if rule.visit == "dosing-4"}
    assert bounds == {("dosing-3", None, 14), ("dosing-1", 3, None)}


# Rows, limits and gates

FOUR = LONGER.replace("count = 3", "count = 4")


def of_doses(**given: int) -> dict[str, tuple[str, int | None]]:
    """Return what each open dose counts from, and by how many days at least, with some doses given."""
    days = {name.replace("_", "-"): DAY + timedelta(days=after) for name, after in given.items()}
    timing = remaining(course_of(FOUR), Happened(given=days, lost={})).timing
    return {
        rule.visit: (rule.after, rule.min)
        for rule in timing
        if rule.rule == "doses.dosing.gap" and rule.visit not in days
    }


def test_a_row_goes_on_from_the_last_dose_given() -> None:
    """Given in order each counts from the one before it; with dose 3 before dose 2, dose 2 counts from dose 3."""
    in_order = {"dosing-3": ("dosing-2", 3), "dosing-4": ("dosing-3", 3)}
    assert of_doses(dosing_1=0, dosing_2=7) == in_order
    turned = {"dosing-2": ("dosing-3", 3), "dosing-4": ("dosing-2", 3)}
    assert of_doses(dosing_1=0, dosing_3=7) == turned
    assert of_doses(dosing_3=0, dosing_1=7) == {"dosing-2": ("dosing-1", 3), "dosing-4": ("dosing-2", 3)}


def test_a_screening_that_was_not_held_holds_no_dose() -> None:
    """A dose is kept near a screening that was held, not near one that was missed."""
    lost = Happened(given={}, lost={"screening-1": DAY})
    assert all(rule.after != "screening-1" for rule in remaining(course_of(LONGER), lost).timing)


def test_a_gap_of_a_day_is_a_gap() -> None:
    """The least gap of one day counts from the dose that was given before a lost one, too."""
    course = course_of(LONGER.replace("min = 3, target = 7", "min = 1, target = 7"))
    past = Happened(given={"dosing-1": DAY}, lost={"dosing-2": DAY + timedelta(days=7)})
    bounds = {(rule.after, rule.min) for rule in remaining(course, past).timing if rule.visit == "dosing-3"}
    assert bounds == {("dosing-2", None), ("dosing-1", 1)}


def test_gates_that_are_passed_are_waited_for_no_more() -> None:
    """What is settled holds nothing, what is not still does; a lost visit that was replaced is not there any more."""
    course = course_of(LONGER)
    first, second = course.visits[0].id, course.visits[1].id
    waiting = replace(course, visits=tuple(replace(visit, awaits=("gate-1", "gate-2")) for visit in course.visits))
    stand_in = replace(course.visits[1], id="dosing-9", number=9, replaces=second, awaits=())
    waiting = replace(waiting, visits=(*waiting.visits, stand_in))
    left_over = remaining(waiting, Happened(given={}, lost={second: DAY}), frozenset({"gate-1"}))
    assert second not in {visit.id for visit in left_over.visits}
    assert left_over.visit(first).awaits == ("gate-2",)
    assert left_over.visit("dosing-9").awaits == ()


def test_a_limit_of_two_visits_stands_until_one_of_them_is_lost() -> None:
    """Two visits that may not share a day are kept apart; one alone is kept from nothing, but still capped."""
    course = course_of(LONGER)
    apart = Limit(rule="apart", type="distinct_days", visits=("dosing-1", "dosing-2"))
    cap = Limit(rule="cap", type="cap", visits=("dosing-1", "dosing-2"), anchor="dosing-1", every=7, max=1)
    course = replace(course, limits=(apart, cap))
    assert {limit.rule for limit in remaining(course, Happened(given={}, lost={})).limits} == {"apart", "cap"}
    (left_over,) = remaining(course, Happened(given={}, lost={"dosing-2": DAY})).limits
    assert (left_over.rule, left_over.visits) == ("cap", ("dosing-1",))


def test_blocks_of_a_cap_count_from_a_dose_and_from_nothing_else() -> None:
    """A screening that was held before all doses begins no week of them."""
    past = Happened(given={"screening-1": DAY, "dosing-2": DAY + timedelta(days=9)}, lost={"dosing-1": DAY})
    course = replace(
        course_of(LONGER),
        limits=(Limit(rule="cap", type="cap", visits=("dosing-2", "dosing-3"), anchor="dosing-1", every=7, max=1),),
    )
    (cap,) = remaining(course, past).limits
    assert cap.anchor == "dosing-2"
