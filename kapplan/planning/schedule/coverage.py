"""What insurers approved against what was given and is planned: doses, devices and days, counted together.

Doses are taken in the order of their days. Each is covered by the first authorization whose days it lies in and that
has a visit and enough devices left; one that was missed, cancelled or left out uses nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import field
from datetime import date, timedelta
from typing import Literal

from kapplan.dataclass import dataclass
from kapplan.model.decisions import Authorization
from kapplan.model.plan import Plan, PlannedVisit
from kapplan.model.terms import DOSES

RunsOut = Literal["visits", "devices", "days"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """One authorization: what was used of it, what is planned on it, and where it ends.

    ``number`` counts from 1 in the order of the profile. ``last_covered`` is its last dose, ``first_uncovered`` the
    first dose still ahead after it that no authorization covers, for want of ``runs_out``. The next one is asked for
    ``ask_by``; both are ``None`` where nothing is uncovered.
    """

    number: int
    authorization: Authorization
    visits_used: int = 0
    visits_planned: int = 0
    devices_used: int = 0
    devices_planned: int = 0
    last_covered: PlannedVisit | None = None
    first_uncovered: PlannedVisit | None = None
    runs_out: RunsOut | None = None
    ask_by: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """The authorizations of a plan, and the doses still ahead that none of them covers."""

    uses: tuple[Use, ...] = ()
    uncovered: tuple[PlannedVisit, ...] = ()


@dataclass(slots=True)
class _Account:
    number: int
    authorization: Authorization
    covered: list[PlannedVisit] = field(default_factory=list)
    devices: int = 0

    def lacks(self, visit: PlannedVisit, devices: int) -> RunsOut | None:
        """Return what it lacks to cover a dose, ``None`` where it covers it."""
        approved, day = self.authorization, visit.day
        if (approved.from_ and day < approved.from_) or (approved.until and day > approved.until):
            return "days"
        if approved.visits is not None and len(self.covered) >= approved.visits:
            return "visits"
        if approved.devices is not None and self.devices + devices > approved.devices:
            return "devices"
        return None


def coverage(plan: Plan, *, devices_per_visit: int | None = None, ask_days: int = 0) -> Coverage:
    """Return how far a plan's authorizations reach; see ``coverage_of``."""
    return coverage_of(plan.authorizations, plan.visits, devices_per_visit=devices_per_visit, ask_days=ask_days)


def coverage_of(
    authorizations: Sequence[Authorization],
    visits: Sequence[PlannedVisit],
    *,
    devices_per_visit: int | None = None,
    ask_days: int = 0,
) -> Coverage:
    """Return how far authorizations reach over the visits of a course.

    ``devices_per_visit`` is what the profile says of this patient, else each visit's own number counts; ``ask_days``
    is how long before the first uncovered dose the next authorization is asked for.
    """
    accounts = [_Account(number, one) for number, one in enumerate(authorizations, start=1)]
    if not accounts:
        return Coverage()
    uncovered: list[PlannedVisit] = []
    for visit in _doses(visits):
        devices = _devices(visit, devices_per_visit)
        account = next((account for account in accounts if account.lacks(visit, devices) is None), None)
        if account is not None:
            account.covered.append(visit)
            account.devices += devices
        elif visit.open:
            uncovered.append(visit)
    uses = tuple(_use(account, uncovered, devices_per_visit, ask_days) for account in accounts)
    return Coverage(uses=uses, uncovered=tuple(uncovered))


def _doses(visits: Sequence[PlannedVisit]) -> Iterator[PlannedVisit]:
    """Yield the doses that were given or are to be, by their days."""
    doses = (visit for visit in visits if visit.kind in DOSES and (visit.open or visit.status == "completed"))
    yield from sorted(doses, key=lambda visit: visit.actual or visit.start)


def _devices(visit: PlannedVisit, devices_per_visit: int | None) -> int:
    return visit.devices if devices_per_visit is None else devices_per_visit


def _use(account: _Account, uncovered: list[PlannedVisit], devices_per_visit: int | None, ask_days: int) -> Use:
    used = [visit for visit in account.covered if not visit.open]
    planned = [visit for visit in account.covered if visit.open]
    last = account.covered[-1] if account.covered else None
    begins = account.authorization.from_ or date.min
    after = [visit for visit in uncovered if visit.start.date() >= (last.day if last is not None else begins)]
    first = after[0] if after else None
    return Use(
        number=account.number,
        authorization=account.authorization,
        visits_used=len(used),
        visits_planned=len(planned),
        devices_used=sum(_devices(visit, devices_per_visit) for visit in used),
        devices_planned=sum(_devices(visit, devices_per_visit) for visit in planned),
        last_covered=last,
        first_uncovered=first,
        runs_out=None if first is None else account.lacks(first, _devices(first, devices_per_visit)),
        ask_by=None if first is None else first.start.date() - timedelta(days=ask_days),
    )
