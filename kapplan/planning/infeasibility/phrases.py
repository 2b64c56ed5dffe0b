"""Clashes and repairs in sentences that a coordinator can act on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from kapplan.dates import WEEKDAY_NAMES
from kapplan.model.fields import MINUTES_IN_HOUR, Level, clock
from kapplan.model.regimen import Cited, Limit, TimingRule
from kapplan.planning.availability.blockers import LackOfTime
from kapplan.planning.infeasibility.relaxations import Liftable
from kapplan.planning.phrases.words import (
    FEW,
    day_words,
    days_words,
    duration_words,
    kind_words,
    level_words,
    listed,
    source_words,
    visit_words,
    visits_words,
)
from kapplan.planning.problem.limit_words import anchor_words
from kapplan.planning.problem.problem import ProblemLimit, ProblemTiming

_OPENABLE = frozenset({"holiday", "closure"})


def likewise_words(words: str, others: Sequence[str]) -> str:
    """Return a sentence about one visit and, after it, the ids of others of which the same holds."""
    return f"{words}; likewise {visits_words(others)}" if others else words


def regular_words(groups: Iterable[Liftable]) -> tuple[str, ...]:
    """Return the closings of weekdays in sentences, one for all weekdays of which the same holds.

    ``the clinic is closed on Saturdays and Sundays``.
    """
    found: dict[str, list[str]] = {}
    for group in groups:
        weekday = f"{WEEKDAY_NAMES[group.dates[0].weekday()]}s"
        found.setdefault(group.words.replace(weekday, "{}", 1), []).append(weekday)
    return tuple(sentence.format(listed(weekdays)) for sentence, weekdays in found.items())


def origin_words(rule: TimingRule | Limit | None, sources: Iterable[Cited] = ()) -> str:
    """Return where a rule comes from: ``label: SPRAVATO prescribing information``, ``kapplan's default``.

    Empty where the rule is none of the regimen's.
    """
    if rule is None:
        return ""
    own, level = source_words(rule.source, sources), level_words(rule.level)
    if own is None:
        return level
    return own if own.startswith(level) else f"{level}: {own}"


def bound_words(rule: ProblemTiming, side: str, origin: date, source: str = "") -> str:
    """Return one side of a timing rule: ``integration 2 must fall at most 6 days after dose 2 (kapplan's default)``.

    ``origin`` is the date of day 0, ``source`` what ``origin_words`` says of the rule.
    """
    days = rule.min if side == "min" else rule.max
    return cited(f"{visit_words(rule.visit)} must fall {_bound(rule, days or 0, side, origin)}", source)


def _bound(rule: ProblemTiming, days: int, side: str, origin: date) -> str:
    if rule.months is not None:
        return _from_point(days, side, f"the day {months_words(rule.months)} after {anchor_words(rule.after, origin)}")
    if isinstance(rule.after, int):
        day = day_words(origin + timedelta(days=rule.after + days))
        return f"on {day} or {'later' if side == 'min' else 'earlier'}"
    anchor = visit_words(rule.after)
    if days == 0:
        return f"on the day of {anchor} or {'later' if side == 'min' else 'earlier'}"
    if side == "min" and days == 1:
        return f"after {anchor}"
    if side == "max" and days == -1:
        return f"before {anchor}"
    return _from_point(days, side, anchor)


def _from_point(days: int, side: str, point: str) -> str:
    if days == 0:
        return f"on {point} or {'later' if side == 'min' else 'earlier'}"
    is_after = days > 0
    bound = "at least" if is_after == (side == "min") else "at most"
    return f"{bound} {days_words(abs(days))} {'after' if is_after else 'before'} {point}"


def months_words(months: int) -> str:
    """Return ``1 month`` or ``3 months``."""
    return f"{months} month" if months == 1 else f"{months} months"


def start_words(rule: ProblemTiming, origin: date) -> str:
    """Return the start bound: ``screening 1 must fall by Mon 18 Jan 2027 (at most 14 days after the asked start)``."""
    after = rule.after if isinstance(rule.after, int) else 0
    last = origin + timedelta(days=after + (rule.max or 0))
    within = f"at most {days_words(rule.max)} after the asked start" if rule.max else "the asked start"
    return f"{visit_words(rule.visit)} must fall by {day_words(last)} ({within})"


def first_dose_words(rule: ProblemTiming, origin: date) -> str:
    """Return the fixed first dose: ``dose 1 is fixed on Thu 21 Jan 2027``."""
    after = rule.after if isinstance(rule.after, int) else 0
    return f"{visit_words(rule.visit)} is fixed on {day_words(origin + timedelta(days=after))}"


def held_words(rule: ProblemTiming, origin: date) -> str:
    """Return what holds a visit where it stands: ``dose 2 is pinned to Mon 1 Feb 2027``."""
    after = rule.after if isinstance(rule.after, int) else 0
    held = "is pinned to" if rule.role == "pinned" else "is to be kept on"
    return f"{visit_words(rule.visit)} {held} {day_words(origin + timedelta(days=after))}"


def frozen_words(visits: tuple[str, ...]) -> str:
    """Return ``dose 1 and integration 1 stay where they are, in frozen days``."""
    stay = "stay where they are" if len(visits) > 1 else "stays where it is"
    return f"{visits_words(visits)} {stay}, in frozen days"


def calendar_words(group: Liftable) -> str:
    """Return what a calendar group closes: ``Mon 18 Jan 2027 is a holiday (Martin Luther King Jr. Day)``."""
    if group.kind == "holiday" and len(group.dates) == 1:
        return cited(f"{day_words(group.dates[0])} is a holiday", group.words)
    if group.kind == "closure" and group.named:
        return cited(f"the clinic is closed{_when(group.dates)}", group.words)
    return group.words


def lack_words(lack: LackOfTime) -> str:
    """Return ``a dose takes 3 h; between 15:00 and closing at 17:00 there are 2 h``."""
    spoken = kind_words(lack.kind)
    article = "an" if spoken[0] in "aeiou" else "a"
    until = f"closing at {clock(lack.end)}" if lack.closing else clock(lack.end)
    there = duration_words(lack.end - lack.start)
    is_are = "is" if lack.end - lack.start <= MINUTES_IN_HOUR else "are"
    takes = f"{article} {spoken} takes {duration_words(lack.minutes)}"
    return f"{takes}; between {clock(lack.start)} and {until} there {is_are} {there}"


def _when(dates: tuple[date, ...]) -> str:
    if not dates:
        return ""
    first, last = min(dates), max(dates)
    if len(dates) <= FEW:
        return f" on {listed(day_words(day) for day in dates)}"
    is_whole = (last - first).days == len(dates) - 1
    return f"{'' if is_whole else f' on {days_words(len(dates))}'} from {day_words(first)} to {day_words(last)}"


def horizon_words(origin: date, horizon: int) -> str:
    """Return the end of the calendar: ``the calendar is laid out until Tue 1 Feb 2028``."""
    return f"the calendar is laid out until {day_words(origin + timedelta(days=horizon))}"


def start_repair_words(day: date, days: int, *, is_open: bool) -> str:
    """Return ``Start 3 days later, on Thu 7 Jan 2027.``; ``from`` where the first visit cannot be on that day."""
    return f"Start {days_words(days)} later, {'on' if is_open else 'from'} {day_words(day)}."


def first_dose_repair_words(visit: str, day: date, days: int) -> str:
    """Return ``Move dose 1 to Mon 25 Jan 2027, 4 days later.``."""
    return f"Move {visit_words(visit)} to {day_words(day)}, {days_words(days)} later."


def clinic_day_words(day: date, groups: Iterable[Liftable]) -> str:
    """Return ``Open Mon 18 Jan 2027 (Martin Luther King Jr. Day).``, naming what closes the day."""
    names = [group.words for group in groups if group.kind in _OPENABLE and group.words and day in group.dates]
    return f"Open {day_words(day)}{f' ({listed(names)})' if names else ''}."


def patient_day_words(day: date) -> str:
    """Return ``Let the patient come on Tue 19 Jan 2027.``; never why they could not."""
    return f"Let the patient come on {day_words(day)}."


def widen_words(rule: ProblemTiming, side: str, amount: int, level: Level) -> str:
    """Return ``Let dose 4 fall 6 days after dose 3 (protocol: 5 at most).``."""
    old = (rule.min if side == "min" else rule.max) or 0
    new = old - amount if side == "min" else old + amount
    is_before = new < 0 or (new == 0 and old < 0)
    turned = -1 if is_before else 1
    is_least = (side == "min") != is_before
    bound = f"{turned * old} at {'least' if is_least else 'most'}"
    return f"Let {visit_words(rule.visit)} fall {_offset(rule, new)} ({level_words(level)}: {bound})."


def _offset(rule: ProblemTiming, days: int) -> str:
    anchor = visit_words(rule.after) if isinstance(rule.after, str) else "that day"
    if rule.months is not None:
        anchor = f"the day {months_words(rule.months)} after {anchor}"
    if days == 0:
        return f"on {anchor}" if rule.months is not None else f"on the day of {anchor}"
    return f"{days_words(abs(days))} {'after' if days > 0 else 'before'} {anchor}"


def cap_repair_words(limit: ProblemLimit, level: Level) -> str:
    """Return ``Allow 3 of dose 1 to dose 6 in 7 days (protocol: 2 at most).``."""
    most = limit.max or 0
    block = "" if limit.every is None else f" in {days_words(limit.every)}"
    return f"Allow {most + 1} of {visits_words(limit.visits)}{block} ({level_words(level)}: {most} at most)."


def cited(words: str, source: str) -> str:
    """Return a sentence with what it comes from in parentheses, where that is known."""
    return f"{words} ({source})" if source else words
