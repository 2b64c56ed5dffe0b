"""What limits over several visits say: in a clash, and where one visit is told why it cannot have a day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import NamedTuple

from kapplan.planning.phrases.words import day_words, days_words, doses_words, visit_words, visits_words
from kapplan.planning.problem.problem import ProblemLimit, ProblemLimitType


class LimitWords(NamedTuple):
    """The sentences of a type of limit: ``whole``, with its visits, for a problem that begins on a date; ``brief``."""

    whole: Callable[[ProblemLimit, date], str]
    brief: Callable[[ProblemLimit], str]


def limit_words(limit: ProblemLimit, origin: date) -> str:
    """Return a limit: ``at most 2 of dose 1 to dose 6 in each 7 days counted from dose 1``."""
    return SENTENCES[limit.type].whole(limit, origin)


def brief_limit_words(limit: ProblemLimit) -> str:
    """Return a limit as it binds one visit: ``at most 2 in 7 days``, ``one visit a day``."""
    if limit.role == "approved":
        return f"the insurer approved {doses_words(limit.max or 0)} at most"
    return SENTENCES[limit.type].brief(limit)


def anchor_words(after: str | int, origin: date) -> str:
    """Return the visit, or the day, from which something counts."""
    return visit_words(after) if isinstance(after, str) else day_words(origin + timedelta(days=after))


def _cap(limit: ProblemLimit, origin: date) -> str:
    block = ""
    if limit.every is not None:
        block = f" in each {days_words(limit.every)} counted from {anchor_words(limit.anchor or 0, origin)}"
    first = "" if limit.from_ is None else f" from {anchor_words(limit.from_, origin)}"
    last = "" if limit.until is None else f" until {anchor_words(limit.until, origin)}"
    return f"at most {limit.max} of {visits_words(limit.visits)}{block}{first}{last}"


SENTENCES: dict[ProblemLimitType, LimitWords] = {
    "cap": LimitWords(_cap, lambda limit: f"at most {limit.max} in {days_words(limit.every or 0)}"),
    "distinct_days": LimitWords(
        lambda limit, _: f"no two of {visits_words(limit.visits)} may share a day", lambda _: "one visit a day"
    ),
    "not_together": LimitWords(
        lambda limit, _: f"{visits_words(limit.visits)} do not fit into one day together", lambda _: "one visit a day"
    ),
}
"""What each type of limit says."""
