"""The package's measures: that each is whole, sourced and read as its scale says."""

from __future__ import annotations

import pytest
from support.library_data import measures, protocol, records

from kapplan.model.measures import Scale
from kapplan.model.profile import Symptoms

SCALES = measures().measures
every_scale = pytest.mark.parametrize("key", SCALES)


def test_the_measures_of_a_profile_are_known() -> None:
    """Every score that a profile can state is read by a scale, but for parts of another one."""
    stated = set(Symptoms.__dataclass_fields__) - {"on", "cssrs_behaviour"}
    assert stated <= SCALES.keys()


def test_sources_are_there_and_used() -> None:
    """Each source that a scale names is given, and none is given for nothing."""
    named = {record.source for _, record in records(measures()) if getattr(record, "source", None)}
    assert named == measures().sources.keys()


@every_scale
def test_bands_cover_the_range_once(key: str) -> None:
    """Bands follow one another without gap or overlap from the lowest score to the highest."""
    scale = SCALES[key]
    if scale.bands:
        assert scale.bands[0].from_ == scale.min
        assert scale.bands[-1].through == scale.max
        starts = [band.from_ for band in scale.bands[1:]]
        assert starts == [band.through + 1 for band in scale.bands[:-1]]


@every_scale
def test_thresholds_lie_in_the_range(key: str) -> None:
    """Remissions, changes and alerts are values that the scale can take."""
    scale = SCALES[key]
    assert (scale.max is None) == (scale.form == "pair")
    top = scale.max if scale.max is not None else 10**9
    assert all(scale.min <= remission.at_most < top for remission in scale.remission)
    assert all(change.points <= top - scale.min for change in scale.change)
    assert all(alert.at_least is None or scale.min < alert.at_least <= top for alert in scale.alert)


@every_scale
def test_answers_are_numbered_as_the_scale_counts(key: str) -> None:
    """A scale of answers has one for each number from 0 to its highest, and no other scale has answers."""
    scale = SCALES[key]
    assert (scale.form == "answer") == bool(scale.answers)
    assert not scale.answers or len(scale.answers) == (scale.max or 0) + 1


@every_scale
def test_references_to_other_scales_lead_somewhere(key: str) -> None:
    """Parts and scales never to be compared with are scales; what must not be compared goes both ways."""
    scale = SCALES[key]
    assert {*scale.never_compare_with, *([scale.part_of] if scale.part_of else [])} <= SCALES.keys()
    assert all(key in SCALES[other].never_compare_with for other in scale.never_compare_with)


@pytest.mark.parametrize(
    ("key", "score", "band"),
    [
        ("phq9", 4, "none"), ("phq9", 5, "mild"), ("phq9", 14, "moderate"), ("phq9", 15, "moderately severe"),
        ("phq9", 20, "severe"), ("gad7", 15, "severe"), ("madrs", 6, "none"), ("madrs", 34, "moderate"),
        ("madrs", 35, "severe"), ("qids_sr16", 21, "very severe"), ("cssrs", 2, "low"), ("cssrs", 3, "moderate"),
        ("cssrs", 4, "high"), ("pcl5", 33, "provisional PTSD"),
    ],
)  # fmt: skip
def test_severity(key: str, score: int, band: str) -> None:
    """Scores fall in the bands of the published scales."""
    found = SCALES[key].band(score)
    assert found is not None
    assert found.name == band


def test_scales_without_bands_name_none() -> None:
    """A scale that has no bands puts a score in none."""
    assert SCALES["caps5"].band(40) is None


@pytest.mark.parametrize(
    ("key", "responses", "remissions"),
    [
        ("phq9", [0.5], [4, 5]), ("gad7", [0.5], [4]), ("qids_sr16", [0.5], [5]), ("madrs", [0.5, 0.2], [12, 10]),
        ("caps5", [0.3], []), ("pcl5", [], []),
    ],
)  # fmt: skip
def test_response_and_remission(key: str, responses: list[float], remissions: list[int]) -> None:
    """Response and remission are those of the facts, the one that counts by default first."""
    scale = SCALES[key]
    assert [response.fraction for response in scale.response] == responses
    assert [remission.at_most for remission in scale.remission] == remissions


@pytest.mark.parametrize(("key", "points"), [("phq9", [5, 6]), ("gad7", [4, 6]), ("pcl5", [10, 5])])
def test_changes(key: str, points: list[int]) -> None:
    """The points of a meaningful and of a reliable change are those of the facts."""
    assert [change.points for change in SCALES[key].change] == points


def test_item_nine_is_a_same_day_notice_at_any_answer_but_none() -> None:
    """An answer of 1 or more to item 9 of the PHQ-9 is acted on today."""
    (alert,) = SCALES["phq9_item9"].alert
    assert (alert.at_least, alert.same_day) == (1, True)


def test_intent_is_a_same_day_notice() -> None:
    """Suicidal intent on the Columbia screener is acted on today."""
    (alert,) = SCALES["cssrs"].alert
    assert alert.at_least is not None
    assert (SCALES["cssrs"].answers[alert.at_least], alert.same_day) == ("intent", True)


def test_blood_pressure_warns_above_either_bound() -> None:
    """Blood pressure is a flag above 140 or above 90, and never an alert of the same day."""
    (alert,) = SCALES["bp"].alert
    assert (alert.above, alert.same_day) == ((140, 90), False)


def test_thresholds_of_gates_are_those_of_their_scale() -> None:
    """A gate's highest score and fraction are among those that the facts give for its measure."""
    for protocol_id in ("esketamine-trd", "r107-2024", "elekt-d-2023", "crtce-2021"):
        for _, gate in records(protocol(protocol_id).phases):
            if type(gate).__name__ == "Gate" and gate.measure is not None:
                scale: Scale = SCALES[gate.measure]
                assert gate.at_most is None or gate.at_most in {remission.at_most for remission in scale.remission}
                assert gate.response is None or gate.response in {response.fraction for response in scale.response}
