"""Work on many items by executors: processes of this machine, or a Dask cluster; results come in the items' order.

Every process is an executor of its own (``concurrent.futures``), so that one that dies costs its item alone: what it
had still to do is given to the next. A cluster is one executor that does the same by itself. So many items are under
way at most, however many there are. When the program ends, for whatever reason, so do its processes.
"""

from __future__ import annotations

import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from contextlib import ExitStack, contextmanager, suppress
from typing import Any, Generic, TypeVar

from kapplan.cli import collect_seldom
from kapplan.cli.batch.cluster import connected, worker_died
from kapplan.dataclass import dataclass
from kapplan.errors import MachineError

Item = TypeVar("Item")
Result = TypeVar("Result")

AHEAD = 2
"""How many items a process has at hand, so that it need not wait for the next one."""
WINDOW = 64
"""How many items, for each process, may be ahead of the oldest that is not done: results wait for it in memory."""
_HEARTBEAT = 0.1
_LOST_AT_FIRST = 3
"""So many items, for each executor, may be lost before any is done: more say that processes cannot live here."""
_WORTH_SHARING = 4
"""So few items are done sooner than they are handed out."""


@dataclass(frozen=True, slots=True)
class Died:
    """Stands in the place of a result where the process died that worked on the item."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hands:
    """Who works: so many processes here, or the cluster at an address such as ``tcp://host:8786``."""

    jobs: int = 1
    cluster: str | None = None


def processors() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def in_order(
    work: Callable[[Item], Result],
    items: Iterable[Item],
    hands: Hands,
    *,
    alone: Callable[[Item], bool] = lambda _: False,
    tick: Callable[[], None] = lambda: None,
) -> Generator[tuple[Item, Result | Died], None, None]:
    """Yield each item with its result, in the order of the items; with one job here, all of it happens in this process.

    ``work`` is a function of a module, or a ``partial`` of one, and raises nothing. An item that must be ``alone`` is
    begun when all before it are done, and is done before any other is begun. ``tick`` is called again and again
    meanwhile. Close the generator to have the processes end. Raises ``MachineError`` where no process can live, and
    ``UsageError`` where a cluster cannot be reached.
    """
    if hands.cluster is not None:
        with connected(hands.cluster) as (executor, cores):
            all_of_it: list[_Lane[Item]] = [_Lane(lambda: executor, cores)]
            yield from _Crew(work, all_of_it, alone, tick).results(iter(items))
        return
    if hands.jobs > 1:
        lanes: list[_Lane[Item]] = [_Lane(_process, 1) for _ in range(hands.jobs)]
        yield from _Crew(work, lanes, alone, tick).results(iter(items))
        return
    for item in items:
        tick()
        yield item, work(item)


@contextmanager
def at_hand(hands: Hands) -> Iterator[Callable[[Callable[[Any], Any], Sequence[Any]], Iterator[Any]]]:
    """Yield a map of a function over items, in their order, by executors that live from one use to the next.

    What a process was at that died is done here. Raises as ``in_order`` does.
    """
    with ExitStack() as stack:
        lanes: list[_Lane[Any]] = []
        if hands.cluster is not None:
            executor, cores = stack.enter_context(connected(hands.cluster))
            lanes.append(_Lane(lambda: executor, cores))
        elif hands.jobs > 1:
            lanes.extend(_Lane(_process, 1) for _ in range(hands.jobs))

        def each(work: Callable[[Any], Any], items: Sequence[Any]) -> Iterator[Any]:
            if not lanes or len(items) < _WORTH_SHARING:
                yield from map(work, items)
                return
            try:
                for item, result in _Crew(work, lanes, lambda _: False, lambda: None).handed_out(iter(items)):
                    yield work(item) if isinstance(result, Died) else result
            finally:
                for lane in lanes:
                    lane.forget()

        try:
            yield each
        finally:
            for lane in lanes:
                lane.end()


class _Lane(Generic[Item]):
    """An executor of so many ``cores``, begun when there is work for it, and the items that it has, by number."""

    def __init__(self, begin: Callable[[], Executor], cores: int) -> None:
        self.begin, self.cores = begin, cores
        self.executor: Executor | None = None
        self.given: dict[Future[Any], tuple[int, Item]] = {}

    @property
    def has_room(self) -> bool:
        return len(self.given) < AHEAD * self.cores

    def give(self, work: Callable[[Item], Any], number: int, item: Item) -> bool:
        """Begin an item, or tell that the process has died over what it had before."""
        try:
            self._submit(work, number, item)
        except BrokenExecutor:
            if self.given:
                return False
            self.end()  # it died idle
            self._submit(work, number, item)
        return True

    def _submit(self, work: Callable[[Item], Any], number: int, item: Item) -> None:
        with _interrupts_ignored():
            if self.executor is None:
                self.executor = self.begin()
            self.given[self.executor.submit(work, item)] = number, item

    def forget(self) -> None:
        """Begin nothing more of what was given; what is under way comes to nothing."""
        for future in self.given:
            future.cancel()
        self.given.clear()

    def end(self) -> None:
        """Let what is under way be finished, so that nothing is left half written, and begin nothing more."""
        executor, self.executor = self.executor, None
        for future in self.given:
            future.cancel()
        if executor is not None and self.begin is _process:
            executor.shutdown(wait=True, cancel_futures=True)


class _Crew(Generic[Item, Result]):
    def __init__(
        self,
        work: Callable[[Item], Result],
        lanes: list[_Lane[Item]],
        alone: Callable[[Item], bool],
        tick: Callable[[], None],
    ) -> None:
        self.work, self.lanes, self.alone, self.tick = work, lanes, alone, tick
        self.cores = sum(lane.cores for lane in lanes)
        self.waiting: deque[tuple[int, Item]] = deque()
        self.done: dict[int, tuple[Item, Result | Died]] = {}
        self.given_again: set[int] = set()
        self.taken = self.told = self.finished = self.lost = 0
        self.more = True
        self.lonely = False

    def results(self, items: Iterator[Item]) -> Iterator[tuple[Item, Result | Died]]:
        try:
            yield from self.handed_out(items)
        finally:
            for lane in self.lanes:
                lane.end()

    def handed_out(self, items: Iterator[Item]) -> Iterator[tuple[Item, Result | Died]]:
        while self._hand_out(items):
            self._listen()
            while self.told in self.done:
                yield self.done.pop(self.told)
                self.told += 1

    def _hand_out(self, items: Iterator[Item]) -> bool:
        """Give every lane enough to do; return whether anything is under way."""
        while self._may_take():
            item = next(items, _NOTHING)
            if isinstance(item, _Nothing):
                self.more = False
            else:
                self.waiting.append((self.taken, item))
                self.taken += 1
        while self.waiting:
            lane = min(self.lanes, key=lambda one: len(one.given) / one.cores)
            if not lane.has_room or not self._may_begin(self.waiting[0][1]):
                break
            if not lane.give(self.work, *self.waiting[0]):
                break
            self.waiting.popleft()
        return any(lane.given for lane in self.lanes)

    def _may_take(self) -> bool:
        return self.more and len(self.waiting) < self.cores and self.taken - self.told < WINDOW * self.cores

    def _may_begin(self, item: Item) -> bool:
        """Return whether an item may be begun now, beside those that are under way."""
        under_way = any(lane.given for lane in self.lanes)
        if under_way and (self.lonely or self.alone(item)):
            return False
        self.lonely = self.alone(item)
        return True

    def _listen(self) -> None:
        """Wait for results, and take them in the order in which they were given out."""
        futures = [future for lane in self.lanes for future in lane.given]
        wait(futures, timeout=_HEARTBEAT, return_when=FIRST_COMPLETED)
        for lane in self.lanes:
            for future in [future for future in lane.given if future.done()]:
                if future in lane.given:
                    self._take(lane, future)
        self.tick()

    def _take(self, lane: _Lane[Item], future: Future[Any]) -> None:
        try:
            result = future.result()
        except BaseException as error:
            if not worker_died(error):
                raise
            self._bury(lane, future)
            return
        number, item = lane.given.pop(future)
        self.done[number] = (item, result)
        self.finished += 1

    def _bury(self, lane: _Lane[Item], future: Future[Any]) -> None:
        """Take a dead process away: what it was at is given to the next once more, and what it had still to do.

        An item over which two processes died is lost; a cluster has done it again already. Raises ``MachineError``
        where more are lost than done.
        """
        number, item = lane.given.pop(future)
        again = [] if number in self.given_again or lane.begin is not _process else [(number, item)]
        if not again:
            self.done[number] = (item, Died())
            self.lost += 1
        self.given_again.add(number)
        if lane.begin is _process:
            self.waiting.extendleft(reversed([*again, *lane.given.values()]))
            lane.given.clear()
            lane.end()
        if self.lost > self.finished + _LOST_AT_FIRST * len(self.lanes):
            raise MachineError("the processes that do the work end before they have done it; --jobs 1 needs none")


class _Nothing:
    """There are no more items."""


_NOTHING = _Nothing()


def _process() -> Executor:
    """Return an executor with one process of its own."""
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    return ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn"), initializer=_live)


@contextmanager
def _interrupts_ignored() -> Iterator[None]:
    """Have processes started within ignore Ctrl-C from their first moment, where they inherit that: it is ours."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _live() -> None:
    """Begin the life of a process: Ctrl-C is for the program that began it, and it lives no longer than that."""
    collect_seldom()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    from multiprocessing import parent_process

    parent = parent_process()
    if parent is not None:
        with suppress(OSError):
            parent.join()
        os._exit(1)
