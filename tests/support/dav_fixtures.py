"""Fixtures of tests with live calendars: a server of each kind for the session, a calendar and a proxy a test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.dav_servers import SERVERS, Calendar, DavServer, Proxy, ServerName, missing, proxied, running


@pytest.fixture(scope="session", params=SERVERS)
def dav(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DavServer]:
    """Return a running CalDAV server; the test is run with each kind that is installed."""
    name: ServerName = request.param
    if reason := missing(name):
        pytest.skip(reason)
    with running(name, tmp_path_factory.mktemp(name)) as server:
        yield server


@pytest.fixture(scope="session")
def radicale(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DavServer]:
    """Return a running Radicale, which asks for a password."""
    if reason := missing("radicale"):
        pytest.skip(reason)
    folder: Path = tmp_path_factory.mktemp("radicale")
    with running("radicale", folder) as server:
        yield server


@pytest.fixture
def calendar(dav: DavServer) -> Calendar:
    """Return a new and empty calendar."""
    return dav.calendar()


@pytest.fixture
def proxy(dav: DavServer) -> Iterator[Proxy]:
    """Return a proxy in front of the server, without faults."""
    with proxied(dav) as one:
        yield one
