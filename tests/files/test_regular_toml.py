"""What kapplan writes is read a line at a time, and is what ``tomllib`` reads; what that refuses is never read."""

from __future__ import annotations

import random
import tomllib
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any

import pytest
import tomli_w
from hypothesis import given
from hypothesis import strategies as st
from support.command_line import EXAMPLES
from support.plans import long_plan
from support.toml_files import ROOT, toml_texts

import kapplan
from kapplan.files.documents.readers import read_profile, resolve_clinic
from kapplan.files.plans.format import text_of
from kapplan.files.plans.snapshots import CaseInputs, snapshot_of
from kapplan.files.toml import regular
from kapplan.files.toml.sources import open_source

PLAN = text_of(long_plan())
TRICKY = (ROOT / "tests" / "support" / "tricky.toml").read_text(encoding="utf-8")


def told(data: Any) -> str:
    """Return data in words in which 1, 1.0 and true differ, as do orders of keys."""
    return repr(data)


def check(text: str) -> bool:
    """Hold a text to ``tomllib``; return whether it is read."""
    found = regular.read(text)
    try:
        meant = tomllib.loads(text)
    except ValueError:
        assert found is None, text
        return False
    assert found is None or told(found) == told(meant), text
    return found is not None


def test_a_plan_is_read() -> None:
    """No line of a plan is another reader's matter."""
    assert check(PLAN)


@pytest.mark.parametrize("protocol_id", kapplan.protocol_ids())
def test_what_a_plan_was_made_from_is_read(protocol_id: str) -> None:
    """Nor is a line of a protocol, or of a clinic, as a plan keeps them."""
    profile = read_profile(open_source(EXAMPLES / "river.toml"))
    inputs = CaseInputs(
        profile=profile, clinic=resolve_clinic(profile, EXAMPLES), protocol=kapplan.read_protocol(protocol_id)
    )
    snapshot = snapshot_of(inputs)
    assert all(check(text) for text in (snapshot.profile, snapshot.clinic, snapshot.protocol))


@pytest.mark.parametrize("name", toml_texts())
def test_every_file_at_hand_is_read_alike_or_not(name: str) -> None:
    """Whatever people write means what it means to ``tomllib``, whichever its line ends."""
    check(toml_texts()[name])
    check(toml_texts()[name].replace("\n", "\r\n"))


@pytest.mark.parametrize(
    "text",
    [
        "a = 1", "a = 1\n[b]\nc = 2\n", "[a.b]\nc = 1\n[a]\nd = 2\n", "[[a]]\nb = 1\n[[a]]\n[a.c]\nd = 1\n[[a.e]]\n",
        '[a."b.c"]\n["d e"]\n[ f ]\ng = 1 # more\n[h] # more\n', "a = [\n    1,\n    2,\n]\n", "a = [\n]\n",
        "a = [\n    [\n        1,\n    ],\n    { b = 1 },\n]\n", "a = [\n    1,\n    # none\n    2\n]\nb = 1\n",
        'a = ""\nb = "\\"\\\\\\b\\f\\n\\r\\t"\nc = "\\u00e9\\U0001F600"\nd = "/\\\\/"\n',
        "a = 'x'\nb = 1.5\nc = 09:30:00\n",
        "a = 2027-01-04\nb = 2027-01-04 09:00:00+00:00\nc = 2027-01-04 09:00:00-07:00\nd = 2027-01-04T09:00:00Z\n",
        "a = 0\nb = -0\nc = -7\nd = 123456789012345678901234567890\ne = +1\nf = 1_000\ng = 0xff\n",
        "a = true\nb = false\n", '"a b" = 1', "a.b = 1\n", "a = 1\r\nb = 2\r\n", "\ta = 1\n", "a  =  1\n", "a = {}\n",
        'a = "x"\ta = 2', TRICKY,
    ],
)  # fmt: skip
def test_every_construct_is_read_alike_or_not(text: str) -> None:
    """Each way to write a value, a table and a list means what it means to ``tomllib``."""
    check(text)


@pytest.mark.parametrize(
    "text",
    [
        "a = 1\na = 2", "[a]\n[a]", "[[a]]\n[a]", "[a]\n[[a]]", "a = 1\n[a]", "a = []\n[[a]]", "a = {}\n[a.b]",
        "a = {}\n[a]", "[a.b]\n[a]\nb = 1", "[a.b]\n[[a]]", "[a]\nb = [{}]\n[[a.b]]", "a = [{}]\n[a.b]",
        "[a]\nb = 1\n[a.b]", "[a]\n[a.b]\n[a]", "a = [\n1,\n", "a = [\n]]\n", "a = [\n    1\n    2\n]\n",
        "a = [\n    ,\n]\n", " = 1", "a =", "a = ", "a =  ", "= ", "a", "[", "[]", "[[]]", "[a", "[[a]", "[a]]",
        "[a.]", "[.a]", "[a b]", "[é]", "é = 1", 'a = "', 'a = "x', 'a = "x"y"', 'a = "\x00"', 'a = "\x7f"',
        'a = "\\x"', 'a = "\\/"', 'a = "\\ud800"', 'a = "\\"', "a = 01", "a = -01", "a = --1", "a = -", "a = \u0661",
        "a = ²", "a = 2027-02-30", "a = 0000-01-01", "a = 2027-W01-1", "a = 2027-1-4", "a = 2027-01-04 24:00:00+00:00",
        "a = True", "a = 1 b = 2", "a = 2027-01-04 09:00:00+24:00", "a = 2027-01-04 9:00:00+00:00", "a = 1\x0bb = 2",
        "a = 1\x85", 'a = "x" "y"', "[a]b = 1", "[[a]] b", "a = [1]\n]", "a = [\n1]\n]", 'a = "\\\n"', "a = 1, 2",
        "{}", 'a = {"b": 1}', 'a = ["x": 1]', "a = null", "a = NaN",
    ],
)  # fmt: skip
def test_what_is_no_toml_is_not_read(text: str) -> None:
    """What ``tomllib`` refuses is left to it to refuse, in its own words."""
    assert not check(text)
    with pytest.raises(tomllib.TOMLDecodeError):
        tomllib.loads(text)


@pytest.mark.parametrize("seed", range(40))
def test_spoilt_plans_are_read_alike_or_not(seed: int) -> None:
    """A plan with lines lost, doubled, moved or mixed, or with characters changed, means what it means to others."""
    chance = random.Random(seed)
    lines = PLAN.split("\n")
    first = chance.randrange(len(lines))
    lines = [*lines[:30], *lines[first : first + 150]]
    for _ in range(20):
        some, other = chance.randrange(len(lines)), chance.randrange(len(lines))
        spoilt = list(lines)
        way = chance.randrange(6)
        if way == 0:
            del spoilt[some]
        elif way == 1:
            spoilt.insert(other, spoilt[some])
        elif way == 2:
            spoilt[some], spoilt[other] = spoilt[other], spoilt[some]
        elif way == 3:
            spoilt[some] += spoilt[other]
        else:
            line = spoilt[some]
            at = chance.randrange(len(line) + 1)
            spoilt[some] = line[:at] + chance.choice("\"\\[]{}=,.# '\t0-9aé\x7f\u2028") + line[at + way - 4 :]
        check("\n".join(spoilt))


_TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=8), st.text("\"'\\\n#[]{}=,. \t/u", max_size=8)
)
_MOMENTS = st.datetimes(
    datetime(1900, 1, 1),  # noqa: DTZ001
    timezones=st.sampled_from([None, UTC, timezone(timedelta(hours=-7)), timezone(timedelta(hours=5, minutes=30))]),
)
_SCALARS = st.one_of(
    _TEXTS, st.integers(-(10**18), 10**18), st.floats(), st.booleans(), st.dates(date(1900, 1, 1)), _MOMENTS,
    _MOMENTS.map(lambda moment: moment.replace(microsecond=0)), st.just(time(9, 30)),
)  # fmt: skip
_KEYS = st.one_of(st.text("ab-_1", min_size=1, max_size=3), st.text("a.\"'\\ #]=é\n", max_size=3))
_DATA = st.dictionaries(
    _KEYS,
    st.recursive(_SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=3)),
    max_size=4,
)


@given(_DATA, st.booleans())
def test_whatever_is_written_is_read_alike_or_not(data: dict[str, Any], multiline: bool) -> None:
    """Whatever data a TOML writer writes, they are what ``tomllib`` reads."""
    check(tomli_w.dumps(data, multiline_strings=multiline))


def test_many_odd_lines_are_another_readers_matter() -> None:
    """A text of many lines that are no regular ones is read as a whole, and so is a key of very many parts."""
    assert check("".join(f"a{number} = 1.5\n" for number in range(50)))
    assert regular.read("".join(f"a{number} = 1.5\n" for number in range(1000))) is None
    assert regular.read(f"[{'a.' * 200}'b']") is None
