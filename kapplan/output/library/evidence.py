"""The evidence: every statement of the library with its source, how well it is known and how strong it is.

What is least known stands first, so that a reader who has little time sees what to check.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from kapplan.dataclass import dataclass
from kapplan.model.fields import Level, Mark
from kapplan.model.measures import Measures
from kapplan.model.protocol import Protocol, Source
from kapplan.model.review import ReviewBook
from kapplan.model.rules import Instruction, Rulebook, ScreeningRule, TailoringRule
from kapplan.model.terms import NO_NAMES, MeasureNames
from kapplan.output.library.protocol_words import MARKS, due_words, rules_of
from kapplan.output.records.records import Column, Records
from kapplan.output.records.words import clean
from kapplan.planning.phrases.words import day_words, listed
from kapplan.planning.rules.condition_words import condition_words

_ORDER: tuple[Mark, ...] = ("M", "D", "S", "C")
_DEFAULT = "no source states it"
_STATED: tuple[Level, ...] = ("label", "protocol")
"""The levels of rules whose numbers are those of their source."""
_NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?![\w.-])")
_OWN = (
    "source", "level", "text", "note", "title", "short", "id", "facts", "cadence", "notes", "form", "answers",
    "unverified",
)  # fmt: skip
"""Fields of a record that are told elsewhere, or that are no statement by themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One thing that the library says: where, of what, in words; its source, if any states it."""

    where: str
    about: str
    text: str
    source: Source | None = None

    @property
    def mark(self) -> Mark:
        """How well it is known; what no source states is a default of ours."""
        return "D" if self.source is None else self.source.mark


def evidence_records(statements: Iterable[Statement], reviewed: date) -> Records:
    """Return one record a statement, the least known first; ``reviewed`` is when the library last was."""
    ordered = sorted(statements, key=lambda one: _ORDER.index(one.mark))
    return Records(
        columns=(
            Column(key="known", title="Known"),
            Column(key="mark", brief=False),
            Column(key="strength", title="Strength"),
            Column(key="where", title="Where"),
            Column(key="about", title="About"),
            Column(key="statement", title="Statement"),
            Column(key="cited", title="Source", brief=True),
            Column(key="source", brief=False),
            Column(key="author", brief=False),
            Column(key="year", brief=False),
            Column(key="identifier", brief=False),
        ),
        rows=tuple(_row(one) for one in ordered),
        schema="kapplan.evidence/1",
        name="statements",
        after=(f"The library was last reviewed on {day_words(reviewed)}. Strength: A label or trial to D practice.",),
        extra={"reviewed": reviewed.isoformat()},
    )


def _row(one: Statement) -> tuple[Any, ...]:
    source = one.source
    if source is None:
        return (MARKS["D"], "D", None, one.where, one.about, one.text, _DEFAULT, None, None, None, None)
    looked_up = "; ".join(source.identifiers) or source.no_identifier
    return (
        MARKS[source.mark], source.mark, source.strength, one.where, one.about, one.text,
        "; ".join(part for part in (source.cite, looked_up) if part), source.cite, source.author, source.year,
        looked_up,
    )  # fmt: skip


def of_protocol(protocol: Protocol, measures: MeasureNames = NO_NAMES) -> Iterator[Statement]:
    """Yield every rule of a protocol, its visits' lengths and tasks, and each number of it that no source states.

    ``measures`` are what people call them.
    """
    yield from _of_phases(protocol, measures)
    if protocol.result is not None:
        yield _said(protocol, "result", protocol.result.text, protocol.result.source)
    for name, visit in protocol.visits.items():
        if "minutes" not in visit.unverified:
            yield _said(protocol, name, f"takes {visit.minutes.total} minutes", visit.source)
        if visit.devices:
            yield _said(protocol, name, f"devices: {_words(visit.devices)}", visit.source)
        for task in visit.tasks:
            yield _said(protocol, name, f"{due_words(task.due_days, 'the visit')}: {task.text}", task.source)
        for path in visit.unverified:
            yield _said(protocol, name, f"{path}: {_words(_at(visit, path))}", None)


def _of_phases(protocol: Protocol, measures: MeasureNames) -> Iterator[Statement]:
    for rule in rules_of(protocol, measures):
        about = " ".join(part for part in (rule.phase, rule.about) if part)
        yield _said(protocol, about, rule.text, rule.source)
    for phase in protocol.phases:
        for series in phase.series:
            about = f"{phase.id} {series.id or series.visit}"
            for path in series.unverified:
                yield _said(protocol, about, f"{path}: {_words(_at(series, path))}", None)


def _said(protocol: Protocol, about: str, text: str, source: str | None) -> Statement:
    return Statement(where=protocol.id, about=about, text=clean(text), source=protocol.sources.get(source or ""))


def of_rules(book: Rulebook) -> Iterator[Statement]:
    """Yield every rule that screens, tailors, suggests or instructs, what numbers its sentence leaves out, drugs."""
    for kind in ("screening", "tailoring", "instructions"):
        for rule in getattr(book, kind):
            source = book.sources.get(rule.source)
            yield Statement(where=kind, about=rule.id, text=_rule_words(rule), source=source)
            if numbers := _unspoken(rule):
                stated = source if rule.level in _STATED else None
                yield Statement(where=kind, about=rule.id, text=numbers, source=stated)
    yield from _of_drugs(book)
    for fact in book.elsewhere:
        source = book.sources.get(fact.source)
        yield Statement(where="held elsewhere", about=listed(fact.facts), text=clean(fact.text), source=source)


def _rule_words(rule: ScreeningRule | TailoringRule | Instruction) -> str:
    """Return a rule's sentence, with the time that an instruction gives."""
    text = clean(rule.text)
    if isinstance(rule, Instruction):
        if rule.minutes_before is not None:
            return f"{text} [{rule.minutes_before} minutes before the visit]"
        if rule.hours_after is not None:
            return f"{text} [{rule.hours_after} hours after the visit]"
    return text


def _unspoken(rule: ScreeningRule | TailoringRule | Instruction) -> str:
    """Return what a rule asks and does in which a number stands that its sentence does not say; else nothing."""
    asked = condition_words(rule.when)
    done = [_words(effect) for effect in rule.effects] if isinstance(rule, TailoringRule) else []
    if isinstance(rule, ScreeningRule) and rule.task is not None:
        done.append(f"{due_words(rule.task.due_days, 'the first dose')}: {clean(rule.task.text)}")
    said = set(_NUMBER.findall(rule.text))
    told = [
        f"{head}{words}"
        for head, words in [("where ", asked), *(("", words) for words in done)]
        if set(_NUMBER.findall(words)) - said
    ]
    return "; ".join(told)


def _of_drugs(book: Rulebook) -> Iterator[Statement]:
    """Yield which drugs belong to which class, and what equals what."""
    classes = book.sources.get(book.known_by.get("classes", ""))
    for name, drugs in {**book.medications, **book.common}.items():
        yield Statement(where="medications", about=name, text=", ".join(drugs), source=classes)
    for name, members in book.groups.items():
        yield Statement(where="medications", about=name, text=f"the classes {', '.join(members)}", source=classes)
    tables = book.sources.get(book.known_by.get("equivalents", ""))
    for name, equal in book.equivalents.items():
        amounts = " or ".join(f"{amount:g}" for amount in equal)
        text = f"{amounts} mg equal 10 mg of diazepam"
        yield Statement(where="medications", about=name, text=text, source=tables)


def of_measures(measures: Measures) -> Iterator[Statement]:
    """Yield every band, threshold, alert and cadence of the measures."""
    for key, scale in measures.measures.items():
        yield from _sourced("measures", key, scale, measures.sources)


def of_reviews(book: ReviewBook) -> Iterator[Statement]:
    """Yield what reviews, reports and countdowns go by."""
    for field in dataclasses.fields(book):
        if field.name != "sources":
            yield from _sourced("reviews", field.name, getattr(book, field.name), book.sources)


def _sourced(where: str, about: str, value: Any, sources: Mapping[str, Source]) -> Iterator[Statement]:
    """Yield each record inside a value that names its source, in words."""
    if isinstance(value, tuple):
        for item in value:
            yield from _sourced(where, about, item, sources)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _sourced(where, f"{about} {key}", item, sources)
    elif dataclasses.is_dataclass(value):
        name = getattr(value, "id", None)
        about = f"{about} {name}" if name else about
        source: str | None = getattr(value, "source", None)
        if source is not None:
            yield Statement(where=where, about=about, text=_record_words(value), source=sources.get(source))
        for field in dataclasses.fields(value):
            yield from _sourced(where, about, getattr(value, field.name), sources)


def _record_words(record: Any) -> str:
    told = [clean(text) for name in ("text", "title", "note") if (text := getattr(record, name, None))]
    told += [
        f"{field.name.rstrip('_').replace('_', ' ')} {_words(value)}"
        for field in dataclasses.fields(record)
        if field.name not in _OWN
        and not _is_record(value := getattr(record, field.name))
        and value not in (None, (), False, "", field.default)
    ]
    return "; ".join(told) or type(record).__name__.lower()


def _is_record(value: Any) -> bool:
    inner = value[0] if isinstance(value, tuple) and value else value
    return dataclasses.is_dataclass(inner) or isinstance(inner, Mapping)


def _at(record: Any, path: str) -> Any:
    """Return what a dotted path leads to; items of lists count from 1."""
    value = record
    for step in path.split("."):
        value = value[int(step) - 1] if isinstance(value, tuple) and step.isdigit() else getattr(value, step, None)
    return value


def _words(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(_words(item) for item in value)
    if dataclasses.is_dataclass(value):
        told = ((field.name.rstrip("_"), getattr(value, field.name)) for field in dataclasses.fields(value))
        return ", ".join(
            f"{name} {_words(item)}" for name, item in told if item not in (None, (), False, 0) and name not in _OWN
        )
    return "not stated" if value is None else str(value)
