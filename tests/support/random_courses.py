"""Random problems shaped like real courses, 12 to 46 visits: preparation, doses, integration, reviews, check-ins.

The numbers are of the size that protocols have; they are drawn, not taken from any one of them.
"""

from __future__ import annotations

from collections.abc import Callable
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

MOST_VISITS = 46
START_WITHIN = 14


def course_problem(seed: int) -> Problem:
    """Return the course of a seed: a shape, a calendar, and in a third of them a re-plan in mid-course."""
    random = Random(seed)
    shape = SHAPES[seed % len(SHAPES)]
    draft = Draft(random)
    shape(draft)
    calendar = Calendar.drawn(random, reach=draft.reach() + 30)
    return draft.replanned(calendar) if random.random() < 0.35 else draft.new(calendar)


def loose_course(seed: int) -> Problem:
    """Return a loosely constrained new course of 30 to 46 visits: wide bounds, narrow targets, a plain calendar."""
    random = Random(seed)
    draft = Draft(random)
    general_course(draft, doses=6 + seed % 4, months=10 + seed % 13, slack=3)
    return draft.new(Calendar.drawn(random, reach=draft.reach() + 30, weekdays=range(5)))


def long_course(visits: int, seed: int = 0) -> Problem:
    """Return a course of about so many visits, for measuring how time and memory grow with the number."""
    random = Random(seed)
    draft = Draft(random, most=visits)
    general_course(draft, doses=max(2, (visits - 8) // 2), months=0, slack=1)
    problem = draft.new(Calendar.drawn(random, reach=draft.reach() + 30, weekdays=range(5)))
    return replace(problem, visits=tuple(_near(visit, draft.nominal[visit.id]) for visit in problem.visits))


def _near(visit: ProblemVisit, nominal: int) -> ProblemVisit:
    """Return the visit with the open days of some months around its nominal day, as a real problem has them."""
    return replace(visit, days=tuple(choice for choice in visit.days if nominal - 30 <= choice.day <= nominal + 90))


@dataclass(frozen=True)
class Calendar:
    """Which days are open and what each costs; day 0 is ``origin``."""

    origin: date
    costs: dict[int, int]

    @classmethod
    def drawn(cls, random: Random, *, reach: int, weekdays: range | None = None) -> Calendar:
        """Return Monday to Friday less some weekdays (unless given), single closed days and a week or two away."""
        origin = date(2027, 1, 4) + timedelta(days=random.randint(0, 360))
        open_on = set(weekdays or random.choice((range(5), range(5), range(5), range(4), (0, 1, 3, 4), (0, 2, 3))))
        away = {day + n for day in random.sample(range(reach), reach // 120) for n in range(random.randint(3, 9))}
        closed = {day for day in range(reach) if random.random() < 0.04} | away
        liked = {weekday: random.choice((0, 0, 0, 1, 2, 3)) for weekday in open_on}
        return cls(
            origin,
            {
                day: liked[weekday]
                for day in range(reach)
                if (weekday := (origin + timedelta(days=day)).weekday()) in open_on and day not in closed
            },
        )

    def at_or_after(self, day: int) -> int:
        """Return the first open day that is not before ``day``."""
        return min((d for d in self.costs if d >= day), default=day)


@dataclass
class Draft:
    """A course without a calendar; ``nominal`` is where each visit would fall if nothing were closed."""

    random: Random
    most: int = MOST_VISITS
    nominal: dict[str, int] = field(default_factory=dict)
    tiers: dict[str, Tier] = field(default_factory=dict)
    timing: list[ProblemTiming] = field(default_factory=list)
    limits: list[ProblemLimit] = field(default_factory=list)

    def add(self, visit: str, after: str | None = None, bounds: Bounds | None = None, *, weight: int = 4) -> str:
        """Add a visit, bound to ``after``; follow-up visits (weight 1) are named so by their weight."""
        anchor = 0 if after is None else self.nominal[after]
        self.nominal[visit] = anchor + (0 if bounds is None else bounds[1][0])
        self.tiers[visit] = "follow-up" if weight == 1 else "course"
        if after is not None and bounds is not None:
            self.bind(visit, after, bounds, weight=weight)
        return visit

    def bind(self, visit: str, after: str, bounds: Bounds, *, weight: int = 4, months: int | None = None) -> None:
        """Add a timing rule: ``bounds`` are min, target and max."""
        low, target, high = bounds
        rule = ProblemTiming(
            rule=f"{visit} after {after}",
            visit=visit,
            after=after,
            months=months,
            min=low,
            target=target,
            max=high,
            weight=weight,
        )
        self.timing.append(rule)

    def monthly(self, after: str, months: range, *, off: int = 7) -> None:
        """Add check-ins so many calendar months after a visit, ideally within three days."""
        for month in months:
            if len(self.nominal) < self.most:
                visit = self.add(f"check-in-month-{month}", weight=1)
                self.nominal[visit] = self.nominal[after] + month * 30
                self.bind(visit, after, (-off, (-3, 3), off), weight=1, months=month)

    def cap(self, kind: str, most: int, every: int = 7) -> None:
        """Allow at most so many visits of a kind in each block of days from the first of them."""
        members = self.of(kind)
        self.limits.append(
            ProblemLimit(rule=f"{kind} cap", type="cap", visits=members, anchor=members[0], every=every, max=most)
        )

    def never_together(self, *kinds: str) -> None:
        """Never put two visits of these kinds on one day."""
        members = tuple(visit for kind in kinds for visit in self.of(kind))
        self.limits.append(ProblemLimit(rule="apart", type="distinct_days", visits=members))

    def of(self, kind: str) -> tuple[str, ...]:
        """Return the visits of a kind in their order."""
        return tuple(visit for visit in self.nominal if visit.startswith(f"{kind}-"))

    def reach(self) -> int:
        """Return how far the last visit could lie from day 0."""
        return max(self.nominal.values()) + START_WITHIN + 60

    def new(self, calendar: Calendar) -> Problem:
        """Return the problem of a new plan: all visits free, the first one near day 0."""
        return self._problem(calendar, held=0, told={})

    def replanned(self, calendar: Calendar) -> Problem:
        """Return a re-plan: some visits held, the days of others announced, a few of those confirmed."""
        told: dict[str, int] = {}
        shift = 0
        for visit in sorted(self.nominal, key=self.nominal.__getitem__):
            day = calendar.at_or_after(self.nominal[visit] + shift)
            while day in told.values():
                day = calendar.at_or_after(day + 1)
            told[visit] = day
            shift += self.random.choice((0, 0, 0, 0, 1))
        return self._problem(calendar, held=self.random.randint(1, len(told) // 2), told=told)

    def _problem(self, calendar: Calendar, *, held: int, told: dict[str, int]) -> Problem:
        order = sorted(self.nominal, key=self.nominal.__getitem__)
        today = told[order[held - 1]] if held else -1
        start = ProblemTiming(
            rule="start", role="start", visit=order[0], after=0, min=0, target=(0, 0), max=START_WITHIN, weight=8
        )
        return Problem(
            origin=calendar.origin,
            horizon=max(calendar.costs),
            visits=tuple(
                self._visit(visit, calendar, told.get(visit), fixed=n < held, today=today, near=n < held + 3)
                for n, visit in enumerate(order)
            ),
            timing=(start, *self.timing),
            limits=tuple(self.limits),
            objective=RE_PLAN if told else NEW_PLAN,
        )

    def _visit(
        self, visit: str, calendar: Calendar, told: int | None, *, fixed: bool, today: int, near: bool
    ) -> ProblemVisit:
        if told is not None and self.random.random() < 0.1:
            told = None if not fixed else told
        return ProblemVisit(
            id=visit,
            tier=self.tiers[visit],
            provisional=self.tiers[visit] == "follow-up",
            fixed=told if fixed else None,
            announced=told,
            confirmed=near and told is not None and self.random.random() < 0.5,
            days=tuple(
                OpenDay(day, cost, *_moved(self.tiers[visit], told, day, today))
                for day, cost in calendar.costs.items()
                if day > today
            ),
        )


def _moved(tier: Tier, told: int | None, day: int, today: int) -> tuple[int, int]:
    """Return what it costs to move a visit to a day, by the prices of the design, and whether it moves."""
    if told is None or day == told:
        return 0, 0
    moved, more = (8, 16) if tier == "course" else (1, 2)
    return moved + more * (told <= today + 7) + more * (day < told), 1


Bounds = tuple[int | None, tuple[int, int], int | None]


def general_course(draft: Draft, *, doses: int = 6, months: int = 6, slack: int | None = None) -> None:
    """Draw preparation, doses a week apart, integration between, a review, check-ins by weeks and months."""
    r = draft.random
    wide = r.randint(0, 2) if slack is None else slack
    draft.add("screening-1")
    before = "screening-1"
    for number in range(1, r.randint(2, 3) + 1):
        before = draft.add(f"preparation-{number}", before, (1, (3, 7), 14))
    for number in range(1, doses + 1):
        bounds = (1, (2, 7), 10) if number == 1 else (3, (7, 7), 10 + 5 * wide)
        before = draft.add(f"dosing-{number}", before, bounds, weight=4 if number == 1 else 8)
        draft.add(f"integration-{number}", before, (1, (1, 3), 4 + 2 * wide))
        if number > 1:
            draft.bind(before, f"integration-{number - 1}", (1, (1, 30), None))
    draft.cap("dosing", 2)
    draft.add("review-1", before, (3, (5, 10), 14))
    draft.bind("review-1", f"integration-{doses}", (1, (1, 30), None))
    for week in (2, 4, 8, 12):
        if len(draft.nominal) < draft.most:
            off = 7 * week
            draft.add(f"check-in-week-{week}", before, (off - 7, (off - 3, off + 3), off + 7), weight=1)
            draft.bind(f"check-in-week-{week}", "review-1", (1, (1, 400), None), weight=1)
    draft.monthly(before, range(4, 4 + months))
    draft.never_together("review", "check-in")


def twice_weekly_course(draft: Draft) -> None:
    """Draw two doses a week, then weekly, then every week or two; the review on or after a dosing day."""
    r = draft.random
    draft.add("preparation-1")
    doses = r.randint(6, 8)
    for number in range(1, doses + 1):
        before = f"dosing-{number - 1}" if number > 1 else "preparation-1"
        draft.add(f"dosing-{number}", before, (2, (3, 4), r.choice((5, 7, None))), weight=8)
        if number > 1:
            week = (number - 1) // 2
            draft.bind(f"dosing-{number}", "dosing-1", (None, (7 * week, 7 * week + 6), None), weight=8)
    draft.cap("dosing", 2)
    draft.add("review-1", f"dosing-{doses}", (0, (0, 0), 4))
    for number in range(1, 5):
        before = f"weekly-{number - 1}" if number > 1 else f"dosing-{doses}"
        draft.add(f"weekly-{number}", before, (5, (7, 7), 10), weight=8)
    draft.bind("weekly-1", "review-1", (0, (0, 30), None))
    for number in range(1, r.randint(6, 30) + 1):
        before = f"later-{number - 1}" if number > 1 else "weekly-4"
        draft.add(f"later-{number}", before, (5, (7, 14), 18), weight=1)
    draft.cap("later", 1)


def blocks_course(draft: Draft) -> None:
    """Draw three doses a week for two weeks, then weekly; monthly check-ins."""
    r = draft.random
    draft.add("preparation-1")
    for number in range(1, 7):
        before = f"dosing-{number - 1}" if number > 1 else "preparation-1"
        draft.add(f"dosing-{number}", before, (2, (2, 3), 5) if number > 1 else (1, (1, 7), 14), weight=8)
    draft.cap("dosing", 3)
    draft.add("review-1", "dosing-6", (0, (1, 3), 7))
    for number in range(1, 5):
        before = f"weekly-{number - 1}" if number > 1 else "review-1"
        draft.add(f"weekly-{number}", before, (5, (7, 7), 9), weight=8)
    for number in range(1, r.randint(1, 6) + 1):
        draft.add(
            f"psychotherapy-{number}", "dosing-1", (7 * number - 10, (7 * number - 5, 7 * number), 7 * number + 9)
        )
    draft.never_together("psychotherapy", "dosing", "weekly")
    draft.monthly("weekly-4", range(1, r.randint(2, 9)))


def between_course(draft: Draft) -> None:
    """Draw doses one or two weeks apart, an integration between every two, a follow-up after the second dose."""
    r = draft.random
    draft.add("preparation-1")
    doses = r.randint(5, 8)
    for number in range(1, doses + 1):
        before = f"integration-{number - 1}" if number > 1 else "preparation-1"
        draft.add(f"dosing-{number}", before, (1, (3, 12), 21), weight=4)
        if number > 1:
            draft.bind(f"dosing-{number}", f"dosing-{number - 1}", (2, (7, 14), 28), weight=8)
        draft.add(f"integration-{number}", f"dosing-{number}", (1, (1, 3), 9))
    draft.cap("dosing", 2)
    draft.add("review-1", "preparation-1", (20, (28, 32), 60))
    draft.bind("review-1", "dosing-2", (1, (1, 60), None))
    draft.bind("dosing-3", "review-1", (1, (1, 60), None))
    for number in range(1, r.randint(2, 8) + 1):
        before = f"later-{number - 1}" if number > 1 else f"dosing-{doses}"
        draft.add(f"later-{number}", before, (20, (30, 60), 75), weight=1)
    draft.never_together("dosing", "review", "integration")


def daily_course(draft: Draft) -> None:
    """Draw five doses on five days, a review, then twice weekly for weeks; visits at weeks of the whole course."""
    r = draft.random
    draft.add("screening-1")
    for number in range(1, 6):
        before = f"dosing-{number - 1}" if number > 1 else "screening-1"
        draft.add(f"dosing-{number}", before, (1, (1, 1), 2 + r.randint(0, 2)) if number > 1 else (1, (1, 14), 28))
    draft.add("review-1", "dosing-5", (1, (3, 3), 7))
    doses = r.randint(6, 24)
    for number in range(1, doses + 1):
        before = f"home-{number - 1}" if number > 1 else "review-1"
        draft.add(f"home-{number}", before, (2, (3, 4), 6) if number > 1 else (0, (0, 3), 7), weight=8)
    draft.cap("home", 2)
    for week in range(4, 4 + doses // 2, 4):
        draft.add(f"check-in-{week}", "dosing-1", (7 * week - 5, (7 * week - 2, 7 * week + 2), 7 * week + 5), weight=1)


def exposure_course(draft: Draft) -> None:
    """Draw doses three times a week; from the fourth on, therapy on other days; a late outcome visit by months."""
    draft.add("preparation-1")
    for number in range(1, 7):
        before = f"dosing-{number - 1}" if number > 1 else "preparation-1"
        draft.add(f"dosing-{number}", before, (2, (2, 3), 6) if number > 1 else (1, (1, 7), 14), weight=8)
    draft.cap("dosing", draft.random.choice((2, 3)))
    for number in range(1, 6):
        before = f"psychotherapy-{number - 1}" if number > 1 else "dosing-4"
        draft.add(f"psychotherapy-{number}", before, (1, (1, 3), 7))
    draft.never_together("dosing", "psychotherapy")
    draft.add("review-1", "psychotherapy-1", (77, (82, 86), 98))
    draft.monthly("psychotherapy-1", range(4, 4 + draft.random.randint(0, 6)))


def any_general_course(draft: Draft) -> None:
    """Draw the general course, its numbers drawn too."""
    general_course(draft, doses=draft.random.randint(3, 8), months=draft.random.randint(0, 12))


SHAPES: tuple[Callable[[Draft], None], ...] = (
    any_general_course,
    twice_weekly_course,
    blocks_course,
    between_course,
    daily_course,
    exposure_course,
)
