"""Scores as people type them: ``phq9=14``, ``PHQ-9 14``, ``bp=138/88``, checked by the measures' own data."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING

from kapplan.cli.session.environment import Edge
from kapplan.dates import WEEKDAYS
from kapplan.errors import UsageError

if TYPE_CHECKING:
    from kapplan.model.measures import Scale

Scores = dict[str, int | str]

_LONGEST_NAME = 4
"""So many words at most name a measure: ``PHQ-9, item 9``."""
_PAIR = re.compile(r"\d{2,3}/\d{2,3}")


def typed_or_piped(words: Sequence[str] | None) -> list[str]:
    """Return words of a command line, with those of standard input in the place of ``-``.

    What stands on a command line is seen by everybody on the machine and kept by the shell; what is piped is not.
    Raises ``UsageError`` where nothing comes, or so much that it would have to be cut.
    """
    from kapplan.files.toml.sources import STDIN, open_source

    found: list[str] = []
    for word in words or ():
        if word != STDIN:
            found.append(word)
            continue
        source = open_source(STDIN, what="list of scores", at_most=_MOST_PIPED)
        piped = source.data.decode("utf-8", "replace").split()
        if not piped:
            raise UsageError("nothing came through standard input", hint="phq9=14 phq9_item9=0, one or several")
        if len(source.data) > _MOST_PIPED:
            raise UsageError(f"more than {_MOST_PIPED} bytes came through standard input", hint="scores are shorter")
        found += piped
    return found


_MOST_PIPED = 4096
"""Bytes of scores that are read from standard input: a hundred of them are shorter."""


def complete_score(incomplete: str) -> list[str]:
    """Return the measures whose keys begin so, as a score begins (``phq9=``), and days, for the shell."""
    days = ("today", "yesterday", "tomorrow", "next", *WEEKDAYS)
    return [word for word in (*(f"{key}=" for key in _scales()), *days) if word.startswith(incomplete.casefold())]


def scores_in(words: Sequence[str]) -> tuple[list[str], Scores]:
    """Return the words that are no scores, and the scores among them by measure.

    A score is ``phq9=14``, or a measure's key or name with its value behind it. Raises ``UsageError`` for a measure
    that nobody knows, a value that it cannot have, and two values of one.
    """
    rest: list[str] = []
    scores: Scores = {}
    ahead = list(words)
    while ahead:
        if "=" in ahead[0]:
            measure, _, value = ahead.pop(0).partition("=")
            key = _keys().get(_plain(measure), measure)
        elif (named := _named(ahead)) is not None:
            key, length = named
            value = ahead[length] if len(ahead) > length else ""
            ahead = ahead[length + 1 :]
        else:
            rest.append(ahead.pop(0))
            continue
        score = _checked(key, value)
        if scores.setdefault(key, score) != score:
            raise UsageError(f"{key} is {scores[key]} and {score}: which of them?", hint="nothing is recorded; say one")
    return rest, scores


def scores_alone(words: Sequence[str]) -> Scores:
    """Return the scores where nothing else is typed; ``138/88`` alone is the reading in two parts, where there is one.

    Raises ``UsageError`` where a word is no score.
    """
    rest, scores = scores_in(words)
    pairs = [key for key, scale in _scales().items() if scale.form == "pair"]
    for word in rest:
        if len(pairs) != 1 or pairs[0] in scores or not _PAIR.fullmatch(word):
            raise UsageError(f'a score is written as phq9=14 or PHQ-9 14, not "{word}"')
        scores[pairs[0]] = _checked(pairs[0], word)
    return scores


def measures_in(words: Sequence[str]) -> list[str]:
    """Return the keys of measures that are named without values; a word that names none stands for itself."""
    found, ahead = [], [word.partition("=")[0] for word in words]
    while ahead:
        key, length = _named(ahead) or (ahead[0], 1)
        found.append(key)
        ahead = ahead[length:]
    return found


def score_words(scores: Scores) -> str:
    """Return scores in words, behind a colon; nothing where there are none."""
    if not scores:
        return ""
    scales = _scales()
    return f": {', '.join(f'{scales[measure].name} {value}' for measure, value in scores.items())}"


def tell_scores(edge: Edge, scores: Scores) -> None:
    """Tell what was recorded as people read it aloud: ``PHQ-9 14, moderate``."""
    if not scores:
        return
    scales = _scales()
    told = []
    for measure, value in scores.items():
        scale = scales[measure]
        place = scale.answers.index(value) if isinstance(value, str) and value in scale.answers else value
        band = scale.band(place) if isinstance(place, int) else None
        unit = f" {scale.unit}" if scale.unit else ""
        told.append(f"{scale.title} {value}{unit}" + (f", {band.name}" if band is not None else ""))
    edge.note(f"Recorded: {'; '.join(told)}.")


def _named(words: Sequence[str]) -> tuple[str, int] | None:
    """Return the measure that the first words name, and how many they are; the longest name counts."""
    keys = _keys()
    for length in range(min(_LONGEST_NAME, len(words)), 0, -1):
        key = keys.get(_plain(" ".join(words[:length])))
        if key is not None:
            return key, length
    return None


def _keys() -> dict[str, str]:
    """Return the keys of measures by what they are called: their keys, and their names where those are of one alone."""
    named: dict[str, set[str]] = {}
    for key, scale in _scales().items():
        for name in {scale.name, scale.title, scale.title.partition("(")[0]}:
            named.setdefault(_plain(name), set()).add(key)
    names = {name: next(iter(keys)) for name, keys in named.items() if len(keys) == 1}
    return names | {_plain(key): key for key in _scales()}


def _plain(name: str) -> str:
    return re.sub(r"[\W_]", "", name.casefold())


def _scales() -> Mapping[str, Scale]:
    import kapplan

    return kapplan.read_measures().measures


def _checked(measure: str, value: str) -> int | str:
    scales = _scales()
    if measure not in scales:
        near = get_close_matches(measure, scales, n=1)
        hint = f"did you mean {near[0]}?" if near else f"measures are {', '.join(sorted(scales))}"
        raise UsageError(f"no measure is called {measure}", hint=hint)
    scale = scales[measure]
    called = f"{measure}: {scale.title}"
    if scale.form == "answer":
        if value not in scale.answers:
            raise UsageError(f'{called} is one of {", ".join(scale.answers)}, not "{value}"')
        return value
    if scale.form == "pair":
        parts = value.split("/")
        if len(parts) != len(("systolic", "diastolic")) or not all(part.isdecimal() for part in parts):
            raise UsageError(f'{called} is written as 128/82, not "{value}"')
        if int(parts[0]) <= int(parts[1]):
            raise UsageError(f'the first number of {called} is the larger one, not "{value}"')
        return value
    highest = "" if scale.max is None else f" through {scale.max}"
    if not value.isdecimal() or int(value) < scale.min or (scale.max is not None and int(value) > scale.max):
        raise UsageError(f'{called} is a whole number from {scale.min}{highest}, not "{value}"')
    return int(value)
