"""Planned against actual: windows kept, drift, what was missed and why, what payers count, and scores over time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from itertools import pairwise

from kapplan.dataclass import dataclass
from kapplan.model.measures import Measures
from kapplan.model.plan import Plan, PlannedVisit
from kapplan.model.review import Basis, Metric, ReviewBook
from kapplan.model.terms import Status
from kapplan.planning.phrases.words import days_words, doses_words
from kapplan.planning.reports.verdicts import in_window, verdict_words, verdicts
from kapplan.planning.rules.recorded_scores import doses_given, open_doses, readings
from kapplan.planning.rules.scoring import severity
from kapplan.planning.rules.screening import source_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Adhered:
    """One visit: where it first stood, where it stands, when it was held, and how far that is from the first date.

    ``in_window`` tells whether it was held on a day that the rules allow; ``None`` for what was not held, or has no
    window. ``verdicts`` are what is to be said of the record itself, ``why`` the reasons on record for what kept it off
    its target or made it fall through.
    """

    visit: str
    status: Status
    first_planned: datetime
    planned: datetime
    actual: datetime | None
    drift_days: int
    in_window: bool | None
    off_target_days: int = 0
    why: tuple[str, ...] = ()
    verdicts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A figure that payers and studies count: ``value`` in words; ``holds`` is ``None`` while that is still open."""

    id: str
    text: str
    value: str
    holds: bool | None
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreSeries:
    """The scores of one measure, day by day; ``baseline`` is the last one at or before the first dose given.

    There is none before a dose was given, nor where nothing was scored since.
    """

    measure: str
    title: str
    lowest: int
    highest: int | None
    points: tuple[tuple[date, int], ...]
    baseline: int | None = None
    now_severity: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A plan against what happened, on a day.

    ``safety`` are the notices that nobody has settled. ``drift_days`` is how far the last visit held (or, before any
    is, the next one) is from where it first stood.
    """

    patient: str
    protocol: str
    plan: str
    today: date
    visits: tuple[Adhered, ...]
    held: int
    missed: int
    cancelled: int
    omitted: int
    ahead: int
    in_window: int
    out_of_window: int
    drift_days: int
    greatest_drift_days: int
    figures: tuple[Figure, ...] = ()
    series: tuple[ScoreSeries, ...] = ()
    doses: tuple[date, ...] = ()
    safety: tuple[str, ...] = ()


def report(plan: Plan, today: date, basis: Basis | None = None) -> Report:
    """Return a plan against what happened by a day; with its ``basis`` also figures and the scores' own names."""
    kept = tuple(_kept(plan, visit) for visit in sorted(plan.visits, key=lambda visit: visit.start))
    held = [one for one in kept if one.status == "completed"]
    drifting = held[-1:] or [one for one in kept if one.actual is None][:1]
    return Report(
        patient=plan.patient,
        protocol=plan.protocol.id,
        plan=plan.id,
        today=today,
        visits=kept,
        held=len(held),
        missed=_count(kept, "missed"),
        cancelled=_count(kept, "cancelled"),
        omitted=_count(kept, "omitted"),
        ahead=sum(visit.open for visit in plan.visits),
        in_window=sum(one.in_window is True for one in kept),
        out_of_window=sum(one.in_window is False for one in kept),
        drift_days=drifting[0].drift_days if drifting else 0,
        greatest_drift_days=max((one.drift_days for one in held), key=abs, default=0),
        figures=() if basis is None else tuple(figures(plan, basis.book, today)),
        series=tuple(_series(plan, None if basis is None else basis.measures, today)),
        doses=tuple(visit.day for visit in doses_given(plan, today)),
        safety=tuple(finding.text for finding in plan.findings if finding.safety),
    )


def _count(kept: Sequence[Adhered], status: Status) -> int:
    return sum(one.status == status for one in kept)


def _kept(plan: Plan, visit: PlannedVisit) -> Adhered:
    first = visit.original or visit.start
    now = visit.actual or visit.start
    return Adhered(
        visit=visit.id,
        status=visit.status,
        first_planned=first,
        planned=visit.start,
        actual=visit.actual,
        drift_days=(now.date() - first.date()).days,
        in_window=in_window(plan, visit.id),
        off_target_days=visit.deviation_days,
        why=tuple(_why(visit)),
        verdicts=verdict_words(verdicts(plan, visit.id)),
    )


def _why(visit: PlannedVisit) -> Iterator[str]:
    """Yield why a visit is not where the protocol would have it: what was noted, then what stood in the way."""
    if visit.cancelled_by is not None and visit.status == "cancelled":
        yield f"cancelled by the {visit.cancelled_by}"
    if visit.note:
        yield visit.note
    for reason in visit.because:
        if reason.short is not None and visit.deviation_days:
            yield reason.short


# Figures


def figures(plan: Plan, book: ReviewBook, today: date) -> Iterator[Figure]:
    """Yield what payers and studies count of a course, each with its source."""
    days = [visit.day for visit in doses_given(plan, today)]
    for metric in book.metrics:
        if days and (not metric.drugs or plan.protocol.drug in metric.drugs):
            value, holds = _within(metric, days, today) if metric.doses else _uninterrupted(plan, metric, days, today)
            yield Figure(
                id=metric.id,
                text=metric.text,
                value=value,
                holds=holds,
                source=source_text(metric.source, book.sources),
            )


def _uninterrupted(plan: Plan, metric: Metric, days: Sequence[date], today: date) -> tuple[str, bool | None]:
    """Return the longest time without a dose; the one that is running counts while doses are still ahead."""
    ends = [*days, today] if open_doses(plan) else days
    longest = max(((later - earlier).days for earlier, later in pairwise(ends)), default=0)
    return f"{days_words(longest)} at most", longest < metric.days


def _within(metric: Metric, days: Sequence[date], today: date) -> tuple[str, bool | None]:
    """Return how many doses were given in time; open while the time is not up."""
    given = [day for day in days if (day - days[0]).days < metric.days]
    wanted = metric.doses or 0
    if len(given) >= wanted:
        return f"{doses_words(wanted)} in {days_words((given[wanted - 1] - given[0]).days + 1)}", True
    running = (today - days[0]).days + 1 < metric.days
    return f"{len(given)} of {doses_words(wanted)} in {days_words(metric.days or 0)}", None if running else False


# Scores


def _series(plan: Plan, measures: Measures | None, today: date) -> Iterator[ScoreSeries]:
    given = doses_given(plan, today)
    first = given[0].day if given else None
    for measure in dict.fromkeys(score.measure for score in plan.scores):
        scale = None if measures is None else measures.measures.get(measure)
        if measures is not None and scale is not None:
            points = [(one.on, one.value) for one in readings(plan, measures, measure, today)]
        else:
            points = [
                (one.on, one.value)
                for one in sorted(plan.scores, key=lambda score: score.on)
                if one.measure == measure and isinstance(one.value, int) and one.on <= today
            ]
        if not points or (scale is not None and scale.part_of is not None):
            continue
        before = [value for on, value in points if first is not None and on <= first < points[-1][0]]
        yield ScoreSeries(
            measure=measure,
            title=measure if scale is None else scale.title,
            lowest=0 if scale is None else scale.min,
            highest=None if scale is None else scale.max,
            points=tuple(points),
            baseline=before[-1] if before else None,
            now_severity=None if scale is None else severity(scale, _given(scale.answers, points[-1][1])),
        )


def _given(answers: Sequence[str], value: int) -> int | str:
    return answers[value] if answers else value
