"""What happened is recorded whatever became of everything around the plan; what was not looked at is said."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from support.command_line import CommandLine, with_examples

from kapplan.files.caldav import patience
from kapplan.files.toml import sources

TODAY = ("--today", "2027-01-05T12:00")
EMPTY = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nEND:VCALENDAR\r\n"

RECORDS: dict[str, tuple[str, ...]] = {
    "done": ("done", "river.plan.toml", "next", "phq9=20", "phq9_item9=3"),
    "missed": ("missed", "river.plan.toml", "screening-1"),
    "cancel": ("cancel", "river.plan.toml", "preparation-1", "--party", "patient"),
    "omit": ("omit", "river.plan.toml", "integration-2"),
    "score": ("score", "river.plan.toml", "phq9=20", "phq9_item9=3"),
}

Spoil = Callable[[Path], Mapping[str, str] | None]


def _calendar(*lines: str) -> Spoil:
    body = "".join(f"{line}\r\n" for line in lines)
    return lambda folder: _write(folder / "x.ics", EMPTY.replace("END:VCALENDAR\r\n", f"{body}END:VCALENDAR\r\n"))


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def _instead(path: Path, make: Callable[[Path], object]) -> None:
    path.unlink(missing_ok=True)
    make(path)


def _in(name: str, old: str, new: str) -> Spoil:
    def spoil(folder: Path) -> None:
        text = (folder / name).read_text(encoding="utf-8")
        assert old in text
        _write(folder / name, text.replace(old, new, 1))

    return spoil


def _later(folder: Path) -> None:
    text = (folder / "oak.plan.toml").read_text(encoding="utf-8")
    _write(folder / "oak.plan.toml", re.sub(r"(start|end) = 2027-\d\d-\d\d", r"\1 = 9999-12-31", text))


def _cut(folder: Path) -> None:
    path = folder / "oak.plan.toml"
    path.write_bytes(path.read_bytes()[:3000])


def _remove(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).unlink()


_STRAY = "stray.plan.toml"
_BUSY = 'busy = [\\n    \\"x.ics\\",\\n]'
AROUND: dict[str, Spoil] = {
    "an empty calendar": lambda folder: _write(folder / "x.ics", ""),
    "a half-synced calendar": lambda folder: _write(folder / "x.ics", EMPTY[:30] + "BEGIN:VEVENT\r\nDTST"),
    "a calendar of noise": lambda folder: _write(folder / "x.ics", "\0\x1b\u202e" * 99),
    "a calendar that is gone": lambda folder: (folder / "x.ics").unlink(),
    "a folder as a calendar": lambda folder: _instead(folder / "x.ics", Path.mkdir),
    "a pipe as a calendar": lambda folder: _instead(folder / "x.ics", os.mkfifo),
    "a server that does not answer": _in(
        "river.plan.toml", _BUSY, 'busy = [\\"http://127.0.0.1:1/x.ics\\"]'
    ),
    "a zone's name of 1,000 characters": _calendar(
        "BEGIN:VEVENT", "UID:1", f"DTSTART;TZID={'A' * 1000}:20270110T090000", "DURATION:PT1H", "END:VEVENT"
    ),
    "a zone's name that climbs": _calendar(
        "BEGIN:VEVENT", "UID:1", f"DTSTART;TZID={'../' * 300}etc/passwd:20270110T090000", "DURATION:PT1H", "END:VEVENT"
    ),
    "the years 9999 and 1": _calendar(
        "BEGIN:VEVENT", "UID:1", "DTSTART:99991231T235900Z", "DURATION:P1D", "END:VEVENT",
        "BEGIN:VEVENT", "UID:2", "DTSTART:00010101T000000Z", "RRULE:FREQ=DAILY", "END:VEVENT",
    ),
    "another patient's damaged plan": _cut,
    "another patient's newer plan": _in("oak.plan.toml", "format = 2", "format = 9"),
    "another patient's zone of 1,000 characters": _in("oak.plan.toml", "America/Denver", "A" * 1000),
    "another patient's plan in the year 9999": _later,
    "a stray file": lambda folder: _write(folder / _STRAY, "no plan"),
    "a folder as a plan": lambda folder: (folder / _STRAY).mkdir(),
    "a pipe as a plan": lambda folder: os.mkfifo(folder / _STRAY),
    "a link to nowhere": lambda folder: (folder / _STRAY).symlink_to("/nowhere/at/all"),
    "a link to itself": lambda folder: (folder / _STRAY).symlink_to(_STRAY),
    "a folder as the index": lambda folder: (folder / ".kapplan-index.json").mkdir(),
    "an index of noise": lambda folder: _write(folder / ".kapplan-index.json", "\0[[["),
    "a book's server that is off": lambda _: {"KAPPLAN_BOOK": "postgresql://127.0.0.1:1/none"},
    "a database that is not there": lambda _: {"KAPPLAN_BOOK": "sqlite:///nowhere/none.db"},
    "a database of another make": lambda _: {"KAPPLAN_BOOK": "mysql://x/y"},
    "a book's folder that is not there": lambda _: {"KAPPLAN_BOOK": "/nowhere/at/all"},
    "a clinic's rules that are gone": _in("river.plan.toml", _BUSY, 'rules = [\\"gone.toml\\"]'),
    "a damaged snapshot of the clinic": _in("river.plan.toml", "[clinic.hours]", "[clinic.hurs]"),
    "a damaged snapshot of the profile": _in("river.plan.toml", "[history]", "[histry]"),
    "files that are gone": lambda folder: _remove(folder, "river.toml", "oak.toml", "clinic.toml"),
}  # fmt: skip
NOT_LOOKED_AT = {
    "an empty calendar": "x.ics",
    "a calendar that is gone": "x.ics",
    "a pipe as a calendar": "x.ics",
    "a server that does not answer": "127.0.0.1",
    "a book's server that is off": "127.0.0.1",
    "a database that is not there": "none.db",
    "a damaged snapshot of the clinic": "the plan's clinic",
}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the plans of two patients of one clinic, which names a calendar."""
    folder = with_examples(tmp_path_factory.mktemp("house"))
    clinic = (folder / "clinic.toml").read_text(encoding="utf-8")
    _write(folder / "clinic.toml", clinic.replace('holidays = "US-CO"', 'holidays = "US-CO"\nbusy = ["x.ics"]'))
    _write(folder / "x.ics", EMPTY)
    _write(folder / "oak.toml", (folder / "river.toml").read_text(encoding="utf-8").replace("river-0412", "oak-1"))
    with pytest.MonkeyPatch.context() as patch:
        line = CommandLine(folder, patch)
        for name in ("river", "oak"):
            ran = line("plan", f"{name}.toml", "-o", f"{name}.plan.toml", "--today", "2026-12-28")
            assert ran.code == 0, ran.err
    return folder


@pytest.fixture
def line(house: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """Return a copy of that folder, in which nobody waits long for what does not answer."""
    monkeypatch.setattr(sources, "PIPE_SECONDS", 0.2)
    monkeypatch.setattr(patience, "_FIRST_PAUSE", 0.01)
    shutil.copytree(house, tmp_path, dirs_exist_ok=True)
    return CommandLine(tmp_path, monkeypatch)


OTHERS = [name for name in RECORDS if name != "done"]
SAMPLE = [pair for n, around in enumerate(AROUND) for pair in ((around, "done"), (around, OTHERS[n % len(OTHERS)]))]
"""Of each case two records by default; all of them in the long version."""


@pytest.mark.parametrize(("spoilt", "record"), SAMPLE)
def test_a_record_is_saved(line: CommandLine, spoilt: str, record: str) -> None:
    """A record is in the file and ends with 0; a safety notice is said first, what failed after it."""
    _is_saved(line, spoilt, record)


@pytest.mark.thorough
@pytest.mark.parametrize("record", RECORDS)
@pytest.mark.parametrize("spoilt", AROUND)
def test_every_record_is_saved(line: CommandLine, spoilt: str, record: str) -> None:
    """The same of every record in every case."""
    _is_saved(line, spoilt, record)


def _is_saved(line: CommandLine, spoilt: str, record: str) -> None:
    env = AROUND[spoilt](line.folder)
    before = (line.folder / "river.plan.toml").read_bytes()
    ran = line(*RECORDS[record], *TODAY, env=env)
    assert ran.code == 0, ran.err
    assert (line.folder / "river.plan.toml").read_bytes() != before
    if record in {"done", "score"}:
        assert ran.err.startswith("SAFETY: "), ran.err
    if record != "score" and spoilt in NOT_LOOKED_AT:
        assert re.search(rf"dates were not looked at: .*{NOT_LOOKED_AT[spoilt]}", ran.err), ran.err
        assert "kapplan refresh river.plan.toml" in ran.err


COMMANDS = ("today", "check", "board")
READ = [name for name in AROUND if "book" not in name and "database" not in name]


@pytest.mark.parametrize(("spoilt", "command"), [(around, COMMANDS[n % 3]) for n, around in enumerate(READ)])
def test_what_is_broken_is_named_and_the_rest_is_shown(line: CommandLine, spoilt: str, command: str) -> None:
    """The day's list, the board and a check go on without what they cannot read, and name it."""
    _is_shown(line, spoilt, command)


@pytest.mark.thorough
@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("spoilt", READ)
def test_whatever_is_broken_the_rest_is_shown(line: CommandLine, spoilt: str, command: str) -> None:
    """The same of every case and command."""
    _is_shown(line, spoilt, command)


def _is_shown(line: CommandLine, spoilt: str, command: str) -> None:
    AROUND[spoilt](line.folder)
    files = sorted(path.name for path in line.folder.glob("*.plan.toml"))
    words = {"today": ("today",), "check": ("check", *files), "board": ("board", "--week")}[command]
    ran = line(*words, *TODAY)
    assert ran.code in ({0, 2, 3} if command == "check" else {0}), ran.err
    assert "river" in ran.text or spoilt.startswith("a damaged snapshot")
    broken = {"a stray file": "stray", "another patient's damaged plan": "oak", "another patient's newer plan": "oak"}
    assert broken.get(spoilt, "") in ran.err


def test_who_gains_by_a_slot_is_told_whatever_became_of_another_plan(line: CommandLine) -> None:
    """A plan whose own profile is damaged is named, and the others are still asked whether the slot helps them."""
    AROUND["a damaged snapshot of the profile"](line.folder)
    ran = line("fill", "2027-01-21", *TODAY)
    assert ran.code == 0, ran.err
    assert "river is not in this list: " in ran.err


def test_a_list_of_named_plans_tells_that_it_is_not_whole(line: CommandLine) -> None:
    """Who names a plan that cannot be read sees the others, and the exit code says that some failed."""
    _cut(line.folder)
    ran = line("today", "river.plan.toml", "oak.plan.toml", *TODAY)
    assert ran.code == 7
    assert "river-0412" in ran.text
    assert "oak.plan.toml is not in this list" in ran.err
    assert line("today", "oak.plan.toml", *TODAY).code == 3


def test_a_plan_that_is_a_file_is_changed_whatever_database_is_the_book(line: CommandLine) -> None:
    """With a database as the book a plan's file is still changed where it lies."""
    pytest.importorskip("sqlalchemy")
    assert line("book", "init", "sqlite:///clinic.db").code == 0
    ran = line(
        "move", "river.plan.toml", "preparation-1", "1d", "later", *TODAY, env={"KAPPLAN_BOOK": "sqlite:///clinic.db"}
    )
    assert ran.code in {0, 5}, ran.err
    ran = line("score", "river.plan.toml", "phq9=3", *TODAY, env={"KAPPLAN_BOOK": "sqlite:///clinic.db"})
    assert ran.code == 0, ran.err
