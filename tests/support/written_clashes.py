"""Files of patients and clinics for whom there are no dates, and what becomes of a file in which a repair is typed."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

from kapplan.cli.casework.case import Case, read_case
from kapplan.errors import NoScheduleError
from kapplan.files.library.rules import tailor
from kapplan.output.views.clash import WhereWritten
from kapplan.planning.availability.calendar import BusyTimes
from kapplan.planning.feasibility.feasibility import feasible
from kapplan.planning.schedule.course import Unplaceable, demand_of, settings_of, why_not
from kapplan.planning.schedule.written_repairs import WrittenRepair

NOW = datetime.fromisoformat("2026-12-28T12:00-07:00")
PROTOCOLS = (
    "kap-standard", "singh-2016-twice", "singh-2016-thrice", "esketamine-trd", "feder-2021", "wilkinson-2017",
    "murrough-2013", "dakwar-2019", "montreal-2023", "abdallah-2022",
)  # fmt: skip
DAYS = ("mon", "tue", "wed", "thu", "fri")


@dataclass(frozen=True)
class Files:
    """A profile and its clinic's file as texts, and the options of the command."""

    profile: str
    clinic: str
    start: date | None = None
    places: WhereWritten = field(default_factory=lambda: WhereWritten(command=("plan", "p.toml"), clinic="c.toml"))

    def case(self, folder: Path) -> Case:
        """Return the case that the files make."""
        (folder / "p.toml").write_text(self.profile, encoding="utf-8")
        (folder / "c.toml").write_text(self.clinic, encoding="utf-8")
        return read_case(str(folder / "p.toml"), start=self.start)


def random_files(rng: random.Random) -> Files:
    """Return files of a patient with little time, of a clinic that is often closed."""
    protocol, days = rng.choice(PROTOCOLS), rng.sample(DAYS, rng.randint(2, 4))
    first = date(2027, 1, 4) + timedelta(days=rng.randint(0, 20))
    hours = rng.choice(("09:00-17:00", "08:00-12:00", "10:00-15:30"))
    profile = [
        '[patient]\nid = "p"', f'timezone = "{rng.choice(("America/Denver", "America/New_York"))}"', "[treatment]",
        f'protocol = "{protocol}"', f"start = {first}", f"start_within = {rng.choice((0, 2, 5, 14))}",
    ]  # fmt: skip
    if rng.random() < 0.3:
        profile.append(f"first_dose = {first + timedelta(days=rng.randint(3, 30))}")
    profile += ["[availability]", *(f'{day} = ["{hours}"]' for day in days)]
    if rng.random() < 0.5:
        gone = first + timedelta(days=rng.randint(0, 30))
        profile.append(f"away = [{{ from = {gone}, until = {gone + timedelta(days=rng.randint(0, 9))} }}]")
    profile.append('[travel]\nescort = "arranged"')
    if rng.random() < 0.4:
        profile.append(f"escort_hours = {_week(days[1:], '09:00-18:00')}")
    profile.append('[clinic]\nfile = "c.toml"')
    clinic = ['[clinic]\ntimezone = "America/Denver"', 'holidays = "US-CO"']
    open_on = [day for day in DAYS if day in days or rng.random() < 0.6]
    clinic.append(f"hours = {_week(open_on, '08:30-17:30')}")
    shut = [first + timedelta(days=rng.randint(0, 40)) for _ in range(rng.randint(0, 8))]
    clinic += [f"[[clinic.closed]]\non = {day}" for day in shut]
    clinic.append('[[clinic.staff]]\nid = "ana"\nroles = ["therapist", "monitor", "prescriber"]')
    if rng.random() < 0.5:
        clinic.append(f"hours = {_week(open_on, '09:00-17:00')}")
    return Files("\n".join(profile) + "\n", "\n".join(clinic) + "\n")


def _week(days: Sequence[str], hours: str) -> str:
    return "{ " + ", ".join(f'{day} = ["{hours}"]' for day in days) + " }"


def unplaceable(case: Case) -> Unplaceable | None:
    """Return why a case has no dates, in the setting of the smallest clash; ``None`` where it has some."""
    tailored = tailor(case.profile, case.protocol, case.clinic, today=NOW.date(), rules=case.rules)
    demand = demand_of(case.profile, tailored.clinic, tailored.regimen, BusyTimes(), NOW)
    settings = settings_of(demand)
    if any(feasible(setting.problem) is not None for setting in settings):
        return None
    return why_not(settings)


def typed(files: Files, written: WrittenRepair) -> Files:
    """Return the files once a repair is typed: lines at the end, a line in place of another, or an option."""
    where = files.places
    if written.option:
        words = where.typed(written)
        assert words[: len(where.command) + 1] == ("kapplan", *where.command)
        assert words[-2] == "--start"
        return Files(files.profile, files.clinic, start=date.fromisoformat(words[-1]))
    lines = where.lines(written)
    texts = {"profile": files.profile, "clinic": files.clinic}
    name = "clinic" if where.file(written) == where.clinic else "profile"
    if written.replaces:
        [line] = lines
        key = line.partition(" = ")[0]
        texts[name], count = re.subn(rf"(?m)^{key} = .*$", line, texts[name])
        assert count == 1
    else:
        texts[name] += "\n".join(("", *lines, ""))
    return Files(texts["profile"], texts["clinic"], files.start)


def clashing(count: int, folder: Path, seed: int = 0) -> Sequence[tuple[Files, Unplaceable]]:
    """Return so many files that have no dates, with why."""
    rng = random.Random(seed)
    found: list[tuple[Files, Unplaceable]] = []
    while len(found) < count:
        files = random_files(rng)
        try:
            why = unplaceable(files.case(folder))
        except NoScheduleError:
            continue
        if why is not None:
            found.append((files, why))
    return found
