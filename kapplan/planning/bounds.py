"""Windows of the visits: the days that the hard timing rules leave, by propagation of differences."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor
from typing import NamedTuple

MEAN_MONTH = 30.436875
MONTHS_OFF_MEAN = 3
"""So many calendar months are never further than this many days from so many mean ones."""


class Gap(NamedTuple):
    """Days from visit ``first`` to visit ``second``: at least ``low`` and at most ``high``, where given."""

    first: int
    second: int
    low: int | None
    high: int | None


@dataclass(frozen=True, slots=True)
class Window:
    """The first and last day that a visit may take."""

    first: int
    last: int


def month_gap(first: int, second: int, months: int, low: int | None, high: int | None) -> Gap:
    """Return a gap that surely holds where the bounds stand around the calendar day so many months later."""
    near, far = floor(months * MEAN_MONTH) - MONTHS_OFF_MEAN, ceil(months * MEAN_MONTH) + MONTHS_OFF_MEAN
    return Gap(first, second, None if low is None else near + low, None if high is None else far + high)


def tighten(days: Sequence[Sequence[int]], gaps: Sequence[Gap]) -> list[Window] | None:
    """Return the window of each visit, both ends among its days; ``None`` where a visit has no day left.

    ``days`` are the sorted days of each visit. No placement that keeps the gaps lies outside the windows.
    """
    if not all(days):
        return None
    first = [open_days[0] for open_days in days]
    last = [open_days[-1] for open_days in days]
    changed = True
    while changed:
        changed = False
        for order in (gaps, reversed(gaps)):
            for a, b, low, high in order:
                if low is not None:
                    if first[b] < first[a] + low:
                        changed = _raise(days, first, last, b, first[a] + low) or changed
                    if last[a] > last[b] - low:
                        changed = _lower(days, first, last, a, last[b] - low) or changed
                if high is not None:
                    if first[a] < first[b] - high:
                        changed = _raise(days, first, last, a, first[b] - high) or changed
                    if last[b] > last[a] + high:
                        changed = _lower(days, first, last, b, last[a] + high) or changed
                if first[a] > last[a] or first[b] > last[b]:
                    return None
    return [Window(*ends) for ends in zip(first, last, strict=True)]


def _raise(days: Sequence[Sequence[int]], first: list[int], last: list[int], visit: int, least: int) -> bool:
    """Move the first day of a visit to its next day from ``least`` on; past its last day where there is none."""
    index = bisect_left(days[visit], least)
    first[visit] = days[visit][index] if index < len(days[visit]) else last[visit] + 1
    return True


def _lower(days: Sequence[Sequence[int]], first: list[int], last: list[int], visit: int, most: int) -> bool:
    """Move the last day of a visit to its nearest day up to ``most``; before its first day where there is none."""
    index = bisect_right(days[visit], most) - 1
    last[visit] = days[visit][index] if index >= 0 else first[visit] - 1
    return True
