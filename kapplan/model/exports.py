"""What is asked of an export, what its formats are made of beside the plan, and what it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Literal

from kapplan.dataclass import dataclass

if TYPE_CHECKING:
    from kapplan.model.measures import Measures
    from kapplan.model.protocol import Source
    from kapplan.model.rules import Instruction

Audience = Literal["patient", "clinic"]
Detail = Literal["neutral", "full"]
Visibility = Literal["private", "confidential", "public"]
PlanTable = Literal["visits", "tasks", "scores"]


@dataclass(frozen=True, slots=True)
class Template:
    """A template's text; ``name`` is what problems call its file."""

    name: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoutMaterial:
    """What a handout tells beside the plan's own content, and the templates that say how, by their names.

    ``instructions`` are those that hold for the patient, with every field but ``{time}`` filled in; ``sources`` those
    that they name. ``escort`` is what the profile says of who takes the patient home. ``known`` is false for a plan
    that does not hold what it was made from: then nothing is known of instructions.
    """

    measures: Measures
    templates: Mapping[str, Template] = field(default_factory=dict)
    instructions: tuple[Instruction, ...] = ()
    sources: Mapping[str, Source] = field(default_factory=dict)
    staff: Mapping[str, str] = field(default_factory=dict)
    escort: str | None = None
    timezone: str | None = None
    known: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRequest:
    """Who reads an export and what they are told; each format looks at what it knows.

    ``table`` is the one that CSV holds. ``visibility`` is the CLASS of a calendar's entries, ``publish`` writes a
    METHOD with its ``organizer``, ``tasks`` adds open tasks. ``material`` is what formats need that say so.
    """

    audience: Audience = "patient"
    detail: Detail = "neutral"
    table: PlanTable = "visits"
    visibility: Visibility = "private"
    publish: bool = False
    organizer: str | None = None
    tasks: bool = False
    material: HandoutMaterial | None = None

    @property
    def needed_material(self) -> HandoutMaterial:
        """The material, for formats that are made of it; raises ``ValueError`` where none was given."""
        if self.material is None:
            raise ValueError("this format is made of the plan's material too: give it with the request")
        return self.material


@dataclass(frozen=True, slots=True)
class Export:
    """The bytes of a file, and what its maker should know of it, in sentences without titles."""

    content: bytes
    warnings: tuple[str, ...] = ()
