"""Which visits may share a day: one a day, unless the protocol lets two kinds share one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from kapplan.model.protocol import LimitRule
from kapplan.model.regimen import Limit

if TYPE_CHECKING:
    from kapplan.planning.regimen.series import Node

ONE_A_DAY = "one-visit-a-day"


def may_share(one: Node, other: Node) -> bool:
    """Return whether the protocol lets two visits fall on one day."""
    return one.kind in other.series.shares_day_with or other.kind in one.series.shares_day_with


def one_visit_a_day(nodes: Sequence[Node]) -> Iterator[Limit]:
    """Return the limits that keep every two visits on distinct days, but for those that may share one."""
    classes = list(dict.fromkeys((node.kind, node.series.shares_day_with) for node in nodes))
    member = {cls: next(node for node in nodes if (node.kind, node.series.shares_day_with) == cls) for cls in classes}
    apart = {
        number: {
            other for other in range(len(classes))
            if other != number and not may_share(member[classes[number]], member[classes[other]])
        }
        for number in range(len(classes))
    }  # fmt: skip
    for clique in _maximal_cliques(apart):
        kept = {classes[number] for number in clique}
        visits = tuple(node.id for node in nodes if (node.kind, node.series.shares_day_with) in kept)
        if len(visits) > 1:
            yield Limit(rule=ONE_A_DAY, type="distinct_days", visits=visits)


def apart_limits(limit: LimitRule, nodes: Sequence[Node]) -> Iterator[Limit]:
    """Return the limit of kinds that never share a day."""
    visits = tuple(node.id for node in nodes if node.kind in (limit.apart or ()))
    if len(visits) > 1:
        yield Limit(
            rule=limit.id, type="distinct_days", visits=visits, level=limit.level, source=limit.source, text=limit.text
        )


def _maximal_cliques(neighbours: dict[int, set[int]]) -> list[list[int]]:
    """Return the maximal cliques of a small graph (Bron and Kerbosch), each and all in ascending order."""
    cliques: list[list[int]] = []

    def grow(clique: list[int], candidates: set[int], excluded: set[int]) -> None:
        if not candidates and not excluded:
            cliques.append(sorted(clique))
        for vertex in sorted(candidates):
            grow([*clique, vertex], candidates & neighbours[vertex], excluded & neighbours[vertex])
            candidates = candidates - {vertex}
            excluded = excluded | {vertex}

    grow([], set(neighbours), set())
    return sorted(cliques)
