"""Measures that are due while no visit takes them: tasks that the patient answers from home."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date, timedelta

from kapplan.dataclass import replace
from kapplan.model.measures import Measures, Scale
from kapplan.model.plan import PlannedVisit, Task
from kapplan.model.profile import Symptoms
from kapplan.model.regimen import Regimen
from kapplan.planning.phrases.words import days_words, source_words
from kapplan.planning.rules.screening import source_text


def measure_tasks(
    regimen: Regimen, visits: Sequence[PlannedVisit], measures: Measures, symptoms: Symptoms
) -> Iterator[Task]:
    """Return the remote measures of a course: the baseline before the first dose, and what rules ask for more often.

    ``symptoms`` are the scores that are known already, with their day.
    """
    first_dose = next((visit for visit in visits if visit.kind == "dosing" and visit.open), None)
    if first_dose is None:
        return
    dose = first_dose.start.date()
    for key, scale in measures.measures.items():
        days = _days_taken(key, visits)
        if _is_asked(scale, days):
            if symptoms.on is not None and getattr(symptoms, key, None) is not None:
                days.add(symptoms.on)
            source = source_text(scale.cadence.source, measures.sources)
            for task in _baseline(key, scale, dose, days):
                yield replace(task, visit=first_dose.id, source=source)
    last = max((visit.start.date() for visit in visits if visit.tier == "course"), default=dose)
    for often in regimen.measuring:
        scale = measures.measures[often.measure]
        source_of_rule = source_words(often.source, regimen.sources)
        blocks = list(_blocks(dose, last, often.every_days))
        for task in _often(often.measure, scale, blocks, _days_taken(often.measure, visits)):
            yield replace(task, source=source_of_rule)


def _days_taken(key: str, visits: Sequence[PlannedVisit]) -> set[date]:
    return {visit.start.date() for visit in visits if key in visit.measures}


def _is_asked(scale: Scale, days: Collection[date]) -> bool:
    """Tell whether a measure is answered from home in a course: its visits take it, or it goes with every dose."""
    if not scale.remote or scale.part_of is not None:
        return False
    return bool(days) or (not scale.cadence.optional and "dosing" in scale.cadence.on)


def _baseline(key: str, scale: Scale, dose: date, taken: Collection[date]) -> Iterator[Task]:
    """Yield the task of a baseline, unless it is taken on a day near enough before the first dose."""
    days = scale.cadence.baseline_days
    if days is None:
        return
    earliest, latest = dose - timedelta(days=days), dose - timedelta(days=1)
    if not any(earliest <= day <= latest for day in taken):
        text = f"{scale.title} from home: the baseline, in the {days_words(days)} before the first dose"
        yield Task(id=_baseline_id(key), due=latest, text=text, measure=key)


def is_baseline(task: Task) -> bool:
    """Tell whether a task is a baseline from home."""
    return task.measure is not None and task.id == _baseline_id(task.measure)


def baseline_before(task: Task, first_dose: PlannedVisit) -> Task:
    """Return the task of a baseline as it is due before a dose with which the course begins now."""
    return replace(task, visit=first_dose.id, due=first_dose.day - timedelta(days=1), status="open")


def _baseline_id(key: str) -> str:
    return f"measure-{key}-baseline"


def _often(key: str, scale: Scale, blocks: Sequence[tuple[date, date]], taken: Collection[date]) -> Iterator[Task]:
    """Yield a task at the end of each block of days in which no visit takes the measure."""
    for number, (first, last) in enumerate(blocks, start=1):
        if not any(first <= day <= last for day in taken):
            yield Task(id=f"measure-{key}-{number}", due=last, text=f"{scale.title} from home", measure=key)


def _blocks(first: date, last: date, every: int) -> Iterator[tuple[date, date]]:
    """Yield the whole blocks of days from the first day through the last."""
    while (end := first + timedelta(days=every - 1)) <= last:
        yield first, end
        first = end + timedelta(days=1)
