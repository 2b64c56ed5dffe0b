"""One patient's case as a command reads it: profile, protocol, clinic and time zone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from kapplan.dataclass import dataclass, replace
from kapplan.errors import FileProblem, InvalidFileError

if TYPE_CHECKING:
    from kapplan.files.toml.sources import SourceFile
    from kapplan.model.clinic import Clinic
    from kapplan.model.plan import Inputs
    from kapplan.model.profile import Profile
    from kapplan.model.protocol import Protocol
    from kapplan.model.rules import Rulebook


@dataclass(frozen=True)
class Case:
    """What a course is made from, read and checked; ``warnings`` are problems that do not stop it."""

    source: SourceFile
    profile: Profile
    protocol: Protocol
    clinic: Clinic
    rules: Rulebook
    timezone: str
    zone: ZoneInfo
    base: Path
    inputs: Inputs
    warnings: tuple[FileProblem, ...] = ()


def read_case(
    profile_file: str, *, protocol: str | None = None, clinic: Path | None = None, start: date | None = None
) -> Case:
    """Read a profile and all that it names; options of the command line stand before what the profile says.

    Raises ``InvalidFileError`` with every problem of all the files, ``UsageError`` where one is not there.
    """
    from kapplan.files.documents.case_checks import case_faults, widen_faults
    from kapplan.files.documents.protocols import load_with_sources, protocol_of
    from kapplan.files.documents.readers import clinic_folder, read_profile, resolve_clinic
    from kapplan.files.library.rules import declinable, load_rules, tailor
    from kapplan.files.toml.faults import locate
    from kapplan.files.toml.sources import open_source
    from kapplan.planning.availability.timezones import zone

    source = open_source(profile_file, what="profile")
    profile = read_profile(source)
    if start is not None:
        profile = replace(profile, treatment=replace(profile.treatment, start=start))
    loaded = load_with_sources(protocol) if protocol is not None else protocol_of(profile, source)
    resolved = resolve_clinic(profile, source.folder, clinic)
    base = clinic_folder(profile, source.folder, clinic)
    rules = load_rules(resolved.rules, base)
    problems = locate(
        source,
        case_faults(
            profile,
            loaded.protocol,
            resolved,
            screening_rules=[rule.id for rule in rules.screening],
            tailoring_rules=declinable(rules, resolved, base) if profile.tailoring.without else None,
        ),
    )
    if any(not problem.warning for problem in problems):
        raise InvalidFileError(problems)
    if profile.widen:
        bare = tailor(replace(profile, widen=()), loaded.protocol, resolved, rules=rules).regimen
        if refused := locate(source, widen_faults(profile, bare)):
            raise InvalidFileError((*problems, *refused))
    timezone = resolved.timezone or profile.patient.timezone or ""
    inputs = _inputs(profile, source, loaded.sources, clinic, [base / file for file in resolved.rules])
    return Case(
        source=source,
        profile=profile,
        protocol=loaded.protocol,
        clinic=resolved,
        rules=rules,
        timezone=timezone,
        zone=zone(timezone),
        base=base,
        inputs=replace(inputs, options=_options(protocol, clinic, start)),
        warnings=problems,
    )


def _options(protocol: str | None, clinic: Path | None, start: date | None) -> dict[str, str]:
    """Return what the command line asked for in place of the profile, so that a later refresh asks for it again."""
    asked = {"protocol": protocol, "clinic": clinic, "start": start}
    return {name: str(value) for name, value in asked.items() if value is not None}


def _inputs(
    profile: Profile,
    source: SourceFile,
    protocol_sources: tuple[SourceFile, ...],
    override: Path | None,
    rules: list[Path],
) -> Inputs:
    """Return what the plan remembers of its files: their paths, digests, and the versions of the data."""
    from kapplan import __version__
    from kapplan.files.documents.readers import clinic_file
    from kapplan.files.toml.sources import open_source
    from kapplan.model.plan import Inputs
    from kapplan.planning.availability.holidays import holidays_version
    from kapplan.planning.availability.timezones import zone_version

    of_clinic = clinic_file(profile, source.folder, override)
    digests = {"profile": source.digest, "protocol": protocol_sources[0].digest}
    if of_clinic is not None:
        digests["clinic"] = open_source(of_clinic, what="clinic file").digest
    digests |= {f"rules {file.name}": open_source(file, what="file of rules").digest for file in rules}
    return Inputs(
        profile=str(source.path) if source.path is not None else None,
        clinic=None if of_clinic is None else str(of_clinic),
        protocol=protocol_sources[0].name,
        digests=digests,
        kapplan=__version__,
        tzdata=zone_version(),
        holidays=holidays_version(),
        start=profile.treatment.start,
        start_within=profile.treatment.start_within,
        first_dose=profile.treatment.first_dose,
    )


def warn(problems: tuple[FileProblem, ...]) -> Iterator[str]:
    """Return the problems that do not stop a command, as lines for standard error."""
    from kapplan.output.terminal.diagnostics import render_problems

    if problems:
        yield render_problems(problems)


def complete_protocol(incomplete: str) -> list[str]:
    """Return the built-in protocols whose ids begin so, for the shell."""
    import kapplan

    return [name for name in kapplan.protocol_ids() if name.startswith(incomplete)]
