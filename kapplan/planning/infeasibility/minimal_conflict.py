"""No plan? One minimal clash of rules and closings, and the cheapest single repairs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date

from kapplan.dataclass import dataclass, replace
from kapplan.model.regimen import Regimen
from kapplan.planning.feasibility.feasibility import is_feasible
from kapplan.planning.infeasibility import phrases as clash_words
from kapplan.planning.infeasibility.relaxations import GroupKind, Liftable, Openings, Relaxable, RuleGroup, Rules
from kapplan.planning.infeasibility.repairs import Repair, Repairs, repaired, repairs
from kapplan.planning.problem.deadline import Deadline
from kapplan.planning.problem.limit_words import limit_words
from kapplan.planning.problem.problem import Problem, Role

_QUICK, _ENOUGH, _THOROUGH = 800, 40_000, 200_000
"""How many steps a search may take while orders are compared, and all of them when the smallest is made minimal."""
_HABITS = frozenset({"weekday", "clinic-weekday", "staff-weekday", "escort"})
"""Kinds of calendar groups that come back every week."""
MOST_CLASHES = 8
"""How many clashes of one course are told at most."""

__all__ = ["Clash", "Member", "Openings", "Repair", "Repairs", "find", "find_all", "repaired", "repairs"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One of the rules and closings that cannot all be kept, with the sentence for people.

    ``rule`` is the name of the rule behind it and ``role`` what asks it, ``visit`` the visit that the rule places;
    ``bound`` is what makes it the same as another visit's.
    """

    id: str
    kind: GroupKind
    words: str
    rule: str | None = None
    role: Role = "rule"
    visit: str | None = None
    bound: tuple[int | None, int | None] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Clash:
    """Rules and closings that cannot all be kept, while with any of them less this clash is gone.

    Where the work allowed did not tell of each member whether it is needed, the clash is not ``minimal``.

    ``mending`` are the members that would make the whole course fit if what their sentence says were dropped: without
    another one a further clash remains, or, of the ``unsure``, the work did not tell. ``given`` says on which of the
    clinic's regular hours the clash rests: they are not in question, but with other hours its members could be kept.
    Without members, something cannot be kept whatever is dropped: a visit that no day of the calendar can hold, as
    ``lacking`` says.
    """

    members: tuple[Member, ...]
    lacking: tuple[str, ...] = ()
    mending: frozenset[str] = frozenset()
    unsure: frozenset[str] = frozenset()
    given: tuple[str, ...] = ()
    minimal: bool = True

    def fits_without(self, member: str) -> bool | None:
        """Return whether the course would fit without what a member says; ``None`` where that is not known."""
        return None if member in self.unsure else member in self.mending

    @property
    def groups(self) -> tuple[str, ...]:
        """Return the ids of the members."""
        return tuple(member.id for member in self.members)

    @property
    def alike(self) -> tuple[tuple[Member, ...], ...]:
        """Return the members, those together that one sentence tells: visits that one rule binds in the same way."""
        found: dict[object, list[Member]] = {}
        for member in self.members:
            found.setdefault((member.kind, member.rule, member.bound) if member.visit else member.id, []).append(member)
        return tuple(map(tuple, found.values()))

    def sentences(self) -> tuple[str, ...]:
        """Return a sentence for each member, one for all visits to which the same rule sets the same bound."""
        return tuple(
            clash_words.likewise_words(first.words, [other.visit for other in others if other.visit])
            for first, *others in self.alike
        )


def find(
    problem: Problem,
    regimen: Regimen,
    openings: Openings,
    deadline: Deadline | None = None,
    fewer_than: int | None = None,
) -> Clash | None:
    """Return one minimal clash of a problem over a calendar, the smallest of several tried; ``None`` if all fits.

    The open days are those of ``openings``; the problem's own, which rules may have narrowed, count only where those
    would do and these do not. At a ``deadline`` the clash is what is known by then, perhaps not minimal; ``None`` where
    nothing is. ``None`` too where it is clear that none of those tried has members ``fewer_than`` so many.
    """
    finder = _finder(problem, regimen, openings, deadline)
    return None if finder is None else finder.clash(finder.everything, fewer_than)


def find_all(
    problem: Problem, regimen: Regimen, openings: Openings, deadline: Deadline | None = None
) -> tuple[Clash, ...]:
    """Return minimal clashes of a problem, that of ``find`` first: enough to see what it takes to make the course fit.

    No single change mends it but one of what stands in all of them; what is left without all that they name fits,
    unless there are ``MOST_CLASHES`` or the work, or a ``deadline``, ended the search.
    """
    finder = _finder(problem, regimen, openings, deadline)
    return () if finder is None else tuple(finder.clashes())


def _finder(problem: Problem, regimen: Regimen, openings: Openings, deadline: Deadline | None) -> _Finder | None:
    relaxable = Relaxable(problem, openings, deadline=deadline)
    everything = frozenset(group.id for group in relaxable.groups)
    if not relaxable.unsolvable(everything, _THOROUGH):
        relaxable = Relaxable(problem, openings, within=True, deadline=deadline)
        if is_feasible(problem, deadline=deadline) or not relaxable.unsolvable(everything, _THOROUGH):
            return None
    return _Finder(relaxable, Rules(problem, regimen))


class _Finder:
    """Finds clashes among all or some of the groups of a problem that cannot be kept."""

    def __init__(self, relaxable: Relaxable, rules: Rules) -> None:
        self.relaxable, self.rules = relaxable, rules
        self.everything = frozenset(group.id for group in relaxable.groups)
        self.words = _Words(relaxable, rules)

    def clash(self, kept: frozenset[str], fewer_than: int | None = None) -> Clash | None:
        """Return a minimal clash among groups that cannot all be kept, unless none has members ``fewer_than`` some."""
        most = len(kept) + 1 if fewer_than is None else fewer_than
        found = _smallest(self.relaxable, kept, _orders(self.relaxable, self.rules), most)
        if found is None:
            return None
        groups = (group for group in self.relaxable.groups if group.id in found.kept)
        members = (_member(self.relaxable, self.words, group) for group in groups)
        clash = Clash(members=tuple(members), minimal=not found.unsure)
        fits = {alike: self.fits_without(member.id for member in alike) for alike in clash.alike}
        return replace(
            clash,
            mending=frozenset(member.id for alike, mends in fits.items() for member in alike if mends),
            unsure=frozenset(member.id for alike, mends in fits.items() for member in alike if mends is None),
            given=clash_words.regular_words(self._given(found.kept)),
        )

    def _given(self, kept: frozenset[str]) -> list[Liftable]:
        """Return the regular closings that a clash rests on, as few as can be."""
        needed = list(self.relaxable.regular)
        for group in self.relaxable.regular:
            fewer = [other for other in needed if other is not group]
            lifted = frozenset(other.id for other in self.relaxable.regular if other not in fewer)
            if self.relaxable.unsolvable(kept, _QUICK, lifted):
                needed = fewer
        return needed

    def fits_without(self, dropped: Iterable[str]) -> bool | None:
        """Return whether all but some groups can be kept; ``None`` where the search gives up."""
        clashes = self.relaxable.unsolvable(self.everything.difference(dropped), _ENOUGH)
        return None if clashes is None else not clashes

    def clashes(self) -> Iterator[Clash]:
        """Yield clashes until none is left that says more than those before it."""
        found: list[Clash] = []
        kept: frozenset[str] | None = self.everything
        while kept is not None and len(found) < MOST_CLASHES:
            clash = self.clash(kept)
            if clash is None:
                return
            found.append(clash)
            yield clash
            kept = self._left(found)

    def _left(self, found: Sequence[Clash]) -> frozenset[str] | None:
        """Return groups that still cannot be kept: without all that a clash names, else without one that all name.

        The first shows what is new; the second that no single group is all that stands in the way.
        """
        common = frozenset.intersection(*(frozenset(clash.groups) for clash in found))
        named = frozenset(group for clash in found for group in clash.groups)
        for dropped in (named, *({group} for group in sorted(common))):
            if dropped and self.relaxable.unsolvable(self.everything - dropped, _ENOUGH):
                return self.everything - dropped
        return None


def _member(relaxable: Relaxable, words: _Words, group: RuleGroup) -> Member:
    sentence = words.of(group)
    if group.kind == "limit":
        limit = relaxable.problem.limits[group.number]
        return Member(id=group.id, kind=group.kind, words=sentence, rule=limit.rule)
    if group.kind in {"calendar", "horizon"}:
        return Member(id=group.id, kind=group.kind, words=sentence)
    rule = relaxable.problem.timing[group.number]
    visit = None if rule.role == "frozen" else rule.visit
    bound = (rule.months, rule.min if group.kind == "min" else rule.max)
    if group.kind == "held" and isinstance(rule.after, int):
        bound = (None, rule.after)
    return Member(
        id=group.id, kind=group.kind, words=sentence, rule=rule.rule, role=rule.role, visit=visit, bound=bound
    )


def _smallest(
    relaxable: Relaxable, kept: frozenset[str], orders: Iterable[Sequence[Sequence[RuleGroup]]], most: int
) -> _Shrinking | None:
    """Return the smallest of the clashes among some groups that the orders lead to, made minimal.

    ``None`` where it is clear of each that it has ``most`` members or more.
    """
    best: _Shrinking | None = None
    begun = relaxable.steps
    for number, order in enumerate(orders):
        if number and relaxable.steps - begun > _ENOUGH:
            break
        shrinking = _Shrinking(relaxable, kept, most if best is None else len(best.kept))
        for stage in order:
            shrinking.drop(stage)
        if len(shrinking.needed) < shrinking.most and (best is None or len(shrinking.kept) < len(best.kept)):
            best = shrinking
    if best is None:
        return None
    begun = relaxable.steps
    unsure, best.unsure = best.unsure, set()
    for group in relaxable.groups:
        if group.id in unsure:
            best.drop_one(group, max(_QUICK, _THOROUGH - (relaxable.steps - begun)))
    return best


class _Shrinking:
    """Drops groups for as long as the rest cannot be kept, until it is clear that no fewer than ``most`` will stay.

    ``needed`` is what must stay, ``unsure`` what stays because the search gave up.
    """

    def __init__(self, relaxable: Relaxable, kept: frozenset[str], most: int) -> None:
        self.relaxable, self.kept, self.most = relaxable, kept, most
        self.needed: set[str] = set()
        self.unsure: set[str] = set()

    def drop(self, stage: Sequence[RuleGroup]) -> None:
        fewer = self.kept.difference(group.id for group in stage)
        if len(fewer) == len(self.kept) or len(self.needed) >= self.most:
            return
        if len(stage) == 1:
            self.drop_one(stage[0], _QUICK)
        elif self.relaxable.unsolvable(fewer, _QUICK):
            self.kept = fewer
        else:
            half = len(stage) // 2
            self.drop(stage[:half])
            self.drop(stage[half:])

    def drop_one(self, group: RuleGroup, patience: int) -> None:
        fewer = self.kept - {group.id}
        dropped = self.relaxable.unsolvable(fewer, patience)
        if dropped:
            self.kept = fewer
        else:
            (self.unsure if dropped is None else self.needed).add(group.id)


def _orders(relaxable: Relaxable, rules: Rules) -> Iterable[Sequence[Sequence[RuleGroup]]]:
    """Yield orders of dropping: what is dropped last is what gets blamed.

    The first order leaves rules and habits before single days; the others blame what it might have dropped too early.
    """
    by_kind = _by_kind(relaxable)
    days, habits, bounds, limits = by_kind["days"], by_kind["habits"], by_kind["bounds"], by_kind["limits"]
    asked, horizon = by_kind["asked"], by_kind["horizon"]
    late_bounds = bounds[::-1]
    sourced = [group for group in late_bounds if not _is_default(group, rules)]
    defaults = [group for group in late_bounds if _is_default(group, rules)]
    yield (horizon, days, habits, asked, limits, defaults, sourced)
    yield (horizon, days, habits, limits, late_bounds, asked)
    yield (horizon, late_bounds, limits, days, habits, asked)
    yield (horizon, days[::-1], bounds, limits, asked, habits)


def _by_kind(relaxable: Relaxable) -> dict[str, list[RuleGroup]]:
    """Return the groups by what they are to a person; single days are ordered by their last date, latest first."""
    found: dict[str, list[RuleGroup]] = {
        name: [] for name in ("horizon", "days", "habits", "bounds", "limits", "asked")
    }
    for group in relaxable.groups:
        found[_stage(relaxable, group)].append(group)
    found["days"].sort(key=lambda group: max(relaxable.calendar[group.number].dates, default=date.min), reverse=True)
    return found


def _stage(relaxable: Relaxable, group: RuleGroup) -> str:
    if group.kind == "calendar":
        own = relaxable.calendar[group.number]
        return "habits" if own.kind in _HABITS else "days"
    stages: dict[GroupKind, str] = {"horizon": "horizon", "limit": "limits", "min": "bounds", "max": "bounds"}
    return stages.get(group.kind, "asked")


def _is_default(group: RuleGroup, rules: Rules) -> bool:
    rule = rules.timing(group.number)
    return rule is None or rule.level == "default"


class _Words:
    """The sentence for each group."""

    def __init__(self, relaxable: Relaxable, rules: Rules) -> None:
        self.relaxable, self.rules = relaxable, rules
        self.problem, self.sources = relaxable.problem, rules.regimen.sources
        self._by_kind: dict[GroupKind, Callable[[RuleGroup], str]] = {
            "start": lambda group: clash_words.start_words(self.problem.timing[group.number], self.problem.origin),
            "first-dose": self._first_dose,
            "held": self._held,
            "min": self._bound,
            "max": self._bound,
            "limit": self._limit,
            "calendar": lambda group: clash_words.calendar_words(relaxable.calendar[group.number]),
            "horizon": lambda _: clash_words.horizon_words(self.problem.origin, self.problem.horizon),
        }

    def of(self, group: RuleGroup) -> str:
        return self._by_kind[group.kind](group)

    def _first_dose(self, group: RuleGroup) -> str:
        return clash_words.first_dose_words(self.problem.timing[group.number], self.problem.origin)

    def _held(self, group: RuleGroup) -> str:
        rule = self.problem.timing[group.number]
        if rule.role != "frozen":
            return clash_words.held_words(rule, self.problem.origin)
        held = (one.visit for one in self.problem.timing if one.role == "frozen")
        return clash_words.frozen_words(tuple(held))

    def _bound(self, group: RuleGroup) -> str:
        source = clash_words.origin_words(self.rules.timing(group.number), self.sources)
        return clash_words.bound_words(self.problem.timing[group.number], group.kind, self.problem.origin, source)

    def _limit(self, group: RuleGroup) -> str:
        limit = self.problem.limits[group.number]
        source = clash_words.origin_words(self.rules.limit(group.number), self.sources)
        if limit.role == "approved":
            source = "approved by the insurer"
        return clash_words.cited(limit_words(limit, self.problem.origin), source)
