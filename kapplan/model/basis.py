"""What a review stands on beside the plan itself: the case it was made from, the measures, the rules."""

from __future__ import annotations

from kapplan.dataclass import dataclass
from kapplan.model.clinic import Clinic
from kapplan.model.measures import Measures
from kapplan.model.profile import Profile
from kapplan.model.protocol import Protocol
from kapplan.model.review import ReviewBook
from kapplan.model.rules import Rulebook


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """The case of a plan and the data that its review reads; ``protocol`` is the protocol as it was tailored."""

    profile: Profile
    protocol: Protocol
    clinic: Clinic
    measures: Measures
    rules: Rulebook
    book: ReviewBook
