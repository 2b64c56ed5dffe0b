"""Ways out where no dates keep every rule: for each repair a command, tried before it is told.

The repairs of ``infeasibility`` are of the rules and calendars; what a person can type is an override by name, a day
opened by name, or a visit left out. Each is dated here as it would be when typed, so that what is printed works.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import islice

from kapplan.dataclass import dataclass, replace
from kapplan.model.decisions import Override
from kapplan.model.plan import Plan
from kapplan.model.terms import DOSES
from kapplan.planning.amend.overrides import level_of
from kapplan.planning.amend.record import omit, pin
from kapplan.planning.infeasibility.minimal_conflict import Clash
from kapplan.planning.infeasibility.repairs import Repair
from kapplan.planning.phrases.words import listed, visit_words
from kapplan.planning.problem.problem import FIRST_DOSE, START
from kapplan.planning.replan.holding import CLOSED
from kapplan.planning.replan.replan import can_be_dated, clash_in
from kapplan.planning.replan.request import Asked, Options, Refusal, Revision, Sources
from kapplan.planning.residual.spacing import is_between_doses, least_name

THAWED, LET_FROZEN_MOVE = ("--freeze", "0d"), "Let visits in frozen days move"
"""What is typed to let frozen days go once, and what it does."""
MOST_TRIED = 8
MOST_TOLD = 3
MOST_TOGETHER = 4
"""How many rules one command overrides together at most."""
RESUME = ("resume", "PLAN")
"""What dates a plan again whose visits are unresolved."""
_OF_ROLES: Mapping[str, str] = {"start": START, "first-dose": FIRST_DOSE}
"""The names by which bounds are overridden that are no rules of a protocol."""
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


def remedies(
    plan: Plan, sources: Sources, now: datetime, revision: Revision, again: Sequence[str] | None = None
) -> tuple[Remedy, ...]:
    """Return the ways out of a plan for which a ``revision`` found no dates, the least first, each tried on the plan.

    What was only to stay where it stands is let go of first: that breaks no rule.

    Where nothing is saved, ``again`` are the words of the command that is typed again with an override. Else the plan
    is as it was saved, and the last way is always to hold the course.
    """
    origin, verb = revision.origin or now.date(), tuple(again or RESUME)
    tries = islice(_tries(plan, now, revision, origin, verb, saved=again is None), MOST_TRIED)
    found = list(islice((one.remedy for one in tries if _works(one, sources, now)), MOST_TOLD))
    found = found or list(_together(plan, sources, now, revision, verb))
    if again is None:
        found.append(Remedy(words="Hold the course until it is clear what follows", command=("hold", "PLAN")))
    return tuple(found) or (Remedy(words="The course as it stands", command=("show", "PLAN")),)


def _works(one: _Try, sources: Sources, now: datetime) -> bool:
    return can_be_dated(one.plan, sources, now, one.options, asked=one.asked) is True


def _tries(
    plan: Plan, now: datetime, revision: Revision, origin: date, verb: tuple[str, ...], *, saved: bool
) -> Iterator[_Try]:
    seen: set[tuple[str, ...]] = set()
    left_out = _of_visits(plan, revision.clash) if saved else ()
    let_go = _of_holders(plan, revision, verb, saved=saved)
    for one in (*let_go, *_of_repairs(plan, now, revision.repairs, origin, verb), *left_out):
        if one.remedy.command not in seen:
            seen.add(one.remedy.command)
            yield one


def _together(
    plan: Plan, sources: Sources, now: datetime, revision: Revision, verb: tuple[str, ...]
) -> Iterator[Remedy]:
    """Yield one command that overrides several rules where no single change is enough: one of each clash in turn.

    A maximum goes before a limit, a default before what a source states; least gaps between doses are not touched.
    """
    rules: list[str] = []
    clash = revision.clash
    if not can_be_dated(plan, sources, now, _options(_all_overridable(plan), now)):
        return
    while clash is not None and len(rules) < MOST_TOGETHER:
        of_clash = sorted(_overridable(plan, clash), key=lambda one: one[0])
        name = next((name for _, name in of_clash if name not in rules), None)
        if name is None:
            return
        rules.append(name)
        options = _options(rules, now)
        dated = can_be_dated(plan, sources, now, options)
        if dated is None:
            return
        if not dated:
            clash = clash_in(plan, sources, now, options)
        else:
            words = f"Let these rules be broken together: {', '.join(rules)}"
            named = [word for rule in rules for word in ("--override", rule)]
            yield Remedy(words=words, command=(*verb, *named, "--why", REASON))
            return


def _overridable(plan: Plan, clash: Clash) -> Iterator[tuple[tuple[bool, bool], str]]:
    """Yield the rules of a clash that a name may override, each with how dear that is."""
    for member in clash.members:
        name = _OF_ROLES.get(member.role, member.rule)
        if name is None or member.kind in {"calendar", "horizon", "held"}:
            continue
        level = level_of(plan.regimen, name)
        between = any(is_between_doses(plan.regimen, rule) for rule in plan.regimen.timing if rule.rule == name)
        if level != "label" and not (member.kind == "min" and between):
            yield (level not in {None, "default"}, member.kind != "max"), name


def _all_overridable(plan: Plan) -> list[str]:
    """Return every rule that a name may override but the least gaps: where even that is not enough, nothing is."""
    rules, limits = plan.regimen.timing, plan.regimen.limits
    names = dict.fromkeys([START, FIRST_DOSE, *(one.rule for one in rules), *(one.rule for one in limits)])
    return [name for name in names if level_of(plan.regimen, name) != "label"]


def _options(rules: Iterable[str], now: datetime) -> Options:
    return Options(overrides=tuple(Override(rule=rule, by="", on=now.date(), why=REASON) for rule in rules))


def _of_holders(plan: Plan, revision: Revision, verb: tuple[str, ...], *, saved: bool) -> Iterator[_Try]:
    """Yield that what holds visits lets go of them: what one command held, frozen days, pins."""
    kept = [visit for visit, holder in revision.holders.items() if holder == "keep"]
    if kept:
        yield _Try(remedy=Remedy(words=f"Let {_named_visits(kept)} move", command=verb), plan=plan, options=Options())
    if "freeze" in revision.holders.values():
        thaw, options = _thawed(plan)
        yield _Try(remedy=Remedy(words=LET_FROZEN_MOVE, command=(*verb, *thaw)), plan=plan, options=options)
    pinned = [visit for visit, holder in revision.holders.items() if holder == "pin"]
    members = () if revision.clash is None or not pinned else revision.clash.members
    blamed = [member.visit for member in members if member.role == "pinned" and member.visit is not None]
    for visits in (blamed, pinned):
        if visits:
            words = f"Unpin {_named_visits(visits)}{'' if saved else ', then try again'}"
            remedy = Remedy(words=words, command=("unpin", "PLAN", *visits))
            yield _Try(remedy=remedy, plan=pin(plan, visits, pinned=False), options=Options())


def _of_repairs(
    plan: Plan, now: datetime, repairs: Sequence[Repair], origin: date, verb: tuple[str, ...]
) -> Iterator[_Try]:
    for repair in repairs:
        if repair.kind in {"clinic-day", "patient-day"}:
            if verb == RESUME:
                yield from _opened(plan, now, repair, origin)
            continue
        rule = _OF_ROLES.get(repair.kind) or _named(plan, repair)
        if rule is None or repair.level == "label":
            continue
        command = (*verb, "--override", rule, "--why", REASON)
        yield _Try(remedy=Remedy(words=repair.words, command=command), plan=plan, options=_options([rule], now))


def _named(plan: Plan, repair: Repair) -> str | None:
    """Return the name by which the rule of a repair is overridden: of a gap between doses each bound has its own."""
    rules = [rule for rule in plan.regimen.timing if rule.rule == repair.rule]
    if repair.rule is not None and repair.side == "min" and any(is_between_doses(plan.regimen, rule) for rule in rules):
        return least_name(repair.rule)
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
            yield _Try(remedy=remedy, plan=plan, options=_options([CLOSED], now), asked=asked)


def _of_visits(plan: Plan, clash: Clash | None) -> Iterator[_Try]:
    """Yield the visits that stand in the clash, each left out: those of no doses first, the later ones before."""
    named = {member.visit for member in clash.members if member.visit} if clash is not None else set()
    there = [visit for visit in plan.visits if visit.open and (visit.id in named or not named)]
    for visit in sorted(there, key=lambda one: (one.kind in DOSES, one.kind == "review", -one.start.timestamp())):
        words = f"Leave {visit_words(visit.id)} out"
        yield _Try(
            remedy=Remedy(words=words, command=("omit", "PLAN", visit.id)), plan=omit(plan, visit.id), options=Options()
        )  # fmt: skip


def tried_with(plan: Plan, sources: Sources, now: datetime, rules: Sequence[str], asked: Asked) -> bool:
    """Tell whether a visit could be where it was asked for if rules were overridden by name."""
    return can_be_dated(plan, sources, now, _options(rules, now), asked=asked) is True


def let_go(plan: Plan, sources: Sources, now: datetime, refused: Refusal, verb: tuple[str, ...]) -> Iterator[Remedy]:
    """Yield how to let go of visits that keep another from the day for which it was asked: frozen days, a pin, all.

    ``verb`` are the words that ask for it, without its day.
    """
    asked = refused.asked
    if "freeze" in refused.holders.values():
        thaw, options = _thawed(plan)
        if can_be_dated(plan, sources, now, options, asked=asked) is True:
            yield Remedy(words=LET_FROZEN_MOVE, command=(*verb, asked.day.isoformat(), *thaw))
    pinned = [visit for visit, holder in refused.holders.items() if holder == "pin"]
    for visits in (*([visit] for visit in pinned[:MOST_TOLD]), pinned):
        if visits and can_be_dated(pin(plan, visits, pinned=False), sources, now, Options(), asked=asked) is True:
            yield Remedy(words=f"Unpin {_named_visits(visits)}, then try again", command=("unpin", verb[1], *visits))
            return


def _thawed(plan: Plan) -> tuple[tuple[str, ...], Options]:
    """Return what is typed to let go of frozen days, and what it asks: nothing, where only this command froze them."""
    return ((), Options()) if plan.freeze_days is None else (THAWED, Options(freeze_days=0))


def _named_visits(visits: Sequence[str]) -> str:
    return listed([visit_words(visit) for visit in visits])


def with_plan(remedy: Remedy, name: str) -> Remedy:
    """Return a remedy with a plan's name in its command."""
    return replace(remedy, command=tuple(name if word == "PLAN" else word for word in remedy.command))
