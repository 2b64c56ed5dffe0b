"""The reference pages, made from what they describe: run as a program, this writes them anew.

docs/keys.md has every key of profiles and clinics from their JSON Schemas, docs/commands.md every command from its
help.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]

import typer.main

from kapplan.cli.app import GROUPS, app_for
from kapplan.files.checks.json_schema import schema as json_schema

DOCS = Path(__file__).parents[2] / "docs"
_MADE = "This page is made by `python tests/support/reference_pages.py`; a test holds it to what it describes.\n"
_DAY = r"^\d{4}-\d{2}-\d{2}$"


def pages() -> dict[Path, str]:
    """Return the text of each reference page."""
    return {DOCS / "keys.md": keys_page(), DOCS / "commands.md": commands_page()}


# Keys of files


def keys_page() -> str:
    """Return the page of all keys of a profile and a clinic."""
    lines = ["# Keys of the files", "", _MADE]
    for schema, title in ((json_schema("profile"), "A patient's profile"), (json_schema("clinic"), "A clinic's file")):
        lines += [f"## {title}", "", schema["description"], ""]
        lines += _tables(schema, schema["$defs"])
    return "\n".join(lines).rstrip() + "\n"


def _tables(schema: Mapping[str, Any], known: Mapping[str, Any]) -> Iterator[str]:
    """Yield the tables that a schema's keys lead to, each once, in the order in which the file has them."""
    waiting = [(name, value) for name, value in schema["properties"].items()]
    shown: set[str] = set()
    while waiting:
        name, value = waiting.pop(0)
        many, found = _record(value)
        if found is None or found in shown:
            continue
        shown.add(found)
        record = known[found]
        yield f"### `[[{name}]]`" if many else f"### `[{name}]`"
        yield ""
        yield record.get("description", "").replace("``", "`")
        yield ""
        yield "| key | what it is | without it |"
        yield "|---|---|---|"
        needed = record.get("required", ())
        for key, one in record["properties"].items():
            usual = "must be there" if key in needed else f"`{one['default']}`" if "default" in one else ""
            yield f"| `{key}` | {_words(one)} | {usual} |"
            waiting.append((f"{name}.{key}", one))
        yield ""


def _record(value: Mapping[str, Any]) -> tuple[bool, str | None]:
    """Return whether a value is a list, and the name of the record that it holds."""
    if "items" in value:
        return True, _record(value["items"])[1]
    for one in value.get("anyOf", ()):
        if _record(one)[1] is not None:
            return _record(one)
    reference = value.get("$ref")
    return False, None if reference is None else reference.rpartition("/")[2]


def _words(value: Mapping[str, Any]) -> str:  # noqa: PLR0911  # a line for each sort of value
    """Return what a value must be, in words."""
    if "anyOf" in value:
        return ", or ".join(dict.fromkeys(_words(one) for one in value["anyOf"]))
    if "enum" in value:
        return "one of " + ", ".join(f"`{one}`" for one in value["enum"])
    if "$ref" in value:
        return "a table, see below"
    if "const" in value:
        return f"`{value['const']}`"
    kind = value.get("type")
    if kind == "array":
        return f"a list: {_words(value['items'])}"
    if kind == "object":
        return (
            "a table of weekdays: " + _words(value["additionalProperties"]) if "propertyNames" in value else "a table"
        )
    if kind in {"integer", "number"}:
        return _number(value, "a whole number" if kind == "integer" else "a number")
    if kind == "boolean":
        return "`true` or `false`"
    if value.get("pattern", "").startswith(r"^\d{4}"):
        return "a day" if value["pattern"] == _DAY else "a day and time"
    examples = value.get("examples")
    return f"text such as `{examples[0]}`" if examples else "text"


def _number(value: Mapping[str, Any], words: str) -> str:
    least, most = value.get("minimum"), value.get("maximum")
    if least is not None and most is not None:
        return f"{words} from {least} to {most}"
    return words if least is None else f"{words} from {least} on"


# Commands


def commands_page() -> str:
    """Return the page of all commands, by what they are for."""
    program: Any = typer.main.get_command(app_for(["--help"]))
    lines = ["# Commands", "", _MADE]
    for group, commands in GROUPS.items():
        lines += [f"## {group}", ""]
        for name in commands:
            lines += _command(name, program.commands[name])
    return "\n".join(lines).rstrip() + "\n"


def _command(name: str, command: Any) -> Iterator[str]:
    arguments = [one for one in command.params if one.param_type_name == "argument"]
    options = [one for one in command.params if one.param_type_name == "option"]
    shared = [one for one in options if (one.rich_help_panel or "").startswith("Options of every")]
    yield f"### `kapplan {name}`"
    yield ""
    yield from ("" if not line.strip() else line.strip() for line in (command.help or "").splitlines())
    yield ""
    for one in arguments:
        yield f"- `{one.metavar or one.name.upper()}`: {one.help or ''}"
    for one in options:
        if one not in shared:
            yield f"- `{', '.join(one.opts)}{f' {one.metavar}' if one.metavar else ''}`: {one.help or ''}"
    if any(one.rich_help_panel == "Options of every change" for one in shared):
        yield "- and the options of every change (`kapplan move --help` shows them)"
    yield ""


if __name__ == "__main__":
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
