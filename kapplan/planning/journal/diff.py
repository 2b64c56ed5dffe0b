"""The difference between two plans, or two revisions of one: what moved, what stayed, what is new, what is lost."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from kapplan.dataclass import dataclass
from kapplan.model.decisions import Proposal
from kapplan.model.plan import Finding, Objective, Plan, PlannedVisit, Score, Task
from kapplan.model.terms import Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A visit that stands at another time than before; ``days`` is 0 for another time on the same day."""

    visit: str
    from_: datetime
    to: datetime
    days: int
    confirmed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A visit of which something else is known than before, such as planned before and completed now."""

    visit: str
    from_: Status
    to: Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Dated:
    """A day on record that is another than before: when a visit was held, or the planned day of one not held."""

    visit: str
    from_: datetime | None
    to: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskChange:
    """A task of which something else is known than before: that it is done, or open again, or due on another day."""

    task: Task
    before: Task


@dataclass(frozen=True, slots=True, kw_only=True)
class OffTarget:
    """A visit that is further off its target than before: days outside it, before and now."""

    visit: str
    before: int
    after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What a change did to a plan.

    ``moved`` visits are open in both plans, ``kept`` counts those that stand at the same time. ``added`` are new;
    ``cancelled`` were open, and are called off now or no longer there. ``settled`` were provisional before and are not
    any more, ``provisional`` the other way round. ``turned`` lists every status that changed. Of the notices that came
    first before and do not now, some were ``notices_settled``; of those that are ``notices_gone`` the records are gone.
    ``dated`` are days on record that are others than before, of visits that are not open in both plans.
    """

    moved: tuple[Move, ...] = ()
    kept: int = 0
    added: tuple[PlannedVisit, ...] = ()
    cancelled: tuple[PlannedVisit, ...] = ()
    turned: tuple[Turn, ...] = ()
    settled: tuple[str, ...] = ()
    provisional: tuple[str, ...] = ()
    newly_off_target: tuple[OffTarget, ...] = ()
    new_findings: tuple[Finding, ...] = ()
    notices_settled: tuple[Finding, ...] = ()
    notices_gone: tuple[Finding, ...] = ()
    tasks: tuple[Task, ...] = ()
    dated: tuple[Dated, ...] = ()
    tasks_changed: tuple[TaskChange, ...] = ()
    scores: tuple[Score, ...] = ()
    scores_gone: tuple[Score, ...] = ()
    proposals: tuple[Proposal, ...] = ()
    before: Objective
    after: Objective

    @property
    def nothing(self) -> bool:
        """Whether nothing that people go by is different."""
        return not any((
            self.moved, self.added, self.cancelled, self.turned, self.settled, self.provisional,
            self.newly_off_target, self.new_findings, self.notices_settled, self.notices_gone, self.tasks,
            self.dated, self.tasks_changed, self.scores, self.scores_gone, self.proposals,
        ))  # fmt: skip


def difference(before: Plan, after: Plan) -> Difference:
    """Return what is different in ``after``; any two plans can be compared, visits by their ids."""
    old = {visit.id: visit for visit in before.visits}
    new = {visit.id: visit for visit in after.visits}
    both = [(old[name], visit) for name, visit in new.items() if name in old]
    open_in_both = [(was, now) for was, now in both if was.open and now.open]
    moved = tuple(_move(was, now) for was, now in open_in_both if was.start != now.start)
    return Difference(
        moved=moved,
        kept=len(open_in_both) - len(moved),
        added=tuple(visit for name, visit in new.items() if name not in old),
        cancelled=tuple(_cancelled(old.values(), new)),
        turned=tuple(
            Turn(visit=now.id, from_=was.status, to=now.status) for was, now in both if was.status != now.status
        ),
        settled=tuple(now.id for was, now in open_in_both if was.provisional and not now.provisional),
        provisional=tuple(now.id for was, now in open_in_both if now.provisional and not was.provisional),
        newly_off_target=tuple(_off_target(old, new.values())),
        new_findings=tuple(one for one in after.findings if one not in before.findings and not one.settled),
        notices_settled=tuple(one for one in _silenced(before, after) if _is_covered(one, after)),
        notices_gone=tuple(one for one in _silenced(before, after) if not _is_covered(one, after)),
        tasks=tuple(_new_tasks(before, after)),
        dated=tuple(dated for was, now in both for dated in _dated(was, now)),
        tasks_changed=tuple(_tasks_changed(before, after)),
        scores=tuple(score for score in after.scores if score not in before.scores),
        scores_gone=tuple(score for score in before.scores if score not in after.scores),
        proposals=tuple(proposal for proposal in after.proposals if proposal not in before.proposals),
        before=before.objective,
        after=after.objective,
    )


def _move(was: PlannedVisit, now: PlannedVisit) -> Move:
    days = (now.start.date() - was.start.date()).days
    return Move(visit=now.id, from_=was.start, to=now.start, days=days, confirmed=was.status == "confirmed")


def _dated(was: PlannedVisit, now: PlannedVisit) -> Iterator[Dated]:
    """Yield the days of record of a visit that changed: of one held before and now, and of one not open in both."""
    held_elsewhere = now.actual is not None and now.actual.date() != now.start.date()
    if was.actual != now.actual and (was.actual is not None or held_elsewhere):
        yield Dated(visit=now.id, from_=was.actual or was.start, to=now.actual or now.start)
    elif was.start != now.start and not (was.open and now.open):
        yield Dated(visit=now.id, from_=was.start, to=now.start)


def _tasks_changed(before: Plan, after: Plan) -> Iterator[TaskChange]:
    known = {task.id: task for task in before.tasks}
    for task in after.tasks:
        was = known.get(task.id)
        if was is not None and (task.status != was.status or (task.status == "open" and task.due != was.due)):
            yield TaskChange(task=task, before=was)


def _cancelled(old: Iterable[PlannedVisit], new: dict[str, PlannedVisit]) -> Iterator[PlannedVisit]:
    for was in old:
        now = new.get(was.id)
        if was.open and (now is None or now.status == "cancelled"):
            yield now or was


def _off_target(old: dict[str, PlannedVisit], new: Iterable[PlannedVisit]) -> Iterator[OffTarget]:
    for now in new:
        before = old[now.id].deviation_days if now.id in old else 0
        if now.open and now.deviation_days > before:
            yield OffTarget(visit=now.id, before=before, after=now.deviation_days)


def _silenced(before: Plan, after: Plan) -> Iterator[Finding]:
    """Yield the notices of one plan that do not come first in the other."""
    standing = {(one.rule, one.evidence) for one in after.findings if one.safety}
    yield from (one for one in before.findings if one.safety and (one.rule, one.evidence) not in standing)


def _is_covered(notice: Finding, plan: Plan) -> bool:
    covered = {evidence for one in plan.settlements if one.rule == notice.rule for evidence in one.evidence}
    return any(one.rule == notice.rule for one in plan.settlements) and set(notice.evidence) <= covered


def _new_tasks(before: Plan, after: Plan) -> Iterator[Task]:
    known = {task.id for task in before.tasks}
    return (task for task in after.tasks if task.id not in known)
