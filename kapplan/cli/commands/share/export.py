"""``kapplan export``: plans for other programs and other people; a plan is never written to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from kapplan.cli.batch.export_book import export_book, reader_of
from kapplan.cli.casework.standing import seen
from kapplan.cli.session import exports
from kapplan.cli.session.alarms import AlarmOption, alarms_of
from kapplan.cli.session.book import reason_of
from kapplan.cli.session.environment import Edge
from kapplan.cli.session.invitations import write_invitations
from kapplan.cli.session.options import CLUSTER, command
from kapplan.cli.session.plans import find, is_folder, plan_or_folder
from kapplan.cli.session.views import note_safety
from kapplan.cli.typed.plans import complete_plan
from kapplan.dataclass import replace
from kapplan.errors import KapplanError, PartlyFailedError, UsageError
from kapplan.model.exports import Detail, ExportRequest, PlanTable, Visibility
from kapplan.output.formats import FORMATS

if TYPE_CHECKING:
    from kapplan.files.plans.store import StoredPlan
    from kapplan.model.plan import Plan


@command("export")
def export(
    edge: Edge,
    plans: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PLAN...]",
            help="Plans to export, or folders of them; for the clinic the whole book without any.",
            autocompletion=complete_plan,
        ),
    ] = None,
    *,
    asked: Annotated[
        exports.ExportFormat | None, typer.Option("--format", help="What to write; else by the ending of -o, else ics.")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            metavar="PATH",
            parser=exports.output_path,
            help="Where to, a file or a folder (it ends in / or is there); standard output without it.",
        ),
    ] = None,
    readers: Annotated[
        str | None,
        typer.Option("--for", metavar="READER", help="Who will read it: patient, clinic, or staff:ID, room:ID alone."),
    ] = None,
    detail: Annotated[
        Detail | None, typer.Option(help="Neutral words, or everything: kind of visit, measures, name.")
    ] = None,
    visibility: Annotated[
        Visibility, typer.Option("--class", help="The entries' CLASS, a hint to calendars.")
    ] = "private",
    method: Annotated[Literal["publish"] | None, typer.Option(help="Write a METHOD, for mail.")] = None,
    organizer: Annotated[
        str | None, typer.Option(help="E-mail address of the organizer, with --method publish.")
    ] = None,
    tasks: Annotated[bool, typer.Option("--tasks", help="Open tasks too, in a calendar for the clinic.")] = False,
    todos: Annotated[bool, typer.Option("--todos", help="Tasks as to-dos, in a calendar for the clinic.")] = False,
    alarms: AlarmOption = None,
    feed: Annotated[
        bool, typer.Option("--feed", help="A calendar to subscribe to, under a name in -o FOLDER that none can guess.")
    ] = False,
    letter: Annotated[
        bool,
        typer.Option("--letter", help="No handout but a letter: what changed since the patient was told."),
    ] = False,
    what: Annotated[PlanTable, typer.Option(help="Which table of the plan CSV holds.")] = "visits",
    templates: Annotated[
        Path | None, typer.Option(metavar="DIR", help="The clinic's own templates for html (docs/handouts.md).")
    ] = None,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Into a folder: how many to export at a time; else as many as help.")
    ] = None,
    research: Annotated[
        bool, typer.Option("--de-identified", help="For research: JSON without names, texts and true dates.")
    ] = False,
    cluster: CLUSTER = None,
) -> None:
    """Write plans for others: a calendar, a handout (html, pdf), FHIR, JSON, CSV, Markdown; JSON and FHIR hold scores.

    imip writes a mail for each visit that is new, changed or called off since the last time, into -o FOLDER.

    Example: kapplan export river --format html --for patient -o river.html
    """
    if research:
        _deidentified(edge, plans or [], output)
        return
    form = exports.format_of(asked, output) or "ics"
    audience, owner = reader_of(readers or ("patient" if "patient" in FORMATS[form].readers else "clinic"))
    if (tasks or todos) and audience == "patient":
        raise UsageError("tasks are the clinic's: a patient's calendar holds none", hint="--for clinic")
    request = ExportRequest(
        audience=audience, detail=exports.obeyed(form, audience, detail), table=what, visibility=visibility,
        publish=method == "publish", organizer=organizer, tasks=tasks, todos=todos, alarms=alarms_of(alarms),
        feed=feed, owner=owner,
    )  # fmt: skip
    choices = exports.Choices(request=request, templates=templates)
    if owner or not plans:
        export_book(edge, plans or [], form, output, choices)
        return
    plans = [plan_or_folder(edge, plan) for plan in plans]
    if FORMATS[form].mails:
        write_invitations(edge, [find(edge, plan) for plan in _files_of(plans)], output, templates)
        return
    if feed:
        _write_feeds(edge, (find(edge, plan) for plan in _files_of(plans)), output, choices)
        return
    if letter:
        from kapplan.cli.casework.letters import write_letters

        write_letters(edge, [find(edge, plan) for plan in _files_of(plans)], form, output, choices)
        return
    _write(edge, plans, form, output, choices, jobs=jobs, cluster=cluster)


def _write(
    edge: Edge,
    plans: list[str],
    form: str,
    output: Path | None,
    choices: exports.Choices,
    *,
    jobs: int | None,
    cluster: str | None,
) -> None:
    """Write plans into one file, or into a folder a file for each."""
    if any(is_folder(plan) for plan in plans) or (output is not None and (len(plans) > 1 or output.is_dir())):
        from kapplan.cli.batch.export_many import ExportRun, export_many, files_of

        if output is not None and _is_folder_to_be(form, output):
            wish = ExportRun(form=form, folder=output, choices=choices, today=edge.today)
            export_many(edge, plans, wish, jobs=jobs, cluster=cluster)
            return
        plans = files_of(plans)
    failed: list[str] = []
    stored = _readable(edge, plans, failed)
    first = next(stored, None)
    told = FORMATS[form].tells_safety and output is None
    if first is not None:
        read = _read(edge, chain([first], stored), told=told)
        exports.write_export(edge, read, form, output, replace(choices, base=first.base))
    if failed:
        raise PartlyFailedError(f"{len(failed)} of {len(plans)} plans could not be exported: {', '.join(failed)}.")


def _readable(edge: Edge, plans: Sequence[str], failed: list[str]) -> Iterator[StoredPlan]:
    """Yield plans one by one; of several one that cannot be read is told, and stands in ``failed``."""
    for name in plans:
        try:
            yield find(edge, name)
        except KapplanError as error:
            if len(plans) == 1:
                raise
            edge.note(f"{name} is left out: {reason_of(error).rstrip('.')}.")
            failed.append(name)


def _read(edge: Edge, stored: Iterable[StoredPlan], *, told: bool) -> Iterator[Plan]:
    """Yield plans screened as of today, one by one; safety is said of each unless the file has ``told`` it."""
    for each in stored:
        plan = seen(edge, each)
        if not told:
            note_safety(edge, plan.findings)
        yield plan


def _deidentified(edge: Edge, plans: Sequence[str], output: Path | None) -> None:
    """Write plans for research, one JSON document a line where there are several."""
    from datetime import timedelta
    from hashlib import sha256

    from kapplan.files.plans.snapshots import inputs_of
    from kapplan.output.documents.deidentified import SPAN, deidentified
    from kapplan.output.records.json_records import json_line, json_text

    if not plans:
        raise UsageError("name the plans that research is to have")
    texts = []
    for stored in (find(edge, plan) for plan in _files_of(plans)):
        drawn = sha256(f"{edge.secret()}\n{stored.plan.id}".encode()).digest()
        moved = timedelta(days=int.from_bytes(drawn[:4], "big") % (2 * SPAN + 1) - SPAN)
        born = inputs_of(stored.plan).profile.patient.birth_date if stored.plan.snapshot.profile else None
        document = deidentified(stored.plan, born, own_id=drawn[8:16].hex(), moved=moved)
        texts.append(json_text(document) if len(plans) == 1 else json_line(document))
    exports.write_out(edge, "".join(texts).encode(), output)


def _files_of(plans: Sequence[str]) -> list[str]:
    from kapplan.cli.batch.export_many import files_of

    return files_of(plans)


def _write_feeds(edge: Edge, plans: Iterable[StoredPlan], folder: Path | None, choices: exports.Choices) -> None:
    """Write a calendar to subscribe to for each plan, where its own address leads, in place of the one of before."""
    from kapplan.files.plans.erasing import note_outlet
    from kapplan.output.calendar.ics import feed_name

    if folder is None or not folder.is_dir():
        raise UsageError("--feed writes into a folder", hint="-o FOLDER names one that a web server gives out")
    for stored in plans:
        name = feed_name(stored.plan, choices.request.audience)
        if name is None:
            raise UsageError(
                f"{stored.plan.patient}: the plan has no secret, so the name of its calendar could be guessed",
                hint=f"to give it one: kapplan renew {stored.plan.patient}",
            )
        note_outlet(stored, "feeds", folder / name)
        exports.write_out(edge, exports.exported(edge, [seen(edge, stored)], "ics", choices), folder / name)
    edge.note("Whoever has the address reads the calendar: give it to nobody else, and over https alone.")


def _is_folder_to_be(form: str, output: Path) -> bool:
    """Return whether several plans go into a folder, a file for each, where no one file is to hold them all."""
    return str(output) != "-" and (not FORMATS[form].several or output.is_dir())
