"""A plan's visits as records, for plain text, CSV and Markdown."""

from __future__ import annotations

from kapplan.dates import treatment_week
from kapplan.model.plan import Plan, PlannedVisit
from kapplan.output.records.numbers import off_target_words
from kapplan.output.records.records import Cell, Column, Records, cells
from kapplan.output.records.words import minutes_of
from kapplan.planning.phrases.words import weekday_words

_COLUMNS = tuple(
    Column(key=key)
    for key in (
        "id", "kind", "start", "end", "weekday", "week", "minutes", "status", "provisional", "phase", "place", "room",
        "staff", "measures", "deviation_days", "earliest", "latest", "slack_earlier", "slack_later", "off_target",
        "awaits", "actual",
    )
)  # fmt: skip


def plan_records(plan: Plan) -> Records:
    """Return one record a visit, in the plan's order, with the columns that ``plain`` documents."""
    safety = tuple(finding.text for finding in plan.findings if finding.safety)
    rows = tuple(_row(plan, visit) for visit in plan.visits)
    return Records(columns=_COLUMNS, rows=rows, name="visits", patient=plan.patient, safety=safety)


def _row(plan: Plan, visit: PlannedVisit) -> tuple[Cell, ...]:
    dose = plan.first_dose
    return cells(
        _COLUMNS,
        visit,
        start=visit.start if visit.timed else visit.start.date(),
        end=visit.end if visit.timed else None,
        weekday=weekday_words(visit.start.date()),
        week=None if dose is None else treatment_week(dose, visit.day),
        minutes=minutes_of(visit) if visit.timed else None,
        off_target=off_target_words(plan, visit),
    )
