"""Study definitions: nominal days are those of their timelines, whatever these count from; what is lost is told.

The expansion here follows a study's own JSON and shares no line with the reader.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from support.protocols import profile_of

from kapplan.errors import InvalidFileError
from kapplan.files.documents.readers import read_protocol
from kapplan.files.importing.protocol_import import import_protocol, read_schedule
from kapplan.files.importing.protocol_text import About, ReadAs
from kapplan.files.importing.schedule import Schedule, ScheduleSlot
from kapplan.files.toml.sources import SourceFile
from kapplan.planning.regimen.layout import lay_out

STUDIES = Path(__file__).parent.parent / "data" / "usdm"
CODES = {"Before": "C201357", "After": "C201356", "Fixed Reference": "C201358"}
DAYS = {"Y": 365.25, "M": 30.4375, "W": 7.0, "D": 1.0, "TH": 1 / 24, "TM": 1 / 1440}


def days_of(duration: str) -> float:
    """Return a duration in days, as a calculator would."""
    date, _, time = duration.lstrip("-").removeprefix("P").partition("T")
    parts = [(number, unit) for number, unit in re.findall(r"(\d+)([YMWD])", date)]
    parts += [(number, f"T{unit}") for number, unit in re.findall(r"(\d+)([HM])", time)]
    total = sum(int(number) * DAYS[unit] for number, unit in parts)
    return -total if duration.startswith("-") else total


def expanded(study: dict[str, Any]) -> dict[str, float]:
    """Return the day of every visit of a study's main timeline, counted from its fixed reference, by its label.

    A visit that counts from itself, or from one that does, has no day.
    """
    design = study["study"]["versions"][0]["studyDesigns"][0]
    main = next(timeline for timeline in design["scheduleTimelines"] if timeline["mainTimeline"])
    timing = {one["relativeFromScheduledInstanceId"]: one for one in reversed(main["timings"])}
    before = {one.get("defaultConditionId"): one["id"] for one in main["instances"]}

    def day(name: str, counted: frozenset[str] = frozenset()) -> float:
        one = timing.get(name)
        if name in counted:
            return math.nan
        if one is None:
            return day(before[name], counted | {name})
        if one["type"]["code"] == "C201358":
            return 0.0
        sign = {"C201357": -1, "C201356": 1}[one["type"]["code"]]
        return day(one["relativeToScheduledInstanceId"], counted | {name}) + sign * days_of(one["value"])

    def name(one: dict[str, Any]) -> str:
        label = one.get("label") or one["name"]
        return str(label) if re.search("[A-Za-z]", label) else str(timing[one["id"]]["label"])

    days = {
        name(one): day(one["id"])
        for one in main["instances"]
        if one["instanceType"] == "ScheduledActivityInstance" and one["id"] in timing
    }
    return {label: one for label, one in days.items() if not math.isnan(one)}


def schedule_of(study: dict[str, Any], **asked: str) -> Schedule:
    """Read a study."""
    source = SourceFile(name="study.json", data=json.dumps(study).encode())
    return read_schedule(source, ReadAs(**asked))  # type: ignore[arg-type]


def placed(slots: Sequence[ScheduleSlot]) -> dict[str, float]:
    """Return the day of every visit of a schedule, counted through what each is counted from, by each of its names."""

    def day(number: int, seen: frozenset[int] = frozenset()) -> float:
        assert number not in seen, "a visit is counted from itself"
        slot = slots[number]
        if slot.after is None:
            return 0.0
        return slot.day + slot.months * DAYS["M"] + day(slot.after, seen | {number})

    return {name: day(number) for number, slot in enumerate(slots) for name in slot.title.split(", ")}


def instance(
    name: str, *, to: str | None = None, decision: dict[str, str] | None = None, **more: Any
) -> dict[str, Any]:
    """Return an instance of a timeline that leads on to another; a decision where it has conditions."""
    return {
        "id": name, "name": name, "label": name, "defaultConditionId": to,
        "instanceType": "ScheduledActivityInstance" if decision is None else "ScheduledDecisionInstance",
        "conditionAssignments": [
            {"condition": words, "conditionTargetId": target} for words, target in (decision or {}).items()
        ],
    } | more  # fmt: skip


def timed(name: str, kind: str, value: str, to: str, *window: str) -> dict[str, Any]:
    """Return a timing: so much before or after another instance, with the two sides of a window."""
    lower, upper = window or ("", "")
    return {
        "id": f"t-{name}-{to}", "name": f"{name} {kind}", "type": {"code": CODES[kind], "decode": kind}, "value": value,
        "relativeFromScheduledInstanceId": name, "relativeToScheduledInstanceId": to,
        "relativeToFrom": {"decode": "Start to Start"}, "windowLower": lower, "windowUpper": upper,
    }  # fmt: skip


def study_of(instances: Sequence[dict[str, Any]], timings: Sequence[dict[str, Any]], **design: Any) -> dict[str, Any]:
    """Return a study of one design with a main timeline."""
    main = {
        "id": "main", "name": "main", "mainTimeline": True, "entryId": instances[0]["id"],
        "instances": list(instances), "timings": list(timings),
    }  # fmt: skip
    one = {"id": "d", "name": "Design", "encounters": [], "activities": [], "scheduleTimelines": [main]} | design
    return {"study": {"name": "made up", "versions": [{"titles": [], "studyDesigns": [one]}]}}


FIXED = timed("Dose 1", "Fixed Reference", "P1D", "Dose 1")
WASHOUT = study_of(
    [
        instance("Screening", to="Dose 1"), instance("Dose 1", to="Wash-out end"),
        instance("Wash-out end", to="Dose 2"), instance("Dose 2", to="Follow up"), instance("Follow up"),
    ],
    [
        FIXED,
        timed("Screening", "Before", "P14D", "Dose 1", "P7D", "P3D"),
        timed("Dose 2", "After", "P0D", "Wash-out end"),
        timed("Wash-out end", "After", "P7D", "Dose 1", "P4D", "P7D"),
        timed("Follow up", "After", "P2W", "Dose 2", "P2D", "P2D"),
    ],
)  # fmt: skip
"""Dose 2 on the day on which a wash-out of 3 to 14 days ends: two visits of one day, of which the second is counted."""

DECIDED = study_of(
    [
        instance("Dose 1", to="Day 14"), instance("Day 14", to="Responds?"),
        instance("Responds?", to="Day 28", decision={"not better": "Rescue"}),
        instance("Day 28", to="Day 42"), instance("Rescue", to="Day 42"), instance("Day 42"),
    ],
    [
        FIXED,
        timed("Day 14", "After", "P14D", "Dose 1", "P1D", "P1D"),
        timed("Day 28", "After", "P14D", "Responds?", "P2D", "P2D"),
        timed("Rescue", "After", "P3D", "Responds?", "P1D", "P1D"),
        timed("Day 42", "After", "P42D", "Dose 1", "P3D", "P3D"),
    ],
)  # fmt: skip
"""Two ways after a decision, both counted from the decision itself, which has no timing."""

TIMED_DECISION = study_of(
    [
        instance("Dose 1", to="Responds?"), instance("Responds?", to="Day 28", decision={"not better": "Day 28"}),
        instance("Day 28"),
    ],
    [FIXED, timed("Responds?", "After", "P2W", "Dose 1"), timed("Day 28", "After", "P2W", "Responds?", "P1D", "P1D")],
)  # fmt: skip
"""A decision that has a timing of its own: what is counted from it lies so much later."""

CHAIN = study_of(
    [instance(name) for name in ("Baseline", "Dose 1", "Dose 2", "Same day", "Month visit")],
    [
        timed("Month visit", "After", "P1M", "Dose 2", "P3D", "P3D"),
        timed("Same day", "After", "P0D", "Dose 2"),
        timed("Dose 2", "After", "P1W", "Dose 1", "P1D", "P1D"),
        timed("Baseline", "Before", "PT2H", "Dose 1"),
        FIXED,
    ],
)
"""Timings in no order, visits that lead nowhere, hours, weeks and months."""

MADE_UP = {"wash-out": WASHOUT, "decision": DECIDED, "timed decision": TIMED_DECISION, "chain": CHAIN}


PUBLIC = sorted(path.name for path in STUDIES.glob("*.json"))


@pytest.mark.parametrize("name", PUBLIC)
def test_nominal_days_of_public_studies(name: str) -> None:
    """Every visit of the studies at hand stands on the day that its timeline says, and none that it does not say."""
    study = json.loads((STUDIES / name).read_text(encoding="utf-8"))
    days = placed(schedule_of(study).slots)
    wanted = expanded(study)
    assert days.keys() == wanted.keys()
    assert {label: day for label, day in days.items() if abs(day - wanted[label]) >= 1} == {}


@pytest.mark.parametrize("name", PUBLIC)
def test_a_course_of_a_public_study_keeps_its_days(name: str) -> None:
    """The protocol that an import writes lays a course out on the days of the study, all of them."""
    study = json.loads((STUDIES / name).read_text(encoding="utf-8"))
    made = import_protocol(SourceFile(name=name, data=json.dumps(study).encode()), About(file="out.toml"))
    visits = lay_out(read_protocol(SourceFile.of_text(made.text)), profile_of()).visits
    wanted = expanded(study)
    days = {label: visit.nominal for visit in visits for label in visit.title.split(", ")}
    [reference] = {days[label] - round(day) for label, day in wanted.items() if day == 0}
    assert {label: day - reference for label, day in days.items()} == {
        label: math.trunc(day) for label, day in wanted.items()
    }


@pytest.mark.parametrize("name", MADE_UP)
def test_nominal_days_of_made_up_studies(name: str) -> None:
    """Chains, visits of one day, decisions and months come to the days of an expansion of their own."""
    days, wanted = placed(schedule_of(MADE_UP[name]).slots), expanded(MADE_UP[name])
    assert days.keys() <= wanted.keys()
    assert wanted.keys() - days.keys() == ({"Rescue"} if name == "decision" else set())
    assert {label: day for label, day in days.items() if abs(day - wanted[label]) >= 1} == {}


def test_two_visits_of_one_day_keep_what_the_first_is_counted_from() -> None:
    """A wash-out of 3 to 14 days stays one where dose 2 is on the day that it ends, and dose 2 comes after dose 1."""
    made = import_protocol(SourceFile(name="s.json", data=json.dumps(WASHOUT).encode()), About(file="out.toml"))
    regimen = lay_out(read_protocol(SourceFile.of_text(made.text)), profile_of())
    bounds = [(rule.min, rule.target, rule.max) for rule in regimen.timing if rule.visit == "dosing-2"]
    assert bounds == [(3, (7, 7), 14)]
    assert not any(rule.visit == rule.after for rule in regimen.timing)
    assert "Wash-out end and Dose 2 fall on one day: they become one visit." in made.remarks


def test_timings_from_a_decision_are_said_and_not_refused() -> None:
    """What is counted from a decision counts from its own day, or from the visit before it; either is told."""
    told = " ".join(schedule_of(DECIDED).remarks)
    assert "Day 28: counted from the decision Responds?, read from Day 14, the visit before it." in told
    told = " ".join(schedule_of(TIMED_DECISION).remarks)
    assert "Day 28: counted from the decision Responds?, read from Dose 1." in told


def test_pathways_are_one_course_each() -> None:
    """The usual way leaves out the visits of the other; ``--arm`` takes that one; one that is not there is refused."""
    usual = schedule_of(DECIDED)
    assert list(placed(usual.slots)) == ["Dose 1", "Day 14", "Day 28", "Day 42"]
    left_out = "Left out, since another pathway leads to them: Rescue. Another one: --arm CONDITION."
    assert left_out in usual.remarks
    other = schedule_of(DECIDED, arm="not better")
    assert placed(other.slots) == {"Dose 1": 0, "Day 14": 14, "Rescue": 17, "Day 42": 42}
    with pytest.raises(InvalidFileError) as raised:
        schedule_of(DECIDED, arm="nobody")
    assert "no arm, design or pathway nobody; its conditions are: not better" in raised.value.problems[0].message


def test_designs_are_one_course_each() -> None:
    """Of several study designs ``--arm`` takes the one of that name."""
    study = study_of([instance("Dose 1")], [FIXED])
    second = study_of([instance("Dose 1", to="Review"), instance("Review")],
                      [FIXED, timed("Review", "After", "P9D", "Dose 1")], id="e", name="Extension")  # fmt: skip
    study["study"]["versions"][0]["studyDesigns"] += second["study"]["versions"][0]["studyDesigns"]
    assert list(placed(schedule_of(study).slots)) == ["Dose 1"]
    assert "Only the study design Design is carried over, not Extension. Another one: --arm DESIGN." in (
        schedule_of(study).remarks
    )
    assert placed(schedule_of(study, arm="extension").slots) == {"Dose 1": 0, "Review": 9}


def test_what_has_no_timing_is_left_out_with_all_that_counts_from_it() -> None:
    """A visit whose day the study does not say is named, and what is counted from it; the rest is carried over."""
    study = study_of(
        [instance("Dose 1", to="Lost"), instance("Lost", to="After lost"), instance("After lost")],
        [FIXED, timed("After lost", "After", "P7D", "Lost")],
    )
    schedule = schedule_of(study)
    assert list(placed(schedule.slots)) == ["Dose 1"]
    assert {"Left out, since it has no timing: Lost.", "Left out, since it has no timing: After lost."} <= {
        *schedule.remarks
    }


def test_a_second_timing_of_a_visit_is_told() -> None:
    """The first timing counts; another of the same visit is named as left out."""
    study = study_of(
        [instance("Dose 1", to="Dose 2"), instance("Dose 2")],
        [FIXED, timed("Dose 2", "After", "P7D", "Dose 1"), timed("Dose 2", "After", "P9D", "Dose 1")],
    )
    schedule = schedule_of(study)
    assert placed(schedule.slots) == {"Dose 1": 0, "Dose 2": 7}
    assert any(remark.startswith("Left out, since Dose 2 has another timing") for remark in schedule.remarks)


def test_fixed_references_but_the_first_count_from_it() -> None:
    """Two fixed days of one study lie as far apart as they say."""
    study = study_of(
        [instance("Dose 1", to="Dose 2"), instance("Dose 2")],
        [FIXED, timed("Dose 2", "Fixed Reference", "P22D", "Dose 2")],
    )
    assert placed(schedule_of(study).slots) == {"Dose 1": 0, "Dose 2": 21}


@pytest.mark.parametrize(("side", "kind"), [("P1M", "calendar months"), ("PT4H", "hours"), ("a month", "words")])
def test_a_window_that_is_no_number_of_days_is_told(side: str, kind: str) -> None:
    """A window in months, hours or words is left out with what it says, never refused; the visit stands."""
    study = study_of(
        [instance("Dose 1", to="Review"), instance("Review")],
        [FIXED, timed("Review", "After", "P60D", "Dose 1", side, side)],
    )
    schedule = schedule_of(study)
    assert placed(schedule.slots) == {"Dose 1": 0, "Review": 60}
    assert any(f"a window in {kind} is left out ({side}..{side})" in one for one in schedule.remarks)


@pytest.mark.parametrize(
    ("kind", "code"),
    [("Before Timing Type", "C201357"), ("BEFORE", None), ("before timing type", ""), ("Vor", "C201357")],
)
def test_a_timing_before_another_is_never_read_as_one_after_it(kind: str, code: str | None) -> None:
    """What lies before is told by the terminology's code, else by the first word, however a release words it."""
    screening = timed("Screening", "Before", "P14D", "Dose 1") | {"type": {"code": code, "decode": kind}}
    dose = FIXED | {"type": {"code": None, "decode": "Fixed Reference Timing Type"}}
    study = study_of([instance("Screening", to="Dose 1"), instance("Dose 1")], [screening, dose])
    assert placed(schedule_of(study).slots) == {"Screening": -14, "Dose 1": 0}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"type": {"code": "C1", "decode": "Around"}}, 'type "Around" is neither before, after nor a fixed reference'),
        ({"relativeToScheduledInstanceId": None}, "it does not say from which visit it counts"),
        ({"relativeToScheduledInstanceId": "Review"}, "it counts from itself"),
        ({"value": ""}, '"" is no ISO 8601 duration'),
    ],
)
def test_a_timing_that_says_no_day_is_told_and_nothing_is_placed_by_it(change: dict[str, Any], told: str) -> None:
    """A visit whose timing cannot be read is left out by name with its reason; the others stand."""
    study = study_of(
        [instance("Dose 1", to="Dose 2"), instance("Dose 2", to="Review"), instance("Review")],
        [
            FIXED,
            timed("Dose 2", "After", "P7D", "Dose 1", "P1D", "P1D"),
            timed("Review", "After", "P9D", "Dose 1", "P1D", "P1D") | change,
        ],
    )
    schedule = schedule_of(study)
    assert placed(schedule.slots) == {"Dose 1": 0, "Dose 2": 7}
    assert any(remark.startswith("Review: its timing Review After is not read") and told in remark
               for remark in schedule.remarks)  # fmt: skip
    assert "Left out, since it has no timing: Review." in schedule.remarks


def test_visits_that_count_from_each_other_are_left_out() -> None:
    """Two visits that are counted from one another have no day; what has one stays."""
    study = study_of(
        [instance("Dose 1", to="Review"), instance("Review", to="Call"), instance("Call")],
        [FIXED, timed("Review", "After", "P7D", "Call"), timed("Call", "After", "P7D", "Review")],
    )
    assert placed(schedule_of(study).slots) == {"Dose 1": 0}


def test_without_a_fixed_reference_visits_count_from_the_one_that_most_count_from() -> None:
    """A study whose day 1 has no timing of its own is read from it, and that is told."""
    study = study_of(
        [instance("Screening", to="Dose 1"), instance("Dose 1", to="Review"), instance("Review")],
        [timed("Screening", "Before", "P7D", "Dose 1"), timed("Review", "After", "P9D", "Dose 1")],
    )
    schedule = schedule_of(study)
    assert placed(schedule.slots) == {"Screening": -7, "Dose 1": 0, "Review": 9}
    assert "No visit is the fixed reference; Dose 1 is taken, since others count from it." in schedule.remarks


def test_fixed_references_of_one_day_are_no_visits_of_one_day() -> None:
    """A second anchor that says no distance from the first is told and left out, never put on the first one's day."""
    study = study_of(
        [instance("Dose 1", to="Dose 2"), instance("Dose 2", to="Review"), instance("Review")],
        [FIXED, timed("Dose 2", "Fixed Reference", "P1D", "Dose 2"), timed("Review", "After", "P9D", "Dose 2")],
    )
    schedule = schedule_of(study)
    assert placed(schedule.slots) == {"Dose 1": 0}
    assert "Dose 2: a fixed reference like Dose 1, and nothing says how far apart they are." in schedule.remarks


def test_a_window_with_one_side_is_none_on_the_other() -> None:
    """*-0..+27 days* with an empty lower side begins on the day itself."""
    study = study_of(
        [instance("Dose 1", to="Review"), instance("Review", to="Call"), instance("Call")],
        [
            FIXED,
            timed("Review", "After", "P9D", "Dose 1", "", "P27D"),
            timed("Call", "After", "P40D", "Dose 1", "P2D", ""),
        ],
    )
    assert [(slot.minus, slot.plus) for slot in schedule_of(study).slots[1:]] == [(0, 27), (2, 0)]


def test_a_way_back_is_told_and_is_no_pathway() -> None:
    """A decision that leads back to an earlier visit repeats nothing here, says so, and is no arm to ask for."""
    study = json.loads((STUDIES / "decision.json").read_text(encoding="utf-8"))
    remarks = schedule_of(study).remarks
    assert "Left out: Progression, which leads back to Treatment (if major rash)." in remarks
    with pytest.raises(InvalidFileError) as raised:
        schedule_of(study, arm="major rash")
    assert "leads to no other pathway" in raised.value.problems[0].message


def test_a_way_that_leaves_visits_out_is_a_pathway() -> None:
    """Who opted out has no visit on day 28; the others do."""
    study = json.loads((STUDIES / "optional.json").read_text(encoding="utf-8"))
    assert "Day 28" in placed(schedule_of(study).slots)
    out = placed(schedule_of(study, arm="opted out").slots)
    assert out == {"Screen": -2, "Baseline": 0, "Treatment": 0, "Day 14": 14, "Follow Up": 42}
