"""Random small clinics: two to five patients with short courses, one or two rooms, few hours; plain to read twice.

``Spec`` says all that there is to say of a clinic in numbers: the program's own objects and the oracle are both made
from it.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, NamedTuple

from support.cases import MONDAY, NOW, ZONE
from support.protocols import profile_of, protocol_of

from kapplan.dates import WEEKDAYS
from kapplan.model.clinic import Clinic, Room, Staff
from kapplan.model.fields import Span
from kapplan.model.profile import Availability, Patient
from kapplan.planning.availability.free_time import BusyTimes
from kapplan.planning.regimen.layout import lay_out
from kapplan.planning.schedule.course import Demand, demand_of

Hours = dict[int, tuple[int, int]]
"""From which minute until which somebody is there, by weekday."""

LENGTHS = {"preparation": 60, "dosing": 150, "integration": 50}
NEEDS = {
    "preparation": ("therapist", "room"),
    "dosing": ("therapist", "monitor", "room"),
    "integration": ("therapist",),
}
HEAD = """
id = "made-up"
title = "Made up"
version = "1"
drug = "ketamine"
off_label = true
[visits.preparation]
minutes = { administer = 60 }
needs = ["therapist", "room"]
[visits.dosing]
minutes = { prepare = 10, administer = 40, monitor = 90, clear = 10 }
needs = ["therapist", "monitor", "room"]
[visits.integration]
minutes = { administer = 50 }
needs = ["therapist"]
"""
COURSES = (
    """
[[phases]]
id = "doses"
[[phases.series]]
visit = "dosing"
count = 2
gap = { min = 2, target = 3, max = 5 }
""",
    """
[[phases]]
id = "before"
[[phases.series]]
visit = "preparation"
[[phases]]
id = "doses"
[[phases.series]]
visit = "dosing"
count = 1
after = { last = "preparation" }
lead = { min = 1, target = [1, 2], max = 5 }
[[phases.series]]
visit = "integration"
each = { visit = "dosing" }
gap = { min = 1, target = 1, max = 3 }
""",
    """
[[phases]]
id = "doses"
[[phases.series]]
visit = "dosing"
count = 2
gap = { min = 2, target = [2, 3], max = 4 }
[[phases.series]]
visit = "integration"
each = { visit = "dosing" }
gap = { min = 1, target = 1, max = 3 }
before_next = { min = 1 }
""",
)


@dataclass(frozen=True)
class PatientSpec:
    """A patient: the course asked for, from which day of the run on, within how many days, when free, how urgent."""

    name: str
    course: int
    start: int
    within: int
    hours: Hours
    weight: int


class Person(NamedTuple):
    """One of the staff."""

    roles: tuple[str, ...]
    hours: Hours
    capacity: int


@dataclass(frozen=True)
class Spec:
    """A clinic with its patients."""

    hours: Hours
    rooms: dict[str, int]
    staff: dict[str, Person]
    patients: tuple[PatientSpec, ...]


def spec_of(seed: int) -> Spec:
    """Return the clinic of a seed: so crowded that patients are in each other's way."""
    draw = random.Random(seed)
    open_on = sorted(draw.sample(range(5), draw.randint(3, 5)))
    hours = {day: (9 * 60, draw.choice((12, 13, 14, 15)) * 60) for day in open_on}
    rooms = {name: draw.choice((1, 1, 1, 2)) for name in ("blue", "green")[: draw.randint(1, 2)]}
    staff = {"okafor": Person(("therapist",), hours, 1), "reyes": Person(("monitor",), hours, draw.choice((1, 1, 2)))}
    if draw.random() < 0.5:
        some = {day: hours[day] for day in open_on if draw.random() < 0.7}
        staff["vega"] = Person(("therapist", "monitor") if draw.random() < 0.5 else ("therapist",), some, 1)
    patients = tuple(_patient(draw, f"p{number}", open_on) for number in range(draw.randint(2, 5)))
    return Spec(hours, rooms, staff, patients)


def _patient(draw: random.Random, name: str, open_on: list[int]) -> PatientSpec:
    free = {day: draw.choice(((9 * 60, 15 * 60), (9 * 60, 12 * 60), (10 * 60, 15 * 60))) for day in open_on}
    if draw.random() < 0.5:
        free.pop(draw.choice(open_on))
    start = draw.choice((0, 0, 1, 3))
    return PatientSpec(name, draw.randrange(len(COURSES)), start, draw.randint(3, 6), free, draw.choice((1, 1, 2, 4)))


def clinic_of(spec: Spec) -> Clinic:
    """Return the clinic itself."""
    return Clinic(
        timezone=ZONE,
        hours=_weekly(spec.hours),
        rooms=tuple(Room(id=name, capacity=capacity) for name, capacity in spec.rooms.items()),
        staff=tuple(
            Staff(id=name, roles=one.roles, hours=_weekly(one.hours), capacity=one.capacity)  # type: ignore[arg-type]
            for name, one in spec.staff.items()
        ),
    )


def demands_of(spec: Spec) -> dict[str, tuple[Demand, int]]:
    """Return what each patient asks of the clinic, with the weight."""
    clinic = clinic_of(spec)
    found = {}
    for one in spec.patients:
        protocol = protocol_of(COURSES[one.course], HEAD)
        profile = replace(
            profile_of(start=MONDAY + timedelta(days=one.start), start_within=one.within),
            patient=Patient(id=one.name),
            availability=Availability(**_weekly(one.hours)),
        )
        found[one.name] = (
            demand_of(profile, clinic, lay_out(protocol, profile, clinic), BusyTimes(), NOW),
            one.weight,
        )
    return found


def _weekly(hours: Hours) -> Any:
    return {name: (Span(*hours[day]),) if day in hours else () for day, name in enumerate(WEEKDAYS)}
