"""Days, times and spans as people type them, in arguments, options and answers alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, TypeVar

from kapplan.cli.session.environment import Edge
from kapplan.cli.session.habits import date_order, system_locale
from kapplan.cli.typed.questions import chosen
from kapplan.errors import UsageError
from kapplan.planning.phrases.words import day_words

if TYPE_CHECKING:
    from kapplan.model.plan import Plan, PlannedVisit
    from kapplan.planning.phrases.typed_days import AmbiguousDayError, Direction, Order, When
    from kapplan.planning.phrases.typed_periods import Period

_Read = TypeVar("_Read")


def typed_when(
    edge: Edge,
    words: Sequence[str] | str,
    today: date,
    *,
    visit: datetime | None = None,
    direction: Direction = "ahead",
) -> When:
    """Return the day and time that words say; where they could mean two, ask on a terminal.

    Raises ``UsageError`` where they are unknown, or ambiguous and nobody can be asked.
    """
    from kapplan.planning.phrases.typed_days import parse_when

    def read(text: str, order: Order | None) -> When:
        return parse_when(text, today=today, visit=visit, direction=direction, order=order)

    return _settled(edge, words, read)


def typed_period(edge: Edge, words: Sequence[str] | str, today: date) -> Period:
    """Return the days from one through another that words say; where they could mean two, ask on a terminal."""
    from kapplan.planning.phrases.typed_periods import parse_period

    return _settled(edge, words, lambda text, order: parse_period(text, today=today, order=order))


def asked_period(edge: Edge) -> list[str]:
    """Ask on a terminal for the days of a span until they can be read; Enter alone, or nobody to ask, names none."""
    while edge.interactive:
        edge.note("Which days (10 feb - 14 feb, next week, 3 mar) [none]: ", end="")
        words = edge.read_line().split()
        try:
            if words:
                typed_period(edge, words, edge.day())
        except UsageError as error:
            edge.note("\n".join(line for line in (error.message, error.hint) if line))
        else:
            return words
    return []


def past_day(edge: Edge, words: Sequence[str] | str | None, now: datetime) -> date:
    """Return the day of what has happened: the latest one that the words can mean, today where there are none."""
    return typed_when(edge, words, now.date(), direction="back").day if words else now.date()


def day_ahead(edge: Edge, words: Sequence[str] | str, today: date) -> date:
    """Return a day that lies ahead, as typed."""
    return typed_when(edge, words, today).day


def day_to_come(edge: Edge, words: Sequence[str] | str, today: date) -> date:
    """Return a day that has not passed, as typed; ``UsageError`` where it has."""
    day = day_ahead(edge, words, today)
    if day < today:
        raise UsageError(f"{day_words(day)} has passed", hint="name a day that is still to come")
    return day


def as_it_stood(edge: Edge, plan: Plan, when: str) -> Plan:
    """Return a plan as it stood at a revision, or at the end of a day."""
    from kapplan.files.plans.format import sound
    from kapplan.planning.journal.undo import as_of

    if when.isdecimal():
        return sound(as_of(plan, int(when)))
    return sound(as_of(plan, past_day(edge, when, edge.now_in(plan.timezone))))


def moment_of_record(edge: Edge, words: Sequence[str], now: datetime, visit: PlannedVisit) -> datetime:
    """Return when a visit was held: as typed, else as planned, else now where its time has not come yet."""
    if not words:
        return min(visit.start, now) if visit.timed else now
    when = typed_when(edge, words, now.date(), visit=visit.start, direction="back")
    clock = when.time or (visit.start.time() if visit.timed else now.time())
    held = datetime.combine(when.day, clock, tzinfo=visit.start.tzinfo)
    if held.date() > now.date():
        raise UsageError(
            f"{day_words(held.date())} is still ahead: what has not happened cannot be recorded",
            hint="it can be recorded from that day on",
        )
    return held


def _settled(edge: Edge, words: Sequence[str] | str, read: Callable[[str, Order | None], _Read]) -> _Read:
    """Return what words say: by the order that the person uses, else as they answer where it could be more than one."""
    from kapplan.planning.phrases.typed_days import AmbiguousDayError

    text = words if isinstance(words, str) else " ".join(words)
    order = date_order(edge.env.get("KAPPLAN_LOCALE"))
    while True:
        try:
            return read(text, order)
        except AmbiguousDayError as ambiguous:
            if not edge.interactive:
                raise
            text = text.casefold().replace(ambiguous.words, _asked(edge, ambiguous))


def _asked(edge: Edge, ambiguous: AmbiguousDayError) -> str:
    """Return the reading that is meant, once asked for each word; likeliest is that of the system's language."""
    if ambiguous.words not in edge.answers:
        readings = ambiguous.readings
        if date_order(system_locale(edge.env)) == "month":
            readings = readings[::-1]
        place = chosen(edge, f"Which day is {ambiguous.words}?", readings)
        edge.answers[ambiguous.words] = readings[place or 0]
    return edge.answers[ambiguous.words]
