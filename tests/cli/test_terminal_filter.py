"""Nothing that others wrote reaches a terminal as anything but letters: a real one, and the raw bytes that it got."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from support.command_line import CommandLine
from support.disk import Disk
from support.every_command import PLAN, TODAY, Typed, all_typed, furnished, id_of, prepared
from support.pseudo_terminals import pseudo_terminal

from kapplan.cli.batch import many
from kapplan.output.records.visible import visible, visible_json

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


def injected_into(folder: Path) -> None:
    """Let a profile and a clinic carry all values wherever text is free."""
    every = _escaped("".join(INJECTED))
    river = (folder / "river.toml").read_text(encoding="utf-8")
    river = river.replace('name = "River A."', f"name = {every}")
    river = river.replace('other = ["migraine"]', f"other = [{every}]")
    river = river.replace('notes = ["return to work in spring"]', f"notes = [{every}]")
    away = f"away = [{{ from = 2027-01-10, until = 2027-01-12, why = {every} }}]"
    river = river.replace("[travel]", f"{away}\n\n[travel]")
    (folder / "river.toml").write_text(river, encoding="utf-8")
    clinic = (folder / "clinic.toml").read_text(encoding="utf-8")
    for key in ("name", "title", "address", "phone"):
        value = every.replace("\\", "\\\\")
        clinic = re.sub(rf'^{key} = ".*"$', f"{key} = {value}", clinic, count=1, flags=re.MULTILINE)
    clinic = clinic.replace('name = "Dr. N. Okafor"', f"name = {every}").replace(
        'why = "staff training"', f"why = {every}"
    )
    (folder / "clinic.toml").write_text(clinic, encoding="utf-8")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the furnished house with all values in its files, and some files that are named or made of them."""
    folder = tmp_path_factory.mktemp("house")
    with pytest.MonkeyPatch.context() as patch:
        line = furnished(folder, patch, injected_into)
    line.write("\x1b[2J\u202e.toml", "x = 1")
    every = "".join(INJECTED).replace("\x00", "")
    raw = '[patient]\nid = "a"\n# ' + every
    (folder / "raw.toml").write_text(raw, encoding="utf-8", errors="replace")
    line.write("rows.csv", f'visit,day\nScreening{every[:60]},-14\n"{every}",0\nDosing 2,{every[60:90]}\n')
    return folder


EVIL = "".join(INJECTED[:40])
MORE = (
    *(Typed(("show", PLAN, "--format", form, "--names")) for form in ("json", "csv", "md", "plain")),
    Typed(("check", "raw.toml")),
    Typed(("check", "\x1b[2J\u202e.toml")),
    Typed(("show", "\x1b]0;owned\x07.plan.toml")),
    Typed(("done", PLAN, "next", "--note", EVIL, "--by", "\x1b[2Jme")),
    Typed(("omit", PLAN, "check-in-1", "--why", EVIL)),
    Typed(("score", PLAN, f"{EVIL}=3")),
    Typed(("note", PLAN, "\x1b[2J\u202e")),
    Typed(("move", PLAN, "dosing-1", EVIL)),
    Typed(("settle", PLAN, EVIL, "--why", "x")),
    Typed(("import", "rows.csv", "-o", "imported.toml")),
    Typed(("export", PLAN, "--format", EVIL)),
    Typed(("free", EVIL)),
    Typed(("board", "--book", "\x1b[2J")),
    Typed(("\x1b[2Jnothing",)),
    Typed(("plan", "river.toml", "--protocol", "\x1b[2J\u202e")),
    Typed(("log", PLAN), before=(("omit", PLAN, "check-in-1", "--why", EVIL, "--by", EVIL),)),
    Typed(("diff", f"{PLAN}@1", PLAN), before=(("done", PLAN, "next", "--note", EVIL),)),
    Typed(("report", PLAN), before=(("cease", PLAN, "--why", EVIL),)),
)
"""What brings values in by the command line, and out again later."""


@pytest.fixture
def line(house: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """Return a copy of the house."""
    shutil.copytree(house, tmp_path, dirs_exist_ok=True)
    monkeypatch.setattr(many, "BAR_AFTER", 1e9)  # which moves the cursor, and shows numbers alone
    return CommandLine(tmp_path, monkeypatch)


@pytest.mark.parametrize("typed", [*all_typed(), *MORE], ids=lambda typed: repr(id_of(typed))[:60])
def test_no_command_sends_what_others_wrote(line: CommandLine, typed: Typed) -> None:
    """Every command, on a real terminal and in a pipe, sends letters and colours and nothing else.

    A calendar in a pipe is for a program: its marks of direction are its text, and stay.
    """
    prepared(line, typed)
    there = Disk(line.folder)
    before = there.files()
    with pseudo_terminal() as (stream, arrived):
        shown = line(*typed.words, *TODAY, terminal=stream)
    assert acting(bytes(arrived)) == []
    there.put(before)
    piped = line(*typed.words, *TODAY)
    out = b"" if piped.out.startswith(b"BEGIN:VCALENDAR") else piped.out
    assert (acting(out), acting(piped.err.encode("utf-8", "surrogateescape"))) == ([], [])
    assert shown.code == piped.code
    assert arrived or not (piped.out or piped.err)
