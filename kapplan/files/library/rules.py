"""The rules that ship with the package, and a clinic's own that change them or add to them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import TypeVar

from kapplan.dataclass import replace
from kapplan.files.library.package_data import library_data
from kapplan.files.library.rule_checks import rulebook_faults
from kapplan.files.library.trusted import trusted
from kapplan.files.toml.parse import parse, validated
from kapplan.files.toml.sources import SourceFile, open_source
from kapplan.model.clinic import Clinic
from kapplan.model.measures import Measures
from kapplan.model.plan import Finding
from kapplan.model.profile import Profile
from kapplan.model.protocol import Protocol
from kapplan.model.review import ReviewBook
from kapplan.model.rules import Instruction, Rulebook, ScreeningRule, TailoringRule
from kapplan.planning.rules import screening, tailoring
from kapplan.planning.rules.tailoring import Tailored

FILES = ("medications", "screening", "tailoring")
"""The files of rules that a new plan reads; ``instructions`` are read where handouts are made."""

Rule = TypeVar("Rule", ScreeningRule, TailoringRule, Instruction)


@cache
def built_in(*names: str) -> Rulebook:
    """Return the package's rules of some files: those that a new plan reads where none is named."""
    book = Rulebook()
    for name in names or FILES:
        book = _joined(book, _own(trusted(Rulebook, library_data(name)), name))
    return book


@cache
def built_in_measures() -> Measures:
    """Return the package's measures."""
    return trusted(Measures, library_data("measures"))


@cache
def built_in_review() -> ReviewBook:
    """Return the package's data for reviews, reports and countdowns."""
    return trusted(ReviewBook, library_data("review"))


def load_rules(files: Iterable[str | Path] = (), base: Path = Path()) -> Rulebook:
    """Return the package's rules with those of a clinic's files, which count from the folder ``base``.

    A rule of the same id takes the place of an earlier one, but for those of the label. Raises ``InvalidFileError``
    with all problems of a file, ``UsageError`` where one is not there.
    """
    return _laid_over(built_in(), files, base)


def load_instructions(files: Iterable[str | Path] = (), base: Path = Path()) -> Rulebook:
    """Return what patients and staff do at visits, with all that ``load_rules`` returns; raises what it raises."""
    return _laid_over(built_in(*FILES, "instructions"), files, base)


def declinable(rules: Rulebook, clinic: Clinic, base: Path = Path()) -> tuple[str, ...]:
    """Return what a profile may go without: rules of tailoring and of reviews, and instructions but a label's own.

    ``rules`` are those of ``load_rules`` for this clinic; raises what it raises.
    """
    told = load_instructions(clinic.rules, base).instructions
    turned_off = (*rules.tailoring, *built_in_review().rules)
    return (*(rule.id for rule in turned_off), *(one.id for one in told if one.level != "label"))


def _laid_over(book: Rulebook, files: Iterable[str | Path], base: Path) -> Rulebook:
    for file in files:
        source = open_source(base / file, what="file of rules")
        own = read_rulebook(source, book)
        book = _joined(book, _own(own, str(file)))
    return book


def read_rulebook(source: SourceFile, under: Rulebook | None = None) -> Rulebook:
    """Read a file of rules strictly; ``under`` are the rules that it is laid over.

    Raises ``InvalidFileError`` with all problems of the file.
    """
    below = under or Rulebook()
    return validated(Rulebook, parse(source), source, checks=lambda book: rulebook_faults(book, below))


def screen(
    profile: Profile, protocol: Protocol, today: date, *, clinic: Clinic | None = None, rules: Rulebook | None = None
) -> tuple[Finding, ...]:
    """Return every finding about a patient, safety notices first, by the package's rules where none are given."""
    return screening.screen(profile, protocol, today, rules or built_in(), clinic)


def tailor(
    profile: Profile, protocol: Protocol, clinic: Clinic, *, today: date | None = None, rules: Rulebook | None = None
) -> Tailored:
    """Return the course of a patient and every rule considered, by the package's rules where none are given."""
    return tailoring.tailor(profile, protocol, clinic, rules or built_in(), today, names=built_in_measures().names)


def _own(book: Rulebook, prefix: str) -> Rulebook:
    """Return a file's rules with names of sources that no other file has."""
    return replace(
        book,
        sources={f"{prefix}:{key}": source for key, source in book.sources.items()},
        known_by={what: f"{prefix}:{key}" for what, key in book.known_by.items()},
        screening=tuple(replace(rule, source=f"{prefix}:{rule.source}") for rule in book.screening),
        instructions=tuple(replace(one, source=f"{prefix}:{one.source}") for one in book.instructions),
        elsewhere=tuple(replace(one, source=f"{prefix}:{one.source}") for one in book.elsewhere),
        tailoring=tuple(replace(rule, source=f"{prefix}:{rule.source}") for rule in book.tailoring),
    )


def _joined(lower: Rulebook, upper: Rulebook) -> Rulebook:
    """Return two files as one: rules of the same id are those of the second, classes of drugs are joined."""
    return Rulebook(
        sources=lower.sources | upper.sources,
        medications=_united(lower.medications, upper.medications),
        groups=_united(lower.groups, upper.groups),
        common=_united(lower.common, upper.common),
        brands=lower.brands | upper.brands,
        equivalents=lower.equivalents | upper.equivalents,
        known_by=lower.known_by | upper.known_by,
        questions=lower.questions | upper.questions,
        screening=_over(lower.screening, upper.screening),
        instructions=_over(lower.instructions, upper.instructions),
        elsewhere=(*lower.elsewhere, *upper.elsewhere),
        tailoring=_over(lower.tailoring, upper.tailoring),
    )


def _united(lower: Mapping[str, tuple[str, ...]], upper: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Return classes of two files, the names of each class joined."""
    return {group: tuple(dict.fromkeys((*lower.get(group, ()), *upper.get(group, ())))) for group in {**lower, **upper}}


def _over(lower: tuple[Rule, ...], upper: tuple[Rule, ...]) -> tuple[Rule, ...]:
    rules = {rule.id: rule for rule in lower}
    return tuple((rules | {rule.id: rule for rule in upper}).values())
