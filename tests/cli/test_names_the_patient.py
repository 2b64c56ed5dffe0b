"""What is shown of a patient names that patient by id, so that no course is taken for another; what leaves does not."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from support.command_line import CommandLine, with_examples

PATIENT = "river-0412"
OF_A_PLAN = (
    ("show",), ("why",), ("why", "dosing-1"), ("why", "dosing-1", "--on", "2027-01-18"), ("why", "--rules"),
    ("why", "--screening"), ("log",), ("report",), ("review",), ("move", "dosing-2"), ("today",),
    ("today", "--full"), ("done", "next", "-n"), ("away", "2027-02-10..2027-02-11", "-n"), ("score", "phq9=12", "-n"),
    ("hold", "-n"), ("refresh", "-n"),
)  # fmt: skip
TYPED = (
    *((first, "river", *rest) for first, *rest in OF_A_PLAN),
    ("diff", "river@1", "river"), ("plan", "river.toml"), ("suggest", "river.toml"), ("starts", "river.toml"),
)  # fmt: skip
VIEWS = ("table", "month", "timeline", "agenda")
REFUSED = (
    ("move", "dosing-2", "2027-01-18"), ("move", "screening-1", "2027-02-01"), ("add", "dosing", "2027-01-26"),
    ("away", "2027-01-20..2027-03-20"),
)  # fmt: skip
NEUTRAL = (
    ("--format", "ics"), ("--format", "ics", "--detail", "full"), ("--format", "freebusy"), ("--de-identified",),
)  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the plan of an example."""
    made = CommandLine(with_examples(tmp_path_factory.mktemp("named")), pytest.MonkeyPatch())
    assert made("plan", "river.toml", "-o", "river.plan.toml", "--today", "2026-12-28").code == 0
    return made.folder


def typed(folder: Path, *words: str, form: str) -> str:
    """Return what a command prints in a format."""
    ran = CommandLine(folder, pytest.MonkeyPatch())(*words, "--format", form, "--today", "2027-01-05T12:00")
    assert ran.code == 0, ran.err
    return ran.text


@pytest.mark.parametrize("words", TYPED, ids=" ".join)
def test_every_format_names_the_patient(folder: Path, words: tuple[str, ...]) -> None:
    """A heading on a terminal and in Markdown, a key in JSON, a column of every line in CSV and plain text."""
    for form in ("table", "md"):
        top = typed(folder, *words, form=form).splitlines()[: 8 if words[0] == "today" else 3]
        assert any(PATIENT in line for line in top), form
    plain = typed(folder, *words, form="plain").splitlines()
    assert all(PATIENT in line.split("\t") for line in plain)
    rows = list(csv.DictReader(io.StringIO(typed(folder, *words, form="csv"), newline="")))
    assert len(rows) == len(plain)
    assert all(row["patient"] == PATIENT for row in rows)
    document = json.loads(typed(folder, *words, form="json"))
    listed = document["items"] if words[0] == "today" else [document]
    assert all(each["patient"] == PATIENT for each in listed)


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_names_the_patient(folder: Path, view: str) -> None:
    """Whose course it is heads each way to look at it."""
    assert typed(folder, "show", "river", "--view", view, form="table").startswith(PATIENT)


@pytest.mark.parametrize("words", REFUSED, ids=" ".join)
def test_a_refusal_names_the_patient(folder: Path, words: tuple[str, ...]) -> None:
    """What cannot be says first of whose course it is said."""
    line = CommandLine(folder, pytest.MonkeyPatch())
    ran = line(words[0], "river", *words[1:], "-n", "--today", "2027-01-05T12:00")
    assert ran.code == 5
    assert any(line.startswith((f"{PATIENT}: ", f"kapplan: {PATIENT}: ")) for line in ran.err.splitlines()), ran.err


@pytest.mark.parametrize("words", NEUTRAL, ids=" ".join)
def test_what_leaves_the_clinic_does_not(folder: Path, words: tuple[str, ...]) -> None:
    """Calendars and what is for research name no patient."""
    line = CommandLine(folder, pytest.MonkeyPatch())
    ran = line("export", "river", *words, "--today", "2027-01-05T12:00")
    assert ran.code == 0, ran.err
    assert ran.text
    assert "river" not in ran.text.replace("\r\n ", "").lower()
