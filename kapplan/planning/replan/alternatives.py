"""Where a visit could go: the days that work, each with what it would pull along."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import NamedTuple

from kapplan.dataclass import dataclass, replace
from kapplan.errors import UndecidedError
from kapplan.model.plan import Objective, Plan
from kapplan.model.terms import DOSES
from kapplan.planning.amend.overrides import overridden
from kapplan.planning.amend.record import resume
from kapplan.planning.amend.replacements import with_replacements
from kapplan.planning.availability.timezones import zone
from kapplan.planning.journal.diff import Move, difference
from kapplan.planning.problem.objective import DaysOff, days_off
from kapplan.planning.replan.refusals import days_around, slot_of
from kapplan.planning.replan.replan import revise
from kapplan.planning.replan.request import Asked, Options, Refusal, Sources
from kapplan.planning.replan.residual_problem import Redating, ReplanCase, is_confirmed, on_day, redating
from kapplan.planning.residual.happened import happened
from kapplan.planning.schedule.course import Answer, best_answer
from kapplan.planning.schedule.draft import objective_of

MOST_DAYS = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class PossibleDay:
    """A day on which a visit could be: its time, the visits that would move with it, what the plan would cost.

    ``off`` are its days off target.
    """

    start: datetime
    end: datetime
    current: bool
    pulled: tuple[Move, ...]
    objective: Objective
    off: DaysOff


class PossibleDays(NamedTuple):
    """Days on which a visit could be, and those of which the search told nothing, each in their order."""

    days: tuple[PossibleDay, ...] = ()
    untold: tuple[date, ...] = ()


def possible_days(
    plan: Plan,
    sources: Sources,
    visit_id: str,
    now: datetime,
    options: Options | None = None,
    *,
    most: int = MOST_DAYS,
) -> PossibleDays:
    """Return the days nearest to a visit's own on which it could be, ``most`` of them, in their order.

    ``now`` is a moment with a zone. None where the visit lies behind; ``KeyError`` where there is no such visit. The
    deadline of the options, if there is one, ends the search of all days. Days among them of which nothing is told by
    then, or with the work allowed, are ``untold``.
    """
    options, now = options or Options(), now.astimezone(zone(plan.timezone))
    visit, behind = plan.visit(visit_id), happened(plan, now).fixed
    if visit_id in behind or plan.held:
        return PossibleDays()
    eased = with_replacements(overridden(plan, options.overrides, visit_id, behind), sources.protocol, now)
    asked = Asked(visit=visit_id, day=visit.start.date())
    case = ReplanCase(plan=eased, sources=sources, now=now, options=options, asked=asked)
    made = redating(case)
    found: list[PossibleDay] = []
    untold: list[date] = []
    for day in days_around(made, visit_id, made.situation.day(asked.day)):
        there = replace(asked, day=made.situation.date_of(day))
        try:
            possible = _possible(redating(replace(case, asked=there)) if visit.kind in DOSES else made, there, day)
        except UndecidedError:
            untold.append(there.day)
        else:
            found += [] if possible is None else [possible]
        if len(found) == most or (options.deadline is not None and options.deadline.over):
            break
    return PossibleDays(tuple(sorted(found, key=lambda one: one.start)), tuple(sorted(untold)))


@dataclass(frozen=True, slots=True, kw_only=True)
class DayVerdict:
    """Whether a visit could be on a day: what would then move along, or what stands in its way."""

    asked: Asked
    pulled: tuple[Move, ...] = ()
    refused: Refusal | None = None


def verdict_on(plan: Plan, sources: Sources, asked: Asked, now: datetime, options: Options | None = None) -> DayVerdict:
    """Return whether a visit could be on the day for which it is asked, as a move there would find.

    Of a course on hold it is said as if it were resumed. ``now`` is a moment with a zone; ``KeyError`` where there is
    no such visit.
    """
    plan = resume(plan, now) if plan.held else plan
    revision = revise(plan, sources, now, options, asked=asked)
    if revision.refused is not None:
        return DayVerdict(asked=asked, refused=revision.refused)
    moves = difference(plan, revision.plan).moved
    return DayVerdict(asked=asked, pulled=tuple(one for one in moves if one.visit != asked.visit and one.days))


def _possible(made: Redating, asked: Asked, day: int) -> PossibleDay | None:
    """Return a day on which the visit could be, with the best of the therapists.

    Between which doses a dose keeps its distances follows from the day for which it is asked. ``UndecidedError`` where
    the search tells neither that the visit could be there nor that it could not.
    """
    slots = {setting.therapist: slot_of(made, setting, asked) for setting in made.settings}
    answer = best_answer([
        replace(setting, problem=on_day(setting.problem, asked.visit, day))
        for setting in made.looked_at
        if slots[setting.therapist] is not None
    ])
    slot = None if answer is None else slots[answer.setting.therapist]
    if answer is None or slot is None:
        return None
    saved = made.case.plan.visit(asked.visit)
    return PossibleDay(
        start=slot.start,
        end=slot.end,
        current=slot.start == saved.start,
        pulled=tuple(_pulled(made, answer, asked.visit)),
        objective=objective_of(answer),
        off=days_off(answer.setting.problem, answer.placement.days),
    )


def _pulled(made: Redating, answer: Answer, visit_id: str) -> Iterator[Move]:
    """Yield the other visits of the plan that would stand on another day."""
    here = zone(made.case.plan.timezone)
    for visit in made.case.plan.visits:
        if visit.id == visit_id or visit.id not in answer.placement.days or visit.id in made.situation.fixed:
            continue
        days = answer.placement.days[visit.id] - made.situation.day(visit.start.date())
        if days:
            there = made.situation.date_of(answer.placement.days[visit.id])
            to = datetime.combine(there, visit.start.time(), here)
            yield Move(visit=visit.id, from_=visit.start, to=to, days=days, confirmed=is_confirmed(visit))
