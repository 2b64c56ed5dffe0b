"""A database that an older version made is brought up to date when it is opened, and keeps what it holds."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from support.books import MONDAY, small_plan

from kapplan.errors import UsageError
from kapplan.files.book.opening import make_book, open_book
from kapplan.model.plan import Finding

BEFORE = {
    1: (
        "ALTER TABLE visits DROP COLUMN parts",
        "ALTER TABLE plans DROP COLUMN safety",
        "ALTER TABLE plans DROP COLUMN proposals",
    ),
    2: ("DROP TABLE absences",),
}
"""What takes the tables back to a version from the next one."""


NOTED = replace(
    small_plan("ana", [MONDAY]),
    findings=(Finding(rule="item-9", level="warn", text="see to it", source="x", safety=True),),
)


@pytest.fixture
def older(tmp_path: Path) -> str:
    """Return the address of a book with one plan, in the first tables that there were."""
    address = f"sqlite:///{tmp_path / 'clinic.db'}"
    make_book(address).add("ana", NOTED, {})
    with sqlite3.connect(tmp_path / "clinic.db") as connection:
        for version, statements in sorted(BEFORE.items(), reverse=True):
            for statement in statements:
                connection.execute(statement)
            connection.execute("UPDATE kapplan_book SET version = ?", (version,))
    return address


def test_older_tables_are_brought_up(older: str) -> None:
    """The plan is there as it was, its visits are listed, and more can be saved; once, whoever opens it next."""
    for _ in range(2):
        book = open_book(older)
        assert book.load("ana").plan == NOTED
        assert [plan.safety for plan in book.listed()] == [True]
        assert [visit.parts for plan in book.listed() for visit in plan.visits] == [()]
    assert book.absences() == ()
    book.add("bo", small_plan("bo", [MONDAY], room="red", staff=["lee"], parts=("monitor",)), {})
    assert [len(visit.parts) for plan in open_book(older).listed() for visit in plan.visits] == [0, 1]


def test_later_tables_are_left_alone(older: str, tmp_path: Path) -> None:
    """A book of a later version is refused in words and not written to."""
    with sqlite3.connect(tmp_path / "clinic.db") as connection:
        connection.execute("UPDATE kapplan_book SET version = 99")
    with pytest.raises(UsageError, match="later kapplan"):
        open_book(older)
