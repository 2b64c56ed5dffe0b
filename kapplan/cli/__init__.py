"""The command line: parse, call, print."""

from __future__ import annotations

import gc

_MANY = 250_000
"""How many new objects are made before the collector looks for cycles among them.

A command makes some hundred thousand that live until it ends: looking at them once takes a tenth of its time, and every
seven hundred, as Python does by itself, more. What runs for long, over many files, is still collected.
"""

_INTERRUPTED = 130
"""How a process ends that is told to stop before its first command has been loaded."""


def collect_seldom() -> None:
    """Have this process look for cycles among its objects when there are many new ones, and not before."""
    gc.set_threshold(_MANY)


def main() -> None:
    """Run the command line and end the process with its exit code."""
    collect_seldom()
    try:
        from kapplan.cli.boundary import run

        code = run()
        gc.freeze()  # as a process ends Python looks for cycles once more, among all that was made: a tenth of it
        raise SystemExit(code)
    except KeyboardInterrupt:
        raise SystemExit(_INTERRUPTED) from None
