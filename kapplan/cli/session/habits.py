"""What people are used to by their locale: which part of a date comes first, and with which day a week begins.

``KAPPLAN_LOCALE`` names it (``en_US``). babel (the extra ``locale``) knows all locales; without it only some are known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kapplan.planning.phrases.typed_days import Order

_MONTH_FIRST = frozenset({"US"})
_DAY_FIRST = frozenset({("en", "GB"), ("en", "IE"), ("en", "AU"), ("en", "NZ")})
"""Whose dates in figures begin with what, where babel is not installed; of others nothing is supposed."""

_NOBODYS = frozenset({"", "C", "POSIX"})
"""The locales of programs, which say nothing of a person's habits."""
_SUNDAY = 6


def date_order(locale: str | None) -> Order | None:
    """Return which part of a date in figures comes first where a locale such as ``en_US`` is used, if that is known."""
    parts = _parts(locale)
    if parts[0] in _NOBODYS:
        return None
    if parts[-1].upper() in _MONTH_FIRST and parts[0] == "en":
        return "month"
    known = _babel(parts)
    if known is None:
        return "day" if tuple(parts) in _DAY_FIRST else None
    pattern = known.date_formats["short"].pattern
    return "day" if pattern.index("d") < pattern.index("M") else "month"


def first_weekday(locale: str | None) -> int:
    """Return with which weekday weeks begin where a locale is used: 0 for Monday, as ISO has it, 6 for Sunday."""
    parts = _parts(locale)
    if parts[0] in _NOBODYS:
        return 0
    known = _babel(parts)
    if known is not None:
        return int(known.first_week_day)
    return _SUNDAY if parts[-1].upper() in _MONTH_FIRST else 0


def _parts(locale: str | None) -> list[str]:
    return (locale or "").partition(".")[0].replace("-", "_").split("_")


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
