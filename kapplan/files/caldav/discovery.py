"""Calendars found from a server's root, a person's address or a folder (RFC 6764, RFC 4791 6.2.1)."""

from __future__ import annotations

from urllib.parse import unquote, urljoin, urlsplit

from kapplan.errors import MachineError
from kapplan.files.caldav.client import Client, NamedCalendar
from kapplan.files.caldav.multistatus import CAL, DAV, Resource
from kapplan.files.caldav.target import CalendarAddress, target_of
from kapplan.files.caldav.transport import UNAUTHORIZED, ServerRefusedError

WELL_KNOWN = "/.well-known/caldav"

_PRINCIPAL, _HOME = f"{DAV}current-user-principal", f"{CAL}calendar-home-set"


def calendars_of(client: Client) -> tuple[NamedCalendar, ...]:
    """Return the calendars that a server has for who asks, looked for from the client's address on.

    Raises ``MachineError`` where they lie on another server, which it names: no password goes there unasked.
    """
    seen: set[str] = set()
    for start in dict.fromkeys((client.target.path, WELL_KNOWN, "/")):
        place = _asked(client, start)
        if place is None:
            continue
        homes = _paths(client.target, place.href_in(_HOME))
        for principal in _paths(client.target, place.href_in(_PRINCIPAL)) if not homes else ():
            known = _asked(client, principal)
            homes += [] if known is None else _paths(client.target, known.href_in(_HOME))
        found = [one for home in homes if home not in seen for one in _below(client, home)]
        seen |= set(homes)
        if found:
            return tuple({unquote(one.path): one for one in found}.values())
    return ()


def _asked(client: Client, path: str) -> Resource | None:
    """Return what a place says of who asks and where their calendars are; ``None`` where it says nothing."""
    try:
        return client.about(path, "<D:current-user-principal/><C:calendar-home-set/>")
    except ServerRefusedError as error:
        if error.status == UNAUTHORIZED:
            raise
        return None


def _below(client: Client, home: str) -> tuple[NamedCalendar, ...]:
    try:
        return client.calendars(home)
    except ServerRefusedError as error:
        if error.status == UNAUTHORIZED:
            raise
        return ()


def _paths(target: CalendarAddress, hrefs: list[str]) -> list[str]:
    """Return the paths of addresses on this server; raises ``MachineError`` for those on another one."""
    found = []
    for href in hrefs:
        url = urljoin(target.url, href)
        if target_of(url).origin != target.origin:
            raise MachineError(
                f"{target.host} keeps the calendars at {urlsplit(url).hostname}",
                hint=f"give that address, if you trust it with the password: {url}",
            )
        found.append(urlsplit(url).path)
    return found
