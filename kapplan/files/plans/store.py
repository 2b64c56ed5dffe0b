"""Plan files: found, read, written whole, and never over what somebody else has changed."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from kapplan.dataclass import dataclass
from kapplan.errors import ChangedMeanwhileError, InvalidFileError, MachineError, UsageError
from kapplan.files.plans.atomic import DAMAGED, PREVIOUS, keeping, move_into_place, prepared_beside, write_whole
from kapplan.files.plans.format import LARGEST, bytes_of, plan_of
from kapplan.files.plans.locks import FileLock, all_held
from kapplan.files.toml.faults import nearest_of
from kapplan.files.toml.sources import STDIN, SourceFile, open_source
from kapplan.model.plan import Plan

ENDING = ".plan.toml"
"""How the names of plan files end."""
BEGUN = ".kapplan-begun.json"
"""The file beside plans in which a change of many of them is written down before it is made."""

_PATIENT = re.compile(rb'^patient = "([^"\\\n]*)"', re.MULTILINE)
_HEAD = 4096
"""So many bytes of a plan's file hold the line that names its patient."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPlan:
    """A plan as it was read: the SHA-256 of the file's bytes, and its path (``None`` where it came through a pipe).

    Of a plan that lies in a database, ``book`` is the database's address and ``name`` the plan's there; ``home`` is the
    folder from which its paths count, and ``known_as`` what finds it where its name alone does not.
    """

    plan: Plan
    digest: str
    path: Path | None
    source: SourceFile
    name: str | None = None
    book: str | None = None
    home: Path = Path()
    known_as: str = ""

    @property
    def typed(self) -> str:
        """What a command names the plan by: its path, its name in a book, or that with the book's address before it."""
        return self.known_as or str(self.path or self.name or STDIN)

    @property
    def folder(self) -> Path:
        """The folder from which the plan's paths count: its own, where it is a file."""
        return self.home if self.path is None else self.path.parent

    @property
    def base(self) -> Path:
        """The folder from which the files that the plan's clinic names count: that of the clinic's file."""
        named = self.plan.inputs.clinic or self.plan.inputs.profile
        return self.folder if named is None else (self.folder / named).parent


def load_plan(path: Path | str, *, pipes: bool = True) -> StoredPlan:
    """Read a plan file, or standard input for ``-``; what merely lies in a folder without waiting for ``pipes``.

    Raises ``UsageError`` where there is none and ``InvalidFileError`` with all problems of the file.
    """
    source = open_source(path, what="plan", at_most=LARGEST, pipes=pipes)
    return StoredPlan(plan=plan_of(source), digest=source.digest, path=source.path, source=source)


def new_plan_file(path: Path | str, plan: Plan) -> StoredPlan:
    """Write a plan to a new file; raises ``UsageError`` where something of that name is there already."""
    path = Path(path)
    data, lock = bytes_of(plan), FileLock(path)
    with prepared_beside(path, data, prepared=lock.prepared) as prepared, lock:
        if os.path.lexists(path):
            raise UsageError(f"{path} is there already; a plan is never overwritten", hint="choose another name")
        lock.check()
        _put(prepared, path, data, plan)
    return _stored(path, plan, data)


def replace_plan(stored: StoredPlan, plan: Plan) -> StoredPlan:
    """Write a changed plan over the file that it was read from.

    Raises ``ChangedMeanwhileError`` where the file is no longer what was read; the file is then left alone. At every
    moment, whatever fails, the file holds the old plan or the new one whole.
    """
    return replace_plans([(stored, plan)])[0]


class _Ready(NamedTuple):
    """A changed plan that lies beside the file whose place it is to take, and where that can be had back."""

    stored: StoredPlan
    plan: Plan
    path: Path
    data: bytes
    lock: FileLock
    prepared: Path


class Replacement(NamedTuple):
    """What is about to be written over a plan's file.

    Its path, the digest of what it holds, its new bytes, and the token of who holds its lock.
    """

    path: Path
    before: str
    data: bytes
    holder: str


def replace_plans(
    changes: Sequence[tuple[StoredPlan, Plan]],
    begin: Callable[[Sequence[Replacement]], None] | None = None,
    whole: FileLock | None = None,
) -> tuple[StoredPlan, ...]:
    """Write several changed plans over the files that they were read from, as ``replace_plan`` does, or none of them.

    All of them lie on the disk before the first is put in its place; right before it ``begin`` is told of them all.
    Where one cannot be, those before it are put back as they were, by renaming: a full disk lets that be done. Who has
    lost the lock of the ``whole`` neither goes on nor back: whoever has it does.
    """
    with ExitStack() as held:
        ready = [_ready(held, stored, plan, whole) for stored, plan in changes]
        held.enter_context(all_held([one.lock for one in ready]))
        for one in ready:
            if _digest(one.path) != one.stored.digest:
                raise ChangedMeanwhileError(
                    f"{one.stored.path} was changed by someone else since it was read; nothing was written",
                    hint="run the command again: it will work on the changed plan",
                )
        if begin is not None:
            begin([Replacement(one.path, one.stored.digest, one.data, one.lock.token) for one in ready])
        _put_all(ready, whole)
    return tuple(_stored(one.stored.path or one.path, one.plan, one.data) for one in ready)


def _ready(held: ExitStack, stored: StoredPlan, plan: Plan, whole: FileLock | None) -> _Ready:
    if whole is not None:
        whole.keep()
    if stored.path is None:
        raise UsageError("a plan read from standard input cannot be changed", hint="save it to a file first")
    path = Path(os.path.realpath(stored.path))
    data, lock = bytes_of(plan), FileLock(path)
    prepared = held.enter_context(prepared_beside(path, data, prepared=lock.prepared))
    return _Ready(stored, plan, path, data, lock, prepared)


def _put_all(ready: Sequence[_Ready], whole: FileLock | None) -> None:
    """Put plans in their places, or put those back that were, where one cannot be or somebody interrupts before that.

    What each file held becomes the last good revision beside it once all are in their places.
    """
    begun: list[_Ready] = []
    with ExitStack() as kept:
        try:
            for one in ready:
                if whole is not None:
                    whole.keep()
                one.lock.keep()
                kept.enter_context(keeping(one.path, one.lock.before, _ending(one)))
                begun.append(one)
                _put(one.prepared, one.path, one.data, one.plan)
        except BaseException as error:
            if whole is not None and not whole.kept():
                raise
            if isinstance(error, KeyboardInterrupt) and all(_is_in_place(one) for one in ready):
                raise
            changed = [str(one.path) for one in begun if not _put_back(one)]
            if changed:
                raise MachineError(
                    f"the disk failed half-way; changed, and not to be put back: {', '.join(changed)}",
                    hint="look at each of them before you go on: kapplan log",
                ) from error
            raise


def _ending(one: _Ready) -> str | None:
    """Return under what ending a plan's file is kept: not at all where something else has changed it."""
    return PREVIOUS if one.stored.plan.doubted is None else None


def _put_back(one: _Ready) -> bool:
    """Put a plan back as it was, unless somebody has written it since; return whether that could be done.

    Where it could not, what it was stays beside it.
    """
    try:
        if _is_in_place(one):
            one.lock.keep()
            try:
                one.lock.before.replace(one.path)
            except OSError:  # a file system without links
                write_whole(one.path, one.stored.source.data)
    except (MachineError, ChangedMeanwhileError):
        with suppress(OSError):
            one.lock.before.replace(one.path.with_name(one.path.name + (_ending(one) or DAMAGED)))
        return False
    return True


def _is_in_place(one: _Ready) -> bool:
    return _digest(one.path) == sha256(one.data).hexdigest()


def _put(prepared: Path, path: Path, data: bytes, plan: Plan) -> None:
    """Put a prepared plan in its place, under its lock, and see that it lies there, or what somebody made of it since.

    Who was stopped right after that for longer than the lock holds finds another's change on top of the own one.
    """
    try:
        move_into_place(prepared, path)
    except FileNotFoundError as error:
        if not path.parent.is_dir():
            raise
        raise ChangedMeanwhileError("writing took too long; nothing was written", hint="try again") from error
    if _digest(path) != sha256(data).hexdigest() and not _goes_on_from(path, plan):
        raise ChangedMeanwhileError(
            f"{path} was written by someone else at the same moment", hint="look at it before you go on: kapplan log"
        )


def _goes_on_from(path: Path, plan: Plan) -> bool:
    """Return whether the history of the plan in a file holds all of another's: the chain's last link covers all."""
    last = plan.history[-1].chain if plan.history else None
    try:
        there = load_plan(path, pipes=False).plan
    except (InvalidFileError, UsageError):
        return False
    return last is not None and any(entry.chain == last for entry in there.history)


def find_plan(text: str, folders: Sequence[Path]) -> Path:
    """Return the plan file that a person means: a path, ``-``, or the start of a file's name in one of the folders.

    A whole name without its ending counts more than a mere beginning, in any case, and where no name fits a patient's
    id or its start does. Raises ``UsageError`` that names what fits, or what comes nearest.
    """
    path = Path(text)
    if is_there(text):
        return path
    if len(path.parts) > 1:
        raise UsageError(f"there is no file {text}")
    plans = {os.path.realpath(file): file for folder in folders for file in _plans_in(folder)}
    asked = path.name.casefold()
    exact = [file for file in plans.values() if file.name.casefold() in {asked, asked + ENDING}]
    fitting = exact or [file for file in plans.values() if asked and file.name.casefold().startswith(asked)]
    if not fitting and asked:
        patients = {file: patient_in(file).casefold() for file in plans.values()}
        whole = [file for file, patient in patients.items() if patient == asked]
        fitting = whole or [file for file, patient in patients.items() if patient.startswith(asked)]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        names = ", ".join(sorted(str(file) for file in fitting))
        raise UsageError(f"{text} could be any of {names}", hint="give more of the name")
    nearest = nearest_of(text, [file.name.removesuffix(ENDING) for file in plans.values()])
    hint = f"did you mean {nearest}?" if nearest else "--book, or $KAPPLAN_BOOK, names another folder of plans"
    raise UsageError(f"there is no plan {text} in {_places(folders)}", hint=hint)


def _places(folders: Sequence[Path]) -> str:
    """Return the folders in which a plan was looked for, in words."""
    here = Path()
    named = dict.fromkeys("this folder" if folder.resolve() == here.resolve() else str(folder) for folder in folders)
    return " or ".join(named)


def patient_in(file: Path) -> str:
    """Return whose plan a file says it is, read from its first lines alone; nothing where they do not say."""
    try:
        with file.open("rb") as stream:
            found = _PATIENT.search(stream.read(_HEAD))
    except OSError:
        return ""
    return "" if found is None else found[1].decode("utf-8", "replace")


def is_there(name: str) -> bool:
    """Return whether a name on the command line is that of a file, or standard input's."""
    path = Path(name)
    try:
        return name == STDIN or (path.exists() and not path.is_dir())
    except (OSError, ValueError):
        return False


def _plans_in(folder: Path) -> list[Path]:
    try:
        return sorted(file for file in folder.iterdir() if file.name.endswith(ENDING))
    except (OSError, ValueError):
        return []


def _stored(path: Path, plan: Plan, data: bytes) -> StoredPlan:
    source = SourceFile(name=str(path), data=data, path=path)
    return StoredPlan(plan=plan, digest=source.digest, path=path, source=source)


def _digest(path: Path) -> str | None:
    """Return the digest of what a file holds now; ``None`` where it is gone."""
    try:
        return sha256(path.read_bytes()).hexdigest()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise MachineError(f"{path} cannot be read: {error.strerror}") from error
