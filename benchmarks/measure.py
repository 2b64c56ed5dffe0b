"""Measuring and showing: times of functions and of whole processes, peak memory, tables."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

MEGABYTE = 1_000_000
ENOUGH = 0.3
"""Seconds after which a function has been repeated enough."""
_clock = time.perf_counter if sys.platform == "win32" else time.process_time
"""Processor time: what else the machine does then matters little. Windows counts it too coarsely."""


def best_ms(function: Callable[[], Any], most: int = 20) -> float:
    """Return the shortest of up to ``most`` runs in milliseconds of processor time."""
    shortest = float("inf")
    begun = _clock()
    for _ in range(most):
        start = _clock()
        function()
        shortest = min(shortest, _clock() - start)
        if _clock() - begun > ENOUGH:
            break
    return shortest * 1000


def peak_mb(function: Callable[[], Any]) -> float:
    """Return the most memory that a function's objects take at one time, in megabytes."""
    tracemalloc.start()
    function()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak / MEGABYTE


class Ended(NamedTuple):
    """A process that has ended: milliseconds by the clock and of the processor, peak memory, how it ended.

    What the system does not tell is ``None``; ``complaint`` is the last line of its standard error.
    """

    ms: float
    processor_ms: float | None
    peak_mb: float | None
    code: int
    complaint: str


_LAUNCHER = """
import json, os, sys, time
start = time.perf_counter()
null, told = os.open(os.devnull, os.O_RDWR), os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
pid = os.fork()
if not pid:
    os.dup2(null, 0), os.dup2(told, 1)
    os.execv(sys.argv[2], sys.argv[2:])
_, status, usage = os.wait4(pid, 0)
ms = (time.perf_counter() - start) * 1000
used = (usage.ru_utime + usage.ru_stime) * 1000
print(json.dumps([ms, used, usage.ru_maxrss, os.waitstatus_to_exitcode(status)]))
"""
"""Starts a program from a process that is itself small: a process counts the memory of the one it was forked from."""


def run_process(command: Sequence[str], bytecode: Path | None = None, *, keep: Path | None = None) -> Ended:
    """Run a program to its end, its output thrown away or written to the file ``keep``.

    ``bytecode`` is a folder in which Python keeps what it compiles, so that a program that runs from its sources starts
    as fast as an installed one, whatever the environment says.
    """
    env = dict(os.environ)
    if bytecode is not None:
        env.pop("PYTHONDONTWRITEBYTECODE", None)
        env["PYTHONPYCACHEPREFIX"] = str(bytecode)
    if not hasattr(os, "wait4"):
        start = time.perf_counter()
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=env)
        if keep is not None:
            keep.write_text(done.stdout, encoding="utf-8")
        return Ended((time.perf_counter() - start) * 1000, None, None, done.returncode, _last_line(done.stderr))
    launcher = (sys.executable, "-S", "-E", "-c", _LAUNCHER, str(keep or os.devnull), *command)
    done = subprocess.run(launcher, capture_output=True, text=True, check=True, env=env)
    ms, used, peak, code = json.loads(done.stdout)
    unit = 1 if sys.platform == "darwin" else 1024
    return Ended(ms, used, peak * unit / MEGABYTE, code, _last_line(done.stderr))


def _last_line(text: str) -> str:
    return text.strip().splitlines()[-1] if text.strip() else ""


@dataclass
class Table:
    """One table of results, printed when it is whole; each row says what was wanted and whether it was met."""

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, *cells: object, met: bool | None = None) -> None:
        """Add a row; ``met`` adds *yes* or *NO* to it, ``None`` nothing."""
        verdict = "" if met is None else "yes" if met else "NO"
        self.rows.append((*(str(cell) for cell in cells), verdict))

    def show(self) -> None:
        """Print the table."""
        head = (*self.columns, "met")
        widths = [max(len(row[n]) for row in (head, *self.rows)) for n in range(len(head))]
        print(f"\n{self.title}\n")
        for row in (head, *self.rows):
            first, *others = row
            cells = [first.ljust(widths[0]), *(cell.rjust(w) for cell, w in zip(others, widths[1:], strict=True))]
            print("  " + "  ".join(cells).rstrip())
        for note in self.notes:
            print(f"  {note}")
