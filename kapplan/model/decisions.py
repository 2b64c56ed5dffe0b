"""What people outside the program decided: a clinician's overrides, an insurer's authorizations."""

from __future__ import annotations

from datetime import date

from kapplan.dataclass import dataclass
from kapplan.model.fields import Whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorization:
    """What an insurer has approved: days, and any of visits and devices."""

    from_: date | None = None
    until: date | None = None
    visits: Whole | None = None
    devices: Whole | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """A named clinician's decision to go on in spite of a screening rule."""

    rule: str
    by: str
    on: date
    why: str
