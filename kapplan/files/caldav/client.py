"""A CalDAV server, spoken to through the ``caldav`` package: the only module that imports it.

Of the package only its requests are used, with their authentication: what it does beyond them (counting SEQUENCE up
on saving, following redirects with a password, guessing a server's ways) is decided elsewhere here.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import unquote
from urllib.request import getproxies, proxy_bypass
from xml.sax.saxutils import escape

from kapplan.dataclass import dataclass
from kapplan.errors import MachineError, UsageError
from kapplan.files.caldav.credentials import WHERE_FROM, Credentials
from kapplan.files.caldav.target import CalendarAddress, is_loopback

CONNECT_SECONDS = 8.0
READ_SECONDS = 30.0
AT_ONCE = 100
"""How many entries are asked for in one request."""

UNAUTHORIZED, FORBIDDEN, NOT_FOUND, CONFLICT, CHANGED, FULL = 401, 403, 404, 409, 412, 507
NEEDS_EXTRA = 'live calendars need the package caldav: pip install "kapplan[caldav]"'
_DAV, _CAL = "{DAV:}", "{urn:ietf:params:xml:ns:caldav}"
_SPACES = 'xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"'
_ONLY_UIDS = (
    '<C:calendar-data><C:comp name="VCALENDAR"><C:comp name="VEVENT"><C:prop name="UID"/></C:comp></C:comp>'
    "</C:calendar-data>"
)


@dataclass(frozen=True, slots=True)
class Stored:
    """An entry on the server: where, its strong ETag if it has one, and its data where they were asked for."""

    href: str
    etag: str | None
    data: bytes = b""


@dataclass(frozen=True, slots=True)
class Collection:
    """What an address leads to."""

    is_calendar: bool
    calendars: tuple[str, ...] = ()


class ServerRefusedError(MachineError):
    """The server answered and said no; trying again as it is would not help."""

    def __init__(self, status: int, condition: str = "") -> None:
        super().__init__(_status_words(status, condition))
        self.status = status
        self.condition = condition


class UnreachableError(MachineError):
    """No whole answer came: what was asked for may have happened all the same."""


class BusyServerError(MachineError):
    """The server asks to come again later, after ``seconds`` where it says so; nothing happened."""

    def __init__(self, status: int, seconds: float | None) -> None:
        super().__init__(_status_words(status))
        self.seconds = seconds


class Client:
    """One calendar on one server; close it after use."""

    def __init__(self, target: CalendarAddress, credentials: Credentials, *, ca_file: str | None = None) -> None:
        self.target = target
        self.read_seconds = READ_SECONDS
        self._dav = _dav_client(target, credentials, ca_file)

    def close(self) -> None:
        """Close the connections."""
        self._dav.close()

    # -- reading -----------------------------------------------------------------------------------------------

    def look(self) -> Collection:
        """Return what the address leads to: a calendar, or a place with calendars in it."""
        body = f"<D:propfind {_SPACES}><D:prop><D:resourcetype/></D:prop></D:propfind>"
        here = unquote(self.target.path).rstrip("/")
        is_calendar, below = False, []
        for href, properties in _responses(self._ask("PROPFIND", self.target.url, body, {"Depth": "1"})):
            kind = properties.get(f"{_DAV}resourcetype")
            if kind is None or kind.find(f"{_CAL}calendar") is None:
                continue
            if unquote(href).rstrip("/").endswith(here) and unquote(href).rstrip("/").count("/") <= here.count("/"):
                is_calendar = True
            else:
                below.append(href)
        return Collection(is_calendar, tuple(below))

    def listing(self) -> dict[str, str | None]:
        """Return the ETag of every entry of the calendar, by its path."""
        body = f"<D:propfind {_SPACES}><D:prop><D:getetag/><D:resourcetype/></D:prop></D:propfind>"
        return {stored.href: stored.etag for stored in self._entries("PROPFIND", body)}

    def fetch(self, hrefs: Iterable[str]) -> dict[str, Stored]:
        """Return the entries at some paths as they are now; those that are not there are left out."""
        return self._multiget(hrefs, "<C:calendar-data/>")

    def get(self, href: str) -> Stored:
        """Return one entry as it is now, with the ETag that comes with its data."""
        answer = self._ask("GET", self.target.origin + href)
        return Stored(href, _strong(answer.headers.get("ETag")), str(answer.raw).encode())

    def uids(self, hrefs: Iterable[str]) -> dict[str, Stored]:
        """Return the entries at some paths with no more of their data than their UIDs, where the server can do so."""
        return self._multiget(hrefs, _ONLY_UIDS)

    def between(self, first: datetime, last: datetime) -> list[Stored]:
        """Return the entries that take place between two instants."""
        span = f'<C:time-range start="{first:%Y%m%dT%H%M%SZ}" end="{last:%Y%m%dT%H%M%SZ}"/>'
        body = (
            f"<C:calendar-query {_SPACES}><D:prop><D:getetag/><C:calendar-data/></D:prop>"
            f'<C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">{span}'
            "</C:comp-filter></C:comp-filter></C:filter></C:calendar-query>"
        )
        return [stored for stored in self._entries("REPORT", body) if stored.data]

    def download(self) -> bytes:
        """Return what lies at the address itself, such as a calendar file on the web."""
        answer = self._ask("GET", self.target.url.removesuffix("/"))
        return str(answer.raw).encode()

    def _multiget(self, hrefs: Iterable[str], wanted: str) -> dict[str, Stored]:
        found: dict[str, Stored] = {}
        paths = list(hrefs)
        for first in range(0, len(paths), AT_ONCE):
            some = "".join(f"<D:href>{escape(path)}</D:href>" for path in paths[first : first + AT_ONCE])
            body = f"<C:calendar-multiget {_SPACES}><D:prop><D:getetag/>{wanted}</D:prop>{some}</C:calendar-multiget>"
            found |= {stored.href: stored for stored in self._entries("REPORT", body) if stored.data}
        return found

    def _entries(self, method: str, body: str) -> Iterator[Stored]:
        for href, properties in _responses(self._ask(method, self.target.url, body, {"Depth": "1"})):
            kind = properties.get(f"{_DAV}resourcetype")
            etag, data = properties.get(f"{_DAV}getetag"), properties.get(f"{_CAL}calendar-data")
            is_collection = kind is not None and kind.find(f"{_DAV}collection") is not None
            if is_collection or (etag is None and data is None):
                continue
            text = "" if data is None else data.text or ""
            yield Stored(self.target.path_of(href), _strong(None if etag is None else etag.text), text.encode())

    # -- writing -----------------------------------------------------------------------------------------------

    def create(self, href: str, data: bytes) -> str | None:
        """Write a new entry where there is none; return its ETag if the server tells it."""
        return self._put(href, data, {"If-None-Match": "*"})

    def update(self, href: str, data: bytes, etag: str) -> str | None:
        """Write over an entry that is still as its ETag says; return the new one if the server tells it."""
        return self._put(href, data, {"If-Match": etag})

    def delete(self, href: str, etag: str) -> None:
        """Remove an entry that is still as its ETag says."""
        self._ask("DELETE", self.target.origin + href, headers={"If-Match": etag})

    def make_calendar(self, name: str) -> None:
        """Make an empty calendar for events at the address."""
        body = (
            f"<C:mkcalendar {_SPACES}><D:set><D:prop><D:displayname>{escape(name)}</D:displayname>"
            '<C:supported-calendar-component-set><C:comp name="VEVENT"/></C:supported-calendar-component-set>'
            "</D:prop></D:set></C:mkcalendar>"
        )
        self._ask("MKCALENDAR", self.target.url, body)

    def _put(self, href: str, data: bytes, condition: Mapping[str, str]) -> str | None:
        headers = {"Content-Type": "text/calendar; charset=utf-8", **condition}
        answer = self._ask("PUT", self.target.origin + href, data.decode(), headers)
        return _strong(answer.headers.get("ETag"))

    # -- one request -------------------------------------------------------------------------------------------

    def _ask(self, method: str, url: str, body: str = "", headers: Mapping[str, str] | None = None) -> Any:
        from caldav.lib.error import AuthorizationError, DAVError, RateLimitError
        from caldav.lib.http_sync import requests

        self._dav.timeout = (min(CONNECT_SECONDS, self.read_seconds), self.read_seconds)
        try:
            answer = self._dav.request(url, method, body, dict(headers or {}))
        except RateLimitError as error:
            raise BusyServerError(getattr(error, "status", None) or 429, error.retry_after_seconds) from None
        except AuthorizationError as error:
            raise _unauthorized(self.target, error) from None
        except requests.exceptions.TooManyRedirects:
            raise UsageError(
                f"{self.target.host} sends on to another address; no password goes there unasked",
                hint="give the address that the server names in its settings for CalDAV",
            ) from None
        except requests.exceptions.SSLError:
            raise MachineError(
                f"the certificate of {self.target.host} cannot be trusted", hint="--ca-file names your own authority's"
            ) from None
        except (requests.exceptions.RequestException, DAVError, OSError) as error:
            raise UnreachableError(f"{self.target.host} gave no answer ({type(error).__name__})") from None
        except Exception as error:  # noqa: BLE001  # the package raises what its parts raise on a broken answer
            raise UnreachableError(f"{self.target.host} gave a broken answer ({type(error).__name__})") from None
        return _checked(answer)


def _checked(answer: Any) -> Any:
    """Return an answer that says yes; raise what the others mean."""
    status = int(answer.status)
    if status in {200, 201, 204, 207}:
        return answer
    if status in {429, 503}:
        raise BusyServerError(status, None)
    if status in {500, 502, 504}:
        raise UnreachableError(_status_words(status))
    raise ServerRefusedError(status, _condition(answer))


def _unauthorized(target: CalendarAddress, error: Any) -> ServerRefusedError:
    """Return the refusal of a name and a password, or of a right; the package's own words are not shown."""
    forbidden = getattr(error, "status", None) == FORBIDDEN or "Forbidden" in str(error.reason)
    if forbidden:
        return ServerRefusedError(FORBIDDEN)
    refused = ServerRefusedError(UNAUTHORIZED)
    refused.hint = f"the password for {target.host} comes from {WHERE_FROM}"
    return refused


def _dav_client(target: CalendarAddress, credentials: Credentials, ca_file: str | None) -> Any:
    try:
        from caldav.davclient import DAVClient
    except ImportError:
        raise UsageError(NEEDS_EXTRA) from None
    log = logging.getLogger("caldav")
    log.propagate = False  # it would print bodies of entries
    log.addHandler(logging.NullHandler())
    client = DAVClient(
        url=target.url,
        username=credentials.user,
        password=credentials.password,
        ssl_verify_cert=ca_file or True,
        enable_rfc6764=False,
    )
    session: Any = client.session
    session.trust_env = False  # no password from a .netrc file
    session.max_redirects = 0
    session.proxies = {} if is_loopback(target.host) or proxy_bypass(target.host) else getproxies()
    return client


def _responses(answer: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each resource that an answer tells of, with the properties that it has."""
    if answer.tree is None or answer.tree.tag != f"{_DAV}multistatus":
        raise UnreachableError("the server gave an answer that is none of a calendar's")
    for response in answer.tree.iter(f"{_DAV}response"):
        href = response.findtext(f"{_DAV}href")
        if not href:
            continue
        properties: dict[str, Any] = {}
        for part in response.findall(f"{_DAV}propstat"):
            if " 200" in (part.findtext(f"{_DAV}status") or ""):
                properties |= {prop.tag: prop for found in part.findall(f"{_DAV}prop") for prop in found}
        yield href.strip(), properties


def _strong(etag: str | None) -> str | None:
    """Return an ETag that can be a condition: a weak one cannot."""
    text = (etag or "").strip()
    return text if text and not text.startswith("W/") else None


def _condition(answer: Any) -> str:
    """Return the name of the condition that an answer says was not met, such as ``no-uid-conflict``."""
    if answer.tree is None or answer.tree.tag != f"{_DAV}error":
        return ""
    return next((str(child.tag).rpartition("}")[2] for child in answer.tree if isinstance(child.tag, str)), "")


_WORDS = {
    UNAUTHORIZED: "the server does not accept the name and password",
    FORBIDDEN: "the server does not allow it",
    NOT_FOUND: "the server knows no such calendar",
    CONFLICT: "the server refuses it: something is in its way",
    CHANGED: "the entry was changed in the calendar meanwhile",
    429: "the server asks to come again later",
    503: "the server is not available now",
    FULL: "the server has no room left",
}


def _status_words(status: int, condition: str = "") -> str:
    words = _WORDS.get(status, "the server refuses it")
    return f"{words} ({status}{f', {condition}' if condition else ''})"
