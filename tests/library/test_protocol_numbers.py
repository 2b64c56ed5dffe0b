"""The built-in protocols against the numbers of their publications, which this table states once more, by hand."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import cache

import pytest
from support.library_data import IDS, course, protocol

from kapplan.model.regimen import Regimen, TimingRule


@dataclass(frozen=True, kw_only=True)
class Published:
    """What a publication says of a course that is laid out for six months of maintenance.

    ``doses`` by phase; ``others`` the visits of other kinds; ``gap`` the fewest days between the doses of the first
    phase that has several, and their target; ``weekly`` the most doses in a treatment week of that phase; ``reviews``
    that are gates: the measure, the fraction of the baseline that must be lost and the highest score.
    """

    doses: dict[str, int]
    others: dict[str, int] = field(default_factory=dict)
    gap: tuple[int, tuple[int, int]] | None = None
    weekly: int | None = None
    gates: tuple[tuple[str | None, float | None, int | None], ...] = ()


RESPONSE_BY_MADRS = ("madrs", 0.5, None)
ESKETAMINE = Published(
    doses={"induction": 8, "weekly": 4, "two-weekly": 11},
    others={"review": 7},
    gap=(2, (3, 4)),
    weekly=2,
    gates=(RESPONSE_BY_MADRS, *[("madrs", None, 12)] * 6),
)
THREE_A_WEEK = (2, (2, 3))
TWO_A_WEEK = (2, (3, 4))

PUBLISHED = {
    "kap-standard": Published(
        doses={"dosing": 6},
        others={"screening": 1, "preparation": 2, "integration": 6, "review": 1, "check-in": 7},
        gap=(3, (7, 7)), weekly=2, gates=((None, None, None), (None, None, None)),
    ),
    "esketamine-trd": ESKETAMINE,
    "esketamine-reinduction": ESKETAMINE,
    "esketamine-mdsi": Published(
        doses={"induction": 8}, others={"review": 1}, gap=TWO_A_WEEK, weekly=2, gates=((None, None, None),)
    ),
    "zarate-2006": Published(doses={"infusion": 1}),
    "murrough-2013": Published(doses={"infusions": 6}, gap=THREE_A_WEEK, weekly=3),
    "shiroma-2014": Published(
        doses={"infusions": 6}, others={"review": 1, "check-in": 1}, gap=THREE_A_WEEK, weekly=3,
        gates=(RESPONSE_BY_MADRS,),
    ),
    "singh-2016-twice": Published(
        doses={"first-weeks": 4, "further-weeks": 4}, others={"review": 1}, gap=TWO_A_WEEK, weekly=2,
        gates=((None, None, None),),
    ),
    "singh-2016-thrice": Published(
        doses={"first-weeks": 6, "further-weeks": 6}, others={"review": 1}, gap=THREE_A_WEEK, weekly=3,
        gates=((None, None, None),),
    ),
    "phillips-2019": Published(
        doses={"repeated": 6, "weekly": 4}, others={"review": 1}, gap=THREE_A_WEEK, weekly=3,
        gates=(RESPONSE_BY_MADRS,),
    ),
    "canbind-2020": Published(
        doses={"acute": 9, "weekly": 4, "two-weekly": 4, "monthly": 3}, others={"review": 1}, gap=THREE_A_WEEK,
        weekly=3, gates=(RESPONSE_BY_MADRS,),
    ),
    "elekt-d-2023": Published(
        doses={"infusions": 6}, others={"review": 1, "check-in": 1}, gap=TWO_A_WEEK, weekly=2,
        gates=(("qids_sr16", 0.5, None),),
    ),
    "kads-2023": Published(doses={"injections": 8}, others={"review": 1}, gap=TWO_A_WEEK, weekly=2),
    "glue-2018": Published(doses={"course": 12}, gap=(3, (3, 7)), weekly=2),
    "r107-2024": Published(
        doses={"lead-in": 5, "maintenance": 24}, others={"review": 2}, gap=(1, (1, 1)),
        gates=(("madrs", 0.5, 12),),
    ),
    "feder-2021": Published(doses={"infusions": 6}, others={"review": 1}, gap=THREE_A_WEEK, weekly=3),
    "abdallah-2022": Published(doses={"infusions": 8}, others={"check-in": 1}, gap=TWO_A_WEEK, weekly=2),
    "crtce-2021": Published(
        doses={"infusions": 4}, others={"review": 1}, gates=(("madrs", 0.2, None),)
    ),
    "wilkinson-2017": Published(doses={"together": 4}, others={"psychotherapy": 12}, weekly=2),
    "wilkinson-2021": Published(
        doses={"infusions": 6}, others={"review": 1, "psychotherapy": 16}, weekly=2, gates=(RESPONSE_BY_MADRS,)
    ),
    "feder-2025": Published(
        doses={"infusions": 6}, others={"psychotherapy": 5, "review": 1}, gap=THREE_A_WEEK, weekly=3
    ),
    "kare-2022": Published(doses={"course": 3}, others={"psychotherapy": 7, "check-in": 1}, gap=(6, (7, 7)), weekly=1),
    "krupitsky-2007": Published(doses={"sessions": 3}, others={"psychotherapy": 2}),
    "dakwar-2019": Published(doses={"stay": 1}, others={"psychotherapy": 13}),
    "dakwar-2020": Published(doses={"course": 1}, others={"psychotherapy": 5}),
    "montreal-2023": Published(doses={"course": 6}, others={"psychotherapy": 6}),
    "field-trip-2023": Published(
        doses={"sessions": 6}, others={"preparation": 1, "integration": 4, "check-in": 3}
    ),
    "journey-clinical": Published(
        doses={"first-doses": 2, "course": 4, "maintenance": 3},
        others={"screening": 1, "preparation": 1, "integration": 9, "review": 2},
        weekly=2, gates=((None, None, None),) * 3,
    ),
    "hull-2022": Published(
        doses={"sessions": 4, "maintenance": 13}, others={"check-in": 1, "review": 1}, weekly=1,
        gates=((None, None, None),),
    ),
    "sustain-3": Published(
        doses={"induction": 8, "weekly": 4, "two-weekly": 11}, others={"review": 7}, gap=(2, (3, 4)), weekly=2,
        gates=(RESPONSE_BY_MADRS, *[("cgi_s", None, 3)] * 6),
    ),
    "abbar-2022": Published(doses={"infusions": 2}, others={"review": 1, "check-in": 1}, gap=(1, (1, 1))),
    "roots-to-thrive-2025": Published(doses={"programme": 3}, others={"psychotherapy": 12}),
    "rodriguez-2013": Published(
        doses={"infusion": 1}, others={"preparation": 1, "psychotherapy": 10, "review": 1}
    ),
    "taylor-2018": Published(doses={"infusion": 1}, others={"review": 1}),
    "kheirabadi-2023": Published(doses={"doses": 12}, others={"review": 3, "check-in": 2}, weekly=2),
    "karma-dep-2": Published(doses={"infusions": 8}, others={"review": 1}, gap=TWO_A_WEEK, weekly=2),
    "dwyer-2021": Published(doses={"infusion": 1}, others={"review": 1}),
}  # fmt: skip

every_protocol = pytest.mark.parametrize("protocol_id", IDS)


@cache
def standard(protocol_id: str) -> Regimen:
    """Return the course for six months of maintenance, all reviews passed."""
    return course(protocol_id, maintenance_months=6)


def between_doses(regimen: Regimen) -> list[TimingRule]:
    """Return the rules between neighbouring doses, in their order."""
    number = {visit.id: visit.number for visit in regimen.visits if visit.kind == "dosing"}
    return [
        rule
        for rule in regimen.timing
        if rule.rule.endswith(".gap")
        and number.get(rule.visit, 0) - number.get(rule.after, 0) == 1 < number[rule.visit]
    ]


def rule_of(regimen: Regimen, visit: str, after: str) -> list[tuple[int | None, tuple[int, int] | None, int | None]]:
    """Return the bounds of every rule between two visits."""
    return [(r.min, r.target, r.max) for r in regimen.timing if (r.visit, r.after) == (visit, after)]


def test_the_table_knows_every_protocol() -> None:
    """The table of published numbers leaves out no protocol."""
    assert PUBLISHED.keys() == set(IDS)


@every_protocol
def test_doses_by_phase(protocol_id: str) -> None:
    """Each phase has as many doses as the publication says."""
    doses = Counter(visit.phase for visit in standard(protocol_id).visits if visit.kind == "dosing")
    assert doses == PUBLISHED[protocol_id].doses


@every_protocol
def test_other_visits(protocol_id: str) -> None:
    """Preparations, integrations, therapy, reviews and check-ins are as many as the publication says."""
    others = Counter(visit.kind for visit in standard(protocol_id).visits if visit.kind != "dosing")
    assert others == PUBLISHED[protocol_id].others


@pytest.mark.parametrize("protocol_id", [name for name in IDS if PUBLISHED[name].gap is not None])
def test_days_between_doses(protocol_id: str) -> None:
    """Doses of the first phase keep the publication's distance and aim at its days."""
    published = PUBLISHED[protocol_id]
    regimen = standard(protocol_id)
    first_phase = next(visit.phase for visit in regimen.visits if visit.kind == "dosing")
    gaps = [rule for rule in between_doses(regimen) if regimen.visit(rule.visit).phase == first_phase]
    assert len(gaps) == published.doses[first_phase] - 1
    assert {(rule.min, rule.target) for rule in gaps} == {published.gap}


@every_protocol
def test_doses_in_a_treatment_week(protocol_id: str) -> None:
    """The first phase's doses of any treatment week are capped at the publication's number."""
    published = PUBLISHED[protocol_id]
    regimen = standard(protocol_id)
    first_phase = {visit.phase: visit for visit in reversed(regimen.visits) if visit.kind == "dosing"}
    doses = {visit.id for visit in regimen.visits if visit.kind == "dosing" and visit.phase == list(first_phase)[-1]}
    caps = [limit for limit in regimen.limits if limit.type == "cap" and doses <= set(limit.visits)]
    if published.weekly is None:
        assert [cap for cap in caps if cap.level != "default"] == []
        return
    assert {(cap.anchor, cap.every) for cap in caps} == {("dosing-1", 7)}
    assert min(cap.max or 0 for cap in caps) == published.weekly


@every_protocol
def test_gates(protocol_id: str) -> None:
    """Reviews that decide compare the publication's measure with its thresholds."""
    gates = [visit.gate for visit in standard(protocol_id).visits if visit.gate is not None]
    assert tuple((gate.measure, gate.response, gate.at_most) for gate in gates) == PUBLISHED[protocol_id].gates


@every_protocol
def test_nobody_who_does_not_respond_goes_on(protocol_id: str) -> None:
    """Without a response the course ends at the first review that measures one."""
    measured = [measure for measure, response, _ in PUBLISHED[protocol_id].gates if response is not None]
    visits = course(protocol_id, assume="no-response").visits
    gate = next((visit for visit in visits if visit.gate is not None and visit.gate.measure in measured), None)
    assert (gate is None) == (not measured)
    assert gate is None or [visit.id for visit in visits if gate.id in visit.awaits] == []
    assert gate is None or visits[-1] is gate


def test_kap_standard_has_the_numbers_agreed() -> None:
    """The general course keeps the windows that were agreed for it."""
    regimen = standard("kap-standard")
    assert rule_of(regimen, "preparation-1", "screening-1") == [(1, (1, 7), 14)]
    assert rule_of(regimen, "preparation-2", "preparation-1") == [(2, (5, 7), 14)]
    assert rule_of(regimen, "dosing-1", "preparation-2") == [(1, (2, 7), 10)]
    assert [(r.min, r.target, r.max) for r in between_doses(regimen)] == [(3, (7, 7), 21)] * 5
    for number in range(1, 7):
        assert rule_of(regimen, f"integration-{number}", f"dosing-{number}") == [(1, (1, 3), 6)]
    for number in range(2, 7):
        assert rule_of(regimen, f"dosing-{number}", f"integration-{number - 1}") == [(1, None, None)]
    assert rule_of(regimen, "review-1", "dosing-6") == [(3, (5, 10), 14)]
    assert [rule_of(regimen, f"check-in-{n}", "dosing-6") for n in range(1, 5)] == [
        [(7 * weeks - 7, (7 * weeks - 3, 7 * weeks + 3), 7 * weeks + 7), (None, (7 * weeks, 7 * weeks), None)]
        for weeks in (2, 4, 8, 12)
    ]
    assert rule_of(regimen, "check-in-1", "review-1") == [(1, None, None)]
    monthly = [rule for rule in regimen.timing if rule.months is not None]
    assert [(r.after, r.months, r.min, r.target, r.max) for r in monthly] == [
        ("dosing-6", months, *bounds) for months in (4, 5, 6) for bounds in ((-7, (-3, 3), 7), (None, (0, 0), None))
    ]


def test_kap_standard_awaits_its_screening_and_its_review() -> None:
    """Doses of the general course await the screening, check-ins the review, and nothing else awaits anything."""
    awaits = {visit.id: visit.awaits for visit in standard("kap-standard").visits if visit.awaits}
    assert awaits == {f"dosing-{n}": ("screening-1",) for n in range(1, 7)} | {
        f"check-in-{n}": ("review-1",) for n in range(1, 8)
    }


def test_esketamine_s_review_lies_between_induction_and_week_five() -> None:
    """The benefit is evaluated one to four days after dose 8, never under its effect, and before dose 9."""
    regimen = standard("esketamine-trd")
    assert rule_of(regimen, "review-1", "dosing-8")[0][:2] == (1, (1, 4))
    assert rule_of(regimen, "dosing-9", "review-1") == [(1, None, None)]


@pytest.mark.parametrize("protocol_id", ["esketamine-trd", "esketamine-mdsi", "esketamine-reinduction", "sustain-3"])
def test_no_esketamine_review_is_on_the_day_of_a_dose(protocol_id: str) -> None:
    """Scales are never answered right after the monitoring: every review follows a dose by a day or more."""
    regimen = standard(protocol_id)
    reviews = {visit.id for visit in regimen.visits if visit.kind == "review"}
    doses = {visit.id for visit in regimen.visits if visit.kind == "dosing"}
    after = [rule for rule in regimen.timing if rule.visit in reviews and rule.after in doses]
    assert {rule.visit for rule in after} == reviews
    assert {(rule.min, rule.target) for rule in after} == {(1, (1, 4))}
    assert any(limit.type == "distinct_days" and reviews | doses <= set(limit.visits) for limit in regimen.limits)


@pytest.mark.parametrize(
    ("protocol_id", "asked", "devices"),
    [
        ("esketamine-trd", None, [2, 3, 3]), ("esketamine-trd", 2, [2, 2, 2]), ("esketamine-trd", 3, [2, 3, 3]),
        ("esketamine-mdsi", None, [3, 3, 3]), ("esketamine-mdsi", 2, [2, 2, 2]), ("murrough-2013", None, [0, 0, 0]),
    ],
)  # fmt: skip
def test_devices_by_dose(protocol_id: str, asked: int | None, devices: list[int]) -> None:
    """Day 1 of esketamine for resistant depression is 56 mg, two devices; what the profile says holds from then on."""
    doses = [v for v in course(protocol_id, devices_per_visit=asked).visits if v.kind == "dosing"]
    assert [visit.devices for visit in doses[:3]] == devices
    assert len({visit.devices for visit in doses[1:]}) == 1


def test_sustain_3_by_the_cgi_s() -> None:
    """CGI-S 3 or less goes to two weeks, more to one; four weeks, and back to two, only by judgement."""
    ways = {
        phase.id: [(s.gate.at_most, s.gate.then, s.gate.then_or, s.gate.otherwise, s.gate.otherwise_or)
                   for s in phase.series if s.gate is not None]
        for phase in protocol("sustain-3").phases if phase.id != "benefit"
    }  # fmt: skip
    assert {phase: gates for phase, gates in ways.items() if gates} == {
        "frequency": [(3, "two-weekly", None, "weekly-on", None)],
        "two-weekly": [(3, "two-weekly", "four-weekly", "weekly-on", None)],
        "weekly-on": [(3, "two-weekly", None, "weekly-on", None)],
        "four-weekly": [(3, "four-weekly", None, "weekly-on", "two-weekly")],
    }
    assert "four-weekly" not in {visit.phase for visit in standard("sustain-3").visits}


def test_abbar_gives_two_infusions_a_day_apart() -> None:
    """The second infusion comes 24 hours after the first, the outcome on day 3, the follow-up at six weeks."""
    regimen = standard("abbar-2022")
    assert rule_of(regimen, "dosing-2", "dosing-1") == [(1, (1, 1), 1)]
    assert rule_of(regimen, "review-1", "dosing-1")[0][1] == (2, 3)
    assert rule_of(regimen, "check-in-1", "dosing-1")[0] == (35, (39, 45), 49)


def test_rodriguez_plans_the_day_before_and_exposes_for_two_weeks() -> None:
    """Ninety minutes of planning on the day before the infusion, ten hours of exposure in the two weeks after."""
    regimen = standard("rodriguez-2013")
    assert rule_of(regimen, "preparation-1", "dosing-1")[0][1:] == ((-1, -1), -1)
    assert regimen.visit("preparation-1").minutes.total == 90
    assert {v.minutes.total for v in regimen.visits if v.kind == "psychotherapy"} == {60}
    assert (None, (10, 14), 21) in rule_of(regimen, "psychotherapy-10", "dosing-1")


@pytest.mark.parametrize(("asked", "doses"), [(None, 8), (3, 3), (8, 8)])
def test_karma_gives_up_to_eight(asked: int | None, doses: int) -> None:
    """Eight infusions, or fewer where fewer are asked for."""
    assert sum(visit.kind == "dosing" for visit in course("karma-dep-2", doses=asked).visits) == doses


def test_measures_of_a_trial_are_tasks_of_their_doses() -> None:
    """Feder's scales at 24 hours and at week 1 belong to the first infusion, Hull's to the second and the fourth."""
    feder = {v.id: [(t.id, t.due_days) for t in v.tasks] for v in standard("feder-2021").visits if v.kind == "dosing"}
    assert feder.pop("dosing-1") == [("baseline-scales", -1), ("scales-24h", 1), ("scales-week-1", 7)]
    assert not any(feder.values())
    hull = {v.number for v in standard("hull-2022").visits if v.kind == "dosing" and v.tasks}
    assert hull == {2, 4}


@pytest.mark.parametrize(("every", "months"), [(None, [1, 3, 5]), (2, [1, 3, 5]), (1, [1, 2, 3, 4, 5, 6])])
def test_journey_s_maintenance_comes_every_month_or_two(every: int | None, months: list[int]) -> None:
    """The clinic chooses one or two months; points are counted from the last dose of the course, never chained."""
    regimen = course("journey-clinical", maintenance_every=every)
    points = [(rule.after, rule.months) for rule in regimen.timing if rule.months is not None]
    assert list(dict.fromkeys(points)) == [("dosing-6", month) for month in months]


@pytest.mark.parametrize(("dose", "week"), [(1, 1), (2, 1), (3, 2), (8, 4), (9, 5), (12, 8), (13, 10), (14, 12)])
def test_esketamine_by_treatment_weeks(dose: int, week: int) -> None:
    """Two doses in each of weeks 1 to 4, one in each of weeks 5 to 8, then one every second week."""
    regimen = standard("esketamine-trd")
    aims = [rule.target for rule in regimen.timing if rule.visit == f"dosing-{dose}" and rule.rule.endswith(".week")]
    assert aims == ([] if dose == 1 else [(7 * week - 7, 7 * week - 1)])


def test_esketamine_for_acute_suicidality_ends_after_four_weeks() -> None:
    """Nothing is laid out beyond the evaluation at the end of week 4, whatever the maintenance asked for."""
    regimen = course("esketamine-mdsi", maintenance_months=12)
    assert regimen.visits[-1].kind == "review"
    assert {visit.tier for visit in regimen.visits} == {"course"}


def test_written_exposure_begins_after_the_fourth_infusion() -> None:
    """The first exposure session follows infusion 4, none shares a day with an infusion, and week 12 counts from it."""
    regimen = standard("feder-2025")
    assert rule_of(regimen, "psychotherapy-1", "dosing-4") == [(1, (1, 1), 7)]
    apart = next(limit for limit in regimen.limits if limit.rule == "never-on-an-infusion-day")
    assert set(apart.visits) == {v.id for v in regimen.visits if v.kind in {"dosing", "psychotherapy"}}
    assert rule_of(regimen, "review-1", "psychotherapy-1") == [(77, (81, 87), 91), (None, (84, 84), None)]
    assert all(t.due_days <= 0 for v in regimen.visits if v.kind == "dosing" for t in v.tasks)


def test_written_exposure_interleaves_with_the_last_infusions() -> None:
    """Laid out as near as the rules aim, two exposure sessions come before the last infusion."""
    nominal = {visit.id: visit.nominal for visit in standard("feder-2025").visits}
    assert nominal["dosing-4"] < nominal["psychotherapy-1"] < nominal["dosing-5"]
    assert nominal["dosing-5"] < nominal["psychotherapy-2"] < nominal["dosing-6"]


@pytest.mark.parametrize(("asked", "doses"), [(None, 6), (6, 6), (7, 7), (8, 8), (3, 6), (12, 8)])
def test_journey_gives_six_to_eight_doses(asked: int | None, doses: int) -> None:
    """Two doses before the follow-up and four to six after it, an integration after each."""
    regimen = course("journey-clinical", doses=asked, maintenance_months=0)
    kinds = Counter(visit.kind for visit in regimen.visits)
    assert (kinds["dosing"], kinds["integration"]) == (doses, doses)


def test_journey_s_third_dose_awaits_the_follow_up() -> None:
    """The follow-up comes about 30 days after the intake, after dose 2 and before dose 3."""
    regimen = standard("journey-clinical")
    assert rule_of(regimen, "review-1", "screening-1") == [(14, (28, 32), 60)]
    assert rule_of(regimen, "review-1", "dosing-2") == [(1, None, None)]
    assert rule_of(regimen, "dosing-3", "review-1") == [(1, None, None)]
    assert "review-1" not in regimen.visit("dosing-2").awaits
    assert "review-1" in regimen.visit("dosing-3").awaits


def test_r107_goes_home_after_day_eight() -> None:
    """Five doses on five days at the clinic, the assessment on day 8, then two a week at home in weeks 2 to 13."""
    regimen = standard("r107-2024")
    assert rule_of(regimen, "review-1", "dosing-1")[0][1] == (7, 7)
    places = [visit.place for visit in regimen.visits if visit.kind == "dosing"]
    assert places == ["clinic"] * 5 + ["home"] * 24
    weeks = [rule.target for rule in regimen.timing if rule.rule.endswith(".week")]
    assert weeks == [(7 * week - 7, 7 * week - 1) for week in range(2, 14) for _ in range(2)]
    assert [rule.max for rule in between_doses(regimen)][:4] == [1, 1, 1, 1]


@pytest.mark.parametrize(("doses", "after"), [(6, [1, 2, 4, 6]), (5, [1, 2, 4]), (4, [1, 2, 4])])
def test_field_trip_s_therapy_visits(doses: int, after: list[int]) -> None:
    """Therapy alone after the first session, the second, and then every second one."""
    regimen = course("field-trip-2023", doses=doses)
    followed = [rule.after for rule in regimen.timing if rule.rule == "sessions.integration.gap"]
    assert followed == [f"dosing-{number}" for number in after]


def test_krupitsky_s_months_are_calendar_months() -> None:
    """The second and third session fall one and two calendar months after the first, counselling before each."""
    regimen = standard("krupitsky-2007")
    monthly = [(rule.visit, rule.after, rule.months) for rule in regimen.timing if rule.months is not None]
    assert list(dict.fromkeys(monthly)) == [("dosing-2", "dosing-1", 1), ("dosing-3", "dosing-1", 2)]
    for number in (1, 2):
        (bounds,) = rule_of(regimen, f"psychotherapy-{number}", f"dosing-{number + 1}")
        assert bounds[2] == -1


def test_dakwar_s_stay_is_five_days_with_the_infusion_on_the_second() -> None:
    """Therapy on five days in a row, the infusion on the second; eight more sessions in weeks 2 to 5."""
    regimen = standard("dakwar-2019")
    assert rule_of(regimen, "psychotherapy-1", "dosing-1") == [(-1, (-1, -1), -1)]
    for number in range(2, 6):
        assert rule_of(regimen, f"psychotherapy-{number}", f"psychotherapy-{number - 1}") == [(1, (1, 1), 1)]
    assert not any({"dosing-1", "psychotherapy-2"} <= set(limit.visits) for limit in regimen.limits)
    weeks = [rule.target for rule in regimen.timing if rule.rule.endswith(".week")]
    assert weeks == [(7 * week - 7, 7 * week - 1) for week in (2, 3, 4, 5) for _ in range(2)]


def test_dakwar_s_quit_day_lies_in_the_second_week_of_therapy() -> None:
    """The infusion falls 7 to 13 days after the first therapy session."""
    assert rule_of(standard("dakwar-2020"), "psychotherapy-1", "dosing-1")[0] == (-13, (-13, -7), -7)


def test_montreal_s_therapy_begins_two_weeks_ahead() -> None:
    """Psychotherapy begins at least 14 days before the first of six infusions, which take four weeks."""
    regimen = standard("montreal-2023")
    assert rule_of(regimen, "psychotherapy-1", "dosing-1")[0][2] == -14
    assert (None, (21, 27), 34) in rule_of(regimen, "dosing-6", "dosing-1")


def test_wilkinson_2017_begins_together_and_ends_eight_weeks_after() -> None:
    """Therapy begins with the infusions; its last session aims at eight weeks after the last of them."""
    regimen = standard("wilkinson-2017")
    assert rule_of(regimen, "psychotherapy-1", "dosing-1")[0][0] == 1
    (_, target, _) = rule_of(regimen, "psychotherapy-12", "dosing-4")[0]
    assert target is not None
    assert target[0] <= 56 <= target[1]


def test_wilkinson_2021_books_no_therapy_before_the_response() -> None:
    """All sixteen sessions await the response review."""
    therapy = [visit for visit in standard("wilkinson-2021").visits if visit.kind == "psychotherapy"]
    assert {visit.awaits for visit in therapy} == {("review-1",)}


def test_canbind_thins_out() -> None:
    """Responders go from weekly to every two weeks to monthly."""
    regimen = standard("canbind-2020")
    targets = {regimen.visit(rule.visit).phase: rule.target for rule in between_doses(regimen)}
    assert targets == {"acute": (2, 3), "weekly": (7, 7), "two-weekly": (14, 14), "monthly": (28, 28)}


@pytest.mark.parametrize(("asked", "doses"), [(None, 9), (9, 9), (10, 9), (11, 9), (12, 12), (20, 12)])
def test_canbind_gives_nine_or_twelve(asked: int | None, doses: int) -> None:
    """Nine infusions or twelve, never a part of the fourth week."""
    acute = [visit for visit in course("canbind-2020", doses=asked).visits if visit.phase == "acute"]
    assert len(acute) == doses


def test_glue_2018_lasts_three_months() -> None:
    """However many injections there are, the last one aims at the end of the third month."""
    for doses in (12, 24):
        regimen = course("glue-2018", doses=doses)
        assert (None, (77, 91), 98) in rule_of(regimen, f"dosing-{doses}", "dosing-1")


def test_singh_s_review_is_on_day_fifteen() -> None:
    """The review aims at day 15, after the doses of two weeks and before those of the third."""
    for protocol_id, doses in (("singh-2016-twice", 4), ("singh-2016-thrice", 6)):
        regimen = standard(protocol_id)
        assert rule_of(regimen, "review-1", "dosing-1")[0][1] == (14, 14)
        assert rule_of(regimen, "review-1", f"dosing-{doses}") == [(1, None, None)]
        assert rule_of(regimen, f"dosing-{doses + 1}", "review-1") == [(0, None, None)]
