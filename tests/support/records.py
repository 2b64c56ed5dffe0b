"""Hypothesis strategies for any record of the model, built from the same annotations that the reader follows."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, Literal, get_args, get_origin

from hypothesis import strategies as st

from kapplan.files.toml.validator import choices, keys_of, split
from kapplan.model.fields import Bounds, Hours, Id, PreferredTime, Span, ZoneName

_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
_SPANS = st.tuples(st.integers(0, 1438), st.integers(1, 1439)).filter(lambda ends: ends[0] < ends[1])

_SCALARS: dict[Any, st.SearchStrategy[Any]] = {
    str: _TEXT,
    int: st.integers(-1000, 1000),
    float: st.floats(0, 1000),
    bool: st.booleans(),
    date: st.dates(date(2000, 1, 1), date(2100, 1, 1)),
    datetime: st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001
        lambda moment: moment.replace(fold=0)
    ),
}
_SPECIAL: dict[Any, st.SearchStrategy[Any]] = {
    Hours: _SPANS.map(lambda ends: Span(*ends)),
    Id: st.from_regex(r"\A[A-Za-z0-9][A-Za-z0-9._-]{0,6}\Z"),
    PreferredTime: st.sampled_from(["morning", "afternoon", "09:30"]),
    ZoneName: st.sampled_from(["America/Denver", "Europe/London", "Asia/Kathmandu"]),
}


@cache
def values(annotation: Any) -> st.SearchStrategy[Any]:
    """Return a strategy for what an annotation allows; optional keys are left out now and then."""
    if annotation in _SPECIAL:
        return _SPECIAL[annotation]
    bare, constraints = split(annotation)
    if constraints:
        return _bounded(bare, constraints[0])
    members = choices(bare)
    if len(members) > 1 or members[0] is not bare:
        return st.one_of(*(values(member) for member in members))
    if isinstance(bare, type) and dataclasses.is_dataclass(bare):
        return records(bare)
    return _SCALARS[bare] if bare in _SCALARS else _container(bare)


@cache
def records(record: type) -> st.SearchStrategy[Any]:
    """Return a strategy for a record of the model."""
    keys = keys_of(record).values()
    required = {key.field.name: values(key.annotation) for key in keys if key.required}
    optional = {key.field.name: values(key.annotation) for key in keys if not key.required}
    return st.fixed_dictionaries(required, optional=optional).map(lambda content: record(**content))


def _bounded(bare: Any, constraint: Any) -> st.SearchStrategy[Any]:
    if not isinstance(constraint, Bounds):
        return st.just(constraint.example)
    low, high = constraint.ge or 0, 100 if constraint.le is None else constraint.le
    return st.integers(int(low), int(high)) if bare is int else st.floats(low, high)


def _container(bare: Any) -> st.SearchStrategy[Any]:
    origin, arguments = get_origin(bare), get_args(bare)
    if origin is Literal:
        return st.sampled_from(arguments)
    if origin is dict:
        return st.dictionaries(values(arguments[0]), values(arguments[1]), max_size=2)
    if arguments[-1] is Ellipsis:
        return st.lists(values(arguments[0]), max_size=2).map(tuple)
    return st.tuples(*(values(argument) for argument in arguments))
