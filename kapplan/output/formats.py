"""Every format in one table: how lists of records are printed, and how plans are written for others.

A new export format is one module with a function ``export`` and one row here: the command line, its help, the names of
files, batches and the public API read this table.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal

from kapplan.dataclass import dataclass

if TYPE_CHECKING:
    from rich.console import RenderableType

    from kapplan.model.exports import Export, ExportRequest
    from kapplan.model.plan import Plan
    from kapplan.output.records.records import Records


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One format.

    ``export`` is the module below ``kapplan.output`` whose function ``export`` makes a plan's text of the plan and the
    request, or an ``Export`` of all plans where one file holds ``several`` or the file is no text (``whole``);
    ``records`` is the module and the function that print a list of records. ``ending`` is that of its files.
    ``readers`` are those for whom it may be written: a format that heeds the request's audience and detail can go to a
    patient, one that tells all is the clinic's.
    One without ``details`` is neutral whatever is asked.
    ``needs`` says what must be read for it beside the plan. ``tells_safety`` is whether safety notices stand in it:
    beside any other they are told on standard error. ``mails`` is whether commands write it as a folder of mails, one
    for each visit that has something new to tell. ``advice`` is for whoever has just written a file.
    """

    name: str
    export: str = ""
    records: str = ""
    ending: str = ""
    media_type: str = ""
    several: bool = False
    whole: bool = False
    readers: tuple[Literal["patient", "clinic"], ...] = ("clinic",)
    details: bool = True
    needs: Literal["plan", "measures", "material"] = "plan"
    tells_safety: bool = False
    mails: bool = False
    advice: str = ""


_CALENDAR_ADVICE = (
    "A calendar file that is imported again updates entries in some programs and doubles them in others: "
    "import into a calendar of its own, and replace that as a whole."
)

FORMATS: dict[str, Format] = {
    row.name: row
    for row in (
        Format(name="table", records="terminal.records_table:RecordsTable", tells_safety=True),
        Format(
            name="ics", export="calendar.ics", ending="ics", media_type="text/calendar", several=True,
            readers=("patient", "clinic"), needs="measures",
            advice=_CALENDAR_ADVICE,
        ),
        Format(
            name="freebusy", export="calendar.freebusy", ending="ifb", media_type="text/calendar", several=True,
            details=False,
        ),
        Format(
            name="imip", export="calendar.imip", ending="eml", media_type="message/rfc822", several=True,
            readers=("patient",), mails=True, details=False, needs="measures",
        ),
        Format(
            name="html", export="handout.pages", ending="html", media_type="text/html", readers=("patient", "clinic"),
            needs="material",
        ),
        Format(
            name="pdf", export="handout.pdf", ending="pdf", media_type="application/pdf", readers=("patient", "clinic"),
            needs="material", whole=True,
        ),
        Format(
            name="fhir", export="documents.fhir", ending="fhir.json", media_type="application/fhir+json",
            needs="measures",
        ),
        Format(
            name="json", export="documents.plan_json", records="records.json_records:records_json", ending="json",
            media_type="application/json", tells_safety=True,
        ),
        Format(
            name="csv", export="records.csv_rows", records="records.csv_rows:csv_text", ending="csv",
            media_type="text/csv",
        ),
        Format(
            name="md", export="records.markdown", records="records.markdown:markdown_text", ending="md",
            media_type="text/markdown", tells_safety=True, needs="measures",
        ),
        Format(
            name="plain", export="records.plain", records="records.plain:plain_text", ending="txt",
            media_type="text/plain",
        ),
    )
}  # fmt: skip
"""Every format by its name, in the order in which help lists them."""


def record_formats() -> tuple[str, ...]:
    """Return the names of the formats in which a list of records is printed."""
    return tuple(name for name, row in FORMATS.items() if row.records)


def export_formats() -> tuple[str, ...]:
    """Return the names of the formats in which plans are written for others."""
    return tuple(name for name, row in FORMATS.items() if row.export)


def render(records: Records, form: str) -> str | RenderableType:
    """Return records in a format: text, or for ``table`` something that a terminal shows."""
    module, _, function = FORMATS[form].records.partition(":")
    made: str | RenderableType = getattr(_module(module), function)(records)
    return made


def export(plans: Iterable[Plan], form: str, request: ExportRequest | None = None) -> Export:
    """Return plans as a file in a format, all of them where it holds several, which takes them one by one.

    Raises ``ValueError`` for several plans in a format that holds one, and what the format's own maker raises.
    """
    from kapplan.model.exports import Export, ExportRequest

    row, asked = FORMATS[form], request or ExportRequest()
    maker = _module(row.export).export
    if not row.several:
        plans = tuple(plans)
        if len(plans) != 1:
            raise ValueError(f"{form} takes one plan at a time")
    if row.several or row.whole:
        made: Export = maker(plans, asked)
        return made
    text: str = maker(*plans, asked)
    return Export(content=text.encode("utf-8"))


def _module(name: str) -> Any:
    return import_module(f"kapplan.output.{name}")
