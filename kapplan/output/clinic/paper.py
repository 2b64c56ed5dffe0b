"""How small the letters of a board must be so that it is one sheet of paper: a guess on the safe side.

Lengths are in points on the smaller of the two usual sheets, turned on its side, within margins of a centimetre.
"""

from __future__ import annotations

from math import ceil

from kapplan.planning.clinic.board import Board, BoardRow, BoardVisit

WIDTH, HEIGHT = 730.0, 530.0
"""What margins leave of a sheet of 279 by 210 mm."""
_SIZES = (8.0, 7.5, 7.0, 6.5, 6.0, 5.5, 5.0, 4.5)
_NAMES = 9.5
"""Letters' sizes that the column of names is wide."""
_LETTER, _LINE, _ROOM = 0.56, 1.3, 6.0
"""The width of a letter and the height of a line in sizes of the letter, and the points that a cell keeps free."""
_HEAD = 5
"""Lines above the table."""
_LONGEST_MARK = 24
"""Letters of a time and of the words that mark a visit, beside its patient and its name."""


def print_size(board: Board, rows: int, columns: int) -> float:
    """Return the largest size of letters, in points, with which a board of so many rows and columns fits a page."""
    return next((size for size in _SIZES if _height(board, size, rows, columns) <= HEIGHT), _SIZES[-1])


def _height(board: Board, size: float, rows: int, columns: int) -> float:
    """Return how high a board is: each row as its fullest cell, each visit as many lines as its words need."""
    column = (WIDTH - _NAMES * size) / columns
    by_resource: dict[str, list[BoardRow]] = {}
    for row in board.rows:
        by_resource.setdefault(row.resource, []).append(row)
    one_day = board.first == board.last
    total = _HEAD * _LINE * size + rows * _ROOM
    for own in by_resource.values():
        cells = [[_lines(one, size, column, whole=not one_day) for one in row.visits] for row in own]
        fullest = max((sum(cell) if not one_day else max(cell, default=1) for cell in cells), default=1)
        visits = max((len(cell) for cell in cells), default=0) if not one_day else 1
        total += max(fullest, 1) * _LINE * size + visits * _ROOM / 2
    return total


def _lines(visit: BoardVisit, size: float, column: float, *, whole: bool) -> int:
    """Return how many lines the words of a visit need in its cell: of a day as wide as the visit is long."""
    minutes = (visit.ends - visit.begins).total_seconds() / 60
    width = (column if whole else column * max(minutes / 15, 1)) - _ROOM
    letters = len(visit.patient) + len(visit.visit) + _LONGEST_MARK
    return ceil(letters * _LETTER * size / max(width, size)) + 1
