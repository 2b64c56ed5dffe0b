"""A letter to a patient: which appointments are on other days than they were told, as values.

It holds no more than a neutral handout: days and times, no kind of visit, drug or reason.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from kapplan.dataclass import dataclass
from kapplan.errors import UsageError
from kapplan.model.exports import Detail, HandoutMaterial
from kapplan.model.plan import Plan
from kapplan.output.handout.patient_sheet import Contact, contact_of, tells_treatment
from kapplan.output.records.words import clean
from kapplan.planning.availability.timezones import zone
from kapplan.planning.clinic.calls import Call, calls_of

Change = Literal["moved", "off", "new"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterLine:
    """One appointment: where it was as the patient knows, and where it is now.

    Away from the clinic both are told by the patient's own clock; ``at_clinic`` is then the new moment by the clinic's.
    """

    what: Change
    was: datetime | None
    now: datetime | None
    at_clinic: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterSheet:
    """A letter; ``first`` says that the patient was told of nothing before."""

    detail: Detail
    reference: str
    name: str | None
    contact: Contact
    timezone: str
    own_timezone: str | None
    written: date
    first: bool
    lines: tuple[LetterLine, ...]


def letter_sheet(plan: Plan, material: HandoutMaterial, at: datetime, *, detail: Detail = "neutral") -> LetterSheet:
    """Return what a patient must be told at a moment; raises ``UsageError`` where they know everything."""
    calls = calls_of(plan, at)
    if not calls:
        raise UsageError(
            "nothing has changed since the patient was last told",
            hint="`kapplan calls` lists whom to tell what; `kapplan told` notes that somebody was",
        )
    full = detail == "full"
    return LetterSheet(
        detail=detail,
        reference=clean(plan.patient),
        name=clean(plan.name) if full and plan.name else None,
        contact=contact_of(plan, named=full or not tells_treatment(plan)),
        timezone=plan.timezone,
        own_timezone=material.timezone,
        written=at.astimezone(zone(plan.timezone)).date(),
        first=not plan.told,
        lines=tuple(_line(plan, call, material) for call in calls),
    )


def _line(plan: Plan, call: Call, material: HandoutMaterial) -> LetterLine:
    what: Change = "off" if call.now is None else "new" if call.was is None else "moved"
    visit = next((one for one in plan.visits if one.id == call.visit), None)
    if visit is None or visit.place == "clinic" or material.timezone is None:
        return LetterLine(what=what, was=call.was, now=call.now, at_clinic=None)
    here = zone(material.timezone)
    was, now = (None if moment is None else moment.astimezone(here) for moment in (call.was, call.now))
    other = now is not None and call.now is not None and now.utcoffset() != call.now.utcoffset()
    return LetterLine(what=what, was=was, now=now, at_clinic=call.now if other else None)
