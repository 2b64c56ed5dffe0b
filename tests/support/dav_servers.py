"""Real CalDAV servers on this machine, started by the tests, and a proxy in front of them that makes trouble."""

from __future__ import annotations

import base64
import http.client
import importlib.util
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Literal
from urllib.parse import unquote
from uuid import uuid4

from support.debian_servers import cyrus_process, make_mailbox, missing_cyrus, missing_sabre, sabre_process
from support.misbehaviour import Exchange, Misbehaviour

USER, PASSWORD = "clinic", "s3cret-Passw0rd"
START_SECONDS = 30
WRITES = frozenset({"PUT", "DELETE", "MKCALENDAR", "POST", "PROPPATCH", "MOVE"})

_RUN = """
import os, runpy, sys
os.fsync = lambda _: None  # nobody pulls the plug of a test: waiting for the disk took most of a request
del sys.argv[0]
runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
"""
"""What a server in Python is run by."""

ServerName = Literal["radicale", "xandikos", "sabre", "cyrus"]
SERVERS: tuple[ServerName, ...] = ("radicale", "xandikos", "sabre", "cyrus")
HOMES: dict[ServerName, str] = {
    "radicale": f"/{USER}/",
    "xandikos": f"/{USER}/calendars/",
    "sabre": f"/calendars/{USER}/",
    "cyrus": f"/dav/calendars/user/{USER}/",
}
"""Where each server keeps a user's calendars."""


def missing(name: ServerName) -> str:
    """Return why a server cannot be started here; nothing where it can."""
    if name in {"sabre", "cyrus"}:
        return missing_sabre() if name == "sabre" else missing_cyrus()
    for package in ("caldav", name):
        if importlib.util.find_spec(package) is None:
            return f"the package {package} is not installed"
    return ""


@dataclass(frozen=True)
class DavServer:
    """A running server and where it keeps its entries."""

    name: ServerName
    port: int
    folder: Path

    def calendar(self) -> Calendar:
        """Make a new calendar, empty; in Cyrus in place of those of before, since it has a UID once in an account."""
        if self.name == "cyrus":
            self._empty()
        calendar = Calendar(self, f"{HOMES[self.name]}{uuid4().hex[:8]}/")
        calendar.ask("MKCALENDAR")
        return calendar

    def _empty(self) -> None:
        home = HOMES[self.name]
        listed = Calendar(self, home).ask("PROPFIND", headers={"Depth": "1"}).decode()
        for path in set(re.findall(rf"({home}[0-9a-f]{{8}}/)<", listed)):
            with suppress(AssertionError):  # Cyrus goes on listing for a while what is gone
                Calendar(self, path).ask("DELETE")


@dataclass(frozen=True)
class Calendar:
    """One calendar of a server, read from its disk and changed as another person's program would."""

    server: DavServer
    path: str

    @property
    def url(self) -> str:
        """Its address, without a proxy."""
        return f"http://127.0.0.1:{self.server.port}{self.path}"

    def state(self) -> dict[str, bytes]:
        """Return what the server has: the bytes of each entry by its name, from its disk where it keeps files."""
        if self.server.name in {"sabre", "cyrus"}:
            listed = self.ask("PROPFIND", headers={"Depth": "1"}).decode()
            names = sorted({unquote(name) for name in re.findall(r"([^/<>]+\.ics)</", listed)})
            return {name: self.ask("GET", name) for name in names}
        root = self.server.folder / "collection-root" if self.server.name == "radicale" else self.server.folder
        return {file.name: file.read_bytes() for file in sorted((root / self.path.strip("/")).glob("*.ics"))}

    def put(self, name: str, data: bytes) -> None:
        """Write an entry as somebody else does."""
        self.ask("PUT", name, data)

    def remove(self, name: str) -> None:
        """Remove an entry as somebody else does."""
        self.ask("DELETE", name)

    def edit(self, name: str, change: Callable[[str], str]) -> None:
        """Change an entry as somebody else does; lines are unfolded first."""
        before = self.state()[name].decode().replace("\r\n ", "")
        after = change(before)
        assert after != before
        self.put(name, after.encode())

    def ask(self, method: str, name: str = "", body: bytes = b"", headers: Mapping[str, str] | None = None) -> bytes:
        """Send one request, which must succeed."""
        headers = {"Authorization": _authorization(), **(headers or {})}
        if body:
            headers["Content-Type"] = "text/calendar; charset=utf-8"
        with closing(http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=START_SECONDS)) as connection:
            connection.request(method, self.path + name, body, headers)
            answer = connection.getresponse()
            content = answer.read()
        assert answer.status < 300, (method, answer.status, content)
        return content


def _authorization() -> str:
    return "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()


@contextmanager
def running(name: ServerName, folder: Path, *options: str) -> Iterator[DavServer]:
    """Run a server of its own, on a free port, until the block ends."""
    port = _free_port()
    data = folder / name
    data.mkdir()
    server = DavServer(name, port, data)
    if name == "sabre":
        with sabre_process(port, data, USER, PASSWORD) as started:
            _await(started, port)
            yield server
        return
    if name == "cyrus":
        mailport = _free_port()
        with cyrus_process(port, mailport, USER, PASSWORD) as started:
            _await(started, port)
            _await(started, mailport)
            make_mailbox(mailport, USER, PASSWORD)
            yield server
        return
    process = subprocess.Popen(
        [sys.executable, *_command(server, folder), *options],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONWARNINGS": "ignore", "XDG_DATA_HOME": str(folder)},
    )
    try:
        _await(process, port)
        yield server
    finally:
        process.kill()  # asked to end, it would wait for connections that tests left open; its data go with it
        process.wait()
        shutil.rmtree(data, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _command(server: DavServer, folder: Path) -> list[str]:
    if server.name == "xandikos":
        principal = f"/{USER}/"
        return [
            "-c", _RUN, "xandikos", "serve", "-d", str(server.folder), "-l", "127.0.0.1", "-p", str(server.port),
            "--defaults", "--current-user-principal", principal, "--no-detect-systemd",
        ]  # fmt: skip
    users = folder / "users"
    users.write_text(f"{USER}:{PASSWORD}\n", encoding="utf-8")
    return [
        "-c", _RUN, "radicale", "--config", "", "--server-hosts", f"127.0.0.1:{server.port}", "--auth-type", "htpasswd",
        "--auth-htpasswd-filename", str(users), "--auth-htpasswd-encryption", "plain", "--auth-delay", "0",
        "--storage-filesystem-folder", str(server.folder), "--logging-level", "error",
    ]  # fmt: skip


def _await(process: subprocess.Popen[bytes], port: int) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}")
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError("the server did not start")


# -- trouble ------------------------------------------------------------------------------------------------------


@dataclass
class Fault:
    """What the proxy does to the requests of a method, ``skip`` of them left alone and ``times`` of them met.

    ``status`` answers in the server's place, ``before`` is called first (somebody else's edit, a wait), ``drop`` cuts
    the connection before the server hears of the request or after it has done its work; ``strip`` hides headers of
    the answer.
    """

    method: str
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    before: Callable[[], object] | None = None
    drop: Literal["", "before", "after"] = ""
    strip: tuple[str, ...] = ()
    skip: int = 0
    times: int = 1


@dataclass
class Proxy:
    """A proxy in front of a server: what was asked, and the faults still to come."""

    port: int
    seen: list[tuple[str, str]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    misbehaviour: Misbehaviour = field(default_factory=Misbehaviour)

    def url(self, calendar: Calendar) -> str:
        """Return the address of a calendar through the proxy."""
        return f"http://127.0.0.1:{self.port}{calendar.path}"

    @property
    def writes(self) -> list[tuple[str, str]]:
        """The requests that would change something, each with its path."""
        return [(method, path) for method, path in self.seen if method in WRITES]

    def fault(self, method: str) -> Fault | None:
        """Return the fault that meets the next request of a method, if there is one."""
        for fault in self.faults:
            if fault.method in {method, "*"} and fault.times > 0:
                if fault.skip:
                    fault.skip -= 1
                    continue
                fault.times -= 1
                return fault
        return None


_OWN_HEADERS = frozenset({"accept-encoding", "content-length"})


class _Httpd(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, proxy: Proxy, upstream: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.proxy, self.upstream = proxy, upstream
        proxy.port = int(self.server_address[1])

    def handle_error(self, *_: object) -> None:
        pass


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    """What follows the head of an answer waited 40 ms for the head to be acknowledged."""
    server: _Httpd

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except (ConnectionError, TimeoutError):
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass

    def pass_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.proxy.seen.append((self.command, unquote(self.path)))
        fault = self.server.proxy.fault(self.command) or Fault(self.command)
        if fault.before is not None:
            fault.before()
        if fault.drop == "before":
            self._cut()
        elif fault.status:
            self._answer(fault.status, fault.headers, fault.body)
        else:
            told = self._exchanged(body)
            if fault.drop == "after":
                self._cut()
            else:
                hidden = {"content-length", "transfer-encoding", "connection", *map(str.lower, fault.strip)}
                kept = {name: value for name, value in told.headers.items() if name.lower() not in hidden}
                self._answer(told.status, kept, told.content)

    def _exchanged(self, body: bytes) -> Exchange:
        """Return the server's answer as the proxy's way of misbehaving leaves it."""
        way = self.server.proxy.misbehaviour
        asked = Exchange(self.command, self.path, body, sent=dict(self.headers.items()))
        asked = way.request(asked) if way.request is not None else asked
        if asked.status:
            return asked
        status, headers, content = self._forward(asked.body, asked.sent)
        answered = replace(asked, status=status, headers=headers, content=content)
        return way.answer(answered) if way.answer is not None else answered

    def _cut(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def _forward(self, body: bytes, sent: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        headers = {name: value for name, value in sent.items() if name.lower() not in _OWN_HEADERS}
        with closing(http.client.HTTPConnection("127.0.0.1", self.server.upstream, timeout=START_SECONDS)) as upstream:
            upstream.request(self.command, self.path, body, headers)
            answer = upstream.getresponse()
            content = answer.read()
        return answer.status, dict(answer.getheaders()), content

    def _answer(self, status: int, headers: dict[str, str], content: bytes) -> None:
        has_body = status != HTTPStatus.NO_CONTENT
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if has_body:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if has_body:
            self.wfile.write(content)


for _method in ("GET", "PUT", "DELETE", "PROPFIND", "REPORT", "MKCALENDAR", "OPTIONS", "POST"):
    setattr(_Handler, f"do_{_method}", _Handler.pass_on)


@contextmanager
def proxied(server: DavServer) -> Iterator[Proxy]:
    """Run a proxy in front of a server until the block ends."""
    proxy = Proxy(0)
    with _Httpd(proxy, server.port) as httpd:
        thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield proxy
        finally:
            httpd.shutdown()
            thread.join(5)
