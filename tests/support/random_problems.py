"""Small random placement problems with every construct in them, each from a seed; about a quarter have no answer.

A hidden day is drawn for each visit first, and most rules are drawn around the distances between those days: that
keeps most problems solvable however many rules they have.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from random import Random

from kapplan.model.terms import Tier
from kapplan.planning.problem.problem import (
    NEW_PLAN,
    RE_PLAN,
    OpenDay,
    Problem,
    ProblemLimit,
    ProblemTiming,
    ProblemVisit,
)

DAYS_EACH = {2: 20, 3: 16, 4: 13, 5: 11, 6: 9, 7: 8}
DAYS_OF_MEDIUM = 14
"""How many open days a visit has at most, by how many visits there are: brute force must stay quick."""


def small_problem(seed: int) -> Problem:
    """Return the small problem of a seed: 2 to 7 visits, days within about two weeks, or months where rules say so."""
    return _Draft(Random(seed), sizes=(2, 3, 3, 4, 4, 5, 5, 6, 7)).problem()


def medium_problem(seed: int) -> Problem:
    """Return the medium problem of a seed: 8 to 12 visits with up to 14 days each, too many for brute force."""
    return _Draft(Random(seed), sizes=(8, 9, 10, 11, 12)).problem()


def crossing_problem(seed: int) -> Problem:
    """Return a small problem that is branched on: rules that close circles, one by calendar months, no day for two."""
    return _Crossing(Random(seed), sizes=(4, 5, 5, 6)).problem()


@dataclass
class _Draft:
    """A problem while it is drawn; ``hidden`` are the days that most rules allow."""

    random: Random
    sizes: tuple[int, ...]
    names: list[str] = field(default_factory=list)
    hidden: dict[str, int] = field(default_factory=dict)
    drawn: list[ProblemVisit] = field(default_factory=list)
    timing: list[ProblemTiming] = field(default_factory=list)
    limit: list[ProblemLimit] = field(default_factory=list)

    def __post_init__(self) -> None:
        r = self.random
        self.origin = date(r.choice((2027, 2028)), r.randint(1, 12), r.choice((1, 15, 26, 28)))
        self.names = [f"v{n}" for n in range(1, r.choice(self.sizes) + 1)]
        self.span = r.choice((6, 10, 16))
        self.replan = r.random() < 0.35
        self.strict = r.random() < 0.3

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def visits(self) -> None:
        r = self.random
        held = r.randint(0, len(self.names) - 1) if self.chance(0.45) else 0
        for name in r.sample(self.names, len(self.names)):
            self.hidden[name] = r.randint(0, self.span)
        if self.chance(0.7):
            self.hidden = dict(zip(self.names, sorted(self.hidden.values()), strict=True))
        for name in self.names:
            self.drawn.append(self.fixed(name) if len(self.drawn) < held else self.free(name))
        r.shuffle(self.drawn)
        if self.chance(0.7):
            self.drawn.sort(key=lambda visit: visit.id)

    def fixed(self, name: str) -> ProblemVisit:
        """Return a visit that was held: before the origin, or on a day that nobody would choose today."""
        self.hidden[name] -= self.random.choice((0, 1, 5, 20))
        return ProblemVisit(
            id=name,
            tier=self.tier(),
            fixed=self.hidden[name],
            announced=self.hidden[name] + 1 if self.chance(0.2) else None,
            confirmed=self.chance(0.2),
            days=(OpenDay(self.hidden[name] + 1, 2, 8, 1),) if self.chance(0.3) else (),
        )

    def tier(self) -> Tier:
        return "follow-up" if self.chance(0.3) else "course"

    def free(self, name: str) -> ProblemVisit:
        r = self.random
        told = self.hidden[name] + r.choice((0, 0, 1, -2)) if self.replan and self.chance(0.7) else None
        return ProblemVisit(
            id=name,
            tier=self.tier(),
            provisional=self.chance(0.2),
            announced=told,
            confirmed=told is not None and self.chance(0.4),
            days=self.open_days(self.hidden[name], told),
        )

    def open_days(self, hidden: int, told: int | None) -> tuple[OpenDay, ...]:
        r = self.random
        near = [day for day in range(hidden - self.span, hidden + self.span + 1) if day >= 0]
        count = r.randint(1, DAYS_EACH.get(len(self.names), DAYS_OF_MEDIUM))
        days = set(r.sample(near, min(count, len(near))))
        if self.chance(0.9):
            days.add(hidden)
        if told is not None and self.chance(0.8):
            days.add(told)
        return tuple(OpenDay(day, self.preference(), *self.move(day, told)) for day in sorted(days) if day >= 0)

    def preference(self) -> int:
        return self.random.choice((0, 0, 0, 1, 2, 3, 4))

    def move(self, day: int, told: int | None) -> tuple[int, int]:
        """Return the price of moving to a day, and 1 for another day than the one announced.

        Sometimes that day is a move too: its time is taken.
        """
        if told is None:
            return self.random.choice((0, 3)) * self.chance(0.03), int(self.chance(0.03))
        moves = day != told or self.chance(0.15)
        return moves * self.random.choice((0, 1, 2, 3, 8)) + moves * 3 * (day < told), int(moves)

    def rules(self) -> None:
        for index, name in enumerate(self.names):
            others = [other for other in self.names if other != name]
            for number in range(self.random.choice((0, 1, 1, 1, 2, 2))):
                after: str | int = self.random.choice(others)
                if index and self.chance(0.6):
                    after = self.names[index - 1]
                if self.chance(0.12):
                    after = self.random.randint(-3, self.span)
                self.timing.append(self.rule(f"r{index}{number}", name, after))
        if self.chance(0.16):
            self.months()

    def rule(self, label: str, visit: str, after: str | int, months: int | None = None) -> ProblemTiming:
        """Return a rule around the hidden distance; without ``strict`` it may well miss it."""
        r = self.random
        anchor = after if isinstance(after, int) else self.hidden[after]
        if months is not None:
            anchor = _months_later(self.origin, anchor, months)
        distance = self.hidden[visit] - anchor + (0 if self.strict else r.choice((0, 0, 0, 0, -1, 1, -4, 4)))
        low, high = distance - r.choice((0, 0, 1, 2, 5)), distance + r.choice((0, 0, 1, 2, 5))
        aim = distance + r.choice((-4, -2, -1, 0, 0, 1, 2, 4))
        return ProblemTiming(
            rule=label,
            visit=visit,
            after=after,
            months=months,
            min=low if self.chance(0.6) else None,
            target=(aim, aim + r.choice((0, 0, 1, 3))) if self.chance(0.7) else None,
            max=high if self.chance(0.6) else None,
            weight=r.choice((0, 1, 1, 2, 4, 8)),
            secondary=self.chance(0.2),
        )

    def months(self) -> None:
        """Move one free visit some calendar months on (or back to before the others) and bind it by such a rule."""
        r = self.random
        free = [visit for visit in self.drawn if visit.fixed is None]
        if not free:
            return
        visit = r.choice(free)
        anchors = [name for name in self.names if name != visit.id]
        after: str | int = r.choice(anchors) if self.chance(0.85) else r.randint(0, 40)
        months = r.choice((1, 1, 2, 3, 4, 13, -1, -2))
        day = self.hidden[after] if isinstance(after, str) else after
        shift = max(0, _months_later(self.origin, day, months)) - self.hidden[visit.id]
        self.hidden[visit.id] += shift
        moved = tuple(replace_day(open_day, open_day.day + shift) for open_day in visit.days)
        told = None if visit.announced is None else visit.announced + shift
        self.drawn[self.drawn.index(visit)] = replace(
            visit, announced=told, days=tuple(open_day for open_day in moved if open_day.day >= 0)
        )
        self.timing = [rule for rule in self.timing if visit.id not in {rule.visit, rule.after}]
        self.timing.append(self.rule("months", visit.id, after, months))

    def limits(self) -> None:
        r = self.random
        for number in range(r.choice((0, 0, 1, 1, 2))):
            self.limit.append(r.choice((self.cap, self.cap, self.distinct, self.apart))(f"l{number}"))

    def some(self) -> tuple[str, ...]:
        return tuple(sorted(self.random.sample(self.names, self.random.randint(2, len(self.names)))))

    def cap(self, label: str) -> ProblemLimit:
        r = self.random
        blocks = self.chance(0.75)
        bounds = (not blocks and self.chance(0.95)) or self.chance(0.25)
        first = r.randint(-2, self.span)
        anchor: str | int = r.choice(self.names) if self.chance(0.75) else r.randint(-5, self.span)
        return ProblemLimit(
            rule=label,
            type="cap",
            visits=self.some(),
            anchor=anchor if blocks else None,
            every=r.choice((2, 3, 5, 7, 7, 7)) if blocks else None,
            max=r.choice((0, 1, 1, 2, 2, 3)) if not blocks else r.choice((1, 1, 2, 2, 3)),
            from_=first if bounds and self.chance(0.8) else None,
            until=first + r.randint(0, self.span) if bounds and self.chance(0.8) else None,
        )

    def distinct(self, label: str) -> ProblemLimit:
        return ProblemLimit(rule=label, type="distinct_days", visits=self.some())

    def apart(self, label: str) -> ProblemLimit:
        days = self.random.sample(range(-1, self.span + 1), self.random.randint(1, self.span))
        return ProblemLimit(rule=label, type="not_together", visits=self.some(), days=tuple(sorted(days)))

    def twins(self) -> None:
        """Make two free visits alike in all but name, not on one day: who goes first is a tie."""
        free = [visit for visit in self.drawn if visit.fixed is None]
        if len(free) < 2 or not self.chance(0.3):
            return
        one, other = self.random.sample(free, 2)
        self.drawn[self.drawn.index(other)] = replace(one, id=other.id)
        kept = [rule for rule in self.timing if other.id not in {rule.visit, rule.after}]
        swap = {one.id: other.id}
        copies = [
            replace(rule, visit=swap.get(rule.visit, rule.visit), after=swap.get(str(rule.after), rule.after))
            for rule in kept
            if one.id in {rule.visit, rule.after}
        ]
        self.timing = kept + copies
        self.limit.append(ProblemLimit(rule="twins", type="distinct_days", visits=(one.id, other.id)))

    def problem(self) -> Problem:
        self.visits()
        self.rules()
        self.limits()
        self.twins()
        last = max((open_day.day for visit in self.drawn for open_day in visit.days), default=0)
        return Problem(
            origin=self.origin,
            horizon=last + self.random.randint(0, 5),
            visits=tuple(self.drawn),
            timing=tuple(self.timing),
            limits=tuple(self.limit),
            objective=RE_PLAN if self.replan else NEW_PLAN,
        )


class _Crossing(_Draft):
    """A problem whose visits are bound by more rules than a forest has links."""

    def rules(self) -> None:
        super().rules()
        if not any(rule.months for rule in self.timing):
            self.months()
        for number in range(self.random.randint(2, 4)):
            visit, after = self.random.sample(self.names, 2)
            self.timing.append(self.rule(f"x{number}", visit, after))

    def limits(self) -> None:
        super().limits()
        self.limit.append(replace(self.distinct("all"), visits=tuple(self.names)))


def replace_day(open_day: OpenDay, day: int) -> OpenDay:
    """Return the same open day on another day."""
    return open_day._replace(day=day)


def _months_later(origin: date, day: int, months: int) -> int:
    start = origin + timedelta(days=day)
    years, month = divmod(start.month - 1 + months, 12)
    clipped = min(start.day, calendar.monthrange(start.year + years, month + 1)[1])
    return (date(start.year + years, month + 1, clipped) - origin).days
