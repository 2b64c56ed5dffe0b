"""The board as a page for the wall: one sheet of paper for a day or a week, readable aloud, and needing nothing else.

A day is a table of rooms and people across the hours, a week one of rooms and people by days. What a colour says a word
says too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from html import escape

from kapplan.dates import days_between
from kapplan.model.terms import KINDS
from kapplan.output.clinic.paper import print_size
from kapplan.output.records.words import clean, count, dates_words
from kapplan.planning.clinic.board import Board, BoardRow, BoardVisit
from kapplan.planning.phrases.words import day_words, short_day_words, visit_words

_QUARTER = 15
_QUARTERS = 4
"""A column stands for a quarter of an hour."""
_DAY_BEGINS, _DAY_ENDS = 9, 17
"""The hours that are shown where nobody is there and nobody comes."""
_SHADES = {
    "S": "#dbe9fb", "P": "#dcf3dd", "D": "#f3d9f5", "I": "#d5f1f3", "T": "#d5f1f3", "R": "#fbf0c4", "C": "#dbe9fb",
    "B": "#f3d9f5",
}  # fmt: skip
"""A light ground for each kind of visit, on which black is read well."""
_STYLE = """
@page { size: landscape; margin: 10mm }
* { box-sizing: border-box }
body { font: 10pt/1.25 system-ui, sans-serif; color: #000; background: #fff; margin: 1rem }
h1 { font-size: 14pt; margin: 0 0 .3rem }
p { margin: 0 0 .6rem }
table { border-collapse: collapse; width: 100%; table-layout: fixed; margin-bottom: 1rem }
caption { text-align: left; font-weight: bold; padding-bottom: .3rem }
th, td { border: 1px solid #767676; padding: .15rem .25rem; vertical-align: top; overflow-wrap: anywhere }
thead th { font-weight: normal; text-align: left }
tbody th { text-align: left }
.names { width: 9em }
.free { background: #fff }
.shut { background: #e4e4e4 }
.clash { outline: 2px solid #b00000; outline-offset: -2px }
.mark { font-weight: bold; color: #8a0000 }
ul { list-style: none; margin: 0; padding: 0 }
li { padding: .1rem .2rem; margin-bottom: .15rem }
td.free, td.shut { padding: 0 }
@media print {
  body { margin: 0 }
  tr { break-inside: avoid }
  * { -webkit-print-color-adjust: exact; print-color-adjust: exact }
}
"""

_PRINTED = "@media print { body { font-size: %gpt } h1 { font-size: %gpt } }"


def board_page(board: Board, clinic: str) -> str:
    """Return the board of a clinic as an HTML page: of one day hour by hour, of several a column for each day."""
    title = f"{clinic}: {dates_words(board.first, board.last)}" if clinic else dates_words(board.first, board.last)
    one_day = board.first == board.last
    body = _day(board) if one_day else _days(board)
    lanes = sum(len(_lanes(row.visits)) for row in board.rows) if one_day else len({row.resource for row in board.rows})
    first, last = _hours(board.rows)
    size = print_size(board, lanes, (last - first) * _QUARTERS if one_day else (board.last - board.first).days + 1)
    return "\n".join([
        "<!DOCTYPE html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{_text(title)}</title>",
        f"<style>{_STYLE}{_PRINTED % (size, size + 4)}</style>",
        "</head>",
        "<body>",
        "<main>",
        f"<h1>{_text(title)}</h1>",
        f"<p>{_text(_summary(board))}</p>",
        *body,
        "</main>",
        "</body>",
        "</html>",
        "",
    ])


def _text(words: str) -> str:
    return escape(clean(words))


def _summary(board: Board) -> str:
    seen = {(one.plan, one.visit): one for row in board.rows for one in row.visits}
    clashes = {(one.plan, one.visit) for row in board.rows for one in row.visits if one.clash}
    late = sum(one.unrecorded for one in seen.values())
    told = [count(len(seen), "visit") if seen else "Nobody comes"]
    told += [count(len(clashes), "clash", "clashes")] if clashes else []
    told += [f"{late} not recorded"] if late else []
    return f"{', '.join(told)}. All times are those of {board.timezone}."


# -- a day ----------------------------------------------------------------------------------------------------------


def _day(board: Board) -> Iterator[str]:
    first, last = _hours(board.rows)
    yield "<table>"
    yield f"<caption>{_text(day_words(board.first))}, hour by hour</caption>"
    yield f'<colgroup><col class="names"><col span="{(last - first) * _QUARTERS}"></colgroup>'
    hours = "".join(f'<th scope="col" colspan="{_QUARTERS}">{hour}:00</th>' for hour in range(first, last))
    yield f'<thead><tr><th scope="col">Room or person</th>{hours}</tr></thead>'
    yield "<tbody>"
    for row in board.rows:
        yield from _day_row(row, first * 60, last * 60)
    yield "</tbody>"
    yield "</table>"


def _hours(rows: Iterable[BoardRow]) -> tuple[int, int]:
    """Return the whole hours that hold all that is on the board."""
    spans = [span for row in rows for span in row.there]
    spans += [_span(one) for row in rows for one in row.visits]
    first = min((begin for begin, _ in spans), default=_DAY_BEGINS * 60)
    last = max((end for _, end in spans), default=_DAY_ENDS * 60)
    return first // 60, -(-last // 60)


def _span(visit: BoardVisit) -> tuple[int, int]:
    begin = visit.begins.hour * 60 + visit.begins.minute
    return begin, begin + (visit.ends - visit.begins) // timedelta(minutes=1)


def _day_row(row: BoardRow, first: int, last: int) -> Iterator[str]:
    """Yield the lines of a room or a person: one, or as many as there are visits at one time."""
    lanes = _lanes(row.visits)
    span = f' rowspan="{len(lanes)}"' if len(lanes) > 1 else ""
    for number, lane in enumerate(lanes):
        head = f'<th scope="row"{span}>{_text(row.name)}</th>' if number == 0 else ""
        yield f"<tr>{head}{''.join(_lane(row, lane, first, last))}</tr>"


def _lanes(visits: Sequence[BoardVisit]) -> list[list[BoardVisit]]:
    """Return visits in lines in which none overlap, at least one."""
    lanes: list[list[BoardVisit]] = [[]]
    for one in visits:
        lane = next((lane for lane in lanes if not lane or _cells(lane[-1])[1] <= _cells(one)[0]), None)
        if lane is None:
            lanes.append([one])
        else:
            lane.append(one)
    return lanes


def _cells(visit: BoardVisit) -> tuple[int, int]:
    """Return the quarters of the day that a visit touches."""
    begin, end = _span(visit)
    return begin // _QUARTER, max(-(-end // _QUARTER), begin // _QUARTER + 1)


def _lane(row: BoardRow, visits: Sequence[BoardVisit], first: int, last: int) -> Iterator[str]:
    at = first // _QUARTER
    for one in visits:
        begin, end = _cells(one)
        yield from _gap(row, at, begin)
        style = f' style="background:{_shade(one)}"'
        mark = ' class="clash"' if one.clash else ""
        yield f'<td colspan="{end - begin}"{mark}{style}>{_visit(one)}</td>'
        at = end
    yield from _gap(row, at, last // _QUARTER)


def _gap(row: BoardRow, begin: int, end: int) -> Iterator[str]:
    """Yield the cells between visits: white where somebody could come, grey where nobody is there."""
    while begin < end:
        is_there = _is_there(row, begin)
        after = begin + 1
        while after < end and _is_there(row, after) == is_there:
            after += 1
        yield f'<td colspan="{after - begin}" class="{"free" if is_there else "shut"}"></td>'
        begin = after


def _is_there(row: BoardRow, quarter: int) -> bool:
    return any(begin <= quarter * _QUARTER < end for begin, end in row.there)


def _shade(visit: BoardVisit) -> str:
    return _SHADES.get(KINDS[visit.kind].letter, "#eeeeee")


def _visit(visit: BoardVisit) -> str:
    times = f"{visit.begins:%H:%M}\N{EN DASH}{visit.ends:%H:%M}"
    marks = [
        *(["clash"] if visit.clash else []),
        *(["not recorded"] if visit.unrecorded else []),
        *(["provisional"] if visit.provisional and visit.status != "completed" else []),
        *(["held"] if visit.status == "completed" else []),
    ]
    told = f"{times} <strong>{_text(visit.patient)}</strong> {_text(visit_words(visit.visit))}"
    return told + (f' <span class="mark">{_text(", ".join(marks))}</span>' if marks else "")


# -- several days ---------------------------------------------------------------------------------------------------


def _days(board: Board) -> Iterator[str]:
    days = days_between(board.first, board.last)
    rows = {(row.day, row.resource): row for row in board.rows}
    names = {row.resource: row.name for row in board.rows}
    yield "<table>"
    yield f"<caption>{_text(dates_words(board.first, board.last))}, day by day</caption>"
    heads = "".join(f'<th scope="col">{_text(short_day_words(day))}</th>' for day in days)
    yield f'<thead><tr><th scope="col" class="names">Room or person</th>{heads}</tr></thead>'
    yield "<tbody>"
    for resource, name in names.items():
        cells = "".join(_day_cell(rows.get((day, resource))) for day in days)
        yield f'<tr><th scope="row">{_text(name)}</th>{cells}</tr>'
    yield "</tbody>"
    yield "</table>"


def _day_cell(row: BoardRow | None) -> str:
    if row is None or not row.visits:
        return f'<td class="{"free" if row is not None and row.there else "shut"}"></td>'
    items = "".join(f'<li style="background:{_shade(one)}"{_clash(one)}>{_visit(one)}</li>' for one in row.visits)
    return f"<td><ul>{items}</ul></td>"


def _clash(visit: BoardVisit) -> str:
    return ' class="clash"' if visit.clash else ""
