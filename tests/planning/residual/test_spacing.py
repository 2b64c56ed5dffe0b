"""Which gaps and caps hold between the doses of a course, whatever row they are in, told rule by rule."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise

import pytest

from kapplan.model.regimen import Limit, Regimen, RegimenVisit, TimingRule
from kapplan.model.visits import Minutes
from kapplan.planning.residual.happened import Happened
from kapplan.planning.residual.spacing import Spacing, is_between_doses

DAY = date(2027, 1, 4)
COURSE = ("dosing-1", "dosing-2", "dosing-3", "dosing-4", "booster-1", "review-1")
ROWS = (
    TimingRule(rule="doses", visit="dosing-2", after="dosing-1", min=3, target=(3, 4), max=7, weight=1),
    TimingRule(rule="doses", visit="dosing-3", after="dosing-2", min=3, target=(3, 4), max=7, weight=1),
    TimingRule(rule="upkeep", visit="dosing-4", after="dosing-3", min=7, target=(7, 7), max=14, weight=1),
    TimingRule(rule="review", visit="review-1", after="dosing-4", min=9),
    TimingRule(rule="monthly", visit="dosing-4", after="dosing-1", months=1, min=20, max=25),
    TimingRule(rule="weeks", visit="dosing-3", after="dosing-1", min=0, max=21),
    TimingRule(rule="late", visit="dosing-3", after="dosing-1", max=30),
)


def visit(name: str) -> RegimenVisit:
    """Return a visit of a kind and number that needs nothing."""
    kind, number = name.split("-")
    return RegimenVisit(
        id=name, kind=kind, number=int(number), type=kind, title=name, phase="p", tier="course", place="clinic",
        minutes=Minutes(administer=50),
    )  # fmt: skip


def regimen(
    names: Sequence[str] = COURSE, timing: Sequence[TimingRule] = ROWS, limits: Sequence[Limit] = ()
) -> Regimen:
    """Return a course of some visits and rules."""
    return Regimen(protocol="p", visits=tuple(map(visit, names)), timing=tuple(timing), limits=tuple(limits))


def spacing(
    course: Regimen,
    stands: Mapping[str, int],
    *,
    given: Mapping[str, int] | None = None,
    lost: Mapping[str, int] | None = None,
    firm: Sequence[str] = (),
    overridden: Sequence[str] = (),
    earliest: int = -100,
) -> Spacing:
    """Return how a course's doses keep apart, its days counted from one day."""
    return Spacing(
        regimen=course,
        behind=Happened(given=dated(given or {}), lost=dated(lost or {})),
        stands=dated(stands),
        firm=firm,
        overridden=overridden,
        caps=["weekly"],
        earliest=DAY + timedelta(days=earliest),
    )


def dated(days: Mapping[str, int]) -> dict[str, date]:
    """Return days as dates."""
    return {name: DAY + timedelta(days=day) for name, day in days.items()}


def asked(how: Spacing, left: Regimen) -> set[tuple[str, str, int | None]]:
    """Return what is asked beside the rules that are left: a dose, the one before it, and the fewest days between."""
    more = how.applied(left).timing[len(left.timing) :]
    assert how.applied(left).timing[: len(left.timing)] == left.timing
    assert all((rule.target, rule.max, rule.weight, rule.months) == (None, None, 0, None) for rule in more)
    assert len({(rule.visit, rule.after) for rule in more}) == len(more)
    return {(rule.visit, rule.after, rule.min) for rule in more}


@pytest.mark.parametrize(
    ("given", "stands", "expected"),
    [
        # A row is asked for by its own rules; a booster between two rows keeps away from both its neighbours.
        ({}, {"dosing-1": 0, "dosing-2": 3, "dosing-3": 6, "booster-1": 9, "dosing-4": 20},
         {("booster-1", "dosing-3", 3), ("dosing-4", "booster-1", 7)}),
        # Doses that stand out of their order are kept apart as they stand.
        ({}, {"dosing-1": 0, "dosing-3": 3, "dosing-2": 6},
         {("dosing-3", "dosing-1", 3)}),
        # Of doses that stand on one day the earlier one of the course comes first.
        ({}, {"dosing-2": 5, "booster-1": 5, "dosing-4": 5},
         {("dosing-4", "dosing-2", 7), ("booster-1", "dosing-4", 7)}),
        # A dose of a later row, given out of turn, keeps its own wider gap from every open dose.
        ({"dosing-4": 0}, {"dosing-2": 3, "dosing-3": 6},
         {("dosing-2", "dosing-4", 7), ("dosing-3", "dosing-4", 7)}),
        # A rule that allows no day between, or says how late at most, keeps nobody apart; one in months does.
        ({"dosing-1": 0}, {"dosing-4": 20}, set()),
        ({"dosing-1": 0}, {"dosing-3": 20}, {("dosing-3", "dosing-1", 3)}),
        # The row before it binds the next dose already; the later ones count from a given dose too.
        ({"dosing-1": 0}, {"dosing-2": 3, "dosing-3": 6, "dosing-4": 13, "booster-1": 30},
         {("dosing-3", "dosing-1", 3), ("booster-1", "dosing-1", 3), ("booster-1", "dosing-4", 7)}),
        # A review is no dose, and neither keeps nor is kept away.
        ({"review-1": 0}, {"dosing-2": 1, "dosing-3": 4}, set()),
        # A booster has no row: it keeps the least gap of any, beside a dose the wider one of that dose.
        ({"booster-1": 0}, {"dosing-2": 3, "dosing-4": 20},
         {("dosing-2", "booster-1", 3), ("dosing-4", "booster-1", 7), ("dosing-4", "dosing-2", 7)}),
    ],
)  # fmt: skip
def test_the_larger_gap_of_two_doses_is_asked_where_no_row_asks_one(
    given: dict[str, int], stands: dict[str, int], expected: set[tuple[str, str, int]]
) -> None:
    """Between neighbours in time, and from whatever was given, the larger of two doses' least gaps holds."""
    course = regimen()
    assert asked(spacing(course, stands, given=given), course) == expected


@pytest.mark.parametrize(("earliest", "is_asked"), [(2, True), (3, False), (4, False)])
def test_a_gap_that_is_over_before_the_first_day_is_not_asked(earliest: int, is_asked: bool) -> None:
    """Three days after a dose given on day 0 end on day 3: from then on nothing is left to ask."""
    course = regimen()
    found = asked(spacing(course, {"dosing-3": 9}, given={"dosing-1": 0}, earliest=earliest), course)
    assert found == ({("dosing-3", "dosing-1", 3)} if is_asked else set())


@pytest.mark.parametrize(
    ("firm", "day", "least"),
    [
        (("dosing-1", "dosing-3"), 1, 1),
        (("dosing-1", "dosing-3"), 2, 2),
        (("dosing-1", "dosing-3"), 3, 3),
        (("dosing-1", "dosing-3"), 8, 3),
        (("dosing-1", "dosing-3"), 0, 3),
        (("dosing-1",), 2, 3),
        (("dosing-3",), 2, 3),
        ((), 2, 3),
    ],
)
def test_a_distance_on_record_is_the_protocols_own(firm: tuple[str, ...], day: int, least: int) -> None:
    """Two doses whose dates both hold are asked for no more days than they have, and never for none."""
    course = regimen()
    found = asked(spacing(course, {"dosing-1": 0, "dosing-3": day}, firm=firm), course)
    assert found == {("dosing-3", "dosing-1", least)}


def test_an_overridden_gap_still_keeps_doses_on_days_of_their_own() -> None:
    """Whoever overrides the least gap of a row gives a day after, not the same day; the wider row keeps its own."""
    course = regimen()
    stands = {"dosing-3": 9, "dosing-4": 30, "booster-1": 50}
    how = spacing(course, stands, given={"dosing-1": 0}, overridden=["doses.min"])
    expected = {("dosing-3", "dosing-1", 1), ("booster-1", "dosing-1", 1), ("booster-1", "dosing-4", 7)}
    assert asked(how, course) == expected


def test_a_dose_of_several_rules_keeps_the_widest_and_one_of_none_the_least_of_any() -> None:
    """What is told of a dose after a dose counts, however the rules stand; what follows a review does not."""
    rules = [
        TimingRule(rule="wide", visit="dosing-2", after="dosing-1", min=9),
        TimingRule(rule="close", visit="dosing-3", after="dosing-2", min=1),
        TimingRule(rule="weeks", visit="dosing-3", after="dosing-1", min=12),
        TimingRule(rule="review", visit="dosing-4", after="review-1", min=40),
    ]
    course = regimen(timing=rules)
    given = {"dosing-3": 0}
    assert asked(spacing(course, {"dosing-2": 3}, given=given), course) == {("dosing-2", "dosing-3", 12)}
    assert asked(spacing(course, {"dosing-1": 3}, given=given), course) == {("dosing-1", "dosing-3", 12)}
    stands = {"dosing-4": 3, "booster-1": 8}
    assert asked(spacing(course, stands), course) == {("booster-1", "dosing-4", 1)}
    assert asked(spacing(course, {"dosing-2": 3, "dosing-3": 4}), course) == set()


def test_a_row_in_calendar_months_keeps_its_doses_apart_by_itself() -> None:
    """A month less a week is a gap of its own, whatever the least gap of other rows says."""
    monthly = TimingRule(rule="monthly", visit="dosing-2", after="dosing-1", months=1, min=-7, max=7)
    course = regimen(timing=[monthly, ROWS[2]])
    assert asked(spacing(course, {"dosing-2": 30}, given={"dosing-1": 0}), course) == set()


def test_a_gap_whose_rule_was_dropped_is_asked_anew() -> None:
    """What binds is what is left of the rules, not what once stood: a maximum alone keeps nobody apart."""
    course = regimen()
    left = regimen(timing=[TimingRule(rule="doses", visit="dosing-2", after="dosing-1", max=7), ROWS[1]])
    how = spacing(course, {"dosing-2": 3, "dosing-3": 6}, given={"dosing-1": 0})
    assert asked(how, left) == {("dosing-2", "dosing-1", 3), ("dosing-3", "dosing-1", 3)}
    assert asked(spacing(course, {"dosing-1": 0, "dosing-2": 3, "dosing-3": 6}), left) == {("dosing-2", "dosing-1", 3)}


@pytest.mark.parametrize("names", [("dosing-1", "review-1"), ("review-1",)])
def test_one_dose_has_nothing_to_keep_apart_from(names: tuple[str, ...]) -> None:
    """A course of one dose, or of none, is left as it is."""
    cap = Limit(rule="weekly", type="cap", visits=("dosing-1",), every=7, max=1)
    course = regimen(names, [], [cap])
    how = spacing(course, {name: 0 for name in names if name != "review-1"})
    assert how.applied(course) is course


def test_doses_that_no_rule_keeps_apart_are_asked_nothing() -> None:
    """A protocol that states no gap has none to keep."""
    course = regimen(timing=[ROWS[3], ROWS[4], ROWS[5]])
    assert asked(spacing(course, {"dosing-2": 1, "booster-1": 2}, given={"dosing-1": 0}), course) == set()


def test_a_cap_of_the_protocol_counts_every_dose_that_was_or_will_be_given() -> None:
    """Its own visits first, then all other doses but the lost ones; caps of a phase and overridden ones stay."""
    cap = Limit(rule="weekly", type="cap", visits=("review-1", "dosing-3"), every=7, max=2)
    of_phase = Limit(rule="phase.weekly", type="cap", visits=("dosing-3", "dosing-4"), every=7, max=2)
    of_reviews = Limit(rule="weekly", type="cap", visits=("review-1",), every=7, max=1)
    course = regimen(limits=[cap, of_phase, of_reviews])
    kept, *others = spacing(course, {"dosing-3": 6}, given={"dosing-1": 0}, lost={"dosing-2": 3}).applied(course).limits
    assert kept.visits == ("review-1", "dosing-3", "dosing-1", "dosing-4", "booster-1")
    assert others == [of_phase, of_reviews]
    assert spacing(course, {"dosing-3": 6}, overridden=["weekly"]).applied(course).limits == course.limits


def test_only_rules_between_two_doses_keep_doses_apart() -> None:
    """A review after a dose, and a dose after a review, are something else."""
    course = regimen()
    after_review = TimingRule(rule="r", visit="dosing-1", after="review-1", min=1)
    between = [rule for rule in (*ROWS, after_review) if is_between_doses(course, rule)]
    assert between == [rule for rule in ROWS if rule.rule != "review"]


@pytest.mark.parametrize("seed", range(40))
def test_no_two_neighbours_in_time_are_left_too_near(seed: int) -> None:
    """In random courses of several rows, whatever days keep what is asked keep every dose's own gap, and only that."""
    dice = random.Random(seed)
    rows: list[list[str]] = []
    gaps: dict[str, int] = {}
    timing: list[TimingRule] = []
    for kind in ("dosing", "booster"):
        length = dice.randint(0 if kind == "booster" else 2, 4)
        rows.append([f"{kind}-{number}" for number in range(1, length + 1)])
        gap = dice.randint(1, 6)
        timing += [TimingRule(rule=kind, visit=later, after=before, min=gap) for before, later in pairwise(rows[-1])]
        gaps |= dict.fromkeys(rows[-1], gap if length > 1 else 0)
    stated = [rule.min for rule in timing if rule.min is not None]
    gaps = {name: gap or min(stated) for name, gap in gaps.items()}
    doses = [name for row in rows for name in row]
    dice.shuffle(doses)
    given = {name: dice.randint(-20, 0) for name in doses[: dice.randint(0, len(doses) - 1)]}
    stands = {name: dice.randint(1, 30) for name in doses if name not in given}
    course = regimen([name for row in rows for name in row], timing)
    left = regimen(course_names(course), [rule for rule in timing if rule.visit in stands])
    how = spacing(course, stands, given=given)
    least = {(rule.visit, rule.after): rule.min for rule in how.applied(left).timing}
    for name in stands:
        for before in given:
            assert least[name, before] == max(gaps[name], gaps[before])
    ordered = sorted(stands, key=lambda name: (stands[name], course_names(course).index(name)))
    for before, name in pairwise(ordered):
        found = least.get((name, before), least.get((before, name)))
        assert found == max(gaps[name], gaps[before])


def course_names(course: Regimen) -> list[str]:
    """Return the names of a course's visits in their order."""
    return [one.id for one in course.visits]
