"""The files of any patient at any clinic, by a number: zones, holidays, hours, rooms, people, wishes, lengths."""

from __future__ import annotations

import random

ZONES = (
    "America/Denver", "Pacific/Apia", "Asia/Kathmandu", "Europe/London", "Australia/Lord_Howe", "Africa/Casablanca",
    "America/Santiago", "UTC",
)  # fmt: skip
HOLIDAYS = ("US", "US-CO", "GB-ENG", "DE-BY", "JP", "CA-BC", None)
WEEK = ("mon", "tue", "wed", "thu", "fri")
HOURS = (
    '["08:00-18:00"]', '["08:00-16:30"]', '["07:30-13:00"]', '["07:00-12:00", "12:30-18:00"]', '["07:30-20:00"]',
)  # fmt: skip
MONTHS = (0, 1, 3, 12, 24, 60)

ROOMS = """
[[clinic.rooms]]
id = "large"
[[clinic.rooms]]
id = "small"
kinds = ["screening", "preparation", "integration", "review", "check-in", "psychotherapy"]
"""
STAFF = """
[[clinic.staff]]
id = "okafor"
roles = ["therapist", "prescriber", "monitor"]
[[clinic.staff]]
id = "reyes"
roles = ["therapist"]
hours = { tue = ["08:00-18:00"], thu = ["08:00-18:00"], fri = ["08:00-18:00"] }
"""


def any_clinic(draw: random.Random) -> str:
    """Return the file of a clinic that is open on four weekdays or more."""
    holidays = draw.choice(HOLIDAYS)
    lines = [
        f'[clinic]\nname = "A clinic"\ntimezone = "{draw.choice(ZONES)}"',
        *([f'holidays = "{holidays}"'] if holidays else []),
        "[clinic.hours]",
        *_weekly(draw, draw.choice((4, 5, 5))),
    ]
    return "\n".join(lines) + (ROOMS if draw.random() < 0.4 else "\n") + (STAFF if draw.random() < 0.3 else "")


def any_treatment(draw: random.Random) -> str:
    """Return lines of ``[treatment]``: from when, and for how long."""
    lines = [f"start_within = {draw.choice((7, 21, 30))}"]
    if draw.random() < 0.5:
        lines.append(f"maintenance_months = {draw.choice(MONTHS)}")
    if draw.random() < 0.2:
        lines.append('assume = "no-response"')
    return "\n".join(lines)


def any_availability(draw: random.Random) -> str:
    """Return the table of when a patient can come, on three weekdays or more, would like to, and is away."""
    lines = ["[availability]", *(_weekly(draw, draw.randint(3, 5)) if draw.random() < 0.6 else ())]
    if draw.random() < 0.4:
        time = draw.choice(("morning", "afternoon"))
        lines.append(f'prefer = {{ days = ["{draw.choice(WEEK)}"], time = "{time}" }}')
    if draw.random() < 0.3:
        month, day = draw.randint(2, 6), draw.randint(1, 20)
        lines.append(f"away = [{{ from = 2027-{month:02}-{day:02}, until = 2027-{month:02}-{day + 7:02} }}]")
    return "\n".join(lines)


def _weekly(draw: random.Random, count: int) -> list[str]:
    return [f"{day} = {draw.choice(HOURS)}" for day in draw.sample(WEEK, count)]
