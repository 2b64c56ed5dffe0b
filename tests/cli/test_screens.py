"""What people see: every screen at 60, 80 and 120 columns, with colours and without, and at 20 without loss.

The screens lie in ``screens``, to be read; ``pytest --update`` writes what the commands print now.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.advice import advice_in
from support.command_line import CommandLine
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


def kept(name: str, width: int) -> str:
    """Return a screen as it is kept, without its colours."""
    return (KEPT / f"{name}.{width}.txt").read_text(encoding="utf-8").partition("═")[0]


def test_what_screens_tell_to_type_works(houses: Houses, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of every form of advice on a wide screen one is typed where it stands: none is wrong usage or fails."""
    tried: set[tuple[str, ...]] = set()
    for name, screen in SCREENS.items():
        for number, advised in enumerate(advice_in(kept(name, WIDE))):
            form = (screen.words.split()[0], advised[0], *(word for word in advised if word.startswith("-")))
            if form in tried or any(re.fullmatch(r"[A-Z]+|FILE.ics|.*\]:", word) for word in advised):
                continue
            tried.add(form)
            here = tmp_path / f"{name}-{number}"
            seen(screen, houses, here, monkeypatch)
            done = CommandLine(here, monkeypatch)(*advised, "--today", screen.today)
            whys = {3} if name == "suggest" else set()  # it tells why a course has no dates
            assert done.code in {0, 5, 7, *whys}, (name, advised, done.code, done.err)
    assert len(tried) > 20


def test_colours_hold_on_light_and_dark() -> None:
    """Screens use the terminal's own sixteen colours, which its theme makes readable, light or dark.

    No foreground is one that a light or a dark background swallows (white, black, bright yellow, or yellow in bold,
    which some show bright), and a background is never set without its foreground.
    """
    styles = {style for name in SCREENS for style in STYLED.findall(coloured(name, WIDE))} - {"/"}
    pairs = {style for style in styles if " on " in style}
    assert {" ".join(style.split()[-3:]) for style in pairs} == {"white on red", "black on yellow"}
    hues = {frozenset(style.replace("bright ", "bright-").split()) - {"dim", "reverse"} for style in styles - pairs}
    assert hues <= {
        frozenset(hue.split())
        for hue in ("", "bold", "red", "bold red", "green", "bold green", "yellow", "magenta", "bold magenta", "cyan",
                    "bright-blue")
    }  # fmt: skip


def test_nothing_is_told_by_colour_alone() -> None:
    """Two lines of a screen that read alike without colours look alike with them."""
    for name in SCREENS:
        for width in (80, WIDE):
            looks: dict[str, set[tuple[tuple[str, str], ...]]] = {}
            for line in styled_words(coloured(name, width)):
                looks.setdefault(" ".join(word for word, _ in line), set()).add(line)
            assert [line for line, ways in looks.items() if len(ways) > 1] == [], (name, width)


def test_no_command_is_broken_that_fits() -> None:
    """A command that fits into 80 columns stands there on one line, as it does where there is more room."""
    for name in SCREENS:
        wide, usual = ({" ".join(words) for words in advice_in(kept(name, width))} for width in (WIDE, 80))
        assert {words for words in wide if len(words) < 70} <= usual, name


STYLED = re.compile("\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}(.*?)\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}")


def coloured(name: str, width: int) -> str:
    """Return a screen as it is kept with its colours."""
    return (KEPT / f"{name}.{width}.txt").read_text(encoding="utf-8").rpartition("═\n\n")[2]


def styled_words(text: str) -> Iterator[tuple[tuple[str, str], ...]]:
    """Yield the words of each line that has any, with the style of each."""
    style = "/"
    for line in text.splitlines():
        words: list[tuple[str, str]] = []
        for place, part in enumerate(STYLED.split(line)):
            if place % 2:
                style = part
            else:
                words += [(word, style) for word in part.split()]
        if words:
            yield tuple(words)


def lost(screens: Screens) -> set[str]:
    """Return the words of the widest screen that are not on the narrowest one, where long ones are broken."""
    narrow = "".join(screens.shown(NARROW, colours=False).split())
    wide = set(_WORD.findall(screens.shown(WIDE, colours=False)))
    return {word for word in wide if word not in narrow}
