"""What is to be done around several visits as one table: a row a visit, a column for each thing that has a time.

Paper has room for a row where a card for each visit would fill pages with the same sentences.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from kapplan.dataclass import dataclass

TIME = "{time}"
_ELLIPSIS = "…"

Step = tuple[str, datetime | None]
"""A sentence, in which ``{time}`` names a moment, and the moment."""


@dataclass(frozen=True, slots=True)
class TimesGrid:
    """The sentences, each once with a gap for its time, and for each visit the times in their order."""

    heads: tuple[str, ...]
    rows: tuple[tuple[datetime | None, ...], ...]


def times_grid(visits: Iterable[Sequence[Step]]) -> TimesGrid:
    """Return the grid of what is done at each of some visits; what is not done at one has no time there."""
    given = [dict(steps) for steps in visits]
    heads = tuple(dict.fromkeys(text for steps in given for text in steps))
    return TimesGrid(
        heads=tuple(text.replace(TIME, _ELLIPSIS) for text in heads),
        rows=tuple(tuple(steps.get(text) for text in heads) for steps in given),
    )
