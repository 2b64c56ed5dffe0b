"""Every screen of the program: what is typed on a fixed day in a fixed house, laid out at several widths at once.

A command runs once; what it prints, on both streams, goes to terminals of all widths, with colours and without.
"""

from __future__ import annotations

import io
import re
import shlex
import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, TextIO

import pytest
from support.command_line import CommandLine, Terminal, with_examples
from support.screens import without_colors

from kapplan.cli.app import HOMES
from kapplan.output.records.habits import AS_INSIDE
from kapplan.output.terminal.consoles import Consoles, console_for

NARROW, WIDE = 20, 120
READ = (60, 80, WIDE)
"""The widths at which screens are read by people, and kept."""

_OPENS, _CLOSES = "\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}", "\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}"
_SGR = re.compile(r"\x1b\[([0-9;]*)m")
_COLOURS = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
_NAMES = {"1": "bold", "2": "dim", "3": "italic", "4": "underline", "7": "reverse"} | {
    f"{base + number}": f"{before}{colour}"
    for base, before in ((30, ""), (40, "on "), (90, "bright "), (100, "on bright "))
    for number, colour in enumerate(_COLOURS)
}


class Screen(NamedTuple):
    """A command as it is typed, the day of it, and what was typed before; ``code`` is how it ends.

    ``answers`` are what is typed where it asks.
    """

    words: str
    today: str = "2027-01-04T08:00"
    before: tuple[str, ...] = ()
    code: int = 0
    answers: tuple[str, ...] = ("",) * 60


_MADE = "--today 2026-12-28"
_BEGUN = tuple(f"plan {name}.toml -o {name}.plan.toml {_MADE}" for name in ("river", "oak"))
_HELD = (
    *_BEGUN,
    "done river s1 --today 2026-12-31T18:00",
    "done river p1 --today 2027-01-07T18:00",
    "done river p2 --today 2027-01-14T18:00",
    "done river d1 phq9=15 phq9_item9=0 bp=134/84 --today 2027-01-21T18:00",
    "done river i1 --today 2027-01-25T18:00",
)
_MISSED = (*_HELD, "missed river d2 --today 2027-02-01T18:00")
_ILL = (*_HELD, "score river phq9=20 phq9_item9=2 --today 2027-01-26T18:00")
_ESKETAMINE = (
    f"plan sage.toml -o sage.plan.toml {_MADE}",
    "score sage madrs=33 --on 2026-12-30 --today 2026-12-31",
)
_GATE = (*_ESKETAMINE, "done sage review-1 madrs=14 phq9=9 phq9_item9=0 --today 2027-01-29T15:00")


def _on(today: str, before: tuple[str, ...], words: str, code: int = 0) -> Screen:
    return Screen(words, today, before, code)


SCREENS: dict[str, Screen] = {
    # A course before it begins.
    "plan": Screen("plan river.toml", "2026-12-28"),
    "plan-saved": Screen("plan river.toml -o river.plan.toml", "2026-12-28"),
    "plan-esketamine": Screen("plan sage.toml", "2026-12-28"),
    "plan-refused": Screen("plan refused.toml", "2026-12-28", code=4),
    "plan-no-dates": Screen("plan ember.toml", "2026-12-28", code=5),
    "plan-no-dates-all": Screen("plan ember.toml --all", "2026-12-28", code=5),
    "plan-many": Screen("plan .", "2026-12-28", code=7),
    "plan-wrong-file": Screen("plan wrong.toml", "2026-12-28", code=3),
    "suggest": Screen("suggest river.toml", "2026-12-28"),
    "starts": Screen("starts river.toml --within 10d", "2026-12-28"),
    "protocols": Screen("protocols"),
    "protocols-one": Screen("protocols esketamine-trd --sources"),
    "check": Screen("check river.toml clinic.toml"),
    "check-wrong": Screen("check wrong.toml refused.toml", code=3),
    "check-plans": _on("2027-01-04", _BEGUN, "check river.plan.toml oak.plan.toml"),
    "import": Screen("import visits.csv -o imported.toml"),
    "new": Screen("new fern.toml --id fern-1 --timezone America/Denver"),
    # A course seen.
    "show": _on("2027-01-04", _BEGUN, "show river"),
    "show-month": _on("2027-01-04", _BEGUN, "show river --view month"),
    "show-timeline": _on("2027-01-04", _BEGUN, "show river --view timeline"),
    "show-agenda": _on("2027-01-04", _BEGUN, "show river --view agenda"),
    "show-names": _on("2027-01-04", _BEGUN, "show river --names"),
    "show-mid": _on("2027-02-09", _MISSED, "show river"),
    "show-mid-month": _on("2027-02-09", _MISSED, "show river --view month"),
    "show-mid-agenda": _on("2027-02-09", _MISSED, "show river --view agenda"),
    "show-mid-timeline": _on("2027-02-09", _MISSED, "show river --view timeline"),
    "show-ill": _on("2027-01-27", _ILL, "show river"),
    "show-as-of": _on("2027-02-09", _MISSED, "show river --as-of 2"),
    "why": _on("2027-02-02", _MISSED, "why river"),
    "why-visit": _on("2027-02-02", _MISSED, "why river d3"),
    "why-on": _on("2027-02-02", _MISSED, "why river d3 --on 2027-02-12"),
    "why-screening": _on("2027-01-04", _BEGUN, "why river --screening"),
    "why-rules": _on("2027-01-04", _BEGUN, "why river --rules"),
    "report": _on("2027-02-09", _MISSED, "report river"),
    "log": _on("2027-02-09", _MISSED, "log river"),
    "diff": _on("2027-02-09", _MISSED, "diff river.plan.toml@6 river.plan.toml"),
    # The day.
    "today": _on("2027-01-21T07:00", _BEGUN, "today"),
    "today-mid": _on("2027-02-09T07:00", _MISSED, "today"),
    "today-week": _on("2027-02-09T07:00", _MISSED, "today --week"),
    "today-full": _on("2027-02-09T07:00", _MISSED, "today --full"),
    "today-ill": _on("2027-01-27T07:00", _ILL, "today"),
    # What happened, and what changes.
    "done": _on("2027-01-21T18:00", _HELD[:-2], "done river d1 phq9=15 phq9_item9=0 bp=134/84"),
    "missed": _on("2027-02-01T18:00", _HELD, "missed river d2"),
    "cancel": _on("2027-01-25T18:00", _HELD, "cancel river d2 --party patient"),
    "omit": _on("2027-01-25T18:00", _HELD, "omit river i2 --why travels"),
    "score-ill": _on("2027-01-26T18:00", _HELD, "score river phq9=20 phq9_item9=2"),
    "correct": _on("2027-01-25T18:00", _HELD, "correct river p2 --reopen"),
    "note": _on("2027-01-25T18:00", _HELD, "note river medication lithium 600"),
    "settle": _on("2027-01-26T19:00", _ILL, "settle river phq9-item9 --why 'seen today'"),
    "confirm": _on("2027-01-25T18:00", _HELD, "confirm river d2"),
    "move": _on("2027-01-25T18:00", _HELD, "move river d2 4 feb"),
    "move-days": _on("2027-01-25T18:00", _HELD, "move river d2"),
    "move-refused": _on("2027-01-25T18:00", _HELD, "move river d2 6 feb", 5),
    "add": _on("2027-01-25T18:00", _HELD, "add river check-in"),
    "away": _on("2027-01-25T18:00", _HELD, "away river 8-12 feb"),
    "away-staff": _on("2027-01-25T18:00", _HELD, "away --who okafor 8-9 feb -n"),
    "no-dates": _on("2027-01-25T18:00", _HELD, "away river 26 jan - 30 june", 5),
    "defer": _on("2027-01-25T18:00", _HELD, "defer river d3 10d later"),
    "extend": _on("2027-01-25T18:00", _HELD, "extend river 1"),
    "pin": _on("2027-01-25T18:00", _HELD, "pin river d2"),
    "freeze": _on("2027-01-25T18:00", _HELD, "freeze river 2w"),
    "hold": _on("2027-01-25T18:00", _HELD, "hold river --why 'has the flu'"),
    "cease": _on("2027-01-25T18:00", _HELD, "cease river --why 'moved away'"),
    "refresh": _on("2027-01-25T18:00", _HELD, "refresh river"),
    "review": _on("2027-01-29T16:00", _GATE, "review sage"),
    "review-ill": _on("2027-01-27", _ILL, "review river"),
    "accept": _on("2027-01-29T16:00", _GATE, "accept sage 1"),
    "undo": _on("2027-02-02", _MISSED, "undo river"),
    # The clinic.
    "board": _on("2027-01-04", _BEGUN, "board 2027-01-21"),
    "board-week": _on("2027-01-04", _BEGUN, "board 2027-01-18 --week"),
    "free": _on("2027-01-04", _BEGUN, "free dose --within 2w"),
    "fill": _on("2027-01-04", _BEGUN, "fill 2027-01-21"),
    "capacity": _on("2027-01-04", _BEGUN, "capacity --within 3w"),
    "calls": _on("2027-02-02", _MISSED, "calls --full"),
    "told": _on("2027-02-02", _MISSED, "told river"),
    "book-check": _on("2027-02-02", _BEGUN, "book check ."),
    # Others.
    "export": _on("2027-02-02", _BEGUN, "export river -o river.ics"),
    "erase": _on("2027-02-02", _BEGUN, "erase river -n"),
    "name-not-right": _on("2027-02-02", _BEGUN, "show rivr", 2),
    "profile-for-a-plan": _on("2027-02-02", _BEGUN, "show river.toml", 3),
    "date-in-figures": Screen("move river d2 4/2", "2027-01-25T18:00", _HELD, 0, ("1",)),
}
"""Every screen by its name."""

UNSEEN = {
    "redo": "looks as undo does",
    "decline": "looks as accept does",
    "resume": "looks as move does",
    "unpin": "looks as pin does",
    "restore": "looks as undo does",
    "publish": "asks a server",
    "sync": "asks a server",
    "renew": "says a line",
    "schema": "prints JSON",
}
"""The commands without a screen of their own here, and why."""


class _Kept(Terminal):
    """A terminal that keeps what stands on it."""

    def __init__(self) -> None:
        self._bytes = io.BytesIO()
        super().__init__(self._bytes, encoding="utf-8", write_through=True, newline="")

    @property
    def text(self) -> str:
        self.flush()
        return self._bytes.getvalue().decode("utf-8")


class Screens:
    """Terminals of all widths, with colours and without, to which both streams of a command are printed."""

    def __init__(self) -> None:
        self.streams = {(width, colours): _Kept() for width in (NARROW, *READ) for colours in (False, True)}

    def consoles(self, out: TextIO, err: TextIO, env: Mapping[str, str], *_: Any) -> Consoles:
        """Stand for the function that makes the consoles of a run."""
        del out, err, env
        every: Any = _Every(self.streams)
        return Consoles(every, every)

    def typed(self, answers: Iterable[str]) -> Callable[[Any], str]:
        """Return what stands for the keyboard: each answer is seen as it is typed."""
        left = iter(answers)

        def read_line(_: Any) -> str:
            line = f"{next(left)}\n"
            self.write(line)
            return line

        return read_line

    def write(self, text: str) -> None:
        """Write a text to all, as it is."""
        for stream in self.streams.values():
            stream.write(text)

    def shown(self, width: int, *, colours: bool) -> str:
        """Return what stands on one of them; colours are codes."""
        return self.streams[width, colours].text


class _Every:
    """Prints to all of the terminals, without a pager or a bar of progress."""

    legacy_windows = True
    is_terminal = False

    def __init__(self, streams: Mapping[tuple[int, bool], Terminal]) -> None:
        self._consoles = [
            console_for(stream, {}, "always" if colours else "never", width=width, habits=AS_INSIDE)
            for (width, colours), stream in streams.items()
        ]

    def print(self, *things: Any, **settings: Any) -> None:
        for console in self._consoles:
            console.print(*things, **settings)


class Houses:
    """Folders in which something was typed before, each made once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made: dict[tuple[str, ...], Path] = {}

    def after(self, before: tuple[str, ...], patch: pytest.MonkeyPatch) -> Path:
        """Return the folder after some commands; nothing else is to be typed in it."""
        if before not in self._made:
            built_on = self.after(before[:-1], patch) if before else None
            house = self._folder / f"{len(self._made)}"
            if built_on:
                shutil.copytree(built_on, house)
                ran = CommandLine(house, patch)(*shlex.split(before[-1]))
                assert ran.code in {0, 5}, (before[-1], ran.err)
            else:
                house.mkdir()
                _furnished(house)
            self._made[before] = house
        return self._made[before]


def _furnished(folder: Path) -> None:
    """Put profiles of all kinds into a folder: one with mistakes, one that is refused, one for a second patient."""
    with_examples(folder)
    river = (folder / "river.toml").read_text(encoding="utf-8")
    texts = {
        "oak.toml": river.replace("river-0412", "oak-1"),
        "refused.toml": river.replace('pregnancy = "not-applicable"', 'pregnancy = "yes"').replace(
            '["hyper', '["psychosis", "hyper'
        ),
        "wrong.toml": river.replace('"09:00-17:00"', '"9-5"', 1).replace('route = "im"', 'rute = "im"', 1),
        "visits.csv": "visit,day\nScreening,-14\nDosing 1,0\nDosing 2,7\nFollow-up,30\n",
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")


def seen(screen: Screen, houses: Houses, folder: Path, patch: pytest.MonkeyPatch) -> Screens:
    """Type a command in a copy of its house, on terminals of all widths."""
    shutil.copytree(houses.after(screen.before, patch), folder)
    screens = Screens()
    with patch.context() as inside:
        inside.setattr("kapplan.output.terminal.consoles.consoles", screens.consoles)
        inside.setattr("kapplan.cli.session.environment.Edge.read_line", screens.typed(screen.answers))
        ran = CommandLine(folder, inside)(*shlex.split(screen.words), "--today", screen.today, terminal=True)
    assert ran.code == screen.code, (ran.code, ran.text, ran.err, screens.shown(80, colours=False))
    assert not ran.err, "printed past the consoles"
    screens.write(ran.text)
    return screens


def marked(text: str) -> str:
    """Return a text with its colours as words between angles."""
    return _SGR.sub(lambda found: f"{_OPENS}{style_of(found[1])}{_CLOSES}", text)


def style_of(code: str) -> str:
    """Return the name of a style from its code; ``/`` for the end of it."""
    numbers = [number for number in code.split(";") if number not in {"", "0"}]
    return " ".join(_NAMES[number] for number in numbers) or "/"


def written(screens: Screens, width: int) -> str:
    """Return a screen as it is kept: without colours, and below with them."""
    plain, coloured = screens.shown(width, colours=False), screens.shown(width, colours=True)
    assert without_colors(coloured) == plain, "colours change the words"
    return f"{plain}\n{'═' * width}\n\n{marked(coloured)}"


def unseen() -> set[str]:
    """Return the commands that have neither a screen nor a reason for having none."""
    return set(HOMES) - {screen.words.split()[0] for screen in SCREENS.values()} - set(UNSEEN)
