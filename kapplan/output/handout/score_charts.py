"""A plan's scores by measure, with the picture of each: for whoever may see scores."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

from kapplan.dataclass import dataclass
from kapplan.model.exports import Catalogue
from kapplan.model.measures import Measures, Scale
from kapplan.model.plan import Plan, Score
from kapplan.model.terms import DOSES
from kapplan.output.handout.svg import ScorePicture, score_picture
from kapplan.output.records.words import clean
from kapplan.planning.rules.scoring import number, severity


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreLine:
    """One recorded score: its day, its value, and the name of the band it falls in."""

    on: date
    value: str
    band: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreChart:
    """A measure's scores in the order of their days.

    ``picture`` is ``None`` where scores are no numbers of a scale. ``remission`` is the score that counts as
    remission, or less; ``better`` tells which side is the better one (``lower``, ``higher``, ``neither``).
    """

    key: str
    title: str
    unit: str | None
    greatest: int | None
    better: str
    remission: int | None
    lines: tuple[ScoreLine, ...]
    picture: ScorePicture | None


def score_charts(plan: Plan, measures: Measures, catalogue: Catalogue | None = None) -> tuple[ScoreChart, ...]:
    """Return every measure that has scores, in the order of the measures; what no measure knows comes last.

    Titles are told in a catalogue's words, English ones without it.
    """
    say = (catalogue or Catalogue()).say
    doses = [visit.day for visit in plan.visits if visit.kind in DOSES and visit.status == "completed"]
    known = [key for key in measures.measures if any(score.measure == key for score in plan.scores)]
    others = dict.fromkeys(score.measure for score in plan.scores if score.measure not in measures.measures)
    return tuple(_chart(plan, key, measures.measures.get(key), doses, say) for key in (*known, *others))


def _chart(plan: Plan, key: str, scale: Scale | None, doses: list[date], say: Callable[[str], str]) -> ScoreChart:
    scores = sorted((score for score in plan.scores if score.measure == key), key=lambda score: score.on)
    remission = scale.remission[0].at_most if scale is not None and scale.remission else None
    numbers = list(_numbers(scale, scores))
    drawn = scale is not None and scale.form == "score" and scale.max is not None and bool(numbers)
    return ScoreChart(
        key=clean(key),
        title=clean(say(scale.title) if scale is not None else key),
        unit=None if scale is None else scale.unit,
        greatest=None if scale is None or scale.form != "score" else scale.max,
        better="neither" if scale is None else scale.better,
        remission=remission,
        lines=tuple(
            ScoreLine(
                on=score.on,
                value=clean(str(score.value)),
                band=None if scale is None else severity(scale, score.value),
            )
            for score in scores
        ),
        picture=score_picture(scale, numbers, doses, remission) if drawn and scale is not None else None,
    )


def _numbers(scale: Scale | None, scores: list[Score]) -> Iterator[tuple[date, int]]:
    for score in scores if scale is not None else ():
        value = None if scale is None else number(scale, score.value)
        if value is not None:
            yield score.on, value
