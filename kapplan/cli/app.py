"""All commands, in the order in which help lists them, each loaded when it is asked for.

To build every command takes longer than most of them work. So only the module of the command that is named is imported;
all of them are where none is named, or one that is not there: for help, for completion and for "did you mean".
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Annotated

import typer

from kapplan import __version__
from kapplan.cli.commands import app

HOMES = {
    "new": "new",
    "check": "check",
    "protocols": "library",
    "import": "importing",
    "suggest": "suggest",
    "starts": "starts",
    "plan": "plan",
    "show": "show",
    "why": "show",
    "export": "export",
    "done": "record",
    "missed": "record",
    "cancel": "record",
    "omit": "record",
    "score": "record",
    "confirm": "record",
    "move": "change",
    "add": "change",
    "away": "change",
    "hold": "change",
    "resume": "change",
    "refresh": "refresh",
    "review": "review",
    "accept": "review",
    "decline": "review",
    "today": "today",
    "report": "history",
    "diff": "history",
    "log": "history",
    "undo": "history",
    "redo": "history",
    "publish": "publish",
    "sync": "publish",
    "schema": "schema",
}
"""Every command, and the module of this package that has it."""


def app_for(arguments: Sequence[str] | None = None) -> typer.Typer:
    """Return the program with the command that a command line names, or with all commands where it names none."""
    words = sys.argv[1:] if arguments is None else arguments
    named = next((word for word in words if not word.startswith("-")), None)
    for module in dict.fromkeys([HOMES[named]] if named in HOMES else HOMES.values()):
        import_module(f"kapplan.cli.{module}")
    order = list(HOMES)
    app.registered_commands.sort(key=lambda command: order.index(str(command.name)))
    return app


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
