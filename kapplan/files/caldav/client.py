"""A calendar on a CalDAV server: what it holds, and entries written on the condition that nobody changed them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from urllib.parse import unquote, urljoin, urlsplit
from xml.sax.saxutils import escape

from kapplan.dataclass import dataclass, replace
from kapplan.errors import MachineError
from kapplan.files.caldav import transport
from kapplan.files.caldav.credentials import Credentials
from kapplan.files.caldav.multistatus import CAL, DAV, SPACES, Resource, Responses
from kapplan.files.caldav.target import CalendarAddress

AT_ONCE = 100
"""How many entries are asked for in one request."""

_NO_MULTIGET = frozenset({400, 403, 404, 405, 415, 422, 501})
"""How servers say that they do not know how to give several entries at once."""

_ONLY_UIDS = (
    '<C:calendar-data><C:comp name="VCALENDAR"><C:comp name="VEVENT"><C:prop name="UID"/></C:comp></C:comp>'
    "</C:calendar-data>"
)
_LISTED = (
    f"<D:propfind {SPACES}><D:prop><D:getetag/><D:resourcetype/><D:displayname/><D:current-user-privilege-set/>"
    "<C:supported-calendar-component-set/></D:prop></D:propfind>"
)
_EVENTS = "VEVENT"


@dataclass(frozen=True, slots=True)
class Stored:
    """An entry on the server: where, its ETag if it has one that can be a condition, and its data where asked for."""

    href: str
    etag: str | None
    data: bytes = b""


@dataclass(frozen=True, slots=True)
class NamedCalendar:
    """A calendar that lies on the server: its path, and the name that people gave it."""

    path: str
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarPlace:
    """What an address leads to: a calendar, or a place with calendars in it."""

    is_calendar: bool
    calendars: tuple[NamedCalendar, ...] = ()


class Client:
    """One calendar on one server; close it after use.

    ``rights`` are what one may do in it, once it was looked at; ``None`` where the server does not say.
    """

    def __init__(
        self,
        target: CalendarAddress,
        credentials: Credentials,
        *,
        scheme: transport.Scheme | None = None,
        ca_file: str | None = None,
    ) -> None:
        self.target = target
        self.read_seconds = transport.READ_SECONDS
        self._transport = transport.Transport(target, credentials, scheme=scheme, ca_file=ca_file)
        self._listed: Responses | None = None
        self._one_by_one = False
        self.rights: frozenset[str] | None = None

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    # -- reading -----------------------------------------------------------------------------------------------

    def look(self) -> CalendarPlace:
        """Return what the address leads to: a calendar, or a place with calendars in it.

        Where the server sends on to another of its own addresses, that is the calendar's from now on. What is seen
        here is the next ``listing``, which then costs no request.
        """
        answer = self._ask("PROPFIND", self.target.url, _LISTED, {"Depth": "1"})
        self.target = replace(self.target, path=f"{answer.path.rstrip('/')}/")
        found = answer.responses()
        here = next((one for one in found.resources if self._is_here(one)), None)
        if here is not None and here.has(f"{DAV}resourcetype", f"{CAL}calendar"):
            self._listed, self.rights = found, _rights(here)
            return CalendarPlace(is_calendar=True)
        return CalendarPlace(is_calendar=False, calendars=tuple(self._calendars(found)))

    def about(self, path: str, wanted: str) -> Resource | None:
        """Return a place of the server with some of its properties; ``None`` where it tells of none."""
        body = f"<D:propfind {SPACES}><D:prop>{wanted}</D:prop></D:propfind>"
        answer = self._ask("PROPFIND", self.target.origin + path, body, {"Depth": "0"})
        return next(iter(answer.responses().resources), None)

    def calendars(self, path: str) -> tuple[NamedCalendar, ...]:
        """Return the calendars for events that lie in a folder of the server."""
        answer = self._ask("PROPFIND", self.target.origin + path, _LISTED, {"Depth": "1"})
        return tuple(self._calendars(answer.responses()))

    def use(self, path: str) -> None:
        """Speak of another calendar of the same server from now on."""
        self.target = replace(self.target, path=f"{path.rstrip('/')}/")
        self._listed = None

    def listing(self) -> dict[str, str | None]:
        """Return the ETag of every entry of the calendar, by its path.

        Raises ``MachineError`` where the server says, or shows, that it does not tell of all of them.
        """
        found, self._listed = self._listed, None
        if found is None:
            found = self._answers("PROPFIND", _LISTED)
        return {stored.href: stored.etag for stored in self._entries(found)}

    def fetch(self, hrefs: Iterable[str]) -> dict[str, Stored]:
        """Return the entries at some paths as they are now; those that are not there are left out.

        An entry that the server does not give among others is asked for by itself: only what is then not found is
        not there.
        """
        paths = list(hrefs)
        found = self.several(paths) or {}
        given = {unquote(href) for href in found}
        return found | self.one_by_one(path for path in paths if unquote(path) not in given)

    def one_by_one(self, hrefs: Iterable[str]) -> dict[str, Stored]:
        """Return entries as they are now, each asked for by itself; those that are not there are left out."""
        found = ((path, self.get_if_there(path)) for path in hrefs)
        return {path: stored for path, stored in found if stored is not None}

    def several(self, hrefs: Iterable[str], wanted: str = "<C:calendar-data/>") -> dict[str, Stored] | None:
        """Return those entries that the server gives at once; ``None`` where it gives one at a time only."""
        if self._one_by_one:
            return None
        try:
            return self._multiget(list(hrefs), wanted)
        except transport.ServerRefusedError as error:
            if error.status not in _NO_MULTIGET:
                raise
            self._one_by_one = True
            return None

    def get(self, href: str) -> Stored:
        """Return one entry as it is now, with the ETag that comes with its data."""
        answer = self._ask("GET", self.target.origin + href)
        return Stored(href, condition(answer.headers.get("etag")), answer.body)

    def get_if_there(self, href: str) -> Stored | None:
        """Return one entry as it is now; ``None`` where the server says that there is none."""
        try:
            return self.get(href)
        except transport.ServerRefusedError as error:
            if error.status not in {transport.NOT_FOUND, transport.GONE}:
                raise
            return None

    def uids(self, hrefs: Iterable[str]) -> dict[str, Stored]:
        """Return the entries at some paths with no more of their data than their UIDs, where the server can do so."""
        paths = list(hrefs)
        found = self.several(paths, _ONLY_UIDS)
        return self.fetch(paths) if found is None else found

    def between(self, first: datetime, last: datetime) -> list[Stored]:
        """Return the entries that take place between two instants."""
        span = f'<C:time-range start="{first:%Y%m%dT%H%M%SZ}" end="{last:%Y%m%dT%H%M%SZ}"/>'
        body = (
            f"<C:calendar-query {SPACES}><D:prop><D:getetag/><C:calendar-data/></D:prop>"
            f'<C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">{span}'
            "</C:comp-filter></C:comp-filter></C:filter></C:calendar-query>"
        )
        return [stored for stored in self._entries(self._answers("REPORT", body)) if stored.data]

    def _multiget(self, paths: list[str], wanted: str) -> dict[str, Stored]:
        found: dict[str, Stored] = {}
        for first in range(0, len(paths), AT_ONCE):
            some = "".join(f"<D:href>{escape(path)}</D:href>" for path in paths[first : first + AT_ONCE])
            body = f"<C:calendar-multiget {SPACES}><D:prop><D:getetag/>{wanted}</D:prop>{some}</C:calendar-multiget>"
            answers = replace(self._answers("REPORT", body), incomplete="")
            found |= {stored.href: stored for stored in self._entries(answers) if stored.data}
        return found

    def _calendars(self, found: Responses) -> Iterator[NamedCalendar]:
        """Yield the calendars among some resources that can hold events, by their paths."""
        for resource in found.resources:
            if not resource.has(f"{DAV}resourcetype", f"{CAL}calendar"):
                continue
            kinds = resource.properties.get(f"{CAL}supported-calendar-component-set")
            if kinds is None or not len(kinds) or any(kind.get("name") == _EVENTS for kind in kinds):
                path = urlsplit(urljoin(self.target.url, resource.href)).path
                yield NamedCalendar(path, (resource.text(f"{DAV}displayname") or "").strip())

    def _answers(self, method: str, body: str) -> Responses:
        return self._ask(method, self.target.url, body, {"Depth": "1"}).responses()

    def _entries(self, found: Responses) -> Iterator[Stored]:
        """Yield the entries of an answer; what lies outside of the calendar is nobody's business here."""
        if found.incomplete:
            raise MachineError(
                f"{self.target.host} does not tell of the whole calendar: {found.incomplete}; nothing more is done",
                hint="try again later; a calendar of its own for the plan stays small",
            )
        inside = outside = 0
        for resource in found.resources:
            is_collection = resource.has(f"{DAV}resourcetype", f"{DAV}collection") or self._is_here(resource)
            if is_collection:
                continue
            try:
                path = self.target.path_of(urljoin(self.target.path, resource.href))
            except (MachineError, ValueError):
                outside += 1
                continue
            inside += 1
            data = resource.text(f"{CAL}calendar-data") or ""
            yield Stored(path, condition(resource.text(f"{DAV}getetag")), data.encode())
        if outside and not inside:
            raise MachineError(f"{self.target.host} names only entries outside of the calendar; nothing was sent there")

    def _is_here(self, resource: Resource) -> bool:
        return _plain(urljoin(self.target.url, resource.href)) == _plain(self.target.url)

    # -- writing -----------------------------------------------------------------------------------------------

    def create(self, href: str, data: bytes) -> str | None:
        """Write a new entry where there is none; return its ETag if the server tells it."""
        return self._put(href, data, {"If-None-Match": "*"})

    def create_unconditionally(self, href: str, data: bytes) -> str | None:
        """Write a new entry for a server that does not know the condition; who calls has looked that none is there."""
        return self._put(href, data, {})

    def update(self, href: str, data: bytes, etag: str) -> str | None:
        """Write over an entry that is still as its ETag says; return the new one if the server tells it."""
        return self._put(href, data, {"If-Match": etag})

    def delete(self, href: str, etag: str) -> None:
        """Remove an entry that is still as its ETag says."""
        self._ask("DELETE", self.target.origin + href, headers={"If-Match": etag})

    def make_calendar(self, name: str) -> None:
        """Make an empty calendar for events at the address."""
        body = (
            f"<C:mkcalendar {SPACES}><D:set><D:prop><D:displayname>{escape(name)}</D:displayname>"
            '<C:supported-calendar-component-set><C:comp name="VEVENT"/></C:supported-calendar-component-set>'
            "</D:prop></D:set></C:mkcalendar>"
        )
        self._ask("MKCALENDAR", self.target.url, body)

    def _put(self, href: str, data: bytes, terms: Mapping[str, str]) -> str | None:
        headers = {"Content-Type": "text/calendar; charset=utf-8", **terms}
        answer = self._ask("PUT", self.target.origin + href, data.decode(), headers)
        return condition(answer.headers.get("etag"))

    def _ask(
        self, method: str, url: str, body: str = "", headers: Mapping[str, str] | None = None
    ) -> transport.ServerAnswer:
        self._transport.read_seconds = self.read_seconds
        xml = {"Content-Type": "application/xml; charset=utf-8"} if body else {}
        return self._transport.ask(method, url, body.encode(), {**xml, **(headers or {})})


def condition(etag: str | None) -> str | None:
    """Return an ETag as a condition for writing.

    Quotes that a server leaves out in its lists are put around it. A weak one is written as the strong one that it
    was before a proxy compressed the answer; a server that has only weak ones will not find it so, and then says so.
    """
    text = (etag or "").strip()
    if text.startswith("W/"):
        text = text[2:].strip()
    if not text or text == '""':
        return None
    return text if text.startswith('"') and text.endswith('"') else f'"{text}"'


def _rights(resource: Resource) -> frozenset[str] | None:
    """Return what one may do with a resource, by the names of RFC 3744; ``None`` where it does not say."""
    told = resource.properties.get(f"{DAV}current-user-privilege-set")
    if told is None:
        return None
    names = {one.tag.rpartition("}")[2] for part in told.iter(f"{DAV}privilege") for one in part}
    return frozenset(names) or None


def may(rights: Collection[str] | None, *names: str) -> bool:
    """Tell whether any of some rights is granted, or whether nobody knows."""
    return rights is None or bool({"all", "write", *names} & set(rights))


def _plain(url: str) -> str:
    """Return an address for comparing: whatever its server's spelling of the host, its path decides."""
    return unquote(f"/{url.partition('://')[2].partition('/')[2]}").rstrip("/")
