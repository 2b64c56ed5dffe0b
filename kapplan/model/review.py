"""What reviews, reports and countdowns go by, as data: no clinical number stands in the program itself."""

from __future__ import annotations

from typing import Literal

from kapplan.dataclass import dataclass
from kapplan.model.clinic import Clinic
from kapplan.model.fields import Id, Measure, Positive, Whole
from kapplan.model.measures import Measures
from kapplan.model.profile import Profile
from kapplan.model.protocol import Protocol, Source
from kapplan.model.rules import Rulebook, TailoringRule


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreWindow:
    """How far from the day of a review a score still counts as that review's."""

    days_before: Whole
    days_after: Whole
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """A measure that is read in the place of others where those were not recorded, and always labelled so."""

    measure: Measure
    in_place_of: tuple[Measure, ...]
    text: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """How many days ahead something is seen to: the next authorization, an escort."""

    days: Positive
    text: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A figure that payers and studies count.

    Whether two doses never lie ``days`` or more apart; with ``doses``, whether so many were given within so many days
    of the first. Without ``drugs`` it is of every course.
    """

    id: Id
    days: Positive
    doses: Positive | None = None
    drugs: tuple[str, ...] = ()
    text: str
    source: str


Proposes = Literal["lengthen", "keep", "shorten", "step-back", "leave-out", "note"]
"""What a rule that reviews weigh leads to.

``lengthen``, ``keep`` and ``shorten`` decide between the intervals of a gate, or thin out check-ins; ``step-back``
returns to the denser schedule before, ``leave-out`` leaves out the doses still open, ``note`` changes nothing.
"""


While = Literal["always", "doses-ahead", "course-doses-ahead", "no-later-doses"]
"""When a rule is told: always, while doses (or doses of the active course) are ahead, or in protocols whose
follow-up has no doses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leads:
    """What a rule leads to, and when that is told."""

    to: Proposes
    while_: While = "always"


@dataclass(frozen=True, slots=True, kw_only=True)
class MovePrice:
    """What it costs that a visit moves of which the patient was told, in the unit of the weights of timing rules.

    ``moved`` is the price of any move; ``soon`` is added where the visit stood within the next days, ``earlier`` where
    it moves to an earlier day.
    """

    moved: Whole
    soon: Whole
    earlier: Whole


@dataclass(frozen=True, slots=True, kw_only=True)
class MovePrices:
    """The prices of moving visits of the active course and of the follow-up; the next ``soon_days`` are soon."""

    soon_days: Whole
    course: MovePrice
    follow_up: MovePrice
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorityWeights:
    """What a day off target of a patient counts beside others', by the profile's priority."""

    urgent: Positive
    soon: Positive
    routine: Positive
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewBook:
    """The file ``library/review.toml``.

    ``rules`` are weighed beside those of ``tailoring.toml`` that are ``used_by`` reviews; ``proposes`` says what each
    leads to. A rule that it does not name is what the protocol's own gates decide.
    """

    sources: dict[Id, Source]
    scores: ScoreWindow
    proxies: tuple[Proxy, ...]
    ask_again: Lead
    escort: Lead
    metrics: tuple[Metric, ...]
    proposes: dict[Id, Leads]
    moving: MovePrices
    priority: PriorityWeights
    rules: tuple[TailoringRule, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """The case of a plan and the data that its review reads; ``protocol`` is the protocol as it was tailored."""

    profile: Profile
    protocol: Protocol
    clinic: Clinic
    measures: Measures
    rules: Rulebook
    book: ReviewBook
