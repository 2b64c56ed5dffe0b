"""Changes of many files of a folder's book, which are made everywhere or nowhere, whenever a program is stopped.

What is going to be written is first written down as a whole, beside the plans, for nobody to read who may not read
each of them. From that moment on the change is made: who finds it there and nobody who makes it goes on with it, before
anything is written. Only who holds the lock of the book goes on with it, or takes it back.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from kapplan.errors import InvalidFileError, KapplanError, MachineError
from kapplan.files.book.folder_index import plan_files
from kapplan.files.plans.atomic import keeping, move_into_place, prepared_beside, reading_own, write_whole
from kapplan.files.plans.locks import FileLock
from kapplan.files.plans.store import BEGUN, Replacement, StoredPlan, replace_plans
from kapplan.model.plan import Plan

LOCK = "book"
"""The name of which the lock is that every writer of a folder's book holds."""
_SCHEMA = "kapplan.begun/1"
_OWN = ".kapplan-"
"""How the names of the files begin that a book keeps beside its plans."""


class _Row(NamedTuple):
    """A file of the book as it was, by its digest (``None`` where it was not there), and what it becomes.

    ``holder`` is who held the lock of a plan's file.
    """

    path: Path
    before: str | None
    text: str
    holder: str = ""


def write_all(
    folder: Path, lock: FileLock, changes: Sequence[tuple[StoredPlan, Plan]], others: Mapping[str, bytes]
) -> tuple[StoredPlan, ...]:
    """Write plans and ``others`` of a folder's files, all or none of them; the book's ``lock`` is held.

    Raises what ``replace_plans`` does where nothing was written, and ``MachineError`` where the change could neither be
    finished nor taken back: then it is finished by whoever comes next.
    """
    stood = {name: _bytes(folder / name) for name in others}
    begun: list[Sequence[Replacement]] = []

    def begin(plans: Sequence[Replacement]) -> None:
        lock.keep()
        begun.append(plans)
        _write_down(folder, plans, stood, others)
        for name, data in others.items():
            write_whole(folder / name, data)

    try:
        written = replace_plans(changes, begin, lock)
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt) and begun and _made(folder, begun[0], others):
            raise
        if begun and not _taken_back(folder, lock, begun[0], stood):
            why = error.message.partition(";")[0] if isinstance(error, KapplanError) else "it was stopped"
            raise MachineError(
                f"the change could not be finished, nor taken back: {why}",
                hint="whoever uses the book next finishes it: look at the plans then (kapplan log)",
            ) from error
        raise
    with suppress(MachineError):
        _forget(folder)
    return written


def _write_down(
    folder: Path, plans: Sequence[Replacement], stood: Mapping[str, bytes | None], others: Mapping[str, bytes]
) -> None:
    root = os.path.realpath(folder)
    rows = [
        {"file": os.path.relpath(one.path, root), "before": one.before, "text": one.data.decode(), "holder": one.holder}
        for one in plans
    ]
    files = [{"file": name, "before": _digest(stood[name]), "text": data.decode()} for name, data in others.items()]
    text = json.dumps({"schema": _SCHEMA, "plans": rows, "files": files}, ensure_ascii=True)
    path = folder / BEGUN
    with prepared_beside(path, text.encode()) as prepared:
        move_into_place(prepared, path, like=_most_private([one.path for one in plans]))


def _most_private(files: Sequence[Path]) -> Path | None:
    """Return the file that fewest may read."""
    return min(files, key=lambda file: stat.S_IMODE(file.stat().st_mode), default=None)


def _made(folder: Path, begun: Sequence[Replacement], others: Mapping[str, bytes]) -> bool:
    """Forget what was begun, where all of it is made; return whether it is."""
    with suppress(KapplanError, OSError):
        files = [(one.path, one.data) for one in begun] + [(folder / name, data) for name, data in others.items()]
        if all(_bytes(file) == data for file, data in files):
            _forget(folder)
            return True
    return False


def _taken_back(folder: Path, lock: FileLock, begun: Sequence[Replacement], stood: Mapping[str, bytes | None]) -> bool:
    """Take back what was begun, where every plan is as it was before; return whether nothing is left of it."""
    with suppress(KapplanError, OSError):
        if lock.kept() and all(_is_as(one.path, one.before) for one in begun):
            for name, data in stood.items():
                _put_back(folder / name, data)
            _forget(folder)
            return True
    return False


def _put_back(file: Path, data: bytes | None) -> None:
    """Let one of the book's own files hold what it held, or go where it was not there."""
    if _is_as(file, _digest(data)):
        return
    if data is None:
        file.unlink()
    else:
        write_whole(file, data)


def _forget(folder: Path) -> None:
    """Forget what was begun: it is made, or nothing of it is. Raises ``MachineError`` where it stays."""
    path = folder / BEGUN
    if os.path.lexists(path):
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise MachineError(f"{path} cannot be removed: {error.strerror}") from error


# -- who comes next -------------------------------------------------------------------------------------------------


def go_on(folder: Path) -> str | None:
    """Finish what a program that was stopped had begun, once nobody else does; return in words what is to be known.

    Who may not write to the folder, or cannot finish it, reads what lies there, without trying or waiting again.
    """
    try:
        about = (folder / BEGUN).lstat()
    except OSError:
        return None
    return _tried(folder, os.path.abspath(folder), about.st_ino, about.st_mtime_ns)  # noqa: PTH100  # links stay


@lru_cache(maxsize=64)
def _tried(folder: Path, *about: object) -> str | None:
    """Try to finish what was begun in a folder, and return what is to be known; once of one file."""
    del about
    half = "A change of many plans is not finished, and may be shown of some of them alone"
    if not os.access(folder, os.W_OK):
        return f"{half}: you may not write to {folder}."
    try:
        with FileLock(folder / LOCK) as lock:
            gone = _finish(folder, lock)
    except InvalidFileError as error:
        return f"{half}: {'; '.join(f'{problem.file}: {problem.message}' for problem in error.problems)}."
    except KapplanError as error:
        return f"{half}: {error.message}."
    if not gone:
        return None
    named = ", ".join(map(str, gone))
    return f"A change of many plans was begun and is finished now, but for what is not there any more: {named}."


@contextmanager
def settled(folder: Path) -> Iterator[FileLock]:
    """Hold the lock of a folder's book, in which no change of many plans is half made any more.

    Raises ``InvalidFileError`` or ``MachineError`` where what was begun cannot be read.
    """
    with FileLock(folder / LOCK) as lock:
        _finish(folder, lock)
        yield lock


def _finish(folder: Path, lock: FileLock) -> list[Path]:
    """Make what was begun and is not made yet; return the plans that are not there any more, whom it leaves out.

    A plan that is neither what it was nor what it was to become was changed by somebody since, and stays theirs.
    """
    files, plans = _read(folder)
    for one in files:
        lock.keep()
        if _is_as(one.path, one.before):
            write_whole(one.path, one.text.encode())
    for one in plans:
        lock.keep()
        if _is_as(one.path, one.before):
            _put(one, lock)
    if files or plans:
        lock.keep()
        _forget(folder)
    return [one.path for one in plans if not os.path.lexists(one.path)]


def _put(one: _Row, lock: FileLock) -> None:
    """Put a plan in its place under its lock, which who began this holds no more, and keep what it was."""
    own = FileLock(one.path)
    own.free_of(one.holder)
    with prepared_beside(one.path, one.text.encode(), prepared=own.prepared) as prepared, own:
        if _is_as(one.path, one.before):
            with keeping(one.path, own.before):
                lock.keep()
                own.check()
                move_into_place(prepared, one.path)


def _read(folder: Path) -> tuple[list[_Row], list[_Row]]:
    """Return what was begun of the book's own files, and of its plans; nothing where nothing was."""
    path, expected = folder / BEGUN, "what kapplan wrote; look at the plans, delete it"
    with suppress(FileNotFoundError), reading_own(path, "a change that was begun cannot be read", expected):
        data = json.loads(path.read_bytes())
        known = {_SCHEMA: data}[data["schema"]]
        there = set(map(os.path.realpath, plan_files(folder).values()))
        return [_own(folder, one) for one in known["files"]], [_plan(folder, one, there) for one in known["plans"]]
    return [], []


def _plan(folder: Path, row: Mapping[str, Any], there: set[str]) -> _Row:
    """Return a row of a plan of the folder, wherever it lies, or of one that is gone; ``ValueError`` for any other."""
    path = folder / row["file"]
    if os.path.realpath(path) not in there and os.path.lexists(path):
        raise ValueError(row["file"])
    return _Row(path, str(row["before"]), str(row["text"]), str(row["holder"]))


def _own(folder: Path, row: Mapping[str, Any]) -> _Row:
    """Return a row of a file that the book keeps in its folder; ``ValueError`` for any other file."""
    name, before = row["file"], row["before"]
    if Path(name).name != name or not name.startswith(_OWN):
        raise ValueError(name)
    return _Row(folder / name, None if before is None else str(before), str(row["text"]))


def _bytes(file: Path) -> bytes | None:
    """Return what a file holds; ``None`` where it is not there."""
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return None


def _digest(data: bytes | None) -> str | None:
    return None if data is None else sha256(data).hexdigest()


def _is_as(file: Path, digest: str | None) -> bool:
    """Return whether a file holds the bytes of a digest, or is not there for ``None``."""
    try:
        return _digest(_bytes(file)) == digest
    except OSError:
        return False
