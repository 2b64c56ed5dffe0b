"""What a profile or a clinic may not say although every key and type is right: contradictions within one file."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import pairwise

from kapplan.dates import WEEKDAYS
from kapplan.files.toml.faults import Fault, Path, nearest_of
from kapplan.model.clinic import Away, Clinic, Closure, Staff, WeeklyHours
from kapplan.model.decisions import Authorization
from kapplan.model.fields import MINUTES_IN_DAY, Span
from kapplan.model.profile import Availability, Patient, Profile, Symptoms, Treatment
from kapplan.model.terms import KINDS

LONGEST_START_WITHIN = 366
LONGEST_MAINTENANCE = 120
"""Bounds of what is laid out, in days and in months: so that a slip of the pen does not ask for a million days."""

_PROBE = datetime(9950, 1, 1)  # noqa: DTZ001 - rules of whole days have no zone
"""From here dateutil has fifty years to look for a rule's first day, and gives up soon where there is none."""


def profile_faults(profile: Profile) -> Iterator[Fault]:
    """Yield what contradicts itself in a profile."""
    yield from _treatment_faults(profile.treatment)
    yield from _lifetime_faults(profile)
    yield from _symptom_faults(profile.symptoms)
    yield from _availability_faults(profile.availability)
    yield from hours_faults(profile.travel.escort_hours or {}, ("travel", "escort_hours"))
    yield from _repeated([(given.kind, given.on) for given in profile.given], ("given",), "this visit is listed twice")
    for index, approved in enumerate(profile.authorization):
        path = ("authorization", index)
        yield from _period_faults(approved.from_, approved.until, path)
        if approved == Authorization():
            yield Fault(path, "this authorization says nothing", "any of from, until, visits, devices", key=True)
    yield from _repeated(
        [override.rule for override in profile.override], ("override",), "this rule is overridden twice", "rule"
    )
    if profile.clinic is not None:
        yield from clinic_faults(profile.clinic)


def clinic_faults(clinic: Clinic) -> Iterator[Fault]:
    """Yield what contradicts itself in a clinic; paths begin with ``clinic``."""
    path: Path = ("clinic",)
    yield from hours_faults(clinic.hours or {}, (*path, "hours"))
    if clinic.hours is not None and not any(clinic.hours.values()):
        yield Fault((*path, "hours"), "the clinic is never open", 'hours such as { mon = ["09:00-17:00"] }')
    yield from _holiday_faults(clinic.holidays)
    for index, closure in enumerate(clinic.closed):
        yield from _closure_faults(closure, (*path, "closed", index))
    yield from _repeated([room.id for room in clinic.rooms], (*path, "rooms"), "two rooms have this id", "id")
    for index, room in enumerate(clinic.rooms):
        for number, kind in enumerate(room.kinds or ()):
            yield from _kind_faults(kind, (*path, "rooms", index, "kinds", number))
    yield from _repeated([one.id for one in clinic.staff], (*path, "staff"), "two of the staff have this id", "id")
    for index, one in enumerate(clinic.staff):
        yield from _staff_faults(one, (*path, "staff", index))
    for kind, minutes in clinic.minutes.items():
        parts = (minutes.prepare, minutes.administer, minutes.monitor, minutes.clear)
        if sum(part or 0 for part in parts) > MINUTES_IN_DAY:
            yield Fault((*path, "minutes", kind), f"a visit of kind `{kind}` would be longer than a day")


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
        yield Fault(
            ("symptoms", "phq9_item9"), f"item 9 is part of the PHQ-9 and cannot be more than all of it, {total}"
        )
    if symptoms.bp is not None:
        systolic, diastolic = map(int, symptoms.bp.split("/"))
        if systolic <= diastolic:
            expected = f'"{diastolic}/{systolic}"' if systolic < diastolic else None
            yield Fault(("symptoms", "bp"), "the systolic pressure comes first and is the higher", nearest=expected)


def _availability_faults(availability: Availability) -> Iterator[Fault]:
    path: Path = ("availability",)
    yield from hours_faults(availability.weekly or {}, path)
    if availability.weekly is not None and not any(availability.weekly.values()):
        yield Fault(path, "the patient is never available", 'hours such as mon = ["09:00-17:00"]', key=True)
    yield from _away_faults(availability.away, (*path, "away"))
    for index, day in enumerate(availability.avoid.days):
        if day in availability.prefer.days:
            yield Fault((*path, "avoid", "days", index), f"`{day}` is both preferred and to be avoided")


def hours_faults(weekly: WeeklyHours, path: Path) -> Iterator[Fault]:
    """Yield the hours of weekdays that overlap or stand in the wrong order."""
    for day in WEEKDAYS:
        spans: Sequence[Span] = weekly.get(day, ())
        for index, (earlier, later) in enumerate(pairwise(spans), start=1):
            if later.start >= earlier.end:
                continue
            if later.end > earlier.start:
                yield Fault((*path, day, index), f'"{later}" and "{earlier}" overlap')
            else:
                yield Fault((*path, day, index), f'"{later}" must stand before "{earlier}", in the order of the day')


def _away_faults(absences: Iterable[Away], path: Path) -> Iterator[Fault]:
    for index, away in enumerate(absences):
        yield from _period_faults(away.from_, away.until, (*path, index))


def _period_faults(first: date | None, last: date | None, path: Path) -> Iterator[Fault]:
    """Yield a period that ends before it begins, and two moments of which only one tells its offset."""
    if first is None or last is None:
        return
    end = (*path, "until")
    if isinstance(first, datetime) and isinstance(last, datetime):
        if (first.tzinfo is None) != (last.tzinfo is None):
            yield Fault(end, "`from` and `until` must both say their offset from UTC, or neither")
        elif last <= first:
            yield Fault(end, f"`until` must be later than `from`, {first.isoformat()}")
    elif _day(last) < _day(first):
        yield Fault(end, f"`until` lies before `from`, {_day(first)}", f"{_day(first)} or later")


def _day(moment: date) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


def _closure_faults(closure: Closure, path: Path) -> Iterator[Fault]:
    """Yield what keeps a closure from being one day, one range or one rule."""
    ways = {
        "on": closure.on is not None,
        "from": closure.from_ is not None and closure.rrule is None,
        "rrule": closure.rrule is not None,
    }
    given = [name for name, is_given in ways.items() if is_given]
    expected = "one of `on` (a day), `from` with `until` (a range) and `rrule` (a rule)"
    if not given:
        yield Fault(path, "this closure does not say when", expected, key=True)
    elif len(given) > 1:
        yield Fault((*path, given[1]), f"`{given[1]}` contradicts `{given[0]}`", expected, key=True)
    if closure.on is not None and closure.until is not None:
        yield Fault((*path, "until"), "`until` contradicts `on`", expected, key=True)
    if given == ["from"] and closure.until is None:
        yield Fault((*path, "from"), "`until` is missing", "the last day of the range; `on` for a single day", key=True)
    yield from _period_faults(closure.from_, closure.until, path)
    if closure.rrule is not None:
        reason = _reason(lambda: _check_rule(closure.rrule or ""))
        if reason is not None:
            yield Fault((*path, "rrule"), reason, 'a rule of RFC 5545 such as "FREQ=MONTHLY;BYDAY=1FR"')


def _check_rule(text: str) -> None:
    """Raise ``ValueError`` where a text is no recurrence rule of whole days, or one that no day keeps."""
    from dateutil.rrule import rrulestr

    from kapplan.planning.availability.holidays import check_rule

    parts = [part.partition("=") for part in text.upper().removeprefix("RRULE:").split(";")]
    values = {name: value for name, _, value in parts}
    for name in ("INTERVAL", "COUNT"):
        if not (values.get(name, "1").isdigit() and 1 <= int(values.get(name, "1")[:9]) <= LONGEST_START_WITHIN):
            raise ValueError(f"{name} must be a whole number from 1 to {LONGEST_START_WITHIN}")
    check_rule(text)
    endless = ";".join(f"{name}={value}" for name, _, value in parts if name not in {"UNTIL", "COUNT"})
    try:
        first = next(iter(rrulestr(endless, dtstart=_PROBE)), None)
    except (ValueError, TypeError, LookupError, AttributeError, OverflowError):
        raise ValueError(f'not a recurrence rule (RFC 5545): "{text}"') from None
    if first is None:
        raise ValueError("no day ever keeps this rule")


def _holiday_faults(code: str | None) -> Iterator[Fault]:
    """Yield a code that the holidays package does not know."""
    from kapplan.planning.availability.holidays import check_holidays

    if code is not None:
        reason = _reason(lambda: check_holidays(code))
        if reason is not None:
            yield Fault(("clinic", "holidays"), reason)


def _reason(check: Callable[[], object]) -> str | None:
    """Return the sentence with which a check refuses a value, if it does."""
    try:
        check()
    except ValueError as error:
        return str(error)
    return None


def _staff_faults(one: Staff, path: Path) -> Iterator[Fault]:
    yield from hours_faults(one.hours or {}, (*path, "hours"))
    yield from _away_faults(one.away, (*path, "away"))
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
