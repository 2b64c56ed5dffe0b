"""Scores as people type them: ``phq9=14``, ``bp=138/88``, checked by the measures' own data."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

from kapplan.cli.session.environment import Edge
from kapplan.errors import UsageError

Scores = dict[str, int | str]


def scores_in(words: Sequence[str]) -> tuple[list[str], Scores]:
    """Return the words that are no scores, and the scores among them by measure.

    Raises ``UsageError`` for a measure that nobody knows and a value that it cannot have.
    """
    rest = [word for word in words if "=" not in word]
    scores: Scores = {}
    for word in words:
        if "=" in word:
            measure, _, value = word.partition("=")
            scores[measure] = _checked(measure, value)
    return rest, scores


def tell_scores(edge: Edge, scores: Scores) -> None:
    """Tell what was recorded as people read it aloud: ``PHQ-9 14, moderate``."""
    if not scores:
        return
    import kapplan

    scales = kapplan.read_measures().measures
    told = []
    for measure, value in scores.items():
        scale = scales[measure]
        place = scale.answers.index(value) if isinstance(value, str) and value in scale.answers else value
        band = scale.band(place) if isinstance(place, int) else None
        told.append(f"{scale.title} {value}{scale.unit or ''}" + (f", {band.name}" if band is not None else ""))
    edge.note(f"Recorded: {'; '.join(told)}.")


def _checked(measure: str, value: str) -> int | str:
    import kapplan

    scales = kapplan.read_measures().measures
    if measure not in scales:
        near = get_close_matches(measure, scales, n=1)
        hint = f"did you mean {near[0]}?" if near else f"measures are {', '.join(sorted(scales))}"
        raise UsageError(f"no measure is called {measure}", hint=hint)
    scale = scales[measure]
    if scale.form == "answer":
        if value not in scale.answers:
            raise UsageError(f'{measure} is one of {", ".join(scale.answers)}, not "{value}"')
        return value
    if scale.form == "pair":
        parts = value.split("/")
        if len(parts) != len(("systolic", "diastolic")) or not all(part.isdecimal() for part in parts):
            raise UsageError(f'{measure} is written as 128/82, not "{value}"')
        if int(parts[0]) <= int(parts[1]):
            raise UsageError(f'the first number of {measure} is the larger one, not "{value}"')
        return value
    highest = "" if scale.max is None else f" through {scale.max}"
    if not value.isdecimal() or int(value) < scale.min or (scale.max is not None and int(value) > scale.max):
        raise UsageError(f'{measure} is a whole number from {scale.min}{highest}, not "{value}"')
    return int(value)
