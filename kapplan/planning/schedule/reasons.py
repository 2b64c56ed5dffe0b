"""Why a visit falls where it does: its window, its slack, and what kept it off its target."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import cached_property
from itertools import takewhile
from typing import TYPE_CHECKING, NamedTuple

from kapplan.dataclass import dataclass, derived
from kapplan.model.plan import Reason, Timing
from kapplan.model.regimen import Regimen, RegimenVisit, TimingRule
from kapplan.planning.availability.blockers import closed_by
from kapplan.planning.phrases.timing import timing_words
from kapplan.planning.phrases.words import day_words, days_words, listed, short_day_words, source_words, visit_words
from kapplan.planning.problem.limit_words import brief_limit_words
from kapplan.planning.problem.limits import Apart, counted_as, is_broken
from kapplan.planning.problem.objective import anchor_day
from kapplan.planning.problem.problem import OpenDay, Problem, ProblemLimit, ProblemTiming
from kapplan.planning.schedule.total_float import rooms

if TYPE_CHECKING:
    from kapplan.planning.availability.calendar import Calendar, Shape

MOST_CAUSES = 4
"""How many causes one sentence lists before it sums up the rest."""


@dataclass(frozen=True, kw_only=True)
class Placed:
    """A placement and all that is needed to explain it. ``days`` are counted from the problem's origin."""

    regimen: Regimen
    problem: Problem
    days: Mapping[str, int]
    calendar: Calendar
    shapes: Mapping[str, Shape]

    @cached_property
    def rules(self) -> Mapping[str, Sequence[ProblemTiming]]:
        """The timing rules that touch each visit, as the one that is bound or as the anchor."""
        rules: dict[str, list[ProblemTiming]] = {visit.id: [] for visit in self.problem.visits}
        for rule in self.problem.timing:
            rules[rule.visit].append(rule)
            if isinstance(rule.after, str):
                rules[rule.after].append(rule)
        return rules

    @cached_property
    def binding(self) -> Mapping[str, Sequence[TimingRule]]:
        """The rules of the course that bind each visit, as the protocol has them."""
        rules: dict[str, list[TimingRule]] = {}
        for rule in self.regimen.timing:
            rules.setdefault(rule.visit, []).append(rule)
        return rules

    @cached_property
    def limits(self) -> Mapping[str, Sequence[ProblemLimit]]:
        """The limits that touch each visit."""
        limits: dict[str, list[ProblemLimit]] = {visit.id: [] for visit in self.problem.visits}
        for limit in self.problem.limits:
            anchor = (limit.anchor,) if isinstance(limit.anchor, str) else ()
            for visit_id in dict.fromkeys((*limit.visits, *anchor)):
                limits[visit_id].append(limit)
        return limits

    @cached_property
    def fixed(self) -> Mapping[str, int]:
        """The day of every visit that stays where it is."""
        return self.problem.fixed

    @cached_property
    def open_days(self) -> Mapping[str, Sequence[OpenDay]]:
        """The open days of each visit."""
        return {visit.id: visit.days for visit in self.problem.visits}

    @cached_property
    def rooms(self) -> Mapping[str, tuple[int, int]]:
        """How many days each visit could move earlier and later if those after it moved too."""
        return rooms(self.problem, self.days)

    def date_of(self, day: int) -> date:
        """Return the date of a day counted from the origin."""
        return self.problem.origin + timedelta(days=day)

    def on(self, visit_id: str) -> date:
        """Return the date of a visit."""
        return self.date_of(self.days[visit_id])

    def anchor(self, rule: ProblemTiming, days: Mapping[str, int] | None = None) -> int:
        """Return the day from which a rule counts, on the days of the placement or on others."""
        return anchor_day(self.problem, rule, self.days if days is None else days)


# Window and slack


def window(placed: Placed, visit_id: str) -> tuple[date | None, date | None]:
    """Return the first and the last day that the rules allow given where the visit's anchors stand."""
    earliest: int | None = None
    latest: int | None = None
    for rule in placed.rules[visit_id]:
        if rule.visit == visit_id:
            anchor = placed.anchor(rule)
            if rule.min is not None:
                earliest = anchor + rule.min if earliest is None else max(earliest, anchor + rule.min)
            if rule.max is not None:
                latest = anchor + rule.max if latest is None else min(latest, anchor + rule.max)
    return (
        None if earliest is None else placed.date_of(earliest),
        None if latest is None else placed.date_of(latest),
    )


def slack(placed: Placed, visit_id: str) -> tuple[int, int]:
    """Return how many days the visit alone could move earlier and later, every other visit staying where it is."""
    day = placed.days[visit_id]
    lowest, highest = _reach_alone(placed, visit_id)
    within = sorted(choice.day for choice in placed.open_days[visit_id] if lowest <= choice.day <= highest)
    first = _first_legal(placed, visit_id, takewhile(day.__gt__, within))
    last = _first_legal(placed, visit_id, takewhile(day.__lt__, reversed(within)))
    return 0 if first is None else day - first, 0 if last is None else last - day


def _first_legal(placed: Placed, visit_id: str, days: Iterable[int]) -> int | None:
    return next((day for day in days if broken_by(placed, visit_id, day) is None), None)


def _reach_alone(placed: Placed, visit_id: str) -> tuple[int, int]:
    """Return the days between which rules in plain days keep a visit, every other visit staying where it is."""
    lowest, highest = -placed.problem.horizon, placed.problem.horizon
    for rule in placed.rules[visit_id]:
        if rule.visit == visit_id:
            anchor = placed.anchor(rule)
            lowest = lowest if rule.min is None else max(lowest, anchor + rule.min)
            highest = highest if rule.max is None else min(highest, anchor + rule.max)
        elif rule.months is None:
            bound = placed.days[rule.visit]
            lowest = lowest if rule.max is None else max(lowest, bound - rule.max)
            highest = highest if rule.min is None else min(highest, bound - rule.min)
    return lowest, highest


def broken_by(placed: Placed, visit_id: str, day: int) -> ProblemTiming | ProblemLimit | None:
    """Return a hard rule that this visit would break on another day, every other visit staying where it is."""
    days = {**placed.days, visit_id: day}
    for rule in placed.rules[visit_id]:
        offset = days[rule.visit] - placed.anchor(rule, days)
        if (rule.min is not None and offset < rule.min) or (rule.max is not None and offset > rule.max):
            return rule
    for limit in placed.limits[visit_id]:
        if is_broken(limit, days, placed.fixed):
            return limit
    return None


def deviation_days(placed: Placed, visit_id: str) -> int:
    """Return how many days outside their targets the visit's own rules put it, all rules together."""
    return sum(days for _, days in off_target(placed, visit_id))


def off_target(placed: Placed, visit_id: str) -> Iterator[tuple[ProblemTiming, int]]:
    """Return the visit's rules that are off target and by how many days."""
    for rule in placed.rules[visit_id]:
        if rule.visit == visit_id and rule.target is not None and not rule.secondary:
            offset = placed.days[visit_id] - placed.anchor(rule)
            days = max(rule.target[0] - offset, offset - rule.target[1], 0)
            if days:
                yield rule, days


# Reasons in words


def timing_of(placed: Placed, visit_id: str) -> Iterator[Timing]:
    """Return the visit's timing rules as the plan keeps them."""
    for rule in placed.binding.get(visit_id, ()):
        yield derived(Timing, rule, min_days=rule.min, target_days=rule.target, max_days=rule.max)


def reasons(placed: Placed, visit: RegimenVisit) -> tuple[Reason, ...]:
    """Return every reason for a visit's day: rules that set its window, what kept it off its target, what it awaits."""
    return (
        *_rule_reasons(placed, visit),
        *_off_target_reasons(placed, visit),
        *_preference_reasons(placed, visit),
        *_gate_reasons(placed.regimen, visit),
    )


def _rule_reasons(placed: Placed, visit: RegimenVisit) -> Iterator[Reason]:
    for rule in placed.binding.get(visit.id, ()):
        yield Reason(
            rule=rule.rule,
            text=timing_words(rule),
            source=source_words(rule.source, placed.regimen.sources),
            level=rule.level,
            verified=placed.regimen.is_verified(rule.source),
        )


def _off_target_reasons(placed: Placed, visit: RegimenVisit) -> Iterator[Reason]:
    for rule, days in off_target(placed, visit.id):
        target = rule.target or (0, 0)
        anchor = placed.anchor(rule)
        late = placed.days[visit.id] - anchor > target[1]
        near = anchor + (target[1] if late else target[0])
        missed = range(near, placed.days[visit.id], 1 if late else -1)
        ideal = _ideal_words(rule, placed, anchor)
        by_cause = _by_cause(placed, visit, missed)
        how_far = f"{days_words(days)} {'later' if late else 'earlier'} than"
        yield Reason(
            rule=rule.rule,
            text=f"{how_far} {ideal}{_after_colon(_causes(placed, by_cause))}",
            short=f"{how_far} ideal{_after_colon(_short_causes(placed, by_cause))}",
            off=days if late else -days,
        )


def _after_colon(parts: Iterable[str]) -> str:
    text = "; ".join(parts)
    return f": {text}" if text else ""


def _ideal_words(rule: ProblemTiming, placed: Placed, anchor: int) -> str:
    if isinstance(rule.after, int):
        return f"asked ({day_words(placed.date_of(rule.after))})"
    first, last = rule.target or (0, 0)
    if first == last:
        return f"ideal ({day_words(placed.date_of(anchor + first))})"
    return f"ideal ({day_words(placed.date_of(anchor + first))} to {day_words(placed.date_of(anchor + last))})"


class _Cause(NamedTuple):
    """Why a visit is not on a day: the visit ``would`` break something there, or something else closes the day."""

    words: str
    would: bool = True

    def after(self, days: str) -> str:
        """Return the cause behind the days of which it is one."""
        return f"{days} {self.words}" if self.would else f"{days} ({self.words})"


def _by_cause(placed: Placed, visit: RegimenVisit, missed: Sequence[int]) -> dict[_Cause, list[int]]:
    """Return why the visit is on none of the days that were nearer to the target, alike days together."""
    by_cause: dict[_Cause, list[int]] = {}
    for day in missed:
        by_cause.setdefault(_cause(placed, visit, day), []).append(day)
    return by_cause


def _causes(placed: Placed, by_cause: Mapping[_Cause, Sequence[int]]) -> Iterator[str]:
    """Say for each day that was nearer to the target why the visit is not there."""
    for number, (cause, days) in enumerate(by_cause.items()):
        if number == MOST_CAUSES:
            rest = sum(len(each) for each in list(by_cause.values())[MOST_CAUSES:])
            yield f"and {days_words(rest)} more"
            return
        yield cause.after(listed(day_words(placed.date_of(day)) for day in days))


def _short_causes(placed: Placed, by_cause: Mapping[_Cause, Sequence[int]]) -> Iterator[str]:
    """Say the same in a few words: a day only where it is the only one of its cause."""
    for number, (cause, days) in enumerate(by_cause.items()):
        if number == MOST_CAUSES:
            yield "and more"
            return
        if len(days) == 1:
            yield cause.after(short_day_words(placed.date_of(days[0])))
        else:
            yield cause.after("nearer days") if cause.would else cause.words


def _cause(placed: Placed, visit: RegimenVisit, day: int) -> _Cause:
    closings = closed_by(placed.calendar, placed.shapes[visit.id], placed.date_of(day))
    if closings:
        return _Cause(listed(closing.words for closing in closings), would=False)
    broken = broken_by(placed, visit.id, day)
    if isinstance(broken, ProblemLimit):
        return _Cause(f"would break a limit ({_limit_words(placed, broken, visit.id, day)})")
    if broken is not None:
        return _Cause(_broken_words(placed, broken, visit.id, day))
    return _Cause("would take other visits further from their own ideal days")


def _broken_words(placed: Placed, rule: ProblemTiming, visit_id: str, day: int) -> str:
    """Say which limit a visit would break on another day: ``would be 11 days before dose 1 (10 at most)``."""
    if isinstance(rule.after, int):
        return "would be too late" if rule.max is not None and day > rule.after + rule.max else "would be too early"
    days = {**placed.days, visit_id: day}
    other = rule.after if rule.visit == visit_id else rule.visit
    offset = days[rule.visit] - placed.anchor(rule, days)
    side = "after" if (rule.visit == visit_id) == (offset >= 0) else "before"
    too_short = rule.min is not None and offset < rule.min
    bound, words = (rule.min, "least") if too_short else (rule.max, "most")
    if rule.months is not None:
        return f"would be {days_words(abs(offset))} off its day of the month from {visit_words(other)}"
    if bound is not None and (bound >= 0) != (offset >= 0):
        return f"would be {side} {visit_words(other)}" if offset else f"would be on the day of {visit_words(other)}"
    least_or_most = words if offset >= 0 else {"least": "most", "most": "least"}[words]
    where = "on the day of" if offset == 0 else f"{days_words(abs(offset))} {side}"
    return f"would be {where} {visit_words(other)} ({abs(bound or 0)} at {least_or_most})"


def _limit_words(placed: Placed, limit: ProblemLimit, visit_id: str, day: int) -> str:
    """Return what a limit says, as far as one visit on one day is concerned."""
    others = [other for other in limit.visits if other != visit_id and placed.days[other] == day]
    if others and isinstance(counted_as(limit), Apart):
        return f"{listed(visit_words(other) for other in others)} is on that day"
    return brief_limit_words(limit)


def _preference_reasons(placed: Placed, visit: RegimenVisit) -> Iterator[Reason]:
    day = placed.days[visit.id]
    for choice in placed.open_days[visit.id]:
        if choice.day == day and choice.preference:
            yield Reason(
                rule="preference",
                text="Not at a preferred day or time: the closest dates to the protocol come before preferences",
            )


def _gate_reasons(regimen: Regimen, visit: RegimenVisit) -> Iterator[Reason]:
    for gate_id in visit.awaits:
        gate = regimen.visit(gate_id).gate
        yield Reason(
            rule=f"gate.{gate_id}",
            text=f"Provisional until {visit_words(gate_id)} is held and its result recorded",
            source=source_words(gate.source, regimen.sources) if gate is not None else None,
            level=gate.level if gate is not None else None,
            verified=gate is not None and regimen.is_verified(gate.source),
        )
