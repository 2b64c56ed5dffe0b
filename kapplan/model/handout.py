"""What handouts are made of beside the plan: the templates, instructions for its visits, measures, staff."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from kapplan.dataclass import dataclass
from kapplan.model.measures import Measures
from kapplan.model.protocol import Source
from kapplan.model.rules import Instruction


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
