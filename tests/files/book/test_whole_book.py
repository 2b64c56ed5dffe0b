"""Changes of the whole book: an absence of one of the staff, or a closure, as one change that is taken back as one."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from support.books import KINDS, address, double_bookings
from support.command_line import CommandLine
from support.generated_profiles import patient_id, write_profiles

TODAY = ("--today", "2026-12-28")
LATER = ("--today", "2026-12-29")
SPAN = "2027-02-01..2027-02-05"


@pytest.fixture
def line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """Return the command line in a folder that holds the folder ``in`` with three profiles of one clinic."""
    write_profiles(tmp_path / "in", range(3))
    return CommandLine(tmp_path, monkeypatch)


@contextmanager
def planned(line: CommandLine, kind: str, postgres: str | None) -> Iterator[str]:
    """Give the address of a book of a kind in which three patients have plans."""
    line("plan", "in", "-o", "out", "--one-by-one", *TODAY)
    with address(kind, line.folder, postgres) as where:
        if kind == "folder":
            yield str(line.folder / "out")
            return
        line("book", "init", where)
        line("book", "copy", str(line.folder / "out"), where)
        yield where


def texts(line: CommandLine, where: str) -> dict[str, str]:
    """Return the plans of a book as JSON of what they plan, by patient."""
    found = {}
    for number in range(3):
        name = patient_id(number)
        ran = line("show", name, "--book", where, "--format", "csv", *LATER)
        assert ran.code == 0, ran.err
        found[name] = ran.text
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_one_change_taken_back_as_one(line: CommandLine, kind: str, request: pytest.FixtureRequest) -> None:
    """Whoever needs the absent person is dated anew, nobody else moves, and one id takes all of it back."""
    postgres = request.getfixturevalue("postgres_server") if kind == "postgres" else None
    with planned(line, kind, postgres) as where:
        before = texts(line, where)
        preview = line("away", "--who", "okafor", SPAN, "--book", where, "-n", "--format", "plain", *LATER)
        assert preview.code == 0, preview.err
        assert texts(line, where) == before
        touched = {row.split("\t")[0] for row in preview.text.splitlines()}
        assert touched
        ran = line("away", "--who", "okafor", SPAN, "--book", where, "--format", "plain", *LATER)
        assert ran.code == 0, ran.err
        assert ran.text == preview.text
        after = texts(line, where)
        assert {name for name in before if before[name] != after[name]} == touched
        assert not double_bookings(where)
        change = ran.err.split("kapplan undo ")[1].split()[0]
        back = line("undo", change, "--book", where, *LATER)
        assert back.code == 0, back.err
        assert texts(line, where) == before
        assert line("undo", change, "--book", where, *LATER).code == 2


def test_nowhere_where_one_was_changed_since(line: CommandLine) -> None:
    """Where one of the plans was changed since, the whole change is taken back nowhere, and that plan is named."""
    with planned(line, "folder", None) as where:
        ran = line("away", "--who", "clinic", SPAN, "--book", where, *LATER)
        change = ran.err.split("kapplan undo ")[1].split()[0]
        touched = [path for path in sorted(Path(where).glob("*.plan.toml")) if _has(path, change)]
        line("note", str(touched[-1]), "phones on Mondays", "--book", where, *LATER)
        line("freeze", str(touched[-1]), "2d", "--book", where, *LATER)
        kept = {path: path.read_bytes() for path in touched}
        refused = line("undo", change, "--book", where, *LATER)
        assert refused.code == 2
        assert "was changed after" in refused.err
        assert {path: path.read_bytes() for path in touched} == kept


def _has(path: Path, change: str) -> bool:
    return any(entry.get("change") == change for entry in tomllib.loads(path.read_text(encoding="utf-8"))["history"])
