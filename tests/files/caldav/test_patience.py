"""How long and how often is tried again, with a clock of the test's own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from kapplan.errors import MachineError
from kapplan.files.caldav.patience import OutOfTimeError, Patience
from kapplan.files.caldav.transport import BusyServerError, ServerRefusedError, UnreachableError


@dataclass
class Time:
    """A clock that only waiting moves."""

    now: float = 0.0
    waits: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        """Wait."""
        self.waits.append(seconds)
        self.now += seconds

    def patience(self, seconds: float = 100.0, jitter: float = 0.0) -> Patience:
        """Return patience that goes by this clock."""
        return Patience(seconds, clock=lambda: self.now, sleep=self.sleep, jitter=lambda: jitter)


def failing(*errors: MachineError) -> Callable[[], str]:
    """Return a call that raises these errors, one a time, and then answers."""
    left = list(errors)

    def call() -> str:
        if left:
            raise left.pop(0)
        return "answer"

    return call


def test_pauses_double() -> None:
    """Without a word from the server each pause is twice the last, and five tries are all."""
    time = Time()
    with pytest.raises(UnreachableError):
        time.patience().call(failing(*[UnreachableError("x")] * 9))
    assert time.waits == [0.5, 1.0, 2.0, 4.0]


def test_the_server_says_how_long() -> None:
    """Retry-After is kept, and jitter only makes it longer."""
    time = Time()
    assert time.patience(jitter=1.0).call(failing(BusyServerError(503, 8.0))) == "answer"
    assert time.waits == [10.0]


def test_refusals_are_not_tried_again() -> None:
    """A refusal is raised at once."""
    time = Time()
    with pytest.raises(ServerRefusedError):
        time.patience().call(failing(ServerRefusedError(409)))
    assert time.waits == []


def test_a_write_without_answer_is_looked_for() -> None:
    """After no answer the other call is made; after a busy server, where nothing happened, the same one."""
    assert Time().patience().call(failing(UnreachableError("x")), lambda: "looked") == "looked"
    assert Time().patience().call(failing(BusyServerError(429, 1.0)), lambda: "looked") == "answer"


def test_the_deadline_holds_for_all_calls_together() -> None:
    """Once the time is over nothing more is asked."""
    time = Time()
    patience = time.patience(10.0)
    with pytest.raises(BusyServerError):
        patience.call(failing(BusyServerError(503, 11.0)))
    time.now = 10.0
    with pytest.raises(OutOfTimeError):
        patience.call(lambda: "never")
