"""Clinics of many patients with built-in protocols, as full as is asked for: each different and always the same."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import kapplan
from kapplan.dates import Weekday
from kapplan.model.clinic import Clinic, Room, Staff
from kapplan.model.fields import Span
from kapplan.model.profile import Availability, Patient, Prefer, Profile, Treatment
from kapplan.planning.availability.free_time import BusyTimes
from kapplan.planning.schedule.course import Demand, demand_of

ZONE = "America/Denver"
NOW = datetime(2026, 12, 1, 9, tzinfo=ZoneInfo(ZONE))
MONDAY = date(2027, 1, 4)
WEEK: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri")
FREE = ("08:00-18:00", "08:00-13:00", "11:00-18:00", "09:00-16:00")
SHORT = ("zarate-2006", "taylor-2018", "dwyer-2021", "krupitsky-2007", "dakwar-2020", "abbar-2022", "crtce-2021")
LONG = ("kap-standard", "murrough-2013", "wilkinson-2017", "kare-2022", "field-trip-2023", "shiroma-2014")
ROLES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("okafor", ("therapist", "prescriber")),
    ("reyes", ("monitor",)),
    ("lindqvist", ("therapist",)),
    ("vega", ("monitor",)),
    ("diaz", ("therapist", "prescriber", "monitor")),
)


@dataclass(frozen=True)
class Size:
    """So many patients who begin within so many weeks, at a clinic with so many rooms and people."""

    patients: int
    weeks: int
    rooms: int = 2
    people: int = 4
    protocols: tuple[str, ...] = SHORT + LONG
    seed: int = 0


def clinic_of(size: Size) -> Clinic:
    """Return a clinic that is open on working days from eight to six."""
    hours: Any = {day: (Span.parse("08:00-18:00"),) for day in WEEK}
    return Clinic(
        id="aspen",
        timezone=ZONE,
        hours=hours,
        rooms=tuple(Room(id=f"room-{number}") for number in range(1, size.rooms + 1)),
        staff=tuple(Staff(id=name, roles=roles, hours=hours) for name, roles in ROLES[: size.people]),  # type: ignore[arg-type]
    )


def demands_of(size: Size) -> dict[str, Demand]:
    """Return what each patient asks: free on three days of the week or more, begun within four weeks."""
    draw = random.Random(size.seed)
    clinic = clinic_of(size)
    found = {}
    for number in range(size.patients):
        days = sorted(draw.sample(WEEK, draw.randint(3, 5)), key=WEEK.index)
        free: Any = {day: (Span.parse(draw.choice(FREE)),) for day in days}
        profile = Profile(
            patient=Patient(id=f"p-{number:03}"),
            treatment=Treatment(
                protocol=draw.choice(size.protocols),
                start=MONDAY + timedelta(days=draw.randrange(7 * size.weeks)),
                start_within=28,
                maintenance_months=1,
            ),
            availability=Availability(**free, prefer=Prefer(days=(draw.choice(days),))),
        )
        protocol = _protocol(profile.treatment.protocol)
        tailored = kapplan.tailor(profile, protocol, clinic)
        found[profile.patient.id] = demand_of(profile, clinic, tailored.regimen, BusyTimes(), NOW)
    return found


@cache
def _protocol(name: str) -> Any:
    return kapplan.read_protocol(name)
