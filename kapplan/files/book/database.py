"""A book in a database: SQLite for one machine, PostgreSQL for several coordinators.

Every save is one transaction that reads who has what, finds places for the plan, and writes text, rows and bookings.
Savers of one clinic take turns (SQLite's write lock, a lock by the clinic's name in PostgreSQL); if ever two wanted the
same place at one instant, the primary key of ``bookings`` lets one win, and the other looks again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, TypeVar
from weakref import finalize

from kapplan.errors import ChangedMeanwhileError, FileProblem, InvalidFileError, UsageError
from kapplan.files.book import engines
from kapplan.files.book.book import BookEntry, Damaged, PlanToReplace, TakenError, with_known, without_password
from kapplan.files.book.lookups import allotted, bookings_of, known_absences, listed_plans, places_of
from kapplan.files.plans.format import bytes_of, plan_of
from kapplan.files.plans.last_good import doubt_words
from kapplan.files.plans.snapshots import capacities_of
from kapplan.files.plans.store import StoredPlan
from kapplan.files.toml.faults import nearest_of
from kapplan.files.toml.sources import SourceFile
from kapplan.model.bookings import BookedPlan, ClinicAbsence, Overlap, PlanBookings
from kapplan.model.plan import Plan
from kapplan.planning.bookings.allotment import BookingRow
from kapplan.planning.bookings.plan_bookings import clinic_key, plan_bookings

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

Answer = TypeVar("Answer")

VERSION = 3
"""The version of the tables."""
_TRIES = 8
"""How often a save is tried again that met another one at the same rows."""


class DatabaseBook:
    """The plans of a database; see ``kapplan.files.book.book.Book``."""

    def __init__(self, address: str, password: str | None = None) -> None:
        self.given, self.password = address, password
        self.backend = engines.checked(address)

    @cached_property
    def engine(self) -> Engine:
        """What writes to the database; it lets go of its connection with the book."""
        engine = engines.engine_of(self.given, self.password)
        finalize(self, engine.dispose)
        return engine

    @property
    def address(self) -> str:
        """Return the address, without a password."""
        return without_password(self.given)

    @property
    def folder(self) -> Path:
        """Return the folder from which the paths in its plans count."""
        return engines.folder_of(self.given)

    # -- the book itself ----------------------------------------------------------------------------------------------

    def make(self) -> None:
        """Make the tables; ``UsageError`` where there is a book already."""

        def write(connection: Connection) -> None:
            from kapplan.files.book.tables import make_tables

            if self._version(engines.asked_by(connection)) is not None:
                raise UsageError(f"there is a book at {self.address} already")
            make_tables(connection, VERSION)

        self._settled(write)

    def settle(self) -> None:
        """Bring older tables up to date; ``UsageError`` where there is no book, or one of a later version."""
        with self._asking() as ask:
            version = self._version(ask)
        if version is None:
            raise UsageError(f"there is no book at {self.address}", hint=f"make one: kapplan book init {self.address}")
        if version > VERSION:
            raise UsageError(f"the book at {self.address} was made by a later kapplan", hint="update kapplan")
        if version < VERSION:
            self._settled(self._bring_up)

    def _version(self, ask: engines.Ask) -> int | None:
        """Return the version of the tables in the database; ``None`` where it holds no book."""
        there = "SELECT name FROM sqlite_master WHERE name = ?" if self.backend == "sqlite" else "SELECT to_regclass(?)"
        if all(name is None for (name,) in ask(there, "kapplan_book")):
            return None
        return next((int(version) for (version,) in ask("SELECT version FROM kapplan_book")), None)

    def _bring_up(self, connection: Connection) -> None:
        """Bring the tables up, and write anew what lists ask for; a plan that cannot be read keeps what it had."""
        from kapplan.files.book.rows import write_lists, write_text
        from kapplan.files.book.tables import ABOUT, bring_up

        engines.take_turns(connection, ABOUT.name)
        bring_up(connection, self._version(engines.asked_by(connection)) or VERSION, VERSION)
        for name, text in engines.asked_by(connection)("SELECT name, text FROM plans"):
            source = SourceFile(name=f"{self.address}#{name}", data=text.encode())
            with suppress(InvalidFileError):
                stored = self._stored(plan_of(source), source, name)
                write_text(connection, stored)
                write_lists(connection, stored.plan)

    # -- reading ------------------------------------------------------------------------------------------------------

    def entries(self) -> tuple[BookEntry | Damaged, ...]:
        """Return what lies in the book, in the order of the names."""
        with self._asking() as ask:
            rows = ask("SELECT name, patient, id, revision FROM plans ORDER BY name")
        return tuple(BookEntry(name=name, patient=who, plan=plan, revision=number) for name, who, plan, number in rows)

    def plans(self) -> Iterator[StoredPlan | Damaged]:
        """Read every plan, in the order of the names."""
        for entry in self.entries():
            if (plan := self._read(entry.name)) is not None:
                yield plan

    def _read(self, name: str) -> StoredPlan | Damaged | None:
        """Read the plan of a name; ``None`` where it has just gone."""
        try:
            return self.load(name)
        except InvalidFileError as error:
            return Damaged(name=name, problems=error.problems)
        except UsageError:
            return None

    def load(self, name: str) -> StoredPlan:
        """Read the plan of a name."""
        source = SourceFile(name=f"{self.address}#{name}", data=self.text(name))
        return self._stored(plan_of(source), source, name)

    def _stored(self, plan: Plan, source: SourceFile, name: str) -> StoredPlan:
        return StoredPlan(
            plan=plan, digest=source.digest, path=None, source=source, name=name, book=self.given, home=self.folder
        )

    def text(self, name: str) -> bytes:
        """Return the bytes of a plan as they lie there."""
        with self._asking() as ask:
            texts = ask("SELECT text FROM plans WHERE name = ?", name)
        if not texts:
            raise UsageError(f"there is no plan {name} in the book {self.address}")
        return str(texts[0][0]).encode()

    def revisions(self, name: str) -> tuple[bytes, ...]:
        """Return every text that was ever saved of a plan, the oldest first."""
        query = "SELECT revisions.text FROM revisions JOIN plans ON plans.id = plan WHERE name = ? ORDER BY number"
        with self._asking() as ask:
            return tuple(text.encode() for (text,) in ask(query, name))

    def find(self, text: str) -> StoredPlan:
        """Read the plan that a person means: a name or a patient, whole or begun."""
        known = [(entry.name, entry.patient) for entry in self.entries() if isinstance(entry, BookEntry)]
        asked = text.casefold()
        called = [(name, name.casefold(), patient.casefold()) for name, patient in known]
        whole = [name for name, *calls in called if asked in calls]
        begun = [name for name, *calls in called if asked and any(one.startswith(asked) for one in calls)]
        fitting = whole or begun
        if len(fitting) == 1:
            return self.load(fitting[0])
        if fitting:
            raise UsageError(f"{text} could be any of {', '.join(fitting)}", hint="give more of the name")
        nearest = nearest_of(text, [name for name, _ in known])
        hint = f"did you mean {nearest}?" if nearest else None
        raise UsageError(f"there is no plan {text} in the book {self.address}", hint=hint)

    def bookings(self, clinic: str, since: int = 0) -> tuple[PlanBookings, ...]:
        """Return what the plans of a clinic take from the quarter ``since`` on."""
        with self._asking() as ask:
            return bookings_of(ask, clinic, since)

    def listed(self) -> tuple[BookedPlan, ...]:
        """Return every plan with its visits, in the order of the names."""
        with self._asking() as ask:
            return listed_plans(ask)

    def unbooked(self) -> tuple[str, ...]:
        """Return nothing: what a plan takes lies beside its text, whether that can be read or not."""
        return ()

    def damaged(self) -> tuple[Damaged, ...]:
        """Return the plans that cannot be read or are in doubt.

        Only a text that is not the one that was written can be one, or one that was in doubt when it was.
        """
        with self._asking() as ask:
            rows = ask("SELECT name, digest, text FROM plans ORDER BY name")
        changed = (
            name for name, digest, text in rows if "\ndoubted = " in text or sha256(text.encode()).hexdigest() != digest
        )
        return tuple(found for name in changed if (found := self._suspect(name)) is not None)

    def _suspect(self, name: str) -> Damaged | None:
        """Return a plan that cannot be read or is in doubt; ``None`` for any other."""
        found = self._read(name)
        if found is None or isinstance(found, Damaged):
            return found
        if found.plan.doubted is None:
            return None
        problem = FileProblem(message=doubt_words(found), file=found.source.name)
        return Damaged(name=name, problems=(problem,), readable=True)

    # -- writing ------------------------------------------------------------------------------------------------------

    def add(self, name: str, plan: Plan, capacity: Mapping[str, int]) -> StoredPlan:
        """Write a new plan."""

        def write(connection: Connection) -> StoredPlan:
            self._refuse_taken(connection, name, plan)
            return self._write(connection, name, plan, capacity, new=True)

        return self._settled(write)

    @staticmethod
    def _refuse_taken(connection: Connection, name: str, plan: Plan) -> None:
        there = engines.asked_by(connection)("SELECT name FROM plans WHERE name = ? OR id = ?", name, plan.id)
        if there:
            message = f"{there[0][0]} is in the book already; a plan is never overwritten"
            raise UsageError(message, hint="choose another name")

    def replace(self, stored: StoredPlan, plan: Plan, capacity: Mapping[str, int]) -> StoredPlan:
        """Write a changed plan."""

        def write(connection: Connection) -> StoredPlan:
            return self._write(connection, self._unchanged(connection, stored, plan), plan, capacity, new=False)

        return self._settled(write)

    def absences(self) -> tuple[ClinicAbsence, ...]:
        """Return the absences that the book knows."""
        with self._asking() as ask:
            return known_absences(ask)

    def replace_all(
        self,
        changes: Sequence[PlanToReplace],
        *,
        learned: Sequence[ClinicAbsence] = (),
        forgotten: Sequence[ClinicAbsence] = (),
    ) -> tuple[StoredPlan, ...]:
        """Write changed plans in one transaction: what one of them gives up another may take, and the other way."""
        together = {one.plan.id: plan_bookings(one.plan) for one in changes}

        def write(connection: Connection) -> tuple[StoredPlan, ...]:
            from kapplan.files.book.rows import free_places, write_absences

            ask = engines.asked_by(connection)
            names = [self._unchanged(connection, one.stored, one.plan) for one in changes]
            for clinic in sorted({clinic for one in changes if (clinic := clinic_key(one.plan)) is not None}):
                engines.take_turns(connection, clinic)
            if learned or forgotten:
                engines.take_turns(connection, "absences")
                write_absences(connection, with_known(known_absences(ask), learned, forgotten))
            for one in changes:
                refused = allotted(ask, one.plan, one.capacity, together=together).refused
                if refused:
                    raise TakenError(refused)
            before = {plan: places_of(ask, plan) for plan in together}
            free_places(connection, tuple(together))
            return tuple(
                self._written(
                    connection, name, one.plan, allotted(ask, one.plan, one.capacity, before[one.plan.id]).rows
                )
                for one, name in zip(changes, names, strict=True)
            )

        return self._settled(write)

    @staticmethod
    def _unchanged(connection: Connection, stored: StoredPlan, plan: Plan) -> str:
        """Return the name of a plan; ``ChangedMeanwhileError`` where it is not as it was read."""
        found = engines.asked_by(connection)("SELECT name, digest FROM plans WHERE id = ?", plan.id)
        if not found or found[0][1] != stored.digest:
            raise ChangedMeanwhileError(
                f"{stored.name} was changed by someone else since it was read; nothing was written",
                hint="run the command again: it will work on the changed plan",
            )
        return str(found[0][0])

    def _write(
        self, connection: Connection, name: str, plan: Plan, capacity: Mapping[str, int], *, new: bool
    ) -> StoredPlan:
        engines.take_turns(connection, clinic_key(plan))
        places = allotted(engines.asked_by(connection), plan, capacity)
        if places.refused:
            raise TakenError(places.refused)
        return self._written(connection, name, plan, places.rows, new=new)

    def _written(
        self, connection: Connection, name: str, plan: Plan, rows: tuple[BookingRow, ...], *, new: bool = False
    ) -> StoredPlan:
        """Write a plan with its places and whatever else stands beside its text."""
        from kapplan.files.book.rows import write_plan

        source = SourceFile(name=f"{self.address}#{name}", data=bytes_of(plan))
        stored = self._stored(plan, source, name)
        write_plan(connection, stored, rows, new=new)
        return stored

    def take_over(self, name: str, text: bytes, revisions: Sequence[bytes]) -> tuple[Overlap, ...]:
        """Write a plan of another book as it is, with its revisions."""
        source = SourceFile(name=f"{self.address}#{name}", data=text)
        stored = self._stored(plan_of(source), source, name)

        def write(connection: Connection) -> tuple[Overlap, ...]:
            from kapplan.files.book.rows import write_revisions, write_rows, write_text

            plan = stored.plan
            self._refuse_taken(connection, name, plan)
            engines.take_turns(connection, clinic_key(plan))
            places = allotted(engines.asked_by(connection), plan, capacities_of(plan))
            write_text(connection, stored, new=True)
            write_revisions(connection, plan, revisions)
            write_rows(connection, stored, places.rows)
            return (*places.kept, *places.refused)

        return self._settled(write)

    def erase(self, name: str) -> None:
        """Remove a plan with its rows and every revision; SQLite writes zeros over what it frees."""

        def write(connection: Connection) -> None:
            from kapplan.files.book.rows import remove_plan

            remove_plan(connection, name)

        self._settled(write)

    def kept_overlaps(self, plan: Plan, capacity: Mapping[str, int]) -> tuple[Overlap, ...]:
        """Return the overlaps with other plans that a plan has as it is saved."""
        with self._asking() as ask:
            return allotted(ask, plan, capacity).kept

    # -- transactions -------------------------------------------------------------------------------------------------

    def _settled(self, write: Callable[[Connection], Answer]) -> Answer:
        """Run a transaction until it has met no other one, or others were in its way for too long."""
        engine, began = self.engine, monotonic()
        from sqlalchemy.exc import DBAPIError, IntegrityError

        for left in reversed(range(_TRIES)):
            try:
                with engine.begin() as connection:
                    return write(connection)
            except DBAPIError as error:
                if not engines.may_succeed(error) or (isinstance(error, IntegrityError) and not left):
                    raise engines.machine_error(self.address, error) from error
            if monotonic() - began > engines.BUSY_SECONDS:
                break
        raise ChangedMeanwhileError(f"the book {self.address} is too busy; nothing was written", hint="try again")

    def _asking(self) -> AbstractContextManager[engines.Ask]:
        return engines.asking(self.given, self.password)
