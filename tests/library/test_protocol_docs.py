"""The page about protocol files: its tables are the data's, and its examples work."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from support.library_tables import PAGE, filled

from kapplan.files.documents.protocols import load_protocol
from kapplan.model.profile import Patient, Profile, Treatment
from kapplan.planning.regimen.layout import lay_out

TEXT = PAGE.read_text(encoding="utf-8")
EXAMPLES = [(found[1], found[2]) for found in re.finditer(r"```toml (\w+)\n(.*?)```", TEXT, re.DOTALL)]
HEAD = """
id = "example"
title = "Example"
version = "1"
drug = "ketamine"
off_label = true
"""
VISITS = "".join(
    f"[visits.{kind}]\nminutes = {{ prepare = 60 }}\n"
    for kind in ("screening", "preparation", "dosing", "integration", "psychotherapy", "review", "check-in", "booster")
)


def test_the_tables_are_the_data_s() -> None:
    """The page's tables are what the data make (``python tests/support/library_tables.py`` writes them anew)."""
    assert filled(TEXT) == TEXT


def test_every_example_is_tried() -> None:
    """Every TOML block of the page is one of the examples that are read here."""
    assert len(EXAMPLES) == TEXT.count("```toml")
    assert {sort for sort, _ in EXAMPLES} == {"protocol", "fragment", "extension"}


@pytest.mark.parametrize(("sort", "example"), EXAMPLES)
def test_examples_can_be_laid_out(sort: str, example: str, tmp_path: Path) -> None:
    """Each example is read as it stands, or within a protocol that has its visits, and has visits to show."""
    path = tmp_path / "example.toml"
    path.write_text(HEAD + VISITS + example if sort == "fragment" else example, encoding="utf-8")
    protocol = load_protocol(str(path))
    assert lay_out(protocol, Profile(patient=Patient(id="river"), treatment=Treatment())).visits


def test_what_the_page_says_of_its_examples_is_so(tmp_path: Path) -> None:
    """Integration follows doses 1, 2, 4 and 6, as the page says below that example."""
    example = next(text for _, text in EXAMPLES if "then_every" in text)
    path = tmp_path / "example.toml"
    path.write_text(HEAD + VISITS + example, encoding="utf-8")
    regimen = lay_out(load_protocol(str(path)), Profile(patient=Patient(id="river"), treatment=Treatment()))
    after = [rule.after for rule in regimen.timing if rule.rule == "dosing.integration.gap"]
    assert after == ["dosing-1", "dosing-2", "dosing-4", "dosing-6"]
