"""The index of a folder of plans: what each takes, so that a thousand files need not be parsed to place one more.

It lies beside the plans, is readable by its owner alone, and holds times, resources, ids and flags, never a score, a
drug, a diagnosis or the text of a notice. It is never trusted over the plans: an entry counts only while the file is
the one that was read, by its identity, size and times; a file that was written about when the index was (so that its
times could be the same again) is told by the digest of its bytes. What is not as it was is read anew.

The first line holds the version and a digest of the others. Of these each is a plan: what tells whether it is the one
that is known and whether it matters, a tab, and the rest, which is only read for plans that are asked for.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import fields
from hashlib import sha256
from pathlib import Path
from typing import Any

from kapplan.dataclass import dataclass
from kapplan.errors import FileProblem, InvalidFileError, KapplanError, MachineError, UsageError
from kapplan.files.plans.atomic import write_whole
from kapplan.files.plans.store import ENDING, load_plan
from kapplan.model.bookings import BookedPlan, BookedVisit
from kapplan.model.plan import Plan
from kapplan.planning.bookings.plan_bookings import booked_plan

NAME = ".kapplan-index.json"
VERSION = 4
WORTH = 16
"""Of fewer plans no index is kept: they are read in a moment."""
_RACY = 2_000_000_000
"""Nanoseconds within which two writes may leave a file the same times."""

_OF_PLAN = tuple(field.name for field in fields(BookedPlan) if field.name != "visits")
_OF_VISIT = tuple(field.name for field in fields(BookedVisit))

Stamp = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Indexed:
    """What the index knows of one plan's file; a file that cannot be read has ``problems`` and nothing else.

    One that can be read and has them all the same is not as it was written. ``id`` is the plan's own, ``clinic`` its
    clinic's, ``until`` the end of the last visit that takes anything, in seconds since 1970; ``cells`` is the rest of
    it as JSON.
    """

    stamp: Stamp
    digest: str
    problems: tuple[str, ...] = ()
    id: str = ""
    clinic: str | None = None
    until: int = 0
    cells: str = ""

    @property
    def plan(self) -> BookedPlan | None:
        """The plan as a book lists it; ``None`` for a file that cannot be read."""
        return _plan(json.loads(self.cells)) if self.cells else None


def plan_files(folder: Path) -> dict[str, Path]:
    """Return the plan files of a folder by their names without the ending, in order."""
    try:
        found = [path for path in folder.iterdir() if path.name.endswith(ENDING) and path.name[0] != "."]
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise MachineError(f"the book {folder} cannot be read: {error.strerror}") from error
    return dict(sorted((path.name.removesuffix(ENDING), path) for path in found))


def read_index(folder: Path) -> dict[str, Indexed]:
    """Return what is known of every plan in a folder, read anew where the index does not know it."""
    path = folder / NAME
    written, known = _load(path)
    fresh: dict[str, Indexed] = {}
    changed = False
    for name, file in plan_files(folder).items():
        stamp = _stamp(file)
        if stamp is None:
            continue
        entry = known.get(name)
        if entry is None or entry.stamp != stamp or not _settled(file, entry, written):
            entry, changed = _read(file, stamp), True
        fresh[name] = entry
    if (changed or fresh.keys() != known.keys()) and len(fresh) >= WORTH:
        write_index(folder, fresh)
    return fresh


def write_index(folder: Path, entries: Mapping[str, Indexed]) -> None:
    """Write the index; where the folder may not be written to, plans are read each time instead."""
    lines = "".join(f"\n{_head(name, entry)}\t{entry.cells}" for name, entry in entries.items()).encode()
    first = _json({"version": VERSION, "digest": sha256(lines).hexdigest()}).encode()
    with suppress(KapplanError, OSError):
        write_whole(folder / NAME, first + lines, durable=False)


def _settled(file: Path, entry: Indexed, written: int) -> bool:
    """Return whether a file with the known times is surely the known one."""
    if entry.stamp[2] < written - _RACY:
        return True
    with suppress(OSError):
        return sha256(file.read_bytes()).hexdigest() == entry.digest
    return False


def _stamp(file: Path) -> Stamp | None:
    """Return a file's identity, size and times; ``None`` where it has just gone.

    Of a link that leads nowhere, or in a circle, they are the link's own: it is a plan that cannot be read.
    """
    try:
        stat = file.stat()
    except OSError:
        try:
            stat = file.lstat()
        except OSError:
            return None
    return stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns


def _read(file: Path, stamp: Stamp) -> Indexed:
    try:
        stored = load_plan(file, pipes=False)
    except InvalidFileError as error:
        return Indexed(stamp=stamp, digest="", problems=tuple(_places(error.problems)))
    except (UsageError, MachineError) as error:
        return Indexed(stamp=stamp, digest="", problems=(error.message,))
    return indexed(stored.plan, file.name.removesuffix(ENDING), stamp, stored.digest)


def indexed(plan: Plan, name: str, stamp: Stamp, digest: str) -> Indexed:
    """Return what the index knows of a plan."""
    booked = booked_plan(plan, name)
    until = max((visit.ends for visit in booked.visits if visit.takes), default=0)
    doubts = () if plan.doubted is None else (plan.doubted,)
    return Indexed(
        stamp=stamp, digest=digest, problems=doubts, id=plan.id, clinic=booked.clinic, until=until,
        cells=_json(_cells(booked)),
    )  # fmt: skip


def _places(problems: Iterable[FileProblem]) -> list[str]:
    """Return where a plan is damaged, without a word of what stands there."""
    return sorted({f"line {problem.line}" if problem.line is not None else "the file" for problem in problems})


# -- as JSON --------------------------------------------------------------------------------------------------------


def _json(data: object) -> str:
    return json.dumps(data, separators=(",", ":"))


def _head(name: str, entry: Indexed) -> str:
    return _json([name, entry.stamp, entry.digest, entry.problems, entry.id, entry.clinic, entry.until])


def _load(path: Path) -> tuple[int, dict[str, Indexed]]:
    """Return when an index was written and what it holds; nothing where it is damaged, or of another version."""
    try:
        first, _, rest = path.read_bytes().partition(b"\n")
        about = json.loads(first)
        if about["version"] != VERSION or about["digest"] != sha256(b"\n" + rest).hexdigest():
            return 0, {}
        return path.stat().st_mtime_ns, dict(map(_entry, rest.decode().splitlines()))
    except (OSError, ValueError, KeyError, TypeError):
        return 0, {}


def _entry(line: str) -> tuple[str, Indexed]:
    head, _, cells = line.partition("\t")
    name, stamp, digest, problems, own_id, clinic, until = json.loads(head)
    known = Indexed(
        stamp=tuple(stamp), digest=digest, problems=tuple(problems), id=own_id, clinic=clinic, until=until, cells=cells
    )
    return name, known


def _cells(plan: BookedPlan) -> list[Any]:
    visits = [[getattr(visit, name) for name in _OF_VISIT] for visit in plan.visits]
    return [*(getattr(plan, name) for name in _OF_PLAN), visits]


def _plan(cells: list[Any]) -> BookedPlan:
    *values, visits = cells
    plan = dict(zip(_OF_PLAN, values, strict=True))
    return BookedPlan(**{**plan, "due": tuple(plan["due"])}, visits=tuple(map(_visit, visits)))


def _visit(cells: list[Any]) -> BookedVisit:
    values = dict(zip(_OF_VISIT, cells, strict=True))
    parts = tuple((who, begins, ends) for who, begins, ends in values["parts"])
    return BookedVisit(**{**values, "staff": tuple(values["staff"]), "parts": parts})
