"""Layout: a protocol becomes the visits, timing rules and limits of one course, still without dates.

Nodes are the visits while the course is being laid out. A course is laid out in two parts: the active course first,
then the follow-up, whose length is counted from the last dose of the first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise

from kapplan.dates import DAYS_IN_WEEK
from kapplan.model.clinic import Clinic
from kapplan.model.profile import Profile, Treatment
from kapplan.model.protocol import Anchor, Days, MonthPoints, Phase, Points, Protocol, Series, VisitType, Window
from kapplan.model.regimen import Cited, Limit, Regimen, RegimenVisit, TimingRule
from kapplan.model.terms import Kind, Tier
from kapplan.model.visits import Minutes
from kapplan.planning.branches import phases_on_the_way
from kapplan.planning.nominal import DAYS_IN_MONTH, nominal_days
from kapplan.planning.sharing import apart_limits, one_visit_a_day

WEIGHT_BETWEEN_DOSES = 8
WEIGHT_OF_COURSE = 4
WEIGHT_OF_FOLLOW_UP = 1
"""What a day outside the target costs where the protocol says nothing (design, placement objective)."""

DOSES: tuple[Kind, ...] = ("dosing", "booster")


@dataclass(slots=True, eq=False)
class Node:
    """A visit that is being laid out; ``index`` counts within its series. A ``standing`` one was laid out before."""

    phase: Phase
    series: Series
    type: VisitType
    kind: Kind
    tier: Tier
    index: int
    week: int | None = None
    of: Node | None = None
    point: tuple[int, int | None] | None = None
    number: int = 0
    standing: bool = False

    @property
    def id(self) -> str:
        """Kind and number."""
        return f"{self.kind}-{self.number}"


@dataclass(slots=True)
class Layout:
    """The course so far, for one protocol and one patient's treatment.

    ``taken`` is the highest number that visits of a kind have had, where there are more of them than ``nodes``.
    """

    protocol: Protocol
    treatment: Treatment
    nodes: list[Node] = field(default_factory=list)
    timing: list[TimingRule] = field(default_factory=list)
    fixed_doses: int = 0
    last_dose: int = 0
    taken: dict[Kind, int] = field(default_factory=dict)

    def next_number(self, kind: Kind) -> int:
        """Return the number of the next visit of a kind."""
        return max(len(self.of_kind(kind)), self.taken.get(kind, 0)) + 1

    def of_kind(self, kind: Kind, phase: str | None = None) -> list[Node]:
        """Return the nodes of a kind in the order of their numbers, of one phase or of the whole course."""
        return [node for node in self.nodes if node.kind == kind and phase in {None, node.phase.id}]

    def anchor(self, anchor: Anchor) -> Node | None:
        """Return the node an anchor names, or ``None`` where this course has no such visit."""
        kind = anchor.first or anchor.last or anchor.visit
        candidates = self.of_kind(kind, anchor.of) if kind else []
        if anchor.number is not None:
            return candidates[anchor.number - 1] if anchor.number <= len(candidates) else None
        if not candidates:
            return None
        return candidates[0] if anchor.first else candidates[-1]

    def first_dose(self) -> Node | None:
        """Return the first dose: where treatment week 1 begins."""
        doses = self.of_kind("dosing")
        return doses[0] if doses else None


def lay_out(protocol: Protocol, profile: Profile, clinic: Clinic | None = None) -> Regimen:
    """Return the course of a protocol for one patient.

    ``clinic`` gives lengths of visits that differ from the protocol's. Visits are listed in the order of their nominal
    days; the start of the first visit is not among the rules (it belongs to the calendar, not to the protocol).
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
    return Regimen(
        protocol=protocol.id,
        visits=tuple(regimen_visit(node, clinic, nominal[node.id], awaits[node.id]) for node in nodes),
        timing=tuple(layout.timing),
        limits=(*one_visit_a_day(nodes), *limits_of(layout, nodes)),
        sources=tuple(_cited(protocol)),
        tasks=protocol.tasks,
    )


def add_phases(layout: Layout, phases: list[Phase]) -> None:
    """Add the nodes of the phases and, once all are numbered, their timing rules."""
    new: dict[tuple[int, int], list[Node]] = {}
    for independent in (True, False):
        for p, phase in enumerate(phases):
            for s, series in enumerate(phase.series):
                if (series.each is None) == independent:
                    earlier = [*layout.nodes, *(node for row in new.values() for node in row)]
                    new[p, s] = list(_nodes(layout, phase, series, earlier))
    for key in sorted(new):
        for node in new[key]:
            node.number = layout.taken[node.kind] = layout.next_number(node.kind)
            layout.nodes.append(node)
    for key in sorted(new):
        if new[key]:
            layout.timing.extend(_timing(layout, new[key]))


def _last_dose_after_first(layout: Layout) -> int:
    """Return how many days after the first dose the last one of the active course nominally falls."""
    doses = layout.of_kind("dosing")
    if not doses:
        return 0
    nominal = nominal_days([node.id for node in layout.nodes], layout.timing)
    return max(nominal[node.id] for node in doses) - nominal[doses[0].id]


# Nodes: how many visits a series has


def _nodes(layout: Layout, phase: Phase, series: Series, earlier: list[Node]) -> Iterator[Node]:
    kind_of_type = layout.protocol.visits[series.visit]
    kind: Kind = kind_of_type.kind or series.visit  # type: ignore[assignment]
    tier: Tier = "follow-up" if phase.follow_up else "course"

    def node(index: int) -> Node:
        return Node(phase=phase, series=series, type=kind_of_type, kind=kind, tier=tier, index=index)

    if series.weeks is not None:
        for index, week in enumerate(_weeks(layout, series)):
            yield replace(node(index), week=week)
    elif series.each is not None:
        for index, dose in enumerate(_picked(series, phase, earlier)):
            yield replace(node(index), of=dose)
    elif series.at is not None:
        for index, point in enumerate(_points(layout, series.at, follow_up=phase.follow_up)):
            yield replace(node(index), point=point)
    else:
        for index in range(_count(layout, series)):
            yield node(index)


def _weeks(layout: Layout, series: Series) -> Iterator[int]:
    weeks = series.weeks
    if weeks is None:
        return
    until = weeks.until
    if until == "maintenance":
        days = layout.last_dose + layout.treatment.maintenance_months * DAYS_IN_MONTH
        until = int(days) // DAYS_IN_WEEK + 1
    for week in range(weeks.from_, until + 1, weeks.every):
        yield from [week] * weeks.count


def _picked(series: Series, phase: Phase, nodes: list[Node]) -> list[Node]:
    """Return the visits that a series of ``each`` accompanies."""
    each = series.each
    if each is None:
        return []
    scope = each.of
    doses = [
        node
        for node in nodes
        if node.kind == each.visit and (scope is None or node.phase.id == scope) and not node.standing
    ]
    if scope is None:
        doses = [node for node in doses if node.phase.follow_up == phase.follow_up]
    if not each.last:
        doses = doses[:-1]
    if each.numbers is None and each.then_every is None:
        return doses
    wanted = set(each.numbers or ())
    if each.then_every is not None:
        first = max(wanted, default=0) + each.then_every
        wanted |= set(range(first, len(doses) + 1, each.then_every))
    return [dose for number, dose in enumerate(doses, start=1) if number in wanted]


def _points(layout: Layout, points: Points, *, follow_up: bool) -> Iterator[tuple[int, int | None]]:
    """Return each point as days or as (0, calendar months), nearest first; a follow-up's through the maintenance."""
    maintenance = layout.treatment.maintenance_months
    months = points.months
    if isinstance(months, MonthPoints):
        months = tuple(range(months.from_, (months.until or maintenance) + 1, months.every))
    found: list[tuple[float, tuple[int, int | None]]] = []
    found += [(days, (days, None)) for days in (*points.days, *(week * DAYS_IN_WEEK for week in points.weeks))]
    found += [(month * DAYS_IN_MONTH, (0, month)) for month in months]
    for distance, point in sorted(found, key=lambda pair: pair[0]):
        if not follow_up or distance <= maintenance * DAYS_IN_MONTH:
            yield point


def _count(layout: Layout, series: Series) -> int:
    """Return the number of a plain series; the profile's ``doses`` counts all doses of the active course."""
    asked = layout.treatment.doses
    if series.doses is None or asked is None:
        return series.count or 1
    return min(max(asked - layout.fixed_doses, series.doses.min), series.doses.max)


def fixed_doses_of(protocol: Protocol, way: Iterable[Phase]) -> int:
    """Return how many doses of the active course no choice can change."""
    total = 0
    for phase in way:
        for series in phase.series:
            kind = protocol.visits[series.visit].kind or series.visit
            if kind == "dosing" and series.doses is None and not phase.follow_up:
                weeks = series.weeks
                if weeks is None:
                    total += series.count or 1
                elif weeks.until != "maintenance":
                    total += weeks.count * len(range(weeks.from_, weeks.until + 1, weeks.every))
    return total


# Timing: what binds the visits of a series


def _timing(layout: Layout, nodes: list[Node]) -> Iterator[TimingRule]:
    series = nodes[0].series
    rule = _rule_maker(series)
    if series.each is not None:
        for node in nodes:
            yield from _around_each(layout, node, rule)
    elif series.at is not None:
        yield from _around_points(layout, nodes, rule)
    else:
        yield from _chain(layout, nodes, rule)
    if series.weeks is not None:
        yield from _in_weeks(layout, nodes, rule)
    for number, extra in enumerate(series.rules, start=1):
        anchor = layout.anchor(extra.after)
        chosen = {"first": nodes[:1], "last": nodes[-1:], "each": nodes}[extra.which]
        for node in chosen:
            if anchor is not None and anchor is not node:
                yield rule(f"rule-{number}", node, anchor, extra)


RuleMaker = Callable[..., TimingRule]


def _rule_maker(series: Series) -> RuleMaker:
    def make(
        name: str, node: Node, anchor: Node, window: Window, *, shift: int = 0, months: int | None = None
    ) -> TimingRule:
        owner = node if node.series is series else anchor
        target = _range(window.target)
        return TimingRule(
            rule=f"{owner.phase.id}.{series.id or series.visit}.{name}",
            visit=node.id,
            after=anchor.id,
            min=None if window.min is None else window.min + shift,
            target=None if target is None else (target[0] + shift, target[1] + shift),
            max=None if window.max is None else window.max + shift,
            months=months,
            weight=0 if target is None else window.weight or _weight(node, anchor),
            level=window.level,
            source=window.source,
            text=window.text,
        )

    return make


def _range(days: Days | None) -> tuple[int, int] | None:
    return (days, days) if isinstance(days, int) else days


def _weight(node: Node, anchor: Node) -> int:
    if node.tier == "follow-up":
        return WEIGHT_OF_FOLLOW_UP
    return WEIGHT_BETWEEN_DOSES if node.kind in DOSES and anchor.kind in DOSES else WEIGHT_OF_COURSE


def _chain(layout: Layout, nodes: list[Node], rule: RuleMaker) -> Iterator[TimingRule]:
    """Bind a plain series: the first visit to its anchor, each further one to the one before."""
    first, series = nodes[0], nodes[0].series
    anchor = layout.anchor(series.after) if series.after is not None else None
    window = series.lead or series.gap
    if anchor is not None and window is not None:
        yield rule("lead" if series.lead else "gap", first, anchor, window)
    if series.gap is None:
        return
    if series.joins:
        before = [node for node in layout.of_kind(first.kind) if node.number < first.number]
        if before:
            yield rule("gap", first, before[-1], series.gap)
    for before_node, node in pairwise(nodes):
        yield rule("gap", node, before_node, series.gap)


def _around_each(layout: Layout, node: Node, rule: RuleMaker) -> Iterator[TimingRule]:
    """Bind a visit that accompanies a dose: its distance from it, and from the next one."""
    dose, series = node.of, node.series
    if dose is None:
        return
    if series.gap is not None:
        yield rule("gap", node, dose, series.gap)
    following = [other for other in layout.of_kind(dose.kind) if other.number == dose.number + 1]
    if series.before_next is not None and following:
        yield rule("before-next", following[0], node, series.before_next)


def _around_points(layout: Layout, nodes: list[Node], rule: RuleMaker) -> Iterator[TimingRule]:
    """Bind visits at fixed distances from one anchor."""
    series = nodes[0].series
    anchor = layout.anchor(series.after) if series.after is not None else layout.first_dose()
    if anchor is None:
        return
    for node in nodes:
        days, months = node.point or (0, None)
        yield rule("at", node, anchor, series.gap or Window(), shift=days, months=months)


def _in_weeks(layout: Layout, nodes: list[Node], rule: RuleMaker) -> Iterator[TimingRule]:
    """Aim each visit of a series at its treatment week: a target, never a limit."""
    weeks, first = nodes[0].series.weeks, layout.first_dose()
    if weeks is None or first is None:
        return
    for node in nodes:
        if node is first or node.week is None:
            continue
        begin = (node.week - 1) * DAYS_IN_WEEK
        window = Window(
            target=(begin, begin + DAYS_IN_WEEK - 1), weight=weeks.weight, level=weeks.level, source=weeks.source
        )
        yield rule("week", node, first, window)


# Limits, gates and the records that come out


def limits_of(layout: Layout, nodes: list[Node]) -> Iterator[Limit]:
    """Yield the limits of the series of some nodes and those of the protocol, as they bind the nodes."""
    first = layout.first_dose()
    for phase, series in _series_in(nodes):
        weeks = series.weeks
        if weeks is not None and first is not None:
            members = tuple(node.id for node in nodes if node.series is series)
            yield Limit(
                rule=f"{phase.id}.{series.id or series.visit}.weekly-cap", type="cap", visits=members, anchor=first.id,
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
        minutes=_minutes(node, clinic),
        needs=visit_type.needs,
        escort=visit_type.escort,
        devices=visit_type.devices,
        measures=measures,
        tasks=visit_type.tasks,
        awaits=awaits,
        gate=node.series.gate,
        nominal=nominal,
        unverified=(*visit_type.unverified, *node.series.unverified),
    )


def _minutes(node: Node, clinic: Clinic | None) -> Minutes:
    """Return the visit's length by parts: the clinic's where it gives one, else the protocol's."""
    changes = clinic.minutes if clinic is not None else {}
    change = changes.get(node.series.visit) or changes.get(node.kind)
    if change is None:
        return node.type.minutes
    parts = {part: getattr(change, part) for part in ("prepare", "administer", "monitor", "clear")}
    return replace(node.type.minutes, **{part: minutes for part, minutes in parts.items() if minutes is not None})


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
