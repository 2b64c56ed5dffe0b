"""The memory of what was published: whole, private, and silent about appointments."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from support.calendar_plans import SENSITIVE, sensitive_plan

from kapplan.errors import InvalidFileError
from kapplan.files.caldav.entries import read_entry
from kapplan.files.caldav.ledger import Known, Ledger, ledger_path, open_ledger
from kapplan.files.caldav.target import target_of
from kapplan.output.calendar.ics import calendar_objects

TARGET = target_of("https://cal.example/river/")


def known() -> Known:
    """Return an entry with everything in it."""
    return Known(
        visit="dosing-1", href="/river/a.ics", etag='"x"', sequence=3, sent={"start": "1"}, stored={"start": "2"},
        pending={"end": "3"}, agreed={"end": "4"}, theirs=("summary",), cancelled=True, released=True,
    )  # fmt: skip


def test_what_is_noted_is_read_again(tmp_path: Path) -> None:
    """Every entry comes back as it was noted, and what is forgotten does not."""
    path = tmp_path / "ledger.json"
    ledger = Ledger(path)
    ledger.note_all({"a": known(), "b": Known(visit="x", href="/b")})
    assert open_ledger(path).known == ledger.known
    ledger.forget("b")
    assert dict(open_ledger(path).known) == {"a": known()}


def test_noting_nothing_new_does_not_touch_the_file(tmp_path: Path) -> None:
    """A note that changes nothing writes nothing, and an empty memory makes no file."""
    path = tmp_path / "ledger.json"
    Ledger(path).forget("a")
    assert not path.exists()
    Ledger(path).note("a", known())
    before = path.stat().st_mtime_ns
    open_ledger(path).note("a", known())
    assert path.stat().st_mtime_ns == before


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps rights elsewhere")
def test_only_its_owner_can_read_it(tmp_path: Path) -> None:
    """The file is its owner's alone."""
    path = tmp_path / "ledger.json"
    Ledger(path).note("a", known())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_it_tells_nothing_of_appointments(tmp_path: Path) -> None:
    """Even of entries in full detail it holds no word, only digests."""
    wanted, _ = calendar_objects(sensitive_plan(), audience="clinic", detail="full")
    ledger = Ledger(tmp_path / "ledger.json")
    for each in wanted:
        hashes = read_entry(each.data).hashes
        ledger.note(each.uid, Known(visit="1", href="/x", sent=hashes, stored=hashes))
    text = ledger.path.read_text(encoding="utf-8").lower()
    assert not [word for word in SENSITIVE if not word.isdigit() and word != "bp" and word in text]


@pytest.mark.parametrize("text", [
    "", "{", "[]", '{"format": 99, "entries": {}}', '{"format": 1}', '{"format": 1, "entries": {"a": 1}}',
    '{"format": 1, "entries": {"a": {"visit": "x"}}}', '{"format": 1, "entries": {"a": {"visit": "x", "href": 1}}}',
    "\udcff",
])  # fmt: skip
def test_a_damaged_file_is_an_error_with_a_way_out(tmp_path: Path, text: str) -> None:
    """A file that is not ours says what to do, and is not written over."""
    path = tmp_path / "ledger.json"
    path.write_text(text, encoding="utf-8", errors="surrogateescape")
    with pytest.raises(InvalidFileError) as raised:
        open_ledger(path)
    assert "remove it" in str(raised.value.problems[0].expected)


def test_plans_and_calendars_have_memories_of_their_own(tmp_path: Path) -> None:
    """One file for each plan and each calendar, hidden beside the plan."""
    paths = {
        ledger_path(tmp_path / plan, target)
        for plan in ("a.plan.toml", "b.plan.toml")
        for target in (TARGET, target_of("https://cal.example/other/"))
    }
    assert len(paths) == 4
    assert all(path.name.startswith(".") and path.parent == tmp_path.resolve() for path in paths)
