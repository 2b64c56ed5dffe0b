"""What remains of a course: its rules as they bind the open visits, after what has happened.

History is fixed and never makes a plan infeasible. A visit that was not held (missed, cancelled, omitted) anchors
targets and maxima by its planned date, while minimum gaps and caps count from what was really given. Where visits were
held out of order, a row of visits of one kind goes on from the last one given. What happened is never asked to have
happened elsewhere: a rule that would place an open visit before one that was held is dropped. A visit that was held
before one that is still open, as a screening before its dose, holds that one to the same days, counted from itself.
Where the first dose was not held, what counts from it counts from the first one that was or will be.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from kapplan.dataclass import replace
from kapplan.model.regimen import Limit, Regimen, TimingRule
from kapplan.model.terms import DOSES
from kapplan.planning.residual.happened import Happened


def remaining(regimen: Regimen, past: Happened, settled: frozenset[str] = frozenset()) -> Regimen:
    """Return the rules of a course as they bind what is still open; awaited are only gates not ``settled``."""
    replaced = {visit.replaces for visit in regimen.visits} & past.lost.keys()
    visits = tuple(
        replace(visit, awaits=tuple(gate for gate in visit.awaits if gate not in settled))
        for visit in regimen.visits
        if visit.id not in replaced
    )
    rules = _Rules(regimen, past)
    return replace(regimen, visits=visits, timing=tuple(rules.timing()), limits=tuple(rules.limits()))


class _Rules:
    def __init__(self, regimen: Regimen, past: Happened) -> None:
        self.regimen, self.past = regimen, past
        self.visits = {visit.id: visit for visit in regimen.visits}
        self.rows = list(rows(regimen))
        self.before = {rule.visit: rule.after for row in self.rows for rule in row}
        self.anchors: dict[str, set[str]] = {}
        for rule in regimen.timing:
            self.anchors.setdefault(rule.rule, set()).add(rule.after)

    # -- timing --------------------------------------------------------------------------------------------------

    def timing(self) -> Iterator[TimingRule]:
        """Yield the rules that bind an open visit."""
        turned = {id(rule) for row in self.rows if self._is_out_of_order(row) for rule in row}
        rules = [rule for rule in self.regimen.timing if id(rule) not in turned]
        rules += [rule for row in self.rows if self._is_out_of_order(row) for rule in self._in_order_given(row)]
        first = self._first_given_instead()
        for rule in rules:
            if rule.visit in self.past.fixed:
                yield from self._turned_around(rule, first)
                continue
            if first is not None and self._counts_from_first(rule, first):
                yield replace(rule, after=first[1])
            else:
                yield from self._binding(rule) if rule.after in self.past.lost else (rule,)

    def _turned_around(self, rule: TimingRule, first: tuple[str, str] | None) -> Iterator[TimingRule]:
        """Yield the rule of a visit held before an open one as it binds that one, counted from what was held.

        What was held before a first dose that is lost binds the one from which the course counts in its place.
        """
        comes_before = rule.max is not None and rule.max < 0 and rule.months is None
        after = first[1] if first is not None and rule.after == first[0] else rule.after
        is_open = after in self.visits and after not in self.past.fixed
        if rule.max is None or not comes_before or not is_open or rule.visit not in self.past.given:
            return
        target = None if rule.target is None else (-rule.target[1], -rule.target[0])
        latest = None if rule.min is None else -rule.min
        yield replace(rule, visit=after, after=rule.visit, min=-rule.max, target=target, max=latest)

    def _first_given_instead(self) -> tuple[str, str] | None:
        """Return a first dose that was not held and the one from which the course counts in its place."""
        doses = [visit.id for visit in self.regimen.visits if visit.kind in DOSES]
        if not doses or doses[0] not in self.past.lost:
            return None
        given = sorted((dose for dose in doses if dose in self.past.given), key=lambda one: self.past.given[one])
        left = [*given, *(dose for dose in doses if dose not in self.past.fixed)]
        return (doses[0], left[0]) if left else None

    def _counts_from_first(self, rule: TimingRule, first: tuple[str, str]) -> bool:
        """Tell whether a rule counts a visit's days from the first dose, not from the dose to which the visit belongs.

        As treatment weeks, a review and what comes before the first dose do; the next dose and an integration do not,
        nor does what the dose in its place waits for.
        """
        if rule.after != first[0] or rule.visit == first[1] or rule.visit not in self.visits:
            return False
        if self.visits[rule.visit].kind in DOSES:
            return self.before.get(rule.visit) != rule.after
        waited_for = (one.after for one in self.regimen.timing if one.visit == first[1] and (one.min or 0) > 0)
        return self.anchors[rule.rule] == {rule.after} and rule.visit not in waited_for

    def _binding(self, rule: TimingRule) -> Iterator[TimingRule]:
        """Yield what remains of a rule whose anchor was not held: its minimum counts from what was given before."""
        if rule.min is None or rule.min <= 0 or rule.months is not None:
            yield rule
            return
        if rule.target is not None or rule.max is not None:
            yield replace(rule, min=None)
        given = self._given_before(rule.after)
        if given is not None and given != rule.visit:
            yield replace(rule, after=given, target=None, max=None, weight=0)

    def _given_before(self, visit_id: str) -> str | None:
        """Return the nearest visit before one that was not held, in its row, that was or will be held."""
        before = self.before.get(visit_id)
        while before is not None and before in self.past.lost:
            before = self.before.get(before)
        return before

    def _is_out_of_order(self, row: Sequence[TimingRule]) -> bool:
        held = [visit for visit in members(row) if visit not in self.past.lost]
        return held != self._sequence(held)

    def _sequence(self, held: Iterable[str]) -> list[str]:
        """Return visits in the order in which they come: first those given, by their days, then the open ones."""
        given = self.past.given
        return sorted(held, key=lambda visit: (0, given[visit].toordinal()) if visit in given else (1, 0))

    def _in_order_given(self, row: Sequence[TimingRule]) -> Iterator[TimingRule]:
        """Yield the rules of a row as they bind its visits in the order in which they come."""
        own = {rule.visit: rule for rule in row}
        held = self._sequence(visit for visit in members(row) if visit not in self.past.lost)
        for before, visit in pairwise(held):
            yield replace(own.get(visit, row[0]), visit=visit, after=before)

    # -- limits --------------------------------------------------------------------------------------------------

    def limits(self) -> Iterator[Limit]:
        """Yield the limits without the visits that were not held; caps count from the first visit given."""
        for limit in self.regimen.limits:
            visits = tuple(visit for visit in limit.visits if visit not in self.past.lost)
            if len(visits) > 1 or (limit.max is not None and visits):
                yield replace(limit, visits=visits, anchor=self._first(limit, visits))

    def _first(self, limit: Limit, visits: Sequence[str]) -> str | None:
        """Return from which visit the blocks of a cap count: the first of the anchor's kind that was given."""
        anchor = limit.anchor
        if anchor is None or anchor not in self.visits:
            return anchor
        given = [visit for visit in self.past.given if visit in self.visits and self._alike(visit, anchor)]
        if given:
            return min(given, key=lambda visit: self.past.given[visit])
        if anchor in self.past.lost:
            return next((visit for visit in visits if self._alike(visit, anchor)), anchor)
        return anchor

    def _alike(self, one: str, other: str) -> bool:
        return self.visits[one].kind == self.visits[other].kind


def rows(regimen: Regimen) -> Iterator[tuple[TimingRule, ...]]:
    """Yield the rows of a course: rules of one name that bind each visit of a kind to the one before it."""
    kinds: dict[str, str] = {visit.id: visit.kind for visit in regimen.visits}
    by_name: dict[str, list[TimingRule]] = {}
    for rule in regimen.timing:
        alike = kinds.get(rule.visit) is not None and kinds.get(rule.visit) == kinds.get(rule.after)
        if alike and rule.months is None:
            by_name.setdefault(rule.rule, []).append(rule)
    for named in by_name.values():
        following = {rule.after: rule for rule in named}
        if len(following) < len(named) or len({rule.visit for rule in named}) < len(named):
            continue
        bound = {rule.visit for rule in named}
        for start in (rule for rule in named if rule.after not in bound):
            row = [start]
            while row[-1].visit in following:
                row.append(following[row[-1].visit])
            yield tuple(row)


def members(row: Sequence[TimingRule]) -> list[str]:
    """Return the visits of a row in its order."""
    return [row[0].after, *(rule.visit for rule in row)]
