"""The cheapest single repairs of a course that cannot be placed, each by the least amount that works."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from itertools import islice
from typing import Literal, NamedTuple

from kapplan.dataclass import dataclass, replace
from kapplan.model.fields import Level
from kapplan.model.regimen import Regimen
from kapplan.planning.feasibility.feasibility import Feasibility, RuleNetwork
from kapplan.planning.infeasibility import phrases as clash_words
from kapplan.planning.infeasibility.relaxations import (
    Openings,
    Relaxable,
    RuleGroup,
    Rules,
    days_of,
)
from kapplan.planning.problem.deadline import Deadline
from kapplan.planning.problem.problem import OpenDay, Problem, ProblemLimit, ProblemTiming
from kapplan.planning.regimen.widen import is_cap_of_doses, is_least_between_doses

RepairKind = Literal["start", "first-dose", "clinic-day", "patient-day", "widen"]

MOST_DAYS_LATER = 60
"""How far a start or a first dose is moved at most."""
MOST_OF_A_KIND = 3
"""How many repairs of one kind are told."""
_ONE_LOOK, _ONE_TRY, _ALL_TRIES = 2_000, 20_000, 200_000
"""How many steps it may take to find out whether all days of a kind would do, whether one repair works, and all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """One change that makes the course fit, with no other change beside it.

    ``targets`` are the ids of the visits it speaks of, ``amount`` the days (or visits, for a cap) it takes. ``day`` is
    the day opened, or the new start or first dose, counted from the origin. ``timing`` or ``limit`` is the index of
    the problem's rule that changes, ``rule`` its name, and ``side`` the bound that a timing rule is widened on.
    """

    kind: RepairKind
    words: str
    targets: tuple[str, ...] = ()
    amount: int
    day: int | None = None
    timing: int | None = None
    limit: int | None = None
    rule: str | None = None
    side: Literal["min", "max"] | None = None
    level: Level | None = None


class Repairs(NamedTuple):
    """Changes of which each by itself makes a course fit.

    They are not ``complete`` where the work, or the time, did not tell of every change whether it does.
    """

    found: tuple[Repair, ...] = ()
    complete: bool = True


def repairs(problem: Problem, regimen: Regimen, openings: Openings, deadline: Deadline | None = None) -> Repairs:
    """Return the cheapest single repairs, each verified by solving again, none of a rule that is never widened.

    In order: start or first dose later, one clinic day, one patient day, a default rule, a sourced rule; each kind by
    amount. None where the problem can be kept as it is, or where no single repair mends it.
    """
    mechanic = _Mechanic(problem, regimen, openings, deadline)
    return Repairs(mechanic.repairs(), mechanic.complete)


def repaired(problem: Problem, repair: Repair, openings: Openings) -> Problem:
    """Return the problem with a repair made; every visit lists all the open days of ``openings``, at no cost."""
    opened = frozenset() if repair.day is None else frozenset([repair.day])
    clinic_days = opened if repair.kind == "clinic-day" else frozenset()
    patient_days = opened if repair.kind == "patient-day" else frozenset()

    [*free] = (visit.id for visit in problem.visits if visit.fixed is None)
    masks = openings.masks(free, clinic_days=clinic_days, patient_days=patient_days)
    opened_days = dict(zip(free, (days_of(mask, openings.first) for mask in masks), strict=True))
    return replace(
        _changed(problem, repair),
        visits=tuple(
            replace(visit, days=tuple(map(OpenDay, opened_days[visit.id]))) if visit.id in opened_days else visit
            for visit in problem.visits
        ),
    )


def _changed(problem: Problem, repair: Repair) -> Problem:
    if repair.limit is not None:
        limit = problem.limits[repair.limit]
        return _with_limit(problem, repair.limit, replace(limit, max=(limit.max or 0) + repair.amount))
    if repair.timing is None:
        return problem
    rule = problem.timing[repair.timing]
    if repair.side is None:
        return _with_timing(problem, repair.timing, _later(rule, repair.amount))
    return _with_timing(problem, repair.timing, _wider(rule, repair.side, repair.amount))


def _with_timing(problem: Problem, index: int, rule: ProblemTiming) -> Problem:
    return replace(problem, timing=(*problem.timing[:index], rule, *problem.timing[index + 1 :]))


def _with_limit(problem: Problem, index: int, limit: ProblemLimit) -> Problem:
    return replace(problem, limits=(*problem.limits[:index], limit, *problem.limits[index + 1 :]))


def _later(rule: ProblemTiming, days: int) -> ProblemTiming:
    return replace(rule, after=rule.after + days) if isinstance(rule.after, int) else rule


def _wider(rule: ProblemTiming, side: str, days: int) -> ProblemTiming:
    if side == "min":
        return rule if rule.min is None else replace(rule, min=rule.min - days)
    return rule if rule.max is None else replace(rule, max=rule.max + days)


class _Mechanic:
    """Tries repairs on one problem; every failure teaches a clash that later candidates must mend."""

    def __init__(
        self, problem: Problem, regimen: Regimen, openings: Openings, deadline: Deadline | None = None
    ) -> None:
        self.problem, self.openings, self.deadline = problem, openings, deadline
        self.relaxable = Relaxable(problem, openings)
        self.network = self.relaxable.network
        self.calendars = self.relaxable.calendars()
        self.rules = Rules(problem, regimen)
        self.cores: list[int] = []
        self.steps = 0
        self.complete = True
        self._told: dict[bool, list[int]] = {True: [], False: []}

    def repairs(self) -> tuple[Repair, ...]:
        if self._works(self.calendars):
            return ()
        widened = sorted(self._widen(), key=lambda repair: repair.amount)
        defaults = [repair for repair in widened if repair.level == "default"]
        sourced = [repair for repair in widened if repair.level != "default"]
        return (
            *islice(self._start(), 1),
            *islice(self._clinic_days(), MOST_OF_A_KIND),
            *islice(self._patient_days(), MOST_OF_A_KIND),
            *defaults[:MOST_OF_A_KIND],
            *sourced[:MOST_OF_A_KIND],
        )

    def _works(self, calendars: Sequence[int], active: int = -1) -> bool:
        answer = self._within(self.network, calendars, active)
        if answer.days is None and not answer.gave_up:
            self.cores.append(answer.core)
        return answer.days is not None

    def _fits(self, changed: Problem) -> bool:
        return self._within(RuleNetwork(changed, self.network.base), self.calendars).days is not None

    def _within(self, network: RuleNetwork, calendars: Sequence[int], active: int = -1) -> Feasibility:
        """Place the visits within the steps that are left; what took too many is not known to fit."""
        patience = max(0, min(_ONE_TRY, _ALL_TRIES - self.steps))
        if self.deadline is not None and self.deadline.is_over():
            answer = Feasibility(None, gave_up=True)
        else:
            answer = network.solve(calendars, active, patience, deadline=self.deadline)
        self.steps += answer.steps
        self.complete = self.complete and not answer.gave_up
        return answer

    def _could_help(self, labels: int) -> bool:
        """Return whether a change of what is labelled so touches every clash known so far."""
        return all(core & labels for core in self.cores)

    def _start(self) -> Iterator[Repair]:
        by_role = {rule.role: number for number, rule in enumerate(self.problem.timing)}
        index = by_role.get("first-dose", by_role.get("start"))
        if index is None:
            return
        rule = self.problem.timing[index]
        labels = self.network.label(index, "min") | self.network.label(index, "max")
        if not isinstance(rule.after, int) or not self._could_help(labels) or not self._works(self.calendars, ~labels):
            return
        for days in range(1, min(MOST_DAYS_LATER, self.problem.horizon - rule.after) + 1):
            if self._fits(_with_timing(self.problem, index, _later(rule, days))):
                yield self._start_repair(index, rule.after + days, days)

    def _start_repair(self, index: int, day: int, days: int) -> Repair:
        rule = self.problem.timing[index]
        when = self.problem.origin + timedelta(days=day)
        if rule.role == "start":
            first = [visit.id for visit in self.problem.visits].index(rule.visit)
            is_open = bool(self.calendars[first] >> (day - self.network.base) & 1)
            words = clash_words.start_repair_words(when, days, is_open=is_open)
        else:
            words = clash_words.first_dose_repair_words(rule.visit, when, days)
        return Repair(
            kind="start" if rule.role == "start" else "first-dose",
            words=words,
            targets=(rule.visit,),
            amount=days,
            day=day,
            timing=index,
            rule=rule.rule,
        )

    def _clinic_days(self) -> Iterator[Repair]:
        days = self.openings.closed_clinic_days()
        groups = self.relaxable.calendar

        def words(day: int) -> str:
            return clash_words.clinic_day_words(self.problem.origin + timedelta(days=day), groups)

        opened = self.relaxable.opened(clinic_days=days)
        yield from self._days("clinic-day", days, opened, words)

    def _patient_days(self) -> Iterator[Repair]:
        days = self.openings.closed_patient_days()

        def words(day: int) -> str:
            return clash_words.patient_day_words(self.problem.origin + timedelta(days=day))

        opened = self.relaxable.opened(patient_days=days)
        yield from self._days("patient-day", days, opened, words)

    def _days(
        self, kind: RepairKind, days: Sequence[int], opened: Sequence[int], words: Callable[[int], str]
    ) -> Iterator[Repair]:
        """Yield the days that help when they alone are opened; ``opened`` is the calendar with all of them open."""
        if not self._could_fit(opened):
            return
        gains: dict[int, list[int]] = {}
        for number, (mask, closed) in enumerate(zip(opened, self.calendars, strict=True)):
            if mask & ~closed:
                gains.setdefault(mask & ~closed, []).append(number)
        for day in sorted(set(days)):
            bit = 1 << (day - self.network.base)
            gaining = sorted(number for gain, numbers in gains.items() if gain & bit for number in numbers)
            if not self._could_help(sum(map(self.network.calendar_label, gaining))):
                continue
            calendars = list(self.calendars)
            for number in gaining:
                calendars[number] |= bit
            if self._works(calendars):
                targets = tuple(self.problem.visits[number].id for number in gaining)
                yield Repair(kind=kind, words=words(day), targets=targets, amount=1, day=day)

    def _could_fit(self, calendars: Sequence[int]) -> bool:
        """Return whether calendars with all that some repairs open would do: else none of the repairs does."""
        if self.deadline is not None and self.deadline.is_over():
            return True
        answer = self.network.solve(calendars, patience=_ONE_LOOK, deadline=self.deadline)
        self.steps += answer.steps
        if answer.days is None and not answer.gave_up:
            self.cores.append(answer.core)
            return False
        return True

    def _widen(self) -> Iterator[Repair]:
        for group in self.relaxable.groups:
            if not self._could_help(group.labels):
                continue
            if group.kind in {"min", "max"}:
                yield from self._widen_bound(group)
            elif group.kind == "limit":
                yield from self._raise_cap(group)

    def _widen_bound(self, group: RuleGroup) -> Iterator[Repair]:
        rule, own = self.problem.timing[group.number], self.rules.timing(group.number)
        if own is None or own.level == "label" or rule.role == "start":
            return
        if group.kind == "min" and is_least_between_doses(self.rules.regimen, own):
            return
        if not self._works(self.calendars, ~group.labels):
            return
        side: Literal["min", "max"] = "min" if group.kind == "min" else "max"
        told = self._told[own.level == "default"]
        amount = self._least(group.number, side, told)
        if amount is not None:
            told.append(amount)
            yield Repair(
                kind="widen",
                words=clash_words.widen_words(rule, side, amount, own.level),
                targets=(rule.visit,),
                amount=amount,
                timing=group.number,
                rule=rule.rule,
                side=side,
                level=own.level,
            )

    def _least(self, index: int, side: Literal["min", "max"], told: Sequence[int]) -> int | None:
        """Return the least number of days by which widening a bound works.

        ``None`` if only reversing it would, or if enough of the widenings ``told`` already are as small.
        """
        rule = self.problem.timing[index]

        def works(days: int) -> bool:
            return self._fits(_with_timing(self.problem, index, _wider(rule, side, days)))

        most = _most_widening(rule, side, 2 * (self.problem.horizon + MOST_DAYS_LATER))
        if len(told) >= MOST_OF_A_KIND:
            most = min(most, sorted(told)[MOST_OF_A_KIND - 1] - 1)
        if most < 1 or not works(most):
            return None
        least = 1
        while least < most:
            middle = (least + most) // 2
            if works(middle):
                most = middle
            else:
                least = middle + 1
        return least

    def _raise_cap(self, group: RuleGroup) -> Iterator[Repair]:
        limit, own = self.problem.limits[group.number], self.rules.limit(group.number)
        if own is None or own.level == "label" or limit.max is None:
            return
        if is_cap_of_doses(self.rules.regimen, own):
            return
        raised = replace(limit, max=limit.max + 1)
        if self._fits(_with_limit(self.problem, group.number, raised)):
            self._told[own.level == "default"].append(1)
            yield Repair(
                kind="widen",
                words=clash_words.cap_repair_words(limit, own.level),
                targets=limit.visits,
                amount=1,
                limit=group.number,
                rule=limit.rule,
                level=own.level,
            )


def _most_widening(rule: ProblemTiming, side: str, most: int) -> int:
    """Return by how many days a bound may be widened at most: what comes after does not come to stand before."""
    if rule.months is not None:
        return most
    if side == "min":
        return most if rule.min is None or rule.min <= 0 else rule.min
    return most if rule.max is None or rule.max >= 0 else -rule.max
