"""The tables of docs/protocols.md, made from the data: run as a program, this writes them into the page."""

from __future__ import annotations

import re
import sys
from collections import Counter
from pathlib import Path

if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]

from support.library_data import IDS, course, measures, protocol

from kapplan.model.measures import Scale
from kapplan.model.regimen import Regimen

PAGE = Path(__file__).parents[2] / "docs" / "protocols.md"

_BLOCK = re.compile(r"(<!-- (protocols|measures): [^\n]*-->\n).*?(<!-- end -->)", re.DOTALL)


def filled(page: str) -> str:
    """Return the page with its tables as the data have them."""
    tables = {"protocols": protocols_table, "measures": measures_table}
    return _BLOCK.sub(lambda found: f"{found[1]}\n{tables[found[2]]()}\n\n{found[3]}", page)


def protocols_table() -> str:
    """Return the table of the built-in protocols."""
    rows = [["id", "for", "route", "doses", "days between doses", "other visits", "weeks", "evidence", "marks"]]
    return _table(rows + [_protocol_row(protocol_id) for protocol_id in IDS])


def measures_table() -> str:
    """Return the table of the measures."""
    rows = [["key", "measure", "values", "recall", "response", "remission", "meaningful change"]]
    return _table(rows + [_measure_row(key, scale) for key, scale in measures().measures.items()])


def _protocol_row(protocol_id: str) -> list[str]:
    read, regimen = protocol(protocol_id), course(protocol_id)
    return [
        f"`{protocol_id}`",
        ", ".join(read.indications),
        read.route or ", ".join(read.routes),
        _doses(regimen),
        _gap(regimen),
        _others(regimen),
        str(_weeks(regimen)),
        read.strength or "-",
        " ".join(sorted({source.mark for source in read.sources.values()}, key="CSMD".index)),
    ]


def _doses(regimen: Regimen) -> str:
    by_phase = Counter(visit.phase for visit in regimen.visits if visit.kind == "dosing")
    return " + ".join(str(count) for count in by_phase.values())


def _gap(regimen: Regimen) -> str:
    doses = {visit.id for visit in regimen.visits if visit.kind == "dosing"}
    rule = next((r for r in regimen.timing if {r.visit, r.after} <= doses and r.rule.endswith(".gap")), None)
    if rule is None or rule.target is None:
        return "-"
    low, high = rule.target
    return f"{rule.min}, ideally {low if low == high else f'{low} to {high}'}"


def _others(regimen: Regimen) -> str:
    counts = Counter(visit.kind for visit in regimen.visits if visit.kind != "dosing")
    return ", ".join(f"{count} {kind}" for kind, count in counts.items()) or "-"


def _weeks(regimen: Regimen) -> int:
    return max(visit.nominal for visit in regimen.visits if visit.tier == "course") // 7 + 1


def _measure_row(key: str, scale: Scale) -> list[str]:
    values = {"score": f"{scale.min} to {scale.max}", "answer": ", ".join(scale.answers), "pair": scale.unit or ""}
    return [
        f"`{key}`",
        scale.title,
        values[scale.form],
        f"{scale.recall_days} days" if scale.recall_days else "-",
        ", ".join(f"{response.fraction:.0%}" for response in scale.response) or "-",
        ", ".join(f"{remission.at_most} or less" for remission in scale.remission) or "-",
        ", ".join(str(change.points) for change in scale.change if change.what == "meaningful") or "-",
    ]


def _table(rows: list[list[str]]) -> str:
    head, *body = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([head, f"|{'---|' * len(rows[0])}", *body])


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")
