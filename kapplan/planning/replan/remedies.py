"""Ways out where no dates keep every rule: for each repair a command, tried before it is told.

The repairs of ``infeasibility`` are of the rules and calendars; what a person can type is an override by name, a day
opened by name, or a visit left out. Each is dated here as it would be when typed, so that what is printed works.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import islice

from kapplan.dataclass import dataclass
from kapplan.model.decisions import Override
from kapplan.model.plan import Plan
from kapplan.planning.amend.record import omit
from kapplan.planning.infeasibility.minimal_conflict import Clash
from kapplan.planning.infeasibility.repairs import Repair
from kapplan.planning.phrases.words import visit_words
from kapplan.planning.problem.problem import FIRST_DOSE, START
from kapplan.planning.replan.replan import revise
from kapplan.planning.replan.request import Asked, Options, Revision, Sources
from kapplan.planning.replan.residual_problem import CLOSED
from kapplan.planning.residual.spacing import LEAST, is_between_doses

MOST_TRIED = 8
MOST_TOLD = 3
REASON = "why it may be so"
"""What stands for the reason in a command that is printed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """One change that gives the course dates again: in words, and as the words of a command, ``PLAN`` in its place."""

    words: str
    command: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Try:
    remedy: Remedy
    plan: Plan
    options: Options
    asked: Asked | None = None


def remedies(plan: Plan, sources: Sources, now: datetime, revision: Revision) -> tuple[Remedy, ...]:
    """Return the ways out of a plan for which a ``revision`` found no dates, the least first, each tried on the plan.

    The last is always to hold the course.
    """
    origin = revision.origin or now.date()
    tries = islice(_tries(plan, now, revision.clash, revision.repairs, origin), MOST_TRIED)
    working = (one.remedy for one in tries if _works(one, sources, now))
    hold = Remedy(words="Hold the course until it is clear what follows", command=("hold", "PLAN"))
    return (*islice(working, MOST_TOLD), hold)


def _works(one: _Try, sources: Sources, now: datetime) -> bool:
    revision = revise(one.plan, sources, now, one.options, asked=one.asked)
    return revision.placed and revision.refused is None


def _tries(plan: Plan, now: datetime, clash: Clash | None, repairs: Sequence[Repair], origin: date) -> Iterator[_Try]:
    seen: set[tuple[str, ...]] = set()
    for one in (*_of_repairs(plan, now, repairs, origin), *_of_visits(plan, clash)):
        if one.remedy.command not in seen:
            seen.add(one.remedy.command)
            yield one


def _options(rule: str, now: datetime) -> Options:
    return Options(overrides=(Override(rule=rule, by="", on=now.date(), why=REASON),))


def _of_repairs(plan: Plan, now: datetime, repairs: Sequence[Repair], origin: date) -> Iterator[_Try]:
    for repair in repairs:
        if repair.kind in {"clinic-day", "patient-day"}:
            yield from _opened(plan, now, repair, origin)
            continue
        rule = {"start": START, "first-dose": FIRST_DOSE}.get(repair.kind) or _named(plan, repair)
        if rule is None or repair.level == "label":
            continue
        command = ("resume", "PLAN", "--override", rule, "--why", REASON)
        yield _Try(remedy=Remedy(words=repair.words, command=command), plan=plan, options=_options(rule, now))


def _named(plan: Plan, repair: Repair) -> str | None:
    """Return the name by which the rule of a repair is overridden: of a gap between doses each bound has its own."""
    rules = [rule for rule in plan.regimen.timing if rule.rule == repair.rule]
    if repair.side == "min" and any(is_between_doses(plan.regimen, rule) for rule in rules):
        return f"{repair.rule}{LEAST}"
    return repair.rule


def _opened(plan: Plan, now: datetime, repair: Repair, origin: date) -> Iterator[_Try]:
    """Yield the visits that a day opened by name could hold."""
    day = origin + timedelta(days=repair.day or 0)
    known = {visit.id for visit in plan.visits if visit.open}
    for target in repair.targets[:2]:
        if target in known:
            command = ("move", "PLAN", target, day.isoformat(), "--override", CLOSED, "--why", REASON)
            words = f"{repair.words.rstrip('.')}: {visit_words(target)}"
            asked = Asked(visit=target, day=day)
            remedy = Remedy(words=words, command=command)
            yield _Try(remedy=remedy, plan=plan, options=_options(CLOSED, now), asked=asked)


def _of_visits(plan: Plan, clash: Clash | None) -> Iterator[_Try]:
    """Yield the visits that stand in the clash, each left out: those of no doses first, the later ones before."""
    named = {member.visit for member in clash.members if member.visit} if clash is not None else set()
    there = [visit for visit in plan.visits if visit.open and (visit.id in named or not named)]
    for visit in sorted(there, key=lambda one: (one.kind == "dosing", one.kind == "review", -one.start.timestamp())):
        words = f"Leave {visit_words(visit.id)} out"
        yield _Try(
            remedy=Remedy(words=words, command=("omit", "PLAN", visit.id)), plan=omit(plan, visit.id), options=Options()
        )  # fmt: skip


def tried_with(plan: Plan, sources: Sources, now: datetime, rules: Sequence[str], asked: Asked) -> bool:
    """Tell whether a visit could be where it was asked for if rules were overridden by name."""
    overrides = tuple(Override(rule=rule, by="", on=now.date(), why=REASON) for rule in rules)
    revision = revise(plan, sources, now, Options(overrides=overrides), asked=asked)
    return revision.placed and revision.refused is None


def with_plan(remedy: Remedy, name: str) -> Remedy:
    """Return a remedy with a plan's name in its command."""
    return replace(remedy, command=tuple(name if word == "PLAN" else word for word in remedy.command))
