"""Which database an address means, and how it is spoken to.

Reading asks the database's own driver in SQL: what speaks to all of them alike takes longer to load than a whole plan
does to place. It is loaded where something is written.

A connection to a server is kept for the next transaction, for a while: making one costs the server more than a save.
"""

from __future__ import annotations

import atexit
import os
import re
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from selectors import EVENT_READ, DefaultSelector
from time import monotonic
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote, unquote

from kapplan.errors import ChangedMeanwhileError, MachineError, UsageError
from kapplan.files.book.book import is_plain, without_password

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine
    from sqlalchemy.exc import DBAPIError

Ask = Callable[..., list[Any]]
"""What asks a database: SQL with question marks, and a value for each; it answers with the rows."""

_AGAIN = frozenset({"40001", "40P01", "55P03"})
"""PostgreSQL's codes for what may succeed when tried again: serialization failure, deadlock, lock not available."""
BUSY_SECONDS = 30
"""So long one writer waits for another; so long one that stands still keeps its transaction in PostgreSQL."""
KEPT_SECONDS = 30
"""So long after it was made a connection to a server is used again: later the server, or what lies between, may have
given it up without a word."""
_HERE = frozenset({"", "localhost", "127.0.0.1", "::1"})
_DRIVERS = frozenset({"sqlite", "sqlite+pysqlite", "postgresql", "postgresql+psycopg"})
_FILE = re.compile(r"/(?!:memory:$)[^?]+")
_ENCODE = "percent-encode what is special in it"


def backend_of(address: str) -> str:
    """Return what a database is by its address, such as ``sqlite:///clinic.db`` or ``postgresql://host/name``.

    Raises ``UsageError`` for one that is neither.
    """
    driver = address.partition("://")[0]
    if driver not in _DRIVERS:
        hint = "a folder, sqlite:///FILE or postgresql://HOST/NAME"
        raise UsageError(f"a book cannot lie at {without_password(address)}", hint=hint)
    return driver.partition("+")[0]


def checked(address: str) -> str:
    """Return what a database is by its address; raises ``UsageError`` where no book can be kept under that."""
    backend, hint = backend_of(address), _ENCODE
    if backend == "sqlite":
        good = _FILE.fullmatch(address.partition("://")[2]) is not None and str(file_of(address)) != ":memory:"
        hint = "a database in a file: sqlite:///clinic.db, or sqlite:////var/lib/clinic.db"
    else:
        good = is_plain(address)
    if not good:
        raise UsageError(f"{without_password(address)} is no address of a database", hint=hint)
    return backend


def file_of(address: str) -> Path:
    """Return the file of an SQLite database."""
    return Path(unquote(address.partition("://")[2].removeprefix("/").partition("?")[0]))


def folder_of(address: str) -> Path:
    """Return the folder from which the paths in a database's plans count: that of an SQLite file, else the current."""
    return file_of(address).parent if backend_of(address) == "sqlite" else Path()


def server_of(address: str, password: str | None) -> dict[str, Any]:
    """Return with what PostgreSQL is connected to, by its own reading of an address; a password given goes first.

    No statement is prepared: what pools a server's connections may give the next use of one to another server.
    Raises ``UsageError`` for what it cannot read, without its words: they would hold what stands in the address.
    """
    import psycopg
    from psycopg.conninfo import conninfo_to_dict

    said: dict[str, Any] | None
    try:
        said = conninfo_to_dict(address.replace("postgresql+psycopg://", "postgresql://", 1))
    except psycopg.Error:
        said = None
    if said is None or not _is_server(said):
        raise UsageError(f"{without_password(address)} is no address of a database", hint=_ENCODE) from None
    told = {} if password is None else {"password": password}
    return {**said, **security_of(said), **told, "prepare_threshold": None}


def _is_server(said: dict[str, Any]) -> bool:
    """Return whether what is connected to can be named in an error: no host, port or user has a password in it."""
    hosts = (one for key in ("host", "hostaddr") for one in str(said.get(key, "")).split(","))
    good = all(one.startswith("/") or "@" not in one[1:] for one in hosts)
    return good and re.fullmatch(r"[\d,]*", str(said.get("port", ""))) is not None and ":" not in said.get("user", "")


def security_of(said: dict[str, Any]) -> dict[str, str]:
    """Return how PostgreSQL is connected to: what is sent to another machine is encrypted, to the one of that name."""
    hosts = [str(said.get(key) or os.environ.get(f"PG{key.upper()}", "")) for key in ("host", "hostaddr")]
    here = all(host in _HERE or host.startswith(("/", "@")) for one in hosts for host in one.split(","))
    return {} if here or "sslmode" in said else {"sslmode": "verify-full"}


# -- reading --------------------------------------------------------------------------------------------------------


@contextmanager
def asking(address: str, password: str | None) -> Iterator[Ask]:
    """Ask a database in one transaction that writes nothing; raises ``MachineError`` in its own words where it fails.

    Raises ``UsageError`` where its driver is not installed.
    """
    driver = _driver(address)
    try:
        if backend_of(address) == "sqlite":
            with _sqlite(driver, file_of(address)) as connection:
                yield lambda sql, *values: connection.execute(sql, values).fetchall()
        else:
            with _connected(driver, server_of(address, password)) as server:
                yield lambda sql, *values: server.execute(sql.replace("?", "%s"), values).fetchall()
    except driver.Error as error:
        raise machine_error(without_password(address), error) from error


class _Kept(NamedTuple):
    """A connection that waits for its next transaction: to which server, and until when it may have one."""

    connection: Any
    server: dict[str, Any]
    until: float


_kept: list[_Kept] = []
"""The connection of the last reading, if it is still there."""


@contextmanager
def _connected(driver: Any, server: dict[str, Any]) -> Iterator[Any]:
    """Connect to a server for a transaction that writes nothing: by the connection of the last one where it serves."""
    kept = _taken(server) or _Kept(driver.connect(**server), server, monotonic() + KEPT_SECONDS)
    try:
        yield kept.connection
        with suppress(driver.Error):  # the server has just ended it: what was read is read, and the next one connects
            kept.connection.rollback()
    except BaseException:
        kept.connection.close()
        raise
    _close_kept()
    _kept.append(kept)


def _taken(server: dict[str, Any]) -> _Kept | None:
    """Take the connection that was kept, if it is to this server, and still there."""
    kept = _kept.pop() if _kept else None
    if kept is None or (kept.server == server and monotonic() < kept.until and is_there(kept.connection)):
        return kept
    kept.connection.close()
    return None


@atexit.register
def _close_kept() -> None:
    while _kept:
        _kept.pop().connection.close()


def is_there(connection: Any) -> bool:
    """Return whether a server still holds a connection that waits: what it says unasked is that it ends."""
    if connection.closed:
        return False
    with DefaultSelector() as selector:
        selector.register(connection.fileno(), EVENT_READ)
        return not selector.select(0)


def _driver(address: str) -> ModuleType:
    try:
        if backend_of(address) == "sqlite":
            import sqlite3

            return sqlite3
        import psycopg
    except ModuleNotFoundError as error:
        raise UsageError(f"{error.name} is not installed", hint='pip install "kapplan[postgres]"') from error
    return psycopg


@contextmanager
def _sqlite(driver: Any, file: Path) -> Iterator[Any]:
    """Open an SQLite file to read; one that is not there has no tables.

    Who may not write to its folder cannot have the files that writers and readers share: where no writer has them
    either, the file is read as it is, and ``ChangedMeanwhileError`` raised if it was written meanwhile.
    """
    where = str(file) if file.is_file() else ":memory:"
    with closing(driver.connect(where, timeout=BUSY_SECONDS, isolation_level=None)) as connection:
        try:
            connection.execute("BEGIN")
            connection.execute("SELECT count(*) FROM sqlite_master")
        except driver.OperationalError as error:
            if str(error) not in _NO_RIGHTS or _writers(file):
                raise
        else:
            yield connection
            return
    before = file.stat()
    with closing(driver.connect(f"file:{quote(str(file))}?immutable=1", uri=True)) as connection:
        yield connection
    now = file.stat()
    if _writers(file) or (now.st_mtime_ns, now.st_size) != (before.st_mtime_ns, before.st_size):
        raise ChangedMeanwhileError(f"the book {file} was written at the same moment", hint="try again")


_NO_RIGHTS = ("attempt to write a readonly database", "unable to open database file")
"""What SQLite says where it may not make the files that it shares."""


def _writers(file: Path) -> bool:
    """Return whether anybody who may write has an SQLite file open."""
    return Path(f"{file}-wal").exists()


# -- writing --------------------------------------------------------------------------------------------------------


def engine_of(address: str, password: str | None) -> Engine:
    """Return what writes to a database; ``UsageError`` where the package for it is not installed, or it is none.

    One connection to a server is kept between transactions until the engine is disposed of.
    """
    try:
        from sqlalchemy import create_engine, event
        from sqlalchemy.engine import URL
        from sqlalchemy.pool import NullPool
    except ModuleNotFoundError as error:
        raise UsageError(f"{error.name} is not installed", hint='pip install "kapplan[book]"') from error
    _driver(address)
    if backend_of(address) == "sqlite":
        url = URL.create("sqlite", database=str(file_of(address)))
        engine = create_engine(url, poolclass=NullPool, connect_args={"timeout": BUSY_SECONDS})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    server = server_of(address, password)
    url = URL.create("postgresql+psycopg")
    engine = create_engine(
        url, pool_size=1, max_overflow=-1, pool_pre_ping=True, pool_recycle=KEPT_SECONDS, connect_args=server
    )
    event.listen(engine, "begin", _begin_postgres)
    return engine


def _prepare_sqlite(connection: Any, _: object) -> None:
    connection.isolation_level = None
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")


def _begin_sqlite(connection: Connection) -> None:
    """Take the write lock at once, so that what is read is still so by the time that something is written."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _begin_postgres(connection: Connection) -> None:
    """Let nobody wait for ever for a program that stands still, and the server end what such a one has begun."""
    limits = ("lock_timeout", "idle_in_transaction_session_timeout")
    words = ", ".join(f"set_config('{limit}', '{BUSY_SECONDS}s', true)" for limit in limits)
    connection.exec_driver_sql(f"SELECT {words}")


def asked_by(connection: Connection) -> Ask:
    """Return what asks a database inside a transaction that writes."""
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    return lambda sql, *values: list(connection.exec_driver_sql(sql.replace("?", mark), values))


def take_turns(connection: Connection, clinic: str | None) -> None:
    """Wait until no other transaction saves a plan of the clinic."""
    if clinic is not None and connection.dialect.name == "postgresql":
        number = int.from_bytes(sha256(clinic.encode()).digest()[:8], "big", signed=True)
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (number,))


def may_succeed(error: DBAPIError) -> bool:
    """Return whether a transaction failed only because of another one."""
    from sqlalchemy.exc import IntegrityError

    state = getattr(error.orig, "sqlstate", None)
    return isinstance(error, IntegrityError) or state in _AGAIN or "database is locked" in str(error.orig)


def machine_error(address: str, error: Exception) -> MachineError:
    """Return what went wrong with a database, in its own words."""
    why = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
    return MachineError(f"the book {address} cannot be used: {why}")
