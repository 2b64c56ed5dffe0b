"""CSV, as RFC 4180 has it and as spreadsheets cannot misread it."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.plans import plan_in_course

from kapplan.output.records.csv_rows import csv_plan, csv_text, safe_cell
from kapplan.output.records.plain import plain_plan
from kapplan.output.records.records import Column, Records

FORMULA = ("=", "+", "-", "@", "\t", "\r")


def test_it_reads_back_as_the_plain_text_says() -> None:
    """The csv module finds a heading and the same cells as the plain format has."""
    plan = plan_in_course()
    heading, *rows = list(csv.reader(io.StringIO(csv_plan(plan), newline="")))
    assert heading[:3] == ["id", "kind", "start"]
    assert rows == [line.split("\t") for line in plain_plan(plan).splitlines()]


def test_lines_end_with_carriage_return_and_line_feed() -> None:
    """Every record, the heading too, ends as the RFC asks."""
    text = csv_plan(plan_in_course())
    assert text.endswith("\r\n")
    assert text.count("\n") == text.count("\r\n") == len(plan_in_course().visits) + 1


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1", "\n=1"])  # noqa: RUF001
def test_what_a_spreadsheet_would_calculate_becomes_text(text: str) -> None:
    """A leading apostrophe keeps a formula from being one, also behind blanks."""
    assert safe_cell(text).startswith("'")


@pytest.mark.parametrize(("value", "text"), [(-3, "-3"), (2.5, "2.5"), (True, "yes"), (None, ""), ("a-b", "a-b")])
def test_numbers_and_harmless_text_stay_as_they_are(value: str | float | bool | None, text: str) -> None:
    """Only what would be calculated is changed."""
    assert safe_cell(value) == text


@given(st.lists(st.tuples(st.text(), st.lists(st.text(), max_size=3).map(tuple)), max_size=4))
def test_any_text_survives_and_none_is_a_formula(cells: list[tuple[str, tuple[str, ...]]]) -> None:
    """Quotes, commas and line breaks read back as one cell each; no cell begins as a formula does."""
    records = Records(columns=(Column(key="a"), Column(key="b")), rows=tuple(cells))
    rows = list(csv.reader(io.StringIO(csv_text(records), newline="")))
    assert len(rows) == len(cells) + 1
    assert all(len(row) == 2 for row in rows)
    assert not [cell for row in rows for cell in row if cell.startswith(FORMULA)]
