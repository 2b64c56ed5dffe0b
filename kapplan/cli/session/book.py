"""The book that a command works with: which one it is, what is booked there, and how plans are saved in it."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime, time
from functools import lru_cache
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any, TypeVar

from kapplan.cli.session.audit import signed
from kapplan.cli.session.environment import Edge
from kapplan.errors import InvalidFileError, KapplanError, UsageError

if TYPE_CHECKING:
    from datetime import date
    from zoneinfo import ZoneInfo

    from kapplan.files.book.book import Book
    from kapplan.files.plans.store import StoredPlan
    from kapplan.model.bookings import ClinicAbsence, PlanBookings
    from kapplan.model.clinic import Clinic
    from kapplan.model.decisions import Absence
    from kapplan.model.plan import Plan
    from kapplan.planning.availability.free_time import BusyTimes
    from kapplan.planning.problem.deadline import Deadline

Answer = TypeVar("Answer")

TRIES = 3
"""How often a command places again that somebody was quicker than."""
_SERVER = re.compile(
    r"postgresql(?:\+\w+)?://(?:(?P<user>[^:/@]*)(?::(?P<password>[^/@]*))?@)?(?P<host>\[[^]]*\]|[^:/?]*)(?::(?P<port>\d+))?"
)
CLINIC_HERE = Path("clinic.toml")
"""The clinic's file where none is named."""
PASSWORD, PASSWORD_COMMAND = "KAPPLAN_BOOK_PASSWORD", "KAPPLAN_BOOK_PASSWORD_COMMAND"


def named_book(edge: Edge, clinic: Clinic | None = None, base: Path = Path()) -> str | None:
    """Return the address of the book that is named: ``--book``, the clinic's own, ``KAPPLAN_BOOK``.

    Where no clinic is at hand it is that of ``clinic.toml`` here. A folder that a clinic names counts from ``base``,
    the folder of its file.
    """
    if edge.book:
        return edge.book
    own = book_of_clinic_here() if clinic is None else clinic.book
    if own is not None:
        _refuse_password_in_clear(own)
    return _book_unsaid(edge, clinic, base)


def _book_unsaid(edge: Edge, clinic: Clinic | None, base: Path) -> str | None:
    """Return the address of the book that is meant where a command line names none."""
    from kapplan.files.book.opening import is_database

    own = book_of_clinic_here() if clinic is None else clinic.book
    if own is not None:
        return own if is_database(own) else str((Path() if clinic is None else base) / own)
    return edge.env.get("KAPPLAN_BOOK") or edge.env.get("KAPPLAN_PLANS") or None


def book_of_clinic_here() -> str | None:
    """Return the book that ``clinic.toml`` here names; what else stands in that file is for others to read."""
    try:
        return _book_in(CLINIC_HERE.read_text("utf-8-sig"))
    except (OSError, ValueError, RecursionError):
        return None


@lru_cache(maxsize=1)
def _book_in(text: str) -> str | None:
    """Return the book that the text of a clinic's file names: one command asks for it several times."""
    import tomli

    clinic = tomli.loads(text).get("clinic")
    book = clinic.get("book") if isinstance(clinic, dict) else None
    return book if isinstance(book, str) else None


def _refuse_password_in_clear(address: str) -> None:
    """Raise ``UsageError`` where an address that stands in a file has a password in it."""
    if re.match(r"[^/]+://[^/@]*:[^/@]+@", address):
        hint = f"take it out: it comes from ${PASSWORD_COMMAND}, ${PASSWORD}, the keyring or ~/.pgpass"
        raise UsageError("`book` in the clinic's file has a password in clear", hint=hint)


def book_at(edge: Edge, address: str) -> Book:
    """Return the book at an address; ``UsageError`` where there is none."""
    from kapplan.files.book.opening import is_database, open_book

    if not is_database(address):
        go_on_in(edge, Path(address))
    return open_book(address, password_of(edge, address))


def go_on_in(edge: Edge, folder: Path) -> str | None:
    """Finish in a folder what a program that was stopped had begun of many plans; say and return what hinders that."""
    from kapplan.files.plans.store import BEGUN

    if not os.path.lexists(folder / BEGUN):
        return None
    from kapplan.files.book.begun import go_on

    if said := go_on(folder):
        edge.note_once(said)
    return said if os.path.lexists(folder / BEGUN) else None


def password_of(edge: Edge, address: str) -> str | None:
    """Return the password of a database on a server, if anything but the server's own files says one.

    A command comes first, then the environment, then the keyring (``kapplan postgresql://HOST:PORT``, by the address's
    user). Raises ``MachineError`` where the command gives none.
    """
    server = _SERVER.match(address)
    if server is None:
        return None
    command = edge.env.get(PASSWORD_COMMAND)
    if command:
        return _asked_once(command)
    if given := edge.env.get(PASSWORD):
        return given
    user = server["user"] or edge.env.get("PGUSER")
    if user is None or server["password"] or not server["host"]:
        return None
    from kapplan.files.caldav.credentials import password_in_keyring

    return password_in_keyring(f"postgresql://{server['host']}:{server['port'] or 5432}", user)


@lru_cache(maxsize=1)
def _asked_once(command: str) -> str:
    from kapplan.files.caldav.credentials import password_by

    return password_by(command)


def book_for(edge: Edge, clinic: Clinic | None, base: Path, folder: Path) -> Book:
    """Return the book that is named, else that of the folder in which a plan lies or is to lie."""
    from kapplan.files.book.folder import FolderBook

    address = named_book(edge, clinic, base)
    if address is not None:
        return book_at(edge, address)
    go_on_in(edge, folder)
    return FolderBook(folder)


def book_words(edge: Edge, book: Book) -> str:
    """Return the option that a printed command needs so that it means a book, with a space before; else nothing.

    None is needed where the book is the one that is meant here without. A password is never printed.
    """
    from kapplan.files.book.book import without_password
    from kapplan.files.book.folder import FolderBook

    unsaid = _book_unsaid(edge, None, Path()) or "."
    if isinstance(book, FolderBook):
        same = os.path.realpath(book.folder) == os.path.realpath(unsaid)
    else:
        same = without_password(unsaid) == book.address
    return "" if same else f" --book {quote(book.address)}"


def with_book(edge: Edge, address: str, name: str) -> str:
    """Return how a plan in a database is named in a printed command: with its book, where another is meant without."""
    from kapplan.files.book.book import without_password

    book, unsaid = without_password(address), _book_unsaid(edge, None, Path()) or ""
    return name if without_password(unsaid) == book else f"{book}#{name}"


def named_database(edge: Edge) -> str | None:
    """Return the address of the database in which plans are looked for by name; ``None`` where they lie in folders."""
    from kapplan.files.book.opening import is_database

    address = named_book(edge)
    return address if address is not None and is_database(address) else None


def busy_around(
    edge: Edge,
    clinic: Clinic,
    base: Path,
    zone: ZoneInfo,
    first: date,
    *,
    book: Book,
    patient: str,
    plan: str | None = None,
    uids: Collection[str] = (),
    absences: Iterable[Absence] = (),
    beside: Sequence[PlanBookings] = (),
    deadline: Deadline | None = None,
) -> Any:
    """Return what is booked at a clinic: by its calendars, and by all plans of its book.

    The plan ``plan``, which is being placed, blocks nothing, nor do entries of a server's calendar with ``uids``. What
    of the calendars cannot be read is said on standard error. What is placed ``beside`` it is booked too. Of whom the
    book says that they are away they are busy then; the plan knows its own ``absences``. Servers answer before the
    ``deadline``, or ``MachineError`` is raised.
    """
    from kapplan.planning.bookings.busy_times import with_absences, with_bookings
    from kapplan.planning.bookings.plan_bookings import capacities

    own = set() if plan is None else {plan}
    others = tuple(other for other in taken_from(edge, book, clinic, zone, first) if other.plan not in own)
    excluded = {other.plan for other in others} | own
    seconds = None if deadline is None else deadline.left()
    busy = read_calendars(
        edge, clinic, base, zone, first, excluding_plans=excluded, excluding_uids=uids, seconds=seconds
    )
    busy = with_absences(busy, absences_from(book, clinic, first), absences)
    return with_bookings(busy, (*others, *beside), capacities(clinic), patient=patient)


def absences_from(book: Book, clinic: Clinic, first: date) -> tuple[ClinicAbsence, ...]:
    """Return what a book knows of the absences of a clinic that are not over before a day, nor taken back."""
    key = clinic.id or clinic.name
    if key is None:
        return ()
    return tuple(one for one in book.absences() if one.clinic == key and one.until >= first and not one.ended)


def taken_from(edge: Edge, book: Book, clinic: Clinic, zone: ZoneInfo, first: date) -> tuple[PlanBookings, ...]:
    """Return what the plans of a book take of a clinic's rooms and people from a day on.

    Of plans that cannot be read nobody knows what they take: that is said.
    """
    from kapplan.model.bookings import QUARTER

    key = clinic.id or clinic.name
    if key is None:
        return ()
    for name in book.unbooked():
        edge.note_once(left_out_words(book, name))
    return book.bookings(key, int(datetime.combine(first, time(), zone).timestamp()) // QUARTER)


def left_out_words(book: Book, name: str) -> str:
    """Return that a plan of a book cannot be read, and what that means for whoever looks for free times."""
    return f"{name} cannot be read and is left out, its times are not kept free: {check_words(book)}."


def check_words(book: Book) -> str:
    """Return which command tells why a plan of a book cannot be read."""
    return f"`kapplan book check {quote(book.address)}` tells why"


def read_calendars(edge: Edge, clinic: Clinic, base: Path, zone: ZoneInfo, first: date, **excluding: Any) -> BusyTimes:
    """Return what is booked by a clinic's ``busy``; what of it cannot be read is said on standard error, once."""
    import kapplan

    busy = kapplan.read_busy(clinic, base, zone, first, **excluding)
    edge.note_problems(busy.problems)
    return busy


def home_of(book: Book, output: Path) -> Path:
    """Return the path beside which a new plan's files count: its own, or a name in the folder of a database."""
    from kapplan.files.book.folder import FolderBook

    return output if isinstance(book, FolderBook) else book.folder / output.name


def name_in(book: Book, patient: str) -> Path:
    """Return under what name or path the plan of a patient would be saved in a book."""
    from kapplan.files.book.folder import FolderBook

    if not isinstance(book, FolderBook):
        return Path(patient)
    return Path(os.path.relpath(book.folder)) / f"{patient}.plan.toml"


def save_new(edge: Edge, book: Book, output: Path, plan: Plan) -> StoredPlan:
    """Save a new plan under the name or the path asked for; see ``Book.add`` for what it raises."""
    from kapplan.files.book.folder import FolderBook
    from kapplan.files.plans.snapshots import capacities_of
    from kapplan.files.plans.store import ENDING

    plan = signed(edge, plan)

    if isinstance(book, FolderBook):
        return book.add_file(output, plan, capacities_of(plan))
    if output.name != str(output):
        raise UsageError(f"plans in the book {book.address} have names, not paths", hint=f"-o {plan.patient}")
    return book.add(output.name.removesuffix(ENDING), plan, capacities_of(plan))


def save_changed(
    edge: Edge, stored: StoredPlan, plan: Plan, clinic: Clinic | None = None, *, records: bool = False
) -> StoredPlan:
    """Write a changed plan where it lies; see ``Book.replace`` for what it raises.

    A plan that is a file stays one, whatever database is named as the book. What ``records`` what happened is written
    even where the book cannot be reached, and that is said.
    """
    from kapplan.files.book.folder import FolderBook
    from kapplan.files.plans.snapshots import capacities_of
    from kapplan.files.plans.store import replace_plan

    plan = signed(edge, plan, stored.plan)
    try:
        book, capacity = book_of(edge, stored, clinic), capacities_of(plan)
    except KapplanError as error:
        if not records or stored.path is None:
            raise
        saved = replace_plan(stored, plan)
        edge.note(f"Saved without the book, which cannot be looked at: {reason_of(error)}")
        return saved
    if stored.path is not None and not isinstance(book, FolderBook):
        book = FolderBook(stored.folder)
    if records and stored.path is not None and (hindered := go_on_in(edge, book.folder)) is not None:
        saved = replace_plan(stored, plan)
        edge.note(f"Saved without the book: {hindered}")
        return saved
    return book.replace(stored, plan, capacity)


def reason_of(error: KapplanError) -> str:
    """Return what is wrong with something beside a plan in one sentence, with the files that are."""
    if isinstance(error, InvalidFileError):
        return "; ".join(f"{problem.file}: {problem.message}" for problem in error.problems)
    return error.message


def book_of(edge: Edge, stored: StoredPlan, clinic: Clinic | None = None) -> Book:
    """Return the book to which a saved plan belongs; ``clinic`` is the plan's, where it is at hand."""
    if stored.book is not None:
        return book_at(edge, stored.book)
    return book_for(edge, clinic, stored.base, stored.folder)


def placed_again(edge: Edge, attempt: Callable[[], Answer], *, else_: Callable[[], Answer] | None = None) -> Answer:
    """Return what an attempt to place and save gives, tried again where somebody else was quicker.

    After the last try it is what ``else_`` gives; without it ``TakenError`` is raised.
    """
    from kapplan.files.book.book import TakenError

    for left in reversed(range(TRIES)):
        try:
            return attempt()
        except TakenError as error:
            if not left:
                if else_ is None:
                    raise
                return else_()
            edge.note(f"{error.message}: placed again around it.")
    raise AssertionError
