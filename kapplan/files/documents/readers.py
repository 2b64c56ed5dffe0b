"""Reading profiles, clinics and protocols from TOML, strictly, with every mistake at its place.

Text is decoded, parsed and validated against the model's annotations (see ``tables``), then checked as a whole. What is
wrong comes back as one ``InvalidFileError`` with all problems of the file, never as a traceback.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import TypeVar

from kapplan.errors import InvalidFileError, UsageError
from kapplan.files.documents.kinds import expect
from kapplan.files.documents.profile_checks import clinic_faults, profile_faults
from kapplan.files.documents.protocol_checks import protocol_faults
from kapplan.files.library.package_data import LIBRARY
from kapplan.files.toml.faults import Fault, locate
from kapplan.files.toml.parse import Data, Origin, parse, same_path, validated
from kapplan.files.toml.sources import SourceFile, open_source
from kapplan.model.clinic import Clinic
from kapplan.model.profile import Profile
from kapplan.model.protocol import Protocol

Record = TypeVar("Record")

KEPT = 32
"""How many clinics are kept in memory for the next patients, and how many protocols."""


def read_profile(source: SourceFile) -> Profile:
    """Read a profile; raises ``InvalidFileError`` with all problems of the file."""
    data = parse(source)
    expect("profile", data, source)
    return validated(Profile, data, source, checks=profile_faults)


@lru_cache(maxsize=KEPT)
def read_clinic(source: SourceFile) -> Clinic:
    """Read a clinic's file, whose keys stand in the table ``[clinic]``; raises ``InvalidFileError``.

    Many patients have one clinic: what was read lately is not read again while the file stays as it is.
    """
    return clinic_of(parse(source), source)


def read_protocol(source: SourceFile) -> Protocol:
    """Read a protocol that stands on its own; raises ``InvalidFileError``.

    A protocol that extends another is read with ``library.load_protocol``.
    """
    return protocol_of_data(parse(source), source)


def protocol_of_data(
    data: Data, source: SourceFile, origin: Origin = same_path, measures: Collection[str] | None = None
) -> Protocol:
    """Return a protocol's data as a protocol.

    ``origin`` tells where the value at a path stands in the file; ``measures`` are the keys of those that it may name,
    not checked where they are ``None``.
    """
    expect("protocol", data, source)
    return validated(Protocol, data, source, origin=origin, checks=partial(protocol_faults, measures=measures))


def clinic_of(data: Data, source: SourceFile) -> Clinic:
    """Return the clinic of a clinic file's data."""
    expect("clinic", data, source)
    faults = [
        Fault((key,), f"unknown key `{key}` at the file's top level", "the table [clinic]", f"clinic.{key}", key=True)
        for key in data
        if key != "clinic"
    ]
    if "clinic" not in data and not faults:
        faults.append(Fault((), "the table [clinic] is missing", "the table [clinic] with the clinic's keys"))
    return validated(Clinic, data.get("clinic", {}), source, prefix=("clinic",), faults=faults, checks=clinic_faults)


def resolve_clinic(profile: Profile, base: Path, override: Path | None = None) -> Clinic:
    """Return the clinic of a profile: its file, its inline keys over that, and the embedded default under both.

    ``base`` is the profile's folder, from which ``clinic.file`` counts; ``override`` is a clinic file that serves in
    place of all that the profile says of its clinic. Raises ``UsageError`` where a file is not there and
    ``InvalidFileError`` where it is wrong.
    """
    if override is not None:
        return clinic_of_file(open_source(override, what="clinic file"))
    inline = profile.clinic
    if inline is None:
        return default_clinic()
    if inline.file is None:
        return _merged([default_clinic(), inline])
    of_file = clinic_of_file(open_source(base / inline.file, what="clinic file"))
    return _merged([of_file, inline])


def clinic_file(profile: Profile, folder: Path, override: Path | None = None) -> Path | None:
    """Return the file of a profile's clinic, if one is named: ``override``, else its own, from the profile's folder."""
    named = profile.clinic.file if profile.clinic is not None else None
    return override or (None if named is None else folder / named)


def clinic_folder(profile: Profile, folder: Path, override: Path | None = None) -> Path:
    """Return the folder from which the files that a profile's clinic names count; ``folder`` is the profile's."""
    file = clinic_file(profile, folder, override)
    return folder if file is None else file.parent


@lru_cache(maxsize=KEPT)
def clinic_of_file(source: SourceFile) -> Clinic:
    """Return the clinic of a file over the embedded default; raises ``InvalidFileError`` where the file is wrong."""
    return _merged([default_clinic(), read_clinic(source)])


def clinic_of_profile(profile: Profile, source: SourceFile) -> Clinic:
    """Return the clinic of a profile; a clinic file that is not there is a problem of the profile."""
    try:
        return resolve_clinic(profile, source.folder)
    except UsageError as error:
        raise InvalidFileError(locate(source, [Fault(("clinic", "file"), error.message)])) from None


@cache
def default_clinic() -> Clinic:
    """Return the embedded clinic that serves where there is none."""
    path = LIBRARY / "clinic.toml"
    return read_clinic(SourceFile(name="kapplan/library/clinic.toml", data=path.read_bytes()))


def _merged(layers: list[Clinic]) -> Clinic:
    """Return one clinic in which a key given by a later layer replaces that of the earlier ones."""
    from dataclasses import fields

    bare = Clinic()
    given = {
        field.name: getattr(layer, field.name)
        for layer in layers
        for field in fields(Clinic)
        if getattr(layer, field.name) != getattr(bare, field.name)
    }
    return Clinic(**given)
