"""The tables of a plan that CSV can hold beside the visits."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace

from support.plans import plan_in_course

from kapplan.output.records.csv_rows import csv_plan, csv_scores, csv_tasks

ISO = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d[+-]\d\d:\d\d)?")


def rows(text: str) -> list[dict[str, str]]:
    """Return the rows of a table by its heading."""
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_tasks_have_a_line_each() -> None:
    """Days are ISO dates; what is not known is empty."""
    found = rows(csv_tasks(plan_in_course()))
    assert [row["id"] for row in found] == ["taper-check", "labs-screening-1", "consent"]
    assert [row["due"] for row in found] == ["2027-01-20", "2027-01-11", "2027-01-04"]
    assert [row["done"] for row in found] == ["", "", "2027-01-04"]


def test_scores_have_a_line_each() -> None:
    """Each score with its day, its measure, the visit it belongs to, and whose it is."""
    patient = plan_in_course().patient
    assert rows(csv_scores(plan_in_course())) == [
        {"on": "2027-01-04", "measure": "phq9", "value": "19", "visit": "screening-1", "patient": patient},
        {"on": "2027-01-28", "measure": "bp", "value": "138/88", "visit": "dosing-2", "patient": patient},
    ]


def test_times_are_iso_with_their_offset() -> None:
    """Spreadsheets and programs read every day and moment of the visits."""
    for row in rows(csv_plan(plan_in_course())):
        assert ISO.fullmatch(row["start"])
        assert all(ISO.fullmatch(row[key]) for key in ("end", "earliest", "latest", "actual") if row[key])


def test_a_task_that_looks_like_a_formula_is_text() -> None:
    """What a person typed is never calculated."""
    course = plan_in_course()
    task = replace(course.tasks[0], text='=HYPERLINK("http://x")')
    assert rows(csv_tasks(replace(course, tasks=(task,))))[0]["text"].startswith("'=")
