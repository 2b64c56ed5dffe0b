"""``kapplan starts``: days to begin on, ranked by the whole course."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import Annotated

import typer

from kapplan.cli.casework.case import read_case
from kapplan.cli.casework.course import busy_in_book
from kapplan.cli.casework.screening import screened
from kapplan.cli.session.audit import log_access
from kapplan.cli.session.environment import Edge
from kapplan.cli.session.options import command, days_of
from kapplan.cli.session.views import ShowFormat, show_records
from kapplan.cli.typed.days import day_ahead
from kapplan.cli.typed.profiles import ProfileArgument
from kapplan.dataclass import replace
from kapplan.errors import NoScheduleError


@command("starts")
def starts(
    edge: Edge,
    profile: ProfileArgument,
    *,
    within: Annotated[str, typer.Option(metavar="SPAN", help="How far to look: 60d or 8w.")] = "60d",
    limit: Annotated[int, typer.Option("-n", "--limit", min=1, help="How many to list.")] = 10,
    form: Annotated[ShowFormat | None, typer.Option("--format", help="How to print it.")] = None,
    start: Annotated[str | None, typer.Option(metavar="DATE", help="Look from this day on.")] = None,
    protocol: Annotated[str | None, typer.Option(help="Another protocol than the profile's.")] = None,
    clinic: Annotated[Path | None, typer.Option(help="Another clinic file than the profile's.")] = None,
    effort: Annotated[
        int, typer.Option(min=1, help="So many times the usual work may be spent on the best dates from each day.")
    ] = 1,
    deadline: Annotated[
        float | None,
        typer.Option(min=0, metavar="SECONDS", help="End the search by the clock, with what was found until then."),
    ] = None,
) -> None:
    """Rank the days to begin by what the whole course would look like; how long the wait is does not count.

    Example: kapplan starts examples/river.toml --within 60d
    """
    import kapplan
    from kapplan.output.records.words import count, longer_search_words, untold_words
    from kapplan.output.views.starts import starts_records

    days = days_of(within, "--within")
    case = read_case(
        profile, protocol=protocol, clinic=clinic, start=None if start is None else day_ahead(edge, start, edge.day())
    )
    log_access(edge, case.profile.patient.id)
    now = edge.now(case.zone)
    findings = screened(case, now.date())
    tailored = kapplan.tailor(case.profile, case.protocol, case.clinic, today=now.date(), rules=case.rules)
    until = edge.deadline(deadline)
    busy = busy_in_book(edge, case, until)
    demand = kapplan.demand_of(case.profile, tailored.clinic, tailored.regimen, busy, now)
    demand = replace(demand, deadline=until, effort=effort)
    choices, untold = kapplan.rank_starts(demand, days)
    if not choices:
        raise NoScheduleError(
            f"No start within {count(days, 'day')} allows the whole course.",
            hint=f"`kapplan plan {quote(str(profile))}` says which rules clash, and what would help.",
        )
    for notice in demand.notices:
        edge.note(notice)
    if untold:
        edge.note(untold_words(untold, "a course can begin"))
    if (untold or not all(choice.proven for choice in choices)) and not (until is not None and until.over):
        edge.note(longer_search_words(effort))
    if demand.deadline is not None and demand.deadline.over:
        edge.note("The deadline ended the search: other days, or other dates from a day on, may be better.")
    show_records(edge, starts_records(choices[:limit], findings, patient=case.profile.patient.id), form)
