"""Carrying all plans of one book into another, without loss."""

from __future__ import annotations

from kapplan.dataclass import dataclass
from kapplan.files.book.book import Book, Damaged
from kapplan.model.bookings import Overlap


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """What was carried: the names of plans, the overlaps that came along, and the plans that cannot be read."""

    names: tuple[str, ...]
    overlaps: tuple[Overlap, ...] = ()
    damaged: tuple[Damaged, ...] = ()


def carry(source: Book, target: Book) -> Carried:
    """Carry every plan of a book into another as it is, byte for byte, with the revisions that both keep.

    What overlapped before does so afterwards. Raises ``UsageError`` where the other has a plan of a name already;
    plans that cannot be read stay where they are.
    """
    names: list[str] = []
    overlaps: list[Overlap] = []
    damaged: list[Damaged] = []
    for entry in source.entries():
        if isinstance(entry, Damaged):
            damaged.append(entry)
            continue
        overlaps += target.take_over(entry.name, source.text(entry.name), source.revisions(entry.name))
        names.append(entry.name)
    return Carried(names=tuple(names), overlaps=tuple(overlaps), damaged=tuple(damaged))
