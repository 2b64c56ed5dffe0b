"""Many plans of a book dated anew together, each around all the others as they stand by then.

Of a few orders the one that disturbs least in all is taken.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from kapplan.cli.casework.absences import BookKnows
from kapplan.cli.casework.change import Settings, Step, made_from_of, options_of
from kapplan.cli.casework.standing import basis_of, screened_afresh
from kapplan.cli.casework.surroundings import Surroundings
from kapplan.cli.session.environment import Edge
from kapplan.dataclass import replace

if TYPE_CHECKING:
    from kapplan.files.plans.store import StoredPlan
    from kapplan.model.plan import Plan
    from kapplan.model.review import Basis
    from kapplan.planning.availability.free_time import BusyTimes
    from kapplan.planning.replan.request import Revision, Sources

FEW = 8
"""Of so many plans at most two orders are tried."""
AGAIN = 2
"""So many times those without dates are dated before the others."""


class ChangeOfMany(NamedTuple):
    """A change of many plans: its id, the command, what it is in words, and what the book comes to know with it."""

    id: str
    what: str
    text: str
    known: BookKnows


class Touched(NamedTuple):
    """A plan that a change has to do with, and what the change makes of it."""

    stored: StoredPlan
    step: Step


class Redated(NamedTuple):
    """A plan before and after, how it was dated anew, and from what; neither where it was taken back."""

    stored: StoredPlan
    after: Plan
    revision: Revision
    sources: Sources | None = None


class _Prepared(NamedTuple):
    """A plan that is to be dated: screened, with what it is reviewed by and what it is dated from."""

    plan: Plan
    basis: Basis
    sources: Sources


class BookDating:
    """Dates the plans that a change has to do with."""

    def __init__(self, edge: Edge, settings: Settings, change: ChangeOfMany, around: Surroundings) -> None:
        self.edge, self.settings, self.change, self.around = edge, settings, change, around
        self._prepared: dict[str, _Prepared] = {}

    def best(self, touched: Sequence[Touched]) -> list[Redated]:
        """Return plans dated anew in the order, of a few, that disturbs least in all.

        Those with the most still to come are dated first, for a few the other way round, too. Whoever has no dates that
        way is dated before the others, wherever these still stand, since they are dated anew in any case; of them
        those keep the dates found before whose times are still free then.
        """
        ahead = sorted(
            touched, key=lambda one: (-sum(visit.open for visit in one.stored.plan.visits), one.stored.plan.patient)
        )
        best = self._dated(ahead)
        if 1 < len(touched) <= FEW:
            best = min(best, self._dated(ahead[::-1]), key=_disturbance)
        first: set[str] = set()
        for _ in range(AGAIN):
            stuck = {one.stored.plan.id for one in best if not one.revision.placed} - first
            if not stuck or len(touched) == 1:
                break
            first |= stuck
            order = sorted(ahead, key=lambda one: one.stored.plan.id not in first)
            known = {one.stored.plan.id: one for one in best if one.stored.plan.id not in first}
            best = min(best, self._dated(order, first, known), key=_disturbance)
        return best

    def _dated(
        self, order: Sequence[Touched], first: Collection[str] = (), known: Mapping[str, Redated] | None = None
    ) -> list[Redated]:
        """Date plans anew one after the other, each around the others as they stand by then.

        What is not dated yet blocks none of the ``first``. What is ``known`` of a plan stays where its times are free.
        """
        from kapplan.planning.bookings.plan_bookings import plan_bookings

        done: list[Redated] = []
        moving = [stored.plan.id for stored, step in order if step.replan]
        for one in order:
            free = moving if one.stored.plan.id in first else ()
            busy = self.around.busy(
                one.stored, self._ready(one).sources.clinic,
                without=[*free, *(other.stored.plan.id for other in done)],
                beside=[plan_bookings(other.after) for other in done],
            )  # fmt: skip
            before = (known or {}).get(one.stored.plan.id)
            done.append(before if before is not None and _is_free(before.after, busy) else self._redated(one, busy))
        return done

    def _ready(self, one: Touched) -> _Prepared:
        """Return a plan as it is dated whatever the order."""
        stored, step = one
        if stored.plan.id not in self._prepared:
            basis = basis_of(stored, step.plan)
            plan = screened_afresh(stored, step.plan, basis, self.edge.today_of(stored.plan.timezone))
            self._prepared[stored.plan.id] = _Prepared(plan, basis, step.sources or made_from_of(plan))
        return self._prepared[stored.plan.id]

    def _redated(self, one: Touched, busy: BusyTimes) -> Redated:
        from kapplan.planning.journal.undo import with_entry
        from kapplan.planning.replan.replan import revise
        from kapplan.planning.replan.request import Revision
        from kapplan.planning.review.review import reviewed

        stored, step = one
        plan, basis, sources = self._ready(one)
        now, by = self.edge.now_in(stored.plan.timezone), self.edge.author(self.settings.by)
        sources = replace(sources, busy=busy)
        revision = Revision(plan=plan)
        if step.replan and not plan.held:
            options = options_of(self.settings, now, by)
            revision = revise(plan, sources, now, replace(options, deadline=self.edge.deadline(self.settings.within)))
        after = with_entry(
            stored.plan, reviewed(revision.plan, basis, now.date()), at=now, by=by, command=self.change.what,
            text=step.text, why=self.settings.why, change=self.change.id,
        )  # fmt: skip
        return Redated(stored, after, revision, sources)


def _is_free(plan: Plan, busy: BusyTimes) -> bool:
    """Return whether nothing else is booked where the open visits of a plan are."""
    from kapplan.planning.bookings.busy_times import moment_of
    from kapplan.planning.bookings.plan_bookings import plan_bookings

    return not any(
        begins < moment_of(booking.until) and moment_of(booking.first) < ends
        for booking in plan_bookings(plan).bookings
        if not booking.held
        for begins, ends in busy.by_owner.get(booking.resource, ())
    )


def _disturbance(done: Sequence[Redated]) -> tuple[int, ...]:
    """Return what plans cost in all: those without dates, then the terms of a re-plan summed."""
    from kapplan.planning.problem.problem import RE_PLAN

    objectives = [one.after.objective for one in done]
    terms = (sum(getattr(one, term) for one in objectives) for term in RE_PLAN if term != "ties")
    return sum(not one.revision.placed for one in done), *terms
