"""Time zones from one source, the ``tzdata`` package, whatever the system has installed.

A system's own copy may be years older, and then moves visits: ``zoneinfo`` would prefer it.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from itertools import pairwise
from typing import Any, Protocol, cast
from zoneinfo import ZoneInfo

import tzdata

from kapplan.errors import UsageError
from kapplan.planning.availability.minute_masks import DAY, span

_EPOCH = date(1970, 1, 1).toordinal()
_MINUTE = 60


class PackagedZone(ZoneInfo):
    """A zone read from the ``tzdata`` package; unlike ``ZoneInfo.from_file``'s own it can be copied and pickled."""

    def __reduce__(self) -> tuple[Callable[[str], ZoneInfo], tuple[str]]:
        return zone, (self.key,)


class _DataLoader(Protocol):
    def get_data(self, path: str) -> bytes: ...


def zone_version() -> str:
    """Return the version of the zone data, such as ``2026f``."""
    version: str = tzdata.IANA_VERSION
    return version


@cache
def zone_names() -> frozenset[str]:
    """Return every zone name that the package knows."""
    return frozenset(_data("zones").decode().split())


@cache
def zone(name: str) -> ZoneInfo:
    """Return the zone of an IANA name, always the same object; ``UsageError`` where there is none of that name."""
    if name not in zone_names():
        raise UsageError(
            f'unknown time zone "{name}"', hint='use an IANA name of the tzdata package, such as "America/Denver"'
        )
    return PackagedZone.from_file(io.BytesIO(_data(os.path.join("zoneinfo", *name.split("/")))), key=name)  # noqa: PTH118


@cache
def country_of(name: str) -> str | None:
    """Return the country of a zone as an ISO 3166 code; ``None`` for one that is nobody's, such as ``UTC``."""
    rows = (line.split("\t") for line in _data(os.path.join("zoneinfo", "zone.tab")).decode().splitlines())  # noqa: PTH118
    return next((row[0] for row in rows if len(row) > 2 and row[2] == name), None)  # noqa: PLR2004


def _data(path: str) -> bytes:
    """Return a file of the package through its own loader: ``importlib.resources`` alone takes longer to import."""
    loader = cast("_DataLoader", cast("Any", tzdata.__spec__).loader)
    return loader.get_data(os.path.join(*tzdata.__path__, path))  # noqa: PTH118


def exists_once(local: datetime, place: ZoneInfo) -> bool:
    """Return whether a local time (its own zone is ignored) exists in a zone, and only once."""
    before, after = (local.replace(tzinfo=place, fold=fold).utcoffset() for fold in (0, 1))
    return before == after


def as_instant(local: datetime, place: ZoneInfo) -> datetime:
    """Return the instant, in UTC, of a local time; one that already has a zone keeps it.

    Of a time that exists twice the first is meant; for one that does not exist it is when the clocks leap over it, so
    that hours have the minutes that a clock on the wall shows.
    """
    if local.tzinfo is not None:
        return local.astimezone(UTC)
    moment = local.replace(tzinfo=place).astimezone(UTC)
    if moment.astimezone(place).replace(tzinfo=None) == local:
        return moment
    moment = local.replace(tzinfo=place, fold=1).astimezone(UTC)
    while moment.astimezone(place).replace(tzinfo=None) < local:
        moment += timedelta(minutes=1)
    return moment


def start_of_day(day: date, place: ZoneInfo) -> datetime:
    """Return the instant, in UTC, at which a local day begins."""
    return as_instant(datetime(day.year, day.month, day.day), place)  # noqa: DTZ001 - as_instant gives the zone


@lru_cache(maxsize=64)
def unclear_minutes(place: ZoneInfo, first: int, last: int) -> Mapping[int, int]:
    """Return the minutes on which no visit may stand, as bits, for each day (an ordinal) that has any.

    They are the local minutes that a shift of the clocks skips or repeats and the one before, since a visit that
    ended with it would end on such a time.
    """
    unclear: dict[int, int] = {}
    offsets = [_offset(place, (day - _EPOCH) * DAY) for day in range(first - 1, last + 3)]
    for number, (before, after) in enumerate(pairwise(offsets)):
        if before != after:
            moment = _moment_of_change(place, (first - 1 + number - _EPOCH) * DAY, before)
            start = (moment * _MINUTE + min(before, after)) // _MINUTE - 1
            end = -(-(moment * _MINUTE + max(before, after)) // _MINUTE)
            _spread(start, end, unclear)
    return {day: mask for day, mask in unclear.items() if first <= day <= last}


def _offset(place: ZoneInfo, minute: int) -> int:
    """Return the offset from UTC, in seconds, at a minute counted from 1970 in UTC."""
    offset = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)).astimezone(place).utcoffset()
    return 0 if offset is None else int(offset.total_seconds())


def _moment_of_change(place: ZoneInfo, start: int, before: int) -> int:
    """Return the first minute (from 1970, UTC) after ``start`` that no longer has the offset ``before``."""
    low, high = start, start + DAY
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _offset(place, middle) == before else (low, middle)
    return high


def _spread(start: int, end: int, into: dict[int, int]) -> None:
    """Add local minutes ``start`` up to ``end`` (from 1970) to the days they lie on."""
    for number in range(start // DAY, (end - 1) // DAY + 1):
        midnight = number * DAY
        mask = span(max(start - midnight, 0), min(end - midnight, DAY))
        into[number + _EPOCH] = into.get(number + _EPOCH, 0) | mask


def day_masks(start: datetime, end: datetime, place: ZoneInfo, first: int, last: int) -> dict[int, int]:
    """Return the minutes of each local day (an ordinal, ``first`` through ``last``) between two instants, as bits.

    Started minutes count whole. Minutes that a shift of the clocks repeats may be missing: see ``unclear_minutes``.
    """
    if end <= start:
        return {}
    begins, ends = start.astimezone(place), end.astimezone(place)
    low = begins.toordinal() * DAY + begins.hour * 60 + begins.minute
    high = ends.toordinal() * DAY + ends.hour * 60 + ends.minute + (1 if ends.second or ends.microsecond else 0)
    return {
        day: span(max(low - day * DAY, 0), min(high - day * DAY, DAY))
        for day in range(max(low // DAY, first), min((high - 1) // DAY, last) + 1)
    }
