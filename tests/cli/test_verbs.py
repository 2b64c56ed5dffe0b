"""The verbs that clinics have: defer, extend, pin, freeze, hold until, resume from a day, cease, note."""

from __future__ import annotations

import json
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from shlex import split

import pytest
from support.command_line import CommandLine, with_examples

from kapplan.files.plans.store import load_plan
from kapplan.model.plan import Plan

NOW = ("--today", "2027-01-02")


@pytest.fixture
def line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """Return a folder with the plan of an example."""
    made = CommandLine(with_examples(tmp_path), monkeypatch)
    assert made("plan", "river.toml", "-o", "river.plan.toml", "--today", "2026-12-28").code == 0
    return made


def plan_of(line: CommandLine) -> Plan:
    """Return the plan as it is on disk."""
    return load_plan(line.folder / "river.plan.toml").plan


def days(plan: Plan) -> dict[str, date]:
    """Return the day of each visit."""
    return {visit.id: visit.start.date() for visit in plan.visits}


def test_a_deferred_visit_is_not_called_off(line: CommandLine) -> None:
    """Put off by ten days with all that follows, those after it are about so much later, and nothing is lost."""
    before = days(plan_of(line))
    assert line("defer", "river", "dosing-3", "10d", "later", "--carry", "all", *NOW).code == 0
    after = plan_of(line)
    assert after.visit("dosing-3").start.date() == before["dosing-3"] + timedelta(days=10)
    assert {visit.status for visit in after.visits} <= {"planned", "confirmed"}
    assert days(after)["dosing-1"] == before["dosing-1"]
    assert days(after)["dosing-5"] >= before["dosing-5"] + timedelta(days=4)


def test_deferring_one_visit_leaves_the_others(line: CommandLine) -> None:
    """With --carry this everything else stays, or the visit is refused."""
    before = days(plan_of(line))
    ran = line("defer", "river", "check-in-7", "1w", "later", "--carry", "this", *NOW)
    after = days(plan_of(line))
    assert ran.code in {0, 5}
    assert {name: day for name, day in after.items() if name != "check-in-7"} == {
        name: day for name, day in before.items() if name != "check-in-7"
    }


@pytest.mark.parametrize("carry", ["block", "all"])
def test_what_comes_before_a_visit_that_is_put_off_stays(line: CommandLine, carry: str) -> None:
    """A dose takes along what follows it, its integration first; the doses before it stay, provisional as they are."""
    before = days(plan_of(line))
    assert plan_of(line).visit("dosing-1").provisional
    assert line("defer", "river", "dosing-3", "10d", "later", "--carry", carry, *NOW).code == 0
    after = days(plan_of(line))
    assert after["dosing-3"] == before["dosing-3"] + timedelta(days=10)
    assert 1 <= (after["integration-3"] - after["dosing-3"]).days <= 6
    assert after["dosing-4"] > after["dosing-3"]
    earlier = [name for name, day in before.items() if day < before["dosing-3"]]
    assert {name: after[name] for name in earlier} == {name: before[name] for name in earlier}
    assert all(visit.status == "planned" for visit in plan_of(line).visits)


def test_to_defer_is_to_a_later_day(line: CommandLine) -> None:
    """An earlier day is a move, and said to be."""
    assert line("defer", "river", "dosing-3", "2d", "earlier", *NOW).code == 2


def test_a_course_is_extended(line: CommandLine) -> None:
    """Two more doses, each at the course's distance from the one before."""
    assert line("extend", "river", "2", *NOW).code == 0
    doses = sorted(visit.start.date() for visit in plan_of(line).visits if visit.kind == "dosing")
    assert len(doses) == 8
    assert all((later - earlier).days >= 5 for earlier, later in pairwise(doses))


def test_a_pin_lasts_until_it_is_taken_out(line: CommandLine) -> None:
    """A pinned visit stands through an absence that moves others; unpinned it moves again."""
    day = days(plan_of(line))["dosing-3"]
    assert line("pin", "river", "dosing-3", *NOW).code == 0
    line("away", "river", f"{day}..{day}", *NOW)
    assert days(plan_of(line))["dosing-3"] == day
    line("unpin", "river", "dosing-3", *NOW)
    assert line("away", "river", f"{day}..{day + timedelta(days=1)}", *NOW).code == 0
    assert days(plan_of(line))["dosing-3"] != day


def test_frozen_days_stand_at_every_change(line: CommandLine) -> None:
    """The next days of a plan that is frozen are left alone until that is lifted."""
    assert line("freeze", "river", "3w", *NOW).code == 0
    before = {name: day for name, day in days(plan_of(line)).items() if day <= date(2027, 1, 23)}
    line("away", "river", "2027-01-07..2027-01-08", *NOW)
    after = days(plan_of(line))
    assert all(after[name] == day for name, day in before.items())
    assert line("freeze", "river", "none", *NOW).code == 0
    assert plan_of(line).freeze_days is None


def test_a_course_is_neither_held_until_nor_resumed_on_a_day_that_has_passed(line: CommandLine) -> None:
    """A day that has passed is a slip: it is said, and nothing is changed."""
    saved = (line.folder / "river.plan.toml").read_bytes()
    ran = line("hold", "river", "--until", "2020-01-01", *NOW)
    assert (ran.code, "Wed 1 Jan 2020 has passed" in ran.err) == (2, True)
    assert (line.folder / "river.plan.toml").read_bytes() == saved
    assert line("hold", "river", *NOW).code == 0
    assert line("resume", "river", "2020-01-01", *NOW).code == 2


def test_a_hold_says_until_when_and_resume_from_when(line: CommandLine) -> None:
    """Today tells the day on which it is meant to go on; nothing is placed before the day of resuming."""
    assert line("hold", "river", "--until", "2027-02-01", *NOW).code == 0
    assert "until Mon 1 Feb" in line("today", "river", *NOW, "--format", "table").text
    assert line("resume", "river", "2027-02-01", "--override", "start", "--why", "ill", *NOW).code == 0
    assert min(day for name, day in days(plan_of(line)).items() if name != "screening-1") >= date(2027, 2, 1)


def test_a_course_ends_with_a_reason(line: CommandLine) -> None:
    """What follows is called off with the reason, the next review stays; without a reason it is wrong usage."""
    assert line("done", "river", "screening-1", "2026-12-31", *NOW).code == 0
    assert line("cease", "river", *NOW).code == 2
    assert line("cease", "river", "--why", "moved away", *NOW).code == 0
    plan = plan_of(line)
    assert [visit.id for visit in plan.visits if visit.open] == ["review-1"]
    assert {visit.note for visit in plan.visits if visit.status == "cancelled"} == {"moved away"}


def test_a_course_that_ends_leaves_what_passed_to_be_recorded(line: CommandLine) -> None:
    """Nobody said that a visit was called off whose time has passed without a record: it is asked about, and stays."""
    ran = line("cease", "river", "--why", "moved away", "--today", "2027-01-09")
    assert ran.code == 0
    assert "Nothing is recorded of preparation 1" in ran.err
    assert {visit.id for visit in plan_of(line).visits if visit.open} == {"screening-1", "preparation-1", "review-1"}


@pytest.mark.parametrize(
    ("words", "rule", "holds"),
    [
        (("condition", "psychosis"), "psychosis", True),
        (("pregnancy", "yes"), "pregnancy", True),
        (("medication", "phenelzine", "15"), "pressure-and-drugs", False),
    ],
)
def test_what_is_learned_is_screened(line: CommandLine, words: tuple[str, ...], rule: str, *, holds: bool) -> None:
    """A condition, a pregnancy or a drug noted on the plan is screened without any file being touched."""
    assert line("note", "river", *words, *NOW).code == 0
    plan = plan_of(line)
    assert rule in {finding.rule for finding in plan.findings}
    waiting = [visit for visit in plan.visits if visit.kind == "dosing" and rule in visit.awaits]
    assert bool(waiting) is holds
    shown = json.loads(line("show", "river", *NOW, "--format", "json").text)
    assert bool(shown["safety"]) is holds
    if words[0] == "condition":
        line("note", "river", *words, "--ended", *NOW)
        assert not [visit for visit in plan_of(line).visits if rule in visit.awaits]


def test_a_blood_pressure_is_noted_as_a_reading(line: CommandLine) -> None:
    """A high one is a notice."""
    assert line("note", "river", "bp", "168/104", *NOW).code == 0
    assert "SAFETY" in line("show", "river", *NOW, "--format", "table").text


def test_words_that_no_profile_knows_are_wrong_usage(line: CommandLine) -> None:
    """The nearest word is suggested."""
    ran = line("note", "river", "condition", "psychosys", *NOW)
    assert ran.code == 2
    assert "psychosis" in ran.err


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ("correct river dosing-1 2027-01-20", "to record it: kapplan done river dosing-1"),
        ("move river screening-1 2027-01-12", "if the record is wrong: kapplan correct river screening-1 --reopen"),
        ("done river dosing-1 2027-01-20", "it can be recorded from that day on"),
        ("cancel river dosing-2", "--party"), ("cease river", "--why"), ("settle river bp-high", "--why"),
        ("accept river 9", "no proposal is open"), ("resume river", "nor is any visit unresolved"),
        ("confirm river", "--until"), ("move river dosing-77 mon", "did you mean"), ("add river nothing", "it has"),
        ("away river", "such as: kapplan away river 10 feb - 14 feb"), ("undo river --revision 9", "`log`"),
        ("away river 2027-02-10..2027-02-01", "the earlier day first"), ("refresh river --protocol nope", "protocols"),
    ],
)  # fmt: skip
def test_wrong_usage_says_what_would_be_right(line: CommandLine, words: str, hint: str) -> None:
    """Nothing is changed, what is wrong comes first, and then what to type; a command that is printed works."""
    assert line("done", "river", "screening-1", "2026-12-28", *NOW).code == 0
    saved = (line.folder / "river.plan.toml").read_bytes()
    ran = line(*words.split(), *NOW)
    assert ran.code == 2
    assert (line.folder / "river.plan.toml").read_bytes() == saved
    wrong, right = ran.err.strip().splitlines()
    assert wrong.startswith("kapplan: ")
    assert hint in right
    if ": kapplan " in right:
        assert line(*split(right.partition(": kapplan ")[2]), *NOW).code in {0, 5}
