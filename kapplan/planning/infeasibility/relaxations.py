"""What may be dropped when nothing fits: groups of rules and of calendar closings that a person can act on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any, Literal, NamedTuple, Protocol

from kapplan.model.fields import Level
from kapplan.model.regimen import Limit, Regimen, TimingRule
from kapplan.planning.feasibility.feasibility import RuleNetwork, first_day
from kapplan.planning.problem.deadline import Deadline
from kapplan.planning.problem.problem import FIRST_DOSE, HOLDING, START, OpenDay, Problem

HORIZON = "horizon"

GroupKind = Literal["start", "first-dose", "held", "min", "max", "limit", "calendar", "horizon"]


class Liftable(Protocol):
    """Something that closes days, and that a person could lift."""

    @property
    def id(self) -> str:
        """Return its own name, such as ``holiday:2027-01-18`` or ``weekday:tue``."""

    @property
    def kind(self) -> str:
        """Return ``holiday``, ``closure``, ``away``, ``weekday``, ``staff-away``, ``escort``, ``booked`` …."""

    @property
    def words(self) -> str:
        """Return the name of a holiday, the reason of a closure, else a clause (``the patient is away``)."""

    @property
    def named(self) -> bool:
        """Return whether its words are a name or a reason, and no clause."""

    @property
    def dates(self) -> tuple[date, ...]:
        """Return the days that it closes, in order."""


class Openings(Protocol):
    """A calendar that can be asked what would be open if some of it were lifted.

    Days count from the problem's origin. Lifting never closes a day, and no day is listed on which nothing new may be
    placed at all (before tomorrow). ``masks`` is asked often: answer visits of one shape from one cache.
    """

    @property
    def first(self) -> int:
        """Return a day at or before every day that is ever listed."""

    def groups(self) -> tuple[Liftable, ...]:
        """Return everything that may be dropped, each with an id of its own."""

    def regular(self) -> tuple[Liftable, ...]:
        """Return what is never in question, each with an id of its own: the weekdays on which the clinic is closed."""

    def masks(
        self,
        visit_ids: Iterable[str],
        *,
        dropped: frozenset[str] = frozenset(),
        clinic_days: frozenset[int] = frozenset(),
        patient_days: frozenset[int] = frozenset(),
    ) -> list[int]:
        """Return the open days of visits, each as bits counted from the ``first``.

        They go through the horizon, or past it where ``horizon`` is among ``dropped``. ``dropped`` groups, regular ones
        too, are left out; on ``clinic_days`` every closing of the clinic's is lifted (holiday, closure, closed
        weekday), on ``patient_days`` every one of the patient's.
        """

    def closed_clinic_days(self) -> tuple[int, ...]:
        """Return the days that holidays and closures close: candidates for opening."""

    def closed_patient_days(self) -> tuple[int, ...]:
        """Return the days on which the clinic is open and the patient cannot come."""


def days_of(mask: int, first: int) -> Iterator[int]:
    """Yield the days of a mask whose bits count from a first day, in order."""
    while mask:
        lowest = mask & -mask
        yield first + lowest.bit_length() - 1
        mask ^= lowest


class RuleGroup(NamedTuple):
    """One member that a clash may have; ``number`` is the index of its timing rule, limit or calendar group."""

    id: str
    kind: GroupKind
    number: int
    labels: int = 0


class Rules:
    """The rules of a regimen by what a problem says of them."""

    def __init__(self, problem: Problem, regimen: Regimen) -> None:
        self.problem, self.regimen = problem, regimen

    def timing(self, index: int) -> TimingRule | None:
        """Return the regimen's rule behind a timing rule of the problem; of several the strictest level's."""
        rule = self.problem.timing[index]
        named = [one for one in self.regimen.timing if one.rule == rule.rule]
        of_visit = [one for one in named if one.visit == rule.visit]
        exact = [one for one in of_visit if one.after == rule.after]
        return min(exact or of_visit or named, key=lambda one: _STRICTEST.index(one.level), default=None)

    def limit(self, index: int) -> Limit | None:
        """Return the regimen's limit behind a limit of the problem; of several the strictest level's."""
        limit = self.problem.limits[index]
        named = [one for one in self.regimen.limits if one.rule == limit.rule and one.type == limit.type]
        exact = [one for one in named if one.visits == limit.visits]
        return min(exact or named, key=lambda one: _STRICTEST.index(one.level), default=None)


_STRICTEST: tuple[Level, ...] = ("label", "protocol", "clinic", "default")


class Relaxable:
    """A problem whose groups can be dropped, asked again and again whether the rest can be kept.

    The open days are those of the openings; with ``within``, only those from the first through the last that the
    problem itself lists for a visit, as part of the horizon. Once a ``deadline`` is over, only what is known already
    from the clashes found so far is told.
    """

    def __init__(
        self, problem: Problem, openings: Openings, *, within: bool = False, deadline: Deadline | None = None
    ) -> None:
        self.problem, self.openings, self.deadline = problem, openings, deadline
        self.calendar, self.regular = openings.groups(), openings.regular()
        self._all_dropped = frozenset(group.id for group in self.calendar) | {HORIZON}
        self._free = [number for number, visit in enumerate(problem.visits) if visit.fixed is None]
        self._calendars: dict[frozenset[str], list[int]] = {}
        self.network = RuleNetwork(problem, min(first_day(problem), openings.first))
        self.groups = tuple(self._list_groups())
        self._rule_labels = sum(group.labels for group in self.groups)
        self.steps = 0
        self._spans = [_span(self.network, visit.days) if within else -1 for visit in problem.visits]
        self._cores: list[tuple[int, list[int]]] = []

    def unsolvable(
        self, kept: frozenset[str], patience: int | None = None, lifted: frozenset[str] = frozenset()
    ) -> bool | None:
        """Return whether the groups ``kept`` alone cannot all be kept; ``None`` where the search gives up.

        What is regular stands, but for what is ``lifted``.
        """
        active = 0
        for group in self.groups:
            if group.id in kept:
                active |= group.labels
        calendars = self.calendars((self._all_dropped - kept) | lifted)
        if any(self._still_clashes(core, masks, active, calendars) for core, masks in self._cores):
            return True
        if self._cores and self.deadline is not None and self.deadline.is_over():
            return None
        answer = self.network.solve(calendars, active, patience, deadline=self.deadline)
        self.steps += answer.steps
        if answer.gave_up:
            return None
        if answer.days is None:
            self._cores.append((answer.core, calendars))
        return answer.days is None

    def _still_clashes(self, core: int, masks: list[int], active: int, calendars: list[int]) -> bool:
        """Return whether a clash found with other groups kept is one with these, too."""
        if core & ~active & self._rule_labels:
            return False
        return all(
            not calendars[number] & ~masks[number]
            for number in self._free
            if core & self.network.calendar_label(number)
        )

    def calendars(self, dropped: frozenset[str] = frozenset()) -> list[int]:
        """Return each visit's open days as a mask of the network, without the calendar groups dropped."""
        found = self._calendars.get(dropped)
        if found is None:
            found = self._open(dropped=dropped)
            if HORIZON not in dropped:
                found = [mask & span for mask, span in zip(found, self._spans, strict=True)]
            self._calendars[dropped] = found
        return found

    def opened(self, *, clinic_days: Sequence[int] = (), patient_days: Sequence[int] = ()) -> list[int]:
        """Return each visit's open days as a mask once the given days are opened."""
        return self._open(clinic_days=frozenset(clinic_days), patient_days=frozenset(patient_days))

    def _open(self, **relaxed: frozenset[Any]) -> list[int]:
        """Return the days of each visit that is not fixed as masks of the network, by the number of the visit."""
        offset = self.openings.first - self.network.base
        found = [0] * len(self.problem.visits)
        opened = self.openings.masks((self.problem.visits[number].id for number in self._free), **relaxed)
        for number, days in zip(self._free, opened, strict=True):
            found[number] = days << offset
        return found

    def _list_groups(self) -> list[RuleGroup]:
        found: list[RuleGroup] = []
        for number, rule in enumerate(self.problem.timing):
            low, high = self.network.label(number, "min"), self.network.label(number, "max")
            name = f"{rule.rule}:{rule.visit}:{rule.after}"
            if rule.role == "first-dose":
                found.append(RuleGroup(FIRST_DOSE, "first-dose", number, low | high))
                continue
            if rule.role in {"kept", "pinned"}:
                found.append(RuleGroup(f"held:{rule.visit}", "held", number, low | high))
            if rule.role in HOLDING:
                continue
            if rule.min is not None:
                found.append(RuleGroup(f"min:{name}", "min", number, low))
            if rule.max is not None and rule.role == "start":
                found.append(RuleGroup(START, "start", number, high))
            elif rule.max is not None:
                found.append(RuleGroup(f"max:{name}", "max", number, high))
        for number, limit in enumerate(self.problem.limits):
            found.append(RuleGroup(f"limit:{limit.rule}", "limit", number, self.network.limit_label(number)))
        found = [*self._frozen(), *_with_own_names(found)]
        calendar = [RuleGroup(group.id, "calendar", number) for number, group in enumerate(self.calendar)]
        horizon = [] if any(group.kind == "horizon" for group in self.calendar) else [RuleGroup(HORIZON, "horizon", 0)]
        return [*found, *calendar, *horizon]

    def _frozen(self) -> list[RuleGroup]:
        """Return what holds visits in frozen days as one group: a person lifts them together."""
        frozen = [number for number, rule in enumerate(self.problem.timing) if rule.role == "frozen"]
        labels = 0
        for number in frozen:
            labels |= self.network.label(number, "min") | self.network.label(number, "max")
        return [RuleGroup("held:frozen", "held", number, labels) for number in frozen[:1]]


def _span(network: RuleNetwork, days: Sequence[OpenDay]) -> int:
    """Return the days from the first through the last of some as a mask."""
    return network.mask(range(min(days).day, max(days).day + 1)) if days else 0


def _with_own_names(groups: list[RuleGroup]) -> list[RuleGroup]:
    """Return the groups, those that share a name numbered in their order."""
    shared = Counter(group.id for group in groups)
    seen: Counter[str] = Counter()
    named = []
    for group in groups:
        seen[group.id] += 1
        own = group.id if shared[group.id] == 1 else f"{group.id}#{seen[group.id]}"
        named.append(group._replace(id=own))
    return named
