"""The templates of handouts: those of the package, and a clinic's own in their place."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from kapplan.errors import FileProblem, InvalidFileError, UsageError
from kapplan.files.library.package_data import LIBRARY
from kapplan.files.toml.sources import open_source
from kapplan.model.exports import Template

ENDING = ".j2"
SHIPPED = "kapplan/"
"""Begins the names by which a clinic's templates reach the package's: ``kapplan/patient.html.j2``."""

_FOLDER = LIBRARY / "templates" / "handout"


@cache
def shipped_templates() -> Mapping[str, Template]:
    """Return the package's templates by their file names."""
    return _in_folder(_FOLDER, prefix="kapplan/library/templates/handout/")


def handout_templates(folder: Path | None = None) -> Mapping[str, Template]:
    """Return the templates by name: the package's, and in their place those that a folder holds.

    The package's own can always be had under their names after ``kapplan/``. Raises ``UsageError`` where the folder is
    none or holds no template, ``InvalidFileError`` where a template is not UTF-8.
    """
    shipped = shipped_templates()
    named = {f"{SHIPPED}{name}": source for name, source in shipped.items()}
    if folder is None:
        return {**shipped, **named}
    if not folder.is_dir():
        raise UsageError(f"there is no folder of templates {folder}")
    own = _in_folder(folder)
    if not own.keys() & shipped.keys():
        names = ", ".join(sorted(shipped))
        raise UsageError(f"the folder {folder} holds none of the templates", hint=f"one or more of {names}")
    return {**shipped, **named, **own}


def _in_folder(folder: Path, prefix: str = "") -> Mapping[str, Template]:
    found, problems = {}, []
    for path in sorted(folder.glob(f"*{ENDING}")):
        source = open_source(path, what="template")
        name = f"{prefix}{path.name}" if prefix else source.name
        try:
            found[path.name] = Template(name, source.data.decode("utf-8-sig"))
        except UnicodeDecodeError as error:
            line = source.data.count(b"\n", 0, error.start) + 1
            problems.append(FileProblem(message="the template is not UTF-8", file=name, line=line))
    if problems:
        raise InvalidFileError(tuple(problems))
    return found
