"""Suggesting: every protocol for one patient, with what speaks for and against it and what its course would be.

The order is that of eligibility, then label status, then evidence, never of convenience: visits, waiting and distance
are told and do not count. A clinician chooses.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import field
from datetime import date, datetime
from math import ceil
from typing import Literal

from kapplan.dataclass import dataclass, replace
from kapplan.dates import DAYS_IN_WEEK
from kapplan.errors import UndecidedError
from kapplan.model.clinic import Clinic
from kapplan.model.fields import Strength
from kapplan.model.plan import Finding
from kapplan.model.profile import Profile
from kapplan.model.protocol import Protocol
from kapplan.model.regimen import Regimen, RegimenVisit
from kapplan.model.rules import Rulebook
from kapplan.model.terms import Tier
from kapplan.planning.availability.calendar import BusyTimes, Calendar, shapes_of
from kapplan.planning.problem.objective import DaysOff, days_off
from kapplan.planning.problem.problem import Problem
from kapplan.planning.rules.conditions import Verdict, holds_of
from kapplan.planning.rules.facts import Facts, Value, key_of
from kapplan.planning.rules.screening import screen, unfit
from kapplan.planning.rules.tailoring import tailor
from kapplan.planning.schedule.course import Demand, demand_of, therapists
from kapplan.planning.schedule.formulate import formulate, horizon, reach
from kapplan.planning.schedule.points import Point, of_findings, of_null_trials, of_route, of_rules, of_study, point_of
from kapplan.planning.solver.optimum import Placement, place

Eligibility = Literal[
    "eligible", "indication not stated", "criteria not met", "other indication", "refused unless overridden", "refused"
]  # fmt: skip
ELIGIBILITY: tuple[Eligibility, ...] = (
    "eligible", "indication not stated", "criteria not met", "other indication", "refused unless overridden", "refused",
)  # fmt: skip
"""Best first. A course is *for* a patient of whom one of its indications is stated, and whom its label or study does
not leave out by what else it asks."""

REFUSED: frozenset[Eligibility] = frozenset({"refused", "refused unless overridden"})

_STRENGTHS: tuple[Strength | None, ...] = ("A", "B", "C", "D", None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """How much a part of a course takes: visits, doses among them, and minutes spent in the clinic."""

    visits: int
    doses: int
    clinic_minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Dates:
    """The best dates of a course in these calendars, its days ``off`` target, and the same as the rules weigh them."""

    start: date
    first_dose: date | None
    off: DaysOff
    deviation: int
    follow_up_deviation: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """One protocol for one patient.

    ``on_label`` is told of this patient: a labelled product is off-label where its indication is not stated, or
    something else that its label asks is not met.
    ``unverified`` says that parts of the protocol are confirmed by no source. ``weeks`` are those of the active course.
    ``dates`` are ``None`` where screening refuses, which asks for none, and where none are found that keep every rule.
    """

    protocol: Protocol
    route: str | None
    eligibility: Eligibility
    on_label: bool
    unverified: bool
    findings: tuple[Finding, ...]
    points: tuple[Point, ...]
    course: Extent
    follow_up: Extent
    weeks: int
    dates: Dates | None = None

    @property
    def refused(self) -> bool:
        """Whether screening stands against it."""
        return self.eligibility in REFUSED


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestions:
    """All protocols in order, what is to be said beside them, and what the profile leaves open."""

    ranked: tuple[Suggestion, ...]
    safety: tuple[Finding, ...] = ()
    advice: tuple[Point, ...] = ()
    unknown: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    notices: tuple[str, ...] = ()


def suggest(
    profile: Profile,
    protocols: Iterable[Protocol],
    clinic: Clinic,
    *,
    rules: Rulebook,
    busy: BusyTimes,
    now: datetime,
) -> Suggestions:
    """Return all protocols for a patient, in the order in which a clinician should read them.

    Every course is laid out from its beginning: visits given before are left out of account. ``now`` is the time in
    the clinic's zone.
    """
    fresh = replace(profile, given=())
    protocols = tuple(protocols)
    weighed = [
        (
            replace(one, points=(*one.points, *of_null_trials(one.protocol, one.route, one.course.doses, protocols))),
            regimen,
        )
        for one, regimen in (_weigh(fresh, protocol, clinic, rules, now) for protocol in protocols)
    ]
    demands = {
        suggestion.protocol.id: demand_of(fresh, clinic, regimen, busy, now)
        for suggestion, regimen in weighed
        if not suggestion.refused
    }
    dated = _dates(list(demands.values()))
    found = dict(zip(demands, dated, strict=True))
    ranked = [replace(suggestion, dates=found.get(suggestion.protocol.id)) for suggestion, _ in weighed]
    findings = dict.fromkeys(finding for one in ranked for finding in one.findings if finding.safety)
    advice, unknown = _general(fresh, [one.protocol for one in ranked], clinic, rules, now)
    assumed = dict.fromkeys(notice for demand in demands.values() for notice in demand.notices)
    return Suggestions(
        ranked=tuple(sorted(ranked, key=_rank)),
        safety=tuple(findings),
        advice=advice,
        unknown=unknown,
        notices=(*assumed, *_about_given(profile)),
    )


def _about_given(profile: Profile) -> Iterator[str]:
    if profile.given:
        yield "Visits that were given before are left out of account: every course is shown from its beginning."


def _rank(suggestion: Suggestion) -> tuple[object, ...]:
    """Return what orders suggestions: eligibility, label status, evidence; of equals, the id."""
    return (
        ELIGIBILITY.index(suggestion.eligibility),
        not suggestion.on_label,
        any(point.weighs and point.side == "against" for point in suggestion.points),
        _STRENGTHS.index(suggestion.protocol.strength),
        not any(point.weighs and point.side == "for" for point in suggestion.points),
        suggestion.protocol.id,
    )


# One protocol for the patient


def _weigh(
    profile: Profile, protocol: Protocol, clinic: Clinic, rules: Rulebook, now: datetime
) -> tuple[Suggestion, Regimen]:
    own, route = _with_route(profile, protocol)
    findings = screen(own, protocol, now.date(), rules, clinic)
    tailored = tailor(own, protocol, clinic, rules, now.date())
    regimen = tailored.regimen
    course = [visit for visit in regimen.visits if visit.tier == "course"]
    facts = Facts(profile=own, protocol=protocol, today=now.date(), rules=rules, clinic=clinic)
    indicated = facts.value("protocol.indicated")
    suggestion = Suggestion(
        protocol=protocol,
        route=route,
        eligibility=_eligibility(findings, unfit(findings, rules), indicated=indicated),
        on_label=not tailored.off_label and indicated is True,
        unverified=_unverified(protocol),
        findings=findings,
        points=(
            *of_rules(facts, rules),
            *of_study(profile, protocol, facts.value("age")),
            *of_route(profile, protocol),
            *of_findings(findings),
        ),
        course=_extent(regimen, "course"),
        follow_up=_extent(regimen, "follow-up"),
        weeks=_weeks(course),
    )
    return suggestion, regimen


def _with_route(profile: Profile, protocol: Protocol) -> tuple[Profile, str | None]:
    """Return the profile with a route that the protocol knows, and the course's route."""
    asked = profile.treatment.route
    if asked is not None and asked not in protocol.routes:
        profile = replace(profile, treatment=replace(profile.treatment, route=None))
        asked = None
    return profile, protocol.route or asked


def _eligibility(findings: Sequence[Finding], reasons: Collection[str], *, indicated: Value | None) -> Eligibility:
    levels = {finding.level for finding in findings if finding.refuses}
    if "refuse" in levels:
        return "refused"
    if levels:
        return "refused unless overridden"
    if indicated is None:
        return "indication not stated"
    if not indicated or "diagnosis" in reasons:
        return "other indication"
    return "criteria not met" if "criteria" in reasons else "eligible"


def _unverified(protocol: Protocol) -> bool:
    """Tell whether something of a protocol is confirmed by no source: a default, from memory, or a second hand."""
    return (
        any(visit.unverified for visit in protocol.visits.values())
        or any(series.unverified for phase in protocol.phases for series in phase.series)
        or any(not source.verified for source in protocol.sources.values())
    )


def _extent(regimen: Regimen, tier: Tier) -> Extent:
    visits = [visit for visit in regimen.visits if visit.tier == tier]
    return Extent(
        visits=len(visits),
        doses=sum(visit.kind == "dosing" for visit in visits),
        clinic_minutes=sum(visit.minutes.total for visit in visits if visit.place == "clinic"),
    )


def _weeks(visits: Sequence[RegimenVisit]) -> int:
    """Return over how many weeks visits lie, each on its nominal day."""
    days = [visit.nominal for visit in visits]
    return ceil((max(days) - min(days) + 1) / DAYS_IN_WEEK) if days else 0


def _general(
    profile: Profile, protocols: Sequence[Protocol], clinic: Clinic, rules: Rulebook, now: datetime
) -> tuple[tuple[Point, ...], dict[str, tuple[str, ...]]]:
    """Return what the rules say of every course, and the keys of the profile that other rules would need."""
    advice: list[Point] = []
    unknown: dict[str, list[str]] = {}
    for rule in rules.tailoring:
        if rule.used_by != "suggest" or rule.id in profile.tailoring.without:
            continue
        verdicts: list[Verdict] = []
        for protocol in protocols if rule.favours or rule.against else protocols[:1]:
            facts = Facts(profile=profile, protocol=protocol, today=now.date(), rules=rules, clinic=clinic)
            verdicts.append(holds_of(rule, facts))
            if verdicts[-1].holds and not (rule.favours or rule.against):
                advice.append(point_of(rule, facts, rules))
        for verdict in verdicts[:1]:
            for name in verdict.missing if verdict.holds is None else ():
                unknown.setdefault(key_of(name) or name, []).append(rule.id)
    return tuple(advice), {key: tuple(dict.fromkeys(ids)) for key, ids in unknown.items()}


# Dates


def _dates(demands: Sequence[Demand]) -> list[Dates | None]:
    """Return the best dates of each course, all read from one calendar for each therapist."""
    reached = [reach(demand.regimen, demand.situation) for demand in demands]
    last = max((horizon(each) for each in reached), default=0)
    calendars: dict[str | None, Calendar] = {}
    dated: list[Dates | None] = []
    for demand, each in zip(demands, reached, strict=True):
        situation = demand.situation
        problems: list[Problem] = []
        for therapist in therapists(demand):
            if therapist not in calendars:
                first, until = min(situation.earliest, situation.origin), situation.date_of(last)
                like = next(iter(calendars.values()), None)
                calendars[therapist] = like.for_therapist(therapist) if like is not None else Calendar(
                    demand.clinic, demand.profile, demand.busy, first, until, therapist=therapist
                )  # fmt: skip
            shapes = shapes_of(demand.regimen.visits, therapist)
            problem = formulate(demand.regimen, calendars[therapist], shapes, situation, each)
            if problem not in problems:
                problems.append(problem)
        placed = list(_placements(problems))
        best = min(placed, key=lambda found: found[1].terms, default=None)
        dated.append(None if best is None else _dates_of(demand, *best))
    return dated


def _placements(problems: Iterable[Problem]) -> Iterator[tuple[Problem, Placement]]:
    """Yield the best placements that are found; a course of which the search does not tell has none."""
    for problem in problems:
        with suppress(UndecidedError):
            placement = place(problem)
            if placement is not None:
                yield problem, placement


def _dates_of(demand: Demand, problem: Problem, placement: Placement) -> Dates:
    first_dose = demand.regimen.first_dose
    return Dates(
        start=demand.situation.date_of(min(placement.days.values())),
        first_dose=None if first_dose is None else demand.situation.date_of(placement.days[first_dose.id]),
        off=days_off(problem, placement.days),
        deviation=placement.objective["deviation"],
        follow_up_deviation=placement.objective["follow_up_deviation"],
    )
