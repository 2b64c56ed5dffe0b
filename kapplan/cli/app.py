"""All commands, in the order in which help lists them."""

from __future__ import annotations

from typing import Annotated

import typer

from kapplan import __version__
from kapplan.cli import (
    change,
    check,
    export,
    history,
    library,
    new,
    plan,
    record,
    refresh,
    review,
    schema,
    show,
    starts,
    suggest,
    today,
)
from kapplan.cli.commands import app

__all__ = [
    "app",
    "change",
    "check",
    "export",
    "history",
    "library",
    "new",
    "plan",
    "record",
    "refresh",
    "review",
    "schema",
    "show",
    "starts",
    "suggest",
    "today",
]


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"kapplan {__version__}")
        raise typer.Exit


@app.callback()
def kapplan(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Turn a patient's profile and a published protocol into a dated course, every date explained."""
