"""Visits that no bound holds and that have a day left wherever all others fall: placed last, without a search."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from kapplan.planning.feasibility.branching import CapNodes, Limits


def loose(days: Sequence[int], bound: frozenset[int], limits: Limits) -> frozenset[int]:
    """Return the nodes that can be placed last, of those not ``bound`` (nor fixed).

    ``days`` are masks of the allowed days.
    """
    anchors = {cap.anchor for cap in limits.caps}
    lost = [0] * len(days)
    for group in limits.apart:
        for node in group.nodes:
            lost[node] += len(group.nodes) - 1
    for cap in limits.caps:
        for node in cap.visits:
            lost[node] += _lost_to(cap, days[node])
    return frozenset(
        node
        for node, mask in enumerate(days)
        if node not in bound and node not in anchors and mask.bit_count() > lost[node]
    )


def _lost_to(cap: CapNodes, mask: int) -> int:
    """Return how many days the other visits of a cap can make impossible at most."""
    blocks = cap.blocks
    if not blocks.most or blocks.every is None:
        return mask.bit_count()
    return (len(cap.visits) + len(cap.given) - 1) // blocks.most * _busiest(mask, blocks.every)


@lru_cache(maxsize=1024)
def _busiest(mask: int, length: int) -> int:
    """Return the most days of a mask that fall within so many days on end."""
    window = (1 << length) - 1
    return max((mask >> day & window).bit_count() for day in range(mask.bit_length()))


def place_loose(placed: list[int], nodes: frozenset[int], days: Sequence[int], limits: Limits) -> None:
    """Give each loose node, in turn, its first day that keeps the limits with all that is placed."""
    waiting = set(nodes)
    for node in sorted(nodes):
        waiting.discard(node)
        left = days[node]
        for group in limits.apart:
            if node in group.nodes:
                left &= ~_days_of(placed, set(group.nodes) - waiting - {node})
        caps = [cap for cap in limits.caps if node in cap.visits]
        while True:
            placed[node] = (left & -left).bit_length() - 1
            if not any(cap.is_broken(placed, waiting) for cap in caps):
                break
            left &= left - 1


def _days_of(placed: Sequence[int], nodes: set[int]) -> int:
    found = 0
    for node in nodes:
        found |= 1 << placed[node]
    return found
