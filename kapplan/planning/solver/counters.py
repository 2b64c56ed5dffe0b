"""Counting visits against a cap while they are placed in the order of time.

In that order a block that lies behind is never filled further: what has to be known is where the blocks count from and
how many visits stand in the block of the last one. Until the anchor of the blocks is placed, the days are kept.
"""

from __future__ import annotations

from typing import NamedTuple

from kapplan.planning.solver.cost_network import NetworkCap


class Count(NamedTuple):
    """Where the blocks count from, the block last filled and how many visits stand in it; else the days so far."""

    anchor: int | None
    block: int = 0
    inside: int = 0
    days: tuple[int, ...] = ()


class Role(NamedTuple):
    """What a visit is to a cap: one of those it counts, the one its blocks count from, or both."""

    is_counted: bool
    is_anchor: bool


FULL = Count(0)
"""The count of a cap that nothing can break any more."""


def begun(cap: NetworkCap) -> Count:
    """Return the count of a cap before any visit is placed."""
    return Count(None) if cap.anchor is not None else Count(_phase(cap, cap.day), -(10**9))


def counted(cap: NetworkCap, count: Count, role: Role, day: int, left: int) -> Count | None:
    """Return the count with a visit on a day, no earlier than all before; ``None`` where a block is overfull.

    ``left`` of the cap's visits are placed after this one.
    """
    if count is FULL:
        return count
    if count.anchor is None:
        days = (*count.days, day) if role.is_counted else count.days
        if not role.is_anchor:
            return Count(None, days=days)
        after: Count | None = Count(_phase(cap, day), -(10**9))
        for one in days:
            after = None if after is None else _with(cap, after, one)
    else:
        after = _with(cap, count, day) if role.is_counted else count
    if after is None:
        return None
    inside = after.inside if cap.blocks.block(day, after.anchor or 0) == after.block else 0
    if not left or (not cap.held and inside + left <= cap.blocks.most):
        return FULL
    return after if inside else Count(after.anchor, -(10**9))


def _with(cap: NetworkCap, count: Count, day: int) -> Count | None:
    """Return the count with one visit more; ``None`` where its block is overfull."""
    if not cap.blocks.counts(day):
        return count
    anchor = count.anchor or 0
    block = cap.blocks.block(day, anchor)
    inside = count.inside + 1 if block == count.block else 1
    room = cap.room(anchor, block) if cap.held else cap.blocks.most
    return tuple.__new__(Count, (anchor, block, inside, ())) if inside <= room else None  # half the work of a call


def _phase(cap: NetworkCap, day: int) -> int:
    return day if cap.blocks.every is None else day % cap.blocks.every
