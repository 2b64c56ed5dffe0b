"""The clinic of a book: its file, or what its plans were made for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kapplan.cli.session.audit import log_access
from kapplan.cli.session.book import CLINIC_HERE, absences_from, book_at, left_out_words, named_book
from kapplan.cli.session.environment import Edge
from kapplan.dataclass import dataclass
from kapplan.errors import UsageError

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from kapplan.files.book.book import Book, Damaged
    from kapplan.model.bookings import BookedPlan
    from kapplan.model.clinic import Clinic
    from kapplan.planning.availability.free_time import BusyTimes

ClinicOption = Annotated[
    Path | None, typer.Option("--clinic", help="The clinic's file (else clinic.toml here, else what the plans say).")
]


@dataclass(frozen=True)
class ClinicBook:
    """A clinic with its book, its clock, and its plans as the book lists them; ``base`` is the folder of its file."""

    clinic: Clinic
    book: Book
    zone: ZoneInfo
    plans: tuple[BookedPlan, ...]
    base: Path


def clinic_book(edge: Edge, file: Path | None, *, named_by: str = "name the clinic's file with --clinic") -> ClinicBook:
    """Return the clinic that is meant and its book; plans that cannot be read are said and left out.

    ``named_by`` is what a person can do where nothing says which clinic: not every command has ``--clinic``.

    Raises ``UsageError`` where neither a file nor a plan says what clinic it is.
    """
    from kapplan.planning.availability.timezones import zone

    clinic, base, book = book_here(edge, file)
    listed, _ = listed_in(edge, book)
    if clinic is None:
        clinic = _clinic_of_plans(book, listed, named_by)
    key = clinic.id or clinic.name
    plans = tuple(plan for plan in listed if key is not None and plan.clinic == key)
    timezone = clinic.timezone or next((plan.timezone for plan in plans), None)
    if timezone is None:
        raise UsageError(
            "no time zone: clinic.timezone is not given", hint='add timezone = "America/Denver" (or your own)'
        )
    return ClinicBook(clinic=clinic, book=book, zone=zone(timezone), plans=plans, base=base)


def away_from(found: ClinicBook, around: BusyTimes | None = None) -> BusyTimes:
    """Return busy times together with the days on which the book knows that somebody is away, whenever that was."""
    from datetime import date

    from kapplan.planning.availability.free_time import BusyTimes
    from kapplan.planning.bookings.busy_times import with_absences

    return with_absences(around or BusyTimes(), absences_from(found.book, found.clinic, date.min))


def book_here(edge: Edge, file: Path | None = None) -> tuple[Clinic | None, Path, Book]:
    """Return the clinic that is meant where a file says it, the folder of that file, and the book."""
    from kapplan.files.documents.readers import clinic_of_file
    from kapplan.files.toml.sources import open_source

    named = file if file is not None else CLINIC_HERE if CLINIC_HERE.is_file() else None
    clinic = None if named is None else clinic_of_file(open_source(named, what="clinic file"))
    base = Path() if named is None else named.parent
    return clinic, base, book_at(edge, named_book(edge, clinic, base) or ".")


def clinic_here(book: Book) -> Clinic | None:
    """Return the clinic of ``clinic.toml`` here, else the one for which most plans of a book were made, if any."""
    from kapplan.files.documents.readers import clinic_of_file
    from kapplan.files.toml.sources import open_source

    if CLINIC_HERE.is_file():
        return clinic_of_file(open_source(CLINIC_HERE, what="clinic file"))
    listed = book.listed()
    return _clinic_of_plans(book, listed, "") if any(plan.clinic is not None for plan in listed) else None


def listed_in(edge: Edge, book: Book) -> tuple[tuple[BookedPlan, ...], tuple[Damaged, ...]]:
    """Return the plans of a book as it lists them, and those that cannot be read or are in doubt, which is said."""
    damaged = book.damaged()
    for plan in damaged:
        if plan.readable:
            edge.note_once(plan.problems[0].message)
        else:
            edge.note_once(left_out_words(book, plan.name))
    listed = book.listed()
    log_access(edge, *(plan.patient for plan in listed))
    return listed, damaged


def _clinic_of_plans(book: Book, plans: tuple[BookedPlan, ...], named_by: str) -> Clinic:
    """Return the clinic for which most plans of a book were made, as the last of them by name has it."""
    from collections import Counter

    from kapplan.files.plans.snapshots import clinic_of

    keys = Counter(plan.clinic for plan in plans if plan.clinic is not None)
    if not keys:
        raise UsageError(f"no plan in {book.address} is of a clinic with a name", hint=named_by)
    most = keys.most_common(1)[0][0]
    return clinic_of(book.load([plan.name for plan in plans if plan.clinic == most][-1]).plan)
