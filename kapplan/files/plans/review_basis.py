"""What a plan is reviewed with: its own snapshot, and the data that ship with the package."""

from __future__ import annotations

from kapplan.files.library.rules import built_in, built_in_measures, built_in_review
from kapplan.files.plans.snapshots import inputs_of
from kapplan.model.plan import Plan
from kapplan.model.review import Basis
from kapplan.model.rules import Rulebook


def basis_of(plan: Plan, rules: Rulebook | None = None) -> Basis:
    """Return what a plan is reviewed with, by the package's rules where none are given.

    Raises ``InvalidFileError`` where the plan's snapshot was damaged.
    """
    inputs = inputs_of(plan)
    return Basis(
        profile=inputs.profile,
        protocol=inputs.protocol,
        clinic=inputs.clinic,
        measures=built_in_measures(),
        rules=rules or built_in(),
        book=built_in_review(),
    )
