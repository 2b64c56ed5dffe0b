"""Carrying all plans of one book into another, without loss."""

from __future__ import annotations

from pathlib import Path

from kapplan.dataclass import dataclass
from kapplan.files.book.book import Book, Damaged
from kapplan.model.bookings import Overlap
from kapplan.model.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """What was carried: the names of plans, the overlaps that came along, and the plans that cannot be read.

    The files from which ``astray`` plans were made are found from the one book, but not from the other.
    """

    names: tuple[str, ...]
    overlaps: tuple[Overlap, ...] = ()
    damaged: tuple[Damaged, ...] = ()
    astray: tuple[str, ...] = ()


def carry(source: Book, target: Book) -> Carried:
    """Carry every plan of a book into another as it is, byte for byte, with the revisions that both keep.

    What overlapped before does so afterwards, and the absences that the one knows the other knows. Raises
    ``UsageError`` where the other has a plan of a name already; plans that cannot be read stay where they are.
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
    if known := source.absences():
        target.replace_all((), learned=known)
    astray = tuple(name for name in names if _is_astray(target.load(name).plan, source.folder, target.folder))
    return Carried(names=tuple(names), overlaps=tuple(overlaps), damaged=tuple(damaged), astray=astray)


def _is_astray(plan: Plan, before: Path, now: Path) -> bool:
    """Return whether a file that a plan was made from is found from a folder, but not from another."""
    named = [one for one in (plan.inputs.profile, plan.inputs.clinic) if one is not None]
    return any((before / one).is_file() and not (now / one).is_file() for one in named)
