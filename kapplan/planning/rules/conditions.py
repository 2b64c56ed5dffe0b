"""Conditions on what is known of a case: true, false, or unknown where the profile leaves a field out.

Logic of three values: one false clause settles ``all``, one true clause settles ``any``; else what is unknown stays so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from kapplan.model.rules import Applies, Clause, Condition, ScreeningRule, TailoringRule, Test
from kapplan.planning.rules.facts import Facts, Value
from kapplan.planning.rules.kept import kept

LIMITS = ("at_least", "at_most", "above", "below")
OPERATORS = ("is_", "in_", "has_any", "has_all", "nonempty", *LIMITS, "below_field", "stated")
"""What a test can ask, by the names of its fields."""


class Verdict(NamedTuple):
    """Whether something holds; ``None`` where that depends on the fields that are ``missing``."""

    holds: bool | None
    missing: tuple[str, ...] = ()


Asker = Callable[[Facts], Verdict]
"""What tells of a case whether a condition holds: made once for each condition."""

_HOLDS, _FAILS = Verdict(True), Verdict(False)


def evaluate(condition: Condition | Clause | Test, facts: Facts) -> Verdict:
    """Return whether a condition holds of what is known; one that asks nothing always holds."""
    return _asker(condition)(facts)


@kept
def _asker(condition: Condition | Clause | Test) -> Asker:
    """Return what tells whether a condition holds."""
    if isinstance(condition, (Condition, Clause)):
        if condition.all:
            return _together([_asker(clause) for clause in condition.all])
        if condition.any:
            return _turned(_together([_turned(_asker(clause)) for clause in condition.any]))
        if condition.not_ is not None:
            return _turned(_asker(condition.not_))
    return (lambda _: _HOLDS) if condition.field is None else _tester(condition, condition.field)


def _together(askers: Sequence[Asker]) -> Asker:
    """Return what tells whether all of some conditions hold."""
    return askers[0] if len(askers) == 1 else lambda facts: every(ask(facts) for ask in askers)


def _turned(ask: Asker) -> Asker:
    """Return what tells whether a condition does not hold."""

    def turned(facts: Facts) -> Verdict:
        verdict = ask(facts)
        return verdict if verdict.holds is None else _known(not verdict.holds)

    return turned


def applies(rule: Applies, facts: Facts) -> Verdict:
    """Return whether a rule is one for this course."""
    asked = _courses(rule)
    return every(_named(name, words, facts) for name, words in asked) if asked else _HOLDS


@kept
def _courses(rule: Applies) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the fields that say which courses a rule is for, each with the words that it may have."""
    asked: tuple[tuple[str, tuple[str, ...]], ...] = (
        ("protocol.drug", rule.drugs),
        ("protocol.route", rule.routes),
        ("protocol.setting", rule.settings),
        ("protocol.lineage", rule.protocols),
    )
    return tuple((name, words) for name, words in asked if words)


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


@kept
def fields_of(condition: Condition | Clause | Test) -> tuple[str, ...]:
    """Return the fields that a condition asks for, in the order in which it does."""
    asked = (name for test in tests_of(condition) for name in (test.field, test.below_field) if name is not None)
    return tuple(dict.fromkeys(asked))


def places_of(condition: Condition | Clause | Test, facts: Facts) -> tuple[int, ...]:
    """Return where numbers stand among those that a condition names: while they stay there, it says the same."""
    found = []
    for field, numbers, below_field in _compared(condition):
        value = facts.value(field)
        bound = None if below_field is None else facts.value(below_field)
        if isinstance(value, (int, float)):
            named = (*numbers, bound) if isinstance(bound, (int, float)) else numbers
            found += [(value > one) + (value >= one) for one in named]
    return tuple(found)


@kept
def _compared(condition: Condition | Clause | Test) -> tuple[tuple[str, tuple[float, ...], str | None], ...]:
    """Return each field that a condition asks for, with the numbers and the field that it is compared with."""
    return tuple(
        (
            test.field or "",
            tuple(
                one
                for one in (test.is_, *(test.in_ or ()), *(getattr(test, name) for name in LIMITS))
                if isinstance(one, (int, float))
            ),
            test.below_field,
        )
        for test in tests_of(condition)
    )


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


def _tester(test: Test, name: str) -> Asker:
    """Return what tells whether a field meets a test."""
    unknown, stated, below_field = Verdict(None, (name,)), test.stated, test.below_field
    meets = _meeting(test)

    def ask(facts: Facts) -> Verdict:
        value = facts.value(name)
        if stated is not None:
            return _known((value is not None) == stated)
        if value is None:
            return unknown
        if below_field is not None:
            bound = facts.value(below_field)
            return Verdict(None, (below_field,)) if bound is None else _known(_below(value, bound))
        return _HOLDS if meets(value if isinstance(value, tuple) else (value,)) else _FAILS

    return ask


def _below(value: Value, bound: Value) -> bool:
    return isinstance(value, (int, float)) and isinstance(bound, (int, float)) and value < bound


def _meeting(test: Test) -> Callable[[tuple[object, ...]], bool]:
    """Return what tells whether a value that is known, as one of a list, meets a test."""
    nonempty, is_, in_, has_any, has_all = test.nonempty, test.is_, test.in_, test.has_any, test.has_all
    if nonempty is not None:
        return lambda items: bool(items) == nonempty
    if is_ is not None:
        return lambda items: is_ in items
    if in_ is not None:
        return lambda items: any(item in in_ for item in items)
    if has_any is not None:
        return lambda items: any(word in items for word in has_any)
    if has_all is not None:
        return lambda items: all(word in items for word in has_all)
    return lambda items: any(_within(test, item) for item in items)


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
