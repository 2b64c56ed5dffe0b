"""The obvious oracle: try every choice of days and keep the best.

Reads the JSON document of ``--format problem`` and nothing else; to be read beside ``docs/problem-format.md``.
Every function takes ``days``, which may hold only some of the visits: what is not decided yet breaks nothing and
costs nothing. Deciding one more visit never mends what is broken and never makes the answer cheaper; that alone is
what the search uses to stop early.
"""

from __future__ import annotations

import calendar
import itertools
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple

Document = dict[str, Any]
Days = Mapping[str, int]


class Answer(NamedTuple):
    """The best answer: its terms in the order of the objective (without the ties), and the day of each visit."""

    objective: dict[str, int]
    days: dict[str, int]


def is_legal(document: Document, days: Days) -> bool:
    """Whether every visit is on its fixed day or one of its open days, and no rule and no limit is broken."""
    for visit in document["visits"]:
        allowed = [day for day, *_ in visit["days"]] if visit["fixed"] is None else [visit["fixed"]]
        if visit["id"] in days and days[visit["id"]] not in allowed:
            return False
    fixed = fixed_visits(document)
    origin = date.fromisoformat(document["origin"])
    return not any(timing_broken(rule, days, fixed, origin) for rule in document["timing"]) and not any(
        limit_broken(limit, days, fixed) for limit in document["limits"]
    )


def value(document: Document, days: Days) -> dict[str, int]:
    """Return the terms of the objective that an answer has, in their order, without the ties."""
    fixed = fixed_visits(document)
    origin = date.fromisoformat(document["origin"])
    total = dict.fromkeys((term for term in document["objective"] if term != "ties"), 0)
    for visit in document["visits"]:
        if visit["fixed"] is None and visit["id"] in days:
            _add(total, visit_costs(visit, days[visit["id"]]))
    tiers = {visit["id"]: visit["tier"] for visit in document["visits"]}
    for rule in document["timing"]:
        _add(total, timing_costs(rule, tiers, timing_cost(rule, days, fixed, origin)))
    return total


def optimum(document: Document) -> Answer | None:
    """Return the best answer, or ``None`` where there is none: depth first, visit by visit, day by day.

    Days are tried in ascending order and only what is strictly better replaces what was found before; so the first
    of equals stays, which is what ``ties`` asks for.
    """
    return _Search(document).run()


def optimum_by_product(document: Document) -> Answer | None:
    """Return the same as ``optimum``, with no search at all: every combination in turn. For very small problems."""
    names = [visit["id"] for visit in document["visits"]]
    best: tuple[list[int], tuple[int, ...]] | None = None
    for choice in itertools.product(*(candidates(visit) for visit in document["visits"])):
        days = dict(zip(names, choice, strict=True))
        if is_legal(document, days):
            found = (list(value(document, days).values()), choice)
            best = found if best is None else min(best, found)
    if best is None:
        return None
    days = dict(zip(names, best[1], strict=True))
    return Answer(value(document, days), days)


def fixed_visits(document: Document) -> frozenset[str]:
    """Return the ids of the visits that stay where they are."""
    return frozenset(visit["id"] for visit in document["visits"] if visit["fixed"] is not None)


def candidates(visit: dict[str, Any]) -> list[int]:
    """Return the days on which a visit could be, in ascending order."""
    return sorted(day for day, *_ in visit["days"]) if visit["fixed"] is None else [visit["fixed"]]


def day_of(anchor: Any, days: Days) -> int | None:
    """Return the day of an anchor: ``{"day": n}`` or a visit's id; ``None`` where it is not decided yet."""
    return anchor["day"] if isinstance(anchor, dict) else days.get(anchor)


def is_fixed(anchor: Any, fixed: frozenset[str]) -> bool:
    """Whether an anchor cannot move: a day, or a fixed visit."""
    return isinstance(anchor, dict) or anchor in fixed


def months_later(day: int, months: int, origin: date) -> int:
    """Return the day that lies so many calendar months after a day, clipped to the month's end."""
    start = origin + timedelta(days=day)
    year, month = start.year, start.month + months
    while month > 12:
        year, month = year + 1, month - 12
    while month < 1:
        year, month = year - 1, month + 12
    last = calendar.monthrange(year, month)[1]
    return (date(year, month, min(start.day, last)) - origin).days


def distance(rule: dict[str, Any], days: Days, fixed: frozenset[str], origin: date) -> int | None:
    """Return the days from a rule's anchor to its visit; ``None`` if one is undecided or neither can move."""
    visit, anchor = days.get(rule["visit"]), day_of(rule["after"], days)
    if visit is None or anchor is None:
        return None
    if rule["visit"] in fixed and is_fixed(rule["after"], fixed):
        return None
    if rule.get("months") is not None:
        anchor = months_later(anchor, rule["months"], origin)
    return visit - anchor


def timing_broken(rule: dict[str, Any], days: Days, fixed: frozenset[str], origin: date) -> bool:
    """Whether a visit is earlier than ``min`` or later than ``max`` after its anchor."""
    after = distance(rule, days, fixed, origin)
    if after is None:
        return False
    too_early = rule["min"] is not None and after < rule["min"]
    too_late = rule["max"] is not None and after > rule["max"]
    return too_early or too_late


def timing_cost(rule: dict[str, Any], days: Days, fixed: frozenset[str], origin: date) -> int:
    """Return the weight times the days outside the target."""
    after = distance(rule, days, fixed, origin)
    if after is None or rule["target"] is None:
        return 0
    low, high = rule["target"]
    return int(rule["weight"] * max(low - after, after - high, 0))


def timing_costs(rule: dict[str, Any], tiers: Mapping[str, str], cost: int) -> dict[str, int]:
    """Return the terms to which what a rule costs counts: a deviation, and the disturbance that holds it."""
    if rule.get("secondary", False):
        return {"sooner": cost}
    if tiers[rule["visit"]] == "course":
        return {"deviation": cost, "disturbance": cost}
    return {"follow_up_deviation": cost, "follow_up_disturbance": cost}


def visit_costs(visit: dict[str, Any], day: int) -> dict[str, int]:
    """Return what a day costs a visit that is not fixed, whatever the other visits do."""
    preference, disturbance, move = next((p, x, m) for d, p, x, m in visit["days"] if d == day)
    announced = visit["announced"]
    return {
        "confirmed_moves": move if visit["confirmed"] else 0,
        "announced_moves": move if announced is not None and not visit["confirmed"] else 0,
        "disturbance" if visit["tier"] == "course" else "follow_up_disturbance": disturbance,
        "days_moved": 0 if announced is None else abs(day - announced),
        "preference": preference,
        "sooner": day,
    }


def limit_broken(limit: dict[str, Any], days: Days, fixed: frozenset[str]) -> bool:
    """Whether a limit over several visits is broken by the visits decided so far."""
    if limit["type"] == "cap":
        return _cap_broken(limit, days, fixed)
    closed = limit["days"] if limit["type"] == "not_together" else None
    for one, other in itertools.combinations(limit["visits"], 2):
        if one in days and other in days and not (one in fixed and other in fixed):
            together = days[one] == days[other]
            if together and (closed is None or days[one] in closed):
                return True
    return False


def _cap_broken(limit: dict[str, Any], days: Days, fixed: frozenset[str]) -> bool:
    held: Counter[int] = Counter()
    held_fixed: Counter[int] = Counter()
    every = limit.get("every")
    anchor = day_of(limit["anchor"], days) if every is not None else 0
    if anchor is None:
        return False
    for visit in limit["visits"]:
        if visit in days and _is_counted(limit, days[visit]):
            block = 0 if every is None else (days[visit] - anchor) // every
            held[block] += 1
            held_fixed[block] += visit in fixed
    return any(held[block] > max(limit["max"], held_fixed[block]) for block in held)


def _is_counted(limit: dict[str, Any], day: int) -> bool:
    first, last = limit.get("from"), limit.get("until")
    return (first is None or day >= first) and (last is None or day <= last)


def _add(total: dict[str, int], costs: Mapping[str, int]) -> None:
    for term, cost in costs.items():
        if term in total:
            total[term] += cost


class _Search:
    """Depth first over the visits; rules and limits are looked at as soon as a visit they name is decided."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.fixed = fixed_visits(document)
        self.origin = date.fromisoformat(document["origin"])
        self.order = [visit for visit in document["visits"] if visit["fixed"] is None]
        self.days = {visit["id"]: visit["fixed"] for visit in document["visits"] if visit["fixed"] is not None}
        self.terms = [term for term in document["objective"] if term != "ties"]
        self.tiers = {visit["id"]: visit["tier"] for visit in document["visits"]}
        self.days_open = {visit["id"]: candidates(visit) for visit in self.order}
        self.alone = {
            (visit["id"], day): visit_costs(visit, day) | {"sooner": day - self.days_open[visit["id"]][0]}
            for visit in self.order
            for day in self.days_open[visit["id"]]
        }
        """What a day costs a visit by itself; ``sooner`` is counted from its first open day: never negative."""
        turn = {visit["id"]: number for number, visit in enumerate(self.order)}
        self.timing: dict[str, list[dict[str, Any]]] = {visit["id"]: [] for visit in self.order}
        """The rules of which both ends are decided once a visit is."""
        for rule in document["timing"]:
            ends = [end for end in (rule["visit"], rule["after"]) if not is_fixed(end, self.fixed)]
            if ends:
                self.timing[max(ends, key=turn.__getitem__)].append(rule)
        self.limits = {
            visit["id"]: [m for m in document["limits"] if visit["id"] in (*m["visits"], m.get("anchor"))]
            for visit in document["visits"]
        }
        self.best: list[int] | None = None
        self.best_days: dict[str, int] = {}

    def run(self) -> Answer | None:
        self.descend(0, [0] * len(self.terms))
        if self.best is None:
            return None
        days = {visit["id"]: self.best_days[visit["id"]] for visit in self.document["visits"]}
        return Answer(value(self.document, days), days)

    def descend(self, depth: int, spent: list[int]) -> None:
        if self.best is not None and spent >= self.best:
            return
        if depth == len(self.order):
            self.best, self.best_days = spent, dict(self.days)
            return
        visit = self.order[depth]
        for day in self.days_open[visit["id"]]:
            self.days[visit["id"]] = day
            if not any(self.broken(visit["id"])):
                self.descend(depth + 1, self.spend(visit, day, spent))
        self.days.pop(visit["id"], None)

    def broken(self, visit: str) -> Iterator[bool]:
        for rule in self.timing[visit]:
            yield timing_broken(rule, self.days, self.fixed, self.origin)
        for limit in self.limits[visit]:
            yield limit_broken(limit, self.days, self.fixed)

    def spend(self, visit: dict[str, Any], day: int, spent: list[int]) -> list[int]:
        """Return the terms with one more visit decided."""
        total = dict(zip(self.terms, spent, strict=True))
        _add(total, self.alone[visit["id"], day])
        for rule in self.timing[visit["id"]]:
            _add(total, timing_costs(rule, self.tiers, timing_cost(rule, self.days, self.fixed, self.origin)))
        return list(total.values())
