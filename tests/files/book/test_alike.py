"""Books of all kinds are alike: the same commands in the same order give the same answers and the same plans."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from support.books import MONDAY, address, double_bookings, small_plan

from kapplan.errors import KapplanError
from kapplan.files.book.book import Book, BookEntry
from kapplan.files.book.opening import make_book
from kapplan.model.plan import Plan
from kapplan.model.terms import Status
from kapplan.model.visits import Part

PLACES = {"room:blue": 2}
PARTS: tuple[tuple[Part, ...], ...] = ((), ("administer",), ("monitor",), ("prepare", "monitor", "clear"))
STATUSES: tuple[Status, ...] = ("planned", "planned", "planned", "completed", "missed")


def commands(chance: random.Random, count: int) -> Iterator[tuple[str, Plan]]:
    """Yield names with plans to save under them: of few patients, at few times, of few rooms and people."""
    for revision in range(1, count + 1):
        patient = f"p{chance.randrange(6)}"
        first = chance.randrange(16)
        times = [MONDAY + timedelta(minutes=15 * slot) for slot in (first, first + chance.randrange(4, 20))]
        plan = small_plan(
            patient,
            times,
            room=chance.choice(["blue", "red"]),
            staff=[chance.choice(["okafor", "lee"])],
            status=chance.choice(STATUSES),
            parts=chance.choice(PARTS),
        )
        yield patient, replace(plan, revision=revision)


def save(book: Book, name: str, plan: Plan) -> str:
    """Save a plan under a name, new or not, and return what came of it."""
    try:
        if any(isinstance(entry, BookEntry) and entry.name == name for entry in book.entries()):
            book.replace(book.load(name), plan, PLACES)
        else:
            book.add(name, plan, PLACES)
    except KapplanError as error:
        return type(error).__name__
    return "saved"


@pytest.mark.parametrize("seed", range(3))
def test_the_same_commands_give_the_same_books(seed: int, tmp_path: Path, postgres_server: str) -> None:
    """A folder, SQLite and PostgreSQL save and refuse alike, and tell the same bookings and overlaps afterwards."""
    with address("postgres", tmp_path, postgres_server) as server:
        books = [make_book(str(tmp_path / "book")), make_book(f"sqlite:///{tmp_path / 'b.db'}"), make_book(server)]
        for name, plan in commands(random.Random(seed), 40):
            answers = [save(book, name, plan) for book in books]
            assert len(set(answers)) == 1, (name, answers)
        taken = [sorted(book.bookings("Aspen House"), key=lambda one: one.patient) for book in books]
        assert taken[0] == taken[1] == taken[2]
        kept = [{entry.name: book.load(entry.name).plan for entry in book.entries()} for book in books]
        assert kept[0] == kept[1] == kept[2]
        overlaps = [[book.kept_overlaps(plan, PLACES) for plan in kept[0].values()] for book in books]
        assert [len(found) for found in overlaps[0]] == [len(found) for found in overlaps[1]]
        assert [len(found) for found in overlaps[1]] == [len(found) for found in overlaps[2]]


def test_without_places_for_two_the_checker_finds_nothing(where: str) -> None:
    """Whatever is tried, no two visits that are not held ever have one room or person: read without kapplan."""
    book = make_book(where)
    chance = random.Random(7)
    for name, plan in commands(chance, 40):
        open_only = replace(plan, visits=tuple(replace(visit, status="planned", actual=None) for visit in plan.visits))
        save(book, name, open_only)
    assert [owner for owner, _ in double_bookings(where) if owner != "room:blue"] == []
