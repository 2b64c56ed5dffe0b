"""Days to begin on, the best whole course first."""

from __future__ import annotations

from collections.abc import Sequence

from kapplan.model.plan import Finding
from kapplan.output.records.records import Cell, Column, Records, cells
from kapplan.output.records.words import count
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
    Column(key="proven", brief=False),
    Column(key="bound", brief=False),
)


def starts_records(
    choices: Sequence[StartChoice], findings: Sequence[Finding] = (), *, patient: str | None = None
) -> Records:
    """Return one record a start: how far the course and its follow-up are off target, what else tells them apart.

    Where a better course may begin on a day, it is said by how much at most.
    """
    nearer = max((choice.deviation - choice.bound for choice in choices if choice.bound is not None), default=None)
    unproven = () if nearer is None else (_unproven_words(nearer),)
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
            *unproven,
        ),
    )


def _row(choice: StartChoice) -> tuple[Cell, ...]:
    off = choice.off
    return cells(
        _COLUMNS, choice, weekday=weekday_words(choice.start),
        course=_off_target(off.course) + ("" if choice.proven else ", not proven"),
        follow_up=_off_target(off.follow_up), days_off=off.course, follow_up_days_off=off.follow_up,
    )  # fmt: skip


def _unproven_words(nearer: int) -> str:
    """Return what it means that a course is not proven to be the best, the furthest being so far from it at most."""
    best = f"at most {count(nearer, 'weighted day')} from the best possible" if nearer else "but for its follow-up"
    return f"Not proven: the search ended before it knew whether a better course begins on that day; {best}."


def _off_target(days: int) -> str:
    return f"{days_words(days)} off" if days else "on target"
