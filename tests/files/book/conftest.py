"""Books of all three kinds for the tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support import postgres
from support.books import KINDS, address
from support.command_line import CommandLine
from support.generated_profiles import write_profiles


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


@pytest.fixture(scope="session")
def three_patients(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the profiles of three patients of one clinic in ``in``, and their plans in ``out``."""
    folder = tmp_path_factory.mktemp("planned")
    write_profiles(folder / "in", range(3))
    with pytest.MonkeyPatch.context() as patch:
        CommandLine(folder, patch)("plan", "in", "-o", "out", "--one-by-one", "--today", "2026-12-28")
    return folder
