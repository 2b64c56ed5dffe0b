"""The plan: regimen, placement, statuses and history; the program's own file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field
from datetime import date, datetime
from typing import Literal

from kapplan.dataclass import dataclass
from kapplan.model import decisions
from kapplan.model.fields import Level
from kapplan.model.regimen import Regimen
from kapplan.model.terms import DOSES, OPEN, Kind, Place, Status
from kapplan.model.visits import Minutes, Part

PLAN_FORMAT = 2
"""Version of the plan file's format; older ones are migrated when read."""

FindingLevel = Literal["refuse", "refuse-unless-overridden", "warn"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarIdentity:
    """What makes the names of a plan's entries.

    Without the ``secret`` nobody can guess back from a name whose it is. Where there is none (plans of 0.1.0) the names
    are made of the plan's ids alone, one for every audience. ``former`` are the secrets of before, the empty one for
    names of ids alone: entries under those names are still the plan's.
    """

    secret: str = ""
    former: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One sentence that explains something, the rule it comes from, and that rule's source in words.

    ``short`` says in a few words what kept a visit off its target, and ``off`` by how many days it is later, or below
    zero earlier; no other reason has them. The reason that ``opens`` says who had the visit on a day, or at a time,
    that is closed.
    """

    rule: str
    text: str
    source: str | None = None
    level: Level | None = None
    verified: bool = True
    short: str | None = None
    off: int | None = None
    opens: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What screening says: ``level``, a sentence, its source; ``safety`` findings come before everything else.

    ``key`` is the profile key it was read from (``history.conditions``); ``change`` says what would settle it.
    ``task`` is what must be done for it, ``task_days`` after the first dose (before it where negative).
    ``evidence`` is what a notice was read from; one that is ``settled`` was acknowledged and comes first no more. One
    ``left_out`` asks for its key, which the profile does not state.
    """

    rule: str
    level: FindingLevel
    text: str
    source: str
    safety: bool = False
    key: str | None = None
    change: str | None = None
    overridden: bool = False
    not_screened: bool = False
    left_out: bool = False
    holds: tuple[Kind, ...] = ()
    verified: bool = True
    task: str | None = None
    task_days: int = 0
    evidence: tuple[decisions.Evidence, ...] = ()
    settled: bool = False

    @property
    def refuses(self) -> bool:
        """Whether it stands against every plan for this patient."""
        return self.level != "warn" and not self.overridden and not self.not_screened


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """A timing rule as a placed visit shows it."""

    rule: str
    after: str
    min_days: int | None = None
    target_days: tuple[int, int] | None = None
    max_days: int | None = None
    months: int | None = None
    weight: int = 0
    secondary: bool = False
    level: Level = "default"
    source: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedVisit:
    """One visit with its date, why it is there, and what became of it.

    ``start`` and ``end`` are in the clinic's zone; where not ``timed`` only the day is known. ``earliest`` and
    ``latest`` bound the window: the days that the rules allow given where the anchors stand. Slack is how many days the
    visit alone could move, every other visit staying; room is how many it could, by the timing rules and on days open
    to all, if those after it moved too. ``sequence`` and ``revised`` are what calendars need to know of its last
    change. ``actual`` is when it was held, ``original`` where it stood when first placed (``None`` while it stands
    there still), ``replaces`` the missed visit that it stands in for. ``asked`` says that its date was asked for by
    name: it is announced even while provisional. ``before`` is the status that an unresolved visit goes back to; it has
    none if it passed in a hold. ``partial`` says why only a part of it was given. ``parts`` has whoever of the staff is
    there for some parts only. A ``pinned`` visit moves for nothing but its own move.
    """

    id: str
    kind: Kind
    number: int
    title: str
    phase: str
    tier: Literal["course", "follow-up"] = "course"
    status: Status = "planned"
    provisional: bool = False
    start: datetime
    end: datetime
    timed: bool = True
    minutes: Minutes = Minutes()
    place: Place = "clinic"
    staff: tuple[str, ...] = ()
    parts: dict[str, tuple[Part, ...]] = field(default_factory=dict)
    room: str | None = None
    escort: bool = False
    devices: int = 0
    earliest: date | None = None
    latest: date | None = None
    slack_earlier: int = 0
    slack_later: int = 0
    room_earlier: int = 0
    room_later: int = 0
    deviation_days: int = 0
    timing: tuple[Timing, ...] = ()
    measures: tuple[str, ...] = ()
    because: tuple[Reason, ...] = ()
    awaits: tuple[str, ...] = ()
    sequence: int = 0
    revised: datetime
    actual: datetime | None = None
    original: datetime | None = None
    replaces: str | None = None
    asked: bool = False
    before: Status | None = None
    note: str | None = None
    cancelled_by: str | None = None
    partial: str | None = None
    pinned: bool = False

    @property
    def open(self) -> bool:
        """Whether the visit still lies ahead: nothing has been recorded of it that ends it."""
        return self.status in OPEN

    @property
    def is_opened(self) -> bool:
        """Whether the visit stands where it is since somebody opened a closed day, or time, for it by name."""
        return any(reason.opens for reason in self.because)

    @property
    def is_lost(self) -> bool:
        """Whether it is recorded that the visit was not held: missed, called off, or left out."""
        return self.status in {"missed", "cancelled", "omitted"}

    @property
    def day(self) -> date:
        """The day on which the visit was held, else that on which it stands."""
        return (self.actual or self.start).date()


def begins_course(visits: Iterable[PlannedVisit]) -> PlannedVisit | None:
    """Return the dose with which a course begins: the first by its day that was held or still stands, if any does."""
    standing = (visit for visit in visits if visit.kind in DOSES and not visit.is_lost)
    return min(standing, key=lambda visit: visit.day, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Something due on a day; ``visit`` is what it belongs to, ``measure`` what is answered from home."""

    id: str
    due: date
    text: str
    visit: str | None = None
    status: Literal["open", "done", "dropped"] = "open"
    source: str | None = None
    done: date | None = None
    measure: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One recorded score."""

    on: date
    measure: str
    value: int | str
    visit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One change: when, who, what, why, the patch that takes it back (JSON), and its link in the history's chain.

    ``change`` is the id that it shares with other plans changed with it, ``login`` whose login it was if not ``by``'s.
    """

    revision: int
    at: datetime
    by: str
    command: str
    text: str
    why: str | None = None
    undo: str | None = None
    change: str | None = None
    login: str | None = None
    chain: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtocolRef:
    """Which protocol a plan follows."""

    id: str
    version: str
    title: str
    off_label: bool
    drug: str
    route: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """How near the course is to its protocol; lower is nearer.

    A new plan is compared by ``deviation``, ``follow_up_deviation``, ``preference`` and ``sooner``, in this order. A
    re-plan by ``confirmed_moves``, ``disturbance``, ``follow_up_disturbance``, ``days_moved``, ``preference`` and
    ``sooner``: a disturbance is the deviation together with what moving announced visits costs. Where the plan is not
    ``proven`` to be the best, none is better than ``bound``, compared in the same order; what ``ended`` it is told.
    """

    deviation: int
    follow_up_deviation: int
    preference: int
    sooner: int
    confirmed_moves: int = 0
    announced_moves: int = 0
    disturbance: int = 0
    follow_up_disturbance: int = 0
    days_moved: int = 0
    proven: bool = True
    bound: dict[str, int] = field(default_factory=dict)
    ended: Literal["work", "deadline"] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """What a plan was made from: paths, digests of the bytes, versions of the data.

    Paths count from the plan's own folder. ``options`` are what the command line asked for in place of the profile:
    ``protocol``, ``clinic`` (a path) and ``start``.
    """

    profile: str | None = None
    clinic: str | None = None
    protocol: str | None = None
    digests: dict[str, str] = field(default_factory=dict)
    options: dict[str, str] = field(default_factory=dict)
    kapplan: str = ""
    tzdata: str = ""
    holidays: str = ""
    start: date | None = None
    start_within: int = 0
    first_dose: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What the plan was made from, as TOML texts, so that a change needs nothing but the plan itself.

    ``clinic`` is the clinic with the defaults it was read over, ``protocol`` the protocol as it was tailored.
    """

    profile: str = ""
    clinic: str = ""
    protocol: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClinicCard:
    """What handouts and calendars tell of the clinic; ``id`` is by what a book knows it, where it is not the name."""

    id: str | None = None
    name: str | None = None
    title: str = "Appointment"
    address: str | None = None
    phone: str | None = None
    url: str | None = None
    crisis_line: str | None = None
    alarms: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A dated course and its history.

    ``withdrawn`` are visits that calendars were told of and that an undo took away: exported as cancelled, no more.
    ``told`` are the starts of visits as the patient was last told. A course that is ``held`` may be meant to go on
    ``held_until`` a day. Nothing is placed ``not_before`` a day, nor moved within ``freeze_days``, where given.
    A plan whose ``content`` or ``history`` is not as it was written is ``doubted`` until somebody accepts it.
    """

    format: int = PLAN_FORMAT
    doubted: Literal["content", "history"] | None = None
    id: str
    patient: str
    name: str | None = None
    created: datetime
    revised: datetime
    revision: int = 1
    timezone: str
    protocol: ProtocolRef
    clinic: ClinicCard = ClinicCard()
    identity: CalendarIdentity = CalendarIdentity()
    therapist: str | None = None
    inputs: Inputs
    objective: Objective
    regimen: Regimen
    visits: tuple[PlannedVisit, ...]
    tasks: tuple[Task, ...] = ()
    findings: tuple[Finding, ...] = ()
    screened: decisions.Screened | None = None
    settlements: tuple[decisions.Settlement, ...] = ()
    noted: tuple[decisions.Noted, ...] = ()
    absences: tuple[decisions.Absence, ...] = ()
    overrides: tuple[decisions.Override, ...] = ()
    widenings: tuple[decisions.Widening, ...] = ()
    tailoring: tuple[decisions.AppliedRule, ...] = ()
    authorizations: tuple[decisions.Authorization, ...] = ()
    scores: tuple[Score, ...] = ()
    proposals: tuple[decisions.Proposal, ...] = ()
    notices: tuple[str, ...] = ()
    held: bool = False
    held_until: date | None = None
    not_before: date | None = None
    freeze_days: int | None = None
    told: dict[str, datetime] = field(default_factory=dict)
    withdrawn: tuple[PlannedVisit, ...] = ()
    snapshot: Snapshot = Snapshot()
    history: tuple[Entry, ...] = ()

    @property
    def days_off(self) -> int:
        """How many days the visits that count are off their targets, in all."""
        return sum(visit.deviation_days for visit in self.visits if not visit.is_lost)

    @property
    def next_visit(self) -> PlannedVisit | None:
        """What ``next`` means: the oldest visit of which nothing is recorded yet; ``None`` where all are."""
        return min((visit for visit in self.visits if visit.open), key=lambda visit: visit.start, default=None)

    @property
    def first_dose(self) -> date | None:
        """The day on which treatment week 1 begins: of the first dose that was held or still stands.

        Where all were lost it is the first of those; ``None`` in a course without doses.
        """
        first = begins_course(self.visits)
        return first.day if first else min((visit.day for visit in self.visits if visit.kind in DOSES), default=None)

    @property
    def lacks_dates(self) -> bool:
        """Whether visits have no dates that keep every rule: of these nobody can be told yet."""
        return any(visit.status == "unresolved" for visit in self.visits)

    def visit(self, visit_id: str) -> PlannedVisit:
        """Return the visit of an id; ``KeyError`` where there is none."""
        for visit in self.visits:
            if visit.id == visit_id:
                return visit
        raise KeyError(visit_id)
