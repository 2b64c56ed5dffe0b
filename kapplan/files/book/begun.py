"""Changes of many files of a folder's book, which are made everywhere or nowhere, whenever a program is stopped.

What is going to be written is first written down as a whole, beside the plans and readable by their owner alone. From
that moment on the change is made: who finds it there and nobody who makes it goes on with it, before anything else.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from kapplan.errors import FileProblem, InvalidFileError, KapplanError
from kapplan.files.book.folder_index import plan_files
from kapplan.files.plans.atomic import keeping, write_whole
from kapplan.files.plans.locks import FileLock
from kapplan.files.plans.store import BEGUN, Replacement

LOCK = "book"
"""The name of which the lock is that every writer of a folder's book holds."""
_SCHEMA = "kapplan.begun/1"
_OWN = ".kapplan-"
"""How the names of the files begin that a book keeps beside its plans."""


def begin(folder: Path, plans: Sequence[Replacement], others: Mapping[str, bytes]) -> None:
    """Write down what plans become and what ``others`` of a folder's files are to hold; the book's lock is held."""
    root = os.path.realpath(folder)
    rows = [{"file": os.path.relpath(one.path, root), "before": one.before, "text": one.data.decode()} for one in plans]
    files = {name: data.decode() for name, data in others.items()}
    text = json.dumps({"schema": _SCHEMA, "plans": rows, "files": files}, ensure_ascii=True)
    write_whole(folder / BEGUN, text.encode())


def done(folder: Path) -> None:
    """Forget what was begun: it is made, or nothing of it is."""
    with suppress(OSError):
        (folder / BEGUN).unlink(missing_ok=True)


def go_on(folder: Path) -> None:
    """Finish what a program that was stopped had begun, once nobody else does.

    Where the folder may not be written to it stays as it is.
    """
    if (folder / BEGUN).exists():
        with suppress(KapplanError), FileLock(folder / LOCK):
            finish(folder)


def finish(folder: Path) -> None:
    """Make what was begun and is not made yet; the book's lock is held.

    A plan that is neither what it was nor what it was to become was changed by somebody since, and stays theirs.
    Raises ``InvalidFileError`` where what was begun cannot be read.
    """
    path = folder / BEGUN
    try:
        data = json.loads(path.read_bytes())
        known = {_SCHEMA: data}[data["schema"]]
        plans = [(_plan(folder, one["file"]), str(one["before"]), str(one["text"])) for one in known["plans"]]
        files = {_own(folder, name): str(text) for name, text in known["files"].items()}
    except FileNotFoundError:
        return
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        message, expected = "a change that was begun cannot be read", "what kapplan wrote; look at the plans, delete it"
        raise InvalidFileError((FileProblem(message=message, file=str(path), expected=expected),)) from error
    for file, text in files.items():
        write_whole(file, text.encode())
    for file, before, text in plans:
        if is_as(file, before):
            with keeping(file, FileLock(file).before):
                write_whole(file, text.encode())
    done(folder)


def _plan(folder: Path, name: str) -> Path:
    """Return the file of a plan of a folder, wherever it lies; ``ValueError`` for any other file."""
    path = folder / name
    if os.path.realpath(path) not in set(map(os.path.realpath, plan_files(folder).values())):
        raise ValueError(name)
    return path


def _own(folder: Path, name: str) -> Path:
    """Return a file that the book keeps in its folder; ``ValueError`` for any other file."""
    if Path(name).name != name or not name.startswith(_OWN):
        raise ValueError(name)
    return folder / name


def is_as(file: Path, digest: str) -> bool:
    """Return whether a file holds the bytes of a digest."""
    try:
        return sha256(file.read_bytes()).hexdigest() == digest
    except OSError:
        return False
