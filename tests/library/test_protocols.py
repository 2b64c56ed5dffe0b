"""The built-in protocols: that each file is whole, sourced and says what it does not know."""

from __future__ import annotations

from typing import Any

import pytest
from support.library_data import IDS, course, measures, own_data, protocol, records, resolves

from kapplan.files.documents.protocols import protocol_ids
from kapplan.files.library.package_data import LIBRARY
from kapplan.model.protocol import Protocol, Series, VisitType
from kapplan.model.visits import Gate

every_protocol = pytest.mark.parametrize("protocol_id", IDS)

NOT_RULES = ("count", "each", "at", "place", "after", "measures", "devices", "shares_day_with")
"""Keys of a series or a visit that ``unverified`` names though they are no table of their own."""


def series_of(protocol: Protocol) -> list[Series]:
    """Return all series of a protocol, those on request included."""
    return [series for phase in protocol.phases for series in phase.series]


def gates_of(protocol: Protocol) -> list[tuple[Series, Gate]]:
    """Return the gates of a protocol with the series whose visits they stand on."""
    return [(series, series.gate) for series in series_of(protocol) if series.gate is not None]


def test_the_library_is_the_design_s_list() -> None:
    """The package holds exactly the protocols that the design names."""
    assert sorted(IDS) == list(protocol_ids())


@every_protocol
def test_a_protocol_is_named_as_its_file(protocol_id: str) -> None:
    """A protocol's id is its file's name, and it has a title, a version and a summary of its own."""
    read, own = protocol(protocol_id), own_data(protocol_id)
    assert read.id == protocol_id
    assert {"id", "title", "version", "summary"} <= own.keys()


@every_protocol
def test_the_file_ends_in_one_newline_and_is_ascii_toml(protocol_id: str) -> None:
    """A file is plain UTF-8 text without tabs, trailing blanks or carriage returns."""
    text = (LIBRARY / "protocols" / f"{protocol_id}.toml").read_bytes().decode("utf-8")
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    assert "\t" not in text
    assert "\r" not in text
    assert all(line == line.rstrip() for line in text.split("\n"))


@every_protocol
def test_every_source_named_is_there(protocol_id: str) -> None:
    """What a rule names as its source stands among the protocol's sources."""
    read = protocol(protocol_id)
    named = {record.source for _, record in records(read) if getattr(record, "source", None)}
    assert named <= read.sources.keys()


@every_protocol
def test_no_source_is_unused(protocol_id: str) -> None:
    """Each source that a file gives is the source of something in the protocol."""
    named = {record.source for _, record in records(protocol(protocol_id)) if getattr(record, "source", None)}
    assert set(own_data(protocol_id).get("sources", {})) <= named


@every_protocol
def test_what_has_a_level_has_a_source(protocol_id: str) -> None:
    """A rule that claims more than a default names its source."""
    unsourced = [
        ".".join(path)
        for path, record in records(protocol(protocol_id))
        if getattr(record, "level", "default") != "default" and record.source is None
    ]
    assert unsourced == []


@every_protocol
def test_a_default_never_looks_sourced(protocol_id: str) -> None:
    """A rule of level default names no source, or one that says that it is a default of ours."""
    read = protocol(protocol_id)
    looks_sourced = [
        ".".join(path)
        for path, record in records(read)
        if getattr(record, "level", None) == "default"
        and record.source is not None
        and read.sources[record.source].mark != "D"
    ]
    assert looks_sourced == []


@every_protocol
def test_the_label_is_the_source_of_label_rules(protocol_id: str) -> None:
    """Only a product that has a label has rules of level label."""
    read = protocol(protocol_id)
    has_label_rules = any(getattr(record, "level", None) == "label" for _, record in records(read))
    assert has_label_rules == (not read.off_label)
    assert read.off_label == (read.drug == "ketamine")


@every_protocol
def test_every_source_says_how_well_it_is_known(protocol_id: str) -> None:
    """A source cites something that a person can look up, or says that it is from memory, secondary or a default."""
    for source in protocol(protocol_id).sources.values():
        assert source.cite.strip()
        assert source.mark in {"C", "S", "M", "D"}


@every_protocol
def test_what_is_unverified_is_stated(protocol_id: str) -> None:
    """Each path that ``unverified`` names leads to something that the visit or series states."""
    dangling = [
        f"{'.'.join(path)}: {name}"
        for path, record in records(protocol(protocol_id))
        if isinstance(record, (Series, VisitType))
        for name in record.unverified
        if name not in NOT_RULES and not resolves(record, name)
    ]
    assert dangling == []


@every_protocol
def test_lengths_of_visits_are_stated_and_marked(protocol_id: str) -> None:
    """Every visit has a length; where a source does not state it, the file says so."""
    for key, visit in protocol(protocol_id).visits.items():
        assert visit.minutes.total > 0, key
        assert any("minutes" in name for name in visit.unverified) or visit.source is not None, key


@every_protocol
def test_gates_lead_to_phases(protocol_id: str) -> None:
    """A gate leads to a phase of the protocol, goes on or stops; what it measures is measured at its visit."""
    read = protocol(protocol_id)
    phases = {phase.id for phase in read.phases}
    for series, gate in gates_of(read):
        assert {gate.then, gate.otherwise} <= phases | {"continue", "stop"}
        measured = read.visits[series.visit].measures if series.measures is None else series.measures
        assert gate.measure is None or gate.measure in measured


@every_protocol
def test_measures_are_known(protocol_id: str) -> None:
    """Every measure that a protocol names stands in the package's measures."""
    read = protocol(protocol_id)
    named = {measure for visit in read.visits.values() for measure in visit.measures}
    named |= {measure for series in series_of(read) for measure in series.measures or ()}
    assert named <= measures().measures.keys()


@every_protocol
def test_visits_are_all_used(protocol_id: str) -> None:
    """Every type of visit belongs to a series, and every series has its type."""
    read = protocol(protocol_id)
    assert {series.visit for series in series_of(read)} == set(read.visits)


@every_protocol
def test_missed_doses_have_a_rule(protocol_id: str) -> None:
    """Every phase that gives doses says what a missed one leads to, and no rule is for a phase that is not there."""
    read = protocol(protocol_id)
    kinds = {key: visit.kind or key for key, visit in read.visits.items()}
    with_doses = {
        phase.id
        for phase in read.phases
        if not phase.on_request and any(kinds[series.visit] == "dosing" for series in phase.series)
    }
    assert with_doses <= read.missed.keys() <= {phase.id for phase in read.phases}


@every_protocol
def test_only_home_doses_go_without_an_escort(protocol_id: str) -> None:
    """Whoever has a dose at a clinic that they leave on the same day is taken home."""
    read = protocol(protocol_id)
    for key, visit in read.visits.items():
        doses = (visit.kind or key) in {"dosing", "booster"}
        leaves_a_clinic = visit.place == "clinic" and read.setting != "inpatient"
        assert visit.escort == (doses and leaves_a_clinic), key


@pytest.mark.parametrize("protocol_id", ["esketamine-trd", "esketamine-mdsi", "esketamine-reinduction"])
def test_esketamine_is_watched_for_two_hours(protocol_id: str) -> None:
    """After esketamine a patient stays two hours from the first device on, and the REMS form is due within 7 days."""
    dosing = protocol(protocol_id).visits["dosing"]
    assert dosing.minutes.administer + dosing.minutes.monitor >= 120
    assert dosing.minutes.monitor >= 120
    assert [(task.id, task.due_days, task.level) for task in dosing.tasks] == [("rems-form", 7, "label")]


@every_protocol
@pytest.mark.parametrize("assume", ["responds", "no-response"])
def test_the_course_is_bounded(protocol_id: str, assume: Any) -> None:
    """Every visit but the first has a latest day, counted back through the rules to the first visit."""
    regimen = course(protocol_id, assume=assume)
    bounded = {regimen.visits[0].id}
    for _ in regimen.visits:
        for rule in regimen.timing:
            if rule.after in bounded and rule.max is not None:
                bounded.add(rule.visit)
            if rule.visit in bounded and rule.min is not None:
                bounded.add(rule.after)
    assert bounded == {visit.id for visit in regimen.visits}


@every_protocol
@pytest.mark.parametrize("assume", ["responds", "no-response"])
def test_what_awaits_a_gate_never_comes_before_it(protocol_id: str, assume: Any) -> None:
    """The rules alone keep every visit that awaits a gate from falling before it."""
    regimen = course(protocol_id, assume=assume)
    distance = least_distances(regimen)
    early = [
        (gate, visit.id) for visit in regimen.visits for gate in visit.awaits if distance.get((gate, visit.id), -1) < 0
    ]
    assert early == []


def least_distances(regimen: Any) -> dict[tuple[str, str], int]:
    """Return, for every two visits, the fewest days that the rules force the second to come after the first."""
    ids = [visit.id for visit in regimen.visits]
    edges: dict[tuple[str, str], int] = {}
    for rule in regimen.timing:
        shortest, longest = (28 * rule.months, 31 * rule.months) if rule.months else (0, 0)
        for one, other, days in (
            (rule.after, rule.visit, None if rule.min is None else shortest + rule.min),
            (rule.visit, rule.after, None if rule.max is None else -(longest + rule.max)),
        ):
            if days is not None:
                edges[one, other] = max(days, edges.get((one, other), days))
    gates = {gate for visit in regimen.visits for gate in visit.awaits}
    found: dict[tuple[str, str], int] = {}
    for gate in gates:
        reached = {gate: 0}
        for _ in ids:
            before = dict(reached)
            for (one, other), days in edges.items():
                if one in reached:
                    reached[other] = max(reached.get(other, reached[one] + days), reached[one] + days)
            if reached == before:
                break
        found |= {(gate, visit): days for visit, days in reached.items()}
    return found


def test_kap_standard_is_a_default_through_and_through() -> None:
    """No number of the general course claims a source: each is of level default."""
    read = protocol("kap-standard")
    assert {source.mark for source in read.sources.values()} == {"D"}
    assert {record.level for _, record in records(read) if hasattr(record, "level")} == {"default"}


@pytest.mark.parametrize(
    ("protocol_id", "marks"),
    [
        ("murrough-2013", {"M"}),
        ("zarate-2006", {"C", "M"}),
        ("montreal-2023", {"C", "S"}),
        ("kare-2022", {"C"}),
        ("rodriguez-2013", {"C"}),
    ],
)
def test_marks_are_those_of_the_facts(protocol_id: str, marks: set[str]) -> None:
    """What is from memory or from a digest only carries that mark."""
    assert {source.mark for source in protocol(protocol_id).sources.values()} == marks
