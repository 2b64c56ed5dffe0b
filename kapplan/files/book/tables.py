"""The tables of a book in a database, and how older ones are brought up to them.

``bookings`` holds a row for each quarter of an hour of each place of each resource: its primary key is what makes a
double booking impossible. ``plans`` holds the text of each plan's file as it is now, ``revisions`` every one that was;
``visits`` and ``tasks`` are what lists and boards ask for, written anew with their plan.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    false,
)

METADATA = MetaData()

ABOUT = Table("kapplan_book", METADATA, Column("version", Integer, nullable=False))
"""One row: the version of the tables."""

PLANS = Table(
    "plans",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("name", String(255), nullable=False, unique=True),
    Column("patient", String(255), nullable=False, index=True),
    Column("clinic", String(255), index=True),
    Column("revision", Integer, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("timezone", String(64), nullable=False),
    Column("held", Boolean, nullable=False),
    Column("safety", Boolean, nullable=False, server_default=false()),
    Column("proposals", Integer, nullable=False, server_default="0"),
    Column("text", Text, nullable=False),
)
"""``safety`` says that a safety notice stands in the plan, ``proposals`` how many of its proposals are open."""

REVISIONS = Table(
    "revisions",
    METADATA,
    Column("plan", String(64), ForeignKey("plans.id", ondelete="CASCADE"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("text", Text, nullable=False),
    PrimaryKeyConstraint("plan", "number"),
)
"""Every text that was ever saved, in the order of saving."""

VISITS = Table(
    "visits",
    METADATA,
    Column("plan", String(64), ForeignKey("plans.id", ondelete="CASCADE"), nullable=False),
    Column("visit", String(255), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("status", String(32), nullable=False),
    Column("provisional", Boolean, nullable=False),
    Column("begins", BigInteger, nullable=False),
    Column("ends", BigInteger, nullable=False),
    Column("place", String(32), nullable=False),
    Column("room", String(255)),
    Column("staff", Text, nullable=False),
    Column("parts", Text, nullable=False, server_default="[]"),
    Column("number", Integer, nullable=False),
    PrimaryKeyConstraint("plan", "visit"),
    Index("visits_begin", "begins"),
)
"""``begins`` and ``ends`` are seconds since 1970 in UTC, ``staff`` ids with blanks between, ``number`` the order.

``parts`` is JSON: who is not there throughout, from when until when.
"""

TASKS = Table(
    "tasks",
    METADATA,
    Column("plan", String(64), ForeignKey("plans.id", ondelete="CASCADE"), nullable=False),
    Column("task", String(255), nullable=False),
    Column("due", String(10), nullable=False),
    Column("status", String(32), nullable=False),
    PrimaryKeyConstraint("plan", "task"),
)

BOOKINGS = Table(
    "bookings",
    METADATA,
    Column("clinic", String(255), nullable=False),
    Column("resource", String(255), nullable=False),
    Column("place", Integer, nullable=False),
    Column("quarter", BigInteger, nullable=False),
    Column("plan", String(64), ForeignKey("plans.id", ondelete="CASCADE"), nullable=False),
    Column("visit", String(255), nullable=False),
    Column("held", Boolean, nullable=False),
    PrimaryKeyConstraint("clinic", "resource", "place", "quarter"),
    Index("bookings_of_plan", "plan"),
)

ABSENCES = Table(
    "absences",
    METADATA,
    Column("clinic", String(255), nullable=False),
    Column("who", String(255), nullable=False),
    Column("first", String(10), nullable=False),
    Column("last", String(10), nullable=False),
    Column("change", String(64), nullable=False),
    Column("ended", String(64), nullable=False),
    PrimaryKeyConstraint("clinic", "who", "first", "last", "change"),
)
"""Who is away, or which clinic is shut (``who`` is ``clinic``), whatever plans there are; ISO dates.

``change`` is the change by which that was said, ``ended`` the one by which they are there after all, or nothing.
"""


def _list_more(connection: Connection) -> None:
    """Add the columns that lists came to ask for."""
    connection.exec_driver_sql("ALTER TABLE visits ADD COLUMN parts TEXT NOT NULL DEFAULT '[]'")
    connection.exec_driver_sql("ALTER TABLE plans ADD COLUMN safety BOOLEAN NOT NULL DEFAULT false")
    connection.exec_driver_sql("ALTER TABLE plans ADD COLUMN proposals INTEGER NOT NULL DEFAULT 0")


STEPS: dict[int, Callable[[Connection], None]] = {1: _list_more, 2: ABSENCES.create}
"""What brings tables of a version to the next one; a step is added with every change of the tables.

What stands in the columns is written anew from the texts of the plans afterwards.
"""


def make_tables(connection: Connection, version: int) -> None:
    """Make the tables of a new book, of the present version."""
    METADATA.create_all(connection)
    connection.execute(ABOUT.insert().values(version=version))


def bring_up(connection: Connection, before: int, version: int) -> None:
    """Bring older tables up to the present version, step by step, in one transaction."""
    for step in range(before, version):
        STEPS[step](connection)
    connection.execute(ABOUT.update().values(version=version))
