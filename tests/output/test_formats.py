"""The table of formats: every row is whole, and a new format is one module and one row of it."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from support.plans import plan_in_course

from kapplan.files.library.rules import built_in_measures
from kapplan.files.library.templates import handout_templates
from kapplan.model.exports import ExportRequest, HandoutMaterial
from kapplan.output.formats import FORMATS, Format, export, export_formats

TALLY = '''
"""How many visits a plan has, as a line."""


def export(plan, asked):
    return f"{len(plan.visits)} visits for the {asked.audience}\\n"
'''

WITH_THE_ROW = """
import importlib, sys
import kapplan.output.formats as formats
sys.modules["kapplan.output.tally"] = importlib.import_module("tally")
formats.FORMATS["tally"] = formats.Format(name="tally", export="tally", ending="tally.txt", media_type="text/plain")
from kapplan.cli.boundary import run
raise SystemExit(run(sys.argv[1:]))
"""


@pytest.mark.parametrize("row", FORMATS.values(), ids=FORMATS)
def test_every_row_leads_to_its_maker(row: Format) -> None:
    """A row names modules and functions that are there, and an ending and a media type where it makes files."""
    assert row.export or row.records
    if row.export:
        assert callable(import_module(f"kapplan.output.{row.export}").export)
        assert row.ending
        assert row.media_type.count("/") == 1
    if row.records:
        module, function = row.records.split(":")
        assert callable(getattr(import_module(f"kapplan.output.{module}"), function))


def text_of_pdf(data: bytes) -> str:
    """Return what the pages of a PDF say."""
    import pypdfium2

    document = pypdfium2.PdfDocument(data)
    return "\n".join(page.get_textpage().get_text_range() for page in document)


def test_no_two_formats_write_files_of_one_name() -> None:
    """A folder can hold the exports of one plan in every format."""
    endings = [FORMATS[name].ending for name in export_formats()]
    assert len(endings) == len(set(endings))


@pytest.mark.parametrize("name", export_formats())
def test_what_must_not_reach_a_patient_is_the_clinics(name: str) -> None:
    """A format that a patient may read tells, unless all is asked for, neither scores nor the kind of a visit.

    Nor does one without details, which is the clinic's for the people it names.
    """
    material = HandoutMaterial(measures=built_in_measures(), templates=handout_templates())
    made = export([plan_in_course()], name, ExportRequest(material=material)).content
    text = (text_of_pdf(made) if name == "pdf" else made.decode()).lower()
    assert ("dosing" in text) == (FORMATS[name].readers == ("clinic",) and FORMATS[name].details)


def test_a_format_for_one_plan_takes_one() -> None:
    """Several plans in a format that holds one are the caller's mistake; a calendar holds several."""
    plans = [plan_in_course(), plan_in_course()]
    with pytest.raises(ValueError, match="one plan at a time"):
        export(plans, "json")


def test_material_that_a_format_needs_must_be_given() -> None:
    """A handout without its material is the caller's mistake, and says so."""
    with pytest.raises(ValueError, match="material"):
        export([plan_in_course()], "html")


def command(tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the program with one more format: a module and a row."""
    (tmp_path / "tally.py").write_text(TALLY, encoding="utf-8")
    env = {**os.environ, "PYTHONPATH": str(tmp_path), "KAPPLAN_TODAY": "2026-12-28", "COLUMNS": "160"}
    return subprocess.run(
        [sys.executable, "-c", WITH_THE_ROW, *arguments], capture_output=True, text=True, env=env, check=False
    )


def test_a_new_format_is_one_module_and_one_row(tmp_path: Path) -> None:
    """The command line knows a format by its row: to print, to name files in a folder, in help and in errors."""
    river = Path(__file__).parents[2] / "examples" / "river.toml"
    saved = [tmp_path / "a.plan.toml", tmp_path / "b.plan.toml"]
    for path in saved:
        assert command(tmp_path, "plan", str(river), "-o", str(path)).returncode == 0
    printed = command(tmp_path, "export", str(saved[0]), "--format", "tally", "--for", "clinic")
    assert (printed.returncode, printed.stdout) == (0, "24 visits for the clinic\n")
    straight = command(tmp_path, "plan", str(river), "--format", "tally")
    assert (straight.returncode, straight.stdout) == (0, "24 visits for the patient\n")
    several = command(tmp_path, "export", *map(str, saved), "--format", "tally", "-o", str(tmp_path / "out"))
    assert several.returncode == 0, several.stderr
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a.tally.txt", "b.tally.txt"]
    assert "tally" in command(tmp_path, "export", "--help").stdout
    assert "tally takes one plan at a time" in command(tmp_path, "export", *map(str, saved), "--format", "tally").stderr
