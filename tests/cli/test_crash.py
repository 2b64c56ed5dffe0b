"""Processes that die while they write leave the old plan or the new one, whole; of two at once, nobody's work is lost.

``test_faults`` stops every command at each call of the disk; here real processes are killed, and run beside each other.
"""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support.command_line import CommandLine, environment
from support.every_command import PLAN, TODAY, Typed, furnished, prepared, writing
from support.whole_plans import contents, links

from kapplan.files.plans.store import BEGUN

RUN = [sys.executable, "-c", "from kapplan.cli import main; main()"]
SCORE = ("score", PLAN, "phq9=10", "phq9_item9=0", *TODAY)
REMOVING = {"erase", "restore"}
RECORDS = {"done", "missed", "cancel", "omit", "score", "confirm", "correct", "note", "cease"}
"""What is saved though no dates keep the rules afterwards (5); any other change may be refused so, or saved."""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the furnished house."""
    folder = tmp_path_factory.mktemp("house")
    with pytest.MonkeyPatch.context() as patch:
        furnished(folder, patch)
    return folder


@pytest.fixture
def line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """Return the command line in an empty folder."""
    return CommandLine(tmp_path, monkeypatch)


def _typed(folder: Path, *words: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*RUN, *words], cwd=folder, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )


def _moved_in(house: Path, line: CommandLine, typed: Typed) -> dict[str, bytes]:
    """Furnish the folder anew and type what comes before a command; return the plans that lie there."""
    shutil.rmtree(line.folder)
    shutil.copytree(house, line.folder)
    prepared(line, typed)
    return _plans(line.folder)


def _plans(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("*.plan.toml")}


def _wait_for_a_moment(folder: Path, process: subprocess.Popen[bytes], dice: random.Random, whole: float) -> None:
    """Wait for any moment of a process's life, or for one a few milliseconds after it begins to write."""
    if dice.random() < 0.4:
        time.sleep(dice.uniform(0, whole))
        return
    while process.poll() is None and not [*folder.glob(".*.lock"), *folder.glob(".*.tmp")]:
        time.sleep(0.0005)
    time.sleep(dice.choice((0, 0, 0.001, 0.003, 0.01, 0.03)))


def _killed_at_random(house: Path, line: CommandLine, times: int, seed: int) -> None:
    dice = random.Random(seed)
    commands = writing()
    dice.shuffle(commands)
    whole = 0.5
    for number in range(times):
        typed = commands[number % len(commands)]
        before = _moved_in(house, line, typed)
        began = time.perf_counter()
        process = _typed(line.folder, *typed.words, *TODAY)
        _wait_for_a_moment(line.folder, process, dice, whole)
        process.kill()
        process.communicate()
        whole = max(whole, time.perf_counter() - began)
        after = _plans(line.folder)
        assert typed.words[0] in REMOVING or before.keys() <= after.keys()
        for name, data in after.items():
            if data == before.get(name):
                continue
            contents(data)
            if name in before and typed.words[0] not in REMOVING:
                new, old = links(data), links(before[name])
                assert (new[:-1], len(new)) == (old, len(old) + 1), typed


def test_killed_at_any_moment(house: Path, line: CommandLine) -> None:
    """Whenever a process is killed, the plan is the old one or the new one, and the next command works."""
    _killed_at_random(house, line, 4, 1)
    _moved_in(house, line, Typed(SCORE))
    process = _typed(line.folder, *SCORE)
    while process.poll() is None and not (line.folder / f".{PLAN}.lock").exists():
        time.sleep(0.0005)
    process.kill()
    process.communicate()
    after = _typed(line.folder, *SCORE)
    after.communicate()
    assert after.returncode == 0
    contents(_plans(line.folder)[PLAN])


@pytest.mark.thorough
def test_killed_often(house: Path, line: CommandLine) -> None:
    """The same, six hundred times, over every command that writes."""
    _killed_at_random(house, line, 600, 2)


@pytest.mark.thorough
def test_killed_within_a_change_of_many(house: Path, line: CommandLine) -> None:
    """Whenever a process is killed that changes many plans, who comes next finds all of them changed, or none."""
    dice, words = random.Random(4), ("away", "2027-02-08..2027-02-09", "--who", "okafor", *TODAY)
    begun, outcomes = line.folder / BEGUN, set()
    before = _moved_in(house, line, Typed(words))
    process = _typed(line.folder, *words)
    process.communicate()
    assert process.returncode in {0, 5}
    all_of_them = _changed(before, line.folder)
    assert len(all_of_them) > 1
    for _ in range(40):
        before = _moved_in(house, line, Typed(words))
        process = _typed(line.folder, *words)
        if dice.random() < 0.7:
            while process.poll() is None and not begun.exists():
                time.sleep(0.0005)
            time.sleep(dice.choice((0, 0.001, 0.002, 0.004, 0.008)))
        else:
            _wait_for_a_moment(line.folder, process, dice, 1)
        process.kill()
        process.communicate()
        assert line("today", *TODAY).code == 0
        changed = _changed(before, line.folder)
        assert changed in (set(), all_of_them)
        assert not begun.exists()
        outcomes.add(len(changed))
    assert outcomes == {0, len(all_of_them)}


def _changed(before: dict[str, bytes], folder: Path) -> set[str]:
    """Return the plans that are not as they were."""
    after = _plans(folder)
    return {name for name, data in before.items() if after.get(name) != data}


def _at_once(line: CommandLine, before: bytes, *commands: tuple[str, ...], ends: set[int], apart: float = 0) -> None:
    """Start processes at once, and check that each ends so, has written what it did where it says so, and no other."""
    running = []
    for words in commands:
        running.append(_typed(line.folder, *words))
        time.sleep(apart)
    said = [process.communicate()[1].decode() for process in running]
    codes = [process.returncode for process in running]
    assert set(codes) <= ends, (commands, codes, said)
    after = _plans(line.folder)[PLAN]
    contents(after)
    new, old = links(after), links(before)
    assert new[: len(old)] == old
    saved = codes.count(0) + sum(code == 5 and words[0] in RECORDS for words, code in zip(commands, codes, strict=True))
    assert saved <= len(new) - len(old) <= codes.count(0) + codes.count(5), (commands, codes)


def test_two_at_once(house: Path, line: CommandLine) -> None:
    """Of commands that read the same plan, those that come too late stop with exit 6; none is half there."""
    before = _moved_in(house, line, Typed(SCORE))[PLAN]
    scores = [("score", PLAN, f"phq9={number}", "phq9_item9=0", *TODAY) for number in range(4)]
    _at_once(line, before, *scores, ends={0, 6})


@pytest.mark.thorough
def test_three_hundred_races(house: Path, line: CommandLine) -> None:
    """Any two commands that change the same plan, begun within a moment of each other."""
    dice = random.Random(3)
    on_plan = [typed for typed in writing() if PLAN in typed.words and typed.words[0] not in REMOVING]
    on_plan = [typed for typed in on_plan if typed.words[:2] != ("check", "--accept")]
    for _ in range(300):
        first, second = dice.choice(on_plan), dice.choice(on_plan)
        before = _moved_in(house, line, first)[PLAN]
        words = ((*first.words, *TODAY), (*second.words, *TODAY))
        _at_once(line, before, *words, ends={0, 2, 5, 6}, apart=dice.choice((0, 0, 0.01, 0.05)))
