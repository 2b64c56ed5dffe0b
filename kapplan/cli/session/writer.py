"""Where commands write what is not a plan: a file, whole or not at all, or standard output."""

from __future__ import annotations

from pathlib import Path

from kapplan.cli.session.environment import Edge
from kapplan.errors import UsageError


def write_out(edge: Edge, data: bytes, output: Path | None) -> bool:
    """Write bytes to a file, or to standard output where none (or ``-``) is named; tell whether a file was written.

    Raises ``UsageError`` for a TOML file: plans, profiles and clinics are never written over.
    """
    if output is None or str(output) == "-":
        edge.write_bytes(data)
        return False
    if output.suffix.lower() == ".toml":
        raise UsageError(
            f"{output} has the name of a plan, profile or clinic, which an export never takes the place of",
            hint="give it another ending",
        )
    from kapplan.files.plans.atomic import write_whole

    write_whole(output, data)
    edge.note(f"Wrote {output}.")
    return True
