"""Screening: all findings at once, in order, and what each state of a profile leads to."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from support.rule_cases import Change, profile, taking

from kapplan.errors import RefusedError
from kapplan.files.documents.protocols import load_protocol, protocol_ids
from kapplan.files.library.rules import built_in
from kapplan.model.plan import Finding
from kapplan.model.profile import Patient, Profile, Treatment
from kapplan.planning.rules.screening import instructions, refuse, screen

TODAY = date(2027, 1, 4)
BOOK = built_in()
RESISTANT: Change = {"history.diagnoses": ["trd"], "history.failed_antidepressants": 2}
"""What the label of esketamine asks of a patient."""


def findings(changes: Change | None = None, protocol: str = "kap-standard", **tables: Any) -> tuple[Finding, ...]:
    """Return what is found about the well patient with some keys changed."""
    return screen(profile(changes or {}, **tables), load_protocol(protocol), TODAY, BOOK)


def test_all_findings_are_listed() -> None:
    """Every rule that fires is listed, whatever else refuses."""
    found = findings({
        "history.conditions": ["psychosis", "aneurysmal-vascular-disease", "porphyria"], "travel.escort": "none"
    })  # fmt: skip
    assert [finding.rule for finding in found] == [
        "aneurysmal-vascular-disease", "psychosis", "no-escort", "porphyria",
    ]  # fmt: skip


def test_safety_comes_first() -> None:
    """Safety notices stand before everything else, and what refuses before what warns."""
    found = findings({"symptoms.phq9_item9": 3, "history.conditions": ["psychosis"], "symptoms.bp": "150/95"})
    assert [finding.rule for finding in found] == ["phq9-item9", "psychosis", "blood-pressure"]
    assert [finding.safety for finding in found] == [True, False, False]


@pytest.mark.parametrize("answer", [1, 2, 3])
def test_item_nine_is_a_notice_whatever_the_total(answer: int) -> None:
    """Any answer but 0 to item 9 is a safety notice, even with a total near nothing."""
    (found,) = findings({"symptoms.phq9": answer, "symptoms.phq9_item9": answer})
    assert found.safety
    assert not found.refuses


@pytest.mark.parametrize("protocol", sorted({*protocol_ids()} - {"dwyer-2021"}))
def test_of_nothing_stated_nothing_refuses(protocol: str) -> None:
    """A profile that says nothing is refused by no course but the one for minors; what it leaves out is asked for."""
    empty = Profile(patient=Patient(id="p"), treatment=Treatment(protocol=protocol))
    found = screen(empty, load_protocol(protocol), TODAY, BOOK)
    assert not [finding for finding in found if finding.refuses]
    asked = {finding.key for finding in found if finding.not_screened}
    assert {"history.conditions", "history.medications", "symptoms.phq9_item9", "history.pregnancy"} <= asked


def test_what_is_left_out_is_asked_for_once() -> None:
    """A key that many rules need is one finding, with what to ask, and holds the doses."""
    (found,) = findings({"history.conditions": None})
    assert found.rule == "not-screened.history.conditions"
    assert found.not_screened
    assert found.level == "warn"
    assert found.holds == ("dosing", "booster")
    assert "psychosis" in found.source


def test_an_empty_list_says_none() -> None:
    """An empty list is an answer: nothing is asked, nothing is found."""
    assert findings({"history.conditions": [], "history.medications": []}) == ()


def test_what_no_rule_needs_is_not_asked() -> None:
    """REMS enrolment is asked for esketamine only, the YMRS only where bipolar disorder is known."""
    assert findings({"history.rems_enrolled": None, "symptoms.ymrs": None}) == ()
    asked = findings({"history.rems_enrolled": None, **RESISTANT}, protocol="esketamine-trd")
    assert [finding.key for finding in asked] == ["history.rems_enrolled"]
    bipolar = {"history.diagnoses": ["mdd", "bipolar-depression"], "symptoms.ymrs": None, **taking("lithium")}
    assert [finding.key for finding in findings(bipolar)] == ["symptoms.ymrs"]


def test_a_benzodiazepine_without_a_dose_is_asked_for() -> None:
    """A benzodiazepine without its dose is not screened for its threshold; bromazepam has no known equivalent."""
    without = {"history.medications": [{"name": "diazepam"}]}
    assert "not-screened.history.medications.daily_mg" in [finding.rule for finding in findings(without)]
    other = {"history.medications": [{"name": "bromazepam"}]}
    assert [finding.rule for finding in findings(other)] == ["benzodiazepine", "benzodiazepine-no-equivalent"]


def test_a_sentence_shows_what_was_stated() -> None:
    """Fields in braces are replaced by the profile's values."""
    (found,) = findings({"symptoms.bp": "141/70"})
    assert found.text.startswith("Blood pressure 141/70:")
    (unknown,) = findings({"history.medications": [{"name": "Zyloxol"}, {"name": "Elixir"}]})
    assert unknown.text == "Not screened, since no rule knows the name: Zyloxol and Elixir."


def test_the_clinic_s_lengths_are_screened() -> None:
    """Monitoring cut short by a clinic is refused for esketamine, and no override helps."""
    from kapplan.model.clinic import Clinic, MinutesChange

    clinic = Clinic(minutes={"dosing": MinutesChange(monitor=60)})
    found = screen(profile(RESISTANT), load_protocol("esketamine-trd"), TODAY, BOOK, clinic)
    assert [(finding.rule, finding.level) for finding in found] == [("monitoring-too-short", "refuse")]


@pytest.mark.parametrize("level", ["refuse", "refuse-unless-overridden"])
def test_refusing_lists_every_reason(level: Any) -> None:
    """The error names each refusing rule, its sentence and what would change it; warnings alone raise nothing."""
    one = Finding(rule="one", level=level, text="First.", source="a", change="This")
    two = replace(one, rule="two", text="Second.")
    warning = replace(one, rule="three", level="warn")
    refuse([warning, replace(one, overridden=True), replace(one, not_screened=True)])
    with pytest.raises(RefusedError) as raised:
        refuse([warning, one, two])
    lines = raised.value.message.splitlines()
    assert [line.split(":")[0] for line in lines] == ["one", "two"]
    assert all("What would change it: This." in line for line in lines)
    assert raised.value.exit_code == 4


def test_instructions_are_those_of_the_course_and_the_patient() -> None:
    """Handouts are told what this drug, route and patient need, and nothing else."""
    book = built_in("screening", "instructions")

    def told(protocol: str, changes: Change | None = None) -> set[str]:
        return {one.id for one in instructions(profile(changes or {}), load_protocol(protocol), TODAY, book)}

    assert {"no-food", "no-drink", "no-nasal-spray", "site-and-staff"} <= told("esketamine-trd")
    assert "no-food" not in told("kap-standard")
    assert "fasting-solids" in told("kap-standard")
    assert "fasting-solids" not in told("journey-clinical")
    assert "somebody-at-home" in told("hull-2022")
    assert "blood-pressure-first" not in told("hull-2022")
    assert {"somebody-at-home", "blood-pressure-first", "ride-home"} <= told("r107-2024")
    assert "somebody-at-home" not in told("kap-standard")
    assert "hold-stimulant" in told("kap-standard", taking("methylphenidate"))
    assert "abstinent-at-the-visit" in told("kare-2022")
