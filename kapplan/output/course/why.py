"""Why a visit falls where it does, in sentences that can be read aloud on the phone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from kapplan.dataclass import dataclass
from kapplan.model.fields import Level
from kapplan.model.plan import Plan, PlannedVisit, Timing
from kapplan.model.regimen import TimingRule
from kapplan.model.terms import NO_NAMES, MeasureNames
from kapplan.output.course.heading import item, safety_lines
from kapplan.output.records.numbers import anchor_day, gate_words
from kapplan.output.records.records import Cell, Column, Records
from kapplan.output.records.words import (
    NOT_VERIFIED,
    clean,
    count,
    dates_words,
    measure_words,
    minutes_of,
    spoken_duration,
    status_words,
)
from kapplan.output.records.words import time_words as clock_words
from kapplan.output.terminal import styles
from kapplan.output.terminal.trimmed import Trimmed
from kapplan.planning.phrases.timing import timing_words
from kapplan.planning.phrases.words import day_words, level_words, listed, source_words, visit_words


@dataclass(frozen=True, slots=True)
class Said:
    """One sentence about a visit: what it is about, the rule behind it, its level and source."""

    about: str
    text: str
    rule: str = ""
    level: Level | None = None
    source: str | None = None
    verified: bool = True

    @property
    def origin(self) -> str:
        """Where it comes from, in words; empty where it needs no source."""
        known = "" if self.verified or self.level == "default" else NOT_VERIFIED
        level = "" if self.level is None else level_words(self.level)
        return ", ".join(part for part in (level, known) if part)


_ONLY_ROOM = "room"
"""What the room of a clinic is called that names none of its own."""


def why_visits(plan: Plan, visits: Iterable[PlannedVisit], measures: MeasureNames = NO_NAMES) -> RenderableType:
    """Return why each of these visits falls where it does, and the sources, each told once."""
    sources: dict[str, int] = {}
    blocks: list[RenderableType] = [*safety_lines(plan), Text(clean(plan.patient), style=styles.HEADING)]
    for visit in visits:
        blocks.extend([*_block(plan, visit, sources, measures), Text()])
    if sources:
        blocks.append(Text("Sources", style=styles.HEADING))
        blocks.extend(item(f"{number}.", Text(source), style=styles.QUIET) for source, number in sources.items())
    return Trimmed(Group(*blocks))


def why_records(plan: Plan, visits: Iterable[PlannedVisit], measures: MeasureNames = NO_NAMES) -> Records:
    """Return one record a sentence: visit, what it is about, the sentence, rule, level, source, whether verified."""
    rows: list[tuple[Cell, ...]] = [
        (visit.id, said.about, said.text, said.rule, said.level, clean(said.source or ""), said.verified)
        for visit in visits
        for said in said_of(plan, visit, measures)
    ]
    keys = ("visit", "about", "text", "rule", "level", "source", "verified")
    return Records(
        columns=tuple(Column(key=key) for key in keys),
        rows=tuple(rows),
        schema="kapplan.why/1",
        name="reasons",
        patient=plan.patient,
        safety=tuple(finding.text for finding in plan.findings if finding.safety),
    )


def said_of(plan: Plan, visit: PlannedVisit, measures: MeasureNames = NO_NAMES) -> tuple[Said, ...]:
    """Return every sentence about a visit: when, how far off target and why, window, slack, rules, gates, tasks."""
    return (
        *_when(plan, visit),
        *_target(visit),
        *_room_to_move(visit),
        *_rules(plan, visit),
        *_other_reasons(visit),
        *_dependants(plan, visit),
        *_to_do(plan, visit, measures),
    )


def _block(
    plan: Plan, visit: PlannedVisit, sources: dict[str, int], measures: MeasureNames
) -> Iterator[RenderableType]:
    yield Text.assemble((_title(visit), styles.style_of(visit)), (f"  {visit.id}", styles.QUIET))
    for said in said_of(plan, visit, measures):
        body = Text(said.text, style=styles.OFF_TARGET if said.about == "target" and visit.deviation_days else "")
        if said.origin:
            body.append(f" [{said.origin}]", style=styles.QUIET)
        if said.source:
            body.append(f" ({sources.setdefault(clean(said.source), len(sources) + 1)})", style=styles.QUIET)
        yield item(" •" if said.about in {"rule", "reason", "task"} else "  ", body, style=styles.QUIET)


def _title(visit: PlannedVisit) -> str:
    words = visit_words(visit.id)
    return words[:1].upper() + words[1:]


def _when(plan: Plan, visit: PlannedVisit) -> Iterator[Said]:
    text = day_words(visit.day)
    if visit.timed:
        text += f", {clock_words(visit.start)} to {clock_words(visit.end)}: {spoken_duration(minutes_of(visit))}"
    where = {"home": "at home", "remote": "remotely"}.get(visit.place, "")
    if visit.room:
        where = "in the room" if visit.room == _ONLY_ROOM else f"in room {visit.room}"
    with_whom = f"with {listed(visit.staff)}" if visit.staff else ""
    yield Said("when", "".join([text, *(f", {part}" for part in (where, with_whom) if part), "."]))
    if visit.status != "planned":
        by = f" by the {visit.cancelled_by}" if visit.cancelled_by else ""
        yield Said("status", f"{status_words(visit.status).capitalize()}{by}.")
    if visit.provisional and not visit.is_lost:
        waits = (
            listed(dict.fromkeys(gate_words(plan, gate) for gate in visit.awaits))
            if visit.awaits
            else "what is still open"
        )
        yield Said("status", f"Provisional: it waits for {waits}.")


def _target(visit: PlannedVisit) -> Iterator[Said]:
    off = [reason for reason in visit.because if reason.short]
    if off:
        for reason in off:
            yield Said("target", _sentence(reason.text), rule=reason.rule, source=reason.source)
    elif visit.deviation_days:
        yield Said("target", f"{count(visit.deviation_days, 'day')} off its target.")
    elif visit.timing:
        yield Said("target", "On target.")


def _room_to_move(visit: PlannedVisit) -> Iterator[Said]:
    if visit.earliest and visit.latest:
        window = dates_words(visit.earliest, visit.latest)
        yield Said("window", f"Given where the visits before it stand, the rules allow {window}.")
    elif visit.earliest or visit.latest:
        day = visit.earliest or visit.latest
        side = "no day before" if visit.earliest else "no day after"
        yield Said("window", f"Given where the visits before it stand, the rules allow {side} {day_words(day)}.")  # type: ignore[arg-type]
    if visit.open:
        slack, room = (visit.slack_earlier, visit.slack_later), (visit.room_earlier, visit.room_later)
        yield Said("slack", f"With every other visit where it is, it {_could_move(*slack)}.")
        if room != slack and any(room):
            yield Said("room", f"If those after it moved too, it {_could_move(*room)}, as far as the rules go.")


def _could_move(earlier: int, later: int) -> str:
    ways = [f"{count(days, 'day')} {way}" for days, way in ((earlier, "earlier"), (later, "later")) if days]
    return f"could move {' or '.join(ways)}" if ways else "cannot move"


def _rules(plan: Plan, visit: PlannedVisit) -> Iterator[Said]:
    sentences = [reason for reason in visit.because if reason.level is not None]
    for timing in visit.timing:
        reason = next((reason for reason in sentences if reason.rule == timing.rule), None)
        if reason is not None:
            sentences.remove(reason)
        text = timing_words(_rule_of(visit, timing)) if reason is None else reason.text
        source = source_words(timing.source, plan.regimen.sources) if reason is None else reason.source
        yield Said(
            "rule",
            _sentence(f"{clean(text).rstrip('.')}{_as_it_is(plan, visit, timing)}"),
            rule=timing.rule,
            level=timing.level,
            source=source,
            verified=reason is None or reason.verified,
        )


def _rule_of(visit: PlannedVisit, timing: Timing) -> TimingRule:
    return TimingRule(
        rule=timing.rule, visit=visit.id, after=timing.after, min=timing.min_days, target=timing.target_days,
        max=timing.max_days, months=timing.months, weight=timing.weight, secondary=timing.secondary, level=timing.level,
        source=timing.source,
    )  # fmt: skip


def _as_it_is(plan: Plan, visit: PlannedVisit, timing: Timing) -> str:
    anchor = anchor_day(plan, timing)
    if anchor is None:
        return ""
    days = (visit.day - anchor).days
    if timing.months:
        where = "on that day" if not days else f"{count(abs(days), 'day')} {'after' if days > 0 else 'before'} it"
        return f"; that day is {day_words(anchor)}, and it stands {where}"
    if not days:
        return "; it is on the same day"
    return f"; it is {count(abs(days), 'day')} {'after' if days > 0 else 'before'}"


def _other_reasons(visit: PlannedVisit) -> Iterator[Said]:
    own = {timing.rule for timing in visit.timing}
    for reason in visit.because:
        if reason.rule not in own and not reason.short:
            yield Said(
                "reason", _sentence(reason.text), reason.rule, level=reason.level, source=reason.source,
                verified=reason.verified,
            )  # fmt: skip


def _dependants(plan: Plan, visit: PlannedVisit) -> Iterator[Said]:
    after = [visit_words(other.id) for other in plan.visits if any(rule.after == visit.id for rule in other.timing)]
    if after:
        yield Said("after", f"Counted from it: {_listed_briefly(after)}.")


def _listed_briefly(names: Sequence[str]) -> str:
    few = 5
    return listed(names) if len(names) <= few else f"{', '.join(names[: few - 1])} and {len(names) - few + 1} more"


def _to_do(plan: Plan, visit: PlannedVisit, measures: MeasureNames) -> Iterator[Said]:
    if visit.measures:
        yield Said("measures", f"Measured: {measure_words(visit.measures, measures, with_keys=True)}.")
    if visit.escort:
        yield Said("escort", "Somebody takes the patient home afterwards.")
    if visit.note:
        yield Said("note", _sentence(visit.note))
    for task in plan.tasks:
        if task.visit == visit.id and task.status != "dropped":
            state = "Done" if task.status == "done" else f"By {day_words(task.due)}"
            yield Said("task", _sentence(f"{state}: {clean(task.text)}"), rule=task.id, source=task.source)


def _sentence(text: str) -> str:
    text = clean(text)
    return text if text.endswith((".", "!", "?")) else f"{text}."
