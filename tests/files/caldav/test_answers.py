"""What servers say and how they are asked: redirects, refusals in their own words, ways of showing a password."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from hashlib import md5
from pathlib import Path
from typing import Any

import pytest
from support.dav_servers import PASSWORD, USER, Calendar, DavServer, Fault, Proxy, proxied
from support.misbehaviour import Exchange, Misbehaviour, answered, body, of
from support.publishing import FOREIGN, Publisher, actions, event, file_of, moved, small_plan

from kapplan.errors import MachineError, UsageError
from kapplan.files.caldav.client import Client
from kapplan.files.caldav.credentials import Credentials
from kapplan.files.caldav.discovery import calendars_of
from kapplan.files.caldav.multistatus import condition_of, responses_of
from kapplan.files.caldav.target import target_of
from kapplan.files.caldav.transport import MOST_BYTES, ServerRefusedError, UnreachableError

BASIC = "Basic "


@pytest.fixture(scope="session")
def dav(radicale: DavServer) -> DavServer:
    """Return one kind of server: what is asked here does not depend on it."""
    return radicale


@pytest.fixture
def publish(proxy: Proxy, calendar: Calendar, tmp_path: Path) -> Publisher:
    """Return a publisher to a new calendar that holds somebody else's entry."""
    calendar.put("theirs.ics", FOREIGN)
    return Publisher(proxy, calendar, tmp_path, foreign=calendar.state()["theirs.ics"])


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirects_within_the_server_are_followed(publish: Publisher, status: int) -> None:
    """A server that moved its calendars is followed to them, with the method and the body as they were."""
    inside = publish.calendar.path.rstrip("/")

    def moved_on(exchange: Exchange) -> Exchange:
        if exchange.path.startswith("/old"):
            return answered(status, Location=exchange.path.replace("/old", inside, 1))(exchange)
        return exchange

    publish.proxy.misbehaviour = Misbehaviour(request=moved_on)
    target = target_of(f"http://127.0.0.1:{publish.proxy.port}/old/")
    with closing(Client(target, Credentials(USER, PASSWORD))) as client:
        assert client.look().is_calendar
        assert client.target.path == publish.calendar.path
        assert [href.rpartition("/")[2] for href in client.listing()] == ["theirs.ics"]


def test_redirects_without_end_are_given_up(publish: Publisher) -> None:
    """A server that sends round and round gives no answer."""
    publish.proxy.faults = [Fault("*", status=301, headers={"Location": publish.calendar.path}, times=999)]
    with pytest.raises(UnreachableError, match="without end"):
        publish(small_plan(1))


@pytest.mark.parametrize(("content", "said"), [
    (b"<html><style>p {}</style><p>Your trial ended &amp; you may not write.</p></html>", "Your trial ended"),
    (b"Quota of calendars reached\r\n", "Quota of calendars reached"),
    (b'<d:error xmlns:d="DAV:" xmlns:s="urn:s"><s:message>Shared read-only</s:message></d:error>', "Shared"),
    (b"\x1b[31mred\x07", "[31mred"),
    (b"", ""),
])  # fmt: skip
def test_a_refusal_is_told_in_the_servers_words(publish: Publisher, content: bytes, said: str) -> None:
    """What a 403 says is read and told in one line, without markup or what would steer a terminal."""
    publish.proxy.faults = [Fault("PUT", status=403, body=content)]
    (result,) = publish(small_plan(1)).values()
    assert result.outcome == "failed"
    assert "403" in result.note
    assert said in result.note
    assert result.note.isprintable()
    assert "<" not in result.note


def test_a_refusal_that_repeats_the_password_is_not_told(publish: Publisher) -> None:
    """A server that says the password back is not quoted."""
    publish.proxy.faults = [Fault("PUT", status=403, body=f"{PASSWORD} may not".encode())]
    (result,) = publish(small_plan(1)).values()
    assert PASSWORD not in result.note


def test_too_many_requests_said_as_403_is_waited_for(publish: Publisher) -> None:
    """Google says 403 with a reason where others say 429: that visit is tried again."""
    limit = b'{"error": {"errors": [{"domain": "usageLimits", "reason": "rateLimitExceeded"}]}}'
    publish.proxy.faults = [Fault("PUT", status=403, body=limit)]
    assert set(actions(publish(small_plan(2))).values()) == {"create"}
    assert publish.waits


def test_a_body_without_end_is_cut(publish: Publisher) -> None:
    """An answer larger than any calendar is not read to its end."""
    publish.proxy.faults = [Fault("PROPFIND", status=207, body=b" " * (MOST_BYTES + 1))]
    with pytest.raises(MachineError, match="no calendar"):
        publish(small_plan(1))


# -- who asks -----------------------------------------------------------------------------------------------------


def digest_only(exchange: Exchange) -> Exchange:
    """Ask for a digest, check it, and pass the request on in the way that the real server understands."""
    shown = exchange.sent.get("Authorization", "")
    if not shown.startswith("Digest "):
        return answered(401, WWW_Authenticate='Digest realm="cal", qop="auth", nonce="n0", algorithm=MD5')(exchange)
    told = dict(part.strip().split("=", 1) for part in shown.removeprefix("Digest ").split(","))
    told = {name: value.strip('"') for name, value in told.items()}
    ha1 = md5(f"{USER}:cal:{PASSWORD}".encode()).hexdigest()  # noqa: S324
    ha2 = md5(f"{exchange.method}:{told['uri']}".encode()).hexdigest()  # noqa: S324
    right = md5(f"{ha1}:n0:{told['nc']}:{told['cnonce']}:auth:{ha2}".encode()).hexdigest()  # noqa: S324
    assert told["response"] == right
    return as_basic(exchange)


def as_basic(exchange: Exchange) -> Exchange:
    """Return a request with the real server's credentials."""
    from base64 import b64encode

    shown = BASIC + b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    return replace(exchange, sent={**exchange.sent, "Authorization": shown})


def bearer_only(exchange: Exchange) -> Exchange:
    """Ask for a token, and pass the right one on as the real server's credentials."""
    if exchange.sent.get("Authorization") != f"Bearer {PASSWORD}":
        return answered(401, WWW_Authenticate='Bearer realm="cal"')(exchange)
    return as_basic(exchange)


def basic_only(exchange: Exchange) -> Exchange:
    """Ask for name and password."""
    if not exchange.sent.get("Authorization", "").startswith(BASIC):
        return answered(401, WWW_Authenticate='Basic realm="cal"')(exchange)
    return exchange


@pytest.mark.parametrize(("user", "scheme", "way", "works"), [
    (USER, None, basic_only, True), (USER, None, digest_only, True), (USER, "digest", digest_only, True),
    (USER, "basic", digest_only, True), (USER, "digest", basic_only, True), (USER, "bearer", bearer_only, True),
    (None, None, bearer_only, True), (USER, None, bearer_only, False), (USER, "bearer", basic_only, False),
])  # fmt: skip
def test_a_password_is_shown_as_the_server_asks(
    publish: Publisher, user: str | None, scheme: Any, way: Any, works: bool
) -> None:
    """Basic and digest stand in for each other; a token is never sent as a password, nor a password as a token."""
    publish.proxy.misbehaviour = Misbehaviour(request=way)
    with closing(
        Client(target_of(publish.proxy.url(publish.calendar)), Credentials(user, PASSWORD), scheme=scheme)
    ) as (client):
        if works:
            assert client.look().is_calendar
            assert len(client.listing()) == 1
        else:
            with pytest.raises(ServerRefusedError, match="401"):
                client.look()
    assert len(publish.proxy.seen) <= 3


# -- where calendars are ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("start", ["/", f"/{USER}/", "/.well-known/caldav", "/nowhere/"])
def test_calendars_are_found_from_any_address_of_the_server(
    dav: DavServer, calendar: Calendar, proxy: Proxy, start: str
) -> None:
    """From the root, a person's address, the well-known one or a wrong one, the calendars of who asks are listed."""
    other = dav.calendar()
    target = target_of(f"http://127.0.0.1:{proxy.port}{start}")
    with closing(Client(target, Credentials(USER, PASSWORD))) as client:
        assert {calendar.path, other.path} <= {one.path for one in calendars_of(client)}


def test_calendars_on_another_server_are_named_and_not_asked_for(proxy: Proxy, calendar: Calendar) -> None:
    """A home on another server is told by its name; no password goes there."""
    elsewhere = (
        b'<multistatus xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><response><href>/</href><propstat><prop>'
        b"<C:calendar-home-set><href>https://p01.cal.example/1/</href></C:calendar-home-set></prop>"
        b"<status>HTTP/1.1 200 OK</status></propstat></response></multistatus>"
    )
    proxy.misbehaviour = Misbehaviour(answer=of("PROPFIND", on=body(lambda _: elsewhere)))
    client = Client(target_of(proxy.url(calendar)), Credentials(USER, PASSWORD))
    with closing(client), pytest.raises(MachineError, match=r"p01\.cal\.example"):
        calendars_of(client)


# -- what XML says ------------------------------------------------------------------------------------------------


def test_parts_of_an_answer_are_read_one_by_one() -> None:
    """What is missing is left out, what failed makes the answer incomplete, and what has no status counts."""
    head = b'<multistatus xmlns="DAV:">'

    def response(status: bytes, inner: bytes = b"") -> bytes:
        return b"<response><href>/a</href><status>HTTP/1.1 " + status + b"</status>" + inner + b"</response>"

    told = responses_of(head + response(b"404 Not Found") + b"</multistatus>")
    assert told is not None
    assert (told.resources, told.incomplete) == ((), "")
    for status in (b"403 Forbidden", b"500 Oops", b"507 Full"):
        told = responses_of(head + response(status) + b"</multistatus>")
        assert told is not None
        assert status[:3].decode() in told.incomplete
    plain = responses_of(
        head
        + b"<response><href>/a</href><propstat><prop><getetag>1</getetag></prop></propstat></response></multistatus>"
    )
    assert plain is not None
    assert plain.resources[0].text("{DAV:}getetag") == "1"


@pytest.mark.parametrize("content", [
    b"", b"<multistatus/>", b"nothing", b'<multistatus xmlns="DAV:"><response>',
    b'<!DOCTYPE a [<!ENTITY b "cc">]><multistatus xmlns="DAV:">&b;</multistatus>',
])  # fmt: skip
def test_what_is_no_whole_multistatus_is_none(content: bytes) -> None:
    """Pages, other documents, what was cut off and what declares entities are no answer."""
    assert responses_of(content) is None


def test_only_conditions_of_the_protocols_are_told() -> None:
    """The reason of a refusal is named where it is one of WebDAV's or CalDAV's."""
    other, known = b'<x xmlns="urn:other"/>', b'<no-uid-conflict xmlns="urn:ietf:params:xml:ns:caldav"/>'
    assert condition_of(b'<error xmlns="DAV:">' + other + known + b"</error>") == "no-uid-conflict"
    assert condition_of(b'<error xmlns="DAV:">' + other + b"</error>") == ""


# -- what people added --------------------------------------------------------------------------------------------


def test_what_people_added_survives_an_update(publish: Publisher) -> None:
    """An alarm that somebody has seen stays seen, and colours, notes and attachments stay, when the visit is moved."""
    plan = small_plan(2)
    publish(plan)
    name = file_of(plan, "integration-1")
    acknowledged = "ACKNOWLEDGED:20270107T160100Z\r\nX-MOZ-LASTACK:20270107T160100Z\r\nEND:VALARM"
    added = "COLOR:tomato\r\nX-NOTE:take the tram\r\nATTACH:https://cal.example/map\r\nEND:VEVENT"

    def by_somebody(text: str) -> str:
        return text.replace("END:VALARM", acknowledged, 1).replace("END:VEVENT", added)

    publish.calendar.edit(name, by_somebody)
    assert actions(publish(moved(plan, "integration-1", days=1)))["integration-1"] == "update"
    after = event(publish.calendar, name)
    seen = [alarm for alarm in after.walk("VALARM") if "ACKNOWLEDGED" in alarm]
    assert len(after.walk("VALARM")) == 2
    assert [str(alarm["X-MOZ-LASTACK"]) for alarm in seen] == ["20270107T160100Z"]
    assert (str(after["COLOR"]), str(after["X-NOTE"])) == ("tomato", "take the tram")
    assert "ATTACH" in after


# -- how many requests --------------------------------------------------------------------------------------------


def test_sixty_visits_cost_three_requests_more(publish: Publisher) -> None:
    """Publishing 60 visits beside somebody's entry asks at most 63 times, the second time at most three."""
    plan = small_plan(60)
    publish(plan)
    assert len(publish.proxy.seen) <= 63
    publish.proxy.seen.clear()
    publish(plan)
    assert len(publish.proxy.seen) <= 3
    assert publish.proxy.writes == []


def test_the_user_agent_names_nothing(publish: Publisher) -> None:
    """What servers and what lies between are told of the program names no treatment."""
    agents: list[str] = []

    def note(exchange: Exchange) -> Exchange:
        agents.append(" ".join(value for name, value in exchange.sent.items() if name.lower() == "user-agent"))
        return exchange

    publish.proxy.misbehaviour = Misbehaviour(request=note)
    publish(small_plan(1))
    assert set(agents) == {"appointments"}


def test_no_password_goes_elsewhere_by_a_later_redirect(publish: Publisher, dav: DavServer) -> None:
    """A redirect to another server is refused in the middle of a run as at its beginning."""
    with proxied(dav) as other:
        publish.proxy.faults = [Fault("PUT", status=308, headers={"Location": other.url(publish.calendar)}, times=9)]
        with pytest.raises(UsageError):
            publish(small_plan(2))
        assert other.seen == []
