"""How patients were planned together: value, bound and gap, who gives way, what is dear or short, and the proof."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kapplan.dates import WEEKDAYS
from kapplan.model.bookings import resource_of
from kapplan.output.records.plain_data import told
from kapplan.output.records.words import count
from kapplan.planning.joint.bound import UNPLACED, JointProof
from kapplan.planning.joint.candidates import Candidate, JointCourse, Value
from kapplan.planning.joint.priced_rows import PricedRow, Shortage, Sought, priced_rows, shortages, sought
from kapplan.planning.joint.together import JointAnswer, gap_of
from kapplan.planning.phrases.words import day_words, listed
from kapplan.planning.problem.objective import days_off

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
"""So many of the days that are dear, and of the things that are short, are told to people."""
NAMED = 4
"""So many patients are named in a line."""
WITHOUT_SOLVER = (
    'Placed one after the other, those with the fewest openings first. With the extra "clinic" (pip install '
    '"kapplan[clinic]") they are planned together, nearer to their protocols, with a proof of how near.'
)


def together_lines(
    answer: JointAnswer, candidates: Sequence[Candidate], value: Value, plans: Mapping[str, JointCourse]
) -> Iterator[str]:
    """Yield what people are told beside the plans; ``value`` is what the plans cost together as they are saved."""
    patients = len(answer.courses)
    gap = gap_of(value, answer.least_unplaced, answer.deviation.bound)
    placed = f"{patients - value[0]} of {count(patients, 'patient')} placed"
    least = f"at least {answer.least_unplaced} must be left out; " if answer.least_unplaced else ""
    yield (
        f"Together: {placed}; {least}deviation {value[1]}, none better than {answer.deviation.bound} "
        f"(gap {gap:.1%}); {_ENDED[answer.ended]} after {count(answer.iterations, 'round')}."
    )
    yield from _who_gives_way(answer, candidates, plans)
    rows = priced_rows(answer.deviation, _able(answer, candidates), answer.timetable.asks)
    for dear in sought(rows, candidates, answer.alone, plans)[:TOLD]:
        if dear.days:
            yield f"Dear: {sought_words(dear)}."
    for short in shortages(answer.deviation)[:TOLD]:
        if short.days:
            yield f"Short: {shortage_words(short)}."
    if answer.ended == "one by one":
        yield WITHOUT_SOLVER


def _who_gives_way(
    answer: JointAnswer, candidates: Sequence[Candidate], plans: Mapping[str, JointCourse]
) -> Iterator[str]:
    """Yield one line: whose course is further off target than it would be alone, those first that lose most."""
    lost: list[tuple[int, str, int]] = []
    for one in candidates:
        alone, course = answer.alone[one.patient], plans.get(one.patient)
        if alone is not None and course is not None:
            least, days = (days_off(one.problems[0], each.days).in_all for each in (alone, course))
            if days > least:
                lost.append((least - days, one.patient, days))
    lost.sort()
    words = [f"{patient} {days} (alone {days + less})" for less, patient, days in lost]
    if words:
        yield f"Further off target than alone, in days: {_some(words)}."
    elif len(plans) > 1:
        yield "Nobody is further off target than alone."


def _some(words: Sequence[str]) -> str:
    """Return a few of some words in a row, and how many more there are."""
    if len(words) <= NAMED + 1:
        return listed(words)
    return f"{', '.join(words[:NAMED])} and {len(words) - NAMED} more"


def sought_words(dear: Sought) -> str:
    """Return as half a sentence what a day costs: who has it, and who keeps off it."""
    row = dear.row
    names = " or ".join(sorted(resource_of(resource).title for resource in row.resources))
    rooms = any(resource_of(resource).kind == "room" for resource in row.resources)
    where = f" {'in' if rooms else 'with'} {names}" if names else ""
    has = f"{_some(dear.has)} {'have' if len(dear.has) > 1 else 'has'} it, " if dear.has else ""
    return (
        f"{day_words(row.day)}{where}: a place there is worth {count(dear.days, 'day')} off target to others; {has}"
        f"{_some(dear.keeps_off)} {'keep' if len(dear.keeps_off) > 1 else 'keeps'} off"
    )


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
    able = _able(answer, candidates)
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


def _able(answer: JointAnswer, candidates: Sequence[Candidate]) -> list[Candidate]:
    return [one for one in candidates if answer.alone[one.patient] is not None]


def _proof(proof: JointProof) -> dict[str, Any]:
    return told(proof, ("bound", "paid", "spared", "unplaced"))


def _row(row: PricedRow) -> dict[str, Any]:
    pays = [
        {"patient": patient, "therapist": therapist, "visit": visit, "times": row.pays[patient, therapist, visit]}
        for patient, therapist, visit in sorted(row.pays, key=str)
    ]
    return told(
        row, ("day", "price", "most", "resources", "minutes", "pays"), resources=sorted(row.resources), pays=pays
    )
