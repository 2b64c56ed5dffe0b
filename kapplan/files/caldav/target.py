"""Addresses of calendars: what may be spoken to, and what belongs to it."""

from __future__ import annotations

from hashlib import sha256
from ipaddress import ip_address
from urllib.parse import SplitResult, unquote, urlsplit

from kapplan.dataclass import dataclass
from kapplan.errors import MachineError, UsageError

_PORTS = {"https": 443, "http": 80}
_CONTROLS = frozenset(map(chr, (*range(33), 127)))


@dataclass(frozen=True, slots=True)
class CalendarAddress:
    """A collection on a server: ``origin`` is ``https://host:port`` without a slash, ``path`` ends with one."""

    origin: str
    path: str

    @property
    def url(self) -> str:
        """The whole address."""
        return self.origin + self.path

    @property
    def host(self) -> str:
        """The name of the server."""
        return urlsplit(self.origin).hostname or ""

    @property
    def key(self) -> str:
        """A short name for files, the same for every spelling of the address."""
        return sha256(f"{self.origin}{unquote(self.path)}".encode()).hexdigest()[:12]

    def path_of(self, href: str) -> str:
        """Return the path of a reference that the server gave.

        Raises ``MachineError`` where it leads to another server or out of the collection: nobody's credentials go
        there.
        """
        parts = urlsplit(href)
        elsewhere = parts.netloc and _origin(parts) != self.origin
        if elsewhere or not _inside(parts.path, self.path):
            raise MachineError(f"{self.host} names an entry outside of the calendar; nothing was sent there")
        return parts.path


def target_of(text: str) -> CalendarAddress:
    """Return the calendar of an address that a person gave.

    Raises ``UsageError`` for anything but ``https://`` (``http://`` to this machine itself is allowed) and for an
    address that holds a password: it would stay in the shell's history.
    """
    if not is_address(text):
        raise UsageError(
            "this is not the address of a calendar", hint="give its CalDAV address, such as https://cal.example/river/"
        )
    try:
        parts = urlsplit(text)
        host, origin = parts.hostname or "", _origin(parts)
    except ValueError:
        raise UsageError("the address of the calendar cannot be read") from None
    if parts.username is not None or parts.password is not None:
        raise UsageError(
            "an address must hold no name and no password",
            hint="give --user, and the password by --password-command, $KAPPLAN_CALDAV_PASSWORD or the keyring",
        )
    if not host or parts.query or parts.fragment or _CONTROLS & set(text):
        raise UsageError("this is not the address of a calendar", hint="leave out blanks and what follows ? or #")
    if parts.scheme.lower() == "http" and not is_loopback(host):
        raise UsageError(f"{host} is only spoken to over TLS", hint="give an address that begins with https://")
    return CalendarAddress(origin, parts.path if parts.path.endswith("/") else f"{parts.path}/")


def is_address(text: str) -> bool:
    """Tell whether a text is meant as an address on the web and not as a path."""
    return text.lower().startswith(("https://", "http://"))


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine itself."""
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _origin(parts: SplitResult) -> str:
    scheme, host = parts.scheme.lower(), (parts.hostname or "").lower()
    port = parts.port
    named = f"[{host}]" if ":" in host else host
    return f"{scheme}://{named}" + (f":{port}" if port not in {None, _PORTS.get(scheme)} else "")


def _inside(path: str, collection: str) -> bool:
    plain = unquote(path)
    return plain.startswith(unquote(collection)) and ".." not in plain.split("/")
