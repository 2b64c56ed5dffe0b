"""The closed vocabularies of visits: what kinds there are, where they are held, who takes part, what became of them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from kapplan.dataclass import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitKind:
    """One kind of visit.

    ``spoken`` is how people call one of it (``dose 3``), ``letter`` and ``colour`` how it is told apart where there is
    little room. A kind that ``gives_drug`` counts as a dose; one that ``integrates`` goes with the dose it is bound to.
    """

    name: str
    letter: str
    colour: str
    spoken: str
    gives_drug: bool = False
    integrates: bool = False


KINDS: dict[str, VisitKind] = {
    row.name: row
    for row in (
        VisitKind(name="screening", spoken="screening", letter="S", colour="bright_blue"),
        VisitKind(name="preparation", spoken="preparation", letter="P", colour="green"),
        VisitKind(name="dosing", spoken="dose", letter="D", colour="bold magenta", gives_drug=True),
        VisitKind(name="integration", spoken="integration", letter="I", colour="cyan", integrates=True),
        VisitKind(name="psychotherapy", spoken="psychotherapy", letter="T", colour="cyan", integrates=True),
        VisitKind(name="review", spoken="review", letter="R", colour="yellow"),
        VisitKind(name="check-in", spoken="check-in", letter="C", colour="bright_blue"),
        VisitKind(name="booster", spoken="booster", letter="B", colour="magenta", gives_drug=True),
    )
}
"""Every kind of visit: a protocol's data say what is done with it, and a kind more is one row more."""

if TYPE_CHECKING:
    Kind = str
else:
    Kind = Literal[tuple(KINDS)]

DOSES: tuple[Kind, ...] = tuple(name for name, kind in KINDS.items() if kind.gives_drug)
"""The kinds of visits at which the drug is given."""
INTEGRATIONS: frozenset[Kind] = frozenset(name for name, kind in KINDS.items() if kind.integrates)
"""The kinds of visits that accompany a dose."""
MeasureNames = Mapping[str, str]
"""What people call the measures, by their keys."""
NO_NAMES: MeasureNames = MappingProxyType({})
Priority = Literal["urgent", "soon", "routine"]
"""Whose days count more where several patients are planned together."""
Route = Literal["iv", "im", "sc", "sl", "oral", "nasal"]
Place = Literal["clinic", "home", "remote"]
Role = Literal["therapist", "prescriber", "monitor"]
Tier = Literal["course", "follow-up"]
"""Whether a visit belongs to the active course (everything through the review) or to what follows it."""
Status = Literal["planned", "confirmed", "completed", "missed", "cancelled", "omitted", "unresolved"]
OPEN: frozenset[Status] = frozenset({"planned", "confirmed", "unresolved"})
"""The statuses of a visit of which nothing has been recorded that ends it."""
