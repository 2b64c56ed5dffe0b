"""The placement problem as JSON: exactly the shape of ``kapplan.problem/2``."""

from __future__ import annotations

import json
from datetime import date

from support.random_problems import small_problem

from kapplan.output.documents.problem_json import problem_document
from kapplan.planning.problem.problem import OpenDay, Problem, ProblemLimit, ProblemTiming, ProblemVisit

EXAMPLE = Problem(
    origin=date(2027, 1, 4),
    horizon=400,
    visits=(
        ProblemVisit(id="dosing-1", tier="course", announced=17, days=(OpenDay(17), OpenDay(20, 1, 24, 1))),
        ProblemVisit(id="check-in-3", tier="follow-up", provisional=True, days=(OpenDay(100),)),
        ProblemVisit(id="screening-1", tier="course", fixed=-3, confirmed=True),
    ),
    timing=(
        ProblemTiming(rule="gap", visit="dosing-1", after="screening-1", min=2, target=(3, 4), weight=8),
        ProblemTiming(
            rule="monthly", visit="check-in-3", after="dosing-1", months=3, min=-7, target=(-3, 3), max=7, weight=1
        ),
        ProblemTiming(rule="start", role="start", visit="dosing-1", after=0, min=0, target=(0, 0), max=14, weight=8),
        ProblemTiming(rule="order", visit="check-in-3", after="dosing-1", min=1),
    ),
    limits=(
        ProblemLimit(rule="weekly", type="cap", visits=("dosing-1", "check-in-3"), anchor="dosing-1", every=7, max=2),
        ProblemLimit(rule="blocks", type="cap", visits=("dosing-1",), anchor=0, every=14, max=0, from_=0, until=30),
        ProblemLimit(rule="insurer", type="cap", visits=("dosing-1",), max=12, from_=0, until=90),
        ProblemLimit(rule="days", type="distinct_days", visits=("dosing-1", "check-in-3")),
        ProblemLimit(rule="slots", type="not_together", visits=("dosing-1", "check-in-3"), days=(17, 18)),
    ),
)

EXAMPLE_TEXT = """\
{"schema": "kapplan.problem/2", "origin": "2027-01-04", "horizon": 400, "visits": [
{"id": "dosing-1", "tier": "course", "provisional": false, "fixed": null, "announced": 17, "confirmed": false,
"days": [[17, 0, 0, 0], [20, 1, 24, 1]]},
{"id": "check-in-3", "tier": "follow-up", "provisional": true, "fixed": null, "announced": null, "confirmed": false,
"days": [[100, 0, 0, 0]]},
{"id": "screening-1", "tier": "course", "provisional": false, "fixed": -3, "announced": null, "confirmed": true,
"days": []}], "timing": [
{"rule": "gap", "visit": "dosing-1", "after": "screening-1", "min": 2, "target": [3, 4], "max": null, "weight": 8},
{"rule": "monthly", "visit": "check-in-3", "after": "dosing-1", "months": 3, "min": -7, "target": [-3, 3], "max": 7,
"weight": 1},
{"rule": "start", "visit": "dosing-1", "after": {"day": 0}, "min": 0, "target": [0, 0], "max": 14, "weight": 8},
{"rule": "order", "visit": "check-in-3", "after": "dosing-1", "min": 1, "target": null, "max": null, "weight": 0}\
], "limits": [
{"rule": "weekly", "type": "cap", "visits": ["dosing-1", "check-in-3"], "anchor": "dosing-1", "every": 7, "max": 2},
{"rule": "blocks", "type": "cap", "visits": ["dosing-1"], "anchor": {"day": 0}, "every": 14, "max": 0, "from": 0,
"until": 30},
{"rule": "insurer", "type": "cap", "visits": ["dosing-1"], "max": 12, "from": 0, "until": 90},
{"rule": "days", "type": "distinct_days", "visits": ["dosing-1", "check-in-3"]},
{"rule": "slots", "type": "not_together", "visits": ["dosing-1", "check-in-3"], "days": [17, 18]}],
"objective": ["deviation", "follow_up_deviation", "preference", "sooner", "ties"]}"""


def test_document_has_the_published_shape() -> None:
    """Every kind of visit, rule and limit is written with the keys of the format, in their order, and no other."""
    assert json.dumps(problem_document(EXAMPLE)) == EXAMPLE_TEXT.replace(",\n", ", ").replace("\n", "")


def test_different_problems_have_different_documents() -> None:
    """Nothing that tells two problems apart is lost on the way to JSON."""
    problems = [small_problem(seed) for seed in range(300)]
    texts = {json.dumps(problem_document(problem)) for problem in problems}
    assert len(texts) == len(set(problems))


def test_the_same_problem_always_has_the_same_bytes() -> None:
    """The document of a problem made twice is the same text."""
    for seed in range(50):
        assert json.dumps(problem_document(small_problem(seed))) == json.dumps(problem_document(small_problem(seed)))
