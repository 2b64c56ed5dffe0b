"""A key that must be there and is not: told with its whole name, what it would be, and the place to write it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from support.broken_files import PROTOCOL

from kapplan.errors import InvalidFileError
from kapplan.files.documents.readers import read_clinic, read_profile, read_protocol
from kapplan.files.library.rules import read_rulebook
from kapplan.files.toml.sources import SourceFile

COURSE = '[patient]\nid = "a"\n[treatment]\nprotocol = "kap-standard"\n'
DOSE = '[[given]]\nkind = "dosing"\non = 2026-01-01\n'
READERS: dict[str, Callable[[SourceFile], object]] = {
    "profile": read_profile, "clinic": read_clinic, "protocol": read_protocol, "rules": read_rulebook,
}  # fmt: skip


@pytest.mark.parametrize(("kind", "text", "message", "line", "expected"), [
    ("profile", '[treatment]\nprotocol = "kap-standard"\n', "the table [patient] is missing", 1, ""),
    ("profile", '[patient]\nid = "a"\n', "the table [treatment] is missing", 1, ""),
    ("profile", COURSE.replace('id = "a"\n', ""), "`patient.id` is missing", 1, ""),
    ("profile", COURSE + "[[given]]\non = 2026-01-01\n", "`given.kind` is missing", 5, "one of"),
    ("profile", COURSE + '[[given]]\nkind = "dosing"\n', "`given.on` is missing", 5, "a day"),
    ("profile", COURSE + DOSE + '[[given]]\nkind = "dosing"\n', "`given.on` is missing", 8, "a day"),
    ("profile", COURSE + '[[override]]\nrule = "r"\non = 2026-01-01\nwhy = "w"\n', "`override.by` is missing", 5, ""),
    ("clinic", "# nothing yet\n[other]\n", "unknown key `other`", 2, "the table [clinic]"),
    ("clinic", "[clinic]\n[[clinic.rooms]]\nkinds = []\n", "`rooms.id` is missing", 2, ""),
    ("clinic", "[clinic]\n[[clinic.staff]]\nroles = []\n", "`staff.id` is missing", 2, ""),
    ("protocol", PROTOCOL.replace("id = ", "# id = ", 1), "`id` is missing", 1, ""),
    ("rules", '[[screening]]\nid = "x"\n', "`screening.text` is missing", 1, "text"),
])  # fmt: skip
def test_a_missing_key_is_named_where_it_belongs(kind: str, text: str, message: str, line: int, expected: str) -> None:
    """The table that lacks the key is the place, the whole name of the key the message, its type what is expected."""
    with pytest.raises(InvalidFileError) as caught:
        READERS[kind](SourceFile.of_text(text, "a.toml"))
    found = [problem for problem in caught.value.problems if message in problem.message]
    assert found, [problem.message for problem in caught.value.problems]
    assert found[0].line == line
    assert expected in (found[0].expected or "")


def test_every_missing_key_is_told_at_once() -> None:
    """A file that lacks several keys is told of all of them, in the order of the file."""
    text = '[patient]\n[[given]]\n[[override]]\nrule = "r"\n'
    with pytest.raises(InvalidFileError) as caught:
        read_profile(SourceFile.of_text(text, "a.toml"))
    told = [problem.message for problem in caught.value.problems if "is missing" in problem.message]
    names = ("patient.id", "given.kind", "given.on", "override.by", "override.on", "override.why")
    for name in names:
        assert any(f"`{name}`" in message for message in told), (name, told)
    lines = [problem.line or 0 for problem in caught.value.problems]
    assert lines == sorted(lines)
