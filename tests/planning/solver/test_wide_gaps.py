"""Courses too loose to prove: the search says so within its limits, whatever it would take to be sure."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.wide_gaps import wide_course

from kapplan.planning.problem.objective import evaluate
from kapplan.planning.solver import optimum, proof, search
from kapplan.planning.solver.label_setting import Found, Meter, Sweep
from kapplan.planning.solver.optimum import Effort, place
from kapplan.planning.solver.search import Branch, Search

SMALL = Effort(steps=2_000, labels=500)
MOST = 1_000_000
"""The steps that one search may take by default: little is allowed here, and the rest is to work through all days."""


@pytest.fixture
def meters(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Meter]]:
    """Return the meters of all searches that are begun."""
    made: list[Meter] = []

    def meter(*limits: int, **more: object) -> Meter:
        made.append(Meter(*limits, **more))  # type: ignore[arg-type]
        return made[-1]

    for module in (optimum, search, proof):
        monkeypatch.setattr(module, "Meter", meter)
    return iter([made])


@pytest.mark.parametrize("visits", [6, 12])
def test_phases_of_one_visit_far_apart_end_within_steps_and_memory(
    visits: int, meters: Iterator[list[Meter]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With gaps of up to 400 days and rules that pull apart: the best found, the bound, and what ended the search.

    However many days there are, no more labels are kept than are allowed, and of the thousands of days of one visit
    none gets a forest of its own, which took gigabytes.
    """
    kept = 0
    expand = Sweep._expand

    def watched(sweep: Sweep, label: object) -> None:
        nonlocal kept
        expand(sweep, label)  # type: ignore[arg-type]
        kept = max(kept, sweep.kept)

    def refuse(*_: object) -> list[Branch]:
        raise AssertionError("a day was given a forest of its own")

    monkeypatch.setattr(Sweep, "_expand", watched)
    monkeypatch.setattr(Search, "_branches", refuse)
    problem = wide_course(visits)
    found = place(problem, effort=SMALL)
    assert found is not None
    assert (found.proven, found.ended) == (False, "work")
    assert evaluate(problem, found.days) == found.objective
    assert found.bound["deviation"] <= found.objective["deviation"]
    assert sum(meter.spent for meter in next(meters)) <= MOST
    assert kept <= 2 * SMALL.labels


def test_the_same_without_rules_that_pull_apart_is_proven(meters: Iterator[list[Meter]]) -> None:
    """Gaps of 400 days alone narrow the search: the best course is found, and in no time."""
    found = place(wide_course(12, crossed=False))
    assert found is not None
    assert found.proven
    assert sum(meter.spent for meter in next(meters)) <= MOST


@pytest.mark.parametrize("rounds", [0, 3])
def test_prices_heed_the_clock(rounds: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a deadline passes while prices rise no round more is begun."""
    from kapplan.planning.problem.deadline import Deadline
    from kapplan.planning.solver import lower_bound, prices
    from kapplan.planning.solver.compile import Compiler

    network = Compiler(wide_course(4)).network({})
    assert network is not None
    bound = prices.plain(network)
    assert bound is not None
    looked = 0

    def over() -> bool:
        nonlocal looked
        looked += 1
        return looked > rounds

    relaxed = 0
    relax = lower_bound.relax

    def counted(*arguments: object) -> object:
        nonlocal relaxed
        relaxed += 1
        return relax(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(prices, "relax", counted)
    search = Search(network, Meter(10**9, 10**6, deadline=Deadline(over)))
    search._raised(bound, Found(10**12, ()), rounds=10)
    assert relaxed <= rounds + 1
