"""The command line: parse, call, print."""

from __future__ import annotations

import gc

_MANY = 100_000
"""How many new objects are made before the collector looks for cycles among them.

A command makes some ten thousand that live until it ends: looking at them every seven hundred, as Python does by
itself, takes a twentieth of its time. What runs for long, over many files, is still collected.
"""

_INTERRUPTED = 130
"""How a process ends that is told to stop before its first command has been loaded."""


def main() -> None:
    """Run the command line and end the process with its exit code."""
    gc.set_threshold(_MANY)
    try:
        from kapplan.cli.boundary import run

        raise SystemExit(run())
    except KeyboardInterrupt:
        raise SystemExit(_INTERRUPTED) from None
