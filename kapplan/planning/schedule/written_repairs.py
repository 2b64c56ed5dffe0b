"""Repairs as a person writes them: the lines of a file or the option of the command, each tried before it is told.

What the search opens or widens in plain numbers is said in the words of the files, in the least way that works: a
clinic's day without further staff, a patient's day without their escort, wherever that is enough.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from kapplan.dataclass import dataclass, replace
from kapplan.model.clinic import Opening
from kapplan.model.decisions import Widening, WiderBounds
from kapplan.model.fields import MINUTES_IN_DAY, Span
from kapplan.model.profile import PatientHours
from kapplan.planning.availability.weekly_hours import DEFAULT_HOURS
from kapplan.planning.feasibility.feasibility import is_feasible
from kapplan.planning.infeasibility.repairs import Repair
from kapplan.planning.regimen.widen import refusal_of, widened
from kapplan.planning.schedule.course import Demand, Setting, set_up, therapists

WHO, REASON = "who decides it", "why it may be so"
"""What stands for the name and the reason in lines that are printed."""

Table = tuple[tuple[str, str], ...]
"""The keys of a table with their values as TOML."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenRepair:
    """A repair as it is typed.

    An ``option`` stands on the command line. Else it is written into a ``file``: ``tables`` are added to the list of
    the name ``key``, or stand in place of what the table ``key`` has under the same name (``replaces``).
    """

    repair: Repair
    option: tuple[str, ...] = ()
    file: Literal["profile", "clinic"] | None = None
    key: str = ""
    tables: tuple[Table, ...] = ()
    replaces: bool = False


class _Candidate(NamedTuple):
    written: WrittenRepair
    demand: Demand


def written_repairs(setting: Setting, repairs: Iterable[Repair]) -> tuple[WrittenRepair, ...]:
    """Return repairs as they are typed; one of which no lines make the course fit is left out."""
    tried = (islice(_working(setting, repair), 1) for repair in repairs)
    return tuple(one.written for found in tried for one in found)


def _working(setting: Setting, repair: Repair) -> Iterator[_Candidate]:
    makers: dict[str, Callable[[Setting, Repair], Iterator[_Candidate]]] = {
        "start": _start,
        "first-dose": _first_dose,
        "clinic-day": _clinic_day,
        "patient-day": _patient_day,
        "widen": _widening,
    }
    for candidate in makers[repair.kind](setting, repair):
        problems = (set_up(candidate.demand, one).problem for one in therapists(candidate.demand))
        if any(is_feasible(problem, deadline=setting.demand.deadline) for problem in problems):
            yield candidate


def _start(setting: Setting, repair: Repair) -> Iterator[_Candidate]:
    day = _date(setting, repair)
    demand = setting.demand
    situation = replace(demand.situation, origin=day, earliest=day)
    yield _Candidate(
        WrittenRepair(repair=repair, option=("--start", day.isoformat())), replace(demand, situation=situation)
    )


def _first_dose(setting: Setting, repair: Repair) -> Iterator[_Candidate]:
    day = _date(setting, repair)
    written = WrittenRepair(
        repair=repair,
        file="profile",
        key="treatment",
        tables=((("first_dose", day.isoformat()),),),
        replaces=True,
    )
    demand = setting.demand
    yield _Candidate(written, replace(demand, situation=replace(demand.situation, first_dose=day)))


def _date(setting: Setting, repair: Repair) -> date:
    return setting.demand.situation.date_of(repair.day or 0)


# Days


def _clinic_day(setting: Setting, repair: Repair) -> Iterator[_Candidate]:
    """Yield the openings of a day: with nobody of those who have hours of their own, with one of them, with all."""
    clinic, day = setting.demand.clinic, _date(setting, repair)
    own = tuple(one.id for one in clinic.staff if one.hours is not None)
    choices = [(), *((one,) for one in own), *([own] if len(own) > 1 else [])]
    for staff in choices:
        opening = Opening(on=day, hours=(_opening_span(setting),), staff=staff)
        table = _table(
            on=day.isoformat(), hours=_texts(map(str, opening.hours)), staff=_texts(staff) if staff else None
        )
        yield _Candidate(
            WrittenRepair(repair=repair, file="clinic", key="clinic.open", tables=(table,)),
            replace(setting.demand, clinic=replace(clinic, open=(*clinic.open, opening))),
        )


def _opening_span(setting: Setting) -> Span:
    """Return the time of day from the first opening of the clinic's week to its last closing."""
    hours = setting.demand.clinic.hours or DEFAULT_HOURS
    parts = [part for parts in hours.values() for part in parts]
    return Span(min(part.start for part in parts), max(part.end for part in parts))


def _patient_day(setting: Setting, repair: Repair) -> Iterator[_Candidate]:
    """Yield the hours of a patient on a day: in spite of nothing, with an escort, in spite of an absence, with both."""
    profile, day = setting.demand.profile, _date(setting, repair)
    availability, limited = profile.availability, profile.travel.escort_hours is not None
    for whole in (_opening_span(setting), Span(0, MINUTES_IN_DAY)):
        spans = _by_the_patients_clock(setting, day, whole)
        for despite_away in (False, True) if availability.away else (False,):
            for escort in (False, True) if limited else (False,):
                also = tuple(
                    PatientHours(on=on, hours=(span,), despite_away=despite_away, escort=escort) for on, span in spans
                )
                there = replace(availability, also=(*availability.also, *also))
                written = WrittenRepair(
                    repair=repair, file="profile", key="availability.also", tables=tuple(map(_hours_table, also))
                )
                yield _Candidate(written, replace(setting.demand, profile=replace(profile, availability=there)))


def _hours_table(also: PatientHours) -> Table:
    return _table(
        on=None if also.on is None else also.on.isoformat(),
        hours=_texts(map(str, also.hours)),
        despite_away="true" if also.despite_away else None,
        escort="true" if also.escort else None,
    )


def _by_the_patients_clock(setting: Setting, day: date, span: Span) -> Sequence[tuple[date, Span]]:
    """Return the hours of a day of the clinic's as the patient's clock shows them, by days where it is another one."""
    clocks = setting.calendar.resources.clocks
    midnight = datetime.combine(day, time())
    start, end = (
        (midnight + timedelta(minutes=minute)).replace(tzinfo=clocks.clinic).astimezone(clocks.home)
        for minute in (span.start, span.end)
    )
    first, last = _minute(start, clocks.home), _minute(end, clocks.home)
    if start.date() == end.date():
        return [(start.date(), Span(first, last))]
    before = [(start.date(), Span(first, MINUTES_IN_DAY))]
    return [*before, (end.date(), Span(0, last))] if last else before


def _minute(moment: datetime, home: ZoneInfo) -> int:
    local = moment.astimezone(home)
    return local.hour * 60 + local.minute


# Rules


def _widening(setting: Setting, repair: Repair) -> Iterator[_Candidate]:
    problem, demand = setting.problem, setting.demand
    if repair.limit is not None:
        limit = problem.limits[repair.limit]
        widening = _decided(limit.rule, None, WiderBounds(max=(limit.max or 0) + repair.amount))
    elif repair.timing is not None and repair.side is not None:
        rule = problem.timing[repair.timing]
        to = (
            WiderBounds(min=(rule.min or 0) - repair.amount)
            if repair.side == "min"
            else WiderBounds(max=(rule.max or 0) + repair.amount)
        )
        widening = _decided(rule.rule, rule.visit, to)
    else:
        return
    if refusal_of(demand.regimen, widening) is None:
        wider = widened(demand.regimen, [widening])
        written = WrittenRepair(repair=repair, file="profile", key="widen", tables=(_widen_table(widening),))
        yield _Candidate(written, replace(demand, regimen=wider))


def _decided(rule: str, visit: str | None, to: WiderBounds) -> Widening:
    return Widening(rule=rule, visit=visit, to=to, by=WHO, why=REASON)


def _widen_table(widening: Widening) -> Table:
    bounds = ((name, value) for name, value in (("min", widening.to.min), ("max", widening.to.max)))
    to = ", ".join(f"{name} = {value}" for name, value in bounds if value is not None)
    return _table(
        rule=_text(widening.rule),
        visit=None if widening.visit is None else _text(widening.visit),
        to=f"{{ {to} }}",
        by=_text(widening.by),
        why=_text(widening.why),
    )


# TOML


def _table(**values: str | None) -> Table:
    """Return the keys of a table that have a value, in their order."""
    return tuple((key, value) for key, value in values.items() if value is not None)


def _text(value: str) -> str:
    return f'"{value}"'


def _texts(values: Iterable[str]) -> str:
    return f"[{', '.join(map(_text, values))}]"
