"""Time zones by what people call where they are: a city, a state, a province, or the zone's own name."""

from __future__ import annotations

import re

from kapplan.dataclass import dataclass
from kapplan.errors import UsageError

_LETTERS = 2
"""So many letters are the key of a country and not of a state: CA is Canada's."""
_CODE = re.compile(r"\b[A-Z]{2}\s*$")


@dataclass(frozen=True, slots=True)
class Location:
    """A time zone, and the key of the public holidays there where the place is a state or province (``US-CO``)."""

    timezone: str
    holidays: str | None = None


def location_of(text: str) -> Location:
    """Return where a place is: ``Denver``, ``CO``, ``Boulder, Colorado``, ``Boulder CO``, ``Europe/London``.

    Of words behind commas, or a state's letters at the end, the last that is known counts. Raises ``UsageError`` where
    none is.
    """
    from kapplan.planning.availability.timezones import zone_names

    zones = {name.casefold(): name for name in zone_names()}
    if text.casefold() in zones:
        return Location(zones[text.casefold()])
    regions = _regions()
    cities = {_plain(name.rpartition("/")[2]): name for name in sorted(zone_names()) if "/" in name}
    at_the_end = _CODE.search(text)
    for word in reversed([*([] if at_the_end is None else [_plain(at_the_end[0])]), *map(_plain, text.split(","))]):
        if word in regions:
            return regions[word]
        if word in cities:
            return Location(cities[word])
    raise UsageError(
        f"where {text} is nobody here knows", hint="a state such as Colorado, a city such as Denver, or America/Denver"
    )


def holidays_of(text: str) -> str:
    """Return the key of the public holidays of a state, a province or a country by its name: ``colorado``, ``austria``.

    Anything else is taken for a key, in capitals as keys are.
    """
    from kapplan.planning.availability.holidays import holiday_package

    plain = _plain(text)
    region = _regions().get(plain)
    if region is not None and region.holidays is not None and len(plain) > _LETTERS:
        return region.holidays
    country = getattr(getattr(holiday_package(), plain.title().replace(" ", ""), None), "country", None)
    return country if isinstance(country, str) else text.strip().upper()


def _regions() -> dict[str, Location]:
    from kapplan.files.library.package_data import library_data

    places = library_data("places")
    found: dict[str, Location] = {}
    for table, country in (("provinces", "CA"), ("states", "US")):
        for code, (name, timezone) in places[table].items():
            found |= dict.fromkeys((_plain(code), _plain(name)), Location(timezone, f"{country}-{code}"))
    return found


def _plain(word: str) -> str:
    return re.sub(r"[\s_.-]+", " ", word.strip().casefold())
