"""How much work the search takes: easy courses hardly any, crowded ones a bound that sees their days."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import cycle

import pytest
from support.builtin_problems import builtin_demand, builtin_problem
from support.crowded_courses import crowded_away, crowded_course, crowded_weeks
from support.random_courses import long_course
from support.wide_gaps import wide_course

from kapplan.dates import Weekday
from kapplan.errors import UndecidedError
from kapplan.planning.problem.deadline import Deadline
from kapplan.planning.problem.limits import Blocks
from kapplan.planning.problem.problem import NEW_PLAN, OpenDay, Problem, ProblemLimit, ProblemTiming, ProblemVisit
from kapplan.planning.schedule.course import set_up
from kapplan.planning.solver import optimum, search
from kapplan.planning.solver.compile import Compiler
from kapplan.planning.solver.cost_network import Heeded, Network, NetworkCap
from kapplan.planning.solver.label_setting import LISTED_A_STEP, ROWS_A_STEP, Ask, Found, Meter, Sweep, Swept
from kapplan.planning.solver.lower_bound import Relaxation, work
from kapplan.planning.solver.optimum import DEFAULT, Effort, Placement, Solver, place
from kapplan.planning.solver.prices import LagrangianBound, Prices, _onward, due, plain, raised, without_days
from kapplan.planning.solver.propagation import DayWindow
from kapplan.planning.solver.search import Search, SearchAnswer
from kapplan.planning.solver.stages import Row, RowCosts
from kapplan.planning.solver.start_days import rank

LONG = {
    "three weekdays": crowded_weeks((0, 2, 4), 6),
    "a week away": crowded_away(tuple(range(5)), 16, 45),
    "far apart": wide_course(6),
}
"""Courses that no hundred thousand steps prove."""


def bound_and_best(problem: Problem) -> tuple[LagrangianBound, Found]:
    """Return the bound of a problem without prices, and its best placement as the network prices it."""
    compiler = Compiler(problem)
    network, best = compiler.network({}), place(problem)
    assert network is not None
    assert best is not None
    bound = plain(network)
    assert bound is not None
    days = tuple(best.days[visit.id] for visit in compiler.visits)
    return bound, Found(network.cost(days), days)


def weighted_days(bound: LagrangianBound) -> int:
    """Return how many weighted days off target a bound asks for."""
    return bound.relaxation.cost // bound.network.scale.unit("deviation")


@pytest.mark.parametrize("protocol", ["kap-standard", "journey-clinical", "hull-2022", "zarate-2006"])
def test_easy_courses_are_proven_by_their_bound_alone(protocol: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the forest's own best placement keeps everything it is the answer, and no label is set."""

    def refuse(_: Sweep) -> Swept:
        raise AssertionError("a label was set")

    monkeypatch.setattr(Sweep, "run", refuse)
    found = place(builtin_problem(protocol))
    assert found is not None
    assert found.proven


@pytest.mark.parametrize(("weekdays", "weeks", "least"), [((0, 2, 4), 4, 70), ((0, 1, 3), 4, 100), ((0, 1, 3), 6, 110)])
def test_prices_raise_the_bound_of_crowded_courses(weekdays: tuple[int, ...], weeks: int, least: int) -> None:
    """On three weekdays prices of days and links lift the bound to a multiple of the forest's, never above the best."""
    bound, best = bound_and_best(crowded_weeks(weekdays, weeks))
    lifted = raised(bound, best.cost)
    assert 2 * weighted_days(bound) < least
    assert weighted_days(lifted) >= least
    assert lifted.relaxation.cost <= best.cost
    assert any(lifted.prices.days.values())
    assert any(lifted.prices.links.values())


def test_prices_rise_where_neighbouring_days_are_crowded_in_turn() -> None:
    """Prices go on where one step only drives visits from one full day to the next, and back."""
    compiler = Compiler(crowded_away(tuple(range(7)), 16, 45))
    network = compiler.network({})
    assert network is not None
    bound = plain(network.standing(compiler.place["dosing-1"], 13))
    assert bound is not None
    most = bound.relaxation.cost + 64 * network.scale.unit("deviation")
    fewer = without_days(bound, most)
    assert fewer is not None
    assert weighted_days(raised(fewer, most)) > weighted_days(bound)


@pytest.mark.parametrize("rounds", [20, 40])
def test_few_rounds_of_prices_raise_the_bound_of_long_courses(rounds: int) -> None:
    """From no prices at all the first rounds do not overshoot: twenty lift the bound of eight weeks threefold."""
    network = Compiler(crowded_weeks((0, 2, 4), 8)).network({})
    assert network is not None
    bound = plain(network)
    assert bound is not None
    lifted = raised(bound, 804 * network.scale.unit("deviation"), rounds)
    assert weighted_days(lifted) >= 3 * rounds > weighted_days(bound)


def test_prices_of_days_that_nobody_can_take_any_more_fall_due() -> None:
    """All that the constant gives back is paid again, also for days before and after those that are left to visits."""
    network = Compiler(crowded_weeks((0, 2, 4), 2)).network({})
    assert network is not None
    bound = plain(network)
    assert bound is not None
    priced = replace(bound, prices=Prices(days={3: 1, 10: 20, 12: 300, 15: 4_000}))
    assert due(priced, 9, 13) == [1, 20, 0, 300, 0, 4_000]


@pytest.mark.parametrize("by", [1, -1])
def test_a_way_that_nothing_adds_to_ends(by: int) -> None:
    """Of the way that prices went half is gone each round, whether they rose or fell, until nothing is left."""
    way = Prices(days={3: 20 * by}, blocks={(0, 1): 20 * by}, links={(0, 2): 20 * by})
    for left in (10, 5, 2, 1):
        way = _onward(way, Prices())
        assert [dict(each) for each in (way.days, way.blocks, way.links)] == [
            {3: left * by}, {(0, 1): left * by}, {(0, 2): left * by}
        ]  # fmt: skip
    assert _onward(way, Prices()) == Prices()


@pytest.mark.parametrize(("weekdays", "weeks"), [((0, 2, 4), 4), ((0, 2, 4), 6), ((0, 1, 3), 8)])
def test_prices_are_handed_on(weekdays: tuple[int, ...], weeks: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each branch begins with the prices of the one before: that spares a fifth of all work, the answer is the same."""
    problem = crowded_weeks(weekdays, weeks)
    found, steps = counted(problem)
    monkeypatch.setattr(search, "dearest", lambda bound, _: bound)
    assert counted(problem)[0] == found
    assert steps < 0.8 * counted(problem)[1]


@pytest.mark.parametrize(
    ("protocol", "weekdays"), [("wilkinson-2017", ("mon", "tue", "fri")), ("montreal-2023", ("mon", "wed"))]
)
def test_limits_that_an_answer_broke_are_handed_on(
    protocol: str, weekdays: tuple[Weekday, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What one search has learned of limits the next one with wider windows need not learn again."""
    problem = builtin_problem(protocol, weekdays=weekdays)
    found, steps = counted(problem)
    monkeypatch.setattr(Heeded, "of", lambda _, network: Heeded(network))
    assert counted(problem)[0] == found
    assert steps < 0.95 * counted(problem)[1]


@pytest.mark.parametrize(("weekdays", "best"), [(5, 352), (7, 132)])
def test_sixteen_weeks_with_one_away_are_proven(weekdays: int, best: int) -> None:
    """Where sweeps of branches take long their prices rise further before: the usual effort proves 72 visits."""
    found = place(crowded_away(tuple(range(weekdays)), 16, 45))
    assert found is not None
    assert (found.proven, found.objective["deviation"]) == (True, best)


def counted(problem: Problem) -> tuple[Placement | None, int]:
    """Return the placement of a problem, and how many steps it takes."""
    made: list[Meter] = []

    def meter(*limits: int, **more: object) -> Meter:
        made.append(Meter(*limits, **more))  # type: ignore[arg-type]
        return made[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(optimum, "Meter", meter)
        return place(problem), sum(one.spent for one in made)


def test_little_work_finds_the_best_placement_of_a_long_crowded_course() -> None:
    """A narrow beam for each day of the first dose finds the best of eight weeks long before it is proven."""
    found = place(crowded_weeks((0, 2, 4), 8), effort=Effort(steps=40_000, labels=20_000))
    assert found is not None
    assert not found.proven
    assert found.objective["deviation"] == 804


def test_no_days_are_searched_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a wider budget of deviation leaves all visits the same days, what was found in them is not sought again."""
    searched: list[tuple[DayWindow, ...]] = []
    look = Search.quick

    def noted(self: Search, first: int | None = None, most: int | None = None) -> SearchAnswer:
        searched.append(tuple(self.network.windows))
        return look(self, first, most)

    monkeypatch.setattr(Search, "quick", noted)
    assert place(long_course(160)) is not None
    assert len(searched) == 1


@pytest.mark.parametrize(("seed", "least"), [(46, 140), (61, 90), (116, 120)])
def test_prices_of_caps_raise_the_bound_where_caps_are_full(seed: int, least: int) -> None:
    """With a cap of four visits in two weeks the prices of its blocks lift the bound further, never above the best."""
    bound, best = bound_and_best(crowded_course(seed))
    without, lifted = (raised(bound, best.cost, caps=caps) for caps in ((), (1,)))
    assert weighted_days(without) < least <= weighted_days(lifted)
    assert lifted.relaxation.cost <= best.cost
    assert any(lifted.prices.blocks.values())


def test_no_day_of_the_best_placement_is_dropped() -> None:
    """Days are dropped by their min-marginals: most of them go, none that a placement as good as the best one uses."""
    for weeks in (2, 3, 4):
        bound, best = bound_and_best(crowded_weeks((0, 2, 4), weeks))
        fewer = without_days(raised(bound, best.cost), best.cost)
        assert fewer is not None
        assert fewer.bare.cost(best.days) == best.cost
        for day, window in zip(best.days, fewer.bare.windows, strict=True):
            assert window.first <= day <= window.last
        allowed = [sum(cost < one.bare.scale.limit for own in one.bare.costs for cost in own) for one in (bound, fewer)]
        assert allowed[1] < allowed[0]


@pytest.mark.parametrize("protocol", ["krupitsky-2007", "roots-to-thrive-2025", "r107-2024"])
def test_starts_of_wide_windows_are_not_taken_for_crowded(protocol: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Over sixty days of an open week every start is found by sweeps of little work."""
    crowded: list[int | None] = []

    def note(_: Solver, __: Search | None, first: int | None = None, known: Placement | None = None) -> None:
        del known
        crowded.append(first)

    monkeypatch.setattr(Solver, "crowded", note)
    demand = builtin_demand(protocol)
    wide = replace(demand, situation=replace(demand.situation, start_within=60))
    assert len(rank(set_up(wide, None).problem, 60)) >= 40
    assert crowded == []


def test_more_effort_never_tells_less() -> None:
    """With more effort a crowded course has no worse placement, and no lower bound."""
    problem = crowded_weeks((0, 2, 4), 6)
    answers = [place(problem, effort=effort) for effort in (Effort(steps=30_000, labels=20_000), DEFAULT)]
    hurried, unhurried = answers
    assert hurried is not None
    assert unhurried is not None
    assert not hurried.proven
    assert unhurried.proven
    assert tuple(hurried.bound.values()) <= tuple(unhurried.objective.values()) <= tuple(hurried.objective.values())
    assert hurried.bound["deviation"] >= 80


@pytest.mark.parametrize("steps", [5_000, 30_000, 100_000])
@pytest.mark.parametrize("course", ["three weekdays", "a week away", "far apart"])
def test_all_work_for_a_placement_is_counted_together(course: str, steps: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Quick sweeps, beams, prices and branches share one allowance, which no more than the last forest exceeds."""
    problem = LONG[course]
    made: list[Meter] = []

    def meter(*limits: int, **more: object) -> Meter:
        made.append(Meter(*limits, **more))  # type: ignore[arg-type]
        return made[-1]

    monkeypatch.setattr(optimum, "Meter", meter)
    network = Compiler(problem).network({})
    assert network is not None
    bound = plain(network)
    assert bound is not None
    found = place(problem, effort=Effort(steps=steps))
    assert found is not None
    assert (found.proven, found.ended) == (False, "work")
    assert len(made) == 1
    assert steps <= made[0].spent <= steps + 2 * work(network, bound.relaxation.parents)


@pytest.mark.parametrize("visits", [12, 20])
def test_what_a_label_asks_of_visits_still_to_come_is_counted(visits: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where many visits wait at once for days of their own, a step is no more than it is elsewhere."""
    asked = 0
    beyond = Row.beyond

    def counted(row: Row, day: int) -> int:
        nonlocal asked
        asked += 1
        return beyond(row, day)

    monkeypatch.setattr(Row, "beyond", counted)
    assert place(waiting_course(visits), effort=Effort(steps=100_000)) is not None
    assert 200_000 < asked < ROWS_A_STEP * 100_000


def test_days_that_are_listed_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where visits may stand on hundreds of days, to list these with their costs takes steps as well."""
    made: list[RowCosts] = []
    begin = RowCosts.__init__

    def noted(rows: RowCosts, network: Network, relaxation: Relaxation) -> None:
        begin(rows, network, relaxation)
        made.append(rows)

    monkeypatch.setattr(RowCosts, "__init__", noted)
    assert place(wide_course(4), effort=Effort(steps=50_000)) is not None
    assert 50_000 < sum(rows.listed for rows in made) < LISTED_A_STEP * 50_000


def test_the_room_of_a_block_depends_on_where_its_blocks_begin() -> None:
    """What stands already takes room in the block that holds its day, wherever blocks are counted from, asked twice."""
    blocks = Blocks(every=7, most=3)
    cap = NetworkCap(blocks, visits=(0, 1), held=(3, 8, 9), anchor=0, day=0)
    for anchor in (0, 2, 5, 0, 2, 5):
        for block in range(-1, 3):
            inside = sum((day - anchor) // 7 == block for day in cap.held)
            assert cap.room(anchor, block) == 3 - inside


def test_what_a_sweep_has_proven_is_not_taken_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where later sweeps are cut short sooner than the first one, what that one has proven stays the bound."""
    compiler = Compiler(wide_course(4))
    network = compiler.network({})
    assert network is not None
    found = place(compiler.problem, effort=Effort(steps=2_000, labels=500))
    assert found is not None
    days = tuple(found.days[visit.id] for visit in compiler.visits)
    known = Found(network.cost(days), days)

    def cut_short(_: Search, bound: LagrangianBound, __: Ask, steps: int | None = None) -> Swept:
        return Swept(None, bound.relaxation.cost if steps is None else known.cost - 1, False)

    monkeypatch.setattr(search, "MOST_BEGUN", 0)
    monkeypatch.setattr(Search, "_swept", cut_short)
    answer = Search(network, Meter(30_000, 500)).settle(known)
    assert answer == SearchAnswer(days, known.cost - 1, proven=False)


def waiting_course(visits: int) -> Problem:
    """Return a course whose visits all count from its start, three in two weeks at most, each on a day of its own."""
    names = tuple(f"integration-{number}" for number in range(1, visits + 1))
    days = tuple(OpenDay(day) for day in range(100) if day % 7 in {0, 3})
    return Problem(
        origin=date(2027, 1, 4),
        horizon=120,
        visits=tuple(ProblemVisit(id=name, tier="course", days=days) for name in names),
        timing=tuple(
            ProblemTiming(rule=name, visit=name, after=0, min=0, target=(wish, wish + 1), max=90, weight=4)
            for name, wish in zip(names, cycle(range(5)), strict=False)
        ),
        limits=(
            ProblemLimit(rule="day", type="distinct_days", visits=names),
            ProblemLimit(rule="cap", type="cap", visits=names, anchor=0, every=14, max=3),
        ),
        objective=NEW_PLAN,
    )


@pytest.mark.parametrize("setting", ["looks", "deadline"])
def test_a_course_that_cannot_be_decided_says_so(setting: str) -> None:
    """Where neither days nor a proof that there are none are found in so much work, or time, nothing is claimed."""
    problem = crowded_course(15)
    assert place(problem) is None
    effort = Effort(steps=1_000, looks=10) if setting == "looks" else replace(DEFAULT, deadline=Deadline(lambda: True))
    with pytest.raises(UndecidedError) as ended:
        place(problem, effort=effort)
    assert ended.value.out_of_time == (setting == "deadline")
    assert ended.value.hint is not None


@pytest.mark.parametrize("seed", [17, 18, 36, 54])
def test_starts_that_cannot_be_decided_are_left_out(seed: int) -> None:
    """What little work does not tell of a day leaves the others as they are; only of none at all it is an error."""
    problem = crowded_course(seed)
    open_days = {start.day for start in rank(problem, 30)}
    untold: set[int] = set()
    try:
        told = {start.day for start in rank(problem, 30, Effort(steps=300, looks=5), untold=untold)}
    except UndecidedError:
        told = set()
    assert told < open_days
    assert open_days - told <= untold
    assert not told & untold


@pytest.mark.parametrize("seed", [18, 54])
def test_a_start_that_is_not_proven_says_how_much_better_one_may_be(seed: int) -> None:
    """What little work finds of a day is no better than the best course of it, which is no better than its bound."""
    problem = crowded_course(seed)
    best = {start.day: start for start in rank(problem, 30)}
    hurried = rank(problem, 30, Effort(steps=3_000, looks=50))
    assert {start.day for start in hurried} == best.keys()
    assert any(not start.proven for start in hurried)
    for start in hurried:
        assert start.least <= best[start.day].compared <= start.compared
        assert not start.proven or start == best[start.day]


def test_starts_of_which_nothing_is_told_are_not_said_to_be_impossible() -> None:
    """Where the work tells of no day whether a course can begin on it, no answer claims that none can."""
    with pytest.raises(UndecidedError):
        rank(crowded_course(15), 30, Effort(steps=300, looks=5))
