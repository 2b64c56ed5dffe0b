"""A patient who arrives in mid-course: which visits were given before this plan, and what that leaves of the course."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date

from kapplan.dataclass import dataclass, replace
from kapplan.model.profile import Profile
from kapplan.model.regimen import Regimen
from kapplan.planning.phrases.words import listed, visit_words


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """The days of the visits that were given, what remains of the course, and what was assumed for it in words."""

    regimen: Regimen
    given: Mapping[str, date]
    notices: tuple[str, ...]


def arrived(regimen: Regimen, profile: Profile) -> Arrival:
    """Return the course of a patient as the visits given before it leave it."""
    ahead, past = without_past(regimen, profile)
    given = given_days(profile, ahead)
    return Arrival(
        regimen=gates_passed(ahead, given.keys()), given=given, notices=(*past, *_beyond_the_course(profile, ahead))
    )


def given_days(profile: Profile, regimen: Regimen) -> dict[str, date]:
    """Return the days of the visits that were held before this plan: the first ones of their kind, in order."""
    days: dict[str, date] = {}
    for kind in dict.fromkeys(given.kind for given in profile.given):
        held = sorted(given.on for given in profile.given if given.kind == kind)
        visits = [visit.id for visit in regimen.visits if visit.kind == kind]
        days |= dict(zip(visits, held, strict=False))
    return days


def without_past(regimen: Regimen, profile: Profile) -> tuple[Regimen, tuple[str, ...]]:
    """Return the regimen of a patient who arrives in mid-course, and what was assumed for it in words.

    Visits that would have come before the last one given, and are not given themselves, are taken as held elsewhere;
    a gate among them was passed.
    """
    given = given_days(profile, regimen)
    reached = max((visit.nominal for visit in regimen.visits if visit.id in given), default=None)
    if reached is None:
        return regimen, ()
    past = {visit.id for visit in regimen.visits if visit.nominal < reached and visit.id not in given}
    if not past:
        return regimen, ()
    kept = replace(
        regimen,
        visits=tuple(
            replace(visit, awaits=tuple(gate for gate in visit.awaits if gate not in past))
            for visit in regimen.visits
            if visit.id not in past
        ),
        timing=tuple(rule for rule in regimen.timing if not {rule.visit, rule.after} & past),
        limits=tuple(
            replace(limit, visits=tuple(visit for visit in limit.visits if visit not in past))
            for limit in regimen.limits
            if limit.anchor not in past
        ),
    )
    words = listed(visit_words(visit.id) for visit in regimen.visits if visit.id in past)
    return kept, (f"Taken as held before this plan, since later visits were: {words}.",)


def gates_passed(regimen: Regimen, given: Collection[str]) -> Regimen:
    """Return the regimen in which nothing waits for a gate that was passed before this plan.

    A gate that measures nothing is passed when it was held; a measured one where a visit that waited for it was held.
    """
    passed = {
        visit.id
        for visit in regimen.visits
        if visit.gate is not None
        and visit.id in given
        and (
            visit.gate.measure is None or any(visit.id in other.awaits for other in regimen.visits if other.id in given)
        )
    }
    if not passed:
        return regimen
    visits = (
        replace(visit, awaits=tuple(gate for gate in visit.awaits if gate not in passed)) for visit in regimen.visits
    )
    return replace(regimen, visits=tuple(visits))


def _beyond_the_course(profile: Profile, regimen: Regimen) -> Iterator[str]:
    """Say which visits given before have no place in the course, which has fewer of their kind."""
    for kind in dict.fromkeys(given.kind for given in profile.given):
        given = sum(each.kind == kind for each in profile.given)
        course = sum(visit.kind == kind for visit in regimen.visits)
        if given > course:
            yield (
                f"{given} {kind} visits were given before, the course has {course}: the last {given - course} of them "
                "have no place in it and are not shown."
            )
