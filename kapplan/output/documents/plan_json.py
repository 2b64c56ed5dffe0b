"""A plan as JSON, ``kapplan.plan/1``: the keys of the contract in its order, what else is known after them.

``safety`` comes first after ``schema``: it holds the safety notices, which stand among the findings too. Days are ISO
dates, moments ISO with their offset from UTC, lengths minutes. New keys may be added; none is renamed or removed.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, TypedDict

from kapplan.model.decisions import Proposal
from kapplan.model.exports import ExportRequest
from kapplan.model.plan import Finding, Plan, PlannedVisit, Task, Timing
from kapplan.output.documents.decisions_json import OverrideData, WideningData, overrides_data, widenings_data
from kapplan.output.records.json_records import json_text

SCHEMA = "kapplan.plan/1"


class FindingData(TypedDict):
    """What screening says."""

    rule: str
    level: str
    text: str
    source: str
    key: str | None
    change: str | None
    overridden: bool
    not_screened: bool
    verified: bool


class ProtocolData(TypedDict):
    """Which protocol is followed."""

    id: str
    version: str
    off_label: bool
    title: str
    drug: str
    route: str | None


class ObjectiveData(TypedDict):
    """How near the course is to its protocol: lower is nearer.

    A new plan is compared by the first four, in this order; a re-plan by confirmed moves, disturbance, that of the
    follow-up, days moved, preference and sooner. Where it is not proven to be the best, none is better than ``bound``,
    and ``ended`` says whether the work that it may take or a ``deadline`` ended the search.
    """

    deviation: int
    follow_up_deviation: int
    preference: int
    sooner: int
    proven: bool
    bound: dict[str, int] | None
    confirmed_moves: int
    announced_moves: int
    disturbance: int
    follow_up_disturbance: int
    days_moved: int
    ended: str | None


class TailoringData(TypedDict):
    """A tailoring rule and what became of it."""

    rule: str
    effect: str
    text: str
    source: str
    state: str
    verified: bool


class WindowData(TypedDict):
    """The days that the rules allow, given where the anchors stand; ``null`` where nothing bounds them."""

    earliest: str | None
    latest: str | None


class SlackData(TypedDict):
    """How many days a visit alone could move, every other one staying."""

    earlier: int
    later: int


class TimingData(TypedDict):
    """A timing rule: so many days after ``after``, with ``months`` around its day so many calendar months later."""

    after: str
    min_days: int | None
    target_days: list[int] | None
    max_days: int | None
    weight: int
    level: str
    rule: str
    months: int | None
    source: str | None
    secondary: bool


class ReasonData(TypedDict):
    """One sentence that explains the visit's place."""

    rule: str
    text: str
    source: str | None
    level: str | None
    verified: bool
    short: str | None


class VisitData(TypedDict):
    """One visit."""

    id: str
    kind: str
    number: int
    phase: str
    status: str
    provisional: bool
    start: str
    end: str
    staff: list[str]
    room: str | None
    remote: bool
    window: WindowData
    deviation_days: int
    slack_days: SlackData
    timing: list[TimingData]
    measures: list[str]
    because: list[ReasonData]
    room_days: SlackData
    timed: bool
    title: str
    place: str
    tier: str
    escort: bool
    awaits: list[str]
    minutes: dict[str, int]
    actual: str | None
    note: str | None
    cancelled_by: str | None
    staff_parts: dict[str, list[str]]


class TaskData(TypedDict):
    """Something due on a day."""

    id: str
    due: str
    text: str
    visit: str | None
    status: str
    source: str | None
    done: str | None


class ScoreData(TypedDict):
    """One recorded score."""

    on: str
    measure: str
    value: int | str
    visit: str | None


class PlanData(TypedDict):
    """A plan, whole."""

    schema: str
    safety: list[FindingData]
    plan_id: str
    patient: str
    protocol: ProtocolData
    timezone: str
    revision: int
    objective: ObjectiveData
    findings: list[FindingData]
    tailoring: list[TailoringData]
    visits: list[VisitData]
    tasks: list[TaskData]
    scores: list[ScoreData]
    proposals: list[dict[str, Any]]
    notices: list[str]
    held: bool
    created: str
    revised: str
    overrides: list[OverrideData]
    widenings: list[WideningData]


def export(plan: Plan, _: ExportRequest) -> str:
    """Return a plan as JSON, whoever asks."""
    return plan_json(plan)


def plan_json(plan: Plan) -> str:
    """Return a plan as JSON text with a line feed at its end."""
    return json_text(plan_data(plan))


def plan_data(plan: Plan) -> PlanData:
    """Return a plan as plain data: text, numbers, truths, lists and dictionaries only."""
    return {
        "schema": SCHEMA,
        "safety": [finding_data(finding) for finding in plan.findings if finding.safety],
        "plan_id": plan.id,
        "patient": plan.patient,
        "protocol": {
            "id": plan.protocol.id,
            "version": plan.protocol.version,
            "off_label": plan.protocol.off_label,
            "title": plan.protocol.title,
            "drug": plan.protocol.drug,
            "route": plan.protocol.route,
        },
        "timezone": plan.timezone,
        "revision": plan.revision,
        "objective": _objective(plan),
        "findings": [finding_data(finding) for finding in plan.findings],
        "tailoring": [
            {
                "rule": rule.rule,
                "effect": rule.effect,
                "text": rule.text,
                "source": rule.source,
                "state": rule.state,
                "verified": rule.verified,
            }
            for rule in plan.tailoring
        ],
        "visits": [visit_data(visit) for visit in plan.visits],
        "tasks": [_task(task) for task in plan.tasks],
        "scores": [
            {"on": score.on.isoformat(), "measure": score.measure, "value": score.value, "visit": score.visit}
            for score in plan.scores
        ],
        "proposals": [_proposal(proposal) for proposal in plan.proposals],
        "notices": list(plan.notices),
        "held": plan.held,
        "created": plan.created.isoformat(),
        "revised": plan.revised.isoformat(),
        "overrides": overrides_data(plan),
        "widenings": widenings_data(plan),
    }


def _proposal(proposal: Proposal) -> dict[str, Any]:
    return {
        "number": proposal.number,
        "rule": proposal.rule,
        "text": proposal.text,
        "source": proposal.source,
        "verified": proposal.verified,
        "effect": proposal.effect,
        "visit": proposal.visit,
        "on": None if proposal.on is None else proposal.on.isoformat(),
        "state": proposal.state,
    }


def finding_data(finding: Finding) -> FindingData:
    """Return a finding as plain data."""
    return {
        "rule": finding.rule,
        "level": finding.level,
        "text": finding.text,
        "source": finding.source,
        "key": finding.key,
        "change": finding.change,
        "overridden": finding.overridden,
        "not_screened": finding.not_screened,
        "verified": finding.verified,
    }


def visit_data(visit: PlannedVisit) -> VisitData:
    """Return a visit as plain data."""
    return {
        "id": visit.id,
        "kind": visit.kind,
        "number": visit.number,
        "phase": visit.phase,
        "status": visit.status,
        "provisional": visit.provisional,
        "start": visit.start.isoformat(),
        "end": visit.end.isoformat(),
        "staff": list(visit.staff),
        "room": visit.room,
        "remote": visit.place == "remote",
        "window": {"earliest": _iso(visit.earliest), "latest": _iso(visit.latest)},
        "deviation_days": visit.deviation_days,
        "slack_days": {"earlier": visit.slack_earlier, "later": visit.slack_later},
        "timing": [_timing(timing) for timing in visit.timing],
        "measures": list(visit.measures),
        "because": [
            {
                "rule": reason.rule,
                "text": reason.text,
                "source": reason.source,
                "level": reason.level,
                "verified": reason.verified,
                "short": reason.short,
            }
            for reason in visit.because
        ],
        "room_days": {"earlier": visit.room_earlier, "later": visit.room_later},
        "timed": visit.timed,
        "title": visit.title,
        "place": visit.place,
        "tier": visit.tier,
        "escort": visit.escort,
        "awaits": list(visit.awaits),
        "minutes": {
            "prepare": visit.minutes.prepare,
            "administer": visit.minutes.administer,
            "monitor": visit.minutes.monitor,
            "clear": visit.minutes.clear,
        },
        "actual": _iso(visit.actual),
        "note": visit.note,
        "cancelled_by": visit.cancelled_by,
        "staff_parts": {person: list(parts) for person, parts in visit.parts.items()},
    }


def _objective(plan: Plan) -> ObjectiveData:
    objective = plan.objective
    return {
        "deviation": objective.deviation,
        "follow_up_deviation": objective.follow_up_deviation,
        "preference": objective.preference,
        "sooner": objective.sooner,
        "proven": objective.proven,
        "bound": dict(objective.bound) or None,
        "confirmed_moves": objective.confirmed_moves,
        "announced_moves": objective.announced_moves,
        "disturbance": objective.disturbance,
        "follow_up_disturbance": objective.follow_up_disturbance,
        "days_moved": objective.days_moved,
        "ended": objective.ended,
    }


def _timing(timing: Timing) -> TimingData:
    return {
        "after": timing.after,
        "min_days": timing.min_days,
        "target_days": None if timing.target_days is None else list(timing.target_days),
        "max_days": timing.max_days,
        "weight": timing.weight,
        "level": timing.level,
        "rule": timing.rule,
        "months": timing.months,
        "source": timing.source,
        "secondary": timing.secondary,
    }


def _task(task: Task) -> TaskData:
    return {
        "id": task.id,
        "due": task.due.isoformat(),
        "text": task.text,
        "visit": task.visit,
        "status": task.status,
        "source": task.source,
        "done": _iso(task.done),
    }


def _iso(moment: date | datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
