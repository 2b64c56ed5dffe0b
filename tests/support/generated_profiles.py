"""Folders of made-up patients of one clinic, as many as are asked for, each different and always the same."""

from __future__ import annotations

import random
from collections.abc import Iterable
from pathlib import Path

CLINIC = Path(__file__).parents[2] / "examples" / "clinic.toml"
DAYS = ("mon", "tue", "wed", "thu", "fri")
HOURS = ("08:00-17:30", "08:00-13:00", "10:00-17:30", "09:00-16:00")
TIMES = ("morning", "afternoon", "10:00")
GOALS = ("rapid-relief", "insight", "maintain")


def patient_id(number: int) -> str:
    """Return the id of the patient of a number."""
    return f"p-{number:05}"


def write_profiles(folder: Path, numbers: Iterable[int], protocol: str = "kap-standard") -> list[Path]:
    """Write a clinic and the profiles of patients' numbers into a folder; return the profiles' paths."""
    folder.mkdir(exist_ok=True)
    (folder / "clinic.toml").write_bytes(CLINIC.read_bytes())
    paths = []
    for number in numbers:
        paths.append(folder / f"{patient_id(number)}.toml")
        paths[-1].write_text(profile_text(number, protocol), encoding="utf-8")
    return paths


def profile_text(number: int, protocol: str = "kap-standard") -> str:
    """Return a profile: the patient is free on three days of the week or more, and begins within five weeks."""
    draw = random.Random(number)
    days = sorted(draw.sample(DAYS, draw.randint(3, 5)), key=DAYS.index)
    free = "\n".join(f'{day} = ["{draw.choice(HOURS)}"]' for day in days)
    return f"""\
[patient]
id = "{patient_id(number)}"
timezone = "America/Denver"

[treatment]
protocol = "{protocol}"
start = 2027-01-{draw.randint(4, 29):02}
start_within = 28

[history]
diagnoses = ["mdd"]
conditions = []
medications = []
failed_antidepressants = 2
pregnancy = "not-applicable"
breastfeeding = false
prior_ketamine = "none"

[symptoms]
phq9 = {draw.randint(10, 27)}
phq9_item9 = 0
gad7 = {draw.randint(0, 21)}
cssrs = "none"
cssrs_behaviour = "never"
bp = "128/82"

[goals]
primary = "{draw.choice(GOALS)}"

[availability]
{free}
prefer = {{ days = ["{draw.choice(days)}"], time = "{draw.choice(TIMES)}" }}

[travel]
escort = "arranged"

[clinic]
file = "clinic.toml"
"""
