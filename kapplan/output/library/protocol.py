"""The library of protocols as a list, and one protocol with its visits, rules, sources and marks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from rich.console import Group, RenderableType
from rich.text import Text

from kapplan.model.protocol import Protocol, VisitType
from kapplan.model.terms import KINDS, NO_NAMES, MeasureNames
from kapplan.model.visits import NeedByParts
from kapplan.output.course.heading import item
from kapplan.output.library.protocol_words import MARKS, Rule, due_words, rules_of
from kapplan.output.records.numbers import phase_words
from kapplan.output.records.records import Cell, Column, Records, cells
from kapplan.output.records.words import NOT_VERIFIED, clean, measure_words
from kapplan.output.terminal import styles
from kapplan.output.terminal.trimmed import Trimmed
from kapplan.planning.phrases.words import day_words, duration_words, level_words, listed


def library_records(protocols: Iterable[Protocol], reviewed: date | None = None) -> Records:
    """Return one record a protocol: id, title, drug, route, label, what it is for, strength of its source, version.

    ``reviewed`` is the day on which the library was last held against its sources.
    """
    columns = (
        Column(key="id", title="Id", style="bold"),
        Column(key="title", title="Title"),
        Column(key="drug", brief=False),
        Column(key="route", title="Route"),
        Column(key="off_label", brief=False),
        Column(key="label", title="Label", brief=True),
        Column(key="indications", title="For"),
        Column(key="strength", title="Strength"),
        Column(key="result", title="Result"),
        Column(key="version", brief=False),
        Column(key="summary", brief=False),
    )
    rows = tuple(
        cells(
            columns,
            protocol,
            route=routes_of(protocol),
            label="OFF-LABEL" if protocol.off_label else "on label",
            result=None if protocol.result is None else protocol.result.finding,
        )
        for protocol in protocols
    )
    return Records(
        columns=columns,
        rows=rows,
        schema="kapplan.protocols/1",
        name="protocols",
        after=(
            "Strength: A label or trial, B large cohort, C small open-label, D practice.",
            *([] if reviewed is None else [f"The library was last reviewed on {day_words(reviewed)}."]),
        ),
        extra={} if reviewed is None else {"reviewed": reviewed.isoformat()},
    )


def protocol_records(protocol: Protocol, measures: MeasureNames = NO_NAMES) -> Records:
    """Return one record a rule: phase, what it is about, the sentence, level, source and its mark."""
    columns = tuple(Column(key=key) for key in ("phase", "about", "rule", "level", "source", "mark", "cite"))
    rows: list[tuple[Cell, ...]] = []
    for rule in rules_of(protocol, measures):
        source = protocol.sources.get(rule.source or "")
        known = {"mark": source.mark if source else None, "cite": source.cite if source else None}
        rows.append(cells(columns, rule, rule=rule.text, **known))
    return Records(
        columns=columns,
        rows=tuple(rows),
        schema="kapplan.protocol/1",
        name="rules",
        title=f"{protocol.title} ({protocol.id} {protocol.version})",
        extra={"id": protocol.id, "version": protocol.version, "off_label": protocol.off_label},
    )


def protocol_view(protocol: Protocol, measures: MeasureNames = NO_NAMES) -> RenderableType:
    """Return a protocol for people: what it is, its visits, its rules by phase, its sources with their marks."""
    return Trimmed(
        Group(
            *_title(protocol),
            *_visits(protocol, measures),
            *_rules(protocol, measures),
            *_notes(protocol),
            *_sources(protocol),
        )
    )


def routes_of(protocol: Protocol) -> tuple[str, ...]:
    """Return the routes that a protocol knows."""
    return (protocol.route,) if protocol.route else protocol.routes


def _title(protocol: Protocol) -> Iterator[RenderableType]:
    yield Text.assemble((clean(protocol.title), styles.HEADING))
    facts = [f"{protocol.id} {protocol.version}", f"{protocol.drug} {', '.join(routes_of(protocol))}".strip()]
    facts += [f"for {', '.join(protocol.indications)}"] if protocol.indications else []
    facts += [f"source strength {protocol.strength}"] if protocol.strength else []
    facts += [f"{protocol.result.finding} result"] if protocol.result is not None else []
    yield Text(" · ".join(facts), style=styles.QUIET)
    if protocol.off_label:
        yield Text.assemble((" OFF-LABEL ", styles.LOUD), f" No product label covers this use of {protocol.drug}.")
    if protocol.summary:
        yield Text(clean(protocol.summary))
    if protocol.result is not None:
        yield Text(clean(protocol.result.text))


def _visits(protocol: Protocol, measures: MeasureNames) -> Iterator[RenderableType]:
    yield Text()
    yield Text("Visits", style=styles.HEADING)
    for name, visit in protocol.visits.items():
        body = Text.assemble((name, KINDS[protocol.kind_of(name)].colour), ": ", _visit_words(visit, measures))
        if visit.unverified:
            body.append(f" [{NOT_VERIFIED}: {', '.join(visit.unverified)}]", style=styles.OFF_TARGET)
        yield item(" •", body, style=styles.QUIET)
        for task in visit.tasks:
            visit_words = "the visit" if task.numbers is None else f"{name} {listed([str(n) for n in task.numbers])}"
            text = f"{due_words(task.due_days, visit_words)}: {clean(task.text)}"
            yield item("    –", Text(text), style=styles.QUIET)  # noqa: RUF001


def _visit_words(visit: VisitType, measures: MeasureNames) -> str:
    told = [duration_words(visit.minutes.total) if visit.minutes.total else ""]
    parts = {name: getattr(visit.minutes, name) for name in ("prepare", "administer", "monitor", "clear")}
    lengths = ", ".join(f"{name} {minutes}" for name, minutes in parts.items() if minutes)
    if visit.minutes.total and sum(bool(minutes) for minutes in parts.values()) > 1:
        told[0] += f" ({lengths})"
    told.append("" if visit.place == "clinic" else visit.place)
    told.append(f"needs {', '.join(map(_need_words, visit.needs))}" if visit.needs else "")
    told.append("escort home" if visit.escort else "")
    told.append(f"measures {measure_words(visit.measures, measures)}" if visit.measures else "")
    return "; ".join(part for part in told if part)


def _need_words(need: str | NeedByParts) -> str:
    return need if isinstance(need, str) else f"{need.role} to {listed(need.parts)}"


def _rules(protocol: Protocol, measures: MeasureNames) -> Iterator[RenderableType]:
    shown: str | None = None
    about: str | None = None
    optional = {phase.id for phase in protocol.phases if phase.on_request}
    for rule in rules_of(protocol, measures):
        if rule.phase != shown:
            shown, about = rule.phase, None
            yield Text()
            request = " (only on request)" if rule.phase in optional else ""
            yield Text((phase_words(rule.phase) if rule.phase else "Throughout") + request, style=styles.HEADING)
        body = Text.assemble(
            ("" if rule.about == about else f"{rule.about}: ", styles.HEADING), f"{rule.text.rstrip('.')}."
        )
        body.append(f" [{_origin(rule)}]" if _origin(rule) else "", style=styles.QUIET)
        yield item(" •", body, style=styles.QUIET)
        about = rule.about


def _origin(rule: Rule) -> str:
    level = "" if rule.level is None else level_words(rule.level)
    return ": ".join(part for part in (level, rule.source or "") if part)


def _notes(protocol: Protocol) -> Iterator[RenderableType]:
    if protocol.notes:
        yield Text()
        yield Text("Notes", style=styles.HEADING)
        for note in protocol.notes:
            yield item(" •", Text(clean(note)), style=styles.QUIET)


def _sources(protocol: Protocol) -> Iterator[RenderableType]:
    if protocol.sources:
        yield Text()
        yield Text("Sources", style=styles.HEADING)
    for key, source in protocol.sources.items():
        marks = [MARKS[source.mark], *([f"strength {source.strength}"] if source.strength else [])]
        text = ", ".join([clean(source.cite), *source.identifiers])
        style = styles.QUIET if source.verified else styles.OFF_TARGET
        body = Text.assemble((key, styles.HEADING), f": {text}", (f" [{', '.join(marks)}]", style))
        if source.note:
            body.append(f" {clean(source.note)}", style=styles.QUIET)
        yield item(" •", body, style=styles.QUIET)
