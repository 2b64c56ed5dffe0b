"""Who gains by a slot that came free, with the command that gives it to them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from kapplan.dataclass import dataclass
from kapplan.output.records.records import Column, Records
from kapplan.output.records.words import clean, count
from kapplan.output.terminal import styles
from kapplan.output.terminal.grid import Grid
from kapplan.planning.clinic.fill import Filling
from kapplan.planning.phrases.words import days_words, short_day_words, visit_words

_COLUMNS = (
    Column(key="patient", style="bold"),
    Column(key="visit"),
    Column(key="gain"),
    Column(key="was"),
    Column(key="start"),
    Column(key="better", title="Days nearer", right=True),
    Column(key="sooner", title="Days sooner", right=True),
    Column(key="pulled", brief=False),
    Column(key="command"),
    Column(key="plan", brief=False),
)
NOTHING = "Nobody's course would gain by it."


def fill_records(found: Sequence[Filling], commands: Sequence[str], slot: str) -> Records:
    """Return a record for each visit that could have the slot; ``slot`` says in words which one was asked about."""
    return Records(
        columns=_COLUMNS,
        rows=tuple(
            (one.patient, one.visit, one.gain, one.was, one.start, one.better, one.sooner, one.pulled, command,
             one.name)
            for one, command in zip(found, commands, strict=True)
        ),
        schema="kapplan.fill/1",
        name="visits",
        title=slot,
        extra={"slot": slot},
        after=() if found else (NOTHING,),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class FillView:
    """The same for people: who gains what, and beneath it what to type."""

    found: tuple[Filling, ...]
    commands: tuple[str, ...]
    slot: str

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Lay the list out for the width at hand."""
        del console
        yield Text.assemble((self.slot, styles.HEADING), f"  {NOTHING}" if not self.found else "")
        for number, (one, command) in enumerate(zip(self.found, self.commands, strict=True), 1):
            mark = Text(f"{number}.", style=styles.QUIET)
            rest = max(options.max_width - 4, 1)
            yield Grid([3, rest], [[mark, Text.assemble((clean(one.patient), "bold"), f"  {_words(one)}")]], gap=1)
            yield Grid([3, rest], [[Text(), Text(command, style=styles.GOOD)]], gap=1)


def _words(one: Filling) -> str:
    moved = f"{visit_words(one.visit)} from {_when(one.was)} to {_when(one.start)}"
    return f"{moved}: {', '.join(_gains(one))}"


def _when(moment: datetime) -> str:
    return f"{short_day_words(moment.date())} {moment:%H:%M}"


def _gains(one: Filling) -> Iterator[str]:
    if one.gain == "date":
        yield "it needs a date"
    if one.better > 0:
        yield f"{days_words(one.better)} nearer the protocol"
    if one.sooner > 0 and one.gain != "better":
        yield f"{days_words(one.sooner)} sooner"
    if one.pulled:
        yield f"moves {count(len(one.pulled), 'other visit')} too"
