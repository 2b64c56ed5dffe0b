"""The history of a plan as records: every change, the newest last."""

from __future__ import annotations

from kapplan.model.plan import Plan
from kapplan.output.records.records import Column, Records, cells
from kapplan.output.records.words import count


def log_records(plan: Plan) -> Records:
    """Return one record a revision: number, when in the plan's zone, who, which command, what, why, and whose login."""
    columns = (
        Column(key="revision", title="Rev", style="bold"),
        Column(key="at", title="When"),
        Column(key="by", title="Who"),
        Column(key="command", title="Command"),
        Column(key="text", title="What"),
        Column(key="why", title="Why"),
        Column(key="login", title="Login", brief=any(entry.login for entry in plan.history)),
    )
    zone = plan.created.tzinfo if not plan.visits else plan.visits[0].start.tzinfo
    rows = tuple(cells(columns, entry, at=entry.at.astimezone(zone)) for entry in plan.history)
    return Records(
        columns=columns,
        rows=rows,
        schema="kapplan.log/1",
        name="history",
        title=count(len(rows), "revision"),
        patient=plan.patient,
    )
