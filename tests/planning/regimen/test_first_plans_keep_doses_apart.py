"""Doses of a new plan are never too close: between two series of a course the larger of their least gaps holds."""

from __future__ import annotations

from itertools import pairwise

import pytest
from support.builtin_problems import builtin_demand

import kapplan
from kapplan.dates import Weekday
from kapplan.errors import NoScheduleError
from kapplan.model.regimen import Regimen
from kapplan.model.terms import DOSES

WEEKS: tuple[tuple[Weekday, ...], ...] = ((), ("mon", "tue", "wed"), ("mon", "tue", "fri"), ("thu", "fri"))


def least_gaps(regimen: Regimen) -> dict[str, int]:
    """Return the least gap of each dose in its own series: the days that its phase asks for between neighbours."""
    phases = {visit.id: visit.phase for visit in regimen.visits if visit.kind in DOSES}
    gaps: dict[str, int] = {}
    for rule in regimen.timing:
        within = phases.get(rule.visit) is not None and phases.get(rule.visit) == phases.get(rule.after)
        if within and rule.months is None and rule.min is not None and rule.min > 0:
            for dose in (rule.visit, rule.after):
                gaps[dose] = max(gaps.get(dose, 0), rule.min)
    return gaps


@pytest.mark.parametrize("name", kapplan.protocol_ids())
def test_the_larger_gap_holds_between_series(name: str) -> None:
    """Whatever days the patient has, neighbours of two series are as far apart as the slower of the two asks for."""
    placed = 0
    for week in WEEKS:
        demand = builtin_demand(name, weekdays=week)
        try:
            days = kapplan.place(demand).placement.days
        except NoScheduleError:
            continue
        placed += 1
        gaps = least_gaps(demand.regimen)
        doses = sorted((one.id for one in demand.regimen.visits if one.kind in DOSES), key=lambda one: days[one])
        for earlier, later in pairwise(doses):
            least = max(gaps.get(earlier, 1), gaps.get(later, 1))
            assert days[later] - days[earlier] >= least, f"{earlier} and {later} on {week}"
    assert placed
