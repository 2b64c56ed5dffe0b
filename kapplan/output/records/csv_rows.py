"""CSV as RFC 4180 has it: a heading line, CRLF, quotes where they are needed.

A spreadsheet may take semicolons or tabs for what parts cells: a cell that holds one is quoted too.

A spreadsheet takes a cell that begins with ``=``, ``+``, ``-``, ``@`` or a tab for a formula: such a text is led by an
apostrophe. Numbers stay numbers.
"""

from __future__ import annotations

from collections.abc import Sequence

from kapplan.model.exports import ExportRequest
from kapplan.model.plan import Plan
from kapplan.output.records.records import Cell, Column, Records, machine_text, named
from kapplan.output.records.visits import plan_records

_QUOTE = '"'
_PARTS = frozenset('",;\t\r\n')
"""What may end a cell in one program or another."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")  # noqa: RUF001


def export(plan: Plan, asked: ExportRequest) -> str:
    """Return the table of a plan that is asked for."""
    return {"visits": csv_plan, "tasks": csv_tasks, "scores": csv_scores}[asked.table](plan)


def csv_plan(plan: Plan) -> str:
    """Return a plan's visits, a line each, with the columns of the plain format."""
    return csv_text(plan_records(plan))


def csv_tasks(plan: Plan) -> str:
    """Return a plan's tasks, a line each: id, day due, text, visit, status, source, day done, patient."""
    columns = ("id", "due", "text", "visit", "status", "source", "done")
    rows = [(task.id, task.due, task.text, task.visit, task.status, task.source, task.done) for task in plan.tasks]
    return _csv(plan, columns, rows)


def csv_scores(plan: Plan) -> str:
    """Return a plan's scores, a line each: day, measure, value, visit, patient."""
    columns = ("on", "measure", "value", "visit")
    rows = [(score.on, score.measure, score.value, score.visit) for score in plan.scores]
    return _csv(plan, columns, rows)


def _csv(plan: Plan, keys: Sequence[str], rows: Sequence[tuple[Cell, ...]]) -> str:
    return csv_text(Records(columns=tuple(Column(key=key) for key in keys), rows=tuple(rows), patient=plan.patient))


def csv_text(records: Records) -> str:
    """Return records with a heading line of their columns' keys."""
    columns, rows = named(records)
    lines = [[column.key for column in columns], *([safe_cell(cell) for cell in row] for row in rows)]
    return "".join(f"{','.join(map(_quoted, line))}\r\n" for line in lines)


def _quoted(text: str) -> str:
    return f'"{text.replace(_QUOTE, _QUOTE * 2)}"' if _PARTS & set(text) else text


def safe_cell(cell: Cell) -> str:
    """Return a cell as text that no spreadsheet takes for a formula."""
    text = machine_text(cell)
    is_number = isinstance(cell, int | float)
    raw_lead = cell.startswith(_FORMULA) if isinstance(cell, str) else False
    return f"'{text}" if not is_number and (raw_lead or text.startswith(_FORMULA)) else text
