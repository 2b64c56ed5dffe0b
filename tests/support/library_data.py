"""The package's protocols and measures, for tests that hold them to rules of their own."""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from kapplan.files.documents.protocols import load_protocol
from kapplan.files.library.package_data import LIBRARY
from kapplan.files.toml.parse import parse, validated
from kapplan.files.toml.sources import SourceFile
from kapplan.model.measures import Measures
from kapplan.model.profile import Patient, Profile, Treatment
from kapplan.model.protocol import Protocol
from kapplan.model.regimen import Regimen
from kapplan.planning.regimen.layout import lay_out

IDS = (
    "kap-standard", "esketamine-trd", "esketamine-mdsi", "esketamine-reinduction", "zarate-2006", "murrough-2013",
    "shiroma-2014", "singh-2016-twice", "singh-2016-thrice", "phillips-2019", "canbind-2020", "elekt-d-2023",
    "kads-2023", "glue-2018", "r107-2024", "feder-2021", "abdallah-2022", "crtce-2021", "wilkinson-2017",
    "wilkinson-2021", "feder-2025", "kare-2022", "krupitsky-2007", "dakwar-2019", "dakwar-2020", "montreal-2023",
    "field-trip-2023", "journey-clinical", "hull-2022", "sustain-3", "abbar-2022", "roots-to-thrive-2025",
    "rodriguez-2013", "taylor-2018", "kheirabadi-2023", "karma-dep-2", "dwyer-2021",
)  # fmt: skip
"""The built-in protocols, in the order of the design."""


@cache
def protocol(protocol_id: str) -> Protocol:
    """Return a built-in protocol as the program reads it."""
    return load_protocol(protocol_id)


@cache
def own_data(protocol_id: str) -> dict[str, Any]:
    """Return what a built-in protocol's own file says, without what it extends."""
    return tomllib.loads((LIBRARY / "protocols" / f"{protocol_id}.toml").read_text(encoding="utf-8"))


@cache
def measures() -> Measures:
    """Return the measures of the package."""
    path = LIBRARY / "measures.toml"
    source = SourceFile(name=path.name, data=path.read_bytes(), path=path)
    return validated(Measures, parse(source), source)


def course(protocol_id: str, **treatment: Any) -> Regimen:
    """Return a protocol's course for a patient of whom nothing else is known."""
    asked = Treatment(protocol=protocol_id, **treatment)
    return lay_out(protocol(protocol_id), Profile(patient=Patient(id="river"), treatment=asked))


def records(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield every record below a value with its path, the value itself first; items of lists count from 1."""
    if dataclasses.is_dataclass(value):
        yield path, value
        for field in dataclasses.fields(value):
            yield from records(getattr(value, field.name), (*path, field.name.rstrip("_")))
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from records(item, (*path, str(key)))
    elif isinstance(value, tuple):
        for number, item in enumerate(value, start=1):
            yield from records(item, (*path, str(number)))


def resolves(value: Any, dotted: str) -> bool:
    """Tell whether a dotted path leads to something that a record states; items of lists count from 1."""
    for step in dotted.split("."):
        if isinstance(value, tuple) and step.isdigit():
            value = value[int(step) - 1] if 0 < int(step) <= len(value) else None
        else:
            value = getattr(value, step, None)
        if value is None or value == ():
            return False
    return True
