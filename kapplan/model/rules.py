"""The rules of screening and tailoring as data: conditions on what a profile says, and what follows from them.

How a file of rules is written is told in ``docs/rules.md``.
"""

from __future__ import annotations

from dataclasses import field
from typing import Literal

from kapplan.dataclass import dataclass
from kapplan.model.fields import Id, Level, Measure, Positive
from kapplan.model.plan import FindingLevel
from kapplan.model.protocol import Series, Source, VisitType
from kapplan.model.terms import DOSES, Kind, Place, Route


@dataclass(frozen=True, slots=True, kw_only=True)
class Test:
    """One field and one thing that is asked of it: true, false, or unknown where the field is left out.

    Of a list, a comparison asks whether any item meets it. Only ``stated`` is never unknown.
    """

    __test__ = False

    field: str | None = None
    is_: str | int | bool | None = None
    in_: tuple[str, ...] | None = None
    has_any: tuple[str, ...] | None = None
    has_all: tuple[str, ...] | None = None
    nonempty: bool | None = None
    at_least: float | None = None
    at_most: float | None = None
    above: float | None = None
    below: float | None = None
    below_field: str | None = None
    stated: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause(Test):
    """A test, or tests that must all hold, or of which any must, or that must not."""

    all: tuple[Test, ...] = ()
    any: tuple[Test, ...] = ()
    not_: Test | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition(Test):
    """A test, or clauses that must all hold, or of which any must, or that must not; nothing at all always holds."""

    all: tuple[Clause, ...] = ()
    any: tuple[Clause, ...] = ()
    not_: Clause | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Applies:
    """To which courses a rule applies: all, or those of a drug, a route, a setting, or the protocols named.

    A protocol that extends one that is named counts as named.
    """

    drugs: tuple[Literal["ketamine", "esketamine"], ...] = ()
    routes: tuple[Route, ...] = ()
    settings: tuple[Literal["clinic", "home", "inpatient"], ...] = ()
    protocols: tuple[Id, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DueTask:
    """Something to be done ``due_days`` after the first dose, before it where negative."""

    text: str
    due_days: int = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreeningRule:
    """What speaks against scheduling, or for care.

    ``text`` is the sentence for people, ``change`` what would change it, ``key`` the profile's key that it is read
    from (else that of the condition's first field). With ``ask`` (where ``ask_when`` holds, if it is given) what is
    left out is a finding of its own; without, it is passed over. ``holds`` are kinds of visits that stay provisional
    while the finding stands, or until a named clinician overrides it. ``unfit`` says that the patient is not one of
    those for whom the course is, by the diagnosis or by what else its label or study asks; a labelled product is then
    off-label. ``covers`` are the warnings that this one says in their stead. ``facts`` are the rows of the clinical
    facts it comes from.
    """

    id: Id
    facts: tuple[str, ...] = ()
    level: Level = "default"
    outcome: FindingLevel
    applies: Applies = Applies()
    when: Condition = Condition()
    text: str
    change: str | None = None
    key: str | None = None
    source: str
    safety: bool = False
    ask: bool = False
    ask_when: Condition | None = None
    holds: tuple[Kind, ...] = ()
    unfit: Literal["diagnosis", "criteria"] | None = None
    covers: tuple[Id, ...] = ()
    task: DueTask | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is said, and must be done, where a key that screening needs is left out of the profile."""

    text: str
    change: str
    holds: tuple[Kind, ...] = DOSES


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruction:
    """What the patient or the staff does at each visit of some kinds and places; handouts print it, with the time.

    ``minutes_before`` and ``hours_after`` count from the visit's start and end. ``neutral`` stands in place of ``text``
    where nothing may be told of the patient: of a text that names their drugs, say.
    """

    id: Id
    facts: tuple[str, ...] = ()
    level: Level = "default"
    applies: Applies = Applies()
    when: Condition = Condition()
    visits: tuple[Kind, ...] = DOSES
    places: tuple[Place, ...] = ("clinic", "home", "remote")
    to: Literal["patient", "clinic"] = "patient"
    minutes_before: Positive | None = None
    hours_after: Positive | None = None
    text: str
    neutral: str | None = None
    source: str

    @property
    def is_timed(self) -> bool:
        """Whether it has a time of the clock."""
        return self.minutes_before is not None or self.hours_after is not None

    def holds_at(self, kind: str, place: str) -> bool:
        """Tell whether it is one of visits of a kind at a place."""
        return kind in self.visits and place in self.places


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """A fact that other parts of the program hold: ``by`` says which."""

    facts: tuple[str, ...]
    text: str
    by: str
    level: Level = "default"
    source: str


# Effects of tailoring


@dataclass(frozen=True, slots=True, kw_only=True)
class Doses:
    """The number of doses where the protocol lets the profile choose it, within the bounds of that choice."""

    count: Positive | None = None
    at_least: Positive | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MoreVisits:
    """``more`` visits in the active course's first plain series of a kind, ``at_most`` so many in all."""

    visit: Kind
    more: Positive = 1
    at_most: Positive | None = None


WindowName = Literal["gap", "lead", "before_next"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The days aimed at in a window of the active course's series of a kind, cut to the window's limits."""

    visit: Kind
    window: WindowName = "gap"
    days: tuple[int, int]
    weight: Positive | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrower:
    """Closer limits of a window of the active course's series of a kind; limits are never widened."""

    visit: Kind
    window: WindowName = "gap"
    min: int | None = None
    max: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Longer:
    """Least minutes of visits: in ``total`` (the time is added to monitoring) or of one part."""

    visits: tuple[Kind, ...]
    total: Positive | None = None
    prepare: Positive | None = None
    monitor: Positive | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MoreMeasures:
    """Measures added to visits of some kinds."""

    visits: tuple[Kind, ...]
    add: tuple[Measure, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPoints:
    """Where the points of a kind's series stand: the first one no later than ``first_day``, or other ``weeks``."""

    visit: Kind
    first_day: Positive | None = None
    weeks: tuple[Positive, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPlace:
    """Visits of some kinds held at another place; doses never move."""

    visits: tuple[Kind, ...]
    to: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class MoreSeries:
    """A whole series added to the first phase of the protocol that has visits of a kind, written as protocols do.

    ``type`` is what its visits are where the protocol has no such type; ``last`` takes the last such phase.
    """

    beside: Kind
    series: Series
    type: VisitType | None = None
    last: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MoreTask:
    """A task of each visit of a kind, or of the course (counted from the first dose) where no kind is given.

    With ``every_days`` it comes again through the maintenance that the profile asks for, with ``reauthorization``
    before each time that the insurer is asked again: counted from the first dose that no authorization covers.
    """

    id: Id
    text: str
    due_days: int
    visit: Kind | None = None
    every_days: Positive | None = None
    reauthorization: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureOften:
    """Measures answered from home every so many days of the active course in which no visit takes them."""

    measures: tuple[Measure, ...]
    every_days: Positive


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """One change of the course; exactly one key is given."""

    doses: Doses | None = None
    visits: MoreVisits | None = None
    target: Target | None = None
    window: Narrower | None = None
    minutes: Longer | None = None
    measures: MoreMeasures | None = None
    points: NewPoints | None = None
    place: NewPlace | None = None
    series: MoreSeries | None = None
    task: MoreTask | None = None
    often: MeasureOften | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TailoringRule:
    """What changes in a course for a patient of whom a condition holds, and why.

    Rules that are ``used_by`` suggestions or reviews change no new plan: ``favours`` and ``against`` name the protocols
    that a suggestion weighs. Rules of the ``frame`` are what is put around every course whatever its publication says
    (intake, closing review, mood and suicidality); a profile can turn all of them off at once.
    """

    id: Id
    facts: tuple[str, ...] = ()
    used_by: Literal["tailor", "suggest", "review"] = "tailor"
    frame: bool = False
    level: Level = "default"
    applies: Applies = Applies()
    when: Condition = Condition()
    effects: tuple[Effect, ...] = ()
    favours: tuple[Id, ...] = ()
    against: tuple[Id, ...] = ()
    text: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rulebook:
    """A file of rules: those of the package, or a clinic's own.

    ``medications`` gives, for each class of drugs, the names by which profiles know them; ``groups`` are classes of
    classes; ``common`` are classes of which no rule of the package speaks, so that a name that stands nowhere is rare.
    ``known_by`` names the sources of the ``classes`` and of the ``equivalents``.
    ``brands`` are other names of one drug each. ``equivalents`` are the milligrams of a drug that equal 10 mg of
    diazepam, by each of the tables that are known.
    """

    sources: dict[Id, Source] = field(default_factory=dict)
    medications: dict[Id, tuple[str, ...]] = field(default_factory=dict)
    groups: dict[Id, tuple[Id, ...]] = field(default_factory=dict)
    common: dict[Id, tuple[str, ...]] = field(default_factory=dict)
    brands: dict[str, str] = field(default_factory=dict)
    equivalents: dict[Id, tuple[float, ...]] = field(default_factory=dict)
    known_by: dict[Id, Id] = field(default_factory=dict)
    questions: dict[str, Question] = field(default_factory=dict)
    screening: tuple[ScreeningRule, ...] = ()
    instructions: tuple[Instruction, ...] = ()
    elsewhere: tuple[Elsewhere, ...] = ()
    tailoring: tuple[TailoringRule, ...] = ()


NOT_SCREENED = "not-screened"
"""Begins the names of findings that say what screening could not see; the profile's key follows after a dot."""
