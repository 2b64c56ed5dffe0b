"""A plan as JSON, ``kapplan.plan/1``: the keys of the contract in its order, what else is known after them.

``safety`` comes first after ``schema``: it holds the safety notices, which stand among the findings too. Days are ISO
dates, moments ISO with their offset from UTC, lengths minutes. New keys may be added; none is renamed or removed.
"""

from __future__ import annotations

from typing import TypedDict

from kapplan.model.exports import ExportRequest
from kapplan.model.plan import Finding, Plan, PlannedVisit
from kapplan.output.documents.decisions_json import OverrideData, WideningData, overrides_data, widenings_data
from kapplan.output.records.json_records import json_text
from kapplan.output.records.plain_data import plain, shaped

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


class MinutesData(TypedDict):
    """How long the parts of a visit are."""

    prepare: int
    administer: int
    monitor: int
    clear: int


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
    minutes: MinutesData
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


class ProposalData(TypedDict):
    """What the rules propose, and what became of it."""

    number: int
    rule: str
    text: str
    source: str | None
    verified: bool
    effect: str
    visit: str | None
    on: str | None
    state: str


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
    proposals: list[ProposalData]
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
    findings = [finding_data(finding) for finding in plan.findings]
    return shaped(
        PlanData,
        plan,
        schema=SCHEMA,
        safety=[row for row, finding in zip(findings, plan.findings, strict=True) if finding.safety],
        plan_id=plan.id,
        protocol=shaped(ProtocolData, plan.protocol),
        objective=shaped(ObjectiveData, plan.objective, bound=dict(plan.objective.bound) or None),
        findings=findings,
        tailoring=[shaped(TailoringData, rule) for rule in plan.tailoring],
        visits=[visit_data(visit) for visit in plan.visits],
        tasks=[shaped(TaskData, task) for task in plan.tasks],
        scores=[shaped(ScoreData, score) for score in plan.scores],
        proposals=[shaped(ProposalData, proposal) for proposal in plan.proposals],
        overrides=overrides_data(plan),
        widenings=widenings_data(plan),
    )


def finding_data(finding: Finding) -> FindingData:
    """Return a finding as plain data."""
    return shaped(FindingData, finding)


def visit_data(visit: PlannedVisit) -> VisitData:
    """Return a visit as plain data."""
    return shaped(
        VisitData,
        visit,
        remote=visit.place == "remote",
        window={"earliest": plain(visit.earliest), "latest": plain(visit.latest)},
        slack_days={"earlier": visit.slack_earlier, "later": visit.slack_later},
        room_days={"earlier": visit.room_earlier, "later": visit.room_later},
        timing=[shaped(TimingData, timing) for timing in visit.timing],
        because=[shaped(ReasonData, reason) for reason in visit.because],
        minutes=shaped(MinutesData, visit.minutes),
        staff_parts=plain(visit.parts),
    )
