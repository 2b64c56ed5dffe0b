"""`kapplan plan` of several profiles of one clinic: together, around what stands, with what it proves."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path

import pytest
from support.books import double_bookings
from support.command_line import CommandLine, environment
from support.generated_profiles import write_profiles

from kapplan.cli.batch import together
from kapplan.planning.joint import master

TODAY = ("--today", "2026-12-28")
ROUNDS = ("--iterations", "1")
MAIN = (sys.executable, "-c", "from kapplan.cli import main; main()")


@pytest.fixture
def line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """Return the command line in a folder that holds the folder ``in`` with three profiles of one clinic."""
    write_profiles(tmp_path / "in", range(3))
    return CommandLine(tmp_path, monkeypatch)


def test_planned_together(line: CommandLine) -> None:
    """All get plans, nothing is booked twice, and value, bound, gap and what each patient has alone are told."""
    ran = line("plan", "in", "-o", "out", *ROUNDS, "--format", "json", *TODAY)
    assert ran.code == 0
    assert not double_bookings(str(line.folder / "out"))
    [told] = json.loads(ran.text)["together"]
    assert told["bound"]["deviation"] <= told["value"]["deviation"]
    assert sum(one["deviation"] for one in told["patients"]) == told["value"]["deviation"]
    assert all(one["alone"] <= one["deviation"] for one in told["patients"])
    proof = told["proof"]["deviation"]
    back = sum(row["price"] * row["most"] for row in proof["rows"])
    assert max(sum(proof["paid"].values()) - back, 0) == told["bound"]["deviation"]
    assert "Together: 3 of 3 patients placed; deviation" in ran.err


def test_the_words_agree_with_the_data(line: CommandLine) -> None:
    """People are told who is further off target than alone as the JSON has it."""
    write_profiles(line.folder / "in", range(3, 6))
    ran = line("plan", "in", "-o", "out", *ROUNDS, "--format", "json", *TODAY)
    [told] = json.loads(ran.text)["together"]
    words = " ".join(ran.err.split())
    worse = {one["patient"] for one in told["patients"] if one["deviation"] > one["alone"]}
    [named] = re.findall(r"Further off target than alone, in days: (.*?)\.", words)
    told_of = set(re.findall(r"(p-\d+) \d+ \(alone \d+\)", named))
    assert told_of <= worse
    assert len(worse) == len(told_of) + sum(map(int, re.findall(r"and (\d+) more", named)))


def test_very_many_are_planned_wave_by_wave(line: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """More than can be planned together come in waves, each around those before, and what a bound holds for is told."""
    monkeypatch.setattr(together, "WAVE", 2)
    write_profiles(line.folder / "in", range(5))
    ran = line("plan", "in", "-o", "out", *ROUNDS, "--format", "json", *TODAY)
    assert ran.code == 0
    assert len(list((line.folder / "out").iterdir())) == 5
    assert not double_bookings(str(line.folder / "out"))
    waves = [{patient["patient"] for patient in told["patients"]} for told in json.loads(ran.text)["together"]]
    assert waves == [{"p-00000", "p-00001"}, {"p-00002", "p-00003"}]
    assert "each bound holds for its own wave" in ran.err


def test_very_many_that_are_not_saved(line: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """More than can be planned together are refused where nothing is saved for the next wave to see."""
    monkeypatch.setattr(together, "WAVE", 2)
    (line.folder / "out").mkdir()
    ran = line("plan", "in", "--book", "out", *ROUNDS, *TODAY)
    assert ran.code == 2
    assert "--one-by-one" in ran.err


def test_already_planned_is_no_failure(line: CommandLine) -> None:
    """Who has a plan in the book keeps it and is told; the others are planned around it."""
    line("plan", "in/p-00000.toml", "-o", "out/p-00000.plan.toml", *TODAY)
    (line.folder / "out").mkdir(exist_ok=True)
    line("plan", "in/p-00000.toml", "-o", "out/p-00000.plan.toml", *TODAY)
    before = (line.folder / "out" / "p-00000.plan.toml").read_bytes()
    ran = line("plan", "in", "-o", "out", *ROUNDS, *TODAY)
    assert ran.code == 0
    assert "p-00000 has a plan already" in ran.err
    assert (line.folder / "out" / "p-00000.plan.toml").read_bytes() == before
    assert not double_bookings(str(line.folder / "out"))


def test_without_the_extra(line: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the solver they are placed one after the other, nothing twice, and it says what the extra would give."""
    monkeypatch.setattr(master, "is_there", lambda: False)
    ran = line("plan", "in", "-o", "out", "--gap", "0", *TODAY)
    assert ran.code == 0
    assert not double_bookings(str(line.folder / "out"))
    assert 'pip install "kapplan[clinic]"' in ran.err


@pytest.mark.parametrize("hands", [("--jobs", "2"), pytest.param("cluster", marks=pytest.mark.thorough)])
def test_the_same_whoever_prices(line: CommandLine, hands: tuple[str, ...] | str) -> None:
    """Priced in two processes, or on a Dask cluster, the answer is the one of this process alone."""
    write_profiles(line.folder / "in", range(4))
    with cluster_of_two() if isinstance(hands, str) else nullcontext(hands) as options:
        ran = [
            line("plan", "in", "-o", name, *own, *ROUNDS, "--format", "json", *TODAY)
            for name, own in (("out", ("--jobs", "1")), ("other", options))
        ]
    assert ran[0].code == ran[1].code == 0
    assert ran[0].text.replace("out/", "other/") == ran[1].text


@contextmanager
def cluster_of_two() -> Iterator[tuple[str, ...]]:
    """Yield the options that name a real cluster of two worker processes on this machine."""
    distributed = pytest.importorskip("distributed")
    with (
        warnings.catch_warnings(),
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0") as made,
    ):
        warnings.simplefilter("ignore")
        yield "--cluster", str(made.scheduler_address)


def test_no_time_at_all(line: CommandLine) -> None:
    """Whom it did not come to is named, with what to type, and has no plan; nothing else is told of them."""
    ran = line("plan", "in", "-o", "out", "--within", "0", "--format", "json", *TODAY)
    assert ran.code == 7
    assert ran.err.count("Planning together ended before this patient was looked at") == 3
    [told] = json.loads(ran.text)["together"]
    assert (told["ended"], told["value"]["unplaced"], told["bound"]["unplaced"]) == ("time", 3, 0)
    assert not list((line.folder / "out").iterdir())


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C reaches a process alone only where there are signals")
def test_interrupted(tmp_path: Path) -> None:
    """Ctrl-C ends the search, wherever it is: what was found by then is saved, and everybody else is named."""
    import pty

    write_profiles(tmp_path / "in", range(12))
    master_end, terminal = pty.openpty()
    process = subprocess.Popen(
        [*MAIN, "plan", "in", "-o", "out", "--gap", "0", "--jobs", "1", *TODAY],
        cwd=tmp_path, env=environment(PYTHONPATH=os.pathsep.join(sys.path), TERM="xterm"), start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=terminal,
    )  # fmt: skip
    os.close(terminal)
    said = b""
    while b"12 placed" not in said:  # its first words may be overtaken before they are drawn
        said += os.read(master_end, 4096)
    os.killpg(process.pid, signal.SIGINT)
    with suppress(OSError):  # the terminal ends with the process
        while more := os.read(master_end, 4096):
            said += more
    assert process.wait(timeout=60) in {0, 7}
    named = said.count(b"Planning together ended before this patient")
    assert len(list((tmp_path / "out").glob("*.plan.toml"))) + named == 12
    assert b"interrupted after" in said
    assert not double_bookings(str(tmp_path / "out"))


def test_priority(line: CommandLine) -> None:
    """What an urgent patient is off target counts four times."""
    for name in ("p-00000", "p-00001"):
        path = line.folder / "in" / f"{name}.toml"
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace("[treatment]", '[treatment]\npriority = "urgent"'), encoding="utf-8")
    ran = line(
        "plan", "in/p-00000.toml", "in/p-00001.toml", "-o", "out", "--iterations", "0", "--format", "json", *TODAY
    )
    [told] = json.loads(ran.text)["together"]
    assert {one["weight"] for one in told["patients"]} == {4}
