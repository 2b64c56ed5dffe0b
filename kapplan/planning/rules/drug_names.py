"""The names of drugs: what a profile's free text names, by word and by brand, and what stands nowhere."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

from kapplan.model.rules import Rulebook
from kapplan.planning.rules.kept import kept_of_few

NAMES = 256
"""How many texts have their classes kept: one patient's are asked for by every protocol, many patients share some."""

_NEAR = 0.75
"""How alike a name must be to be offered for one that stands nowhere; it is only offered, never taken."""


def classes_of(name: str, rules: Rulebook) -> tuple[str, ...]:
    """Return the classes of what a text names, common ones included."""
    return _classes(rules)(name)


@kept_of_few
def _classes(rules: Rulebook) -> Callable[[str], tuple[str, ...]]:
    """Return what tells the classes of what a text names, by some rules."""
    named = (*rules.medications.items(), *rules.common.items())

    @lru_cache(maxsize=NAMES)
    def classes(name: str) -> tuple[str, ...]:
        text = _words(name, rules)
        return tuple(dict.fromkeys(group for group, members in named if _any(text, members)))

    return classes


def drugs_in(name: str, drugs: Iterable[str], rules: Rulebook) -> tuple[str, ...]:
    """Return those of some drugs that a text names."""
    text = _words(name, rules)
    return tuple(drug for drug in drugs if _any(text, (drug,)))


def told_unknown(name: str, rules: Rulebook) -> str:
    """Return a name that stands nowhere, with the nearest one that does in brackets."""
    from difflib import get_close_matches

    members = (*rules.medications.values(), *rules.common.values())
    known = {*rules.brands, *(drug for drugs in members for drug in drugs)}
    first = next((word for word in name.casefold().split() if word.isalpha()), name.casefold())
    near = get_close_matches(first, sorted(known), n=1, cutoff=_NEAR)
    return f"{name} ({near[0]}?)" if near else name


def _any(text: str, drugs: Iterable[str]) -> bool:
    return any(f" {drug} " in text for drug in drugs)


def _words(name: str, rules: Rulebook) -> str:
    """Return the words of a text with the drugs of its brands: ``Ativan 1 mg`` names ``lorazepam`` too."""
    words = [word for word in re.split(r"[^a-z0-9]+", name.casefold()) if word]
    brands = [rules.brands[word] for word in words if word in rules.brands]
    return f" {' '.join([*words, *brands])} "
