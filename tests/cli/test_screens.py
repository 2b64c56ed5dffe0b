"""What people see: every screen at 60, 80 and 120 columns, with colours and without, and at 20 without loss.

The screens lie in ``screens``, to be read; ``pytest --update`` writes what the commands print now.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from support.every_screen import NARROW, READ, SCREENS, WIDE, Houses, Screens, seen, unseen, written
from support.screens import widest

_WORD = re.compile(r"[^\s─█·▁▂▃▄▅▆▇]+")
_TITLES = {
    "Date", "Day", "Id", "Known", "Length", "Measures", "Notes", "Patient", "Protocol", "Rev", "Source", "Start",
    "Time", "Told", "Visit", "Week", "Where", "Why",
}  # fmt: skip
"""Headings of columns, which only tables have."""
_CHARTS = re.compile(r"-?\d\d?|[A-Z][a-z]{2,8}|today")
"""What stands on the axes of charts: hours, weeks, months, the mark of today; the fewer the less room there is."""
KEPT = Path(__file__).parent / "screens"


@pytest.fixture(scope="module")
def houses(tmp_path_factory: pytest.TempPathFactory) -> Houses:
    """Return the folders in which screens are typed."""
    return Houses(tmp_path_factory.mktemp("houses"))


def test_every_command_has_a_screen() -> None:
    """A command that is new is seen here, or it is said why not; no screen is kept that nothing shows."""
    assert unseen() == set()
    assert {path.name for path in KEPT.iterdir()} == {f"{name}.{width}.txt" for name in SCREENS for width in READ}


@pytest.mark.parametrize("name", SCREENS)
def test_a_screen_looks_as_it_is_kept(
    name: str, houses: Houses, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    """Each screen is what its file shows at each width, no line is longer, and 20 columns lose no word of 120."""
    screens = seen(SCREENS[name], houses, tmp_path / "here", monkeypatch)
    for width in READ:
        path = KEPT / f"{name}.{width}.txt"
        shown = written(screens, width)
        if request.config.getoption("--update"):
            path.write_text(shown, encoding="utf-8")
        assert shown == path.read_text(encoding="utf-8")
        assert widest(screens.shown(width, colours=False)) <= width
    left_out = lost(screens) - _TITLES
    if name.startswith(("board", "show-")):
        left_out = {word for word in left_out if not _CHARTS.fullmatch(word)}
    assert left_out == set()


def lost(screens: Screens) -> set[str]:
    """Return the words of the widest screen that are not on the narrowest one, where long ones are broken."""
    narrow = "".join(screens.shown(NARROW, colours=False).split())
    wide = set(_WORD.findall(screens.shown(WIDE, colours=False)))
    return {word for word in wide if word not in narrow}
