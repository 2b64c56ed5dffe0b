"""A plan's file says all of the plan, and what is wrong with it is shown at its place."""

from __future__ import annotations

import dataclasses
import tomllib
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.plans import long_plan
from support.records import records
from support.reviews import course
from support.steps import calls_of

from kapplan.errors import InvalidFileError
from kapplan.files.plans.format import ROWS, packed, plan_of, text_of, unpacked
from kapplan.files.toml.sources import SourceFile
from kapplan.model.plan import PLAN_FORMAT, Plan, PlannedVisit

ZONES = ("America/Denver", "Europe/London", "Australia/Lord_Howe", "UTC")


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Draw a plan with anything in its fields; visits end after they start and have ids of their own."""
    plan: Plan = draw(records(Plan))
    zone = ZoneInfo(draw(st.sampled_from(ZONES)))
    visits = tuple(_in_zone(visit, number, zone) for number, visit in enumerate(plan.visits))
    withdrawn = tuple(_in_zone(visit, number, zone) for number, visit in enumerate(plan.withdrawn, start=len(visits)))
    plan = dataclasses.replace(plan, format=PLAN_FORMAT, timezone=zone.key, visits=visits, withdrawn=withdrawn)
    return _consistent(plan)


def _consistent(plan: Plan) -> Plan:
    """Return a plan whose rules and tasks name visits that it has, without targets and doubts."""
    plan = dataclasses.replace(
        plan, doubted=None, history=tuple(dataclasses.replace(entry, chain=None) for entry in plan.history)
    )
    known = [f"visit-{number}" for number in range(len(plan.regimen.visits))]
    if not known:
        return plan
    first, last = known[0], known[-1]
    regimen = dataclasses.replace(
        plan.regimen,
        visits=tuple(
            dataclasses.replace(visit, id=name) for visit, name in zip(plan.regimen.visits, known, strict=True)
        ),
        timing=tuple(
            dataclasses.replace(rule, visit=last, after=first, min=0, target=None, max=None)
            for rule in plan.regimen.timing
        ),
        limits=tuple(dataclasses.replace(limit, visits=(first, last), anchor=first) for limit in plan.regimen.limits),
    )
    tasks = tuple(dataclasses.replace(task, visit=first) for task in plan.tasks)
    return dataclasses.replace(plan, regimen=regimen, visits=plan.visits[: len(known)], tasks=tasks)


def _in_zone(visit: PlannedVisit, number: int, zone: ZoneInfo) -> PlannedVisit:
    return dataclasses.replace(
        visit,
        id=f"visit-{number}",
        start=visit.start.astimezone(zone),
        end=(visit.start + timedelta(hours=1)).astimezone(zone),
        actual=None if visit.actual is None else visit.actual.astimezone(zone),
        original=None if visit.original is None else visit.original.astimezone(zone),
    )


def _moments(value: Any) -> list[tuple[str, str, int]]:
    """Return every moment inside a value by wall clock, zone and fold, which plain equality does not compare."""
    if isinstance(value, datetime):
        return [(value.isoformat(), str(value.tzinfo), value.fold)]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return [moment for field in dataclasses.fields(value) for moment in _moments(getattr(value, field.name))]
    return [moment for item in value for moment in _moments(item)] if isinstance(value, tuple) else []


@given(plans())
@settings(max_examples=100)
def test_a_plan_read_back_is_the_plan_that_was_written(plan: Plan) -> None:
    """Every field, and every moment's wall clock and zone, survives the file."""
    read = plan_of(SourceFile.of_text(text_of(plan)))
    assert read == plan
    assert _moments(read) == _moments(plan)


def test_both_hours_of_a_night_with_two_are_told_apart() -> None:
    """A visit in the hour that the end of summer time repeats keeps its instant."""
    plan = long_plan()
    zone = ZoneInfo("America/Denver")
    second = datetime(2027, 11, 7, 1, 30, tzinfo=zone, fold=1)
    visit = dataclasses.replace(plan.visits[0], start=second, end=second + timedelta(hours=4))
    plan = dataclasses.replace(plan, timezone=zone.key, visits=(visit,))
    read = plan_of(SourceFile.of_text(text_of(plan))).visits[0]
    assert (read.start.astimezone(UTC), read.start.fold) == (second.astimezone(UTC), 1)


def test_the_same_plan_gives_the_same_bytes() -> None:
    """Writing, reading and writing again changes nothing."""
    text = text_of(long_plan())
    assert text_of(plan_of(SourceFile.of_text(text))) == text


rows = st.fixed_dictionaries(
    {"kind": st.sampled_from("abc")},
    optional={key: st.one_of(st.integers(0, 1), st.lists(st.integers(0, 1), max_size=1)) for key in "xyz"},
)


@given(st.fixed_dictionaries({"visits": st.lists(rows, max_size=6)}))
def test_what_rows_have_in_common_is_put_back_into_each(data: dict[str, Any]) -> None:
    """Unpacking what was packed gives the same data."""
    before = repr(data)
    file = packed(data)
    assert repr(sorted_rows(unpacked(without_common(file), file.get("common", {})))) == repr(
        sorted_rows(eval(before))  # noqa: S307 - the literal that was just written
    )


def without_common(data: dict[str, Any]) -> dict[str, Any]:
    """Return a file's data without the table of what is common."""
    return {key: value for key, value in data.items() if key != "common"}


def sorted_rows(data: dict[str, Any]) -> list[list[tuple[str, Any]]]:
    """Return rows with their keys in alphabetical order."""
    return [sorted(row.items()) for row in data["visits"]]


def test_shared_values_stand_in_the_file_once() -> None:
    """The sentence of a rule that all visits of a kind share is not repeated."""
    text = text_of(long_plan())
    common = tomllib.loads(text)["common"]
    assert set(common) <= {sort.name for sort in ROWS}
    assert common["visits"]["dosing"]["minutes"]["monitor"] == 105


def test_a_plan_of_forty_visits_is_small_and_quick_to_read() -> None:
    """A whole course with a year of check-ins takes less than 100 kB and some hundred calls a visit to read."""
    plan = long_plan()
    assert len(plan.visits) >= 40
    text = text_of(plan)
    assert len(text) < 100_000
    assert calls_of(lambda: plan_of(SourceFile.of_text(text))) < 1_000 * len(plan.visits)


def test_a_moment_without_a_zone_is_never_written() -> None:
    """A program that forgets a zone is told so before a file is made."""
    plan = dataclasses.replace(long_plan(), created=datetime(2027, 1, 1))  # noqa: DTZ001
    with pytest.raises(ValueError, match="zone"):
        text_of(plan)


BREAKS = (
    ("format = 2", "format = 99", "format 99", "format = 99"),
    ("format = 2", 'format = "1"', "`format`", 'format = "1"'),
    ("format = 2\n", "", "`format` is missing", ""),
    ('timezone = "America/Denver"', 'timezone = "America/Denvr"', "time zone", "Denvr"),
    ('kind = "dosing"', 'kind = "dose"', '"dose"', '"dose"'),
    ("monitor = 105", 'monitor = "105"', "`monitor`", '"105"'),
    ("monitor = 105", "monitr = 105", "`monitr`", "monitr"),
    ("[common.visits.dosing]", "[common.visitors.dosing]", "`visitors`", "visitors"),
    ('id = "dosing-2"', 'id = "dosing-1"', "two visits", 'id = "dosing-1"'),
)


@pytest.mark.parametrize(("old", "new", "words", "quoted"), BREAKS)
def test_a_plan_edited_by_hand_shows_its_mistakes_where_they_stand(old: str, new: str, words: str, quoted: str) -> None:
    """A mistake, even in what rows have in common, is told at the line that holds it."""
    text = text_of(long_plan())
    assert old in text
    broken = text.replace(old, new) if "visits" in old or "id" in old else text.replace(old, new, 1)
    with pytest.raises(InvalidFileError) as caught:
        plan_of(SourceFile.of_text(broken, "x.plan.toml"))
    problem = next(problem for problem in caught.value.problems if words in problem.message)
    line = broken.split("\n")[(problem.line or 1) - 1]
    assert problem.excerpt in {line, "monitr = …"}  # of a key that nobody knows only the key is quoted
    assert quoted in problem.excerpt


def test_a_moment_without_an_offset_is_refused() -> None:
    """A visit whose start was rewritten without its offset could be any hour."""
    text = text_of(long_plan())
    start = next(line for line in text.split("\n") if line.startswith("start = ") and ":" in line)
    with pytest.raises(InvalidFileError, match="offset from UTC") as caught:
        plan_of(SourceFile.of_text(text.replace(start, start[:27], 1)))
    assert caught.value.problems[0].excerpt == start[:27]


def test_rules_name_visits_of_the_course() -> None:
    """A visit that was held stays though the course has it no more; a rule of the course may not name it then."""
    plan = course("kap-standard").plan
    rule = plan.regimen.timing[0]
    held = tuple(
        dataclasses.replace(visit, status="completed") if visit.id == rule.after else visit for visit in plan.visits
    )
    kept_visits = tuple(visit for visit in plan.regimen.visits if visit.id != rule.after)
    there = {visit.id for visit in kept_visits}
    kept = tuple(one for one in plan.regimen.timing if {one.visit, one.after} <= there)
    without = dataclasses.replace(plan.regimen, visits=kept_visits, timing=kept, limits=())
    plan = dataclasses.replace(plan, visits=held, regimen=without)
    plan_of(SourceFile(name="river.plan.toml", data=text_of(plan).encode()))
    named = dataclasses.replace(plan, regimen=dataclasses.replace(without, timing=(rule, *kept)))
    with pytest.raises(InvalidFileError, match=f"the course has no visit `{rule.after}`"):
        plan_of(SourceFile(name="river.plan.toml", data=text_of(named).encode()))
