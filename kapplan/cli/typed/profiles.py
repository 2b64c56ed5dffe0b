"""Profiles as people name them, and the list to pick from where none is named."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

import typer

from kapplan.cli.session.environment import Edge
from kapplan.cli.session.options import LeftOut
from kapplan.cli.typed.questions import chosen
from kapplan.errors import UsageError

_FIRST = 4096
"""So many bytes of a file say whether it is a profile."""
_PATIENT = re.compile(rb"^\[patient\]", re.MULTILINE)


def asked_profile(edge: Edge, _: Mapping[str, Any]) -> str:
    """Ask which of the profiles here is meant, the one without a plan that was changed last before the others."""
    planned = {path.name for path in Path().rglob("*.plan.toml")}

    def likeliest(path: Path) -> tuple[bool, float, str]:
        return f"{path.stem}.plan.toml" in planned, -_changed(path), path.name

    found = sorted(_profiles(), key=likeliest)
    if not found:
        raise UsageError("there are no profiles here", hint="to make one: kapplan new")
    place = chosen(edge, "Which profile?", [path.name for path in found])
    return found[place or 0].name


def _profiles() -> list[Path]:
    return [path for path in Path().glob("*.toml") if not path.name.endswith(".plan.toml") and _is_profile(path)]


def _is_profile(path: Path) -> bool:
    with suppress(OSError), path.open("rb") as file:
        return _PATIENT.search(file.read(_FIRST)) is not None
    return False


def _changed(path: Path) -> float:
    """Return when a file was changed; of one that has just gone, long ago."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


ProfileArgument = Annotated[
    str,
    typer.Argument(metavar="PROFILE", help="The patient's profile, or - for standard input."),
    LeftOut(asked_profile),
]
ProfilesArgument = Annotated[
    list[str],
    typer.Argument(
        metavar="PROFILE...", help="The patient's profile, or - for standard input; several, or folders of them."
    ),
    LeftOut(lambda edge, typed: [asked_profile(edge, typed)]),
]
