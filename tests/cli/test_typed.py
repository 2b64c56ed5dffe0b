"""What people type is read in one language: visits, measures and days, on every command alike."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest
from support.command_line import CommandLine, with_examples
from support.plans import sample_plan

from kapplan.cli.session.options import days_of
from kapplan.cli.typed.scores import measures_in, scores_alone, scores_in
from kapplan.cli.typed.visits import visit_and_rest, visits_of
from kapplan.errors import UsageError
from kapplan.planning.phrases.parted_words import with_days_whole

TODAY = ("--today", "2026-12-28")

VISITS = {
    "dosing-1": "dosing-1",
    "DOSING-1": "dosing-1",
    "dose 1": "dosing-1",
    "Dose 1": "dosing-1",
    "dose-1": "dosing-1",
    "d1": "dosing-1",
    "d01": "dosing-1",
    "D2": "dosing-2",
    "int 2": "integration-2",
    "i2": "integration-2",
    "check-in 1": "check-in-1",
    "checkin 1": "check-in-1",
    "Check-In-1": "check-in-1",
    "dose": "dosing-1",
    "review": "review-1",
    "next": "screening-1",
}
"""What is typed of the general course before anything of it is recorded, and the visit that it means."""

WITH_DAYS = {
    "dose 2 feb": ("dosing-1", ["2", "feb"]),
    "dose 2 3 feb": ("dosing-2", ["3", "feb"]),
    "dose 2 feb 3": ("dosing-2", ["feb", "3"]),
    "dose 2 feb 2027": ("dosing-1", ["2", "feb", "2027"]),
    "dose 2": ("dosing-2", []),
    "d2 next tue": ("dosing-2", ["next", "tue"]),
    "dose next tue": ("dosing-1", ["next", "tue"]),
    "dose 2 14:00": ("dosing-2", ["14:00"]),
}

SCORES = {
    "phq9=14": {"phq9": 14},
    "PHQ-9=14": {"phq9": 14},
    "PHQ-9 14": {"phq9": 14},
    "phq9 14 bp 138/88": {"phq9": 14, "bp": "138/88"},
    "PHQ-9, item 9 0": {"phq9_item9": 0},
    "blood pressure 138/88": {"bp": "138/88"},
    "Urinary symptoms yes": {"luts": "yes"},
}


@pytest.mark.parametrize(("typed", "visit"), VISITS.items())
def test_a_visit_is_named_as_it_is_printed_or_shorter(typed: str, visit: str) -> None:
    """Whatever is printed of a visit can be typed, in any case, and so can the start of its kind with its number."""
    assert [one.id for one in visits_of(sample_plan(), typed.split())] == [visit]


@pytest.mark.parametrize(("typed", "found"), WITH_DAYS.items())
def test_a_number_is_the_visit_s_or_the_day_s(typed: str, found: tuple[str, list[str]]) -> None:
    """A number behind a kind is that of the visit, unless a month follows it and the day would want a number."""
    visit, rest = visit_and_rest(sample_plan(), typed.split())
    assert (visit.id, rest) == found


def test_several_visits_are_named_one_after_the_other() -> None:
    """Words that name several visits are read in their order."""
    named = visits_of(sample_plan(), ["dose", "1", "i1", "next"])
    assert [visit.id for visit in named] == ["dosing-1", "integration-1", "screening-1"]


@pytest.mark.parametrize(("typed", "said"), [("d99", "no visit"), ("dose 99", "no visit"), ("x", "no visit")])
def test_what_is_no_visit_is_refused_with_the_nearest(typed: str, said: str) -> None:
    """A name that no visit has is a usage error that says what there is."""
    with pytest.raises(UsageError, match=said) as caught:
        visits_of(sample_plan(), typed.split())
    assert caught.value.hint


@pytest.mark.parametrize(("typed", "scores"), SCORES.items())
def test_a_score_is_typed_by_key_or_by_name(typed: str, scores: dict[str, int | str]) -> None:
    """A measure goes by its key or by the name that is printed, with an equals sign or a blank."""
    assert scores_in(typed.split()) == ([], scores)


def test_words_that_are_no_scores_are_left_for_the_day() -> None:
    """Days and times beside scores stay what they are, also where figures could be a reading."""
    assert scores_in(["20", "jan", "PHQ-9", "14", "12/7"]) == (["20", "jan", "12/7"], {"phq9": 14})


def test_a_reading_alone_is_blood_pressure_where_only_scores_are_typed() -> None:
    """Where nothing but scores is typed, two figures with a stroke are the one measure that has two."""
    assert scores_alone(["138/88", "phq9", "3"]) == {"phq9": 3, "bp": "138/88"}


@pytest.mark.parametrize("typed", ["phq9", "phq9 x", "phq9 99", "nothing=3", "tuesday", "bp 88/138"])
def test_what_is_no_score_is_refused(typed: str) -> None:
    """A value that is missing or out of range, and a measure that nobody knows, are usage errors."""
    with pytest.raises(UsageError):
        scores_alone(typed.split())


def test_measures_are_taken_back_by_key_or_name() -> None:
    """What is withdrawn is named as it is recorded."""
    assert measures_in(["PHQ-9", "bp", "urinary", "symptoms"]) == ["phq9", "bp", "luts"]


@pytest.fixture
def line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """Return a folder with the plan of an example."""
    made = CommandLine(with_examples(tmp_path), monkeypatch)
    assert made("plan", "river.toml", "-o", "river.plan.toml", *TODAY).code == 0
    return made


def changed(line: CommandLine, *words: str, **settings: object) -> list[str]:
    """Run a change without saving it and return the visits that are different."""
    ran = line(*words, "-n", "--format", "json", "--today", "2027-01-11T18:00", **settings)  # type: ignore[arg-type]
    assert ran.code in {0, 5}, ran.err  # a record that leaves no course is a record
    return [row["visit"] for row in json.loads(ran.text)["changes"]]


@pytest.mark.parametrize(
    "words",
    ["done river screening 31 dec PHQ-9 12", "done river screening-1 2026-12-31 phq9=12", "missed river s1 31 dec",
     "cancel river Screening 1 --party clinic", "omit river screening 1"],
)  # fmt: skip
def test_every_record_reads_the_same_language(line: CommandLine, words: str) -> None:
    """A visit with its day and scores is read alike by each command that records."""
    assert "screening-1" in changed(line, *words.split())


def test_an_absence_needs_no_quotes(line: CommandLine) -> None:
    """A span is typed as it is said: both days included, in any of its forms."""
    forms = ("2027-02-08..2027-02-12", "8 feb - 12 feb", "8-12 feb", "8 feb for 5 days", "feb 8 to feb 12")
    found = [changed(line, "away", "river", *form.split()) for form in forms]
    assert found[0]
    assert all(one == found[0] for one in found)


def test_figures_are_asked_about_on_a_terminal_and_refused_elsewhere(line: CommandLine) -> None:
    """``4/2`` may be two days: an error with both in a script, one question on a terminal, settled by a locale."""
    asked = ("move", "river", "d1", "4/2", "-n", "--today", "2027-01-11")
    refused = line(*asked)
    assert refused.code == 2
    assert "`4 feb` or `2 apr`" in refused.err
    answered = line(*asked, terminal=True, stdin="1\n", env={"LC_ALL": "C"})
    assert answered.code == 0, answered.err
    assert answered.err.count("Which day is 4/2?") == 1
    settled = line(*asked, env={"KAPPLAN_LOCALE": "en_GB"})
    assert settled.code == 0, settled.err
    other = line(*asked, env={"KAPPLAN_LOCALE": "en_US"})
    assert "Apr 2, 2027" in other.err


def test_the_language_of_the_system_orders_the_question_and_never_answers_it(line: CommandLine) -> None:
    """``LC_TIME`` alone settles nothing: it only says which reading comes first."""
    asked = ("move", "river", "d1", "4/2", "-n", "--today", "2027-01-11")
    assert line(*asked, env={"LC_ALL": "en_US.UTF-8"}).code == 2
    shown = line(*asked, env={"LC_ALL": "en_US.UTF-8"}, terminal=True, stdin="2\n").err
    assert shown.index("2 apr") < shown.index("4 feb")


def test_what_programs_read_is_the_same_everywhere(line: CommandLine) -> None:
    """A locale changes what people read and no byte of plain text, CSV and JSON."""
    shown = ("show", "river", "--today", "2027-01-11")
    for form in ("plain", "csv", "json"):
        assert line(*shown, "--format", form, env={"KAPPLAN_LOCALE": "en_US"}).out == line(*shown, "--format", form).out
    american = line(*shown, "--format", "table", env={"KAPPLAN_LOCALE": "en_US"}).text
    assert "Thu Jan 14, 2027   8:00 am" in american
    assert american == line(*shown, terminal=True, env={"LC_TIME": "en_US.UTF-8", "NO_COLOR": "1"}).text
    assert "Thu 14 Jan 2027  08:00" in line(*shown, "--format", "table", env={"LC_TIME": "en_US.UTF-8"}).text


def test_options_read_days_as_arguments_do(line: CommandLine) -> None:
    """Days of options are typed in the same language: a start, the day of scores, how far confirmed, as of when."""
    by_words = line("plan", "river.toml", "--start", "4 jan", "--format", "json", *TODAY)
    by_figures = line("plan", "river.toml", "--start", "2027-01-04", "--format", "json", *TODAY)
    assert by_words.code == by_figures.code == 0
    assert [visit["start"] for visit in json.loads(by_words.text)["visits"]] == [
        visit["start"] for visit in json.loads(by_figures.text)["visits"]
    ]
    assert changed(line, "score", "river", "PHQ-9", "12", "--on", "yesterday")
    assert changed(line, "confirm", "river", "--until", "next week")
    assert line("show", "river", "--as-of", "28 dec 2026", "--today", "2027-01-11").code == 0


@pytest.mark.parametrize(
    ("typed", "whole"),
    [
        ("hold river --until 1 mar 2027 --why ill", "hold river --until '1 mar 2027' --why ill"),
        ("confirm river --until next week", "confirm river --until 'next week'"),
        ("confirm river --until mon 25 jan d1", "confirm river --until 'mon 25 jan' d1"),
        ("why river d3 --on fri 12 feb 2027", "why river d3 --on 'fri 12 feb 2027'"),
        ("why --on fri river next", "why --on fri river next"),
        ("show --as-of 3 river", "show --as-of 3 river"),
        ("plan --start 2027-01-04 river.toml", "plan --start 2027-01-04 river.toml"),
        ("starts river.toml --start in 2 weeks --within 10d", "starts river.toml --start 'in 2 weeks' --within 10d"),
        ("score river --on 31 feb phq9=3", "score river --on '31 feb' phq9=3"),
        ("move river d1 --on 2027-01-04 20 jan", "move river d1 --on 2027-01-04 20 jan"),
        ("why river d1 --on mon 25 feb", "why river d1 --on 'mon 25 feb'"),
        ("plan -- --start 1 mar", "plan -- --start 1 mar"),
        ("hold --until", "hold --until"),
    ],
)
def test_a_day_behind_an_option_needs_no_quotes(typed: str, whole: str) -> None:
    """Behind an option that takes a day as many words are taken as make one; other words stay where they are."""
    assert with_days_whole(typed.split(), {"--until", "--on", "--as-of", "--start"}) == shlex.split(whole)


def test_words_without_quotes_are_told_with_them(line: CommandLine) -> None:
    """A reason or a name of several words is refused with the quotes that it needs; a word too many is named."""
    for words in ("hold river --why has the flu", "hold river --why has the flu --dry-run"):
        ran = line(*words.split(), *TODAY)
        assert (ran.code, "--why 'has the flu'" in ran.err) == (2, True)
    assert "`twice` is too much here" in line("undo", "river", "twice", *TODAY).err


def test_a_span_is_typed_in_letters_or_words(line: CommandLine) -> None:
    """``3d``, ``3 days`` and ``3 days`` in quotes are one span."""
    for words in (["3d"], ["3", "days"], ["3 days"]):
        ran = line("freeze", "river", *words, "-n", *TODAY, terminal=True)
        assert "The next 3 days are left as they are" in ran.text


@pytest.mark.parametrize("text", ["3", "3d", "3 d", "3 day", " 3 days ", "2w", "2 week", "2weeks", "366"])
def test_a_span_is_a_number_of_days_or_weeks(text: str) -> None:
    """A number alone is days; days and weeks go by their letter or their word."""
    number = int("".join(filter(str.isdigit, text)))
    assert days_of(text, "--within") == number * (7 if "w" in text else 1)


@pytest.mark.parametrize("text", ["3 ways", "3 way", "3 deeks", "2 deek", "3 wdays", "3 dw", "3 months", "367", ""])
def test_a_span_in_words_that_are_none_is_refused(text: str) -> None:
    """A slip in the word is never read as another unit."""
    with pytest.raises(UsageError, match="--within takes a span such as 3d or 8w"):
        days_of(text, "--within")


@pytest.mark.parametrize("words", ["phq9=5 phq9=16", "phq9=5 PHQ-9 16", "PHQ-9 5 phq9 16", "bp=120/80 bp 140/90"])
def test_of_two_scores_of_one_measure_none_is_taken(words: str) -> None:
    """Who types one measure twice has meant another, or one of the values: which, nobody can know."""
    with pytest.raises(UsageError, match="which of them"):
        scores_in(words.split())
    assert scores_in(["phq9=5", "phq9=5"]) == ([], {"phq9": 5})
