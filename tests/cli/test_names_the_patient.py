"""What a command prints of a plan for programs names the patient by id, so that no plan is taken for another."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.command_line import CommandLine, with_examples

WORDS = (
    ("show",), ("why",), ("why", "dosing-1"), ("why", "dosing-1", "--on", "2027-01-18"), ("why", "--rules"),
    ("why", "--screening"), ("log",), ("report",), ("review",), ("move", "dosing-2"), ("done", "next", "-n"),
    ("away", "2027-02-10..2027-02-11", "-n"), ("score", "phq9=12", "-n"), ("hold", "-n"), ("refresh", "-n"),
)  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the plan of an example."""
    made = CommandLine(with_examples(tmp_path_factory.mktemp("named")), pytest.MonkeyPatch())
    assert made("plan", "river.toml", "-o", "river.plan.toml", "--today", "2026-12-28").code == 0
    return made.folder


@pytest.mark.parametrize("words", WORDS, ids=" ".join)
def test_every_document_names_the_patient(folder: Path, words: tuple[str, ...]) -> None:
    """Whatever a command prints of a plan as JSON has the patient's id among its keys."""
    line = CommandLine(folder, pytest.MonkeyPatch())
    ran = line(words[0], "river", *words[1:], "--format", "json", "--today", "2027-01-05")
    assert ran.code == 0, ran.err
    assert json.loads(ran.text)["patient"] == "river-0412"
