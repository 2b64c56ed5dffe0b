"""How much work something is, told in steps that are the same on every machine however busy it is."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any


def calls_of(work: Callable[[], Any], *, warm: bool = True) -> int:
    """Return how many calls of Python functions some work takes; ``warm`` does it once before, to fill caches."""
    if warm:
        work()
    calls = 0

    def count(_: FrameType, event: str, __: object) -> None:
        nonlocal calls
        calls += event == "call"

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(before)
    return calls
