"""Drafting: a placed course becomes a plan, every visit with its reasons, its tasks and its times."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from datetime import date, datetime, timedelta
from uuid import NAMESPACE_URL, uuid5

from kapplan.dataclass import dataclass, derived, replace
from kapplan.model.clinic import Clinic
from kapplan.model.decisions import AppliedRule, Authorization, Override
from kapplan.model.exports import plan_secret
from kapplan.model.measures import Measures
from kapplan.model.plan import (
    CalendarIdentity,
    ClinicCard,
    Entry,
    Finding,
    Inputs,
    Objective,
    Plan,
    PlannedVisit,
    ProtocolRef,
    Reason,
    Score,
    Snapshot,
    Task,
    begins_course,
)
from kapplan.model.profile import Profile
from kapplan.model.protocol import Protocol
from kapplan.model.regimen import Regimen, RegimenVisit
from kapplan.model.visits import TaskRule
from kapplan.planning.availability.calendar import Slot
from kapplan.planning.availability.day_slots import assign
from kapplan.planning.availability.timezones import zone
from kapplan.planning.phrases.words import source_words
from kapplan.planning.problem.objective import amounts
from kapplan.planning.problem.problem import Term
from kapplan.planning.schedule.course import Answer
from kapplan.planning.schedule.coverage import coverage_of
from kapplan.planning.schedule.home_measures import measure_tasks
from kapplan.planning.schedule.reasons import Placed, deviation_days, reasons, slack, timing_of, window

PLAN_NAMESPACE = uuid5(NAMESPACE_URL, "urn:kapplan:plan")


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What a plan says beside its course: who it is for, what it was made from, what was found and changed.

    ``overrides`` are those that the profile does not have.
    ``secret`` is what the names of its calendar entries are made unguessable with; without it they are made of its ids.
    """

    profile: Profile
    protocol: Protocol
    clinic: Clinic
    timezone: str
    now: datetime
    by: str
    inputs: Inputs
    findings: tuple[Finding, ...] = ()
    overrides: tuple[Override, ...] = ()
    tailoring: tuple[AppliedRule, ...] = ()
    notices: tuple[str, ...] = ()
    off_label: bool | None = None
    command: str = "plan"
    why: str | None = None
    snapshot: Snapshot = field(default_factory=Snapshot)
    settled: frozenset[str] = field(default_factory=frozenset)
    measures: Measures | None = None
    secret: str = ""


def plan_id(patient: str, protocol: str, created: datetime, *more: str) -> str:
    """Return a plan's id: a uuid5 of patient, protocol, the instant of creation, and what ``more`` it was made from.

    Two plans of a patient that are made at one instant are two, unless they were made from the same with one secret.
    """
    return str(uuid5(PLAN_NAMESPACE, "\n".join((patient, protocol, created.isoformat(), *more))))


def _id_of(header: Header) -> str:
    """Return the id of a new plan."""
    made_from = header.snapshot
    more = (header.secret, made_from.profile, made_from.clinic, made_from.protocol)
    return plan_id(header.profile.patient.id, header.protocol.id, header.now, *more)


def draft(answer: Answer, header: Header) -> Plan:
    """Return the plan of a placed course."""
    setting, profile, protocol = answer.setting, header.profile, header.protocol
    regimen = setting.demand.regimen
    visits = tuple(planned_visits(answer, header))
    own_id = _id_of(header)
    return Plan(
        id=own_id,
        patient=profile.patient.id,
        name=profile.patient.name,
        created=header.now,
        revised=header.now,
        timezone=header.timezone,
        protocol=protocol_ref(protocol, profile, off_label=header.off_label),
        clinic=card_of(header.clinic),
        identity=CalendarIdentity(secret=plan_secret(header.secret, own_id) if header.secret else ""),
        therapist=setting.therapist,
        inputs=header.inputs,
        objective=objective_of(answer),
        regimen=regimen,
        visits=visits,
        tasks=tuple(all_tasks(regimen, visits, header)),
        findings=header.findings,
        overrides=(*profile.override, *header.overrides),
        widenings=profile.widen,
        tailoring=header.tailoring,
        authorizations=profile.authorization,
        scores=tuple(baseline_scores(profile)),
        notices=(*setting.demand.notices, *header.notices),
        snapshot=header.snapshot,
        history=(
            Entry(
                revision=1,
                at=header.now,
                by=header.by,
                command=header.command,
                text=f"Made a plan of {len(visits)} visits from {protocol.id} {protocol.version}",
                why=header.why,
            ),
        ),
    )


def protocol_ref(protocol: Protocol, profile: Profile, *, off_label: bool | None = None) -> ProtocolRef:
    """Return what a plan says of the protocol that it follows; ``off_label`` is told of the patient, where known."""
    told = protocol.off_label if off_label is None else off_label
    return derived(ProtocolRef, protocol, off_label=told, route=protocol.route or profile.treatment.route)


def card_of(clinic: Clinic) -> ClinicCard:
    """Return what handouts and calendars tell of a clinic."""
    return derived(ClinicCard, clinic)


_OF_COURSES: tuple[Term, ...] = ("deviation", "follow_up_deviation", "preference", "sooner")
_OF_MOVES: tuple[Term, ...] = (
    "confirmed_moves", "announced_moves", "disturbance", "follow_up_disturbance", "days_moved",
)  # fmt: skip


def objective_of(answer: Answer) -> Objective:
    """Return how near the course is to its protocol."""
    problem = answer.setting.problem
    terms = amounts(problem, answer.placement.days) or answer.placement.objective
    moved = terms if "disturbance" in problem.objective else {}
    return Objective(
        **{name: terms.get(name, 0) for name in _OF_COURSES},
        **{name: moved.get(name, 0) for name in _OF_MOVES},
        proven=answer.placement.proven,
        ended=answer.placement.ended,
        bound={str(term): amount for term, amount in answer.placement.bound.items()},
    )


def baseline_scores(profile: Profile) -> Iterator[Score]:
    """Return the profile's symptom scores as the plan's first scores; none where their day is not stated."""
    symptoms = profile.symptoms
    if symptoms.on is None:
        return
    for measure in ("phq9", "phq9_item9", "gad7", "pcl5", "madrs", "qids_sr16", "caps5", "ymrs", "cssrs",
                    "cssrs_behaviour", "bp"):  # fmt: skip
        value = getattr(symptoms, measure)
        if value is not None:
            yield Score(on=symptoms.on, measure=measure, value=value)


# Visits


def planned_visits(answer: Answer, header: Header) -> Iterator[PlannedVisit]:
    """Return the visits of a placed course in the order of their times."""
    setting = answer.setting
    placed = derived(Placed, setting, regimen=setting.demand.regimen, days=answer.placement.days)
    fixed = setting.demand.situation.fixed
    open_days = {visit.id: placed.on(visit.id) for visit in placed.regimen.visits if visit.id not in fixed}
    slots = assign(setting.calendar, setting.shapes, open_days)
    visits = [
        _held_before(visit, fixed[visit.id], header)
        if visit.id in fixed
        else timed(explained(placed, visit, header), slots[visit.id])
        for visit in placed.regimen.visits
    ]
    yield from sorted(visits, key=lambda visit: visit.start)


def timed(visit: PlannedVisit, slot: Slot) -> PlannedVisit:
    """Return a visit at the time, with the people and in the room of a slot."""
    return replace(visit, start=slot.start, end=slot.end, staff=slot.staff, room=slot.room, parts=dict(slot.parts))


def _bare(visit: RegimenVisit, start: datetime, header: Header) -> PlannedVisit:
    return PlannedVisit(
        id=visit.id,
        kind=visit.kind,
        number=visit.number,
        title=visit.title,
        phase=visit.phase,
        tier=visit.tier,
        start=start,
        end=start + timedelta(minutes=visit.minutes.total),
        minutes=visit.minutes,
        place=visit.place,
        escort=visit.escort,
        devices=visit.devices,
        measures=visit.measures,
        revised=header.now,
    )


def _held_before(visit: RegimenVisit, day: date, header: Header) -> PlannedVisit:
    midnight = datetime(day.year, day.month, day.day, tzinfo=zone(header.timezone))
    held = _bare(visit, midnight, header)
    return replace(held, status="completed", timed=False, note="before this plan was made")


def explained(placed: Placed, visit: RegimenVisit, header: Header) -> PlannedVisit:
    """Return the visit with its reasons; its times are set afterwards."""
    earliest, latest = window(placed, visit.id)
    slack_earlier, slack_later = slack(placed, visit.id)
    room_earlier, room_later = placed.rooms[visit.id]
    holding = [finding for finding in header.findings if visit.kind in finding.holds and not finding.overridden]
    awaits = (*(gate for gate in visit.awaits if gate not in header.settled), *(finding.rule for finding in holding))
    midnight = datetime.combine(placed.on(visit.id), datetime.min.time(), tzinfo=zone(header.timezone))
    return replace(
        _bare(visit, midnight, header),
        provisional=bool(awaits),
        earliest=earliest,
        latest=latest,
        slack_earlier=slack_earlier,
        slack_later=slack_later,
        room_earlier=room_earlier,
        room_later=room_later,
        deviation_days=deviation_days(placed, visit.id),
        timing=tuple(timing_of(placed, visit.id)),
        because=(*reasons(placed, visit), *_finding_reasons(holding)),
        awaits=awaits,
    )


def _finding_reasons(findings: Sequence[Finding]) -> Iterator[Reason]:
    for finding in findings:
        yield Reason(
            rule=finding.rule,
            text=f"Provisional until this is settled: {finding.text}",
            source=finding.source,
            verified=finding.verified,
        )


# Tasks


def all_tasks(regimen: Regimen, visits: Sequence[PlannedVisit], header: Header) -> Iterator[Task]:
    """Return everything that is due on a day: tasks, what screening asks for, and measures taken from home."""
    today = header.now.date()
    days = {visit.id: visit.start.date() for visit in visits}
    asked = [*tasks_of(regimen, visits, header.findings, header.profile.authorization)]
    first = begins_course(visits)
    if first is not None and first.open:
        asked += course_tasks(regimen, header.findings, first)
    tasks = [doable(task, days, today) for task in asked]
    if header.measures is not None:
        tasks += measure_tasks(regimen, visits, header.measures, header.profile.symptoms)
    yield from sorted((replace(task, due=max(task.due, today)) for task in tasks), key=lambda task: (task.due, task.id))


def doable(task: Task, days: Mapping[str, date], today: date) -> Task:
    """Return a task due no sooner than tomorrow: nobody can have done today what was asked for today.

    It stays due by the day of its visit.
    """
    tomorrow = today + timedelta(days=1)
    latest = days.get(task.visit or "", tomorrow)
    return replace(task, due=max(task.due, min(tomorrow, latest)))


def tasks_of(
    regimen: Regimen,
    visits: Sequence[PlannedVisit],
    findings: Sequence[Finding] = (),
    authorizations: Sequence[Authorization] = (),
) -> Iterator[Task]:
    """Return the open visits' tasks, what settles what was not screened, and what insurers do when asked again."""
    rules = {visit.id: visit.tasks for visit in regimen.visits}
    open_visits = [visit for visit in visits if visit.open]
    tasks = [_task(rule, visit, regimen) for visit in open_visits for rule in rules[visit.id]]
    tasks += [task for finding in findings if (task := _finding_task(finding, open_visits)) is not None]
    tasks += _tasks_of_asking_again(regimen, visits, authorizations)
    yield from sorted(tasks, key=lambda task: (task.due, task.id))


def course_tasks(regimen: Regimen, findings: Sequence[Finding], first_dose: PlannedVisit) -> Iterator[Task]:
    """Yield what a course and its findings ask for once, each counted from the dose with which the course begins."""
    yield from (_task(rule, first_dose, regimen) for rule in regimen.tasks if not rule.reauthorization)
    yield from (_asked_task(finding, first_dose) for finding in findings if finding.task is not None)


def _task(rule: TaskRule, visit: PlannedVisit, regimen: Regimen) -> Task:
    return Task(
        id=f"{rule.id}-{visit.id}",
        due=visit.day + timedelta(days=rule.due_days),
        text=rule.text,
        visit=visit.id,
        source=source_words(rule.source, regimen.sources),
    )


def _tasks_of_asking_again(
    regimen: Regimen, visits: Sequence[PlannedVisit], authorizations: Sequence[Authorization]
) -> Iterator[Task]:
    """Yield what is to be done before the insurer is asked again: the last authorization says when that is."""
    uses = coverage_of(authorizations, visits).uses
    uncovered = uses[-1].first_uncovered if uses else None
    if uncovered is not None:
        for rule in regimen.tasks:
            if rule.reauthorization:
                yield replace(_task(rule, uncovered, regimen), id=f"{rule.id}-authorization-{len(uses)}")


def _asked_task(finding: Finding, first_dose: PlannedVisit) -> Task:
    """Return what a finding asks to be done, counted from the first dose."""
    return Task(
        id=f"screening-{finding.rule}",
        due=first_dose.day + timedelta(days=finding.task_days),
        text=finding.task or finding.text,
        visit=first_dose.id,
        source=finding.source,
    )


def _finding_task(finding: Finding, visits: Sequence[PlannedVisit]) -> Task | None:
    """Return the task that settles what was not screened, due the day before the first visit that needs it."""
    needing = next((visit for visit in visits if visit.kind in finding.holds), None)
    if not finding.not_screened or finding.overridden or needing is None:
        return None
    return Task(
        id=f"settle-{finding.rule}",
        due=needing.start.date() - timedelta(days=1),
        text=finding.change or finding.text,
        visit=needing.id,
        source=finding.source,
    )
