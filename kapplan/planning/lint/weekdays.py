"""Weekdays: visits that no day of a clinic's week can hold, and rules that only weekends could keep."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta

from kapplan.dataclass import replace
from kapplan.dates import DAYS_IN_WEEK
from kapplan.model.clinic import Clinic
from kapplan.model.regimen import Regimen, RegimenVisit, TimingRule
from kapplan.planning.availability.calendar import BusyTimes, Calendar, Shape, shapes_of
from kapplan.planning.infeasibility.calendar_adapter import CalendarOpenings
from kapplan.planning.infeasibility.minimal_conflict import Clash, find
from kapplan.planning.lint.context import ProtocolPlaces, Remark, bare_profile
from kapplan.planning.lint.contradictions import AssumedCourse
from kapplan.planning.phrases.timing import timing_words
from kapplan.planning.phrases.words import listed, visit_words
from kapplan.planning.schedule.formulate import Situation, formulate, horizon, reach

_MONDAY = date(2029, 1, 1)
"""The Monday from which plain weeks are laid out; which one plays no part where there are no holidays."""
_NAMES = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")
_MOST_RULES = 4
"""How many rules of a clash a message tells one by one."""

Weekdays = frozenset[int]
"""Days of the week, Monday 0."""


def weekday_remarks(courses: Iterable[AssumedCourse], places: ProtocolPlaces, clinic: Clinic) -> Iterator[Remark]:
    """Yield what no week of the clinic's hours can hold; holidays, closures and bookings are left out."""
    plain = replace(clinic, holidays=None, closed=(), busy=(), timezone=clinic.timezone or "UTC")
    plain = replace(
        plain,
        rooms=tuple(replace(room, busy=()) for room in plain.rooms),
        staff=tuple(replace(person, busy=(), away=()) for person in plain.staff),
    )
    for course in courses:
        yield from _of_course(course.regimen, places, plain)


def _of_course(regimen: Regimen, places: ProtocolPlaces, clinic: Clinic) -> Iterator[Remark]:
    shapes = shapes_of(regimen.visits)
    week = Calendar(clinic, bare_profile(places.written), BusyTimes(), _MONDAY, _MONDAY + timedelta(days=6))
    open_on = {visit: frozenset(day.weekday() for day, _ in week.open_days(shape)) for visit, shape in shapes.items()}
    never = [visit for visit in regimen.visits if not open_on[visit.id]]
    if never:
        yield from (_never_open(visit, places) for visit in never)
        return
    found = [remark for rule in regimen.timing if (remark := _of_rule(rule, open_on, places)) is not None]
    yield from found
    if not any(not remark.warning for remark in found):
        clash = _clash(regimen, shapes, places, clinic)
        if clash is not None:
            yield _no_course(clash, open_on, places)


def _never_open(visit: RegimenVisit, places: ProtocolPlaces) -> Remark:
    """Return that no time of the week is long enough for a visit, or has all whom it needs."""
    path = places.of_series(visit.type)
    series = places.written.phases[int(str(path[1]))].series[int(str(path[3]))]
    needs = f" with {listed(visit.needs)}" if visit.needs else ""
    message = f"no time of the clinic's week can hold {visit_words(visit.id)}: {visit.minutes.total} minutes{needs}"
    return Remark("length", ("visits", series.visit), message, "hours, rooms and staff that can hold it", key=True)


# One rule by itself


def _of_rule(rule: TimingRule, open_on: Mapping[str, Weekdays], places: ProtocolPlaces) -> Remark | None:
    """Return that a rule alone can be kept from no weekday of its anchor, or from some only.

    That a source asks for what needs the right weekday (a dose on each of five days) is no slip.
    """
    path = places.of_rule(rule.rule)
    if rule.months is not None or rule.min is None or rule.max is None or path is None:
        return None
    days = range(rule.min, min(rule.max, rule.min + DAYS_IN_WEEK - 1) + 1)
    kept = {day for day in open_on[rule.after] if any((day + n) % DAYS_IN_WEEK in open_on[rule.visit] for n in days)}
    if kept == open_on[rule.after]:
        return None
    says = timing_words(replace(rule, target=None, text=None))
    if not kept:
        message = f"{says}: {visit_words(rule.visit)} never falls on a day on which it can be held"
        return Remark("weekday", path, message, f"a window that reaches {_named(open_on[rule.visit])}")
    if rule.level in {"label", "protocol"}:
        return None
    message = (
        f"{says}: {visit_words(rule.visit)} falls on a closed day unless {visit_words(rule.after)} is on {_named(kept)}"
    )
    return Remark("weekday", path, message, "a window that a working day always lies in", warning=True)


def _named(days: Iterable[int]) -> str:
    return listed(_NAMES[day] for day in sorted(days))


# The whole course


def _clash(regimen: Regimen, shapes: Mapping[str, Shape], places: ProtocolPlaces, clinic: Clinic) -> Clash | None:
    """Return what clashes where a course can begin on no day of a plain week."""
    situation = Situation(origin=_MONDAY, earliest=_MONDAY, start_within=DAYS_IN_WEEK - 1)
    reached = reach(regimen, situation)
    last = situation.date_of(horizon(reached))
    calendar = Calendar(clinic, bare_profile(places.written), BusyTimes(), _MONDAY, last)
    problem = formulate(regimen, calendar, shapes, situation, reached)
    return find(problem, regimen, CalendarOpenings(calendar, shapes, problem.origin))


def _no_course(clash: Clash, open_on: Mapping[str, Weekdays], places: ProtocolPlaces) -> Remark:
    members = tuple(member for member in clash.members if member.kind in {"min", "max", "limit"})
    sentences = list(Clash(members=members).sentences())
    more = len(sentences) - _MOST_RULES
    told = [*sentences[:_MOST_RULES], f"and {more} more"] if more > 1 else sentences
    days = frozenset[int]().union(*(open_on[member.visit] for member in members if member.visit))
    message = f"no course fits into weeks that are open on {_named(days or frozenset(range(DAYS_IN_WEEK)))}"
    path = places.last_of(member.rule for member in members if member.rule)
    return Remark("weeks", path, f"{message}: {'; '.join(told)}", key=True)
