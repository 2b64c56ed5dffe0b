"""What a WebDAV server answers in XML (RFC 4918): its resources with their properties, and why it says no."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import field
from xml.etree import ElementTree as ET

from kapplan.dataclass import dataclass

DAV, CAL = "{DAV:}", "{urn:ietf:params:xml:ns:caldav}"
SPACES = 'xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"'

_MISSING = frozenset({404, 410})
_FINE = 200
_STATUS = re.compile(r"\s(\d{3})\b")
_UNASKED = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
"""Declarations that no server needs, and that can make a small answer endless."""


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource: its address as the server writes it, and those properties that it has."""

    href: str
    properties: Mapping[str, ET.Element] = field(default_factory=dict)

    def text(self, name: str) -> str | None:
        """Return the text of a property; ``None`` where it is not there."""
        found = self.properties.get(name)
        return None if found is None else found.text or ""

    def has(self, name: str, child: str) -> bool:
        """Tell whether a property holds an element."""
        found = self.properties.get(name)
        return found is not None and found.find(child) is not None

    def href_in(self, name: str) -> list[str]:
        """Return the addresses that a property holds."""
        found = self.properties.get(name)
        return [] if found is None else [text for one in found.iter(f"{DAV}href") if (text := (one.text or "").strip())]


@dataclass(frozen=True, slots=True)
class Responses:
    """The resources of an answer; ``incomplete`` says why some of them are not among them."""

    resources: tuple[Resource, ...]
    incomplete: str = ""


def responses_of(body: bytes) -> Responses | None:
    """Return what a multistatus tells; ``None`` where it is none, or was cut short."""
    root = _tree(body)
    if root is None or root.tag != f"{DAV}multistatus":
        return None
    resources, incomplete = [], ""
    for response in root.iter(f"{DAV}response"):
        status = _status(response)
        if status in _MISSING:
            continue
        if status is not None and status != _FINE:
            incomplete = f"it answers {status} for a part of it"
            continue
        hrefs = [text for one in response.findall(f"{DAV}href") if (text := (one.text or "").strip())]
        properties, broken = _properties(response)
        incomplete = incomplete or broken
        resources += [Resource(href, properties) for href in hrefs]
    return Responses(tuple(resources), incomplete)


def condition_of(body: bytes) -> str:
    """Return the name of the condition that an answer says was not met, such as ``no-uid-conflict``."""
    root = _tree(body)
    if root is None or root.tag != f"{DAV}error":
        return ""
    return next((child.tag.rpartition("}")[2] for child in root if child.tag.startswith((DAV, CAL))), "")


def _tree(body: bytes) -> ET.Element | None:
    if _UNASKED.search(body):
        return None
    try:
        return ET.fromstring(body)  # noqa: S314  # no declarations, so no entities to expand
    except (ET.ParseError, ValueError, LookupError):
        return None


def _properties(response: ET.Element) -> tuple[dict[str, ET.Element], str]:
    """Return the properties that a resource has, and why others could not be told."""
    found: dict[str, ET.Element] = {}
    broken = ""
    for part in response.findall(f"{DAV}propstat"):
        status = _status(part)
        if status in {None, _FINE}:
            found |= {prop.tag: prop for prop in _props(part)}
        elif status is not None and status >= 500:  # noqa: PLR2004  # whatever goes wrong on the server's side
            broken = f"it answers {status} for a part of it"
    return found, broken


def _props(part: ET.Element) -> Iterator[ET.Element]:
    for prop in part.findall(f"{DAV}prop"):
        yield from prop


def _status(element: ET.Element) -> int | None:
    """Return the status of a response or a part of one; ``None`` where it states none."""
    match = _STATUS.search(f" {element.findtext(f'{DAV}status') or ''}")
    return int(match.group(1)) if match else None
