"""Room to move: how far a visit could move if those after it moved along, every visit before it staying where it is.

The bounds of timing rules and the open days of each visit have a latest solution (and an earliest): start each visit on
its last open day and lower it to the last one that its rules allow, until nothing changes. Limits over several visits
(one a day, weekly caps) are left out: this is what the rules allow, not yet a placement.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from kapplan.planning.problem.bounds import DayBound, earliest_steps, latest_steps
from kapplan.planning.problem.problem import Problem

Sign = int
"""1 for the latest days; -1 for the earliest, which are the latest where time runs backwards."""


class FloatBound(NamedTuple):
    """A visit is no later than ``day`` makes of the day of ``source`` (a visit's place), or of none than ``day(0)``.

    ``shift`` is what it adds to any day, where that is all it does.
    """

    source: int | None
    day: Callable[[int], int]
    shift: int | None


def rooms(problem: Problem, days: Mapping[str, int]) -> dict[str, tuple[int, int]]:
    """Return, for each visit, how many days it could move earlier and later if those after it moved too.

    ``days`` is where each visit stands, counted from the problem's origin. Fixed visits never move.
    """
    order = sorted(range(len(problem.visits)), key=lambda place: (days[problem.visits[place].id], place))
    movable = [place for place in order if problem.visits[place].fixed is None]
    open_days = [sorted({choice.day for choice in visit.days} | {days[visit.id]}) for visit in problem.visits]
    backwards = [[-day for day in reversed(each)] for each in open_days]
    sides = [_Side(problem, days, -1, backwards, movable), _Side(problem, days, 1, open_days, movable)]
    found: dict[str, tuple[int, int]] = {}
    for place in movable:
        earlier, later = (side.leave(place) for side in sides)
        found[problem.visits[place].id] = (earlier, later)
    return {visit.id: found.get(visit.id, (0, 0)) for visit in problem.visits}


class _Side:
    """One direction of time: bounds, open days in order and placed days, all of them negated for the earliest days.

    ``late`` is how late each visit can be as things stand: at first all may move. One after the other is then left
    where it stands, which only ever lowers the others.
    """

    def __init__(
        self,
        problem: Problem,
        days: Mapping[str, int],
        sign: Sign,
        open_days: Sequence[Sequence[int]],
        movable: Sequence[int],
    ) -> None:
        places = {visit.id: place for place, visit in enumerate(problem.visits)}
        self.days = [sign * days[visit.id] for visit in problem.visits]
        self.open = open_days
        self.bounds: list[list[FloatBound]] = [[] for _ in problem.visits]
        self.tied: list[set[int]] = [set() for _ in problem.visits]
        origin, steps_of = problem.origin.toordinal(), latest_steps if sign > 0 else earliest_steps
        for rule in problem.timing:
            for step in steps_of(rule, origin):
                self._add(step, places, sign)
        self.late = self.days[:]
        for place in movable:
            self.late[place] = self.open[place][-1]
        self._settle(movable)

    def _add(self, step: DayBound, places: Mapping[str, int], sign: Sign) -> None:
        visit, source, day, shift = step
        if isinstance(visit, int):
            return
        if isinstance(source, int):
            at = sign * day(source)
            self.bounds[places[visit]].append(FloatBound(None, lambda _: at, None))
            return
        towards = day if sign > 0 else lambda late: -day(-late)
        self.bounds[places[visit]].append(FloatBound(places[source], towards, None if shift is None else sign * shift))
        self.tied[places[source]].add(places[visit])

    def leave(self, place: int) -> int:
        """Return how far a visit can move as things stand, and leave it where it is from now on."""
        room = self.late[place] - self.days[place]
        if room:
            self.late[place] = self.days[place]
            self._settle(self.tied[place])
        return room

    def _settle(self, waiting: Iterable[int]) -> None:
        """Lower visits until every rule can be kept."""
        queue = deque(waiting)
        queued = set(queue)
        while queue:
            visit = queue.popleft()
            queued.discard(visit)
            if self.late[visit] == self.days[visit]:
                continue
            lowered = self._lowered(visit)
            if lowered < self.late[visit]:
                self.late[visit] = lowered
                more = self.tied[visit] - queued
                queue.extend(more)
                queued |= more

    def _lowered(self, visit: int) -> int:
        """Return the last open day of a visit that its rules allow, given how late the others can be.

        It never lies before the day on which the visit stands: rules that history has broken take nothing away.
        """
        late = self.late
        day = late[visit]
        for source, at, shift in self.bounds[visit]:
            then = 0 if source is None else late[source]
            bound = at(then) if shift is None else then + shift
            day = min(day, bound)
        if day <= self.days[visit]:
            return self.days[visit]
        open_days = self.open[visit]
        return open_days[bisect_right(open_days, day) - 1]
