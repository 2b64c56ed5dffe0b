"""Commented files to begin with: values take the place of the examples, and every other key stays as a comment."""

from __future__ import annotations

import re
from collections.abc import Mapping

Values = dict[tuple[str, str], str]
"""TOML values by table and key; blocks that stand at the end of the file have the key ``""``."""

_TABLE = re.compile(r"(?:# )?\[\[?([\w.]+)\]\]?")
_LINE = re.compile(r"(?:# )?(?P<key>\w+) = (?P<value>.*?)(?P<comment>\s+#.*)?")


def filled(name: str, values: Mapping[tuple[str, str], str]) -> str:
    """Return a template with values in place of its examples; a key whose value is empty goes.

    ``name`` is that of a file below ``library/templates``. A key that the template does not show stands below the
    heading of its table.
    """
    from kapplan.files.library.package_data import LIBRARY

    text = (LIBRARY / "templates" / f"{name}.toml").read_text(encoding="utf-8")
    left, table, lines = dict(values), "", []
    for line in text.splitlines():
        if (heading := _TABLE.match(line)) is not None:
            table = heading[1]
            lines.append(line)
            lines += [
                f"{key} = {value}"
                for (where, key), value in values.items()
                if where == table and value and _unshown(text, key)
            ]
            continue
        found = _LINE.fullmatch(line)
        if found is None or (table, found["key"]) not in values:
            lines.append(line)
            continue
        value = left.pop((table, found["key"]), None)
        if value:
            lines.append(f"{found['key']} = {value}{found['comment'] or ''}")
    return "\n".join([*lines, *(f"\n{block}" for (_, key), block in values.items() if not key)]) + "\n"


def _unshown(text: str, key: str) -> bool:
    return bool(key) and re.search(rf"(?m)^(?:# )?{re.escape(key)} = ", text) is None
