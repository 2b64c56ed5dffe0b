"""Which database an address means, and how it is spoken to."""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, func, select
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from kapplan.errors import MachineError, UsageError
from kapplan.files.book.book import without_password

READS = "reads"
"""The execution option of a transaction that writes nothing."""

_AGAIN = frozenset({"40001", "40P01", "55P03"})
"""PostgreSQL's codes for what may succeed when tried again: serialization failure, deadlock, lock not available."""
_BUSY_SECONDS = 30
_DRIVERS = frozenset({"sqlite", "sqlite+pysqlite", "postgresql", "postgresql+psycopg"})
_HERE = frozenset({"", "localhost", "127.0.0.1", "::1"})


def url_of(address: str, password: str | None = None) -> URL:
    """Return the address of a database such as ``sqlite:///clinic.db`` or ``postgresql://host/name``.

    Raises ``UsageError`` where it is none.
    """
    try:
        url = make_url(address)
    except (SQLAlchemyError, ValueError):
        raise UsageError(f"{without_password(address)} is no address of a database") from None
    if url.drivername not in _DRIVERS:
        hint = "a folder, sqlite:///FILE or postgresql://HOST/NAME"
        raise UsageError(f"a book cannot lie at {without_password(address)}", hint=hint)
    in_a_file = url.database not in {None, "", ":memory:"} and not (url.host or url.username or url.query)
    if url.get_backend_name() == "sqlite" and not in_a_file:
        hint = "a database in a file: sqlite:///clinic.db, or sqlite:////var/lib/clinic.db"
        raise UsageError(f"{without_password(address)} is no address of a database", hint=hint)
    if url.drivername == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    return url if password is None else url.set(password=password)


def engine_of(url: URL) -> Engine:
    """Return what connects to a database; ``UsageError`` where the package for it is not installed.

    A connection is closed with its transaction, since a command has few. What is sent to another machine is encrypted,
    and the machine must be the one of that name.
    """
    try:
        if url.get_backend_name() == "sqlite":
            engine = create_engine(url, poolclass=NullPool, connect_args={"timeout": _BUSY_SECONDS})
            event.listen(engine, "connect", _prepare_sqlite)
            event.listen(engine, "begin", _begin_sqlite)
            return engine
        secure = {} if _is_here(url) or "sslmode" in url.query else {"sslmode": "verify-full"}
        return create_engine(url, poolclass=NullPool, connect_args=secure)
    except ModuleNotFoundError as error:
        raise UsageError(f"{error.name} is not installed", hint='pip install "kapplan[postgres]"') from error


def _is_here(url: URL) -> bool:
    """Return whether a server is this machine: every host of its address is, or is the folder of a socket.

    Without a host it is that of ``PGHOST``, as for PostgreSQL's own programs.
    """
    named = [url.host, *(url.query.get(key) for key in ("host", "hostaddr"))]
    flat = [host for one in named if one for host in ([one] if isinstance(one, str) else one)]
    hosts = flat or [os.environ.get("PGHOST", ""), os.environ.get("PGHOSTADDR", "")]
    return all(host in _HERE or host.startswith(("/", "@")) for one in hosts for host in one.split(","))


def folder_of(url: URL) -> Path:
    """Return the folder from which the paths in a database's plans count: that of an SQLite file, else the current."""
    return Path(url.database).parent if url.get_backend_name() == "sqlite" and url.database else Path()


def _prepare_sqlite(connection: Any, _: object) -> None:
    connection.isolation_level = None
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")


def _begin_sqlite(connection: Connection) -> None:
    """Take the write lock at once where something is to be written, so that what is read is still so by then."""
    connection.exec_driver_sql("BEGIN" if connection.get_execution_options().get(READS) else "BEGIN IMMEDIATE")


def take_turns(connection: Connection, clinic: str | None) -> None:
    """Wait until no other transaction saves a plan of the clinic."""
    if clinic is not None and connection.dialect.name == "postgresql":
        number = int.from_bytes(sha256(clinic.encode()).digest()[:8], "big", signed=True)
        connection.execute(select(func.pg_advisory_xact_lock(number)))


def may_succeed(error: DBAPIError) -> bool:
    """Return whether a transaction failed only because of another one."""
    state = getattr(error.orig, "sqlstate", None)
    return isinstance(error, IntegrityError) or state in _AGAIN or "database is locked" in str(error.orig)


def machine_error(address: str, error: SQLAlchemyError) -> MachineError:
    """Return what went wrong with a database, in its own words."""
    why = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
    return MachineError(f"the book {address} cannot be used: {why}")
