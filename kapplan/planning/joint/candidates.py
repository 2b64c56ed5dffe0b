"""One patient of several: what is asked for, and a course given by its days."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from kapplan.dataclass import dataclass, replace
from kapplan.planning.problem.objective import evaluate
from kapplan.planning.problem.problem import Problem, Term
from kapplan.planning.schedule.course import Answer, Demand, Setting, settings_of

Cost = tuple[int, int, int, int]
"""Deviation of the course and of the follow-up, preference, sooner; by priority, but for preference."""
NEVER: Cost = (1 << 60, 0, 0, 0)
"""What a course costs that cannot be."""
Value = tuple[int, int, int, int, int, int]
"""What courses cost together, compared in order: patients without one, the terms, the largest deviation."""

_TERMS: tuple[Term, ...] = ("deviation", "follow_up_deviation", "preference", "sooner")


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A patient to be placed, with the problem of each therapist who could stay with them.

    ``weight`` is what a day off target or of waiting counts beside other patients'; the weights of the rules in
    ``problems`` are multiplied by it.
    """

    patient: str
    weight: int
    settings: tuple[Setting, ...]
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class JointCourse:
    """The days of a patient's course with the therapist of one of the candidate's settings, and what it costs."""

    patient: str
    setting: int
    days: Mapping[str, int]
    cost: Cost

    @property
    def deviation(self) -> int:
        """What its days off target cost, by the patient's priority."""
        return self.cost[0]

    @property
    def key(self) -> CourseKey:
        """What tells it from the other courses of the patient."""
        return CourseKey(self.setting, tuple(self.days.values()))


class CourseKey(NamedTuple):
    """A therapist's number and the days of the visits, in their order."""

    setting: int
    days: tuple[int, ...]


Courses = Mapping[str, JointCourse | None]
"""The course of each patient; ``None`` for whom there is none."""


def candidate_of(patient: str, demand: Demand, weight: int = 1) -> Candidate:
    """Return a patient with the problems that a demand makes around what stands already."""
    settings = tuple(settings_of(demand))
    return Candidate(
        patient=patient,
        weight=weight,
        settings=settings,
        problems=tuple(weighted(setting.problem, weight) for setting in settings),
    )


def weighted(problem: Problem, weight: int) -> Problem:
    """Return a problem whose days off target count so many times."""
    if weight == 1:
        return problem
    return replace(problem, timing=tuple(replace(rule, weight=rule.weight * weight) for rule in problem.timing))


def course_on(candidate: Candidate, setting: int, days: Mapping[str, int]) -> JointCourse | None:
    """Return the course on some days; ``None`` where they break a rule."""
    terms = evaluate(candidate.problems[setting], days)
    if terms is None:
        return None
    deviation, follow_up, preference, sooner = (terms.get(term, 0) for term in _TERMS)
    cost = deviation, follow_up, preference, sooner * candidate.weight
    return JointCourse(candidate.patient, setting, days, cost)


def course_of_answer(patient: str, answer: Answer, weight: int) -> JointCourse:
    """Return a course that a patient was placed on alone, at what it costs by a priority."""
    deviation, follow_up, preference, sooner = (answer.placement.objective.get(term, 0) for term in _TERMS)
    cost = deviation * weight, follow_up * weight, preference, sooner * weight
    return JointCourse(patient, 0, answer.placement.days, cost)


def total(courses: Iterable[JointCourse | None]) -> Value:
    """Return what courses cost together."""
    found = list(courses)
    placed = [course for course in found if course is not None]
    deviation, follow_up, preference, sooner = (sum(course.cost[term] for course in placed) for term in range(4))
    largest = max((course.deviation for course in placed), default=0)
    return len(found) - len(placed), deviation, follow_up, preference, sooner, largest
