"""``kapplan today``: the day over the whole book, or the day's list of some plans."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from kapplan.cli.casework.standing import basis_of, seen
from kapplan.cli.session.audit import log_access
from kapplan.cli.session.book import book_at, book_words, reason_of
from kapplan.cli.session.clinic import book_here, listed_in
from kapplan.cli.session.environment import Edge
from kapplan.cli.session.options import command
from kapplan.cli.session.plans import find, is_folder, plan_or_folder, plans_of, warn_of_doubt
from kapplan.cli.session.views import ShowFormat, show_records
from kapplan.cli.typed.plans import complete_plan
from kapplan.dates import DAYS_IN_WEEK
from kapplan.errors import InvalidFileError, KapplanError, PartlyFailedError, UsageError

if TYPE_CHECKING:
    from kapplan.files.book.book import Book
    from kapplan.files.plans.store import StoredPlan
    from kapplan.model.bookings import BookedPlan
    from kapplan.model.clinic import Clinic
    from kapplan.model.review import Basis
    from kapplan.planning.clinic.patient_lines import Capacities


@command("today")
def today(
    edge: Edge,
    plans: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PLAN...]",
            help="Plans, with all that is due; a line for each patient of the book without any, or of a folder.",
            autocompletion=complete_plan,
        ),
    ] = None,
    *,
    week: Annotated[bool, typer.Option("--week", help="The next seven days.")] = False,
    full: Annotated[bool, typer.Option("--full", help="All that is due of every plan of the book or folder.")] = False,
    form: Annotated[ShowFormat | None, typer.Option("--format", help="How to print it.")] = None,
) -> None:
    """List who comes, what is not recorded, what clashes and what is due: a line a patient, the oldest debt first.

    Example: kapplan today --week
    """
    if plans and (folder := _folder_alone(edge, plans)) is not None:
        _of_folder(edge, folder, week=week, full=full, form=form)
        return
    if plans:
        plans = plans_of(edge, plans)
        found, broken = _read(edge, plans)
        _items(edge, found, broken, week=week, form=form)
        if broken:
            raise PartlyFailedError(f"{len(broken)} of {len(plans)} plans could not be read")
        return
    clinic, _, book = book_here(edge)
    if full:
        _items(edge, *_of_book(edge, book), week=week, form=form)
        return
    _lines(edge, book, clinic, week=week, form=form)


def _folder_alone(edge: Edge, names: Sequence[str]) -> str | None:
    """Return the folder that is named and nothing beside it: the book that lies there is meant."""
    meant = plan_or_folder(edge, names[0])
    return meant if len(names) == 1 and is_folder(meant) else None


def _of_folder(edge: Edge, folder: str, *, week: bool, full: bool, form: ShowFormat | None) -> None:
    """Show the day over the plans of a folder, by its index; ``PartlyFailedError`` where some cannot be read."""
    plans_of(edge, [folder])
    book = book_at(edge, folder)
    if full:
        found, failed = _of_book(edge, book)
        _items(edge, found, failed, week=week, form=form)
        broken = [*failed]
    else:
        broken = [_file_of(book, name) for name in _lines(edge, book, None, week=week, form=form)]
    if broken:
        raise PartlyFailedError(f"{len(broken)} of {len(book.entries())} plans could not be read: {', '.join(broken)}")


def _items(
    edge: Edge, found: Sequence[StoredPlan], broken: Mapping[str, KapplanError], *, week: bool, form: ShowFormat | None
) -> None:
    """Show every thing that some plans bring, and tell of those that could not be read."""
    from kapplan.output.views.today import TodayView, today_records
    from kapplan.planning.reports.day_list import due

    if not found:
        raise next(iter(broken.values()), _no_plans())
    day = edge.today_of(found[0].plan.timezone)
    bases: dict[str, Basis] = {}
    for stored in found:
        with suppress(KapplanError):  # ``seen`` tells of it
            bases[stored.plan.id] = basis_of(stored, stored.plan)
    listed = due([seen(edge, stored) for stored in found], day, week=week, bases=bases)
    from kapplan.files.library.package_data import measure_names

    chosen = edge.format(form)
    if chosen == "table":
        edge.show(TodayView(listed, measures=measure_names()))
    else:
        show_records(edge, today_records(listed, measure_names() if chosen == "md" else {}), form)
    for stored in found:
        warn_of_doubt(edge, stored)
    for name, error in broken.items():
        edge.note(
            f"{name} is not in this list: {reason_of(error).rstrip('.')}. `kapplan check {quote(name)}` tells more."
        )


def _read(edge: Edge, named: Sequence[str]) -> tuple[list[StoredPlan], dict[str, KapplanError]]:
    """Return the plans that are named, and why others could not be read."""
    found: list[StoredPlan] = []
    broken: dict[str, KapplanError] = {}
    for name in named:
        try:
            found.append(find(edge, name, quiet=True))
        except KapplanError as error:
            broken[name] = error
    return found, broken


def _of_book(edge: Edge, book: Book) -> tuple[list[StoredPlan], dict[str, KapplanError]]:
    """Return every plan of a book, and why others could not be read."""
    from kapplan.files.book.book import Damaged

    found: list[StoredPlan] = []
    broken: dict[str, KapplanError] = {}
    for plan in book.plans():
        if isinstance(plan, Damaged):
            broken[_file_of(book, plan.name)] = InvalidFileError(plan.problems)
        else:
            found.append(plan)
    log_access(edge, *(stored.plan.patient for stored in found))
    return found, broken


def _file_of(book: Book, name: str) -> str:
    """Return the file of a plan of a book, by which `kapplan check` finds it; in a database its name."""
    from kapplan.files.book.folder import FolderBook
    from kapplan.files.plans.store import ENDING

    return str(book.folder / f"{name}{ENDING}") if isinstance(book, FolderBook) else name


def _no_plans() -> UsageError:
    return UsageError("there are no plans here", hint="name some, or their book with --book or KAPPLAN_BOOK")


def _lines(edge: Edge, book: Book, clinic: Clinic | None, *, week: bool, form: ShowFormat | None) -> list[str]:
    """Show a line for each patient of a book, from what the book lists: plans are only read for a safety notice.

    Return the plans that cannot be read.
    """
    from kapplan.output.clinic.patient_lines import PatientLinesView, patient_records
    from kapplan.planning.clinic.patient_lines import patient_lines

    plans, damaged = listed_in(edge, book)
    if not plans and not damaged:
        raise _no_plans()
    timezone = plans[0].timezone if plans else "UTC" if clinic is None or clinic.timezone is None else clinic.timezone
    now = edge.now_in(timezone)
    days = now.date(), now.date() + timedelta(days=DAYS_IN_WEEK - 1 if week else 0)
    listed = patient_lines(plans, days, now, _capacities(book, clinic))
    safety = tuple(_notices(edge, book, plans))
    broken = [plan.name for plan in damaged if not plan.readable]
    doubted = frozenset(plan.name for plan in damaged if plan.readable)
    if edge.format(form) == "table":
        edge.show(PatientLinesView(listed, safety, doubted, book_words(edge, book)))
    else:
        show_records(edge, patient_records(listed, safety, broken, doubted), form)
    return broken


def _capacities(book: Book, clinic: Clinic | None) -> Capacities:
    """Return what tells how many places rooms and people of a clinic have: its file, else a plan made for it."""
    from kapplan.files.plans.snapshots import capacities_of
    from kapplan.planning.bookings.plan_bookings import capacities

    def places(name: str, plan: BookedPlan) -> Mapping[str, int]:
        if clinic is not None and name == (clinic.id or clinic.name):
            return capacities(clinic)
        return capacities_of(book.load(plan.name).plan)

    return places


def _notices(edge: Edge, book: Book, plans: Sequence[BookedPlan]) -> Iterator[str]:
    """Yield the safety notices that stand in plans, each with whose it is and its source."""
    for plan in plans:
        if plan.safety:
            for finding in seen(edge, book.load(plan.name)).findings:
                if finding.safety:
                    yield f"{plan.patient}: {finding.text}" + (f" [{finding.source}]" if finding.source else "")
