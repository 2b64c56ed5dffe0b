"""What holds of every command of the program, whichever is new: each is typed in one house."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from support.command_line import LOGIN, CommandLine
from support.disk import Disk
from support.every_command import EVERY, TODAY, WITHOUT_PATIENTS, Typed, all_typed, furnished, id_of, prepared, untested

from kapplan.files.plans.store import load_plan


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the furnished house."""
    folder = tmp_path_factory.mktemp("house")
    with pytest.MonkeyPatch.context() as patch:
        furnished(folder, patch)
    return folder


@pytest.fixture
def line(house: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """Return a copy of it."""
    shutil.copytree(house, tmp_path, dirs_exist_ok=True)
    return CommandLine(tmp_path, monkeypatch)


def test_every_command_is_typed() -> None:
    """A command that is new has its lines among those that are typed here, and in the tests of safety and secrecy."""
    assert untested() == set()


@pytest.mark.parametrize("typed", all_typed(), ids=id_of)
def test_a_command_does_what_it_says(line: CommandLine, typed: Typed) -> None:
    """Each ends well or with what it is documented to end with; one that writes has written; the access log has it."""
    prepared(line, typed)
    before = {path.name: path.read_bytes() for path in line.folder.glob("*.plan.toml")}
    log = line.folder / "access.log"
    ran = line(*typed.words, *TODAY, env={"KAPPLAN_AUDIT": str(log), "KAPPLAN_BY": "Dr. N. Okafor"})
    expected = {1} if typed.words[0] in {"publish", "sync"} else {0, 5} if typed.writes else {0}
    assert ran.code in expected, ran.err
    after = {path.name: path.read_bytes() for path in line.folder.glob("*.plan.toml")}
    assert (before != after) == typed.writes
    for name in after.keys() - {name for name in after if after[name] == before.get(name)}:
        plan = load_plan(line.folder / name).plan
        last = plan.history[-1]
        assert plan.doubted is None
        assert typed.words[0] == "restore" or (last.by, last.login) == ("Dr. N. Okafor", LOGIN), typed
    _is_logged(log, typed)


@pytest.mark.parametrize("typed", [one for one in all_typed() if one.writes], ids=id_of)
def test_a_setting_that_nobody_can_read_is_told_before_anything_is_saved(line: CommandLine, typed: Typed) -> None:
    """Where the format of answers is none that there is, a command that says so has not saved what it was to say."""
    prepared(line, typed)
    before = Disk(line.folder).files()
    ran = line(*typed.words, *TODAY, env={"KAPPLAN_FORMAT": "tabel"})
    if "KAPPLAN_FORMAT is tabel" in ran.err:
        assert ran.code == 2
        assert Disk(line.folder).files() == before
    else:
        assert ran.code != 2, ran.err


def _is_logged(log: Path, typed: Typed) -> None:
    """Check that the access log names each patient whose files were read, and nothing else that is about them."""
    if typed.words[0] in WITHOUT_PATIENTS or typed.words[:2] == ("book", "init"):
        assert not log.exists()
        return
    rows = [json.loads(row) for row in log.read_text(encoding="utf-8").splitlines()]
    patients = [row["patient"] for row in rows]
    assert len(patients) == len(set(patients))
    assert patients
    assert set(patients) <= {"river-0412", "oak-1", "fern-1"}
    assert {row["command"] for row in rows} == {typed.words[0]}
    assert {(row["login"], row["by"]) for row in rows} == {(LOGIN, "Dr. N. Okafor")}
    assert all(row.keys() == {"at", "login", "command", "patient", "by"} for row in rows)
    whole_book = not any(word.startswith(("river", "fern", "new")) for word in typed.words)
    if whole_book and typed.words[0] not in {"fill", "export", "away"}:
        assert {"river-0412", "oak-1"} <= set(patients), typed


def test_the_house_has_no_secrets_from_commands() -> None:
    """Each command has at least one line, and no line names another command."""
    assert all(lines and {typed.words[0] for typed in lines} == {name} for name, lines in EVERY.items())
