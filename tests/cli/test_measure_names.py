"""Measures have names that can be read aloud wherever people read; programs get their keys."""

from __future__ import annotations

import re

import pytest
from support.command_line import CommandLine
from support.library_data import measures

import kapplan
from kapplan.model.exports import Detail
from kapplan.output.formats import FORMATS, export_formats

TODAY = ["--today", "2026-12-28"]
KEYS = [key for key, scale in measures().measures.items() if scale.name != key]
BARE = re.compile(rf"(?<![\w(\[.=-])({'|'.join(map(re.escape, KEYS))})(?![\w)\]=-])")
"""A key that stands as a word, not in brackets beside its name, in an assignment or in the id of a rule or task."""

VIEWS = [
    ("plan", "river.toml", "--format", "table"),
    ("plan", "river.toml", "--format", "md"),
    ("show", "river"),
    ("show", "river", "--view", "agenda"),
    ("show", "river", "--view", "timeline"),
    ("show", "river", "--view", "month"),
    ("show", "river", "--format", "md"),
    ("why", "river"),
    ("why", "river", "--rules"),
    ("why", "river", "--format", "md"),
    ("today", "river", "--week", "--today", "2027-01-25"),
    ("today", "river", "--week", "--format", "md", "--today", "2027-01-25"),
    ("report", "river"),
    ("review", "river"),
    ("log", "river"),
    ("diff", "river", "river@1"),
    ("done", "river", "dosing-1", "--dry-run", "phq9=14", "bp=138/88"),
    ("score", "river", "--withdraw", "phq9", "--on", "2026-12-28", "--dry-run"),
    ("protocols", "kap-standard"),
    ("protocols", "sustain-3"),
    ("protocols", "kap-standard", "--format", "md"),
    ("suggest", "river.toml"),
    ("board",),
    ("export", "river", "--format", "md"),
    ("export", "river", "--format", "ics", "--for", "clinic", "--detail", "full"),
    ("export", "river", "--format", "html", "--for", "clinic"),
    ("export", "river", "--format", "html", "--for", "patient", "--detail", "full"),
]


@pytest.fixture
def scored(kapplan_in: CommandLine) -> CommandLine:
    """Return a folder with a plan of which scores are recorded."""
    assert kapplan_in("plan", "river.toml", "-o", "river.plan.toml", *TODAY).code == 0
    assert kapplan_in("score", "river", "phq9=18", "bp=150/95", "luts=yes", *TODAY).code == 0
    return kapplan_in


def test_no_view_for_people_shows_a_bare_key(scored: CommandLine) -> None:
    """Whatever people read, on a terminal, in Markdown, in handouts or in a calendar, names measures as they do."""
    told = []
    for view in VIEWS:
        day = [] if "--today" in view else TODAY
        ran = scored(*view, *day, terminal=True, env={"COLUMNS": "160", "NO_COLOR": "1"})
        assert ran.code == 0, (view, ran.err)
        text = re.sub(r"<[^>]*>|\r?\n ", "", ran.text)
        told += [(view, line) for line in (text + ran.err).splitlines() if BARE.search(line)]
    assert told == []


@pytest.mark.parametrize("form", ["plain", "csv", "json"])
def test_programs_get_the_keys(scored: CommandLine, form: str) -> None:
    """What programs read keeps the keys under which measures are recorded."""
    text = scored("show", "river", "--format", form, *TODAY).text
    assert re.search(r"phq9[;\"]", text)
    assert "PHQ-9;" not in text


def test_why_shows_names_beside_keys(scored: CommandLine) -> None:
    """Whoever asks about a visit reads what is measured, and under which key each score is recorded."""
    shown = " ".join(scored("why", "river", "dosing-1", "--format", "table", *TODAY).text.split())
    assert "PHQ-9 [phq9]" in shown
    assert "Urinary symptoms [luts]" in shown


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("phq9=40", 'phq9: PHQ-9 is a whole number from 0 through 27, not "40"'),
        ("gad7=-1", 'gad7: GAD-7 is a whole number from 0 through 21, not "-1"'),
        ("luts=maybe", 'luts: Urinary symptoms is one of no, yes, not "maybe"'),
        ("bp=120", 'bp: Blood pressure is written as 128/82, not "120"'),
        ("cgi_s=0", 'cgi_s: CGI-S (severity of illness, 1 to 7) is a whole number from 1 through 7, not "0"'),
        ("spo2=101", 'spo2: Oxygen saturation (SpO2) is a whole number from 0 through 100, not "101"'),
    ],
)
def test_a_value_outside_the_range_is_refused_with_the_range(scored: CommandLine, typed: str, told: str) -> None:
    """No score is taken that its measure cannot have; the message says which it can."""
    ran = scored("score", "river", typed, *TODAY)
    assert ran.code == 2
    assert told in ran.err


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("phq9=14", "PHQ-9 14, moderate"),
        ("madrs=35", "MADRS 35, severe"),
        ("cssrs=method", "Columbia screener (C-SSRS) method, moderate"),
        ("cgi_s=4", "CGI-S (severity of illness, 1 to 7) 4"),
        ("bp=138/88", "Blood pressure 138/88 mmHg"),
    ],
)
def test_what_was_recorded_is_told_with_its_band(scored: CommandLine, typed: str, told: str) -> None:
    """A record is read back by its name, with the band that its value falls in."""
    assert f"Recorded: {told}." in scored("score", "river", typed, *TODAY).err


MADE_OF_MORE = [
    name
    for name in export_formats()
    if FORMATS[name].needs != "plan" and not FORMATS[name].mails and not FORMATS[name].whole
]


@pytest.mark.parametrize("form", MADE_OF_MORE)
def test_programs_that_give_nothing_but_the_plan_get_names_too(scored: CommandLine, form: str) -> None:
    """An export by Python says what that of the command line says, in every format that is made of more than a plan."""
    detail: Detail = "full" if "patient" in FORMATS[form].readers else "neutral"
    options = ["--for", "clinic", *(["--detail", "full"] if detail == "full" else []), *TODAY]
    told = scored("export", "river", "--format", form, *options).text
    plan = kapplan.read_plan(scored.folder / "river.plan.toml")
    asked = kapplan.ExportRequest(audience="clinic", detail=detail)
    assert kapplan.export([plan], form, asked, scored.folder).content.decode() == told
    assert "PHQ-9" in told
