"""A course while rules change it: the protocol of one patient, and how its series and visits are replaced."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import field
from typing import NamedTuple

from kapplan.dataclass import dataclass, replace
from kapplan.model.clinic import Clinic
from kapplan.model.profile import Profile
from kapplan.model.protocol import Phase, Protocol, Series, VisitType
from kapplan.model.regimen import Measuring
from kapplan.model.terms import MeasureNames
from kapplan.planning.phrases.words import listed


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What tailoring changes: the protocol, the clinic's lengths of visits, and what is measured from home.

    ``names`` are what people call the measures.
    """

    protocol: Protocol
    clinic: Clinic
    profile: Profile
    measuring: tuple[Measuring, ...] = ()
    names: MeasureNames = field(default_factory=dict)

    def listed(self, measures: Sequence[str]) -> str:
        """Return measures by their names."""
        return listed([self.names.get(key, key) for key in measures])


class Cause(NamedTuple):
    """The rule that changes something; ``source`` is its key among the protocol's sources."""

    rule: str
    text: str
    source: str


class Change(NamedTuple):
    """A course after an effect and what was changed in words; ``course`` is ``None`` where nothing was, and why."""

    course: Course | None
    words: str


SeriesChange = Callable[[Series], tuple[Series, str] | None]


def changed_series(
    course: Course, kind: str, change: SeriesChange, nothing: str, *, once: bool = False, follow_up: bool = False
) -> Change:
    """Return the course with the series of a kind changed: of the active course, or of the follow-up."""
    words: list[str] = []
    phases = []
    for phase in course.protocol.phases:
        rows = list(phase.series)
        for place, series in enumerate(rows):
            alike = course.protocol.kind_of(series.visit) == kind
            fits = alike and phase.follow_up == follow_up and not phase.on_request
            changed = change(series) if fits and not (once and words) else None
            if changed is not None:
                rows[place], said = changed
                words.append(said)
        phases.append(with_rows(phase, rows))
    if not words:
        return Change(None, f"the protocol {nothing}")
    protocol = replace(course.protocol, phases=tuple(phases))
    return Change(replace(course, protocol=protocol), "; ".join(dict.fromkeys(words)))


def with_rows(phase: Phase, rows: Sequence[Series]) -> Phase:
    """Return a phase with other series; the same one where they are the same."""
    return phase if tuple(rows) == phase.series else replace(phase, series=tuple(rows))


def changed_visits(
    course: Course, kinds: Sequence[str], change: Callable[[VisitType], VisitType | None]
) -> tuple[Course, list[str]]:
    """Return the course with the types of visits of some kinds changed, and the kinds that were."""
    visits = dict(course.protocol.visits)
    touched = []
    for name, visit in visits.items():
        kind = course.protocol.kind_of(name)
        changed = change(visit) if kind in kinds else None
        if changed is not None:
            visits[name] = changed
            touched.append(kind)
    return replace(course, protocol=replace(course.protocol, visits=visits)), list(dict.fromkeys(touched))
