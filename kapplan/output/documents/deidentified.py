"""A plan for research, without what tells whose it is.

What stays are intervals and numbers: visits by kind and status, scores, the protocol, an age in years (90 and above
together). The id is random and new each time, all days are moved by one random span that nobody keeps, and no text that
somebody wrote is in it. This lowers the risk; who joins it with other data may still find a person in a small clinic.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from kapplan.model.plan import Plan, PlannedVisit
from kapplan.output.records.plain_data import plain, told

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
        "protocol": told(plan.protocol, ("id", "version", "route")),
        "visits": [_visit(visit, moved) for visit in plan.visits],
        "scores": [told(one, ("on", "measure", "value"), on=plain(one.on + moved)) for one in plan.scores],
    }


def _age(plan: Plan, born: date | None) -> str | None:
    """Return the age at the first visit in whole years, the oldest together; ``None`` where it is not known."""
    if born is None or not plan.visits:
        return None
    first = min(visit.day for visit in plan.visits)
    years = first.year - born.year - ((first.month, first.day) < (born.month, born.day))
    return f"{OLDEST} or more" if years >= OLDEST else str(years)


def _visit(visit: PlannedVisit, moved: timedelta) -> dict[str, Any]:
    held = None if visit.actual is None else plain(visit.actual.date() + moved)
    keys = ("kind", "number", "status", "provisional", "planned", "held", "deviation_days")
    return told(visit, keys, planned=plain(visit.start.date() + moved), held=held)
