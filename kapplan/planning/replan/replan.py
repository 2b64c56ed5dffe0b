"""Revising: a plan whose record or sources have changed is dated anew, with the least change that keeps the rules.

It is the same exact placement as that of a new plan. What was held, what was not and what is past stand fixed, and so
do visits that are pinned; open visits that were announced are charged for moving, in the order of the design: confirmed
visits that move, disturbance, that of the follow-up, days moved, preference, sooner, ties. Disturbance is the deviation
together with the prices of moving what was announced.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from kapplan.dataclass import replace
from kapplan.model.plan import Plan
from kapplan.planning.amend.overrides import level_of, overridden
from kapplan.planning.amend.record import as_it_passed
from kapplan.planning.amend.replacements import with_replacements
from kapplan.planning.amend.tasks import tasks_after
from kapplan.planning.availability.calendar import Slot
from kapplan.planning.availability.timezones import zone
from kapplan.planning.infeasibility.minimal_conflict import Clash
from kapplan.planning.problem.objective import DaysOff, days_off, evaluate
from kapplan.planning.problem.problem import NEW_PLAN
from kapplan.planning.replan import residual_problem
from kapplan.planning.replan.clash_problem import clash_without_dates, without_dates
from kapplan.planning.replan.outcome import left_unresolved, loosened_in, released, revised
from kapplan.planning.replan.refusals import obstacles, refusal, slot_of
from kapplan.planning.replan.request import Asked, Fit, Obstacle, Options, Refusal, Revision, Sources, WhyNot
from kapplan.planning.residual.happened import happened
from kapplan.planning.schedule.course import Answer, any_answer
from kapplan.planning.schedule.draft import objective_of

__all__ = ["Asked", "Options", "Revision", "Sources", "can_be_dated", "clash_in", "revise"]


def revise(
    plan: Plan, sources: Sources, now: datetime, options: Options | None = None, *, asked: Asked | None = None
) -> Revision:
    """Return the plan with its open visits on the days that keep every rule with the least change.

    ``now`` is a moment with a zone. Visits of the plan's regimen that it does not have yet are placed as new ones; so
    are those that the protocol gives in place of missed ones. With ``asked`` one visit is put on a day by name: it is
    refused, and nothing changes, where that cannot be. Elsewhere, where no dates keep every rule, the open visits keep
    theirs as ``unresolved``. ``KeyError`` where the visit asked for is none of the course.
    """
    options = options or Options()
    now = now.astimezone(zone(plan.timezone))
    if plan.held and asked is None:
        return Revision(plan=_noted(plan, sources, now.date()))
    if asked is not None and (found := _in_the_way(plan, now, options, asked)):
        return Revision(plan=plan, placed=False, refused=Refusal(asked=asked, obstacles=found))
    eased, case = _case(as_it_passed(plan, now), sources, now, options, asked)
    return _answered(plan, eased, case)


def can_be_dated(
    plan: Plan, sources: Sources, now: datetime, options: Options, *, asked: Asked | None = None
) -> bool | None:
    """Return whether ``revise`` would find dates, without asking for the best; ``now`` is a moment with a zone.

    ``None`` where that takes too long to find out.
    """
    now = now.astimezone(zone(plan.timezone))
    if plan.held or (asked is not None and _in_the_way(plan, now, options, asked)):
        return False
    _, case = _case(plan, sources, now, options, asked)
    if asked is not None and any(obstacles(residual_problem.redating(case), asked)):
        return False
    return residual_problem.has_dates(case, residual_problem.PATIENCE)


def clash_in(plan: Plan, sources: Sources, now: datetime, options: Options) -> Clash | None:
    """Return a minimal clash of a plan for which there are no dates; ``now`` is a moment with a zone."""
    _, case = _case(plan, sources, now.astimezone(zone(plan.timezone)), options, None)
    return clash_without_dates(residual_problem.redating(case, today_stays=False))


def _in_the_way(plan: Plan, now: datetime, options: Options, asked: Asked) -> tuple[Obstacle, ...]:
    """Return why a visit cannot be asked for at all, whatever its day; ``KeyError`` where it is none of the course."""
    plan.regimen.visit(asked.visit)
    if plan.held:
        return (Obstacle(rule="hold", text="the course is on hold: resume it first"),)
    if asked.visit in happened(plan, now).fixed:
        return (Obstacle(rule="status", text=f"{asked.visit} lies behind and cannot move", behind=True),)
    text = "a rule of the product's label cannot be overridden"
    forbidden = (one.rule for one in options.overrides if level_of(plan.regimen, one.rule) == "label")
    return tuple(Obstacle(rule=rule, text=text, level="label") for rule in forbidden)


def _case(
    plan: Plan, sources: Sources, now: datetime, options: Options, asked: Asked | None
) -> tuple[Plan, residual_problem.ReplanCase]:
    """Return the plan without what is overridden, and the re-plan of it with what stands in for missed visits."""
    visit = None if asked is None else asked.visit
    eased = overridden(plan, options.overrides, visit, happened(plan, now).fixed)
    with_all = with_replacements(eased, sources.protocol, now)
    return eased, residual_problem.ReplanCase(plan=with_all, sources=sources, now=now, options=options, asked=asked)


def _noted(plan: Plan, sources: Sources, today: date) -> Plan:
    """Return the plan of a course on hold with what needs no dates: findings and tasks."""
    findings = plan.findings if sources.findings is None else sources.findings
    return replace(plan, findings=findings, tasks=tuple(tasks_after(plan, plan.visits, findings, today)))


def _answered(plan: Plan, eased: Plan, case: residual_problem.ReplanCase) -> Revision:
    first = residual_problem.redating(case)
    asked, taken = case.asked, None
    if asked is not None:
        if any(obstacles(first, asked)):
            return Revision(plan=plan, placed=False, refused=refusal(first, asked))
        if residual_problem.sharing_with(first, asked.visit):
            taken = next(filter(None, (slot_of(first, setting, asked) for setting in first.settings)), None)
    solved = residual_problem.solve(case, first if taken is None else None, taken)
    made, answer = solved.redating, solved.answer
    if answer is None:
        return _clashing(plan, eased, case)
    slot, opened = _slot(first, answer) if asked is not None else (None, False)
    after = revised(made, answer, slot, opened=opened)
    return Revision(
        plan=after,
        loosened=loosened_in(made, answer),
        released=released(plan, after.visits, made),
        fit=_lazily(made, answer),
    )


def _slot(first: residual_problem.Redating, answer: Answer) -> tuple[Slot | None, bool]:
    """Return the slot of the visit asked for, and whether it is open only by an override."""
    asked = first.case.asked
    setting = next(one for one in first.settings if one.therapist == answer.setting.therapist)
    slot = None if asked is None else slot_of(first, setting, asked)
    if asked is None or slot is None:
        return None, False
    return slot, setting.calendar.slot_at(setting.shapes[asked.visit], slot.start) is None


def _lazily(made: residual_problem.Redating, answer: Answer) -> Callable[[], Fit | None]:
    """Return what works out the plan for which moving costs nothing, by the work that it would be given.

    Where that work finds nothing better than what the plan is anyway, it is that.
    """

    def fit() -> Fit | None:
        if not made.free:
            return None
        free = [replace(one, problem=replace(one.problem, objective=NEW_PLAN)) for one in made.on_its_day]
        best = any_answer(free)
        stands = evaluate(replace(answer.setting.problem, objective=NEW_PLAN), answer.placement.days)
        if best is None or (stands is not None and tuple(stands.values()) < best.placement.terms):
            best = answer
        return Fit(objective=objective_of(best), now=_days_off(answer), then=_days_off(best))

    return fit


def _days_off(answer: Answer) -> DaysOff:
    return days_off(answer.setting.problem, answer.placement.days)


def _clashing(plan: Plan, eased: Plan, case: residual_problem.ReplanCase) -> Revision:
    """Return that no dates keep every rule; a visit asked for is refused, a record leaves visits unresolved."""
    made = residual_problem.redating(case, today_stays=False)

    def why() -> WhyNot:
        found = without_dates(made)
        return WhyNot(clash=found.clash, repairs=found.repairs, every_clash=found.every_clash)

    if case.asked is not None:
        known = why()
        return Revision(
            plan=plan, placed=False, refused=refusal(made, case.asked, known.clash), why_not=lambda: known,
            origin=made.situation.origin,
        )  # fmt: skip
    kept = residual_problem.redating(replace(case, plan=eased), today_stays=False)
    after = left_unresolved(kept)
    return Revision(
        plan=after, placed=False, released=released(plan, after.visits, kept), why_not=why,
        origin=kept.situation.origin, holders=kept.holding,
    )  # fmt: skip
