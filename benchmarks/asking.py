"""The other questions a coordinator asks: where could we start, and why does nothing fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from support.builtin_problems import builtin_demand

import kapplan
from benchmarks.measure import Table, best_ms
from kapplan.dates import Weekday
from kapplan.errors import NoScheduleError
from kapplan.model.clinic import Staff
from kapplan.model.fields import Span
from kapplan.planning.schedule.course import Demand, settings_of
from kapplan.planning.solver.start_days import rank

STARTS_MS = 250
WITHIN = 60
FEW_DAYS: tuple[tuple[Weekday, ...], ...] = (("mon", "wed", "fri"), ("mon", "tue", "thu"), ("tue", "wed", "thu"))
SHARED_DAYS: tuple[tuple[Weekday, ...], ...] = (("mon", "wed", "fri"), ("tue", "thu", "fri"), ("mon", "tue", "thu"))
"""The days on which each of three therapists is there."""
LONGEST = ("wilkinson-2017", "wilkinson-2021", "montreal-2023", "feder-2025", "kare-2022")
"""Courses whose starts take longest."""
NO_PLAN_MS = 1000
TIGHT_WEEKS: tuple[tuple[Weekday, ...], ...] = (("mon", "tue"), ("mon",))
"""Weeks of patients that hardly any protocol fits."""
LONG_COURSES = (("kap-standard", 120), ("esketamine-trd", 24), ("esketamine-trd", 36))
"""Courses of 101 to 137 visits, by the months of their maintenance."""
SINGLE_DAYS: tuple[tuple[Weekday, ...], ...] = (("tue",), ("wed",), ("fri",))
"""The same, where each is there on one day only."""


def starts() -> Table:
    """Measure the ranking of starts over 60 days: the search, and all of it with its calendar."""
    table = Table(f"Starts over {WITHIN} days (under {STARTS_MS} ms)", ("protocol", "starts", "search ms", "in all ms"))
    asked = [(name, week, False) for name in kapplan.protocol_ids() for week in ((), *FEW_DAYS)]
    for name, week, several in (*asked, *((name, week, True) for name in LONGEST for week in FEW_DAYS)):
        demand = builtin_demand(name, weekdays=week)
        demand = _with_therapists(demand, SHARED_DAYS) if several else demand
        wide = replace(demand, situation=replace(demand.situation, start_within=WITHIN, first_dose=None))
        problem = settings_of(wide)[0].problem
        found = rank(problem, WITHIN)
        search = best_ms(lambda p=problem: rank(p, WITHIN), 5)  # type: ignore[misc]
        whole = best_ms(lambda d=demand: kapplan.rank_starts(d, WITHIN), 5)  # type: ignore[misc]
        words = " ".join((name, *week, *(["three therapists"] if several else [])))
        table.add(words, len(found), f"{search:.0f}", f"{whole:.0f}", met=whole < STARTS_MS)
    return table


def no_plan() -> Table:
    """Measure the answer that nothing fits, with the clash and the repairs, each verified."""
    columns = ("protocol", "patient's week", "clash", "repairs", "ms")
    table = Table(f"No plan: clash and repairs (under {NO_PLAN_MS} ms)", columns)
    fit = 0
    for name in kapplan.protocol_ids():
        for week in TIGHT_WEEKS:
            demand = builtin_demand(name, weekdays=week)
            answer = _why_not(demand)
            if answer is None:
                fit += 1
                continue
            ms = best_ms(lambda d=demand: _why_not(d), 3)  # type: ignore[misc]
            table.add(name, " ".join(week), *answer, f"{ms:.0f}", met=ms < NO_PLAN_MS)
    for name, months in LONG_COURSES:
        demand = _with_therapists(builtin_demand(name, weekdays=("mon", "thu"), months=months), SINGLE_DAYS)
        answer = _why_not(demand)
        ms = best_ms(lambda d=demand: _why_not(d), 3)  # type: ignore[misc]
        words = f"{name}, {len(demand.regimen.visits)} visits, three therapists"
        table.add(words, "mon thu", *(answer or ("fits", "")), f"{ms:.0f}", met=ms < NO_PLAN_MS)
    table.notes = [f"{fit} more cases are left out: a plan fits them."]
    return table


def _with_therapists(demand: Demand, weeks: Sequence[tuple[Weekday, ...]]) -> Demand:
    """Return what is asked for in a clinic whose therapists are there on such days."""
    hours = (Span.parse("08:00-18:00"),)
    staff = (
        *(
            Staff(id=f"therapist-{'-'.join(week)}", roles=("therapist", "prescriber"), hours=dict.fromkeys(week, hours))
            for week in weeks
        ),
        Staff(id="monitor", roles=("monitor",)),
    )
    return replace(demand, clinic=replace(demand.clinic, staff=staff))


def _why_not(demand: Demand) -> tuple[int, int] | None:
    """Return the size of the clash and the number of repairs; ``None`` where the course can be placed."""
    try:
        kapplan.place(demand)
    except NoScheduleError as error:
        clash, repairs = getattr(error, "clash", None), getattr(error, "repairs", ())
        return (0 if clash is None else len(clash.members)), len(repairs)
    return None
