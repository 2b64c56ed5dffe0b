"""Advice that works: every command that is printed can be pasted where it stands, and does not fail."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest
from support.advice import advice_in, sentences_in_commands
from support.command_line import CommandLine, with_examples

import kapplan

BEGIN = ("plan river.toml -o river.plan.toml --today 2026-12-28",)
HELD = (*BEGIN, "done river screening --today 2026-12-31T18:00")
SESSIONS = {
    "a plan that is only printed": ("plan river.toml --today 2026-12-28",),
    "a plan by another protocol": ("plan river.toml --protocol hull-2022 --start 2027-01-11 --today 2026-12-28",),
    "a plan that is saved": BEGIN,
    "no dates": ("plan ember.toml --today 2026-12-28",),
    "a record": HELD,
    "many moves": (*HELD, "missed river d1 25 jan --today 2027-01-25T18:00"),
    "a day that cannot be": (*HELD, "move river d1 tue --today 2027-01-11"),
    "a visit that is past": (*HELD, "move river s1 tue --today 2027-01-11"),
    "a course on hold": (*HELD, "hold river --why ill --today 2027-01-11", "move river d1 mon --today 2027-01-11"),
    "nobody recorded": (*BEGIN, "today --today 2027-02-01", "show river --today 2027-02-01"),
    "an absence without dates": (*HELD, "away river 2027-01-11..2027-06-30 --today 2027-01-11"),
    "a review": (*HELD, "score river phq9_item9=2 --today 2027-01-11", "review river --today 2027-01-11"),
    "a file of the wrong kind": ("show river.toml --today 2027-01-11", "plan clinic.toml --today 2027-01-11"),
    "a name that is nearly right": (*BEGIN, "show rivr --today 2027-01-11", "done river dosing-12 --today 2027-01-11"),
}


IN_A_DATABASE = (
    "a plan that is only printed", "a record", "many moves", "a day that cannot be", "a course on hold",
    "nobody recorded", "an absence without dates", "a review",
)  # fmt: skip
"""Sessions that are held with a book that only ``--book`` names, too."""


@pytest.mark.parametrize("name", SESSIONS)
def test_every_command_that_is_printed_works(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a session prints to be typed next is run in a copy of its folder: none of it is wrong usage or fails."""
    _held(SESSIONS[name], tmp_path, monkeypatch)


@pytest.mark.parametrize("name", IN_A_DATABASE)
def test_every_command_that_is_printed_means_its_book(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same with a book in a database that only an option names: what is printed finds the plan without it."""
    where = ("--book", "sqlite:///clinic.db")
    commands = [command.replace("river.plan.toml", "river") for command in SESSIONS[name]]
    _held([f"book init {where[1]} {commands[0][-18:]}", *commands], tmp_path, monkeypatch, where)


def _held(commands: Sequence[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, book: Sequence[str] = ()) -> None:
    folder = tmp_path / "here"
    folder.mkdir()
    line = CommandLine(with_examples(folder), monkeypatch)
    for place, command in enumerate(commands):
        words = [*shlex.split(command), *(book if not command.startswith("book") else ())]
        ran = line(*words, terminal=True, env={"COLUMNS": "400", "NO_COLOR": "1"})
        for number, advised in enumerate(advice_in(f"{ran.text}\n{ran.err}")):
            copy = tmp_path / f"copy-{place}-{number}"
            shutil.copytree(folder, copy)
            today = [] if "--today" in advised else words[words.index("--today") :][:2]
            done = CommandLine(copy, monkeypatch)(*advised, *today)
            assert done.code in {0, 7}, (advised, done.code, done.err)


def test_a_command_ends_its_line_or_stands_between_backquotes() -> None:
    """What is copied from a text of the program is the command alone: no stop ends it, and no sentence goes on."""
    package = Path(kapplan.__file__).parent
    modules = {path.relative_to(package).as_posix(): path.read_text("utf-8") for path in package.rglob("*.py")}
    assert {name: wrong for name, text in modules.items() if (wrong := sentences_in_commands(text))} == {}
