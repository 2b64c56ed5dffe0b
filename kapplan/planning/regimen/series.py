"""Nodes: the visits of a course while it is being laid out, and how many of them each series has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from kapplan.dates import DAYS_IN_MONTH, DAYS_IN_WEEK
from kapplan.model.profile import Treatment
from kapplan.model.protocol import Anchor, MonthPoints, Phase, Points, Protocol, Series, VisitType, Window
from kapplan.model.regimen import TimingRule
from kapplan.model.terms import Kind, Tier


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

    def anchor(self, anchor: Anchor, window: Window | None = None) -> Node | None:
        """Return the node an anchor names, or ``None`` where this course has no such visit.

        What a ``window`` puts before it comes before one that is laid out with it, not before one that stands already.
        """
        kind = anchor.first or anchor.last or anchor.visit
        candidates = self.of_kind(kind, anchor.of) if kind else []
        if window is not None and window.max is not None and window.max < 0:
            candidates = [node for node in candidates if not node.standing] or candidates
        if anchor.number is not None:
            return candidates[anchor.number - 1] if anchor.number <= len(candidates) else None
        if not candidates:
            return None
        return candidates[0] if anchor.first else candidates[-1]

    def first_dose(self) -> Node | None:
        """Return the first dose: where treatment week 1 begins."""
        doses = self.of_kind("dosing")
        return doses[0] if doses else None


def nodes_of(layout: Layout, phase: Phase, series: Series, earlier: list[Node]) -> Iterator[Node]:
    """Return the visits of a series, not numbered yet; ``earlier`` are those that it may accompany."""
    visit_type, kind = layout.protocol.visits[series.visit], layout.protocol.kind_of(series.visit)
    tier: Tier = "follow-up" if phase.follow_up else "course"

    def node(
        index: int, week: int | None = None, of: Node | None = None, point: tuple[int, int | None] | None = None
    ) -> Node:
        return Node(
            phase=phase,
            series=series,
            type=visit_type,
            kind=kind,
            tier=tier,
            index=index,
            week=week,
            of=of,
            point=point,
        )

    if series.weeks is not None:
        for index, week in enumerate(_weeks(layout, series)):
            yield node(index, week=week)
    elif series.each is not None:
        for index, dose in enumerate(_picked(series, phase, earlier)):
            yield node(index, of=dose)
    elif series.at is not None:
        for index, point in enumerate(_points(layout, series.at, follow_up=phase.follow_up)):
            yield node(index, point=point)
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
        asked = layout.treatment.maintenance_every
        every = asked if asked in months.choices else months.every
        months = tuple(range(months.from_, (months.until or maintenance) + 1, every or 1))
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
    return series.doses.nearest(asked - layout.fixed_doses)


def fixed_doses_of(protocol: Protocol, way: Iterable[Phase]) -> int:
    """Return how many doses of the active course no choice can change."""
    total = 0
    for phase in way:
        for series in phase.series:
            kind = protocol.kind_of(series.visit)
            if kind == "dosing" and series.doses is None and not phase.follow_up:
                weeks = series.weeks
                if weeks is None:
                    total += series.count or 1
                elif weeks.until != "maintenance":
                    total += weeks.count * len(range(weeks.from_, weeks.until + 1, weeks.every))
    return total
