"""Doses are never too close: the least gaps and the caps hold between all doses of a course, whatever row they are in.

Rows of a protocol bind each dose to the one before it in its own phase. A dose that was given out of turn, a booster, a
visit that somebody added, the first dose of another phase: none of them is in the row beside which it stands. Between
two doses the larger of their least gaps holds, counted from what was given; a cap counts every dose.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import cached_property
from itertools import pairwise

from kapplan.dataclass import dataclass, replace
from kapplan.model.regimen import Limit, Regimen, TimingRule
from kapplan.model.terms import DOSES
from kapplan.planning.residual.happened import Happened


def least_name(rule: str) -> str:
    """Return the name by which the minimum of a gap between doses is overridden, apart from its maximum."""
    return f"{rule}.min"


@dataclass(frozen=True, kw_only=True)
class Spacing:
    """How doses keep apart: the ``regimen`` of the whole course, what lies ``behind``, and where open doses ``stand``.

    ``caps`` are those of the protocol as a whole; the caps of a phase's own weeks count its own doses.

    ``stands`` are the days by which open doses are put in their order; the dates of ``firm`` ones hold. ``overridden``
    are the names of all that somebody overrode. Nothing is asked of days before ``earliest``.
    """

    regimen: Regimen
    behind: Happened
    stands: Mapping[str, date]
    firm: Collection[str]
    overridden: Collection[str]
    caps: Collection[str]
    earliest: date

    def applied(self, left: Regimen) -> Regimen:
        """Return what is left of a course with its doses kept apart across rows, and its caps over all of them."""
        doses = [visit.id for visit in self.regimen.visits if visit.kind in DOSES]
        if len(doses) < 2:  # noqa: PLR2004  # one dose has nothing to keep apart from
            return left
        timing = (*left.timing, *self._from_given(left, doses), *self._between_open(left, doses))
        limits = tuple(self._over_all(limit, doses) for limit in left.limits)
        return replace(left, timing=timing, limits=limits)

    def _over_all(self, limit: Limit, doses: Sequence[str]) -> Limit:
        """Return a cap of doses that counts every dose that was or will be given."""
        if limit.rule not in self.caps or limit.rule in self.overridden or not set(limit.visits) & set(doses):
            return limit
        counted = (dose for dose in doses if dose not in self.behind.lost)
        return replace(limit, visits=tuple(dict.fromkeys((*limit.visits, *counted))))

    def _from_given(self, left: Regimen, doses: Sequence[str]) -> Iterator[TimingRule]:
        """Yield the least gaps from doses that were given to those that are open."""
        bound = {(rule.visit, rule.after) for rule in left.timing if _keeps_apart(rule)}
        for given, day in self.behind.given.items():
            for dose in doses:
                if given in self._least and dose in self.stands and (dose, given) not in bound:
                    rule = self._gap(dose, given)
                    if day + timedelta(days=_days(rule)) > self.earliest:
                        yield rule

    def _between_open(self, left: Regimen, doses: Sequence[str]) -> Iterator[TimingRule]:
        """Yield the least gaps between open doses that follow each other in time and that no rule keeps apart.

        A distance that a date on record has is the protocol's own: no more is asked of it.
        """
        bound = {frozenset((rule.visit, rule.after)) for rule in left.timing if _keeps_apart(rule)}
        places = {dose: place for place, dose in enumerate(doses) if dose in self._least and dose in self.stands}
        ahead = sorted(places, key=lambda one: (self.stands[one], places[one]))
        for before, dose in pairwise(ahead):
            if frozenset((before, dose)) in bound:
                continue
            rule = self._gap(dose, before)
            apart = (self.stands[dose] - self.stands[before]).days
            on_record = {before, dose} <= set(self.firm) and apart > 0
            yield replace(rule, min=min(_days(rule), apart)) if on_record else rule

    def _gap(self, dose: str, other: str) -> TimingRule:
        """Return the larger of two doses' least gaps as a rule between them."""
        widest = max(self._least[dose], self._least[other], key=_days)
        least = 1 if least_name(widest.rule) in self.overridden else widest.min
        return replace(widest, visit=dose, after=other, min=least, target=None, max=None, weight=0)

    @cached_property
    def _least(self) -> dict[str, TimingRule]:
        """The rule that states the least gap before each dose: its row's, else the least that any row has; or none."""
        rules = self._rules()
        if not rules:
            return {}
        before: dict[str, list[TimingRule]] = {}
        after: dict[str, list[TimingRule]] = {}
        for rule in rules:
            before.setdefault(rule.visit, []).append(rule)
            after.setdefault(rule.after, []).append(rule)
        least = min(rules, key=_days)
        return {
            visit.id: max(before.get(visit.id) or after.get(visit.id) or [least], key=_days)
            for visit in self.regimen.visits
            if visit.kind in DOSES
        }

    def _rules(self) -> list[TimingRule]:
        kinds = {visit.id: visit.kind for visit in self.regimen.visits}
        return [
            rule
            for rule in self.regimen.timing
            if rule.months is None
            and _keeps_apart(rule)
            and kinds.get(rule.visit) in DOSES
            and kinds.get(rule.after) in DOSES
        ]


def _keeps_apart(rule: TimingRule) -> bool:
    """Tell whether a rule keeps its visit off the day of its anchor: one that allows no day between asks for no gap."""
    return rule.min is not None and (rule.months is not None or rule.min > 0)


def _days(rule: TimingRule) -> int:
    """Return the fewest days between the visits of a rule that keeps them apart."""
    return rule.min or 0


def is_between_doses(regimen: Regimen, rule: TimingRule) -> bool:
    """Tell whether a rule binds a dose to another one."""
    kinds = {visit.id: visit.kind for visit in regimen.visits}
    return kinds.get(rule.visit) in DOSES and kinds.get(rule.after) in DOSES
