"""Bringing back the last good revision of a plan that was damaged, and what is said of one that may be."""

from __future__ import annotations

from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from shlex import quote

from kapplan.errors import ChangedMeanwhileError, InvalidFileError, UsageError
from kapplan.files.plans.atomic import DAMAGED, keeping, move_into_place, prepared_beside, previous_of
from kapplan.files.plans.locks import FileLock
from kapplan.files.plans.store import StoredPlan, load_plan


def doubt_words(stored: StoredPlan) -> str:
    """Return what is to be known of a plan that is not as it was written, and what can be done."""
    return doubt_in_words(stored.typed, stored.plan.doubted or "content")


def doubt_in_words(file: str, doubted: str) -> str:
    """Return the same of a plan by its name and by what of it is doubted, ``content`` or ``history``."""
    what = {
        "content": "it does not say what kapplan wrote",
        "history": "its history has a gap, or was changed",
    }.get(doubted, "it does not say what kapplan wrote")
    name = quote(file)
    return (
        f"{file} was changed by something else: {what}. What happens is recorded; other changes wait. "
        f"If it is right as it is: `kapplan check --accept {name} --by NAME`; "
        f"for the last good revision: `kapplan restore {name}`."
    )


def readable(path: Path) -> StoredPlan | None:
    """Return the plan of a file, doubted or not; ``None`` where it cannot be read."""
    with suppress(InvalidFileError, UsageError):
        return load_plan(path, pipes=False)
    return None


def last_good(path: Path) -> StoredPlan | None:
    """Return the last good revision kept beside a plan's file; ``None`` where none is, or it is damaged too."""
    kept = readable(previous_of(path))
    return None if kept is None or kept.plan.doubted is not None else kept


def bring_back(path: Path, data: bytes) -> None:
    """Put the bytes of a good revision in the place of a damaged file, which is kept under another name.

    Raises ``ChangedMeanwhileError`` where somebody writes the plan at the same moment.
    """
    lock = FileLock(path)
    with prepared_beside(path, data, prepared=lock.prepared) as prepared, lock:
        with keeping(path, lock.before, DAMAGED):
            lock.check()
            move_into_place(prepared, path)
        if sha256(path.read_bytes()).digest() != sha256(data).digest():
            raise ChangedMeanwhileError(f"{path} was written by someone else at the same moment", hint="try again")
