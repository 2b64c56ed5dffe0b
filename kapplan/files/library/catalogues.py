"""Catalogues of translations (gettext's PO files): those of the package, and a clinic's own beside them.

A clinic's file says what it says otherwise, or translates into a language that the package does not have.
"""

from __future__ import annotations

import re
from ast import literal_eval
from collections.abc import Mapping
from gettext import c2py
from pathlib import Path

from kapplan.dataclass import dataclass
from kapplan.errors import FileProblem, InvalidFileError
from kapplan.files.library.package_data import LIBRARY
from kapplan.files.toml.sources import SourceFile, open_source
from kapplan.model.exports import ENGLISH, Catalogue, keyed
from kapplan.planning.availability.timezones import country_of

_FOLDER = LIBRARY / "languages"
_LINE = re.compile(r'(?:(?P<word>msgctxt|msgid_plural|msgid|msgstr(?:\[\d+\])?)\s+)?(?P<text>"(?:[^"\\]|\\.)*")')
_BEGINS = frozenset({"msgctxt", "msgid"})
_PLURAL = re.compile(r"plural\s*=\s*([^;\n]+)")


@dataclass(frozen=True, slots=True)
class _Messages:
    """What a PO file holds: its messages by their keys, and which form goes with a number."""

    found: Mapping[str, tuple[str, ...]]
    plural: str = ""


def shipped_catalogues() -> tuple[Path, ...]:
    """Return the package's catalogues, each named for its language."""
    return tuple(sorted(_FOLDER.glob("*.po")))


def catalogue_of(wanted: str | None, timezone: str, folder: Path | None = None) -> Catalogue:
    """Return the words for a patient: those of a language (``es``, ``es-MX``), English where there are none.

    The country is that of the language, else that of the patient's time zone. ``folder`` holds the clinic's own
    catalogues (``es.po``). Raises ``InvalidFileError`` with file and line where one is damaged.
    """
    language, _, region = (wanted or ENGLISH).partition("-")
    paths = [_FOLDER / f"{language}.po", *([folder / f"{language}.po"] if folder is not None else [])]
    read = [_messages(path) for path in paths if path.is_file()]
    messages: dict[str, tuple[str, ...]] = {}
    for one in read:
        messages |= {key: forms for key, forms in one.found.items() if all(forms)}
    plural = next((one.plural for one in reversed(read) if one.plural), Catalogue().plural)
    return Catalogue(
        language=language if read else ENGLISH,
        country=region or country_of(timezone),
        messages=tuple(sorted(messages.items())),
        plural=plural,
    )


def _messages(path: Path) -> _Messages:
    """Return the messages of a PO file; raises ``InvalidFileError`` at the line that is none of one."""
    source = open_source(path, what="catalogue")
    try:
        text = source.data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _invalid(source, 1, "the catalogue is not UTF-8") from None
    found: dict[str, tuple[str, ...]] = {}
    entry: dict[str, str] = {}
    word, doubtful = "", False
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            doubtful = doubtful or (stripped.startswith("#,") and "fuzzy" in stripped)
            continue
        match = _LINE.fullmatch(stripped)
        if match is None or not (match["word"] or word):
            raise _invalid(source, number, "this is no line of a PO file", line)
        word = match["word"] or word
        if match["word"] in _BEGINS and any(name.startswith("msgstr") for name in entry):
            _keep(entry, found)
            entry = {}
        if match["word"] in _BEGINS and doubtful:
            entry["doubtful"], doubtful = "", False
        entry[word] = entry.get(word, "") + str(literal_eval(match["text"]))
    _keep(entry, found)
    return _Messages(found, _plural_rule(source, found.pop("", ("",))[0]))


def _plural_rule(source: SourceFile, header: str) -> str:
    """Return the rule of a catalogue's plural forms; nothing where it has none."""
    rule = _PLURAL.search(header)
    plural = rule[1].strip() if rule else ""
    try:
        c2py(plural or "0")
    except ValueError:
        raise _invalid(source, 1, f'"{plural}" is no rule of plural forms') from None
    return plural


def _keep(entry: Mapping[str, str], found: dict[str, tuple[str, ...]]) -> None:
    """Put an entry that is whole among the messages; one that its translator calls doubtful (fuzzy) is none."""
    forms = tuple(text for name, text in sorted(entry.items()) if name.startswith("msgstr"))
    if "msgid" in entry and forms and "doubtful" not in entry:
        found[keyed(entry["msgid"], entry.get("msgctxt", ""))] = forms


def _invalid(source: SourceFile, line: int, message: str, excerpt: str | None = None) -> InvalidFileError:
    return InvalidFileError((FileProblem(message=message, file=source.name, line=line, excerpt=excerpt),))
