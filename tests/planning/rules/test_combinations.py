"""Drugs and conditions that are dangerous together speak once, naming all; what is harmless raises nothing."""

from __future__ import annotations

import tomllib
from datetime import date
from typing import Any

import pytest
from support.rule_cases import profile

from kapplan.files.documents.protocols import load_protocol
from kapplan.files.library.package_data import LIBRARY
from kapplan.files.library.rules import built_in
from kapplan.model.plan import Finding
from kapplan.planning.rules.screening import screen, unspoken

TODAY = date(2027, 1, 4)
BOOK = built_in()
FILE = tomllib.loads((LIBRARY / "medications.toml").read_text(encoding="utf-8"))
HELD = ("dosing", "booster")


def found(drugs: list[str], conditions: list[str], bp: str = "128/82") -> dict[str, Finding]:
    """Return what is found of a well patient with some drugs and conditions, by rule."""
    taken = [{"name": name, "since": date(2020, 1, 1)} for name in drugs]
    patient = profile({"history.medications": taken, "history.conditions": conditions, "symptoms.bp": bp})
    return {finding.rule: finding for finding in screen(patient, load_protocol("kap-standard"), TODAY, BOOK)}


CASES: list[tuple[list[str], list[str], str, set[str], str | None, bool]] = [
    (["Oxycodone", "Lyrica", "Ambien"], ["severe-sleep-apnoea"], "128/82", {"depressants-with-apnoea"},
     "depressants-with-apnoea", True),
    (["oxycodone", "pregabalin", "zolpidem"], [], "128/82", {"several-depressants"}, "several-depressants", True),
    (["oxycodone"], ["severe-sleep-apnoea"], "128/82", {"depressants-with-apnoea"}, "depressants-with-apnoea", True),
    (["oxycodone"], [], "128/82", {"sedation"}, None, False),
    (["cetirizine", "diphenhydramine"], [], "128/82", {"sedation"}, None, False),
    ([], ["severe-sleep-apnoea"], "128/82", {"severe-sleep-apnoea"}, None, False),
    (["cetirizine"], ["severe-sleep-apnoea"], "128/82", {"sedation", "severe-sleep-apnoea"}, None, False),
    (["Parnate", "Vyvanse"], [], "128/82", {"maoi-and-stimulant"}, "maoi-and-stimulant", True),
    (["Parnate", "Vyvanse"], ["hypertension-controlled"], "128/82", {"maoi-and-stimulant"}, "maoi-and-stimulant",
     True),
    (["Adderall"], ["hypertension-controlled"], "128/82", {"pressure-and-drugs"}, "pressure-and-drugs", False),
    (["Adderall"], [], "150/85", {"pressure-and-drugs", "blood-pressure"}, "pressure-and-drugs", False),
    (["Adderall"], [], "128/82", {"stimulant"}, None, False),
    (["phenelzine"], [], "128/82", {"maoi"}, None, False),
    (["lisinopril"], ["hypertension-controlled"], "128/82", set(), None, False),
    (["lithium", "lisinopril"], ["hypertension-controlled"], "128/82", {"lithium-level"}, "lithium-level", False),
    (["lithium", "ibuprofen"], [], "128/82", {"lithium-level"}, "lithium-level", False),
    (["lithium"], [], "128/82", set(), None, False),
    (["memantine"], [], "128/82", {"nmda-antagonist"}, None, False),
    (["theophylline"], [], "128/82", {"theophylline"}, None, False),
]  # fmt: skip
"""Drugs, conditions, pressure; the rules that speak; the combination among them, and whether it holds the doses."""


@pytest.mark.parametrize("case", CASES, ids=lambda case: "+".join([*case[0], *case[1]]))
def test_what_is_dangerous_together_is_one_finding(
    case: tuple[list[str], list[str], str, set[str], str | None, bool],
) -> None:
    """A combination speaks once in place of its parts, names every drug of it, and says what it holds."""
    drugs, conditions, bp, rules, combination, holds = case
    findings = found(drugs, conditions, bp)
    assert findings.keys() == rules
    if combination is not None:
        finding = findings[combination]
        assert all(drug.casefold() in finding.text.casefold() for drug in drugs)
        assert finding.holds == (HELD if holds else ())
        assert ("provisional" in finding.text) == holds
        assert finding.task


def test_a_held_combination_is_settled_by_a_named_clinician() -> None:
    """A clinician's override settles what holds the doses; it stays among the findings, with the reason."""
    by = {"rule": "several-depressants", "by": "Dr. Okafor", "on": TODAY, "why": "tapering both"}
    taken: list[dict[str, Any]] = [{"name": "oxycodone"}, {"name": "zolpidem"}]
    patient = profile({"history.medications": taken}, override=[by])
    (finding,) = screen(patient, load_protocol("kap-standard"), TODAY, BOOK)
    assert finding.overridden
    assert "tapering both" in finding.text


@pytest.mark.parametrize(
    ("drugs", "least", "most"),
    [
        ([("clonazepam", 4)], 40, 80),
        ([("Xanax", 6)], 60, 120),
        ([("lorazepam", 1), ("temazepam", 15)], 12.5, 20),
        ([("diazepam", 10)], 10, 10),
        ([("oxazepam", 30)], 10, 15),
        ([("sertraline", 50)], 0, 0),
    ],
)
def test_benzodiazepines_are_counted_as_diazepam(drugs: list[tuple[str, float]], least: float, most: float) -> None:
    """Doses of a day add up as milligrams of diazepam, by the table that gives the least and by the other."""
    from kapplan.planning.rules.facts import Facts

    taken = [{"name": name, "daily_mg": float(dose)} for name, dose in drugs]
    patient = profile({"history.medications": taken})
    facts = Facts(profile=patient, protocol=load_protocol("kap-standard"), today=TODAY, rules=BOOK)
    assert facts.value("medications.diazepam_mg_least") == pytest.approx(least)
    assert facts.value("medications.diazepam_mg") == pytest.approx(most)


COMMON = sorted({name for names in FILE["common"].values() for name in names})


def test_there_are_some_250_common_drugs() -> None:
    """The list of common drugs is long enough that a name which stands nowhere is rare."""
    assert len(COMMON) >= 250


@pytest.mark.parametrize("drug", COMMON)
def test_a_common_drug_raises_no_alarm(drug: str) -> None:
    """A common drug of which no rule speaks finds nothing, and is told as such; it is never called harmless."""
    assert found([drug.title()], []) == {}
    patient = profile({"history.medications": [{"name": f"{drug} 10 mg"}]})
    (notice,) = unspoken(patient, load_protocol("kap-standard"), BOOK)
    assert notice.startswith(f"No rule here speaks of {drug}")
    assert "harmless" not in notice


@pytest.mark.parametrize(("brand", "drug"), sorted(FILE["brands"].items()))
def test_a_brand_is_its_drug(brand: str, drug: str) -> None:
    """A brand name finds what its drug finds."""
    assert found([brand.title()], []).keys() == found([drug], []).keys()
    assert "medication-unknown" not in found([brand], [])


@pytest.mark.parametrize(
    ("name", "offered"), [("lisinoprl", "lisinopril"), ("Sertralin", "sertraline"), ("Adderal", "adderall")]
)
def test_a_misspelled_name_is_offered_and_stays_unscreened(name: str, offered: str) -> None:
    """The nearest known name is offered; nothing is taken to be what it is like."""
    (finding,) = found([name], []).values()
    assert finding.rule == "medication-unknown"
    assert f"{name} ({offered}?)" in finding.text


def test_what_is_like_nothing_is_offered_nothing() -> None:
    """A name that is like no other is told alone."""
    (finding,) = found(["Quxomab"], []).values()
    assert finding.text == "Not screened, since no rule knows the name: Quxomab."
