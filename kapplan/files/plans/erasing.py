"""Everything that lies beside a plan's file because of it, and how it goes: plan, revisions, ledgers, leftovers.

A hidden file remembers where a plan's visits were given out to beside servers (calendars to subscribe to, folders of
mails), so that all of it can be called off before the plan is erased.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from glob import escape
from pathlib import Path
from typing import Literal

from kapplan.dataclass import dataclass
from kapplan.errors import MachineError
from kapplan.files.plans.atomic import DAMAGED, previous_of, reading_own, write_whole
from kapplan.files.plans.locks import FileLock, all_held
from kapplan.files.plans.store import BEGUN, StoredPlan

TOMBSTONES = ".kapplan-erased"
"""Where a folder remembers that something was erased: on which day and by whom, and nothing of the patient."""
_INDEX = ".kapplan-index.json"


def belongings(path: Path) -> tuple[Path, ...]:
    """Return every file that holds anything of a plan, its own last: where erasing stops, it can be begun again."""
    folder, name = path.parent, escape(path.name)
    beside = [previous_of(path), path.with_name(path.name + DAMAGED), folder / _INDEX]
    hidden = [*folder.glob(f".{name}.*"), *folder.glob(f".{name}{escape('.prev')}.*")]
    hidden += [left for one in (_INDEX, BEGUN) for left in folder.glob(f".{one}.*.tmp")]
    found = dict.fromkeys(one for one in (*hidden, *beside) if one.is_file())
    return (*found, path)


def gave_out(path: Path) -> bool:
    """Return whether anything beside a plan's file remembers that the plan was given out: a ledger, or outlets."""
    hidden = path.parent.glob(f".{escape(path.name)}.*")
    return any(file.name.endswith((".json", ".outlets")) for file in hidden)


def erase_files(path: Path, *copies: Path, on: str, by: str) -> int:
    """Remove a plan, its ``copies`` and all that belongs to them, and leave a tombstone; return how many files went.

    Nobody writes them meanwhile, and what a change that came in between keeps beside the plan goes too; the lock of the
    folder's book is held, and no change of many plans begun in it. Raises ``MachineError`` for a file that the system
    does not let us remove.
    """
    removed: set[Path] = set()
    whole = dict.fromkeys((*copies, path))
    locks = [FileLock(one) for one in whole]
    own = {lock.path for lock in locks}
    with all_held(locks):
        for _ in range(_LOOKS):
            files = dict.fromkeys(file for one in whole for file in belongings(one))
            for file in [file for file in files if file not in own and os.path.lexists(file)]:
                removed |= {file} if _removed(file) else set()
    with suppress(OSError), (path.parent / TOMBSTONES).open("a", encoding="utf-8") as tombs:
        tombs.write(f"{on} {by}: a plan was erased\n")
    return len(removed)


_LOOKS = 2
"""So often it is looked at what there is to remove: a lock that was held too long lets somebody write once more."""


def _removed(file: Path) -> bool:
    """Remove a file; return whether it was there."""
    try:
        file.unlink()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise MachineError(
            f"{file} could not be removed: {error.strerror}; what is left can be erased again"
        ) from error
    return True


# Where a plan was given out to

FORMAT = 1
Sort = Literal["feeds", "mails"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlets:
    """The files of a plan's calendars to subscribe to, and the folders that mails about it were written into."""

    feeds: tuple[Path, ...] = ()
    mails: tuple[Path, ...] = ()


def outlets_path(stored: StoredPlan) -> Path | None:
    """Return where it is remembered; ``None`` for a plan that lies nowhere."""
    name = stored.path.name if stored.path is not None else stored.name
    return None if name is None else stored.folder.resolve() / f".{name}.outlets"


def outlets_of(stored: StoredPlan) -> Outlets:
    """Return where a plan's visits were given out to; raises ``InvalidFileError`` where the memory is damaged."""
    path = outlets_path(stored)
    if path is None:
        return Outlets()
    message, expected = "where this plan was given out cannot be read", "a file that `kapplan export` wrote"
    with suppress(FileNotFoundError), reading_own(path, message, expected):
        data = json.loads(path.read_bytes())
        known = {FORMAT: data}[data["format"]]
        return Outlets(feeds=tuple(map(Path, known["feeds"])), mails=tuple(map(Path, known["mails"])))
    return Outlets()


def note_outlet(stored: StoredPlan, sort: Sort, given_out: Path) -> None:
    """Remember a file or a folder that a plan's visits are given out by."""
    path = outlets_path(stored)
    if path is None:
        return
    known = outlets_of(stored)
    feeds, mails = dict.fromkeys(known.feeds), dict.fromkeys(known.mails)
    {"feeds": feeds, "mails": mails}[sort][given_out.resolve()] = None
    data = {"format": FORMAT, "feeds": [str(one) for one in feeds], "mails": [str(one) for one in mails]}
    write_whole(path, json.dumps(data, indent=1).encode() + b"\n")
