"""Markdown that stays a table whatever stands in it."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st
from support.plans import SAFETY, plan_in_course, sample_plan

from kapplan.output.records.markdown import escaped, markdown_plan, markdown_text
from kapplan.output.records.records import Column, Records
from kapplan.planning.phrases.words import day_words

BAR = re.compile(r"(?<!\\)(?:\\\\)*\|")


def test_every_visit_has_its_row() -> None:
    """Id and date of each visit stand in a row of the table."""
    plan = sample_plan()
    rows = [line for line in markdown_plan(plan).splitlines() if line.startswith("| ")]
    assert len(rows) == len(plan.visits) + 2
    for visit, row in zip(plan.visits, rows[2:], strict=True):
        assert visit.id in row
        assert day_words(visit.start.date()) in row


def test_safety_comes_first_and_off_label_is_said() -> None:
    """The notice is the first line; the label status, findings and summary are there."""
    text = markdown_plan(plan_in_course())
    assert text.startswith(f"**Safety: {SAFETY.text}**")
    assert "**OFF-LABEL.**" in text
    assert "Breastfeeding is left out of the profile." in text
    assert "days off target in all" in text


@given(st.lists(st.tuples(st.text(), st.text()), min_size=1, max_size=4))
def test_no_cell_breaks_out_of_the_table(cells: list[tuple[str, str]]) -> None:
    """Each row has as many bars as the heading, whatever the cells hold."""
    records = Records(columns=(Column(key="a"), Column(key="b")), rows=tuple(cells))
    lines = markdown_text(records).rstrip("\n").split("\n")
    assert len(lines) == len(cells) + 2
    assert {len(BAR.findall(line)) for line in lines} == {3}


def test_signs_with_a_meaning_are_shown_as_they_are() -> None:
    """Emphasis, links, tags and entities in a text stay text."""
    assert escaped("a|b *c* [d](e) <i> &lt; R&D") == r"a\|b \*c\* \[d\](e) \<i\> \&lt; R&D"
