"""Effects of tailoring rules on a protocol, always within the protocol's own limits.

Each effect takes a course and returns it changed, with what was changed in words; ``None`` where there is nothing to
change, or the protocol's limits leave no room, with the reason in words.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any, Literal

from kapplan.dataclass import replace
from kapplan.dates import DAYS_IN_MONTH, DAYS_IN_WEEK
from kapplan.model import rules
from kapplan.model.clinic import Clinic, MinutesChange
from kapplan.model.protocol import Choice, Protocol, Series, VisitType, Window
from kapplan.model.regimen import Measuring
from kapplan.model.terms import DOSES, Role
from kapplan.model.visits import NeedByParts, TaskRule
from kapplan.planning.phrases.words import days_words, doses_words, listed, range_words
from kapplan.planning.rules.changed_course import Cause, Change, Course, changed_series, changed_visits
from kapplan.planning.rules.facts import length


def apply(effect: rules.Effect, course: Course, cause: Cause) -> Change:
    """Return the course with one effect."""
    for field in fields(rules.Effect):
        value = getattr(effect, field.name)
        if value is not None:
            return _EFFECTS[field.name](value, course, cause)
    return Change(None, "the rule names no effect")


# How many visits


def _doses(effect: rules.Doses, course: Course, _: Cause) -> Change:
    asked = course.profile.treatment.doses
    if asked is not None:
        return Change(None, f"the profile asks for {doses_words(asked)}")
    kept: list[str] = []

    def doses(series: Series) -> tuple[Series, str] | None:
        choice, now = series.doses, series.count or 1
        if choice is None:
            return None
        wanted, count = _wanted_doses(effect, choice, now)
        steps = f" in steps of {choice.step}" if choice.step > 1 else ""
        note = "" if count == wanted else f" ({wanted} wanted, the protocol allows {choice.min} to {choice.max}{steps})"
        if count == now:
            kept.append(f"has {doses_words(now)} already{note}")
            return None
        return replace(series, count=count), f"{doses_words(count)} rather than {now}{note}"

    changed = changed_series(course, "dosing", doses, "has a fixed number of doses")
    return Change(None, f"the protocol {'; '.join(kept)}") if changed.course is None and kept else changed


def _wanted_doses(effect: rules.Doses, choice: Choice, now: int) -> tuple[int, int]:
    """Return how many doses a rule wants where there are some ``now``, and how many of these the protocol allows."""
    wanted = effect.count if effect.count is not None else max(now, effect.at_least or now)
    if effect.at_least is None:
        return wanted, choice.nearest(wanted)
    return wanted, next((number for number in choice.numbers if number >= wanted), choice.numbers[-1])


def _more_visits(effect: rules.MoreVisits, course: Course, _: Cause) -> Change:
    def more(series: Series) -> tuple[Series, str] | None:
        if series.weeks is not None or series.each is not None or series.at is not None or series.gate is not None:
            return None
        now = series.count or 1
        limits = [limit for limit in (effect.at_most, series.doses.max if series.doses else None) if limit is not None]
        count = min([now + effect.more, *limits])
        if count <= now:
            return None
        return replace(series, count=count), f"{count} {effect.visit} visits rather than {now}"

    return changed_series(course, effect.visit, more, f"has no room for more {effect.visit} visits", once=True)


# Windows


def _target(effect: rules.Target, course: Course, cause: Cause) -> Change:
    def aim(series: Series) -> tuple[Series, str] | None:
        window: Window | None = getattr(series, effect.window)
        if window is None:
            return None
        low = effect.days[0] if window.min is None else max(effect.days[0], window.min)
        high = effect.days[1] if window.max is None else min(effect.days[1], window.max)
        weight = effect.weight or window.weight
        if low > high or (window.target == (low, high) and weight == window.weight):
            return None
        aimed = replace(_owned(window, cause), target=(low, high), weight=weight)
        kept = "" if (low, high) == effect.days else f" (of {range_words(*effect.days)}, within the protocol's limits)"
        heavier = f", weight {weight}" if weight != window.weight else ""
        words = f"{effect.visit} {_WINDOWS[effect.window]} aimed at {range_words(low, high)}{kept}{heavier}"
        before = "nothing" if window.target_days is None else range_words(*window.target_days)
        return _with_window(series, effect.window, aimed), f"{words}, before: {before}"

    nothing = f"does not allow {range_words(*effect.days)} there, or aims so"
    return changed_series(course, effect.visit, aim, nothing)


def _narrower(effect: rules.Narrower, course: Course, cause: Cause) -> Change:
    def narrow(series: Series) -> tuple[Series, str] | None:
        window: Window | None = getattr(series, effect.window)
        if window is None:
            return None
        low = _most(window.min, effect.min)
        high = _least(window.max, effect.max)
        if (low, high) == (window.min, window.max) or (low is not None and high is not None and low > high):
            return None
        near, far = window.target_days or (0, 0)
        target = (_within(near, low, high), _within(far, low, high)) if window.target is not None else None
        limited = replace(_owned(window, cause), min=low, max=high, target=target)
        words = " and ".join(
            part
            for part in (
                f"{days_words(low)} at least" if low is not None and low != window.min else "",
                f"{high} at most" if high != window.max else "",
            )
            if part
        )
        return _with_window(series, effect.window, limited), f"{effect.visit} {_WINDOWS[effect.window]}: {words}"

    return changed_series(course, effect.visit, narrow, "is already as narrow, or leaves no days between these limits")


def _with_window(series: Series, name: str, window: Window) -> Series:
    changed: dict[str, Any] = {name: window}
    return replace(series, **changed)


def _owned(window: Window, cause: Cause) -> Window:
    """Return a window whose numbers are a rule's: a mere default takes the rule's source, a sourced one keeps its."""
    if window.level != "default":
        return replace(window, text=f"{window.text or ''} {cause.text}".strip())
    return replace(window, text=cause.text, source=cause.source)


# What visits are


def _longer(effect: rules.Longer, course: Course, _: Cause) -> Change:
    minutes = dict(course.clinic.minutes)
    words = []
    for name in course.protocol.visits:
        if course.protocol.kind_of(name) not in effect.visits:
            continue
        now = length(course.protocol, course.clinic, name)
        prepare = max(now.prepare, effect.prepare or 0)
        monitor = max(now.monitor, effect.monitor or 0)
        monitor += max(0, (effect.total or 0) - (now.total - now.prepare - now.monitor + prepare + monitor))
        if (prepare, monitor) != (now.prepare, now.monitor):
            minutes[name] = MinutesChange(prepare=prepare, administer=now.administer, monitor=monitor, clear=now.clear)
            total = now.total - now.prepare - now.monitor + prepare + monitor
            words.append(f"{name} visits of {total} minutes rather than {now.total}")
    if not words:
        return Change(None, "the visits are long enough")
    return Change(replace(course, clinic=replace(course.clinic, minutes=minutes)), listed(words))


def _measures(effect: rules.MoreMeasures, course: Course, _: Cause) -> Change:
    def add(visit: VisitType) -> VisitType | None:
        more = _union(visit.measures, effect.add)
        return replace(visit, measures=more) if more != visit.measures else None

    changed, kinds = changed_visits(course, effect.visits, add)
    phases = tuple(
        replace(phase, series=tuple(_measured(course.protocol, series, effect) for series in phase.series))
        for phase in changed.protocol.phases
    )
    if not kinds:
        return Change(None, "the visits measure it already, or there are none")
    protocol = replace(changed.protocol, phases=phases)
    return Change(replace(changed, protocol=protocol), f"{course.listed(effect.add)} at {listed(kinds)} visits")


def _measured(protocol: Protocol, series: Series, effect: rules.MoreMeasures) -> Series:
    if series.measures is None or protocol.kind_of(series.visit) not in effect.visits:
        return series
    return replace(series, measures=_union(series.measures, effect.add))


def _place(effect: rules.NewPlace, course: Course, _: Cause) -> Change:
    def move(visit: VisitType) -> VisitType | None:
        if visit.place == effect.to:
            return None
        return replace(visit, place=effect.to, needs=tuple(need for need in visit.needs if need != "room"))

    kinds = [kind for kind in effect.visits if kind not in DOSES]
    changed, moved = changed_visits(course, kinds, move)
    if not moved:
        return Change(None, f"the course has no {listed(kinds)} visits elsewhere")
    return Change(changed, f"{listed(moved)} visits {_PLACES[effect.to]}")


def _task(effect: rules.MoreTask, course: Course, cause: Cause) -> Change:
    days = [effect.due_days]
    if effect.every_days is not None:
        last = int(course.profile.treatment.maintenance_months * DAYS_IN_MONTH)
        days = list(range(effect.due_days, last + 1, effect.every_days))
    tasks = tuple(
        TaskRule(
            id=effect.id if len(days) == 1 else f"{effect.id}-{number}", due_days=due, text=effect.text,
            reauthorization=effect.reauthorization, source=cause.source,
        )
        for number, due in enumerate(days, start=1)
    )  # fmt: skip
    if not tasks:
        return Change(None, "the follow-up is shorter than the time after which it is due")
    if effect.visit is None:
        protocol = replace(course.protocol, tasks=(*course.protocol.tasks, *tasks))
        return Change(replace(course, protocol=protocol), f"task: {effect.text}")
    changed, kinds = changed_visits(course, (effect.visit,), lambda visit: replace(visit, tasks=(*visit.tasks, *tasks)))
    if not kinds:
        return Change(None, f"the course has no {effect.visit} visits")
    return Change(changed, f"task of each {effect.visit} visit: {effect.text}")


def _often(effect: rules.MeasureOften, course: Course, cause: Cause) -> Change:
    more = tuple(
        Measuring(measure=measure, every_days=effect.every_days, rule=cause.rule, source=cause.source)
        for measure in effect.measures
    )
    words = f"{course.listed(effect.measures)} every {days_words(effect.every_days)}, from home where no visit takes it"
    return Change(replace(course, measuring=(*course.measuring, *more)), words)


# Which visits


def _points(effect: rules.NewPoints, course: Course, cause: Cause) -> Change:
    def move(series: Series) -> tuple[Series, str] | None:
        points = series.at
        if points is None:
            return None
        if effect.weeks is not None:
            if points.weeks == effect.weeks:
                return None
            return replace(series, at=replace(points, weeks=effect.weeks)), f"{effect.visit} visits in other weeks"
        first = effect.first_day or 0
        days = sorted((*points.days, *(week * DAYS_IN_WEEK for week in points.weeks)))
        if days and days[0] <= first:
            return None
        at = replace(points, days=(first, *days[1:]), weeks=())
        window = _owned(series.gap, cause) if series.gap is not None else None
        return replace(series, at=at, gap=window), f"the first {effect.visit} after {days_words(first)}"

    return changed_series(course, effect.visit, move, f"has no {effect.visit} that could come sooner", follow_up=True)


def _series(effect: rules.MoreSeries, course: Course, cause: Cause) -> Change:
    protocol, added = course.protocol, effect.series
    if added.visit not in protocol.visits:
        if effect.type is None:
            return Change(None, f"the protocol has no {added.visit} visits")
        own = replace(effect.type, needs=_at_hand(effect.type, added.visit, course.clinic), source=cause.source)
        protocol = replace(protocol, visits={**protocol.visits, added.visit: own})
    phases = list(protocol.phases)
    order = range(len(phases))
    for place in reversed(order) if effect.last else order:
        phase = phases[place]
        if any(protocol.kind_of(series.visit) == effect.beside for series in phase.series):
            if any((one.visit, one.each) == (added.visit, added.each) for one in phase.series if one.each is not None):
                return Change(None, f"each {effect.beside} has its {added.visit} already")
            phases[place] = replace(phase, series=(*phase.series, _sourced(added, cause)))
            words = f"{added.visit} visits more, with the {effect.beside} visits"
            return Change(replace(course, protocol=replace(protocol, phases=tuple(phases))), words)
    return Change(None, f"the protocol has no {effect.beside} visits")


def _at_hand(visit: VisitType, name: str, clinic: Clinic) -> tuple[Role | Literal["room"] | NeedByParts, ...]:
    """Return what of a visit's needs a clinic can give: a visit of ours never asks for people or rooms it has not."""
    roles = {role for person in clinic.staff for role in person.roles}
    kind = visit.kind or name
    has_room = not clinic.rooms or any(room.kinds is None or kind in room.kinds for room in clinic.rooms)
    at_hand: set[str] = {*(roles if clinic.staff else visit.needed)}
    at_hand = at_hand | {"room"} if has_room else at_hand - {"room"}
    return tuple(need for need in visit.needs if (need.role if isinstance(need, NeedByParts) else need) in at_hand)


def _sourced(series: Series, cause: Cause) -> Series:
    """Return a series with the rule's source, and so the windows that state what the rule does; others are defaults."""
    for name in ("gap", "lead", "before_next"):
        window: Window | None = getattr(series, name)
        if window is not None and window.text is not None:
            series = _with_window(series, name, replace(window, source=cause.source))
    return replace(series, source=cause.source)


# Helpers


def _union(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*one, *other)))


def _most(one: int | None, other: int | None) -> int | None:
    return max((value for value in (one, other) if value is not None), default=None)


def _least(one: int | None, other: int | None) -> int | None:
    return min((value for value in (one, other) if value is not None), default=None)


def _within(day: int, low: int | None, high: int | None) -> int:
    day = day if low is None else max(day, low)
    return day if high is None else min(day, high)


_WINDOWS = {"gap": "gaps", "lead": "lead", "before_next": "time before the next dose"}
_PLACES = {"clinic": "at the clinic", "home": "at home", "remote": "by video or telephone"}
_EFFECTS: dict[str, Callable[[Any, Course, Cause], Change]] = {
    "doses": _doses,
    "visits": _more_visits,
    "target": _target,
    "window": _narrower,
    "minutes": _longer,
    "measures": _measures,
    "points": _points,
    "place": _place,
    "series": _series,
    "task": _task,
    "often": _often,
}
