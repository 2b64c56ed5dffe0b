"""Patients planned together: against a CP-SAT model that shares no code, and against the proof worked out anew."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from functools import cache
from typing import Any

import pytest
from ortools.sat.python import cp_model
from support.brute_force import value
from support.cases import MONDAY, NOW
from support.joint_cpsat import Best, Document, best_in_all, capacity, courses, slots
from support.protocols import profile_of, protocol_of
from support.random_clinics import HEAD, LENGTHS, Person, Spec, clinic_of, demands_of, spec_of

from kapplan.output.clinic.together import sought_words
from kapplan.output.documents.problem_json import problem_document
from kapplan.planning.availability.free_time import BusyTimes
from kapplan.planning.bookings.plan_bookings import capacities
from kapplan.planning.joint import timetable as timetables
from kapplan.planning.joint import together
from kapplan.planning.joint.bound import UNPLACED, JointProof
from kapplan.planning.joint.candidates import Candidate, Courses, candidate_of
from kapplan.planning.joint.priced_rows import PricedRow, Sought, priced_rows, sought
from kapplan.planning.joint.timetable import Asks, SharedClinic, Timetable
from kapplan.planning.joint.together import Ended, Ends, JointAnswer, place_together
from kapplan.planning.regimen.layout import lay_out
from kapplan.planning.schedule.course import Demand, demand_of

QUARTER = 15
ROUNDS = 12
CHUNK = 10


@cache
def case(seed: int) -> tuple[Spec, tuple[Candidate, ...], SharedClinic]:
    """Return the clinic of a seed and its patients."""
    spec = spec_of(seed)
    demands = demands_of(spec)
    candidates = tuple(candidate_of(name, demand, weight) for name, (demand, weight) in demands.items())
    return spec, candidates, SharedClinic(capacities(next(iter(demands.values()))[0].clinic))


def solved(seed: int, rounds: int = ROUNDS) -> JointAnswer:
    """Return the joint plan of a seed's clinic."""
    _, candidates, clinic = case(seed)
    return place_together(candidates, clinic, ends=Ends(gap=0, iterations=rounds))


def documents_of(candidates: tuple[Candidate, ...]) -> dict[str, dict[str | None, Document]]:
    """Return the patients' problems as JSON, by patient and therapist, with the weights as the protocol has them."""
    return {
        one.patient: {setting.therapist: problem_document(setting.problem) for setting in one.settings}
        for one in candidates
    }


def compare(seeds: range, slack: float) -> None:
    """Hold the plans of clinics between their bounds and the true optimum, and most of them to the optimum.

    So many of a hundred may miss it in few rounds, and as many in what is compared after the days off target.
    """
    missed, uneven = [], []
    for seed in seeds:
        spec, candidates, _ = case(seed)
        goals, answer = best_in_all(spec, documents_of(candidates)), solved(seed)
        if goals != (*answer.value[:2], *answer.value[3:]):
            uneven.append(seed)
        best = Best(*goals[:2])
        reached = Best(*answer.value[:2])
        assert answer.least_unplaced <= best.unplaced <= reached.unplaced, seed
        assert best <= reached, seed
        if reached.unplaced == best.unplaced:
            assert answer.deviation.bound <= best.deviation, seed
            if best.deviation < reached.deviation:
                reached = Best(*solved(seed, 8 * ROUNDS).value[:2])
                missed.append(seed)
                assert reached.deviation <= best.deviation * 1.02, seed
        else:
            missed.append(seed)
            assert Best(*solved(seed, 8 * ROUNDS).value[:2]).unplaced == best.unplaced, seed
    assert len(missed) <= slack * len(seeds), missed
    assert len(uneven) <= len(missed) + slack * len(seeds), uneven


@pytest.mark.parametrize("first", range(0, 40, CHUNK))
def test_the_joint_optimum_lies_between_bound_and_value(first: int) -> None:
    """Of small clinics the plan is nearly always the joint optimum in all that is compared; no bound is above it."""
    compare(range(first, first + CHUNK), 0.1)


@pytest.mark.thorough
def test_two_hundred_clinics() -> None:
    """Of 200 small clinics 95 % are planned at the joint optimum in few rounds, and all within 2 % in some more."""
    compare(range(200), 0.05)


@pytest.mark.parametrize("again", [0, together.AGAIN])
@pytest.mark.parametrize("within", [1, 21])
@pytest.mark.parametrize("names", list(itertools.permutations("abc")))
def test_no_patient_carries_it_all(
    names: tuple[str, ...], within: int, again: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where one patient could be two days' worth late, or two others a day's each, it is these, whoever comes first."""
    monkeypatch.setattr(together, "AGAIN", again)
    long, *short = names
    demands = {long: one_visit("dosing", within)} | {name: one_visit("preparation", 1) for name in short}
    candidates = [candidate_of(name, demands[name], weight=2 if name == long else 1) for name in "abc"]
    answer = place_together(candidates, SharedClinic(capacities(demands[long].clinic)), ends=Ends(gap=0))
    late = {name: course.deviation for name, course in answer.courses.items() if course is not None}
    assert late == {long: 0} | dict.fromkeys(short, 8)


def one_visit(kind: str, within: int) -> Demand:
    """Return what somebody asks who needs one visit: there is room on Monday for one long or two short ones."""
    week = {0: (9 * 60, 11 * 60 + 30), 1: (9 * 60, 18 * 60)}
    people = {name: Person((role,), week, 1) for name, role in (("okafor", "therapist"), ("reyes", "monitor"))}
    clinic, profile = clinic_of(Spec(week, {"blue": 1}, people, ())), profile_of(start=MONDAY, start_within=within)
    protocol = protocol_of(f'[[phases]]\nid = "all"\n[[phases.series]]\nvisit = "{kind}"\n', HEAD)
    return demand_of(profile, clinic, lay_out(protocol, profile, clinic), BusyTimes(), NOW)


# -- the proof, worked out anew -------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(0, 40, 2))
def test_the_bounds_follow_from_the_prices_that_are_told(seed: int) -> None:
    """What the priced rows say, whoever works it out, is the bound: what patients pay less what is given back."""
    spec, candidates, _ = case(seed)
    answer = solved(seed, 4)
    documents = documents_of(candidates)
    able = [one for one in candidates if answer.alone[one.patient] is not None]
    for proof, weights in ((answer.deviation, True), (answer.unplaced, False)):
        rows = priced_rows(proof, able, answer.timetable.asks)
        for row in rows:
            assert row.most >= _fitting(spec, row.day, row.pays), row
        if not (proof.prices or weights):
            continue
        pays = {}
        for one in able:
            own = {name: document for name, document in documents[one.patient].items() if any(courses(document))}
            pays[one.patient] = min(_paid(document, name, one, rows, weights) for name, document in own.items())
        assert _bound(proof, rows, pays) >= proof.bound


def _paid(document: Document, therapist: str | None, patient: Candidate, rows: Any, weights: bool) -> int:
    """Return the least that a patient pays with a therapist, every course tried."""
    origin = date.fromisoformat(document["origin"])

    def price(visit: str, day: int) -> int:
        when = origin + timedelta(days=day)
        payer = patient.patient, therapist, visit
        return sum(row.price * row.pays.get(payer, 0) for row in rows if row.day == when)

    return min(
        patient.weight * value(document, days)["deviation"] * weights + sum(price(*item) for item in days.items())
        for days in courses(document)
    )


def _bound(proof: JointProof, rows: Any, pays: dict[str, int]) -> int:
    spared = UNPLACED if proof.spared == UNPLACED and not proof.unplaced else proof.spared
    total = sum(cost if spared is None else min(cost, spared) for cost in pays.values())
    back = sum(row.price * row.most for row in rows) + (spared or 0) * proof.unplaced
    return total - int(back)


def _fitting(spec: Spec, day: date, pays: Mapping[tuple[str, str | None, str], int]) -> int:
    """Return how many of those that pay can be held on a day at most, as they count: of one kind one a patient."""
    model = cp_model.CpModel()
    taken: dict[tuple[str, int], list[Any]] = defaultdict(list)
    held: dict[tuple[str, str], list[Any]] = defaultdict(list)
    with_whom: dict[str, dict[str | None, Any]] = defaultdict(dict)
    patients = {one.name: one for one in spec.patients}
    counted: list[Any] = []
    for (patient, therapist, visit), times in sorted(pays.items(), key=str):
        chosen = with_whom[patient].setdefault(therapist, model.new_bool_var(""))
        for slot in slots(spec, patients[patient], visit, therapist, day):
            here = model.new_bool_var("")
            model.add_implication(here, chosen)
            held[patient, visit.rpartition("-")[0]].append(here)
            counted.append(times * here)
            for resource in slot.takes:
                for minute in range(slot.start, slot.start + LENGTHS[visit.rpartition("-")[0]], QUARTER):
                    taken[resource, minute].append(here)
    for literals in held.values():
        model.add_at_most_one(literals)
    for options in with_whom.values():
        model.add_at_most_one(options.values())
    for (resource, _), users in taken.items():
        model.add(sum(users) <= capacity(spec, resource))
    if not counted:
        return 0
    model.maximize(sum(counted))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    assert solver.solve(model) == cp_model.OPTIMAL
    return round(solver.objective_value)


@pytest.mark.parametrize("seed", range(0, 20, 4))
def test_whoever_keeps_off_a_sought_day_would_be_there_alone(seed: int) -> None:
    """A sought day names those who have a visit there that pays, and those who would have one alone."""
    _, candidates, _ = case(seed)
    answer = solved(seed, 4)
    rows = priced_rows(answer.deviation, candidates, answer.timetable.asks)
    told = sought(rows, candidates, answer.alone, answer.courses)
    for one in told:
        names = {patient: {visit for own, _, visit in one.row.pays if own == patient} for patient in answer.alone}
        for patients, whose in ((one.has, answer.courses), (one.keeps_off, answer.alone)):
            for patient in patients:
                assert names[patient] & _on(one.row.day, candidates, whose, patient)
        for patient in one.keeps_off:
            assert not names[patient] & _on(one.row.day, candidates, answer.courses, patient)
    assert [one.row.price for one in told] == sorted((one.row.price for one in told), reverse=True)


def _on(day: date, candidates: tuple[Candidate, ...], whose: Courses, patient: str) -> set[str]:
    """Return the visits of a patient's course on a day."""
    [origin] = {one.settings[0].problem.origin for one in candidates if one.patient == patient}
    course = whose[patient]
    return set() if course is None else {name for name, at in course.days.items() if origin + timedelta(days=at) == day}


def test_what_a_day_costs_whom_in_words() -> None:
    """It is told where a place is dear, who has one, and who keeps off; of many patients a few are named."""
    row = PricedRow(day=date(2027, 2, 16), price=24, most=2, pays={}, resources=frozenset({"room:blue", "room:bay"}))
    few = Sought(row=row, has=("p1", "p2"), keeps_off=("p3",))
    assert sought_words(few) == (
        "Tue 16 Feb 2027 in bay or blue: a place there is worth 3 days off target to others; p1 and p2 have it, "
        "p3 keeps off"
    )
    many = Sought(row=row, has=(), keeps_off=tuple("abcdef"))
    assert sought_words(many).endswith("to others; a, b, c, d and 2 more keep off")


# -- what does not depend on chance ---------------------------------------------------------------------------------


def test_the_same_however_it_is_spread() -> None:
    """Where rounds end it the answer is the same, in whatever way the pricing is done."""
    _, candidates, clinic = case(17)
    ends = Ends(gap=0, iterations=3)
    one = place_together(candidates, clinic, ends=ends)
    other = place_together(candidates, clinic, ends=ends, each=lambda work, items: [work(item) for item in items])
    assert (one.courses, one.value, one.deviation) == (other.courses, other.value, other.deviation)
    assert one.ended == other.ended == "iterations"


def test_stopped_at_once() -> None:
    """Stopped at the first moment it still has a plan, without double booking, and a valid bound."""
    _, candidates, clinic = case(17)
    answer = place_together(candidates, clinic, ends=Ends(gap=0, stop=lambda: "interrupted"))
    assert answer.ended == "interrupted"
    assert answer.deviation.bound <= answer.value[1]
    assert all(answer.timetable.spots(day) for day, visits in answer.timetable.days.items() if visits)


@pytest.mark.parametrize("seed", [2, 10, 17])
def test_stopped_at_any_moment(seed: int) -> None:
    """Stopped at whatever moment, also before everybody's own best is known, it has a plan and a valid bound."""
    _, candidates, clinic = case(seed)
    best = solved(seed).value
    for moment in range(100):
        answer = place_together(candidates, clinic, ends=Ends(gap=0, iterations=1, stop=up_after(moment)))
        assert answer.value >= best or answer.unreached
        assert answer.value[0] > best[0] or answer.deviation.bound <= best[1]
        assert all(answer.timetable.spots(day) for day, visits in answer.timetable.days.items() if visits)
        if answer.ended != "time":
            return
    raise AssertionError("it never ended by itself")


def up_after(looks: int) -> Callable[[], Ended | None]:
    """Return a clock whose time is up once it has been looked at so often."""
    left = iter(range(looks))
    return lambda: None if next(left, None) is not None else "time"


def test_whoever_leaves_a_day_leaves_it_known_to_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    """A day that is known to fit is so without any of its visits, whatever packing anew would tell or was forgotten."""
    _, candidates, clinic = case(17)
    courses = [course for course in solved(17).courses.values() if course is not None]
    for left in itertools.permutations(courses):
        timetable = Timetable(Asks(candidates), clinic)
        assert all(timetable.enter(course) for course in courses)
        with monkeypatch.context() as nothing_fits_anew:
            nothing_fits_anew.setattr(timetables, "known_fit", lambda *_: None)
            nothing_fits_anew.setattr(timetables, "KEPT", 0)
            for course in left:
                timetable.remove(course)
                timetable.tidy()
                assert all(timetable.spots(day).keys() == visits.keys() for day, visits in timetable.days.items())


def test_a_time_that_is_up_ends_the_first_orders_too() -> None:
    """The first order is placed whole, whatever the time; of the others none goes on once it is asked to stop."""
    _, candidates, clinic = case(17)
    looks = 0

    def stop() -> Ended:
        nonlocal looks
        looks += 1
        return "time"

    answer = place_together(candidates, clinic, ends=Ends(gap=0, stop=stop))
    assert answer.ended == "time"
    assert len(answer.courses) == len(candidates)
    assert looks <= 2, "asked before the second order's first patient, and at the end"
