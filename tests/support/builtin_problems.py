"""Built-in protocols as placement problems, through the public stages, on a clinic's and a patient's calendar."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import kapplan
from kapplan.dates import Weekday
from kapplan.files.documents.readers import default_clinic
from kapplan.model.fields import Span
from kapplan.model.profile import Availability, Patient, Prefer, Profile, Treatment
from kapplan.planning.availability.calendar import BusyTimes
from kapplan.planning.problem.problem import Problem
from kapplan.planning.schedule.course import Demand, set_up

ZONE = "America/Denver"
NOW = datetime(2026, 12, 1, 9, tzinfo=ZoneInfo(ZONE))
START = date(2027, 1, 4)
FREE_HOURS = Span.parse("08:00-18:00")


def builtin_demand(
    protocol_id: str, *, weekdays: Iterable[Weekday] = (), prefer: Iterable[Weekday] = (), months: int = 6
) -> Demand:
    """Return what a new plan of a protocol is placed from: a Monday-to-Friday clinic with the US holidays of 2027.

    ``weekdays`` are the days on which the patient is free (all, where none is named), ``prefer`` those they like;
    ``months`` is how far check-ins go.
    """
    hours: dict[str, Any] = dict.fromkeys(weekdays, (FREE_HOURS,))
    profile = Profile(
        patient=Patient(id="a-patient"),
        treatment=Treatment(protocol=protocol_id, start=START, maintenance_months=months),
        availability=Availability(**hours, prefer=Prefer(days=tuple(prefer))),
    )
    clinic = replace(default_clinic(), timezone=ZONE, holidays="US")
    tailored = kapplan.tailor(profile, kapplan.read_protocol(protocol_id), clinic)
    return kapplan.demand_of(profile, clinic, tailored.regimen, BusyTimes(), NOW)


def builtin_problem(
    protocol_id: str, *, weekdays: Iterable[Weekday] = (), prefer: Iterable[Weekday] = (), months: int = 6
) -> Problem:
    """Return the placement problem of ``builtin_demand``."""
    return set_up(builtin_demand(protocol_id, weekdays=weekdays, prefer=prefer, months=months), None).problem
