"""TOML as text: to the byte what ``tomli_w`` writes, and read back by ``tomllib``."""

from __future__ import annotations

import tomllib
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from kapplan.files.library.package_data import LIBRARY
from kapplan.files.toml.toml_text import toml_text

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
PLAIN = (
    TEXTS
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
    | st.dates()
    | st.datetimes(timezones=st.none() | st.just(UTC))
    | st.times()
)
VALUES = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4), max_leaves=20
)


@given(st.dictionaries(TEXTS, VALUES, max_size=6))
def test_as_tomli_w_writes_it(data: dict[str, Any]) -> None:
    """Whatever the data, the text is that of ``tomli_w``, and ``tomllib`` reads the data back."""
    text = toml_text(data)
    assert text == tomli_w.dumps(data)
    assert tomllib.loads(text) == data


@pytest.mark.parametrize("path", sorted((LIBRARY / "protocols").glob("*.toml")), ids=lambda path: path.stem)
def test_real_files(path: Path) -> None:
    """The package's protocols are written as ``tomli_w`` writes them."""
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    assert toml_text(data) == tomli_w.dumps(data)


@pytest.mark.parametrize("width", range(90, 105))
def test_where_a_line_ends(width: int) -> None:
    """Tables stand on one line each up to the same width as with ``tomli_w``, to the character."""
    data = {"rows": [{"a": "x" * width, "b": date(2027, 1, 4)}, {"a": datetime(2027, 1, 4, tzinfo=UTC)}]}
    assert toml_text(data) == tomli_w.dumps(data)
    short = {"rows": [{"a": "x" * (width - 14)}]}
    assert toml_text(short) == tomli_w.dumps(short)


@pytest.mark.parametrize(("value", "error"), [(None, TypeError), (time(9, tzinfo=UTC), ValueError), ({1}, TypeError)])
def test_what_toml_does_not_know(value: object, error: type[Exception]) -> None:
    """What has no place in TOML is an error, as it is for ``tomli_w``."""
    for write in (toml_text, tomli_w.dumps):
        with pytest.raises(error):
            write({"key": value})
