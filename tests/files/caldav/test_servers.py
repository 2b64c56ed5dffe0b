"""What holds on every kind of server that is here: found from its root, few requests, nothing written twice."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from support.dav_servers import HOMES, PASSWORD, USER, Calendar, DavServer, Proxy
from support.publishing import FOREIGN, Publisher, actions, changed, moved, small_plan

from kapplan.files.caldav.client import Client, may
from kapplan.files.caldav.credentials import Credentials
from kapplan.files.caldav.discovery import calendars_of
from kapplan.files.caldav.target import target_of
from kapplan.model.plan import CalendarIdentity

VISITS = 12


def client_at(proxy: Proxy, path: str) -> Client:
    """Return a client at an address of the server behind a proxy."""
    return Client(target_of(f"http://127.0.0.1:{proxy.port}{path}"), Credentials(USER, PASSWORD))


@pytest.mark.parametrize("start", ["", "home"], ids=["root", "home"])
def test_a_calendar_is_found_and_may_be_written(dav: DavServer, calendar: Calendar, proxy: Proxy, start: str) -> None:
    """From the root or the folder of calendars each server's calendars are found, with the right to write to them."""
    with closing(client_at(proxy, HOMES[dav.name] if start else "/")) as client:
        assert calendar.path in {one.path for one in calendars_of(client)}
        client.use(calendar.path)
        assert client.look().is_calendar
        assert may(client.rights, "bind")


def test_requests_are_few(calendar: Calendar, proxy: Proxy, tmp_path: Path) -> None:
    """Publishing costs three requests more than visits at most, publishing again three and no write."""
    calendar.put("theirs.ics", FOREIGN)
    publish = Publisher(proxy, calendar, tmp_path)
    plan = replace(small_plan(VISITS), identity=CalendarIdentity(secret="s"))  # noqa: S106
    assert set(actions(publish(plan)).values()) == {"create"}
    assert len(proxy.seen) <= VISITS + 3
    for later in (moved(plan, "integration-2", days=1), changed(plan, "integration-3", status="cancelled"), plan):
        publish(later)
        proxy.seen.clear()
        assert set(actions(publish(later)).values()) == {"unchanged"}
        assert len(proxy.seen) <= 3
        assert proxy.writes == []
