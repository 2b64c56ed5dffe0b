"""The command line: parse, call, print."""

from __future__ import annotations


def main() -> None:
    """Run the command line and end the process with its exit code."""
    from kapplan.cli.boundary import run

    raise SystemExit(run())
