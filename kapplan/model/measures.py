"""The measures: questionnaires and readings, how their scores are read and when they are due."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Literal

from kapplan.dataclass import dataclass
from kapplan.model.fields import Bounds, Id, Positive, Whole
from kapplan.model.protocol import Source
from kapplan.model.terms import Kind, MeasureNames


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Scores ``from`` through ``through`` go by one name, such as ``moderate``."""

    name: str
    from_: Whole
    through: Whole
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """The fraction of the baseline that must be lost to call it a response; ``by`` is who counted so."""

    fraction: Annotated[float, Bounds(0, 1)]
    source: str
    by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Remission:
    """A score that counts as remission: ``at_most``, by the studies named in ``by``."""

    at_most: Whole
    source: str
    by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreChange:
    """How many points are a change: one that ``means`` something to patients, or one that is ``reliable``."""

    points: Positive
    what: Literal["meaningful", "reliable"]
    source: str
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """A value that somebody must act on: a score ``at_least`` so high, ``below`` that, or either part ``above``.

    ``same_day`` alerts are safety notices, shown before anything else.
    """

    text: str
    source: str
    at_least: int | None = None
    below: int | None = None
    above: tuple[int, int] | None = None
    same_day: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Cadence:
    """When a measure is due where a protocol says nothing.

    ``baseline_days`` before the first dose or fewer; on every visit of the kinds ``on``; every ``every_days`` while
    doses come at least weekly; ``optional`` ones are due only where a protocol names them.
    """

    source: str
    baseline_days: Positive | None = None
    on: tuple[Kind, ...] = ()
    every_days: Positive | None = None
    optional: bool = False
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """One measure; ``short`` is its name where there is little room, else the title is.

    ``form``: a ``score`` from ``min`` to ``max``; an ``answer``, one of ``answers``, counted from 0 (their places are
    what bands and alerts speak of); or a ``pair`` of readings (blood pressure). ``remote`` ones the patient can answer
    from home. The first of several remission scores is the one that counts where a protocol names none.
    """

    title: str
    short: str | None = None
    form: Literal["score", "answer", "pair"] = "score"
    min: Whole = 0
    max: Whole | None = None
    unit: str | None = None
    answers: tuple[str, ...] = ()
    better: Literal["lower", "higher", "neither"] = "lower"
    recall_days: Positive | None = None
    remote: bool = False
    part_of: Id | None = None
    never_compare_with: tuple[Id, ...] = ()
    bands: tuple[Band, ...] = ()
    response: tuple[Response, ...] = ()
    remission: tuple[Remission, ...] = ()
    change: tuple[ScoreChange, ...] = ()
    alert: tuple[Alert, ...] = ()
    cadence: Cadence
    source: str
    notes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What people call it among others."""
        return self.short or self.title

    def band(self, score: int) -> Band | None:
        """Return the band that a score falls in, if the scale has bands."""
        return next((band for band in self.bands if band.from_ <= score <= band.through), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """All measures by their keys, and the sources they name."""

    sources: dict[Id, Source]
    measures: dict[Id, Scale]

    @property
    def names(self) -> MeasureNames:
        """What people call each measure where there is little room."""
        return {key: scale.name for key, scale in self.measures.items()}

    @property
    def titles(self) -> MeasureNames:
        """What each measure is called in full."""
        return {key: scale.title for key, scale in self.measures.items()}


def is_response(baseline: int, now: int, fraction: float) -> bool:
    """Tell whether at least ``fraction`` of a baseline score is lost; exact: 18 to 9 is half, 17 to 9 is not.

    A baseline of 0 leaves nothing to lose and is never a response.
    """
    lost = Fraction(str(fraction))
    return baseline > 0 and (baseline - now) * lost.denominator >= lost.numerator * baseline
