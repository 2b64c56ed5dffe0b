"""Layout: a protocol becomes the visits, timing rules and limits of one course, still without dates.

A course is laid out in two parts: the active course first, then the follow-up, whose length is counted from the last
dose of the first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kapplan.dataclass import replace
from kapplan.dates import DAYS_IN_WEEK
from kapplan.model.clinic import Clinic
from kapplan.model.profile import Profile
from kapplan.model.protocol import Phase, Protocol, Series, VisitType
from kapplan.model.regimen import Cited, Limit, Regimen, RegimenVisit
from kapplan.model.terms import DOSES, Kind
from kapplan.model.visits import PARTS, Minutes
from kapplan.planning.regimen.branches import phases_on_the_way
from kapplan.planning.regimen.nominal import nominal_days
from kapplan.planning.regimen.same_day import apart_limits, one_visit_a_day
from kapplan.planning.regimen.series import Layout, Node, fixed_doses_of, nodes_of
from kapplan.planning.regimen.timing import WEEKLY_CAP, rule_name, timing_of
from kapplan.planning.regimen.widen import widened


def lay_out(protocol: Protocol, profile: Profile, clinic: Clinic | None = None) -> Regimen:
    """Return the course of a protocol for one patient.

    ``clinic`` gives lengths of visits that differ from the protocol's. Visits are listed in the order of their nominal
    days; the start of the first visit is not among the rules (it belongs to the calendar, not to the protocol). Rules
    are as wide as the profile says; what it may not widen stays (``widen.refusals`` tells).
    """
    way = phases_on_the_way(protocol, profile.treatment.assume)
    layout = Layout(protocol=protocol, treatment=profile.treatment, fixed_doses=fixed_doses_of(protocol, way))
    add_phases(layout, [phase for phase in way if not phase.follow_up])
    if any(phase.follow_up for phase in way):
        layout.last_dose = _last_dose_after_first(layout)
        add_phases(layout, [phase for phase in way if phase.follow_up])
    nominal = nominal_days([node.id for node in layout.nodes], layout.timing)
    order = sorted(range(len(layout.nodes)), key=lambda n: (nominal[layout.nodes[n].id], n))
    nodes = [layout.nodes[n] for n in order]
    awaits = awaits_of(layout, way, nominal)
    regimen = Regimen(
        protocol=protocol.id,
        visits=tuple(
            _with_devices(regimen_visit(node, clinic, nominal[node.id], awaits[node.id]), protocol, profile)
            for node in nodes
        ),
        timing=tuple(layout.timing),
        limits=(*one_visit_a_day(nodes), *limits_of(layout, nodes)),
        sources=tuple(_cited(protocol)),
        tasks=protocol.tasks,
    )
    return widened(regimen, profile.widen)


def _with_devices(visit: RegimenVisit, protocol: Protocol, profile: Profile) -> RegimenVisit:
    """Return a dosing visit with the number of devices that the profile says this patient takes.

    Where the protocol begins with fewer devices, those first doses take no more than it says.
    """
    devices = profile.treatment.devices_per_visit
    if devices is None or visit.kind not in DOSES:
        return visit
    by_number = protocol.visits[visit.type].devices
    begins = isinstance(by_number, tuple) and visit.number < len(by_number)
    return replace(visit, devices=min(devices, visit.devices) if begins else devices)


def add_phases(layout: Layout, phases: list[Phase]) -> None:
    """Add the nodes of the phases and, once all are numbered, their timing rules."""
    new: dict[tuple[int, int], list[Node]] = {}
    for independent in (True, False):
        for p, phase in enumerate(phases):
            for s, series in enumerate(phase.series):
                if (series.each is None) == independent:
                    earlier = [*layout.nodes, *(node for row in new.values() for node in row)]
                    new[p, s] = list(nodes_of(layout, phase, series, earlier))
    for key in sorted(new):
        for node in new[key]:
            node.number = layout.taken[node.kind] = layout.next_number(node.kind)
            layout.nodes.append(node)
    for key in sorted(new):
        if new[key]:
            layout.timing.extend(timing_of(layout, new[key]))


def _last_dose_after_first(layout: Layout) -> int:
    """Return how many days after the first dose the last one of the active course nominally falls."""
    doses = layout.of_kind("dosing")
    if not doses:
        return 0
    nominal = nominal_days([node.id for node in layout.nodes], layout.timing)
    return max(nominal[node.id] for node in doses) - nominal[doses[0].id]


def limits_of(layout: Layout, nodes: list[Node]) -> Iterator[Limit]:
    """Yield the limits of the series of some nodes and those of the protocol, as they bind the nodes."""
    first = layout.first_dose()
    for phase, series in _series_in(nodes):
        weeks = series.weeks
        if weeks is not None and first is not None:
            members = tuple(node.id for node in nodes if node.series is series)
            yield Limit(
                rule=rule_name(phase, series, WEEKLY_CAP), type="cap", visits=members, anchor=first.id,
                every=DAYS_IN_WEEK, max=weeks.count, level=weeks.level, source=weeks.source,
            )  # fmt: skip
    for limit in layout.protocol.limits:
        if limit.cap is not None and first is not None:
            members = tuple(node.id for node in nodes if node.kind in limit.cap.visits)
            yield Limit(
                rule=limit.id, type="cap", visits=members, anchor=first.id, every=limit.cap.every, max=limit.cap.max,
                level=limit.level, source=limit.source, text=limit.text,
            )  # fmt: skip
        if limit.apart is not None:
            yield from apart_limits(limit, nodes)


def _series_in(nodes: Iterable[Node]) -> Iterator[tuple[Phase, Series]]:
    seen: set[int] = set()
    for node in nodes:
        if id(node.series) not in seen:
            seen.add(id(node.series))
            yield node.phase, node.series


def awaits_of(layout: Layout, way: tuple[Phase, ...], nominal: dict[str, int]) -> dict[str, tuple[str, ...]]:
    """Return, for each visit, the gate visits that must be settled before it is more than provisional.

    A gate holds what comes after it: the later phases, and what of its own phase nominally falls on a later day.
    """
    position = {phase.id: place for place, phase in enumerate(way)}
    nodes = [node for node in layout.nodes if not node.standing]
    gates = [node for node in nodes if node.series.gate is not None]

    def place_of(node: Node) -> tuple[int, int]:
        return position[node.phase.id], nominal[node.id]

    def held(node: Node, gate_node: Node) -> bool:
        gate = gate_node.series.gate
        if gate is None or place_of(node) <= place_of(gate_node):
            return False
        return gate.holds is None or node.kind in gate.holds

    return {node.id: tuple(gate.id for gate in gates if held(node, gate)) for node in nodes}


def regimen_visit(node: Node, clinic: Clinic | None, nominal: int, awaits: tuple[str, ...]) -> RegimenVisit:
    """Return a node as a visit of the regimen."""
    visit_type = node.type
    measures = visit_type.measures if node.series.measures is None else node.series.measures
    return RegimenVisit(
        id=node.id,
        kind=node.kind,
        number=node.number,
        type=node.series.visit,
        title=visit_type.title or node.series.visit.replace("-", " ").capitalize(),
        phase=node.phase.id,
        tier=node.tier,
        place=visit_type.place,
        minutes=lengths_of(node.type, node.series.visit, node.kind, clinic),
        needs=visit_type.needed,
        parts=visit_type.parts,
        escort=visit_type.escort,
        devices=_devices(visit_type, node.number),
        measures=measures,
        tasks=tuple(
            replace(task, numbers=None)
            for task in visit_type.tasks
            if task.numbers is None or node.number in task.numbers
        ),
        awaits=awaits,
        gate=node.series.gate,
        nominal=nominal,
        unverified=(*visit_type.unverified, *node.series.unverified),
    )


def _devices(visit_type: VisitType, number: int) -> int:
    """Return how many devices the dose of a number takes."""
    devices = visit_type.devices
    return devices if isinstance(devices, int) else devices[min(number, len(devices)) - 1]


def lengths_of(visit: VisitType, name: str, kind: Kind, clinic: Clinic | None) -> Minutes:
    """Return the lengths of the parts of a protocol's visit ``name``: the clinic's where it gives one."""
    changes = clinic.minutes if clinic is not None else {}
    change = changes.get(name) or changes.get(kind)
    if change is None:
        return visit.minutes
    own = {part: getattr(change, part) for part in PARTS}
    return replace(visit.minutes, **{part: minutes for part, minutes in own.items() if minutes is not None})


def _cited(protocol: Protocol) -> Iterator[Cited]:
    for key, source in protocol.sources.items():
        link = source.url
        if source.doi:
            link = f"doi:{source.doi}"
        elif source.pmid:
            link = f"PMID {source.pmid}"
        elif source.registration:
            link = source.registration
        yield Cited(key=key, cite=source.cite, mark=source.mark, strength=source.strength, link=link)
