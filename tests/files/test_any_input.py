"""Whatever bytes a file holds, a reader returns a record or tells what is wrong, quickly; nothing else leaves it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.broken_files import CLINIC, PROFILE, PROTOCOL
from support.plans import sample_plan
from support.steps import calls_of
from support.toml_files import ROOT, toml_texts

from kapplan.errors import InvalidFileError
from kapplan.files.documents.readers import read_clinic, read_profile, read_protocol
from kapplan.files.library.package_data import LIBRARY
from kapplan.files.plans.format import plan_of, text_of
from kapplan.files.toml.sources import SourceFile
from kapplan.output.terminal.diagnostics import render_problems

Reader = Callable[[SourceFile], object]

READERS: tuple[Reader, ...] = (read_profile, read_clinic, read_protocol, plan_of)
SOUND: dict[str, tuple[Reader, str]] = {
    "profile": (read_profile, (ROOT / "examples" / "river.toml").read_text(encoding="utf-8")),
    "clinic": (read_clinic, (ROOT / "examples" / "clinic.toml").read_text(encoding="utf-8")),
    "protocol": (read_protocol, (LIBRARY / "protocols" / "esketamine-trd.toml").read_text(encoding="utf-8")),
    "plan": (plan_of, text_of(sample_plan())),
}
VALUES = (
    "0", "-1", "1.5", "true", '""', '"x"', '"2027-01-01"', "2027-01-01", "2027-01-01T00:00:00Z", "09:00:00", "[]", "{}",
    "[[]]", "[{}]", "{ a = 1 }", "nan", "-inf", "99999999999999999999", '"\\u0000"', "'''\n'''", "0001-01-01",
)  # fmt: skip


def _read(reader: Reader, data: bytes) -> None:
    """Read a file; every problem of an invalid one can be shown and lies inside the file."""
    source = SourceFile(name="x.toml", data=data)
    try:
        reader(source)
    except InvalidFileError as error:
        problems = error.problems
    else:
        return
    assert render_problems(problems)
    lines = data.decode("utf-8-sig", "replace").replace("\r\n", "\n").split("\n")
    for problem in problems:
        assert 1 <= (problem.line or 0) <= len(lines)
        shown, whole = problem.excerpt, lines[(problem.line or 0) - 1].rstrip("\r")
        assert shown is None or shown == whole or (shown[-1:] == "…" and whole.startswith(shown[:-1]))


@given(st.sampled_from(READERS), st.one_of(st.binary(max_size=100), st.text(max_size=100).map(str.encode)))
def test_any_bytes_are_read_or_refused(reader: Reader, data: bytes) -> None:
    """Noise ends in problems."""
    _read(reader, data)


@given(st.data(), st.sampled_from(sorted(SOUND)))
@settings(max_examples=150)
def test_sound_files_with_a_value_replaced_are_read_or_refused(data: st.DataObject, name: str) -> None:
    """Any value of any key may be of any type."""
    reader, text = SOUND[name]
    lines = text.split("\n")
    numbers = [number for number, line in enumerate(lines) if " = " in line and not line.startswith("#")]
    for number in data.draw(st.lists(st.sampled_from(numbers), min_size=1, max_size=3, unique=True)):
        key = lines[number].partition(" = ")[0]
        lines[number] = f"{key} = {data.draw(st.sampled_from(VALUES))}"
    _read(reader, "\n".join(lines).encode())


@given(st.data(), st.sampled_from(sorted(SOUND)))
@settings(max_examples=150)
def test_sound_files_with_lines_lost_or_doubled_are_read_or_refused(data: st.DataObject, name: str) -> None:
    """Lines may be missing, stand twice, or be cut at any place."""
    reader, text = SOUND[name]
    lines = text.split("\n")
    for _ in range(data.draw(st.integers(1, 3))):
        number = data.draw(st.integers(0, len(lines) - 1))
        change = data.draw(st.sampled_from(["lose", "double", "cut", "key"]))
        line = lines[number]
        cut = line[: data.draw(st.integers(0, len(line)))] if change == "cut" else line.replace("e", "f", 1)
        lines[number : number + 1] = {"lose": [], "double": [line, line]}.get(change, [cut])
        lines = lines or [""]
    _read(reader, "\n".join(lines).encode())


@given(st.data(), st.sampled_from(sorted(SOUND)))
def test_sound_files_with_bytes_changed_are_read_or_refused(data: st.DataObject, name: str) -> None:
    """Any byte may be any other."""
    reader, text = SOUND[name]
    raw = bytearray(text.encode())
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    _read(reader, bytes(raw))


@pytest.mark.parametrize("name", toml_texts())
def test_any_toml_is_read_or_refused_by_any_reader(name: str) -> None:
    """A file given to the wrong reader is refused in words."""
    for reader in READERS:
        _read(reader, toml_texts()[name].encode())


CALLS_FOR_A_CHARACTER = 25
HEAVY = {
    "many unknown keys": PROFILE + "".join(f"k{number} = 1\n" for number in range(60_000)),
    "many wrong items": PROFILE + "[history]\ndiagnoses = [" + "'x', " * 200_000 + "]\n",
    "many tables": PROFILE + "[[given]]\n" * 100_000,
    "many repeated rooms": CLINIC + '[[clinic.rooms]]\nid = "a"\n' * 20_000,
    "one long line": PROFILE + f"therapist = {'x' * 1_000_000}",
    "one long string": PROFILE + f"therapist = '{'x' * 1_000_000}'\nroute = 'x'",
    "many dots in text": PROFILE + f"therapist = '{'.' * 500_000}'\nroute = 'x'",
    "many phases": PROTOCOL + '[[phases]]\nid = "p"\n[[phases.series]]\nvisit = "x"\n' * 3_000,
    "long unknown word": PROFILE + f"route = '{'im' * 400_000}'",
}


@pytest.mark.parametrize("name", HEAVY)
def test_a_file_made_to_be_slow_is_refused_soon(name: str) -> None:
    """Files near the largest size with many mistakes take work that grows with their length and no faster."""
    reader = read_protocol if "phases" in name else read_clinic if "rooms" in name else read_profile

    def refused() -> None:
        with pytest.raises(InvalidFileError) as caught:
            reader(SourceFile.of_text(HEAVY[name]))
        assert render_problems(caught.value.problems)

    assert calls_of(refused, warm=False) < CALLS_FOR_A_CHARACTER * len(HEAVY[name])
