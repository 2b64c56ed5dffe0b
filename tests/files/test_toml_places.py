"""The scanner finds every key and value of a TOML text where it stands."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from typing import Any

import pytest
import tomli
import tomli_w
from hypothesis import given
from hypothesis import strategies as st
from support.toml_files import ROOT, toml_texts

from kapplan.errors import PathKey
from kapplan.files.toml.places import Place, Places, places_of

Path = tuple[PathKey, ...]

TRICKY = (ROOT / "tests" / "support" / "tricky.toml").read_text(encoding="utf-8")
"""Every construct of TOML, and what could be mistaken for one."""


def _leaves(data: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield every value of parsed data with its path, those of tables after them."""
    yield path, data
    items: Any = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in items:
        yield from _leaves(value, (*path, key))


def _check(text: str) -> None:
    """Slice every value and key out of the text, parse it by itself, and compare; none may be missing."""
    places = places_of(text)
    data = tomli.loads(text)
    for path, value in _leaves(data):
        if path in places.values:
            start, end = places.values[path]
            assert repr(tomli.loads(f"x = {places.text[start:end]}")["x"]) == repr(value), path
        else:
            assert isinstance(value, dict | list), f"{path} has no place"
        if path and isinstance(path[-1], str):
            start, end = places.keys[path]
            assert list(tomli.loads(f"{places.text[start:end]} = 0")) == [path[-1]]
    assert places.values.keys() <= {path for path, _ in _leaves(data)}


@pytest.mark.parametrize("name", toml_texts())
def test_every_value_of_every_file_at_hand_is_found(name: str) -> None:
    """Each value sliced out of its file parses to itself."""
    _check(toml_texts()[name])


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_every_construct_of_toml_is_stepped_over(ends: str) -> None:
    """Strings of four kinds, dotted and quoted keys, arrays of tables, inline tables and comments confuse nothing."""
    _check(TRICKY.replace("\n", ends))


_SCALARS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    st.text("\"'\\\n#[]{}=,. \t", max_size=8),
    st.integers(-10, 10**6),
    st.floats(allow_nan=False),
    st.booleans(),
    st.dates(date(1900, 1, 1)),
    st.datetimes(datetime(1900, 1, 1), timezones=st.sampled_from([None, UTC])),  # noqa: DTZ001
    st.just(time(9, 30)),
)
_KEYS = st.one_of(st.text("ab-_1", min_size=1, max_size=3), st.text("a.\"'\\ #]=é\n", max_size=3))
_DATA = st.dictionaries(
    _KEYS,
    st.recursive(_SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=3)),
    max_size=4,
)


@given(_DATA, st.booleans())
def test_every_value_of_any_data_is_found(data: dict[str, Any], multiline: bool) -> None:
    """Whatever a TOML writer writes, each value is found."""
    _check(tomli_w.dumps(data, multiline_strings=multiline))


def test_places_count_lines_and_columns_from_one() -> None:
    """A value's place is that of its first character, in characters; a table's is its header's."""
    places = places_of('"é" = 1\n[[a.b]]\n"ü x" = "wert"\nlong = [\n  1,\n]\n')
    assert places.value(("é",)) == Place(1, 7, 1)
    assert places.value(("a", "b", 0)) == Place(2, 5, 1)
    assert places.value(("a", "b", 0, "ü x")) == Place(3, 9, 6)
    assert places.key(("a", "b", 0, "ü x")) == Place(3, 1, 5)
    assert places.value(("a", "b", 0, "long")) == Place(4, 8, 1)
    assert places.value(("a", "b", 0, "long", 0)) == Place(5, 3, 1)


def test_what_is_not_there_is_placed_at_what_is_nearest() -> None:
    """A missing key is shown at its table, a missing table at the beginning of the file."""
    places = places_of("[a]\nb = { c = 1 }\n")
    assert places.value(("a", "b", "x", 3)) == Place(2, 5, 9)
    assert places.value(("a", "x")) == Place(1, 2, 1)
    assert places.value(("x",)) == Place(1, 1, 1)
    assert Places("").line(1) == ""
