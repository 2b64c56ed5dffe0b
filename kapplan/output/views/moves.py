"""The days on which a visit could be, each with what it would pull along."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kapplan.model.plan import PlannedVisit
from kapplan.output.records.records import Cell, Column, Records
from kapplan.output.records.words import count
from kapplan.planning.phrases.words import day_words, days_words, visit_words

if TYPE_CHECKING:
    from rich.console import RenderableType

    from kapplan.planning.journal.diff import Move
    from kapplan.planning.replan.alternatives import DayVerdict, PossibleDay


def moves_records(visit: PlannedVisit, days: Sequence[PossibleDay], patient: str, name: str) -> Records:
    """Return one record a day: its time, how far it is from where the visit stands, what else would move.

    ``name`` is the plan as it is typed.
    """
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
            possible.off.in_all,
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
        after=("Off target: the days of all open visits.", f"To move it: kapplan move {name} {visit.id} DATE"),
    )


def moves_words(moves: Sequence[Move]) -> str:
    """Return moves in a line: ``dose 2 and 14 visits after it: 7 days later``, or the least and most days."""
    ordered = sorted(moves, key=lambda move: move.from_)
    who = f"{visit_words(ordered[0].visit)} and {count(len(ordered) - 1, 'visit')} after it"
    least, most = min(move.days for move in moves), max(move.days for move in moves)
    if least == most:
        return f"{who}: {days_words(abs(most))} {'later' if most > 0 else 'earlier'}"
    return f"{who}: {least:+d} to {most:+d} days"


def verdict_view(verdict: DayVerdict, patient: str) -> RenderableType:
    """Return whether a visit could be on a day, as people read it."""
    from rich.console import Group
    from rich.text import Text

    from kapplan.output.course.heading import item
    from kapplan.output.terminal import styles
    from kapplan.output.terminal.trimmed import Trimmed

    records = verdict_records(verdict, patient)
    lines: list[RenderableType] = [Text(records.heading or "", style=styles.HEADING)]
    refused = verdict.refused
    if refused is None:
        return Trimmed(Group(*lines, *(Text(f"{row[3]}.") for row in records.rows)))
    for one in refused.obstacles:
        origin = "; ".join(part for part in (one.rule, one.source) if part)
        lines.append(item("-", Text.assemble(one.text, (f" [{origin}]" if origin else "", styles.QUIET))))
    if refused.nearest:
        lines.append(Text(f"Days near it that work: {', '.join(map(day_words, refused.nearest))}"))
    return Trimmed(Group(*lines))


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
