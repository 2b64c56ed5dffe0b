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
from kapplan.planning.solver.precedence import Sharing
from kapplan.planning.solver.prices import LagrangianBound, due, refunds
from kapplan.planning.solver.stages import NEVER, Days, Extension, Row, Stage, Stages

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

    ``timed`` are the visits (a mask) that the limits heeded name: they are placed in the order of time. The others are
    placed as they are listed, without regard to limits.
    """

    def __init__(
        self, bound: LagrangianBound, stages: Stages, shares: Sharing, ask: Ask, meter: Meter, *, timed: int
    ) -> None:
        self.stages = stages
        self.shares = shares
        self.allowance = ask.allowance
        self.ask = ask
        self.meter = meter
        self.timed = timed
        self.priced = bound.priced
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
        stage = self.stages.known[0]
        counts = tuple(begun(cap) for cap in self.stages.caps)
        last = self.start - 1
        root = Label(bound, bound, last, 0, last, stage, (), counts, 0, -1, -1, last, None)
        if bound > self.allowance:
            return Swept(None, bound, True)
        if not self.stages.whole:
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
        queue, rows = self.queue[moment], self.stages.rows
        for label in queue.values() if self.ask.width is None else self._narrowed(list(queue.values())):
            if label.total <= self.allowance and not self._dominated(label):
                self._expand(label)
                if rows.listed - self.listed >= LISTED_A_STEP:
                    self._count_listed()
                if self.kept > self.meter.labels or self.meter.is_over():
                    return True
        self.kept -= len(queue)
        del self.queue[moment]
        return False

    def _count_listed(self) -> None:
        """Count the days of visits that were listed, most of them once for many labels."""
        steps = (self.stages.rows.listed - self.listed) // LISTED_A_STEP
        self.meter.spent += steps
        self.listed += steps * LISTED_A_STEP

    def _narrowed(self, labels: list[Label]) -> list[Label]:
        """Return the labels of a moment that are gone on from."""
        labels.sort(key=lambda label: label.total)
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

    def _dominated(self, label: Label) -> bool:
        """Tell whether a label gone on from, that has all its ways to go on, is as cheap; else note this one."""
        key = (label.stage.placed, label.days, label.counts)
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
        stage, days, timed = label.stage, label.days, self.timed
        missing, before = ~stage.placed, self.stages.order.before
        for visit, _ in stage.frontier:
            if not timed >> visit & 1 and not before[visit] & missing:
                self._place_untimed(label, self.stages.move(stage, visit))
                return
        rows = self.stages.rows.row
        waiting = [
            (rows(visit, None if place is None else days[place]), visit)
            for visit, place in stage.frontier
            if timed >> visit & 1
        ]
        waiting.sort(key=lambda each: each[0].free)
        paid = self.passed[label.paid - self.start + 1]
        start = label.now if label.today else label.now + 1
        together = 1 if self.shares.never else 0
        for row, visit in waiting:
            if before[visit] & missing:
                continue
            day = max(row.first, start)
            least = label.real + paid + row.beyond(day)
            for urgent, other in waiting[:2]:
                if other != visit:
                    least += urgent.beyond(day + together)
                    break
            if least > self.allowance:
                self.cut = min(self.cut, least)
            else:
                self._place(label, self.stages.move(stage, visit), waiting, paid, start)

    def _place_untimed(self, label: Label, move: Extension) -> None:
        """Place a visit that no limit names: whatever its day, it is in nobody's way."""
        paid = self.passed[label.paid - self.start + 1]
        only = self.ask.first if move.visit == 0 else None
        for cost, day in move.choice.options(move.read(label.days)):
            self.meter.spent += 1
            real = label.real + cost
            total = real + paid
            if total > self.allowance:
                self.cut = min(self.cut, total)
                break
            if only is None or day == only:
                self._keep(label, move, day, real=real, total=max(total, label.total), paid=label.paid)

    def _place(self, label: Label, move: Extension, waiting: list[tuple[Row, int]], paid: int, start: int) -> None:
        """Place a visit on every day that the allowance pays, with what it costs all others to come later."""
        visit, own = move.visit, self.priced >> move.visit & 1
        base, begin, passed = label.real, self.start, self.passed
        given, first = self.given.get(visit, ()), self.stages.network.windows[visit].first
        together = 1 if self.shares.never else 0
        only = self.ask.first if visit == 0 else None
        steps, looked, counted = 1, 0, len(move.caps)
        least = base + paid
        for cost, day in move.choice.options(move.read(label.days)):
            steps += 1
            if least + cost > self.allowance:
                self.cut = min(self.cut, least + cost)
                break
            if day < start or (only is not None and day != only):
                continue
            real = base + cost
            total = real + passed[max(day - 1, label.paid) - begin + 1]
            rest = day + together
            for row, other in waiting:
                if row.free >= rest:
                    break
                looked += 1
                if other != visit:
                    total += row.beyond(rest)
            if total > self.allowance:
                self.cut = min(self.cut, total)
                continue
            if given:
                real -= given[day - first]
            if day == label.now and not self._joins(label, visit, day):
                continue
            looked += counted
            paid_through = day if own else max(day - 1, label.paid)
            self._keep(label, move, day, real=real, total=total, paid=paid_through)
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
        visit = move.visit
        counts = self._counted(label, move, day) if move.caps else label.counts
        if counts is None:
            return
        now, turn, today, last = label.now, label.turn + 1, label.today, label.last
        if self.timed >> visit & 1:
            now, turn, last = day, turn if day == now else 0, visit
            today = 0 if self.shares.never else 1 << visit | (today if day == label.now else 0)
            if today and not self._may_join(today, visit, move.after):
                today = 0
        days = move.carry((*label.days, day))
        key = (move.after, days, counts, today)
        moment = (total, move.placed) if self.ask.cheapest else (now, turn)
        other = self.queue[moment].get(key) if moment in self.queue else None
        if other is None or real <= other.real:
            stage = self.stages.known[move.after]
            values = (real, total, now, turn, paid, stage, days, counts, today, last, visit, day, label)
            self._take(tuple.__new__(Label, values), key, moment)  # a third of the work of calling the class

    def _counted(self, label: Label, move: Extension, day: int) -> tuple[Count, ...] | None:
        """Return the counts of the caps with a visit more; ``None`` where one is overfull."""
        counts = list(label.counts)
        for number, role, left in move.caps:
            count = counted(self.stages.caps[number], counts[number], role, day, left)
            if count is None:
                return None
            counts[number] = count
        return tuple(counts)

    def _take(self, label: Label, key: Key, moment: tuple[int, int]) -> None:
        """Put a label among those to go on from at a moment, in place of one of its key that is not better."""
        if key[0] == self.stages.whole:
            self._finish(label)
            return
        queue = self.queue.get(moment)
        if queue is None:
            queue = self.queue[moment] = {}
            heappush(self.waiting, moment)
        other = queue.get(key)
        if other is None:
            self.kept += 1
            queue[key] = label
        elif label.real < other.real or self._earlier(label, other):
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
