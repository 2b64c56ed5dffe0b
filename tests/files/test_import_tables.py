"""Visit tables as offices write them: headers, cells, windows, arms and workbooks; each with what it must come to."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import openpyxl
import pytest
from support.command_line import CommandLine

from kapplan.errors import InvalidFileError
from kapplan.files.importing.protocol_import import read_schedule
from kapplan.files.importing.protocol_text import ReadAs
from kapplan.files.importing.schedule import Schedule, ScheduleSlot
from kapplan.files.importing.table_cells import TargetCell, target_of
from kapplan.files.importing.table_headers import Heading, heading
from kapplan.files.toml.sources import SourceFile

cell = TargetCell
"""What a cell is read as."""

CASES = Path(__file__).parent.parent / "data" / "cases"


def schedule_of(data: str | bytes, **asked: str) -> Schedule:
    """Read a table."""
    raw = data.encode() if isinstance(data, str) else data
    return read_schedule(SourceFile(name="visits.csv", data=raw), ReadAs(**asked))  # type: ignore[arg-type]


def by_title(schedule: Schedule) -> dict[str, tuple[int, int | None, int | None]]:
    """Return each visit's day and the days of its window, counted as the schedule counts."""
    return {slot.title: (slot.day, slot.minus, slot.plus) for slot in schedule.slots}


HEADERS: list[tuple[str, Heading]] = [
    ("Visit", Heading("name")), ("Visit Name", Heading("name")), ("VISIT", Heading("name")),
    ("event_name", Heading("name")), ("Timepoint", Heading("name")), ("Time Point", Heading("name")),
    ("Study Visit", Heading("name")), ("Encounter", Heading("name")),
    ("Day", Heading("day")), ("Study Day", Heading("day")), ("Target Day", Heading("day")),
    ("Day From Baseline", Heading("day")), ("Days from Baseline", Heading("day")),
    ("Days Since Enrollment", Heading("day")), ("Days post-dose", Heading("day")),
    ("Days from Day 1", Heading("day")), ("Time from Baseline (days)", Heading("day")),
    ("day_offset", Heading("day")), ("Offset (days)", Heading("day")), ("VISITDY", Heading("day")),
    ("Nominal Day", Heading("day")), ("Planned Study Day", Heading("day")), ("Scheduled Day", Heading("day")),
    ("Expected Day", Heading("day")), ("Visit Day", Heading("day")), ("Day #", Heading("day")),
    ("Week", Heading("day", 7)), ("Study Week", Heading("day", 7)), ("Weeks from Baseline", Heading("day", 7)),
    ("Month", Heading("day", 0)), ("Months since randomization", Heading("day", 0)),
    ("Window", Heading("both")), ("Visit Window (days)", Heading("both")),
    ("Window (\N{PLUS-MINUS SIGN} days)", Heading("both")),
    ("+/- Days", Heading("both")), ("Allowable Window", Heading("both")), ("Tolerance", Heading("both")),
    ("Window (weeks)", Heading("both", 7)),
    ("Window -", Heading("minus")), ("Window +", Heading("plus")), ("Window Before", Heading("minus")),
    ("Days Before", Heading("minus")), ("Days After", Heading("plus")), ("Early Window", Heading("minus")),
    ("offset_min", Heading("minus")), ("offset_max", Heading("plus")), ("Offset Range Min", Heading("minus")),
    ("Window Lower", Heading("minus", 1, "either")), ("Upper Window", Heading("plus", 1, "either")),
    ("WindowMinDays", Heading("minus", 1, "either")), ("WindowMaxDays", Heading("plus", 1, "either")),
    ("Window Start", Heading("minus", 1, "either")), ("Window Closes", Heading("plus", 1, "either")),
    ("Min Day", Heading("minus", 1, "either")), ("Earliest Day", Heading("minus", 1, "study-days")),
    ("Latest Study Day", Heading("plus", 1, "study-days")),
    ("Arm", Heading("arm")), ("arm_num", Heading("arm")), ("Cohort", Heading("arm")),
    ("Mode", Heading("place")), ("Location", Heading("place")), ("Duration (min)", Heading("minutes")),
    ("Visit Number", Heading(None)), ("Lab kit", Heading(None)), ("unique_event_name", Heading(None)),
    ("Comments", Heading(None)), ("Fasting after midnight", Heading(None)),
]  # fmt: skip


@pytest.mark.parametrize(("title", "expected"), HEADERS, ids=[title for title, _ in HEADERS])
def test_headers_as_they_are_written(title: str, expected: Heading) -> None:
    """A column is known by its header in any of its usual spellings, with the unit and the reading that it names."""
    assert heading(title) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("14", cell(0, 14)), ("14.0", cell(0, 14)), ("-14.0", cell(0, -14)), ("Day 14", cell(0, 14)),
        ("D14", cell(0, 14)), ("Week 2", cell(0, 14)), ("W2", cell(0, 14)), ("2 weeks", cell(0, 14)),
        ("Month 3", cell(3, 0)), ("M6", cell(6, 0)), ("+7", cell(0, 7)), ("\N{MINUS SIGN}7", cell(0, -7)),
        ("8 \N{PLUS-MINUS SIGN} 1", cell(0, 8, around=1)), ("29\N{PLUS-MINUS SIGN}3", cell(0, 29, around=3)),
        ("Day 29 (\N{PLUS-MINUS SIGN}3)", cell(0, 29, around=3)), ("Week 4 +/- 3 days", cell(0, 28, around=3)),
        ("Month 3 \N{PLUS-MINUS SIGN} 2 weeks", cell(3, 0, around=14)),
        ("-28 to -1", cell(0, -28, until=-1)), ("-28 - -1", cell(0, -28, until=-1)),
        ("Day -28 to Day -1", cell(0, -28, until=-1)), ("12\N{EN DASH}16", cell(0, 12, until=16)),
        ("weeks 2 to 4", cell(0, 14, until=28)),
        ("Week 1 Day 1", cell(0, 1, from_one=True)), ("Week 2 Day 1", cell(0, 8, from_one=True)),
        ("W3D4", cell(0, 18, from_one=True)), ("Week -1 Day 7", cell(0, -1, from_one=True)),
    ],
)  # fmt: skip
def test_targets_as_they_are_written(text: str, expected: TargetCell) -> None:
    """Decimals, ranges, windows in the cell, weeks with days and signs of all kinds are read."""
    assert target_of(text) == expected


@pytest.mark.parametrize("text", ["soon", "14.5", "C1D8", "Day fourteen", "16 to 12", "1/2", "month 1 to 2", "99999"])
def test_what_is_no_target(text: str) -> None:
    """A cell that says no day is refused rather than guessed."""
    with pytest.raises(ValueError, match="is none"):
        target_of(text)


def test_the_unit_of_the_header_is_that_of_bare_numbers() -> None:
    """In a column of weeks a bare number is weeks; a cell that names its unit keeps it."""
    found = by_title(schedule_of("Visit,Week,Window (days)\nDose,0,0\nReview,2,3\nCall,Day 3,1\n"))
    assert found == {"Dose": (0, None, None), "Call": (3, 1, 1), "Review": (14, 3, 3)}


def test_of_two_columns_of_targets_the_one_in_days_counts() -> None:
    """A table with a week and a study day is read by its days, and says that it leaves the weeks out."""
    schedule = schedule_of("Visit,Week,Study Day,Window\nDose 1,1,1,0\nDose 2,2,10,2\n")
    assert by_title(schedule)["Dose 2"] == (9, 2, 2)
    assert "Columns left out: Week." in schedule.remarks


# Cases


@pytest.mark.parametrize(
    ("case", "expected", "remark"),
    [
        (
            "33-table-absolute-windows",
            {"Dosing 1": (0, None, None), "Dosing 2": (14, 3, 3), "Dosing 3": (28, 3, 3)},
            "Window Lower and Window Upper are read as study days.",
        ),
        (
            "34-table-unscheduled-row",
            {"Screening": (0, None, None), "Dosing 1": (14, 3, 3), "Follow-up": (28, 3, 3)},
            "Left out, since no day of it is foreseen: Unscheduled.",
        ),
        (
            "35-table-real-cells",
            {"Screening": (-14, 3, 3), "Dosing 1": (0, None, None), "Dosing 2": (8, 1, 1)},
            "Left out, since no day of it is foreseen: End of treatment.",
        ),
    ],
)
def test_the_cases(case: str, expected: dict[str, tuple[int, int | None, int | None]], remark: str) -> None:
    """Absolute windows, unscheduled rows and real cells come to what the table means, and what is left out is told."""
    schedule = schedule_of((CASES / case / "visits.csv").read_bytes())
    assert by_title(schedule) == expected
    assert remark in schedule.remarks


# What windows mean

ABSOLUTE = "Visit,Day,{low},{high}\nDose 1,0,0,0\nDose 2,14,11,17\nDose 3,28,25,31\n"


@pytest.mark.parametrize(
    ("low", "high"), [("Min Day", "Max Day"), ("Earliest Day", "Latest Day"), ("Window Start", "Window End")]
)
def test_study_days_are_known_by_their_numbers(low: str, high: str) -> None:
    """Windows that hold their targets, and would overlap if they were around them, are study days."""
    assert by_title(schedule_of(ABSOLUTE.format(low=low, high=high)))["Dose 2"] == (14, 3, 3)


def test_days_around_are_known_by_their_numbers() -> None:
    """Windows that do not hold their targets are days around them."""
    assert by_title(schedule_of("Visit,Day,Min,Max\nDose,0,0,0\nReview,14,-3,3\n"))["Review"] == (14, 3, 3)
    assert by_title(schedule_of("Visit,Day,Lower,Upper\nDose,0,0,0\nReview,14,3,3\n"))["Review"] == (14, 3, 3)


def test_negative_study_days() -> None:
    """A screening on day -21 between -22 and -20 has a window of a day either way."""
    table = "Visit,Day,Window Lower,Window Upper\nScreening,-21,-22,-20\nDose,0,0,0\n"
    assert by_title(schedule_of(table))["Screening"] == (-21, 1, 1)


BOTH = "Visit,Day,Window Lower,Window Upper\nDose 1,0,0,0\nReview,5,2,9\n"


def test_what_can_be_read_both_ways_is_asked() -> None:
    """Where numbers and headers leave it open the file is refused with the question, and the answer is taken."""
    with pytest.raises(InvalidFileError) as raised:
        schedule_of(BOTH)
    (problem,) = raised.value.problems
    assert "can be read in two ways" in problem.message
    assert "--windows" in (problem.expected or "")
    assert by_title(schedule_of(BOTH, windows="around"))["Review"] == (5, 2, 9)
    assert by_title(schedule_of(BOTH, windows="study-days"))["Review"] == (5, 3, 4)


def test_a_header_that_says_before_is_never_a_study_day() -> None:
    """*Days before* and *days after* are around the target whatever the numbers are."""
    table = ABSOLUTE.format(low="Days Before", high="Days After")
    assert by_title(schedule_of(table))["Dose 2"] == (14, 11, 17)


# Rows


def test_a_range_is_aimed_at_as_a_whole(kapplan_in: CommandLine) -> None:
    """A screening on days -28 to -1 may fall on any of them and on no other."""
    kapplan_in.write("visits.csv", "Visit,Day,Window\nScreening,-28 to -1,NA\nDose 1,1,0\nDose 2,8,1\n")
    assert kapplan_in("import", "visits.csv", "-o", "house.toml").code == 0
    text = (kapplan_in.folder / "house.toml").read_text(encoding="utf-8")
    assert "min = -28" in text
    assert "max = -1" in text
    assert "target = [\n    -28,\n    -1,\n]" in text


def test_week_two_day_one_is_day_eight() -> None:
    """Weeks and days count from week 1, day 1: there is no day 0, before either."""
    found = by_title(schedule_of("Visit,Day\nBaseline,Week -1 Day 7\nDose 1,Week 1 Day 1\nDose 2,Week 2 Day 1\n"))
    assert {title: day for title, (day, _, _) in found.items()} == {"Baseline": -1, "Dose 1": 0, "Dose 2": 7}


@pytest.mark.parametrize(
    "row", ["Unscheduled,7,0", "Early Termination,30,0", "Safety call,PRN,", "Visit X,UNS,0", "ET,ET,"]
)
def test_rows_that_no_day_foresees_are_left_out(row: str) -> None:
    """What happens when it happens is no visit of a schedule, and is named."""
    schedule = schedule_of(f"Visit,Day,Window\nDose,0,0\n{row}\nReview,14,2\n")
    assert list(by_title(schedule)) == ["Dose", "Review"]
    assert any(row.split(",", maxsplit=1)[0] in remark for remark in schedule.remarks)


def test_the_row_that_is_counted_from_keeps_its_window() -> None:
    """The days between screening and baseline may differ by both windows; the visits after count from the baseline."""
    schedule = schedule_of("Visit,Day,Window\nScreening,-14,2\nBaseline dose,0,3\nReview,14,1\n")
    assert by_title(schedule) == {"Screening": (-14, 5, 5), "Baseline dose": (0, None, None), "Review": (14, 1, 1)}
    assert "Baseline dose: its own window (-3/+3) lies between it and Screening." in schedule.remarks
    alone = schedule_of("Visit,Day,Window\nDose,0,3\nReview,14,1\n")
    assert any("has nothing to be counted from" in remark for remark in alone.remarks)


def test_calls_by_name_keep_to_working_days() -> None:
    """A visit that is a call by its name alone stays on the clinic's days; a column that says remote frees it."""
    named = schedule_of("Visit,Day,Window\nDose,0,0\nPhone call,7,1\n")
    assert [slot.place for slot in named.slots] == ["clinic", "clinic"]
    assert any(remark.startswith("Calls by their name") and "Phone call" in remark for remark in named.remarks)
    told = schedule_of("Visit,Day,Window,Mode\nDose,0,0,clinic\nCall,7,1,Video\n")
    assert [slot.place for slot in told.slots] == ["clinic", "remote"]


def test_arms_are_one_course_each() -> None:
    """``--arm`` chooses one; rows of no arm belong to all; an arm that is not there is refused with those that are."""
    table = "Visit,Day,Window,Arm\nDose,0,0,A\nDose,0,0,B\nReview,7,1,A\nReview,9,1,B\nEnd of study,30,2,\n"
    assert by_title(schedule_of(table))["Review"] == (7, 1, 1)
    assert by_title(schedule_of(table, arm="b")) == {
        "Dose": (0, None, None), "Review": (9, 1, 1), "End of study": (30, 2, 2),
    }  # fmt: skip
    with pytest.raises(InvalidFileError) as raised:
        schedule_of(table, arm="C")
    assert raised.value.problems[0].expected == "one of A, B"


# Workbooks


def workbook(*sheets: tuple[str, Sequence[Sequence[object]]]) -> bytes:
    """Return a workbook of some sheets."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets:
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


ROWS = [
    ("Schedule of visits, version 3", None, None),
    (None, None, None),
    ("Visit", "Study Day", "Window"),
    ("Screening", -14, 3),
    ("Dose 1", 0.0, None),
    ("Dose 2", 7, "\N{PLUS-MINUS SIGN}1"),
]


def test_a_workbook_is_read_as_the_table_in_it() -> None:
    """The sheet that is a table of visits is found, whatever stands above its header and beside it."""
    schedule = schedule_of(workbook(("Contents", [("Read me",)]), ("Visits", ROWS)))
    assert by_title(schedule) == {"Screening": (-14, 3, 3), "Dose 1": (0, None, None), "Dose 2": (7, 1, 1)}
    assert "Only the sheet Visits is carried over, not Contents." in schedule.remarks
    assert "Lines above the header are left out: 1." in schedule.remarks


def test_a_workbook_on_the_command_line(kapplan_in: CommandLine) -> None:
    """A workbook becomes a protocol that the check accepts; a broken one is refused in a sentence."""
    (kapplan_in.folder / "visits.xlsx").write_bytes(workbook(("Visits", ROWS)))
    assert kapplan_in("import", "visits.xlsx", "-o", "house.toml").code == 0
    assert kapplan_in("check", "house.toml").code == 0
    (kapplan_in.folder / "broken.xlsx").write_bytes(b"PK\x03\x04 and nothing more")
    ran = kapplan_in("import", "broken.xlsx", "-o", "other.toml")
    assert ran.code == 3
    assert "this workbook cannot be read" in ran.err


# Whatever a table says


@pytest.mark.parametrize("days", [(0, 7, 14, 28), (1, 8, 15, 29), (-14, 1, 8), (-28, -1, 0, 30), (5, 12, 40)])
def test_days_between_visits_are_those_of_the_table(days: tuple[int, ...]) -> None:
    """Whatever a table counts from, visits lie as far apart as it says, but that no day lies between -1 and 1."""
    rows = "".join(f"Dose {number},{day},1\n" for number, day in enumerate(days))
    slots = schedule_of("Visit,Day,Window\n" + rows).slots
    skips = 0 not in days and 1 in days and min(days) < 0
    plain = [day + 1 if skips and day < 0 else day for day in days]
    placed = sorted(nominal(slots, number) for number in range(len(slots)))
    assert [day - placed[0] for day in placed] == [day - plain[0] for day in plain]


def nominal(slots: Sequence[ScheduleSlot], number: int) -> int:
    """Return the day of a slot, counted through what it is counted from."""
    slot = slots[number]
    return 0 if slot.after is None else slot.day + nominal(slots, slot.after)
