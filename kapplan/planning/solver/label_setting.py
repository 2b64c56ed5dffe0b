"""The search: a shortest path with resources, by labels that are set in the order of time.

A *label* is a way to place some visits up to a day. From each label the visits that can come next are placed, on every
day that the allowance pays; of two labels with the same visits placed and the same days that still matter the dearer
one is dropped (*dominance*). One visit a day costs the search nothing that way: what is placed lies behind. The bound
on the rest holds every visit still to place to days that are still ahead, so that a visit that is passed over is paid
for at once.
"""

from __future__ import annotations

from heapq import heappop, heappush
from itertools import accumulate
from typing import NamedTuple

from kapplan.dataclass import dataclass
from kapplan.planning.problem.deadline import Deadline
from kapplan.planning.solver.counters import Count, begun, counted
from kapplan.planning.solver.precedence import Days, Extension, Sharing, Stage, StageLayout
from kapplan.planning.solver.prices import LagrangianBound, due, refunds
from kapplan.planning.solver.stages import NEVER, Row, Stages

ROWS_A_STEP = 8
"""At how many visits still to come, or caps, a label looks in the time of one step."""
LISTED_A_STEP = 8
"""How many days of a visit are listed with their costs in the time of one step."""


@dataclass(slots=True)
class Meter:
    """Counts the work of a search against its limits: steps, labels kept at a time, and a deadline if any.

    A step is a day that a label looks at, or what else takes about as long: some two microseconds on a common machine.
    """

    steps: int
    labels: int
    spent: int = 0
    deadline: Deadline | None = None

    def left(self) -> int:
        """Return how many steps are left."""
        return self.steps - self.spent

    def is_over(self) -> bool:
        """Return whether no step is left, or no time."""
        return self.spent > self.steps or (self.deadline is not None and self.deadline.is_over())


class Label(NamedTuple):
    """A way to place the visits of a stage, the last one, ``visit``, on ``day``, by the day ``now``.

    ``real`` is what it costs with the bound on the rest, less the prices of idle days; ``total`` is what any placement
    costs at least that goes on from it. ``turn`` is how many visits were placed since ``now`` was reached. Prices are
    paid through day ``paid``. ``today`` are the visits on that day where others may still join them, those of a higher
    rank than ``last``.
    """

    real: int
    total: int
    now: int
    turn: int
    paid: int
    stage: Stage
    days: Days
    counts: tuple[Count, ...]
    today: int
    last: int
    visit: int
    day: int
    before: Label | None


Key = tuple[int, Days, tuple[Count, ...], int]
"""What is placed, the days and counts that still matter, and the visits of today that others may join."""
Waiting = tuple[int, int, Row]
"""A visit still to come, after the day up to which it costs nothing beyond the bound, and what its days cost."""


class Found(NamedTuple):
    """The best placement: its cost and the day of each visit."""

    cost: int
    days: tuple[int, ...]


class Swept(NamedTuple):
    """What a search came to.

    ``found`` is the best placement within the allowance. Nothing costs less than ``bound`` but what was found: the
    allowance passed over that much at least, or the limits did.  ``whole`` says that no limit was met.
    """

    found: Found | None
    bound: int
    whole: bool


@dataclass(frozen=True, slots=True)
class Ask:
    """What a search is asked for: placements that cost at most ``allowance``.

    With ``first`` the first listed visit stands on that day. With ``width`` only so many labels of a day are gone on
    from (a *beam*): what is found then is a placement, and need not be the best. Labels are taken in the order of time;
    where ``cheapest``, those that cost least come first, which finds a placement near the bound with little work.
    """

    allowance: int
    first: int | None = None
    width: int | None = None
    cheapest: bool = False


class Sweep:
    """One search of a network for what an ``Ask`` says.

    The visits that the limits heeded name are placed in the order of time, the others as they are listed, without
    regard to limits.
    """

    def __init__(
        self, bound: LagrangianBound, stages: Stages, layout: StageLayout, shares: Sharing, *, ask: Ask, meter: Meter
    ) -> None:
        self.stages = stages
        self.layout = layout
        self.caps = [bound.network.caps[number] for number in layout.caps]
        self.shares = shares
        self.allowance = ask.allowance
        self.ask = ask
        self.meter = meter
        self.priced = bound.priced
        self.together = 1 if shares.never else 0
        windows = stages.network.windows
        self.start = min((window.first for window in windows), default=0)
        end = max((window.last for window in windows), default=0)
        self.passed = [0, *accumulate(due(bound, self.start, end))]
        self.given = refunds(bound)
        self.cut = NEVER
        self.best: tuple[int, Label] | None = None
        self.queue: dict[tuple[int, int], dict[Key, Label]] = {}
        self.waiting: list[tuple[int, int]] = []
        self.kept = 0
        self.listed = stages.rows.listed
        self.closed: dict[tuple[int, Days, tuple[Count, ...]], Label] = {}

    def run(self) -> Swept:
        """Search, moment by moment: in the order of time, or of cost."""
        bound = self.stages.relaxation.cost
        stage = self.layout.root
        counts = tuple(begun(cap) for cap in self.caps)
        last = self.start - 1
        root = Label(bound, bound, last, 0, last, stage, (), counts, 0, -1, -1, last, None)
        if bound > self.allowance:
            return Swept(None, bound, True)
        if not self.layout.whole:
            return Swept(Found(bound, ()), bound, True)
        self._expand(root)
        while self.waiting:
            moment = heappop(self.waiting)
            if self.ask.cheapest and moment[0] > self.allowance:
                break
            if self._over(moment):
                return self._swept(whole=False)
        return self._swept(whole=True)

    def _over(self, moment: tuple[int, int]) -> bool:
        """Go on from the labels of a moment; return whether a limit was met."""
        queue, rows, meter = self.queue[moment], self.stages.rows, self.meter
        for key, label in queue.items() if self.ask.width is None else self._narrowed(list(queue.items())):
            if label.total <= self.allowance and not self._dominated(key, label):
                self._expand(label)
                if rows.listed - self.listed >= LISTED_A_STEP:
                    self._count_listed()
                if self.kept > meter.labels or meter.is_over():
                    return True
        self.kept -= len(queue)
        del self.queue[moment]
        return False

    def _count_listed(self) -> None:
        """Count the days of visits that were listed, most of them once for many labels."""
        steps = (self.stages.rows.listed - self.listed) // LISTED_A_STEP
        self.meter.spent += steps
        self.listed += steps * LISTED_A_STEP

    def _narrowed(self, labels: list[tuple[Key, Label]]) -> list[tuple[Key, Label]]:
        """Return the labels of a moment that are gone on from."""
        labels.sort(key=lambda each: each[1].total)
        return labels[: self.ask.width]

    def _swept(self, *, whole: bool) -> Swept:
        found = None
        if self.best is not None:
            found = Found(self.best[0], self._days(self.best[1]))
        bound = self.cut
        if not whole:
            bound = min([bound, *(one.total for labels in self.queue.values() for one in labels.values())])
        if found is not None:
            bound = min(bound, found.cost)
        return Swept(found, bound, whole)

    def _days(self, label: Label) -> tuple[int, ...]:
        days = [0] * len(self.stages.network.windows)
        one: Label | None = label
        while one is not None and one.visit >= 0:
            days[one.visit] = one.day
            one = one.before
        return tuple(days)

    def _dominated(self, own: Key, label: Label) -> bool:
        """Tell whether a label gone on from, that has all its ways to go on, is as cheap; else note this one."""
        key = own[:3]
        other = self.closed.get(key)
        if other is not None:
            if other.now < label.now or (other.now == label.now and other.today == label.today):
                if other.real < label.real or (other.real == label.real and not self._earlier(label, other)):
                    return True
            elif other.real < label.real:
                return False
        self.closed[key] = label
        return False

    def _earlier(self, label: Label, other: Label) -> bool:
        """Tell whether the ties put a label before another with the same visits placed."""
        return self._days(label) < self._days(other)

    def _expand(self, label: Label) -> None:
        """Place every visit that can come next on every day that the allowance pays."""
        stage, days, layout = label.stage, label.days, self.layout
        if stage.free is not None:
            self._place_untimed(label, layout.move(stage, stage.free))
            return
        known, row_of = self.stages.rows.known, self.stages.rows.row
        waiting = []
        for visit, place in stage.timed:
            day = None if place is None else days[place]
            row = known[visit].get(day) or row_of(visit, day)
            waiting.append((row.free, visit, row))
        waiting.sort()
        paid = self.passed[label.paid - self.start + 1]
        least, start = label.real + paid, label.now if label.today else label.now + 1
        for each in waiting:
            _, visit, row = each
            if not stage.ready >> visit & 1:
                continue
            day = max(row.first, start)
            own = least + row.beyond(day)
            if len(waiting) > 1:
                _, _, urgent = waiting[1] if waiting[0] is each else waiting[0]
                own += urgent.beyond(day + self.together)
            if own > self.allowance:
                self.cut = min(self.cut, own)
            else:
                self._place(label, layout.move(stage, visit), waiting, paid, start)

    def _place_untimed(self, label: Label, move: Extension) -> None:
        """Place a visit that no limit names: whatever its day, it is in nobody's way.

        Where the day matters to no visit still to come, the cheapest one stands for all of them.
        """
        base, past, after = label.real, self.passed[label.paid - self.start + 1], move.after
        turn, days, rest = label.turn + 1, label.days, (label.counts, label.today)
        only = self.ask.first if move.visit == 0 else None
        for cost, day in self.stages.options(move.depends, move.read(days)):
            self.meter.spent += 1
            real = base + cost
            total = real + past
            if total > self.allowance:
                self.cut = min(self.cut, total)
                break
            if only is not None and day != only:
                continue
            total = max(total, label.total)
            own = move.carry((*days, day))
            moment = (total, move.placed) if self.ask.cheapest else (label.now, turn)
            self._take(
                (after.placed, own, *rest),
                moment,
                real,
                (real, total, label.now, turn, label.paid, after, own, *rest, label.last, move.visit, day, label),
            )
            if not move.matters:
                break

    def _place(self, label: Label, move: Extension, waiting: list[Waiting], paid: int, start: int) -> None:
        """Place a visit on every day that the allowance pays, with what it costs all others to come later."""
        visit, own = move.visit, self.priced >> move.visit & 1
        base, begin, passed, paid_day = label.real, self.start - 1, self.passed, label.paid
        given, first = self.given.get(visit, ()), self.stages.network.windows[visit].first
        together, allowance = self.together, self.allowance
        only = self.ask.first if visit == 0 else None
        steps, looked, counted = 1, 0, len(move.caps)
        least = base + paid
        for cost, day in self.stages.options(move.depends, move.read(label.days)):
            steps += 1
            if least + cost > allowance:
                self.cut = min(self.cut, least + cost)
                break
            if day < start or (only is not None and day != only):
                continue
            real = base + cost
            through = day - 1 if day > paid_day else paid_day
            total = real + passed[through - begin]
            rest = day + together
            for free, other, row in waiting:
                if free >= rest:
                    break
                looked += 1
                if other != visit:
                    total += row.beyond(rest)
            if total > allowance:
                self.cut = min(self.cut, total)
                continue
            if given:
                real -= given[day - first]
            if day == label.now and not self._joins(label, visit, day):
                continue
            looked += counted
            self._keep(label, move, day, real=real, total=total, paid=day if own else through)
        self.meter.spent += steps + looked // ROWS_A_STEP

    def _joins(self, label: Label, visit: int, day: int) -> bool:
        """Tell whether a visit may stand on the day of a label, beside what is there."""
        if self.shares.alone[visit] & label.today or not self.shares.later[label.last] >> visit & 1:
            return False
        apart = self.shares.apart
        return not apart or not any(
            day in apart.get((visit, other), ())
            for other in range(label.today.bit_length())
            if label.today >> other & 1
        )

    def _keep(self, label: Label, move: Extension, day: int, *, real: int, total: int, paid: int) -> None:
        """Keep the label that placing a visit on a day leads to, unless another with its key is as cheap."""
        visit, after = move.visit, move.after
        counts = self._counted(label, move, day) if move.caps else label.counts
        if counts is None:
            return
        same = day == label.now
        turn, today = label.turn + 1 if same else 0, 0
        if self.together == 0:
            today = 1 << visit | (label.today if same else 0)
            if not self._may_join(today, visit, after.placed):
                today = 0
        days = move.carry((*label.days, day))
        self._take(
            (after.placed, days, counts, today),
            (total, move.placed) if self.ask.cheapest else (day, turn),
            real,
            (real, total, day, turn, paid, after, days, counts, today, visit, visit, day, label),
        )

    def _counted(self, label: Label, move: Extension, day: int) -> tuple[Count, ...] | None:
        """Return the counts of the caps with a visit more; ``None`` where one is overfull."""
        counts = list(label.counts)
        for number, role, left in move.caps:
            count = counted(self.caps[number], counts[number], role, day, left)
            if count is None:
                return None
            counts[number] = count
        return tuple(counts)

    def _take(self, key: Key, moment: tuple[int, int], real: int, values: tuple[object, ...]) -> None:
        """Put a label among those to go on from at a moment, in place of one of its key that is not better."""
        queue = self.queue.get(moment)
        other = None if queue is None else queue.get(key)
        if other is not None and real > other.real:
            return
        label = tuple.__new__(Label, values)  # a third of the work of calling the class
        if key[0] == self.layout.whole:
            self._finish(label)
        elif queue is None:
            self.queue[moment] = {key: label}
            heappush(self.waiting, moment)
            self.kept += 1
        elif other is None:
            self.kept += 1
            queue[key] = label
        elif real < other.real or self._earlier(label, other):
            queue[key] = label

    def _may_join(self, today: int, visit: int, placed: int) -> bool:
        """Tell whether a visit still to place may stand on a day beside those that are there."""
        others = self.shares.later[visit] & ~placed
        for one in range(today.bit_length()):
            if today >> one & 1:
                others &= ~self.shares.alone[one]
        return others != 0

    def _finish(self, label: Label) -> None:
        """Take a whole placement where it is the best so far; dearer ones are not looked for any more."""
        cost = label.real + self.passed[-1]
        if cost > self.allowance:
            self.cut = min(self.cut, cost)
            return
        if self.best is None or cost < self.best[0] or self._earlier(label, self.best[1]):
            self.best = (cost, label)
        self.allowance = cost
