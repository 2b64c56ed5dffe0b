"""Commands beside spoilt files: how long the slowest takes, and how much memory."""

from __future__ import annotations

import os
import random
import sys
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from benchmarks.measure import MEGABYTE, Table

if TYPE_CHECKING:
    from support.spoilt_house import Rooms, Spoilt

COMMANDS = 500
SECONDS = 2.0
PEAK_MB = 300


def hostile() -> Table:
    """Measure commands, each beside a file that was changed at random and in a process of its own."""
    if not hasattr(os, "fork"):
        raise ImportError("this system makes no copies of a process")
    import pytest
    from support.every_command import id_of
    from support.spoilt_house import Rooms, into

    table = Table(
        f"{COMMANDS} commands beside spoilt files (at most {SECONDS:g} s of the processor and {PEAK_MB} MB each)",
        ("spoilt", "commands", "slowest s", "typed", "most MB", "typed "),
    )
    slowest: dict[str, tuple[float, str]] = {}
    largest: dict[str, tuple[float, str]] = {}
    number: Counter[str] = Counter()
    dice = random.Random(13)
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        house, used = Path(folder, "house"), Path(folder, "used")
        house.mkdir()
        into(house, patch)
        rooms = Rooms(house, used, patch)
        for _ in range(COMMANDS):
            spoilt = rooms.drawn(dice)
            seconds, peak = _measured(rooms, spoilt)
            words = id_of(spoilt.typed)[:30]
            number[spoilt.name] += 1
            slowest[spoilt.name] = max(slowest.get(spoilt.name, (0.0, "")), (seconds, words))
            largest[spoilt.name] = max(largest.get(spoilt.name, (0.0, "")), (peak, words))
    for name in sorted(number):
        (seconds, slow), (peak, large) = slowest[name], largest[name]
        met = seconds <= SECONDS and peak <= PEAK_MB
        table.add(name, number[name], f"{seconds:.2f}", slow, f"{peak:.0f}", large, met=met)
    return table


def _measured(rooms: Rooms, spoilt: Spoilt) -> tuple[float, float]:
    """Return the seconds of the processor that a command takes and the megabytes of its process."""
    child = os.fork()
    if not child:
        try:
            rooms.typed(spoilt)
        finally:
            os._exit(0)
    _, _, usage = os.wait4(child, 0)
    unit = 1 if sys.platform == "darwin" else 1024
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit / MEGABYTE
