"""Which phases a course goes through, given the branch of each gate that is laid out as provisional."""

from __future__ import annotations

from typing import Literal

from kapplan.model.protocol import Phase, Protocol
from kapplan.model.visits import Gate

Assumption = Literal["responds", "no-response"]


def named_by_gates(protocol: Protocol) -> frozenset[str]:
    """Return the ids of the phases that are only entered through a gate."""
    gates = [series.gate for phase in protocol.phases for series in phase.series if series.gate is not None]
    by_rule = frozenset(target for gate in gates for target in (gate.then, gate.otherwise)) - {"continue", "stop"}
    return by_rule | chosen_by_judgement(protocol)


def chosen_by_judgement(protocol: Protocol) -> frozenset[str]:
    """Return the ids of the phases that a clinician may choose at a gate in place of what its rule leads to."""
    gates = (series.gate for phase in protocol.phases for series in phase.series if series.gate is not None)
    return frozenset(target for gate in gates for target in (gate.then_or, gate.otherwise_or) if target is not None)


def outcome(gate: Gate, assume: Assumption) -> str:
    """Return where a gate leads under an assumption; a gate that measures nothing opens when it is recorded."""
    if gate.measure is None or assume == "responds":
        return gate.then
    return gate.otherwise


def phases_on_the_way(protocol: Protocol, assume: Assumption) -> tuple[Phase, ...]:
    """Return the phases of the course in the order in which they are gone through.

    Phases on request are never among them, and a phase named by a gate only where that gate leads to it.
    """
    return _way(protocol, _unnamed(protocol), assume)


def phases_from(protocol: Protocol, target: str, gate_phase: str | None = None) -> tuple[Phase, ...]:
    """Return the phases of a course that goes on with ``target``: a phase, or ``continue`` after ``gate_phase``.

    Later gates are taken as passed. Nothing follows ``stop``.
    """
    if target == "stop":
        return ()
    unnamed = _unnamed(protocol)
    first = [phase for phase in protocol.phases if phase.id == target]
    last_left = target if any(phase in unnamed for phase in first) else gate_phase
    place = next((place for place, phase in enumerate(protocol.phases) if phase.id == last_left), -1)
    later = protocol.phases[place + 1 :]
    return _way(protocol, [*first, *(phase for phase in unnamed if phase in later)], "responds")


def _unnamed(protocol: Protocol) -> list[Phase]:
    named = named_by_gates(protocol)
    return [phase for phase in protocol.phases if phase.id not in named and not phase.on_request]


def _way(protocol: Protocol, waiting: list[Phase], assume: Assumption) -> tuple[Phase, ...]:
    by_id = {phase.id: phase for phase in protocol.phases}
    way: list[Phase] = []
    while waiting:
        phase = waiting.pop(0)
        way.append(phase)
        for series in phase.series:
            target = "continue" if series.gate is None else outcome(series.gate, assume)
            if target == "stop":
                return tuple(way)
            if target != "continue" and by_id[target] not in way:
                waiting.insert(0, by_id[target])
    return tuple(way)
