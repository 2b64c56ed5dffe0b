"""The days on which a visit could be, each with what it would pull along."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kapplan.model.plan import PlannedVisit
from kapplan.output.records.records import Cell, Column, Records
from kapplan.planning.phrases.words import day_words, visit_words

if TYPE_CHECKING:
    from kapplan.planning.replan.alternatives import DayVerdict, PossibleDay


def moves_records(visit: PlannedVisit, days: Sequence[PossibleDay], patient: str) -> Records:
    """Return one record a day: its time, how far it is from where the visit stands, what else would move."""
    columns = (
        Column(key="start", title="Start", style="bold"),
        Column(key="days", title="Days"),
        Column(key="off_target", title="Off target"),
        Column(key="pulls", title="Pulls along"),
    )
    rows = tuple(
        (
            possible.start,
            (possible.start.date() - visit.start.date()).days,
            possible.objective.deviation + possible.objective.follow_up_deviation,
            tuple(f"{visit_words(pulled.visit)} {pulled.days:+d} d" for pulled in possible.pulled),
        )
        for possible in days
    )
    return Records(
        columns=columns,
        rows=rows,
        schema="kapplan.moves/1",
        name="days",
        title=f"{visit_words(visit.id)} stands on {day_words(visit.start.date())}; it could be on",
        patient=patient,
        after=("Off target: what the whole course would then weigh. kapplan move PLAN VISIT DATE moves it.",),
    )


def verdict_records(verdict: DayVerdict, patient: str) -> Records:
    """Return whether a visit could be on a day: one record for what would move along, or for each thing in its way."""
    keys = ("visit", "day", "possible", "text", "rule", "source")
    visit, day, refused = verdict.asked.visit, verdict.asked.day, verdict.refused
    if refused is None:
        along = [f"{visit_words(one.visit)} {one.days:+d} d" for one in verdict.pulled]
        text = f"It could: {', '.join(along)} would move along" if along else "It could, and nothing else would move"
        rows: tuple[tuple[Cell, ...], ...] = ((visit, day, True, text, None, None),)
    else:
        near = ", ".join(day_words(one) for one in refused.nearest)
        found: list[tuple[str, str | None, str | None]]
        found = [(one.text, one.rule, one.source) for one in refused.obstacles]
        found += [(f"Days near it that work: {near}", None, None)] if near else []
        rows = tuple((visit, day, False, *each) for each in found)
    answer = "could be" if refused is None else "cannot be"
    return Records(
        columns=tuple(Column(key=key) for key in keys),
        rows=rows,
        schema="kapplan.verdict/1",
        name="reasons",
        title=f"{visit_words(visit)} {answer} on {day_words(day)}",
        patient=patient,
    )
