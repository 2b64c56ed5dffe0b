"""The protocol: a published course as data.

Every rule is a sentence with ``min``, ``target``, ``max``, ``level`` and ``source``.

How a file is laid out as visits and timing rules is told in ``docs/protocols.md``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Literal

from kapplan.dataclass import dataclass
from kapplan.model.fields import VERIFIED, Id, Level, Mark, Measure, Positive, Strength, Whole
from kapplan.model.profile import Diagnosis, Goal
from kapplan.model.terms import Kind, Place, Role, Route
from kapplan.model.visits import PARTS, Gate, Minutes, NeedByParts, Part, TaskRule

Days = int | tuple[int, int]
"""A number of days, or the first and the last of a range."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a fact comes from and how well it is known.

    ``year`` is that of the publication, or in which a page was read. ``no_identifier`` says, in a sentence, why there
    is nothing to look it up by.
    """

    cite: str
    author: str | None = None
    year: Positive | None = None
    mark: Mark
    strength: Strength | None = None
    doi: str | None = None
    pmid: str | None = None
    registration: str | None = None
    url: str | None = None
    no_identifier: str | None = None
    note: str | None = None

    @property
    def identifiers(self) -> tuple[str, ...]:
        """What it can be looked up by: DOI, PMID, registration, address."""
        ids = (("doi:", self.doi), ("PMID ", self.pmid), ("", self.registration), ("", self.url))
        return tuple(f"{lead}{value}" for lead, value in ids if value)

    @property
    def verified(self) -> bool:
        """Whether what comes from it was confirmed."""
        return self.mark == VERIFIED


def is_verified(key: str | None, sources: Mapping[str, Source]) -> bool:
    """Return whether the source of a key was confirmed; what has no source is not."""
    source = None if key is None else sources.get(key)
    return source is not None and source.verified


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitType:
    """What one kind of visit is: where, how long, with whom, and what is measured.

    ``kind`` is the key of the table where it is not given; two types may be of one kind (a first, longer one). A room
    is needed throughout, clearing up included; a role too, unless its need names parts.
    ``devices`` is how many a dose takes; of several numbers each stands for one dose in turn, the last one for all that
    follow. ``unverified`` names what of it no source confirms.
    """

    kind: Kind | None = None
    title: str | None = None
    place: Place = "clinic"
    minutes: Minutes = Minutes()
    needs: tuple[Role | Literal["room"] | NeedByParts, ...] = ()
    escort: bool = False
    devices: Whole | tuple[Whole, ...] = 0
    measures: tuple[Measure, ...] = ()
    tasks: tuple[TaskRule, ...] = ()
    level: Level = "default"
    source: str | None = None
    unverified: tuple[str, ...] = ()

    @property
    def needed(self) -> tuple[Role | Literal["room"], ...]:
        """The roles that it needs, for whatever parts, and ``room``."""
        return tuple(dict.fromkeys(need.role if isinstance(need, NeedByParts) else need for need in self.needs))

    @property
    def parts(self) -> dict[str, tuple[Part, ...]]:
        """The parts for which it needs a role that it does not need throughout."""
        asked = [need for need in self.needs if isinstance(need, NeedByParts) and need.role not in self.needs]
        wanted = {one.role: {part for need in asked if need.role == one.role for part in need.parts} for one in asked}
        return {role: tuple(part for part in PARTS if part in parts) for role, parts in wanted.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """*Visit B falls min..max days after anchor A, ideally within target.* Days before the anchor are negative."""

    min: int | None = None
    target: Days | None = None
    max: int | None = None
    weight: Positive | None = None
    level: Level = "default"
    source: str | None = None
    text: str | None = None

    @property
    def target_days(self) -> tuple[int, int] | None:
        """The first and the last day of its target."""
        return (self.target, self.target) if isinstance(self.target, int) else self.target


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """A visit to count from: the first, the last or the ``number``-th of a kind, in the whole course or one phase.

    Exactly one of ``first``, ``last`` and ``visit`` (with ``number``) is given; ``number`` counts within ``of`` where
    that is given, else through the course.
    """

    first: Kind | None = None
    last: Kind | None = None
    visit: Kind | None = None
    number: Positive | None = None
    of: Id | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtraRule(Window):
    """A further timing rule of a series: for its first, last or each visit."""

    which: Literal["first", "last", "each"] = "first"
    after: Anchor


@dataclass(frozen=True, slots=True, kw_only=True)
class Weeks:
    """A series by treatment weeks: at most ``count`` in each of the weeks, ideally these.

    ``from`` may be zero or negative: weeks before the first dose. With ``until = "maintenance"`` the series goes on
    to the
    end of the maintenance that the profile asks for. Every ``every``-th week, counted from ``from``.
    """

    from_: int = 1
    until: int | Literal["maintenance"]
    count: Positive = 1
    every: Positive = 1
    weight: Positive | None = None
    level: Level = "default"
    source: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Each:
    """One visit for each visit of a kind: all, the ``numbers`` named, and after those every ``then_every``-th.

    ``numbers`` count within ``of`` where that is given. With ``last = false`` none for the last one (an integration
    *between* two doses).
    """

    visit: Kind
    of: Id | None = None
    numbers: tuple[Positive, ...] | None = None
    then_every: Positive | None = None
    last: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthPoints:
    """Every ``every``-th calendar month from month ``from`` to the end of the maintenance, or through ``until``.

    With ``choices`` the profile may ask for another interval of those (``treatment.maintenance_every``).
    """

    from_: Positive
    every: Positive = 1
    until: Positive | None = None
    choices: tuple[Positive, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Points:
    """Fixed points counted from the anchor: days, weeks, calendar months (clipped to the month's end)."""

    days: tuple[int, ...] = ()
    weeks: tuple[int, ...] = ()
    months: tuple[Positive, ...] | MonthPoints = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """How many visits the profile's ``doses`` may ask for: from ``min`` to ``max``, in steps of ``step``."""

    min: Positive
    max: Positive
    step: Positive = 1

    def nearest(self, wanted: int) -> int:
        """Return the number nearest to one wanted that may be chosen; between two steps the smaller one."""
        within = min(max(wanted, self.min), self.max)
        return within - (within - self.min) % self.step

    @property
    def numbers(self) -> range:
        """The numbers that are left open."""
        return range(self.min, self.max + 1, self.step)


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """A row of visits of one type with their timing.

    How many: ``count``, or ``weeks``, or ``each``, or ``at`` (exactly one; ``count = 1`` where none is given). Where
    from: ``after`` names the anchor of the first visit, ``lead`` its window; without ``lead`` the ``gap`` holds
    from the anchor too.
    ``gap`` holds between neighbours of the series; with ``each`` from its dose, with ``at`` around each point.
    ``joins`` says that the gap also holds from the last visit of the same kind of the phase before.
    ``before_next`` bounds how long before the next visit of ``each``'s kind it must fall.
    ``doses`` marks the series whose number the profile may choose.
    """

    id: Id | None = None
    visit: Id
    count: Positive | None = None
    doses: Choice | None = None
    after: Anchor | None = None
    lead: Window | None = None
    gap: Window | None = None
    joins: bool = False
    weeks: Weeks | None = None
    each: Each | None = None
    before_next: Window | None = None
    at: Points | None = None
    rules: tuple[ExtraRule, ...] = ()
    shares_day_with: tuple[Kind, ...] = ()
    gate: Gate | None = None
    measures: tuple[Measure, ...] | None = None
    level: Level = "default"
    source: str | None = None
    unverified: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """A part of the course. A phase that a gate names in ``then`` or ``otherwise`` is only entered through it.

    ``follow_up`` phases weigh less than the active course; an ``on_request`` phase is never laid out by itself
    (boosters).
    """

    id: Id
    title: str | None = None
    follow_up: bool = False
    on_request: bool = False
    series: tuple[Series, ...] = ()
    source: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """At most ``max`` visits of the kinds in every block of ``every`` days counted from the first dose."""

    visits: tuple[Kind, ...]
    max: Positive
    every: Positive = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitRule:
    """A limit over several visits: a cap, or kinds that never share a day."""

    id: Id
    cap: Cap | None = None
    apart: tuple[Kind, ...] | None = None
    level: Level = "default"
    source: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MissedRule:
    """What a missed dose of a phase leads to.

    ``continue``: the schedule goes on, nothing is added; ``replace``: the dose is given later; ``ask``: a proposal,
    nothing else. ``partial`` says the same of a dose that was given in part: it ``counts``, is given again, or somebody
    is asked; in gaps and caps it counts always. ``worse`` is what is proposed where the patient is worse,
    ``lapse_days`` the gap after which the clinician is asked whether to resume or to begin anew.
    """

    then: Literal["continue", "replace", "ask"] = "continue"
    partial: Literal["counts", "replace", "ask"] = "ask"
    worse: Literal["step-back", "ask"] | None = None
    lapse_days: Positive | None = None
    level: Level = "default"
    source: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Suits:
    """For whom the publication studied the course; `suggest` reads it."""

    goals: tuple[Goal, ...] = ()
    prior_ketamine: tuple[Literal["none", "responded", "relapsed", "no-response", "adverse"], ...] = ()
    veteran: bool | None = None
    under_18: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a trial found where it was not what it looked for: no difference, harm, or a part of it only."""

    finding: Literal["null", "negative", "mixed"]
    text: str
    level: Level = "default"
    source: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Protocol:
    """One protocol with its phases and sources; ``extends`` names the protocol whose keys it starts from.

    ``result`` is told beside the strength of a trial that did not find what it looked for.
    """

    id: Id
    title: str
    version: str
    summary: str | None = None
    extends: str | None = None
    drug: Literal["ketamine", "esketamine"]
    route: Route | None = None
    routes: tuple[Route, ...] = ()
    setting: Literal["clinic", "home", "inpatient"] = "clinic"
    off_label: bool
    indications: tuple[Diagnosis, ...] = ()
    suits: Suits = Suits()
    strength: Strength | None = None
    result: Result | None = None
    stability_days: Positive | None = None
    sources: dict[str, Source] = field(default_factory=dict)
    visits: dict[Id, VisitType]
    phases: tuple[Phase, ...]
    limits: tuple[LimitRule, ...] = ()
    missed: dict[str, MissedRule] = field(default_factory=dict)
    tasks: tuple[TaskRule, ...] = ()
    notes: tuple[str, ...] = ()

    def kind_of(self, visit: str) -> Kind:
        """Return the kind of a visit type: its own, else its name, which then is one."""
        known = self.visits.get(visit)
        return known.kind or visit if known is not None else visit
