"""What was typed, as commands read it: by themselves where it is plain, and then as Typer would."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import typer

from kapplan.cli.app import GROUPS, app_for
from kapplan.errors import KapplanError

NAMES = tuple(name for commands in GROUPS.values() for name in commands)
WORDS = (None, "", "7", "-", "river", "folder/", "table", "never", "a b", "2027-01-21")
"""What may stand for a value; some of it is none for some parameters."""


@pytest.fixture(scope="module")
def program() -> Any:
    """Return the whole program, with every command."""
    return typer.main.get_command(app_for(["--help"]))


def meaning(read: Any, context: Any, value: object) -> object:
    """Return what a reader makes of a value, or how it refuses."""
    try:
        return read(context, value)
    except KapplanError as error:
        return error.message
    except Exception as error:  # noqa: BLE001  # Typer carries its own copy of Click, whose errors have no public name
        return f"{type(error).__name__}: {getattr(error, 'message', '')}"


def in_kind_of(ours: object, theirs: object) -> object:
    """Return a value as the command gets it: before 0.29 Typer made lists and paths of it only then."""
    if isinstance(ours, list) and isinstance(theirs, tuple):
        return list(theirs)
    return Path(theirs) if isinstance(ours, Path) and isinstance(theirs, str) else theirs


@pytest.mark.parametrize("name", NAMES)
def test_plain_words_mean_what_typer_makes_of_them(
    program: Any, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Defaults, what is left out and words of any kind are read, or refused, as Typer alone reads or refuses them.

    An empty word is refused by the name of what it stands for, but where it says why or by whom.
    """
    monkeypatch.chdir(tmp_path)
    command = program.commands[name]
    context = typer.Context(command, resilient_parsing=True)
    for parameter in command.get_params(context):
        if parameter.callback is not None:
            continue
        several = parameter.multiple or parameter.nargs != 1
        for value in (parameter.default, *(WORDS if not several else ((), ("a",), ("a", "7")))):
            ours = meaning(parameter.process_value, context, value)
            if value == "" and parameter.name not in {"why", "by"}:
                assert str(ours).endswith(" is empty"), parameter.name
                continue
            theirs = meaning(type(parameter).process_value.__get__(parameter), context, value)
            assert ours == in_kind_of(ours, theirs), (parameter.name, value)
