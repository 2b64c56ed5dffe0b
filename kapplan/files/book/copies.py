"""Copies of one plan in a folder, as sync tools make them where two people write at once: found by the plan's id.

Their names differ from tool to tool (``river (conflicted copy).plan.toml``, ``river.plan.sync-conflict-1.toml``), but
all keep how the plan's own name begins. Nothing is merged: what each has that the other has not is for
people to record.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from kapplan.errors import KapplanError
from kapplan.files.plans.atomic import DAMAGED, PREVIOUS
from kapplan.files.plans.store import ENDING, StoredPlan, load_plan

if TYPE_CHECKING:
    from kapplan.model.bookings import BookedPlan
    from kapplan.model.plan import Entry, Plan

_NO_COPIES = (PREVIOUS, DAMAGED, ".lock", ".tmp")
_MOST = 20
"""So many files with a like name are looked into."""


def copies_of(stored: StoredPlan) -> Iterator[StoredPlan]:
    """Yield the other files of a plan's folder that hold the same plan, under whatever name."""
    path = stored.path
    if path is None:
        return
    stem = path.name.removesuffix(ENDING)
    names = sorted(
        other
        for other in path.parent.glob("*")
        if other.name.startswith(stem) and other.name != path.name and not other.name.endswith(_NO_COPIES)
    )
    for other in [name for name in names if _may_be_one(name)][:_MOST]:
        with suppress(KapplanError, OSError):
            copy = load_plan(other, pipes=False)
            if copy.plan.id == stored.plan.id:
                yield copy


def _may_be_one(file: Path) -> bool:
    return ".plan" in file.name or "conflict" in file.name


def copies_in(folder: Path, ids: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Return the plans of a folder that are there several times, by name, with the names of the other files.

    ``ids`` are the ids of its plans by their names; the copies may have names that no plan has.
    """
    of_id: dict[str, list[str]] = defaultdict(list)
    for name, plan in ids.items():
        of_id[plan].append(name + ENDING)
    strays = (file for file in sorted(folder.glob("*")) if _may_be_one(file) and file.name[0] != ".")
    for stray in [file for file in strays if not file.name.endswith((*_NO_COPIES, ENDING))][:_MOST]:
        with suppress(KapplanError, OSError):
            if (plan := load_plan(stray, pipes=False).plan.id) in of_id:
                of_id[plan].append(stray.name)
    return {
        names[0].removesuffix(ENDING): tuple(names[1:])
        for names in (sorted(found, key=lambda name: (len(name), name)) for found in of_id.values())
        if len(names) > 1
    }


def copy_words(stored: StoredPlan, copy: StoredPlan) -> str:
    """Return that a plan has a copy, and what each of the two has that the other has not."""
    told = f"{copy.path} is another copy of this plan."
    for one, other in ((copy, stored), (stored, copy)):
        alone = "; ".join(_words(entry) for entry in _alone(one.plan, other.plan))
        if alone:
            told += f" Only {one.path} has: {alone}."
    return f"{told} Record in one what the other has, then move the other out of the folder."


def _alone(plan: Plan, other: Plan) -> list[Entry]:
    known = {(entry.at, entry.by, entry.text) for entry in other.history}
    return [entry for entry in plan.history if (entry.at, entry.by, entry.text) not in known]


def _words(entry: Entry) -> str:
    return f"{entry.at:%Y-%m-%d %H:%M} UTC, {entry.by}: {entry.text}"


def each_once(plans: Iterable[BookedPlan]) -> tuple[BookedPlan, ...]:
    """Return plans with one for each id: of several copies the latest revision, of equal ones the first by name."""
    found: dict[str, BookedPlan] = {}
    for plan in plans:
        known = found.get(plan.plan)
        if known is None or plan.revision > known.revision:
            found[plan.plan] = plan
    return tuple(found.values())
