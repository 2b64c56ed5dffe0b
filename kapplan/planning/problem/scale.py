"""One whole number for a cost of several terms: comparing the numbers compares the terms in their order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kapplan.planning.problem.problem import OpenDay, ProblemTiming, ProblemVisit, Term


@dataclass(frozen=True, slots=True)
class Scale:
    """What one of each term is worth in the packed number; a term that the objective leaves out is worth nothing.

    Every sum of allowed costs is less than ``ceiling``; ``forbidden`` is so much that it stays at or above the
    ceiling even when an allowed sum is taken from it.
    """

    units: Mapping[Term, int]
    ceiling: int

    @property
    def forbidden(self) -> int:
        """The cost of what a hard limit excludes."""
        return 2 * self.ceiling

    def unit(self, term: Term) -> int:
        """Return what one of a term is worth."""
        return self.units.get(term, 0)

    def days(self, visit: ProblemVisit, choices: Iterable[OpenDay], earliest: int) -> list[tuple[int, int]]:
        """Return each day with what it costs a visit by itself, ``sooner`` counted from ``earliest``."""
        preference, sooner, moved = self.unit("preference"), self.unit("sooner"), self.unit("days_moved")
        term, told = moving(visit), visit.announced
        if term is None:
            return [(day, preference * liked + sooner * (day - earliest)) for day, liked, _ in choices]
        move = self.unit(term)
        return [
            (
                day,
                preference * liked
                + sooner * (day - earliest)
                + move * moves
                + (0 if told is None else moved * abs(day - told)),
            )
            for day, liked, moves in choices
        ]

    def day_outside(self, rule: ProblemTiming, visit: ProblemVisit) -> int:
        """Return the cost of each day by which a visit lies outside the target of its rule."""
        return rule.weight * self.unit(deviation(visit))


def scale(objective: tuple[Term, ...], most: Mapping[Term, int]) -> Scale:
    """Pack the terms of an objective, of which each sums up to at most ``most``."""
    units: dict[Term, int] = {}
    unit = 1
    for term in reversed(objective):
        if term != "ties":
            units[term] = unit
            unit *= most.get(term, 0) + 1
    return Scale(units, unit)


def deviation(visit: ProblemVisit) -> Term:
    """Return the term in which a visit's days outside a target count."""
    return "deviation" if visit.tier == "course" else "follow_up_deviation"


def moving(visit: ProblemVisit) -> Term | None:
    """Return the term in which moving a visit counts; ``None`` where nobody was told of it."""
    if visit.confirmed:
        return "confirmed_moves"
    return None if visit.announced is None else "announced_moves"


def outside(target: tuple[int, int] | None, days: int) -> int:
    """Return by how many days a number of days misses a target range."""
    return 0 if target is None else max(target[0] - days, days - target[1], 0)
