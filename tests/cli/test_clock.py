"""A clock that is set back between two commands: what was written stays in order, and calendars still update."""

from __future__ import annotations

import re
from datetime import datetime

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
