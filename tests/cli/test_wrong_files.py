"""A file of another kind than is asked for is named for what it is, with what to type instead."""

from __future__ import annotations

import pytest
from support.command_line import CommandLine

NAMES = ("foo.**", "foo.[", "**", "a\nb.toml", "-.toml", "'\".toml", "{x}.tom")


@pytest.mark.parametrize(
    ("verb", "name"),
    [*(("plan", name) for name in NAMES), *((verb, NAMES[0]) for verb in ("check", "show", "protocols"))],
)
def test_a_name_that_is_a_pattern_is_only_a_name(kapplan_in: CommandLine, verb: str, name: str) -> None:
    """A file that is not there is told as such, whatever its name would mean to a shell."""
    ran = kapplan_in(verb, "--", name)
    assert ran.code == 2
    assert "there is no " in ran.err


@pytest.mark.parametrize(
    ("words", "said", "instead"),
    [
        (("show", "river.toml"), "this is a profile, no plan file", ("plan", "river.toml")),
        (("done", "river.toml", "dose", "1"), "this is a profile, no plan file", ("plan", "river.toml")),
        (("show", "clinic.toml"), "this is a clinic, no plan file", ("check", "clinic.toml")),
        (("plan", "clinic.toml"), "this is a clinic, not a profile", ("check", "clinic.toml")),
        (("show", "own.toml"), "this is a protocol, no plan file", ("protocols", "own.toml")),
        (("plan", "river.plan.toml"), "this is a plan, not a profile", ("show", "river.plan.toml")),
    ],
)
def test_the_wrong_file_is_named_with_what_to_type(
    kapplan_in: CommandLine, words: tuple[str, ...], said: str, instead: tuple[str, ...]
) -> None:
    """What is there is said, and the command that is told works as it stands."""
    (kapplan_in.folder / "own.toml").write_text(
        'extends = "kap-standard"\nid = "own"\ntitle = "Our own"\nversion = "1"\n'
    )
    assert kapplan_in("plan", "river.toml", "-o", "river.plan.toml").code == 0
    ran = kapplan_in(*words)
    assert ran.code == 3
    assert said in ran.err
    assert f"kapplan {' '.join(instead)}" in ran.err
    assert kapplan_in(*instead).code == 0
