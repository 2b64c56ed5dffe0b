"""What a clinic lacks most: the prices of a proof, by rooms and people and days of the week."""

from __future__ import annotations

from collections import defaultdict

from kapplan.dataclass import dataclass
from kapplan.dates import WEEKDAYS, Weekday
from kapplan.planning.joint.bound import JointProof
from kapplan.planning.joint.rows import CapacityRow

DAY_WEIGHT = 8
"""What a day between doses, or a day of waiting, weighs: prices are told in such days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortage:
    """Any of some resources on a day of the week: room for one visit more on each would spare about so much.

    ``deviation`` is in weighted days, as prices are; it says what the bound would fall by at most.
    """

    resources: frozenset[str]
    weekday: Weekday
    deviation: int

    @property
    def days(self) -> int:
        """The same in days between doses."""
        return round(self.deviation / DAY_WEIGHT)


def shortages(proof: JointProof) -> list[Shortage]:
    """Return what is short, the dearest first."""
    sums: dict[tuple[frozenset[str], Weekday], int] = defaultdict(int)
    for row, price in proof.prices.items():
        if isinstance(row, CapacityRow):
            sums[row.resources, WEEKDAYS[(row.day - 1) % len(WEEKDAYS)]] += price
    found = [Shortage(resources=resources, weekday=day, deviation=price) for (resources, day), price in sums.items()]
    return sorted(found, key=lambda one: (-one.deviation, sorted(one.resources), WEEKDAYS.index(one.weekday)))
