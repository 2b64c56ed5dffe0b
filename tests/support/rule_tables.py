"""The rules as Markdown tables: what ``docs/rules.md`` shows, and a test holds it to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kapplan.model.protocol import Source
from kapplan.model.rules import Applies, Condition, Rulebook
from kapplan.planning.rules.condition_words import condition_words

_MARKS = {"C": "confirmed", "S": "secondary", "M": "from memory", "D": "default"}


def rules_tables(book: Rulebook) -> str:
    """Return all rules of a book as Markdown."""
    return "\n".join(_tables(book))


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
