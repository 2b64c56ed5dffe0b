"""The regimen: the protocol tailored to one patient, as visits, timing rules and limits, still without dates."""

from __future__ import annotations

from dataclasses import field
from typing import Literal

from kapplan.dataclass import dataclass
from kapplan.model.fields import VERIFIED, Level, Mark, Strength
from kapplan.model.terms import Kind, Place, Tier
from kapplan.model.visits import Gate, Minutes, Part, TaskRule

LimitType = Literal["cap", "distinct_days"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cited:
    """A source as it is shown: its key, its text, how well it is known and how strong it is."""

    key: str
    cite: str
    mark: Mark = "D"
    strength: Strength | None = None
    link: str | None = None

    @property
    def verified(self) -> bool:
        """Whether what it is cited for was confirmed."""
        return self.mark == VERIFIED


@dataclass(frozen=True, slots=True, kw_only=True)
class RegimenVisit:
    """One visit of the course, still without a date.

    ``id`` is kind and number (``dosing-3``) and never renumbers. ``awaits`` are the ids of the gate visits that must be
    settled before this visit is more than provisional. ``nominal`` is the day, counted from the first visit, on which
    it would fall if every rule were met at the near end of its target: the order of the list follows it. ``replaces``
    is the missed visit that it stands in for. A role of ``needs`` that ``parts`` names is needed for these parts only.
    """

    id: str
    kind: Kind
    number: int
    type: str
    title: str
    phase: str
    tier: Tier
    place: Place
    minutes: Minutes
    needs: tuple[str, ...] = ()
    parts: dict[str, tuple[Part, ...]] = field(default_factory=dict)
    escort: bool = False
    devices: int = 0
    measures: tuple[str, ...] = ()
    tasks: tuple[TaskRule, ...] = ()
    awaits: tuple[str, ...] = ()
    gate: Gate | None = None
    nominal: int = 0
    unverified: tuple[str, ...] = ()
    replaces: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TimingRule:
    """A visit falls ``min``..``max`` days after its anchor, ideally within ``target``.

    With ``months`` the bounds are days around the anchor's day moved by so many calendar months.

    ``after`` is a visit's id. ``rule`` names the rule within the protocol (``induction.dosing.gap``): several
    visits may share it.
    ``weight`` is the price of a day outside the target; of a ``secondary`` rule it only decides among days that are
    otherwise alike (how near to a point, within its tolerance).
    """

    rule: str
    visit: str
    after: str
    min: int | None = None
    target: tuple[int, int] | None = None
    max: int | None = None
    months: int | None = None
    weight: int = 0
    secondary: bool = False
    level: Level = "default"
    source: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A limit over several visits.

    ``cap``: at most ``max`` of ``visits`` in each block of ``every`` days counted from ``anchor`` (a visit's id;
    blocks before it count too). ``distinct_days``: no two of ``visits`` on one day. No other type has a ``max``.
    """

    rule: str
    type: LimitType
    visits: tuple[str, ...]
    anchor: str | None = None
    every: int | None = None
    max: int | None = None
    level: Level = "default"
    source: str | None = None
    text: str | None = None

    @property
    def one_a_day(self) -> bool:
        """Whether it keeps each two of its visits on days of their own."""
        return self.type == "distinct_days"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measuring:
    """A measure that is answered from home every so many days in which no visit takes it, and the rule that asks it."""

    measure: str
    every_days: int
    rule: str
    source: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Regimen:
    """The course of one patient: visits in the order of their nominal days, and what binds them."""

    protocol: str
    visits: tuple[RegimenVisit, ...]
    timing: tuple[TimingRule, ...]
    limits: tuple[Limit, ...]
    sources: tuple[Cited, ...] = ()
    tasks: tuple[TaskRule, ...] = ()
    measuring: tuple[Measuring, ...] = ()

    def visit(self, visit_id: str) -> RegimenVisit:
        """Return the visit of an id; ``KeyError`` where there is none."""
        for visit in self.visits:
            if visit.id == visit_id:
                return visit
        raise KeyError(visit_id)

    @property
    def first_dose(self) -> RegimenVisit | None:
        """The first dosing visit, with which treatment week 1 begins."""
        return next((visit for visit in self.visits if visit.kind == "dosing"), None)

    def is_verified(self, source: str | None) -> bool:
        """Return whether the source of a key was confirmed; no source is not."""
        return any(cited.key == source and cited.verified for cited in self.sources)
