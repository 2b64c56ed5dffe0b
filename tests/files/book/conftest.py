"""Books of all three kinds for the tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support import postgres
from support.books import KINDS, address


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """Yield the address of a PostgreSQL server that runs for these tests alone."""
    if postgres.programs() is None:
        pytest.skip("PostgreSQL is not installed")
    with postgres.server() as where:
        yield where


@pytest.fixture(params=KINDS)
def where(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Yield the address of a book that is not there yet, of each kind in turn."""
    server = request.getfixturevalue("postgres_server") if request.param == "postgres" else None
    with address(request.param, tmp_path, server) as found:
        yield found
