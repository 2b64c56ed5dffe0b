"""Handouts as HTML: one page that needs nothing else, made by templates in a sandbox.

Everything that a template prints is escaped. A template can neither reach into the program nor print what is not
there: a name that it does not know is an error at its line.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import PurePath
from types import TracebackType
from typing import Any

from kapplan.errors import FileProblem, InvalidFileError
from kapplan.model.exports import Audience, Catalogue, Detail, ExportRequest, HandoutMaterial, Template
from kapplan.model.plan import Plan
from kapplan.output.handout.clinic_sheet import ClinicSheet, clinic_sheet
from kapplan.output.handout.letter import LetterSheet, letter_sheet
from kapplan.output.handout.patient_sheet import PatientSheet, patient_sheet
from kapplan.output.records.words import clean
from kapplan.planning.phrases.written_dates import WrittenDates, paper_of

_RECORD = re.compile(r"'kapplan\.[\w.]*?(\w+) object'")
_STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""What no page may hold, and what turns the direction of the text around it."""


def export(plan: Plan, asked: ExportRequest) -> str:
    """Return the handout that is asked for, or a letter of what changed."""
    if asked.letter is not None:
        return letter_html(plan, asked.needed_material, asked.letter, detail=asked.detail)
    return handout_html(plan, asked.needed_material, audience=asked.audience, detail=asked.detail)


def letter_html(plan: Plan, material: HandoutMaterial, at: datetime, *, detail: Detail = "neutral") -> str:
    """Return the letter that tells a patient at a moment what they were not yet told, as one HTML page.

    Raises ``UsageError`` where that is nothing, ``InvalidFileError`` where a template is wrong.
    """
    sheet = letter_sheet(plan, material, at, detail=detail)
    return rendered("letter.html.j2", _values(sheet, material), material.templates, material.catalogue)


def handout_html(
    plan: Plan, material: HandoutMaterial, *, audience: Audience = "patient", detail: Detail = "neutral"
) -> str:
    """Return the handout of a plan as one HTML page, by the templates of its material.

    Raises ``InvalidFileError`` with file and line where a template is wrong.
    """
    sheet: PatientSheet | ClinicSheet = (
        patient_sheet(plan, material, detail=detail)
        if audience == "patient"
        else clinic_sheet(plan, material, detail=detail)
    )
    catalogue = material.catalogue if audience == "patient" else Catalogue()
    return rendered(f"{audience}.html.j2", _values(sheet, material), material.templates, catalogue)


def _values(sheet: PatientSheet | ClinicSheet | LetterSheet, material: HandoutMaterial) -> dict[str, Any]:
    return {"sheet": sheet, "paper": paper_of(material.catalogue.country)}


def rendered(
    name: str, values: Mapping[str, Any], templates: Mapping[str, Template], catalogue: Catalogue | None = None
) -> str:
    """Return what a template makes of values, in the words of a catalogue.

    Raises ``InvalidFileError`` with file and line where it is wrong.
    """
    from jinja2 import TemplateError, TemplateNotFound, TemplateSyntaxError

    try:
        text: str = _environment(tuple(templates.items()), catalogue or Catalogue()).get_template(name).render(values)
    except TemplateSyntaxError as error:
        source = templates.get(error.name or "")
        raise _invalid(source, error.filename or name, error.lineno, error.message or "not a template") from None
    except TemplateNotFound as error:
        source, line = _place(error.__traceback__, templates)
        raise _invalid(source, name, line, f"there is no template {error.name}") from None
    except Exception as error:
        source, line = _place(error.__traceback__, templates)
        if source is None and not isinstance(error, TemplateError):
            raise
        raise _invalid(source, name, line, _words(error)) from None
    return f"{text.rstrip()}\n"


@lru_cache(maxsize=4)
def _environment(named: tuple[tuple[str, Template], ...], catalogue: Catalogue) -> Any:
    """Return the sandbox of some templates: every output is escaped, every unknown name an error.

    Beside the sheet a template has ``_`` (a text in the catalogue's words), ``n_`` (the form that goes with a number)
    and ``dates`` (days and times as the country writes them).
    """
    from jinja2 import FunctionLoader, StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    templates = dict(named)

    def load(name: str) -> tuple[str, str, None] | None:
        source = templates.get(name)
        return None if source is None else (source.text, source.name, None)

    environment = ImmutableSandboxedEnvironment(
        loader=FunctionLoader(load),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
        finalize=_finalized,
        auto_reload=False,
    )
    words = _Words(catalogue)
    environment.globals |= {
        "_": words.say, "n_": words.count, "dates": WrittenDates(catalogue), "language": catalogue.language,
    }  # fmt: skip
    return environment


class _Words:
    """Texts of a catalogue with values put in; what is put in is escaped, the text too.

    A value that ends in a full stop of its own (``p. m.``) ends the sentence too: no second stop follows.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def say(self, text: str, **values: Any) -> Any:
        return self._filled(self._catalogue.say(text), values)

    def count(self, one: str, many: str, number: int, **values: Any) -> Any:
        return self._filled(self._catalogue.count(one, many, number), {"n": number, **values})

    @staticmethod
    def _filled(text: str, values: Mapping[str, Any]) -> Any:
        from markupsafe import Markup, escape

        put_in = {name: _finalized(value) for name, value in values.items()}
        for name, value in put_in.items():
            if Markup(escape(value)).striptags().endswith("."):  # noqa: S704
                text = text.replace(f"{{{name}}}.", f"{{{name}}}")
        return Markup(escape(text)).format(**put_in)  # noqa: S704


def _finalized(value: Any) -> Any:
    """Return what is printed for a value: nothing for none, no character that steers a page or its direction."""
    if value is None:
        return ""
    return _STEERING.sub(" ", value) if type(value) is str else value


def _place(traceback: TracebackType | None, templates: Mapping[str, Template]) -> tuple[Template | None, int | None]:
    """Return the template that an error came from, and its line."""
    names = {PurePath(source.name): source for source in templates.values()}
    found: tuple[Template | None, int | None] = (None, None)
    while traceback is not None:
        source = names.get(PurePath(traceback.tb_frame.f_code.co_filename))
        if source is not None:
            found = (source, traceback.tb_lineno)
        traceback = traceback.tb_next
    return found


def _invalid(source: Template | None, name: str, line: int | None, message: str) -> InvalidFileError:
    excerpt = None
    if source is not None and line is not None:
        lines = source.text.splitlines()
        excerpt = lines[line - 1] if line <= len(lines) else None
    problem = FileProblem(
        message=clean(message), file=source.name if source is not None else name, line=line, excerpt=excerpt
    )
    return InvalidFileError((problem,))


def _words(error: Exception) -> str:
    """Return what went wrong in a template, without values: they could be a patient's."""
    from jinja2 import TemplateRuntimeError, UndefinedError
    from jinja2.exceptions import SecurityError

    if isinstance(error, UndefinedError):
        return _RECORD.sub(r"the \1", str(error.message or "a name is not known"))
    if isinstance(error, SecurityError):
        return "the template reaches for what it may not use"
    if isinstance(error, TemplateRuntimeError):
        return str(error.message or "the template cannot be used")
    if isinstance(error, RecursionError):
        return "the template calls itself without end"
    return f"the template cannot be used: {type(error).__name__}"
