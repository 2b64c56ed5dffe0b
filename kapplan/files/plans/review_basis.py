"""What a plan is reviewed with: its own snapshot, and the data that ship with the package."""

from __future__ import annotations

import tomllib
from functools import cache

from kapplan.files.library.package_data import LIBRARY
from kapplan.files.library.rules import built_in, built_in_measures
from kapplan.files.library.trusted import trusted
from kapplan.files.plans.snapshots import inputs_of
from kapplan.model.plan import Plan
from kapplan.model.review import Basis, ReviewBook
from kapplan.model.rules import Rulebook


@cache
def built_in_review() -> ReviewBook:
    """Return the package's data for reviews, reports and countdowns."""
    return trusted(ReviewBook, tomllib.loads((LIBRARY / "review.toml").read_text(encoding="utf-8")))


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
