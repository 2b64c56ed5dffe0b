"""Work for the worker processes of tests: in a module of its own, which they find on the path that they inherit."""

from __future__ import annotations

import gc
import os
import time
from pathlib import Path

RECKLESS = 3
"""The item over which the workers of these tests die."""


def double(number: int) -> int:
    """Return twice a number, a little later for some."""
    time.sleep(0.002 * (number % 3))
    return 2 * number


def die_of_one(number: int) -> int:
    """Return a number, or die without a word."""
    if number == RECKLESS:
        os._exit(9)
    return number


def die_of_five(number: int) -> int:
    """Return a number, or die without a word over any of five that follow each other."""
    if RECKLESS <= number < RECKLESS + 5:
        os._exit(9)
    return number


def die_once(folder: Path, number: int) -> int:
    """Return a number, or die without a word the first time that it is that of ``RECKLESS``."""
    mark = folder / "died"
    if number == RECKLESS and not mark.exists():
        mark.touch()
        os._exit(9)
    return number


def die(_: int) -> int:
    """Die."""
    os._exit(9)


def note_times(folder: Path, number: int) -> int:
    """Write down when the work on a number began and ended."""
    begun = time.monotonic()
    time.sleep(0.02)
    (folder / str(number)).write_text(f"{begun} {time.monotonic()}")
    return number


def threshold(_: int) -> int:
    """Return how many new objects this process makes before it looks for cycles."""
    return gc.get_threshold()[0]
