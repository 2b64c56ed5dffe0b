"""Scores over time as a chart of characters: the same on every terminal, and readable without colours."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from kapplan.planning.phrases.words import short_day_words

POINT, DOSE = "●", "▲"
_HEIGHT = 8


def score_chart(
    points: Sequence[tuple[date, int]],
    *,
    width: int,
    lowest: int = 0,
    doses: Sequence[date] = (),
    height: int = _HEIGHT,
) -> list[str]:
    """Return the lines of a chart at most ``width`` columns wide; ``doses`` are marked under the days' axis.

    The scale goes from the ``lowest`` score that the measure can have to the highest one that was taken. Scores that
    fall on one column show each at its height. Without points there is no chart.
    """
    if not points:
        return []
    values = [value for _, value in points]
    top = max(*values, lowest + 1)
    ticks = {
        0: lowest,
        height - 1: top,
        (height - 1) // 2: lowest + (top - lowest) * ((height - 1) // 2) // (height - 1),
    }
    margin = max(len(str(tick)) for tick in ticks.values())
    first, last = points[0][0], points[-1][0]
    days = [*(day for day in doses if first <= day <= last)]
    columns = max(width - margin - 2, 1)
    span = max((last - first).days, 1)

    def column(day: date) -> int:
        return (day - first).days * (columns - 1) // span

    grid = [[" "] * columns for _ in range(height)]
    for day, value in points:
        grid[round((value - lowest) * (height - 1) / (top - lowest))][column(day)] = POINT
    lines = [
        f"{ticks.get(row, '')!s:>{margin}} {'┤' if row in ticks else '│'}{''.join(grid[row])}".rstrip()
        for row in reversed(range(height))
    ]
    lines.append(f"{'':>{margin}} └{'─' * columns}")
    if days:
        marks = [" "] * columns
        for day in days:
            marks[column(day)] = DOSE
        lines.append(f"{'':>{margin}}  {''.join(marks)}".rstrip())
    lines.append(f"{'':>{margin}}  {_ends(first, last, columns)}".rstrip())
    return lines


def _ends(first: date, last: date, columns: int) -> str:
    """Return the first and the last day at the ends of the axis; the last alone where both do not fit."""
    start, end = short_day_words(first), short_day_words(last)
    if first == last or len(start) + len(end) + 1 > columns:
        return end[:columns]
    return f"{start}{end:>{columns - len(start)}}"
