"""Patients of one clinic planned together: how near to the best, how much better than one after the other."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import NamedTuple

from support.joint_clinics import LONG, SHORT, Size, clinic_of, demands_of

from benchmarks.measure import Table
from kapplan.planning.bookings.plan_bookings import capacities
from kapplan.planning.joint.candidates import Candidate, candidate_of, total
from kapplan.planning.joint.orders import one_by_one, scarcest_first
from kapplan.planning.joint.timetable import Asks, SharedClinic, Timetable
from kapplan.planning.joint.together import Ended, Ends, JointAnswer, place_together

SECONDS = 60
"""How much of the processor each clinic may take."""


class Floor(NamedTuple):
    """A clinic with the gap that is wanted, and how far below one after the other the deviation is to be."""

    size: Size
    gap: float
    below: float = 0.0


MIXED = SHORT + LONG
FLOORS = {
    "16 in 3 weeks": Floor(Size(16, 3, 2, 3, LONG), 0.02),
    "20 in 2 weeks": Floor(Size(20, 2, 2, 3, MIXED), 0.02),
    "40 in 6 weeks": Floor(Size(40, 6, 2, 3, MIXED), 0.05),
    "40 in 5 weeks, two rooms": Floor(Size(40, 5, 2, 4, MIXED), 0.05),
    "200 in 26 weeks, half full": Floor(Size(200, 26, 3, 5, MIXED), 0.1),
    "200 in 19 weeks, 70 % full": Floor(Size(200, 19, 3, 5, MIXED), 0.1, 0.3),
}
COMPARED = 40
"""Of so many patients at most CP-SAT is asked: with these already it is far from what is proven beside it."""


def together() -> Table:
    """Measure clinics of mixed protocols: placed, deviation, bound and gap within a minute of the processor."""
    table = Table(
        f"Planned together within {SECONDS} s of the processor, and by CP-SAT on one thread in as long",
        ("patients", "placed", "deviation", "bound", "gap", "wanted", "s", "ended", "each alone", "scarcest first",
         "CP-SAT", "s"),
    )  # fmt: skip
    for name, floor in FLOORS.items():
        _measure(table, name, floor)
    return table


def _measure(table: Table, name: str, floor: Floor) -> None:
    candidates = [candidate_of(patient, demand) for patient, demand in demands_of(floor.size).items()]
    clinic = SharedClinic(capacities(clinic_of(floor.size)))
    first = total(one_by_one(scarcest_first(candidates), Timetable(Asks(candidates), clinic)).values())
    begun = time.process_time()

    def stop() -> Ended | None:
        return "time" if time.process_time() - begun > SECONDS else None

    answer = place_together(candidates, clinic, ends=Ends(stop=stop))
    seconds = time.process_time() - begun
    if answer.value[0] == answer.least_unplaced and answer.deviation.bound > answer.value[1]:
        raise AssertionError(f"{name}: bound {answer.deviation.bound} above {answer.value[1]}")
    alone = total(answer.alone.values())[1]
    wanted = first[1] * (1 - floor.below)
    if wanted < answer.deviation.bound:
        spared = (first[1] - answer.value[1]) / max(first[1] - alone, 1)
        table.notes.append(
            f"{name}: {floor.below:.0%} below scarcest first would be {wanted:.0f}, and no plan is below "
            f"{answer.deviation.bound}; {spared:.0%} of what crowding costs the scarcest first is spared."
        )
        wanted = answer.deviation.bound * (1 + floor.gap)
    met = answer.gap <= floor.gap and answer.value[0] <= first[0] and answer.value[1] <= wanted
    told, took = _by_cpsat(name, [one for one in candidates if answer.alone[one.patient]], clinic, answer)
    table.add(name, f"{len(candidates) - answer.value[0]} of {len(candidates)}", answer.value[1],
              answer.deviation.bound, f"{answer.gap:.1%}", f"{floor.gap:.0%}", f"{seconds:.0f}", answer.ended, alone,
              f"{first[1]}, {first[0]} left out", told, took, met=met)  # fmt: skip


def _by_cpsat(name: str, able: Sequence[Candidate], clinic: SharedClinic, answer: JointAnswer) -> tuple[str, str]:
    """Return what CP-SAT makes of the patients who have a course alone, and its seconds."""
    if len(able) > COMPARED:
        return "not asked", ""
    try:
        from benchmarks.joint_model import reached
    except ImportError:
        return "not installed", ""
    begun = time.process_time()
    found = reached(able, clinic, SECONDS)
    seconds = f"{time.process_time() - begun:.0f}"
    if found.value is None:
        return f"nothing, at least {found.bound}", seconds
    if answer.least_unplaced > len(answer.alone) - len(able):
        raise AssertionError(f"{name}: {answer.least_unplaced} are to be left out, but CP-SAT places {len(able)}")
    if answer.deviation.bound > found.value:
        raise AssertionError(f"{name}: bound {answer.deviation.bound} above {found.value}, which CP-SAT reaches")
    proven = found.bound == found.value
    return f"{found.value}, " + ("proven" if proven else f"at least {found.bound}"), seconds
