"""What a file of rules may not say although every key and type is right."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from functools import cache
from typing import Any, Literal, get_args, get_origin

from kapplan.files.toml.faults import Fault, Path, nearest_of
from kapplan.files.toml.validator import choices, keys_of, split
from kapplan.model.profile import Profile
from kapplan.model.rules import Clause, Condition, Effect, Instruction, Rulebook, Test
from kapplan.planning.rules.conditions import LIMITS, OPERATORS
from kapplan.planning.rules.facts import BY_NAME, DERIVED, derived
from kapplan.planning.rules.screening import placeholders

_WORDS = ("is_", "in_", "has_any", "has_all")
_FITS = {
    "number": {"is_", *LIMITS, "below_field", "stated"},
    "numbers": {"is_", *LIMITS, "nonempty", "stated"},
    "word": {"is_", "in_", "stated"},
    "flag": {"is_", "stated"},
    "list": {"has_any", "has_all", "nonempty", "stated"},
    "other": {"stated"},
}
"""What can be asked of each kind of field."""
_OF_CLASS = ("medications.days_since_start.", "medications.of.", "medications.count.")
"""How fields begin that name a class of medications."""
_TIME = "time"
"""What instructions name in braces for the clock's time."""


def rulebook_faults(book: Rulebook, under: Rulebook | None = None) -> Iterator[Fault]:
    """Yield what contradicts itself in a file of rules; ``under`` are the rules that it is laid over."""
    classes = {name for one in (book, under or book) for name in (*one.medications, *one.common, *one.groups)}
    yield from _drug_faults(book, classes)
    for name in ("screening", "instructions", "tailoring"):
        rules = getattr(book, name)
        ids = [rule.id for rule in rules]
        for index, rule in enumerate(rules):
            path: Path = (name, index)
            if rule.id in ids[:index]:
                yield Fault((*path, "id"), f"two rules have the id `{rule.id}`")
            yield from _unknown(rule.source, book.sources, (*path, "source"), "source")
            yield from _condition_faults(rule.when, (*path, "when"), classes)
            yield from _placeholder_faults(rule.text, (*path, "text"), name)
    for index, instruction in enumerate(book.instructions):
        yield from _instruction_faults(instruction, ("instructions", index))
    for index, one in enumerate(book.elsewhere):
        yield from _unknown(one.source, book.sources, ("elsewhere", index, "source"), "source")
    yield from _screening_faults(book, classes, under or book)
    for index, rule in enumerate(book.tailoring):
        for number, effect in enumerate(rule.effects):
            yield from _effect_faults(effect, ("tailoring", index, "effects", number))
        if rule.used_by == "tailor" and not rule.effects:
            yield Fault(("tailoring", index), f"the rule `{rule.id}` changes nothing", "`effects`", key=True)
    if under is not None:
        yield from _label_faults(book, under)


def _drug_faults(book: Rulebook, classes: Collection[str]) -> Iterator[Fault]:
    for group, members in book.groups.items():
        for index, member in enumerate(members):
            yield from _unknown(member, classes, ("groups", group, index), "class of medications")
    for what, source in book.known_by.items():
        yield from _unknown(source, book.sources, ("known_by", what), "source")


def _screening_faults(book: Rulebook, classes: Collection[str], under: Rulebook) -> Iterator[Fault]:
    yield from _covering_faults(book, under)
    for index, rule in enumerate(book.screening):
        path: Path = ("screening", index)
        if rule.ask_when is not None:
            yield from _condition_faults(rule.ask_when, (*path, "ask_when"), classes)
            if not rule.ask:
                yield Fault((*path, "ask_when"), "`ask_when` has a meaning only together with `ask`", key=True)
        if rule.outcome == "refuse" and rule.level != "label":
            expected = "refuse-unless-overridden"
            yield Fault((*path, "outcome"), "only the label refuses without an override", nearest=f'"{expected}"')


def _covering_faults(book: Rulebook, under: Rulebook) -> Iterator[Fault]:
    """Yield rules that would say in their stead what is no warning, or what nobody knows."""
    outcomes = {rule.id: rule.outcome for one in (under, book) for rule in one.screening}
    for number, rule in enumerate(book.screening):
        for index, covered in enumerate(rule.covers):
            path: Path = ("screening", number, "covers", index)
            yield from _unknown(covered, outcomes, path, "rule")
            if outcomes.get(covered, "warn") != "warn":
                yield Fault(path, f"`{covered}` refuses, and only a warning can be covered", "a rule that warns")


def _label_faults(book: Rulebook, under: Rulebook) -> Iterator[Fault]:
    """Yield rules of the label that a file would change."""
    for name in ("screening", "instructions", "tailoring"):
        fixed = {rule.id for rule in getattr(under, name) if rule.level == "label"}
        for index, rule in enumerate(getattr(book, name)):
            if rule.id in fixed:
                message = f"`{rule.id}` is a rule of the product's label, which no file changes"
                yield Fault((name, index, "id"), message, "an id of its own")


def _condition_faults(condition: Condition | Clause | Test, path: Path, classes: Collection[str]) -> Iterator[Fault]:
    asked = [name for name in OPERATORS if getattr(condition, name) is not None]
    ways = ["field"] if condition.field is not None or asked else []
    if isinstance(condition, (Condition, Clause)):
        ways += [name for name in ("all", "any", "not_") if getattr(condition, name)]
        for name in ("all", "any"):
            for index, clause in enumerate(getattr(condition, name)):
                yield from _condition_faults(clause, (*path, name, index), classes)
        if condition.not_ is not None:
            yield from _condition_faults(condition.not_, (*path, "not"), classes)
    if len(ways) > 1:
        yield Fault(
            path, "a condition is one thing", "one of `field` with what is asked of it, all, any, not", key=True
        )
    elif not ways and not (isinstance(condition, Condition)):
        yield Fault(path, "the condition asks nothing", "`field` with what is asked of it", key=True)
    elif ways == ["field"]:
        yield from _test_faults(condition, asked, path, classes)


def _test_faults(test: Test, asked: list[str], path: Path, classes: Collection[str]) -> Iterator[Fault]:
    if test.field is None:
        yield Fault(path, "`field` is missing", "the name of a field", key=True)
        return
    yield from _field_faults(test.field, (*path, "field"), classes)
    if test.below_field is not None:
        yield from _field_faults(test.below_field, (*path, "below_field"), classes)
    known = _field(test.field)
    if known is None:
        return
    kind, vocabulary = known
    if not asked or (len(asked) > 1 and not set(asked) <= set(LIMITS)):
        expected = "one of " + ", ".join(sorted(name.rstrip("_") for name in _FITS[kind]))
        yield Fault(path, f"one thing is asked of `{test.field}`", expected, key=True)
    for name in asked:
        where = (*path, name.rstrip("_"))
        if name not in _FITS[kind]:
            expected = "one of " + ", ".join(sorted(other.rstrip("_") for other in _FITS[kind]))
            yield Fault(where, f"`{name.rstrip('_')}` cannot be asked of `{test.field}`", expected, key=True)
        elif name in _WORDS and vocabulary:
            yield from _word_faults(getattr(test, name), vocabulary, where)


def _word_faults(value: Any, vocabulary: tuple[str, ...], path: Path) -> Iterator[Fault]:
    words = value if isinstance(value, tuple) else (value,)
    for index, word in enumerate(words):
        where = (*path, index) if isinstance(value, tuple) else path
        yield from _unknown(str(word), vocabulary, where, "word")


def _field_faults(name: str, path: Path, classes: Collection[str]) -> Iterator[Fault]:
    of_class = next((prefix for prefix in _OF_CLASS if name.startswith(prefix)), None)
    group = name.removeprefix(of_class or "")
    if of_class is not None and group not in classes:
        yield from _unknown(group, classes, path, "class of medications")
    elif _field(name) is None:
        known = (*profile_fields(), *DERIVED, *BY_NAME)
        yield Fault(path, f"unknown field `{name}`", "a field of docs/rules.md", nearest_of(name, known))


def _placeholder_faults(text: str, path: Path, kind: str) -> Iterator[Fault]:
    for name in placeholders(text):
        if _field(name) is None and not (kind == "instructions" and name == _TIME):
            nearest = nearest_of(name, (*profile_fields(), *DERIVED))
            yield Fault(path, f"the text names an unknown field `{{{name}}}`", nearest=nearest)


def _instruction_faults(one: Instruction, path: Path) -> Iterator[Fault]:
    """Yield what would tell of the patient on a page that tells nothing of them, and times that cannot be told."""
    named = [name for name in placeholders(one.text) if name != _TIME]
    if one.to == "patient" and named and one.neutral is None:
        message = f"the text tells of the patient: {{{named[0]}}}"
        yield Fault((*path, "text"), message, "`neutral`, a text that can be told to anybody")
    for name in placeholders(one.neutral or ""):
        if name != _TIME:
            yield Fault((*path, "neutral"), f"`neutral` names a field: {{{name}}}", "no field but {time}")
    if one.minutes_before is not None and one.hours_after is not None:
        message = "an instruction has one time"
        yield Fault((*path, "hours_after"), message, "`minutes_before` or `hours_after`", key=True)
    for key, text in (("text", one.text), ("neutral", one.neutral)):
        if text is not None and not one.is_timed and _TIME in placeholders(text):
            yield Fault((*path, key), "the text names a time that is not given", "`minutes_before` or `hours_after`")


def _effect_faults(effect: Effect, path: Path) -> Iterator[Fault]:
    given = [key.name for key in keys_of(Effect).values() if getattr(effect, key.field.name) is not None]
    if len(given) != 1:
        yield Fault(path, "an effect changes one thing", "one of " + ", ".join(keys_of(Effect)), key=True)


def _unknown(name: str, known: Iterable[str], path: Path, what: str) -> Iterator[Fault]:
    names = tuple(known)
    if name not in names:
        expected = "one of " + ", ".join(names) if names else f"a {what} that the file defines"
        yield Fault(path, f"unknown {what} `{name}`", expected, nearest_of(name, names))


def _field(name: str) -> tuple[str, tuple[str, ...]] | None:
    """Return the kind of a field and, where its words are closed, the words; ``None`` where there is no such field."""
    found = derived(name)
    return (found.kind, ()) if found is not None else profile_fields().get(name)


@cache
def profile_fields() -> dict[str, tuple[str, tuple[str, ...]]]:
    """Return the profile's fields that conditions can ask of, each with its kind and its closed words."""
    fields = {}
    for table in keys_of(Profile).values():
        record = split(choices(table.annotation)[0])[0]
        if isinstance(record, type) and table.name not in {"clinic", "availability", "tailoring"}:
            for key in keys_of(record).values():
                fields[f"{table.name}.{key.name}"] = _kind(key.annotation)
    return fields


def _kind(annotation: Any) -> tuple[str, tuple[str, ...]]:
    """Return the kind of a key by its annotation, with its closed words."""
    bare = split(choices(split(annotation)[0])[0])[0]
    if get_origin(bare) is Literal:
        return "word", tuple(str(word) for word in get_args(bare))
    if get_origin(bare) is tuple:
        kind, words = _kind(get_args(bare)[0])
        return ("list", words) if kind == "word" else ("other", ())
    return {bool: "flag", int: "number", float: "number", str: "word"}.get(bare, "other"), ()
