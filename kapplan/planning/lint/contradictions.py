"""Rules of a protocol that stand against one another, or do not say what they must, by the network of its rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import product
from typing import NamedTuple

from kapplan.model.protocol import Protocol
from kapplan.model.regimen import Regimen, TimingRule
from kapplan.planning.infeasibility.phrases import bound_words, likewise_words
from kapplan.planning.lint.context import ProtocolPlaces, Remark, bare_profile
from kapplan.planning.phrases.words import days_words, parts_of_id, visit_words
from kapplan.planning.problem.problem import ProblemTiming
from kapplan.planning.problem.temporal_network import Bound, ClosedNetwork, closed
from kapplan.planning.regimen.branches import Assumption
from kapplan.planning.regimen.layout import lay_out

ASSUMPTIONS: tuple[Assumption, ...] = ("responds", "no-response")
_NO_DAY = date.min


class AssumedCourse(NamedTuple):
    """A course of the protocol, and the bounds of its rules."""

    regimen: Regimen
    closed: ClosedNetwork


def courses_of(places: ProtocolPlaces) -> list[AssumedCourse]:
    """Return the protocol's courses: either way through its gates; with the usual, the fewest and the most doses."""
    protocol = places.protocol
    courses: list[AssumedCourse] = []
    for assume, doses in product(ASSUMPTIONS, _numbers(protocol)):
        regimen = lay_out(protocol, bare_profile(protocol, assume, doses=doses))
        if all(regimen != course.regimen for course in courses):
            courses.append(AssumedCourse(regimen, closed(regimen)))
    return courses


def _numbers(protocol: Protocol) -> tuple[int | None, ...]:
    """Return the numbers of doses to look at: where the profile may choose, also the fewest and the most."""
    choices = [series.doses for phase in protocol.phases for series in phase.series if series.doses is not None]
    return (None, 1, most_doses(protocol)) if choices else (None,)


def most_doses(protocol: Protocol) -> int:
    """Return a number of doses as high as any that a profile may choose."""
    regimen = lay_out(protocol, bare_profile(protocol))
    chosen = [series.doses.max for phase in protocol.phases for series in phase.series if series.doses is not None]
    return sum(visit.kind == "dosing" for visit in regimen.visits) + sum(chosen)


def rule_remarks(courses: Iterable[AssumedCourse], places: ProtocolPlaces) -> Iterator[Remark]:
    """Yield rules that can never hold together, and visits that nothing keeps from falling before their gate."""
    for course in courses:
        if course.closed.circle:
            yield _never_together(course.closed.circle, places)
        else:
            yield from _before_gates(course, places)


def _never_together(circle: tuple[Bound, ...], places: ProtocolPlaces) -> Remark:
    told = bounds_in_words(circle)
    one = "this can never be kept" if len(told) == 1 else "these can never hold together"
    return Remark("circle", places.last_of(bound.cause.rule for bound in circle), f"{one}: {'; '.join(told)}", key=True)


def bounds_in_words(bounds: Iterable[Bound]) -> list[str]:
    """Return bounds in words; what a rule asks of several visits alike is told once."""
    alike: dict[object, list[Bound]] = {}
    for bound in sorted(bounds, key=_by_subject):
        of_rule = isinstance(bound.cause, TimingRule)
        alike.setdefault((bound.cause.rule, bound.side, bound.days) if of_rule else bound, []).append(bound)
    return [likewise_words(_words(first), [each.subject for each in others]) for first, *others in alike.values()]


def _by_subject(bound: Bound) -> tuple[str, int]:
    kind, number = parts_of_id(bound.subject)
    return kind, int(number)


def _words(bound: Bound) -> str:
    rule = bound.cause
    if isinstance(rule, TimingRule):
        timing = ProblemTiming(
            rule=rule.rule, visit=rule.visit, after=rule.after, months=rule.months, min=rule.min, max=rule.max
        )
        return bound_words(timing, bound.side, _NO_DAY)
    if rule.one_a_day:
        return f"{visit_words(bound.visit)} must fall on a later day than {visit_words(bound.after)} (not both on one)"
    least = f"at least {days_words(bound.days)} after {visit_words(bound.after)}"
    return f"{visit_words(bound.visit)} must fall {least} (at most {rule.max} in {days_words(rule.every or 0)})"


def _before_gates(course: AssumedCourse, places: ProtocolPlaces) -> Iterator[Remark]:
    """Yield series whose visits await a gate and could fall before it."""
    least = course.closed.least
    for visit in course.regimen.visits if least is not None else ():
        for gate in visit.awaits:
            if least is not None and least.get((gate, visit.id), -1) < 0:
                yield Remark(
                    "gate", places.of_series(visit.type),
                    f"{visit_words(visit.id)} waits for {visit_words(gate)}, and no rule keeps it from falling before",
                    f"a rule that counts from the {parts_of_id(gate)[0]}: `min = 1`, or 0 where they may share a day",
                    warning=True, key=True,
                )  # fmt: skip
