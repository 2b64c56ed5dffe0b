"""How commands write what is not a plan: into a file, whole or not at all, or to standard output."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from kapplan.cli.session.environment import Edge
from kapplan.dataclass import dataclass, replace
from kapplan.errors import UsageError
from kapplan.output.formats import FORMATS, export, export_formats

if TYPE_CHECKING:
    from kapplan.model.exports import Audience, Catalogue, Detail, ExportRequest, HandoutMaterial
    from kapplan.model.plan import Plan

    ExportFormat = str
else:
    ExportFormat = Literal[export_formats()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What is asked of an export, and where that is read which its format needs beside the plan.

    ``templates`` is a folder of the clinic's own for handouts, ``base`` the folder from which the files of the clinic's
    rules count.
    """

    request: ExportRequest
    templates: Path | None = None
    base: Path = Path()


def obeyed(form: str, audience: Audience, detail: Detail | None) -> Detail:
    """Return in which detail an export is made; a reader or a detail that the format cannot obey is refused.

    What tells everything is the clinic's, and so is when its rooms and people are busy, of which nothing else is told.
    """
    row = FORMATS[form]
    if audience not in row.readers:
        fitting = ", ".join(name for name, one in FORMATS.items() if one.export and audience in one.readers)
        tells = "everything" if row.details else "when rooms and people are busy"
        raise UsageError(f"{form} tells {tells}: it is the clinic's", hint=f"for a {audience}: {fitting}")
    if detail is None:
        return "neutral"
    if detail == "neutral" and row.details and "patient" not in row.readers:
        raise UsageError(f"{form} tells everything: it has no neutral words", hint="--detail full, or another format")
    if detail == "full" and not row.details:
        raise UsageError(f"{form} is always neutral", hint="leave --detail out, or take another format")
    return detail


def output_path(text: str) -> Path:
    """Return where output goes, as typed behind ``-o``: a folder is there already, or ends with a stroke and is made.

    Raises ``UsageError`` where a folder cannot be made.
    """
    path = Path(text)
    if text.endswith(("/", os.sep)) and not path.is_dir():
        try:
            path.mkdir()
        except OSError as error:
            raise UsageError(f"the folder {text} cannot be made: {error.strerror}") from None
    return path


def file_in(output: Path | None, name: str, form: str | None) -> Path | None:
    """Return the file of a plan in a folder, by the patient's name and the ending of its format; a file as it is."""
    if output is None or not output.is_dir():
        return output
    exported_as = FORMATS.get(form or "")
    return output / f"{name}.{'plan.toml' if exported_as is None or exported_as.records else exported_as.ending}"


def format_of(asked: str | None, output: Path | None) -> str | None:
    """Return the format that is asked for, else that by whose ending a file is named; ``None`` where neither says one.

    Raises ``UsageError`` where a file has the ending of another format, or one that no format has.
    """
    ending = "" if output is None or output.is_dir() else output.suffix.lower().removeprefix(".")
    if not ending or ending == "toml":
        return asked
    fitting = [row for row in FORMATS.values() if row.export and row.ending.rpartition(".")[2] == ending]
    if asked is not None and asked in FORMATS and FORMATS[asked].export:
        if fitting and asked not in {row.name for row in fitting}:
            raise UsageError(
                f"{output} would hold {asked}, and by its name {fitting[0].name}",
                hint=f"-o {output and output.with_suffix(f'.{FORMATS[asked].ending}')}, or another --format",
            )
        return asked
    if asked is None and not fitting:
        endings = ", ".join(f".{row.ending}" for row in FORMATS.values() if row.export)
        raise UsageError(f"no format has the ending .{ending}", hint=f"one of {endings}; or name a --format")
    return asked or min(fitting, key=lambda row: len(row.ending)).name


def write_export(edge: Edge, plans: Iterable[Plan], form: str, output: Path | None, choices: Choices) -> None:
    """Write plans in a format to a file, or to standard output where none (or ``-``) is named.

    Of a format that holds several they are taken one by one, so that they can be read as they are needed.
    Raises ``UsageError`` for a TOML file, for several plans in a format that holds one, and for a terminal that is to
    show what is no text.
    """
    if FORMATS[form].whole and output is None and edge.out.isatty():
        raise UsageError(f"{form} is nothing to be read on a terminal", hint="-o FILE")
    data = exported(edge, plans, form, choices)
    if write_out(edge, data, output) and FORMATS[form].advice:
        edge.hint(FORMATS[form].advice)


def exported(edge: Edge, plans: Iterable[Plan], form: str, choices: Choices) -> bytes:
    """Return plans in a format; raises ``UsageError`` for several plans in a format that holds one."""
    if FORMATS[form].several:
        plans, material = _as_needed(edge, plans, form, choices)
    else:
        plans = tuple(plans)
        if len(plans) != 1:
            several = ", ".join(name for name in export_formats() if FORMATS[name].several)
            raise UsageError(
                f"--format {form} takes one plan at a time; only {several} holds several",
                hint="-o FOLDER writes a file for each",
            )
        material = _material(edge, plans, form, choices)
    made = export(plans, form, replace(choices.request, material=material))
    for warning in made.warnings:
        edge.note(f"Note: {warning}")
    return made.content


def _as_needed(
    edge: Edge, plans: Iterable[Plan], form: str, choices: Choices
) -> tuple[Iterable[Plan], HandoutMaterial | None]:
    """Return plans for a file of several, and what it is made of: a patient's words are there when the plan is."""
    if FORMATS[form].needs == "plan":
        return plans, None
    from kapplan.files.library.rules import built_in_measures
    from kapplan.files.plans.handout_material import words_for
    from kapplan.model.exports import HandoutMaterial

    words: dict[str, Catalogue] = {}

    def with_words() -> Iterator[Plan]:
        for plan in plans:
            language, found = words_for(plan, choices.templates)
            if found is not None:
                words[plan.id] = found
                _note_language(edge, language, found)
            yield plan

    return with_words(), HandoutMaterial(measures=built_in_measures(), words=words)


def _note_language(edge: Edge, language: str | None, found: Catalogue) -> None:
    """Say that there are no words in the language that a patient asked for, once."""
    from kapplan.files.plans.handout_material import lacks_words

    if lacks_words(language, found):
        edge.note_once(
            f"Note: there is no catalogue for {language}, so its words are English; a clinic's own lies in"
            " the folder of --templates (docs/handouts.md)."
        )


def _material(edge: Edge, plans: tuple[Plan, ...], form: str, choices: Choices) -> HandoutMaterial | None:
    """Read what a format needs beside the plan; raises what reading templates and rules raises."""
    needs = FORMATS[form].needs
    if needs == "plan":
        return None
    from kapplan.files.plans.handout_material import material_for

    material = material_for(needs, plans, choices.base, templates=choices.templates)
    if material is None:
        return None
    if needs == "material" and not material.known:
        edge.note(
            "Note: the plan does not hold what it was made from, so the handout tells no times for food and drink."
        )
    _note_language(edge, material.language, material.catalogue)
    return material


def write_out(edge: Edge, data: bytes, output: Path | None) -> bool:
    """Write bytes to a file, or to standard output where none (or ``-``) is named; tell whether a file was written.

    Raises ``UsageError`` for a TOML file: plans, profiles and clinics are never written over.
    """
    if output is None or str(output) == "-":
        edge.write_bytes(data)
        return False
    if output.suffix.lower() == ".toml":
        raise UsageError(
            f"{output} has the name of a plan, profile or clinic, which an export never takes the place of",
            hint="give it another ending",
        )
    from kapplan.files.plans.atomic import write_whole

    write_whole(output, data)
    edge.hint(f"Wrote {output}.")
    return True
