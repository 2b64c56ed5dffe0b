"""Folders: every command of several plans takes one; what cannot be read in it is named, and the rest goes on."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.command_line import CommandLine, with_examples

TODAY = ("--today", "2027-01-04")
BROKEN = "bad.plan.toml"


@pytest.fixture
def line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """Return a folder in which two plans and a broken one lie in ``plans``."""
    line = CommandLine(with_examples(tmp_path), monkeypatch)
    (tmp_path / "plans").mkdir()
    for name in ("river", "sage"):
        ran = line("plan", f"{name}.toml", "-o", f"plans/{name}.plan.toml", "--today", "2026-12-28")
        assert ran.code == 0, ran.err
    (tmp_path / "plans" / BROKEN).write_text("broken = [", encoding="utf-8")
    return line


WAYS = {
    "today": (("today", "plans"), 7),
    "check": (("check", "plans"), 3),
    "refresh": (("refresh", "plans"), 7),
    "report": (("report", "plans"), 7),
    "export": (("export", "plans"), 7),
    "export into a folder": (("export", "plans", "-o", "out/"), 7),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_folder_is_the_plans_in_it(line: CommandLine, way: str) -> None:
    """Both plans are worked on, the broken one is named, and the exit code says that some failed."""
    words, code = WAYS[way]
    ran = line(*words, *TODAY)
    told = ran.text + ran.err + "".join(path.read_text("utf-8") for path in line.folder.glob("out/*.ics"))
    assert ran.code == code, ran.err
    assert BROKEN in told
    assert "Traceback" not in told
    named = ("plans/river.plan.toml", "plans/sage.plan.toml") if way in {"check", "refresh"} else ()
    ids = ("river-0412", "sage-0731") if way in {"today", "report"} else ()
    assert all(one in told.replace("\\", "/") for one in (*named, *ids)), told
    if way.startswith("export"):
        assert told.count("BEGIN:VEVENT") > 40


def test_an_empty_folder_is_told(line: CommandLine) -> None:
    """A folder without plans is no silence: it is wrong usage, and says what was looked for."""
    (line.folder / "empty").mkdir()
    for command in ("today", "check", "refresh", "report", "export"):
        ran = line(command, "empty", *TODAY)
        assert ran.code == 2, (command, ran.err)
        assert "empty" in ran.err


def test_a_plan_that_is_no_file_is_left_out_of_nothing_in_silence(line: CommandLine) -> None:
    """A link that leads nowhere or in a circle, or a folder called as a plan, is named by whatever lists plans."""
    book = line.folder / "plans"
    (book / BROKEN).unlink()
    (book / "gone.plan.toml").symlink_to("nowhere")
    (book / "round.plan.toml").symlink_to("round.plan.toml")
    (book / "deep.plan.toml").mkdir()
    named = ("gone", "round", "deep")
    for words, code in {
        "today plans": 7, "today plans --full": 7, "today --book plans": 0, "today --full --book plans": 0,
        "board --book plans": 0, "calls --book plans": 0, "book check plans": 3, "plan river.toml --book plans": 0,
        "export plans": 7, "report plans": 7, "missed plans/river.plan.toml screening-1": 0,
    }.items():  # fmt: skip
        ran = line(*words.split(), *TODAY)
        assert ran.code == code, (words, ran.err)
        assert all(one in ran.err for one in named), (words, ran.err)
    (book / "gone.plan.toml").unlink()
    (book / "gone.plan.toml").symlink_to("sage.plan.toml")
    assert "gone cannot be read" not in line("today", "plans", *TODAY).err
