"""What people decided of a patient, and what they had before them: proposals, rules, overrides, notes, approvals."""

from __future__ import annotations

from dataclasses import field
from datetime import date
from typing import Literal

from kapplan.dataclass import dataclass
from kapplan.model.fields import Id, Whole

RuleState = Literal["applied", "declined", "not-applicable"]
"""What became of a tailoring rule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorization:
    """What an insurer has approved: days, and any of visits and devices; with ``bind`` no dose goes beyond them."""

    from_: date | None = None
    until: date | None = None
    visits: Whole | None = None
    devices: Whole | None = None
    bind: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """A named clinician's decision to go on in spite of a screening rule."""

    rule: str
    by: str
    on: date
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WiderBounds:
    """The bounds that a rule is given: days from its anchor, or how many visits a cap allows (``max``)."""

    min: int | None = None
    max: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Widening:
    """A named clinician's decision that a rule may be kept less narrowly, for one ``visit`` or all that it binds."""

    rule: str
    visit: Id | None = None
    to: WiderBounds
    by: str
    on: date | None = None
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One thing that a finding was read from: a key of the profile or a measure, its value, and the day of it."""

    key: str
    value: str
    on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """A named person's word that they saw to a notice; it covers the ``evidence`` that stood then and nothing later."""

    rule: str
    by: str
    on: date
    why: str
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Screened:
    """What the findings of a plan were worked out from, and through which day they stay what they are.

    ``digest`` is of the plan's own records and the package's data, ``files`` of the clinic's own files of rules.
    """

    on: date
    until: date
    digest: str = ""
    files: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """Something of the patient's history that was learned in mid-course; ``ended`` where it holds no longer."""

    on: date
    about: Literal["condition", "medication", "pregnancy", "breastfeeding"]
    value: str
    daily_mg: float | None = None
    since: date | None = None
    ended: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """Days, both included, on which the patient, the clinic or one of its staff is away: known to the plan alone."""

    who: str
    from_: date
    until: date


@dataclass(frozen=True, slots=True, kw_only=True)
class AppliedRule:
    """A tailoring rule and what became of it."""

    rule: str
    effect: str
    text: str
    source: str
    state: RuleState = "applied"
    verified: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A change that the rules suggest; nothing of it happens until somebody accepts it.

    ``effect`` is what accepting it does, in the closed words of ``planning/review/proposals``. Without a ``source`` no
    publication says so; a source that is not ``verified`` is from memory, secondary or a default of ours. ``on`` is the
    day of the scores that it follows from, where later ones make it another proposal. One that goes another way than
    a rule does is ``instead_of`` that rule's own.
    """

    number: int
    rule: str
    text: str
    source: str | None = None
    verified: bool = True
    effect: str = ""
    visit: str | None = None
    on: date | None = None
    instead_of: str | None = None
    state: Literal["open", "accepted", "declined", "lapsed"] = "open"

    @property
    def answers(self) -> str:
        """The rule of whose question it is one answer."""
        return self.instead_of or self.rule
