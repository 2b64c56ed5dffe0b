"""A day's minutes as the bits of one number: bit 0 is midnight, a set bit is a minute that is open.

Whole days are cut, joined and searched with a few operations on integers, which keeps a year of calendars cheap.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from kapplan.model.fields import MINUTES_IN_DAY, Span

DAY = MINUTES_IN_DAY
WHOLE_DAY = (1 << DAY) - 1
STEP = 15
"""Visits begin on a grid of so many minutes."""
GRID = sum(1 << minute for minute in range(0, DAY, STEP))


def span(start: int, end: int) -> int:
    """Return the bits ``start`` up to ``end``; none where ``end`` is not later."""
    return ((1 << (end - start)) - 1) << start if end > start else 0


def spans(parts: Iterable[Span]) -> int:
    """Return the bits of all the spans together."""
    bits = 0
    for part in parts:
        bits |= span(part.start, part.end)
    return bits


def as_spans(bits: int) -> tuple[Span, ...]:
    """Return the runs of set bits, in order."""
    found: list[Span] = []
    shift = 0
    while bits:
        gap = (bits & -bits).bit_length() - 1
        bits >>= gap
        length = (~bits & (bits + 1)).bit_length() - 1
        found.append(Span(shift + gap, shift + gap + length))
        bits >>= length
        shift += gap + length
    return tuple(found)


@lru_cache(maxsize=4096)
def starts_of(free: int, length: int) -> int:
    """Return the bits at which ``length`` free minutes in a row begin."""
    found, have = free, 1
    while have < length:
        step = min(have, length - have)
        found &= found >> step
        have += step
    return found


def minutes(bits: int) -> Iterator[int]:
    """Yield the numbers of the set bits, in order."""
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest


def earliest(bits: int) -> int:
    """Return the number of the lowest set bit; -1 where none is set."""
    return (bits & -bits).bit_length() - 1


def latest(bits: int) -> int:
    """Return the number of the highest set bit; -1 where none is set."""
    return bits.bit_length() - 1
