"""Which time zone a name means: IANA's, Windows', an offset, or one of these in a wrapping of some program."""

from __future__ import annotations

import re
from datetime import UTC, timedelta, timezone, tzinfo
from functools import cache

from kapplan.planning.availability.timezones import zone, zone_names

_OFFSET = re.compile(r"(?:UTC|GMT|Z)?([+-])(\d{1,2})(?:[:.]?(\d\d))?", re.IGNORECASE)
_DISPLAYED = re.compile(r"\((?:UTC|GMT)(?:[+-]\d{1,2}[:.]\d\d)?\)\s*(.+)", re.IGNORECASE)
_AMERICAN = re.compile(r"(.+) time \(us & canada\)")
_WRAPPED = "tzone://microsoft/"
_LONGEST_NAME = 100
_FARTHEST = timedelta(hours=15)


def named_zone(name: str) -> tzinfo | None:
    """Return the zone that a name means on its own, in any case of letters; ``None`` where nobody knows it.

    Windows' names are read by the table of the Unicode CLDR, which ``icalendar`` carries.
    """
    plain = " ".join(name.split()).casefold()
    if not plain or len(plain) > _LONGEST_NAME:
        return None
    plain = plain.removeprefix(_WRAPPED)
    if plain in {"utc", "z", "gmt", "coordinated universal time"}:
        return UTC
    return _iana(plain) or _offset(plain) or _windows(plain)


def is_place(name: str) -> bool:
    """Tell whether a name is one of IANA's for a place, such as ``America/Denver``, and no mere abbreviation."""
    found = _iana_names().get(name.strip().casefold().replace(" ", "_"), "")
    return "/" in found and not found.startswith("Etc/")


@cache
def _iana_names() -> dict[str, str]:
    return {name.casefold(): name for name in zone_names()}


def _iana(plain: str) -> tzinfo | None:
    """Return the zone of an IANA name; programs put a prefix before it (``/mozilla.org/20050126_1/Europe/Berlin``)."""
    names, key = _iana_names(), plain.replace(" ", "_")
    if key in names:
        return zone(names[key])
    parts = key.strip("/").split("/")
    ends = ("/".join(parts[-length:]) for length in (3, 2, 1))
    return next((zone(names[end]) for end in ends if end in names), None)


def _offset(plain: str) -> tzinfo | None:
    found = _OFFSET.fullmatch(plain)
    if found is None:
        return None
    away = timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
    return timezone(-away if found[1] == "-" else away) if away < _FARTHEST else None


@cache
def _windows_names() -> dict[str, str]:
    from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

    return {name.casefold(): place for name, place in WINDOWS_TO_OLSON.items()}


def _windows(plain: str) -> tzinfo | None:
    """Return the zone of a Windows name, or of the words that Outlook shows for it."""
    shown = _DISPLAYED.fullmatch(plain)
    if shown is not None:
        plain = _AMERICAN.sub(r"\1 standard time", shown[1])
    place = _windows_names().get(plain)
    return zone(place) if place in zone_names() else None
