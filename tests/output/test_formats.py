"""The table of formats: every row is whole, and a new format is one module and one row of it."""

from __future__ import annotations

import json
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
import contextlib, importlib, io, json, sys
import kapplan.output.formats as formats
sys.modules["kapplan.output.tally"] = importlib.import_module("tally")
formats.FORMATS["tally"] = formats.Format(name="tally", export="tally", ending="tally.txt", media_type="text/plain")
from kapplan.cli.boundary import run
ran = []
for words in json.loads(sys.argv[1]):
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run(words)
    ran.append([code, *(stream.buffer.getvalue().decode() for stream in (out, err))])
print(json.dumps(ran))
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


def with_the_row(tmp_path: Path, *commands: tuple[str, ...]) -> list[tuple[int, str, str]]:
    """Run commands, one after the other, in a program that has one more format: a module and a row.

    Return the exit code of each, what it printed and what it said.
    """
    (tmp_path / "tally.py").write_text(TALLY, encoding="utf-8")
    env = {**os.environ, "PYTHONPATH": str(tmp_path), "KAPPLAN_TODAY": "2026-12-28", "COLUMNS": "160"}
    words = [sys.executable, "-c", WITH_THE_ROW, json.dumps(commands)]
    ran = subprocess.run(words, capture_output=True, text=True, env=env, check=True)
    return [(code, printed, said) for code, printed, said in json.loads(ran.stdout)]


def test_a_new_format_is_one_module_and_one_row(tmp_path: Path) -> None:
    """The command line knows a format by its row: to print, to name files in a folder, in help and in errors."""
    river = str(Path(__file__).parents[2] / "examples" / "river.toml")
    saved = [str(tmp_path / name) for name in ("a.plan.toml", "b.plan.toml")]
    tally = ("--format", "tally")
    *made, printed, straight, several, told, refused = with_the_row(
        tmp_path,
        *(("plan", river, "-o", path) for path in saved),
        ("export", saved[0], *tally, "--for", "clinic"),
        ("plan", river, *tally),
        ("export", *saved, *tally, "-o", str(tmp_path / "out")),
        ("export", "--help"),
        ("export", *saved, *tally),
    )
    assert [code for code, *_ in made] == [0, 0]
    assert printed[:2] == (0, "24 visits for the clinic\n")
    assert straight[:2] == (0, "24 visits for the patient\n")
    assert several[0] == 0, several
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a.tally.txt", "b.tally.txt"]
    assert "tally" in told[1]
    assert "tally takes one plan at a time" in refused[2]
