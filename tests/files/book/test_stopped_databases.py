"""Books in databases whose programs are killed, stand still, or may only read: all of a change or none, and no wait."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from support.books import MONDAY, address, moved, small_plan

from kapplan.errors import ChangedMeanwhileError, MachineError, UsageError
from kapplan.files.book import engines
from kapplan.files.book.book import Book, PlanToReplace
from kapplan.files.book.database import DatabaseBook
from kapplan.files.book.opening import make_book, open_book
from kapplan.files.plans.store import StoredPlan
from kapplan.model.bookings import ClinicAbsence
from kapplan.planning.bookings.plan_bookings import clinic_key

PATIENTS = ("ana", "bo", "cy")
NOBODY = 65534
STRIDE = 11
"""At every so many-th statement a server loses its client."""
OTHERS = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
"""The other connections to a database of PostgreSQL."""
State = tuple[dict[str, list[Any]], int, int]


@pytest.fixture(params=["sqlite", "postgres"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Yield the address of a database of each kind in turn, with a book of three plans."""
    server = request.getfixturevalue("postgres_server") if request.param == "postgres" else None
    with address(request.param, tmp_path, server) as found:
        filled(found)
        yield found


def filled(where: str) -> None:
    """Make a book with the plans of three patients, one after the other."""
    book = make_book(where)
    for number, patient in enumerate(PATIENTS):
        book.add(patient, small_plan(patient, [MONDAY + timedelta(hours=number)]), {})


def state(book: Book) -> State:
    """Return when every visit is, how many quarters of an hour are taken, and how many absences are known."""
    plans = {one.plan.patient: [visit.start for visit in one.plan.visits] for one in stored_in(book).values()}
    taken = book.bookings(clinic_key(small_plan("ana", [MONDAY])) or "")
    quarters = sum(booking.until - booking.first for plan in taken for booking in plan.bookings)
    return plans, quarters, len(book.absences())


def stored_in(book: Book) -> dict[str, StoredPlan]:
    """Return the plans of a book by their names."""
    return {one.name or "": one for one in book.plans() if isinstance(one, StoredPlan)}


def change(book: Book) -> tuple[StoredPlan, ...]:
    """Let each patient have the hour of the next one a day later, and somebody be away: one change of all of it."""
    there = stored_in(book)
    changes = [
        PlanToReplace(there[patient], moved(there[patient].plan, [MONDAY + timedelta(days=1, hours=number)]), {})
        for number, patient in enumerate(reversed(PATIENTS))
    ]
    day = date(2027, 3, 1)
    away = ClinicAbsence(clinic="Aspen House", who="lee", from_=day, until=day, change="all-1", ended="")
    return book.replace_all(changes, learned=[away])


@contextmanager
def at_each_statement(book: DatabaseBook, happens: Callable[[int], None]) -> Iterator[None]:
    """Let something happen before each statement of what writes, and once more when all of them are made."""
    count = 0

    def before(*_: object) -> None:
        nonlocal count
        count += 1
        happens(count)

    def ending(_: object) -> None:
        happens(count + 1)

    event.listen(book.engine, "before_cursor_execute", before)
    event.listen(book.engine, "commit", ending)
    try:
        yield
    finally:
        event.remove(book.engine, "before_cursor_execute", before)
        event.remove(book.engine, "commit", ending)


def test_sqlite_that_is_killed_has_all_or_nothing(tmp_path: Path) -> None:
    """What lies on the disk at each statement of a change of many plans is a book as it was before it."""
    where = f"sqlite:///{tmp_path / 'clinic.db'}"
    filled(where)
    book, copies = DatabaseBook(where), []
    old = state(book)

    def look(number: int) -> None:
        copies.append(tmp_path / f"killed-{number}")
        copies[-1].mkdir()
        for file in tmp_path.glob("clinic.db*"):
            shutil.copy(file, copies[-1])

    with at_each_statement(book, look):
        change(book)
    assert len(copies) > 20
    assert state(book) != old
    for copy in copies:
        assert state(open_book(f"sqlite:///{copy / 'clinic.db'}")) == old


def test_postgres_that_loses_its_program_has_all_or_nothing(tmp_path: Path, postgres_server: str) -> None:
    """A server whose client is gone at any statement of a change of many plans holds the book as it was before it."""
    import psycopg

    with address("postgres", tmp_path, postgres_server) as where:
        filled(where)
        book = DatabaseBook(where)
        old = state(book)
        total: list[int] = []
        with psycopg.connect(where, autocommit=True) as server:

            def end_at(at: int) -> Callable[[int], None]:
                def end(number: int) -> None:
                    total.append(number)
                    if number == at:
                        server.execute(f"SELECT pg_terminate_backend(pid, 5000) {OTHERS}")

                return end

            for at in range(1, 1_000, STRIDE):
                with at_each_statement(book, end_at(at)):
                    try:
                        change(book)
                        break
                    except MachineError:
                        assert state(book) == old
        assert max(total) > 20
        assert state(book) != old


def test_who_stands_still_keeps_others_waiting_for_no_longer_than_said(
    where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A change that another program's unfinished one is in the way of ends in words, reading goes on meanwhile."""
    monkeypatch.setattr(engines, "BUSY_SECONDS", 0.05)
    book, other = open_book(where), DatabaseBook(where)
    old = state(book)
    monkeypatch.setattr(engines, "BUSY_SECONDS", 60)
    with other.engine.begin() as connection:
        monkeypatch.setattr(engines, "BUSY_SECONDS", 0.05)
        engines.take_turns(connection, "Aspen House")
        with pytest.raises(ChangedMeanwhileError, match="too busy; nothing was written"):
            change(book)
        assert state(book) == old
    change(book)
    assert state(book) != old


def test_postgres_ends_what_stands_still(tmp_path: Path, postgres_server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who stands still inside a save for too long loses it, whoever waits goes on, and the first one is told."""
    import psycopg

    with address("postgres", tmp_path, postgres_server) as where, psycopg.connect(where, autocommit=True) as server:
        filled(where)
        book, still = DatabaseBook(where), DatabaseBook(where)
        monkeypatch.setattr(engines, "BUSY_SECONDS", 0.2)

        def stand(number: int) -> None:
            if number > 10:
                while server.execute(f"SELECT count(*) {OTHERS} AND xact_start IS NOT NULL").fetchone() != (0,):
                    time.sleep(0.02)
                event.remove(still.engine, "before_cursor_execute", hook)
                monkeypatch.setattr(engines, "BUSY_SECONDS", 30)
                change(book)

        count = 0

        def hook(*_: object) -> None:
            nonlocal count
            count += 1
            stand(count)

        event.listen(still.engine, "before_cursor_execute", hook)
        with pytest.raises(MachineError, match="cannot be used"):
            change(still)
        assert len(book.absences()) == 1


@contextmanager
def as_nobody(folder: Path) -> Iterator[None]:
    """Do something as somebody who may read a folder, and not write to it."""
    for path in (folder, *folder.iterdir()):
        path.chmod(0o555 if path.is_dir() else 0o444)
    root = os.geteuid() == 0
    try:
        if root:
            os.seteuid(NOBODY)
        yield
    finally:
        if root:
            os.seteuid(0)
        folder.chmod(0o755)


@pytest.fixture
def open_to_all() -> Iterator[Path]:
    """Yield a folder that others may enter, with an SQLite book of some plans, ``clinic.db``."""
    folder = Path(tempfile.mkdtemp(prefix="kapplan-", dir="/tmp" if Path("/tmp").is_dir() else None))  # noqa: S108
    filled(f"sqlite:///{folder / 'clinic.db'}")
    yield folder
    shutil.rmtree(folder)


@pytest.mark.skipif(os.name != "posix", reason="rights are those of POSIX")
def test_who_may_only_read_an_sqlite_file_reads_it(open_to_all: Path) -> None:
    """Without the right to write to the file or beside it everything can be looked at, and nothing is changed."""
    folder, where = open_to_all, f"sqlite:///{open_to_all / 'clinic.db'}"
    book = open_book(where)
    old, files = state(book), sorted(path.name for path in folder.iterdir())
    with as_nobody(folder):
        reader = open_book(where)
        assert state(reader) == old
        assert len(reader.listed()) == len(PATIENTS)
        with pytest.raises(MachineError, match="cannot be used"):
            change(reader)
    assert state(book) == old
    assert sorted(path.name for path in folder.iterdir()) == files


@pytest.mark.skipif(os.name != "posix", reason="rights are those of POSIX")
def test_a_file_that_is_written_while_it_is_only_read_is_read_again(open_to_all: Path) -> None:
    """What was read of a file in which somebody wrote at the same moment is never believed."""
    folder, where = open_to_all, f"sqlite:///{open_to_all / 'clinic.db'}"
    with pytest.raises(ChangedMeanwhileError, match="written at the same moment"):
        read_while_it_is_written(where, folder)


def read_while_it_is_written(where: str, folder: Path) -> None:
    """Read a book as somebody who may only read, while somebody else changes it."""
    with as_nobody(folder), engines.asking(where, None) as ask:
        assert ask("SELECT count(*) FROM plans") == [(len(PATIENTS),)]
        os.seteuid(os.getuid())
        folder.chmod(0o755)
        (folder / "clinic.db").chmod(0o644)
        change(DatabaseBook(where))


def test_who_may_only_read_a_server_reads_it(tmp_path: Path, postgres_server: str) -> None:
    """A user of PostgreSQL who may only read sees everything, and is told in words that nothing is changed."""
    import psycopg

    with address("postgres", tmp_path, postgres_server) as where:
        filled(where)
        book = open_book(where)
        with psycopg.connect(where, autocommit=True) as server:
            server.execute("DO $$ BEGIN CREATE ROLE reader LOGIN; EXCEPTION WHEN duplicate_object THEN END $$")
            server.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader")
        reader, old = open_book(where.replace("://clinic@", "://reader@")), state(book)
        assert state(reader) == old
        assert len(reader.listed()) == len(PATIENTS)
        with pytest.raises(MachineError, match="permission denied"):
            change(reader)
        assert state(book) == old


def test_a_book_that_is_not_there_is_not_made_by_a_look(tmp_path: Path) -> None:
    """Looking for a book in a file that is not there leaves no file behind."""
    with pytest.raises(UsageError, match="there is no book at"):
        open_book(f"sqlite:///{tmp_path / 'clinic.db'}")
    assert list(tmp_path.iterdir()) == []


def test_the_file_stays_as_others_read_it(tmp_path: Path) -> None:
    """Any SQLite program reads the book while it is asked, and after."""
    where = f"sqlite:///{tmp_path / 'clinic.db'}"
    filled(where)
    with engines.asking(where, None) as ask, sqlite3.connect(tmp_path / "clinic.db") as other:
        assert ask("SELECT count(*) FROM plans") == list(other.execute("SELECT count(*) FROM plans"))
