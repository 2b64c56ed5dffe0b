"""Nothing that others wrote reaches a terminal as anything but letters: a real one, and the raw bytes that it got."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.command_line import CommandLine, environment, with_examples

from kapplan.output.records.visible import visible, visible_json

TODAY = ("--today", "2026-12-28")
STARTS = (
    "\x1b[2J", "\x1b]0;owned\x07", "\x1b]52;c;ZWNobw==\x07", "\x1bP1$r\x1b\\", "\x1b[6n", "\x1b[201~", "\x9b2J",
    "\x9d0;x\x9c",
    "\x90q\x9c", "\x85", "\b\b\b", "\r", "\v", "\f", "\a", "\x7f", "\x0e", "\x05", "\u202e", "\u2066", "\u2069",
    "\u200e",
    "\u061c", "\u2028", "\u2029", "\u200b", "\ufeff", "\u00ad", "\U000e0041", "\x1bc", "\x1b(0", "\x1b#8",
    "\x1b[?1049h",
    "\x1b[3;1H", "\x1b[1A", "\x1b]8;;http://x\x07", "\x1b[8m", "\x1b_x\x1b\\", "\x1b^x\x1b\\", "\x1bX",
)  # fmt: skip
INJECTED = tuple(f"{start}evil{number}" for number in range(5) for start in STARTS)
"""Two hundred values."""
ESCAPES_OF_OURS = re.compile(rb"\x1b\[[0-9;]*m")
"""Colours: what the program itself may send."""


def acting(data: bytes) -> list[str]:
    """Return what of some bytes would act on a terminal or turn the order of letters, colours and line ends apart."""
    text = ESCAPES_OF_OURS.sub(b"", data).replace(b"\r\n", b"\n").decode("utf-8", "surrogateescape")
    return [letter for letter in text if visible(letter) != letter]


@pytest.mark.parametrize("injected", INJECTED)
def test_every_value_is_shown_and_not_sent(injected: str) -> None:
    """The filter leaves letters as they are and shows the rest; JSON means the same after it."""
    shown = visible(injected)
    assert acting(shown.encode("utf-8", "surrogatepass")) == []
    assert shown.endswith(injected[-5:])
    document = json.dumps({"a": injected}, ensure_ascii=False)
    assert json.loads(visible_json(document)) == {"a": injected}
    assert acting(visible_json(document).encode()) == []


def _escaped(text: str) -> str:
    """Return a text as a TOML string that is escaped throughout."""
    return '"' + "".join(f"\\U{ord(letter):08x}" for letter in text) + '"'


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder whose profile, clinic and protocol carry all values wherever text is free."""
    folder = with_examples(tmp_path_factory.mktemp("house"))
    every = "".join(INJECTED)
    river = (folder / "river.toml").read_text(encoding="utf-8")
    river = river.replace('name = "River A."', f"name = {_escaped(every)}")
    river = river.replace('other = ["migraine"]', f"other = [{_escaped(every)}]")
    river = river.replace('notes = ["return to work in spring"]', f"notes = [{_escaped(every)}]")
    river = river.replace(
        "[travel]", f"away = [{{ from = 2027-01-10, until = 2027-01-12, why = {_escaped(every)} }}]\n\n[travel]"
    )
    (folder / "river.toml").write_text(river, encoding="utf-8")
    clinic = (folder / "clinic.toml").read_text(encoding="utf-8")
    for key in ("name", "title", "address", "phone"):
        clinic = re.sub(
            rf'^{key} = ".*"$', f"{key} = {_escaped(every)}".replace("\\", "\\\\"), clinic, count=1, flags=re.MULTILINE
        )
    (folder / "clinic.toml").write_text(
        clinic.replace('name = "Dr. N. Okafor"', f"name = {_escaped(every)}"), encoding="utf-8"
    )
    (folder / "\x1b[2J\u202e.toml").write_text("x = 1", encoding="utf-8")
    (folder / "raw.toml").write_text(
        '[patient]\nid = "a"\n# ' + every.replace("\x00", ""), encoding="utf-8", errors="replace"
    )
    return folder


COMMANDS = (
    ("plan", "river.toml", "-o", "river.plan.toml"),
    ("show", "river.plan.toml", "--names"),
    ("show", "river.plan.toml", "--view", "agenda", "--names"),
    ("show", "river.plan.toml", "--view", "timeline"),
    ("show", "river.plan.toml", "--view", "month"),
    ("show", "river.plan.toml", "--format", "json"),
    ("show", "river.plan.toml", "--format", "csv"),
    ("show", "river.plan.toml", "--format", "md"),
    ("show", "river.plan.toml", "--format", "plain"),
    ("why", "river.plan.toml"),
    ("today", "river.plan.toml", "--week"),
    ("board",),
    ("free", "dosing"),
    ("check", "river.toml", "clinic.toml"),
    ("check", "raw.toml"),
    ("check", "\x1b[2J\u202e.toml"),
    ("show", "\x1b]0;owned\x07.plan.toml"),
    ("done", "river.plan.toml", "next", "--note", "".join(INJECTED[:40]), "--by", "\x1b[2Jme"),
    ("log", "river.plan.toml"),
    ("note", "river.plan.toml", "\x1b[2J\u202e"),
    ("report", "river.plan.toml"),
    ("diff", "river.plan.toml@1", "river.plan.toml"),
    ("\x1b[2Jnothing",),
    ("plan", "river.toml", "--protocol", "\x1b[2J\u202e"),
)


@pytest.fixture(scope="module")
def in_process(house: Path) -> Iterator[CommandLine]:
    """Return the folder with its plan."""
    with pytest.MonkeyPatch.context() as patch:
        line = CommandLine(house, patch)
        assert line(*COMMANDS[0], *TODAY).code == 0
        yield line


@pytest.mark.parametrize("terminal", [True, False], ids=["terminal", "pipe"])
@pytest.mark.parametrize("words", COMMANDS[1:], ids=lambda words: f"{words[0]!r}")
def test_no_command_sends_what_others_wrote(in_process: CommandLine, words: tuple[str, ...], terminal: bool) -> None:
    """Every command, on a terminal and in a pipe, prints letters and colours and nothing else on both streams."""
    ran = in_process(*words, *TODAY, terminal=terminal)
    assert acting(ran.out) == []
    assert acting(ran.err.encode("utf-8", "surrogateescape")) == []


def test_a_real_terminal_gets_letters(in_process: CommandLine) -> None:
    """The bytes that arrive at the other end of a pseudo-terminal hold no escape but colours."""
    master, slave = pty.openpty()
    run = "from kapplan.cli import main; main()"
    command = [sys.executable, "-c", run, "show", "river.plan.toml", "--names", *TODAY]
    process = subprocess.Popen(
        command, stdin=slave, stdout=slave, stderr=slave, cwd=in_process.folder,
        env=environment(TERM="xterm-256color"),
    )  # fmt: skip
    os.close(slave)
    data = bytearray()
    while True:
        try:
            piece = os.read(master, 65536)
        except OSError:
            break
        if not piece:
            break
        data += piece
    assert process.wait(timeout=60) == 0
    os.close(master)
    assert b"evil0" in data
    assert acting(bytes(data)) == []
