"""The picture of a terminal that the README shows: the course of an example, as it is printed."""

from __future__ import annotations

import io
import re
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.console import Console

import kapplan
from kapplan.output.course.table import CourseTable

PICTURE = Path(__file__).parents[2] / "docs" / "course.svg"
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_FONT = re.compile(r"\s*@font-face \{.*?\}\n", re.DOTALL)


def course_picture() -> str:
    """Return the first example's course on a terminal of 80 columns, as SVG that asks no other host for anything."""
    folder = Path(__file__).parents[2] / "examples"
    profile = kapplan.read_profile(folder / "river.toml")
    clinic = kapplan.resolve_clinic(profile, folder)
    now = datetime(2026, 12, 28, tzinfo=ZoneInfo("America/Denver"))
    busy = kapplan.read_busy(clinic, folder, ZoneInfo("America/Denver"), now.date())
    plan = kapplan.make_plan(profile, kapplan.read_protocol("kap-standard"), clinic, now=now, by="tester", busy=busy)
    console = Console(record=True, width=80, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    console.print(CourseTable(plan))
    picture = console.export_svg(title="kapplan plan examples/river.toml", unique_id="course")
    return _FONT.sub("\n", _COMMENT.sub("", picture))
