"""What a timing rule asks of days: how early, and how late, one visit lets another be, and what all rules ask together.

The one place in which a rule becomes bounds on days. The search for any course at all carries labels along the same
steps, and total float follows them from one visit at a time; the solver bounds differences in the windows they leave.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from kapplan.model.regimen import TimingRule
from kapplan.planning.problem.months import earliest_anchor, latest_anchor, months_after
from kapplan.planning.problem.problem import ProblemTiming


class DayBound(NamedTuple):
    """``visit`` falls no earlier (or later) than ``day`` makes of the day of ``source``; both may be days themselves.

    The later ``source`` is, the later is what it makes of it. ``shift`` is how many days later, where that is the same
    for all; ``None`` where it goes by months.
    """

    visit: str | int
    source: str | int
    day: Callable[[int], int]
    shift: int | None


def earliest_steps(rule: TimingRule | ProblemTiming, origin: int) -> Iterator[DayBound]:
    """Yield how early a rule lets its visits be: by its minimum the one that it binds, by its maximum the anchor.

    Days count from ``origin``, an ordinal.
    """
    low, high, months = rule.min, rule.max, rule.months
    if low is not None:
        yield DayBound(rule.visit, rule.after, _after(origin, low, months), low if months is None else None)
    if high is not None:
        if months is None:
            yield DayBound(rule.after, rule.visit, _after(origin, -high, None), -high)
        else:
            yield DayBound(rule.after, rule.visit, lambda day: earliest_anchor(origin, day - high, months), None)


def latest_steps(rule: TimingRule | ProblemTiming, origin: int) -> Iterator[DayBound]:
    """Yield how late a rule lets its visits be: by its maximum the one that it binds, by its minimum the anchor."""
    low, high, months = rule.min, rule.max, rule.months
    if high is not None:
        yield DayBound(rule.visit, rule.after, _after(origin, high, months), high if months is None else None)
    if low is not None:
        if months is None:
            yield DayBound(rule.after, rule.visit, _after(origin, -low, None), -low)
        else:
            yield DayBound(rule.after, rule.visit, lambda day: latest_anchor(origin, day - low, months), None)


def _after(origin: int, days: int, months: int | None) -> Callable[[int], int]:
    if months is None:
        return lambda day: day + days
    return lambda day: months_after(origin, day, months) + days


def settled(
    days: Mapping[str, int],
    steps: Sequence[DayBound],
    *,
    latest: bool = False,
    nearest: Callable[[str, int], int] | None = None,
) -> dict[str, int]:
    """Return the earliest days (or the ``latest``) from ``days`` on that keep every step, each moved no further.

    ``nearest`` gives the day that a visit has next to the one asked for. Steps that chase one another for ever are
    followed once for each visit.
    """
    found = dict(days)
    own = [(visit, source, day) for visit, source, day, _ in steps if isinstance(visit, str)]
    for _ in range(len(found) + 1):
        moved = False
        for visit, source, day in own:
            bound = day(found[source] if isinstance(source, str) else source)
            if bound < found[visit] if latest else bound > found[visit]:
                found[visit] = bound if nearest is None else nearest(visit, bound)
                moved = True
        if not moved:
            break
    return found
