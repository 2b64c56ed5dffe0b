"""Rules that a named clinician widened for one patient: what that makes of a course, and what is never widened.

A rule of the product's label stays as it is. So do the least gaps and the caps between doses that a label or a
publication states: nobody has shown that closer doses are safe.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from kapplan.dataclass import dataclass, replace
from kapplan.model.decisions import Widening
from kapplan.model.fields import Level
from kapplan.model.regimen import Limit, Regimen, TimingRule
from kapplan.model.terms import DOSES
from kapplan.planning.phrases.decisions import widening_reason
from kapplan.planning.phrases.words import days_words, level_words, visit_words

STATED: frozenset[Level] = frozenset({"label", "protocol"})
"""The levels at which least gaps and caps between doses are never widened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WidenRefused:
    """Why a rule is not widened: the ``key`` of the widening that is wrong, what is, and what would be right.

    ``known`` are the names of which one was probably meant.
    """

    key: tuple[str, ...]
    message: str
    expected: str | None = None
    known: tuple[str, ...] = ()


def refusals(regimen: Regimen, widenings: Sequence[Widening]) -> Iterator[tuple[int, WidenRefused]]:
    """Yield the widenings that may not be made, by their place, each on a course with those before it."""
    for index, widening in enumerate(widenings):
        refused = refusal_of(regimen, widening)
        if refused is not None:
            yield index, refused
        regimen = widened(regimen, [widening])


def widened(regimen: Regimen, widenings: Iterable[Widening]) -> Regimen:
    """Return a course with the bounds of rules as somebody widened them; what may not be widened stays as it is."""
    for widening in widenings:
        if refusal_of(regimen, widening) is None:
            timing = tuple(_wider(rule, widening) if _names(widening, rule) else rule for rule in regimen.timing)
            limits = tuple(_more(limit, widening) if _speaks_of(widening, limit) else limit for limit in regimen.limits)
            regimen = replace(regimen, timing=timing, limits=limits)
    return regimen


def refusal_of(regimen: Regimen, widening: Widening) -> WidenRefused | None:
    """Return why a widening is none that may be made; ``None`` where it may."""
    rules = [rule for rule in regimen.timing if _names(widening, rule)]
    limits = [limit for limit in regimen.limits if _speaks_of(widening, limit)]
    if not rules and not limits:
        return _unknown(regimen, widening)
    if "label" in {*(rule.level for rule in rules), *(limit.level for limit in limits)}:
        return WidenRefused(key=("rule",), message="a rule of the product's label is never widened")
    if widening.to.min is None and widening.to.max is None:
        return WidenRefused(key=("to",), message="this does not say how far", expected="`min`, `max` or both")
    return _refused_limit(regimen, limits, widening) if limits else _refused_rule(regimen, rules, widening)


def is_least_between_doses(regimen: Regimen, rule: TimingRule) -> bool:
    """Tell whether a rule states, at a level that is never widened, how close doses may be."""
    kinds = {visit.id: visit.kind for visit in regimen.visits}
    return kinds.get(rule.visit) in DOSES and kinds.get(rule.after) in DOSES and rule.level in STATED


def is_cap_of_doses(regimen: Regimen, limit: Limit) -> bool:
    """Tell whether a limit states, at a level that is never widened, how many doses may be given."""
    kinds = {visit.id: visit.kind for visit in regimen.visits}
    return any(kinds.get(visit) in DOSES for visit in limit.visits) and limit.level in STATED


def _names(widening: Widening, rule: TimingRule) -> bool:
    return rule.rule == widening.rule and widening.visit in {None, rule.visit}


def _speaks_of(widening: Widening, limit: Limit) -> bool:
    return limit.rule == widening.rule and limit.max is not None and widening.visit is None


def _unknown(regimen: Regimen, widening: Widening) -> WidenRefused:
    names = sorted({rule.rule for rule in regimen.timing} | {one.rule for one in regimen.limits if one.max is not None})
    if widening.rule in names:
        bound = dict.fromkeys(rule.visit for rule in regimen.timing if rule.rule == widening.rule)
        expected = f"one of {', '.join(bound)}" if bound else "a cap is widened for all its visits"
        return WidenRefused(key=("visit",), message="the rule does not bind this visit", expected=expected)
    return WidenRefused(
        key=("rule",),
        message="this course has no rule of this name that could be widened",
        expected="a name from `kapplan plan PROFILE --format problem`",
        known=tuple(names),
    )


def _refused_limit(regimen: Regimen, limits: Sequence[Limit], widening: Widening) -> WidenRefused | None:
    if widening.to.min is not None:
        return WidenRefused(key=("to", "min"), message="a cap has no least number", expected="`max`")
    stated = next((limit for limit in limits if is_cap_of_doses(regimen, limit)), None)
    if stated is not None:
        said = f"how many doses may be given is {_stated_by(stated.level)}, and never widened"
        return WidenRefused(key=("rule",), message=said)
    most = max(limit.max or 0 for limit in limits)
    if (widening.to.max or 0) <= most:
        return WidenRefused(key=("to", "max"), message=f"the cap is {most} already", expected=f"more than {most}")
    return None


def _refused_rule(regimen: Regimen, rules: Sequence[TimingRule], widening: Widening) -> WidenRefused | None:
    low, high = widening.to.min, widening.to.max
    least = [rule.min for rule in rules if rule.min is not None]
    most = [rule.max for rule in rules if rule.max is not None]
    if low is not None:
        stated = next((rule for rule in rules if is_least_between_doses(regimen, rule)), None)
        if stated is not None:
            said = f"how close doses may be is {_stated_by(stated.level)}, and never widened"
            return WidenRefused(key=("to", "min"), message=said)
        if not least or low >= max(least):
            said = f"the least is {days_words(max(least))} already" if least else "the rule has no least"
            return WidenRefused(key=("to", "min"), message=said, expected="fewer days" if least else "`max`")
        if low < 0 < max(least):
            said = f"that would let {visit_words(rules[0].visit)} come before {visit_words(rules[0].after)}"
            return WidenRefused(key=("to", "min"), message=said, expected="0 or more")
    if high is not None:
        if not most or high <= min(most):
            said = f"the most is {days_words(min(most))} already" if most else "the rule has no most"
            return WidenRefused(key=("to", "max"), message=said, expected="more days" if most else "`min`")
        if high > 0 > min(most):
            said = f"that would let {visit_words(rules[0].visit)} come after {visit_words(rules[0].after)}"
            return WidenRefused(key=("to", "max"), message=said, expected="0 or fewer")
    return None


def _stated_by(level: Level) -> str:
    return "what the product's label states" if level == "label" else f"what the {level_words(level)} states"


def _wider(rule: TimingRule, widening: Widening) -> TimingRule:
    low, high = widening.to.min, widening.to.max
    wider = replace(
        rule,
        min=rule.min if low is None or rule.min is None else min(rule.min, low),
        max=rule.max if high is None or rule.max is None else max(rule.max, high),
    )
    return rule if wider == rule else replace(wider, text=_told(rule.text, widening))


def _more(limit: Limit, widening: Widening) -> Limit:
    most = max(limit.max or 0, widening.to.max or 0)
    return limit if most == limit.max else replace(limit, max=most, text=_told(limit.text, widening))


def _told(text: str | None, widening: Widening) -> str:
    said = f"widened by {widening_reason(widening)}"
    return f"{text.rstrip('.')}; {said}" if text else said
