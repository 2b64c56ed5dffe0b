"""Authorizations that bind: as many doses as can be charged to them, by trying every way to charge them."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest
from support.protocols import course_of

from kapplan.files.documents.profile_checks import nested_faults
from kapplan.model.decisions import Authorization
from kapplan.planning.problem.limits import is_broken
from kapplan.planning.problem.problem import ProblemLimit
from kapplan.planning.schedule.approvals import approved_caps
from kapplan.planning.schedule.formulate import Situation

ORIGIN = date(2027, 1, 4)
SITUATION = Situation(origin=ORIGIN, earliest=ORIGIN)
DOSES = course_of('[[phases]]\nid = "doses"\n[[phases.series]]\nvisit = "dosing"\ncount = 5\ngap = { min = 1 }\n')
IDS = [visit.id for visit in DOSES.visits]


def chargeable(days: Sequence[int], authorizations: Sequence[Authorization]) -> bool:
    """Tell by trying everything whether each dose in days of authorizations can be charged to one of them."""
    choices = []
    for day in days:
        when = ORIGIN + timedelta(days=day)
        holds: list[int | None] = [
            number
            for number, one in enumerate(authorizations)
            if (one.from_ is None or one.from_ <= when) and (one.until is None or when <= one.until)
        ]
        choices.append(holds or [None])
    return any(
        all(used.count(number) <= (one.visits or 0) for number, one in enumerate(authorizations))
        for used in itertools.product(*choices)
    )


def broken(caps: Sequence[ProblemLimit], days: Sequence[int]) -> bool:
    """Tell whether doses on these days break a cap."""
    return any(is_broken(cap, dict(zip(IDS, days, strict=True)), ()) for cap in caps)


def random_authorization(rng: random.Random) -> Authorization:
    """Return an authorization of a few visits on a few days, now and then without an end."""
    first = ORIGIN + timedelta(days=rng.randint(0, 6))
    return Authorization(
        from_=None if rng.random() < 0.2 else first,
        until=None if rng.random() < 0.2 else first + timedelta(days=rng.randint(0, 5)),
        visits=rng.randint(0, 4),
        bind=True,
    )


@pytest.mark.parametrize("seed", range(150))
def test_caps_allow_what_can_be_charged_and_nothing_else(seed: int) -> None:
    """On random days, by every way to charge them: no dose too many passes, and none that is covered is kept out."""
    rng = random.Random(seed)
    authorizations: list[Authorization] = []
    wanted = rng.randint(1, 3)
    while len(authorizations) < wanted:
        authorizations = [random_authorization(rng) for _ in range(wanted)]
        if list(nested_faults(authorizations)):
            authorizations = []
    caps = list(approved_caps(DOSES, SITUATION, authorizations))
    for _ in range(25):
        days = sorted(rng.sample(range(12), len(IDS)))
        assert broken(caps, days) == (not chargeable(days, authorizations)), (authorizations, days)


def test_what_does_not_bind_is_no_cap() -> None:
    """Authorizations that only count, and those that approve enough, leave the course as it is."""
    shown = Authorization(until=ORIGIN, visits=1)
    assert not list(approved_caps(DOSES, SITUATION, [shown]))
    assert not list(approved_caps(DOSES, SITUATION, [replace(shown, visits=5, bind=True)]))
    assert len(list(approved_caps(DOSES, SITUATION, [replace(shown, bind=True), shown]))) == 1


def test_devices_never_run_out_and_lost_doses_take_none() -> None:
    """Devices are counted by the most that a dose takes; a dose that was not given is not counted."""
    devices = (2, 3, 3, 3, 3)
    visits = tuple(replace(visit, devices=number) for visit, number in zip(DOSES.visits, devices, strict=True))
    course = replace(DOSES, visits=visits)
    [cap] = approved_caps(course, SITUATION, [Authorization(devices=13, bind=True)])
    assert (cap.max, cap.from_, cap.until, cap.every, cap.rule) == (4, None, None, None, "authorization-1.devices")
    lost = replace(SITUATION, lost=frozenset({"dosing-2"}))
    assert not list(approved_caps(course, lost, [Authorization(devices=13, bind=True)]))
    [cap] = approved_caps(course, lost, [Authorization(visits=3, bind=True)])
    assert "dosing-2" not in cap.visits
