"""The placement problem: plain numbers that are enough to find, or to check, an answer.

Day 0 is ``origin``; all days count from it and may be negative for what was held before.
"""

from __future__ import annotations

from datetime import date
from typing import Literal, NamedTuple

from kapplan.dataclass import dataclass
from kapplan.model.terms import Tier

Term = Literal[
    "confirmed_moves",
    "announced_moves",
    "disturbance",
    "deviation",
    "follow_up_disturbance",
    "follow_up_deviation",
    "days_moved",
    "preference",
    "sooner",
    "ties",
]
NEW_PLAN: tuple[Term, ...] = ("deviation", "follow_up_deviation", "preference", "sooner", "ties")
RE_PLAN: tuple[Term, ...] = (
    "confirmed_moves", "disturbance", "follow_up_disturbance", "days_moved", "preference", "sooner", "ties",
)  # fmt: skip
ProblemLimitType = Literal["cap", "distinct_days", "not_together"]
Holding = Literal["kept", "pinned", "frozen"]
Role = Literal["rule", "start", "first-dose", "asked", Holding]
"""What a timing rule is: one of the course, or what holds the start, the first dose, a visit asked for by name, or one
that was to stay where it stands."""
HOLDING: frozenset[Role] = frozenset({"kept", "pinned", "frozen"})
START = "start"
"""The rule that the first visit comes no earlier, and only so much later, than asked."""
FIRST_DOSE = "first-dose"
"""The rule that fixes the first dose to a day, in place of the start."""


class OpenDay(NamedTuple):
    """A day on which a visit can be held, and what choosing it costs.

    ``preference`` is how little it is liked; ``disturbance`` is the price of moving a visit there that was announced,
    in the unit of the weights of timing rules; ``move`` is 1 where choosing it moves the visit.
    """

    day: int
    preference: int = 0
    disturbance: int = 0
    move: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemVisit:
    """A visit to place.

    ``fixed`` visits stay where they are, open day or not; ``announced`` is the day that was told before.
    """

    id: str
    tier: Tier
    provisional: bool = False
    fixed: int | None = None
    announced: int | None = None
    confirmed: bool = False
    days: tuple[OpenDay, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemTiming:
    """``visit`` falls ``min``..``max`` days after ``after`` (a visit's id, or a day); ``role`` says what asks it.

    Each day outside ``target`` costs ``weight``, of a ``secondary`` rule in the term ``sooner``: it only decides among
    days that are alike in all that comes before. With ``months`` the bounds are days around the anchor's day moved by
    so many calendar months, clipped to the month's end.
    """

    rule: str
    visit: str
    after: str | int
    months: int | None = None
    min: int | None = None
    target: tuple[int, int] | None = None
    max: int | None = None
    weight: int = 0
    role: Role = "rule"
    secondary: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemLimit:
    """A limit over several visits; ``role`` says what asks it: a rule of the course, or what an insurer approved.

    ``limits.counted_as`` says how each type is counted, ``limit_words`` what it is called; nobody else reads the type.

    - ``cap``: at most ``max`` of ``visits`` in each block of ``every`` days counted from ``anchor`` (a visit's id
      or a day;
      blocks before the anchor count too), only days ``from_`` through ``until`` being counted where these are given.
      Without ``every`` the days ``from_`` through ``until`` are one block.
    - ``distinct_days``: no two of ``visits`` on one day.
    - ``not_together``: no two of ``visits`` both on one of ``days`` (they could share a day, but no two slots of it
      fit).
    """

    rule: str
    type: ProblemLimitType
    role: Literal["rule", "approved"] = "rule"
    visits: tuple[str, ...]
    anchor: str | int | None = None
    every: int | None = None
    max: int | None = None
    from_: int | None = None
    until: int | None = None
    days: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Everything that placement needs.

    ``visits`` stand in the order of the ties. Rules whose visits are all fixed are not part of the problem: history
    is reported, not enforced.
    """

    origin: date
    horizon: int
    visits: tuple[ProblemVisit, ...]
    timing: tuple[ProblemTiming, ...] = ()
    limits: tuple[ProblemLimit, ...] = ()
    objective: tuple[Term, ...] = NEW_PLAN

    @property
    def fixed(self) -> dict[str, int]:
        """The day of every visit that stays where it is."""
        return {visit.id: visit.fixed for visit in self.visits if visit.fixed is not None}
