"""A plan that was changed by anything but kapplan is found out, goes on recording, and comes back."""

from __future__ import annotations

import os
import random
import re
import shutil
import stat
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.command_line import CommandLine, with_examples

from kapplan.cli.session.environment import Edge
from kapplan.errors import ChangedMeanwhileError, InvalidFileError
from kapplan.files.plans import atomic, store
from kapplan.files.plans.format import plan_of, text_of
from kapplan.files.plans.locks import FileLock
from kapplan.files.plans.store import load_plan, replace_plan
from kapplan.files.toml.sources import SourceFile

TODAY = ("--today", "2026-12-29")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a plan of three revisions."""
    folder = with_examples(tmp_path_factory.mktemp("house"))
    with pytest.MonkeyPatch.context() as patch:
        line = CommandLine(folder, patch)
        assert line("plan", "river.toml", "-o", "river.plan.toml", "--today", "2026-12-28").code == 0
        for value in (12, 11):
            assert line("score", "river.plan.toml", f"phq9={value}", *TODAY).code == 0
    return folder


@pytest.fixture
def line(house: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """Return a copy of that folder."""
    shutil.copytree(house, tmp_path, dirs_exist_ok=True)
    return CommandLine(tmp_path, monkeypatch)


def spoil(line: CommandLine, old: str = "value = 11", new: str = "value = 10") -> str:
    """Change a plan's file by hand, and return its text."""
    path = line.folder / "river.plan.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text.replace(old, new, 1)


def test_another_order_and_comments_are_no_damage(line: CommandLine) -> None:
    """The checksum is over what the file says, not how it is written."""
    path = line.folder / "river.plan.toml"
    text = re.sub(r"^(\w+) = ", r"\1  =  ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    path.write_text(f"# by hand\n{text}", encoding="utf-8")
    assert load_plan(path).plan.doubted is None


def test_a_plan_without_a_checksum_is_not_damaged(line: CommandLine) -> None:
    """What 0.1.0 wrote has none."""
    path = line.folder / "river.plan.toml"
    text = re.sub(r"^checksum = .*\n", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert plan_of(SourceFile.of_text(text)).doubted is None


def test_what_happens_is_recorded_and_the_rest_waits(line: CommandLine) -> None:
    """A changed plan is shown and takes records with its warning, which stays; other changes end with 3."""
    spoil(line)
    for _ in range(2):
        ran = line("score", "river.plan.toml", "phq9=20", "phq9_item9=2", *TODAY)
        assert ran.code == 0, ran.err
        assert ran.err.startswith("SAFETY")
        assert "was changed by something else" in ran.err
    assert "was changed by something else" in line("show", "river.plan.toml", *TODAY).err
    assert "was changed by something else" in line("today", "river.plan.toml", *TODAY).err
    before = (line.folder / "river.plan.toml").read_bytes()
    for words in (("move", "river.plan.toml", "preparation-1", "1d", "later"), ("undo", "river.plan.toml")):
        ran = line(*words, *TODAY)
        assert ran.code == 3, ran.err
        assert "check --accept" in ran.err
    assert (line.folder / "river.plan.toml").read_bytes() == before


def test_it_is_accepted_by_name(line: CommandLine) -> None:
    """Who accepts stands in the history, and all goes on as before."""
    spoil(line)
    assert line("check", "--accept", "river.plan.toml", *TODAY).code == 2
    assert line("check", "--accept", "river.plan.toml", "--by", "Dr. Okafor", *TODAY).code == 0
    plan = load_plan(line.folder / "river.plan.toml").plan
    assert (plan.doubted, plan.history[-1].by) == (None, "Dr. Okafor")
    assert line("undo", "river.plan.toml", "--steps", "2", *TODAY).code == 0
    assert load_plan(line.folder / "river.plan.toml").plan.doubted is None
    assert line("check", "--accept", "river.plan.toml", "--by", "x", *TODAY).code == 2


def test_a_history_with_a_gap_is_found_whatever_the_checksum_says(line: CommandLine) -> None:
    """Somebody who takes an entry away and makes the checksum anew is found by the chain."""
    path = line.folder / "river.plan.toml"
    plan = load_plan(path).plan
    for history in (plan.history[:1] + plan.history[2:], plan.history[1:], plan.history[::-1]):
        assert plan_of(SourceFile.of_text(text_of(replace(plan, history=history)))).doubted == "history"


@pytest.mark.parametrize("damage", ["cut", "noise", "empty", "gone wrong"])
def test_the_last_good_revision_comes_back(line: CommandLine, damage: str) -> None:
    """What lay there is kept, what came back is said, and what was recorded after it is listed where it can be read."""
    path = line.folder / "river.plan.toml"
    data = path.read_bytes()
    if damage == "gone wrong":
        spoil(line)
    else:
        path.write_bytes({"cut": data[:4000], "noise": os.urandom(500), "empty": b""}[damage])
    spoilt = path.read_bytes()
    ran = line("restore", "river.plan.toml", *TODAY)
    assert ran.code == 0, ran.err
    assert load_plan(path).plan.revision == 2
    assert (line.folder / "river.plan.toml.damaged").read_bytes() == spoilt
    assert ("Not in it" in ran.err) == (damage == "gone wrong")
    assert line("score", "river.plan.toml", "phq9=11", *TODAY).code == 0


def test_an_earlier_revision_of_a_whole_plan_comes_back_as_a_new_one(line: CommandLine) -> None:
    """Nothing is lost by it, and it can be taken back."""
    assert line("restore", "river.plan.toml", *TODAY).code == 2
    assert line("restore", "river.plan.toml", "--revision", "99", *TODAY).code == 2
    scores = load_plan(line.folder / "river.plan.toml").plan.scores
    assert line("restore", "river.plan.toml", "--revision", "1", *TODAY).code == 0
    plan = load_plan(line.folder / "river.plan.toml").plan
    assert (plan.revision, len(plan.scores) < len(scores), plan.doubted) == (4, True, None)
    assert line("undo", "river.plan.toml", *TODAY).code == 0
    assert load_plan(line.folder / "river.plan.toml").plan.scores == scores


def test_a_restore_without_anything_good_says_so(line: CommandLine) -> None:
    """Where the last revision is damaged too nothing is touched."""
    for name in ("river.plan.toml", "river.plan.toml.prev"):
        (line.folder / name).write_bytes(b"x")
    assert line("restore", "river.plan.toml", *TODAY).code == 2
    assert (line.folder / "river.plan.toml").read_bytes() == b"x"


def test_a_database_restores_from_its_revisions(line: CommandLine) -> None:
    """A book in a database keeps every revision; one of them comes back as a new one."""
    pytest.importorskip("sqlalchemy")
    assert line("book", "init", "sqlite:///clinic.db").code == 0
    book = ("--book", "sqlite:///clinic.db")
    assert line("plan", "river.toml", "-o", "river", *book, "--today", "2026-12-28").code == 0
    assert line("score", "river", "phq9=12", *book, *TODAY).code == 0
    ran = line("restore", "river", "--revision", "1", *book, *TODAY)
    assert ran.code == 0, ran.err
    assert "restored revision 1" in line("log", "river", *book, *TODAY).text


def damaged(data: bytes, rng: random.Random) -> bytes:
    """Return a file's bytes after a fault of a disk, a sync tool or a hand."""
    kind = rng.randrange(7)
    at = rng.randrange(len(data))
    if kind == 0:
        return data[:at] + bytes([data[at] ^ (1 << rng.randrange(8))]) + data[at + 1 :]
    if kind == 1:
        return data[:at] + bytes([rng.randrange(256)]) + data[at + 1 :]
    if kind == 2:
        return data[:at]
    lines = data.split(b"\n")
    row, other = rng.randrange(len(lines)), rng.randrange(len(lines))
    if kind == 3:
        del lines[row]
    elif kind == 4:
        lines.insert(row, lines[other])
    elif kind == 5:
        lines[row], lines[other] = lines[other], lines[row]
    else:
        lines[row] = re.sub(rb"\d", lambda _: b"%d" % rng.randrange(10), lines[row], count=1)
    return b"\n".join(lines)


@pytest.mark.parametrize("seed", [0, pytest.param(range(1, 17), marks=pytest.mark.thorough)])
def test_every_damage_is_found_or_harmless(house: Path, seed: int | range) -> None:
    """Of a plan's file that was damaged in any way either the plan is the same, or it is refused, or doubted."""
    data = (house / "river.plan.toml").read_bytes()
    sound = load_plan(house / "river.plan.toml").plan
    for one in [seed] if isinstance(seed, int) else seed:
        rng = random.Random(one)
        for _ in range(300):
            broken = damaged(data, rng)
            try:
                plan = plan_of(SourceFile(name="x", data=broken))
            except InvalidFileError:
                continue
            assert plan.doubted or plan == sound, broken


def test_who_comes_back_after_the_lease_finds_nothing_to_put_in_place(
    line: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A writer that was stopped between its last look and the rename never overwrites who broke its lock."""
    monkeypatch.setattr(store, "FileLock", lambda path: FileLock(path, lease=0.05))
    monkeypatch.setattr("kapplan.files.plans.locks._GRACE", 0.05)
    path = line.folder / "river.plan.toml"
    slow = load_plan(path)
    stopped: list[bool] = []

    def delayed(prepared: Path, target: Path) -> None:
        if not stopped:
            stopped.append(True)
            time.sleep(0.1)
            replace_plan(load_plan(path), replace(slow.plan, history=slow.plan.history[:1]))
        atomic.move_into_place(prepared, target)

    monkeypatch.setattr(store, "move_into_place", delayed)
    with pytest.raises(ChangedMeanwhileError, match="nothing was written"):
        replace_plan(slow, slow.plan)
    assert len(load_plan(path).plan.history) == 1


def test_what_a_dead_writer_left_is_swept(line: CommandLine) -> None:
    """A temporary file of an hour ago is removed at the next write; a fresh one may be somebody's."""
    old, new = (line.folder / f".river.plan.toml.{name}.tmp" for name in ("old", "new"))
    for path in (old, new):
        path.write_bytes(b"x")
    os.utime(old, (time.time() - 9999,) * 2)
    assert line("score", "river.plan.toml", "phq9=3", *TODAY).code == 0
    assert (old.exists(), new.exists()) == (False, True)


@pytest.mark.skipif(os.name != "posix", reason="other systems have no such modes")
def test_a_groups_folder_works_for_colleagues(line: CommandLine) -> None:
    """A new plan in a folder with the set-group-id bit is the group's; mode and group stay as they were set."""
    shared = line.folder / "shared"
    shared.mkdir()
    shared.chmod(0o2770)
    assert line("plan", "river.toml", "-o", "shared/river.plan.toml", "--today", "2026-12-28").code == 0
    path = shared / "river.plan.toml"
    assert stat.S_IMODE(path.stat().st_mode) == 0o660
    path.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(path, 1234, 2345)
    assert line("score", str(path), "phq9=3", *TODAY).code == 0
    found = path.stat()
    assert stat.S_IMODE(found.st_mode) == 0o640
    assert os.geteuid() != 0 or (found.st_uid, found.st_gid) == (1234, 2345)


def test_a_clock_set_back_is_noticed(line: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the system's clock a plan that was changed tomorrow is odd; a day that was given is not."""
    monkeypatch.setattr(Edge, "instant", lambda _: datetime(2026, 12, 1, tzinfo=UTC))
    ran = line("score", "river.plan.toml", "phq9=3")
    assert ran.code == 0
    assert "is the clock right" in ran.err
    assert "is the clock right" not in line("score", "river.plan.toml", "phq9=3", "--today", "2026-12-02").err


def test_the_text_of_a_plan_has_its_checksum(line: CommandLine) -> None:
    """The checksum stands near the top, and what is written is what is read."""
    plan = load_plan(line.folder / "river.plan.toml").plan
    assert text_of(plan).split("\n")[1].startswith('checksum = "sha256:')
    assert plan_of(SourceFile.of_text(text_of(plan))) == plan
