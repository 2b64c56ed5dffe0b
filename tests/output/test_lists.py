"""The library, one protocol, the ranking of starts, and why there is no plan."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest
from support.screens import WIDTHS, screen, widest, words_of

from kapplan.files.documents.protocols import load_protocol, protocol_ids
from kapplan.model.protocol import Window
from kapplan.output.formats import render
from kapplan.output.library.protocol import library_records, protocol_records, protocol_view
from kapplan.output.library.protocol_words import MARKS, around_words, rules_of, window_words
from kapplan.output.views.clash import NO_DATES, clash_records, clash_text
from kapplan.output.views.starts import starts_records
from kapplan.planning.infeasibility.minimal_conflict import Clash, Member
from kapplan.planning.infeasibility.repairs import Repair
from kapplan.planning.problem.objective import DaysOff
from kapplan.planning.schedule.starts import StartChoice
from kapplan.planning.schedule.written_repairs import WrittenRepair

CLASH = Clash(
    members=(
        Member(id="b1", kind="max", words="dose 4 must fall at most 5 days after dose 3 (protocol)"),
        Member(id="away:0", kind="calendar", words="the patient is away 10 to 16 Feb 2027"),
    )
)
REPAIRS = (
    Repair(kind="start", words="Start 3 days later, on Thu 7 Jan 2027.", amount=3, day=3),
    Repair(kind="widen", words="Let dose 4 fall 6 days after dose 3 (protocol: 5 at most).", amount=1,
           targets=("dosing-4", "dosing-3"), rule="gap", side="max", level="protocol"),
)  # fmt: skip
WRITTEN = (
    WrittenRepair(repair=REPAIRS[0], option=("--start", "2027-01-07")),
    WrittenRepair(repair=REPAIRS[1], file="profile", key="widen", tables=((("rule", '"gap"'), ("to", "{ max = 6 }")),)),
)
STARTS = (
    StartChoice(start=date(2027, 1, 4), off=DaysOff(course=0, follow_up=0), deviation=0,
                follow_up_deviation=0, off_preferred=1, holidays=1,
                last_dose=date(2027, 3, 2), last_visit=date(2027, 9, 2), therapist="okafor"),
    StartChoice(start=date(2027, 1, 7), off=DaysOff(course=3, follow_up=1), deviation=12,
                follow_up_deviation=3, off_preferred=0, holidays=2,
                last_dose=None, last_visit=date(2027, 9, 9), therapist=None),
)  # fmt: skip


@pytest.mark.parametrize("name", protocol_ids())
def test_every_protocol_is_shown_whole(name: str) -> None:
    """Each rule, source, mark and note is there at any width, and so is the label status."""
    protocol = load_protocol(name)
    for width in (40, 80, 120):
        text = screen(protocol_view(protocol), width)
        flat = words_of(text)
        assert widest(text) <= width
        for rule in rules_of(protocol):
            assert words_of(rule.text).rstrip(".") in flat
        for source in protocol.sources.values():
            assert words_of(source.cite) in flat
            assert MARKS[source.mark] in flat
        assert all(words_of(note) in flat for note in protocol.notes)
        assert ("OFF-LABEL" in flat) == protocol.off_label


def test_a_protocol_as_records_names_levels_and_sources() -> None:
    """Programs get a record a rule, with the key and the mark of its source."""
    protocol = load_protocol("esketamine-trd")
    data = json.loads(str(render(protocol_records(protocol), "json")))
    assert data["id"] == "esketamine-trd"
    assert len(data["rules"]) == len(rules_of(protocol))
    assert {"label", "protocol", "default"} <= {row["level"] for row in data["rules"]}
    assert all(row["mark"] in {"C", "S", "M", "D"} for row in data["rules"] if row["source"])


@pytest.mark.parametrize("width", WIDTHS)
def test_the_library_lists_every_protocol(width: int) -> None:
    """Each id and title is there at any width."""
    protocols = [load_protocol(name) for name in protocol_ids()]
    text = screen(render(library_records(protocols), "table"), width)
    assert widest(text) <= width
    for protocol in protocols:
        assert protocol.id in text
        assert all(word in text for word in protocol.title.split())


def test_the_library_says_what_is_off_label() -> None:
    """The label status is a truth for programs and a word for people."""
    data = json.loads(str(render(library_records([load_protocol("kap-standard")]), "json")))["protocols"][0]
    assert (data["off_label"], data["label"]) == (True, "OFF-LABEL")


@pytest.mark.parametrize(
    ("window", "text"),
    [
        (Window(min=3, target=7, max=21), "3 to 21 days after it, ideally 7 days"),
        (Window(min=1), "after it"),
        (Window(min=0, target=0, max=4), "0 to 4 days after it, ideally on the same day"),
        (Window(max=5), "at most 5 days after it"),
        (Window(target=(3, 4)), "ideally 3 to 4 days after it"),
        (Window(min=2), "at least 2 days after it"),
    ],
)
def test_windows_are_sentences(window: Window, text: str) -> None:
    """Bounds and target in words, each combination of them."""
    assert window_words(window, "after it") == text


def test_windows_around_points_are_distances() -> None:
    """A point's window reads as a distance from it."""
    assert around_words(Window(min=-7, target=(-3, 3), max=7)) == "at most 7 days from each point, ideally at most 3"


def test_starts_are_ranked_in_words_and_numbers() -> None:
    """People read on target or how far off; programs get the numbers."""
    records = starts_records(STARTS)
    text = words_of(screen(render(records, "table")))
    assert "Mon 4 Jan 2027 on target on target 1 1 Tue 2 Mar 2027" in text
    assert "Thu 7 Jan 2027 3 days off 1 day off 0 2" in text
    data = json.loads(str(render(records, "json")))
    assert data["schema"] == "kapplan.starts/1"
    assert data["starts"][1]["deviation"] == 12
    assert data["starts"][0]["last_visit"] == "2027-09-02"
    assert data["starts"][1]["last_dose"] is None


def test_a_start_that_is_not_proven_says_so() -> None:
    """Where a better course may begin on a day, people read by how much at most and programs get the bound."""
    proven, *others = STARTS
    rows = (proven, *(replace(other, proven=False, bound=8) for other in others))
    text = words_of(screen(render(starts_records(rows), "table"), 120))
    assert "3 days off, not proven" in text
    assert "at most 4 weighted days from the best possible" in text
    assert "not proven" not in words_of(screen(render(starts_records(STARTS), "table"), 120)).lower()
    data = json.loads(str(render(starts_records(rows), "json")))["starts"]
    assert [(row["proven"], row["bound"]) for row in data] == [(True, None), (False, 8)]


def test_a_clash_names_every_member_and_every_repair() -> None:
    """What clashes comes first, then what would help, in the order given."""
    flat = words_of(clash_text([CLASH], WRITTEN))
    assert flat.startswith(NO_DATES)
    places = [flat.index(words) for words in (*(m.words for m in CLASH.members), *(r.words for r in REPAIRS))]
    assert places == sorted(places)


def test_a_clash_as_plain_text_says_the_same() -> None:
    """Lines for standard error, nothing cut."""
    lines = clash_text([CLASH], WRITTEN).splitlines()
    assert f"- {CLASH.members[0].words}" in lines
    place = lines.index(f"1. {REPAIRS[0].words}")
    assert lines[place + 1] == "   kapplan plan PROFILE --start 2027-01-07"
    assert lines[place + 2 :] == [
        f"2. {REPAIRS[1].words} In the profile:", "   [[widen]]", '   rule = "gap"', "   to = { max = 6 }"
    ]  # fmt: skip


def test_without_repairs_or_members_it_says_so() -> None:
    """No single change helps, or no day at all is open: both are said in words."""
    assert "No single change makes the course fit" in clash_text([CLASH], ())
    untried = clash_text([CLASH], (), all_tried=False)
    assert "No single change makes" not in untried
    assert "No single change was found" in untried
    assert clash_text([CLASH], WRITTEN, all_tried=False).splitlines()[:-1] == clash_text([CLASH], WRITTEN).splitlines()
    assert "took too much work" in clash_text([CLASH], WRITTEN, all_tried=False).splitlines()[-1]
    untold = clash_text([], ())
    assert "took too much work to find out" in untold
    assert "no day at all" not in untold
    assert "no day at all" in clash_text([Clash(members=())], ())


def test_what_is_said_of_a_clash_is_no_more_than_is_true() -> None:
    """That any one of them would do is said where all would, of one where one would, of none where another remains."""
    one, other = (member.id for member in CLASH.members)
    any_one = clash_text([replace(CLASH, mending=frozenset({one, other}))], ()).splitlines()
    assert any_one[1] == "These cannot all be kept; without any one of them, the course would fit:"
    assert not any("--all" in line or "[fits]" in line for line in any_one)
    some = clash_text([replace(CLASH, mending=frozenset({one}))], ()).splitlines()
    assert "without one that is marked [fits] the course would fit" in some[1]
    assert [line.endswith("[fits]") for line in some[2:4]] == [True, False]
    unsure = clash_text([replace(CLASH, mending=frozenset({one}), unsure=frozenset({other}))], ()).splitlines()
    assert "not all could be tried" in unsure[1]
    assert "further clash" not in unsure[1]
    assert [line.endswith("[fits]") for line in unsure[2:4]] == [True, False]
    nothing = clash_text([replace(CLASH, unsure=frozenset({one, other}))], ()).splitlines()
    assert "took too much work to find out" in nothing[1]
    assert "further clash" not in nothing[1]
    none = clash_text([CLASH], ()).splitlines()
    assert none[1] == "These cannot all be kept; and whichever of them is dropped, a further clash remains:"
    assert none[4] == some[4] == "To see every clash, add --all."


def test_every_clash_is_told_with_its_number() -> None:
    """Several clashes are counted, and where nothing stands in all of them that is said."""
    other = Clash(members=tuple(replace(member, id=f"other-{member.id}") for member in CLASH.members))
    lines = clash_text([CLASH, other], ()).splitlines()
    assert "(clash 1 of 2)" in lines[1]
    assert lines[4].startswith("Nor can these (clash 2 of 2)")
    assert "Nothing stands in every clash" in lines[7]
    assert not any("Nothing stands in every" in line for line in clash_text([CLASH, CLASH], ()).splitlines())
    data = json.loads(str(render(clash_records([CLASH, other], WRITTEN), "json")))
    assert [row["clash"] for row in data["members"]] == [1, 1, 2, 2, None, None]


def test_a_clash_as_records_keeps_amounts_and_visits() -> None:
    """Programs get each member and each repair with what it takes."""
    data = json.loads(str(render(clash_records([CLASH], WRITTEN), "json")))
    assert [row["role"] for row in data["members"]] == ["clash", "clash", "repair", "repair"]
    assert data["members"][3]["visits"] == ["dosing-4", "dosing-3"]
    assert data["members"][3]["amount"] == 1
    assert data["members"][2]["command"] == ["kapplan", "plan", "PROFILE", "--start", "2027-01-07"]
    assert data["members"][3]["file"] == "the profile"
    assert data["members"][3]["lines"] == ["[[widen]]", 'rule = "gap"', "to = { max = 6 }"]
