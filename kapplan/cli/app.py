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
from kapplan.cli.session.options import app

HOMES = {
    "new": "prepare.new",
    "check": "prepare.check",
    "protocols": "prepare.protocols",
    "import": "prepare.import_file",
    "suggest": "prepare.suggest",
    "starts": "prepare.starts",
    "plan": "prepare.plan",
    "show": "see.show",
    "why": "see.show",
    "export": "share.export",
    "done": "life.record",
    "missed": "life.record",
    "cancel": "life.record",
    "omit": "life.record",
    "correct": "life.correct",
    "score": "life.record",
    "note": "life.safety",
    "settle": "life.safety",
    "confirm": "life.record",
    "move": "life.change",
    "add": "life.change",
    "away": "life.change",
    "defer": "life.steer",
    "extend": "life.steer",
    "pin": "life.steer",
    "unpin": "life.steer",
    "freeze": "life.steer",
    "cease": "life.steer",
    "hold": "life.change",
    "resume": "life.change",
    "refresh": "life.refresh",
    "review": "life.review",
    "accept": "life.review",
    "decline": "life.review",
    "today": "see.today",
    "report": "life.history",
    "diff": "life.history",
    "log": "life.history",
    "undo": "life.history",
    "redo": "life.history",
    "publish": "share.publish",
    "sync": "share.publish",
    "board": "clinic.board",
    "free": "clinic.board",
    "renew": "share.renew",
    "calls": "clinic.calls",
    "told": "clinic.calls",
    "book": "clinic.book",
    "schema": "prepare.schema",
}
"""Every command, and the module below ``kapplan.cli.commands`` that has it."""


def app_for(arguments: Sequence[str] | None = None) -> typer.Typer:
    """Return the program with the command that a command line names, or with all commands where it names none."""
    words = sys.argv[1:] if arguments is None else arguments
    named = next((word for word in words if not word.startswith("-")), None)
    for module in dict.fromkeys([HOMES[named]] if named in HOMES else HOMES.values()):
        import_module(f"kapplan.cli.commands.{module}")
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
