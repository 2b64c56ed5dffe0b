"""Lives that once went wrong, and what a course does after a lapse, a missed first visit, an absence, another drug."""

from __future__ import annotations

import tracemalloc
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from shutil import copytree

import pytest
from support.command_line import CommandLine, with_examples
from support.safe_lives import START, Life

from kapplan.files.plans.store import load_plan
from kapplan.model.plan import Plan, PlannedVisit
from kapplan.model.terms import DOSES

MOST_MEMORY = 300_000_000


def doses(plan: Plan) -> list[PlannedVisit]:
    """Return the doses that were or are to be given, by their days."""
    return sorted((one for one in plan.visits if one.kind in DOSES and not one.is_lost), key=lambda one: one.day)


def held_through(protocol: str, number: int) -> Life:
    """Return a life in which all that came through a dose was held as planned; it is noon of that day."""
    return hold_through(Life(protocol), number)


def hold_through(life: Life, number: int) -> Life:
    """Hold all that comes through a dose as planned; return the life at noon of that day."""
    last = life.plan.visit(f"dosing-{number}").start
    for visit in sorted(life.plan.visits, key=lambda one: one.start):
        if visit.start <= last:
            life.live((life.plan.visit(visit.id).start.date() - life.today).days, "done", "p", visit.id)
    return life


# Once a crash, a blow-up, a dead end


def test_a_missed_review_and_a_longer_maintenance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A course whose review was missed is dated from a profile that asks for more check-ins, and not the same twice."""
    line = CommandLine(with_examples(tmp_path), monkeypatch)
    assert line("plan", "river.toml", "-o", "river.plan.toml", "--today", "2026-12-28").code == 0
    plan = load_plan(tmp_path / "river.plan.toml").plan
    later = str(plan.visit("review-1").start.date() + timedelta(days=1))
    assert line("missed", "river", "review-1", "--today", later).code == 0
    text = (tmp_path / "river.toml").read_text(encoding="utf-8")
    longer = text.replace("maintenance_months = 6", "maintenance_months = 9")
    assert longer != text
    (tmp_path / "river.toml").write_text(longer, encoding="utf-8")
    assert line("refresh", "river", "--today", later).code == 0
    after = load_plan(tmp_path / "river.plan.toml").plan
    assert len([one for one in after.visits if one.kind == "check-in"]) > len([
        one for one in plan.visits if one.kind == "check-in"
    ])


@pytest.mark.parametrize("protocol", ["phillips-2019", "esketamine-trd", "kap-standard"])
def test_a_lapse_of_six_weeks_recorded_late(protocol: str) -> None:
    """Nobody recorded anything for six weeks; what is then told of it, one by one, ends in a course."""
    life = held_through(protocol, 2)
    life.today += timedelta(weeks=6)
    for visit in sorted(life.plan.visits, key=lambda one: one.start):
        if visit.open and visit.start.date() < life.today:
            life.live(0, "missed", "p", visit.id)
    assert not [one for one in life.plan.visits if one.open and one.start.date() < life.today]


def test_begin_anew_twice() -> None:
    """After each of two lapses the course can be begun anew; each time it ends in a course."""
    life = held_through("esketamine-trd", 3)
    for _ in range(2):
        life.today += timedelta(weeks=6)
        for visit in sorted(life.plan.visits, key=lambda one: one.start):
            if visit.open and visit.start.date() < life.today:
                life.live(0, "missed", "p", visit.id)
        offered = [one for one in life.plan.proposals if one.state == "open" and one.effect.startswith("branch:")]
        assert offered
        life.live(0, "accept", "p", str(offered[0].number))
        following = [one for one in doses(life.plan) if one.open]
        assert following
        life.live((following[0].start.date() - life.today).days, "done", "p", following[0].id)


def test_seven_weeks_away_with_an_override_is_bounded_in_memory() -> None:
    """Phillips with its gap overridden and the patient away for seven weeks: an answer within 300 MB."""
    life = held_through("phillips-2019", 3)
    first = life.today + timedelta(days=2)
    tracemalloc.start()
    try:
        life.live(1, "away", "p", f"{first}..{first + timedelta(weeks=7)}")
        gaps = dict.fromkeys(rule.rule for rule in life.plan.regimen.timing if rule.rule.endswith("dosing.gap"))
        named = [word for rule in gaps for word in ("--override", rule)]
        life.live(0, "refresh", "p", *named, "--why", "away, agreed")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < MOST_MEMORY


@pytest.mark.parametrize(("protocol", "dose"), [("phillips-2019", "dosing-6"), ("singh-2016-twice", "dosing-5")])
def test_what_helps_where_a_course_has_no_dates_and_a_visit_is_put_off_works_as_typed(protocol: str, dose: str) -> None:
    """Of a course without dates a dose is put off to a closed day: what is printed instead is tried as it stands."""
    life = Life(protocol)
    life.live(9, "away", "p", "2027-01-16..2027-02-15", "--who", "clinic")
    life.live(0, "add", "p", "dosing", "mon")
    life.live(0, "cancel", "p", "dosing-3", "--party", "patient")
    life.live(0, "done", "p", "screening-1", "--partial", "stopped")
    life.live(5, "defer", "p", dose, "--carry", "this")


@pytest.mark.parametrize(("protocol", "dose"), [("kap-standard", "dosing-2"), ("singh-2016-twice", "dosing-5")])
def test_days_offered_where_a_visit_is_put_off_work_as_typed(protocol: str, dose: str) -> None:
    """A dose is put off to a closed day: days that work are offered instead, each tried as it is printed."""
    life = Life(protocol)
    life.live(0, "defer", "p", dose, "2027-01-30", "--carry", "this")
    refused = life.run("defer", "p", dose, "2027-01-30", "--carry", "this")
    assert refused.code == 5
    assert f"kapplan move p {dose} 2027-01-" in refused.err


# Prerequisites stay


def test_a_missed_preparation_is_carried_forward() -> None:
    """What a dose waits for and was missed is given before that dose: it is never on target and unprepared."""
    life = Life("kap-standard")
    missed = life.plan.visit("preparation-2")
    life.live((missed.start.date() - life.today).days, "missed", "p", missed.id)
    new = [one for one in life.plan.visits if one.replaces == missed.id]
    assert len(new) == 1
    assert life.today < new[0].start.date() < doses(life.plan)[0].start.date()


def test_an_added_preparation_comes_before_its_dose() -> None:
    """One more preparation without a day goes before the next dose."""
    life = Life("kap-standard")
    there = {one.id for one in life.plan.visits}
    life.live(0, "add", "p", "preparation")
    (new,) = (one for one in life.plan.visits if one.id not in there)
    assert new.start < doses(life.plan)[0].start


@pytest.mark.parametrize(
    ("protocol", "what"), [("phillips-2019", "screening-1"), ("wilkinson-2021", "screening-1"),
                           ("kap-standard", "preparation-3")],
)  # fmt: skip
@pytest.mark.parametrize("lost", [False, True])
def test_a_dose_added_before_all_others_comes_after_what_the_first_waits_for(
    protocol: str, what: str, lost: bool
) -> None:
    """Nobody gets a dose before the screening or preparation, also in place of a lost one: that comes first, or not."""
    life = Life(protocol)
    if lost:
        life.live(0, "cancel", "p", "dosing-1", "--party", "patient")
    first = doses(life.plan)[0]
    for day in (life.plan.visit(what).start.date(), first.day - timedelta(days=1)):
        ran = life.run("add", "p", "dosing", str(day))
        begins = doses(life.plan)[0]
        assert ran.code == (5 if begins.id == first.id else 0)
        assert life.plan.visit(what).start.date() < begins.day
    assert begins.awaits == first.awaits


@pytest.mark.parametrize("protocol", ["phillips-2019", "esketamine-trd", "kap-standard"])
def test_the_course_starts_with_the_first_dose_given(protocol: str) -> None:
    """Where the first dose is missed, week 1 begins with the first one that is given, and reviews follow from there."""
    life = Life(protocol)
    first = life.plan.visit("dosing-1")
    for visit in sorted(life.plan.visits, key=lambda one: one.start):
        if visit.start < first.start:
            life.live((life.plan.visit(visit.id).start.date() - life.today).days, "done", "p", visit.id)
    life.live((first.start.date() - life.today).days, "missed", "p", first.id)
    given = doses(life.plan)[0]
    life.live((given.start.date() - life.today).days, "done", "p", given.id)
    assert life.plan.first_dose == given.start.date() > first.start.date()
    assert all(one.start.date() > given.start.date() for one in life.plan.visits if one.kind == "review" and one.open)


def test_tasks_before_the_first_dose_follow_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is open once, for the dose that is the first now: after a miss, a date found later, a miss taken back."""
    line = CommandLine(with_examples(tmp_path), monkeypatch)
    assert line("plan", "river.toml", "-o", "river.plan.toml", "--today", "2026-12-15").code == 0
    for visit in ("screening-1", "preparation-1", "preparation-2", "preparation-3"):
        assert line("done", "river", visit, "--today", "2027-01-10T20:00").code == 0

    def asked() -> dict[str, tuple[str | None, date]]:
        tasks = [task for task in load_plan(tmp_path / "river.plan.toml").plan.tasks if task.status == "open"]
        assert len({task.text for task in tasks if "Urinalysis, while" not in task.text}) == len(tasks) - 2
        return {task.id.removesuffix(f"-{task.visit}"): (task.visit, task.due) for task in tasks}

    def before(dose: str) -> None:
        day = load_plan(tmp_path / "river.plan.toml").plan.visit(dose).day
        found = asked()
        assert {visit for visit, _ in found.values()} == {dose}
        for task in ("consent", "urinalysis", "misuse", "cognition", "measure-gad7-baseline", "measure-luts-baseline"):
            assert found[task][1] == day - timedelta(days=1)

    before("dosing-1")
    missed = line("missed", "river", "dosing-1", "--today", "2027-01-11T18:00")
    assert missed.code == 5
    assert "it is given later, as soon as there is a day for it" in missed.text
    before("dosing-2")
    opened = ("move", "river", "integration-1", "2027-01-18", "--override", "closed", "--why", "agreed")
    assert line(*opened, "--today", "2027-01-11T18:00").code == 0
    before("dosing-7")
    why = line("why", "river", "dosing-7", "--today", "2027-01-11T18:00").text
    assert "Mon 11 Jan 2027 (before the first day on which anything is placed)" in why
    assert line("undo", "river", "--today", "2027-01-11T18:00").code == 0
    before("dosing-2")
    assert line("done", "river", "dosing-1", "--today", "2027-01-12T12:00").code == 0
    before("dosing-1")


@pytest.mark.parametrize("protocol", ["elekt-d-2023", "singh-2016-twice"])
def test_nobody_is_screened_after_the_dose_that_is_the_first_now(protocol: str) -> None:
    """With the first dose called off and not replaced, the screening cannot be put off behind the one that is next."""
    life = Life(protocol)
    life.live(0, "cancel", "p", "dosing-1", "--party", "patient")
    next_dose = doses(life.plan)[0]
    ran = life.run("defer", "p", "screening-1", "7d later", "--carry", "this")
    assert ran.code == 5
    assert "before dose 2" in ran.err
    assert life.plan.visit("screening-1").start < next_dose.start


def test_doses_of_another_drug_count_only_where_somebody_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a terminal it is asked, and nothing said means no; the least gap counts what was given all the same."""
    line = CommandLine(with_examples(tmp_path), monkeypatch)
    assert line("plan", "river.toml", "-o", "river.plan.toml", "--today", "2026-12-28").code == 0
    plan = load_plan(tmp_path / "river.plan.toml").plan
    given = plan.visit("dosing-1").start.date()
    for visit in sorted(plan.visits, key=lambda one: one.start):
        if visit.start.date() <= given:
            assert line("done", "river", visit.id, str(visit.start.date()), "--today", str(given)).code == 0
    profile = (tmp_path / "river.toml").read_text(encoding="utf-8")
    nasal = profile.replace('route = "im"', 'route = "nasal"').replace("doses = 6\n", "")
    (tmp_path / "river.toml").write_text(nasal, encoding="utf-8")
    saved = (tmp_path / "river.plan.toml").read_bytes()
    counts = {}
    for answer in ("\n", "n\n", "y\n"):
        (tmp_path / "river.plan.toml").write_bytes(saved)
        words = ("refresh", "river", "--protocol", "esketamine-trd", "--today", str(given))
        ran = line(*words, terminal=True, stdin=answer)
        assert ran.code in {0, 5}, ran.err
        assert "count" in ran.err
        after = load_plan(tmp_path / "river.plan.toml").plan
        ahead = [one for one in doses(after) if one.open and one.status != "unresolved"]
        counts[answer] = len(ahead)
        assert all(one.start.date() > given for one in ahead)
    assert counts["\n"] == counts["n\n"] == counts["y\n"] + 1


def test_caps_count_doses_of_another_drug(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At most two doses in a week of a label: two of ketamine, given before the drug changed, leave none free."""
    line = CommandLine(with_examples(tmp_path), monkeypatch)
    assert line("plan", "river.toml", "-o", "river.plan.toml", "--today", "2026-12-28").code == 0
    for number, day in enumerate(("2027-01-25", "2027-01-28"), start=1):
        assert line("done", "river", f"dosing-{number}", day, "--today", "2027-01-28").code in {0, 5}
    profile = (tmp_path / "river.toml").read_text(encoding="utf-8")
    nasal = profile.replace('route = "im"', 'route = "nasal"').replace("doses = 6\n", "")
    (tmp_path / "river.toml").write_text(nasal, encoding="utf-8")
    assert line("refresh", "river", "--protocol", "esketamine-trd", "--today", "2027-01-28").code in {0, 5}
    plan = load_plan(tmp_path / "river.plan.toml").plan
    ahead = [one.day for one in doses(plan) if one.open and one.status != "unresolved" and one.day > date(2027, 1, 28)]
    assert ahead
    assert min(ahead) >= date(2027, 2, 1)


def test_what_passed_unrecorded_stays_when_the_protocol_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A screening that may have been held, and which the new course has not, waits for its record in a sound plan."""
    line = CommandLine(with_examples(tmp_path), monkeypatch)
    assert line("plan", "river.toml", "-o", "river.plan.toml", "--today", "2026-12-28").code == 0
    profile = (tmp_path / "river.toml").read_text(encoding="utf-8")
    nasal = profile.replace('route = "im"', 'route = "nasal"').replace("doses = 6\n", "")
    (tmp_path / "river.toml").write_text(nasal, encoding="utf-8")
    assert line("refresh", "river", "--protocol", "esketamine-trd", "--today", "2027-01-09").code in {0, 5}
    assert load_plan(tmp_path / "river.plan.toml").plan.visit("preparation-1").open
    assert line("done", "river", "preparation-1", "--today", "2027-01-09").code in {0, 5}
    assert load_plan(tmp_path / "river.plan.toml").plan.visit("preparation-1").status == "completed"


# The rhythm after a lapse


@pytest.mark.parametrize("protocol", ["esketamine-trd", "phillips-2019"])
def test_nothing_is_given_in_haste_after_a_lapse(protocol: str) -> None:
    """Weeks run from the first dose after a lapse: no two doses come closer than the plan had them before it."""
    life = held_through(protocol, 3)
    before = {one.id: one.start.date() for one in doses(life.plan)}
    closest = min((before[later.id] - before[one.id]).days for one, later in pairwise(doses(life.plan)))
    life.today += timedelta(weeks=5)
    for visit in sorted(life.plan.visits, key=lambda one: one.start):
        if visit.open and visit.start.date() < life.today:
            life.live(0, "missed", "p", visit.id)
    ahead = [one for one in doses(life.plan) if one.open]
    assert all((later.day - one.day).days >= closest for one, later in pairwise(ahead))
    weeks = [(one.day - ahead[0].day).days // 7 for one in ahead if one.phase == ahead[0].phase]
    assert all(weeks.count(week) <= 2 for week in weeks)


@pytest.mark.parametrize("protocol", ["esketamine-trd", "phillips-2019"])
@pytest.mark.parametrize("how", ["resumed", "away"])
def test_nothing_is_given_in_haste_after_a_lapse_that_is_known_of(protocol: str, how: str) -> None:
    """Held until March, or away until then with the gap overridden: doses come no closer than they did before."""
    life = held_through(protocol, 3)
    before = doses(life.plan)
    closest = min((later.day - one.day).days for one, later in pairwise(before) if one.phase == later.phase)
    if how == "resumed":
        life.live(1, "hold", "p")
        life.live(0, "resume", "p", "2027-03-01")
    else:
        first = life.today + timedelta(days=2)
        life.live(0, "away", "p", f"{first}..2027-02-28")
        gap = next(rule.rule for rule in life.plan.regimen.timing if rule.visit == "dosing-4" and rule.min)
        assert life.run("resume", "p", "--override", gap, "--why", "agreed").code == 0
    ahead = [one for one in doses(life.plan) if one.open]
    assert ahead[0].day == date(2027, 3, 1)
    assert all((later.day - one.day).days >= closest for one, later in pairwise(ahead))
    assert all((third.day - one.day).days > 2 * closest for one, third in zip(ahead, ahead[2:], strict=False))


def test_nothing_moves_for_a_dose_that_is_called_off_between_others() -> None:
    """Doses that are provisional still were told: none is pulled a day forward only since it could be sooner."""
    life = Life("wilkinson-2021")
    before = {one.id: one.start for one in life.plan.visits}
    assert life.plan.visit("dosing-1").provisional
    life.live(0, "cancel", "p", "dosing-2", "--party", "patient")
    assert {one.id: one.start for one in life.plan.visits} == before


def test_infusions_stay_two_days_apart_after_days_away() -> None:
    """Where the patient is away for four days, the next infusions are as near to each other as they belong."""
    life = held_through("phillips-2019", 2)
    first = life.today + timedelta(days=1)
    life.live(0, "away", "p", f"{first}..{first + timedelta(days=3)}")
    ahead = [one.day for one in doses(life.plan) if one.open and one.phase == life.plan.visit("dosing-2").phase][:3]
    assert [(later - one).days for one, later in pairwise(ahead)] == [2, 2]


def begun_anew(life: Life) -> Life:
    """Return the life after six weeks in which all was missed and a new induction was accepted."""
    life.today += timedelta(weeks=6)
    for visit in sorted(life.plan.visits, key=lambda one: one.start):
        if visit.open and visit.start.date() < life.today:
            life.live(0, "missed", "p", visit.id)
    anew = next(one for one in life.plan.proposals if one.state == "open" and one.effect.startswith("branch:"))
    life.live(0, "accept", "p", str(anew.number))
    return life


PREFERRED = """\
[availability]
prefer = { days = ["mon", "thu"], time = "09:30" }
"""


def test_a_course_begun_anew_keeps_to_what_the_patient_prefers(tmp_path: Path) -> None:
    """The doses of a new induction are on the days and at the time that the patient likes."""
    folder = tmp_path / "files"
    copytree(Life("esketamine-trd").line.folder, folder)
    profile = folder / "p.toml"
    profile.write_text(profile.read_text(encoding="utf-8") + PREFERRED, encoding="utf-8")
    life = Life.__new__(Life)
    life.begin("esketamine-trd", folder, {})
    assert life.run("plan", "p.toml", "-o", "p").code == 0
    begun_anew(hold_through(life, 3))
    ahead = [f"{one.start:%a %H:%M}" for one in doses(life.plan) if one.open][:8]
    assert ahead == ["Mon 09:30", "Thu 09:30"] * 4


def test_a_course_begun_anew_keeps_its_own_targets() -> None:
    """After a lapse the new induction is as the first was: an intake before it, doses three or four days apart."""
    life = begun_anew(held_through("esketamine-trd", 3))
    ahead = [one for one in doses(life.plan) if one.open][:8]
    assert {(later.day - one.day).days for one, later in pairwise(ahead)} == {3, 4}
    assert [one.deviation_days for one in ahead] == [0] * 8
    (intake,) = (one for one in life.plan.visits if one.kind == "screening" and one.open)
    assert life.today < intake.day < ahead[0].day <= life.today + timedelta(days=7)
    assert intake.deviation_days == 0
    assert {rule.after for rule in life.plan.regimen.timing if rule.visit == intake.id} == {ahead[0].id}
    ran = life.run("defer", "p", intake.id, "2w later", "--carry", "this")
    assert ran.code == 5
    assert intake.day < life.plan.visit(ahead[0].id).day


def test_what_the_next_dose_waits_for_stays_before_it_where_the_first_is_left_out() -> None:
    """A check-in of the first dose alone, which is held before the second, counts from no other dose."""
    life = Life("hull-2022")
    before = {one.id: one.day for one in life.plan.visits}
    life.live((before["dosing-1"] - life.today).days - 1, "omit", "p", "dosing-1")
    after = {one.id: one for one in life.plan.visits}
    assert not [one.id for one in life.plan.visits if one.status == "unresolved"]
    assert before["check-in-1"] <= after["check-in-1"].day < after["dosing-2"].day


def test_an_absence_in_february_leaves_january_alone() -> None:
    """Least change is weighed: the first dose is not pulled forward because fewer visits would move then."""
    life = Life("kap-standard")
    before = {one.id: one.start for one in life.plan.visits}
    february = date(2027, 2, 1)
    life.live(0, "away", "p", f"{february}..{february + timedelta(days=8)}")
    after = {one.id: one.start for one in life.plan.visits}
    assert START < before["dosing-1"].date() < february
    assert after["dosing-1"] == before["dosing-1"]
    assert all(after[one] >= start for one, start in before.items() if start.date() < february)


def test_a_way_out_names_each_rule_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where one rule forbids a day by its distance from several doses, the command that overrides it says so once."""
    line = CommandLine(with_examples(tmp_path), monkeypatch)
    profile = (tmp_path / "river.toml").read_text(encoding="utf-8")
    nasal = profile.replace('route = "im"', 'route = "nasal"').replace("doses = 6\n", "")
    nasal = nasal.replace("maintenance_months = 6\n", "").replace('"kap-standard"', '"esketamine-trd"')
    (tmp_path / "river.toml").write_text(nasal, encoding="utf-8")
    assert line("plan", "river.toml", "-o", "river.plan.toml", "--today", "2027-01-04").code == 0
    ran = line("add", "river", "dosing", "2027-02-13", "--today", "2027-02-12")
    assert ran.code == 5
    assert ran.err.count("[--override two-weekly.dosing.gap.min]") > 1
    (told,) = [row for row in ran.err.splitlines() if "by your name" in row]
    assert told.count("--override two-weekly.dosing.gap.min") == 1
