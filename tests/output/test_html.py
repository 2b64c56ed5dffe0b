"""Handouts as pages: valid, self-contained, escaped, and made by templates that cannot do harm."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any

import html5lib
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.handouts import page, said_by, tags_of
from support.plans import long_plan, plan_in_course

from kapplan.errors import FileProblem, InvalidFileError, UsageError
from kapplan.files.library.rules import built_in_measures
from kapplan.files.library.templates import handout_templates, shipped_templates
from kapplan.files.plans.handout_material import material_of
from kapplan.model.exports import HandoutMaterial, Template
from kapplan.model.plan import ClinicCard, Plan, Score
from kapplan.output.handout.pages import handout_html, rendered

PAGES = [
    (name, audience, detail)
    for name in ("river", "sage", "rich")
    for audience in ("patient", "clinic")
    for detail in ("neutral", "full")
]
pages = pytest.mark.parametrize(("name", "audience", "detail"), PAGES)
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{ 7*7 }}{% raw %}&amp;\u202e"


def bare(plan: Plan) -> HandoutMaterial:
    """Return the material of a plan without a snapshot."""
    return material_of(plan)


def strict(html: str) -> None:
    """Parse a page as browsers do; any mistake in it is an error."""
    html5lib.HTMLParser(strict=True).parse(html)


@pages
def test_pages_are_valid(name: str, audience: Any, detail: Any) -> None:
    """A strict parser finds no mistake."""
    strict(page(name, audience=audience, detail=detail))


@pages
def test_pages_need_nothing_else(name: str, audience: Any, detail: Any) -> None:
    """No script, no image, no frame, no style from elsewhere, nothing that loads; a policy in the page forbids it."""
    html = page(name, audience=audience, detail=detail)
    assert not {"script", "img", "iframe", "link", "object", "embed", "form"} & set(tags_of(html))
    assert not re.search(r"@import|url\(|\bon\w+=", html)
    assert "default-src 'none'" in html


@pages
def test_pages_can_be_read_aloud(name: str, audience: Any, detail: Any) -> None:
    """One language, one main heading, one main part, levels of headings without a gap, every table with headings."""
    html = page(name, audience=audience, detail=detail)
    tags = tags_of(html)
    assert '<html lang="en">' in html
    assert (tags.count("h1"), tags.count("main")) == (1, 1)
    levels = [int(tag[1]) for tag in tags if re.fullmatch(r"h[1-6]", tag)]
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert tags.count("thead") == tags.count("table")
    assert html.count('role="img" aria-labelledby=') == tags.count("desc") == tags.count("title") - 1


@pages
def test_ids_are_unique_and_references_lead_somewhere(name: str, audience: Any, detail: Any) -> None:
    """Labels and links within a page find what they name."""
    html = page(name, audience=audience, detail=detail)
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    named = [one for group in re.findall(r'aria-labelledby="([^"]+)"', html) for one in group.split()]
    assert {*named, *re.findall(r'href="#([^"]+)"', html)} <= set(ids)


def test_the_same_plan_gives_the_same_page() -> None:
    """Bytes depend on the plan and the options alone."""
    assert page("river") == page("river")


def test_a_patient_is_told_the_times() -> None:
    """Food, drink, spray, driving and whom to call stand on the page in plain words."""
    said = said_by(page("sage")).replace("\N{NO-BREAK SPACE}", " ")
    for words in (
        "No food from 6:00 am on.",
        "No drink from 7:30 am on.",
        "No nasal steroid or decongestant from 7:00 am on.",
        "Somebody must take you home.",
        "8:00 am to 10:40 am",
        "In a crisis, at any hour 988",
        "+1 303 555 0117",
    ):
        assert words in said


def test_a_course_of_years_and_an_empty_one_make_pages() -> None:
    """Neither many visits nor none breaks a page."""
    for plan in (long_plan(), plan_in_course(), replace(plan_in_course(), visits=(), tasks=(), clinic=ClinicCard())):
        for audience in ("patient", "clinic"):
            strict(handout_html(plan, bare(plan), audience=audience, detail="full"))


def hostile_plan(text: str) -> Plan:
    """Return a plan with a text everywhere a person's words can stand."""
    course = plan_in_course()
    card = ClinicCard(name=text, title=text, address=text, phone=text, url=text, crisis_line=text)
    visits = tuple(
        replace(
            visit,
            title=text,
            room=text,
            staff=(text,),
            note=text,
            because=tuple(replace(reason, text=text, source=text) for reason in visit.because),
        )
        for visit in course.visits
    )
    return replace(
        course,
        name=text,
        patient=text,
        clinic=card,
        visits=visits,
        notices=(text,),
        tasks=tuple(replace(task, text=text, source=text) for task in course.tasks),
        findings=tuple(replace(finding, text=text, source=text, change=text) for finding in course.findings),
        tailoring=tuple(replace(rule, text=text, source=text) for rule in course.tailoring),
        scores=(*course.scores, Score(on=course.scores[0].on, measure="phq9", value=text)),
        protocol=replace(course.protocol, title=text, version=text, drug=text),
    )


@pytest.mark.parametrize("audience", ["patient", "clinic"])
def test_hostile_texts_stay_texts(audience: Any) -> None:
    """Tags, quotes and template code in a person's words are shown as they are and do nothing."""
    plan, harmless = hostile_plan(HOSTILE), hostile_plan("harmless")
    html = handout_html(plan, bare(plan), audience=audience, detail="full")
    strict(html)
    assert tags_of(html) == tags_of(handout_html(harmless, bare(harmless), audience=audience, detail="full"))
    assert "&lt;script&gt;" in html
    assert "{{ 7*7 }}" in html
    assert "\u202e" not in html


@settings(max_examples=40)
@given(st.text())
def test_any_text_makes_a_valid_page(text: str) -> None:
    """No text of a plan can break a page."""
    plan = replace(plan_in_course(months=0), name=text, notices=(text,), visits=())
    for audience in ("patient", "clinic"):
        material = HandoutMaterial(measures=built_in_measures(), templates=handout_templates())
        strict(handout_html(plan, material, audience=audience, detail="full"))


# Templates


def own(**texts: str) -> Mapping[str, Template]:
    """Return templates of a clinic's own over the package's."""
    named = {f"{name}.html.j2": text for name, text in texts.items()}
    return {**handout_templates(), **{name: Template(name, text) for name, text in named.items()}}


def problem_of(text: str) -> FileProblem:
    """Return the problem of a template for the patient."""
    with pytest.raises(InvalidFileError) as raised:
        page("river", templates=own(patient=text))
    (problem,) = raised.value.problems
    return problem


@pytest.mark.parametrize(("text", "line", "said"), [
    ("<p>\n{{ sheet.visit }}", 2, "has no attribute 'visit'"),
    ("{{ sheets }}", 1, "'sheets' is undefined"),
    ("\n\n{% if %}", 3, "Expected an expression"),
    ("{% for a in sheet.appointments %}\n{{ a.told.title }}\n{% endfor %}", 2, "has no attribute 'title'"),
    ("{{ sheet.appointments[10000].start }}", 1, "has no element 10000"),
    ("a\n{{ 1 // 0 }}", 2, "ZeroDivisionError"),
    ("{% include 'nothing.j2' %}", 1, "there is no template nothing.j2"),
    ("\n{{ sheet.__class__.__mro__ }}", 2, "the template reaches for what it may not use"),
    ("{{ sheet.appointments | nosuchfilter }}", 1, "No filter named 'nosuchfilter'"),
    ("{% macro f() %}\n{{ f() }}{% endmacro %}{{ f() }}", 2, "calls itself without end"),
])  # fmt: skip
def test_mistakes_in_templates_are_told_with_their_line(text: str, line: int, said: str) -> None:
    """A wrong template is a problem at its file and line, with the line quoted; never a traceback."""
    problem = problem_of(text)
    assert (problem.file, problem.line) == ("patient.html.j2", line)
    assert said in problem.message
    assert problem.excerpt == text.splitlines()[line - 1]


@pytest.mark.parametrize("text", [
    "{{ ''.__class__ }}", "{{ sheet.appointments.__init__.__globals__ }}", "{{ cycler.__init__.__globals__.os }}",
    "{{ sheet._name }}", "{{ (sheet.appointments | list).append(1) }}", "{{ '{0.__class__}'.format(sheet) }}",
])  # fmt: skip
def test_templates_cannot_reach_into_the_program(text: str) -> None:
    """What leads out of the sheet is refused."""
    assert "kapplan" not in problem_of(text).message


def test_a_clinic_can_replace_the_words_and_the_language() -> None:
    """A file of words in another language changes days and clocks; a page block changes the language told."""
    words = shipped_templates()["words.html.j2"].text
    words = words.replace("dates.twelve_hours", "false").replace(
        "{{ dates.day(day) }}", "{{ day.day }}. {{ day.month }}."
    )
    patient = '{% extends "kapplan/patient.html.j2" %}{% block language %}de{% endblock %}'
    html = page("river", templates=own(words=words, patient=patient))
    strict(html)
    assert '<html lang="de">' in html
    assert "25. 1." in html
    assert " am<" not in said_by(html)
    assert "02:00" in html


def test_a_whole_page_can_be_the_clinic_s_own() -> None:
    """A template that stands alone needs nothing of the package's."""
    text = "<p>{% for one in sheet.appointments[:1] %}{{ one.start.isoformat() }}{% endfor %}</p>"
    assert page("river", templates=own(patient=text)) == "<p>2026-12-31T08:00:00-07:00</p>\n"


def test_nothing_is_printed_for_nothing() -> None:
    """An empty value leaves no word such as None."""
    assert rendered("a", {"x": None, "y": 0}, {"a": Template("a", "[{{ x }}{{ y }}{{ ', ' }}]")}) == "[0, ]\n"


def test_a_folder_of_templates_is_looked_at_closely(tmp_path: Any) -> None:
    """A folder that is not there, one without a template that counts and bytes that are no text are told."""
    with pytest.raises(UsageError, match="no folder of templates"):
        handout_templates(tmp_path / "nothing")
    (tmp_path / "patients.html.j2").write_text("x")
    with pytest.raises(UsageError, match="none of the templates") as raised:
        handout_templates(tmp_path)
    assert "patient.html.j2" in (raised.value.hint or "")
    (tmp_path / "patient.html.j2").write_bytes(b"a\n\xff")
    with pytest.raises(InvalidFileError) as invalid:
        handout_templates(tmp_path)
    assert [problem.line for problem in invalid.value.problems] == [2]
