"""Books are checked, carried from one kind to another and backed up without loss."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import tarfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from support.books import KINDS, MONDAY, address, moved, small_plan

from kapplan.errors import UsageError
from kapplan.files.book.agreement import disagreements
from kapplan.files.book.opening import make_book, open_book
from kapplan.files.book.transfer import backup, carry

HOUR = timedelta(hours=1)
NONE: dict[str, int] = {}


def filled(where: str) -> None:
    """Make a book of three plans, one with two revisions and one of what was held in another's time."""
    book = make_book(where)
    read = book.add("ana", small_plan("ana", [MONDAY]), NONE)
    book.replace(read, moved(read.plan, [MONDAY + HOUR]), NONE)
    book.add("bo", small_plan("bo", [MONDAY + 2 * HOUR]), NONE)
    book.add("cy", small_plan("cy", [MONDAY + 2 * HOUR], status="completed"), NONE)


def test_a_book_that_agrees(where: str) -> None:
    """Nothing is told of a book in which everything agrees."""
    book = make_book(where)
    book.add("ana", small_plan("ana", [MONDAY]), NONE)
    book.add("bo", small_plan("bo", [MONDAY + HOUR]), NONE)
    assert disagreements(book) == ()


def test_overlaps_and_second_plans_are_told(where: str) -> None:
    """What is booked twice is told with who has it, and so is a patient of whom there are two plans."""
    filled(where)
    book = open_book(where)
    first = book.load("ana").plan
    book.add("ana-2", replace(first, id="0b9e1f1c-6a53-5d3c-9f0e-3c1f6a2b7d12"), NONE)
    found = {(one.kind, one.name) for one in disagreements(book)}
    assert found == {("overlap", "cy"), ("patient", "ana")}
    assert all("bo" in one.text for one in disagreements(book) if one.kind == "overlap")


def test_a_damaged_file_is_named_and_the_others_go_on(tmp_path: Path) -> None:
    """A plan that cannot be read is told with its line; the others of its folder are still booked."""
    filled(str(tmp_path / "book"))
    path = tmp_path / "book" / "bo.plan.toml"
    path.write_text(path.read_text("utf-8").replace('timezone = "', 'timezone = 7 # "', 1), "utf-8")
    book = open_book(str(tmp_path / "book"))
    [damaged] = [one for one in disagreements(book) if one.kind == "damaged"]
    assert damaged.name == "bo"
    assert damaged.text.startswith("line ")
    assert {plan.patient for plan in book.bookings("Aspen House")} == {"ana", "cy"}


def test_rows_that_do_not_follow_their_plan_are_found(tmp_path: Path) -> None:
    """A database whose bookings were changed behind kapplan's back is found out."""
    where = f"sqlite:///{tmp_path / 'clinic.db'}"
    filled(where)
    with sqlite3.connect(tmp_path / "clinic.db") as connection:
        connection.execute("DELETE FROM bookings WHERE resource = 'room:blue' AND quarter % 4 = 0")
    assert {one.kind for one in disagreements(open_book(where))} >= {"rows"}


@pytest.mark.parametrize("target", KINDS)
def test_a_book_is_carried_to_any_other_and_back(
    where: str, target: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Every plan comes over byte for byte, overlaps and all, from each kind to each and back again."""
    filled(where)
    source = open_book(where)
    server = request.getfixturevalue("postgres_server") if target == "postgres" else None
    (tmp_path / "there").mkdir()
    (tmp_path / "back").mkdir()
    with address(target, tmp_path / "there", server) as there:
        middle = make_book(there)
        carried = carry(source, middle)
        back = make_book(str(tmp_path / "back"))
        carry(middle, back)
    assert carried.names == ("ana", "bo", "cy")
    assert {overlap.booking.visit for overlap in carried.overlaps} == {"integration-1"}
    assert {name: back.text(name) for name in carried.names} == {name: source.text(name) for name in carried.names}


def test_revisions_are_carried_between_databases(tmp_path: Path) -> None:
    """A database keeps every revision, and another one takes them over."""
    one, other = f"sqlite:///{tmp_path / 'one.db'}", f"sqlite:///{tmp_path / 'other.db'}"
    filled(one)
    carry(open_book(one), make_book(other))
    assert len(open_book(one).revisions("ana")) == 2
    assert open_book(other).revisions("ana") == open_book(one).revisions("ana")


def test_carrying_overwrites_nothing(where: str, tmp_path: Path) -> None:
    """A plan whose name the other book has already is not carried over it."""
    filled(where)
    other = make_book(str(tmp_path / "other"))
    other.add("bo", small_plan("another", [MONDAY]), NONE)
    with pytest.raises(UsageError, match="already"):
        carry(open_book(where), other)
    assert other.load("bo").plan.patient == "another"


def test_a_backup_brings_a_book_back(where: str, tmp_path: Path) -> None:
    """The plans of a backup, unpacked by any program, are a book with the same bytes, each time the same."""
    filled(where)
    book = open_book(where)
    assert backup(book, tmp_path / "one.tar.gz") == 3
    backup(book, tmp_path / "two.tar.gz")
    assert (tmp_path / "one.tar.gz").read_bytes() == (tmp_path / "two.tar.gz").read_bytes()
    with tarfile.open(tmp_path / "one.tar.gz") as archive:
        archive.extractall(tmp_path / "unpacked", filter="data")
    again = open_book(str(tmp_path / "unpacked" / "plans"))
    assert {entry.name: again.text(entry.name) for entry in again.entries()} == {
        entry.name: book.text(entry.name) for entry in book.entries()
    }


@pytest.mark.skipif(shutil.which("gpg") is None, reason="GnuPG is not installed")
def test_a_backup_can_be_encrypted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A backup for a recipient is no archive until its key opens it."""
    home = tmp_path / "keys"
    home.mkdir(mode=0o700)
    monkeypatch.setenv("GNUPGHOME", str(home))
    make = ["gpg", "--batch", "--passphrase", "", "--quick-gen-key", "clinic@example.org", "default", "default", "0"]
    subprocess.run(make, check=True, capture_output=True)
    filled(str(tmp_path / "book"))
    backup(open_book(str(tmp_path / "book")), tmp_path / "b.gpg", encrypt_with="gpg", recipient="clinic@example.org")
    opened = subprocess.run(["gpg", "--batch", "-d", str(tmp_path / "b.gpg")], check=True, capture_output=True)
    subprocess.run(["gpgconf", "--kill", "all"], check=False, capture_output=True)
    assert not tarfile.is_tarfile(tmp_path / "b.gpg")
    assert opened.stdout[:2] == b"\x1f\x8b"


def test_a_recipient_needs_a_program_that_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the program nothing is written, rather than in clear."""
    filled(str(tmp_path / "book"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError, match="not installed"):
        backup(open_book(str(tmp_path / "book")), tmp_path / "b.age", encrypt_with="age", recipient="age1x")
    assert not (tmp_path / "b.age").exists()
