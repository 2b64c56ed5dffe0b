"""The edge of the program: streams, environment, colours and the only clock, as one value that tests replace whole."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import field
from datetime import UTC, date, datetime, time
from functools import cached_property
from typing import TYPE_CHECKING, Any, TextIO, TypeVar

from kapplan.dataclass import dataclass, replace
from kapplan.dates import EARLIEST, LATEST
from kapplan.errors import FileProblem, UsageError

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from rich.console import Console

    from kapplan.output.terminal.consoles import ColorOption, Consoles
    from kapplan.planning.problem.deadline import Deadline

_SECRET_BYTES = 16
_YEARS_AHEAD = 10
"""How far from today a course may reach, whatever the years that files may hold."""
Day = TypeVar("Day", bound=date)


@dataclass(frozen=True)
class Edge:
    """Where a command reads and writes, and what time it is.

    ``book`` is the address of the book that the command line names. ``clock`` is the moment, in UTC, at which time
    stands still, so that what is done in parts has one time. What is ``quiet`` gives no hints. ``noted`` is what
    ``note_once`` has said, ``answers`` what somebody was asked and said, so that nothing is asked twice;
    ``held`` what waits to be said until something more urgent is. ``command`` is the command's name, ``logged`` the
    patients whom the access log has it with.
    """

    today: str | None = None
    book: str | None = None
    clock: datetime | None = None
    color: ColorOption = "auto"
    quiet: bool = False
    out: TextIO = field(default_factory=lambda: sys.stdout)
    err: TextIO = field(default_factory=lambda: sys.stderr)
    env: Mapping[str, str] = field(default_factory=lambda: os.environ)
    noted: set[str] = field(default_factory=set, compare=False)
    answers: dict[str, str] = field(default_factory=dict, compare=False)
    held: list[str] | None = field(default=None, compare=False)
    command: str = ""
    logged: set[str] = field(default_factory=set, compare=False)

    @cached_property
    def consoles(self) -> Consoles:
        """Both consoles, with colours, widths and habits decided once."""
        from kapplan.cli.session.habits import habits_for
        from kapplan.output.terminal.consoles import consoles

        return consoles(self.out, self.err, self.env, self.color, lambda stream: habits_for(stream, self.env))

    @property
    def interactive(self) -> bool:
        """Whether both ends are terminals, so that a question can be asked."""
        return sys.stdin is not None and sys.stdin.isatty() and self.out.isatty()

    def show(self, renderable: Any) -> None:
        """Print something for people on standard output; where it is longer than the terminal, in a pager."""
        console = self.consoles.out
        if not self.interactive or console.legacy_windows:
            console.print(renderable)
            return
        from kapplan.cli.session.pager import paged

        with console.capture() as captured:
            console.print(renderable)
        if not paged(captured.get(), self.out, self.env):
            self.out.write(captured.get())

    def write(self, text: str) -> None:
        """Write text for programs on standard output, as it is."""
        from kapplan.output.terminal.streams import settle_encoding

        settle_encoding(self.out)
        self.out.write(text if text.endswith("\n") or not text else f"{text}\n")

    def write_bytes(self, data: bytes) -> None:
        """Write bytes on standard output, as they are; on a terminal as text, in which nothing steers it."""
        from kapplan.output.records.visible import visible
        from kapplan.output.terminal.streams import is_terminal

        if is_terminal(self.out):
            self.write(visible(data.decode("utf-8", "backslashreplace").replace("\r\n", "\n")))
            return
        self.out.flush()
        buffer = getattr(self.out, "buffer", None)
        if buffer is None:
            self.out.write(data.decode("utf-8"))
        else:
            buffer.write(data)
            buffer.flush()

    def note(self, text: Any = "", *, end: str = "\n") -> None:
        """Print something beside the answer on standard error: on a terminal in its lines, elsewhere as it is."""
        if self.held is not None and end == "\n":
            self.held.append(text)
            return
        if self.err.isatty() and isinstance(text, str) and end == "\n":
            from kapplan.output.terminal.hanging import Hanging

            self.notes.print(Hanging(lambda _: text), end="")
            return
        if self.err.isatty() or not isinstance(text, str):
            self.notes.print(text, soft_wrap=not self.err.isatty(), end=end)
            return
        from kapplan.cli.session.habits import habits_for
        from kapplan.output.records.visible import visible
        from kapplan.output.terminal.streams import settle_encoding

        settle_encoding(self.err)
        self.err.write(visible(habits_for(self.err, self.env).said(text)) + end)
        self.err.flush()

    def note_problems(self, problems: Sequence[FileProblem]) -> None:
        """Print what is wrong in files on standard error, on a terminal as wide as that is; the same only once."""
        if not problems:
            return
        from kapplan.output.terminal.diagnostics import render_problems

        text = render_problems(problems)
        if text in self.noted:
            return
        self.noted.add(text)
        if self.err.isatty() and self.held is None:
            from kapplan.output.terminal.hanging import Hanging

            self.notes.print(Hanging(lambda width: render_problems(problems, width)), end="")
        else:
            self.note(text)

    def hint(self, text: str) -> None:
        """Print what to do next, or that something is done, on standard error; nothing with ``--quiet``."""
        if not self.quiet:
            self.note(text)

    def note_once(self, text: str) -> None:
        """Print something on standard error unless this was done before: what is read again would say it again."""
        if text not in self.noted:
            self.noted.add(text)
            self.note(text)

    def holding_notes(self) -> Edge:
        """Return this edge with its notes kept back until ``release_notes`` lets them go."""
        return replace(self, held=[])

    def release_notes(self, held: Edge) -> None:
        """Print what another edge has kept back."""
        for text in held.held or ():
            self.note(text)

    def author(self, by: str | None) -> str:
        """Return who acts: ``--by``, else ``KAPPLAN_BY``, else the login name."""
        named = by or self.env.get("KAPPLAN_BY")
        return named or self.login

    @property
    def login(self) -> str:
        """The name by which the system knows who is logged in."""
        return login_name()

    def read_line(self) -> str:
        """Return a line that somebody types; the end of input ends the command as Ctrl-C does."""
        line = sys.stdin.readline()
        if not line:
            raise KeyboardInterrupt
        return line

    @property
    def notes(self) -> Console:
        """The console of standard error."""
        return self.consoles.err

    def format(self, asked: str | None) -> str:
        """Return the format asked for: else that of ``KAPPLAN_FORMAT``, ``table`` on a terminal, ``plain`` elsewhere.

        Raises ``UsageError`` where ``KAPPLAN_FORMAT`` names none in which lists are printed.
        """
        usual = self.env.get("KAPPLAN_FORMAT")
        if asked is None and usual:
            from kapplan.output.formats import record_formats

            if usual not in record_formats():
                raise UsageError(
                    f"KAPPLAN_FORMAT is {usual}", hint=f"one of {', '.join(record_formats())}, or leave it out"
                )
        return asked or usual or ("table" if self.out.isatty() else "plain")

    def now(self, zone: ZoneInfo) -> datetime:
        """Return the time in a zone: ``--today``, else ``KAPPLAN_TODAY``, else the system's clock to the second."""
        text = self.today or self.env.get("KAPPLAN_TODAY")
        if not text:
            return _possible(self.instant()).astimezone(zone)
        return _possible(_moment(text, self.instant().astimezone(zone).date())).replace(tzinfo=zone)

    @property
    def told_time(self) -> bool:
        """Whether somebody said what time it is."""
        return bool(self.today or self.env.get("KAPPLAN_TODAY"))

    def instant(self) -> datetime:
        """Return the system's time in UTC, to the second, whatever ``--today`` says."""
        return self.clock or datetime.now(UTC).replace(microsecond=0)

    def deadline(self, seconds: float | None) -> Deadline | None:
        """Return the moment so many seconds from now, at which searches end; ``None`` where none are given."""
        if seconds is None:
            return None
        from time import monotonic

        from kapplan.planning.problem.deadline import Deadline

        last = monotonic() + seconds
        return Deadline(lambda: monotonic() >= last, left=lambda: max(0.0, last - monotonic()))

    def secret(self) -> str:
        """Return what nobody can guess: ``KAPPLAN_SECRET``, for output that is to be the same again, else at random."""
        from secrets import token_hex

        return self.env.get("KAPPLAN_SECRET") or token_hex(_SECRET_BYTES)

    def now_in(self, timezone: str) -> datetime:
        """Return the time in the time zone of an IANA name."""
        from kapplan.planning.availability.timezones import zone

        return self.now(zone(timezone))

    def today_of(self, timezone: str) -> date:
        """Return today in the time zone of an IANA name."""
        return self.now_in(timezone).date()

    def day(self) -> date:
        """Return today where no clinic's zone is at hand: ``--today``, else the system's date."""
        text = self.today or self.env.get("KAPPLAN_TODAY")
        system = self.instant().astimezone().date()
        return _possible(_moment(text, system).date() if text else system)


def _possible(now: Day) -> Day:
    """Return a time, or a day, that can be now: a course that begins then must fit in the years that files may hold."""
    last = LATEST.replace(year=LATEST.year - _YEARS_AHEAD)
    if not EARLIEST <= (day := now.date() if isinstance(now, datetime) else now) <= last:
        hint = f"the years are {EARLIEST.year} to {last.year}; --today names another day than the clock's"
        raise UsageError(f"today cannot be {day.isoformat()}", hint=hint)
    return now


def login_name() -> str:
    """Return the name of the login, ``unknown`` where the system has none.

    It is the system's, where that tells it: variables of the environment say what somebody sets them to.
    """
    with suppress(OSError, KeyError, ImportError, AttributeError):
        import pwd

        return pwd.getpwuid(os.getuid()).pw_name
    with suppress(OSError, KeyError, ImportError):
        from getpass import getuser

        return getuser()
    return "unknown"


def _moment(text: str, system: date) -> datetime:
    """Return the moment that ``--today`` names, its first one where it names a day; ``system`` is the real day."""
    from kapplan.planning.phrases.typed_days import parse_when

    try:
        return datetime.fromisoformat(text).replace(tzinfo=None, microsecond=0)
    except ValueError:
        when = parse_when(text, today=system)
    return datetime.combine(when.day, when.time or time())
