"""Plain text for pipes."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st
from support.plans import long_plan, plan_in_course, sample_plan

from kapplan.output.records import plain
from kapplan.output.records.plain import plain_plan, plain_text
from kapplan.output.records.records import Column, Records, named
from kapplan.output.records.visits import plan_records

DOCUMENTED = re.findall(r"(?m)^ ?\d+\. ``(\w+)``", plain.__doc__ or "")


def test_there_is_one_line_a_visit_with_the_documented_columns() -> None:
    """Every visit has its line, in the plan's order, with as many cells as the docstring names columns."""
    for plan in (sample_plan(), plan_in_course(), long_plan()):
        lines = plain_plan(plan).split("\n")
        assert lines.pop() == ""
        rows = [line.split("\t") for line in lines]
        assert [row[0] for row in rows] == [visit.id for visit in plan.visits]
        assert {len(row) for row in rows} == {len(DOCUMENTED)}


def test_the_docstring_names_the_columns() -> None:
    """What is documented is what is written, in the same order."""
    assert [column.key for column in named(plan_records(sample_plan()))[0]] == DOCUMENTED


def test_cells_say_what_the_plan_says() -> None:
    """Moments read back as the plan's instants, lists as lists, empty cells as nothing."""
    plan = plan_in_course()
    for visit, line in zip(plan.visits, plain_plan(plan).splitlines(), strict=True):
        row = dict(zip(DOCUMENTED, line.split("\t"), strict=True))
        assert datetime.fromisoformat(row["start"]) == visit.start
        assert datetime.fromisoformat(row["end"]) == visit.end
        assert row["status"] == visit.status
        assert row["provisional"] == ("yes" if visit.provisional else "no")
        assert tuple(filter(None, row["measures"].split(";"))) == visit.measures
        assert int(row["deviation_days"]) == visit.deviation_days
        assert bool(row["off_target"]) == bool(visit.deviation_days)
        assert bool(row["actual"]) == (visit.actual is not None)
        assert int(row["week"]) == (visit.start.date() - plan.visit("dosing-1").start.date()).days // 7 + 1


def test_a_visit_without_a_time_has_a_day_and_no_end() -> None:
    """No time is invented."""
    plan = sample_plan()
    bare = replace(plan, visits=(replace(plan.visits[0], timed=False), *plan.visits[1:]))
    row = dict(zip(DOCUMENTED, plain_plan(bare).splitlines()[0].split("\t"), strict=True))
    assert (row["start"], row["end"], row["minutes"]) == ("2027-01-04", "", "")


@given(st.lists(st.tuples(st.text(), st.text()), max_size=5))
def test_no_text_breaks_a_line(cells: list[tuple[str, str]]) -> None:
    """Whatever stands in a cell, a record is one line of its columns."""
    records = Records(columns=(Column(key="a"), Column(key="b")), rows=tuple(cells))
    text = plain_text(records)
    assert text.count("\n") == len(cells)
    assert text.count("\t") == len(cells)
    assert len(text.splitlines()) == len(cells)
