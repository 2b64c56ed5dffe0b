"""What hours, absences and closures may not say although every key and type is right."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import pairwise

from kapplan.dates import WEEKDAYS
from kapplan.files.toml.faults import Fault, Path, nearest_of
from kapplan.model.clinic import Away, Closure, ExtraHours, Opening, PublicHolidays, WeeklyHours
from kapplan.model.fields import Span
from kapplan.model.profile import PatientHours

MOST_REPEATS = 366
"""Bound of COUNT and INTERVAL, so that a slip of the pen does not ask for a million days."""
_WHENS = "one of `on` (a day), `from` with `until` (a range) and `rrule` (a rule)"
_RULE = 'a rule of RFC 5545 such as "FREQ=MONTHLY;BYDAY=1FR"'


def hours_faults(weekly: WeeklyHours, path: Path) -> Iterator[Fault]:
    """Yield the hours of weekdays that overlap or stand in the wrong order."""
    for day in WEEKDAYS:
        yield from _span_faults(weekly.get(day, ()), (*path, day))


def _span_faults(spans: Sequence[Span], path: Path) -> Iterator[Fault]:
    for index, (earlier, later) in enumerate(pairwise(spans), start=1):
        if later.start >= earlier.end:
            continue
        if later.end > earlier.start:
            yield Fault((*path, index), f'"{later}" and "{earlier}" overlap')
        else:
            yield Fault((*path, index), f'"{later}" must stand before "{earlier}", in the order of the day')


def away_faults(absences: Iterable[Away], path: Path) -> Iterator[Fault]:
    """Yield what keeps absences from being ranges of days or moments, or the days of a rule."""
    for index, away in enumerate(absences):
        here = (*path, index)
        yield from period_faults(away.from_, away.until, here)
        yield from _span_faults(away.hours or (), (*here, "hours"))
        if away.hours is not None and (isinstance(away.from_, datetime) or isinstance(away.until, datetime)):
            yield Fault((*here, "hours"), "`hours` are of whole days: `from` and `until` have times already", key=True)
        if away.rrule is not None:
            yield from rule_faults(away.rrule, _day(away.from_), here, needs_anchor=True)
            continue
        for name, given in (("from", away.from_), ("until", away.until)):
            if given is None:
                yield Fault(here, f"`{name}` is missing", "the first day and the last, or an `rrule`", key=True)


def extra_faults(extras: Iterable[ExtraHours], path: Path) -> Iterator[Fault]:
    """Yield what keeps extra hours from being those of a day, a range of days or the days of a rule."""
    for index, extra in enumerate(extras):
        here = (*path, index)
        yield from _when_faults(extra, here, "this does not say on which days")
        yield from _some_hours(extra.hours, (*here, "hours"))
        if extra.rrule is not None:
            yield from rule_faults(extra.rrule, extra.from_, here, needs_anchor=True)


def patient_hours_faults(extras: Sequence[PatientHours], path: Path) -> Iterator[Fault]:
    """Yield what keeps hours of a patient from being extra hours, and what undoes an absence on more than one day."""
    yield from extra_faults(extras, path)
    for index, extra in enumerate(extras):
        if extra.despite_away and extra.on is None:
            said = "only a day that is named can be kept out of an absence"
            yield Fault((*path, index, "despite_away"), said, "`on`, or another `away`", key=True)


def opening_faults(openings: Iterable[Opening], staff: Collection[str], path: Path) -> Iterator[Fault]:
    """Yield openings of a clinic without hours, and those that bring somebody who is none of its ``staff``."""
    for index, opening in enumerate(openings):
        here = (*path, index)
        yield from _some_hours(opening.hours, (*here, "hours"))
        for number, name in enumerate(opening.staff):
            if name not in staff:
                said = f"nobody of the staff is called `{name}`"
                yield Fault((*here, "staff", number), said, nearest=nearest_of(name, staff))


def _some_hours(spans: Sequence[Span], path: Path) -> Iterator[Fault]:
    yield from _span_faults(spans, path)
    if not spans:
        yield Fault(path, "there are no hours", 'hours such as ["09:00-13:00"]')


def closure_faults(closure: Closure, path: Path) -> Iterator[Fault]:
    """Yield what keeps a closure from being one day, one range or one rule."""
    yield from _when_faults(closure, path, "this closure does not say when")
    if closure.rrule is not None:
        yield from rule_faults(closure.rrule, closure.from_, path, needs_anchor=False)


def _when_faults(when: Closure | ExtraHours, path: Path, unsaid: str) -> Iterator[Fault]:
    ways = {
        "on": when.on is not None,
        "from": when.from_ is not None and when.rrule is None,
        "rrule": when.rrule is not None,
    }
    given = [name for name, is_given in ways.items() if is_given]
    if not given:
        yield Fault(path, unsaid, _WHENS, key=True)
    elif len(given) > 1:
        yield Fault((*path, given[1]), f"`{given[1]}` contradicts `{given[0]}`", _WHENS, key=True)
    if when.on is not None and when.until is not None:
        yield Fault((*path, "until"), "`until` contradicts `on`", _WHENS, key=True)
    if given == ["from"] and when.until is None:
        yield Fault((*path, "from"), "`until` is missing", "the last day of the range; `on` for a single day", key=True)
    yield from period_faults(when.from_, when.until, path)


def rule_faults(text: str, anchor: date | None, path: Path, *, needs_anchor: bool) -> Iterator[Fault]:
    """Yield why a text is no rule of whole days, or one that no day keeps, or that counts from a day nobody named.

    Closures without a first day counted from 1 January 2024 before this was asked for: there it is a warning.
    """
    from kapplan.planning.availability.closures import RULE_EPOCH, never_happens, whole_day_rule

    here = (*path, "rrule")
    reason = reason_of(lambda: whole_day_rule(text))
    if reason is not None:
        yield Fault(here, reason, _RULE)
        return
    rule = whole_day_rule(text)
    for name, number in (("INTERVAL", rule.interval), ("COUNT", rule.count or 1)):
        if number > MOST_REPEATS:
            yield Fault(here, f"{name} must be a whole number from 1 to {MOST_REPEATS}", _RULE)
            return
    if never_happens(text, anchor):
        yield Fault(here, "no day ever keeps this rule", _RULE)
    elif anchor is None and rule.needs_anchor:
        part = "counts its days (COUNT)" if rule.count is not None else "leaves days out (INTERVAL)"
        since = "" if needs_anchor else f": without it, it counts from {RULE_EPOCH}{_end_words(text)}"
        message = f"a rule that {part} needs `from`, the first day that it counts from{since}"
        yield Fault(here, message, "`from = 2027-01-08`, say, beside it", warning=not needs_anchor)


def _end_words(text: str) -> str:
    """Return when a rule that counts from nowhere ends, if it does."""
    from kapplan.planning.availability.closures import RULE_EPOCH, rule_days, whole_day_rule

    if whole_day_rule(text).count is None:
        return ""
    days = rule_days(text, None, RULE_EPOCH, RULE_EPOCH.replace(year=RULE_EPOCH.year + 100))
    return f" and closes nothing after {days[-1]}" if days else ""


def period_faults(first: date | None, last: date | None, path: Path) -> Iterator[Fault]:
    """Yield a period that ends before it begins, and two moments of which only one tells its offset."""
    if first is None or last is None:
        return
    end = (*path, "until")
    if isinstance(first, datetime) and isinstance(last, datetime):
        if (first.tzinfo is None) != (last.tzinfo is None):
            yield Fault(end, "`from` and `until` must both say their offset from UTC, or neither")
        elif last <= first:
            yield Fault(end, f"`until` must be later than `from`, {first.isoformat()}")
    elif (_day(last) or first) < (_day(first) or last):
        yield Fault(end, f"`until` lies before `from`, {_day(first)}", f"{_day(first)} or later")


def _day(moment: date | None) -> date | None:
    return moment.date() if isinstance(moment, datetime) else moment


def holiday_faults(kept: str | PublicHolidays | None, path: Path) -> Iterator[Fault]:
    """Yield a code or a category that the holidays package does not know, and exceptions that no holiday is."""
    from kapplan.planning.availability.holidays import check_holidays, unknown_exceptions

    if kept is None:
        return
    reason = reason_of(lambda: check_holidays(kept))
    if reason is not None:
        yield Fault(path, reason)
        return
    for place, nearest in unknown_exceptions(kept):
        yield Fault((*path, "except", place), "no holiday of this place has this name", nearest=nearest or None)


def reason_of(check: Callable[[], object]) -> str | None:
    """Return the sentence with which a check refuses a value, if it does."""
    try:
        check()
    except ValueError as error:
        return str(error)
    return None
