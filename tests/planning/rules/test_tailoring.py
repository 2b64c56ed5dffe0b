"""Tailoring: effects on a course, always within the protocol's limits; rules and protocols that nobody knew before."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from support.protocols import protocol_of
from support.rule_cases import profile

from kapplan.errors import InvalidFileError
from kapplan.files.documents.protocols import load_protocol
from kapplan.files.library.rules import built_in, load_rules, read_rulebook
from kapplan.files.toml.sources import SourceFile
from kapplan.model.clinic import Clinic, MinutesChange
from kapplan.model.protocol import Protocol
from kapplan.planning.rules.screening import screen
from kapplan.planning.rules.tailoring import Tailored, tailor

TODAY = date(2027, 1, 4)

PHASES = """
[[phases]]
id = "preparation"
[[phases.series]]
visit = "preparation"
count = 2
gap = { min = 2, target = [5, 7], max = 14 }
[[phases]]
id = "dosing"
[[phases.series]]
visit = "dosing"
count = 6
doses = { min = 3, max = 8 }
after = { last = "preparation" }
lead = { min = 1, target = [2, 7], max = 10 }
gap = { min = 3, target = 7, max = 21 }
[[phases.series]]
visit = "integration"
each = { visit = "dosing" }
gap = { min = 1, target = [1, 3], max = 6 }
before_next = { min = 1 }
[[phases]]
id = "maintenance"
follow_up = true
[[phases.series]]
visit = "check-in"
at = { weeks = [2, 4], months = { from = 3 } }
after = { last = "dosing" }
gap = { min = -7, target = [-3, 3], max = 7 }
"""


def made_up() -> Protocol:
    """Return a protocol made up for these tests."""
    return protocol_of(PHASES)


def book_of(effects: str, *, rule: str = "made-up", more: str = "") -> str:
    """Return a file with one rule for everybody."""
    return f"""
    [sources]
    house = {{ cite = "The house", mark = "C", strength = "D" }}
    [[tailoring]]
    id = "{rule}"
    level = "clinic"
    effects = [{effects}]
    text = "The house does so."
    source = "house"
    {more}
    """


def tailored(effects: str, *, clinic: Clinic | None = None, **changes: Any) -> Tailored:
    """Return the made-up course with one rule's effects."""
    book = read_rulebook(SourceFile.of_text(book_of(effects)))
    named = {key.replace("__", "."): value for key, value in changes.items()}
    return tailor(profile(named), made_up(), clinic or Clinic(), book, TODAY)


def count(course: Tailored, kind: str) -> int:
    """Return how many visits of a kind a course has."""
    return sum(visit.kind == kind for visit in course.regimen.visits)


def outcome(course: Tailored) -> tuple[str, str]:
    """Return the state of the only rule, and what it did."""
    (applied,) = course.rules
    return applied.state, applied.effect


@pytest.mark.parametrize(
    ("effect", "doses", "words"),
    [
        ("{ count = 4 }", 4, "4 doses rather than 6"),
        ("{ count = 12 }", 8, "8 doses rather than 6 (12 wanted, the protocol allows 3 to 8)"),
        ("{ count = 1 }", 3, "3 doses rather than 6 (1 wanted, the protocol allows 3 to 8)"),
        ("{ at_least = 7 }", 7, "7 doses rather than 6"),
    ],
)
def test_doses_stay_within_the_protocol_s_choice(effect: str, doses: int, words: str) -> None:
    """A rule chooses the number of doses only within the protocol's bounds, and says where it was cut."""
    course = tailored(f"{{ doses = {effect} }}")
    assert count(course, "dosing") == doses
    assert count(course, "integration") == doses
    assert outcome(course) == ("applied", words)


def test_the_profile_s_own_number_of_doses_stands() -> None:
    """No rule changes a number of doses that the profile asks for."""
    course = tailored("{ doses = { count = 4 } }", treatment__doses=5)
    assert count(course, "dosing") == 5
    assert outcome(course) == ("not-applicable", "nothing changes: the profile asks for 5 doses")


def test_a_fixed_number_of_doses_stays() -> None:
    """Where the protocol leaves no choice, no rule takes one."""
    book = read_rulebook(SourceFile.of_text(book_of("{ doses = { count = 4 } }")))
    course = tailor(profile(), load_protocol("elekt-d-2023"), Clinic(), book, TODAY)
    assert outcome(course)[0] == "not-applicable"


def test_more_visits_stop_at_their_number() -> None:
    """Visits are added up to the number that the rule allows, and no further."""
    assert count(tailored('{ visits = { visit = "preparation", more = 3, at_most = 4 } }'), "preparation") == 4
    full = tailored('{ visits = { visit = "preparation", at_most = 2 } }')
    assert count(full, "preparation") == 2
    assert outcome(full)[0] == "not-applicable"


def gaps(course: Tailored, name: str) -> tuple[int | None, tuple[int, int] | None, int | None, int]:
    """Return the limits, target and weight of the first rule of a name."""
    rule = next(rule for rule in course.regimen.timing if rule.rule == name)
    return rule.min, rule.target, rule.max, rule.weight


@pytest.mark.parametrize(
    ("days", "target", "words"),
    [
        ("[10, 14]", (10, 14), "10 to 14 days, before: 7 days"),
        ("[1, 5]", (3, 5), "3 to 5 days (of 1 to 5 days, within the protocol's limits), before: 7 days"),
        ("[14, 40]", (14, 21), "14 to 21 days (of 14 to 40 days, within the protocol's limits), before: 7 days"),
        ("[21, 30]", (21, 21), "21 days (of 21 to 30 days, within the protocol's limits), before: 7 days"),
    ],
)
def test_a_target_is_cut_to_the_limits(days: str, target: tuple[int, int], words: str) -> None:
    """A rule's target never leaves the protocol's least and most days, which stay as they are; it says so."""
    course = tailored(f'{{ target = {{ visit = "dosing", days = {days} }} }}')
    assert gaps(course, "dosing.dosing.gap") == (3, target, 21, 8)
    assert outcome(course)[0] == "applied"
    assert outcome(course)[1].endswith(words)


def test_a_target_holds_for_every_series_of_its_kind() -> None:
    """Where two series of a course are of the kind, both are aimed anew, and the words are told once."""
    weekly = """
[[phases]]
id = "weekly"
[[phases.series]]
visit = "dosing"
count = 2
after = { last = "dosing" }
lead = { min = 3, max = 21 }
gap = { min = 3, target = 7, max = 21 }
"""
    book = read_rulebook(SourceFile.of_text(book_of('{ target = { visit = "dosing", days = [10, 14] } }')))
    course = tailor(profile(), protocol_of(PHASES + weekly), Clinic(), book, TODAY)
    assert gaps(course, "dosing.dosing.gap") == (3, (10, 14), 21, 8)
    assert gaps(course, "weekly.dosing.gap") == (3, (10, 14), 21, 8)


def test_a_target_outside_the_limits_is_not_applied() -> None:
    """A target that the protocol leaves no day for changes nothing, and says so."""
    course = tailored('{ target = { visit = "dosing", days = [22, 30] } }')
    assert gaps(course, "dosing.dosing.gap") == (3, (7, 7), 21, 8)
    assert outcome(course) == (
        "not-applicable", "nothing changes: the protocol does not allow 22 to 30 days there, or aims so"
    )  # fmt: skip


def test_limits_are_narrowed_never_widened() -> None:
    """A rule can bring limits closer; a wider one has no effect, and the target follows."""
    course = tailored('{ window = { visit = "integration", min = 0, max = 2 } }')
    assert gaps(course, "dosing.integration.gap") == (1, (1, 2), 2, 4)
    wider = tailored('{ window = { visit = "integration", min = 0, max = 9 } }')
    assert gaps(wider, "dosing.integration.gap") == (1, (1, 3), 6, 4)
    assert outcome(wider)[0] == "not-applicable"


def test_limits_that_leave_no_day_are_not_applied() -> None:
    """Limits that contradict the protocol's change nothing."""
    assert outcome(tailored('{ window = { visit = "integration", max = 0 } }'))[0] == "not-applicable"


def test_a_changed_target_shows_the_rule_and_its_source() -> None:
    """A timing rule that tailoring changed tells why, and cites the tailoring rule's source."""
    course = tailored('{ target = { visit = "dosing", days = [10, 14] } }')
    rule = next(rule for rule in course.regimen.timing if rule.rule == "dosing.dosing.gap")
    assert rule.text == "The house does so."
    assert rule.source == "rule-made-up"
    assert "The house" in [source.cite for source in course.regimen.sources]


def test_a_limit_of_the_label_keeps_its_source() -> None:
    """Where a source states the limits, the target's rule is told beside it and the source stays."""
    book = read_rulebook(SourceFile.of_text(book_of('{ target = { visit = "dosing", days = [2, 3] } }')))
    course = tailor(profile(), load_protocol("esketamine-trd"), Clinic(), book, TODAY)
    rule = next(rule for rule in course.regimen.timing if rule.rule == "induction.dosing.gap")
    assert (rule.target, rule.level, rule.source) == ((2, 3), "protocol", "days")
    assert "The house does so." in (rule.text or "")


def minutes(course: Tailored) -> int:
    """Return the length of the first dose's visit."""
    return course.regimen.visit("dosing-1").minutes.total


def test_visits_grow_over_the_clinic_s_lengths_too() -> None:
    """A rule's least length holds whatever the clinic asks; a longer visit is never cut."""
    short = Clinic(minutes={"dosing": MinutesChange(monitor=20)})
    assert minutes(tailored('{ minutes = { visits = ["dosing"], total = 180 } }', clinic=short)) == 180
    long = Clinic(minutes={"dosing": MinutesChange(monitor=300)})
    course = tailored('{ minutes = { visits = ["dosing"], total = 180 } }', clinic=long)
    assert minutes(course) == 360
    assert outcome(course)[0] == "not-applicable"


def test_measures_places_and_tasks() -> None:
    """Measures, places and tasks change on the visits named; doses never move from the clinic."""
    course = tailored(
        '{ measures = { visits = ["dosing"], add = ["gad7"] } },'
        '{ place = { visits = ["dosing", "integration"], to = "remote" } },'
        '{ task = { id = "call", visit = "dosing", due_days = -1, text = "Call" } },'
        '{ task = { id = "lab", due_days = 90, every_days = 90, text = "Lab" } }'
    )
    dose, talk = course.regimen.visit("dosing-1"), course.regimen.visit("integration-1")
    assert (dose.measures, dose.place, [task.id for task in dose.tasks]) == (("gad7",), "clinic", ["call"])
    assert talk.place == "remote"
    assert [(task.id, task.due_days) for task in course.regimen.tasks] == [("lab-1", 90), ("lab-2", 180)]


def test_check_ins_can_begin_sooner() -> None:
    """The first check-in moves to the day asked for; one that comes sooner already stays."""
    course = tailored('{ points = { visit = "check-in", first_day = 7 } }')
    first = next(rule for rule in course.regimen.timing if rule.visit == "check-in-1")
    assert first.target == (4, 10)
    assert outcome(tailored('{ points = { visit = "check-in", first_day = 20 } }'))[0] == "not-applicable"


def test_a_whole_series_can_be_added() -> None:
    """A series written as in a protocol joins the phase of the visits that it stands beside."""
    course = tailored(
        '{ series = { beside = "dosing", series = { id = "early", visit = "review", '
        'each = { visit = "dosing", numbers = [2] }, gap = { min = 1, target = [1, 3], max = 7 }, '
        "before_next = { min = 1 } } } }"
    )
    assert count(course, "review") == 1
    bound = {(rule.visit, rule.after) for rule in course.regimen.timing}
    assert {("review-1", "dosing-2"), ("dosing-3", "review-1")} <= bound


def test_often_asks_for_measures_from_home() -> None:
    """A measure asked for more often stands in the regimen with its rule."""
    course = tailored('{ often = { measures = ["phq9"], every_days = 7 } }')
    assert [(one.measure, one.every_days, one.rule) for one in course.regimen.measuring] == [("phq9", 7, "made-up")]


def test_one_effect_that_cannot_be_does_not_hide_another() -> None:
    """A rule is applied as far as the protocol allows, and says what it could not do."""
    course = tailored('{ target = { visit = "dosing", days = [30, 40] } }, { doses = { count = 4 } }')
    state, words = outcome(course)
    assert state == "applied"
    assert words.startswith("4 doses rather than 6; but the protocol does not allow 30 to 40 days")


def test_a_rule_that_waits_for_an_answer_says_for_which() -> None:
    """A rule whose condition is unknown is not applicable, and names the key that is left out."""
    applied = tailor(profile({"goals.primary": None}), load_protocol("kap-standard"), Clinic(), built_in(), TODAY).rules
    assert {rule.effect for rule in applied if rule.rule == "insight-spacing"} == {"not known: goals.primary"}


# A clinic's own rules


OWN = """
[sources]
house = { cite = "Aspen House, policy of 2026", mark = "D" }
[medications]
antidepressant = ["ademetionine"]
[[screening]]
id = "house-distance"
level = "clinic"
outcome = "refuse-unless-overridden"
when = { field = "travel.distance_miles", above = 3 }
text = "{travel.distance_miles} miles: we fetch nobody from so far."
source = "house"
[[tailoring]]
id = "insight-spacing"
level = "clinic"
when = { field = "goals.primary", is = "insight" }
effects = [{ target = { visit = "dosing", days = [12, 14] } }]
text = "Our spacing."
source = "house"
[[tailoring]]
id = "house-doses"
level = "clinic"
applies = { protocols = ["made-up"] }
effects = [{ doses = { count = 5 } }]
text = "Five doses, as ever."
source = "house"
"""


def test_a_clinic_s_rules_need_no_python(tmp_path: Path) -> None:
    """A file of rules and a protocol, both made up, screen and tailor a patient without a change of the package."""
    (tmp_path / "own.toml").write_text(OWN, encoding="utf-8")
    book = load_rules(["own.toml"], tmp_path)
    patient = profile({"goals.primary": "insight"})
    (found,) = screen(patient, made_up(), TODAY, book)
    assert (found.rule, found.text, found.level) == (
        "house-distance", "5 miles: we fetch nobody from so far.", "refuse-unless-overridden"
    )  # fmt: skip
    course = tailor(patient, made_up(), Clinic(), book, TODAY)
    assert count(course, "dosing") == 5
    assert gaps(course, "dosing.dosing.gap")[1] == (12, 14)
    assert book.medications["antidepressant"][-1] == "ademetionine"


def test_a_rule_of_the_same_id_takes_the_place_of_the_package_s(tmp_path: Path) -> None:
    """A clinic's rule of a known id stands once, as the clinic has it."""
    (tmp_path / "own.toml").write_text(OWN, encoding="utf-8")
    rules = [rule for rule in load_rules(["own.toml"], tmp_path).tailoring if rule.id == "insight-spacing"]
    assert [rule.text for rule in rules] == ["Our spacing."]


HEAD = '[sources]\ns = { cite = "x", mark = "D" }\n'
TAILORING = '[[tailoring]]\nid = "y"\ntext = "y"\nsource = "s"\n'
SCREENING = '[[screening]]\nid = "x"\noutcome = "warn"\ntext = "x"\nsource = "s"\n'


@pytest.mark.parametrize(
    ("text", "message", "nearest"),
    [
        (SCREENING + 'when = { field = "history.pregnant", is = "yes" }', "unknown field", "history.pregnancy"),
        (SCREENING + 'when = { field = "history.pregnancy", is = "yess" }', "unknown word `yess`", "yes"),
        (SCREENING + 'when = { field = "history.conditions", has_any = ["mannia"] }', "unknown word", "mania"),
        (SCREENING + 'when = { field = "history.conditions", at_least = 2 }', "cannot be asked", None),
        (SCREENING + 'when = { field = "symptoms.phq9", is = 3, above = 2 }', "one thing is asked", None),
        (SCREENING + 'when = { field = "symptoms.phq9" }', "one thing is asked", None),
        (SCREENING + "when = { at_least = 3 }", "`field` is missing", None),
        (SCREENING + 'when = { field = "age", below = 9, any = [{ field = "age", above = 3 }] }', "is one thing", None),
        (SCREENING + "when.all = [{}]", "asks nothing", None),
        (SCREENING + 'when = { field = "age", bellow = 9 }', "unknown key `bellow`", "below"),
        (SCREENING + "ask_when = { field = 'age', below = 9 }", "only together with `ask`", None),
        (SCREENING.replace("warn", "refuse"), "only the label refuses", '"refuse-unless-overridden"'),
        (SCREENING.replace('text = "x"', 'text = "{agee}"'), "unknown field `{agee}`", "age"),
        (SCREENING.replace('source = "s"', 'source = "t"'), "unknown source `t`", None),
        (SCREENING + SCREENING, "two rules have the id", None),
        (TAILORING, "changes nothing", None),
        (
            TAILORING + 'effects = [{ doses = { count = 3 }, often = { measures = ["phq9"], every_days = 7 } }]\n',
            "changes one thing", None,
        ),
        (SCREENING.replace('"x"', '"psychosis"', 1), "a rule of the product's label", None),
        (SCREENING + 'when = { field = "medications.days_since_start.maoy", below = 3 }',
         "class of medications", "maoi"),
    ],
)  # fmt: skip
def test_mistakes_in_a_file_of_rules(text: str, message: str, nearest: str | None) -> None:
    """Whatever is wrong in a file of rules is told with its place, and with what was probably meant."""
    with pytest.raises(InvalidFileError) as raised:
        read_rulebook(SourceFile.of_text(HEAD + text, "own.toml"), built_in())
    found = [problem for problem in raised.value.problems if message in problem.message]
    assert found
    assert found[0].line is not None
    assert found[0].nearest == nearest
