"""What leaves for patients and other people's servers holds nothing private unless full detail asked for it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from support.calendar_files import calendar_bytes
from support.command_line import CommandLine
from support.handouts import PRIVATE, RICH, TODAY, example, said_by

from kapplan.model.decisions import AppliedRule, Proposal
from kapplan.model.plan import Finding, Plan, ProtocolRef, Score
from kapplan.output.handout.pages import handout_html

SCORED = ("phq9=17", "gad7=13", "pcl5=47", "bp=131/84", "cssrs=none")


@pytest.fixture
def course(kapplan_in: CommandLine) -> CommandLine:
    """Return a folder with the plan of the rich profile, some weeks on, with scores."""
    kapplan_in.write("rich.toml", RICH)
    assert kapplan_in("plan", "rich.toml", "--today", TODAY, "-o", "birch-77.plan.toml").code == 0
    done = kapplan_in("done", "birch", "screening-1", *SCORED, "--today", "2027-01-01T12:00")
    assert done.code == 0, done.err
    return kapplan_in


def found_in(text: str) -> list[str]:
    """Return the private words of a text."""
    lowered = text.lower()
    return [word for word in PRIVATE if word in lowered]


@pytest.mark.parametrize("options", [
    ("--format", "html"), ("--format", "ics"), ("--format", "ics", "--for", "clinic", "--tasks"),
])  # fmt: skip
def test_neutral_exports_tell_nothing_private(course: CommandLine, options: tuple[str, ...]) -> None:
    """No name, diagnosis, drug, score, goal, absence or kind of visit; the clinic is told who holds a visit.

    On a handout alone stands the name of a clinic that tells nothing of what it treats.
    """
    ran = course("export", "birch", *options)
    assert ran.code == 0
    text = re.sub("\r\n[ \t]", "", ran.text)
    assert len(text) > 2000
    told = {"clinic": ["okafor"], "html": ["aspen house"]}
    expected = next((words for option, words in told.items() if option in options), [])
    assert found_in(said_by(text) if "html" in options else text) == expected


def test_a_neutral_handout_hides_nothing_in_its_code(course: CommandLine) -> None:
    """Nor does anything private stand in tags, comments or styles."""
    assert found_in(course("export", "birch", "--format", "html").text) == ["aspen house"]


@pytest.mark.parametrize(
    "name", ["Boulder Ketamine Center", "Front Range Psychiatry", "House of Infusions", "Mindful Mental Health, PLLC"]
)
def test_a_clinic_s_name_that_tells_what_it_treats_is_not_told(name: str) -> None:
    """A page that anybody may see bears no name that says what is treated; in full detail it does."""
    course, material = example("rich")
    course = replace(course, clinic=replace(course.clinic, name=name))
    assert name not in handout_html(course, material)
    assert name in handout_html(course, material, detail="full")


def test_full_detail_tells_what_it_is_asked_to(course: CommandLine) -> None:
    """The search above would find things: in full detail it does."""
    found = found_in(course("export", "birch", "--format", "html", "--detail", "full").text)
    assert {"marguerite", "dosing", "phq", "benzodiazepine", "okafor"} <= set(found)
    assert not {"orchestra", "lisbon", "funeral", "narcolepsy"} & set(found)


@pytest.mark.parametrize("options", [
    ("html", "patient"), ("html", "clinic"), ("ics", "patient"), ("ics", "clinic"), ("csv", "clinic"),
    ("json", "clinic"), ("fhir", "clinic"), ("md", "clinic"),
])  # fmt: skip
def test_goals_and_reasons_of_absence_never_leave(course: CommandLine, options: tuple[str, str]) -> None:
    """What is for the clinic's eyes in the profile is exported nowhere, whatever the detail."""
    ran = course("export", "birch", "--format", options[0], "--for", options[1], "--detail", "full")
    assert ran.code == 0
    assert not {"orchestra", "lisbon", "funeral"} & set(found_in(ran.text))


@pytest.mark.parametrize(
    ("form", "audience"), [("html", "clinic"), ("csv", "clinic"), ("json", "clinic"), ("fhir", "clinic")]
)
def test_the_name_leaves_only_in_full_detail(course: CommandLine, form: str, audience: str) -> None:
    """Clinical content may be told to the clinic and to programs; the name only where it is asked for."""
    ran = course("export", "birch", "--format", form, "--for", audience)
    assert not {"marguerite", "quellwasser"} & set(found_in(ran.text))


def test_suggested_names_of_files_are_pseudonyms(kapplan_in: CommandLine) -> None:
    """The file that a command proposes is named for the pseudonym alone."""
    kapplan_in.write("rich.toml", RICH)
    said = " ".join(kapplan_in("plan", "rich.toml", "--today", TODAY).err.split())
    assert "-o birch-77.plan.toml" in said


def as_another(course: Plan) -> Plan:
    """Return a plan with another person's secrets: name, diagnosis, drug, protocol, scores, findings, notes."""
    visits = tuple(
        replace(visit, title="Another", phase="another", note="another", staff=("another",), room="another", because=())
        for visit in course.visits
    )
    return replace(
        course,
        name="Another Person",
        protocol=ProtocolRef(id="another", version="9", title="Another", off_label=False, drug="another"),
        visits=visits,
        findings=(Finding(rule="another", level="warn", text="Another", source="another", safety=True),),
        tailoring=(AppliedRule(rule="another", effect="another", text="Another", source="another"),),
        scores=(Score(on=date(2027, 1, 1), measure="madrs", value=44),),
        proposals=(Proposal(number=1, rule="another", text="Another"),),
        notices=("another",),
    )


def test_a_neutral_handout_does_not_depend_on_what_is_private() -> None:
    """Two patients with the same dates have the same handout, whatever they are treated for and with."""
    course, material = example("rich")
    other = replace(material, staff={"another": "Another"})
    assert handout_html(as_another(course), other) == handout_html(course, material)
    assert handout_html(as_another(course), other, detail="full") != handout_html(course, material, detail="full")


@pytest.mark.parametrize("options", [{}, {"method": "publish"}])
def test_a_neutral_calendar_does_not_depend_on_what_is_private(options: dict[str, Any]) -> None:
    """The patient's calendar is the same file for both, too."""
    course, _ = example("rich")
    assert calendar_bytes([as_another(course)], **options) == calendar_bytes([course], **options)
