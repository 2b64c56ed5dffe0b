"""Catalogues: every word that patients read has its translation, and PO files are read as others read them."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from babel.messages.pofile import read_po
from support.library_data import IDS, measures, protocol

from kapplan.errors import InvalidFileError
from kapplan.files.library.catalogues import catalogue_of, shipped_catalogues
from kapplan.files.library.package_data import LIBRARY
from kapplan.files.library.rules import built_in, load_instructions
from kapplan.model.exports import keyed
from kapplan.model.terms import KINDS, Status

PACKAGE = LIBRARY.parent
TEXT = r'"((?:[^"\\\\]|\\\\.)*)"'
LANGUAGES = [path.stem for path in shipped_catalogues()]


def wanted() -> dict[str, str]:
    """Return every text that a patient can read, by its key, as the sources have it."""
    templates = "".join(
        (LIBRARY / "templates" / "handout" / f"{name}.html.j2").read_text("utf-8")
        for name in ("patient", "letter", "words", "pictures")
    )
    mails = "".join(
        (PACKAGE / "output" / "calendar" / f"{name}.py").read_text("utf-8") for name in ("imip", "ics_words")
    )
    found = re.findall(rf"\b(?:_|n_)\({TEXT}", templates) + re.findall(rf"\bsay\({TEXT}", mails)
    found += re.findall(r"\.say\('([^']*)'\)", mails)
    found += ["Appointments", *get_args(Status), *(kind.capitalize() for kind in KINDS), *titles()]
    found += [keyed(phase.id, "phase") for name in IDS for phase in protocol(name).phases]
    found += [name for name in measure_names() if re.search("[a-z]{3}", name) or name == "BP"]
    for one in load_instructions((), Path()).instructions:
        if one.to == "patient":
            found += [one.text, *([one.neutral] if one.neutral else [])]
    return {text: text for text in found}


def titles() -> Iterator[str]:
    """Yield what visits of the library are called, those that rules add among them."""
    for name in IDS:
        course = protocol(name)
        for key, visit in course.visits.items():
            yield visit.title or key.replace("-", " ").capitalize()
    for rule in built_in().tailoring:
        for effect in rule.effects:
            if effect.series is not None and effect.series.type is not None and effect.series.type.title is not None:
                yield effect.series.type.title


def measure_names() -> Iterator[str]:
    """Yield what measures are called, in full and for short; acronyms are the same everywhere."""
    for scale in measures().measures.values():
        yield from (scale.name, scale.title)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_has_its_translation(language: str) -> None:
    """Nothing that a patient reads is left in English, and no placeholder is lost or invented."""
    catalogue = catalogue_of(language, "America/Denver")
    messages = dict(catalogue.messages)
    assert [text for text in wanted() if text not in messages] == []
    for key, forms in messages.items():
        original = key.rpartition("\x04")[2]
        for form in forms:
            assert set(re.findall(r"{\w+}", form)) | {"{n}"} == set(re.findall(r"{\w+}", original)) | {"{n}"}, key


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_is_read_as_others_read_it(language: str) -> None:
    """Babel finds the same messages, contexts and plural forms."""
    text = (LIBRARY / "languages" / f"{language}.po").read_bytes()
    theirs = {}
    for message in read_po(io.BytesIO(text)):
        if message.id:
            one = message.id if isinstance(message.id, str) else message.id[0]
            theirs[keyed(one, message.context or "")] = (
                (message.string,) if isinstance(message.string, str) else tuple(message.string or ())
            )
    assert dict(catalogue_of(language, "UTC").messages) == theirs


def test_a_clinic_s_words_take_the_place_of_the_package_s(tmp_path: Path) -> None:
    """A clinic's file says what it says otherwise; what it calls doubtful or leaves empty stays the package's."""
    (tmp_path / "es.po").write_text(
        'msgid "Your appointments"\nmsgstr "Tus "\n"citas"\n\n'
        '#, fuzzy\nmsgid "Whom to call"\nmsgstr "Quizá"\n\nmsgid "When"\nmsgstr ""\n', encoding="utf-8",
    )  # fmt: skip
    ours = catalogue_of("es-MX", "America/Denver", tmp_path)
    assert (ours.say("Your appointments"), ours.say("Whom to call"), ours.say("When")) == (
        "Tus citas", "A quién llamar", "Cuándo",
    )  # fmt: skip
    assert ours.country == "MX"


def test_a_language_of_the_clinic_s_own_has_its_plural_forms(tmp_path: Path) -> None:
    """Polish tells three numbers apart; a form that is missing is English."""
    (tmp_path / "pl.po").write_text(
        'msgid ""\nmsgstr ""\n"Plural-Forms: nplurals=3; plural=(n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || '
        'n%100>=20) ? 1 : 2);\\n"\n\nmsgid "{n} hour"\nmsgid_plural "{n} hours"\nmsgstr[0] "{n} godzina"\n'
        'msgstr[1] "{n} godziny"\nmsgstr[2] "{n} godzin"\n', encoding="utf-8",
    )  # fmt: skip
    polish = catalogue_of("pl", "Europe/Warsaw", tmp_path)
    assert [polish.count("{n} hour", "{n} hours", n) for n in (1, 2, 5, 22)] == [
        "{n} godzina", "{n} godziny", "{n} godzin", "{n} godziny",
    ]  # fmt: skip
    assert (polish.language, polish.country) == ("pl", "PL")
    assert catalogue_of("pl", "Europe/Warsaw").language == "en"


@pytest.mark.parametrize(
    ("text", "line"), [(b'msgid "a"\nmsgstr b\n', 2), (b'"a"\n', 1), (b"\xff", 1), (b'msgid "a\n', 1)]
)
def test_a_damaged_catalogue_is_named_at_its_line(tmp_path: Path, text: bytes, line: int) -> None:
    """What is no PO file is refused with its place."""
    (tmp_path / "es.po").write_bytes(text)
    with pytest.raises(InvalidFileError) as raised:
        catalogue_of("es", "UTC", tmp_path)
    (problem,) = raised.value.problems
    assert (problem.line, str(problem.file).endswith("es.po")) == (line, True)
