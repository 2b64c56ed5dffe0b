"""Suggestions stand in the order of eligibility, label status and evidence, and say what each course would take."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from support.cases import NOW, clinic_of
from support.protocols import HEAD, profile_of, protocol_of
from support.steps import calls_of

from kapplan.files.documents.protocols import built_in_protocols, load_protocol, protocol_ids
from kapplan.files.library.rules import load_rules
from kapplan.model.profile import Availability, Given, Goals, History, Profile, Symptoms, Tailoring
from kapplan.model.protocol import Protocol
from kapplan.planning.availability.calendar import BusyTimes
from kapplan.planning.schedule.suggest import ELIGIBILITY, Suggestion, Suggestions, suggest

LIBRARY = built_in_protocols()
KNOWN: dict[str, Any] = {
    "conditions": (), "medications": (), "pregnancy": "no", "breastfeeding": False, "rems_enrolled": True,
}  # fmt: skip
CALM = Symptoms(on=date(2026, 12, 28), phq9=18, phq9_item9=0, cssrs="none", cssrs_behaviour="never", bp="120/80")


REFUSED_TO_ALL = "dwyer-2021"
"""The one course that stands behind a refusal for everybody."""


def patient(*diagnoses: str, goal: str | None = None, symptoms: Symptoms = CALM, **history: Any) -> Profile:
    """Return a profile of whom all is asked, with some diagnoses."""
    known = History(**{"diagnoses": diagnoses, **KNOWN, **history})
    return replace(profile_of(), history=known, symptoms=symptoms, goals=Goals(primary=goal))  # type: ignore[arg-type]


def suggested(profile: Profile, protocols: tuple[Protocol, ...] = LIBRARY) -> Suggestions:
    """Return the suggestions for a patient of a clinic that is open on working days."""
    return suggest(profile, protocols, clinic_of(), rules=load_rules(), busy=BusyTimes(), now=NOW)


def one(found: Suggestions, protocol: str) -> Suggestion:
    """Return the suggestion of a protocol."""
    return next(each for each in found.ranked if each.protocol.id == protocol)


def test_the_library_read_at_once_is_the_library_read_strictly() -> None:
    """Reading all protocols without checks gives what the strict reader gives."""
    assert [load_protocol(name) for name in protocol_ids()] == list(LIBRARY)


def test_a_rule_turned_off_by_the_profile_says_nothing() -> None:
    """`without` counts for suggestions as it does for new plans: neither a course's point nor general advice."""
    someone = patient("trd", failed_antidepressants=3, prior_ketamine="none")
    off = replace(someone, tailoring=Tailoring(without=("label-course", "weekday-pair")))
    for asked, told in ((someone, True), (off, False)):
        found = suggested(asked)
        assert any(point.about == "label-course" for point in one(found, "esketamine-trd").points) is told
        assert any(point.about == "weekday-pair" for point in found.advice) is told


def test_null_trials_stand_beside_courses_like_theirs() -> None:
    """What KARMA-Dep 2 did not find is told of every series of infusions for depression, and puts itself last."""
    found = suggested(patient("trd", prior_ketamine="none"))
    told = {each.protocol.id for each in found.ranked if any(point.about == "karma-dep-2" for point in each.points)}
    assert {"phillips-2019", "elekt-d-2023", "singh-2016-twice", "murrough-2013", "shiroma-2014"} <= told
    assert not told & {"zarate-2006", "esketamine-trd", "kads-2023", "feder-2021", "karma-dep-2"}
    assert not any(point.weighs for each in found.ranked for point in each.points if point.about == "karma-dep-2")
    infusions = [each.protocol.id for each in found.ranked if each.eligibility == "eligible" and not each.on_label]
    assert infusions.index("karma-dep-2") > infusions.index("elekt-d-2023")
    of_ptsd = suggested(patient("ptsd", prior_ketamine="none"))
    assert any(point.about == "abdallah-2022" for point in one(of_ptsd, "feder-2021").points)


def test_adolescents_are_behind_a_refusal() -> None:
    """The one course for minors is refused unless a clinician overrides it, and says that it is not for adults."""
    course = one(suggested(patient("trd")), REFUSED_TO_ALL)
    assert course.eligibility == "refused unless overridden"
    assert any("AACAP" in each.text or "Adolescent Psychiatry" in each.text for each in course.findings)
    assert any(point.about == "age" and point.weighs for point in course.points)


@pytest.mark.parametrize("diagnosis", ["trd", "ptsd", "aud", "gad", "ocd"])
def test_the_order(diagnosis: str) -> None:
    """All protocols are there, by eligibility, then label, then strength, whatever they take."""
    ranked = suggested(patient(diagnosis, goal="rapid-relief", prior_ketamine="none")).ranked
    assert sorted(each.protocol.id for each in ranked) == list(protocol_ids())
    eligibility = [ELIGIBILITY.index(each.eligibility) for each in ranked]
    assert eligibility == sorted(eligibility)
    for group in ELIGIBILITY:
        members = [each for each in ranked if each.eligibility == group]
        labels = [not each.on_label for each in members]
        assert labels == sorted(labels)
        plain = [
            each for each in members
            if not each.on_label and not any(point.weighs and point.side == "against" for point in each.points)
        ]  # fmt: skip
        strengths = [each.protocol.strength or "E" for each in plain]
        assert strengths == sorted(strengths)


def test_treatment_resistant_depression_begins_with_the_label() -> None:
    """For treatment-resistant depression the labelled course comes first, with the rule that says so."""
    first = suggested(patient("trd", failed_antidepressants=3)).ranked[0]
    assert (first.protocol.id, first.eligibility, first.on_label) == ("esketamine-trd", "eligible", True)
    (label,) = [point for point in first.points if point.about == "label-course"]
    assert (label.side, label.strength, label.verified) == ("for", "A", True)
    assert "SPRAVATO" in label.source


def test_a_labelled_product_is_off_label_for_another_diagnosis() -> None:
    """The nasal spray is on label for its indication only."""
    found = one(suggested(patient("gad")), "esketamine-trd")
    assert (found.eligibility, found.on_label) == ("other indication", False)


def test_evidence_against_comes_last_among_equals() -> None:
    """A course that a trial speaks against comes after all others that the patient may have, strong or not."""
    veteran = suggested(patient("ptsd", goal="trauma", veteran=True)).ranked
    eligible = [each.protocol.id for each in veteran if each.eligibility == "eligible"]
    assert set(eligible[-3:]) == {"abdallah-2022", "feder-2021", "feder-2025"}
    civilian = suggested(patient("ptsd", goal="trauma", veteran=False)).ranked
    assert civilian[0].protocol.id == "feder-2021"
    assert civilian[0].points[0].about == "civilian-ptsd"


def test_a_refusal_says_why_and_asks_for_no_dates() -> None:
    """A contraindication refuses every course, with its finding; no dates are looked for."""
    for each in suggested(patient("trd", conditions=("intracerebral-haemorrhage",))).ranked:
        assert each.eligibility == "refused"
        assert each.dates is None
        assert any(point.about == "intracerebral-haemorrhage" and point.source for point in each.points)


def test_what_can_be_overridden_is_told_apart() -> None:
    """Psychosis refuses unless a clinician overrides it."""
    found = suggested(patient("trd", conditions=("psychosis",)))
    assert {each.eligibility for each in found.ranked} == {"refused unless overridden"}


def test_safety_is_told_once_for_all() -> None:
    """Thoughts of death are a notice of the whole answer, each sentence once."""
    found = suggested(patient("trd", symptoms=replace(CALM, phq9_item9=2)))
    assert found.safety
    assert len({finding.text for finding in found.safety}) == len(found.safety)


def test_no_diagnosis_stated_is_neither_for_nor_against() -> None:
    """Where no diagnosis is stated, nothing is called indicated and nothing on label."""
    profile = replace(profile_of(), symptoms=CALM, history=History(**KNOWN))
    found = suggested(profile)
    others = [each for each in found.ranked if each.protocol.id != REFUSED_TO_ALL]
    assert {each.eligibility for each in others} == {"indication not stated"}
    assert not any(each.on_label for each in found.ranked)
    assert "history.diagnoses" in found.unknown


def test_the_dates_are_those_of_the_plan() -> None:
    """A course's first day and deviation are those that planning it gives."""
    from kapplan.planning.rules.tailoring import tailor
    from kapplan.planning.schedule.course import demand_of, solve

    profile = patient("trd", goal="rapid-relief", prior_ketamine="none")
    found = suggested(profile)
    for name in ("singh-2016-twice", "esketamine-trd", "wilkinson-2021"):
        tailored = tailor(profile, load_protocol(name), clinic_of(), load_rules(), NOW.date())
        answer = solve(demand_of(profile, clinic_of(), tailored.regimen, BusyTimes(), NOW))
        dates = one(found, name).dates
        assert dates is not None
        assert dates.deviation == answer.placement.objective["deviation"]
        assert dates.start == answer.setting.demand.situation.date_of(min(answer.placement.days.values()))


def test_what_a_course_takes() -> None:
    """Visits, doses, weeks and hours in the clinic are counted for the course and its follow-up apart."""
    made_up = protocol_of(
        """
[[phases]]
id = "doses"
[[phases.series]]
visit = "dosing"
count = 3
gap = { min = 7, target = 7, max = 7 }
[[phases]]
id = "after"
follow_up = true
[[phases.series]]
visit = "check-in"
at = { weeks = [4] }
after = { last = "dosing" }
gap = { min = -3, target = 0, max = 3 }
""",
        HEAD.replace("off_label = false", 'off_label = true\nindications = ["trd"]'),
    )
    bare = replace(patient("trd"), tailoring=Tailoring(frame="none"))
    (found,) = suggested(bare, (made_up,)).ranked
    assert (found.course.visits, found.course.doses, found.course.clinic_minutes, found.weeks) == (3, 3, 360, 3)
    assert (found.follow_up.visits, found.follow_up.doses, found.follow_up.clinic_minutes) == (1, 0, 50)


def test_visits_given_before_are_left_out_and_told() -> None:
    """Suggestions are for courses from their beginning, and say so to a patient in mid-course."""
    profile = replace(patient("trd"), given=(Given(kind="dosing", on=date(2026, 12, 1)),))
    found = suggested(profile)
    assert any("given before" in notice for notice in found.notices)
    assert one(found, "elekt-d-2023").course.doses == 6


def test_another_route_speaks_against_but_does_not_decide() -> None:
    """A route that is asked for and not given is told, and changes no order."""
    profile = patient("trd")
    asked = replace(profile, treatment=replace(profile.treatment, route="im"))
    found, as_it_is = suggested(asked), suggested(profile)
    assert [each.protocol.id for each in found.ranked] == [each.protocol.id for each in as_it_is.ranked]
    assert any(point.about == "route" for point in one(found, "elekt-d-2023").points)
    assert one(found, "kap-standard").route == "im"


@pytest.mark.parametrize("days", ["mon tue wed thu fri", "mon thu", "tue"])
def test_the_whole_library_takes_few_steps(days: str) -> None:
    """Reading and ranking all protocols takes no more steps than a second is enough for on a slow machine."""
    hours = dict.fromkeys(days.split(), ())
    free = Availability(**{day: clinic_of().hours[day] for day in hours})  # type: ignore[index,arg-type]
    profile = replace(patient("trd", goal="insight"), availability=free)
    rules, clinic = load_rules(), clinic_of(holidays="US")
    steps = calls_of(
        lambda: suggest(profile, built_in_protocols(), clinic, rules=rules, busy=BusyTimes(), now=NOW), warm=False
    )
    assert steps < 50_000 * len(LIBRARY)
