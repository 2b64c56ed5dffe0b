"""A visit asked for by name that cannot be there: the rules and closings in its way, and the nearest days that work."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta

from kapplan.dataclass import replace
from kapplan.model.bookings import QUARTER, resource_of
from kapplan.model.regimen import Limit, TimingRule
from kapplan.planning.availability.blockers import BLAMED_FIRST, closed_by, lacking
from kapplan.planning.availability.calendar import Slot
from kapplan.planning.feasibility.feasibility import is_feasible
from kapplan.planning.infeasibility.minimal_conflict import Clash
from kapplan.planning.phrases.timing import timing_words
from kapplan.planning.phrases.words import day_words, days_words, listed, source_words, visit_words
from kapplan.planning.problem.limit_words import brief_limit_words
from kapplan.planning.problem.limits import is_broken
from kapplan.planning.problem.objective import anchor_day
from kapplan.planning.problem.problem import START, Problem, ProblemLimit, ProblemTiming
from kapplan.planning.replan.holding import CLOSED
from kapplan.planning.replan.request import Asked, Holder, Obstacle, Refusal
from kapplan.planning.replan.residual_problem import Redating, moment_of, on_day, sharing_with
from kapplan.planning.residual.spacing import is_between_doses, least_name
from kapplan.planning.schedule.course import Setting

MOST_NEAREST = 3
LOOKED_AT, PATIENCE = 80, 4_000
"""How many open days around the one asked for are tried, and how many steps each may take to show that it works."""
_HELD: Mapping[Holder, str] = {"pin": "is pinned", "freeze": "stands in frozen days", "keep": "is to be kept"}


def refusal(made: Redating, asked: Asked, clash: Clash | None = None) -> Refusal:
    """Return why a visit cannot be on its day: what stands in its way itself, else the clash of all."""
    found = tuple(obstacles(made, asked))
    if not found and clash is not None:
        found = tuple(
            Obstacle(rule=member.rule or member.id, text=member.words)
            for member in clash.members
            if member.role != "asked"
        )
    return Refusal(asked=asked, obstacles=found, nearest=nearest(made, asked), holders=made.holding)


def obstacles(made: Redating, asked: Asked) -> Iterator[Obstacle]:
    """Yield what a visit on its day would break beside whatever the open visits do: closings, rules from fixed ones."""
    today = made.case.now.date()
    if asked.day < today:
        yield Obstacle(rule="past", text=f"{day_words(asked.day)} is past")
        return
    if all(slot_of(made, setting, asked) is None for setting in made.settings):
        yield from _closings(made, made.settings[0], asked)
    problem = made.settings[0].problem
    fixed = problem.fixed
    days = {**fixed, asked.visit: made.situation.day(asked.day)}
    for rule in problem.timing:
        if asked.visit in {rule.visit, rule.after} and _stands(rule, fixed, asked.visit):
            yield from _broken(made, problem, rule, days)
    for limit in problem.limits:
        if asked.visit in limit.visits and is_broken(limit, days, fixed):
            yield _broken_limit(made, limit, asked)


def slot_of(made: Redating, setting: Setting, asked: Asked) -> Slot | None:
    """Return the slot of a visit asked for: at its time, or where none was given the best of the day beside others.

    Where the day is closed and that is overridden, the slot is at the time asked for all the same.
    """
    shape, moment = setting.shapes[asked.visit], moment_of(made.case, asked)
    stands = any(visit.id == asked.visit for visit in made.case.plan.visits)
    kept = setting.calendar.slot_at(shape, moment) if stands or asked.time is not None else None
    if kept is not None and (asked.time is not None or not _others(made, asked, kept)):
        return kept
    slots = setting.calendar.slots(shape, asked.day) if asked.time is None else ()
    if slots:
        distance = setting.calendar.preferences.distance
        return min(slots, key=lambda one: (_others(made, asked, one), one.cost, distance(one.start), one.start))
    if any(_is_closing(override.rule) for override in made.case.options.overrides):
        saved = next((visit for visit in made.case.plan.visits if visit.id == asked.visit), None)
        end = moment + timedelta(minutes=shape.minutes)
        if saved is None:
            return Slot(start=moment, end=end)
        return Slot(start=moment, end=end, staff=saved.staff, room=saved.room, parts=tuple(saved.parts.items()))
    return None


def _others(made: Redating, asked: Asked, slot: Slot) -> int:
    """Return how many visits that may share its day stand in a slot's time."""
    others = sharing_with(made, asked.visit)
    return sum(
        visit.id in others and visit.start < slot.end and slot.start < visit.end for visit in made.case.plan.visits
    )


def _is_closing(rule: str) -> bool:
    return rule == CLOSED or rule.partition(":")[0] in _CLOSINGS


_CLOSINGS: frozenset[str] = frozenset(BLAMED_FIRST)
"""The names by which one kind of closing is overridden, alone (``holiday``) or of a day (``holiday:2027-01-18``)."""


def _closings(made: Redating, setting: Setting, asked: Asked) -> Iterator[Obstacle]:
    shape = setting.shapes[asked.visit]
    causes = closed_by(setting.calendar, shape, asked.day)
    for cause in causes:
        yield Obstacle(rule=CLOSED, text=f"{day_words(asked.day)}: {cause.words}")
    if not causes:
        moment = moment_of(made.case, asked)
        who = _who_has(made, lacking(setting.calendar, shape, moment))
        starts = [slot.start for slot in setting.calendar.slots(shape, asked.day)]
        text = f"{day_words(asked.day)} at {moment:%H:%M} is {f'taken: {who}' if who else 'taken or closed'}"
        yield Obstacle(rule=CLOSED, text=f"{text}; open near it: {_near(starts, moment)}")


def _near(starts: Sequence[datetime], moment: datetime) -> str:
    """Return the starts nearest to a moment, and how many there are from when to when where these are not all."""
    near = sorted(sorted(starts, key=lambda start: abs(start - moment))[:MOST_NEAREST])
    told = listed(f"{start:%H:%M}" for start in near)
    if len(near) == len(starts):
        return told
    return f"{told} ({len(starts)} times, {starts[0]:%H:%M} to {starts[-1]:%H:%M})"


def _who_has(made: Redating, wanted: Mapping[str, tuple[datetime, datetime]]) -> str:
    """Return which patients of the book have what is wanted at some time, in words; nothing where none of them has."""
    quarters = {key: tuple(moment.timestamp() / QUARTER for moment in span) for key, span in wanted.items()}
    has: dict[str, dict[str, None]] = {}
    for plan in made.case.sources.busy.plans:
        for booking in plan.bookings:
            first, until = quarters.get(booking.resource, (0.0, 0.0))
            if booking.first < until and booking.until > first:
                has.setdefault(plan.patient, {})[resource_of(booking.resource).name or "the room"] = None
    return "; ".join(f"{patient} has {listed(names)}" for patient, names in has.items())


# Rules


def _stands(rule: ProblemTiming, fixed: Container[str], visit: str) -> bool:
    """Return whether the other visit of a rule stands where it is."""
    other = rule.after if rule.visit == visit else rule.visit
    return isinstance(other, int) or other in fixed


def _broken(made: Redating, problem: Problem, rule: ProblemTiming, days: Mapping[str, int]) -> Iterator[Obstacle]:
    off = days[rule.visit] - anchor_day(problem, rule, days)
    if (rule.min is None or off >= rule.min) and (rule.max is None or off <= rule.max):
        return
    told = _told(made, rule)
    if told is None:
        start = day_words(made.situation.origin)
        within = days_words(rule.max or 0)
        yield Obstacle(
            rule=START, text=f"{visit_words(rule.visit)} falls within {within} of the start asked for, {start}"
        )
        return
    when = made.situation.date_of(days[rule.after]) if isinstance(rule.after, str) else made.situation.origin
    where = f"{visit_words(told.after)} is on {day_words(when)}"
    held = next((one for one in (told.after, rule.visit) if made.holding.get(one) in _HELD), None)
    if held is not None:
        where += f"{' and' if held == told.after else f', {visit_words(held)}'} {_HELD[made.holding[held]]}"
    too_early = rule.min is not None and off < rule.min and told.level != "label"
    yield Obstacle(
        rule=least_name(rule.rule) if too_early and is_between_doses(made.regimen, told) else rule.rule,
        text=f"{visit_words(rule.visit)}: {timing_words(told)} ({where})",
        source=source_words(told.source, made.regimen.sources),
        level=told.level,
    )


def _told(made: Redating, rule: ProblemTiming) -> TimingRule | None:
    named = (rule.rule, rule.visit, rule.after)
    return next((one for one in made.regimen.timing if (one.rule, one.visit, one.after) == named), None)


def _broken_limit(made: Redating, limit: ProblemLimit, asked: Asked) -> Obstacle:
    told: Limit | None = next((one for one in made.regimen.limits if one.rule == limit.rule), None)
    said = told.text if told is not None and limit.role == "rule" else None
    return Obstacle(
        rule=limit.rule,
        text=f"{visit_words(asked.visit)} on {day_words(asked.day)}: {said or brief_limit_words(limit)}",
        source=None if told is None else source_words(told.source, made.regimen.sources),
        level=None if told is None else told.level,
    )


# Days that work


def nearest(made: Redating, asked: Asked) -> tuple[date, ...]:
    """Return the days nearest to the one asked for on which the visit can be while all others keep the rules.

    The day on which it stands is none of them: it is to leave that.
    """
    wanted, found = made.situation.day(asked.day), []
    stands = {made.situation.day(one.start.date()) for one in made.case.plan.visits if one.id == asked.visit}
    for day in days_around(made, asked.visit, wanted)[:LOOKED_AT]:
        if (day == wanted or day not in stands) and works(made, asked, day):
            found.append(made.situation.date_of(day))
            if len(found) == MOST_NEAREST:
                break
    return tuple(sorted(found))


def days_around(made: Redating, visit_id: str, day: int) -> list[int]:
    """Return the open days of a visit from tomorrow on, the nearest to a day first."""
    earliest = made.situation.day(made.situation.earliest)
    days = {
        choice.day
        for setting in made.settings
        for visit in setting.problem.visits
        if visit.id == visit_id
        for choice in visit.days
        if choice.day >= earliest
    }
    return sorted(days, key=lambda other: (abs(other - day), other))


def works(made: Redating, asked: Asked, day: int) -> bool:
    """Return whether a visit can be on another day than the one asked for."""
    there = replace(asked, day=made.situation.date_of(day))
    return any(
        slot_of(made, setting, there) is not None and is_feasible(on_day(setting.problem, asked.visit, day), PATIENCE)
        for setting in made.settings
    )
