"""Clocks that tests move."""

from __future__ import annotations


class Clock:
    """A clock that goes on when somebody sleeps, and not else: no test waits for the lease of a dead program's lock."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def monotonic(self) -> float:
        """Return the time."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let the time pass."""
        self.now += seconds
