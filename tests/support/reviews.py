"""Courses under way, for the tests of reviews: placed plans of built-in protocols, lived through up to a visit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from support.cases import MONDAY, answer_of, clinic_of, drafted
from support.library_data import protocol

from kapplan.files.library.rules import built_in, built_in_measures, built_in_review
from kapplan.model.decisions import Proposal
from kapplan.model.plan import Plan
from kapplan.model.profile import Patient, Profile, Symptoms, Treatment
from kapplan.model.review import Basis
from kapplan.planning.amend import record as recording
from kapplan.planning.availability.timezones import zone
from kapplan.planning.replan.replan import revise
from kapplan.planning.replan.request import Revision, Sources
from kapplan.planning.review.accept import Accepted, accept, decline
from kapplan.planning.review.review import open_proposals, proposals

BASELINE = {"madrs": 32, "phq9": 20, "qids_sr16": 18}
"""The scores before the first dose."""


@dataclass(frozen=True)
class Course:
    """A plan, what it is reviewed with, and the day on which the tests stand."""

    plan: Plan
    basis: Basis
    today: date

    def held(self, visit_id: str) -> Course:
        """Return the course with everything up to a visit, and the visit itself, held as planned."""
        plan = self.plan
        for visit in sorted(plan.visits, key=lambda visit: visit.start):
            if visit.open:
                plan = recording.complete(plan, visit.id)
            if visit.id == visit_id:
                break
        return replace(self, plan=plan, today=plan.visit(visit_id).start.date())

    def missed(self, *visit_ids: str) -> Course:
        """Return the course with visits missed, on the day of the last one."""
        plan = self.plan
        for visit_id in visit_ids:
            plan = recording.miss(plan, visit_id)
        return replace(self, plan=plan, today=plan.visit(visit_ids[-1]).start.date())

    def scored(self, **values: int | str) -> Course:
        """Return the course with scores of today."""
        return replace(self, plan=recording.score(self.plan, self.today, values))

    def later(self, days: int) -> Course:
        """Return the course some days later."""
        return replace(self, today=self.today + timedelta(days=days))

    def proposals(self) -> tuple[Proposal, ...]:
        """Return what the rules propose today and nobody has answered."""
        return open_proposals(proposals(self.plan, self.basis, self.today))

    def of(self, effect: str) -> Proposal:
        """Return the only open proposal of an effect."""
        (found,) = [one for one in self.proposals() if one.effect.partition(":")[0] == effect.partition(":")[0]]
        assert effect in {found.effect, found.effect.partition(":")[0]}
        return found

    def effects(self) -> list[str]:
        """Return the effects of what is proposed."""
        return [one.effect for one in self.proposals()]

    def accepted(self, effect: str) -> Accepted:
        """Accept the only proposal of an effect."""
        return self.took(self.of(effect))

    def took(self, proposal: Proposal) -> Accepted:
        """Accept a proposal by its number."""
        return accept(self.plan, proposal.number, self.basis, self.today)

    def turned_down(self, proposal: Proposal) -> Course:
        """Decline a proposal by its number."""
        return replace(self, plan=decline(self.plan, proposal.number, self.basis, self.today))

    def declined(self, effect: str) -> Course:
        """Decline the only proposal of an effect."""
        return self.turned_down(self.of(effect))

    def revised(self, done: Accepted) -> Revision:
        """Date what was accepted, at the end of the day."""
        evening = datetime.combine(self.today, datetime.min.time(), tzinfo=zone(self.plan.timezone))
        basis = self.basis
        sources = Sources(profile=basis.profile, protocol=basis.protocol, clinic=basis.clinic, moving=basis.book.moving)
        return revise(done.plan, sources, evening + timedelta(hours=20))

    def went_on(self, effect: str) -> Course:
        """Accept a proposal, date the plan, and go on with it."""
        revision = self.revised(self.accepted(effect))
        assert revision.placed
        return replace(self, plan=revision.plan)


def course(protocol_id: str, **treatment: Any) -> Course:
    """Return a built-in protocol's course from Monday 4 January 2027, with scores from before it."""
    return _course(protocol_id, tuple(sorted(treatment.items())))


@cache
def _course(protocol_id: str, treatment: tuple[tuple[str, Any], ...]) -> Course:
    made, clinic = protocol(protocol_id), clinic_of()
    profile = Profile(
        patient=Patient(id="river"),
        treatment=Treatment(protocol=protocol_id, start=MONDAY, **dict(treatment)),
        symptoms=Symptoms(on=date(2026, 12, 28), **BASELINE),  # type: ignore[arg-type]
    )
    plan = drafted(answer_of(made, profile, clinic), made, profile, clinic)
    basis = Basis(
        profile=profile, protocol=made, clinic=clinic, measures=built_in_measures(), rules=built_in(),
        book=built_in_review(),
    )  # fmt: skip
    return Course(plan=plan, basis=basis, today=MONDAY)
