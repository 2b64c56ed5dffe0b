"""The days on which a clinic is closed: public holidays and closures of its own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time
from difflib import get_close_matches
from functools import lru_cache
from typing import Any

from kapplan.dates import days_between
from kapplan.model.clinic import Away, Closure
from kapplan.model.fields import clock
from kapplan.planning.availability.holiday_package import holiday_package
from kapplan.planning.phrases.words import day_words, month_words

_FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_COUNTRY = re.compile(r"[A-Z]{2}")
_DASH = "\N{EN DASH}"
_RULE_EPOCH = date(2024, 1, 1)
"""Where a recurrence rule without a first day of its own begins: always the same Monday, so that its days stay."""


@lru_cache(maxsize=64)
def holidays_between(code: str, first: date, last: date) -> Mapping[date, str]:
    """Return the public holidays of a country or subdivision (``US``, ``US-CO``) with their names.

    Observed days are among them. Names are English where the package has them, else the country's own; never the
    system's language. ``ValueError`` with a sentence for people where the package does not know the code.
    """
    found = _holiday_calendar(code, range(first.year, last.year + 1))
    return {day: name for day, name in sorted(found.items()) if first <= day <= last}


def check_holidays(code: str) -> str:
    """Return the code of a country or subdivision, or raise ``ValueError`` with a sentence that names what is near."""
    _holiday_calendar(code, ())
    return code


def _holiday_calendar(code: str, years: Any) -> Any:
    holidays = holiday_package()
    country, _, subdivision = code.partition("-")
    options: dict[str, Any] = {"subdiv": subdivision or None}
    try:
        described = holidays.country_holidays(country if _COUNTRY.fullmatch(country) else "", **options)
    except (NotImplementedError, AttributeError):
        raise ValueError(_unknown(country, subdivision)) from None
    options["language"] = _language(described.default_language, tuple(described.supported_languages))
    return holidays.country_holidays(country, years=years, **options)


def _unknown(country: str, subdivision: str) -> str:
    """Say which part of a code the package does not know; asking it for all that it knows takes a while."""
    known = holiday_package().list_supported_countries()
    if country not in known:
        return f'no holidays are known for "{country}"{_nearest(country, known)}; use a code such as "US-CO"'
    near = _nearest(subdivision, known[country])
    return f'"{country}" has no subdivision "{subdivision}" in the holidays package{near}'


def _nearest(code: str, known: Any) -> str:
    near = get_close_matches(code.upper(), list(known), n=1, cutoff=0.5)
    return f' (nearest: "{near[0]}")' if near else ""


def _language(default: str | None, supported: tuple[str, ...]) -> str | None:
    english = sorted(language for language in supported if language.startswith("en"))
    if default is not None and (default.startswith("en") or not english):
        return default
    return english[0] if english else None


def check_rule(text: str) -> str:
    """Return a recurrence rule of whole days, or raise ``ValueError`` with a sentence for people."""
    _rule(text, _RULE_EPOCH)
    return text


def _rule(text: str, first: date) -> Any:
    from dateutil.rrule import rrulestr

    parts = dict(part.partition("=")[::2] for part in text.upper().removeprefix("RRULE:").split(";"))
    if parts.get("FREQ") not in _FREQUENCIES or parts.keys() & {"BYHOUR", "BYMINUTE", "BYSECOND"}:
        raise ValueError(f'a closure repeats by {", ".join(_FREQUENCIES)}, such as "FREQ=MONTHLY;BYDAY=1FR"')
    if not parts.get("INTERVAL", "1").isdigit() or not parts.get("INTERVAL", "1").strip("0"):
        raise ValueError("the INTERVAL of a rule must be a whole number, 1 at least")
    try:
        return rrulestr(text, dtstart=datetime.combine(first, time()), ignoretz=True)
    except (ValueError, TypeError, KeyError, AttributeError, IndexError) as error:
        raise ValueError(f'not a recurrence rule (RFC 5545): "{text}" ({error})') from None


@lru_cache(maxsize=512)
def closure_days(closure: Closure, first: date, last: date) -> tuple[date, ...]:
    """Return the days of a closure between two days, both included.

    A rule's first day is the closure's ``from``, else 1 January 2024; ``until`` ends it. ``ValueError`` where the rule
    is none.
    """
    if closure.on is not None:
        return (closure.on,) if first <= closure.on <= last else ()
    start, end = max(first, closure.from_ or first), min(last, closure.until or last)
    if closure.rrule is None:
        is_bounded = closure.from_ is not None or closure.until is not None
        return days_between(start, end) if is_bounded else ()
    rule = _rule(closure.rrule, closure.from_ or _RULE_EPOCH)
    found = rule.between(datetime.combine(start, time()), datetime.combine(end, time()), inc=True)
    return tuple(moment.date() for moment in found)


def period_words(away: Away) -> str:
    """Return when somebody is away, such as ``10-14 Feb 2027`` with a dash; never why."""
    first, last = away.from_, away.until
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


def _moment_words(moment: date | datetime) -> str:
    words = day_words(moment)
    return f"{words} {clock(moment.hour * 60 + moment.minute)}" if isinstance(moment, datetime) else words


def closure_words(closure: Closure) -> str:
    """Return why the clinic is closed: its own words, else when."""
    if closure.why:
        return closure.why
    if closure.on is not None:
        return f"the clinic is closed on {day_words(closure.on)}"
    if closure.rrule is None and closure.from_ is not None and closure.until is not None:
        return f"the clinic is closed {period_words(Away(from_=closure.from_, until=closure.until))}"
    return "the clinic is closed"
