"""Records at the command line: a verdict on each, and every way to put a wrong one right."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from support.command_line import CommandLine, with_examples

from kapplan.files.plans.store import load_plan
from kapplan.model.plan import Plan


@pytest.fixture
def line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """Return a folder with the plan of an example."""
    made = CommandLine(with_examples(tmp_path), monkeypatch)
    assert made("plan", "river.toml", "-o", "river.plan.toml", "--today", "2026-12-28").code == 0
    return made


def plan_of(line: CommandLine) -> Plan:
    """Return the plan as it is on disk."""
    return load_plan(line.folder / "river.plan.toml").plan


def told(line: CommandLine, *words: str, today: str) -> list[dict[str, Any]]:
    """Run a command that saves its record and return what it says is different."""
    ran = line(*words, "--today", f"{today}T18:00", "--format", "json")
    assert ran.code in {0, 5}, ran.err
    changes: list[dict[str, Any]] = json.loads(ran.text)["changes"]
    return changes


def judged(changes: list[dict[str, Any]]) -> list[str]:
    """Return the verdicts of a difference, their first words."""
    return [row["text"].partition(":")[0] for row in changes if row["what"] == "verdict"]


def held_through(line: CommandLine, last: str) -> date:
    """Record everything through a visit as planned, and return its day."""
    for visit in plan_of(line).visits:
        day = plan_of(line).visit(visit.id).start.date()
        assert line("done", "river", visit.id, "--today", f"{day}T18:00").code in {0, 5}
        if visit.id == last:
            return day
    raise KeyError(last)


def test_a_record_as_its_rules_would_have_it_is_valid(line: CommandLine) -> None:
    """Nothing is silent: what is right is called valid."""
    day = plan_of(line).visit("screening-1").start.date()
    assert judged(told(line, "done", "river", "screening-1", today=f"{day}")) == ["valid"]


def test_a_dose_that_was_not_given_says_what_follows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given later by another visit, or not at all: each with the words and the source of the protocol."""
    line = CommandLine(with_examples(tmp_path), monkeypatch)
    for name, words in (("river", "stands in for it. "), ("sage", "it is not given later. A dose missed in the first")):
        assert line("plan", f"{name}.toml", "-o", f"{name}.plan.toml", "--today", "2026-12-28").code == 0
        plan = load_plan(line.folder / f"{name}.plan.toml").plan
        for visit in plan.visits:
            if visit.id != "dosing-2":
                line("done", name, visit.id, "--today", f"{visit.start.date()}T18:00")
                continue
            for changes in (
                told(line, "cancel", name, "dosing-2", "--party", "patient", "-n", today=f"{visit.start.date()}"),
                told(line, "missed", name, "dosing-2", today=f"{visit.start.date()}"),
            ):
                [said] = [row for row in changes if row["what"] == "verdict"]
                assert said["visit"] == "dosing-2"
                assert said["text"].startswith("not given: ")
                assert words in said["text"]
                assert said["text"].endswith("]")
            break


def test_nobody_misses_a_visit_that_has_not_come(line: CommandLine) -> None:
    """A visit recorded as missed before its day is saved, and its day is called wrong; on the day it is not."""
    day = plan_of(line).visit("preparation-1").start.date()
    early = told(line, "missed", "river", "preparation-1", "-n", today=f"{day - timedelta(days=1)}")
    assert judged(early) == ["date"]
    assert judged(told(line, "missed", "river", "preparation-1", today=f"{day}")) == []


def test_a_dose_too_early_is_saved_and_said(line: CommandLine) -> None:
    """A dose on the day after the one before it is on record, and the least gap that it broke is named."""
    first = held_through(line, "dosing-1")
    early = date.fromordinal(first.toordinal() + 1)
    changes = told(line, "done", "river", "dosing-2", today=f"{early}")
    assert "too early" in judged(changes)
    assert plan_of(line).visit("dosing-2").status == "completed"
    report = json.loads(line("report", "river", "--today", f"{early}", "--format", "json").text)
    row = next(row for row in report["visits"] if row["visit"] == "dosing-2")
    assert any("too early" in verdict for verdict in row["verdicts"])


def test_a_dose_too_late_is_saved_and_said(line: CommandLine) -> None:
    """Weeks after the dose before it, a dose is kept, and called too late by so many days."""
    day = held_through(line, "dosing-1")
    late = f"{day + timedelta(days=40)}"
    changes = told(line, "done", "river", "dosing-2", late, today=late)
    assert "too late" in judged(changes)
    assert plan_of(line).visit("dosing-2").day == date.fromisoformat(late)


def test_a_dose_that_was_replaced_and_held_all_the_same_is_extra(line: CommandLine) -> None:
    """With the dose in its place given, one that turns out to have been given is one more than the course has."""
    held_through(line, "integration-1")
    planned = plan_of(line).visit("dosing-2").day
    assert line("missed", "river", "dosing-2", "--today", f"{planned}T18:00").code in {0, 5}
    (again,) = [visit for visit in plan_of(line).visits if visit.replaces == "dosing-2"]
    day = f"{again.start.date() + timedelta(days=1)}"
    told(line, "done", "river", again.id, f"{again.start.date()}", today=day)
    assert judged(told(line, "done", "river", "dosing-2", f"{planned}", today=day))[0] == "extra"


def test_a_dose_out_of_order_and_before_its_preparation_is_said(line: CommandLine) -> None:
    """Dose 3 before dose 2 is out of order."""
    day = held_through(line, "dosing-1").toordinal() + 14
    assert "out of order" in judged(told(line, "done", "river", "dosing-3", today=f"{date.fromordinal(day)}"))


def test_a_date_of_another_year_looks_wrong(line: CommandLine) -> None:
    """A year too early is asked about, with the date that may be meant."""
    changes = told(line, "done", "river", "screening-1", "2026-01-05", today="2027-01-05")
    (found,) = [row for row in changes if row["what"] == "verdict" and row["text"].startswith("date")]
    assert "2027" in found["text"]


def test_two_doses_of_one_day_look_wrong(line: CommandLine) -> None:
    """A dose recorded on the day of another is said to be on that day too."""
    day = held_through(line, "dosing-1")
    changes = told(line, "done", "river", "dosing-2", f"{day}", today=f"{day}")
    assert any("same day as dose 1" in row["text"] for row in changes if row["what"] == "verdict")


def test_a_check_in_before_its_gate_is_said(line: CommandLine) -> None:
    """What waits for a review and is held before it is named as such."""
    day = held_through(line, "dosing-1")
    waiting = next(visit.id for visit in plan_of(line).visits if "review-1" in visit.awaits)
    assert "before its gate" in judged(told(line, "done", "river", waiting, today=f"{day}"))


def test_a_dose_given_in_part_is_marked_and_asked_about(line: CommandLine) -> None:
    """It counts in gaps, its reason is kept, and whether it is given again is a proposal."""
    day = held_through(line, "preparation-2").toordinal() + 7
    changes = told(
        line, "done", "river", "dosing-1", "--partial", "stopped at 20 min, BP", today=f"{date.fromordinal(day)}"
    )
    assert "partial" in judged(changes)
    plan = plan_of(line)
    assert plan.visit("dosing-1").partial == "stopped at 20 min, BP"
    (asked,) = [one for one in plan.proposals if one.effect == "replace:dosing-1"]
    assert line("accept", "river", str(asked.number), "--today", f"{date.fromordinal(day)}T19:00").code in {0, 5}
    again = plan_of(line)
    assert [visit.replaces for visit in again.visits if visit.replaces] == ["dosing-1"]


def test_recording_twice_says_what_was(line: CommandLine) -> None:
    """A visit that is recorded again on another day says its first day, and the scores taken come along."""
    line("done", "river", "screening-1", "4 jan", "phq9=16", "phq9_item9=0", "--today", "2027-01-08")
    ran = line("done", "river", "screening-1", "5 jan", "--today", "2027-01-08", "--format", "table")
    assert "was: held on Mon 4 Jan 2027" in ran.text
    scores = {(score.measure, score.on) for score in plan_of(line).scores if score.visit == "screening-1"}
    assert scores == {("phq9", date(2027, 1, 5)), ("phq9_item9", date(2027, 1, 5))}


def test_what_is_recorded_again_as_it_was_says_nothing_of_before(line: CommandLine) -> None:
    """Only what is different is told: not the day on which it was held anyway; another time of that day is."""
    line("done", "river", "screening-1", "2027-01-04T09:00", "--today", "2027-01-08")
    scored = line("correct", "river", "screening-1", "phq9=14", "--today", "2027-01-08", "--format", "table")
    assert "was: " not in scored.text
    later = line("correct", "river", "screening-1", "2027-01-04T14:00", "--today", "2027-01-08", "--format", "table")
    assert "(was: held at 09:00)" in later.text


def test_a_visit_recorded_again_as_not_held_is_recorded_as_one_that_was(line: CommandLine) -> None:
    """A visit told twice to be missed, or called off by the same, is in the history as one told twice to be held is.

    Each telling is an entry that changes nothing, and says nothing of before; what is different says what was.
    """
    day = ("--today", "2027-01-08")
    for words in (("done", "river", "screening-1", "2027-01-04T09:00"), ("missed", "river", "preparation-1"),
                  ("cancel", "river", "preparation-2", "--party", "patient")):  # fmt: skip
        told = []
        for _ in range(2):
            line(*words, *day)
            told.append(plan_of(line))
        first, again = told
        assert again.history[-1].text == first.history[-1].text
        assert len(again.history) == len(first.history) + 1
        assert again.visits == first.visits
    line("missed", "river", "preparation-1", "2027-01-06", *day)
    assert plan_of(line).history[-1].text.endswith("(was: missed)")
    line("cancel", "river", "preparation-2", "--party", "clinic", *day)
    assert plan_of(line).history[-1].text.endswith("(was: cancelled)")


@pytest.mark.parametrize("example", ["river", "sage"])
def test_the_report_and_the_verdict_agree_on_a_window(
    example: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With doses given later than planned, a visit is outside its window where its verdict says early or late."""
    line = CommandLine(with_examples(tmp_path), monkeypatch)
    assert line("plan", f"{example}.toml", "-o", f"{example}.plan.toml", "--today", "2026-12-28").code == 0
    visits = load_plan(tmp_path / f"{example}.plan.toml").plan.visits
    ahead = [one for one in visits if one.start <= next(one for one in visits if one.kind == "review").start]
    for visit in (ahead[0], ahead[-2]):
        day = visit.start.date() + timedelta(days=4)
        assert line("done", example, visit.id, str(day), "--today", "2027-06-30").code in {0, 5}
    day = ahead[-1].start.date()
    for days in (-4, -1, 0, 4, 9, 20, 40):
        held = str(day + timedelta(days=days))
        assert line("done", example, ahead[-1].id, held, "--today", "2027-06-30").code in {0, 5}
        said = json.loads(line("report", example, "--today", "2027-06-30", "--format", "json").text)
        (row,) = [one for one in said["visits"] if one["visit"] == ahead[-1].id]
        judged_so = any(one.startswith(("too early", "too late")) for one in row["verdicts"])
        assert row["in_window"] is not judged_so, held


def test_a_record_is_corrected_with_its_scores(line: CommandLine) -> None:
    """Correct shows was and is, moves scores along, takes new ones, and is wrong usage where nothing is recorded."""
    assert line("correct", "river", "screening-1", "5 jan", "--today", "2027-01-08").code == 2
    line("done", "river", "screening-1", "4 jan", "phq9=16", "phq9_item9=0", "--today", "2027-01-08")
    changes = told(line, "correct", "river", "screening-1", "5 jan", "phq9=14", today="2027-01-08")
    assert any(row["what"] == "dated" and row["from"] < row["to"] for row in changes)
    values = {score.measure: (score.value, score.on) for score in plan_of(line).scores if score.visit == "screening-1"}
    assert values == {"phq9": (14, date(2027, 1, 5)), "phq9_item9": (0, date(2027, 1, 5))}


def test_a_record_is_opened_again(line: CommandLine) -> None:
    """What did not happen after all is open again, and its scores are gone with a word."""
    line("done", "river", "screening-1", "4 jan", "phq9=16", "phq9_item9=0", "--today", "2027-01-04")
    changes = told(line, "correct", "river", "screening-1", "--reopen", today="2027-01-04")
    assert {row["text"] for row in changes if row["what"] == "score gone"} == {"phq9 16", "phq9_item9 0"}
    assert plan_of(line).visit("screening-1").open


def test_a_score_is_withdrawn(line: CommandLine) -> None:
    """A score of a day is taken back by its measure; one that is not there is wrong usage."""
    line("score", "river", "phq9=16", "phq9_item9=0", "--today", "2027-01-08")
    assert line("score", "river", "madrs", "--withdraw", "--today", "2027-01-08").code == 2
    changes = told(line, "score", "river", "phq9", "--withdraw", today="2027-01-08")
    assert [row["text"] for row in changes if row["what"] == "score gone"] == ["phq9 16"]
    assert "phq9" not in {score.measure for score in plan_of(line).scores if score.on == date(2027, 1, 8)}


def test_a_finished_task_is_shown_as_such(line: CommandLine) -> None:
    """The difference after a task is done says that it is."""
    task = plan_of(line).tasks[0]
    changes = told(line, "done", "river", task.id, today="2027-01-04")
    assert [row["text"] for row in changes if row["what"] == "task done"] == [task.text]


def test_one_older_change_is_taken_back_alone(line: CommandLine) -> None:
    """What came after it stays; where something depends on it, that is said and nothing is written."""
    told(line, "score", "river", "phq9=16", "phq9_item9=2", today="2027-01-04")
    told(line, "away", "river", "2027-02-10..2027-02-12", today="2027-01-04")
    told(line, "done", "river", "screening-1", today="2027-01-05")
    changes = told(line, "undo", "river", "--revision", "2", today="2027-01-06")
    assert {row["text"] for row in changes if row["what"] == "score gone"} == {"phq9 16", "phq9_item9 2"}
    assert any(row["what"] == "notice gone" for row in changes)
    assert plan_of(line).visit("screening-1").status == "completed"
    told(line, "correct", "river", "screening-1", "4 jan", today="2027-01-06")
    refused = line("undo", "river", "--revision", "4", "--today", "2027-01-07")
    assert refused.code == 2
    assert "changed again since" in refused.err


def test_missed_takes_a_day(line: CommandLine) -> None:
    """Nobody came on another day than planned: the record says that day."""
    told(line, "missed", "river", "screening-1", "5 jan", today="2027-01-08")
    assert plan_of(line).visit("screening-1").start.date() == date(2027, 1, 5)


def test_cancel_asks_who_called_it_off(line: CommandLine) -> None:
    """In a script it is wrong usage to leave it out; on a terminal it is asked for."""
    assert line("cancel", "river", "dosing-2", "--today", "2027-01-08").code == 2
    asked = line("cancel", "river", "dosing-2", "--today", "2027-01-08", terminal=True, stdin="who\nclinic\n")
    assert asked.code == 0
    assert plan_of(line).visit("dosing-2").cancelled_by == "clinic"


def test_a_late_cancellation_says_how_late(line: CommandLine) -> None:
    """Called off three hours before its time, the history says so."""
    start = plan_of(line).visit("screening-1").start
    when = start.replace(hour=start.hour - 3).strftime("%Y-%m-%dT%H:%M")
    line("cancel", "river", "screening-1", "--party", "patient", "--today", when)
    assert "3 hours before its time" in line("log", "river").text


def test_what_was_recorded_is_read_aloud(line: CommandLine) -> None:
    """Scores are told by the names and bands that people use, after any safety notice."""
    ran = line("score", "river", "phq9=14", "phq9_item9=1", "cssrs=thoughts", "luts=no", "--today", "2027-01-08")
    recorded = (
        "Recorded: PHQ-9 14, moderate; PHQ-9, item 9 1; Columbia screener (C-SSRS) thoughts, low; Urinary symptoms no."
    )
    assert recorded in ran.err
    assert ran.err.index("SAFETY") < ran.err.index("Recorded:")


@pytest.mark.parametrize("value", ["phq9=28", "phq9=-1", "bp=80/120", "bp=120/120", "cssrs=5", "spo2=101", "gad7=22"])
def test_no_score_outside_its_range_is_recorded(line: CommandLine, value: str) -> None:
    """A value that a measure cannot have is wrong usage, and nothing is written."""
    before = plan_of(line)
    assert line("score", "river", value, "--today", "2027-01-08").code == 2
    assert plan_of(line) == before
