"""What holds visits where they stand, and what no pin, no frozen day and no ``--keep`` can hold.

A dose too close to one that was given, or one too many beside those that were, is held by nothing. A visit that is held
on a day on which the clinic is closed, or somebody who is needed is away, keeps that day and is unresolved. Either is
told by name to whoever wanted the visit there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime

from kapplan.model.plan import Plan, PlannedVisit
from kapplan.model.regimen import Limit, Regimen
from kapplan.model.terms import DOSES
from kapplan.planning.availability.free_time import CauseKind, Relax
from kapplan.planning.phrases.words import day_words, days_words, listed, visit_words
from kapplan.planning.problem.limits import Blocks
from kapplan.planning.replan.request import Asked, Holder, Options
from kapplan.planning.residual.happened import Happened
from kapplan.planning.residual.spacing import is_between_doses
from kapplan.planning.schedule.course import Setting

CLOSED = "closed"
"""The name by which every closing of a day is overridden at once."""
_SHUT: frozenset[CauseKind] = frozenset({"holiday", "closure", "away", "staff-away"})
"""Causes that close a day out of its weekly order: whoever is told of them cannot have meant the visit to stay."""


def held_visits(
    plan: Plan, past: Happened, now: datetime, options: Options, asked: Asked | None, *, let_go: Iterable[str] = ()
) -> dict[str, Holder]:
    """Return the open visits that stay, each with what holds it: its name, a pin, frozen days, a closed day opened.

    Those ``let_go`` are held by nothing.
    """
    there = {visit.id for visit in plan.regimen.visits} - past.fixed.keys() - set(let_go)
    named = None if asked is None else asked.visit
    freeze = plan.freeze_days if options.freeze_days is None else options.freeze_days
    held = {
        visit.id: _holder(visit, options.keep, freeze, now.date())
        for visit in plan.visits
        if visit.open and visit.id in there and visit.id != named
    }
    return {visit: holder for visit, holder in held.items() if holder is not None}


def _holder(visit: PlannedVisit, keep: Iterable[str], freeze: int | None, today: date) -> Holder | None:
    if visit.is_opened:
        return "override"
    if visit.id in keep:
        return "keep"
    if visit.pinned:
        return "pin"
    frozen = freeze is not None and visit.status != "unresolved" and (visit.start.date() - today).days <= freeze
    return "freeze" if frozen else None


def not_to_be_held(plan: Plan, left: Regimen, past: Happened, held: Iterable[str]) -> dict[str, str]:
    """Return the doses that nothing holds where they stand, with why: too close to one that was given, or too many."""
    days = {visit.id: visit.start.date() for visit in plan.visits if visit.open and visit.kind in DOSES}
    days = {dose: days[dose] for dose in held if dose in days}
    return dict(_too_many(left, past, days)) | dict(_too_close(left, past, days)) if days else {}


def _too_close(left: Regimen, past: Happened, days: Mapping[str, date]) -> Iterator[tuple[str, str]]:
    for rule in left.timing:
        if rule.visit not in days or rule.after not in past.given or rule.min is None or rule.months is not None:
            continue
        apart = (days[rule.visit] - past.given[rule.after]).days
        if apart < rule.min and is_between_doses(left, rule):
            given = f"{visit_words(rule.after)}, given on {day_words(past.given[rule.after])}"
            where = f"{days_words(abs(apart))} {'after' if apart > 0 else 'before'} {given}" if apart else (
                f"on the day of {given}"
            )  # fmt: skip
            yield rule.visit, f"it would stand {where}: {days_words(rule.min)} is the least"


def _too_many(left: Regimen, past: Happened, days: Mapping[str, date]) -> Iterator[tuple[str, str]]:
    for limit in left.limits:
        if limit.max is not None:
            yield from _beyond(limit, limit.max, past, days)


def _beyond(limit: Limit, most: int, past: Happened, days: Mapping[str, date]) -> Iterator[tuple[str, str]]:
    """Yield the doses held in blocks of a cap that those given and they overfill; those held alone are as agreed."""
    known = {**days, **past.given}
    anchor = known.get(limit.anchor or "")
    if anchor is None:
        return
    blocks, first = Blocks(most, limit.every), anchor.toordinal()
    for inside in blocks.grouped(
        ((known[one].toordinal(), one) for one in dict.fromkeys(limit.visits) if one in known), first
    ).values():
        given = [one for one in inside if one in past.given]
        if given and len(inside) > most:
            words = f"{listed([visit_words(one) for one in given])} of that week"
            many = f"with {words} it would be more than {most} in {days_words(limit.every or 0)}"
            yield from ((one, many) for one in inside if one not in past.given)


def shut(settings: Iterable[Setting], visits: Iterable[PlannedVisit]) -> dict[str, str]:
    """Return the visits whose time is open no more since somebody is away or the clinic is closed, with who or what."""
    found = [{visit.id: why for visit in visits if (why := _shut(setting, visit))} for setting in settings]
    return {visit: why for visit, why in found[0].items() if all(visit in other for other in found)} if found else {}


def _shut(setting: Setting, visit: PlannedVisit) -> str:
    """Return what out of its weekly order closes the time of a visit; nothing where that is open, or closed anyway."""
    calendar, shape = setting.calendar, setting.shapes.get(visit.id)
    local = visit.start.astimezone(calendar.zone)
    number, bit = local.toordinal(), 1 << (local.hour * 60 + local.minute)
    closings = [calendar.resources.closings[cause] for cause in sorted(calendar.kinds.causes(number))]
    blamed = [one for one in closings if one.kind in _SHUT]
    if shape is None or not blamed:
        return ""
    booked = frozenset(one.id for one in closings if one.kind == "booked")
    without = booked | {one.id for one in blamed}
    if calendar.starts(shape, number, Relax(booked)) & bit or not calendar.starts(shape, number, Relax(without)) & bit:
        return ""
    return f"that day is closed to it ({listed([one.words for one in blamed])})"
