"""What people decided by name against a rule, in words: which rule, how far, who, when and why."""

from __future__ import annotations

from collections.abc import Iterator

from kapplan.model.decisions import Widening
from kapplan.model.plan import Plan
from kapplan.planning.phrases.words import day_words, listed, visit_words


def decision_words(plan: Plan) -> Iterator[str]:
    """Yield a sentence for each rule that was overridden or widened in a plan."""
    for one in plan.overrides:
        yield f"{one.rule} is overridden by {one.by} on {day_words(one.on)}: {one.why}"
    yield from widening_words(plan)


def widening_words(plan: Plan) -> Iterator[str]:
    """Yield a sentence for each rule that was widened in a plan."""
    for widening in plan.widenings:
        yield f"{widening.rule}{_extent(widening)} by {widening_reason(widening)}"


def _extent(widening: Widening) -> str:
    """Return how far a rule was widened: `` of dose 4 is widened to at most 6``."""
    visit = "" if widening.visit is None else f" of {visit_words(widening.visit)}"
    bounds = (("at least", widening.to.min), ("at most", widening.to.max))
    return f"{visit} is widened to {listed(f'{words} {number}' for words, number in bounds if number is not None)}"


def widening_reason(widening: Widening) -> str:
    """Return who widened a rule and why: ``Dr. N. Okafor on Sun 20 Dec 2026: a holiday``."""
    when = "" if widening.on is None else f" on {day_words(widening.on)}"
    return f"{widening.by}{when}: {widening.why}"
