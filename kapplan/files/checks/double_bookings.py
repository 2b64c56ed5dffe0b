"""Plans of one clinic that need the same person or room at the same time.

Each resource is gone through once in the order of time, so that many plans take time as long as they are, and what is
told of them stays readable however badly they collide.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from heapq import heappop, heappush
from pathlib import Path
from typing import NamedTuple

from kapplan.errors import FileProblem, KapplanError
from kapplan.files.plans.format import LARGEST
from kapplan.files.plans.snapshots import capacities_of
from kapplan.files.plans.store import load_plan
from kapplan.files.toml.faults import Fault, locate
from kapplan.files.toml.sources import open_source
from kapplan.model.bookings import resource_of, room_key, staff_key
from kapplan.model.plan import Plan
from kapplan.planning.bookings.plan_bookings import ONE, presence

MOST_TOLD = 40
"""Of more double bookings the number is told."""


class _Taken(NamedTuple):
    """A visit that takes a resource; ``file`` and ``number`` say where it stands."""

    start: datetime
    file: int
    number: int
    end: datetime
    plan: str
    id: str


_Clash = tuple[_Taken, _Taken]


def double_bookings(paths: Sequence[Path]) -> tuple[FileProblem, ...]:
    """Return where plans of one clinic need the same person or room at the same time.

    A visit is told once, with one that is in its way. Files that are not there or no plans are passed over:
    ``check_file`` tells of them.
    """
    taken: dict[tuple[str | None, str], list[_Taken]] = defaultdict(list)
    places: dict[tuple[str | None, str], int] = {}
    for number, path in enumerate(paths):
        for plan in _plan_at(path):
            key = plan.clinic.id or plan.clinic.name
            places |= {(key, resource): most for resource, most in _capacities(plan).items()}
            for resource, visit in _visits(plan, number):
                taken[key, resource].append(visit)
    shared: dict[_Clash, list[str]] = defaultdict(list)
    for (key, resource), visits in taken.items():
        for clash in _clashes(sorted(visits), places.get((key, resource), ONE)):
            shared[clash].append(resource)
    return tuple(_told(paths, shared))


def _plan_at(path: Path) -> Iterator[Plan]:
    try:
        yield load_plan(path, pipes=False).plan
    except KapplanError:
        return


def _capacities(plan: Plan) -> Mapping[str, int]:
    try:
        return capacities_of(plan)
    except KapplanError:
        return {}


def _visits(plan: Plan, file: int) -> Iterator[tuple[str, _Taken]]:
    for index, visit in enumerate(plan.visits):
        if visit.open:
            one = _Taken(visit.start, file, index, visit.end, plan.id, visit.id)
            for person in visit.staff:
                for begins, ends in presence(visit, person):
                    here = visit.start.tzinfo
                    yield staff_key(person), one._replace(start=begins.astimezone(here), end=ends.astimezone(here))
            if visit.room is not None:
                yield room_key(visit.room), one


def _clashes(visits: Sequence[_Taken], most: int) -> Iterator[_Clash]:
    """Yield each visit that finds all places of a resource taken, with one that takes it."""
    present: list[tuple[datetime, int, _Taken]] = []
    by_plan: Counter[str] = Counter()
    for number, visit in enumerate(visits):
        while present and present[0][0] <= visit.start:
            by_plan[heappop(present)[2].plan] -= 1
        if len(present) - by_plan[visit.plan] >= most:
            yield next(other for _, _, other in present if other.plan != visit.plan), visit
        heappush(present, (visit.end, number, visit))
        by_plan[visit.plan] += 1


def _told(paths: Sequence[Path], shared: Mapping[_Clash, Sequence[str]]) -> Iterator[FileProblem]:
    clashes = sorted(shared, key=lambda clash: (clash[1].file, clash[1].number, clash[0]))
    for earlier, visit in clashes[:MOST_TOLD]:
        where = f"{paths[earlier.file]} ({earlier.id}, {earlier.start:%Y-%m-%d %H:%M})"
        message = f"`{visit.id}` needs {_words(shared[earlier, visit])} while {where} does"
        source = open_source(paths[visit.file], what="plan", at_most=LARGEST, pipes=False)
        yield from locate(source, [Fault(("visits", visit.number, "start"), message)])
    if len(clashes) > MOST_TOLD:
        pairs = {(earlier.file, visit.file) for earlier, visit in clashes}
        more, files = len(clashes) - MOST_TOLD, len({file for pair in pairs for file in pair})
        last = str(paths[clashes[-1][1].file])
        yield FileProblem(
            message=f"and {more} more: {len(clashes)} double bookings among {files} plans",
            file=last,
        )


def _words(resources: Sequence[str]) -> str:
    return " and ".join(resource_of(resource).words for resource in sorted(resources, reverse=True))
