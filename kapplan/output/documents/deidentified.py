"""A plan for research, without what tells whose it is.

What stays are intervals and numbers: visits by kind and status, scores, the protocol, an age in years (90 and above
together). The id is random and new each time, all days are moved by one random span that nobody keeps, and no text that
somebody wrote is in it. This lowers the risk; who joins it with other data may still find a person in a small clinic.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from kapplan.model.plan import Plan, PlannedVisit

SCHEMA = "kapplan.deidentified/1"
OLDEST = 90
"""From this age on all are one group."""
SPAN = 365
"""By up to so many days, either way, all days of a plan are moved."""


def deidentified(plan: Plan, born: date | None, *, own_id: str, moved: timedelta) -> dict[str, Any]:
    """Return a plan's data with every day moved by one span, under an id that says nothing."""
    return {
        "schema": SCHEMA,
        "id": own_id,
        "age": _age(plan, born),
        "protocol": {"id": plan.protocol.id, "version": plan.protocol.version, "route": plan.protocol.route},
        "visits": [_visit(visit, moved) for visit in plan.visits],
        "scores": [
            {"on": (score.on + moved).isoformat(), "measure": score.measure, "value": score.value}
            for score in plan.scores
        ],
    }


def _age(plan: Plan, born: date | None) -> str | None:
    """Return the age at the first visit in whole years, the oldest together; ``None`` where it is not known."""
    if born is None or not plan.visits:
        return None
    first = min(visit.day for visit in plan.visits)
    years = first.year - born.year - ((first.month, first.day) < (born.month, born.day))
    return f"{OLDEST} or more" if years >= OLDEST else str(years)


def _visit(visit: PlannedVisit, moved: timedelta) -> dict[str, Any]:
    return {
        "kind": visit.kind,
        "number": visit.number,
        "status": visit.status,
        "provisional": visit.provisional,
        "planned": (visit.start.date() + moved).isoformat(),
        "held": None if visit.actual is None else (visit.actual.date() + moved).isoformat(),
        "deviation_days": visit.deviation_days,
    }
