"""What is worked out of a record once is that record's alone, and memory stays bounded."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kapplan.model.rules import Rulebook
from kapplan.model.rules import Test as Asked
from kapplan.planning.rules import drug_names
from kapplan.planning.rules.kept import FEW, MOST, kept, kept_of_few


def test_each_record_is_worked_on_once() -> None:
    """Equal records are two, and what was worked out of one is not asked for again."""
    done: list[Asked] = []

    @kept
    def asked(record: Asked) -> int:
        done.append(record)
        return len(done)

    one, other = Asked(field="age"), Asked(field="age")
    assert [asked(one), asked(other), asked(one), asked(other)] == [1, 2, 1, 2]
    assert (done[0] is one, done[1] is other, len(done)) == (True, True, 2)


def _held(found: Callable[..., object]) -> int:
    """Return how many records a function holds."""
    cells = getattr(found, "__closure__", None) or ()
    return max(len(cell.cell_contents) for cell in cells if isinstance(cell.cell_contents, dict))


@pytest.mark.parametrize(("keep", "most"), [(kept, MOST), (kept_of_few, FEW)])
def test_no_record_is_taken_for_one_that_is_gone(
    keep: Callable[[Callable[[Asked], float | None]], Callable[[Asked], float | None]], most: int
) -> None:
    """However many records come and go, in whatever places of memory, each has its own answer, and few are held."""

    @keep
    def asked(record: Asked) -> float | None:
        return record.at_least

    for number in range(3 * most):
        assert asked(Asked(field="age", at_least=number)) == number
    assert 0 < _held(asked) <= most


def test_few_books_of_rules_are_held() -> None:
    """A clinic's own rules may be read anew for each patient of a batch: those read long ago are let go."""
    for _ in range(2 * FEW + 1):
        drug_names.classes_of("sertraline", Rulebook())
    assert 0 < _held(vars(drug_names)["_classes"]) <= FEW
