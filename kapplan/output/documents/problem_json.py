"""The placement problem as JSON, ``kapplan.problem/2``: complete, so that anybody can check an answer.

The format is told in ``docs/problem-format.md``.
"""

from __future__ import annotations

from typing import Any

from kapplan.output.records.plain_data import told
from kapplan.planning.problem.problem import Problem, ProblemLimit, ProblemTiming

SCHEMA = "kapplan.problem/2"

_VISIT = ("id", "tier", "provisional", "fixed", "announced", "confirmed", "days")


def problem_document(problem: Problem) -> dict[str, Any]:
    """Return the problem as a JSON object, its keys always in the same order.

    Days are whole numbers counted from ``origin`` (day 0); a rule's anchor is a visit's id or ``{"day": n}``.
    """
    return {
        "schema": SCHEMA,
        "origin": problem.origin.isoformat(),
        "horizon": problem.horizon,
        "visits": [told(visit, _VISIT) for visit in problem.visits],
        "timing": [_timing(rule) for rule in problem.timing],
        "limits": [_limit(limit) for limit in problem.limits],
        "objective": list(problem.objective),
    }


def _timing(rule: ProblemTiming) -> dict[str, Any]:
    months = () if rule.months is None else ("months",)
    secondary = ("secondary",) if rule.secondary else ()
    keys = ("rule", "visit", "after", *months, "min", "target", "max", "weight", *secondary)
    return told(rule, keys, after=_anchor(rule.after))


def _limit(limit: ProblemLimit) -> dict[str, Any]:
    keys = ("rule", "type", "visits", "anchor", "every", "max", "from", "until", "days")
    own = {"anchor": None if limit.anchor is None else _anchor(limit.anchor), "from": limit.from_}
    return {key: value for key, value in told(limit, keys, **own).items() if value is not None}


def _anchor(anchor: str | int) -> str | dict[str, int]:
    return {"day": anchor} if isinstance(anchor, int) else anchor
