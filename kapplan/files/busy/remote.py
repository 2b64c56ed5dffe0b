"""Busy times straight from the web: a CalDAV calendar, its free and busy times alone, or a calendar file."""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from kapplan.errors import MachineError
from kapplan.files.caldav.client import Client
from kapplan.files.caldav.credentials import ADDRESS, PASSWORD, Credentials, find_credentials
from kapplan.files.caldav.patience import Patience
from kapplan.files.caldav.target import CalendarAddress, target_of
from kapplan.files.caldav.transport import FORBIDDEN, UNAUTHORIZED, ServerRefusedError, Transport, UnreachableError
from kapplan.files.toml.sources import SourceFile
from kapplan.planning.availability.timezones import start_of_day

SECONDS = 60.0
"""How long one calendar may take to be read."""
ALL_SECONDS = 300.0
"""How long all calendars of a clinic together may take, where no deadline says less."""

_SUBSCRIBED = ("webcal://", "webcals://")
_FILE_ENDINGS = (".ics", ".ifb", ".vfb", ".ical")
_A_CALENDAR = b"BEGIN:VCALENDAR"
_FREE_BUSY = (
    '<C:free-busy-query xmlns:C="urn:ietf:params:xml:ns:caldav"><C:time-range start="{:%Y%m%dT%H%M%SZ}"'
    ' end="{:%Y%m%dT%H%M%SZ}"/></C:free-busy-query>'
)


def read_remote(
    address: str, zone: ZoneInfo, days: tuple[date, date], *, seconds: float = SECONDS
) -> tuple[SourceFile, ...]:
    """Return the entries of a calendar on a server, from the first of ``days`` through the last, as calendars.

    What is subscribed to (``webcal://``), has a query, or ends as calendar files do is a file; of other addresses the
    server is asked. Raises ``UsageError`` for an address that is not spoken to and ``MachineError`` where the server
    gives no answer in so many ``seconds``, or refuses. An address may hold a secret: what is said names its host alone.
    """
    place, _, query = _as_https(address).partition("?")
    target = target_of(place)
    patience = Patience(min(seconds, SECONDS), target.host)
    credentials = find_credentials(target, os.environ, named=False)
    url = f"{place}?{query}" if query else place
    is_file = bool(query) or place != address.partition("?")[0] or place.lower().endswith(_FILE_ENDINGS)
    first, last = (start_of_day(day, zone).astimezone(UTC) for day in (days[0], days[1] + timedelta(days=1)))
    try:
        if is_file:
            found: Iterable[bytes] = [_download(target, credentials, url, patience)]
        else:
            found = _entries(target, credentials, url, (first, last), patience)
        return tuple(SourceFile(name=target.host, data=data, path=None) for data in found)
    except ServerRefusedError as error:
        hint = f"its password comes from the keyring, or from ${PASSWORD} with ${ADDRESS} naming the server"
        told = f"the busy times of {target.host} cannot be read: {error.message}"
        raise MachineError(told, hint=hint if error.status == UNAUTHORIZED else None) from None


def _as_https(address: str) -> str:
    """Return the address at which what is subscribed to lies."""
    scheme = next((one for one in _SUBSCRIBED if address.lower().startswith(one)), None)
    return address if scheme is None else f"https://{address[len(scheme) :]}"


def _entries(
    target: CalendarAddress, credentials: Credentials, url: str, span: tuple[datetime, datetime], patience: Patience
) -> Iterable[bytes]:
    """Return what a calendar holds; where the server shows no entries, its free and busy times, or the file there."""
    client = Client(target, credentials)
    try:
        return [stored.data for stored in patience.call(lambda: client.between(*span))]
    except (ServerRefusedError, UnreachableError) as error:
        status = getattr(error, "status", None)
        if status == UNAUTHORIZED:
            raise
        found = _free_busy(target, credentials, span, patience) if status == FORBIDDEN else None
        found = found or _file_at(target, credentials, url, patience)
        if found is None:
            raise
        return [found]
    finally:
        client.close()


def _free_busy(
    target: CalendarAddress, credentials: Credentials, span: tuple[datetime, datetime], patience: Patience
) -> bytes | None:
    """Return when a calendar is busy, of which the server shows no more; ``None`` where it does not."""
    transport = Transport(target, credentials)
    try:
        body = _FREE_BUSY.format(*span).encode()
        headers = {"Content-Type": "application/xml; charset=utf-8", "Depth": "1"}
        answer = patience.call(lambda: transport.ask("REPORT", target.url, body, headers))
    except (ServerRefusedError, UnreachableError):
        return None
    finally:
        transport.close()
    return answer.body if _A_CALENDAR in answer.body else None


def _file_at(target: CalendarAddress, credentials: Credentials, url: str, patience: Patience) -> bytes | None:
    """Return the calendar file at an address, ``None`` where there is none."""
    try:
        data = _download(target, credentials, url, patience)
    except (ServerRefusedError, UnreachableError):
        return None
    return data if _A_CALENDAR in data else None


def _download(target: CalendarAddress, credentials: Credentials, url: str, patience: Patience) -> bytes:
    transport = Transport(target, credentials)
    try:
        return patience.call(lambda: transport.ask("GET", url)).body
    finally:
        transport.close()
