"""How much work something is, told in steps that are the same on every machine however busy it is."""

from __future__ import annotations

from collections.abc import Callable
from cProfile import Profile
from typing import Any


def calls_of(work: Callable[[], Any], *, warm: bool = True) -> int:
    """Return how many calls of Python functions some work takes; ``warm`` does it once before, to fill caches."""
    if warm:
        work()
    with Profile(subcalls=False, builtins=False) as profile:
        work()
    return sum(entry.callcount for entry in profile.getstats())
