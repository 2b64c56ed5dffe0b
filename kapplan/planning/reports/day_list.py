"""The day's list over many plans: who comes, what is due, what is overdue, what runs out, what waits for an answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Literal, get_args

from kapplan.dataclass import dataclass
from kapplan.dates import DAYS_IN_WEEK
from kapplan.model.plan import Plan, PlannedVisit, Task
from kapplan.model.review import Basis
from kapplan.planning.phrases.words import days_words, short_day_words, visit_words
from kapplan.planning.review.review import open_proposals, reviewed
from kapplan.planning.schedule.coverage import Use, coverage

Sort = Literal["safety", "visit", "escort", "measure", "task", "overdue", "authorization", "proposal", "held"]
"""What an item is, in the order in which a day is read."""

_SHOWN = frozenset({"planned", "confirmed", "unresolved", "completed"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing of the list: of which patient, on which day, and in words; ``visit`` with its time where it has one."""

    sort: Sort
    day: date
    plan: str
    patient: str
    text: str
    visit: PlannedVisit | None = None
    key: str | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DayList:
    """The items from one day through another, visits by their times and the rest after those of their day."""

    first: date
    last: date
    items: tuple[Item, ...] = ()

    @property
    def safety(self) -> tuple[Item, ...]:
        """What comes before anything else."""
        return self.of("safety")

    def of(self, *sorts: Sort) -> tuple[Item, ...]:
        """Return the items of some sorts, in order."""
        return tuple(item for item in self.items if item.sort in sorts)


def due(plans: Sequence[Plan], day: date, *, week: bool = False, bases: Mapping[str, Basis] | None = None) -> DayList:
    """Return what a day (or the seven days that begin with it) brings over many plans.

    ``bases`` are what the plans are reviewed with, by their ids: with them proposals are made afresh and escorts known;
    without, what the plans themselves say counts.
    """
    last = day + timedelta(days=DAYS_IN_WEEK - 1) if week else day
    items = [item for plan in plans for item in _items(_Case(plan, (bases or {}).get(plan.id), day, last))]
    return DayList(first=day, last=last, items=tuple(sorted(items, key=_order)))


@dataclass(frozen=True, slots=True)
class _Case:
    plan: Plan
    basis: Basis | None
    first: date
    last: date

    def item(
        self, sort: Sort, day: date, text: str, visit: PlannedVisit | None = None, *, key: str | None = None,
        source: str | None = None,
    ) -> Item:  # fmt: skip
        plan = self.plan
        return Item(
            sort=sort, day=day, plan=plan.id, patient=plan.patient, text=text, visit=visit, key=key, source=source
        )


def _order(item: Item) -> tuple[bool, date, int, str, str, str]:
    sorts: tuple[Sort, ...] = get_args(Sort)
    clock = item.visit.start.strftime("%H:%M") if item.visit is not None else ""
    return item.sort != "safety", item.day, sorts.index(item.sort), clock, item.patient, item.text


def _items(case: _Case) -> Iterator[Item]:
    yield from _safety(case)
    if case.plan.held:
        until = case.plan.held_until
        words = "" if until is None else f" until {short_day_words(until)}: kapplan resume PLAN {until.isoformat()}"
        yield case.item("held", case.first, f"The course is on hold{words}.")
    else:
        yield from _visits(case)
        yield from _escorts(case)
    yield from _tasks(case)
    yield from _overdue(case)
    yield from _authorizations(case)
    yield from _proposals(case)


def _safety(case: _Case) -> Iterator[Item]:
    for finding in case.plan.findings:
        if finding.safety:
            yield case.item("safety", case.first, finding.text, key=finding.rule, source=finding.source)


def _visits(case: _Case) -> Iterator[Item]:
    for visit in case.plan.visits:
        if visit.status in _SHOWN and case.first <= visit.start.date() <= case.last:
            yield case.item("visit", visit.start.date(), visit.title, visit, key=visit.id)


def _escorts(case: _Case) -> Iterator[Item]:
    """Yield the visits after which somebody must take the patient home, unless the profile says who does."""
    basis = case.basis
    if basis is not None and basis.profile.travel.escort == "arranged":
        return
    ahead = timedelta(days=0 if basis is None else basis.book.escort.days)
    for visit in case.plan.visits:
        if visit.escort and visit.open and case.first <= visit.start.date() <= case.last + ahead:
            words = f"Confirm who takes the patient home after {visit_words(visit.id)}"
            day = min(visit.start.date(), case.last)
            late = "" if day == visit.start.date() else f" on {short_day_words(visit.start.date())}"
            yield case.item("escort", day, f"{words}{late}.", visit if not late else None, key=visit.id)


def _tasks(case: _Case) -> Iterator[Item]:
    for task in case.plan.tasks:
        if task.status == "open" and task.due <= case.last:
            sort: Sort = "task" if task.measure is None else "measure"
            yield case.item(sort, max(task.due, case.first), _task_words(task, case.first), key=task.id,
                            source=task.source)  # fmt: skip


def _task_words(task: Task, today: date) -> str:
    late = (today - task.due).days
    return f"{task.text} (due {short_day_words(task.due)}, {days_words(late)} late)" if late > 0 else task.text


def _overdue(case: _Case) -> Iterator[Item]:
    for visit in case.plan.visits:
        if visit.open and visit.start.date() < case.first and not case.plan.held:
            text = f"{visit_words(visit.id).capitalize()} of {short_day_words(visit.start.date())} is not recorded: "
            yield case.item("overdue", case.first, f"{text}done, missed or cancelled?", key=visit.id)


def _authorizations(case: _Case) -> Iterator[Item]:
    basis = case.basis
    devices = None if basis is None else basis.profile.treatment.devices_per_visit
    days = 0 if basis is None else basis.book.ask_again.days
    for use in coverage(case.plan, devices_per_visit=devices, ask_days=days).uses:
        is_newest = use.number == len(case.plan.authorizations)
        if is_newest and use.ask_by is not None and use.ask_by <= case.last:
            text = f"Authorization {use.number} {_ends_words(use)}"
            day = max(use.ask_by, case.first)
            yield case.item("authorization", day, text, key=str(use.number))


def _ends_words(use: Use) -> str:
    covered = use.last_covered
    ends = "covers no dose" if covered is None else f"ends with {visit_words(covered.id)} on {_on(covered)}"
    lacking = f" (no more {use.runs_out})" if use.runs_out is not None else ""
    first = use.first_uncovered
    return f"{ends}{lacking}" + ("." if first is None else f": {visit_words(first.id)} on {_on(first)} is not covered.")


def _on(visit: PlannedVisit) -> str:
    return short_day_words((visit.actual or visit.start).date())


def _proposals(case: _Case) -> Iterator[Item]:
    plan = case.plan if case.basis is None else reviewed(case.plan, case.basis, case.first)
    for proposal in open_proposals(plan.proposals):
        text = f"Proposal {proposal.number}: {proposal.text}"
        yield case.item("proposal", case.first, text, key=str(proposal.number), source=proposal.source)
