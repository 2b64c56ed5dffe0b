"""Handouts, FHIR and tables from the command line."""

from __future__ import annotations

import gc
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from support.command_line import CommandLine

from kapplan.cli.session import plans
from kapplan.cli.session.environment import Edge
from kapplan.files.plans.format import KEPT
from kapplan.files.plans.store import StoredPlan, load_plan, new_plan_file
from kapplan.model.exports import ExportRequest
from kapplan.model.plan import Plan
from kapplan.output.formats import export

TODAY = "2026-12-28"


@pytest.fixture
def river(kapplan_in: CommandLine) -> CommandLine:
    """Return a folder with River's plan."""
    assert kapplan_in("plan", "river.toml", "--today", TODAY, "-o", "river.plan.toml").code == 0
    return kapplan_in


def test_a_page_goes_to_a_file_or_to_standard_output(river: CommandLine) -> None:
    """The bytes are the same, and the plan is not written to."""
    before = (river.folder / "river.plan.toml").read_bytes()
    ran = river("export", "river", "--format", "html", "-o", "river.html")
    assert (ran.out, ran.code) == (b"", 0)
    assert (river.folder / "river.html").read_bytes() == river("export", "river", "--format", "html").out
    assert (river.folder / "river.plan.toml").read_bytes() == before


def test_a_profile_becomes_a_page_at_once(kapplan_in: CommandLine) -> None:
    """``plan --format html -o`` goes straight from the profile to the handout."""
    assert kapplan_in("plan", "river.toml", "--today", TODAY, "--format", "html", "-o", "river.html").code == 0
    assert b"No solid food from" in (kapplan_in.folder / "river.html").read_bytes()


def test_fhir_and_tables(river: CommandLine) -> None:
    """FHIR is a bundle in JSON; CSV holds the table asked for."""
    assert json.loads(river("export", "river", "--format", "fhir").out)["resourceType"] == "Bundle"
    headings = [
        river("export", "river", "--format", "csv", "--what", what).text.partition(",")[0]
        for what in ("visits", "tasks", "scores")
    ]
    assert headings == ["id", "id", "on"]


def test_templates_are_written_changed_and_used(river: CommandLine) -> None:
    """The templates that ``new`` writes give the same page; one that is changed gives another."""
    assert river("new", "--templates", "ours").code == 0
    page = river("export", "river", "--format", "html").out
    assert river("export", "river", "--format", "html", "--templates", "ours").out == page
    words = river.folder / "ours" / "words.html.j2"
    words.write_text(
        words.read_text(encoding="utf-8").replace("twelve_hours = true", "twelve_hours = false"), encoding="utf-8"
    )
    assert b"08:00" in river("export", "river", "--format", "html", "--templates", "ours").out
    again = river("new", "--templates", "ours")
    assert again.code == 2
    assert "not overwritten" in again.err


def test_a_wrong_template_is_told_with_its_line(river: CommandLine) -> None:
    """The exit code is that of an invalid file, and nothing is written."""
    (river.folder / "ours").mkdir()
    river.write("ours/patient.html.j2", "<p>\n{{ sheet.nothing }}</p>")
    ran = river("export", "river", "--format", "html", "--templates", "ours", "-o", "river.html")
    assert ran.code == 3
    assert "patient.html.j2:2: " in ran.err
    assert not (river.folder / "river.html").exists()


def test_a_format_of_one_plan_takes_one(river: CommandLine) -> None:
    """Two plans on one page are refused."""
    assert river("export", "river", "river", "--format", "html").code == 2


def test_a_patient_abroad_reads_their_own_clock(kapplan_in: CommandLine) -> None:
    """A remote visit is told by the clock of where the patient is, with the clinic's beside it and each named."""
    case = Path(__file__).parents[1] / "data" / "cases" / "40-patient-abroad-handout"
    for file in case.iterdir():
        kapplan_in.write(file.name, file.read_text("utf-8"))
    assert kapplan_in("plan", "p.toml", "--today", "2027-03-20", "-o", "p.plan.toml").code == 0
    page = (
        kapplan_in("export", "p.plan.toml", "--format", "html")
        .text.replace("&nbsp;", " ")
        .replace("\N{NO-BREAK SPACE}", " ")
    )
    assert "7:00 am" in page
    assert re.search(r"Sydney time; in \w+ Mon\w* 12[^<]*, 3:00 pm", page)


@pytest.mark.parametrize("form", ["ics", "freebusy"])
def test_plans_of_one_file_are_taken_one_by_one(river: CommandLine, form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many plans a calendar holds, few are at hand at any time: only what it says of the others is kept."""
    plan = load_plan(river.folder / "river.plan.toml").plan
    many = river.folder / "many"
    many.mkdir()
    ids = set()
    for number in range(8):
        other = replace(plan, id=f"{plan.id[:-2]}{number:02}", patient=f"river-{number:02}")
        new_plan_file(many / f"{other.patient}.plan.toml", other)
        ids.add(other.id)
    ids.remove(other.id)  # the test has that one at hand itself
    at_hand: list[int] = []

    def find(edge: Edge, name: str) -> StoredPlan:
        gc.collect()
        at_hand.append(len({one.id for one in gc.get_objects() if type(one) is Plan} & ids))
        return plans.find(edge, name)

    monkeypatch.setattr("kapplan.cli.commands.share.export.find", find)
    assert river("export", "many", "--format", form, "-o", "all.out", "--for", "clinic").code == 0
    assert len(at_hand) == 8
    assert max(at_hand) <= KEPT + 1


def test_the_order_in_which_plans_come_does_not_matter(river: CommandLine) -> None:
    """A calendar of plans that are read as they are needed is the one of plans that are all there."""
    plan = load_plan(river.folder / "river.plan.toml").plan
    others = [replace(plan, id=f"{plan.id[:-2]}{number:02}", patient=f"river-{9 - number}") for number in range(3)]

    def one_by_one() -> Iterator[Plan]:
        yield from reversed(others)

    for form in ("ics", "freebusy"):
        asked = ExportRequest(audience="clinic")
        assert export(one_by_one(), form, asked) == export(others, form, asked)
