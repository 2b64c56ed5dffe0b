"""Live calendars: ``publish`` brings one in step with a plan, ``sync`` reads back what people changed in it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from kapplan.cli.casework.change import Settings, Step, change_stored, changing, options_of, revised
from kapplan.cli.casework.standing import basis_of
from kapplan.cli.session import server
from kapplan.cli.session.alarms import AlarmOption, alarms_of
from kapplan.cli.session.environment import Edge
from kapplan.cli.session.options import command
from kapplan.cli.session.plans import find
from kapplan.cli.session.views import show_records
from kapplan.cli.typed.plans import PlanArgument
from kapplan.dataclass import replace
from kapplan.errors import PartlyFailedError
from kapplan.model.exports import Audience, Detail, Visibility

if TYPE_CHECKING:
    from kapplan.files.plans.store import StoredPlan
    from kapplan.model.exports import PublishResult
    from kapplan.model.plan import Plan
    from kapplan.planning.problem.deadline import Deadline
    from kapplan.planning.review.calendar_proposals import Seen

PENDING = 8
"""Exit code of a dry run that found something to write."""


@command("publish")
def publish(
    edge: Edge,
    plan: PlanArgument,
    *,
    to: Annotated[str, typer.Option(metavar="URL", help="The calendar's CalDAV address, over TLS.")],
    user: server.UserOption = None,
    auth: server.AuthOption = None,
    password_command: server.CommandOption = None,
    ca_file: server.CaOption = None,
    dry_run: Annotated[
        bool, typer.Option("-n", "--dry-run", help="Show what would be written; exit 8 if anything would.")
    ] = False,
    on_conflict: Annotated[
        Literal["stop", "ours", "theirs"],
        typer.Option(help="What to do about a visit that somebody changed in the calendar."),
    ] = "stop",
    prune: Annotated[bool, typer.Option("--prune", help="Remove cancelled visits whose time is past.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Call off most of the appointments at once.")] = False,
    create: Annotated[bool, typer.Option("--create", help="Make the calendar if it is not there.")] = False,
    audience: server.AudienceOption = None,
    detail: Annotated[Detail, typer.Option(help="Neutral words, or everything.")] = "neutral",
    visibility: Annotated[Visibility, typer.Option("--class", help="The entries' CLASS, a hint.")] = "private",
    alarms: AlarmOption = None,
    templates: Annotated[
        Path | None, typer.Option(metavar="DIR", help="The clinic's own catalogues of words (docs/handouts.md).")
    ] = None,
    deadline: server.DeadlineOption = 300,
    form: server.FormatOption = None,
) -> None:
    """Bring a CalDAV calendar in step with a plan: create, update and cancel its visits, touch nothing else.

    What somebody changed in the calendar is shown and left alone. Secrets are never taken from an option or a file.

    Example: kapplan publish river --to https://cal.example/river/ --user clinic --dry-run
    """
    import kapplan
    from kapplan.files.plans.handout_material import words_of
    from kapplan.output.calendar.ics import calendar_objects

    stored = find(edge, plan)
    catalogue = words_of(stored.plan, templates)
    access = server.Access(to, user, password_command, ca_file, deadline, auth)
    with server.reached(edge, access, create=create and not dry_run) as (client, patience):
        from kapplan.files.caldav.publication import PublishRequest, missing_right
        from kapplan.files.caldav.publication import publish as bring

        ledger = server.ledger_of(stored, client.target, user or edge.env.get("KAPPLAN_CALDAV_USER"))
        wanted, warnings = calendar_objects(
            stored.plan, audience=server.audience_of(audience, ledger), detail=detail, visibility=visibility,
            alarms=alarms_of(alarms), measures=kapplan.read_measures().names, catalogue=catalogue,
        )  # fmt: skip
        for warning in warnings:
            edge.note(f"Note: {warning}")
        asked = PublishRequest(
            collection=client.target.path, now=edge.now_in(stored.plan.timezone), on_conflict=on_conflict,
            prune=prune, force=force, dry_run=dry_run,
        )  # fmt: skip
        results = bring(client, wanted, ledger, asked, patience)
        lacking = missing_right(results, client.rights)
    _tell(edge, stored, results, access, form, dry_run=dry_run)
    _settle(results, lacking)


def _tell(
    edge: Edge,
    stored: StoredPlan,
    results: tuple[PublishResult, ...],
    access: server.Access,
    form: str | None,
    *,
    dry_run: bool,
) -> None:
    """Print what became of each visit."""
    from kapplan.files.caldav.target import target_of
    from kapplan.output.views.publish import publish_records

    shown = edge.format(form)
    host = target_of(access.address).host
    everything = shown not in {"table", "md"}
    records = publish_records(results, stored.plan, host=host, dry_run=dry_run, everything=everything)
    show_records(edge, records, form)
    if shown not in {"table", "json"}:
        for line in records.after:
            edge.note(line)


def _settle(results: tuple[PublishResult, ...], lacking: str) -> None:
    """End with an exit code of its own where something is left to be done, or could not be done at all."""
    from kapplan.output.records.words import count
    from kapplan.output.views.publish import outcome_counts

    counts = outcome_counts(results)
    if counts["pending"] and lacking:
        raise PartlyFailedError(
            f"the server says that you may not {lacking} in this calendar",
            hint="give the address of a calendar that is yours, or ask its owner to let you write to it",
        )
    if counts["stopped"] or counts["failed"]:
        apart = counts["stopped"] + counts["failed"]
        raise PartlyFailedError(f"not in step: {apart} of {count(len(results), 'visit')}")
    if counts["pending"]:
        raise typer.Exit(PENDING)


@changing("sync")
def sync(
    edge: Edge,
    settings: Settings,
    plan: PlanArgument,
    *,
    source: Annotated[str, typer.Option("--from", metavar="URL", help="The calendar's CalDAV address, over TLS.")],
    user: server.UserOption = None,
    auth: server.AuthOption = None,
    password_command: server.CommandOption = None,
    ca_file: server.CaOption = None,
    audience: server.AudienceOption = None,
    force: Annotated[bool, typer.Option("--force", help="Propose it even if most appointments are gone.")] = False,
    deadline: server.DeadlineOption = 300,
) -> None:
    """See what people did in a calendar: visits moved or removed, days closed; each becomes a proposal of the plan.

    Nothing is moved until somebody accepts it, and nothing is written to the calendar.

    Example: kapplan sync river --from https://cal.example/river/ --user clinic
    """
    from kapplan.output.views.change import PlanChange

    until = edge.deadline(deadline)
    stored = find(edge, plan)
    access = server.Access(source, user, password_command, ca_file, deadline, auth)
    results, seen = _read_back(edge, stored, access, audience, force=force)

    def proposed(current: Plan, now: datetime) -> Step:
        from kapplan.planning.review.calendar_proposals import with_seen

        return Step(with_seen(current, seen, now.date()), "changes in the calendar read back", replan=False)

    def tell(done: PlanChange) -> None:
        from kapplan.files.caldav.target import target_of
        from kapplan.output.views.sync import sync_records

        told = _consequences(edge, settings, stored, done.after, until)
        records = sync_records(done.after, told, results, host=target_of(source).host, dry_run=settings.dry_run)
        show_records(edge, records, settings.form)
        if edge.format(settings.form) not in {"table", "json"}:
            for line in records.after:
                edge.note(line)

    now = edge.now_in(stored.plan.timezone)
    if proposed(stored.plan, now).plan == stored.plan:
        from kapplan.planning.replan.request import Revision

        tell(PlanChange(before=stored.plan, after=stored.plan, revision=Revision(plan=stored.plan)))
    else:
        change_stored(edge, settings, stored, "sync", proposed, tell=tell)


def _read_back(
    edge: Edge, stored: StoredPlan, access: server.Access, audience: Audience | None, *, force: bool
) -> tuple[tuple[PublishResult, ...], tuple[Seen, ...]]:
    """Return what somebody changed of a plan's visits, and all that the plan can take over, closed days with it."""
    from kapplan.files.caldav.calendar_changes import changed_visits, closures, seen_in
    from kapplan.files.caldav.publication import PublishRequest
    from kapplan.output.calendar.ics import calendar_objects
    from kapplan.planning.availability.timezones import zone
    from kapplan.planning.journal.calendar_identity import calendar_uids

    here = zone(stored.plan.timezone)
    now = edge.now(here)
    with server.reached(edge, access) as (client, patience):
        ledger = server.ledger_of(stored, client.target)
        wanted, _ = calendar_objects(stored.plan, audience=server.audience_of(audience, ledger))
        request = PublishRequest(collection=client.target.path, now=now, force=force)
        results = changed_visits(client, wanted, ledger, patience, request)
        seen = seen_in(results, wanted, here)
        ahead = [visit.start.date() for visit in stored.plan.visits if visit.open]
        if ahead and max(ahead) >= now.date():
            days = now.date(), max(ahead)
            seen = (*seen, *closures(client, calendar_uids(stored.plan), days, here, patience))
    return results, seen


def _consequences(
    edge: Edge, settings: Settings, stored: StoredPlan, plan: Plan, until: Deadline | None
) -> dict[int, str]:
    """Return what accepting each open proposal of the calendar would do, by its number, found until a deadline."""
    from kapplan.cli.casework.absences import as_wished
    from kapplan.output.views.sync import calendar_proposals, consequence_words
    from kapplan.planning.journal.diff import difference
    from kapplan.planning.review.accept import accept

    now = edge.now_in(plan.timezone)
    options = replace(options_of(settings, now, edge.author(settings.by)), deadline=until)
    told = {}
    for proposal in calendar_proposals(plan):
        done = accept(plan, proposal.number, basis_of(stored, plan), now.date())
        step = as_wished(Step(done.plan, done.text), proposal.effect)
        revision = revised(edge, stored, step, now, options, records=True)
        told[proposal.number] = consequence_words(proposal, revision, difference(plan, revision.plan))
    return told
