"""``kapplan suggest``: all protocols for a patient, in the order in which a clinician should read them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kapplan.cli.casework.case import read_case
from kapplan.cli.casework.course import busy_in_book
from kapplan.cli.session.audit import log_access
from kapplan.cli.session.environment import Edge
from kapplan.cli.session.options import command
from kapplan.cli.session.views import ShowFormat, show_listed
from kapplan.cli.typed.days import day_ahead
from kapplan.cli.typed.profiles import ProfileArgument


@command("suggest")
def suggest(
    edge: Edge,
    profile: ProfileArgument,
    *,
    form: Annotated[ShowFormat | None, typer.Option("--format", help="How to print it.")] = None,
    start: Annotated[str | None, typer.Option(metavar="DATE", help="No visit before this day.")] = None,
    clinic: Annotated[Path | None, typer.Option(help="Another clinic file than the profile's.")] = None,
) -> None:
    """Compare all protocols for a patient: who may have them, what speaks for and against, what they take.

    A clinician chooses. Example: kapplan suggest examples/river.toml
    """
    import kapplan
    from kapplan.output.library.suggest import SuggestView, suggest_records, unplaced_note

    case = read_case(profile, clinic=clinic, start=None if start is None else day_ahead(edge, start, edge.day()))
    edge.note_problems(case.warnings)
    patient = case.profile.patient.id
    log_access(edge, patient)
    now = edge.now(case.zone)
    protocols = {protocol.id: protocol for protocol in (case.protocol, *kapplan.read_library())}
    busy = busy_in_book(edge, case)
    found = kapplan.suggest(case.profile, protocols.values(), case.clinic, rules=case.rules, busy=busy, now=now)
    show_listed(
        edge,
        form,
        lambda: SuggestView(found, patient),
        lambda: suggest_records(found, patient=patient),
    )
    note = unplaced_note(found, profile)
    if note is not None:
        edge.note(note)
