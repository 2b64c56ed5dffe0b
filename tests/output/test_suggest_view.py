"""Suggestions on screen and for programs: in their order, with safety first, and off-label said where it is shown."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from functools import cache

import pytest
from support.cases import NOW, clinic_of
from support.protocols import profile_of
from support.screens import screen, widest, words_of

from kapplan.files.documents.protocols import built_in_protocols
from kapplan.files.library.rules import load_rules
from kapplan.model.profile import Goals, History, Symptoms
from kapplan.output.formats import render
from kapplan.output.library.suggest import CHOICE, SuggestView, suggest_records, unplaced_note
from kapplan.planning.availability.calendar import BusyTimes
from kapplan.planning.schedule.suggest import Suggestions, suggest

SYMPTOMS = Symptoms(on=date(2026, 12, 28), phq9=18, phq9_item9=2, cssrs="none", cssrs_behaviour="never")


@cache
def found(*conditions: str) -> Suggestions:
    """Return the suggestions for a patient with depression and thoughts of death."""
    profile = replace(
        profile_of(),
        symptoms=SYMPTOMS,
        goals=Goals(primary="insight"),
        history=History(
            diagnoses=("trd",), failed_antidepressants=2, conditions=conditions, medications=(),  # type: ignore[arg-type]
            prior_ketamine="none",
        ),
    )  # fmt: skip
    return suggest(profile, built_in_protocols(), clinic_of(), rules=load_rules(), busy=BusyTimes(), now=NOW)


@pytest.mark.parametrize("width", [80, 100, 120, 200])
def test_the_comparison_fits_and_begins_with_safety(width: int) -> None:
    """The table keeps within the terminal; the safety notice comes before anything else."""
    text = screen(SuggestView(found()), width)
    assert text.startswith(" SAFETY ")
    assert widest(text) <= width
    assert CHOICE in words_of(text)
    assert text.index("on label") < text.index("esketamine-trd ") < text.index("OFF-LABEL") < text.index("kap-standard")


def test_one_line_a_protocol_at_80_columns() -> None:
    """At 80 columns every protocol that is for the patient's diagnosis has one line of the table; others are named."""
    text = screen(SuggestView(found()), 80)
    for one in found().ranked:
        rows = [line for line in text.splitlines() if line.startswith(f"{one.protocol.id} ")]
        if one.eligibility == "other indication":
            assert not rows
            assert f"{one.protocol.id} ({', '.join(one.protocol.indications)})" in words_of(text)
        else:
            (row,) = rows
            assert (one.protocol.strength or "none") in row


def test_courses_for_other_diagnoses_raise_no_noise() -> None:
    """Of courses for other diagnoses nothing is told but what they are for."""
    text = words_of(screen(SuggestView(found()), 120))
    assert "dakwar-2019:" not in text
    assert "dakwar-2019 (cud)" in text


def test_json_begins_with_safety_and_keeps_the_order() -> None:
    """The JSON's first keys are schema and safety; protocols stand in their order, with points in full."""
    suggestions = found()
    data = json.loads(str(render(suggest_records(suggestions), "json")))
    assert list(data)[:3] == ["schema", "safety", "protocols"]
    assert data["safety"]
    assert [row["id"] for row in data["protocols"]] == [one.protocol.id for one in suggestions.ranked]
    first = data["protocols"][0]
    assert (first["id"], first["label"], first["eligibility"]) == ("esketamine-trd", "on label", "eligible")
    label = next(point for point in data["points"] if point["about"] == "label-course")
    assert (label["protocol"], label["side"], label["strength"]) == ("esketamine-trd", "for", "A")
    assert CHOICE in data["notices"]
    assert all(finding["protocols"] for finding in data["findings"])


@pytest.mark.parametrize("form", ["plain", "csv", "md"])
def test_every_format_has_every_protocol(form: str) -> None:
    """Each format for programs and documents has all protocols and says what is off-label."""
    text = str(render(suggest_records(found()), form))
    assert all(protocol.id in text for protocol in built_in_protocols())
    assert "OFF-LABEL" in text


def test_a_refusal_is_told_with_its_rule() -> None:
    """Where screening refuses, the screen says by which rule, and shows no dates."""
    text = words_of(screen(SuggestView(found("intracerebral-haemorrhage")), 100))
    assert "Refused" in text
    assert "all: A history of intracerebral haemorrhage" in text
    assert "2027" not in text.split("Speaks against")[0].split("Refused")[1]


def test_not_stated_is_told() -> None:
    """What the profile leaves out is told, for screening and for suggestions."""
    text = words_of(screen(SuggestView(found()), 120))
    assert "Not screened, since the profile does not state it:" in text
    assert "history.pregnancy" in text


def test_courses_without_dates_name_the_command_that_says_why() -> None:
    """A course that fits nowhere leads to the command that explains it; none, to no note."""
    suggestions = found()
    assert unplaced_note(found("intracerebral-haemorrhage"), "p.toml") is None
    bare = replace(suggestions, ranked=tuple(replace(one, dates=None) for one in suggestions.ranked))
    assert "kapplan plan p.toml --protocol esketamine-trd" in str(unplaced_note(bare, "p.toml"))
