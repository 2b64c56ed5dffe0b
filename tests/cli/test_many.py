"""Many files at once: whole and in order on however many processors, whatever some of them are."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from support.command_line import CommandLine, environment
from support.generated_profiles import patient_id, write_profiles
from support.work import RECKLESS, die, die_of_five, die_of_one, die_once, double, note_times

from kapplan.cli.batch import many
from kapplan.cli.batch.engine import Died, Hands, at_hand, in_order
from kapplan.cli.batch.many import Bar, Outcome, failure, jobs_for, named_files, sum_up
from kapplan.cli.session.environment import Edge, login_name
from kapplan.errors import KapplanError, MachineError, PartlyFailedError, RefusedError, UsageError

TODAY = ("--today", "2026-12-28")
MAIN = (sys.executable, "-c", "from kapplan.cli import main; main()")


@pytest.fixture
def line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """Return the command line in a folder that holds the folder ``in`` with three profiles and their clinic."""
    write_profiles(tmp_path / "in", range(3))
    return CommandLine(tmp_path, monkeypatch)


def broken(line: CommandLine) -> CommandLine:
    """Add to the folder ``in`` what cannot be planned, and what is no profile."""
    text = (line.folder / "in" / "p-00000.toml").read_text(encoding="utf-8")
    line.write("in/a-invalid.toml", text.replace("[patient]", "[patient]\nnonsense = 1"))
    line.write(
        "in/b-refused.toml",
        text.replace("p-00000", "r-1").replace("conditions = []", 'conditions = ["aneurysmal-vascular-disease"]'),
    )
    line.write("in/c-torn.toml", "[patient")
    line.write("in/d-other.toml", "[colours]\nred = 1\n")
    sunday = re.sub(r"start = .*", "start = 2027-01-10", text.replace("start_within = 28", "start_within = 0"))
    line.write("in/e-never.toml", sunday.replace("p-00000", "n-1"))
    return line


def contents(folder: Path) -> dict[str, bytes]:
    """Return the files of a folder by their names."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


# -- planning -------------------------------------------------------------------------------------------------------


def test_one_record_a_profile(line: CommandLine) -> None:
    """Several profiles print one record each, in the order in which they are named, and nothing is written."""
    before = contents(line.folder / "in")
    ran = line("plan", "in/p-00002.toml", "in/p-00000.toml", *TODAY)
    rows = [row.split("\t") for row in ran.text.splitlines()]
    assert [row[:3] for row in rows] == [
        ["p-00002", "in/p-00002.toml", "planned"], ["p-00000", "in/p-00000.toml", "planned"],
    ]  # fmt: skip
    assert ran.code == 0
    assert ran.err.endswith("2 profiles planned.\n")
    assert contents(line.folder / "in") == before


@pytest.mark.parametrize("form", ["plain", "json", "csv", "md", "table"])
def test_formats(line: CommandLine, form: str) -> None:
    """The records come in every format, with the first and last dose, visits, days off and exit code."""
    ran = line("plan", "in", "--format", form, "--jobs", "1", *TODAY)
    assert ran.code == 0
    for number in range(3):
        assert patient_id(number) in ran.text


def test_same_plan_as_alone(line: CommandLine) -> None:
    """A plan made among others is, to the byte, the plan that is made alone."""
    line("plan", "in", "-o", "out", "--one-by-one", "--jobs", "1", *TODAY)
    (line.folder / "alone").mkdir()
    for number in range(3):
        name = patient_id(number)
        line("plan", f"in/{name}.toml", "-o", f"alone/{name}.plan.toml", *TODAY)
    assert contents(line.folder / "out") == contents(line.folder / "alone")


def test_as_many_processes_as_one_likes(line: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Output, messages, exit code and files are the same with one process and with three, failures among them.

    Other processes know the system's login and not that of the tests.
    """
    monkeypatch.setattr("support.command_line.LOGIN", login_name())
    mine = {"KAPPLAN_BY": login_name()}
    broken(line)
    one = line("plan", "in", "-o", "out", "--one-by-one", "--jobs", "1", *TODAY, env=mine)
    (line.folder / "out").rename(line.folder / "one")
    three = line("plan", "in", "-o", "out", "--one-by-one", "--jobs", "3", *TODAY, env=mine)
    assert (three.out, three.err, three.code) == (one.out, one.err, one.code)
    assert contents(line.folder / "out") == contents(line.folder / "one")


def test_failures(line: CommandLine) -> None:
    """What fails is told with its file and counted, the others are planned, and the exit code is 7."""
    ran = broken(line)("plan", "in", "--format", "plain", "--jobs", "1", *TODAY)
    rows = [row.split("\t") for row in ran.text.splitlines()]
    assert [(Path(row[1]).name, row[2], row[-1]) for row in rows] == [
        ("a-invalid.toml", "invalid", "3"),
        ("b-refused.toml", "refused", "4"),
        ("c-torn.toml", "invalid", "3"),
        ("e-never.toml", "no schedule", "5"),
        ("p-00000.toml", "planned", "0"),
        ("p-00001.toml", "planned", "0"),
        ("p-00002.toml", "planned", "0"),
    ]
    assert ran.code == 7
    assert "in/b-refused.toml: refused\n" in ran.err
    assert "in/d-other.toml: passed over" in ran.err
    assert "clinic.toml" not in ran.text
    assert "4 of 7 profiles could not be planned: 2 invalid, 1 no schedule, 1 refused." in ran.err


def test_a_missing_file_among_others(line: CommandLine) -> None:
    """A file that is not there fails, and the others are planned."""
    ran = line("plan", "in/p-00000.toml", "in/nowhere.toml", *TODAY)
    assert [row.split("\t")[2] for row in ran.text.splitlines()] == ["planned", "failed"]
    assert "there is no profile in" in ran.err
    assert ran.code == 7


def test_never_overwritten(line: CommandLine) -> None:
    """A second run into the same folder tells who has a plan already, leaves it alone, and plans the others."""
    line("plan", "in/p-00000.toml", "in/p-00001.toml", "-o", "out", "--one-by-one", *TODAY)
    before = contents(line.folder / "out")
    ran = line("plan", "in", "-o", "out", "--start", "2027-03-01", "--one-by-one", *TODAY)
    after = contents(line.folder / "out")
    assert {name: after[name] for name in before} == before
    assert set(after) - set(before) == {"p-00002.plan.toml"}
    assert ran.err.count("has a plan already") == 2
    assert "2 profiles planned already.\n1 profile planned." in ran.err
    assert ran.code == 0


def test_a_file_that_is_no_plan_of_the_patient_is_never_overwritten(line: CommandLine) -> None:
    """Where something else has the name that a plan would get, that profile fails and the file stays."""
    (line.folder / "out").mkdir()
    line.write("out/p-00000.plan.toml", "# mine\n")
    ran = line("plan", "in", "-o", "out", "--one-by-one", *TODAY)
    assert (line.folder / "out" / "p-00000.plan.toml").read_text(encoding="utf-8") == "# mine\n"
    assert "is there already; a plan is never overwritten" in ran.err
    assert ran.code == 7


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_two_profiles_of_one_patient(line: CommandLine, jobs: str) -> None:
    """Of two profiles of one patient the first is saved, however many processes there are, and the second is told."""
    line.write("in/a.toml", (line.folder / "in/p-00002.toml").read_text(encoding="utf-8").replace("p-00002", "P-00000"))
    ran = line("plan", "in", "-o", "out", "--one-by-one", "--jobs", jobs, *TODAY)
    assert sorted(contents(line.folder / "out")) == ["P-00000.plan.toml", "p-00001.plan.toml", "p-00002.plan.toml"]
    assert "in/a.toml is of the same patient" in ran.err
    assert ran.code == 7


@pytest.mark.parametrize("jobs", ["1", "3"])
def test_plans_that_keep_each_other_busy(line: CommandLine, jobs: str) -> None:
    """Where the clinic is kept busy by the folder of plans, patients planned together are not booked twice."""
    clinic = line.folder / "in" / "clinic.toml"
    text = clinic.read_text(encoding="utf-8").replace('holidays = "US-CO"', 'holidays = "US-CO"\nbusy = ["../out"]')
    clinic.write_text(text, encoding="utf-8")
    (line.folder / "out").mkdir()
    line("plan", "in", "-o", "out", "--one-by-one", "--jobs", jobs, *TODAY)
    plans = [f"out/{name}" for name in contents(line.folder / "out")]
    assert len(plans) == 3
    assert line("check", *plans).code == 0


def test_each_file_once(line: CommandLine) -> None:
    """A file named twice, or named beside its folder, is planned once."""
    ran = line("plan", "in/p-00001.toml", "in", "./in/p-00001.toml", "--jobs", "1", *TODAY)
    assert [row.split("\t")[1] for row in ran.text.splitlines()] == [
        "in/p-00001.toml", "in/p-00000.toml", "in/p-00002.toml",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("empty",), "there is no *.toml in the folder empty"),
        (("clinics",), "there are no profiles in clinics"),
        (("in", "-"), "standard input can only be read alone"),
        (("in", "-o", "in/p-00000.toml"), "is a file; the plans of several profiles go into a folder"),
        (("in", "-o", "no/where"), "there is no folder no"),
        (("in", "--format", "ics"), "--format ics is of one profile"),
        (("in", "--view", "month"), "--view month is of one profile"),
        (("in", "--jobs", "0"), "--jobs"),
    ],
)
def test_wrong_usage(line: CommandLine, arguments: tuple[str, ...], words: str) -> None:
    """What cannot be meant is said before anything is planned, with exit code 2."""
    (line.folder / "empty").mkdir()
    (line.folder / "clinics").mkdir()
    (line.folder / "clinics" / "c.toml").write_bytes((line.folder / "in" / "clinic.toml").read_bytes())
    ran = line("plan", *arguments, *TODAY)
    assert ran.code == 2
    assert words in " ".join(ran.err.split())
    assert ran.out == b""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has file names of any bytes")
def test_odd_file_names(line: CommandLine) -> None:
    """Names with line feeds, escapes and bytes that are no text break neither records nor messages."""
    text = (line.folder / "in" / "p-00000.toml").read_bytes()
    odd = [b"new\nline.toml", b"\x1b[31mred.toml", b"latin\xe9.toml"]
    for number, name in enumerate(odd):
        target = os.path.join(os.fsencode(line.folder), b"in", name)  # noqa: PTH118 - bytes
        with open(target, "wb") as file:  # noqa: PTH123 - bytes
            file.write(text.replace(b"p-00000", f"odd-{number}".encode()))
    ran = line("plan", "in", "--jobs", "2", "-o", "out", "--one-by-one", *TODAY)
    assert ran.code == 0
    assert len(ran.text.splitlines()) == 6
    assert "\x1b" not in ran.text


def test_safety_comes_first(line: CommandLine) -> None:
    """A safety notice of any of the patients stands first in JSON, with the patient it is about."""
    profile = line.folder / "in" / "p-00001.toml"
    text = profile.read_text(encoding="utf-8").replace("phq9_item9 = 0", "phq9_item9 = 1")
    profile.write_text(text, encoding="utf-8")
    ran = line("plan", "in", "--format", "json", "--jobs", "1", *TODAY)
    assert '"safety": [\n    "p-00001: ' in ran.text


# -- exporting ------------------------------------------------------------------------------------------------------


@pytest.fixture
def planned(line: CommandLine) -> CommandLine:
    """Return the command line with the plans of three patients in the folder ``out``."""
    line("plan", "in", "-o", "out", "--one-by-one", "--jobs", "1", *TODAY)
    return line


@pytest.mark.parametrize(("form", "ending"), [("csv", "csv"), ("json", "json"), ("plain", "txt")])
def test_export_into_a_folder(planned: CommandLine, form: str, ending: str) -> None:
    """Several plans are exported into a folder, one file each, the same as when each is exported alone."""
    ran = planned("export", "out", "--format", form, "-o", "files", "--jobs", "1", *TODAY)
    assert ran.code == 0
    written = contents(planned.folder / "files")
    assert sorted(written) == [f"{patient_id(number)}.{ending}" for number in range(3)]
    alone = planned("export", "out/p-00001.plan.toml", "--format", form, *TODAY)
    assert written[f"p-00001.{ending}"] == alone.out


def test_calendars_into_a_folder_or_one_file(planned: CommandLine) -> None:
    """Calendars go into a folder that is there, one each with any number of processes; else all into one file."""
    for folder, jobs in (("one", "1"), ("two", "2")):
        (planned.folder / folder).mkdir()
        assert planned("export", "out", "-o", folder, "--jobs", jobs, *TODAY).code == 0
    assert contents(planned.folder / "one") == contents(planned.folder / "two")
    assert planned("export", "out", "-o", "all.ics", *TODAY).code == 0
    events = (planned.folder / "all.ics").read_bytes().count(b"BEGIN:VEVENT")
    assert events == sum(data.count(b"BEGIN:VEVENT") for data in contents(planned.folder / "one").values())


def test_export_goes_on(planned: CommandLine) -> None:
    """A plan that cannot be read, or whose file is another's, does not keep the others from being exported."""
    planned.write("out/torn.plan.toml", "format = 1\n[")
    (planned.folder / "more").mkdir()
    (planned.folder / "more/p-00000.plan.toml").write_bytes((planned.folder / "out/p-00000.plan.toml").read_bytes())
    ran = planned("export", "out", "more", "nobody", "--format", "csv", "-o", "files", "--jobs", "1", *TODAY)
    assert sorted(contents(planned.folder / "files")) == [f"{patient_id(number)}.csv" for number in range(3)]
    assert ran.code == 7
    assert "3 of 6 plans could not be exported" in ran.err


def test_a_plan_comes_before_a_folder_of_its_name(planned: CommandLine) -> None:
    """The beginning of a plan's name means the plan, as ever, even where a folder is called so."""
    (planned.folder / "p-00001").mkdir()
    (planned.folder / "p-00001.plan.toml").write_bytes((planned.folder / "out/p-00001.plan.toml").read_bytes())
    assert planned("export", "p-00001", *TODAY).out.startswith(b"BEGIN:VCALENDAR")


# -- the machinery --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("jobs", [1, 2, 5])
def test_in_order(jobs: int) -> None:
    """Results come in the order of the items, each once, with however many processes."""
    assert list(in_order(double, range(40), Hands(jobs=jobs))) == [(number, 2 * number) for number in range(40)]


def test_a_worker_that_dies() -> None:
    """An item over which every worker dies is given up after the second, and costs no other."""
    results = dict(in_order(die_of_one, range(12), Hands(jobs=2)))
    assert results.pop(RECKLESS) == Died()
    assert results == {number: number for number in range(12) if number != RECKLESS}


def test_workers_that_die_one_after_the_other() -> None:
    """Five items in a row over which workers die cost those five alone: two processes are no reason to end a batch."""
    results = dict(in_order(die_of_five, range(12), Hands(jobs=2)))
    lost = [number for number, result in results.items() if result == Died()]
    assert lost == list(range(RECKLESS, RECKLESS + 5))
    assert {number: number for number in range(12) if number not in lost}.items() <= results.items()


def test_a_worker_that_dies_once(tmp_path: Path) -> None:
    """A worker that dies loses nothing: what it was at is done by the next, in a batch and in pricing."""
    for number, run in enumerate((in_order_of_one, priced_by_two)):
        (tmp_path / str(number)).mkdir()
        assert run(partial(die_once, tmp_path / str(number))) == list(range(12))


def in_order_of_one(work: Callable[[int], int]) -> list[Any]:
    """Return the results of a batch in two processes."""
    return [result for _, result in in_order(work, range(12), Hands(jobs=2))]


def priced_by_two(work: Callable[[int], int]) -> list[Any]:
    """Return the results of what two processes do that are kept at hand."""
    with at_hand(Hands(jobs=2)) as each:
        return list(each(work, range(12)))


def test_workers_that_cannot_live() -> None:
    """Where every worker dies at once the run ends with the reason, rather than try for ever."""
    with pytest.raises(MachineError, match="--jobs 1"):
        list(in_order(die, range(1000), Hands(jobs=2)))


def test_alone(tmp_path: Path) -> None:
    """An item that must be alone begins when all before it are done, and those after it begin when it is."""
    list(in_order(partial(note_times, tmp_path), range(9), Hands(jobs=3), alone=lambda number: number == 4))
    times = {int(path.name): [float(part) for part in path.read_text().split()] for path in tmp_path.iterdir()}
    assert max(times[number][1] for number in range(4)) <= times[4][0]
    assert times[4][1] <= min(times[number][0] for number in range(5, 9))


def test_items_are_taken_when_they_are_due() -> None:
    """However many items there are, only a window of them is at hand."""
    taken = 0

    def endless() -> Iterator[int]:
        nonlocal taken
        while True:
            taken += 1
            yield taken

    results = in_order(double, endless(), Hands(jobs=2))
    for _ in range(30):
        next(results)
    results.close()
    assert taken < 400


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """Yield the address of a real cluster of two worker processes on this machine."""
    distributed = pytest.importorskip("distributed")
    with (
        warnings.catch_warnings(),
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0") as made,
    ):
        warnings.simplefilter("ignore")
        yield str(made.scheduler_address)


def test_a_cluster_gives_what_one_process_gives(cluster: str) -> None:
    """On a cluster of two processes every item is done once, and results come in the order of the items."""
    assert list(in_order(double, range(40), Hands(cluster=cluster))) == [(number, 2 * number) for number in range(40)]


def test_a_worker_of_a_cluster_that_dies(cluster: str, tmp_path: Path) -> None:
    """A worker that dies once costs nothing: another does its item, and all the others are done too."""
    results = dict(in_order(partial(die_once, tmp_path), range(12), Hands(cluster=cluster)))
    assert results == {number: number for number in range(12)}


def test_plans_of_a_cluster(line: CommandLine, cluster: str) -> None:
    """Profiles planned and exported on a cluster are told alike and give the same files as in one process."""
    here = line("plan", "in", "-o", "here", "--one-by-one", "--jobs", "1", "--format", "json", *TODAY)
    there = line("plan", "in", "-o", "there", "--one-by-one", "--cluster", cluster, "--format", "json", *TODAY)
    assert there.code == here.code
    assert there.text.replace("there/", "here/") == here.text
    names = sorted(path.name for path in (line.folder / "here").iterdir())
    assert names == sorted(path.name for path in (line.folder / "there").iterdir())
    for folder in ("here", "there"):
        assert line("export", folder, "-o", f"{folder}-csv", "--format", "csv", "--cluster", cluster, *TODAY).code == 0
    for name in (path.name for path in (line.folder / "here-csv").iterdir()):
        assert (line.folder / "here-csv" / name).read_bytes() == (line.folder / "there-csv" / name).read_bytes()


def test_a_cluster_that_is_not_there(line: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cluster that does not answer is a mistake in words, and nothing is planned."""
    monkeypatch.setattr("kapplan.cli.batch.cluster._SECONDS", 1)
    ran = line("plan", "in", "-o", "out", "--cluster", "tcp://127.0.0.1:1", *TODAY)
    assert ran.code == 2
    assert "does not answer" in ran.err
    assert not list((line.folder / "out").iterdir())


def test_number_of_processes() -> None:
    """As many processes as asked for, never more than files; else only as many as are worth their start."""
    assert (jobs_for(5, 3), jobs_for(2, 100), jobs_for(None, 1), jobs_for(None, 7)) == (3, 2, 1, 1)
    assert jobs_for(None, 10_000) >= 1


def test_failures_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """A failure says its file and status; a mistake of the program shows nothing of the patient."""
    monkeypatch.delenv("KAPPLAN_DEBUG", raising=False)
    assert failure("a.toml", RefusedError("no")).said == ("a.toml: refused\nkapplan: no",)
    mistaken = failure("a.toml", ValueError("phq9 = 17"))
    assert (mistaken.status, mistaken.code) == ("failed", 1)
    assert "phq9" not in mistaken.said[0]


def test_sum_up() -> None:
    """What is noted of many files is said once, with how many they are; failures make the exit code 7."""
    done = [Outcome(file="a", status="planned", notices=("later",)), Outcome(file="b", status="refused", code=4)]
    with pytest.raises(PartlyFailedError, match=r"1 of 2 profiles could not be planned: 1 refused\."):
        sum_up(Edge(), done, "profile", "planned")


def test_named_files(tmp_path: Path) -> None:
    """A folder means its files by their ending, sorted by name, without hidden ones."""
    for name in ("b.toml", "a.toml", ".c.toml", "d.plan.toml", "e.txt"):
        (tmp_path / name).touch()
    found = [Path(one.file).name for one in named_files([str(tmp_path)], ".toml", but=".plan.toml")]
    assert found == ["a.toml", "b.toml"]
    with pytest.raises(UsageError):
        named_files([str(tmp_path)], ".ics")


def test_bar_on_a_terminal_alone(line: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A progress bar is drawn on a terminal, and never into a file or a pipe."""
    monkeypatch.setattr(many, "BAR_AFTER", 0.0)
    monkeypatch.setattr(many, "BAR_EVERY", 0.0)
    arguments = ("plan", "in", "--jobs", "1", *TODAY)
    shown = line(*arguments, terminal=True, env={"TERM": "xterm"})
    assert "1/4" in shown.err
    assert "1/4" not in line(*arguments).err
    assert "1/4" not in line(*arguments, terminal=True, env={"TERM": "dumb"}).err


def test_no_bar_for_what_is_done_at_once() -> None:
    """Nothing is drawn before people would begin to wonder."""
    edge = Edge()
    with Bar(edge, 100) as bar:
        for _ in range(100):
            bar.advance()
    assert bar._progress is None


def living(group: int) -> bool:
    """Return whether a process of a group lives, and goes on to do so."""
    for _ in range(100):
        listed = subprocess.run(["ps", "-A", "-o", "pgid=,stat="], capture_output=True, text=True, check=True).stdout
        rows = [row.split() for row in listed.splitlines()]
        if not any(pgid == str(group) and not stat.startswith("Z") for pgid, stat in rows):
            return False
        time.sleep(0.05)
    return True


HEARS_CTRL_C = (
    "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); os.execv(sys.argv[1], sys.argv[1:])"
)
"""Becomes another program that Ctrl-C ends, also where the tests run in the background of a shell that ignores it."""


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C reaches a process alone only where there are signals")
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_interrupted(tmp_path: Path, jobs: str) -> None:
    """Ctrl-C ends with 130, with whole files only, no process left and nothing but them in the folder."""
    write_profiles(tmp_path / "in", range(400))
    out = tmp_path / "out"
    process = subprocess.Popen(
        [sys.executable, "-c", HEARS_CTRL_C, *MAIN, "plan", "in", "-o", "out", "--one-by-one", "--jobs", jobs, *TODAY],
        cwd=tmp_path, env=environment(PYTHONPATH=os.pathsep.join(sys.path)), start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    while not (out.is_dir() and len(list(out.glob("*.plan.toml"))) >= 3) and process.poll() is None:
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    stdout, stderr = process.communicate(timeout=60)
    assert (process.returncode, stdout) == (130, "")
    assert "Traceback" not in stderr
    assert not living(process.pid)
    left = sorted(path.name for path in out.iterdir())
    assert all(name.endswith(".plan.toml") and not name.startswith(".") for name in left)
    checked = subprocess.run([*MAIN, "show", str(out / left[-1])], capture_output=True, check=False, cwd=tmp_path)
    assert checked.returncode == 0


def test_errors_have_exit_codes() -> None:
    """Each error of ours keeps its own exit code in the record of its file."""
    for kind in KapplanError.__subclasses__():
        if kind.__init__ is KapplanError.__init__:
            assert failure("f", kind("words")).code == kind.exit_code
