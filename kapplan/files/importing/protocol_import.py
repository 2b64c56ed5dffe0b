"""Other people's protocols: visit tables and study definitions become protocol files."""

from __future__ import annotations

from typing import NamedTuple

from kapplan.errors import FileProblem, InvalidFileError
from kapplan.files.checks.file_checks import linted
from kapplan.files.documents.protocols import read_with_sources
from kapplan.files.importing.protocol_text import AS_WRITTEN, About, ReadAs, protocol_text
from kapplan.files.importing.schedule import Schedule
from kapplan.files.importing.usdm import usdm_schedule
from kapplan.files.importing.visit_tables import table_schedule
from kapplan.files.toml.sources import SourceFile


class Imported(NamedTuple):
    """A protocol's text, what was assumed and left out on the way, and what is odd about its rules."""

    text: str
    remarks: tuple[str, ...]
    odd: tuple[FileProblem, ...]


def import_protocol(source: SourceFile, about: About, asked: ReadAs = AS_WRITTEN) -> Imported:
    """Return the protocol of a visit table (CSV, XLSX) or of a study definition (USDM JSON), read back strictly.

    ``asked`` chooses where a file holds several arms, or can be read in two ways.
    Raises ``InvalidFileError`` where the file is neither, and where no course can keep what it says.
    """
    schedule = read_schedule(source, asked)
    text = protocol_text(schedule, about, source.name)
    written = SourceFile.of_text(text, about.file)
    try:
        odd = linted(read_with_sources(written))
    except InvalidFileError as error:
        raise InvalidFileError(tuple(
            FileProblem(message=one.message, file=source.name, expected=one.expected, warning=one.warning)
            for one in error.problems  # the protocol's places are none of the file that it was made from
        )) from None  # fmt: skip
    return Imported(text, schedule.remarks, odd)


def read_schedule(source: SourceFile, asked: ReadAs = AS_WRITTEN) -> Schedule:
    """Return the visits of a file of either kind."""
    is_json = source.data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")
    return usdm_schedule(source, asked) if is_json else table_schedule(source, asked)
