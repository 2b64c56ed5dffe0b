"""What people are used to by their locale: how dates and times are written, and with which day a week begins.

``KAPPLAN_LOCALE`` names it (``en_US``, or ``ISO`` for dates by the international standard); what people read on a
terminal follows the system's locale where it is not set. babel (the extra ``locale``) knows all locales; without it
only some are known.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TextIO

from kapplan.output.records.habits import AS_INSIDE, Habits, Order
from kapplan.output.terminal.streams import is_terminal

if TYPE_CHECKING:
    from kapplan.planning.phrases.typed_days import Order as OrderOfFigures

_MONTH_FIRST = frozenset({"US"})
_DAY_FIRST = frozenset({("en", "GB"), ("en", "IE"), ("en", "AU"), ("en", "NZ")})
"""Whose dates in figures begin with what, where babel is not installed; of others nothing is supposed."""

_NOBODYS = frozenset({"", "C", "POSIX"})
"""The locales of programs, which say nothing of a person's habits."""
_STANDARD = "ISO"
_SUNDAY = 6


def date_order(locale: str | None) -> OrderOfFigures | None:
    """Return which part of a date in figures comes first where a locale such as ``en_US`` is used, if that is known."""
    parts = _parts(locale)
    if parts[0] in _NOBODYS or parts[0].upper() == _STANDARD:
        return None
    if _is_american(parts):
        return "month"
    known = _babel(parts)
    if known is None:
        return "day" if tuple(parts) in _DAY_FIRST else None
    pattern = known.date_formats["short"].pattern
    return "day" if pattern.index("d") < pattern.index("M") else "month"


def habits_for(stream: TextIO, env: Mapping[str, str]) -> Habits:
    """Return what the reader of a stream is used to: by ``KAPPLAN_LOCALE``, on a terminal else by the system's locale.

    What is not known is as the program writes it.
    """
    named = env.get("KAPPLAN_LOCALE")
    return habits_of_locale(named or (system_locale(env) if is_terminal(stream) else None))


def system_locale(env: Mapping[str, str]) -> str | None:
    """Return the system's locale for days and times."""
    return env.get("LC_ALL") or env.get("LC_TIME") or env.get("LANG")


def habits_of_locale(locale: str | None) -> Habits:
    """Return what people of a locale are used to."""
    parts = _parts(locale)
    if parts[0] in _NOBODYS:
        return AS_INSIDE
    if parts[0].upper() == _STANDARD:
        return Habits(order="year")
    if _is_american(parts):
        return Habits(order="month", half_days=True, first_weekday=_SUNDAY)
    known = _babel(parts)
    if known is None:
        return AS_INSIDE
    pattern = known.date_formats["short"].pattern
    orders: dict[str, Order] = {"d": "day", "M": "month", "y": "year"}
    return Habits(
        order=orders[min(orders, key=pattern.index)],
        half_days="h" in known.time_formats["short"].pattern,
        first_weekday=int(known.first_week_day),
    )


def _is_american(parts: list[str]) -> bool:
    return parts[0] == "en" and parts[-1].upper() in _MONTH_FIRST


def _parts(locale: str | None) -> list[str]:
    return (locale or "").partition(".")[0].partition("@")[0].replace("-", "_").split("_")


def _babel(parts: list[str]) -> Any:
    """Return what babel knows of a locale; ``None`` where it knows none of that name, or is not installed."""
    try:
        from babel import Locale, UnknownLocaleError
    except ImportError:
        return None
    try:
        return Locale.parse("_".join(parts))
    except (UnknownLocaleError, ValueError):
        return None
