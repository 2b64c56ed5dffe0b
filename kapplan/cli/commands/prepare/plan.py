"""``kapplan plan``: from a profile to a dated course, the whole journey from top to bottom."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated, Literal

import typer

import kapplan
from kapplan.cli.casework.case import Case, read_case
from kapplan.cli.casework.course import findings_json, make_plan
from kapplan.cli.casework.screening import Refused
from kapplan.cli.session.book import (
    book_for,
    book_words,
    home_of,
    name_in,
    named_book,
    named_database,
    placed_again,
    save_new,
    with_book,
)
from kapplan.cli.session.environment import Edge
from kapplan.cli.session.exports import Choices, file_in, format_of, output_path, write_export, write_out
from kapplan.cli.session.options import CLUSTER, WITHIN, command
from kapplan.cli.session.plans import beside, is_folder
from kapplan.cli.session.views import View, hint_details, note_findings, show_plan
from kapplan.cli.typed.days import day_ahead
from kapplan.cli.typed.profiles import ProfilesArgument
from kapplan.dataclass import replace
from kapplan.errors import NoScheduleError, UsageError
from kapplan.model.exports import ExportRequest
from kapplan.output.formats import FORMATS

if TYPE_CHECKING:
    from kapplan.cli.batch.plan_many import PlanningRun
    from kapplan.files.book.book import Book
    from kapplan.model.plan import Plan
    from kapplan.planning.problem.problem import Problem
    from kapplan.planning.schedule.course import Answer

    PlanFormat = str
else:
    PlanFormat = Literal[(*FORMATS, "problem")]


@command("plan")
def plan(
    edge: Edge,
    profiles: ProfilesArgument,
    *,
    into: Annotated[
        str | None,
        typer.Option(
            "-o",
            "--output",
            metavar="PATH",
            help="Save the plan (or with another ending the export) here: a file, a folder (it ends in / or is there "
            "already), or a book in a database by its address.",
        ),
    ] = None,
    form: Annotated[PlanFormat | None, typer.Option("--format", help="How to print it.")] = None,
    view: Annotated[View, typer.Option(help="Which picture of the course a terminal shows.")] = "table",
    start: Annotated[str | None, typer.Option(metavar="DATE", help="No visit before this day.")] = None,
    protocol: Annotated[str | None, typer.Option(help="Another protocol than the profile's.")] = None,
    clinic: Annotated[Path | None, typer.Option(help="Another clinic file than the profile's.")] = None,
    by: Annotated[str | None, typer.Option(help="Who makes the plan (else $KAPPLAN_BY, else the login).")] = None,
    why: Annotated[str | None, typer.Option(help="Why, for the plan's history.")] = None,
    override: Annotated[
        list[str] | None,
        typer.Option(metavar="RULE", help="Override this rule of screening or of the course, by your name and --why."),
    ] = None,
    effort: Annotated[
        int,
        typer.Option(min=1, help="So many times the usual work may be spent on the best dates of a crowded course."),
    ] = 1,
    within: WITHIN = None,
    every_clash: Annotated[
        bool, typer.Option("--all", help="Where no dates keep every rule: show every clash, not one.")
    ] = False,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="With several profiles: how many to plan at a time; else as many as help.")
    ] = None,
    one_by_one: Annotated[
        bool, typer.Option("--one-by-one", help="Several profiles: one after the other, in the order given.")
    ] = False,
    gap: Annotated[
        float, typer.Option(min=0.0, metavar="PERCENT", help="Several: how near to the best possible is near enough.")
    ] = 1.0,
    iterations: Annotated[
        int | None, typer.Option(min=0, help="Several: how many rounds to look, whatever time they take.")
    ] = None,
    cluster: CLUSTER = None,
) -> None:
    """Make the course of a patient and print it; of many patients, a record of each.

    Without -o nothing is written. Example: kapplan plan examples/river.toml -o river.plan.toml
    """
    several = len(profiles) > 1 or is_folder(profiles[0])
    edge, output, keeps = _where_saved(edge, into, several=several)
    asked_start = None if start is None else day_ahead(edge, start, edge.day())
    if several:
        from kapplan.cli.batch.plan_many import PlanningRun

        wish = PlanningRun(protocol=protocol, clinic=clinic, start=asked_start, by=edge.author(by), why=why,
                    folder=output, effort=effort, within=within, clock=edge.instant(), today=edge.today,
                    book=edge.book, keeps=keeps)  # fmt: skip
        if every_clash or override:
            raise UsageError(f"--{'all' if every_clash else 'override'} is of one profile")
        ends = None if one_by_one else (gap, iterations)
        _plan_several(edge, profiles, wish, ends, form=_form_of_many(form, view), jobs=jobs, cluster=cluster)
        return
    [profile] = profiles
    form = format_of(form, output)
    case = read_case(profile, protocol=protocol, clinic=clinic, start=asked_start)
    edge.note_problems(case.warnings)
    output = Path(case.profile.patient.id) if keeps else file_in(output, case.profile.patient.id, form)
    book = book_for(edge, case.clinic, case.base, Path() if output is None else output.parent)
    saves = output is not None and (form in {None, "table"} or output.suffix.lower() == ".toml")

    def attempt() -> tuple[Plan, Answer]:
        made, answer = make_plan(
            edge, case, book=book, by=by, why=why, effort=effort, within=within, override=override or ()
        )
        if saves and output is not None:
            save_new(edge, book, output, replace(made, inputs=beside(made.inputs, home_of(book, output))))
        return made, answer

    asked = {"--protocol": protocol, "--clinic": clinic, "-o": into if keeps else output}
    typed = ("plan", profile, *(word for name, value in asked.items() if value for word in (name, str(value))))
    with _told_why_not(edge, case, typed, form, None if saves else output, every_clash=every_clash):
        made, answer = placed_again(edge, attempt)
    if form == "problem":
        note_findings(edge, made)
        write_out(edge, _problem_text(answer.setting.problem), None if saves else output)
    elif form in FORMATS and (not FORMATS[form].records or (not saves and output is not None and FORMATS[form].export)):
        note_findings(edge, made)
        write_export(edge, [made], form, None if saves else output, Choices(request=ExportRequest(), base=case.base))
    else:
        for notice in () if edge.format(form) == "table" else made.notices:
            edge.note(notice)
        show_plan(edge, made, form=form, view=view)
        _tell_next_step(edge, profile, made, output, book)


def _where_saved(edge: Edge, into: str | None, *, several: bool) -> tuple[Edge, Path | None, bool]:
    """Return where ``-o`` saves: the edge with the database that it names, else a path; and whether it is a database.

    Raises ``UsageError`` where the book is another one.
    """
    from kapplan.files.book.book import without_password
    from kapplan.files.book.opening import is_database

    if into is None:
        return edge, None, False
    if is_database(into):
        if edge.book not in {None, into}:
            is_, not_ = without_password(edge.book or ""), without_password(into)
            raise UsageError(f"the book is {is_}, not {not_}", hint="leave --book out")
        return replace(edge, book=into), None, True
    if several and (database := named_database(edge)) is not None:
        database = without_password(database)
        raise UsageError(
            f"the book {database} is a database: plans are saved in it by its address", hint=f"-o {database}"
        )
    return edge, output_path(into), False


def _plan_several(
    edge: Edge,
    profiles: list[str],
    wish: PlanningRun,
    ends: tuple[float, int | None] | None,
    *,
    form: PlanFormat | None,
    jobs: int | None,
    cluster: str | None,
) -> None:
    """Plan several profiles: together where they go into one book, unless they are to be planned one by one."""
    if ends is None or not (wish.saves or named_book(edge)):
        from kapplan.cli.batch.plan_many import plan_many

        plan_many(edge, profiles, wish, form=form, jobs=jobs, cluster=cluster)
        return
    from kapplan.cli.batch.together import JointWish, plan_together

    gap, iterations = ends
    joint = JointWish(gap=gap, iterations=iterations, jobs=jobs, cluster=cluster)
    plan_together(edge, profiles, wish, joint, form)


def _form_of_many(form: PlanFormat | None, view: View) -> PlanFormat | None:
    """Return how the records of several profiles are printed; raises ``UsageError`` for what only one has."""
    if form is not None and (form not in FORMATS or not FORMATS[form].records):
        raise UsageError(f"--format {form} is of one profile", hint="save plans with -o FOLDER, and export those")
    if view != "table":
        raise UsageError(f"--view {view} is of one profile")
    return form


def _problem_text(problem: Problem) -> bytes:
    """Return a placement problem as JSON text."""
    return f"{json.dumps(kapplan.problem_document(problem), indent=2)}\n".encode()


@contextmanager
def _told_why_not(
    edge: Edge, case: Case, command: tuple[str, ...], form: str | None, output: Path | None, *, every_clash: bool
) -> Iterator[None]:
    """Say where there is no plan what to type, and print for programs the findings, the clash or the problem itself."""
    try:
        yield
    except Refused as error:
        if form == "json":
            edge.write(findings_json(error.findings))
        raise
    except NoScheduleError as error:
        from kapplan.cli.casework.ways_out import tell_no_course
        from kapplan.planning.schedule.course import Unplaceable

        if isinstance(error, Unplaceable):
            tell_no_course(edge, error, case, command, form=form, every=every_clash)
            if form == "problem":
                write_out(edge, _problem_text(error.problem), output)
        raise


def _tell_next_step(edge: Edge, profile: str, plan: Plan, output: Path | None, book: Book) -> None:
    """Say what to type next."""
    from kapplan.files.book.folder import FolderBook

    in_folder = isinstance(book, FolderBook)
    if output is None:
        name = quote(str(name_in(book, plan.patient)))
        meant = "" if in_folder else book_words(edge, book)
        edge.hint(f"Nothing is saved yet. To keep it: kapplan plan {quote(profile)} -o {name}{meant}")
        return
    name = quote(str(output) if in_folder else with_book(edge, book.address, str(output)))
    edge.hint(f"Saved as {output}.")
    edge.hint(f"The reasons: kapplan why {name}")
    hint_details(edge, name, plan)
    edge.hint(f"A calendar file: kapplan export {name} -o FILE.ics")
