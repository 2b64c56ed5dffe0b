"""What a file of rules may not say in its instructions."""

from __future__ import annotations

import pytest

from kapplan.errors import FileProblem, InvalidFileError
from kapplan.files.library.rules import built_in, read_rulebook
from kapplan.files.toml.sources import SourceFile

HEAD = '[sources]\nus = { cite = "Us", mark = "C" }\n[[instructions]]\nid = "ours"\nsource = "us"\n'


def problems(keys: str) -> tuple[FileProblem, ...]:
    """Return the problems of an instruction with these keys, laid over the package's."""
    under = built_in("screening", "tailoring", "instructions")
    try:
        read_rulebook(SourceFile.of_text(f"{HEAD}{keys}\n", "ours.toml"), under)
    except InvalidFileError as error:
        return error.problems
    return ()


@pytest.mark.parametrize(("keys", "line", "said"), [
    ('text = "Bring {medications.names}."', 6, "tells of the patient"),
    ('text = "a"\nneutral = "Bring {medications.names}."', 7, "names a field"),
    ('text = "Nothing from {time} on."', 6, "names a time that is not given"),
    ('text = "a"\nminutes_before = 60\nhours_after = 2', 8, "has one time"),
])  # fmt: skip
def test_mistakes_are_told_at_their_place(keys: str, line: int, said: str) -> None:
    """A sentence that cannot be told, or not to anybody, is refused where it stands."""
    (problem,) = problems(keys)
    assert problem.line == line
    assert said in problem.message


@pytest.mark.parametrize("keys", [
    'text = "Bring {medications.names}."\nneutral = "Bring your medicines."',
    'text = "{medications.names}"\nto = "clinic"',
    'text = "Nothing from {time} on."\nminutes_before = 60', 'text = "Rest."',
])  # fmt: skip
def test_what_can_be_told_is_taken(keys: str) -> None:
    """Fields may be named to the clinic, and to the patient where a neutral text stands beside it."""
    assert problems(keys) == ()


def test_instructions_of_the_label_are_not_changed() -> None:
    """A clinic's file cannot shorten what the label asks for."""
    text = HEAD.replace('"ours"', '"no-food"') + 'text = "Eat."\n'
    with pytest.raises(InvalidFileError, match="label"):
        read_rulebook(SourceFile.of_text(text), built_in("instructions", "screening"))
