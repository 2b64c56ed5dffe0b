"""Profiles, clinics and protocols are read as they were written."""

from __future__ import annotations

import io
import sys
from dataclasses import replace
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path

import pytest
from support.broken_files import BOM, CLINIC, PROFILE, PROTOCOL
from support.plans import sample_plan
from support.steps import calls_of

from kapplan.errors import InvalidFileError, UsageError
from kapplan.files.checks.double_bookings import double_bookings
from kapplan.files.checks.file_checks import check_file, check_text
from kapplan.files.documents.readers import (
    default_clinic,
    read_clinic,
    read_profile,
    read_protocol,
    resolve_clinic,
)
from kapplan.files.plans.store import new_plan_file
from kapplan.files.toml.parse import parse, validated
from kapplan.files.toml.sources import SourceFile, open_source
from kapplan.model.clinic import Away
from kapplan.model.decisions import Override
from kapplan.model.fields import Span
from kapplan.model.profile import Profile

FULL = (
    PROFILE
    + """\
start = 2027-01-04
doses = 6
[history]
conditions = []
medications = [{ name = "lorazepam", daily_mg = 2 }]
[symptoms]
bp = "128/82"
[availability]
mon = ["09:00-13:00", "14:00-24:00"]
away = [
  { from = 2027-02-10, until = 2027-02-14, why = "travel" },
  { from = 2027-02-20T09:00:00, until = 2027-02-20T12:00:00 },
]
prefer = { days = ["mon"], time = "09:30" }
[[override]]
rule = "psychosis"
by = "Dr. N. Okafor"
on = 2026-12-20
why = "stable"
[clinic]
file = "clinic.toml"
title = "Visit"
"""
)


def test_a_profile_is_read_key_by_key() -> None:
    """Days, moments, hours and lists become what the model says; ``from`` becomes ``from_``."""
    profile = read_profile(SourceFile.of_text(FULL))
    assert profile.treatment.start == date(2027, 1, 4)
    assert profile.history.medications is not None
    assert profile.history.medications[0].daily_mg == 2.0
    assert profile.availability.mon == (Span(540, 780), Span(840, 1440))
    assert profile.availability.away == (
        Away(from_=date(2027, 2, 10), until=date(2027, 2, 14), why="travel"),
        Away(from_=datetime(2027, 2, 20, 9), until=datetime(2027, 2, 20, 12)),  # noqa: DTZ001
    )
    assert profile.override == (Override(rule="psychosis", by="Dr. N. Okafor", on=date(2026, 12, 20), why="stable"),)


def test_stated_as_none_and_left_out_are_two_things() -> None:
    """An empty list says that somebody asked; a key left out says nothing."""
    history = read_profile(SourceFile.of_text(FULL)).history
    assert history.conditions == ()
    assert history.diagnoses is None


@pytest.mark.parametrize("start", [b"", BOM])
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_marks_and_line_ends_of_other_systems_change_nothing(start: bytes, ends: str) -> None:
    """A leading BOM and Windows' line ends are accepted."""
    data = start + FULL.replace("\n", ends).encode()
    assert read_profile(SourceFile("x", data)) == read_profile(SourceFile.of_text(FULL))


def test_records_of_any_kind_are_read() -> None:
    """The reader is one for all records of the model."""
    text = 'rule = "a"\nby = "b"\non = 2027-01-01\nwhy = "c"\n'
    source = SourceFile.of_text(text)
    assert validated(Override, parse(source), source) == Override(rule="a", by="b", on=date(2027, 1, 1), why="c")


def test_reading_is_quick() -> None:
    """Once the readers are built, a profile and a protocol take some hundred calls; a clinic known already none."""
    assert calls_of(lambda: read_profile(SourceFile.of_text(FULL))) < 1_500
    assert calls_of(lambda: read_protocol(SourceFile.of_text(PROTOCOL))) < 1_500
    assert calls_of(lambda: read_clinic(SourceFile.of_text(CLINIC))) < 20


class TestResolveClinic:
    """The clinic of a profile: file, inline keys, default."""

    @staticmethod
    def _profile(clinic: str) -> Profile:
        return read_profile(SourceFile.of_text(PROFILE + clinic))

    def test_without_a_clinic_the_embedded_one_serves(self) -> None:
        """Monday to Friday 09:00 to 17:00, one room, nobody named, no holidays."""
        clinic = resolve_clinic(self._profile(""), Path())
        assert clinic == default_clinic()
        assert clinic.hours == dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), (Span(540, 1020),))
        assert (len(clinic.rooms), clinic.staff, clinic.holidays) == (1, (), None)

    def test_inline_keys_stand_over_the_file_and_the_file_over_the_default(self, tmp_path: Path) -> None:
        """Each key is taken from the nearest place that gives it."""
        (tmp_path / "c.toml").write_text('[clinic]\nname = "A"\ntitle = "T"\nhours.sat = ["09:00-10:00"]\n', "utf-8")
        clinic = resolve_clinic(self._profile('[clinic]\nfile = "c.toml"\ntitle = "Mine"\n'), tmp_path)
        assert (clinic.name, clinic.title) == ("A", "Mine")
        assert clinic.hours == {"sat": (Span(540, 600),)}
        assert clinic.rooms == default_clinic().rooms

    def test_another_clinic_replaces_all_of_it(self, tmp_path: Path) -> None:
        """A clinic named on the command line takes nothing from the profile's."""
        (tmp_path / "other.toml").write_text('[clinic]\nname = "B"\n', "utf-8")
        clinic = resolve_clinic(self._profile('[clinic]\ntitle = "Mine"\n'), Path(), tmp_path / "other.toml")
        assert (clinic.name, clinic.title) == ("B", "Appointment")

    def test_a_clinic_file_that_is_not_there_is_wrong_usage(self, tmp_path: Path) -> None:
        """The path is named."""
        with pytest.raises(UsageError, match=r"no clinic file .*nowhere\.toml"):
            resolve_clinic(self._profile('[clinic]\nfile = "nowhere.toml"\n'), tmp_path)


class TestOpenSource:
    """What is read, and what cannot be."""

    def test_a_file_is_read_with_its_name_folder_and_digest(self, tmp_path: Path) -> None:
        """The name is the one that was given."""
        path = tmp_path / "x.toml"
        path.write_bytes(b"a = 1")
        source = open_source(path)
        assert (source.name, source.data, source.folder) == (str(path), b"a = 1", tmp_path)
        assert source.digest == sha256(b"a = 1").hexdigest()

    def test_a_dash_is_standard_input(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Relative paths of what comes through a pipe count from the current folder."""
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"a = 1")))
        source = open_source("-")
        assert (source.name, source.data, source.path, source.folder) == ("<stdin>", b"a = 1", None, Path())

    @pytest.mark.parametrize(("name", "words"), [("nowhere", "there is no profile"), (".", "is a folder")])
    def test_what_cannot_be_read_is_wrong_usage(self, tmp_path: Path, name: str, words: str) -> None:
        """A path that is not there, or a folder, is named with exit code 2."""
        with pytest.raises(UsageError, match=words) as caught:
            open_source(tmp_path / name, what="profile")
        assert caught.value.exit_code == 2

    @pytest.mark.parametrize("name", ["\0", "x" * 5000])
    def test_names_that_no_file_can_have_are_wrong_usage(self, name: str) -> None:
        """The system's refusal becomes a sentence."""
        with pytest.raises(UsageError, match=r"cannot be read|there is no"):
            open_source(name)

    def test_no_more_is_read_than_wanted(self, tmp_path: Path) -> None:
        """An endless file is not read to its end."""
        path = tmp_path / "x"
        path.write_bytes(b"a" * 1000)
        assert len(open_source(path, at_most=10).data) == 11


class TestChecking:
    """Files of any kind, checked by what they hold."""

    def test_sound_files_of_every_kind_pass(self, tmp_path: Path) -> None:
        """Profile, clinic, protocol and plan are told apart by their keys."""
        for name, text in (("p", PROFILE), ("c", CLINIC), ("k", PROTOCOL)):
            (tmp_path / f"{name}.toml").write_text(text, "utf-8")
            assert check_file(tmp_path / f"{name}.toml") == ()
        new_plan_file(tmp_path / "x.plan.toml", sample_plan())
        assert check_file(tmp_path / "x.plan.toml") == ()

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("a = 1\n", "no file of kapplan"),
            (PROFILE.replace("kap-standard", "kap"), "there is no protocol"),
            (PROFILE + '[clinic]\nfile = "nowhere.toml"\n', "no clinic file"),
            (PROFILE + 'route = "nasal"\n', "route"),
            (PROFILE.replace('timezone = "America/Denver"\n', ""), "`clinic.timezone`"),
        ],
    )
    def test_what_a_file_names_is_checked_with_it(self, tmp_path: Path, text: str, words: str) -> None:
        """A profile is checked together with its protocol and its clinic."""
        path = tmp_path / "x.toml"
        path.write_text(text, "utf-8")
        with pytest.raises(InvalidFileError, match=words):
            check_file(path)

    def test_mistakes_of_protocol_and_clinic_are_told_together(self, tmp_path: Path) -> None:
        """Two wrong files that a profile names are two problems of one run."""
        (tmp_path / "x.toml").write_text(
            PROFILE.replace("kap-standard", "k.toml") + '[clinic]\nfile = "c.toml"\n', "utf-8"
        )
        (tmp_path / "k.toml").write_text(PROTOCOL + "x = 1\n", "utf-8")
        (tmp_path / "c.toml").write_text(CLINIC + "y = 1\n", "utf-8")
        with pytest.raises(InvalidFileError) as caught:
            check_file(tmp_path / "x.toml")
        assert [Path(problem.file).name for problem in caught.value.problems] == ["k.toml", "c.toml"]

    def test_a_text_that_is_to_become_a_profile_need_not_have_its_clinic_yet(self) -> None:
        """``kapplan new`` checks what it writes before the files beside it are there."""
        check_text(PROFILE + '[clinic]\nfile = "clinic.toml"\n', "profile")
        check_text(PROTOCOL, "protocol")
        with pytest.raises(InvalidFileError):
            check_text(PROFILE + "x = 1\n", "profile")

    def test_two_plans_that_need_the_same_room_at_once_are_a_double_booking(self, tmp_path: Path) -> None:
        """Each clash names the visits, the plans and what they share; plans of another clinic do not clash."""
        one = sample_plan()
        other = replace(one, id="other")
        elsewhere = replace(one, id="third", clinic=replace(one.clinic, name="Elsewhere"))
        paths = [tmp_path / f"{name}.plan.toml" for name in "abc"]
        for path, plan in zip(paths, (one, other, elsewhere), strict=True):
            new_plan_file(path, plan)
        problems = double_bookings([*paths, tmp_path / "nowhere.plan.toml"])
        shared = [visit for visit in one.visits if visit.open and (visit.staff or visit.room)]
        assert len(problems) == len(shared) > 0
        assert all(problem.file == str(paths[1]) and str(paths[0]) in problem.message for problem in problems)
        assert double_bookings(paths[:1] * 2) == ()
