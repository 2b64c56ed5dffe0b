"""Markdown: a table whose cells cannot break out of it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from kapplan.model.exports import ExportRequest
from kapplan.model.plan import Plan
from kapplan.model.terms import NO_NAMES, MeasureNames
from kapplan.output.records.numbers import closest_words, off_target_words, parts
from kapplan.output.records.records import Column, Records, people_text, shown
from kapplan.output.records.words import (
    NOT_VERIFIED,
    clean,
    count,
    finding_words,
    measure_words,
    minutes_of,
    state_words,
    time_words,
)
from kapplan.planning.phrases.decisions import decision_words
from kapplan.planning.phrases.words import duration_words

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|~#]|&(?=#?\w+;))")


def escaped(text: str) -> str:
    """Return a text that Markdown shows as it is: one line, every sign with a meaning led by a backslash."""
    return _SPECIAL.sub(r"\\\1", clean(text))


def markdown_text(records: Records) -> str:
    """Return records as a Markdown table under their title."""
    columns, rows = shown(records)
    lines = [f"**Safety: {escaped(notice)}**\n" for notice in records.safety]
    if records.heading:
        lines.append(f"## {escaped(records.heading)}\n")
    lines.append(_line(escaped(column.heading) for column in columns))
    lines.append(_line("--:" if column.right else "---" for column in columns))
    lines.extend(_line(escaped(people_text(cell)) for cell in row) for row in rows)
    lines.extend(f"\n{escaped(line)}" for line in records.after)
    return "\n".join(lines) + "\n"


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def export(plan: Plan, asked: ExportRequest) -> str:
    """Return a plan as Markdown, whoever asks."""
    return markdown_plan(plan, asked.measure_names)


def markdown_plan(plan: Plan, measures: MeasureNames = NO_NAMES) -> str:
    """Return a plan as Markdown: safety, whose course it is, findings, a table of the visits, the summary."""
    return "\n".join([*_top(plan), markdown_text(_visits(plan, measures))])


def _top(plan: Plan) -> list[str]:
    lines = [f"**Safety: {escaped(finding.text)}**\n" for finding in plan.findings if finding.safety]
    lines.append(f"# {escaped(plan.patient)}: {escaped(plan.protocol.title)}\n")
    loud = "**OFF-LABEL.** " if plan.protocol.off_label else ""
    protocol = escaped(f"{plan.protocol.id} {plan.protocol.version}")
    lines.append(f"{loud}{protocol}, times in {escaped(plan.timezone)}, revision {plan.revision}.\n")
    told = [
        f"- {finding_words(finding.level, overridden=finding.overridden)}: {escaped(finding.text)}"
        f"{_sourced(finding.source, verified=finding.verified)}"
        for finding in plan.findings
        if not finding.safety
    ]
    told += [
        f"- tailored: {escaped(rule.text)}{_sourced(rule.source, verified=rule.verified)}"
        for rule in plan.tailoring
        if rule.state == "applied"
    ]
    told += [f"- decided: {escaped(words)}" for words in decision_words(plan)]
    return [*lines, *told, ""] if told else lines


def _sourced(source: str, *, verified: bool) -> str:
    return f" ({escaped(source)}{'' if verified else f'; {NOT_VERIFIED}'})"


def _visits(plan: Plan, measures: MeasureNames) -> Records:
    columns = ("Visit", "Date", "Time", "Length", "State", "Measures", "Notes")
    rows = tuple(
        (
            visit.id,
            visit.start.date(),
            time_words(visit.start) if visit.timed else None,
            duration_words(minutes_of(visit)) if visit.timed else None,
            state_words(visit),
            measure_words(visit.measures, measures),
            off_target_words(plan, visit),
        )
        for part in parts(plan)
        for visit in part.visits
    )
    off = plan.days_off
    held = sum(not visit.is_lost for visit in plan.visits)
    fit = (
        f"{count(off, 'day')} off target in all: {closest_words(plan.objective)}." if off else "Every visit on target."
    )
    return Records(
        columns=tuple(Column(key=title.lower(), title=title) for title in columns),
        rows=rows,
        after=(f"{count(held, 'visit')}. {fit}",),
    )
