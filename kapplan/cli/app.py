"""All commands, in the order in which help lists them."""

from __future__ import annotations

from typing import Annotated

import typer

from kapplan import __version__
from kapplan.cli import check, export, library, new, plan, schema, show, starts, suggest
from kapplan.cli.commands import app

__all__ = ["app", "check", "export", "library", "new", "plan", "schema", "show", "starts", "suggest"]


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
