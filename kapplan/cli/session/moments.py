"""When something happened, as people type it, and what was recorded of a visit before."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from kapplan.errors import UsageError
from kapplan.planning.phrases.words import day_words

if TYPE_CHECKING:
    from kapplan.model.plan import PlannedVisit


def past_day(words: list[str], now: datetime) -> date:
    """Return the day of what has happened: the latest one that the words can mean, today where there are none."""
    from kapplan.planning.phrases.typed_days import parse_when

    return parse_when(words, today=now.date(), direction="back").day if words else now.date()


def day_ahead(words: str, now: datetime) -> date:
    """Return a day that lies ahead, as typed."""
    from kapplan.planning.phrases.typed_days import parse_when

    return parse_when(words.split(), today=now.date()).day


def was_words(visit: PlannedVisit) -> str:
    """Return what was recorded of a visit before, in words; nothing where nothing was."""
    if visit.open:
        return ""
    if visit.status == "completed" and visit.actual is not None:
        return f" (was: held on {day_words(visit.actual.date())})"
    return f" (was: {visit.status})"


def moment_of_record(words: list[str], now: datetime, visit: PlannedVisit) -> datetime:
    """Return when a visit was held: as typed, else as planned, else now where its time has not come yet."""
    from kapplan.planning.phrases.typed_days import parse_when

    if not words:
        return min(visit.start, now) if visit.timed else now
    when = parse_when(words, today=now.date(), visit=visit.start, direction="back")
    clock = when.time or (visit.start.time() if visit.timed else now.time())
    held = datetime.combine(when.day, clock, tzinfo=visit.start.tzinfo)
    if held.date() > now.date():
        raise UsageError(f"{day_words(held.date())} is still ahead: what has not happened cannot be recorded")
    return held


def score_words(scores: dict[str, int | str]) -> str:
    """Return scores in words, behind a colon; nothing where there are none."""
    return f": {', '.join(f'{measure} {value}' for measure, value in scores.items())}" if scores else ""
