"""A deadline of a search by a clock that only its caller reads.

Without one, work alone ends a search, so that the same input gives the same answer on every machine. With one, the
answer is the best that was found until then, with how far from the best possible it may be.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from typing import Literal

Ended = Literal["work", "deadline"]
"""What ended a search before its answer was proven: the work that it may take, or a deadline."""


@dataclass(slots=True)
class Deadline:
    """A moment at which searches end: ``passed`` tells whether it has come, ``over`` that one was ended by it.

    ``left`` tells how many seconds remain, where something else than a search is to heed it.
    """

    passed: Callable[[], bool]
    over: bool = False
    left: Callable[[], float] = lambda: inf

    def is_over(self) -> bool:
        """Return whether the moment has come; from then on it has."""
        self.over = self.over or self.passed()
        return self.over
