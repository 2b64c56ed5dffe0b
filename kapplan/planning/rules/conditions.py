"""Conditions on what is known of a case: true, false, or unknown where the profile leaves a field out.

Logic of three values: one false clause settles ``all``, one true clause settles ``any``; else what is unknown stays so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from kapplan.model.rules import Applies, Clause, Condition, ScreeningRule, TailoringRule, Test
from kapplan.planning.rules.facts import Facts, Value

LIMITS = ("at_least", "at_most", "above", "below")
OPERATORS = ("is_", "in_", "has_any", "has_all", "nonempty", *LIMITS, "below_field", "stated")
"""What a test can ask, by the names of its fields."""


class Verdict(NamedTuple):
    """Whether something holds; ``None`` where that depends on the fields that are ``missing``."""

    holds: bool | None
    missing: tuple[str, ...] = ()


_HOLDS, _FAILS = Verdict(True), Verdict(False)


def evaluate(condition: Condition | Clause | Test, facts: Facts) -> Verdict:
    """Return whether a condition holds of what is known; one that asks nothing always holds."""
    if isinstance(condition, (Condition, Clause)):
        if condition.all:
            return every(evaluate(clause, facts) for clause in condition.all)
        if condition.any:
            return _negated(every(_negated(evaluate(clause, facts)) for clause in condition.any))
        if condition.not_ is not None:
            return _negated(evaluate(condition.not_, facts))
    return _HOLDS if condition.field is None else _tested(condition, condition.field, facts)


def applies(rule: Applies, facts: Facts) -> Verdict:
    """Return whether a rule is one for this course."""
    asked = (
        ("protocol.drug", rule.drugs),
        ("protocol.route", rule.routes),
        ("protocol.setting", rule.settings),
        ("protocol.lineage", rule.protocols),
    )
    return every(_named(name, words, facts) for name, words in asked if words)


def holds_of(rule: ScreeningRule | TailoringRule, facts: Facts) -> Verdict:
    """Return whether a rule is one for this course and its condition holds; one for others is not asked further."""
    of_course = applies(rule.applies, facts)
    if of_course.holds is False:
        return of_course
    asked = evaluate(rule.when, facts)
    return asked if of_course.holds else every((of_course, asked))


def every(verdicts: Iterable[Verdict]) -> Verdict:
    """Return whether all hold."""
    missing: list[str] = []
    unknown = False
    for verdict in verdicts:
        if verdict.holds is False:
            return _FAILS
        if verdict.holds is None:
            unknown = True
            missing += verdict.missing
    return Verdict(None, tuple(dict.fromkeys(missing))) if unknown else _HOLDS


def witnesses(condition: Condition | Clause | Test, facts: Facts) -> Iterator[Test]:
    """Yield the tests by which a condition that holds does so; of what must not hold, the fields that it asks for."""
    if isinstance(condition, (Condition, Clause)):
        for clause in (*condition.all, *(one for one in condition.any if evaluate(one, facts).holds)):
            yield from witnesses(clause, facts)
        if condition.not_ is not None:
            yield from (Test(field=name) for name in fields_of(condition.not_))
    if condition.field is not None:
        yield condition


def tests_of(condition: Condition | Clause | Test) -> Iterator[Condition | Clause | Test]:
    """Yield the parts of a condition that ask for a field, in their order."""
    if condition.field is not None:
        yield condition
    if isinstance(condition, (Condition, Clause)):
        for clause in (*condition.all, *condition.any, *([condition.not_] if condition.not_ is not None else [])):
            yield from tests_of(clause)


def fields_of(condition: Condition | Clause | Test) -> tuple[str, ...]:
    """Return the fields that a condition asks for, in the order in which it does."""
    asked = (name for test in tests_of(condition) for name in (test.field, test.below_field) if name is not None)
    return tuple(dict.fromkeys(asked))


def places_of(condition: Condition | Clause | Test, facts: Facts) -> tuple[int, ...]:
    """Return where numbers stand among those that a condition names: while they stay there, it says the same."""
    found = []
    for test in tests_of(condition):
        value = facts.value(test.field or "")
        bound = None if test.below_field is None else facts.value(test.below_field)
        named = (bound, test.is_, *(test.in_ or ()), *(getattr(test, name) for name in LIMITS))
        if isinstance(value, (int, float)):
            found += [(value > one) + (value >= one) for one in named if isinstance(one, (int, float))]
    return tuple(found)


def words_of(condition: Condition | Clause | Test) -> tuple[str, ...]:
    """Return the words that a condition looks for in lists."""
    found = [*(condition.has_any or ()), *(condition.has_all or ())]
    if isinstance(condition, (Condition, Clause)):
        for clause in (*condition.all, *condition.any):
            found += words_of(clause)
    return tuple(dict.fromkeys(found))


def _named(name: str, words: tuple[str, ...], facts: Facts) -> Verdict:
    """Return whether a field names any of some words."""
    value = facts.value(name)
    if value is None:
        return Verdict(None, (name,))
    return _known(any(word in words for word in (value if isinstance(value, tuple) else (value,))))


def _known(holds: bool) -> Verdict:
    return _HOLDS if holds else _FAILS


def _negated(verdict: Verdict) -> Verdict:
    return verdict if verdict.holds is None else _known(not verdict.holds)


def _tested(test: Test, name: str, facts: Facts) -> Verdict:
    value = facts.value(name)
    if test.stated is not None:
        return _known((value is not None) == test.stated)
    if value is None:
        return Verdict(None, (name,))
    if test.below_field is not None:
        bound = facts.value(test.below_field)
        return Verdict(None, (test.below_field,)) if bound is None else _known(_below(value, bound))
    return _known(_meets(test, value))


def _below(value: Value, bound: Value) -> bool:
    return isinstance(value, (int, float)) and isinstance(bound, (int, float)) and value < bound


def _meets(test: Test, value: Value) -> bool:
    """Tell whether a value that is known meets a test."""
    items = value if isinstance(value, tuple) else (value,)
    if test.nonempty is not None:
        return bool(items) == test.nonempty
    if test.is_ is not None:
        return test.is_ in items
    if test.in_ is not None:
        return any(item in test.in_ for item in items)
    if test.has_any is not None:
        return any(word in items for word in test.has_any)
    if test.has_all is not None:
        return all(word in items for word in test.has_all)
    return any(_within(test, item) for item in items)


def _within(test: Test, item: object) -> bool:
    """Tell whether a number keeps the limits of a test; words keep none."""
    if not isinstance(item, (int, float)):
        return False
    return not (
        (test.at_least is not None and item < test.at_least)
        or (test.at_most is not None and item > test.at_most)
        or (test.above is not None and item <= test.above)
        or (test.below is not None and item >= test.below)
    )
