"""What can be known to be wrong with a protocol before there is any patient: rules against one another, and ways.

An *error* is what no course can keep; a warning is what is most likely meant otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping

from kapplan.model.clinic import Clinic
from kapplan.model.measures import Scale
from kapplan.model.protocol import Protocol
from kapplan.planning.lint.context import ProtocolPlaces, Remark
from kapplan.planning.lint.contradictions import courses_of, rule_remarks
from kapplan.planning.lint.reachability import way_remarks
from kapplan.planning.lint.weekdays import weekday_remarks

__all__ = ["Remark", "lint"]


def lint(protocol: Protocol, clinic: Clinic, scales: Mapping[str, Scale] | None = None) -> list[Remark]:
    """Return what is wrong with a protocol that is right key by key, each place once; paths are those of its file.

    ``clinic`` gives the hours that visits must find; its holidays and closures play no part. ``scales`` are the
    measures that gates decide by.
    """
    places = ProtocolPlaces(protocol, clinic)
    courses = courses_of(places)
    remarks = [*way_remarks(places, scales or {}), *rule_remarks(courses, places)]
    if not any(course.closed.circle for course in courses):
        remarks += weekday_remarks(courses, places, clinic)
    found: dict[tuple[object, ...], Remark] = {}
    for remark in remarks:
        found.setdefault((remark.path, remark.kind), remark)
    return list(found.values())
