"""Consoles: colours, widths and encodings are decided in one place."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.text import Text
from support.plans import plan_in_course

from kapplan.output.course.table import CourseTable
from kapplan.output.terminal.consoles import ColorOption, console_for, consoles, line_width, wants_color
from kapplan.output.terminal.streams import nearest_ascii


class Terminal(io.TextIOWrapper):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """Say yes."""
        return True


def terminal(encoding: str = "utf-8") -> tuple[io.BytesIO, Terminal]:
    """Return a terminal and the bytes that reach it."""
    held = io.BytesIO()
    return held, Terminal(held, encoding=encoding)


@pytest.mark.parametrize(
    ("env", "color", "on_terminal", "in_pipe"),
    [
        ({}, "auto", True, False),
        ({"NO_COLOR": "1"}, "auto", False, False),
        ({"NO_COLOR": ""}, "auto", True, False),
        ({"TERM": "dumb"}, "auto", False, False),
        ({"TERM": "xterm-256color"}, "auto", True, False),
        ({"FORCE_COLOR": "1"}, "auto", True, True),
        ({"FORCE_COLOR": "0"}, "auto", False, False),
        ({"FORCE_COLOR": "false"}, "auto", False, False),
        ({"FORCE_COLOR": ""}, "auto", True, False),
        ({"FORCE_COLOR": "1", "TERM": "dumb"}, "auto", True, True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, "auto", False, False),
        ({"NO_COLOR": "1"}, "always", True, True),
        ({"FORCE_COLOR": "1"}, "never", False, False),
    ],
)
def test_who_gets_colours(env: dict[str, str], color: ColorOption, *, on_terminal: bool, in_pipe: bool) -> None:
    """The option decides first, then NO_COLOR, FORCE_COLOR, a dumb terminal, and whether it is a terminal at all."""
    assert wants_color(terminal()[1], env, color) is on_terminal
    assert wants_color(io.StringIO(), env, color) is in_pipe


@pytest.mark.parametrize("color", ["always", "never"])
def test_the_console_does_what_was_decided(color: ColorOption) -> None:
    """Escape codes are written if and only if colours are wanted, even where the environment of the tests differs."""
    out = io.StringIO()
    console_for(out, {}, color).print(Text("red", style="bold red"))
    assert ("\x1b[" in out.getvalue()) == (color == "always")


@pytest.mark.parametrize(
    ("env", "width"), [({"COLUMNS": "123"}, 123), ({"COLUMNS": "0"}, 80), ({"COLUMNS": "x"}, 80), ({}, 80)]
)
def test_the_width_comes_from_the_environment_or_is_eighty(env: dict[str, str], width: int) -> None:
    """Where no terminal can be asked, COLUMNS or 80 columns hold."""
    assert line_width(io.StringIO(), env) == width


def test_both_streams_decide_for_themselves() -> None:
    """Standard output in a pipe stays plain while the terminal of standard error is coloured."""
    _, err = terminal()
    both = consoles(io.StringIO(), err, {})
    assert both.out.color_system is None
    assert both.err.color_system is not None


def test_pipes_get_utf8_and_bare_line_feeds_on_every_system() -> None:
    """A pipe that the system opened in another encoding is written in UTF-8."""
    held = io.BytesIO()
    stream = io.TextIOWrapper(held, encoding="cp1252", newline="\r\n")
    console_for(stream, {}).print(Text("○ – é"))  # noqa: RUF001
    stream.flush()
    assert held.getvalue() == "○ – é\n".encode()  # noqa: RUF001


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "cp437", "latin-1"])
def test_a_terminal_without_our_signs_shows_stand_ins(encoding: str) -> None:
    """Every view can be printed in any encoding, each line as long as in UTF-8."""
    lines = {}
    for name in (encoding, "utf-8"):
        held, stream = terminal(name)
        console_for(stream, {"TERM": "xterm", "NO_COLOR": "1"}, width=80).print(CourseTable(plan_in_course()))
        stream.flush()
        lines[name] = held.getvalue().decode(name).splitlines()
    assert [len(line) for line in lines[encoding]] == [len(line) for line in lines["utf-8"]]
    assert "?" not in "".join(lines[encoding])


@given(st.text())
def test_stand_ins_are_ascii_and_take_the_same_place(text: str) -> None:
    """Each character has one ASCII character in its place; ASCII stays as it is."""
    assert nearest_ascii(text).isascii()
    assert len(nearest_ascii(text)) == len(text)
    assert all(new == old for new, old in zip(nearest_ascii(text), text, strict=True) if old.isascii())


def test_accents_are_dropped_before_letters_are() -> None:
    """A name stays readable."""
    assert nearest_ascii("Zoë Ångström") == "Zoe Angstrom"


def test_markup_in_a_text_is_text() -> None:
    """Square brackets and emoji codes are printed as they are."""
    out = io.StringIO()
    console_for(out, {}).print("[bold]x[/bold] :smile:")
    assert out.getvalue() == "[bold]x[/bold] :smile:\n"
