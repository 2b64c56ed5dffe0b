"""Checking files of any of the four formats, by themselves and together."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from kapplan.errors import FileProblem, InvalidFileError, KapplanError
from kapplan.files.checks.lint_remarks import lint_faults
from kapplan.files.documents import protocols as library
from kapplan.files.documents import readers as reading
from kapplan.files.documents.case_checks import case_faults
from kapplan.files.documents.kinds import FileKind, kind_of_data
from kapplan.files.documents.profile_checks import clinic_oddities
from kapplan.files.documents.protocols import LoadedProtocol
from kapplan.files.library.rules import declinable, load_rules
from kapplan.files.plans import format as plan_format
from kapplan.files.plans.store import ENDING
from kapplan.files.toml import parse as tables
from kapplan.files.toml.faults import Fault, locate, refuse
from kapplan.files.toml.sources import SourceFile, open_source
from kapplan.model.clinic import Clinic
from kapplan.model.profile import Profile


def check_file(name: str | Path, clinics: Sequence[Clinic] = ()) -> tuple[FileProblem, ...]:
    """Check a profile with all that it names, a clinic, a protocol or a plan, and return what is not wrong but odd.

    A protocol is held to the hours of ``clinics``, or of the embedded clinic where there are none.
    Raises ``InvalidFileError`` with all problems, ``UsageError`` where the file is not there.
    """
    source = open_source(name, at_most=plan_format.LARGEST if str(name).endswith(ENDING) else tables.LARGEST)
    if str(name).endswith(ENDING):
        return _check_plan(source)
    return _check(source, _kind(source), clinics)


def clinics_among(names: Iterable[str | Path]) -> tuple[Clinic, ...]:
    """Return the clinics of those files that are clinics' and have no mistakes; ``check_file`` tells of the others."""
    clinics: list[Clinic] = []
    for name in names:
        with suppress(KapplanError):
            source = open_source(name)
            if kind_of_data(tables.parse(source)) == "clinic":
                clinics.append(reading.clinic_of_file(source))
    return tuple(clinics)


def check_text(text: str, kind: FileKind) -> None:
    """Check a text that is to become a file; the files that it names are not looked for.

    Raises ``InvalidFileError`` with all problems.
    """
    source = SourceFile.of_text(text, f"<{kind}>")
    if kind == "profile":
        reading.read_profile(source)
    else:
        _check(source, kind)


def _kind(source: SourceFile) -> FileKind:
    """Return what a file is; raises ``InvalidFileError`` where it is none of the four."""
    kind = kind_of_data(tables.parse(source))
    if kind is None:
        expected = "[patient] (a profile), [clinic] (a clinic), [[phases]] (a protocol) or `format` (a plan)"
        raise InvalidFileError(locate(source, [Fault((), "this is no file of kapplan's", expected)]))
    return kind


def _check(source: SourceFile, kind: FileKind, clinics: Sequence[Clinic] = ()) -> tuple[FileProblem, ...]:
    if kind == "plan":
        return _check_plan(source)
    if kind == "clinic":
        return locate(source, clinic_oddities(reading.read_clinic(source)))
    if kind == "protocol":
        return linted(library.read_with_sources(source), clinics)
    return _check_profile(source)


def _check_plan(source: SourceFile) -> tuple[FileProblem, ...]:
    """Check a plan, and what it was made from, which it keeps as texts; what is wrong in those stands at their keys."""
    plan = plan_format.plan_of(source)
    faults: list[Fault] = []
    for name, read in _SNAPSHOT.items():
        text = getattr(plan.snapshot, name)
        try:
            if text:
                read(SourceFile.of_text(text, name))
        except InvalidFileError as error:
            said = f"what the plan was made from is damaged: {error.problems[0].message} in its {name}"
            faults.append(Fault(("snapshot", name), said))
    refuse(source, faults)
    return ()


_SNAPSHOT: dict[str, Callable[[SourceFile], object]] = {
    "profile": reading.read_profile,
    "clinic": reading.read_clinic,
    "protocol": reading.read_protocol,
}


def linted(loaded: LoadedProtocol, clinics: Sequence[Clinic] = ()) -> tuple[FileProblem, ...]:
    """Return what is odd about a protocol's rules; raises ``InvalidFileError`` where no course can keep them."""
    faults = [fault for clinic in clinics or (reading.default_clinic(),) for fault in lint_faults(loaded, clinic)]
    problems = locate(loaded.sources[0], faults)
    if any(not problem.warning for problem in problems):
        raise InvalidFileError(problems)
    return problems


def _check_profile(source: SourceFile) -> tuple[FileProblem, ...]:
    """Check a profile together with its protocol and its clinic; all problems of all three at once."""
    profile = reading.read_profile(source)
    wrong: list[FileProblem] = []
    loaded = clinic = None
    try:
        loaded = library.protocol_of(profile, source)
    except InvalidFileError as error:
        wrong += error.problems
    try:
        clinic = reading.clinic_of_profile(profile, source)
    except InvalidFileError as error:
        wrong += error.problems
    if loaded is None or clinic is None:
        raise InvalidFileError(tuple(wrong))
    odd = () if loaded.built_in else linted(loaded, (clinic,))
    base = reading.clinic_folder(profile, source.folder)
    rules = load_rules(clinic.rules, base)
    screening, tailoring = [rule.id for rule in rules.screening], declinable(rules, clinic, base)
    faults = case_faults(profile, loaded.protocol, clinic, screening_rules=screening, tailoring_rules=tailoring)
    problems = locate(source, faults)
    if any(not problem.warning for problem in problems):
        raise InvalidFileError(problems)
    return (*odd, *_odd_clinic(profile, source), *problems, *_open_to_all(source))


def _open_to_all(source: SourceFile) -> tuple[FileProblem, ...]:
    """Return that everybody on the machine can read a profile, where the system knows such modes."""
    if os.name != "posix" or source.path is None or not source.path.is_file():
        return ()
    file = source.path.resolve()
    if not file.stat().st_mode & stat.S_IROTH or not all(one.stat().st_mode & stat.S_IXOTH for one in file.parents):
        return ()
    message = "everybody on this machine can read this profile"
    return (FileProblem(message=message, file=source.name, expected=f"chmod 600 {source.name}", warning=True),)


def _odd_clinic(profile: Profile, source: SourceFile) -> tuple[FileProblem, ...]:
    """Return what is odd in the clinic of a profile, in its own file or inline."""
    inline = profile.clinic
    if inline is None:
        return ()
    own = locate(source, clinic_oddities(inline))
    if inline.file is None:
        return own
    file = open_source(source.folder / inline.file, what="clinic file")
    return (*locate(file, clinic_oddities(reading.read_clinic(file))), *own)
