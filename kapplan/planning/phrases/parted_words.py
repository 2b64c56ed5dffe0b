"""Words that belong together although the shell parted them: ``--until 1 mar 2027``, ``--why has the flu``."""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection, Sequence
from datetime import date, datetime

from kapplan.errors import UsageError
from kapplan.planning.phrases.typed_days import AmbiguousDayError, is_month, is_weekday, parse_when

_LONGEST = 5
"""So many words a day has at most: ``mon 20 jan 2027 14:00``."""

_FIRST_ALONE = frozenset({"in", "next", "last"})
_BESIDE = frozenset({"am", "pm", "ago", "later", "earlier", "noon", "at", "d", "day", "days", "w", "week", "weeks"})
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}")
"""A day in full, behind which the words of an argument may stand: ``--today 2027-01-04 20 jan``."""
_FIGURES = re.compile(r"\d{1,4}(?:st|nd|rd|th|am|pm|d|w)?|\d{1,2}:\d{2}(?:am|pm)?|\d{4}-\d{2}-\d{2}|an?", re.IGNORECASE)


def with_days_whole(words: Sequence[str], options: Collection[str]) -> list[str]:
    """Return the words of a command line with the day behind each of some ``options`` as one word.

    As many words are taken as make a day; where none do, all that could be of one, so that its error names them. A day
    in full stands alone.
    """
    whole: list[str] = []
    place = 0
    while place < len(words):
        word = words[place]
        whole.append(word)
        place += 1
        if word == "--":
            return [*whole, *words[place:]]
        if word in options and (run := _run(words[place : place + _LONGEST])):
            taken = next((count for count in range(len(run), 0, -1) if _is_day(run[:count])), len(run))
            whole.append(" ".join(run[:taken]))
            place += taken
    return whole


def quoted(words: Sequence[str], beyond: str) -> str | None:
    """Return an option with its words in quotes, where a command line has words too many behind it; else ``None``."""
    for place in range(len(words) - 1, 0, -1):
        value = words[place]
        option = words[place - 1]
        if option.startswith("--") and not value.startswith("-"):
            behind = [value]
            for word in words[place + 1 :]:
                if word.startswith("-"):
                    break
                behind.append(word)
            if len(behind) > 1 and beyond.endswith(" ".join(behind[1:])):
                return f"{option} {shlex.quote(' '.join(behind))}"
    return None


def _run(words: Sequence[str]) -> list[str]:
    """Return the first of some words with those behind it that can be of a day."""
    run = list(words[:1])
    for word in words[1:]:
        if not _of_a_day(word):
            break
        run.append(word)
    first = run[0].casefold() if run else ""
    return run if len(run) > 1 and not _ISO.fullmatch(first) and (_of_a_day(first) or first in _FIRST_ALONE) else []


def _of_a_day(word: str) -> bool:
    folded = word.casefold().rstrip(",")
    return bool(_FIGURES.fullmatch(folded)) or folded in _BESIDE or is_month(folded) or is_weekday(folded)


def _is_day(words: Sequence[str]) -> bool:
    """Tell whether words are a day, in whatever year: a weekday before it is not held against it here."""
    if len(words) > 2 and is_weekday(words[0]):  # noqa: PLR2004 - a weekday, a number and a month
        words = words[1:]
    any_day = datetime(2027, 1, 4, 12)  # noqa: DTZ001 - the calendar's, of no zone
    try:
        parse_when(words, today=date(2027, 1, 4), visit=any_day)
    except AmbiguousDayError:
        return True
    except UsageError:
        return False
    return True
