"""What all tests share: the path of the helpers and hypothesis' profiles."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

sys.path.insert(0, str(Path(__file__).parent))

from support.command_line import CommandLine, with_examples
from support.dav_fixtures import calendar, dav, proxy, radicale

__all__ = ["calendar", "dav", "proxy", "radicale"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--update``: write what sessions at the command line print now, for review in the difference."""
    parser.addoption("--update", action="store_true", help="write the golden files anew")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Run one worker more than there are cores: there is always a test that waits for a server."""
    return (os.cpu_count() or 1) + 1


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Let the collector pass over the tests themselves, many thousands that live until the end."""
    gc.disable()
    result = yield
    gc.freeze()
    gc.enable()
    return result


@pytest.fixture
def kapplan_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """Return the command line in a folder that holds the examples."""
    return CommandLine(with_examples(tmp_path), monkeypatch)


@pytest.fixture(autouse=True, scope="session")
def _disk_not_waited_for() -> Iterator[None]:
    """Let nothing in this process wait for the disk, unless a test looks for just that: nobody pulls its plug."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _: None)
        yield


settings.register_profile("ci", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("explore", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))
