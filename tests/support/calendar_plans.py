"""Small plans for the tests of calendar files, built visit by visit."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from support.calendar_files import calendar_bytes
from support.ics_bytes import Component, events

from kapplan.model.decisions import AppliedRule
from kapplan.model.plan import (
    ClinicCard,
    Finding,
    Inputs,
    Objective,
    Plan,
    PlannedVisit,
    ProtocolRef,
    Reason,
    Score,
    Task,
)
from kapplan.model.regimen import Regimen
from kapplan.planning.availability.timezones import zone

CREATED = datetime(2026, 12, 20, 17, 30, 5, 123456, tzinfo=UTC)
REVISED = datetime(2026, 12, 22, 8, 0, tzinfo=UTC)
CARD = ClinicCard(
    name="Aspen House Ketamine Clinic",
    address="1200 Pearl St, Suite 200, Boulder",
    phone="+1 303 555 0117",
    url="https://aspenhouse.example/portal",
    crisis_line="988",
)
SENSITIVE = (
    "ketamine", "river a.", "phq", "bp", "lorazepam", "ptsd", "suicid", "travel", "return to work", "dosing", "dose",
    "induction", "integration", "practice norms", "aspen house", "ecg", "midazolam", "988", "kap-standard", "19",
)  # fmt: skip
"""What the sensitive plan holds and a neutral export must not tell, in small letters; looked for in texts only."""


def local(text: str, zone_name: str = "America/Denver") -> datetime:
    """Return ``2027-01-21 09:00`` in a zone."""
    return datetime.fromisoformat(text).replace(tzinfo=zone(zone_name))


def visit(start: datetime, *, hours: float = 1, number: int = 1, **changes: Any) -> PlannedVisit:
    """Return a visit of a length in elapsed hours; an integration unless changed."""
    kind = changes.pop("kind", "integration")
    values: dict[str, Any] = {
        "id": f"{kind}-{number}",
        "kind": kind,
        "number": number,
        "title": kind.capitalize(),
        "phase": "induction",
        "start": start,
        "end": (start.astimezone(UTC) + timedelta(hours=hours)).astimezone(start.tzinfo),
        "revised": REVISED,
    }
    return PlannedVisit(**{**values, **changes})


def plan(*visits: PlannedVisit, **changes: Any) -> Plan:
    """Return a plan of these visits in America/Denver unless changed."""
    values: dict[str, Any] = {
        "id": "0b9e1f1c-6a53-5d3c-9f0e-3c1f6a2b7d11",
        "patient": "river-0412",
        "name": "River A.",
        "created": CREATED,
        "revised": REVISED,
        "timezone": "America/Denver",
        "protocol": ProtocolRef(
            id="kap-standard",
            version="2026-11",
            title="Ketamine-assisted psychotherapy",
            off_label=True,
            drug="ketamine",
        ),
        "clinic": CARD,
        "inputs": Inputs(),
        "objective": Objective(deviation=0, follow_up_deviation=0, preference=0, sooner=0),
        "regimen": Regimen(protocol="kap-standard", visits=(), timing=(), limits=()),
        "visits": visits,
    }
    return Plan(**{**values, **changes})


def sensitive_plan() -> Plan:
    """Return a course with a visit of every status and something private in every field that can hold it."""
    private: dict[str, Any] = {
        "staff": ("okafor",),
        "room": "blue",
        "measures": ("phq9", "bp"),
        "note": "PHQ-9 was 19; ketamine 40 mg, midazolam at hand",
        "because": (
            Reason(rule="gap", text="7 days after dose 1", source="Practice norms of private clinics", verified=False),
        ),
    }
    dose: dict[str, Any] = {**private, "kind": "dosing", "hours": 3, "escort": True}
    return plan(
        visit(local("2027-01-04 09:00"), kind="screening", status="completed", **private),
        visit(local("2027-01-07 09:00"), kind="preparation", status="missed", sequence=1, **private),
        visit(local("2027-01-14 09:00"), kind="preparation", number=2, status="confirmed", **private),
        visit(local("2027-01-21 09:00"), **dose),
        visit(local("2027-01-22 10:30"), status="cancelled", cancelled_by="patient", sequence=2, **private),
        visit(local("2027-01-28 09:00"), number=2, provisional=True, **dose),
        visit(local("2027-02-01 13:15"), number=2, status="omitted", **private),
        visit(local("2027-03-15 13:15"), kind="review", status="unresolved", **private),
        visit(local("2027-04-12 16:00"), kind="check-in", place="remote", provisional=True, hours=0.5),
        visit(local("2027-05-10 16:00"), kind="check-in", number=2, place="home", hours=0.5),
        revision=4,
        tasks=(
            Task(id="labs", due=date(2027, 1, 11), text="Request the ECG", visit="screening-1"),
            Task(id="taper", due=date(2027, 1, 11), text="Ask about lorazepam before the first dose"),
            Task(id="consent", due=date(2027, 1, 4), text="Sign the ketamine consent", status="done"),
        ),
        findings=(Finding(rule="item9", level="warn", text="Suicidal thoughts", source="PHQ-9 manual", safety=True),),
        tailoring=(AppliedRule(rule="ptsd", effect="more", text="PTSD: more integration", source="Feder 2025"),),
        scores=(Score(on=date(2027, 1, 4), measure="phq9", value=19, visit="screening-1"),),
        notices=("Travel from 10 to 14 February; hopes to return to work in spring.",),
    )


def event_of(one: PlannedVisit, *, of: Plan | None = None, **options: Any) -> Component:
    """Return the only entry of a plan with one visit."""
    (event,) = events(calendar_bytes([replace(of or plan(), visits=(one,))], **options).content)
    return event
