"""What a re-plan must say and do, read from the plans before and after and from the words of the design alone.

Nothing here asks the re-planning what it thought: what stands, what was announced and what moved is worked out anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

from support.lives import Change

from kapplan.dates import add_months
from kapplan.model.plan import Plan, PlannedVisit

BEHIND = {"completed", "missed", "cancelled", "omitted"}


def stands(visit: PlannedVisit, change: Change) -> bool:
    """Whether a visit may not move: it is over, its time has passed, or it is pinned or frozen.

    Nothing holds a dose where it is too close to one that was given.
    """
    now, options = change.life.now, change.options
    if change.asked is not None and change.asked.visit == visit.id:
        return False
    if visit.status in BEHIND or visit.start <= now:
        return True
    if visit.kind == "dosing" and any(
        (visit.start.date() - day).days < _least_gap(visit, change) for day in _given(change)
    ):
        return False
    frozen = options.freeze_days is not None and visit.status != "unresolved"
    if frozen and (visit.start.date() - now.date()).days <= (options.freeze_days or 0):
        return True
    return visit.id in options.keep


def _given(change: Change) -> Iterator[date]:
    """Yield the days on which doses were given, or may have been."""
    for visit in change.life.plan.visits:
        past = visit.open and visit.start <= change.life.now
        if visit.kind == "dosing" and (visit.status == "completed" or past):
            yield held_on(visit)


def _least_gap(dose: PlannedVisit, change: Change) -> int:
    """Return the least distance of a dose from the one before it: its own, else the least of all."""
    rules = change.life.plan.regimen.timing
    doses = [rule for rule in rules if {rule.visit.partition("-")[0], rule.after.partition("-")[0]} == {"dosing"}]
    own = [rule.min for rule in doses if rule.visit == dose.id and rule.min]
    return max(own) if own else min(rule.min for rule in doses if rule.min)


def held_on(visit: PlannedVisit) -> date:
    """Return the day on which a visit that stands counts: the actual one where there is one."""
    return (visit.actual or visit.start).date()


def check_document(document: dict[str, Any], change: Change) -> None:
    """Hold a re-plan's problem to the design: what is fixed, where, what was announced and confirmed."""
    plan, asked = change.life.plan, change.asked
    origin = date.fromisoformat(document["origin"])
    saved = {visit.id: visit for visit in plan.visits}
    for row in document["visits"]:
        visit = saved.get(row["id"])
        if visit is None:
            assert row["fixed"] is None, row["id"]
            assert row["announced"] is None, row["id"]
            continue
        if stands(visit, change):
            assert row["fixed"] == (held_on(visit) - origin).days, row["id"]
            continue
        assert row["fixed"] is None, row["id"]
        is_asked = asked is not None and asked.visit == visit.id
        told = not is_asked
        assert row["announced"] == ((visit.start.date() - origin).days if told else None), row["id"]
        settled = visit.asked or "confirmed" in {visit.status, visit.before}
        assert row["confirmed"] == (told and settled), row["id"]
        check_days(row, visit, change, origin)
    expected = ["deviation", "follow_up_deviation", "preference", "sooner", "ties"]
    if not change.options.refit:
        expected = ["confirmed_moves", "disturbance", "follow_up_disturbance", "days_moved", *expected[2:]]
    assert document["objective"] == expected


def check_days(row: dict[str, Any], visit: PlannedVisit, change: Change, origin: date) -> None:
    """Nothing new stands before tomorrow: a visit of today may only stay, at no cost; every other day is a move."""
    today = (change.life.now.date() - origin).days
    saved = (visit.start.date() - origin).days
    is_asked = change.asked is not None and change.asked.visit == visit.id
    moved, more = (8, 16) if visit.tier == "course" else (1, 2)
    settled = visit.asked or "confirmed" in {visit.status, visit.before}
    charged = row["announced"] is not None and (settled or not visit.provisional)
    for day, _, disturbance, move in row["days"]:
        assert day > today or is_asked or (day == saved and move == 0), row["id"]
        assert (disturbance > 0) == (move == 1), row["id"]
        assert charged or move == 0, row["id"]
        if charged:
            assert move == 1 or day == saved, row["id"]
        if disturbance:
            assert disturbance == moved + more * (saved <= today + 7) + more * (day < saved), row["id"]


def check_after(before: Plan, after: Plan, change: Change) -> None:
    """Hold a plan to what the change may do: what stands stays, the terms of moving are those of the visits."""
    old = {visit.id: visit for visit in before.visits}
    now = change.life.now
    confirmed = announced = days = 0
    for visit in after.visits:
        was = old.get(visit.id)
        if was is None:
            continue
        if stands(was, change):
            passed = was.status == "unresolved" and was.start <= now
            status = was.before if passed else was.status
            assert (visit.start, visit.end, visit.status) == (was.start, was.end, status), visit.id
            continue
        if change.asked is not None and visit.id == change.asked.visit:
            assert visit.start.date() == change.asked.day
            continue
        assert visit.status in {"planned", "confirmed"}, visit.id
        assert visit.start == was.start or visit.start.date() > now.date(), visit.id
        if was.asked or "confirmed" in {was.status, was.before}:
            confirmed += visit.start != was.start
        elif not was.provisional:
            announced += visit.start != was.start
        days += abs((visit.start.date() - was.start.date()).days)
    if not change.options.refit and any(visit.open for visit in after.visits):
        terms = after.objective
        assert (terms.confirmed_moves, terms.announced_moves, terms.days_moved) == (confirmed, announced, days)


def broken_rules(after: Plan, now: datetime) -> Iterator[str]:
    """Yield the hard rules that a plan breaks among visits that are open and lie ahead."""
    free = {visit.id: visit for visit in after.visits if visit.open and visit.start > now}
    for rule in after.regimen.timing:
        visit, anchor = free.get(rule.visit), free.get(rule.after)
        if visit is None or anchor is None:
            continue
        counted = anchor.start.date() if rule.months is None else add_months(anchor.start.date(), rule.months)
        off = (visit.start.date() - counted).days
        if (rule.min is not None and off < rule.min) or (rule.max is not None and off > rule.max):
            yield f"{rule.rule}: {rule.visit} {off} days after {rule.after}"
    for limit in after.regimen.limits:
        if limit.type == "distinct_days":
            taken = [free[name].start.date() for name in limit.visits if name in free]
            if len(taken) != len(set(taken)):
                yield f"{limit.rule}: two visits on one day"


def too_close(after: Plan, now: datetime, least: int) -> Iterator[str]:
    """Yield the doses ahead that come less than so many days after a dose given or planned."""
    doses = [visit for visit in after.visits if visit.kind in {"dosing", "booster"}]
    counted = sorted(held_on(visit) for visit in doses if visit.status == "completed" or visit.open)
    for one, other in pairwise(counted):
        if other > now.date() and other - one < timedelta(days=least):
            yield f"{one} and {other}"
