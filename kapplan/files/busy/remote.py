"""Busy times straight from a server: a CalDAV calendar, or a calendar file on the web."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable
from datetime import UTC, date, timedelta
from zoneinfo import ZoneInfo

from kapplan.errors import MachineError
from kapplan.files.caldav.client import Client
from kapplan.files.caldav.credentials import ADDRESS, PASSWORD, find_credentials
from kapplan.files.caldav.entries import uid_of
from kapplan.files.caldav.patience import Patience
from kapplan.files.caldav.target import CalendarAddress, target_of
from kapplan.files.caldav.transport import UNAUTHORIZED, ServerRefusedError
from kapplan.files.toml.sources import SourceFile
from kapplan.planning.availability.timezones import start_of_day

SECONDS = 60.0
"""How long one calendar may take to be read."""

_FILE_ENDING = ".ics/"


def read_remote(
    address: str, zone: ZoneInfo, days: tuple[date, date], leave_out: Collection[str] = ()
) -> tuple[SourceFile, ...]:
    """Return the entries of a calendar on a server, from the first of ``days`` through the last, as calendars.

    Those with the UIDs ``leave_out`` are left out. Raises ``UsageError`` for an address that is not spoken to and
    ``MachineError`` where the server gives no answer or refuses.
    """
    target = target_of(address)
    client = Client(target, find_credentials(target, os.environ, named=False))
    try:
        return tuple(
            SourceFile(name=target.host, data=data, path=None)
            for data in _entries(client, target, zone, days)
            if uid_of(data) not in leave_out
        )
    except ServerRefusedError as error:
        hint = f"its password comes from the keyring, or from ${PASSWORD} with ${ADDRESS} naming the server"
        told = f"the busy times of {target.host} cannot be read: {error.message}"
        raise MachineError(told, hint=hint if error.status == UNAUTHORIZED else None) from None
    finally:
        client.close()


def _entries(client: Client, target: CalendarAddress, zone: ZoneInfo, days: tuple[date, date]) -> Iterable[bytes]:
    patience = Patience(SECONDS)
    if target.path.lower().endswith(_FILE_ENDING):
        return [patience.call(client.download)]
    first, last = (start_of_day(day, zone).astimezone(UTC) for day in (days[0], days[1] + timedelta(days=1)))
    return [stored.data for stored in patience.call(lambda: client.between(first, last))]
