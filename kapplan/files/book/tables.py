"""The tables of a book in a database, and how older ones are brought up to them.

``bookings`` holds a row for each quarter of an hour of each place of each resource: its primary key is what makes a
double booking impossible. ``plans`` holds the text of each plan's file as it is now, ``revisions`` every one that was;
``visits`` and ``tasks`` are what lists and boards ask for, written anew with their plan.
"""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sql

METADATA = sql.MetaData()

ABOUT = sql.Table("kapplan_book", METADATA, sql.Column("version", sql.Integer, nullable=False))
"""One row: the version of the tables."""

PLANS = sql.Table(
    "plans",
    METADATA,
    sql.Column("id", sql.String(64), primary_key=True),
    sql.Column("name", sql.String(255), nullable=False, unique=True),
    sql.Column("patient", sql.String(255), nullable=False, index=True),
    sql.Column("clinic", sql.String(255), index=True),
    sql.Column("revision", sql.Integer, nullable=False),
    sql.Column("digest", sql.String(64), nullable=False),
    sql.Column("timezone", sql.String(64), nullable=False),
    sql.Column("held", sql.Boolean, nullable=False),
    sql.Column("safety", sql.Boolean, nullable=False, server_default=sql.false()),
    sql.Column("proposals", sql.Integer, nullable=False, server_default="0"),
    sql.Column("text", sql.Text, nullable=False),
)
"""``safety`` says that a safety notice stands in the plan, ``proposals`` how many of its proposals are open."""

REVISIONS = sql.Table(
    "revisions",
    METADATA,
    sql.Column("plan", sql.String(64), sql.ForeignKey("plans.id", ondelete="CASCADE"), nullable=False),
    sql.Column("number", sql.Integer, nullable=False),
    sql.Column("digest", sql.String(64), nullable=False),
    sql.Column("text", sql.Text, nullable=False),
    sql.PrimaryKeyConstraint("plan", "number"),
)
"""Every text that was ever saved, in the order of saving."""

VISITS = sql.Table(
    "visits",
    METADATA,
    sql.Column("plan", sql.String(64), sql.ForeignKey("plans.id", ondelete="CASCADE"), nullable=False),
    sql.Column("visit", sql.String(255), nullable=False),
    sql.Column("kind", sql.String(32), nullable=False),
    sql.Column("status", sql.String(32), nullable=False),
    sql.Column("provisional", sql.Boolean, nullable=False),
    sql.Column("begins", sql.BigInteger, nullable=False),
    sql.Column("ends", sql.BigInteger, nullable=False),
    sql.Column("place", sql.String(32), nullable=False),
    sql.Column("room", sql.String(255)),
    sql.Column("staff", sql.Text, nullable=False),
    sql.Column("parts", sql.Text, nullable=False, server_default="[]"),
    sql.Column("number", sql.Integer, nullable=False),
    sql.PrimaryKeyConstraint("plan", "visit"),
    sql.Index("visits_begin", "begins"),
)
"""``begins`` and ``ends`` are seconds since 1970 in UTC, ``staff`` ids with blanks between, ``number`` the order.

``parts`` is JSON: who is not there throughout, from when until when.
"""

TASKS = sql.Table(
    "tasks",
    METADATA,
    sql.Column("plan", sql.String(64), sql.ForeignKey("plans.id", ondelete="CASCADE"), nullable=False),
    sql.Column("task", sql.String(255), nullable=False),
    sql.Column("due", sql.String(10), nullable=False),
    sql.Column("status", sql.String(32), nullable=False),
    sql.PrimaryKeyConstraint("plan", "task"),
)

BOOKINGS = sql.Table(
    "bookings",
    METADATA,
    sql.Column("clinic", sql.String(255), nullable=False),
    sql.Column("resource", sql.String(255), nullable=False),
    sql.Column("place", sql.Integer, nullable=False),
    sql.Column("quarter", sql.BigInteger, nullable=False),
    sql.Column("plan", sql.String(64), sql.ForeignKey("plans.id", ondelete="CASCADE"), nullable=False),
    sql.Column("visit", sql.String(255), nullable=False),
    sql.Column("held", sql.Boolean, nullable=False),
    sql.PrimaryKeyConstraint("clinic", "resource", "place", "quarter"),
    sql.Index("bookings_of_plan", "plan"),
)

ABSENCES = sql.Table(
    "absences",
    METADATA,
    sql.Column("clinic", sql.String(255), nullable=False),
    sql.Column("who", sql.String(255), nullable=False),
    sql.Column("first", sql.String(10), nullable=False),
    sql.Column("last", sql.String(10), nullable=False),
    sql.Column("change", sql.String(64), nullable=False),
    sql.Column("ended", sql.String(64), nullable=False),
    sql.PrimaryKeyConstraint("clinic", "who", "first", "last", "change"),
)
"""Who is away, or which clinic is shut (``who`` is ``clinic``), whatever plans there are; ISO dates.

``change`` is the change by which that was said, ``ended`` the one by which they are there after all, or nothing.
"""


def _list_more(connection: sql.Connection) -> None:
    """Add the columns that lists came to ask for."""
    connection.exec_driver_sql("ALTER TABLE visits ADD COLUMN parts TEXT NOT NULL DEFAULT '[]'")
    connection.exec_driver_sql("ALTER TABLE plans ADD COLUMN safety BOOLEAN NOT NULL DEFAULT false")
    connection.exec_driver_sql("ALTER TABLE plans ADD COLUMN proposals INTEGER NOT NULL DEFAULT 0")


STEPS: dict[int, Callable[[sql.Connection], None]] = {1: _list_more, 2: ABSENCES.create}
"""What brings tables of a version to the next one; a step is added with every change of the tables.

What stands in the columns is written anew from the texts of the plans afterwards.
"""


def make_tables(connection: sql.Connection, version: int) -> None:
    """Make the tables of a new book, of the present version."""
    METADATA.create_all(connection)
    connection.execute(ABOUT.insert().values(version=version))


def bring_up(connection: sql.Connection, before: int, version: int) -> None:
    """Bring older tables up to the present version, step by step, in one transaction."""
    for step in range(before, version):
        STEPS[step](connection)
    connection.execute(ABOUT.update().values(version=version))
