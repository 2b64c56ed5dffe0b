"""One request to a server and its whole answer, through the ``caldav`` package: the only module that imports it.

Of the package only its HTTP session is used: what it does beyond requests (counting SEQUENCE up on saving, following
redirects with a password, guessing a server's ways) is decided elsewhere here.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal, get_args
from urllib.parse import urljoin
from urllib.request import getproxies, proxy_bypass

from kapplan.dataclass import dataclass
from kapplan.errors import MachineError, UsageError
from kapplan.files.caldav.credentials import WHERE_FROM, Credentials
from kapplan.files.caldav.multistatus import Responses, condition_of, responses_of
from kapplan.files.caldav.target import CalendarAddress, is_loopback, target_of

Scheme = Literal["basic", "digest", "bearer"]
"""How a server is told who asks; a bearer's token is what the password's place gives."""

CONNECT_SECONDS = 8.0
READ_SECONDS = 30.0
MOST_BYTES = 64 * 1024 * 1024
"""No answer of a calendar is longer: what goes on sending is no calendar."""

UNAUTHORIZED, FORBIDDEN, NOT_FOUND, CONFLICT, CHANGED, FULL = 401, 403, 404, 409, 412, 507
GONE = 410
USER_AGENT = "appointments"
"""What servers and what lies between are told of us: nothing that names a treatment."""

NEEDS_EXTRA = 'live calendars need the package caldav: pip install "kapplan[caldav]"'

_FINE = frozenset({200, 201, 204, 207})
_MOVED = frozenset({301, 302, 307, 308})
_MOST_MOVES = 5
_TOO_MUCH = re.compile(r"usageLimits|[rR]ateLimitExceeded|quotaExceeded")
"""What Google's 403 says where it means 429."""

_MARKUP = re.compile(r"<(script|style|title)\b.*?</\1>|<[^>]*>", re.DOTALL | re.IGNORECASE)
_MOST_SAID = 160


class ServerRefusedError(MachineError):
    """The server answered and said no; trying again as it is would not help."""

    def __init__(self, status: int, condition: str = "", said: str = "") -> None:
        super().__init__(_status_words(status, condition, said))
        self.status = status
        self.condition = condition


class UnreachableError(MachineError):
    """No whole answer came: what was asked for may have happened all the same."""


class BusyServerError(MachineError):
    """The server asks to come again later, after ``seconds`` where it says so; nothing happened."""

    def __init__(self, status: int, seconds: float | None) -> None:
        super().__init__(_status_words(status))
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class ServerAnswer:
    """A whole answer that says yes; ``path`` is where it came from, after redirects within the server."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    path: str

    def responses(self) -> Responses:
        """Return what a multistatus tells; raises ``UnreachableError`` where it is none, or not whole."""
        found = responses_of(self.body)
        if found is None:
            raise UnreachableError("the server gave an answer that is none of a calendar's")
        return found


class Transport:
    """Requests to one server, with one person's credentials, in the way of asking that the server understands."""

    def __init__(
        self,
        target: CalendarAddress,
        credentials: Credentials,
        *,
        scheme: Scheme | None = None,
        ca_file: str | None = None,
    ) -> None:
        self.target = target
        self.read_seconds = READ_SECONDS
        self._credentials = credentials
        self._session, self._requests = _session(target, ca_file)
        self._verify = ca_file or True
        self._untried = [one for one in get_args(Scheme) if one != "bearer"]
        self._auth: Any = None
        self._begin(scheme or "basic")
        self._asked_for = scheme

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def ask(self, method: str, url: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> ServerAnswer:
        """Return the answer to one request.

        Raises ``BusyServerError`` where the server asks to come later, ``UnreachableError`` where no whole answer
        came, ``ServerRefusedError`` where it says no, and ``UsageError`` where it sends on to another server.
        """
        answer = self._followed(method, url, body, headers or {})
        while answer.status == UNAUTHORIZED and self._another_scheme(answer):
            answer = self._followed(method, url, body, headers or {})
        return self._checked(answer)

    # -- who asks ----------------------------------------------------------------------------------------------

    def _begin(self, scheme: Scheme) -> None:
        """Ask in one way from now on."""
        if scheme in self._untried:
            self._untried.remove(scheme)
        user, password = self._credentials.user, self._credentials.password
        if password is None or (user is None and scheme != "bearer"):
            self._auth = None
        elif scheme == "bearer":
            self._auth = _bearer(password)
        elif scheme == "digest":
            self._auth = self._requests.auth.HTTPDigestAuth(user, password)
        else:
            self._auth = self._requests.auth.HTTPBasicAuth((user or "").encode(), password.encode())

    def _another_scheme(self, answer: ServerAnswer) -> bool:
        """Take another way of asking that the server names and that was not tried; a token is never sent as a password.

        A password is sent as a token only where nobody has a name and the server asks for one.
        """
        offered = answer.headers.get("www-authenticate", "").lower()
        if self._credentials.password is None:
            return False
        if self._asked_for is None and self._credentials.user is None and "bearer" in offered:
            self._asked_for = "bearer"
            self._begin("bearer")
            return True
        if self._asked_for == "bearer":
            return False
        for scheme in self._untried:
            if scheme in offered:
                self._begin(scheme)
                return True
        return False

    # -- one request -------------------------------------------------------------------------------------------

    def _followed(self, method: str, url: str, body: bytes, headers: Mapping[str, str]) -> ServerAnswer:
        """Return an answer after redirects; they are followed within the server alone, unless nothing goes there."""
        for _ in range(_MOST_MOVES):
            answer = self._once(method, url, body, headers)
            if answer.status not in _MOVED:
                return answer
            anywhere = method == "GET" and self._auth is None
            url = self._moved(urljoin(url, answer.headers.get("location", "")), anywhere=anywhere)
        raise UnreachableError(f"{self.target.host} sends from one address to the next without end")

    def _moved(self, url: str, *, anywhere: bool) -> str:
        try:
            there = target_of(url.partition("?")[0])
        except UsageError:
            there = None
        if there is None or (there.origin != self.target.origin and not anywhere):
            raise UsageError(
                f"{self.target.host} sends on to another address; no password goes there unasked",
                hint="give the address that the server names in its settings for CalDAV",
            )
        return url

    def _once(self, method: str, url: str, body: bytes, headers: Mapping[str, str]) -> ServerAnswer:
        errors = self._requests.exceptions
        try:
            answer = self._session.request(
                method, url, data=body or None, headers=dict(headers), auth=self._auth, allow_redirects=False,
                stream=True, timeout=(min(CONNECT_SECONDS, self.read_seconds), self.read_seconds), verify=self._verify,
            )  # fmt: skip
            content = b"".join(_pieces(answer, self.target.host))
        except errors.SSLError:
            raise MachineError(
                f"the certificate of {self.target.host} cannot be trusted", hint="--ca-file names your own authority's"
            ) from None
        except MachineError:
            raise
        except (errors.RequestException, OSError) as error:
            raise UnreachableError(f"{self.target.host} gave no answer ({type(error).__name__})") from None
        except Exception as error:  # noqa: BLE001  # the package raises what its parts raise on a broken answer
            raise UnreachableError(f"{self.target.host} gave a broken answer ({type(error).__name__})") from None
        told = {str(name).lower(): str(value) for name, value in answer.headers.items()}
        return ServerAnswer(int(answer.status_code), told, content, target_path(str(answer.url or url)))

    def _checked(self, answer: ServerAnswer) -> ServerAnswer:
        """Return an answer that says yes; raise what the others mean."""
        status = answer.status
        if status in _FINE:
            return answer
        if status in {429, 503}:
            raise BusyServerError(status, _seconds(answer.headers.get("retry-after")))
        if status in {500, 502, 504}:
            raise UnreachableError(_status_words(status))
        said = self._said(answer)
        if status == FORBIDDEN and _TOO_MUCH.search(answer.body[:4096].decode("utf-8", "replace")):
            raise BusyServerError(429, _seconds(answer.headers.get("retry-after")))
        refused = ServerRefusedError(status, condition_of(answer.body), said if status != UNAUTHORIZED else "")
        if status == UNAUTHORIZED:
            refused.hint = f"the password for {self.target.host} comes from {WHERE_FROM}"
        raise refused

    def _said(self, answer: ServerAnswer) -> str:
        """Return what a refusal says for people, in one line, without markup and without the password."""
        text = _MARKUP.sub(" ", answer.body[:8192].decode("utf-8", "replace"))
        words = " ".join("".join(one if one.isprintable() else " " for one in text).split())
        secret = self._credentials.password
        if secret and secret in words:
            return ""
        return words if len(words) <= _MOST_SAID else f"{words[:_MOST_SAID].rstrip()}…"


def target_path(url: str) -> str:
    """Return the path of an address."""
    rest = url.partition("://")[2]
    return f"/{rest.partition('/')[2]}".partition("?")[0]


def _pieces(answer: Any, host: str) -> Iterator[bytes]:
    """Yield a body piece by piece, up to what a calendar may hold."""
    size = 0
    for piece in answer.iter_content(65536):
        size += len(piece)
        if size > MOST_BYTES:
            answer.close()
            raise MachineError(f"{host} sends more than {MOST_BYTES // 1024**2} MiB in one answer: that is no calendar")
        yield piece


def _bearer(token: str) -> Any:
    def sign(request: Any) -> Any:
        request.headers["Authorization"] = f"Bearer {token}"
        return request

    return sign


def _seconds(text: str | None) -> float | None:
    """Return a Retry-After in seconds; a date counts as not said, since whose clock is right is not known."""
    try:
        return float(text or "")
    except ValueError:
        return None


def _session(target: CalendarAddress, ca_file: str | None) -> tuple[Any, Any]:
    """Return a session that takes nothing from its surroundings but a proxy, and the library that it is of."""
    try:
        from caldav.davclient import DAVClient
        from caldav.lib.http_sync import requests
    except ImportError:
        raise UsageError(NEEDS_EXTRA) from None
    log = logging.getLogger("caldav")
    log.propagate = False  # it would print bodies of entries
    log.addHandler(logging.NullHandler())
    session: Any = DAVClient(url=target.url, ssl_verify_cert=ca_file or True, enable_rfc6764=False).session
    session.headers["User-Agent"] = USER_AGENT
    session.trust_env = False  # no password from a .netrc file
    session.proxies = {} if is_loopback(target.host) or proxy_bypass(target.host) else getproxies()
    return session, requests


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


def _status_words(status: int, condition: str = "", said: str = "") -> str:
    words = _WORDS.get(status, "the server refuses it")
    told = f"{words} ({status}{f', {condition}' if condition else ''})"
    return f'{told}; it says: "{said}"' if said else told
