"""Commands over many files: all of them on all processors, what fails told as it fails, all summed up at the end."""

from __future__ import annotations

import os
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple, Self, TypeVar

from kapplan.cli.batch.engine import Died, Hands, in_order, processors
from kapplan.cli.session.environment import Edge
from kapplan.cli.session.error_words import bug_words, reported, words_of
from kapplan.cli.session.plans import is_folder
from kapplan.dataclass import dataclass
from kapplan.errors import MachineError, PartlyFailedError, UsageError

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

Item = TypeVar("Item")
Work = Callable[[Item], "Outcome"]

WORTH_A_PROCESS = 8
"""So many files are done before another process has so much as begun."""
BAR_AFTER = 0.3
"""Seconds after which a progress bar is shown: who waits less need not be told."""
BAR_EVERY = 0.1
_DIED = "the process that worked on it died"
_STATUS = {3: "invalid", 4: "refused", 5: "no schedule"}
"""What an exit code says of a file; every other one but 0 says that it failed."""


class Named(NamedTuple):
    """A file to work on, and whether it was found in a folder, where not everything is meant."""

    file: str
    found: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one file: its status in a word, its exit code, and what is to be said on standard error.

    ``value`` is what the command makes its record of, ``notices`` are what can be said of many files at once.
    """

    file: str
    status: str
    code: int = 0
    value: Any = None
    said: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()


def failure(file: str, error: Exception, value: Any = None, said: tuple[str, ...] = ()) -> Outcome:
    """Return what became of a file on which a command failed, to be called where the error was caught.

    ``value`` and ``said`` are what is known all the same.
    """
    from kapplan.output.records.words import clean

    known = reported(error)
    code = 1 if known is None else known.exit_code
    status = _STATUS.get(code, "failed")
    words = _mistake(error) if known is None else words_of(known)
    return Outcome(
        file=file, status=status, code=code, value=value, said=(*said, f"{clean(file)}: {status}\n{words.rstrip()}")
    )


def _mistake(error: Exception) -> str:
    return traceback.format_exc() if os.environ.get("KAPPLAN_DEBUG") else bug_words(error)


def named_files(names: Sequence[str], ending: str, *, but: str | None = None) -> tuple[Named, ...]:
    """Return files and folders as the files that they mean, each once; folders by the ending of their files' names.

    Files of a folder come in the order of their names, without hidden ones and those that end with ``but``. Raises
    ``UsageError`` where a folder cannot be read, has no such file, or where standard input is among several.
    """
    found: dict[Path, Named] = {}
    for name in names:
        if name == "-":
            raise UsageError("standard input can only be read alone", hint="name files or folders")
        for one in _meant(name, ending, but):
            found.setdefault(Path(one.file).absolute(), one)
    return tuple(found.values())


def _meant(name: str, ending: str, but: str | None) -> list[Named]:
    if not is_folder(name):
        return [Named(name, found=False)]
    names = sorted(
        path.name
        for path in Path(name).iterdir()
        if path.name.endswith(ending) and not path.name.startswith(".") and not (but and path.name.endswith(but))
    )
    if not names:
        raise UsageError(f"there is no *{ending} in the folder {name}")
    return [Named(str(Path(name) / one), found=True) for one in names]


def made_folder(path: Path, what: str) -> Path:
    """Return a folder to write into, made if it is not there; raises ``UsageError`` where it cannot be one."""
    if path.exists() and not path.is_dir():
        raise UsageError(f"{path} is a file; {what} go into a folder")
    try:
        path.mkdir(exist_ok=True)
    except FileNotFoundError:
        raise UsageError(f"there is no folder {path.parent}") from None
    return path


def hands_for(asked: int | None, count: int, cluster: str | None) -> Hands:
    """Return who works on so many files: the cluster that is named, else processes."""
    return Hands(jobs=jobs_for(asked, count), cluster=cluster)


def jobs_for(asked: int | None, count: int) -> int:
    """Return in how many processes to work: as many as are asked for, else as processors and files make worthwhile."""
    return max(1, min(asked, count) if asked is not None else min(processors(), count // WORTH_A_PROCESS))


def outcomes(
    edge: Edge,
    work: Work[Item],
    items: Iterable[Item],
    *,
    file_of: Callable[[Item], str],
    count: int,
    hands: Hands,
    alone: Callable[[Item], bool] = lambda _: False,
) -> Iterator[Outcome]:
    """Yield what becomes of each item, in their order; what is to be said of one is said as it comes.

    ``count`` is how many items there are at most, and how wide the progress bar becomes.
    """
    with Bar(edge, count) as bar, closing(in_order(work, items, hands, alone=alone, tick=bar.tick)) as results:
        for item, result in results:
            one = failure(file_of(item), MachineError(_DIED)) if isinstance(result, Died) else result
            for words in one.said:
                edge.note(words)
            bar.advance()
            yield one


def sum_up(edge: Edge, done: Sequence[Outcome], noun: str, verb: str) -> None:
    """Say how it went; raises ``PartlyFailedError`` where some failed."""
    from kapplan.output.records.words import count

    notices = Counter(notice for one in done for notice in one.notices)
    for notice, times in notices.items():
        edge.note(f"{notice} ({count(times, noun)})" if len(done) > 1 else notice)
    failed = Counter(one.status for one in done if one.code)
    if failed:
        parts = ", ".join(f"{times} {status}" for status, times in sorted(failed.items()))
        raise PartlyFailedError(f"{failed.total()} of {count(len(done), noun)} could not be {verb}: {parts}.")
    edge.note(f"{count(len(done), noun)} {verb}.")


class Bar:
    """A progress bar on standard error: on a terminal only, only where it takes a while, and gone at the end."""

    def __init__(self, edge: Edge, total: int) -> None:
        self._wanted = total > 1 and edge.notes.is_terminal and edge.env.get("TERM") != "dumb"
        self._edge, self._total, self._done = edge, total, 0
        self._next = time.monotonic() + BAR_AFTER
        self._progress: Progress | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        """Begin to measure time."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take the bar away."""
        if self._progress is not None:
            self._progress.stop()

    def advance(self) -> None:
        """Count one more item as done."""
        self._done += 1
        self.tick()

    def tick(self) -> None:
        """Draw the bar anew if it is time."""
        now = time.monotonic()
        if not self._wanted or now < self._next:
            return
        self._next = now + BAR_EVERY
        if self._progress is None:
            self._start()
        if self._progress is not None and self._task is not None:
            self._progress.update(self._task, completed=self._done, refresh=True)

    def _start(self) -> None:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

        self._progress = Progress(
            BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
            console=self._edge.notes, transient=True, auto_refresh=False,
        )  # fmt: skip
        self._task = self._progress.add_task("", total=self._total)
        self._progress.start()
