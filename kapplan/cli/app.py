"""All commands, in the order in which help lists them, each loaded when it is asked for.

To build every command takes longer than most of them work. So only the module of the command that is named is imported;
all of them are where none is named, or one that is not there: for help, for completion and for "did you mean".
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

from kapplan import __version__
from kapplan.cli.session.options import app

GROUPS = {
    "Prepare": {
        "new": "prepare.new",
        "check": "prepare.check",
        "protocols": "prepare.protocols",
        "import": "prepare.import_file",
        "suggest": "prepare.suggest",
        "starts": "prepare.starts",
        "plan": "prepare.plan",
    },
    "See": {
        "today": "see.today",
        "show": "see.show",
        "why": "see.show",
        "report": "life.history",
        "log": "life.history",
        "diff": "life.history",
    },
    "Record": {
        "done": "life.record",
        "missed": "life.record",
        "cancel": "life.record",
        "omit": "life.record",
        "score": "life.record",
        "correct": "life.correct",
        "note": "life.safety",
        "settle": "life.safety",
        "confirm": "life.record",
    },
    "Change": {
        "move": "life.change",
        "add": "life.change",
        "away": "life.change",
        "defer": "life.steer",
        "extend": "life.steer",
        "pin": "life.steer",
        "unpin": "life.steer",
        "freeze": "life.steer",
        "hold": "life.change",
        "resume": "life.change",
        "cease": "life.steer",
        "refresh": "life.refresh",
        "review": "life.review",
        "accept": "life.review",
        "decline": "life.review",
        "undo": "life.history",
        "redo": "life.history",
        "restore": "life.restore",
    },
    "Clinic": {
        "board": "clinic.board",
        "free": "clinic.board",
        "fill": "clinic.openings",
        "capacity": "clinic.openings",
        "calls": "clinic.calls",
        "told": "clinic.calls",
        "book": "clinic.book",
    },
    "Share": {
        "export": "share.export",
        "publish": "share.publish",
        "sync": "share.publish",
        "renew": "share.renew",
        "erase": "life.erase",
        "schema": "prepare.schema",
    },
}
"""Every command by what it is for, and the module below ``kapplan.cli.commands`` that has it."""

HOMES = {name: module for commands in GROUPS.values() for name, module in commands.items()}
_GROUP_OF = {name: group for group, commands in GROUPS.items() for name in commands}


_COMPLETION = "_KAPPLAN_COMPLETE"


def command_line(arguments: Sequence[str] | None = None) -> Sequence[str]:
    """Return the words of a command line, of the process by default.

    Without any, today's list is asked for where there are plans, and help where there are none yet.
    """
    words = sys.argv[1:] if arguments is None else arguments
    if _COMPLETION in os.environ:
        return words  # what the shell completes stands in the environment
    return words or (["today"] if _plans_here() else ["--help"])


def _plans_here() -> bool:
    book = os.environ.get("KAPPLAN_BOOK") or os.environ.get("KAPPLAN_PLANS")
    if book or any(Path().glob("*.plan.toml")):
        return True
    from kapplan.cli.session.book import book_of_clinic_here

    own = book_of_clinic_here()
    if own is None:
        return False
    from kapplan.files.book.opening import is_database

    return is_database(own) or any(Path(own).glob("*.plan.toml"))


def app_for(arguments: Sequence[str] | None = None) -> typer.Typer:
    """Return the program with the command that a command line names, or with all commands where it names none."""
    words = sys.argv[1:] if arguments is None else arguments
    named = next((word for word in words if not word.startswith("-")), None)
    for module in dict.fromkeys([HOMES[named]] if named in HOMES else HOMES.values()):
        import_module(f"kapplan.cli.commands.{module}")
    order = list(HOMES)
    app.registered_commands.sort(key=lambda command: order.index(str(command.name)))
    for command in app.registered_commands:
        command.rich_help_panel = _GROUP_OF[str(command.name)]
    return app


def program_for(arguments: Sequence[str] | None = None) -> Callable[..., Any]:
    """Return what runs a command line; it is built once in a process for the commands that are loaded."""
    return _built(len(app_for(arguments).registered_commands))


@lru_cache(maxsize=1)
def _built(commands: int) -> Callable[..., Any]:
    """Return the program of all that is loaded, which is as many ``commands``."""
    del commands
    return typer.main.get_command(app)


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
