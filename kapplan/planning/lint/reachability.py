"""Ways through a protocol: phases that no course enters, series without visits, gates that nobody reaches or passes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import product

from kapplan.dataclass import replace
from kapplan.model.measures import Scale
from kapplan.model.protocol import Phase, Protocol
from kapplan.model.visits import Gate
from kapplan.planning.lint.context import Path, ProtocolPlaces, Remark, bare_profile, without_gates
from kapplan.planning.lint.contradictions import most_doses
from kapplan.planning.regimen.branches import named_by_gates
from kapplan.planning.regimen.layout import lay_out

_MOST_GATES = 8
_LONG_MAINTENANCE = 36
"""Months of follow-up that are laid out to see whether a series ever has a visit."""


def way_remarks(places: ProtocolPlaces, scales: Mapping[str, Scale]) -> Iterator[Remark]:
    """Yield what the ways through the gates, and the gates themselves, leave out of reach."""
    protocol = places.protocol
    ways = dict.fromkeys(_ways(protocol))
    ways |= dict.fromkeys(_by_judgement(protocol, ways))
    entered = {phase.id for way in ways for phase in way}
    for p, phase in enumerate(protocol.phases):
        if phase.id not in entered and not phase.on_request:
            gate = ", and nobody reaches its gate" if any(series.gate for series in phase.series) else ""
            expected = "a gate that leads to it, or a way that goes on to it"
            yield Remark("way", ("phases", p, "id"), f"no course ever enters the phase `{phase.id}`{gate}", expected)
    yield from _without_visits(places, ways, entered)
    for path, asked, measured in _gates(protocol):
        yield from _gate_remarks(path, asked, measured, scales)


def _ways(protocol: Protocol) -> Iterator[tuple[Phase, ...]]:
    """Yield the phases of every course, whatever each gate finds."""
    gates = [(p, s) for p, phase in enumerate(protocol.phases) for s, series in enumerate(phase.series) if series.gate]
    for results in product((True, False), repeat=min(len(gates), _MOST_GATES)):
        yield _way(protocol, dict(zip(gates, results, strict=False)))


def _by_judgement(protocol: Protocol, ways: Iterable[tuple[Phase, ...]]) -> Iterator[tuple[Phase, ...]]:
    """Yield each way once more with every phase at its end that a clinician may choose at one of its gates."""
    for way in ways:
        gates = [series.gate for phase in way for series in phase.series if series.gate is not None]
        chosen = {target for gate in gates for target in (gate.then_or, gate.otherwise_or)}
        yield from ((*way, phase) for phase in protocol.phases if phase.id in chosen and phase not in way)


def _way(protocol: Protocol, passed: Mapping[tuple[int, int], bool]) -> tuple[Phase, ...]:
    """Return the phases of a course whose gates are passed or not, in the order of ``branches``.

    A gate without a measure opens when it is recorded, and so has one way only.
    """
    index = {phase.id: p for p, phase in enumerate(protocol.phases)}
    named = named_by_gates(protocol)
    waiting = [phase for phase in protocol.phases if phase.id not in named and not phase.on_request]
    way: list[Phase] = []
    while waiting:
        phase = waiting.pop(0)
        way.append(phase)
        for s, series in enumerate(phase.series):
            gate = series.gate
            opens = gate is None or gate.measure is None or passed.get((index[phase.id], s), True)
            target = "continue" if gate is None else gate.then if opens else gate.otherwise
            if target == "stop":
                return tuple(way)
            if target != "continue" and protocol.phases[index[target]] not in way:
                waiting.insert(0, protocol.phases[index[target]])
    return tuple(way)


def _without_visits(
    places: ProtocolPlaces, ways: Iterable[tuple[Phase, ...]], entered: Collection[str]
) -> Iterator[Remark]:
    """Yield series of phases that are entered and that have no visit in any course."""
    protocol = places.protocol
    filled: set[str] = set()
    for way in ways:
        course = replace(protocol, phases=tuple(without_gates(phase) for phase in way))
        for doses in (None, most_doses(protocol)):
            profile = bare_profile(course, doses=doses, months=_LONG_MAINTENANCE)
            filled |= {visit.type for visit in lay_out(course, profile).visits}
    for phase in protocol.phases:
        for series in phase.series:
            if series.visit not in filled and phase.id in entered:
                gate = ", so nobody reaches its gate" if series.gate is not None else ""
                expected = "visits to accompany, or points, that the course has"
                message = f"no course has a visit of this series{gate}"
                yield Remark("way", places.of_series(series.visit), message, expected, key=True)


def _gates(protocol: Protocol) -> Iterator[tuple[Path, Gate, tuple[str, ...]]]:
    """Yield each gate with its path and the measures that are taken at its visit."""
    for p, phase in enumerate(protocol.phases):
        for s, series in enumerate(phase.series):
            if series.gate is not None:
                measured = protocol.visits[series.visit].measures if series.measures is None else series.measures
                yield ("phases", p, "series", s, "gate"), series.gate, measured


def _gate_remarks(path: Path, gate: Gate, measured: Collection[str], scales: Mapping[str, Scale]) -> Iterator[Remark]:
    """Yield scores that no patient can have, and a gate whose visit does not take the measure it asks for."""
    if gate.measure is None:
        return
    if gate.measure not in measured:
        message = f"the gate decides by {gate.measure}, which its visit does not measure"
        expected = f'"{gate.measure}" among the `measures` of the visit or the series'
        yield Remark("measure", (*path, "measure"), message, expected, warning=True)
    scale = scales.get(gate.measure)
    if scale is None or scale.max is None:
        return
    bounds = f"a score of {gate.measure}, {scale.min} to {scale.max}"
    if gate.at_most is not None and gate.at_most < scale.min:
        message = f"nobody passes this gate: no score is {gate.at_most} or less"
        yield Remark("score", (*path, "at_most"), message, bounds)
    if gate.at_least is not None and gate.at_least > scale.max:
        message = f"nobody passes this gate: no score is {gate.at_least} or more"
        yield Remark("score", (*path, "at_least"), message, bounds)
    if gate.at_most is not None and gate.at_most >= scale.max and gate.response is None:
        message = f"everybody passes this gate: every score is {gate.at_most} or less"
        yield Remark("score", (*path, "at_most"), message, bounds, warning=True)
