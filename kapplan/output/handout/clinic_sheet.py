"""What the clinic's handout says, as values: windows, findings, reasons, sources, tasks, scores.

It tells everything but the patient's name, which full detail adds.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from kapplan.dataclass import dataclass, derived, replace
from kapplan.dates import treatment_week
from kapplan.model.decisions import Override
from kapplan.model.exports import Detail, HandoutMaterial
from kapplan.model.plan import Finding, Plan, PlannedVisit
from kapplan.model.protocol import is_verified
from kapplan.model.rules import Instruction
from kapplan.model.terms import KINDS
from kapplan.output.course.why import said_of
from kapplan.output.handout.patient_sheet import Contact, State, contact_of, moment_of, state_of
from kapplan.output.handout.score_charts import ScoreChart, score_charts
from kapplan.output.handout.svg import CoursePicture, course_picture
from kapplan.output.handout.times_grid import TimesGrid, times_grid
from kapplan.output.records.numbers import closest_words, gate_words, in_order, off_target_words
from kapplan.output.records.words import clean, finding_words, minutes_of, state_words
from kapplan.planning.phrases.decisions import widening_words
from kapplan.planning.phrases.words import visit_words
from kapplan.planning.rules.screening import source_text

_TOLD = frozenset({"rule", "reason"})
"""What of a visit's reasons the clinic's page tells, with how far it is off target; what it waits for stands on top."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcedLine:
    """A sentence with the numbers of its sources; ``origin`` says what kind of rule is behind it."""

    text: str
    origin: str = ""
    sources: tuple[int, ...] = ()
    verified: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingLine:
    """A finding: what it does (``word``), what it says, what would change it."""

    rule: str
    word: str
    line: SourcedLine
    change: str | None
    refuses: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AppliedLine:
    """A tailoring rule that was applied or turned off."""

    rule: str
    declined: bool
    line: SourcedLine


@dataclass(frozen=True, slots=True, kw_only=True)
class InstructionLine:
    """Something to do at a visit: ``text`` holds ``{time}`` where it names the moment ``at``; ``to`` is whose it is."""

    text: str
    at: datetime | None
    to: str
    sources: tuple[int, ...]
    verified: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseVisit:
    """One visit as the clinic sees it."""

    id: str
    words: str
    letter: str
    kind: str
    week: int | None
    start: datetime
    end: datetime
    timed: bool
    minutes: int
    state: State
    status: str
    waits: tuple[str, ...]
    place: str
    room: str | None
    staff: tuple[str, ...]
    measures: tuple[str, ...]
    escort: bool
    earliest: date | None
    latest: date | None
    slack_earlier: int
    slack_later: int
    off_days: int
    off: str | None
    open: bool
    note: str | None
    reasons: tuple[SourcedLine, ...]
    instructions: tuple[InstructionLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskLine:
    """Something due on a day."""

    due: date
    text: str
    visit: str | None
    done: date | None
    is_done: bool
    sources: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingLine:
    """Something to be settled, and the visits that wait for it, in words."""

    gate: str
    visits: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalLine:
    """What the rules suggest, by its number."""

    number: int
    line: SourcedLine


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceLine:
    """A source and its number; one that is not ``verified`` is from memory, secondary or a default of ours."""

    number: int
    text: str
    verified: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ClinicSheet:
    """The clinic's handout."""

    detail: Detail
    patient: str
    name: str | None
    contact: Contact
    protocol: str
    title: str
    version: str
    drug: str
    route: str | None
    off_label: bool
    timezone: str
    revision: int
    revised: date
    held: bool
    off_days: int
    closest: str
    safety: tuple[FindingLine, ...]
    waiting: tuple[WaitingLine, ...]
    proposals: tuple[ProposalLine, ...]
    findings: tuple[FindingLine, ...]
    overrides: tuple[Override, ...]
    widenings: tuple[str, ...]
    tailoring: tuple[AppliedLine, ...]
    notices: tuple[str, ...]
    visits: tuple[CourseVisit, ...]
    tasks: tuple[TaskLine, ...]
    times: TimesGrid
    always: tuple[InstructionLine, ...]
    declined: tuple[str, ...]
    known: bool
    picture: CoursePicture
    charts: tuple[ScoreChart, ...]
    sources: tuple[SourceLine, ...]


def clinic_sheet(plan: Plan, material: HandoutMaterial, *, detail: Detail = "neutral") -> ClinicSheet:
    """Return the clinic's handout; the patient's name is on it only in full detail."""
    maker = _Maker(plan, material)
    visits = tuple(maker.visit(visit) for visit in in_order(plan.visits))
    findings = [(finding, maker.finding(finding)) for finding in plan.findings]
    return ClinicSheet(
        detail=detail,
        patient=clean(plan.patient),
        name=clean(plan.name) if detail == "full" and plan.name else None,
        contact=contact_of(plan, named=True),
        protocol=plan.protocol.id,
        title=clean(plan.protocol.title),
        version=clean(plan.protocol.version),
        drug=clean(plan.protocol.drug),
        route=plan.protocol.route,
        off_label=plan.protocol.off_label,
        timezone=plan.timezone,
        revision=plan.revision,
        revised=plan.revised.astimezone(plan.visits[0].start.tzinfo).date() if plan.visits else plan.revised.date(),
        held=plan.held,
        off_days=plan.days_off,
        closest=closest_words(plan.objective),
        safety=tuple(line for finding, line in findings if finding.safety),
        waiting=_waiting(visits),
        proposals=maker.proposals(),
        findings=tuple(line for finding, line in findings if not finding.safety),
        overrides=tuple(replace(one, by=clean(one.by), why=clean(one.why)) for one in plan.overrides),
        widenings=tuple(clean(words) for words in widening_words(plan)),
        tailoring=maker.tailoring(),
        notices=tuple(clean(notice) for notice in plan.notices),
        visits=visits,
        tasks=maker.tasks(),
        times=times_grid(
            [(line.text, line.at) for line in visit.instructions] for visit in visits if visit.instructions
        ),
        always=maker.always(),
        declined=tuple(map(clean, material.declined)),
        known=material.known,
        picture=course_picture([visit.start.date() for visit in visits]),
        charts=score_charts(plan, material.measures),
        sources=maker.cited(),
    )


def _waiting(visits: Iterable[CourseVisit]) -> tuple[WaitingLine, ...]:
    """Return what visits that are ahead wait for, in the order of the first of them."""
    found: dict[str, list[str]] = {}
    for visit in visits:
        for gate in visit.waits:
            found.setdefault(gate, []).append(visit.words)
    return tuple(WaitingLine(gate=gate, visits=tuple(words)) for gate, words in found.items())


class _Maker:
    """Makes the lines of a sheet and numbers their sources as they come."""

    def __init__(self, plan: Plan, material: HandoutMaterial) -> None:
        self._plan = plan
        self._material = material
        self._dose = plan.first_dose
        self._numbers: dict[str, int] = {}
        self._doubtful: set[str] = set()

    def cited(self) -> tuple[SourceLine, ...]:
        """Return the sources that lines named, by their numbers."""
        return tuple(
            SourceLine(number=number, text=text, verified=text not in self._doubtful)
            for text, number in self._numbers.items()
        )

    def visit(self, visit: PlannedVisit) -> CourseVisit:
        """Return a visit with its reasons and what is done at it."""
        words = visit_words(visit.id)
        waits = visit.awaits if visit.provisional and not visit.is_lost else ()
        measures = self._material.measures.measures
        return derived(
            CourseVisit,
            visit,
            words=words[:1].upper() + words[1:],
            letter=KINDS[visit.kind].letter,
            week=None if self._dose is None else treatment_week(self._dose, visit.day),
            minutes=minutes_of(visit) if visit.timed else 0,
            state=state_of(visit),
            status=state_words(visit),
            waits=tuple(dict.fromkeys(gate_words(self._plan, gate) for gate in waits)),
            room=clean(visit.room) if visit.room else None,
            staff=tuple(clean(self._material.staff.get(person, person)) for person in visit.staff),
            measures=tuple(clean(measures[key].title if key in measures else key) for key in visit.measures),
            off_days=visit.deviation_days if not visit.is_lost else 0,
            off=off_target_words(self._plan, visit) if not visit.is_lost else None,
            note=clean(visit.note) if visit.note else None,
            reasons=tuple(self._reasons(visit)),
            instructions=self._instructions(visit),
        )

    def finding(self, finding: Finding) -> FindingLine:
        """Return a finding with its source."""
        word = "not screened" if finding.not_screened else finding_words(finding.level, overridden=finding.overridden)
        line = self._line(finding.text, finding.source, verified=finding.verified)
        change = clean(finding.change) if finding.change else None
        return FindingLine(rule=finding.rule, word=word, line=line, change=change, refuses=finding.refuses)

    def proposals(self) -> tuple[ProposalLine, ...]:
        """Return the proposals that nobody has decided."""
        return tuple(
            ProposalLine(number=one.number, line=self._line(one.text, one.source, verified=one.verified))
            for one in self._plan.proposals
            if one.state == "open"
        )

    def tailoring(self) -> tuple[AppliedLine, ...]:
        """Return the tailoring rules that were applied or turned off."""
        return tuple(
            AppliedLine(
                rule=rule.rule,
                declined=rule.state == "declined",
                line=self._line(rule.text, rule.source, verified=rule.verified),
            )
            for rule in self._plan.tailoring
            if rule.state != "not-applicable"
        )

    def tasks(self) -> tuple[TaskLine, ...]:
        """Return the tasks that are open or done, by the days on which they are due."""
        kept = [task for task in self._plan.tasks if task.status != "dropped"]
        return tuple(
            TaskLine(
                due=task.due,
                text=clean(task.text),
                visit=visit_words(task.visit) if task.visit else None,
                done=task.done,
                is_done=task.status == "done",
                sources=self._cite(task.source),
            )
            for task in sorted(kept, key=lambda task: task.due)
        )

    def always(self) -> tuple[InstructionLine, ...]:
        """Return the instructions without a time of the clock, for staff and patient, of the visits still ahead."""
        ahead = {(visit.kind, visit.place) for visit in self._plan.visits if visit.open}
        return tuple(
            self._instruction(one, None)
            for one in self._material.instructions
            if not one.is_timed and any(one.holds_at(kind, place) for kind, place in ahead)
        )

    def _reasons(self, visit: PlannedVisit) -> Iterable[SourcedLine]:
        gates = {f"gate.{gate}" for gate in visit.awaits}
        for said in said_of(self._plan, visit):
            told = said.about in _TOLD and said.rule not in gates
            if told or (said.about == "target" and visit.deviation_days):
                yield self._line(said.text, said.source, origin=said.origin, verified=said.verified)

    def _instructions(self, visit: PlannedVisit) -> tuple[InstructionLine, ...]:
        if not visit.open or not visit.timed:
            return ()
        lines = [
            self._instruction(one, moment)
            for one in self._material.instructions
            if one.holds_at(visit.kind, visit.place) and (moment := moment_of(one, visit)) is not None
        ]
        return tuple(sorted(lines, key=lambda line: (line.at or visit.start).timestamp()))

    def _instruction(self, one: Instruction, at: datetime | None) -> InstructionLine:
        sources = self._material.sources
        cited = self._cite(source_text(one.source, sources))
        verified = is_verified(one.source, sources)
        return InstructionLine(text=clean(one.text), at=at, to=one.to, sources=cited, verified=verified)

    def _line(self, text: str, source: str | None, *, origin: str = "", verified: bool = True) -> SourcedLine:
        return SourcedLine(
            text=clean(text), origin=origin, sources=self._cite(source, verified=verified), verified=verified
        )  # fmt: skip

    def _cite(self, source: str | None, *, verified: bool = True) -> tuple[int, ...]:
        if not source:
            return ()
        text = clean(source)
        if not verified:
            self._doubtful.add(text)
        return (self._numbers.setdefault(text, len(self._numbers) + 1),)
