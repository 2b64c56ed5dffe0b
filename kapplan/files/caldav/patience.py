"""Trying again: how often, after how long, and when to give up for good."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from threading import Thread
from typing import TypeVar

from kapplan.errors import MachineError
from kapplan.files.caldav.transport import BusyServerError, UnreachableError

Result = TypeVar("Result")

DEADLINE_SECONDS = 300.0
TRIES = 5
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0
_JITTER = 0.25


class OutOfTimeError(MachineError):
    """The time that the whole command may take is over."""


@dataclass
class Patience:
    """The time that is left for a ``host``, and how to wait; ``clock`` and ``sleep`` are replaced in tests."""

    seconds: float = DEADLINE_SECONDS
    host: str = "the server"
    tries: int = TRIES
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    jitter: Callable[[], float] = random.SystemRandom().random
    begun: float = field(init=False)

    def __post_init__(self) -> None:
        self.begun = self.clock()

    @property
    def left(self) -> float:
        """How many seconds are left, none where it is too late."""
        return max(0.0, self.begun + self.seconds - self.clock())

    def call(self, ask: Callable[[], Result], again: Callable[[], Result] | None = None) -> Result:
        """Return what the server answers, asking again where it was busy or gave no answer.

        ``again`` is asked instead after no answer, where the request may have done its work: it looks first. A refusal
        is never asked twice. Raises the last error once the tries or the time are used up: an answer that comes a byte
        at a time is not waited for longer than any other.
        """
        attempt = ask
        for number in range(self.tries):
            if self.left <= 0:
                raise OutOfTimeError(f"{self.seconds:.3g} seconds were not enough for {self.host}")
            try:
                return self._in_time(attempt)
            except BusyServerError as error:
                self._wait(number, error, error.seconds)
            except UnreachableError as error:
                self._wait(number, error, None)
                attempt = again or ask
        raise AssertionError("the last try returns or raises")  # pragma: no cover

    def _wait(self, number: int, error: MachineError, wanted: float | None) -> None:
        """Wait before the next try; raise the error where there is none, or no time for it."""
        pause = min(_FIRST_PAUSE * 2**number, _LONGEST_PAUSE) if wanted is None else max(wanted, 0.0)
        pause *= 1 + _JITTER * self.jitter()
        if number + 1 >= self.tries or pause >= self.left:
            raise error
        self.sleep(pause)

    def _in_time(self, ask: Callable[[], Result]) -> Result:
        """Return an answer that is whole within the time that is left; ``UnreachableError`` where it is not.

        No limit of a socket does that: it begins anew with every byte. What goes on behind that ends with the program.
        """
        answer: Future[Result] = Future()

        def run() -> None:
            try:
                answer.set_result(ask())
            except BaseException as error:  # noqa: BLE001  # it is raised where the answer is waited for
                answer.set_exception(error)

        Thread(target=run, daemon=True).start()
        try:
            return answer.result(self.left)
        except TimeoutError as error:
            if answer.done():
                raise
            raise UnreachableError(f"{self.host} gave no whole answer in {self.seconds:.3g} seconds") from error
