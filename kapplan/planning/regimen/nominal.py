"""Nominal days: where each visit would fall if every rule were met at the near end of its target.

They order the list of visits (and so the ties of placement); no date is taken from them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kapplan.dates import DAYS_IN_MONTH
from kapplan.model.regimen import TimingRule


def nominal_days(visits: Sequence[str], timing: Iterable[TimingRule]) -> dict[str, int]:
    """Return a nominal day for every visit, the earliest of them being day 0.

    A visit falls as early as its rules from earlier visits allow; one that is only counted back from a later visit
    falls as late as that rule's target allows.
    """
    forward: dict[str, list[tuple[str, int]]] = {visit: [] for visit in visits}
    backward: dict[str, list[tuple[str, int]]] = {visit: [] for visit in visits}
    for rule in timing:
        near = _near_offset(rule)
        if near is not None:
            (forward if near >= 0 else backward)[rule.visit].append((rule.after, near))
    days: dict[str, int] = {visit: 0 for visit in visits if not forward[visit] and not backward[visit]}
    for _ in range(len(visits) + 1):
        before = dict(days)
        for visit in visits:
            known = [days[anchor] + offset for anchor, offset in forward[visit] if anchor in days]
            if known:
                days[visit] = max(known)
            elif not forward[visit]:
                counted = [days[anchor] + offset for anchor, offset in backward[visit] if anchor in days]
                if counted:
                    days[visit] = min(counted)
        if days == before:
            break
    first = min(days.values(), default=0)
    return {visit: days.get(visit, first) - first for visit in visits}


def _near_offset(rule: TimingRule) -> int | None:
    """Return the offset at which a rule is met soonest after its anchor (latest before it, where it counts back)."""
    shift = round(rule.months * DAYS_IN_MONTH) if rule.months is not None else 0
    if rule.target is not None:
        return shift + (rule.target[0] if shift + rule.target[0] >= 0 else rule.target[1])
    if rule.min is not None:
        return shift + rule.min
    return None if rule.max is None else shift + rule.max
