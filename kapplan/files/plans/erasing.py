"""Everything that lies beside a plan's file because of it, and how it goes: plan, revisions, ledgers, leftovers."""

from __future__ import annotations

import json
from contextlib import suppress
from glob import escape
from pathlib import Path

from kapplan.errors import MachineError
from kapplan.files.plans.atomic import DAMAGED, previous_of

TOMBSTONES = ".kapplan-erased"
"""Where a folder remembers that something was erased: on which day and by whom, and nothing of the patient."""
_INDEX = ".kapplan-index.json"


def belongings(path: Path) -> tuple[Path, ...]:
    """Return every file that holds anything of a plan, its own last: where erasing stops, it can be begun again."""
    folder, name = path.parent, escape(path.name)
    beside = [previous_of(path), path.with_name(path.name + DAMAGED), folder / _INDEX]
    hidden = [*folder.glob(f".{name}.*"), *folder.glob(f".{name}{escape('.prev')}.*")]
    found = dict.fromkeys(one for one in (*hidden, *beside) if one.is_file())
    return (*found, path)


def entries_in_calendars(path: Path) -> dict[Path, int]:
    """Return how many entries of a plan's may still stand in a calendar, by the file that remembers them.

    A memory that cannot be read may know of any: it counts as one.
    """
    found: dict[Path, int] = {}
    for memory in sorted(path.parent.glob(f".{escape(path.name)}.*.json")):
        try:
            entries = json.loads(memory.read_bytes())["entries"].values()
            standing = sum(not (entry.get("cancelled") or entry.get("released")) for entry in entries)
        except (OSError, ValueError, KeyError, AttributeError):
            standing = 1
        if standing:
            found[memory] = standing
    return found


def erase_files(path: Path, *, on: str, by: str) -> int:
    """Remove a plan and all that belongs to it, and leave a tombstone; return how many files went.

    Raises ``MachineError`` for a file that the system does not let us remove.
    """
    files = belongings(path)
    for file in files:
        try:
            file.unlink(missing_ok=True)
        except OSError as error:
            raise MachineError(
                f"{file} could not be removed: {error.strerror}; what is left can be erased again"
            ) from error
    with suppress(OSError), (path.parent / TOMBSTONES).open("a", encoding="utf-8") as tombs:
        tombs.write(f"{on} {by}: a plan was erased\n")
    return len(files)
