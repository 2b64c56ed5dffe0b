"""No error about a patient's file repeats what is private in it: the key is named, and where it stands."""

from __future__ import annotations

import re

import pytest
from support.command_line import EXAMPLES
from support.plans import sample_plan

from kapplan.errors import InvalidFileError
from kapplan.files.documents.readers import read_profile
from kapplan.files.plans.format import plan_of, text_of
from kapplan.files.toml.sources import SourceFile
from kapplan.output.terminal.diagnostics import render_problems

RIVER = (EXAMPLES / "river.toml").read_text(encoding="utf-8")
PRIVATE = (
    "name", "birth_date", "diagnoses", "conditions", "other", "failed_antidepressants", "medications", "pregnancy",
    "breastfeeding", "prior_ketamine", "veteran", "phq9", "phq9_item9", "gad7", "cssrs", "cssrs_behaviour", "bp",
    "primary", "notes",
)  # fmt: skip
WRONG = (
    "Zanzibar", '"Zanzibar"', '["Zanzibar"]', "{ Zanzibar = 1 }", '{ a = "Zanzibar" }', '"Zanzibar', '"Zanzibar" x',
)  # fmt: skip


def said(text: str, read: object = read_profile) -> str:
    """Return what is said of a file; nothing where it has no mistake."""
    try:
        read(SourceFile.of_text(text, "river.toml"))  # type: ignore[operator]
    except InvalidFileError as error:
        return render_problems(error.problems)
    return ""


@pytest.mark.parametrize("key", PRIVATE)
def test_a_value_that_is_private_is_never_said(key: str) -> None:
    """Whatever is wrong with it, as TOML or as a value, the message does not have what stands there."""
    for wrong in WRONG:
        told = said(re.sub(rf"(?m)^{key} = .*$", f"{key} = {wrong}", RIVER))
        assert not [word for word in re.findall(r"Zanz\w*", told) if wrong != "{ Zanzibar = 1 }"], told


@pytest.mark.parametrize("key", PRIVATE)
def test_a_misspelt_key_does_not_show_its_value(key: str) -> None:
    """The key that nobody knows is named; what stands behind it could be anything."""
    told = said(re.sub(rf"(?m)^{key} = (.*)$", f'{key}x = "Zanzibar"', RIVER))
    assert f"`{key}x`" in told
    assert "Zanzibar" not in told


def test_what_stands_on_the_same_line_is_not_shown_either() -> None:
    """A mistake in a day of an absence does not quote the reason beside it."""
    line = 'away = [{ from = 2027-01-10, until = "soon", why = "Zanzibar" }]'
    told = said(RIVER.replace("[availability]", f"[availability]\n{line}"))
    assert "`until`" in told
    assert "Zanzibar" not in told


def test_dates_and_hours_are_quoted_as_ever() -> None:
    """What is about the calendar alone is shown with its line, and the mark under it."""
    told = said(RIVER.replace('mon = ["08:00-13:00"]', 'mon = ["8-13"]'))
    assert 'mon = ["8-13"]' in told


def test_a_plan_shows_nothing_of_its_scores_and_notes() -> None:
    """Of a plan with mistakes lines with scores, notes and what it was made from are not quoted."""
    text = text_of(sample_plan())
    for old in re.findall(r"(?m)^(?:text|measure|title|note|by|why|patient|name) = .*$", text)[:40]:
        assert "Zanzibar" not in said(text.replace(old, f'{old.partition(" = ")[0]} = [["Zanzibar"]]', 1), plan_of)
