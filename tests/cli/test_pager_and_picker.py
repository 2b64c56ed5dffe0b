"""What a terminal alone gets: a pager where an answer is too long for it, and lists to pick from by arrow keys."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from support.command_line import CommandLine, environment, with_examples
from support.pseudo_terminals import QUESTION, RUN, typed_on

pytest.importorskip("pexpect", reason="terminals of this kind are Unix's")
if sys.platform == "win32":
    pytest.skip("terminals of this kind are Unix's", allow_module_level=True)

TODAY = {"KAPPLAN_TODAY": "2027-01-04T18:00"}
DOWN, ENTER, CTRL_C = "\x1b[B", "\r", "\x03"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with a plan, and a pager in it that keeps what it is given."""
    line = CommandLine(with_examples(tmp_path), monkeypatch)
    assert line("plan", "river.toml", "-o", "river.plan.toml", "--today", "2026-12-28").code == 0
    (tmp_path / "keep").write_text("#!/bin/sh\ncat > kept; echo left\n", encoding="utf-8")
    (tmp_path / "keep").chmod(0o755)
    return tmp_path


def test_a_long_answer_is_paged_and_a_short_one_is_not(folder: Path) -> None:
    """What has more lines than the terminal is paged as a whole, then comes what to do next; what fits stays."""
    env = {**TODAY, "PAGER": "./keep"}
    text, code, _ = typed_on(folder, ["show", "r"], env=env)
    assert code == 0
    assert text.startswith("left")
    assert "check-in-7" not in text
    assert "check-in-7" in (folder / "kept").read_text(encoding="utf-8")
    (folder / "kept").unlink()
    text, code, _ = typed_on(folder, ["show", "r"], env=env, size=(60, 80))
    assert code == 0
    assert "check-in-7" in text
    assert not (folder / "kept").exists()


@pytest.mark.parametrize("pager", ["", "cat", "no-such-pager"])
def test_a_pager_can_be_turned_off(folder: Path, pager: str) -> None:
    """``KAPPLAN_PAGER`` comes before ``PAGER``; where it names none, the answer stands on the terminal whole."""
    text, code, left = typed_on(folder, ["show", "r"], env={**TODAY, "PAGER": "./keep", "KAPPLAN_PAGER": pager})
    assert (code, left) == (0, 0)
    assert "check-in-7" in text


def test_nothing_is_paged_in_a_pipe(folder: Path) -> None:
    """What another program reads comes to it at once, however long it is."""
    ran = subprocess.run(
        [sys.executable, "-c", RUN, "show", "r", "--format", "table"],
        cwd=folder, env=environment(**TODAY, KAPPLAN_PAGER="./keep"), capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "check-in-7" in ran.stdout
    assert not (folder / "kept").exists()


def test_arrow_keys_pick_a_plan_a_visit_and_a_day(folder: Path) -> None:
    """With questionary a list is gone through by arrow keys or narrowed by what is typed; Enter takes the likeliest."""
    pytest.importorskip("questionary")
    keys = [("Whose plan.*of it", ENTER), ("Which visit.*of it", "dose 1"), (r"[.]{3}", ENTER),
            ("When is.*where it is", DOWN + ENTER)]  # fmt: skip
    text, code, _ = typed_on(folder, ["move"], keys, env=TODAY)
    assert code == 0, text
    assert "Dose 1 moved to" in text
    assert "To take it back" in text


def test_enter_takes_nothing_while_what_is_typed_fits_none(folder: Path) -> None:
    """A patient who is not in the list is not taken for the first who is: Enter waits until something fits."""
    pytest.importorskip("questionary")
    before = (folder / "river.plan.toml").read_bytes()
    keys = [("Whose plan.*of it", "zzz"), (r"[.]{3}", ENTER + CTRL_C)]
    text, code, _ = typed_on(folder, ["missed"], keys, env=TODAY)
    assert code == 130, text
    assert "Which visit" not in text
    assert (folder / "river.plan.toml").read_bytes() == before


def test_ctrl_c_leaves_a_list_and_nothing_is_done(folder: Path) -> None:
    """Whoever leaves a list has changed nothing."""
    pytest.importorskip("questionary")
    before = (folder / "river.plan.toml").read_bytes()
    _, code, _ = typed_on(folder, ["missed"], [("Whose plan.*of it", CTRL_C)], env=TODAY)
    assert code == 130
    assert (folder / "river.plan.toml").read_bytes() == before


def test_without_arrow_keys_the_list_has_numbers(folder: Path) -> None:
    """Where questionary is not installed, or the terminal cannot move its cursor, an answer is a number or words."""
    for settings in ({"without": "questionary"}, {"env": {**TODAY, "TERM": "dumb"}}):
        text, code, _ = typed_on(
            folder,
            ["why"],
            [(QUESTION, "1\n")],
            **{"env": TODAY, "size": (200, 80), **settings},  # type: ignore[arg-type]
        )
        assert code == 0
        assert "1  river" in text
