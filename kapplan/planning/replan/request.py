"""What a re-plan is asked with and what it answers: sources, options, a visit asked for by name, the revision."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from datetime import date, datetime, time
from functools import cached_property
from typing import Literal

from kapplan.dataclass import dataclass
from kapplan.model.clinic import Clinic
from kapplan.model.decisions import AppliedRule, Override
from kapplan.model.fields import Level
from kapplan.model.plan import Finding, Inputs, Objective, Plan, Snapshot
from kapplan.model.profile import Profile
from kapplan.model.protocol import Protocol
from kapplan.model.review import MovePrices
from kapplan.planning.availability.free_time import BusyTimes
from kapplan.planning.infeasibility.minimal_conflict import Clash, Repair
from kapplan.planning.phrases.words import day_words, visit_words
from kapplan.planning.problem.deadline import Deadline
from kapplan.planning.problem.objective import DaysOff
from kapplan.planning.residual.overdue_rules import Loosened


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """What a plan is dated from; ``busy`` leaves out the plan's own visits, ``moving`` is what moving visits costs.

    ``protocol`` is the protocol as it was tailored. ``findings`` are those of a fresh screening (``None``: the plan's
    stand). ``tailoring``, ``off_label``, ``inputs`` and ``snapshot`` are written into a plan refreshed from them.
    """

    profile: Profile
    protocol: Protocol
    clinic: Clinic
    moving: MovePrices
    busy: BusyTimes = field(default_factory=BusyTimes)
    findings: tuple[Finding, ...] | None = None
    tailoring: tuple[AppliedRule, ...] | None = None
    off_label: bool | None = None
    inputs: Inputs | None = None
    snapshot: Snapshot | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a plan is dated anew.

    With ``refit`` moving costs nothing. Visits of ``keep`` stay, and so do all from today through ``freeze_days`` days
    later. ``overrides`` name rules that may be broken by the visit asked for (by any open visit where none is). The
    search may take ``effort`` times its usual work, until the ``deadline`` if there is one.
    """

    refit: bool = False
    keep: frozenset[str] = frozenset()
    freeze_days: int | None = None
    overrides: tuple[Override, ...] = ()
    effort: int = 1
    deadline: Deadline | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A visit wanted on a day, at ``time`` on the clinic's clock or at the best one."""

    visit: str
    day: date
    time: time | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """A rule or a closing that a visit asked for would break, in words; ``rule`` is the name that overrides it.

    One that lies ``behind`` the visit has no name: the visit was held, or its day has passed.
    """

    rule: str
    text: str
    source: str | None = None
    level: Level | None = None
    behind: bool = False


Holder = Literal["keep", "pin", "freeze", "override"]
"""What holds a visit where it stands: ``--keep``, a pin, frozen days, or an override of a closed day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """A visit that was to stay and does not, by what it was held, and why nothing holds it; ``to`` is its new time."""

    visit: str
    by: Holder
    from_: datetime
    to: datetime | None
    text: str

    @property
    def sentence(self) -> str:
        """Say it in words."""
        was = {"keep": "was to be kept", "pin": "was pinned", "freeze": "stood in frozen days"}.get(
            self.by, "was to stay"
        )
        where = "has no other day yet" if self.to is None else f"moves to {day_words(self.to.date())}"
        moved = f"{visit_words(self.visit)} {was} on {day_words(self.from_.date())} and {where}: {self.text}."
        return moved[:1].upper() + moved[1:]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a visit cannot be where it was asked for, and the nearest days on which it could be.

    ``holders`` says what holds others where they stand.
    """

    asked: Asked
    obstacles: tuple[Obstacle, ...]
    nearest: tuple[date, ...] = ()
    holders: Mapping[str, Holder] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyNot:
    """Why no dates keep every rule: the smallest clash, what would mend it, and what finds every other clash."""

    clash: Clash | None = None
    repairs: tuple[Repair, ...] = ()
    every_clash: Callable[[], tuple[Clash, ...]] = field(default=tuple, repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """What a plan would be if moving cost nothing: its objective, and its days off target, ``now`` and then."""

    objective: Objective
    now: DaysOff
    then: DaysOff


@dataclass(frozen=True, kw_only=True)
class Revision:
    """A plan dated anew.

    Where ``placed`` is false no dates keep every rule: the open visits of ``plan`` keep theirs as ``unresolved``, and
    ``why_not`` finds out why and what would help, once somebody asks. Where a visit asked for is ``refused`` the plan
    is unchanged. ``origin`` is the day from which the repairs count theirs. ``holders`` says what holds open visits
    where they stand; ``released`` are the visits that were to stay and do not.
    """

    plan: Plan
    placed: bool = True
    refused: Refusal | None = None
    why_not: Callable[[], WhyNot] = field(default=WhyNot, repr=False, compare=False)
    origin: date | None = None
    holders: Mapping[str, Holder] = field(default_factory=dict)
    loosened: tuple[Loosened, ...] = ()
    released: tuple[Released, ...] = ()
    fit: Callable[[], Fit | None] = field(default=lambda: None, repr=False, compare=False)

    @cached_property
    def _why(self) -> WhyNot:
        return self.why_not()

    @property
    def clash(self) -> Clash | None:
        """The smallest clash, where there are no dates."""
        return self._why.clash

    @property
    def repairs(self) -> tuple[Repair, ...]:
        """What would mend the clash."""
        return self._why.repairs

    def clashes(self, *, every: bool) -> tuple[Clash, ...]:
        """Return the clashes to tell: the first, or ``every`` one."""
        if self.clash is None:
            return ()
        return self._why.every_clash() if every else (self.clash,)

    def refit(self) -> Objective | None:
        """Return what ``--refit`` would give, worked out when it is asked for; ``None`` where nothing is to place."""
        fit = self.fit()
        return None if fit is None else fit.objective
