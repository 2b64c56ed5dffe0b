"""Ten everyday jobs on a real terminal, with the keys that each takes: none of them ends in a dead end."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.command_line import CommandLine, with_examples
from support.pseudo_terminals import QUESTION, typed_on

pytest.importorskip("pexpect", reason="terminals of this kind are Unix's")
if sys.platform == "win32":
    pytest.skip("terminals of this kind are Unix's", allow_module_level=True)

SCREENS = ((24, 80), (50, 120))


@dataclass(frozen=True)
class Job:
    """What somebody types, a line each; how many keys it may take; and what must be seen at the end."""

    lines: tuple[str, ...]
    keys: int
    seen: str
    today: str = "2027-01-04T18:00"

    @property
    def typed(self) -> int:
        """The keys that it takes, with Enter behind every line."""
        return sum(len(line) + 1 for line in self.lines)


JOBS = {
    "who comes today": Job(("kapplan",), 8, "river-0412", today="2027-01-07T07:00"),
    "show a course": Job(("kapplan show r",), 16, "dosing-6"),
    "done with scores": Job(("kapplan done r next phq9=14",), 30, "Recorded: PHQ-9 14"),
    "missed": Job(("kapplan missed", "", ""), 20, "To take it back"),
    "move": Job(("kapplan move r d1 1 feb",), 26, "Dose 1 moved to Mon 1 Feb 2027"),
    "move from the lists": Job(("kapplan move", "", "dose 1", "2"), 26, "To take it back"),
    "away": Job(("kapplan away r 8-12 feb",), 30, "away Mon 8 Feb 2027 through Fri 12 Feb 2027"),
    "cancel": Job(("kapplan cancel r d2", "p"), 24, "cancelled by the patient"),
    "a score": Job(("kapplan score r bp 128/82",), 28, "Recorded: Blood pressure 128/82"),
    "why": Job(("kapplan why r d1",), 20, "On target"),
    "a calendar": Job(("kapplan export r -o r.ics",), 30, "Wrote r.ics"),
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with the plan of an example, of which the first visits are on record."""
    line = CommandLine(with_examples(tmp_path), monkeypatch)
    assert line("plan", "river.toml", "-o", "river.plan.toml", "--today", "2026-12-28").code == 0
    assert line("done", "river", "screening", "--today", "2026-12-31T18:00").code == 0
    return tmp_path


def on_terminal(folder: Path, job: Job, size: tuple[int, int]) -> tuple[str, int]:
    """Type a job on a terminal of a size; return what stood on it without colours, and the exit code.

    To leave a pager is a key of the job.
    """
    answers = [(QUESTION, f"{line}\n") for line in job.lines[1:]]
    words, env = job.lines[0].split()[1:], {"KAPPLAN_TODAY": job.today}
    text, code, left = typed_on(folder, words, answers, size=size, env=env, without="questionary")
    assert job.typed + left <= job.keys
    return text, code


@pytest.mark.parametrize("size", SCREENS, ids=["80x24", "120x50"])
@pytest.mark.parametrize("name", JOBS)
def test_a_job_takes_few_keys_and_no_dead_end(folder: Path, name: str, size: tuple[int, int]) -> None:
    """Each job is done with the keys that it may take, fits the terminal, and ends with what was asked for."""
    job = JOBS[name]
    text, code = on_terminal(folder, job, size)
    assert code == 0, text
    assert job.seen in " ".join(text.split())
    assert max(len(line) for line in text.splitlines()) <= size[1]


def starts_in(folder: Path) -> list[str]:
    """Return when the visits of the plan begin, as its file has it."""
    visits = (folder / "river.plan.toml").read_text(encoding="utf-8").partition("[[visits]]")[2]
    return re.findall(r"(?m)^start = .*$", visits.partition("[history")[0])


def test_undo_takes_the_last_change_back_in_few_keys(folder: Path) -> None:
    """A slip is taken back by one word and Enter: the plan whose visit is due next is the likeliest on the list."""
    before = starts_in(folder)
    move, undo = JOBS["move"], Job(("kapplan undo", ""), 17, "Took back: dose 1 moved")
    assert on_terminal(folder, move, SCREENS[0])[1] == 0
    assert starts_in(folder) != before
    text, code = on_terminal(folder, undo, SCREENS[0])
    assert code == 0, text
    assert undo.seen in " ".join(text.split())
    assert starts_in(folder) == before
