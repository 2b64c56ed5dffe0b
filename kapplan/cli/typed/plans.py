"""Plans as people name them, and the list to pick from where none is named."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kapplan.cli.session.book import book_for
from kapplan.cli.session.environment import Edge
from kapplan.cli.session.options import LeftOut
from kapplan.cli.typed.questions import chosen
from kapplan.errors import UsageError
from kapplan.planning.phrases.words import day_words, visit_words

if TYPE_CHECKING:
    from kapplan.model.bookings import BookedPlan, BookedVisit


def complete_plan(incomplete: str) -> list[str]:
    """Return the plans in the current folder whose names begin so, for the shell."""
    return sorted(path.name for path in Path().glob("*.plan.toml") if path.name.startswith(incomplete))


def asked_plan(edge: Edge, _: Mapping[str, Any]) -> str:
    """Ask which of the plans here is meant, the one whose visit is due next before the others; return its name."""
    plans = sorted(book_for(edge, None, Path(), Path()).listed(), key=_due)
    if not plans:
        raise UsageError("there are no plans here", hint="name a plan's file, or the clinic's book with --book")
    place = chosen(edge, "Whose plan?", [_told(plan) for plan in plans])
    return plans[place or 0].name


def _next(plan: BookedPlan) -> BookedVisit | None:
    return min((visit for visit in plan.visits if visit.open), key=lambda visit: visit.begins, default=None)


def _due(plan: BookedPlan) -> tuple[bool, int, str]:
    """Return what orders plans by their oldest visit of which nothing is recorded; what has none comes last."""
    visit = _next(plan)
    return visit is None, 0 if visit is None else visit.begins, plan.name


def _told(plan: BookedPlan) -> str:
    """Return a plan in a line to pick from: the patient, and what is next."""
    from kapplan.planning.availability.timezones import zone

    visit = _next(plan)
    if visit is None:
        return f"{plan.name}  nothing ahead"
    start = datetime.fromtimestamp(visit.begins, zone(plan.timezone))
    return f"{plan.name}  {visit_words(visit.id)}, {day_words(start.date())} {start:%H:%M}"


PlanArgument = Annotated[
    str,
    typer.Argument(
        metavar="PLAN",
        help="A plan's file, - , a patient, or the start of either; asked for where it is left out.",
        autocompletion=complete_plan,
    ),
    LeftOut(asked_plan),
]
