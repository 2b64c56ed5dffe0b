"""One older change taken back while what came after it stays: a merge of three states of a plan, row by row.

It is done where nothing after it depends on it: what the change made different is as it left it. What follows from a
change by itself (dates of open visits, reasons, findings, proposals) is no record; the next revision works it out anew.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

from kapplan.errors import UsageError
from kapplan.model.plan import Plan, PlannedVisit, Snapshot, Task
from kapplan.planning.journal.undo import REDO, UNDO, as_of, stacks
from kapplan.planning.phrases.words import visit_words

Row = TypeVar("Row")

_RECORDED = ("status", "actual", "note", "cancelled_by", "partial", "before")
"""What is recorded of a visit by somebody; all else is worked out."""
_DATED = ("start", "end", "timed", "staff", "room", "asked", "original")


class DependsError(UsageError):
    """A later change depends on the one that is to be taken back."""


def without_change(plan: Plan, revision: int) -> Plan:
    """Return the plan as if one older change had not been made, its open visits to be dated anew.

    ``UsageError`` where there is no such change, where it was taken back already, or where a later one depends on it.
    """
    if revision not in stacks(plan).done:
        raise UsageError(
            f"revision {revision} is no change that could be taken back", hint="`log` lists every change of the plan"
        )
    before, after = as_of(plan, revision - 1), as_of(plan, revision)
    merged = _Merge(plan, revision)
    return replace(
        plan,
        visits=tuple(merged.visits(before, after)),
        tasks=tuple(merged.rows(plan.tasks, after.tasks, before.tasks, _of_task)),
        scores=tuple(merged.rows(plan.scores, after.scores, before.scores, lambda one: (one.on, one.measure))),
        settlements=tuple(merged.rows(plan.settlements, after.settlements, before.settlements, lambda one: one)),
        noted=tuple(merged.rows(plan.noted, after.noted, before.noted, lambda one: (one.on, one.about, one.value))),
        overrides=tuple(merged.rows(plan.overrides, after.overrides, before.overrides, lambda one: one)),
        regimen=replace(
            plan.regimen,
            visits=tuple(merged.rows(plan.regimen.visits, after.regimen.visits, before.regimen.visits, _of_row)),
            timing=tuple(merged.rows(plan.regimen.timing, after.regimen.timing, before.regimen.timing, _of_rule)),
            limits=tuple(merged.rows(plan.regimen.limits, after.regimen.limits, before.regimen.limits, _of_limit)),
        ),
        held=merged.value("the hold", plan.held, after.held, before.held),
        snapshot=_snapshot(merged, plan.snapshot, after.snapshot, before.snapshot),
    )


def _of_task(task: Task) -> Hashable:
    return task.id


def _of_row(visit: object) -> Hashable:
    return getattr(visit, "id", None)


def _of_rule(rule: object) -> Hashable:
    return tuple(getattr(rule, name) for name in ("rule", "visit", "after"))


def _of_limit(limit: object) -> Hashable:
    return getattr(limit, "rule", None), getattr(limit, "type", None), getattr(limit, "visits", ())[:1]


def _snapshot(merged: _Merge, now: Snapshot, after: Snapshot, before: Snapshot) -> Snapshot:
    return Snapshot(
        profile=merged.value("the profile", now.profile, after.profile, before.profile),
        clinic=merged.value("the clinic", now.clinic, after.clinic, before.clinic),
        protocol=merged.value("the protocol", now.protocol, after.protocol, before.protocol),
    )


class _Merge:
    """Three states: the plan now, and as it was after and before the change that is taken back."""

    def __init__(self, plan: Plan, revision: int) -> None:
        self.plan, self.revision = plan, revision

    def value(self, what: str, now: Row, after: Row, before: Row) -> Row:
        """Return a value without the change; what was changed again since cannot be taken back by itself."""
        if after == before:
            return now
        if now != after:
            raise DependsError(
                f"revision {self.revision} cannot be taken back by itself: {what} was changed again since",
                hint=f"take back what came after it first: {self._later()}",
            )
        return before

    def _later(self) -> str:
        later = (entry for entry in self.plan.history if entry.revision > self.revision)
        told = [f"{one.revision} ({one.text})" for one in later if one.command not in {UNDO, REDO}]
        return ", ".join(told[-3:]) or "undo"

    def rows(
        self, now: Sequence[Row], after: Sequence[Row], before: Sequence[Row], key: Callable[[Row], Hashable]
    ) -> Iterator[Row]:
        """Yield rows without the change, in their present order; what it took away comes back at the end."""
        was, became = {key(row): row for row in before}, {key(row): row for row in after}
        there = {key(row) for row in now}
        for row in now:
            name = key(row)
            if name in became and name not in was:
                if row != became[name]:
                    raise self._depends(name)
            elif name in became:
                yield self.value(str(name), row, became[name], was[name])
            else:
                yield row
        yield from (row for name, row in was.items() if name not in became and name not in there)

    def _depends(self, name: object) -> DependsError:
        what = f"revision {self.revision} cannot be taken back by itself: {name} was changed again since"
        return DependsError(what, hint=f"take back what came after it first: {self._later()}")

    def visits(self, before: Plan, after: Plan) -> Iterator[PlannedVisit]:
        """Yield the visits without what the change recorded of them; new ones go, unless something came of them."""
        was = {visit.id: visit for visit in before.visits}
        became = {visit.id: visit for visit in after.visits}
        for visit in self.plan.visits:
            if visit.id in became and visit.id not in was:
                if not visit.open:
                    raise self._depends(visit_words(visit.id))
            elif visit.id in became:
                yield self._visit(visit, became[visit.id], was[visit.id])
            else:
                yield visit

    def _visit(self, now: PlannedVisit, after: PlannedVisit, before: PlannedVisit) -> PlannedVisit:
        words = visit_words(now.id)
        resolved = {"planned", "confirmed", "unresolved"}
        recorded = {
            name: self.value(words, getattr(now, name), getattr(after, name), getattr(before, name))
            for name in _RECORDED
            if not (name in {"status", "before"} and {now.status, after.status, before.status} <= resolved)
        }
        changed = replace(now, **recorded)
        if all(getattr(now, name) == getattr(after, name) for name in ("start", "end")):
            changed = replace(changed, **{name: getattr(before, name) for name in _DATED})
        return changed
