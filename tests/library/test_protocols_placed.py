"""Every built-in protocol on a real calendar: dates are found wherever there are any, and keep what was published.

The checker reads nothing but the days of the visits and the numbers stated here by hand.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from itertools import pairwise

import holidays
import pytest
from support.builtin_problems import builtin_demand
from support.library_data import IDS, course

import kapplan
from kapplan.files.documents.profile_checks import LONGEST_MAINTENANCE
from kapplan.model.clinic import Clinic, Room
from kapplan.model.fields import Span
from kapplan.model.profile import Patient, Profile, Treatment
from kapplan.model.regimen import Regimen
from kapplan.planning.availability.calendar import Calendar, shapes_of
from kapplan.planning.schedule.formulate import Situation, formulate, horizon, reach
from kapplan.planning.solver.optimum import place

FIRST, DAYS = date(2027, 1, 4), 730
START_WITHIN = 14
MONDAY_IN_SEPTEMBER, TUESDAY_IN_SEPTEMBER = date(2027, 9, 13), date(2027, 9, 14)
CLOSED = frozenset(holidays.country_holidays("US", years=range(2027, 2031)))
CLINIC = Clinic(
    timezone="America/New_York",
    holidays="US",
    hours={day: (Span.parse("09:00-17:00"),) for day in ("mon", "tue", "wed", "thu", "fri")},
    rooms=(Room(id="room"),),
)
PATIENT = Profile(patient=Patient(id="river"), treatment=Treatment())

AT_HOME = {"hull-2022": range(1, 99), "r107-2024": range(6, 99)}
"""The doses that are taken at home, where no clinic need be open."""

WEEKLY = {
    "kap-standard": 2, "esketamine-trd": 2, "esketamine-mdsi": 2, "esketamine-reinduction": 2, "murrough-2013": 3,
    "shiroma-2014": 3, "singh-2016-twice": 2, "singh-2016-thrice": 3, "phillips-2019": 3, "canbind-2020": 3,
    "elekt-d-2023": 2, "kads-2023": 2, "glue-2018": 2, "feder-2021": 3, "abdallah-2022": 2, "wilkinson-2017": 2,
    "wilkinson-2021": 2, "feder-2025": 3, "kare-2022": 1, "journey-clinical": 2, "hull-2022": 1,
    "sustain-3": 2, "kheirabadi-2023": 2, "karma-dep-2": 2, "roots-to-thrive-2025": 1,
}  # fmt: skip
"""The most doses in a treatment week."""

SHARED = {
    "rodriguez-2013": {"review", "psychotherapy"}, "singh-2016-twice": {"review", "dosing"},
    "singh-2016-thrice": {"review", "dosing"}, "r107-2024": {"review", "dosing"},
    "dakwar-2019": {"psychotherapy", "dosing"},
}  # fmt: skip
"""The kinds that may stand on one day."""

DAYS_IN_A_ROW = {"r107-2024": 5, "dakwar-2019": 5, "abbar-2022": 2}


def starts(step: int) -> list[date]:
    """Return start dates through two years, so many days apart."""
    return [FIRST + timedelta(days=days) for days in range(0, DAYS, step)]


def is_open(day: date) -> bool:
    """Tell whether the clinic is open on a day."""
    return day.weekday() < 5 and day not in CLOSED


@cache
def regimen_of(protocol_id: str) -> Regimen:
    """Return the whole course, all reviews passed, with six months of maintenance."""
    return course(protocol_id)


def placed(protocol_id: str, start: date) -> dict[str, date] | None:
    """Return the days that the program finds for a course from a start on; ``None`` where it finds none."""
    regimen = regimen_of(protocol_id)
    situation = Situation(origin=start, earliest=start, start_within=START_WITHIN)
    reached = reach(regimen, situation)
    calendar = Calendar(CLINIC, PATIENT, None, start, start + timedelta(days=horizon(reached)))
    shapes = shapes_of(regimen.visits)
    found = place(formulate(regimen, calendar, shapes, situation, reached))
    return None if found is None else {visit: start + timedelta(days=day) for visit, day in found.days.items()}


def legal_course_exists(protocol_id: str, start: date) -> bool:
    """Tell whether a course could exist: where days in a row are asked for, as many open ones must be near."""
    if protocol_id not in DAYS_IN_A_ROW:
        return True
    first_days = [start + timedelta(days=days) for days in range(START_WITHIN + 1)]
    row = DAYS_IN_A_ROW[protocol_id]
    return any(all(is_open(day + timedelta(days=n)) for n in range(row)) for day in first_days)


def broken(protocol_id: str, days: dict[str, date], start: date) -> list[str]:
    """Return what is wrong with a placed course, in words."""
    row = {kind: by_number(days, kind) for kind in {visit.rpartition("-")[0] for visit in days}}
    doses = row["dosing"]
    found = [
        f"{visit} on a closed day" for visit, day in days.items() if not (is_open(day) or home(protocol_id, visit))
    ]
    found += ["starts too early or too late"] * (not 0 <= (min(days.values()) - start).days <= START_WITHIN)
    found += [f"{kind} out of order" for kind, held in row.items() if any(a >= b for a, b in pairwise(held))]
    found += [
        f"{one} and {other} on one day"
        for (one, day), (other, other_day) in pairwise(sorted(days.items(), key=lambda item: item[1]))
        if day == other_day and {kind_of(one), kind_of(other)} != SHARED.get(protocol_id)
    ]
    weeks = [(dose - doses[0]).days // 7 for dose in doses]
    most = WEEKLY.get(protocol_id, 5)
    found += [f"too many doses in week {week + 1}" for week in set(weeks) if weeks.count(week) > most]
    if protocol_id not in {"r107-2024", "abbar-2022"}:
        found += ["doses on consecutive days"] * any((b - a).days < 2 for a, b in pairwise(doses))
    return found + broken_order(row)


def broken_order(row: dict[str, list[date]]) -> list[str]:
    """Return what is wrong with the order of integrations and doses."""
    doses, between = row["dosing"], row.get("integration", [])
    if len(between) < len(doses):
        return []
    return [
        f"no integration between doses {number} and {number + 1}"
        for number, (dose, after) in enumerate(pairwise(doses), start=1)
        if not any(dose < day < after for day in between)
    ]


def by_number(days: dict[str, date], kind: str) -> list[date]:
    """Return the days of a kind's visits in the order of their numbers."""
    numbers = sorted(int(visit.rpartition("-")[2]) for visit in days if kind_of(visit) == kind)
    return [days[f"{kind}-{number}"] for number in numbers]


def kind_of(visit: str) -> str:
    """Return the kind of a visit's id."""
    return visit.rpartition("-")[0]


def home(protocol_id: str, visit: str) -> bool:
    """Tell whether a visit needs no clinic."""
    kind, _, number = visit.rpartition("-")
    if kind == "dosing":
        return int(number) in AT_HOME.get(protocol_id, ())
    return protocol_id == "hull-2022"


def check(protocol_id: str, step: int) -> None:
    """Place a protocol from every start and complain of each that is wrong."""
    complaints = []
    for start in starts(step):
        days = placed(protocol_id, start)
        if days is None:
            complaints += [f"{start}: no dates"] * legal_course_exists(protocol_id, start)
        else:
            complaints += [f"{start}: {what}" for what in broken(protocol_id, days, start)]
            assert days.keys() == {visit.id for visit in regimen_of(protocol_id).visits}
    assert complaints == []


@pytest.mark.parametrize("protocol_id", IDS)
def test_on_twenty_start_dates(protocol_id: str) -> None:
    """From each of twenty start dates in two years a course is found that keeps the publication's rules."""
    check(protocol_id, 37)


@pytest.mark.thorough
@pytest.mark.parametrize("protocol_id", IDS)
def test_on_two_hundred_start_dates(protocol_id: str) -> None:
    """From each of two hundred start dates in two years a course is found that keeps the publication's rules."""
    check(protocol_id, 3)


@pytest.mark.parametrize("protocol_id", IDS)
def test_without_holidays_every_target_is_met(protocol_id: str) -> None:
    """From a Monday with no holiday near, the active course meets every target of its protocol."""
    regimen, start = regimen_of(protocol_id), date(2027, 3, 1)
    days = placed(protocol_id, start)
    assert days is not None
    missed = []
    for rule in regimen.timing:
        if rule.target is not None and rule.months is None and regimen.visit(rule.visit).tier == "course":
            between = (days[rule.visit] - days[rule.after]).days
            if not rule.target[0] <= between <= rule.target[1]:
                missed.append((rule.rule, rule.visit, rule.after, between))
    assert missed == []


def test_five_days_in_a_row_are_not_always_to_be_had() -> None:
    """Around Christmas no week near is whole, and the program says so; it bends no daily dose."""
    assert not legal_course_exists("r107-2024", date(2027, 12, 18))
    assert placed("r107-2024", date(2027, 12, 18)) is None


@pytest.mark.parametrize("name", IDS)
@pytest.mark.parametrize("later", [False, True])
def test_the_longest_maintenance_that_a_profile_may_ask_for_has_dates(name: str, *, later: bool) -> None:
    """A course of ten years is laid out as one of six months is, however late it begins: no calendar ends before it."""
    demand = builtin_demand(name, months=LONGEST_MAINTENANCE)
    if later:
        asked = TUESDAY_IN_SEPTEMBER if name == "dakwar-2019" else MONDAY_IN_SEPTEMBER
        within = (asked - demand.situation.origin).days
        demand = replace(demand, situation=replace(demand.situation, start_within=within, first_dose=asked))
    days = kapplan.place(demand).placement.days
    assert list(days) == [visit.id for visit in demand.regimen.visits]
