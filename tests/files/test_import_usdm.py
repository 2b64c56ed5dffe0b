"""Study definitions: nominal days are those of their timelines, whatever these count from; what is lost is told.

The expansion here follows a study's own JSON and shares no line with the reader.
"""

from __future__ import annotations

import json
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
DAYS = {"Y": 365.25, "M": 30.4375, "W": 7.0, "D": 1.0, "TH": 1 / 24, "TM": 1 / 1440}


def days_of(duration: str) -> float:
    """Return a duration in days, as a calculator would."""
    date, _, time = duration.lstrip("-").removeprefix("P").partition("T")
    parts = [(number, unit) for number, unit in re.findall(r"(\d+)([YMWD])", date)]
    parts += [(number, f"T{unit}") for number, unit in re.findall(r"(\d+)([HM])", time)]
    total = sum(int(number) * DAYS[unit] for number, unit in parts)
    return -total if duration.startswith("-") else total


def expanded(study: dict[str, Any]) -> dict[str, float]:
    """Return the day of every visit of a study's main timeline, counted from its fixed reference, by its label."""
    design = study["study"]["versions"][0]["studyDesigns"][0]
    main = next(timeline for timeline in design["scheduleTimelines"] if timeline["mainTimeline"])
    timing = {one["relativeFromScheduledInstanceId"]: one for one in reversed(main["timings"])}
    before = {one.get("defaultConditionId"): one["id"] for one in main["instances"]}

    def day(name: str) -> float:
        one = timing.get(name)
        if one is None:
            return day(before[name])
        if one["type"]["decode"] == "Fixed Reference":
            return 0.0
        sign = -1 if one["type"]["decode"] == "Before" else 1
        return day(one["relativeToScheduledInstanceId"]) + sign * days_of(one["value"])

    return {
        one.get("label") or one["name"]: day(one["id"])
        for one in main["instances"]
        if one["instanceType"] == "ScheduledActivityInstance" and one["id"] in timing
    }


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
        "id": f"t-{name}-{to}", "name": f"{name} {kind}", "type": {"decode": kind}, "value": value,
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


@pytest.mark.parametrize("name", sorted(path.name for path in STUDIES.glob("*.json")))
def test_nominal_days_of_public_studies(name: str) -> None:
    """Every visit of the studies at hand stands on the day that its timeline says."""
    study = json.loads((STUDIES / name).read_text(encoding="utf-8"))
    days = placed(schedule_of(study).slots)
    wanted = expanded(study)
    assert days.keys() == wanted.keys()
    assert {label: day for label, day in days.items() if abs(day - wanted[label]) >= 1} == {}


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


def test_a_window_in_months_is_told() -> None:
    """A window that is no number of days is left out with its words, never refused."""
    study = study_of(
        [instance("Dose 1", to="Review"), instance("Review")],
        [FIXED, timed("Review", "After", "P6M", "Dose 1", "P1M", "P1M")],
    )
    assert any("a window in calendar months is left out (P1M..P1M)" in one for one in schedule_of(study).remarks)
