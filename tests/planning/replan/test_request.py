"""What a re-plan answers, in words and worked out only when somebody asks."""

from __future__ import annotations

from datetime import datetime

import pytest
from support.lives import ZONE, newborn

from kapplan.model.plan import Objective
from kapplan.planning.availability.timezones import zone
from kapplan.planning.infeasibility.minimal_conflict import Clash, Repair
from kapplan.planning.problem.objective import DaysOff
from kapplan.planning.replan.request import Fit, Holder, Released, Revision, WhyNot

WAS = datetime(2027, 1, 20, 9, tzinfo=zone(ZONE))
CLASH, OTHER = Clash(members=()), Clash(members=(), lacking=("dosing-2",))


@pytest.mark.parametrize(
    ("by", "was"),
    [
        ("keep", "was to be kept"),
        ("pin", "was pinned"),
        ("freeze", "stood in frozen days"),
        ("override", "was to stay"),
    ],
)
@pytest.mark.parametrize(
    ("to", "where"), [(WAS.replace(day=22), "moves to Fri 22 Jan 2027"), (None, "has no other day yet")]
)
def test_a_visit_that_could_not_stay_is_told_in_a_sentence(
    by: Holder, was: str, to: datetime | None, where: str
) -> None:
    """It says how the visit was held, from which day it goes where, and why nothing holds it."""
    released = Released(visit="dosing-2", by=by, from_=WAS, to=to, text="that day is closed")
    assert released.sentence == f"Dose 2 {was} on Wed 20 Jan 2027 and {where}: that day is closed."


def test_why_there_are_no_dates_is_worked_out_once_and_only_when_asked() -> None:
    """The clash, the repairs and every other clash come from one answer, which is asked for once."""
    asked: list[str] = []
    repair = Repair(kind="start", words="Start later.", amount=1)

    def why() -> WhyNot:
        asked.append("why")
        return WhyNot(clash=CLASH, repairs=(repair,), every_clash=lambda: (CLASH, OTHER))

    revision = Revision(plan=newborn().plan, placed=False, why_not=why)
    assert asked == []
    assert (revision.clash, revision.repairs, revision.clashes(every=False)) == (CLASH, (repair,), (CLASH,))
    assert revision.clashes(every=True) == (CLASH, OTHER)
    assert asked == ["why"]
    placed = Revision(plan=newborn().plan)
    assert (placed.clash, placed.repairs, placed.clashes(every=True)) == (None, (), ())


def test_what_a_refit_would_give_is_its_objective() -> None:
    """Where nothing is to place there is none."""
    objective = Objective(deviation=1, follow_up_deviation=0, preference=0, sooner=0)
    off = DaysOff(course=0, follow_up=0)
    plan = newborn().plan
    assert Revision(plan=plan, fit=lambda: Fit(objective=objective, now=off, then=off)).refit() == objective
    assert Revision(plan=plan).refit() is None
