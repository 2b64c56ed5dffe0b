"""Ways in which CalDAV servers misbehave, each by a name: what a proxy does to requests and answers of a real one."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace

MULTISTATUS = 207
RESPONSE = re.compile(rb"<(?:\w+:)?response>.*?</(?:\w+:)?response>", re.DOTALL)
ETAG = re.compile(rb"(<(?:\w+:)?getetag>)(.*?)(</(?:\w+:)?getetag>)", re.DOTALL)
HREF = re.compile(rb"(<(?:\w+:)?href>)\s*(/[^<]*?)\s*(</(?:\w+:)?href>)")


@dataclass(frozen=True)
class Exchange:
    """One request and its answer, as the proxy may change them; ``status`` 0 is a request not yet answered."""

    method: str
    path: str
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    status: int = 0
    sent: dict[str, str] = field(default_factory=dict)
    content: bytes = b""


Change = Callable[[Exchange], Exchange]


@dataclass(frozen=True)
class Misbehaviour:
    """What is done to requests before the server sees them, and to its answers before we do."""

    request: Change | None = None
    answer: Change | None = None


def of(*methods: str, on: Change) -> Change:
    """Return a change of some methods alone."""

    def change(exchange: Exchange) -> Exchange:
        return on(exchange) if exchange.method in methods else exchange

    return change


def body(on: Callable[[bytes], bytes]) -> Change:
    """Return a change of the content of answers that tell of resources."""

    def change(exchange: Exchange) -> Exchange:
        return replace(exchange, content=on(exchange.content)) if exchange.status == MULTISTATUS else exchange

    return change


def answered(status: int, content: bytes = b"", **headers: str) -> Change:
    """Return an answer in the server's place."""
    told = {name.replace("_", "-"): value for name, value in headers.items()}

    def change(exchange: Exchange) -> Exchange:
        return replace(exchange, status=status, content=content, headers=told)

    return change


def without(*names: str) -> Change:
    """Return a change that hides headers of answers."""
    hidden = {name.lower() for name in names}

    def change(exchange: Exchange) -> Exchange:
        return replace(exchange, headers={n: v for n, v in exchange.headers.items() if n.lower() not in hidden})

    return change


def header(name: str, on: Callable[[str], str]) -> Change:
    """Return a change of one header of answers."""

    def change(exchange: Exchange) -> Exchange:
        told = {n: on(v) if n.lower() == name.lower() else v for n, v in exchange.headers.items()}
        return replace(exchange, headers=told)

    return change


def both(*changes: Change) -> Change:
    """Return one change after another."""

    def change(exchange: Exchange) -> Exchange:
        for one in changes:
            exchange = one(exchange)
        return exchange

    return change


def sent_header(name: str, on: Callable[[str], str | None]) -> Change:
    """Return a change of one header of requests; ``None`` takes it away."""

    def change(exchange: Exchange) -> Exchange:
        told = {n: (on(v) if n.lower() == name.lower() else v) for n, v in exchange.sent.items()}
        return replace(exchange, sent={n: v for n, v in told.items() if v is not None})

    return change


def stripped(*names: str) -> Misbehaviour:
    """Return the way of a server that does not keep some properties of entries."""
    lines = re.compile(rb"(?:^|(?<=\n))(?:" + "|".join(names).encode() + rb")[;:][^\n]*\n(?:[ \t][^\n]*\n)*")

    def change(exchange: Exchange) -> Exchange:
        return replace(exchange, body=lines.sub(b"", exchange.body))

    return Misbehaviour(request=of("PUT", on=change))


def rewritten(old: bytes, new: bytes) -> Misbehaviour:
    """Return the way of a server that writes entries otherwise than they were sent."""

    def change(exchange: Exchange) -> Exchange:
        unfolded = exchange.body.replace(b"\r\n ", b"")
        return replace(exchange, body=re.sub(old, new, unfolded))

    return Misbehaviour(request=of("PUT", on=change))


def _each_response(on: Callable[[int, bytes], bytes]) -> Callable[[bytes], bytes]:
    def change(content: bytes) -> bytes:
        number = iter(range(10**6))
        return RESPONSE.sub(lambda match: on(next(number), match.group()), content)

    return change


def _entry(text: bytes) -> bool:
    href = HREF.search(text)
    return href is not None and href.group(2).endswith(b".ics")


def _odd(content: bytes) -> bytes:
    odd = (
        b'<response xmlns="DAV:"><href>https://elsewhere.example/x.ics</href><propstat><prop><getetag>"odd"</getetag>'
        b"</prop><status>HTTP/1.1 200 OK</status></propstat></response>"
    )
    end = content.rindex(b"</")
    return content[:end] + odd + content[end:]


def _truncated(content: bytes) -> bytes:
    told = (
        b'<response xmlns="DAV:"><href>/</href><status>HTTP/1.1 507 Insufficient Storage</status>'
        b"<error><number-of-matches-within-limits/></error></response>"
    )
    end = content.rindex(b"</")
    return content[:end] + told + content[end:]


def _broken_entry(number: int, text: bytes) -> bytes:
    href = HREF.search(text)
    if number == 0 or href is None or not _entry(text):
        return text
    return (
        b'<response xmlns="DAV:"><href>' + href.group(2) + b"</href><status>HTTP/1.1 500 Internal Server Error</status>"
        b"</response>"
    )


def _left_out(number: int, text: bytes) -> bytes:
    return b"" if number % 2 and _entry(text) else text


def _empty_data(content: bytes) -> bytes:
    return re.sub(rb"(<(?:\w+:)?calendar-data[^>]*>).*?(</)", rb"\1\2", content, flags=re.DOTALL)


def _gzipped(exchange: Exchange) -> Exchange:
    told = {**exchange.headers, "Content-Encoding": "gzip"}
    return replace(exchange, content=gzip.compress(exchange.content), headers=told) if exchange.content else exchange


def _upper(match: re.Match[bytes]) -> bytes:
    return b"UID:" + match.group(1).upper()


def _upper_uids(exchange: Exchange) -> Exchange:
    return replace(exchange, body=re.sub(rb"(?<=BEGIN:VEVENT\r\n)UID:([^\r\n]+)", _upper, exchange.body))


def _create_refused(exchange: Exchange) -> Exchange:
    refused = any(name.lower() == "if-none-match" for name in exchange.sent)
    return answered(412)(exchange) if refused else exchange


def _digest_of(change: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    return lambda content: ETAG.sub(lambda m: m.group(1) + change(m.group(2)) + m.group(3), content)


def _unquoted(etag: bytes) -> bytes:
    return etag.replace(b"&quot;", b'"').strip(b'"')


def _absolute(exchange: Exchange) -> Exchange:
    host = next((value for name, value in exchange.sent.items() if name.lower() == "host"), "")
    base = f"http://{host}".encode()
    return replace(exchange, content=HREF.sub(lambda m: m.group(1) + base + m.group(2) + m.group(3), exchange.content))


def _encoded(exchange: Exchange) -> Exchange:
    def change(match: re.Match[bytes]) -> bytes:
        folder, _, name = match.group(2).rpartition(b"/")
        return match.group(1) + folder + b"/" + name.replace(b"-", b"%2d") + match.group(3)

    return replace(exchange, content=HREF.sub(change, exchange.content))


_LISTS, _GIVES = ("PROPFIND",), ("REPORT",)
_NO_ETAGS = body(lambda content: ETAG.sub(rb"", content))

HARMLESS: dict[str, Misbehaviour] = {
    "absolute hrefs": Misbehaviour(answer=of("PROPFIND", "REPORT", on=_absolute)),
    "hrefs in other percents": Misbehaviour(answer=of("PROPFIND", "REPORT", on=_encoded)),
    "one odd href among many": Misbehaviour(answer=of("PROPFIND", "REPORT", on=body(_odd))),
    "ETags without quotes in lists": Misbehaviour(answer=of("PROPFIND", "REPORT", on=body(_digest_of(_unquoted)))),
    "weak ETags": Misbehaviour(
        answer=both(
            of("PROPFIND", "REPORT", on=body(_digest_of(lambda etag: b"W/" + etag))),
            header("ETag", lambda etag: f"W/{etag}"),
        )
    ),
    "ETags only in headers": Misbehaviour(answer=of("PROPFIND", "REPORT", on=_NO_ETAGS)),
    "no ETag after writing": Misbehaviour(answer=of("PUT", on=without("ETag"))),
    "another ETag after writing": Misbehaviour(answer=of("PUT", on=header("ETag", lambda _: '"of-the-moment"'))),
    "ETags nowhere but from GET": Misbehaviour(
        answer=both(of("PROPFIND", "REPORT", on=_NO_ETAGS), of("PUT", on=without("ETag")))
    ),
    "412 on create where nothing is": Misbehaviour(request=of("PUT", on=_create_refused)),
    "multiget not allowed": Misbehaviour(request=of("REPORT", on=answered(403))),
    "multiget unknown": Misbehaviour(request=of("REPORT", on=answered(501))),
    "REPORT not found": Misbehaviour(request=of("REPORT", on=answered(404))),
    "REPORT a bad request": Misbehaviour(request=of("REPORT", on=answered(400, b"what?"))),
    "multiget gives half": Misbehaviour(answer=of("REPORT", on=body(_each_response(_left_out)))),
    "multiget gives nothing": Misbehaviour(
        answer=of("REPORT", on=body(lambda content: RESPONSE.sub(b"", content)))
    ),
    "multiget without data": Misbehaviour(answer=of("REPORT", on=body(_empty_data))),
    "list leaves out what is there": Misbehaviour(answer=of("PROPFIND", on=body(_each_response(_left_out)))),
    "list tells of no entry": Misbehaviour(
        answer=of("PROPFIND", on=body(_each_response(lambda _, text: b"" if _entry(text) else text)))
    ),
    "UIDs in another case": Misbehaviour(request=of("PUT", on=_upper_uids)),
    "CLASS is not kept": stripped("CLASS"),
    "TRANSP is not kept": stripped("TRANSP"),
    "URL is not kept": stripped("URL"),
    "STATUS is not kept": stripped("STATUS"),
    "LOCATION is not kept": stripped("LOCATION"),
    "SEQUENCE and CREATED are not kept": stripped("SEQUENCE", "CREATED", "LAST-MODIFIED"),
    "half of the properties are not kept": stripped("CLASS", "TRANSP", "URL", "STATUS", "DESCRIPTION"),
    "titles are rewritten": rewritten(rb"SUMMARY:Appointment", b"SUMMARY:APPOINTMENT (kept)"),
    "texts lose their line breaks": rewritten(rb"\\\\n", b" "),
    "texts gain blanks": rewritten(rb"(DESCRIPTION:[^\r\n]*)", rb"\1  \\n"),
    "CLASS is always PUBLIC": rewritten(rb"CLASS:PRIVATE", b"CLASS:PUBLIC"),
    "alarms are not kept": rewritten(rb"(?s)BEGIN:VALARM.*?END:VALARM\r\n", b""),
    "properties are added": rewritten(rb"END:VEVENT", b"X-SERVER-ID:4711\r\nCOLOR:red\r\nEND:VEVENT"),
    "answers are compressed": Misbehaviour(answer=of("PROPFIND", "REPORT", "GET", on=_gzipped)),
    "201 to every write": Misbehaviour(answer=of("PUT", on=lambda one: replace(one, status=201))),
    "200 to every write": Misbehaviour(answer=of("PUT", on=lambda one: replace(one, status=200, content=b"OK"))),
    "no rights are told": Misbehaviour(
        answer=of(
            "PROPFIND",
            on=body(
                lambda content: re.sub(
                    rb"<(\w+:)?current-user-privilege-set>.*?</(\w+:)?current-user-privilege-set>", b"", content,
                    flags=re.DOTALL,
                )
            ),
        )
    ),
}  # fmt: skip
"""Ways that change nothing of what publishing does: everything arrives, and a second run writes nothing."""

NO_REPORT = ("multiget not allowed", "multiget unknown", "REPORT not found", "REPORT a bad request")
"""The ways of servers that give one entry at a time only."""

ANOTHER_TIME: dict[str, Misbehaviour] = {
    "times are shifted by an hour": rewritten(rb"(DT(?:START|END)[^:]*:\d{8}T)0?9(\d\d00)", rb"\g<1>10\2"),
    "times lose their zone": rewritten(rb"DT(START|END);TZID=[^:]*:", rb"DT\1:"),
    "entries repeat": rewritten(rb"END:VEVENT", b"RRULE:FREQ=WEEKLY\r\nEND:VEVENT"),
}
"""Ways in which a server keeps another time than it was sent: told at every run, and not written again unasked."""

CUT_SHORT: dict[str, Misbehaviour] = {
    "507 in the list": Misbehaviour(answer=of("PROPFIND", on=body(_truncated))),
    "500 for entries of the list": Misbehaviour(answer=of("PROPFIND", on=body(_each_response(_broken_entry)))),
    "a list cut off in its middle": Misbehaviour(
        answer=of("PROPFIND", on=body(lambda content: content[: len(content) * 2 // 3]))
    ),
    "a list that is a page": Misbehaviour(answer=of("PROPFIND", on=answered(200, b"<html>Sign in</html>"))),
    "a list that is another document": Misbehaviour(answer=of("PROPFIND", on=body(lambda _: b"<a xmlns='DAV:'/>"))),
}
"""Ways in which a list is incomplete: nothing is decided on them, and nothing is written."""
