"""What reviews read from recorded scores and doses, counted by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest
from support.plans import sample_plan

from kapplan.files.library.rules import built_in_measures
from kapplan.model.plan import Plan, Score
from kapplan.planning.rules.recorded_scores import days_between_doses, lost_percent, open_doses, worse_points

FAR = date.max - timedelta(days=400)


@pytest.mark.parametrize(
    ("before", "now", "lost"),
    [(20, 10, 50), (27, 9, 66), (20, 20, 0), (20, 25, -25), (1, 0, 100), (0, 0, None), (3, 2, 33)],
)
def test_the_part_of_a_baseline_that_is_lost_is_rounded_down(before: int, now: int, lost: int | None) -> None:
    """So many whole percent of the first score are gone, fewer than none where it rose; of nothing nothing is lost."""
    assert lost_percent(before, now) == lost


def scored(*values: int) -> Plan:
    """Return a plan with scores of the PHQ-9, a day apart."""
    plan = sample_plan()
    first = plan.created.date()
    scores = tuple(Score(on=first + timedelta(days=day), measure="phq9", value=one) for day, one in enumerate(values))
    return replace(plan, scores=scores)


@pytest.mark.parametrize(
    ("values", "worse"), [((10, 14), 4), ((14, 10), 0), ((9, 12, 13), 1), ((10,), None), ((), None)]
)
def test_worse_is_told_from_the_last_two_scores(values: tuple[int, ...], worse: int | None) -> None:
    """A rise counts its points, a fall none; one score alone has nothing to be compared with."""
    assert worse_points(scored(*values), built_in_measures(), "phq9", FAR) == worse


def with_doses(held: int) -> Plan:
    """Return a plan of which the first doses were held on their days, and nothing else."""
    plan, doses = sample_plan(), [visit.id for visit in sample_plan().visits if visit.kind == "dosing"]
    return replace(
        plan,
        visits=tuple(
            replace(visit, status="completed" if visit.id in doses[:held] else "planned") for visit in plan.visits
        ),
    )


def test_the_gap_between_doses_is_that_around_today() -> None:
    """From the last dose held to the next one that stands; before and after the course the first or last of its own."""
    days: list[datetime] = sorted(visit.start for visit in sample_plan().visits if visit.kind == "dosing")
    gaps = [(later.date() - sooner.date()).days for sooner, later in pairwise(days)]
    for held in range(1, len(days)):
        assert days_between_doses(with_doses(held), FAR) == gaps[held - 1]
        assert [visit.start for visit in open_doses(with_doses(held))] == days[held:]
    assert days_between_doses(with_doses(0), FAR) == gaps[-1]
    assert days_between_doses(with_doses(len(days)), FAR) == gaps[-1]
