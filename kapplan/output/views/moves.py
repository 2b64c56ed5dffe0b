"""The days on which a visit could be, each with what it would pull along."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kapplan.model.plan import PlannedVisit
from kapplan.output.records.records import Column, Records
from kapplan.planning.phrases.words import day_words, visit_words

if TYPE_CHECKING:
    from kapplan.planning.replan.alternatives import PossibleDay


def moves_records(visit: PlannedVisit, days: Sequence[PossibleDay]) -> Records:
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
        after=("Off target: what the whole course would then weigh. kapplan move PLAN VISIT DATE moves it.",),
    )
