"""What a profile or a clinic may not say although every key and type is right: contradictions within one file."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from datetime import date

from kapplan.files.documents import time_checks
from kapplan.files.toml.faults import Fault, Path, nearest_of
from kapplan.model.clinic import Clinic, ClinicAlert, Staff
from kapplan.model.decisions import Authorization
from kapplan.model.fields import MINUTES_IN_DAY
from kapplan.model.profile import Availability, Patient, Profile, Symptoms, Treatment
from kapplan.model.terms import KINDS
from kapplan.planning.phrases.words import listed

LONGEST_START_WITHIN = 366
LONGEST_MAINTENANCE = 120
"""Bounds of what is laid out, in days and in months: so that a slip of the pen does not ask for a million days."""

MOST_BINDING = 30
"""How many authorizations may bind: some years of quarters."""


def profile_faults(profile: Profile) -> Iterator[Fault]:
    """Yield what contradicts itself in a profile."""
    yield from _treatment_faults(profile.treatment)
    yield from _lifetime_faults(profile)
    yield from _symptom_faults(profile.symptoms)
    yield from _availability_faults(profile.availability)
    yield from time_checks.hours_faults(profile.travel.escort_hours or {}, ("travel", "escort_hours"))
    yield from _repeated([(given.kind, given.on) for given in profile.given], ("given",), "this visit is listed twice")
    for index, approved in enumerate(profile.authorization):
        path = ("authorization", index)
        yield from time_checks.period_faults(approved.from_, approved.until, path)
        if approved == Authorization(bind=approved.bind):
            yield Fault(path, "this authorization says nothing", "any of from, until, visits, devices", key=True)
        elif approved.bind and approved.visits is None and approved.devices is None:
            yield Fault((*path, "bind"), "there is no number to bind to", "`visits`, `devices` or both", key=True)
    yield from nested_faults(profile.authorization)
    yield from _repeated(
        [override.rule for override in profile.override], ("override",), "this rule is overridden twice", "rule"
    )
    if profile.clinic is not None:
        yield from clinic_faults(profile.clinic)


def nested_faults(authorizations: Sequence[Authorization]) -> Iterator[Fault]:
    """Yield authorizations that bind on days within those of another one that does: who pays which dose is open.

    Of more that bind than a course can have the first is named that is too many: each bounds the search.
    """
    bound = [number for number, one in enumerate(authorizations) if one.bind]
    if len(bound) > MOST_BINDING:
        said = f"{len(bound)} authorizations bind"
        yield Fault(("authorization", bound[MOST_BINDING], "bind"), said, f"at most {MOST_BINDING}", key=True)
        return
    binding = [
        (one.from_ or date.min, one.until or date.max, number) for number, one in enumerate(authorizations) if one.bind
    ]
    widest: tuple[date, date, int] | None = None
    for first, last, number in sorted(binding, key=lambda days: (days[0], -days[1].toordinal(), days[2])):
        if widest is None or last > widest[1]:
            widest = first, last, number
        elif (first, last) != widest[:2]:
            said = f"the days of this authorization lie within those of the {widest[2] + 1}., and both bind"
            yield Fault(("authorization", number, "bind"), said, "days of its own, or no `bind`", key=True)


def clinic_faults(clinic: Clinic) -> Iterator[Fault]:
    """Yield what contradicts itself in a clinic; paths begin with ``clinic``."""
    path: Path = ("clinic",)
    yield from time_checks.hours_faults(clinic.hours or {}, (*path, "hours"))
    if clinic.hours is not None and not any(clinic.hours.values()):
        yield Fault((*path, "hours"), "the clinic is never open", 'hours such as { mon = ["09:00-17:00"] }')
    yield from time_checks.holiday_faults(clinic.holidays, (*path, "holidays"))
    for index, closure in enumerate(clinic.closed):
        yield from time_checks.closure_faults(closure, (*path, "closed", index))
    yield from time_checks.opening_faults(clinic.open, [one.id for one in clinic.staff], (*path, "open"))
    yield from _repeated([room.id for room in clinic.rooms], (*path, "rooms"), "two rooms have this id", "id")
    for index, room in enumerate(clinic.rooms):
        for number, kind in enumerate(room.kinds or ()):
            yield from _kind_faults(kind, (*path, "rooms", index, "kinds", number))
    yield from _repeated([one.id for one in clinic.staff], (*path, "staff"), "two of the staff have this id", "id")
    for index, one in enumerate(clinic.staff):
        yield from _staff_faults(one, (*path, "staff", index))
    if clinic.alerts:
        yield from _alert_faults(clinic.alerts, (*path, "alerts"))
    for kind, minutes in clinic.minutes.items():
        parts = (minutes.prepare, minutes.administer, minutes.monitor, minutes.clear)
        if sum(part or 0 for part in parts) > MINUTES_IN_DAY:
            yield Fault((*path, "minutes", kind), f"a visit of kind `{kind}` would be longer than a day")


def _alert_faults(alerts: Sequence[ClinicAlert], path: Path) -> Iterator[Fault]:
    """Yield thresholds of measures that nobody knows, that say nothing, or that no value can reach."""
    from kapplan.files.library.rules import built_in_measures

    scales = built_in_measures().measures
    for index, alert in enumerate(alerts):
        scale = scales.get(alert.measure)
        if scale is None:
            message = f"no measure is called `{alert.measure}`"
            expected = f"one of {listed(sorted(scales))}"
            yield Fault((*path, index, "measure"), message, expected, nearest_of(alert.measure, scales))
            continue
        bounds = {name: getattr(alert, name) for name in ("at_least", "below")}
        if all(bound is None for bound in bounds.values()):
            yield Fault((*path, index), "this alert says nothing", "`at_least`, `below` or both", key=True)
        if scale.form == "pair":
            yield Fault((*path, index, "measure"), f"{scale.title} is a pair of readings", "a measure of one number")
        for name, bound in bounds.items():
            if bound is not None and (bound <= scale.min or (scale.max is not None and bound > scale.max)):
                highest = "" if scale.max is None else f" through {scale.max}"
                message = f"{scale.title} goes from {scale.min}{highest}: this tells no value from another"
                yield Fault((*path, index, name), message, f"more than {scale.min}{highest}")


def clinic_oddities(clinic: Clinic) -> Iterator[Fault]:
    """Yield what is right by its form in a clinic and probably not meant."""
    from kapplan.planning.availability.holidays import holiday_hint

    yield from (fault for fault in clinic_faults(clinic) if fault.warning)
    hint = None if clinic.holidays is None else holiday_hint(clinic.holidays)
    if hint is not None:
        yield Fault(("clinic", "holidays"), hint, warning=True)


def _treatment_faults(treatment: Treatment) -> Iterator[Fault]:
    path = ("treatment",)
    start, first_dose = treatment.start, treatment.first_dose
    if start is not None and first_dose is not None and first_dose < start:
        yield Fault((*path, "first_dose"), f"the first dose lies before the start, {start}", f"{start} or later")
    bounds = (("start_within", LONGEST_START_WITHIN, "days"), ("maintenance_months", LONGEST_MAINTENANCE, "months"))
    for name, most, unit in bounds:
        if getattr(treatment, name) > most:
            yield Fault((*path, name), f"`{name}` must be {most} {unit} at most")


def _lifetime_faults(profile: Profile) -> Iterator[Fault]:
    """Yield the days of a profile that lie before its patient's birth."""
    patient: Patient = profile.patient
    born = patient.birth_date
    days = [profile.symptoms.on, profile.treatment.start, profile.treatment.first_dose]
    days += [given.on for given in profile.given]
    later = [day for day in days if day is not None]
    if born is not None and later and born >= min(later):
        yield Fault(
            ("patient", "birth_date"), f"the birth date does not lie before {min(later)}, another day given here"
        )


def _symptom_faults(symptoms: Symptoms) -> Iterator[Fault]:
    total, item = symptoms.phq9, symptoms.phq9_item9
    if total is not None and item is not None and item > total:
        yield Fault(("symptoms", "phq9_item9"), "item 9 is part of the PHQ-9 and cannot be more than all of it")
    if symptoms.bp is not None:
        systolic, diastolic = map(int, symptoms.bp.split("/"))
        if systolic <= diastolic:
            yield Fault(("symptoms", "bp"), "the systolic pressure comes first and is the higher", 'such as "128/82"')


def _availability_faults(availability: Availability) -> Iterator[Fault]:
    path: Path = ("availability",)
    yield from time_checks.hours_faults(availability.weekly or {}, path)
    if availability.weekly is not None and not any(availability.weekly.values()):
        yield Fault(path, "the patient is never available", 'hours such as mon = ["09:00-17:00"]', key=True)
    yield from time_checks.away_faults(availability.away, (*path, "away"))
    yield from time_checks.patient_hours_faults(availability.also, (*path, "also"))
    for index, day in enumerate(availability.avoid.days):
        if day in availability.prefer.days:
            yield Fault((*path, "avoid", "days", index), f"`{day}` is both preferred and to be avoided")


def _staff_faults(one: Staff, path: Path) -> Iterator[Fault]:
    yield from time_checks.hours_faults(one.hours or {}, (*path, "hours"))
    yield from time_checks.away_faults(one.away, (*path, "away"))
    yield from time_checks.extra_faults(one.also, (*path, "also"))
    if not one.roles:
        yield Fault((*path, "roles"), f"`{one.id}` has no role", "any of therapist, prescriber, monitor")


def _kind_faults(kind: str, path: Path) -> Iterator[Fault]:
    """Yield a word that is almost a kind of visit; others may be types of a protocol's own."""
    nearest = nearest_of(kind, KINDS)
    if kind not in KINDS and nearest is not None:
        yield Fault(path, f'"{kind}" is no kind of visit', "one of " + ", ".join(KINDS), nearest)


def _repeated(keys: Sequence[Hashable], path: Path, message: str, name: str | None = None) -> Iterator[Fault]:
    """Yield the items of a list whose key stands in an earlier one; ``name`` is the key's name where it is one."""
    for index, key in enumerate(keys):
        if key in keys[:index]:
            item = (*path, index)
            yield Fault((*item, name), f"{message}: `{key}`") if name else Fault(item, message, key=True)
