"""What is asked of an export, and what it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from kapplan.dataclass import dataclass

if TYPE_CHECKING:
    from kapplan.model.handout import HandoutMaterial

Audience = Literal["patient", "clinic"]
Detail = Literal["neutral", "full"]
Visibility = Literal["private", "confidential", "public"]
PlanTable = Literal["visits", "tasks", "scores"]


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
