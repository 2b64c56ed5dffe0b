"""What all tests share: the path of the helpers and hypothesis' profiles."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

sys.path.insert(0, str(Path(__file__).parent))

from support.command_line import CommandLine, with_examples
from support.dav_fixtures import calendar, dav, proxy, radicale

from kapplan.cli import collect_seldom

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


def _in_one_piece(call: Callable[[], object]) -> object:
    """Call something whose frames, and all those that they call, lie in one piece of memory.

    CPython takes memory for frames in pieces of 16 kB and gives one back as soon as the first frame in it returns: a
    loop that happens to call across such a border, some hundred frames deep beneath pytest and hypothesis, asked the
    system for memory at every turn; a third of a run of lives went by with that. A frame as large as this one makes
    the piece in which it lies so large that the border is out of reach.
    """
    __tracebackhide__ = True
    return call()


_in_one_piece.__code__ = _in_one_piece.__code__.replace(co_stacksize=2**16)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> object:
    """Run a test with its fixtures as pytest does, where its frames have room."""
    runner = item.config.pluginmanager.get_plugin("runner")
    assert runner is not None
    return _in_one_piece(lambda: runner.pytest_runtest_protocol(item, nextitem))


def pytest_configure(config: pytest.Config) -> None:
    """Look for cycles as seldom as the command line does itself, and let no program compile what one has compiled.

    Most of what there is stays until the end. Where Python is to write no bytecode beside the sources, each of some
    hundred programs that the tests start compiled them all: half of its time. It lies in pytest's cache then.
    """
    collect_seldom()
    cache: pytest.Cache | None = getattr(config, "cache", None)  # there is none where somebody wants none
    if sys.dont_write_bytecode and sys.pycache_prefix is None and cache is not None:
        with suppress(OSError):
            os.environ["PYTHONPYCACHEPREFIX"] = str(cache.mkdir("bytecode"))
            os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


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
