"""One whole number for a cost of several terms: comparing the numbers compares the terms in their order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kapplan.dataclass import dataclass
from kapplan.planning.problem.problem import OpenDay, ProblemTiming, ProblemVisit, Term


@dataclass(frozen=True, slots=True)
class CostScale:
    """What one of each term is worth in the packed number; a term that the objective leaves out is worth nothing.

    Every sum of allowed costs is less than ``ceiling``. ``forbidden`` is so much that it stays at or above ``limit``
    whatever prices are added to it or taken from it, and no sum of allowed costs and prices reaches that.
    """

    units: Mapping[Term, int]
    ceiling: int

    @property
    def forbidden(self) -> int:
        """The cost of what a hard limit excludes."""
        return self.ceiling << 16

    @property
    def limit(self) -> int:
        """What is this dear holds something forbidden."""
        return self.ceiling << 15

    def unit(self, term: Term) -> int:
        """Return what one of a term is worth."""
        return self.units.get(term, 0)

    def days(self, visit: ProblemVisit, choices: Iterable[OpenDay], earliest: int) -> list[tuple[int, int]]:
        """Return each day with what it costs a visit by itself, ``sooner`` counted from ``earliest``."""
        preference, sooner, moved = self.unit("preference"), self.unit("sooner"), self.unit("days_moved")
        term, told, disturbed = moving(visit), visit.announced, self.unit(disturbance(visit))
        if term is None and not disturbed:
            return [(day, preference * liked + sooner * (day - earliest)) for day, liked, _, _ in choices]
        move = 0 if term is None else self.unit(term)
        return [
            (
                day,
                preference * liked
                + sooner * (day - earliest)
                + disturbed * disturbs
                + move * moves
                + (0 if told is None else moved * abs(day - told)),
            )
            for day, liked, disturbs, moves in choices
        ]

    def weight(self, rule: ProblemTiming, visit: ProblemVisit) -> int:
        """Return what one weighted day is worth by which the visit of a rule lies outside its target."""
        return sum(self.unit(term) for term in terms(rule, visit))


def scale(objective: tuple[Term, ...], most: Mapping[Term, int]) -> CostScale:
    """Pack the terms of an objective, of which each sums up to at most ``most``."""
    units: dict[Term, int] = {}
    unit = 1
    for term in reversed(objective):
        if term != "ties":
            units[term] = unit
            unit *= most.get(term, 0) + 1
    return CostScale(units, unit)


def deviation(visit: ProblemVisit) -> Term:
    """Return the term in which a visit's days outside a target count."""
    return "deviation" if visit.tier == "course" else "follow_up_deviation"


def terms(rule: ProblemTiming, visit: ProblemVisit) -> tuple[Term, ...]:
    """Return the terms in which the days count by which the visit of a rule lies outside its target."""
    return ("sooner",) if rule.secondary else (deviation(visit), disturbance(visit))


def disturbance(visit: ProblemVisit) -> Term:
    """Return the term in which a visit's days outside a target count together with what moving it costs."""
    return "disturbance" if visit.tier == "course" else "follow_up_disturbance"


def moving(visit: ProblemVisit) -> Term | None:
    """Return the term in which moving a visit counts; ``None`` where nobody was told of it."""
    if visit.confirmed:
        return "confirmed_moves"
    return None if visit.announced is None else "announced_moves"


def outside(target: tuple[int, int] | None, days: int) -> int:
    """Return by how many days a number of days misses a target range."""
    return 0 if target is None else max(target[0] - days, days - target[1], 0)
