"""A clock that is set back between two commands: what was written stays in order, and calendars still update."""

from __future__ import annotations

import re
from datetime import datetime

import pytest
from support.command_line import CommandLine, with_examples

from kapplan.files.plans.store import load_plan


def stamps(text: str) -> dict[str, tuple[int, str]]:
    """Return the sequence and the time of revision of each entry of a calendar."""
    entries = re.findall(r"BEGIN:VEVENT.*?END:VEVENT", text.replace("\r\n", "\n"), flags=re.DOTALL)
    return {
        re.findall(r"UID:(.*)", entry)[0]: (
            int(re.findall(r"SEQUENCE:(\d+)", entry)[0]),
            re.findall(r"LAST-MODIFIED:(.*)", entry)[0],
        )
        for entry in entries
    }


def test_a_clock_set_back_loses_no_order(kapplan_in: CommandLine) -> None:
    """The revision's time never goes back, the history has each clock's own time, and no entry grows older."""
    with_examples(kapplan_in.folder)
    path = kapplan_in.folder / "river.plan.toml"
    assert kapplan_in("plan", "river.toml", "--today", "2026-12-28T12:00", "-o", path.name).code == 0
    ahead = kapplan_in("move", "river", "preparation-1", "2027-01-11", "--today", "2026-12-30T12:00")
    assert ahead.code == 0, ahead.err
    first, before = load_plan(path).plan, stamps(kapplan_in("export", "river").text)
    back = kapplan_in("move", "river", "preparation-1", "2027-01-07", "--today", "2026-12-29T12:00")
    assert back.code == 0, back.err
    second, after = load_plan(path).plan, stamps(kapplan_in("export", "river").text)
    assert second.revision == first.revision + 1
    assert second.revised >= first.revised
    assert second.history[-1].at == datetime.fromisoformat("2026-12-29T12:00:00-07:00")
    moved = {uid for uid, stamp in after.items() if stamp != before[uid]}
    assert moved
    assert all(after[uid][0] > before[uid][0] and after[uid][1] >= before[uid][1] for uid in moved)
    undone = kapplan_in("undo", "river", "--today", "2026-12-29T11:00")
    assert undone.code == 0, undone.err
    third = load_plan(path).plan
    assert third.revised >= second.revised
    assert [visit.start for visit in third.visits] == [visit.start for visit in first.visits]


@pytest.mark.parametrize("day", ["0001-01-01", "1899-12-31", "2190-01-01", "2199-12-31", "9999-12-31T23:59"])
def test_no_clock_makes_a_plan_that_cannot_be_read(kapplan_in: CommandLine, day: str) -> None:
    """A day that no file may hold is not today, whatever is typed: nothing is written, and the plan stays readable."""
    assert kapplan_in("plan", "river.toml", "-o", "river.plan.toml", "--today", "2026-12-28").code == 0
    plan = kapplan_in.folder / "river.plan.toml"
    before = plan.read_bytes()
    for words in (
        "show river",
        "score river phq9=5",
        "done river screening-1",
        "today",
        "plan sage.toml -o s.plan.toml",
    ):
        ran = kapplan_in(*words.split(), "--today", day)
        assert (ran.code, "today cannot be" in ran.err) == (2, True), (words, ran.err)
    assert plan.read_bytes() == before
    assert not (kapplan_in.folder / "s.plan.toml").exists()


def test_no_day_makes_a_plan_that_cannot_be_read(kapplan_in: CommandLine) -> None:
    """What is typed, or begins at the end of the years, is refused where it would be written and could not be read."""
    today = ("--today", "2026-12-28")
    assert kapplan_in("plan", "river.toml", "-o", "river.plan.toml", *today).code == 0
    for words in (
        "score river phq9=5 --on 0001-01-01", "hold river --until 9000-01-01",
        "confirm river dosing-1 --until 2200-01-01",
        "done river screening-1 1 jan 1899", "plan sage.toml --start 2199-12-30 -o s.plan.toml",
        "away river 2199-12-30..2200-01-02", "move river dosing-1 2200-01-01",
    ):  # fmt: skip
        ran = kapplan_in(*words.split(), *today)
        assert ran.code in {2, 5}, (words, ran.err)
        assert kapplan_in("show", "river", *today).code == 0
    assert not (kapplan_in.folder / "s.plan.toml").exists()
