"""What is asked of an export, what its formats are made of beside the plan, and what it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import timedelta
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
    METHOD with its ``organizer``, ``tasks`` adds open tasks, ``todos`` all of them as to-dos; ``alarms`` are how long
    before a visit it is reminded of, and a ``feed`` is for subscribing. Invitations go to an ``attendee``.
    ``material`` is what formats need that say so.
    """

    audience: Audience = "patient"
    detail: Detail = "neutral"
    table: PlanTable = "visits"
    visibility: Visibility = "private"
    publish: bool = False
    organizer: str | None = None
    attendee: str | None = None
    tasks: bool = False
    todos: bool = False
    feed: bool = False
    alarms: tuple[timedelta, ...] | None = None
    material: HandoutMaterial | None = None

    @property
    def needed_material(self) -> HandoutMaterial:
        """The material, for formats that are made of it; raises ``ValueError`` where none was given."""
        if self.material is None:
            raise ValueError("this format is made of the plan's material too: give it with the request")
        return self.material


def alarm_span(text: str) -> timedelta:
    """Return how long before a visit an alarm rings: ``1d``, ``2h`` or ``30m``; ``ValueError`` for anything else."""
    number, unit = text[:-1], text[-1:]
    if unit not in _UNITS or not number.isdecimal() or not 0 < int(number) <= _MOST:
        raise ValueError(f'an alarm is a number with d, h or m, such as 1d or 90m, not "{text}"')
    return timedelta(**{_UNITS[unit]: int(number)})


MOST_ALARMS = 2
"""How many times an entry rings at most: programs heed no more."""

_UNITS = {"d": "days", "h": "hours", "m": "minutes"}
_MOST = 999


@dataclass(frozen=True, slots=True)
class Export:
    """The bytes of a file, and what its maker should know of it, in sentences without titles."""

    content: bytes
    warnings: tuple[str, ...] = ()
