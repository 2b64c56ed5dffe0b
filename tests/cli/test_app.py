"""Commands are loaded one at a time, and nobody notices."""

from __future__ import annotations

import itertools
import os
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from support.command_line import environment

from kapplan.cli import boundary
from kapplan.cli.app import GROUPS, HOMES, app_for

ROOM = "kapplan.cli.commands."
"""Where the modules of the commands lie."""


def run(*words: str, env: dict[str, str] | None = None) -> tuple[str, str]:
    """Return what a command line prints on both streams in a fresh process."""
    code = f"import sys; from kapplan.cli.boundary import run; sys.exit(run({list(words)!r}))"
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True, env=env)
    return done.stdout, done.stderr


def test_the_table_names_every_command_and_its_module() -> None:
    """What modules register is what the table says, in its order."""
    commands = {str(command.name): command.callback for command in app_for([]).registered_commands}
    assert list(commands) == list(HOMES)
    assert {name: str(call and call.__module__).removeprefix(ROOM) for name, call in commands.items()} == HOMES


@pytest.mark.parametrize("module", sorted(set(HOMES.values())))
def test_every_module_is_there(module: str) -> None:
    """The table names no module that cannot be imported."""
    assert import_module(f"{ROOM}{module}")


def test_a_command_loads_no_other() -> None:
    """Where a command is named, the modules of others that it does not use are not loaded."""
    names = {f"{ROOM}{name}" for name in ("prepare.plan", "life.record", "life.history", "prepare.new", "see.show")}
    code = (
        "import sys; from kapplan.cli.boundary import run; run(['schema', 'plan'])\n"
        f"print(sorted({names!r} & sys.modules.keys()), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stderr.strip() == "[]"


def test_help_lists_every_command_in_order() -> None:
    """Help names all commands, whether or not another command was run before in the same process."""
    out, _ = run("--help")
    listed = re.findall(r"^│ ([a-z]+) ", out, re.MULTILINE)
    assert listed == list(HOMES)


@pytest.mark.parametrize(("typed", "meant"), [("shwo", "show"), ("undoo", "undo"), ("protocol", "protocols")])
def test_a_slip_is_told_the_nearest_command(typed: str, meant: str) -> None:
    """A command that is not there brings the name of the one that is meant."""
    _, err = run(typed)
    assert f"'{meant}'" in err


def test_one_command_after_another() -> None:
    """A process can run one command and then every other."""
    names = ["show", "undo", "--help", "plan"]
    for name in names:
        commands = [command.name for command in app_for([name]).registered_commands]
        assert commands == [known for known in HOMES if known in commands]
        assert name.startswith("-") or name in commands


def test_help_groups_commands_by_what_they_are_for() -> None:
    """Every command stands under the heading of its group, and the groups keep their order."""
    out, _ = run("--help")
    headings = [found for found in re.findall(r"^╭─ ([A-Z][a-z]+) ─", out, re.MULTILINE) if found != "Options"]
    assert headings == list(GROUPS)


@pytest.mark.parametrize("command", HOMES)
def test_help_shows_what_is_typed_and_no_types(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Help names no type of a program, and what all commands or all changes have stands under headings of its own.

    The line of usage has each argument in its own word, in one pair of brackets where it may be left out.
    """
    assert boundary.run([command, "--help"]) == 0
    shown = capsys.readouterr().out
    assert not re.search(r"\[\[|\]\.\.\.|[{}]", shown.partition("╭─")[0])
    assert not re.search(r"<(str|bool|int|path|list)\b", shown)
    assert "Options of every command" in shown


@pytest.mark.parametrize("command", HOMES)
def test_help_breaks_lines_by_the_width_of_its_terminal(
    command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No line of a command's description ends before the next word would have gone over the edge."""
    monkeypatch.setenv("COLUMNS", "80")
    assert boundary.run([command, "--help"]) == 0
    described = capsys.readouterr().out.partition("╭─")[0]
    for line, after in itertools.pairwise(line.strip() for line in described.splitlines()):
        if line and after:
            assert len(f" {line} {after.split()[0]}") >= 79


@pytest.mark.parametrize("words", [("protocols",), ("--help",), ("protocols", "kap-standard", "--format", "json")])
def test_a_reader_that_has_had_enough_is_no_failure(words: tuple[str, ...]) -> None:
    """Where nobody reads on (``| head``, ``| true``) the command ends with 0 and says nothing of it."""
    reads, writes = os.pipe()
    os.close(reads)
    command = [sys.executable, "-c", "from kapplan.cli import main; main()", *words]
    with os.fdopen(writes, "wb") as nobody:
        ran = subprocess.run(command, stdout=nobody, stderr=subprocess.PIPE, check=False, env=environment())
    assert (ran.returncode, ran.stderr) == (0, b"")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows bounds no file")
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize(
    "words", [("protocols",), ("schema", "plan"), ("protocols", "kap-standard", "--format", "json")]
)
def test_an_answer_that_does_not_fit_is_no_success(words: tuple[str, ...], unbuffered: str, tmp_path: Path) -> None:
    """Where a file takes a part of an answer only, as on a disk that fills up, that is said, and the command fails."""
    import resource

    command = [sys.executable, "-c", "from kapplan.cli import main; main()", *words]
    with (tmp_path / "answer").open("wb") as full:
        ran = subprocess.run(
            command, stdout=full, stderr=subprocess.PIPE, check=False,
            env=environment() | {"PYTHONUNBUFFERED": unbuffered},
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000)),
        )  # fmt: skip
    assert ran.returncode == 1
    assert b"the answer could not be written" in ran.stderr
