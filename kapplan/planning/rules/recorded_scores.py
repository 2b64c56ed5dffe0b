"""What a plan's scores say: the baseline, the score of a review, how far things moved, what rules ask of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import pairwise

from kapplan.dataclass import dataclass
from kapplan.dates import DAYS_IN_WEEK
from kapplan.model.measures import Measures
from kapplan.model.plan import Plan, PlannedVisit, Score
from kapplan.model.review import Basis, ScoreWindow
from kapplan.model.terms import DOSES
from kapplan.planning.phrases.words import day_words
from kapplan.planning.rules.facts import Value
from kapplan.planning.rules.scoring import number, remitted

_PERCENT = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A score as a number, with its day."""

    measure: str
    title: str
    value: int
    on: date

    def __str__(self) -> str:
        """Return ``PHQ-9 14 on Wed 3 Feb 2027``."""
        return f"{self.title} {self.value} on {day_words(self.on)}"


def doses_given(plan: Plan, by: date) -> list[PlannedVisit]:
    """Return the doses that were held by a day, the first one first."""
    doses = (visit for visit in plan.visits if visit.kind in DOSES and visit.status == "completed")
    return sorted((visit for visit in doses if visit.day <= by), key=lambda visit: visit.day)


def readings(plan: Plan, measures: Measures, measure: str, by: date = date.max) -> list[Reading]:
    """Return the scores of a measure through a day as numbers, the earliest first."""
    scale = measures.measures.get(measure)
    if scale is None:
        return []
    scores: Iterator[Score] = (score for score in plan.scores if score.measure == measure and score.on <= by)
    found = ((score, number(scale, score.value)) for score in sorted(scores, key=lambda score: score.on))
    return [
        Reading(measure=measure, title=scale.title, value=value, on=score.on)
        for score, value in found
        if value is not None
    ]


def baseline(plan: Plan, measures: Measures, measure: str) -> Reading | None:
    """Return the last score at or before the first dose, with which reviews compare."""
    first = plan.first_dose
    found = readings(plan, measures, measure, date.max if first is None else first)
    return found[-1] if found else None


def reading_at(plan: Plan, measures: Measures, measure: str, day: date, window: ScoreWindow) -> Reading | None:
    """Return the last score near a day, as near as the window says; never one from before the first dose."""
    first = plan.first_dose
    near = [
        reading
        for reading in readings(plan, measures, measure)
        if -window.days_before <= (reading.on - day).days <= window.days_after and (first is None or reading.on > first)
    ]
    return near[-1] if near else None


def lost_percent(before: int, now: int) -> int | None:
    """Return the whole percentage of a baseline that is lost, rounded down; ``None`` of a baseline of 0."""
    return None if before <= 0 else (before - now) * _PERCENT // before


def main_measure(plan: Plan, basis: Basis) -> str | None:
    """Return the measure by which the course is judged: a gate's, else a stand-in for it, where both ends are known."""
    gated = [visit.gate.measure for visit in plan.regimen.visits if visit.gate is not None and visit.gate.measure]
    stand_ins = [one.measure for one in basis.book.proxies if basis.measures.measures[one.measure].response]
    judged = [other for proxy in basis.book.proxies for other in proxy.in_place_of]
    for measure in dict.fromkeys((*gated, *judged, *stand_ins)):
        before = baseline(plan, basis.measures, measure)
        found = readings(plan, basis.measures, measure)
        if before is not None and found[-1].on > before.on:
            return measure
    return None


def review_facts(plan: Plan, basis: Basis, today: date) -> dict[str, Value]:
    """Return what only a review knows, by the names that conditions use; what is not known is left out."""
    doses = doses_given(plan, today)
    facts: dict[str, Value | None] = {
        "review.madrs": _latest(plan, basis, "madrs", today),
        "review.cgi_s": _latest(plan, basis, "cgi_s", today),
        "review.phq9": _latest(plan, basis, "phq9", today),
        "review.worse_points": worse_points(plan, basis.measures, "phq9", today),
        "review.doses": len(doses),
        "review.every_days": days_between_doses(plan, today),
        "review.weeks": (today - doses[0].day).days // DAYS_IN_WEEK if doses else None,
        **_improvement(plan, basis, today),
        "review.weeks_in_remission": _weeks_in_remission(plan, basis, today),
    }
    return {name: value for name, value in facts.items() if value is not None}


def worse_points(plan: Plan, measures: Measures, measure: str, today: date) -> int | None:
    """Return by how many points the last score of a course is worse than the one before it (0 where it is not)."""
    found = readings(plan, measures, measure, today)
    return max(found[-1].value - found[-2].value, 0) if len(found) > 1 else None


def days_between_doses(plan: Plan, today: date) -> int | None:
    """Return the days between the doses around today: the last one given and the next one that stands."""
    given = [visit.day for visit in doses_given(plan, today)]
    ahead = sorted(visit.start.date() for visit in plan.visits if visit.kind in DOSES and visit.open)
    if given and ahead:
        return (ahead[0] - given[-1]).days
    gaps = [(later - earlier).days for earlier, later in pairwise(given or ahead)]
    return gaps[-1] if gaps else None


def _latest(plan: Plan, basis: Basis, measure: str, today: date) -> int | None:
    first = plan.first_dose
    found = [one for one in readings(plan, basis.measures, measure, today) if first is None or one.on > first]
    return found[-1].value if found else None


def _improvement(plan: Plan, basis: Basis, today: date) -> dict[str, Value | None]:
    measure = main_measure(plan, basis)
    before = None if measure is None else baseline(plan, basis.measures, measure)
    if measure is None or before is None:
        return {}
    after = [one for one in readings(plan, basis.measures, measure, today) if one.on > before.on]
    percents = [percent for one in after if (percent := lost_percent(before.value, one.value)) is not None]
    days = [visit.day for visit in doses_given(plan, today)]
    scored = sum(any(dose < one.on <= end for one in after) for dose, end in pairwise([*days, date.max]))
    return {
        "review.improved_percent": percents[-1] if percents else None,
        "review.best_percent": max(percents, default=None),
        "review.scored_doses": scored,
    }


def _weeks_in_remission(plan: Plan, basis: Basis, today: date) -> int | None:
    """Return for how many whole weeks every score of the main measure has been in remission."""
    measure = main_measure(plan, basis)
    if measure is None:
        return None
    scale = basis.measures.measures[measure]
    since: date | None = None
    for one in readings(plan, basis.measures, measure, today):
        since = (since or one.on) if remitted(scale, one.value) else None
    return 0 if since is None else (today - since).days // DAYS_IN_WEEK


def open_doses(plan: Plan) -> list[PlannedVisit]:
    """Return the doses still to be given, by their times."""
    return sorted((visit for visit in plan.visits if visit.kind in DOSES and visit.open), key=lambda visit: visit.start)
