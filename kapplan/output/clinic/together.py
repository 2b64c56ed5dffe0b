"""How patients were planned together: the value, the bound and the gap, what is short, and the whole proof."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kapplan.dates import WEEKDAYS
from kapplan.model.bookings import resource_of
from kapplan.output.records.words import count
from kapplan.planning.joint.bound import UNPLACED, JointProof
from kapplan.planning.joint.candidates import Candidate, JointCourse, Value
from kapplan.planning.joint.priced_rows import PricedRow, Shortage, priced_rows, shortages
from kapplan.planning.joint.together import JointAnswer, gap_of

_TERMS = ("unplaced", "deviation", "follow_up_deviation", "preference", "sooner", "largest")
_ENDED = {
    "proven": "proven to be the best",
    "gap": "near enough to the best",
    "iterations": "ended by --iterations",
    "time": "ended by --within",
    "interrupted": "interrupted",
    "exhausted": "nothing better was found in a while",
    "one by one": "placed one after the other",
}
_WEEKDAYS = dict(
    zip(WEEKDAYS, ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays"), strict=True)
)
TOLD = 3
"""So many of the things that are short are told to people."""
WITHOUT_SOLVER = (
    'Placed one after the other, those with the fewest openings first. With the extra "clinic" (pip install '
    '"kapplan[clinic]") they are planned together, nearer to their protocols, with a proof of how near.'
)


def together_lines(answer: JointAnswer, value: Value) -> Iterator[str]:
    """Yield what people are told beside the plans; ``value`` is what the plans cost together as they are saved."""
    patients = len(answer.courses)
    gap = gap_of(value, answer.least_unplaced, answer.deviation.bound)
    placed = f"{patients - value[0]} of {count(patients, 'patient')} placed"
    least = f"at least {answer.least_unplaced} must be left out; " if answer.least_unplaced else ""
    yield (
        f"Together: {placed}; {least}deviation {value[1]}, none better than {answer.deviation.bound} "
        f"(gap {gap:.1%}); {_ENDED[answer.ended]} after {count(answer.iterations, 'round')}."
    )
    for short in shortages(answer.deviation)[:TOLD]:
        if short.days:
            yield f"Short: {shortage_words(short)}."
    if answer.ended == "one by one":
        yield WITHOUT_SOLVER


def shortage_words(short: Shortage) -> str:
    """Return what is short as half a sentence."""
    names = sorted(resource_of(resource).title for resource in short.resources)
    what = "room" if any(resource_of(resource).kind == "room" for resource in short.resources) else "person"
    like = f" beside {', '.join(names)}"
    days = count(short.days, "day")
    return f"one more {what}{like} on {_WEEKDAYS[short.weekday]} would save up to {days} off target"


def together_data(
    answer: JointAnswer, candidates: Sequence[Candidate], value: Value, plans: Mapping[str, JointCourse]
) -> dict[str, Any]:
    """Return the whole answer as data: by it anybody can work out the bound anew."""
    able = [one for one in candidates if answer.alone[one.patient] is not None]
    rows = {
        name: [_row(row) for row in priced_rows(proof, able, answer.timetable.asks)]
        for name, proof in (("deviation", answer.deviation), ("unplaced", answer.unplaced))
    }
    return {
        "value": dict(zip(_TERMS, value, strict=True)),
        "bound": {"unplaced": answer.least_unplaced, "deviation": answer.deviation.bound},
        "gap": round(gap_of(value, answer.least_unplaced, answer.deviation.bound), 4),
        "ended": answer.ended,
        "iterations": answer.iterations,
        "patients": [
            {
                "patient": one.patient,
                "weight": one.weight,
                "deviation": None if (course := plans.get(one.patient)) is None else course.deviation,
                "alone": None if (alone := answer.alone[one.patient]) is None else alone.deviation,
            }
            for one in candidates
        ],
        "lacking": [
            {"resources": sorted(short.resources), "weekday": short.weekday, "deviation": short.deviation}
            for short in shortages(answer.deviation)
        ],
        "proof": {
            "deviation": {**_proof(answer.deviation), "rows": rows["deviation"]},
            "unplaced": {**_proof(answer.unplaced), "unit": UNPLACED, "rows": rows["unplaced"]},
        },
    }


def _proof(proof: JointProof) -> dict[str, Any]:
    return {"bound": proof.bound, "paid": dict(proof.paid), "spared": proof.spared, "unplaced": proof.unplaced}


def _row(row: PricedRow) -> dict[str, Any]:
    return {
        "day": row.day.isoformat(),
        "price": row.price,
        "most": row.most,
        "resources": sorted(row.resources),
        "minutes": row.minutes,
        "pays": [
            {"patient": patient, "therapist": therapist, "visit": visit, "times": row.pays[patient, therapist, visit]}
            for patient, therapist, visit in sorted(row.pays, key=str)
        ],
    }
