"""Safety at the command line: a notice heads everything that is shown until somebody settles it by name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.command_line import CommandLine, with_examples

from kapplan.files.plans.store import load_plan

FIRST = "2026-12-28"
DATA = Path(__file__).parent.parent / "data" / "plans"
ITEM = "Item 9 of the PHQ-9"


@pytest.fixture
def line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """Return a folder with the examples' plan, in which item 9 was answered at the screening."""
    made = CommandLine(with_examples(tmp_path), monkeypatch)
    assert made("plan", "river.toml", "-o", "river.plan.toml", "--today", FIRST).code == 0
    assert made("done", "river", "screening-1", "phq9=16", "phq9_item9=2", "--today", "2027-01-05").code == 0
    return made


READS = [("show", "river"), ("show", "river", "--view", "month"), ("show", "river", "--view", "agenda"),
         ("why", "river", "next"), ("today", "river"), ("report", "river"), ("review", "river"),
         ("diff", "river@1", "river"), ("show", "river", "--as-of", "1")]  # fmt: skip


@pytest.mark.parametrize("words", READS, ids=" ".join)
def test_a_notice_heads_everything_that_is_read(line: CommandLine, words: tuple[str, ...]) -> None:
    """Weeks later it still comes first in every view, on standard error beside plain text, and the exit code is 0."""
    for form in ("table", "plain"):
        if form == "plain" and "--view" in words:
            continue
        ran = line(*words, "--today", "2027-03-20", *(["--format", form] if "--view" not in words else []))
        assert ran.code == 0
        told = ran.text if form == "table" or "--view" in words else ran.err
        first = next(text for text in told.splitlines() if text.strip())
        assert "SAFETY" in first
        assert ITEM in " ".join(told.split())


@pytest.mark.parametrize("words", [read for read in READS if "--view" not in read], ids=" ".join)
def test_json_has_safety_first(line: CommandLine, words: tuple[str, ...]) -> None:
    """The notice stands in the first key after the schema."""
    ran = line(*words, "--today", "2027-03-20", "--format", "json")
    document = json.loads(ran.text)
    assert list(document)[:2] == ["schema", "safety"]
    assert ITEM in json.dumps(document["safety"])


def test_every_difference_is_headed_by_it(line: CommandLine) -> None:
    """A change that has nothing to do with it tells it first."""
    ran = line("away", "river", "2027-04-01..2027-04-02", "--today", "2027-01-06", "--format", "table")
    assert ran.text.lstrip().startswith("SAFETY")


def test_the_clinics_handout_is_headed_by_it(line: CommandLine) -> None:
    """The clinic reads it on paper too; the patient's sheet says nothing of it."""
    clinic = line("export", "river", "--format", "html", "--for", "clinic", "--today", "2027-02-01")
    patient = line("export", "river", "--format", "html", "--for", "patient", "--today", "2027-02-01")
    assert ITEM in clinic.text
    assert ITEM not in patient.text


def test_settling_is_by_name_and_kept_in_the_history(line: CommandLine) -> None:
    """Without a reason it is wrong usage; with one the notice is gone from the head, and the log says who and why."""
    assert line("settle", "river", "phq9-item9", "--today", "2027-01-06").code == 2
    wrong = line("settle", "river", "phq9-item8", "--why", "seen", "--today", "2027-01-06")
    assert wrong.code == 2
    assert "phq9-item9" in wrong.err
    done = line("settle", "river", "phq9-item9", "--why", "seen today", "--today", "2027-01-06", "--format", "table")
    assert done.code == 0
    assert "SAFETY" not in done.text
    assert "SAFETY" not in line("show", "river", "--today", "2027-03-20", "--format", "table").text
    assert "seen today" in line("log", "river").text
    assert load_plan(line.folder / "river.plan.toml").plan.settlements[0].by == "tester"
    back = line("undo", "river", "--today", "2027-01-07", "--format", "table")
    assert back.text.lstrip().startswith("SAFETY")


def test_a_record_that_is_taken_back_takes_its_notice_along_and_says_so(line: CommandLine) -> None:
    """Undoing what raised it is told as such; nothing disappears in silence."""
    ran = line("undo", "river", "--today", "2027-01-06", "--format", "json")
    document = json.loads(ran.text)
    assert document["safety"] == []
    assert any(row["what"] == "notice gone" and ITEM in row["text"] for row in document["changes"])


def test_a_contraindication_in_mid_course_holds_doses_and_says_so_first(line: CommandLine) -> None:
    """After a refreshed profile that refuses, doses are provisional; confirm and done tell it, and record."""
    profile = line.folder / "river.toml"
    text = profile.read_text(encoding="utf-8")
    profile.write_text(text.replace('pregnancy = "not-applicable"', 'pregnancy = "yes"'), encoding="utf-8")
    assert line("refresh", "river", "--today", "2027-01-06").code == 0
    plan = load_plan(line.folder / "river.plan.toml").plan
    doses = [visit for visit in plan.visits if visit.kind == "dosing"]
    assert all(visit.provisional and "pregnancy" in visit.awaits for visit in doses)
    assert "hold" in [proposal.effect for proposal in plan.proposals]
    line("settle", "river", "pregnancy", "--why", "test repeated", "--today", "2027-01-06")
    line("settle", "river", "phq9-item9", "--why", "seen", "--today", "2027-01-06")
    for words in (("confirm", "river", "dosing-1"), ("done", "river", "dosing-1")):
        ran = line(*words, "--today", "2027-02-01", "--format", "json")
        assert ran.code == 0
        assert any("regnan" in notice for notice in json.loads(ran.text)["notices"])
    assert load_plan(line.folder / "river.plan.toml").plan.visit("dosing-1").status == "completed"
    assert line("hold", "river", "--today", "2027-02-01").code == 0
    ran = line("resume", "river", "--today", "2027-02-01", "--format", "json")
    assert any("regnan" in notice for notice in json.loads(ran.text)["notices"])


def test_an_old_plan_is_screened_afresh_undone_and_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A plan of the first format opens with the notice that it never told, and its whole history still turns."""
    (tmp_path / "old.plan.toml").write_bytes((DATA / "format-1.plan.toml").read_bytes())
    line = CommandLine(tmp_path, monkeypatch)
    assert "SAFETY" in line("show", "old", "--today", "2027-01-13", "--format", "table").text
    before = load_plan(tmp_path / "old.plan.toml").plan
    steps = str(2)
    assert line("undo", "old", "--steps", steps, "--today", "2027-01-13").code == 0
    assert line("redo", "old", "--steps", steps, "--today", "2027-01-13").code == 0
    after = load_plan(tmp_path / "old.plan.toml").plan
    assert [(visit.id, visit.start, visit.status) for visit in after.visits] == [
        (visit.id, visit.start, visit.status) for visit in before.visits
    ]
    assert after.revision == before.revision + 2


def test_reading_never_writes(line: CommandLine) -> None:
    """A plan whose findings are out of date is shown as it stands today, and its file stays as it is."""
    file = line.folder / "river.plan.toml"
    before = file.read_bytes()
    for words in READS:
        line(*words, "--today", "2028-01-01")
    assert file.read_bytes() == before
