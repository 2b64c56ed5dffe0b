"""CSV as RFC 4180 has it: a heading line, CRLF, quotes where they are needed.

A spreadsheet takes a cell that begins with ``=``, ``+``, ``-``, ``@`` or a tab for a formula: such a text is led by an
apostrophe. Numbers stay numbers.
"""

from __future__ import annotations

import csv
import io

from kapplan.model.plan import Plan
from kapplan.output.plan_records import plan_records
from kapplan.output.records import Cell, Records, machine_text

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")  # noqa: RUF001


def csv_plan(plan: Plan) -> str:
    """Return a plan's visits, a line each, with the columns of the plain format."""
    return csv_text(plan_records(plan))


def csv_text(records: Records) -> str:
    """Return records with a heading line of their columns' keys."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(column.key for column in records.columns)
    writer.writerows([safe_cell(cell) for cell in row] for row in records.rows)
    return out.getvalue()


def safe_cell(cell: Cell) -> str:
    """Return a cell as text that no spreadsheet takes for a formula."""
    text = machine_text(cell)
    is_number = isinstance(cell, int | float)
    raw_lead = cell.startswith(_FORMULA) if isinstance(cell, str) else False
    return f"'{text}" if not is_number and (raw_lead or text.startswith(_FORMULA)) else text
