"""What the columns of a visit table hold, by their headers as offices write them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, NamedTuple

Holds = Literal["name", "day", "minus", "plus", "both", "kind", "place", "minutes", "arm"]
Reading = Literal["around", "either", "study-days"]
"""How a column of a window's side is meant: days around the target, study days, or what its header leaves open."""


class Heading(NamedTuple):
    """What a column holds; ``unit`` is the days of one of its numbers, 0 for calendar months."""

    holds: Holds | None
    unit: int = 1
    reading: Reading = "around"


_WHOLE: Mapping[Holds, frozenset[str]] = {
    "name": frozenset({
        "visit name", "visit", "name", "event name", "event", "timepoint", "time point", "visit label", "visit title",
        "visit description", "study visit", "encounter", "encounter name", "study event", "assessment timepoint",
    }),
    "kind": frozenset({"kind", "visit kind", "visit type", "type", "kind of visit"}),
    "place": frozenset({"place", "location", "mode", "setting", "visit mode", "contact mode", "modality"}),
    "minutes": frozenset({
        "minutes", "duration", "length", "duration min", "minutes total", "duration minutes", "length minutes",
        "visit duration", "visit length",
    }),
    "arm": frozenset({"arm num", "arm", "arm name", "treatment arm", "pathway", "cohort", "group", "study arm"}),
}  # fmt: skip
_IGNORED = frozenset({
    "unique event name", "custom event label", "no", "number", "visit number", "visit no", "visit id", "visit num",
    "id", "order", "",
})  # fmt: skip
_UNITS = {"day": 1, "days": 1, "d": 1, "dy": 1, "week": 7, "weeks": 7, "wk": 7, "wks": 7, "month": 0, "months": 0}
_EARLY = frozenset({"minus", "before", "lower", "early", "min", "earliest", "start", "open", "opens", "low", "from"})
_LATE = frozenset({"plus", "after", "upper", "late", "max", "latest", "end", "close", "closes", "high", "until", "to"})
_AROUND = frozenset({"minus", "plus", "before", "after", "early", "late", "offset"})
"""Words that can only mean days around the target."""
_STUDY_DAYS = frozenset({"earliest", "latest", "start", "end", "open", "opens", "close", "closes", "from", "until"})
_WINDOW = frozenset({"window", "windows", "tolerance", "allowance", "range", "allowable", "permitted", "visit"})
_TARGET = frozenset({
    "target", "study", "nominal", "planned", "scheduled", "expected", "relative", "due", "offset", "visit", "protocol",
    "timing", "ideal", "timepoint",
})  # fmt: skip
_BESIDE = frozenset({"offset", "study", "target", "of", "bound", "limit", "in"})
_SINCE = re.compile(
    r"\b(?:(?P<unit>days?|weeks?|wks?|months?)|time|interval) (?:from|since|after|post|relative to) [a-z0-9]"
)
_ABOUT_WINDOW = re.compile(r"window|tolerance|allow|permitted|range")


def heading(title: str) -> Heading:
    """Return what a column holds by its header: case, blanks, underscores, camel case and signs are taken alike."""
    words = _words(title)
    text = " ".join(words)
    if text in _IGNORED:
        return Heading(None)
    for holds, titles in _WHOLE.items():
        if text in titles:
            return Heading(holds)
    return _side(words) or _both(words) or _day(words, text) or Heading(None)


def is_ignored(title: str) -> bool:
    """Return whether a column is known to say nothing of the schedule (a visit's number)."""
    return " ".join(_words(title)) in _IGNORED


def _words(title: str) -> list[str]:
    split = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", title.strip())
    plain = re.sub(r"(?<=\w)-(?=\w)", " ", split.casefold())
    for sign, word in (("\N{PLUS-MINUS SIGN}", " plusminus "), ("+/-", " plusminus "), ("-/+", " plusminus "),
                       ("+", " plus "), ("-", " minus "), ("\N{MINUS SIGN}", " minus ")):  # fmt: skip
        plain = plain.replace(sign, word)
    return re.findall(r"[a-z0-9]+", plain)


def _unit(words: list[str]) -> int:
    return next((_UNITS[word] for word in words if word in _UNITS), 1)


def _side(words: list[str]) -> Heading | None:
    """Return a column of one side of the window."""
    asked = set(words)
    if _SINCE.search(" ".join(words)):
        return None
    early, late = asked & _EARLY, asked & _LATE
    left = asked - _EARLY - _LATE - _WINDOW - _UNITS.keys() - _BESIDE
    if bool(early) == bool(late) or left:
        return None
    reading: Reading = "either"
    if asked & _AROUND:
        reading = "around"
    elif asked & _STUDY_DAYS and not asked & {"window"}:
        reading = "study-days"
    return Heading("minus" if early else "plus", _unit(words), reading)


def _both(words: list[str]) -> Heading | None:
    """Return a column that holds both sides of the window."""
    asked = set(words) - _UNITS.keys() - {"in", "of"}
    signs = {"plusminus"} if "plusminus" in asked else {"plus", "minus"} if {"plus", "minus"} <= asked else set()
    if signs and not asked - signs - _WINDOW - {"allowed"}:
        return Heading("both", _unit(words))
    if asked and not asked - _WINDOW - {"allowed"} and _ABOUT_WINDOW.search(" ".join(words)):
        return Heading("both", _unit(words))
    return None


def _day(words: list[str], text: str) -> Heading | None:
    """Return a column of target days: by a unit, or by a word that speaks of a target."""
    since = _SINCE.search(text)
    if since is not None:
        return Heading("day", _UNITS[since["unit"]] if since["unit"] else _unit(words))
    if text == "visitdy":
        return Heading("day")
    asked = set(words)
    if asked & _UNITS.keys() and not asked - _UNITS.keys() - _TARGET - {"number", "no", "in", "of"}:
        return Heading("day", _unit(words))
    if asked and not asked - _TARGET - {"timing"} and asked - {"visit", "study"}:
        return Heading("day")
    return None
