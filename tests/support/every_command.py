"""Every command of the program as somebody types it, in one house: what is new here is tested with all the others.

Each has a line or more, and what was typed before, where it needs that. The house is a folder with the plans of two
patients of one clinic.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from support.command_line import CommandLine, with_examples

from kapplan.cli.app import HOMES

MADE = ("--today", "2026-12-28")
TODAY = ("--today", "2027-01-08")
"""The day on which everything is typed: the first visits are past, and the first doses are still to come."""
PLAN = "river.plan.toml"
NOBODY = "http://127.0.0.1:1/cal/"
"""The address of a server that gives no answer."""


class Typed(NamedTuple):
    """A command line; ``before`` are others that are typed first, ``writes`` says that a plan or a book is written."""

    words: tuple[str, ...]
    before: tuple[tuple[str, ...], ...] = ()
    writes: bool = False


def _w(*words: str, before: tuple[tuple[str, ...], ...] = ()) -> Typed:
    return Typed(words, before, writes=True)


_ILL = ("score", PLAN, "phq9=20", "phq9_item9=2")
_PARTLY = ("done", PLAN, "dosing-1", "2027-01-07", "--partial", "stopped at 20 min")

EVERY: dict[str, tuple[Typed, ...]] = {
    "new": (Typed(("new", "new.toml", "--id", "fern-1", "--timezone", "America/Denver")),),
    "check": (
        Typed(("check", "river.toml", "clinic.toml", PLAN)),
        _w("check", "--accept", PLAN, "--by", "Dr. N. Okafor", before=(("!spoil", PLAN),)),
    ),
    "protocols": (Typed(("protocols",)), Typed(("protocols", "kap-standard", "--sources"))),
    "import": (Typed(("import", "visits.csv", "-o", "imported.toml")),),
    "suggest": (Typed(("suggest", "river.toml")),),
    "starts": (Typed(("starts", "river.toml", "--within", "3d")),),
    "plan": (_w("plan", "fern.toml", "-o", "fern.plan.toml"), Typed(("plan", "river.toml"))),
    "today": (Typed(("today", "--week")), Typed(("today", "--full")), Typed(("today", PLAN))),
    "show": (
        Typed(("show", PLAN, "--names")),
        *(Typed(("show", PLAN, "--view", view, "--names")) for view in ("agenda", "timeline", "month")),
    ),
    "why": (Typed(("why", PLAN)), Typed(("why", PLAN, "--rules")), Typed(("why", PLAN, "dosing-1"))),
    "report": (Typed(("report", PLAN)),),
    "log": (Typed(("log", PLAN)),),
    "diff": (Typed(("diff", f"{PLAN}@1", PLAN)),),
    "done": (_w("done", PLAN, "next", "phq9=9"),),
    "missed": (_w("missed", PLAN, "screening-1"),),
    "cancel": (_w("cancel", PLAN, "dosing-1", "--party", "patient"),),
    "omit": (_w("omit", PLAN, "check-in-1", "--why", "not needed"),),
    "score": (_w(*_ILL),),
    "correct": (_w("correct", PLAN, "screening-1", "--reopen", before=(("done", PLAN, "screening-1"),)),),
    "note": (_w("note", PLAN, "bp", "128/84"), _w("note", PLAN, "medication", "lithium", "600")),
    "settle": (_w("settle", PLAN, "phq9-item9", "--why", "seen", before=(_ILL,)),),
    "confirm": (_w("confirm", PLAN, "dosing-1"),),
    "move": (_w("move", PLAN, "dosing-1", "1", "feb"), Typed(("move", PLAN, "dosing-1"))),
    "add": (_w("add", PLAN, "check-in"),),
    "away": (_w("away", PLAN, "2027-02-08..2027-02-10"), _w("away", "2027-02-08..2027-02-09", "--who", "okafor")),
    "defer": (_w("defer", PLAN, "dosing-3", "10d", "later", "--carry", "all"),),
    "extend": (_w("extend", PLAN, "1"),),
    "pin": (_w("pin", PLAN, "dosing-1"),),
    "unpin": (_w("unpin", PLAN, "dosing-1", before=(("pin", PLAN, "dosing-1"),)),),
    "freeze": (_w("freeze", PLAN, "2w"),),
    "hold": (_w("hold", PLAN),),
    "resume": (_w("resume", PLAN, before=(("hold", PLAN),)),),
    "cease": (_w("cease", PLAN, "--why", "moved away"),),
    "refresh": (_w("refresh", PLAN),),
    "review": (Typed(("review", PLAN), before=(_ILL,)),),
    "accept": (_w("accept", PLAN, "1", before=(_PARTLY,)),),
    "decline": (_w("decline", PLAN, "1", before=(_PARTLY,)),),
    "undo": (_w("undo", PLAN, before=(("pin", PLAN, "dosing-1"),)),),
    "redo": (_w("redo", PLAN, before=(("pin", PLAN, "dosing-1"), ("undo", PLAN))),),
    "restore": (
        _w("restore", PLAN, "--revision", "1", before=(("pin", PLAN, "dosing-1"),)),
        _w("restore", PLAN, before=(("pin", PLAN, "dosing-1"), ("!cut", PLAN))),
    ),
    "board": (Typed(("board", "--week")), Typed(("board", "--format", "html", "-o", "wall.html"))),
    "free": (Typed(("free", "dosing", "--within", "2w")),),
    "fill": (Typed(("fill", "2027-01-21")),),
    "capacity": (Typed(("capacity", "--within", "2w")),),
    "calls": (Typed(("calls", "--full")),),
    "told": (_w("told", PLAN),),
    "book": (
        Typed(("book", "check", ".")),
        Typed(("book", "backup", ".", "-o", "backup.tar.gz")),
        Typed(("book", "init", "other")),
        Typed(("book", "copy", ".", "copied"), before=(("book", "init", "copied"),)),
    ),
    "export": (
        *(Typed(("export", PLAN, "--format", form, "-o", f"x.{form}")) for form in ("ics", "html", "fhir", "csv")),
        Typed(("export", PLAN, "--format", "html", "--for", "clinic", "--detail", "full")),
        Typed(("export", PLAN, "--de-identified")),
        Typed(("export", "--for", "staff:okafor")),
    ),
    "publish": (Typed(("publish", PLAN, "--to", NOBODY, "--deadline", "1")),),
    "sync": (Typed(("sync", PLAN, "--from", NOBODY, "--deadline", "1")),),
    "renew": (_w("renew", PLAN),),
    "erase": (Typed(("erase", PLAN, "-n")), _w("erase", PLAN, "--by", "Dr. Okafor")),
    "schema": (Typed(("schema", "plan")),),
}
"""Every command by its name; ``!`` begins what something else than a command does to the house."""

WITHOUT_PATIENTS = frozenset({"protocols", "import", "schema"})
"""The commands that read no patient's files."""


def all_typed() -> list[Typed]:
    """Return every command line."""
    return [typed for lines in EVERY.values() for typed in lines]


def writing() -> list[Typed]:
    """Return the command lines that write a plan."""
    return [typed for typed in all_typed() if typed.writes]


def id_of(typed: Typed) -> str:
    """Return a command line as a test is named by."""
    return " ".join(word for word in typed.words if not word.endswith(".toml"))


def furnished(folder: Path, patch: pytest.MonkeyPatch, change: Callable[[Path], None] | None = None) -> CommandLine:
    """Furnish a folder, and return its command line; ``change`` is what is done to the examples first."""
    line = CommandLine(with_examples(folder), patch)
    if change is not None:
        change(folder)
    river = (folder / "river.toml").read_text(encoding="utf-8")
    for name in ("oak", "fern"):
        line.write(f"{name}.toml", river.replace("river-0412", f"{name}-1"))
    line.write("visits.csv", "visit,day\nScreening,-14\nDosing 1,0\nDosing 2,7\nFollow-up,30\n")
    for name in ("river", "oak"):
        ran = line("plan", f"{name}.toml", "-o", f"{name}.plan.toml", *MADE)
        assert ran.code == 0, ran.err
    return line


def prepared(line: CommandLine, typed: Typed) -> None:
    """Type what comes before a command line."""
    for words in typed.before:
        if words[0] == "!spoil":
            path = line.folder / words[1]
            path.write_text(path.read_text("utf-8").replace("phq9 = 17", "phq9 = 16", 1), encoding="utf-8")
        elif words[0] == "!cut":
            path = line.folder / words[1]
            path.write_bytes(path.read_bytes()[:5000])
        else:
            ran = line(*words, *TODAY)
            assert ran.code in {0, 5}, (words, ran.err)


def untested() -> set[str]:
    """Return the commands that nobody has written down here."""
    return set(HOMES) ^ set(EVERY)
