"""A connection to a server is kept for the next transaction, and for no longer than it serves."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from support.books import MONDAY, address, moved, small_plan

from kapplan.files.book import engines
from kapplan.files.book.database import DatabaseBook
from kapplan.files.book.opening import make_book

OTHERS = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


@pytest.fixture
def server(tmp_path: Path, postgres_server: str) -> Iterator[psycopg.Connection[Any]]:
    """Yield a connection to a server's database that holds a book of one plan, and nobody else's."""
    engines._close_kept()
    with address("postgres", tmp_path, postgres_server) as where, psycopg.connect(where, autocommit=True) as connection:
        make_book(where).add("ana", small_plan("ana", [MONDAY]), {})
        yield connection


@pytest.fixture
def book(server: psycopg.Connection[Any]) -> DatabaseBook:
    """Return the book of that database."""
    return DatabaseBook(f"postgresql://clinic@/{server.info.dbname}?host={server.info.host}")


def others(server: psycopg.Connection[Any], number: int) -> set[int]:
    """Return which other connections there are to a database, so many of them, by the processes of the server."""
    end = time.monotonic() + 10
    while True:
        found = {pid for (pid,) in server.execute(f"SELECT pid {OTHERS}")}
        if len(found) == number:
            return found
        assert time.monotonic() < end, found  # one that was closed is there a moment longer
        time.sleep(0.01)


def save(book: DatabaseBook) -> None:
    """Read the plan and save it with its visit where it is."""
    stored = book.load("ana")
    book.replace(stored, moved(stored.plan, [MONDAY]), {})


def test_readings_and_saves_have_one_each(server: psycopg.Connection[Any], book: DatabaseBook) -> None:
    """However often a book is read and written, its program has one connection for each, and none in a transaction."""
    save(book)
    held = others(server, 2)
    for _ in range(3):
        save(book)
        assert others(server, 2) == held
    assert server.execute(f"SELECT count(*) {OTHERS} AND xact_start IS NOT NULL").fetchone() == (0,)


def test_what_a_server_has_ended_is_not_used(server: psycopg.Connection[Any], book: DatabaseBook) -> None:
    """After a server has ended every connection, the next reading and the next save have new ones."""
    save(book)
    held = others(server, 2)
    server.execute(f"SELECT pg_terminate_backend(pid, 5000) {OTHERS}")
    save(book)
    assert not held & others(server, 2)


def test_what_was_read_stays_read(server: psycopg.Connection[Any], book: DatabaseBook) -> None:
    """A server that ends a connection after all was read takes nothing from the reading, nor from the next."""
    with engines.asking(book.given, None) as ask:
        found = ask("SELECT name FROM plans")
        server.execute(f"SELECT pg_terminate_backend(pid, 5000) {OTHERS}")
    assert found == [(book.entries()[0].name,)]


def test_no_connection_is_used_for_long(
    server: psycopg.Connection[Any], book: DatabaseBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A connection that was made long ago serves no more reading: a new one takes its place."""
    monkeypatch.setattr(engines, "KEPT_SECONDS", 0)
    book.entries()
    held = others(server, 1)
    book.entries()
    assert not held & others(server, 1)


def test_a_book_goes_with_its_connection(server: psycopg.Connection[Any], book: DatabaseBook) -> None:
    """A book that nobody has any more has no connection."""
    save(book)
    reading = {engines._kept[0].connection.info.backend_pid}
    book.engine.dispose()
    assert others(server, 1) == reading
    again = DatabaseBook(book.given)
    save(again)
    assert reading < others(server, 2)
    del again
    assert others(server, 1) == reading


def test_another_server_has_another(server: psycopg.Connection[Any], book: DatabaseBook) -> None:
    """A reading of another book, or as somebody else, has no connection of this one's."""
    book.entries()
    kept = engines._kept[0].connection
    with engines.asking(book.given.replace(f"/{server.info.dbname}?", "/postgres?"), None) as ask:
        assert ask("SELECT current_database()") == [("postgres",)]
    assert kept.closed
