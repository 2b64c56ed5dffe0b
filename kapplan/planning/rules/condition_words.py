"""Conditions in words, and why a rule does not speak of a case."""

from __future__ import annotations

from kapplan.model.rules import Applies, Clause, Condition, TailoringRule, Test
from kapplan.planning.phrases.words import listed
from kapplan.planning.rules.conditions import OPERATORS, applies, evaluate
from kapplan.planning.rules.facts import Facts
from kapplan.planning.rules.kept import kept

_ASKED = {
    "is_": "is {}", "in_": "is one of {}", "has_any": "has any of {}", "has_all": "has all of {}",
    "at_least": "≥ {}", "at_most": "≤ {}", "above": "> {}", "below": "< {}", "below_field": "< {}",
}  # fmt: skip


@kept
def condition_words(condition: Condition | Clause | Test) -> str:
    """Return a condition in words; empty where it asks nothing."""
    if isinstance(condition, (Condition, Clause)):
        if condition.all:
            return " and ".join(_grouped(clause) for clause in condition.all)
        if condition.any:
            return " or ".join(_grouped(clause) for clause in condition.any)
        if condition.not_ is not None:
            return f"not ({condition_words(condition.not_)})"
    return _test_words(condition)


def why_silent(rule: TailoringRule, facts: Facts) -> str:
    """Return which part of a rule does not hold of a case, in words: the courses it is for, or what it asks."""
    if applies(rule.applies, facts).holds is False:
        return _courses_words(rule.applies)
    clauses = rule.when.all or (rule.when,)
    failing = next((clause for clause in clauses if evaluate(clause, facts).holds is False), rule.when)
    return f"asks that {condition_words(failing)}"


@kept
def _courses_words(only: Applies) -> str:
    return f"is for {listed((*only.drugs, *only.routes, *only.settings, *only.protocols))} only"


def _grouped(clause: Clause | Test) -> str:
    words = condition_words(clause)
    return f"({words})" if isinstance(clause, Clause) and (clause.all or clause.any) else words


def _test_words(test: Test) -> str:
    if test.field is None:
        return ""
    if test.stated is not None:
        return f"{test.field} is {'stated' if test.stated else 'left out'}"
    if test.nonempty is not None:
        return f"{test.field} is {'not ' if test.nonempty else ''}empty"
    asked = [(name, getattr(test, name)) for name in OPERATORS if getattr(test, name) is not None]
    return f"{test.field} {' and '.join(_ASKED[name].format(_value(value)) for name, value in asked)}"


def _value(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(value)
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)
