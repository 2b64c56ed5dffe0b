"""The closed words of what a proposal does, and proposals before they have a number.

``confirm-following``: what waits for the gate is provisional no more. ``branch:PHASE``: what follows is called off and
the phase laid out in its place (``continue``: the phases after the gate's). ``stop``: what follows is called off.
``drop:IDS``: these visits are left out. ``replace:ID``: a missed visit is given later. ``hold``: the course is held.
``note``: nothing changes; accepting it says that it was read. ``move``, ``cancel`` and ``close`` come from live
calendars: see ``calendar_proposals``.
"""

from __future__ import annotations

from datetime import date
from typing import Literal, cast, get_args

from kapplan.dataclass import dataclass, derived, replace
from kapplan.model.decisions import Proposal
from kapplan.model.plan import Plan, PlannedVisit

EffectName = Literal[
    "confirm-following", "branch", "stop", "drop", "replace", "hold", "note", "move", "cancel", "close"
]
Key = tuple[str, str | None, str, date | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A proposal that has no number yet."""

    rule: str
    text: str
    effect: str
    source: str | None = None
    verified: bool = True
    visit: str | None = None
    on: date | None = None
    instead_of: str | None = None

    def going_another_way(self) -> Draft:
        """Return the proposal as one that does not go the way of its rule."""
        return replace(self, rule=f"{self.rule}.other", instead_of=self.rule)

    def numbered(self, number: int) -> Proposal:
        """Return the proposal with a number."""
        return derived(Proposal, self, number=number, state="open")


def key_of(proposal: Proposal | Draft) -> Key:
    """Return rule, visit, effect and day: while they are the same it is one proposal, however its sentence reads."""
    return proposal.rule, proposal.visit, proposal.effect, proposal.on


def effect_of(text: str) -> tuple[EffectName, str]:
    """Return an effect's name and what it is about; ``ValueError`` for words that are none."""
    name, _, about = text.partition(":")
    if name not in get_args(EffectName):
        raise ValueError(f"`{text}` is no effect of a proposal")
    return cast("EffectName", name), about


def does(proposal: Proposal, *names: EffectName) -> bool:
    """Tell whether accepting a proposal does one of some things."""
    return proposal.effect.partition(":")[0] in names


def open_visits(plan: Plan) -> list[PlannedVisit]:
    """Return the visits still to be held, by their times."""
    return sorted((visit for visit in plan.visits if visit.open), key=lambda visit: visit.start)
