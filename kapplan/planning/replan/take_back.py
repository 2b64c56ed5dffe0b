"""One older change taken back while what came after it stays: a merge of three states of a plan, row by row.

It is done where nothing after it depends on it: what the change made different is as it left it. What follows from a
change by itself (dates of open visits, reasons, findings, proposals) is no record; the next revision works it out anew.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import TypeVar

from kapplan.dataclass import replace
from kapplan.errors import UsageError
from kapplan.model.decisions import Proposal
from kapplan.model.plan import Plan, PlannedVisit, Snapshot
from kapplan.model.regimen import Limit, Regimen
from kapplan.planning.journal.undo import REDO, UNDO, as_of, stacks
from kapplan.planning.phrases.words import visit_words

Row = TypeVar("Row")

_RECORDED = ("status", "actual", "note", "cancelled_by", "partial", "before", "pinned")
"""What is recorded of a visit by somebody; all else is worked out."""
_SAID = {
    "held": "the hold", "held_until": "until when it is held", "not_before": "from when on it goes on",
    "freeze_days": "the frozen days", "inputs": "what was asked for", "protocol": "the protocol",
    "clinic": "the clinic", "tailoring": "the tailoring", "widenings": "a widened rule",
    "authorizations": "what the insurer approved",
}  # fmt: skip
"""What is said of a plan as a whole, in words."""
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
        tasks=tuple(merged.rows(plan.tasks, after.tasks, before.tasks, lambda one: one.id)),
        scores=tuple(merged.rows(plan.scores, after.scores, before.scores, lambda one: (one.on, one.measure))),
        settlements=tuple(merged.rows(plan.settlements, after.settlements, before.settlements, lambda one: one)),
        noted=tuple(merged.rows(plan.noted, after.noted, before.noted, lambda one: (one.on, one.about, one.value))),
        overrides=tuple(merged.rows(plan.overrides, after.overrides, before.overrides, lambda one: one)),
        absences=tuple(merged.rows(plan.absences, after.absences, before.absences, lambda one: one)),
        proposals=tuple(merged.proposals(before, after)),
        regimen=merged.regimen(before.regimen, after.regimen),
        **{
            name: merged.value(words, *(getattr(one, name) for one in (plan, after, before)))
            for name, words in _SAID.items()
        },
        snapshot=Snapshot(**{
            name: merged.value(f"the {name}", *(getattr(one.snapshot, name) for one in (plan, after, before)))
            for name in ("profile", "clinic", "protocol")
        }),
    )


def _of_row(visit: object) -> Hashable:
    return getattr(visit, "id", None)


def _of_rule(rule: object) -> Hashable:
    return tuple(getattr(rule, name) for name in ("rule", "visit", "after"))


def _numbered(limits: Sequence[Limit]) -> dict[Hashable, Limit]:
    """Return limits by their names; several of one name are counted."""
    names: Counter[tuple[str, str]] = Counter()
    found: dict[Hashable, Limit] = {}
    for limit in limits:
        name = (limit.rule, limit.type)
        found[*name, names[name]] = limit
        names[name] += 1
    return found


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

    def regimen(self, before: Regimen, after: Regimen) -> Regimen:
        """Return the course without what the change laid out; what was laid out from that since depends on it.

        A rule that the change made and that is no more was laid out anew since: for the stand-in of a missed visit.
        """
        now = self.plan.regimen
        stands, stood = set(map(_of_rule, now.timing)), set(map(_of_rule, before.timing))
        for rule in after.timing:
            if _of_rule(rule) not in stood | stands:
                raise self._depends(visit_words(rule.visit))
        visits = tuple(self.rows(now.visits, after.visits, before.visits, _of_row))
        timing = tuple(self.rows(now.timing, after.timing, before.timing, _of_rule))
        there = {visit.id for visit in visits}
        for rule in timing:
            for gone in {rule.visit, rule.after} - there:
                raise self._depends(visit_words(gone))
        limits = tuple(replace(one, visits=tuple(visit for visit in one.visits if visit in there))
                       for one in self._limits(now, after, before))  # fmt: skip
        return replace(now, visits=visits, timing=timing, limits=limits)

    def _limits(self, now: Regimen, after: Regimen, before: Regimen) -> Iterator[Limit]:
        """Yield the limits without the change; the visits that each binds are merged one by one."""
        was, became = _numbered(before.limits), _numbered(after.limits)
        there = _numbered(now.limits)
        for name, limit in there.items():
            if name in became and name in was:
                bound = replace(limit, visits=became[name].visits)
                own = self.value(limit.rule, bound, became[name], replace(was[name], visits=became[name].visits))
                back = (visit for visit in was[name].visits if visit not in became[name].visits)
                yield replace(own, visits=tuple(dict.fromkeys((*limit.visits, *back))))
            elif name not in became:
                yield limit
        yield from (limit for name, limit in was.items() if name not in became and name not in there)

    def proposals(self, before: Plan, after: Plan) -> Iterator[Proposal]:
        """Yield the proposals; what the change answered waits for an answer again."""
        was, became = ({one.number: one.state for one in plan.proposals} for plan in (before, after))
        for one in self.plan.proposals:
            answered = was.get(one.number) == "open" and became.get(one.number) in {"accepted", "declined"}
            yield replace(one, state="open") if answered else one

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
        if after.status == "confirmed" and before.status in resolved - {"confirmed"}:
            changed = replace(
                changed,
                status="planned" if changed.status == "confirmed" else changed.status,
                before="planned" if changed.before == "confirmed" else changed.before,
            )
        if all(getattr(now, name) == getattr(after, name) for name in ("start", "end")):
            changed = replace(changed, **{name: getattr(before, name) for name in _DATED})
        return changed
