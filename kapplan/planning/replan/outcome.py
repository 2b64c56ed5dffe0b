"""A plan from the answer of a re-plan: visits with their new dates and reasons, tasks, and what else follows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import pairwise

from kapplan.dataclass import derived, replace
from kapplan.model.plan import Finding, Plan, PlannedVisit, Reason
from kapplan.model.regimen import RegimenVisit
from kapplan.planning.amend.record import unresolved
from kapplan.planning.amend.tasks import tasks_after
from kapplan.planning.availability.calendar import Slot
from kapplan.planning.availability.day_slots import assign
from kapplan.planning.replan.holding import CLOSED
from kapplan.planning.replan.request import Released
from kapplan.planning.replan.residual_problem import Redating, is_confirmed, moment_of
from kapplan.planning.residual.overdue_rules import Loosened, too_late_by
from kapplan.planning.schedule.course import Answer, Setting
from kapplan.planning.schedule.draft import Header, explained, objective_of, timed
from kapplan.planning.schedule.reasons import Placed


def revised(made: Redating, answer: Answer, slot: Slot | None, *, opened: bool = False) -> Plan:
    """Return the plan of a re-plan; ``slot`` is of the visit asked for, closed but for an override if ``opened``."""
    case, plan = made.case, made.case.plan
    findings = plan.findings if case.sources.findings is None else case.sources.findings
    visits = tuple(sorted(_visits(made, answer, slot, findings, opened=opened), key=lambda visit: visit.start))
    return replace(
        plan,
        visits=visits,
        tasks=tuple(tasks_after(plan, visits, findings, case.now.date())),
        findings=findings,
        objective=objective_of(answer),
        therapist=plan.therapist or answer.setting.therapist,
        inputs=replace(plan.inputs, first_dose=_first_dose(made)),
    )


def _first_dose(made: Redating) -> date | None:
    """Return the day to which the first dose is fixed; one that was moved by name or could not be kept is no more."""
    dose = made.regimen.first_dose
    stands = dose is None or dose.id in made.past.fixed or made.situation.first_dose is not None
    return made.case.plan.inputs.first_dose if stands else None


def left_unresolved(made: Redating) -> Plan:
    """Return the plan whose open visits keep their dates although no dates keep every rule."""
    plan = made.case.plan
    there, closed = {visit.id for visit in plan.regimen.visits}, made.closed
    findings = plan.findings if made.case.sources.findings is None else made.case.sources.findings
    visits = tuple(
        _called_off(visit) if visit.open and visit.id not in there and visit.id not in made.past.fixed
        else unresolved(visit) if visit.open and (visit.id not in made.situation.fixed or visit.id in closed)
        else visit
        for visit in plan.visits
    )  # fmt: skip
    tasks = tuple(tasks_after(plan, visits, findings, made.case.now.date()))
    return replace(plan, visits=visits, tasks=tasks, findings=findings)


def _called_off(visit: PlannedVisit) -> PlannedVisit:
    """Return a visit that the course no longer has."""
    return replace(visit, status="cancelled", before=None)


def loosened_in(made: Redating, answer: Answer) -> tuple[Loosened, ...]:
    """Return the widened rules of which an answer makes use, each by the days that it uses."""
    used = []
    for one in made.kept.loosened:
        on = {one.visit: made.situation.date_of(answer.placement.days[one.visit])}
        rules = [rule for rule in made.regimen.timing if (rule.rule, rule.visit) == (one.reason.rule, one.visit)]
        rules = [rule for rule in rules if rule.after in made.past.fixed and rule.max is not None]
        late = max((too_late_by(rule, on, made.past) for rule in rules), default=one.days)
        if late > 0:
            used.append(one.by(late))
    return tuple(used)


def released(plan: Plan, after: Iterable[PlannedVisit], made: Redating) -> tuple[Released, ...]:
    """Return what to say of each visit that was to stay and does not, or cannot be then, in the order of their days."""
    now = {visit.id: visit for visit in after}
    why = {**made.loose, **made.closed}
    found = [
        Released(
            visit=visit.id, by=made.holders[visit.id], from_=visit.start, text=why[visit.id],
            to=None if now[visit.id].status == "unresolved" else now[visit.id].start,
        )
        for visit in plan.visits
        if visit.id in why and visit.id in now
        and (now[visit.id].start != visit.start or now[visit.id].status == "unresolved")
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda one: one.from_))


def _visits(
    made: Redating, answer: Answer, slot: Slot | None, findings: Sequence[Finding], *, opened: bool
) -> Iterator[PlannedVisit]:
    plan, fixed, closed = made.case.plan, made.situation.fixed, made.closed
    saved = {visit.id: visit for visit in plan.visits}
    there = {visit.id for visit in plan.regimen.visits}
    yield from (
        visit if visit.id in made.past.fixed or not visit.open else _called_off(visit)
        for visit in plan.visits
        if visit.id not in there or visit.id in made.past.fixed
    )
    setting = next(one for one in made.settings if one.therapist == answer.setting.therapist)
    placed = derived(Placed, setting, regimen=made.regimen, days=answer.placement.days)
    header = _header(made, findings)
    slots = _slots(made, answer, placed, slot)
    widened = {one.visit: one.reason for one in loosened_in(made, answer)}
    for visit in made.regimen.visits:
        if visit.id in made.past.fixed:
            continue
        told = explained(placed, visit, header)
        if visit.id in widened:
            told = replace(told, because=(*told.because, widened[visit.id]))
        if opened and made.case.wanted == visit.id:
            told = replace(told, because=(*told.because, _opened(made)))
        if visit.id in fixed:
            yield _pinned(told, saved[visit.id], stands=visit.id not in closed)
        else:
            yield _dated(made, timed(told, slots[visit.id]), saved.get(visit.id), visit)


def _opened(made: Redating) -> Reason:
    """Return why a visit stands on a closed day."""
    override = made.case.options.overrides[-1]
    text = f"On a closed day: overridden by {override.by} on {override.on.isoformat()}: {override.why}"
    return Reason(rule=CLOSED, text=text, opens=True)


def _header(made: Redating, findings: Sequence[Finding]) -> Header:
    case = made.case
    return Header(
        profile=case.sources.profile,
        protocol=case.sources.protocol,
        clinic=case.sources.clinic,
        timezone=case.plan.timezone,
        now=case.now,
        by="",
        inputs=case.plan.inputs,
        findings=tuple(findings),
        settled=made.situation.settled,
    )


def _slots(made: Redating, answer: Answer, placed: Placed, slot: Slot | None) -> Mapping[str, Slot]:
    """Return the slot of every visit that was placed; saved times stay where they can."""
    asked, options = made.case.asked, made.case.options
    days = {visit: placed.on(visit) for visit in made.free}
    keep = {} if options.refit else {visit.id: visit.start for visit in made.case.plan.visits if visit.id in days}
    keep |= made.situation.sooner_than_earliest
    if asked is not None:
        keep[asked.visit] = moment_of(made.case, asked)
        if slot is not None:
            del days[asked.visit]
    staying = dict(_staying(answer.setting, days, keep))
    rest = {visit: day for visit, day in days.items() if visit not in staying}
    found = {**staying, **assign(answer.setting.calendar, answer.setting.shapes, rest, keep)}
    if asked is not None and slot is not None:
        found[asked.visit] = slot
    return found


def _staying(setting: Setting, days: Mapping[str, date], keep: Mapping[str, datetime]) -> Iterator[tuple[str, Slot]]:
    """Yield the slots of visits that stay at their times, all those of a day, without a look at other times."""
    by_day: dict[date, list[str]] = {}
    for visit, day in days.items():
        by_day.setdefault(day, []).append(visit)
    for day, visits in by_day.items():
        saved = {visit: keep[visit].astimezone(setting.calendar.zone) for visit in visits if visit in keep}
        kept = {
            visit: setting.calendar.slot_at(setting.shapes[visit], start)
            for visit, start in saved.items()
            if start.date() == day
        }
        slots = {visit: slot for visit, slot in kept.items() if slot is not None}
        in_turn = sorted(slots.values(), key=lambda slot: slot.start)
        if len(slots) == len(visits) and all(one.end <= other.start for one, other in pairwise(in_turn)):
            yield from slots.items()


_TOLD_ANEW = (
    "provisional", "awaits", "earliest", "latest", "slack_earlier", "slack_later", "room_earlier", "room_later",
    "deviation_days", "timing",
)  # fmt: skip
"""What is told of a visit by where all the others stand now."""


def _pinned(told: PlannedVisit, saved: PlannedVisit, *, stands: bool) -> PlannedVisit:
    """Return a visit that stays as it is saved, with its reasons as they are; unresolved where it cannot be then."""
    there = replace(saved, status=saved.before or "planned", before=None) if saved.status == "unresolved" else saved
    return replace(
        there if stands else unresolved(saved),
        **{name: getattr(told, name) for name in _TOLD_ANEW},
        because=(*told.because, *(reason for reason in saved.because if reason.opens)),
    )


def _dated(made: Redating, new: PlannedVisit, saved: PlannedVisit | None, visit: RegimenVisit) -> PlannedVisit:
    """Return a visit that was placed, with what the plan knew of it."""
    asked = made.case.wanted == visit.id
    if saved is None:
        return replace(new, replaces=visit.replaces, asked=asked)
    stays = new.start == saved.start
    first = saved.original or saved.start
    return replace(
        new,
        status="confirmed" if stays and is_confirmed(saved) else "planned",
        sequence=saved.sequence,
        revised=saved.revised,
        original=None if new.start == first else first,
        replaces=saved.replaces,
        asked=asked or (saved.asked and stays),
        note=saved.note,
        pinned=saved.pinned,
    )
