"""A protocol's rules in sentences: how many visits, counted from what, how far apart, with what limits."""

from __future__ import annotations

from collections.abc import Iterator

from kapplan.dataclass import dataclass
from kapplan.model.fields import Level, Mark
from kapplan.model.protocol import Anchor, Choice, LimitRule, MissedRule, MonthPoints, Phase, Protocol, Series, Window
from kapplan.model.terms import NO_NAMES, MeasureNames
from kapplan.model.visits import Gate
from kapplan.output.records.words import clean, count, measure_words
from kapplan.planning.phrases.words import days_words, listed, range_words

MARKS: dict[Mark, str] = {
    "C": "confirmed",
    "S": "from a secondary page",
    "M": "from memory, not verified",
    "D": "kapplan's default",
}


@dataclass(frozen=True, slots=True)
class Rule:
    """One sentence of a protocol: the phase and the visits it speaks of, its level, and its source's key."""

    phase: str
    about: str
    text: str
    level: Level | None = None
    source: str | None = None


def rules_of(protocol: Protocol, measures: MeasureNames = NO_NAMES) -> tuple[Rule, ...]:
    """Return every rule of a protocol as a sentence, phase by phase, then limits, missed visits and tasks.

    ``measures`` are what people call them.
    """
    phases = {phase.id for phase in protocol.phases}
    rules: list[Rule] = []
    for phase in protocol.phases:
        rules += phase_rules(phase, measures)
        rules += [_missed(key, rule) for key, rule in protocol.missed.items() if key == phase.id]
    rules += [Rule("", limit.id, limit_words(limit), limit.level, limit.source) for limit in protocol.limits]
    rules += [_missed("", rule) for key, rule in protocol.missed.items() if key not in phases]
    for task in protocol.tasks:
        from_ = "the first dose that no authorization covers" if task.reauthorization else "the first dose"
        text = f"{due_words(task.due_days, from_)}: {clean(task.text)}"
        rules.append(Rule("", "task", text, task.level, task.source))
    return tuple(rules)


def due_words(days: int, anchor: str) -> str:
    """Return when something is due: ``7 days after the first dose``."""
    side = "after" if days > 0 else "before"
    return f"{days_words(abs(days))} {side} {anchor}" if days else f"On the day of {anchor}"


def _missed(phase: str, rule: MissedRule) -> Rule:
    return Rule(phase, "missed", missed_words(rule), rule.level, rule.source)


def phase_rules(phase: Phase, measures: MeasureNames = NO_NAMES) -> Iterator[Rule]:
    """Return the rules of a phase as sentences."""
    for series in phase.series:
        about = series.id or series.visit
        yield Rule(phase.id, about, _how_many(series), series.level, series.source or phase.source)
        anchor = "" if series.after is None else anchor_words(series.after)
        if series.lead is not None:
            yield _window_rule(
                phase, about, series.lead, f"after {anchor}" if anchor else "after the start", first=True
            )
        if series.gap is not None and series.at is not None:
            text = around_words(series.gap)
            yield Rule(
                phase.id, about, _with_text(text.capitalize(), series.gap.text), series.gap.level, series.gap.source
            )
        elif series.gap is not None:
            yield _window_rule(phase, about, series.gap, _gap_anchor(series, anchor))
        if series.before_next is not None:
            kind = series.each.visit if series.each else "visit"
            yield _window_rule(phase, about, series.before_next, f"before the next {kind}")
        for extra in series.rules:
            text = f"{extra.which.capitalize()}: {window_words(extra, f'after {anchor_words(extra.after)}')}"
            yield Rule(phase.id, about, _with_text(text, extra.text), extra.level, extra.source)
        if series.shares_day_with:
            yield Rule(phase.id, about, f"May share a day with {listed(series.shares_day_with)}", series.level)
        if series.gate is not None:
            text = gate_sentence(series.gate, measures)
            yield Rule(phase.id, about, text, series.gate.level, series.gate.source)


def anchor_words(anchor: Anchor) -> str:
    """Return an anchor: ``the last dosing of induction``."""
    within = f" of {anchor.of}" if anchor.of else ""
    if anchor.first or anchor.last:
        return f"the {'first' if anchor.first else 'last'} {anchor.first or anchor.last}{within}"
    return f"{anchor.visit} {anchor.number}{within}"


def window_words(window: Window, anchor: str) -> str:
    """Return a window: ``3 to 21 days after the last dosing, ideally 7 days``."""
    target = window.target_days
    bounds = _bounds(window.min, window.max, anchor)
    if target is None:
        return bounds or anchor
    ideal = "on the same day" if target == (0, 0) else _range(*target)
    return f"{bounds}, ideally {ideal}" if bounds else f"ideally {ideal} {anchor}"


def around_words(window: Window) -> str:
    """Return a window around a point: ``at most 7 days from each point, ideally at most 3``."""
    target = window.target_days
    widest = max(abs(window.min or 0), abs(window.max or 0))
    told = [f"at most {days_words(widest)} from each point"] if widest else ["at each point"]
    if target is not None:
        told.append(f"ideally at most {max(abs(target[0]), abs(target[1]))}" if any(target) else "ideally on it")
    return ", ".join(told)


def gate_sentence(gate: Gate, measures: MeasureNames = NO_NAMES) -> str:
    """Return what a gate asks and what follows: ``Gate: MADRS down by 50 %; then weekly, otherwise stop``."""
    asked = []
    if gate.response is not None:
        asked.append(f"down by {round(gate.response * 100)} %")
    if gate.at_most is not None:
        asked.append(f"at most {gate.at_most}")
    if gate.at_least is not None:
        asked.append(f"at least {gate.at_least}")
    condition = (
        f"{measure_words([gate.measure], measures)} {listed(asked)}"
        if gate.measure and asked
        else "opens once it is recorded"
    )
    holds = f"; until then provisional: {listed(gate.holds)}" if gate.holds else ""
    then = f"{gate.then} (or {gate.then_or}, by judgement)" if gate.then_or else gate.then
    otherwise = f"{gate.otherwise} (or {gate.otherwise_or}, by judgement)" if gate.otherwise_or else gate.otherwise
    follows = f"; then {then}, otherwise {otherwise}" if gate.measure else ""
    return _with_text(f"Gate: {condition}{follows}{holds}", gate.text)


def limit_words(limit: LimitRule) -> str:
    """Return a limit: ``At most 2 of dosing in every 7 days``."""
    if limit.cap is not None:
        text = f"At most {limit.cap.max} of {listed(limit.cap.visits)} in every {days_words(limit.cap.every)}"
    else:
        text = f"Never on one day: {listed(limit.apart or ())}"
    return _with_text(text, limit.text)


def missed_words(rule: MissedRule) -> str:
    """Return what a missed visit leads to."""
    told = {
        "continue": "A missed dose is neither made up nor doubled: the schedule goes on",
        "replace": "A missed dose is given later",
        "ask": "A missed dose: a clinician decides",
    }[rule.then]
    if rule.worse == "step-back":
        told += "; if the patient is worse, stepping back is proposed"
    elif rule.worse == "ask":
        told += "; if the patient is worse, a clinician decides"
    if rule.lapse_days is not None:
        told += f"; after a gap of {days_words(rule.lapse_days)} a clinician decides whether to resume or begin anew"
    return _with_text(told, rule.text)


def _how_many(series: Series) -> str:
    if series.weeks is not None:
        weeks = series.weeks
        every = "" if weeks.every == 1 else f" every {weeks.every} weeks"
        until = "the end of maintenance" if weeks.until == "maintenance" else f"week {weeks.until}"
        return f"{weeks.count} a treatment week{every}, week {weeks.from_} to {until}"
    if series.each is not None:
        return _each(series)
    if series.at is not None:
        return f"At {_points(series)} after {anchor_words(series.after) if series.after else 'the start'}"
    chosen = f" (the profile may ask for {_choice_words(series.doses)})" if series.doses else ""
    return f"{count(series.count or 1, 'visit')}{chosen}"


def _choice_words(choice: Choice) -> str:
    if choice.step == 1:
        return f"{choice.min} to {choice.max}"
    return " or ".join(str(number) for number in choice.numbers)


def _each(series: Series) -> str:
    each = series.each
    if each is None:
        return ""
    of = f" of {each.of}" if each.of else ""
    if each.numbers is None:
        text = f"One for each {each.visit}{of}"
    else:
        text = f"One for {each.visit} {listed([str(number) for number in each.numbers])}{of}"
    if each.then_every:
        text += f", then for every {each.then_every}."
    return text if each.last else f"{text.rstrip('.')}, but none for the last"


def _points(series: Series) -> str:
    points = series.at
    if points is None:
        return ""
    told = []
    for numbers, unit in ((points.days, "days"), (points.weeks, "weeks")):
        if numbers:
            told.append(f"{listed([str(number) for number in numbers])} {unit}")
    if isinstance(points.months, MonthPoints):
        until = f"month {points.months.until}" if points.months.until else "the end of maintenance"
        every = "every month" if points.months.every == 1 else f"every {points.months.every} months"
        asked = [str(other) for other in points.months.choices if other != points.months.every]
        choice = f" (the profile may ask for every {' or '.join(asked)})" if asked else ""
        told.append(f"{every}{choice} from month {points.months.from_} to {until}")
    elif points.months:
        told.append(f"{listed([str(number) for number in points.months])} calendar months")
    return ", and ".join(told)


def _gap_anchor(series: Series, anchor: str) -> str:
    if series.each is not None:
        return f"after its {series.each.visit}"
    first = "" if series.lead is not None or not anchor else f", the first one after {anchor}"
    joins = ", also from the phase before" if series.joins else ""
    return f"after the one before{first}{joins}"


def _window_rule(phase: Phase, about: str, window: Window, anchor: str, *, first: bool = False) -> Rule:
    text = window_words(window, anchor)
    text = f"First: {text}" if first else text[:1].upper() + text[1:]
    return Rule(phase.id, about, _with_text(text, window.text), window.level, window.source)


def _bounds(low: int | None, high: int | None, anchor: str) -> str:
    if low is None and high is None:
        return ""
    if low is None:
        return f"at most {days_words(high or 0)} {anchor}"
    if high is not None:
        return f"{_range(low, high)} {anchor}"
    if low in {0, 1} and anchor.startswith("after "):
        return anchor if low else f"on the day of {anchor.removeprefix('after ')} or later"
    return f"at least {days_words(low)} {anchor}"


def _range(low: int, high: int) -> str:
    return range_words(low, high) if low >= 0 else f"{low} to {days_words(high)}"


def _with_text(text: str, more: str | None) -> str:
    return f"{text}. {clean(more)}" if more else text
