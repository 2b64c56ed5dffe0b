"""One of a crowd of programs that save into one book, each a process that runs ``save``.

It adds plans and moves them about a week with few free hours, so that most of what it tries is taken. Each save that
went through is written to its log, a line each, after the fact: what the log has must be in the book.
"""

from __future__ import annotations

import os
import random
from datetime import datetime, timedelta
from pathlib import Path

from support.books import MONDAY, moved, small_plan

from kapplan.errors import ChangedMeanwhileError, UsageError
from kapplan.files.book.book import Book
from kapplan.files.book.opening import open_book
from kapplan.files.plans.format import plan_of, text_of
from kapplan.files.plans.store import StoredPlan
from kapplan.files.toml.sources import SourceFile

HOURS = 40
PATIENTS = 24


MODULES = [
    "support.book_crowd", "tomli_w", "psycopg", "kapplan.files.book.folder", "kapplan.files.book.database",
    "kapplan.files.book.rows", "sqlalchemy.dialects.sqlite", "sqlalchemy.dialects.postgresql.psycopg",
]  # fmt: skip
"""What each of them needs, which is loaded once where processes are forked."""

SAVED = plan_of(SourceFile.of_text(text_of(small_plan("p", [MONDAY]))))
"""A plan that was written and read already, so that what reads plans is made once."""


def save(where: str, seed: int, saves: int, log: Path) -> None:
    """Save until enough has been saved or refused."""
    chance = random.Random(seed)
    book = open_book(where)
    with log.open("a", encoding="utf-8") as told:
        for _ in range(saves):
            patient = f"p{chance.randrange(PATIENTS)}"
            times = [MONDAY + timedelta(hours=hour) for hour in sorted(chance.sample(range(HOURS), 2))]
            try:
                saved = _save(book, patient, times)
            except ChangedMeanwhileError:
                continue
            told.write(f"{patient} {saved.plan.revision} {saved.digest}\n")
            told.flush()
            os.fsync(told.fileno())


def _save(book: Book, patient: str, times: list[datetime]) -> StoredPlan:
    try:
        stored = book.load(patient)
    except UsageError:
        try:
            return book.add(patient, small_plan(patient, times), {})
        except UsageError as error:  # somebody else added the patient just now
            raise ChangedMeanwhileError(error.message) from error
    return book.replace(stored, moved(stored.plan, times), {})
