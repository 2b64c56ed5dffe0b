"""What a re-plan answers, in words and worked out only when somebody asks."""

from __future__ import annotations

from datetime import datetime

import pytest
from support.lives import ZONE, newborn

from kapplan.model.plan import Objective
from kapplan.planning.availability.timezones import zone
from kapplan.planning.infeasibility.minimal_conflict import Clash, Repair
from kapplan.planning.problem.objective import DaysOff
from kapplan.planning.replan.request import Fit, Holder, Obstacle, Options, Released, Revision, WhyNot

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
    assert (placed.clash, placed.repairs) == (None, ())
    assert placed.clashes(every=True) == placed.clashes(every=False) == ()


def test_what_a_refit_would_give_is_its_objective() -> None:
    """Where nothing is to place there is none."""
    objective = Objective(deviation=1, follow_up_deviation=0, preference=0, sooner=0)
    off = DaysOff(course=0, follow_up=0)
    plan = newborn().plan
    assert Revision(plan=plan, fit=lambda: Fit(objective=objective, now=off, then=off)).refit() == objective
    assert Revision(plan=plan).refit() is None


def test_what_nobody_asked_for_is_not_so() -> None:
    """A revision is placed, moving costs something, the search does its usual work and no obstacle lies behind."""
    assert Revision(plan=newborn().plan).placed
    assert (Options().refit, Options().effort) == (False, 1)
    assert not Obstacle(rule="r", text="t").behind


def test_what_is_worked_out_later_is_no_part_of_an_answer() -> None:
    """Two answers that say the same are the same, whatever finds out more of them, and are printed without that."""
    plan = newborn().plan
    one = Revision(plan=plan, why_not=lambda: WhyNot(clash=CLASH), fit=lambda: None)
    assert one == Revision(plan=plan)
    assert "lambda" not in repr(one)
    more = WhyNot(clash=CLASH, every_clash=lambda: (CLASH, OTHER))
    assert more == WhyNot(clash=CLASH)
    assert "lambda" not in repr(more)
