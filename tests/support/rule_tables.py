"""The rules as Markdown tables: what ``docs/rules.md`` shows, and a test holds it to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kapplan.model.protocol import Source
from kapplan.model.rules import Applies, Clause, Condition, Rulebook, Test
from kapplan.planning.rules.conditions import OPERATORS

_MARKS = {"C": "confirmed", "S": "secondary", "M": "from memory", "D": "default"}
_ASKED = {
    "is_": "is {}", "in_": "is one of {}", "has_any": "has any of {}", "has_all": "has all of {}",
    "at_least": "≥ {}", "at_most": "≤ {}", "above": "> {}", "below": "< {}", "below_field": "< {}",
}  # fmt: skip


def rules_tables(book: Rulebook) -> str:
    """Return all rules of a book as Markdown."""
    return "\n".join(_tables(book))


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


def _tables(book: Rulebook) -> Iterator[str]:
    yield "### Screening\n"
    yield from _table(
        ("rule", "facts", "level", "outcome", "when", "source", "mark"),
        (
            (rule.id, rule.facts, rule.level, _outcome(rule.outcome, safety=rule.safety),
             _when(rule.applies, rule.when), *_source(book.sources[rule.source]))
            for rule in book.screening
        ),
    )  # fmt: skip
    yield "\n### Instructions\n"
    yield from _table(
        ("instruction", "facts", "level", "to", "when", "source", "mark"),
        (
            (one.id, one.facts, one.level, one.to, _when(one.applies, one.when), *_source(book.sources[one.source]))
            for one in book.instructions
        ),
    )
    yield "\n### Held elsewhere\n"
    yield from _table(
        ("facts", "what", "held by", "source", "mark"),
        ((one.facts, one.text, one.by, *_source(book.sources[one.source])) for one in book.elsewhere),
    )
    for used_by, title in (("tailor", "Tailoring"), ("suggest", "Suggestions"), ("review", "Reviews")):
        yield f"\n### {title}\n"
        yield from _table(
            ("rule", "facts", "level", "when", "what", "source", "mark"),
            (
                (rule.id, rule.facts, rule.level, _when(rule.applies, rule.when), rule.text,
                 *_source(book.sources[rule.source]))
                for rule in book.tailoring
                if rule.used_by == used_by
            ),
        )  # fmt: skip


def _table(head: tuple[str, ...], rows: Iterable[tuple[str | tuple[str, ...], ...]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        cells = [", ".join(cell) if isinstance(cell, tuple) else cell for cell in row]
        yield f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def _outcome(outcome: str, *, safety: bool) -> str:
    return f"{outcome.replace('-', ' ')}{', safety notice' if safety else ''}"


def _source(source: Source) -> tuple[str, str]:
    strength = f", {source.strength}" if source.strength else ""
    return source.cite, f"{_MARKS[source.mark]}{strength}"


def _when(applies: Applies, condition: Condition) -> str:
    named = (*applies.drugs, *applies.routes, *applies.settings, *applies.protocols)
    parts = [f"({', '.join(named)})" if named else "", condition_words(condition)]
    return " ".join(part for part in parts if part) or "always"


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
