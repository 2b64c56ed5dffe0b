"""Text and bytes: what is dropped, escaped lines folded where nothing is torn."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kapplan.output.calendar.ics_text import clean, one_line, parameter, physical_lines, uri

escaped_lines = st.lists(
    st.one_of(
        st.sampled_from(["\\n", "\\,", "\\;", "\\\\", "é", "🧑‍⚕️", "e\u0301", " "]),
        st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="\\"),
    ),
    max_size=200,
).map("".join)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("one\r\ntwo", "one\ntwo"),
        ("one\rtwo", "one\ntwo"),
        ("one\x85two\u2028three\u2029four", "one\ntwo\nthree\nfour"),
        ("bell\x07 nul\x00 del\x7f escape\x1b[31m", "bell nul del escape[31m"),
        ("a\tb", "a b"),
        ("\ufeffmark", "mark"),
        ("lone \ud800 surrogate", "lone  surrogate"),
        ("  ends \n", "ends"),
        ("\x1c\x1d\x0b\x0c", ""),
        ("東京 naïve 🧑‍⚕️", "東京 naïve 🧑‍⚕️"),
    ],
)
def test_clean_text_holds_no_control_characters(raw: str, expected: str) -> None:
    """Line breaks of every kind become one kind, tabs spaces, and no other control character stays."""
    assert clean(raw) == expected


@given(st.text())
def test_cleaning_twice_is_cleaning_once(raw: str) -> None:
    """A clean text is clean: nothing more happens to it, and every reader's line stays one line."""
    once = clean(raw)
    assert clean(once) == once
    assert len(one_line(raw).splitlines()) <= 1


def test_parameters_hold_no_quotes() -> None:
    """Quotes and carets, which parameters cannot write, become blanks."""
    assert parameter('The "best"\r\n^clinic') == "The best clinic"


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("https://a.example/x?y=1,2;3#z", "https://a.example/x?y=1,2;3#z"),
        (" https://a.example/x\r\nBEGIN:VALARM ", "https://a.example/xBEGIN:VALARM"),
        ("https://a.example/ü\\", "https://a.example/%C3%BC%5C"),
    ],
)
def test_addresses_stay_addresses(raw: str, expected: str) -> None:
    """A URI is not escaped as text is, and nothing in it can begin a line of its own."""
    assert uri(raw) == expected


@given(escaped_lines)
@example("X" * 75)
@example("X" * 76)
@example("e" + "\u0301" * 100)
@example("\\n" * 100)
def test_folding_tears_nothing(line: str) -> None:
    """Folded lines have 75 octets at most, unfold to what they were, and part no character and no escape."""
    content = physical_lines([line])
    parts = content.split(b"\r\n")
    assert parts.pop() == b""
    assert all(len(part) <= 75 for part in parts)
    assert [part.decode() for part in parts]
    assert re.sub(rb"\r\n ", b"", content) == line.encode() + b"\r\n"
    assert not any(re.search(rb"(?<!\\)(\\\\)*\\$", part) for part in parts)


def test_folding_keeps_letters_whole() -> None:
    """A letter stays with its accents, and the people of one emoji stay together."""
    for unit in ("e\u0301", "🧑‍⚕️", "👨‍👩‍👧"):
        parts = physical_lines([unit * 40]).decode().split("\r\n ")
        assert len(parts) > 1
        assert all(part.strip("\r\n").replace(unit, "") == "" for part in parts)


def test_lines_are_filled() -> None:
    """Folding wastes nothing: a long line of plain letters fills 75 octets each time."""
    assert [len(part) for part in physical_lines(["X" * 200]).split(b"\r\n")] == [75, 75, 52, 0]
