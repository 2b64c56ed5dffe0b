"""What is worked out of a record once is that record's alone, and memory stays bounded."""

from __future__ import annotations

from kapplan.model.rules import Test as Asked
from kapplan.planning.rules.kept import MOST, kept


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


def test_no_record_is_taken_for_one_that_is_gone() -> None:
    """However many records come and go, in whatever places of memory, each has its own answer, and few are held."""

    @kept
    def asked(record: Asked) -> float | None:
        return record.at_least

    for number in range(3 * MOST):
        assert asked(Asked(field="age", at_least=number)) == number
    held = getattr(asked, "__closure__", None) or ()
    assert max(len(cell.cell_contents) for cell in held if isinstance(cell.cell_contents, dict)) <= MOST
