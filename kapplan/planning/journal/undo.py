"""The history of a plan: every change is one entry that can be taken back, and every undo is a change of its own.

An entry's ``undo`` is JSON: the patch that gives the plan before it, and for an undo or a redo over how many steps it
went. What calendars know only ever rises: an undo gives a visit a higher SEQUENCE, never the old one again, and forgets
no name under which a calendar may know it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from kapplan.dataclass import replace
from kapplan.errors import FileProblem, InvalidFileError, UsageError
from kapplan.model.plan import Entry, Plan, PlannedVisit
from kapplan.planning.availability.timezones import zone
from kapplan.planning.journal.calendar_identity import CardChange, bump, never_forgotten
from kapplan.planning.journal.chain import chained
from kapplan.planning.journal.patch import data_of, patch, patched, record_of

_DAMAGE = (ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError, RecursionError)
"""What comes of a patch whose text or whose shape is damaged."""


class DamagedHistoryError(InvalidFileError):
    """What a revision keeps of the plan before it is damaged: the plan stands, but cannot be taken back past it."""

    def __init__(self, revision: int) -> None:
        problem = FileProblem(
            message=f"revision {revision} cannot be taken back: what it keeps of the plan before it is damaged",
            file="the plan's history",
            expected="the plan as it is goes on; an earlier state comes back by `kapplan restore`",
        )
        super().__init__((problem,))


UNDO, REDO = "undo", "redo"
_OUTSIDE = frozenset({"history", "revision", "revised", "doubted"})
"""What a patch leaves alone: it is known from the entries themselves, or no change made it so."""


def with_entry(
    before: Plan,
    after: Plan,
    *,
    at: datetime,
    by: str,
    command: str,
    text: str,
    why: str | None = None,
    change: str | None = None,
) -> Plan:
    """Return a changed plan as the next revision of ``before``, with the entry that takes the change back.

    ``at`` is a moment with a zone, ``change`` what other plans were changed as, too. Every visit gets the SEQUENCE and
    the time of revision that calendars should see; visits that ``after`` no longer has are kept among ``withdrawn``.
    """
    entry = Entry(revision=before.revision + 1, at=at, by=by, command=command, text=text, why=why, change=change)
    return _next_revision(before, after, entry)


def _next_revision(before: Plan, after: Plan, entry: Entry, steps: int | None = None) -> Plan:
    told = _as_told(before, after, entry.at)
    change = patch(told, before)
    back: dict[str, Any] = {"patch": {key: one for key, one in change.items() if key not in _OUTSIDE}}
    if steps is not None:
        back["steps"] = steps
    entry = replace(entry, undo=json.dumps(back, ensure_ascii=False, separators=(",", ":")))
    entry = chained(before.history, entry)
    return replace(
        told, revision=entry.revision, revised=max(entry.at, before.revised), history=(*before.history, entry)
    )


def _content(plan: Plan) -> Any:
    data = data_of(replace(plan, history=()))
    return {key: value for key, value in data.items() if key not in _OUTSIDE}


def _as_told(before: Plan, after: Plan, at: datetime) -> Plan:
    """Return the changed plan with what calendars are told of each visit."""
    card = None if before.clinic == after.clinic else CardChange(before.clinic, after.clinic)
    known = {visit.id: visit for visit in (*before.withdrawn, *before.visits)}
    visits = tuple(bump(known.get(visit.id), visit, at, card=card) for visit in after.visits)
    there = {visit.id for visit in visits}
    gone = (bump(one, replace(one, status="cancelled"), at) for one in known.values() if one.id not in there)
    identity = never_forgotten(before.identity, after.identity)
    return replace(after, visits=visits, withdrawn=tuple(gone), identity=identity)


# Looking back


def as_of(plan: Plan, when: int | date | datetime) -> Plan:
    """Return the plan as it stood at a revision, at the end of a day in its time zone, or at a moment.

    ``UsageError`` where there was no plan yet, or no such revision.
    """
    revision = when if isinstance(when, int) else _last_by(plan, when)
    first = plan.history[0].revision if plan.history else plan.revision
    if not first <= revision <= plan.revision:
        asked = f"revision {revision}" if isinstance(when, int) else f"{when:%Y-%m-%d}"
        raise UsageError(
            f"there is no plan as of {asked}", hint=f"it has revisions {first} to {plan.revision}; `log` lists them"
        )
    kept = tuple(entry for entry in plan.history if entry.revision <= revision)
    revised = max((entry.at for entry in kept), default=plan.revised)
    number = plan.revision
    data = _content(plan)
    try:
        for entry in reversed(plan.history):
            if entry.revision > revision:
                number = entry.revision
                data = patched(data, _back(entry)["patch"])
        return _restored(data, history=kept, revision=revision, revised=revised)
    except _DAMAGE as error:
        raise DamagedHistoryError(number) from error


def _last_by(plan: Plan, when: date) -> int:
    if isinstance(when, datetime):
        return max((entry.revision for entry in plan.history if entry.at <= when), default=0)
    here = zone(plan.timezone)
    return max((entry.revision for entry in plan.history if entry.at.astimezone(here).date() <= when), default=0)


def _back(entry: Entry) -> dict[str, Any]:
    if entry.undo is None:
        raise UsageError(f"revision {entry.revision} cannot be taken back: it keeps no record of what was before it")
    back: dict[str, Any] = json.loads(entry.undo)
    return back


def _restored(data: Any, *, history: tuple[Entry, ...], revision: int, revised: datetime) -> Plan:
    known = {"history": [], "revision": revision, "revised": data_of(revised)}
    restored: Plan = record_of(Plan, {**data, **known})
    here = zone(restored.timezone)
    return replace(
        restored,
        history=history,
        revised=revised,
        visits=tuple(_local(visit, here) for visit in restored.visits),
        withdrawn=tuple(_local(visit, here) for visit in restored.withdrawn),
    )


def _local(visit: PlannedVisit, here: Any) -> PlannedVisit:
    def moved(moment: datetime | None) -> datetime | None:
        return None if moment is None else moment.astimezone(here)

    return replace(
        visit,
        start=visit.start.astimezone(here),
        end=visit.end.astimezone(here),
        actual=moved(visit.actual),
        original=moved(visit.original),
    )


# Undo and redo


class Stacks(NamedTuple):
    """Revisions that can be taken back and those that can be brought back, the next one last in each.

    Each is the revision after which the change stood; ``undone`` ones were taken back and nothing was changed since.
    """

    done: tuple[int, ...]
    undone: tuple[int, ...]


def stacks(plan: Plan) -> Stacks:
    """Return what undo and redo would reach."""
    done: list[int] = []
    undone: list[int] = []
    for entry in plan.history[1:]:
        if entry.command in {UNDO, REDO}:
            source, target = (done, undone) if entry.command == UNDO else (undone, done)
            try:
                for _ in range(_back(entry).get("steps", 1)):
                    target.append(source.pop())
            except _DAMAGE as error:
                raise DamagedHistoryError(entry.revision) from error
        else:
            done.append(entry.revision)
            undone.clear()
    return Stacks(tuple(done), tuple(undone))


def undo(plan: Plan, *, at: datetime, by: str, steps: int = 1, why: str | None = None) -> Plan:
    """Return the plan as it was before its last ``steps`` changes, as a new revision.

    ``UsageError`` where so many changes were not made.
    """
    taken = _reached(stacks(plan).done, steps, UNDO)
    return _gone_back(plan, taken[-1] - 1, _entry(plan, UNDO, "Took back", taken, at=at, by=by, why=why), steps)


def redo(plan: Plan, *, at: datetime, by: str, steps: int = 1, why: str | None = None) -> Plan:
    """Return the plan with the last ``steps`` changes that were taken back made again, as a new revision.

    ``UsageError`` where so many were not taken back, or something was changed since.
    """
    made = _reached(stacks(plan).undone, steps, REDO)
    return _gone_back(plan, made[-1], _entry(plan, REDO, "Made again", made, at=at, by=by, why=why), steps)


def restored(plan: Plan, revision: int, *, at: datetime, by: str, why: str | None = None) -> Plan:
    """Return the plan as it stood at a revision, as a new revision; ``UsageError`` where there was none such."""
    entry = Entry(
        revision=plan.revision + 1, at=at, by=by, command="restore", text=f"restored revision {revision}", why=why
    )
    return _next_revision(plan, as_of(plan, revision), entry)


def accepted(plan: Plan, *, at: datetime, by: str, why: str | None = None) -> Plan:
    """Return a doubted plan as it is, accepted by name: the chain of its history begins anew over all of it."""
    history = tuple(replace(entry, chain=None) for entry in plan.history)
    before = replace(plan, doubted=None, history=history)
    text = f"accepted as it is, although its {plan.doubted} was changed by something else"
    return with_entry(before, before, at=at, by=by, command="accept-as-it-is", text=text, why=why)


def _reached(stack: Sequence[int], steps: int, command: str) -> tuple[int, ...]:
    """Return the revisions that so many steps reach, the nearest first."""
    if not 0 < steps <= len(stack):
        words = "nothing" if not stack else f"only {len(stack)} change{'s' if len(stack) > 1 else ''}"
        raise UsageError(f"there is {words} to {command}", hint="`log` lists every change")
    return tuple(reversed(stack[-steps:]))


def _entry(
    plan: Plan, command: str, words: str, revisions: Iterable[int], *, at: datetime, by: str, why: str | None
) -> Entry:
    said = {entry.revision: entry.text for entry in plan.history}
    texts = "; ".join(f"{said[revision]} (revision {revision})" for revision in revisions)
    return Entry(revision=plan.revision + 1, at=at, by=by, command=command, text=f"{words}: {texts}", why=why)


def _gone_back(plan: Plan, revision: int, entry: Entry, steps: int) -> Plan:
    return _next_revision(plan, as_of(plan, revision), entry, steps)
