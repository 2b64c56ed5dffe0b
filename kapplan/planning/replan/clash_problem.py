"""The problem in which a clash of a re-plan is looked for: what holds visits where they stand is a rule that is blamed.

To place a course, what is pinned, frozen or to be kept is fixed. Whoever asks why there are no dates has to hear of it,
since to let go of it is the cheapest way out.
"""

from __future__ import annotations

from collections.abc import Mapping

from kapplan.dataclass import replace
from kapplan.planning.infeasibility.minimal_conflict import Clash
from kapplan.planning.problem.problem import Holding, ProblemTiming
from kapplan.planning.replan.request import Holder
from kapplan.planning.replan.residual_problem import Redating, redating
from kapplan.planning.schedule.course import Setting, Unplaceable, clash_of, why_not

_ROLES: Mapping[Holder, Holding] = {"keep": "kept", "pin": "pinned", "freeze": "frozen"}


def without_dates(made: Redating) -> Unplaceable:
    """Return why a re-plan has no dates, and what would help."""
    named = _naming_holders(made)
    found = why_not(list(named)) if named else None
    return found if found is not None and found.clash is not None else why_not(list(made.on_its_day))


def clash_without_dates(made: Redating) -> Clash | None:
    """Return the smallest clash of a re-plan without dates; ``None`` where none is found."""
    return clash_of(list(_naming_holders(made))) or clash_of(list(made.on_its_day))


def _naming_holders(made: Redating) -> tuple[Setting, ...]:
    """Return the settings of a re-plan in which what holds visits is a rule; none where nothing can be let go of.

    What stands on a day that is closed to it stays fixed: that it is there has another reason.
    """
    named = {visit: holder for visit, holder in made.holding.items() if holder in _ROLES}
    while named:
        free = redating(made.case, today_stays=False, let_go=named.keys())
        closed = {visit for visit in named if not _is_open(free, visit)}
        if not closed:
            return tuple(_holding(setting, free, named) for setting in free.on_its_day)
        named = {visit: holder for visit, holder in named.items() if visit not in closed}
    return ()


def _is_open(free: Redating, visit: str) -> bool:
    """Return whether the day on which a visit stands is open to it, whoever of the therapists stays."""
    day = free.case.plan.visit(visit).start.date().toordinal()
    return all(setting.calendar.starts(setting.shapes[visit], day) for setting in free.settings)


def _holding(setting: Setting, free: Redating, named: Mapping[str, Holder]) -> Setting:
    rules = tuple(
        ProblemTiming(
            rule=holder, role=_ROLES[holder], visit=visit, min=0, max=0,
            after=free.situation.day(free.case.plan.visit(visit).start.date()),
        )
        for visit, holder in named.items()
    )  # fmt: skip
    return replace(setting, problem=replace(setting.problem, timing=(*setting.problem.timing, *rules)))
