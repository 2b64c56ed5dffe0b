"""A console whose reader finds days and times as they are used to them, turned just before lines are filled."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Span, Text

from kapplan.output.records.habits import AS_INSIDE, Habits, places_said
from kapplan.output.terminal.commands import with_whole_commands


class ReaderConsole(Console):
    """A console that says days and times as its reader is used to."""

    def __init__(self, *, habits: Habits = AS_INSIDE, **settings: Any) -> None:
        super().__init__(**settings)
        self.habits = habits

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Render something, its texts in the reader's form, and no command broken that fits into a line."""
        if isinstance(renderable, Text):
            width = (options or self.options).max_width
            renderable = with_whole_commands(as_read(self, renderable), width)
        return super().render(renderable, options)


def as_read(console: Console, text: Text) -> Text:
    """Return a text as the reader of a console is used to; a time alone keeps its place in a column."""
    if not isinstance(console, ReaderConsole) or console.habits.as_inside:
        return text
    told = console.habits.column(text.plain)
    if told == text.plain:
        return text
    if not text.spans:
        return Text(told, style=text.style, end=text.end)
    return _piece_by_piece(console.habits, text)


def rows_read(console: Console, rows: Iterable[Iterable[Text]]) -> list[list[Text]]:
    """Return rows of cells as the reader of a console is used to."""
    return [[as_read(console, cell) for cell in row] for row in rows]


def habits_of(console: Console) -> Habits:
    """Return what the reader of a console is used to."""
    return console.habits if isinstance(console, ReaderConsole) else AS_INSIDE


def _piece_by_piece(habits: Habits, text: Text) -> Text:
    """Return a text of several styles in the reader's form, each day and time in the style that it begins with."""
    told = Text(style=text.style, end=text.end)
    for piece in text.divide(places_said(text.plain)):
        said = habits.said(piece.plain)
        if said == piece.plain:
            told.append_text(piece)
            continue
        spans = [Span(0, len(said), span.style) for span in piece.spans if span.start == 0]
        told.append_text(Text(said, style=piece.style, spans=spans))
    return told
