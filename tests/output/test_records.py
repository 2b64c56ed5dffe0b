"""Lists of records, in every format through one function."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date, datetime, timezone

import pytest
from support.screens import WIDTHS, screen, widest, words_of

from kapplan.output.formats import record_formats, render
from kapplan.output.records.json_records import records_data
from kapplan.output.records.records import Cell, Column, Records
from kapplan.output.terminal.records_table import fitted

COLUMNS = (
    Column(key="id", title="Id", style="bold"),
    Column(key="title"),
    Column(key="start"),
    Column(key="days", right=True),
    Column(key="kinds"),
    Column(key="secret", brief=False),
    Column(key="good"),
)
ROWS: tuple[tuple[Cell, ...], ...] = (
    ("one", "A title that is long enough to be wrapped somewhere", date(2027, 1, 4), 3, ("a", "b"), "x", True),
    ("two", "Short", datetime(2027, 1, 14, 9, 0, tzinfo=timezone.utc), None, (), None, False),  # noqa: UP017
)
RECORDS = Records(columns=COLUMNS, rows=ROWS, schema="kapplan.test/1", name="tests", after=("The end.",))


@pytest.mark.parametrize("form", [form for form in record_formats() if form != "table"])
def test_every_format_tells_every_record(form: str) -> None:
    """Each text format holds the ids of all rows."""
    text = render(RECORDS, form)
    assert isinstance(text, str)
    assert "one" in text
    assert "two" in text


@pytest.mark.parametrize("width", [25, *WIDTHS])
def test_the_table_cuts_nothing(width: int) -> None:
    """In columns or, where it is narrow, as paragraphs: every brief cell is there and no line too long."""
    text = screen(render(RECORDS, "table"), width)
    flat = words_of(text)
    assert widest(text) <= width
    for part in ("one", "two", "Short", "Mon 4 Jan 2027", "Thu 14 Jan 2027 09:00", "a, b", "The end."):
        assert part in flat
    assert all(word in flat for word in str(ROWS[0][1]).split())


def test_json_keeps_types_and_order() -> None:
    """Schema and safety come first; days are ISO text, lists lists, nothing null."""
    document = json.loads(str(render(RECORDS, "json")))
    assert list(document) == ["schema", "safety", "tests"]
    assert document == records_data(RECORDS)
    assert document["tests"][0] == {
        "id": "one", "title": ROWS[0][1], "start": "2027-01-04", "days": 3, "kinds": ["a", "b"], "secret": "x",
        "good": True,
    }  # fmt: skip
    assert document["tests"][1]["days"] is None


def test_safety_is_told_first_in_the_table() -> None:
    """A list that carries a safety notice begins with it."""
    records = Records(columns=COLUMNS, rows=ROWS, safety=("Ask today.",), title="Title")
    assert "Ask today." in screen(render(records, "table")).splitlines()[0]
    assert str(render(records, "md")).startswith("**Safety: Ask today.**")


def test_machines_get_the_columns_that_people_do_not() -> None:
    """A column that is not brief is in plain text and CSV, not in the table."""
    assert "\tx\t" in str(render(RECORDS, "plain"))
    assert "secret" in str(render(RECORDS, "csv"))
    assert "Secret" not in screen(render(RECORDS, "table"), 200)


def test_a_row_that_does_not_fit_its_columns_is_refused() -> None:
    """A mistake in a view is found where it is made."""
    with pytest.raises(ValueError, match="1 cells under 7 columns"):
        Records(columns=COLUMNS, rows=(("only",),))


def test_no_rows_is_no_error() -> None:
    """An empty list shows its title and its closing line."""
    records = Records(columns=COLUMNS, rows=(), title="Nothing", after=("Done.",))
    assert words_of(screen(render(records, "table"))) == "Nothing Done."


def test_columns_give_way_widest_first_and_never_break_a_word() -> None:
    """Widths fill the line where they must shrink, and stay above what a word needs."""
    assert fitted([30, 10, 5], [8, 6, 5], 40) == [21, 10, 5]
    assert fitted([10, 10], [4, 4], 40) == [10, 10]
    assert fitted([30, 30], [20, 20], 40) is None


def test_text_formats_do_not_load_rich() -> None:
    """Plain text, JSON, CSV and Markdown come without the weight of the terminal library."""
    code = (
        "import sys, kapplan.output.records.plain, kapplan.output.documents.plan_json;"
        "import kapplan.output.records.csv_rows, kapplan.output.records.markdown;"
        "sys.exit('rich' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
