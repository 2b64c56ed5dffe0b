"""The placement problem as JSON, ``kapplan.problem/2``: complete, so that anybody can check an answer.

The format is told in ``docs/problem-format.md``.
"""

from __future__ import annotations

from typing import Any

from kapplan.planning.problem.problem import Problem, ProblemLimit, ProblemTiming, ProblemVisit

SCHEMA = "kapplan.problem/2"


def problem_document(problem: Problem) -> dict[str, Any]:
    """Return the problem as a JSON object, its keys always in the same order.

    Days are whole numbers counted from ``origin`` (day 0); a rule's anchor is a visit's id or ``{"day": n}``.
    """
    return {
        "schema": SCHEMA,
        "origin": problem.origin.isoformat(),
        "horizon": problem.horizon,
        "visits": [_visit(visit) for visit in problem.visits],
        "timing": [_timing(rule) for rule in problem.timing],
        "limits": [_limit(limit) for limit in problem.limits],
        "objective": list(problem.objective),
    }


def _visit(visit: ProblemVisit) -> dict[str, Any]:
    return {
        "id": visit.id,
        "tier": visit.tier,
        "provisional": visit.provisional,
        "fixed": visit.fixed,
        "announced": visit.announced,
        "confirmed": visit.confirmed,
        "days": [list(open_day) for open_day in visit.days],
    }


def _timing(rule: ProblemTiming) -> dict[str, Any]:
    months = {} if rule.months is None else {"months": rule.months}
    return {
        "rule": rule.rule,
        "visit": rule.visit,
        "after": _anchor(rule.after),
        **months,
        "min": rule.min,
        "target": None if rule.target is None else list(rule.target),
        "max": rule.max,
        "weight": rule.weight,
        **({"secondary": True} if rule.secondary else {}),
    }


def _limit(limit: ProblemLimit) -> dict[str, Any]:
    named: dict[str, Any] = {"rule": limit.rule, "type": limit.type, "visits": list(limit.visits)}
    bounds = {
        "anchor": None if limit.anchor is None else _anchor(limit.anchor),
        "every": limit.every,
        "max": limit.max,
        "from": limit.from_,
        "until": limit.until,
        "days": None if limit.days is None else list(limit.days),
    }
    return named | {key: value for key, value in bounds.items() if value is not None}


def _anchor(anchor: str | int) -> str | dict[str, int]:
    return {"day": anchor} if isinstance(anchor, int) else anchor
