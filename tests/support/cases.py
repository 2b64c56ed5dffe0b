"""Whole cases for tests: a protocol, a profile and a clinic, placed and drafted as the command line does it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any

from support.protocols import profile_of, protocol_of

from kapplan.dates import WEEKDAYS
from kapplan.model.clinic import Clinic
from kapplan.model.fields import Span
from kapplan.model.plan import Inputs, Plan
from kapplan.model.profile import Availability, Profile
from kapplan.model.protocol import Protocol
from kapplan.planning.availability.calendar import BusyTimes
from kapplan.planning.availability.timezones import zone
from kapplan.planning.regimen.layout import lay_out
from kapplan.planning.schedule.course import Answer, demand_of, solve
from kapplan.planning.schedule.draft import Header, draft

ZONE = "America/Denver"
NOW = datetime(2026, 12, 30, 9, tzinfo=zone(ZONE))
MONDAY = date(2027, 1, 4)
DAY = (Span(9 * 60, 17 * 60),)


def clinic_of(days: str = "mon tue wed thu fri", **keys: Any) -> Clinic:
    """Return a clinic that is open from nine to five on some weekdays."""
    return Clinic(timezone=ZONE, hours={day: DAY for day in WEEKDAYS if day in days.split()}, **keys)


def free_on(days: str, **keys: Any) -> Availability:
    """Return the availability of a patient who is free on some weekdays, all day."""
    whole_days: dict[str, Any] = dict.fromkeys(days.split(), (Span(0, 24 * 60),))
    return Availability(**whole_days, **keys)


def answer_of(protocol: Protocol, profile: Profile, clinic: Clinic, now: datetime = NOW) -> Answer:
    """Place a case."""
    return solve(demand_of(profile, clinic, lay_out(protocol, profile, clinic), BusyTimes(), now))


def plan_of(
    phases: str,
    *,
    clinic: Clinic | None = None,
    availability: Availability | None = None,
    given: tuple[Any, ...] = (),
    now: datetime = NOW,
    **treatment: Any,
) -> Plan:
    """Return the plan of some phases written as TOML, from Monday 4 January 2027 unless something else is asked."""
    protocol, place = protocol_of(phases), clinic or clinic_of()
    profile = replace(
        profile_of(**{"start": MONDAY, **treatment}), availability=availability or Availability(), given=given
    )
    return drafted(answer_of(protocol, profile, place, now), protocol, profile, place, now)


def drafted(answer: Answer, protocol: Protocol, profile: Profile, clinic: Clinic, now: datetime = NOW) -> Plan:
    """Draft the plan of a placed case."""
    header = Header(
        profile=profile, protocol=protocol, clinic=clinic, timezone=ZONE, now=now, by="tester", inputs=Inputs()
    )
    return draft(answer, header)
