"""What a protocol may not say although every key and type is right."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator, Sequence
from itertools import combinations
from typing import Any

from kapplan.files.toml.faults import Fault, Path, nearest_of
from kapplan.files.toml.validator import Key, keys_of
from kapplan.model.fields import MINUTES_IN_DAY
from kapplan.model.protocol import (
    Anchor,
    Cap,
    Choice,
    LimitRule,
    MonthPoints,
    Phase,
    Points,
    Protocol,
    Series,
    Weeks,
    Window,
)
from kapplan.model.terms import KINDS, Kind
from kapplan.model.visits import PARTS, Gate, NeedByParts

FARTHEST = 3660
MOST_VISITS = 366
"""Bounds of what is laid out: ten years in days, and visits of one series, so that a slip does not ask for millions."""

WAYS_ON = ("continue", "stop")
"""Where a gate can lead other than to a phase."""


def protocol_faults(protocol: Protocol, measures: Collection[str] | None = None) -> Iterator[Fault]:
    """Yield what contradicts itself in a protocol; with ``measures`` given, also measures that nobody knows."""
    yield from _visit_type_faults(protocol)
    yield from _repeated_ids(protocol)
    phases = [phase.id for phase in protocol.phases]
    if not protocol.phases:
        yield Fault(("phases",), "the protocol has no phases")
    for index, phase in enumerate(protocol.phases):
        yield from _phase_faults(protocol, phase, ("phases", index))
    for index, limit in enumerate(protocol.limits):
        yield from _limit_faults(limit, ("limits", index))
    for index, task in enumerate(protocol.tasks):
        if task.numbers is not None:
            yield Fault(("tasks", index, "numbers"), "`numbers` has a meaning only for a task of a visit", key=True)
    for name in protocol.missed:
        yield from _unknown(name, phases, ("missed", name), "phase", key=True)
    yield from _sharing_faults(protocol)
    if protocol.route is not None and protocol.routes:
        yield Fault(("routes",), "`route` and `routes` contradict each other", "`routes` where the route is left open")
    for path, record in _records(protocol, ()):
        yield from _record_faults(protocol, record, path)
        if measures is not None:
            yield from _measure_faults(record, measures, path)


def _records(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    """Yield every record inside a value with its path in the file."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        yield path, value
        for key in keys_of(type(value)).values():
            yield from _records(getattr(value, key.field.name), (*path, key.name))
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from _records(item, (*path, index))
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from _records(item, (*path, name))


def _record_faults(protocol: Protocol, record: Any, path: Path) -> Iterator[Fault]:
    """Yield what is wrong with a part of the protocol, whichever it is."""
    yield from _source_faults(protocol, record, path)
    if isinstance(record, Window):
        yield from _window_faults(record, path)
    if isinstance(record, Anchor):
        yield from _anchor_faults(protocol, record, path)
    if isinstance(record, Series | Choice | Weeks | Points | MonthPoints | Window | Cap):
        yield from _size_faults(record, path)
    kinds = {protocol.kind_of(name) for name in protocol.visits}
    for name in ("visits", "apart", "shares_day_with", "holds"):
        yield from _idle_kinds(record, name, kinds, path)


def _keys(record: Any) -> Collection[Key]:
    kind: Any = type(record)
    keys: Collection[Key] = keys_of(kind).values()
    return keys


def _size_faults(record: Any, path: Path) -> Iterator[Fault]:
    """Yield numbers of days, weeks, months or visits that no course has."""
    for key in _keys(record):
        value = getattr(record, key.field.name)
        for number in value if isinstance(value, tuple) else (value,):
            if isinstance(number, int) and abs(number) > FARTHEST:
                yield Fault((*path, key.name), f"`{key.name}` is too large: {number}", f"{FARTHEST} at most")
    if isinstance(record, Weeks) and isinstance(record.until, int):
        visits = (record.until - record.from_ + 1) // record.every * record.count
        if visits > MOST_VISITS:
            yield Fault(path, f"these weeks hold {visits} visits", f"{MOST_VISITS} at most")
    if isinstance(record, Series) and (record.count or 1) > MOST_VISITS:
        yield Fault((*path, "count"), "`count` is too large", f"{MOST_VISITS} at most")


def _visit_type_faults(protocol: Protocol) -> Iterator[Fault]:
    for name, visit_type in protocol.visits.items():
        path: Path = ("visits", name)
        if visit_type.kind is None and name not in KINDS:
            expected = "`kind`, one of " + ", ".join(KINDS)
            yield Fault(
                path, f"`{name}` is no kind of visit and names none", expected, nearest_of(name, KINDS), key=True
            )
        if visit_type.devices == ():
            yield Fault((*path, "devices"), "`devices` names no number", "a number, or one for each dose in turn")
        if not 0 < visit_type.minutes.total <= MINUTES_IN_DAY:
            length = "no length" if visit_type.minutes.total == 0 else "more than a day"
            expected = "minutes such as { prepare = 10, administer = 50 }"
            yield Fault((*path, "minutes"), f"`{name}` takes {length}", expected, key=True)
        for index, task in enumerate(visit_type.tasks):
            if task.reauthorization:
                told = "`reauthorization` has a meaning only for a task of the course"
                yield Fault((*path, "tasks", index, "reauthorization"), told, key=True)
        for index, need in enumerate(visit_type.needs):
            if isinstance(need, NeedByParts) and not visit_type.minutes.during(need.parts):
                there = [part for part in PARTS if getattr(visit_type.minutes, part)]
                yield Fault(
                    (*path, "needs", index, "parts"), f"`{name}` has no such parts", f"some of {', '.join(there)}"
                )


def _repeated_ids(protocol: Protocol) -> Iterator[Fault]:
    lists: list[tuple[str, Path, Sequence[Any]]] = [
        ("phases", ("phases",), protocol.phases),
        ("limits", ("limits",), protocol.limits),
        ("tasks", ("tasks",), protocol.tasks),
    ]
    lists += [("series", ("phases", n, "series"), phase.series) for n, phase in enumerate(protocol.phases)]
    lists += [("tasks", ("visits", name, "tasks"), visit.tasks) for name, visit in protocol.visits.items()]
    for what, path, items in lists:
        ids = [item.id for item in items]
        for index, name in enumerate(ids):
            if name is not None and name in ids[:index]:
                yield Fault((*path, index, "id"), f"two {what} have the id `{name}`")


def _phase_faults(protocol: Protocol, phase: Phase, path: Path) -> Iterator[Fault]:
    if phase.id in WAYS_ON:
        yield Fault((*path, "id"), f"`{phase.id}` cannot be a phase: gates use the word")
    if not phase.series:
        yield Fault(path, f"the phase `{phase.id}` has no series of visits", key=True)
    for index, series in enumerate(phase.series):
        yield from _series_faults(protocol, series, (*path, "series", index))


def _series_faults(protocol: Protocol, series: Series, path: Path) -> Iterator[Fault]:
    yield from _unknown(series.visit, protocol.visits, (*path, "visit"), "visit type")
    ways = [name for name in ("count", "weeks", "each", "at") if getattr(series, name) is not None]
    for name in ways[1:]:
        expected = "one of count, weeks, each, at"
        yield Fault((*path, name), f"`{name}` contradicts `{ways[0]}`: both say how many visits", expected, key=True)
    if series.doses is not None and ways[:1] not in ([], ["count"]):
        yield Fault((*path, "doses"), f"`doses` cannot choose the number of a series given by `{ways[0]}`", key=True)
    if series.doses is not None and series.doses.min > series.doses.max:
        yield Fault((*path, "doses"), f"`min` {series.doses.min} is more than `max` {series.doses.max}")
    elif series.doses is not None and (series.count or 1) not in series.doses.numbers:
        yield Fault((*path, "doses"), f"`count` {series.count or 1} is not among the numbers that may be chosen")
    if series.before_next is not None and series.each is None:
        yield Fault((*path, "before_next"), "`before_next` has a meaning only together with `each`", key=True)
    if series.lead is not None and series.after is None:
        yield Fault((*path, "lead"), "`lead` does not say after what", "`after` with an anchor", key=True)
    if series.weeks is not None:
        yield from _weeks_faults(series.weeks, (*path, "weeks"))
    if series.each is not None:
        yield from _of_faults(protocol, series.each.visit, series.each.of, (*path, "each"), "visit")
    yield from _point_faults(series, (*path, "at"))
    if series.gate is not None:
        yield from _gate_faults(protocol, series.gate, (*path, "gate"))


def _weeks_faults(weeks: Weeks, path: Path) -> Iterator[Fault]:
    if isinstance(weeks.until, int) and weeks.until < weeks.from_:
        yield Fault((*path, "until"), f"week {weeks.until} lies before week {weeks.from_}", f"{weeks.from_} or more")


def _point_faults(series: Series, path: Path) -> Iterator[Fault]:
    if series.at is None:
        return
    if not (series.at.days or series.at.weeks or series.at.months):
        yield Fault(path, "`at` names no points", "any of days, weeks, months")
    months = series.at.months
    if isinstance(months, MonthPoints) and months.until is not None and months.until < months.from_:
        yield Fault((*path, "months", "until"), f"month {months.until} lies before month {months.from_}")
    if isinstance(months, MonthPoints) and months.choices and months.every not in months.choices:
        one_of = "one of " + ", ".join(map(str, months.choices))
        yield Fault((*path, "months", "every"), f"`every` {months.every} is not among the `choices`", one_of)


def _window_faults(window: Window, path: Path) -> Iterator[Fault]:
    low, high = window.min, window.max
    if low is not None and high is not None and low > high:
        yield Fault((*path, "max"), f"`max` {high} is less than `min` {low}")
        return
    if window.target_days is None:
        if low is None and high is None:
            yield Fault(path, "this rule says nothing", "any of min, target, max", key=True)
        return
    near, far = window.target_days
    if near > far:
        yield Fault((*path, "target"), f"the target ends before it begins: {near} to {far}", nearest=f"[{far}, {near}]")
    elif (low is not None and near < low) or (high is not None and far > high):
        bounds = f"{'' if low is None else low}..{'' if high is None else high}"
        yield Fault((*path, "target"), f"the target lies outside of what `min` and `max` allow, {bounds}")


def _anchor_faults(protocol: Protocol, anchor: Anchor, path: Path) -> Iterator[Fault]:
    given = [name for name in ("first", "last", "visit") if getattr(anchor, name) is not None]
    if len(given) != 1:
        yield Fault(path, "an anchor names exactly one visit", "one of first, last, visit (with number)")
        return
    if anchor.visit is not None and anchor.number is None:
        yield Fault(path, "`number` is missing: which visit of the kind?", "a whole number, 1 or more")
    if anchor.visit is None and anchor.number is not None:
        yield Fault((*path, "number"), f"`number` contradicts `{given[0]}`", "`visit` in its place", key=True)
    yield from _of_faults(protocol, getattr(anchor, given[0]), anchor.of, path, given[0])


def _of_faults(protocol: Protocol, kind: Kind, of: str | None, path: Path, name: str) -> Iterator[Fault]:
    """Yield an unknown phase, and a kind of visit that neither it nor the course has."""
    phases = [phase.id for phase in protocol.phases]
    if of is not None and of not in phases:
        yield from _unknown(of, phases, (*path, "of"), "phase")
        return
    there = {
        protocol.kind_of(series.visit) for phase in protocol.phases if of in {None, phase.id} for series in phase.series
    }
    if kind not in there:
        where = f"the phase `{of}`" if of is not None else "the protocol"
        yield Fault((*path, name), f"{where} has no {kind} visits", nearest=nearest_of(kind, there))


def _gate_faults(protocol: Protocol, gate: Gate, path: Path) -> Iterator[Fault]:
    ways = (*(phase.id for phase in protocol.phases), *WAYS_ON)
    for name, way in (("then", gate.then), ("otherwise", gate.otherwise)):
        yield from _unknown(way, ways, (*path, name), "phase")
    phases = ways[: -len(WAYS_ON)]
    for name, phase in (("then_or", gate.then_or), ("otherwise_or", gate.otherwise_or)):
        if phase is not None:
            yield from _unknown(phase, phases, (*path, name), "phase")
    criteria = [name for name in ("response", "at_most", "at_least") if getattr(gate, name) is not None]
    if gate.measure is not None and not criteria:
        yield Fault(path, "the gate does not say which score opens it", "any of response, at_most, at_least")
    if gate.measure is None and criteria:
        yield Fault((*path, criteria[0]), "the gate does not say which `measure` decides", key=True)
    if gate.at_most is not None and gate.at_least is not None and gate.at_most < gate.at_least:
        yield Fault((*path, "at_least"), f"no score is {gate.at_least} or more and {gate.at_most} or less")


def _limit_faults(limit: LimitRule, path: Path) -> Iterator[Fault]:
    if (limit.cap is None) == (limit.apart is None):
        yield Fault(path, f"the limit `{limit.id}` must be one thing", "either `cap` or `apart`", key=True)
    if limit.apart is not None and len(limit.apart) == 0:
        yield Fault((*path, "apart"), "`apart` names no kinds of visits")
    if limit.cap is not None and not limit.cap.visits:
        yield Fault((*path, "cap", "visits"), "the cap names no kinds of visits")


def _sharing_faults(protocol: Protocol) -> Iterator[Fault]:
    """Yield a third kind that could share a day with two that share it already: a day holds two visits at most."""
    shared: dict[frozenset[str], Path] = {}
    for p, phase in enumerate(protocol.phases):
        for s, series in enumerate(phase.series):
            kind = protocol.kind_of(series.visit)
            for index, other in enumerate(series.shares_day_with):
                shared.setdefault(frozenset((kind, other)), ("phases", p, "series", s, "shares_day_with", index))
    kinds = sorted({kind for pair in shared for kind in pair})
    for trio in combinations(kinds, 3):
        pairs = [frozenset(pair) for pair in combinations(trio, 2)]
        if all(pair in shared for pair in pairs):
            path = max((shared[pair] for pair in pairs), key=lambda place: (place[1], place[3], place[5]))
            yield Fault(path, f"three kinds of visits cannot share a day: {', '.join(trio)}", "two kinds at most")


def _source_faults(protocol: Protocol, record: Any, path: Path) -> Iterator[Fault]:
    """Yield an unknown source, and a level that needs a source where there is none."""
    source = getattr(record, "source", None)
    if source is not None:
        yield from _unknown(source, protocol.sources, (*path, "source"), "source")
    if getattr(record, "level", None) in {"label", "protocol"} and source is None:
        message = f'a rule of level "{record.level}" must name its source'
        yield Fault((*path, "level"), message, "`source`, a key of [sources]")


def _measure_faults(record: Any, measures: Collection[str], path: Path) -> Iterator[Fault]:
    for index, measure in enumerate(getattr(record, "measures", None) or ()):
        yield from _unknown(measure, measures, (*path, "measures", index), "measure")
    if isinstance(record, Gate) and record.measure is not None:
        yield from _unknown(record.measure, measures, (*path, "measure"), "measure")


def _idle_kinds(record: Any, name: str, kinds: Collection[str], path: Path) -> Iterator[Fault]:
    """Yield kinds that a rule speaks of and that no visit of the protocol has."""
    named = getattr(record, name, None)
    for index, kind in enumerate(named if isinstance(named, tuple) else ()):
        if kind not in kinds:
            yield Fault((*path, name, index), f"the protocol has no {kind} visits", nearest=nearest_of(kind, kinds))


def _unknown(name: str, known: Collection[str], path: Path, what: str, *, key: bool = False) -> Iterator[Fault]:
    if name not in known:
        expected = "one of " + ", ".join(known) if known else f"a {what} that the file defines"
        yield Fault(path, f"unknown {what} `{name}`", expected, nearest_of(name, known), key=key)
