"""Other people's tables and studies become protocol files that say the same, and what they cannot say is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.command_line import CommandLine
from support.protocols import profile_of

from kapplan.errors import InvalidFileError
from kapplan.files.documents.readers import read_protocol
from kapplan.files.importing.durations import duration_of
from kapplan.files.importing.protocol_import import Imported, import_protocol
from kapplan.files.importing.protocol_text import About
from kapplan.files.toml.sources import SourceFile
from kapplan.model.regimen import Regimen, TimingRule
from kapplan.planning.regimen.layout import lay_out

STUDIES = Path(__file__).parent.parent / "data" / "usdm"
PLAIN = """\
Visit,Day,Window minus,Window plus
Screening,-14,7,3
Dose 1,0,0,0
Dose 2,7,1,1
Follow-up 1,28,3,5
"""

PROFILE = """\
[patient]
id = "p"
timezone = "UTC"
[treatment]
protocol = "house.toml"
"""


def imported(data: str | bytes, name: str = "visits.csv", **about: Any) -> Imported:
    """Import a file's text or bytes."""
    raw = data.encode() if isinstance(data, str) else data
    return import_protocol(SourceFile(name=name, data=raw), About(file="out.toml", **about))


def course(made: Imported) -> Regimen:
    """Return the course of an imported protocol."""
    return lay_out(read_protocol(SourceFile.of_text(made.text)), profile_of())


def rules(made: Imported) -> dict[str, tuple[str, int | None, tuple[int, int] | None, int | None, int | None]]:
    """Return each visit's rule by its title: anchor, min, target, max, months."""
    regimen = course(made)
    titles = {visit.id: visit.title for visit in regimen.visits}

    def said(rule: TimingRule) -> tuple[str, int | None, tuple[int, int] | None, int | None, int | None]:
        return titles[rule.after], rule.min, rule.target, rule.max, rule.months

    return {titles[rule.visit]: said(rule) for rule in regimen.timing}


def test_a_plain_table() -> None:
    """Each visit is counted from the visit of day 0, within its window; kinds come from the names."""
    made = imported(PLAIN)
    assert rules(made) == {
        "Screening": ("Dose 1", -21, (-14, -14), -11, None),
        "Dose 2": ("Dose 1", 6, (7, 7), 8, None),
        "Follow-up 1": ("Dose 1", 25, (28, 28), 33, None),
    }
    kinds = {visit.title: (visit.id, visit.tier) for visit in course(made).visits}
    assert kinds == {
        "Screening": ("screening-1", "course"),
        "Dose 1": ("dosing-1", "course"),
        "Dose 2": ("dosing-2", "course"),
        "Follow-up 1": ("check-in-1", "follow-up"),
    }
    assert made.remarks == ("All days are counted from Dose 1.", "No lengths are given: every visit is an hour long.")


LIKE_PLAIN = {
    "a byte order mark": b"\xef\xbb\xbf" + PLAIN.encode(),
    "utf-16": PLAIN.encode("utf-16"),
    "both ends of line": PLAIN.replace("\n", "\r\n").encode(),
    "old ends of line": PLAIN.replace("\n", "\r").encode(),
    "semicolons": PLAIN.replace(",", ";").encode(),
    "tabs": PLAIN.replace(",", "\t").encode(),
    "padded headers": PLAIN.replace("Visit,Day,", "  VISIT name ,  Target  day (days) , ").encode(),
    "blank lines and cells": ("\n,,,\n" + PLAIN + ",,,\n\n").encode(),
    "words for days": PLAIN.replace("2,7,", "2,Day 7,").replace(",28,", ",Week 4,").replace("4,7,3", "4,7d,3").encode(),
    "signed windows": PLAIN.replace("-14,7,3", "-14,-7,+3").replace("7,1,1", "7,-1,+1").encode(),
    "other order": (
        b"Window +,Window -,Study_Day,Visit Name\n3,7,-14,Screening\n0,0,0,Dose 1\n1,1,7,Dose 2\n5,3,28,Follow-up 1\n"
    ),
    "not in order": (
        b"Visit,Day,Window minus,Window plus\nFollow-up 1,28,3,5\nDose 1,0,0,0\nScreening,-14,7,3\nDose 2,7,1,1\n"
    ),
    "redcap": (
        b"event_name,arm_num,day_offset,offset_min,offset_max,unique_event_name,custom_event_label\n"
        b'Screening,1,-14,7,3,screening_arm_1,\n"Dose 1",1,0,0,0,dose_1_arm_1,\nDose 2,1,7,1,1,dose_2_arm_1,\n'
        b"Follow-up 1,1,28,3,5,follow_up_1_arm_1,\n"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LIKE_PLAIN)
def test_the_same_table_in_other_clothes(name: str) -> None:
    """Marks, ends of line, separators, headers, units and order change nothing of what the table says."""
    assert rules(imported(LIKE_PLAIN[name])) == rules(imported(PLAIN))


def test_one_column_for_both_sides() -> None:
    """A window in one column holds both ways, or says both sides itself."""
    table = "visit;day;window\nInfusion;0;0\nReview;7;\N{PLUS-MINUS SIGN}2\nCheck;30;-3/+7\nLast;60;1 week\n"
    said = rules(imported(table))
    assert said["Review"] == ("Infusion", 5, (7, 7), 9, None)
    assert said["Check"] == ("Infusion", 27, (30, 30), 37, None)
    assert said["Last"] == ("Infusion", 53, (60, 60), 67, None)


def test_day_one_and_no_day_zero() -> None:
    """Where day 1 follows day -1, one day lies between them, and the remark says so."""
    made = imported("visit,day,minus,plus\nScreening,-1,1,0\nDose,1,0,0\nDay 8,8,1,1\n")
    assert rules(made)["Screening"][2] == (-1, -1)
    assert rules(made)["Day 8"][2] == (7, 7)
    assert "there is no day 0" in made.remarks[0]


def test_calendar_months() -> None:
    """Months stay calendar months."""
    made = imported("visit,day,minus,plus\nDose,0,0,0\nMonth visit,Month 3,7,7\n")
    assert rules(made)["Month visit"] == ("Dose", -7, (0, 0), 7, 3)


def test_what_a_table_says_beyond_that() -> None:
    """Kind, place and length are carried over where there is a column; another column is told as left out."""
    made = imported(
        "visit,day,minus,plus,kind,mode,minutes,Lab kit\nStart,0,0,0,dosing,,180,A\nCall,7,1,1,,phone,20 min,\n",
        id="house", title="House course", drug="esketamine",
    )  # fmt: skip
    protocol = read_protocol(SourceFile.of_text(made.text))
    assert (protocol.id, protocol.title, protocol.drug, protocol.off_label) == (
        "house",
        "House course",
        "esketamine",
        True,
    )
    start, call = course(made).visits
    assert (start.kind, start.minutes.total, start.place) == ("dosing", 180, "clinic")
    assert (call.minutes.total, call.place) == (20, "remote")
    assert "Columns left out: Lab kit." in made.remarks
    assert not [remark for remark in made.remarks if "hour long" in remark]


def test_two_rows_of_one_day_are_one_visit() -> None:
    """What falls on one day becomes one visit, and is told."""
    made = imported("visit,day,minus,plus\nBaseline,0,0,0\nInfusion 1,0,0,0\nReview,7,1,1\n")
    assert [visit.id for visit in course(made).visits] == ["dosing-1", "review-1"]
    assert "Infusion 1 and Baseline fall on one day: they become one visit." in made.remarks or (
        "Baseline and Infusion 1 fall on one day: they become one visit." in made.remarks
    )


def test_no_window_is_told() -> None:
    """Where a table gives no window, the target alone is aimed at."""
    made = imported("visit,day\nDose,0\nReview,7\n")
    assert rules(made)["Review"] == ("Dose", None, (7, 7), None, None)
    assert "No window is given, so any day will do and the target is aimed at: Review." in made.remarks


def test_only_the_first_arm() -> None:
    """Of several arms the first is carried over, and the others are named."""
    made = imported(
        "event_name,arm_num,day_offset,offset_min,offset_max\nDose,1,0,0,0\nReview,1,7,1,1\nDose,2,0,0,0\nReview,2,9,1,1\n"
    )
    assert rules(made)["Review"][2] == (7, 7)
    assert "Only arm 1 is carried over, not 2." in made.remarks


WRONG = [
    ("hello\nworld\n", 1, "no column for the visit's name or the target day"),
    ("visit,minus\nDose,1\n", 1, "no column for the target day"),
    ("visit,day\n", 1, "the table has no visits"),
    ("visit,day\nDose,soon\n", 2, 'the target day "soon" is none'),
    ("visit,day,minus,plus\nDose,0,0,0\nReview,7,x,1\n", 3, 'the window "x" is none'),
    ("visit,day\n,7\n", 2, "the visit has no name"),
    ("visit,day\nDose,\n", 2, "Dose: no target day"),
    ("visit,day,minutes\nDose,0,long\n", 2, 'the length "long" is none'),
    (
        "visit,day,minus,plus\nDose 1,0,0,0\nDose 2,5,0,0\nDose 3,10,0,0\nDose 4,15,0,0\n",
        None,
        "no course fits into weeks",
    ),
    ("{}", 1, "no study definition in USDM v4 JSON: `study` is missing"),
    ("{", 1, "this is no JSON"),
    ('{"study": {"versions": []}}', 1, "no study definition"),
    ('{"study": ' + "[" * 100_000, 1, "this is no JSON|too deeply"),
]


@pytest.mark.parametrize(("text", "line", "words"), WRONG, ids=[words[:30] for _, _, words in WRONG])
def test_what_cannot_be_read_is_told_with_its_line(text: str, line: int | None, words: str) -> None:
    """A file that is none of these, a cell that says nothing, or a table that nobody can keep is refused."""
    with pytest.raises(InvalidFileError) as raised:
        imported(text)
    problem = next(each for each in raised.value.problems if not each.warning)
    assert problem.file == "visits.csv"
    assert problem.line == line
    assert any(each in problem.message for each in words.split("|"))


def test_every_wrong_cell_is_told_at_once() -> None:
    """All rows are read before any is complained of."""
    with pytest.raises(InvalidFileError) as raised:
        imported("visit,day\nDose,a\nReview,b\n")
    assert [problem.line for problem in raised.value.problems] == [2, 3]


def test_windows_1252_is_read_and_told() -> None:
    """A table from an old spreadsheet is read; that it is not UTF-8 is told."""
    made = imported("visit,day\nDosé,0\n".encode("cp1252"))
    assert "The file is not UTF-8: read as Windows-1252." in made.remarks
    assert course(made).visits[0].title == "Dosé"


# Studies


def test_the_pilot_study() -> None:
    """The pilot study's visits stand where its main timeline says, some of them counted from another visit."""
    made = imported((STUDIES / "pilot.json").read_bytes(), "pilot.json")
    said = rules(made)
    assert said["Screen One"] == ("Dose", None, (-14, -14), None, None)
    assert said["Week 2"] == ("Dose", 11, (14, 14), 17, None)
    assert said["Week 24"] == ("Dose", 164, (168, 168), 172, None)
    assert said["Week NPI"] == ("Week 8", None, (14, 14), None, None)
    assert len(course(made).visits) == 16
    assert any("relative to the value" in remark for remark in made.remarks)
    assert "Left out: Adverse Event Timeline (Subject suffers an adverse event)." in made.remarks
    assert any("a window in hours is left out" in remark for remark in made.remarks)


def test_the_observational_study() -> None:
    """What lies less than a day before the treatment is one visit with it; a decision is left out and told."""
    made = imported((STUDIES / "observational.json").read_bytes(), "observational.json")
    said = rules(made)
    assert said["Day 14"] == ("Baseline, Treatment", 13, (14, 14), 15, None)
    assert said["Follow Up"] == ("Baseline, Treatment", 39, (42, 42), 45, None)
    visits = {visit.title: visit for visit in course(made).visits}
    assert visits["Baseline, Treatment"].id == "dosing-1"
    assert visits["Follow Up"].place == "remote"
    assert "Left out: Check opt In by subject (if opted out)." in made.remarks


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("P2W", (0, 14, False)), ("P1M", (1, 0, False)), ("P1Y6M", (18, 0, False)), ("P3D", (0, 3, False)),
        ("PT48H", (0, 2, False)), ("PT4H", (0, 0, True)), ("P1DT12H", (0, 1, True)), ("-P7D", (0, -7, False)),
        ("PT15M", (0, 0, True)), ("P1M2W", (1, 14, False)), ("P1.5D", (0, 1, True)), ("P0,5W", (0, 3, True)),
        ("PT36H", (0, 1, True)), ("P2.0D", (0, 2, False)), ("PT1440M", (0, 1, False)),
    ],
)  # fmt: skip
def test_durations(text: str, expected: tuple[int, int, bool]) -> None:
    """ISO 8601 durations are months, days and whether hours are left over."""
    assert tuple(duration_of(text)) == expected


@pytest.mark.parametrize("text", ["", "P", "2W", "P-2W", "PT", "P2", "two weeks"])
def test_what_is_no_duration(text: str) -> None:
    """Anything else is refused."""
    with pytest.raises(ValueError, match="no ISO 8601 duration"):
        duration_of(text)


# The command


def test_the_command_writes_a_protocol_that_check_accepts(kapplan_in: CommandLine) -> None:
    """What is written passes the check, says on standard error what was assumed, and is never overwritten."""
    kapplan_in.write("visits.csv", PLAIN)
    ran = kapplan_in("import", "visits.csv", "-o", "house.toml")
    assert (ran.code, ran.text) == (0, "")
    assert "All days are counted from Dose 1." in ran.err
    assert "off-label" in ran.err
    assert kapplan_in("check", "house.toml").text == "house.toml: no mistakes found\n"
    kapplan_in.write("p.toml", PROFILE)
    planned = kapplan_in("plan", "p.toml", "--today", "2026-12-28", "--format", "csv")
    assert planned.code == 0
    assert "dosing-2" in planned.text
    again = kapplan_in("import", "visits.csv", "-o", "house.toml")
    assert again.code == 2
    assert "not overwritten" in again.err


def test_the_command_takes_and_gives_pipes(kapplan_in: CommandLine) -> None:
    """Both ends can be a pipe; the text is the protocol alone."""
    ran = kapplan_in("import", "-", "-o", "-", "--id", "house", stdin=PLAIN)
    assert ran.code == 0
    assert read_protocol(SourceFile.of_text(ran.text)).id == "house"


def test_a_wrong_id_is_told(kapplan_in: CommandLine) -> None:
    """An id that no protocol can have is refused, and nothing is written."""
    kapplan_in.write("visits.csv", PLAIN)
    ran = kapplan_in("import", "visits.csv", "-o", "house.toml", "--id", "my house")
    assert ran.code != 0
    assert "Traceback" not in ran.err
    assert not (kapplan_in.folder / "house.toml").exists()
