"""Busy times from the web: files under any address, free and busy times alone, and servers that send without end."""

from __future__ import annotations

import gzip
import re
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from support.command_line import CommandLine

from kapplan.errors import InvalidFileError, KapplanError, MachineError, UsageError
from kapplan.files.busy import remote
from kapplan.files.busy.booked_times import gather_busy
from kapplan.files.caldav.transport import ServerAnswer
from kapplan.model.clinic import Clinic
from kapplan.planning.availability.free_time import BusyTimes
from kapplan.planning.availability.timezones import zone

pytest.importorskip("caldav")

DENVER, FIRST = zone("America/Denver"), date(2027, 1, 1)
NINE = (datetime(2027, 1, 4, 16, tzinfo=UTC), datetime(2027, 1, 4, 17, tzinfo=UTC))
EVENT = b"BEGIN:VEVENT\r\nUID:one\r\nDTSTART:20270104T160000Z\r\nDTEND:20270104T170000Z\r\nEND:VEVENT\r\n"
BUSY = b"BEGIN:VFREEBUSY\r\nFREEBUSY:20270104T160000Z/PT1H\r\nEND:VFREEBUSY\r\n"
KEY = "4711-0815"


def calendar(part: bytes) -> bytes:
    """Return a calendar with one part."""
    return b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n" + part + b"END:VCALENDAR\r\n"


Reply = Callable[[BaseHTTPRequestHandler], None]


def reply(body: bytes, status: int = 200, **headers: str) -> Reply:
    """Return what answers with a body."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def endless(handler: BaseHTTPRequestHandler) -> None:
    """Answer with a body that does not end."""
    handler.send_response(200)
    handler.end_headers()
    handler.wfile.write(b"BEGIN:VCALENDAR\r\n")
    while True:
        handler.wfile.write(b"X-MORE:and more\r\n" * 10_000)


def dripping(handler: BaseHTTPRequestHandler) -> None:
    """Answer with a body of which a byte comes now and then, sooner than any read gives up."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000000")
    handler.end_headers()
    while True:
        handler.wfile.write(b"X")
        time.sleep(0.05)


def dripping_head(handler: BaseHTTPRequestHandler) -> None:
    """Answer with a line of the head that does not end."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
    while True:
        handler.wfile.write(b"X")
        time.sleep(0.05)


@pytest.fixture
def web() -> Iterator[tuple[str, dict[tuple[str, str], Reply]]]:
    """Yield the address of a server, and what it answers by method and path; all else is not there."""
    answers: dict[tuple[str, str], Reply] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            try:
                answers.get((self.command, self.path), reply(b"", 404))(self)
            except OSError:
                self.close_connection = True

        do_REPORT = do_PROPFIND = do_GET  # noqa: N815 - the base class looks for these names

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", answers
    server.shutdown()
    server.server_close()


def read(address: str) -> BusyTimes:
    """Read a calendar on the web as a clinic's."""
    return gather_busy(Clinic(busy=(address,)), Path(), DENVER, FIRST)


@pytest.mark.parametrize("path", ["/ana.ics", f"/feed?user=ana&key={KEY}", f"/feed/?key={KEY}", "/ana.ifb", "/ana"])
@pytest.mark.parametrize("part", [EVENT, BUSY])
def test_files_on_the_web(web: tuple[str, dict[tuple[str, str], Reply]], path: str, part: bytes) -> None:
    """A calendar file is read under any address, also where nothing says that it is one."""
    origin, answers = web
    answers["GET", path] = reply(calendar(part))
    assert read(origin + path).by_owner == {"clinic": (NINE,)}


def test_free_and_busy_times_alone(web: tuple[str, dict[tuple[str, str], Reply]]) -> None:
    """Where a server shows no entries, it is asked when their owner is busy."""
    origin, answers = web

    def report(handler: BaseHTTPRequestHandler) -> None:
        answers["REPORT", "/ana/"] = reply(calendar(BUSY))
        reply(b"", 403)(handler)

    answers["REPORT", "/ana/"] = report
    assert read(f"{origin}/ana/").by_owner == {"clinic": (NINE,)}


def test_compressed_and_moved_files(web: tuple[str, dict[tuple[str, str], Reply]]) -> None:
    """A file may come compressed, and from another place where nobody's password goes there."""
    origin, answers = web
    answers["GET", "/a.ics"] = reply(gzip.compress(calendar(EVENT)), Content_Encoding="gzip")
    answers["GET", "/old.ics"] = reply(b"", 302, Location=f"{origin.replace('127.0.0.1', 'localhost')}/a.ics?key=1")
    answers["GET", "/a.ics?key=1"] = answers["GET", "/a.ics"]
    assert read(f"{origin}/a.ics").by_owner == read(f"{origin}/old.ics").by_owner == {"clinic": (NINE,)}


def test_answers_without_end(web: tuple[str, dict[tuple[str, str], Reply]]) -> None:
    """What is larger than any calendar is given up, unpacked or not, and named by its host."""
    origin, answers = web
    answers["GET", "/bomb.ics"] = reply(gzip.compress(b"\r\n" * 100_000_000, 1), Content_Encoding="gzip")
    answers["GET", "/endless.ics"] = endless
    for path in ("/bomb.ics", "/endless.ics"):
        with pytest.raises(MachineError, match=r"127\.0\.0\.1"):
            read(origin + path)


@pytest.mark.parametrize("path", ["/bomb/", "/endless/"])
def test_calendars_without_end(
    web: tuple[str, dict[tuple[str, str], Reply]], path: str, kapplan_in: CommandLine
) -> None:
    """Publishing and reading back give such a server up too, say so, and leave the plan as it is."""
    origin, answers = web
    answers["PROPFIND", path] = answers["REPORT", path] = {
        "/bomb/": reply(gzip.compress(b"\r\n" * 100_000_000, 1), 207, Content_Encoding="gzip"),
        "/endless/": endless,
    }[path]
    assert kapplan_in("plan", "river.toml", "-o", "river.plan.toml", "--today", "2026-12-28").code == 0
    before = (kapplan_in.folder / "river.plan.toml").read_bytes()
    for words in (("publish", "river", "--to"), ("sync", "river", "--from")):
        ran = kapplan_in(*words, origin + path, "--today", "2026-12-28", "--deadline", "5")
        assert (ran.code, "127.0.0.1 sends more than 64 MiB" in ran.err) == (1, True), ran.err
    assert (kapplan_in.folder / "river.plan.toml").read_bytes() == before


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_refusals_keep_the_address_to_themselves(web: tuple[str, dict[tuple[str, str], Reply]], status: int) -> None:
    """An address holds a secret: an error names the host alone; what cannot be read is never taken as free."""
    origin, answers = web
    path = f"/feed?key={KEY}"
    answers["GET", path] = reply(b"no", status)
    with pytest.raises(KapplanError) as caught:
        read(origin + path)
    assert KEY not in f"{caught.value}{caught.value.hint}"
    answers["GET", path] = reply(b"<html>please log in</html>")
    with pytest.raises(InvalidFileError) as broken:
        read(origin + path)
    assert KEY not in str(broken.value.problems)


@pytest.mark.parametrize(
    ("address", "asked"),
    [
        ("webcal://cal.example/ana", "https://cal.example/ana"),
        ("WEBCAL://cal.example/ana.ics", "https://cal.example/ana.ics"),
        ("webcals://cal.example/ana?key=1&x=2", "https://cal.example/ana?key=1&x=2"),
        ("https://cal.example/ana?key=1", "https://cal.example/ana?key=1"),
    ],
)
def test_what_is_subscribed_to_is_a_file(address: str, asked: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """``webcal`` addresses, and those with a query, are fetched over TLS as they stand."""
    urls: list[str] = []

    class Recording:
        def __init__(self, *_: Any) -> None:
            """Connect to nothing."""

        def ask(self, method: str, url: str) -> ServerAnswer:
            urls.append(f"{method} {url}")
            return ServerAnswer(200, {}, calendar(EVENT), "/")

        def close(self) -> None:
            """Close nothing."""

    monkeypatch.setattr(remote, "Transport", Recording)
    assert read(address).by_owner == {"clinic": (NINE,)}
    assert urls == [f"GET {asked}"]


@pytest.mark.parametrize(
    "address", ["http://cal.example/ana.ics", "https://u:p@cal.example/a.ics", "webcal://", "https://a b/"]
)
def test_addresses_that_are_not_spoken_to(address: str) -> None:
    """Nothing is fetched without TLS from elsewhere, and no address may hold a password."""
    with pytest.raises(UsageError):
        read(address)


def test_what_is_saved_is_told_though_a_server_answers_no_more(
    web: tuple[str, dict[tuple[str, str], Reply]], kapplan_in: CommandLine
) -> None:
    """A change that leaves no dates is saved and told as such, also where no way out of it can be tried in time."""
    origin, answers = web
    asked: list[str] = []

    def once(handler: BaseHTTPRequestHandler) -> None:
        asked.append(handler.path)
        (reply(calendar(EVENT)) if len(asked) == 1 else dripping)(handler)

    answers["GET", "/a.ics"] = reply(calendar(EVENT))
    clinic = kapplan_in.folder / "clinic.toml"
    busy = f'[clinic]\nbusy = ["{origin}/a.ics"]'
    clinic.write_text(clinic.read_text(encoding="utf-8").replace("[clinic]", busy, 1), encoding="utf-8")
    today = ("--today", "2026-12-28")
    assert kapplan_in("plan", "river.toml", "-o", "river.plan.toml", *today).code == 0
    answers["GET", "/a.ics"] = once
    ran = kapplan_in("away", "river", "2026-12-29..2027-06-30", "--deadline", "3", *today)
    assert ran.code == 5, ran.err
    assert "unresolved" in ran.text
    assert "away" in kapplan_in("log", "river").text


@pytest.mark.parametrize("answer", [dripping, pytest.param(dripping_head, marks=pytest.mark.thorough)])
def test_a_deadline_holds_for_every_server(
    web: tuple[str, dict[tuple[str, str], Reply]], answer: Reply, kapplan_in: CommandLine
) -> None:
    """A server that never ends an answer costs a command its deadline and no more; a record is saved all the same."""
    origin, answers = web
    today, limit = ("--today", "2026-12-28"), ("--deadline", "1")
    for name in ("/a.ics", "/b.ics"):
        answers["GET", name] = reply(calendar(EVENT))
    clinic = kapplan_in.folder / "clinic.toml"
    busy = f'[clinic]\nbusy = ["{origin}/a.ics", "{origin}/b.ics"]'
    clinic.write_text(clinic.read_text(encoding="utf-8").replace("[clinic]", busy, 1), encoding="utf-8")
    assert kapplan_in("plan", "river.toml", "-o", "river.plan.toml", *today).code == 0
    for method, path in (("GET", "/b.ics"), ("GET", "/slow/"), ("PROPFIND", "/slow/"), ("REPORT", "/slow/")):
        answers[method, path] = answer
    asking = ("plan", "sage.toml"), ("starts", "sage.toml", "--within", "3d"), ("move", "river", "dosing-1")
    for words in (
        *asking,
        ("publish", "river", "--to", f"{origin}/slow/"),
        ("sync", "river", "--from", f"{origin}/slow/"),
    ):
        ran = kapplan_in(*words, *limit, *today)
        assert ran.code == 1, ran.err
        assert re.search(r"127\.0\.0\.1 gave no whole answer in |were not enough for 127\.0\.0\.1", ran.err), ran.err
    missed = kapplan_in("missed", "river", "screening-1", *limit, "--today", "2027-02-01")
    assert missed.code == 0
    assert re.search(r"The dates were not looked at: .*127\.0\.0\.1", missed.err), missed.err
    assert "missed" in kapplan_in("log", "river").text
