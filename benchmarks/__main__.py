"""Measure kapplan: ``python -m benchmarks``, or with names of tables only these."""

from __future__ import annotations

import argparse
import importlib
import platform
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[1]
TABLES = {
    "builtins": "placing",
    "loose": "placing",
    "scaling": "placing",
    "crowded": "crowding",
    "away": "crowding",
    "weekday_sets": "crowding",
    "maintained": "crowding",
    "starts": "asking",
    "no_plan": "asking",
    "changes": "living",
    "lives": "living",
    "hostile": "hostile",
    "processes": "processes",
    "batch": "batch",
    "books": "books",
    "absences": "absences",
    "publishing": "publishing",
    "together": "together",
}
"""Each table and the module that measures it."""


def main() -> int:
    """Print the tables asked for; what is not there yet is skipped, and said."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("tables", nargs="*", metavar="TABLE", help=f"any of: {', '.join(TABLES)}")
    asked: list[str] = parser.parse_args().tables or list(TABLES)
    unknown = [name for name in asked if name not in TABLES]
    if unknown:
        parser.error(f"no table {unknown[0]}: choose from {', '.join(TABLES)}")
    sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
    print(f"Python {platform.python_version()} on {platform.system()} {platform.machine()}; the shortest of some runs")
    failed = 0
    for name in asked:
        try:
            measure: Callable[[], object] = getattr(importlib.import_module(f"benchmarks.{TABLES[name]}"), name)
        except ImportError as error:
            print(f"\n{name}: skipped ({error})")
            continue
        failed += _show(name, measure)
    return 1 if failed else 0


def _show(name: str, measure: Callable[[], object]) -> bool:
    """Measure and print one table; return whether it showed a wrong answer."""
    from benchmarks.measure import Table

    try:
        table = measure()
    except AssertionError as error:
        print(f"\n{name}: WRONG: {error}")
        return True
    if isinstance(table, Table):
        table.show()
    return False


if __name__ == "__main__":
    raise SystemExit(main())
