"""Days by rule: closures of a clinic, absences and extra hours of people, and the words for them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from kapplan.dataclass import dataclass, replace
from kapplan.dates import days_between
from kapplan.model.clinic import Away, Clinic, Closure, ExtraHours
from kapplan.model.decisions import Absence
from kapplan.model.fields import Span, clock
from kapplan.planning.availability.free_time import Interval
from kapplan.planning.availability.recurrence import (
    OverBudgetError,
    RecurrenceRule,
    StepBudget,
    occurrences,
    read_rule,
)
from kapplan.planning.availability.timezones import as_instant, start_of_day
from kapplan.planning.phrases.words import day_words, listed, month_words

CLINIC = "clinic"
"""Who is away where the whole clinic is shut."""
RULE_EPOCH = date(2024, 1, 1)
"""Where a recurrence rule without a first day of its own begins: always the same Monday, so that its days stay."""
_FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_UNTIL = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})(?:T[0-9]{6}Z?)?")
_STEPS = 1_000_000
_YEARS_TO_HAPPEN = 100
_DASH = "\N{EN DASH}"
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_ORDINALS = {1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth", -1: "last"}


# -- rules ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedDay:
    """A day on which a clinic is closed out of its weekly order, and why, where that is said."""

    why: str | None = None
    holiday: bool = False


@lru_cache(maxsize=256)
def whole_day_rule(text: str) -> RecurrenceRule:
    """Return the rule of whole days that a text is; ``ValueError`` with a sentence for people where it is none."""
    rule, unread = read_rule(text)
    if rule is None or rule.frequency not in _FREQUENCIES or rule.hours or rule.minutes or rule.seconds:
        raise ValueError(f'a rule repeats by {", ".join(_FREQUENCIES)}, such as "FREQ=MONTHLY;BYDAY=1FR"')
    if "INTERVAL" in unread:
        raise ValueError("the INTERVAL of a rule must be a whole number, 1 at least")
    if unread:
        raise ValueError(f'not a recurrence rule (RFC 5545): "{text}" ({unread[0]} cannot be read)')
    if rule.until is not None:
        _last_day(rule.until)
    return rule


def never_happens(text: str, anchor: date | None) -> bool:
    """Tell whether no day keeps a rule in the hundred years from its anchor on, its COUNT and UNTIL aside."""
    rule = replace(whole_day_rule(text), count=None, until=None)
    start = datetime.combine(anchor or RULE_EPOCH, time())
    try:
        last = start.replace(year=start.year + _YEARS_TO_HAPPEN, day=1)
        return next(occurrences(rule, start, start, last, StepBudget(_STEPS)), None) is None
    except OverBudgetError:
        return False


def rule_days(text: str, anchor: date | None, first: date, last: date) -> tuple[date, ...]:
    """Return the days of a rule, counted from its anchor, between two days, both included."""
    rule = whole_day_rule(text)
    if rule.until is not None:
        last = min(last, _last_day(rule.until))
    start, begin, end = (datetime.combine(day, time()) for day in (anchor or RULE_EPOCH, first, last))
    try:
        return tuple(wall.date() for wall in occurrences(rule, start, begin, end, StepBudget(_STEPS)))
    except OverBudgetError:
        raise ValueError(f'the rule takes too long to be followed: "{text}"') from None


def _last_day(text: str) -> date:
    found = _UNTIL.fullmatch(text)
    try:
        if found is not None:
            return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        pass
    raise ValueError(f'not a recurrence rule (RFC 5545): UNTIL={text} is no day such as "20271231"')


# -- days -----------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=512)
def closure_days(closure: Closure, first: date, last: date) -> tuple[date, ...]:
    """Return the days of a closure between two days, both included.

    A rule's first day is the closure's ``from``, else 1 January 2024; ``until`` ends it. ``ValueError`` where the rule
    is none.
    """
    return _days(closure, first, last)


def closed_days(clinic: Clinic, first: date, last: date) -> dict[date, ClosedDay]:
    """Return the days on which a clinic is closed out of its weekly order, and why: closures, holidays, no opening.

    Raises ``InvalidFileError`` where its holidays or recurrence rules are none.
    """
    from kapplan.planning.availability.holidays import holidays_between

    found: dict[date, ClosedDay] = {}
    for closure in clinic.closed:
        found |= dict.fromkeys(closure_days(closure, first, last), ClosedDay(why=closure.why))
    if clinic.holidays is not None:
        named = holidays_between(clinic.holidays, first, last)
        found |= {day: ClosedDay(why=name, holiday=True) for day, name in named.items()}
    for opening in clinic.open:
        found.pop(opening.on, None)
    return found


@lru_cache(maxsize=512)
def extra_days(extra: ExtraHours, first: date, last: date) -> tuple[date, ...]:
    """Return the days that have extra hours between two days, as ``closure_days`` does."""
    return _days(extra, first, last)


def _days(when: Closure | ExtraHours, first: date, last: date) -> tuple[date, ...]:
    if when.on is not None:
        return (when.on,) if first <= when.on <= last else ()
    start, end = max(first, when.from_ or first), min(last, when.until or last)
    if when.rrule is not None:
        return rule_days(when.rrule, when.from_, start, end)
    return days_between(start, end) if when.from_ is not None or when.until is not None else ()


def away_times(away: Away, home: ZoneInfo, first: date, last: date) -> Iterator[Interval]:
    """Yield when somebody is away, by the clock of ``home``, on days from ``first`` through ``last``.

    ``ValueError`` where the rule is none.
    """
    if away.rrule is None and away.hours is None:
        yield _begin(away.from_ or first, home), _end(away.until or last, home)
        return
    days = Closure(from_=_day(away.from_), until=_day(away.until), rrule=away.rrule)
    for day in _days(days, first, last):
        yield from hours_on(day, away.hours, home)


def hours_on(day: date, hours: tuple[Span, ...] | None, home: ZoneInfo) -> Iterator[Interval]:
    """Yield hours on a day, the whole of it where there are none."""
    if hours is None:
        yield start_of_day(day, home), start_of_day(day + timedelta(days=1), home)
    for span in hours or ():
        midnight = datetime.combine(day, time())
        yield tuple(as_instant(midnight + timedelta(minutes=minute), home) for minute in (span.start, span.end))  # type: ignore[misc]


def _day(moment: date | None) -> date | None:
    return moment.date() if isinstance(moment, datetime) else moment


def _begin(moment: date, home: ZoneInfo) -> datetime:
    return as_instant(moment, home) if isinstance(moment, datetime) else start_of_day(moment, home)


def _end(moment: date, home: ZoneInfo) -> datetime:
    return as_instant(moment, home) if isinstance(moment, datetime) else start_of_day(moment + timedelta(days=1), home)


# -- words ----------------------------------------------------------------------------------------------------------


def period_words(away: Away) -> str:
    """Return when somebody is away, such as ``10-14 Feb 2027`` with a dash or ``every other Friday``; never why."""
    hours = f" {', '.join(map(str, away.hours))}" if away.hours else ""
    if away.rrule is not None:
        return rule_words(away.rrule) + hours
    return _range_words(away.from_, away.until) + hours


def _range_words(first: date | None, last: date | None) -> str:
    if first is None or last is None:
        return "" if first is last else f"from {day_words(first)}" if first else f"until {day_words(last or date.max)}"
    if isinstance(first, datetime) or isinstance(last, datetime):
        return f"{_moment_words(first)} {_DASH} {_moment_words(last)}"
    if first == last:
        return f"on {day_words(first)}"
    end = f"{last.day} {month_words(last)} {last.year}"
    if first.year != last.year:
        return f"{first.day} {month_words(first)} {first.year} {_DASH} {end}"
    if first.month != last.month:
        return f"{first.day} {month_words(first)} {_DASH} {end}"
    return f"{first.day}{_DASH}{end}"


def _moment_words(moment: date) -> str:
    words = day_words(moment)
    return f"{words} {clock(moment.hour * 60 + moment.minute)}" if isinstance(moment, datetime) else words


def rule_words(text: str) -> str:
    """Return how a rule repeats, such as ``every other Friday``; of rules that have no short words that they repeat."""
    rule = whole_day_rule(text)
    days = [_WEEKDAYS[each.weekday] for each in rule.weekdays]
    is_plain = not (rule.months or rule.month_days or rule.year_days or rule.weeks or rule.positions)
    if is_plain and rule.frequency == "WEEKLY" and days:
        every = {1: "every", 2: "every other"}.get(rule.interval, f"every {rule.interval} weeks on")
        return f"{every} {listed(days)}"
    if is_plain and rule.frequency == "MONTHLY" and rule.interval == 1 and len(days) == 1:
        number = _ORDINALS.get(rule.weekdays[0].number)
        if number is not None:
            return f"every {number} {days[0]} of the month"
    return "again and again, by a rule"


def closure_words(closure: Closure) -> str:
    """Return why the clinic is closed: its own words, else when."""
    if closure.why:
        return closure.why
    if closure.on is not None:
        return f"the clinic is closed on {day_words(closure.on)}"
    if closure.rrule is not None:
        return f"the clinic is closed {rule_words(closure.rrule)}"
    if closure.from_ is not None and closure.until is not None:
        return f"the clinic is closed {_range_words(closure.from_, closure.until)}"
    return "the clinic is closed"


def clinic_with(clinic: Clinic, absences: Iterable[Absence]) -> Clinic:
    """Return a clinic that is closed, and whose staff is away, on days of which its file does not know.

    A day on which the file opens it is closed, too, once that is said.
    """
    known = tuple(absences)
    closed = tuple(Closure(from_=one.from_, until=one.until, why="closed") for one in known if one.who == CLINIC)
    staff = tuple(
        replace(person, away=(*person.away, *(Away(from_=one.from_, until=one.until) for one in own)))
        if own
        else person
        for person in clinic.staff
        for own in [[one for one in known if one.who == person.id]]
    )
    opened = tuple(one for one in clinic.open if not in_any(one.on, closed))
    return replace(clinic, closed=(*clinic.closed, *closed), open=opened, staff=staff) if known else clinic


def in_any(day: date | None, periods: Iterable[Away | Closure]) -> bool:
    """Tell whether a day lies in one of some periods of whole days."""
    return day is not None and any(
        one.from_ is not None and one.until is not None and one.from_ <= day <= one.until for one in periods
    )
