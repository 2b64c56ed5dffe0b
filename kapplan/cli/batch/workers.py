"""Work on many items in processes of their own; the results come in the order of the items, however many there are.

A worker takes an item, sends back its result and takes the next; it remembers nothing of items that are done. One that
dies costs its item alone: the next one goes on with what it had still to do. When the program ends, for whatever
reason, so do its workers.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from kapplan.dataclass import dataclass
from kapplan.errors import MachineError

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

Item = TypeVar("Item")
Result = TypeVar("Result")

AHEAD = 2
"""How many items a worker has at hand, so that it need not wait for the next one."""
WINDOW = 64
"""How many items, for each worker, may be ahead of the oldest that is not done: results wait for it in memory."""
_HEARTBEAT = 0.1
_MOST_BARREN = 3
_LAST_WORDS = 5.0


@dataclass(frozen=True, slots=True)
class Died:
    """Stands in the place of a result where the worker died over its item; ``code`` is how its process ended."""

    code: int | None


def processors() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def in_order(
    work: Callable[[Item], Result],
    items: Iterable[Item],
    jobs: int,
    *,
    alone: Callable[[Item], bool] = lambda _: False,
    tick: Callable[[], None] = lambda: None,
) -> Generator[tuple[Item, Result | Died], None, None]:
    """Yield each item with its result, in the order of the items; with one job, all of it happens in this process.

    ``work`` is a function of a module, or a ``partial`` of one, and raises nothing. An item that must be ``alone`` is
    begun when all before it are done, and is done before any other is begun. ``tick`` is called again and again
    meanwhile. Close the generator to have the workers end. Raises ``MachineError`` where no worker can live.
    """
    if jobs > 1:
        yield from _Crew(work, jobs, alone, tick).results(iter(items))
        return
    for item in items:
        tick()
        yield item, work(item)


class _Worker(Generic[Item]):
    """A process, the line to it, and the items given to it that it has not answered, by their numbers."""

    def __init__(self, work: Callable[[Item], Any]) -> None:
        from multiprocessing import get_context

        context = get_context("spawn")
        self.line, other = context.Pipe()
        self.process = context.Process(target=_serve, args=(other, work), daemon=True)
        self.given: deque[tuple[int, Item]] = deque()
        with _interrupts_ignored():
            self.process.start()
        other.close()

    def give(self, number: int, item: Item) -> None:
        self.given.append((number, item))
        self._send(item)

    def _send(self, item: Item) -> None:
        with suppress(OSError):  # a dead worker is noticed when its answer is awaited
            self.line.send(item)

    def end(self) -> None:
        """End the process at once, but let it take away what it has half written."""
        self.process.terminate()
        self.process.join(_LAST_WORDS)
        if self.process.exitcode is None:
            self.process.kill()
            self.process.join()
        self.line.close()


class _Crew(Generic[Item, Result]):
    def __init__(
        self, work: Callable[[Item], Result], jobs: int, alone: Callable[[Item], bool], tick: Callable[[], None]
    ) -> None:
        self.work, self.jobs, self.alone, self.tick = work, jobs, alone, tick
        self.workers: list[_Worker[Item]] = []
        self.waiting: deque[tuple[int, Item]] = deque()
        self.done: dict[int, tuple[Item, Result | Died]] = {}
        self.taken = self.told = self.barren = 0
        self.more = True
        self.lonely = False

    def results(self, items: Iterator[Item]) -> Iterator[tuple[Item, Result | Died]]:
        try:
            while self._hand_out(items):
                self._listen()
                while self.told in self.done:
                    yield self.done.pop(self.told)
                    self.told += 1
        finally:
            for worker in self.workers:
                worker.process.terminate()
            for worker in self.workers:
                worker.end()

    def _hand_out(self, items: Iterator[Item]) -> bool:
        """Give every worker enough to do; return whether anything is under way."""
        while self._may_take():
            item = next(items, _NOTHING)
            if isinstance(item, _Nothing):
                self.more = False
            else:
                self.waiting.append((self.taken, item))
                self.taken += 1
        for _ in range(len(self.waiting)):
            worker = self._least_busy()
            if worker is None or not self._may_begin(self.waiting[0][1]):
                break
            worker.give(*self.waiting.popleft())
        return any(worker.given for worker in self.workers)

    def _may_take(self) -> bool:
        return self.more and len(self.waiting) < self.jobs and self.taken - self.told < WINDOW * self.jobs

    def _may_begin(self, item: Item) -> bool:
        """Return whether an item may be begun now, beside those that are under way."""
        under_way = any(worker.given for worker in self.workers)
        if under_way and (self.lonely or self.alone(item)):
            return False
        self.lonely = self.alone(item)
        return True

    def _least_busy(self) -> _Worker[Item] | None:
        """Return the worker that has the least to do, a new one while there are too few; ``None`` if all have enough.

        New ones begin one by one as there is work for them.
        """
        least = min(self.workers, key=lambda worker: len(worker.given), default=None)
        if len(self.workers) < self.jobs and (least is None or least.given):
            self.workers.append(_Worker(self.work))
            return self.workers[-1]
        return least if least is not None and len(least.given) < AHEAD else None

    def _listen(self) -> None:
        """Wait for answers, and take them."""
        from multiprocessing.connection import wait

        lines = {worker.line: worker for worker in self.workers}
        for ready in wait(lines, _HEARTBEAT):
            self._take_answer(lines[ready])  # type: ignore[index]
        self.tick()

    def _take_answer(self, worker: _Worker[Item]) -> None:
        try:
            result = worker.line.recv()
        except (EOFError, OSError):
            self._bury(worker)
            return
        number, item = worker.given.popleft()
        self.done[number] = (item, result)
        self.barren = 0

    def _bury(self, worker: _Worker[Item]) -> None:
        """Take a dead worker away: its first item has no result, and the others have it all still to do."""
        self.workers.remove(worker)
        worker.end()
        if worker.given:
            number, item = worker.given.popleft()
            self.done[number] = (item, Died(worker.process.exitcode))
        self.waiting.extendleft(reversed(worker.given))
        self.barren += 1
        if self.barren > _MOST_BARREN * self.jobs:
            raise MachineError("the processes that do the work end before they have done any; --jobs 1 needs none")


class _Nothing:
    """There are no more items."""


_NOTHING = _Nothing()


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


def _serve(line: Connection, work: Callable[[Any], Any]) -> None:
    """Answer items with results until there is nobody to answer to: the life of a worker."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _leave)
    with suppress(EOFError, OSError):
        while True:
            line.send(work(line.recv()))


def _leave(*_: object) -> None:
    """End in good order: what is half written is taken away on the way out."""
    sys.exit(1)
