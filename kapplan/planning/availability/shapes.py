"""What a visit asks of the calendar, and the slot that answers it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from kapplan.dataclass import dataclass, derived
from kapplan.model.regimen import RegimenVisit
from kapplan.model.terms import Place
from kapplan.model.visits import PARTS, Minutes, Part
from kapplan.planning.availability.minute_masks import STEP

ROOM = "room"
THERAPIST = "therapist"


@dataclass(frozen=True, slots=True)
class Shape:
    """What a visit asks of the calendar: visits of one shape are open on the same days.

    ``needs`` are roles, and ``room``; ``therapist`` is the one who stays with the patient, ``None`` for any. A role
    that ``parts`` names is needed for these parts of the visit only; ``lengths`` are those of the parts.
    """

    kind: str
    place: Place
    minutes: int
    needs: tuple[str, ...] = ()
    escort: bool = False
    therapist: str | None = None
    parts: tuple[tuple[str, tuple[Part, ...]], ...] = ()
    lengths: Minutes = Minutes()

    def spans(self, need: str) -> tuple[tuple[int, int], ...]:
        """Return when a role (or the room) is needed, in minutes from the beginning."""
        parts = dict(self.parts).get(need)
        return ((0, self.minutes),) if parts is None else self.lengths.during(parts)

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles it needs, without the room."""
        return tuple(need for need in self.needs if need != ROOM)

    @property
    def needs_room(self) -> bool:
        """Whether it takes a room of the clinic."""
        return self.place == "clinic" and ROOM in self.needs


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A time at which a visit can be held, on the clinic's clock, with whom and where, and its preference cost.

    Whoever is not there throughout has the parts of the visit in ``parts``.
    """

    start: datetime
    end: datetime
    staff: tuple[str, ...] = ()
    room: str | None = None
    cost: int = 0
    parts: tuple[tuple[str, tuple[Part, ...]], ...] = ()


def shape_of(visit: RegimenVisit, therapist: str | None = None) -> Shape:
    """Return what a visit of the regimen asks of the calendar; one without a length takes one step of the grid."""
    return derived(
        Shape,
        visit,
        minutes=visit.minutes.total or STEP,
        therapist=therapist if THERAPIST in visit.needs else None,
        parts=tuple(sorted(visit.parts.items())),
        lengths=visit.minutes if visit.parts else Minutes(),
    )


def shapes_of(visits: Iterable[RegimenVisit], therapist: str | None = None) -> dict[str, Shape]:
    """Return the shape of each visit by its id: one and the same, and soon looked up, where visits ask the same."""
    known: dict[Shape, Shape] = {}
    return {visit.id: known.setdefault(shape, shape) for visit in visits for shape in (shape_of(visit, therapist),)}


def parts_of(shape: Shape, chosen: Mapping[str, str]) -> tuple[tuple[str, tuple[Part, ...]], ...]:
    """Return the parts of a visit for which people are there who are not there throughout."""
    asked = dict(shape.parts)
    throughout = {person for need, person in chosen.items() if need not in asked}
    there: dict[str, set[Part]] = {}
    for need, person in chosen.items():
        if person not in throughout:
            there.setdefault(person, set()).update(asked[need])
    return tuple((person, tuple(part for part in PARTS if part in parts)) for person, parts in there.items())


def is_settled(shape: Shape) -> bool:
    """Return whether the therapist of a calendar makes no difference to a shape: it names its own, or needs none."""
    return shape.therapist is not None or THERAPIST not in shape.needs
