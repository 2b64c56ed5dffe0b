"""The one place where errors become words on standard error and an exit code."""

from __future__ import annotations

import errno
import io
import os
import re
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import TextIO

import typer

from kapplan.cli.app import command_line, program_for
from kapplan.cli.session.error_words import bug_words, reported, words_of
from kapplan.errors import InvalidFileError, KapplanError, MachineError, UsageError
from kapplan.output.records.visible import visible
from kapplan.output.terminal.streams import is_terminal

INTERRUPTED = 130
BUG = 1
_CLICK_ERRORS = next(base for base in typer.BadParameter.__mro__ if base.__name__ == "ClickException")
"""The base of what Typer raises for wrong usage; Typer carries its own copy of Click and does not name it publicly."""

_BEYOND = re.compile(r"Got unexpected extra argument(?:\(s\)|s)? \((.*)\)", re.DOTALL)
_THEIR_WORDS = {"Value error, ": ""}
"""Words of the libraries below in messages about options, and what a person reads in their place."""


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code; nothing but the code and words for people leaves here."""
    _open_streams()
    try:
        code = _outcome(arguments)
        if code == INTERRUPTED:
            _end_line()
        sys.stdout.flush()
    except BrokenPipeError:
        _drop(sys.stdout)
        return 0
    except OSError as error:
        _drop(sys.stdout)
        return _tell(_not_shown(error))
    return code


_OF_STREAMS = frozenset({errno.ENOSPC, errno.EIO, errno.EFBIG})
"""Why a stream that leads to a file cannot be written; an error that names no file is of a stream."""


def _not_shown(error: OSError) -> MachineError:
    """Return what is said where what a command prints goes nowhere: a record may be saved, and is not typed twice."""
    hint = "What it was to save may be saved: look at `kapplan log` before you type it again."
    return MachineError(f"the answer could not be written: {error.strerror or error}", hint=hint)


def _open_streams() -> None:
    """Give the process the streams that it was started without: what goes there goes nowhere, and nothing comes."""
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            mode = "r" if name == "stdin" else "w"
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115, PTH123  # until the end
        elif isinstance(getattr(getattr(sys, name), "buffer", None), io.RawIOBase):
            setattr(sys, name, _whole(getattr(sys, name)))


def _whole(stream: TextIO) -> TextIO:
    """Return a stream of which each write is whole or fails.

    Without a buffer (``PYTHONUNBUFFERED``) what a disk that fills up does not take any more is lost without a word.
    """
    file = open(stream.fileno(), "wb", closefd=False)  # noqa: SIM115  # until the end
    return io.TextIOWrapper(file, encoding=stream.encoding, errors=stream.errors, line_buffering=True)


def _outcome(arguments: Sequence[str] | None) -> int:
    words = command_line(arguments)
    try:
        code = program_for(words)(args=words, prog_name="kapplan", standalone_mode=False)
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except BrokenPipeError:
        raise
    except SystemExit as ended:
        if isinstance(ended.__context__, BrokenPipeError):  # what prints ends the program itself where nobody reads on
            raise ended.__context__ from None
        raise
    except Exception as error:  # the one place that nothing may leave unsaid
        if isinstance(error, OSError) and error.errno in _OF_STREAMS and error.filename is None:
            raise
        return _told(error, words)
    return code if isinstance(code, int) else 0


def _end_line() -> None:
    """End the line on a terminal on which a question waits, so that the shell's next one does not stand behind it."""
    with suppress(OSError, ValueError):
        if is_terminal(sys.stderr):
            sys.stderr.write("\n")
            sys.stderr.flush()


def _told(error: Exception, words: Sequence[str]) -> int:
    """Say what went wrong with a command line and return the exit code of it."""
    if isinstance(error, _CLICK_ERRORS):
        return _tell(wrong) if (wrong := _usage_error(error, words)).message else wrong.exit_code
    known = reported(error)
    return _bug(error) if known is None else _tell(known)


def _usage_error(error: BaseException, words: Sequence[str]) -> UsageError:
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "kapplan"
    message = getattr(error, "format_message", lambda: str(error))()
    for theirs, ours in _THEIR_WORDS.items():
        message = message.replace(theirs, ours)
    beyond = _BEYOND.fullmatch(message)
    if beyond is None:
        return UsageError(message, hint=f"See `{command} --help`.")
    from kapplan.planning.phrases.parted_words import quoted

    whole = quoted(words, beyond[1])
    hint = f"See `{command} --help`." if whole is None else f"words that belong together stand in quotes: {whole}"
    return UsageError(f"`{beyond[1]}` is too much here", hint=hint)


def _tell(error: KapplanError) -> int:
    """Print an error on standard error, days and times as its reader writes them, and return its exit code."""
    stream = sys.stderr
    try:
        if is_terminal(stream):
            _lay_out(error)
        else:
            stream.write(f"{visible(_said(error, words_of(error).rstrip()))}\n")
        stream.flush()
    except (OSError, ValueError):
        _drop(stream)
    return error.exit_code


def _lay_out(error: KapplanError) -> None:
    """Print an error on a terminal, its lines broken between words."""
    from kapplan.output.terminal.consoles import consoles
    from kapplan.output.terminal.hanging import Hanging

    console = consoles(sys.stdout, sys.stderr, os.environ).err
    console.print(Hanging(lambda width: _said(error, words_of(error, width).rstrip())), end="")


def _said(error: KapplanError, text: str) -> str:
    """Return an error's text with days and times as its reader writes them; lines of files stay as they are."""
    if isinstance(error, InvalidFileError):
        return text
    from kapplan.cli.session.habits import habits_for

    return habits_for(sys.stderr, os.environ).said(text)


def _bug(error: Exception) -> int:
    """Say that the program failed; with ``KAPPLAN_DEBUG``, raise the error for all to see."""
    if os.environ.get("KAPPLAN_DEBUG"):
        raise error
    sys.stderr.write(f"{bug_words(error)}\n")
    return BUG


def _drop(stream: object) -> None:
    """Point a broken stream at nothing, so that closing it at the end of the process cannot fail again."""
    fileno = getattr(stream, "fileno", None)
    if fileno is None:
        return
    try:
        target = os.open(os.devnull, os.O_WRONLY)
        os.dup2(target, fileno())
        os.close(target)
    except (OSError, ValueError):
        return
