"""Handouts on paper: two pages for a patient, three for a clinic with decisions first; nothing is loaded for them."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from support.handouts import example
from support.plans import plan_in_course

from kapplan.errors import UsageError
from kapplan.files.plans.handout_material import material_of
from kapplan.model.exports import ExportRequest
from kapplan.output.formats import export
from kapplan.output.handout.pages import handout_html
from kapplan.output.handout.pdf import pdf_of

MOST_PAGES = {"patient": 2, "clinic": 3}


@cache
def pdf(name: str, audience: Any) -> bytes:
    """Return a handout of an example as PDF, made once."""
    course, material = example(name)
    return export([course], "pdf", ExportRequest(audience=audience, material=material)).content


def pages_of(data: bytes) -> list[str]:
    """Return what each page of a PDF says, with single blanks."""
    document = pypdfium2.PdfDocument(data)
    return [" ".join(page.get_textpage().get_text_range().split()) for page in document]


@pytest.mark.parametrize("audience", MOST_PAGES)
@pytest.mark.parametrize("name", ["river", "sage", "rich", "rio"])
def test_handouts_take_few_pages(name: str, audience: Any) -> None:
    """Courses of twenty to thirty visits fit on two pages for a patient, on three for the clinic."""
    assert len(pages_of(pdf(name, audience))) <= MOST_PAGES[audience]


@pytest.mark.parametrize("name", ["river", "rio"])
def test_no_appointment_stands_alone_on_a_page(name: str) -> None:
    """Where the list of appointments goes on, at least the last two months stand on its second page."""
    listed = re.split("How to prepare|Cómo prepararse", pages_of(pdf(name, "patient"))[1])[0]
    assert len(re.findall(r"\w+ 2027", listed)) > 1


def test_a_clinic_s_sheet_is_the_clinic_s_language() -> None:
    """The patient reads Spanish, the clinic English: no instruction of the clinic's sheet is in the patient's words."""
    instructions = "after a restful sleep", "No solid food from"
    (spanish, clinic), (english, _) = (
        [" ".join(pages_of(pdf(name, audience))) for audience in MOST_PAGES] for name in ("rio", "river")
    )
    assert all(words in clinic and words in english and words not in spanish for words in instructions)
    assert "sueño reparador" in spanish
    assert not re.search("[áéíóúñ¿¡]", clinic)


def test_what_is_to_be_decided_comes_first() -> None:
    """The clinic's first page tells safety, then decisions, then the dates; what explains them comes last."""
    course = plan_in_course()
    made = export([course], "pdf", ExportRequest(audience="clinic", material=material_of(course))).content
    said = " ".join(pages_of(made))
    heads = ["Safety", "To decide", "The course", "Tasks", "Sources"]
    places = [said.index(head) for head in heads]
    assert places == sorted(places)
    assert "To decide" in pages_of(made)[0]


def test_a_patient_s_pages_tell_every_time() -> None:
    """On paper each long appointment is a row, with from when on nothing is eaten and who takes the patient home."""
    said = " ".join(pages_of(pdf("sage", "patient")))
    for words in ("No food from … on.", "6:00 am", "7:30 am", "somebody takes you home", "Aspen House", "988"):
        assert words in said


@pytest.mark.parametrize(("country", "size"), [("US", "letter"), ("MX", "letter"), ("GB", "A4"), (None, "A4")])
@pytest.mark.parametrize("audience", MOST_PAGES)
def test_the_paper_is_the_country_s(country: str | None, size: str, audience: Any) -> None:
    """Letter where people print on it, A4 elsewhere, for patient and clinic alike."""
    course, material = example("river")
    there = replace(material, catalogue=replace(material.catalogue, country=country))
    assert f"@page {{ size: {size};" in handout_html(course, there, audience=audience)


def test_the_paper_is_that_of_the_page() -> None:
    """A PDF has the size that its page asks for."""
    for size, points in (("letter", (612, 792)), ("A4", (595, 842))):
        made = pdf_of(f"<style>@page {{ size: {size} }}</style><p>x")
        assert tuple(round(side) for side in pypdfium2.PdfDocument(made)[0].get_size()) == points


def test_the_same_plan_gives_the_same_bytes() -> None:
    """Nothing of the clock or of chance is in the file."""
    course, material = example("river")
    assert export([course], "pdf", ExportRequest(material=material)).content == pdf("river", "patient")


def test_a_page_on_paper_loads_nothing(tmp_path: Path) -> None:
    """Neither files nor addresses that a clinic's own template names are read."""
    (tmp_path / "secret.txt").write_text("top secret", encoding="utf-8")
    html = f'<p>x<img src="{(tmp_path / "secret.txt").as_uri()}"><img src="http://127.0.0.1:9/x.png">'
    assert len(pages_of(pdf_of(html))) == 1


def test_without_weasyprint_html_is_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the extra is not installed, the message says how to get it and what works without."""
    course, material = example("river")
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    with pytest.raises(UsageError) as raised:
        export([replace(course)], "pdf", ExportRequest(material=material))
    assert "weasyprint" in raised.value.message
    assert "--format html" in str(raised.value.hint)
