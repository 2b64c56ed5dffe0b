"""Done means done: what a command says is so afterwards, or it is refused with what would help."""

from __future__ import annotations

import json
import re
import shlex
from datetime import date, timedelta
from pathlib import Path

import pytest
from support.command_line import CommandLine, Ran, with_examples

from kapplan.files.plans.store import load_plan
from kapplan.model.plan import Plan
from kapplan.planning.phrases.words import day_words


@pytest.fixture
def line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """Return a folder with the plan of an example."""
    made = CommandLine(with_examples(tmp_path), monkeypatch)
    assert made("plan", "river.toml", "-o", "river.plan.toml", "--today", "2026-12-28").code == 0
    return made


def plan_of(line: CommandLine) -> Plan:
    """Return the plan as it is on disk."""
    return load_plan(line.folder / "river.plan.toml").plan


def commands_in(ran: Ran) -> list[list[str]]:
    """Return the commands that were printed as ways out, without the program's name."""
    return [shlex.split(found)[1:] for found in re.findall(r"^\d+\. .*?(kapplan .*)$", ran.err, flags=re.MULTILINE)]


def test_no_dead_end_without_a_clash_and_commands_that_work(line: CommandLine) -> None:
    """Away for a month: exit 5 names one clash, and each way out that is printed works as it stands."""
    ran = line("away", "river", "2027-01-20..2027-02-20", "--today", "2026-12-29")
    assert ran.code == 5
    assert "the patient is away" in ran.err
    found = commands_in(ran)
    assert len(found) >= 2
    before = (line.folder / "river.plan.toml").read_bytes()
    for words in found:
        assert line(*words, "--today", "2026-12-29").code == 0, words
        (line.folder / "river.plan.toml").write_bytes(before)


def test_json_has_the_clash_and_the_commands(line: CommandLine) -> None:
    """Programs read both."""
    ran = line("away", "river", "2027-01-20..2027-02-20", "--today", "2026-12-29", "--format", "json")
    document = json.loads(ran.text)
    assert document["clash"]
    assert all(one["command"][0] == "kapplan" for one in document["remedies"])


@pytest.mark.parametrize("who", ["patient", "clinic", "okafor"])
def test_an_absence_survives_a_refresh_which_lists_it(line: CommandLine, who: str) -> None:
    """What was told the plan is not in any file, and stands all the same after the files were read again."""
    day = plan_of(line).visit("dosing-3").start.date()
    assert line("away", "river", f"{day}..{day}", "--who", who, "--today", "2026-12-29").code == 0
    ran = line("refresh", "river", "--today", "2026-12-30")
    assert ran.code == 0
    assert f"away {day_words(day)}.\n" in ran.err
    assert all(visit.start.date() != day for visit in plan_of(line).visits)


def test_an_absence_is_taken_back(line: CommandLine) -> None:
    """There after all: the days are open again; where the plan knows of no absence that is wrong usage."""
    assert line("away", "river", "2027-02-10..2027-02-14", "--back", "--today", "2026-12-29").code == 2
    line("away", "river", "2027-02-08..2027-02-14", "--today", "2026-12-29")
    assert line("away", "river", "2027-02-10..2027-02-20", "--back", "--today", "2026-12-29").code == 0
    assert [(one.from_, one.until) for one in plan_of(line).absences] == [(date(2027, 2, 8), date(2027, 2, 9))]


@pytest.mark.parametrize(
    "words", [("move", "dosing-1", "next", "thu"), ("move", "dosing-1"), ("add", "check-in"), ("confirm", "dosing-1")]
)
def test_a_held_course_takes_no_dates(line: CommandLine, words: tuple[str, ...]) -> None:
    """move, add and confirm are refused while the course is held, with what to do first; nothing is written."""
    line("hold", "river", "--today", "2026-12-29")
    before = (line.folder / "river.plan.toml").read_bytes()
    ran = line(words[0], "river", *words[1:], "--today", "2026-12-29")
    assert ran.code == 5
    assert "kapplan resume river" in ran.err
    assert (line.folder / "river.plan.toml").read_bytes() == before


def test_holding_leaves_what_was_not_recorded_to_be_asked_about(line: CommandLine) -> None:
    """A visit whose day has passed without a record is neither unresolved nor moved by hold and resume."""
    first = plan_of(line).visit("screening-1").start
    later = first.date() + timedelta(days=2)
    line("hold", "river", "--today", f"{later}")
    line("resume", "river", "--today", f"{later}")
    visit = plan_of(line).visit("screening-1")
    assert (visit.start, visit.status) == (first, "planned")
    assert "screening-1" in line("today", "river", "--today", f"{later}").text


@pytest.mark.parametrize("words", [("hold",), ("refresh",), ("away", "2027-02-10..2027-02-11")])
@pytest.mark.parametrize(("answer", "status"), [("y", "completed"), ("n", "missed"), ("", "planned")])
def test_what_passed_without_a_record_is_asked_about(
    line: CommandLine, words: tuple[str, ...], answer: str, status: str
) -> None:
    """On a terminal it is asked whether it was held; no answer leaves it where it is."""
    first = plan_of(line).visit("screening-1").start
    today = first.date() + timedelta(days=1)
    ran = line(words[0], "river", *words[1:], "--today", f"{today}", terminal=True, stdin=f"{answer}\n")
    assert ran.code == 0, ran.err
    assert "Was it held?" in ran.err
    visit = plan_of(line).visit("screening-1")
    assert (visit.start, visit.status) == (first, status)


def test_a_script_is_told_what_is_not_recorded(line: CommandLine) -> None:
    """Without a terminal nothing is taken for granted: the visit is named with the commands that record it."""
    first = plan_of(line).visit("screening-1").start
    ran = line("hold", "river", "--today", f"{first.date() + timedelta(days=1)}")
    assert f"kapplan done river.plan.toml screening-1 {first.date()}" in ran.err
    assert plan_of(line).visit("screening-1").start == first


@pytest.mark.parametrize("words", [("resume",), ("hold",), ("refresh",), ("done", "next"), ("away", "2027-03-01")])
def test_a_visit_without_dates_that_has_passed_stays_until_it_is_recorded(
    line: CommandLine, words: tuple[str, ...]
) -> None:
    """What stood unresolved on a day that has passed may have been held: no change turns it into one ahead."""
    line("away", "river", "2027-01-20..2027-02-20", "--today", "2026-12-29")
    stood = plan_of(line).visit("preparation-1")
    assert stood.status == "unresolved"
    later = f"{stood.start.date() + timedelta(days=1)}"
    ran = line(words[0], "river", *words[1:], "--today", later)
    assert ran.code in {0, 5}, ran.err
    visit = plan_of(line).visit("preparation-1")
    assert (visit.start, visit.status) == (stood.start, "planned")


def test_what_would_have_been_during_a_hold_was_not_held(line: CommandLine) -> None:
    """A visit that passed while the course was on hold gets a new date once it goes on, and nobody is asked of it."""
    stood = plan_of(line).visit("preparation-1")
    line("hold", "river", "--today", f"{stood.start.date() - timedelta(days=1)}")
    ran = line("resume", "river", "--today", f"{stood.start.date() + timedelta(days=1)}")
    assert "preparation 1 of" not in ran.err
    assert plan_of(line).visit("preparation-1").start > stood.start


def test_a_visit_without_dates_that_has_passed_is_asked_about(line: CommandLine) -> None:
    """What stood unresolved on a day that has passed may have been held: a script is told, a person is asked."""
    line("away", "river", "2027-01-20..2027-02-20", "--today", "2026-12-29")
    stood = plan_of(line).visit("preparation-1")
    assert stood.status == "unresolved"
    later = f"{stood.start.date() + timedelta(days=1)}"
    ran = line("resume", "river", "--today", later)
    assert "preparation 1 of" in ran.err
    line("resume", "river", "--today", later, terminal=True, stdin="y\n" * 4)
    visit = plan_of(line).visit("preparation-1")
    assert (visit.status, visit.actual) == ("completed", stood.start)


@pytest.mark.parametrize("party", ["patient", "clinic"])
def test_a_slot_that_was_called_off_is_not_given_back(line: CommandLine, party: str) -> None:
    """The dose in place of one that was called off stands on another day."""
    start = plan_of(line).visit("dosing-1").start
    assert line("cancel", "river", "dosing-1", "--party", party, "--today", "2027-01-02").code in {0, 5}
    plan = plan_of(line)
    assert all(visit.start.date() != start.date() for visit in plan.visits if visit.replaces == "dosing-1")
    assert all(visit.start != start for visit in plan.visits if visit.open and visit.status != "unresolved")


def test_why_says_of_a_day_what_a_move_there_finds(line: CommandLine) -> None:
    """A day that is offered could be; a holiday could not, and why; nothing is written."""
    before = (line.folder / "river.plan.toml").read_bytes()
    offered = line("move", "river", "dosing-2", "--today", "2026-12-29", "--format", "json").text
    day = json.loads(offered)["days"][0]["start"][:10]
    told = json.loads(line("why", "river", "dosing-2", "--on", day, "--today", "2026-12-29", "--format", "json").text)
    assert [row["possible"] for row in told["reasons"]] == [True]
    ran = line("why", "river", "dosing-1", "--on", "2027-01-18", "--today", "2026-12-29", "--format", "plain")
    assert ran.code == 0
    assert "Martin Luther King" in ran.text
    assert line("why", "river", "--on", "2027-01-18", "--today", "2026-12-29").code == 2
    assert (line.folder / "river.plan.toml").read_bytes() == before


def test_adding_without_a_day_adds_or_says_why_not(line: CommandLine) -> None:
    """A check-in is added; where there is no room for it nothing is changed, and the clash is named."""
    assert line("add", "river", "check-in", "--today", "2026-12-29").code == 0
    assert "check-in-8" in {visit.id for visit in plan_of(line).visits}
    line("away", "river", "2027-03-01..2029-12-31", "--today", "2026-12-29")
    before = (line.folder / "river.plan.toml").read_bytes()
    ran = line("add", "river", "dosing", "--today", "2026-12-29")
    assert ran.code == 5
    assert "Nothing was changed" in ran.err
    assert commands_in(ran)
    assert (line.folder / "river.plan.toml").read_bytes() == before
