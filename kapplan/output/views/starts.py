"""Days to begin on, the best whole course first."""

from __future__ import annotations

from collections.abc import Sequence

from kapplan.model.plan import Finding
from kapplan.output.records.records import Cell, Column, Records, cells
from kapplan.planning.phrases.words import days_words, weekday_words
from kapplan.planning.schedule.starts import StartChoice

_COLUMNS = (
    Column(key="start", title="Start", style="bold"),
    Column(key="weekday", brief=False),
    Column(key="course", title="Course", style="yellow"),
    Column(key="follow_up", title="Follow-up"),
    Column(key="deviation", brief=False),
    Column(key="follow_up_deviation", brief=False),
    Column(key="off_preferred", title="Not preferred", right=True),
    Column(key="holidays", title="Holidays", right=True),
    Column(key="last_dose", title="Last dose"),
    Column(key="last_visit", brief=False),
    Column(key="therapist", brief=False),
    Column(key="days_off", brief=False),
    Column(key="follow_up_days_off", brief=False),
)


def starts_records(
    choices: Sequence[StartChoice], findings: Sequence[Finding] = (), *, patient: str | None = None
) -> Records:
    """Return one record a start: how far the course and its follow-up are off target, what else tells them apart."""
    return Records(
        columns=_COLUMNS,
        rows=tuple(_row(choice) for choice in choices),
        schema="kapplan.starts/1",
        name="starts",
        patient=patient,
        safety=tuple(finding.text for finding in findings if finding.safety),
        after=(
            "Best first, by days off target as their rules weigh them. How long the wait is does not count.",
            "Not preferred: visits on a day or at a time that the patient likes less. Holidays: until the last dose.",
        ),
    )


def _row(choice: StartChoice) -> tuple[Cell, ...]:
    off = choice.off
    return cells(
        _COLUMNS, choice, weekday=weekday_words(choice.start), course=_off_target(off.course),
        follow_up=_off_target(off.follow_up), days_off=off.course, follow_up_days_off=off.follow_up,
    )  # fmt: skip


def _off_target(days: int) -> str:
    return f"{days_words(days)} off" if days else "on target"
