"""The commands that a text tells somebody to type."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator

from kapplan.cli.app import HOMES

_NAMES = "|".join(HOMES)
_QUOTED = re.compile(rf"`kapplan ((?:{_NAMES})\b[^`]*)`")
_TO_THE_END = re.compile(rf"(?<![\w/`])kapplan ((?:{_NAMES})\b.*?)(?=$|  +|\n)", re.MULTILINE)
_TO_THE_LINES_END = re.compile(rf"(?<![\w/`])kapplan ((?:{_NAMES})\b[^\n]*)")
_ARGUMENT = re.compile(
    r"[A-Z]+|-{1,2}[a-z][a-z-]*|\{\}|\S*HOLE\S*|FILE\.[a-z]+|[0-9]+|-|river|feb|html|(?:book )?(?:init|copy)"
)
"""What stands in a command that a program's text has: no words of a sentence, no stop."""


def advice_in(text: str) -> list[list[str]]:
    """Return the commands that a text prints, as the words that a shell makes of what somebody copies.

    That is what stands between backquotes, else all to the end of the line, or of the column.
    """
    bare = _QUOTED.sub(lambda found: "`" * len(found[0]), text)
    return [shlex.split(words) for words in (*_QUOTED.findall(text), *_TO_THE_END.findall(bare))]


def sentences_in_commands(source: str) -> list[str]:
    """Return the commands in a module's texts behind which a sentence goes on, or ends with a stop."""
    texts = (_QUOTED.sub("", text) for text in _texts(ast.parse(source)))
    typed = (words for text in texts for words in _TO_THE_LINES_END.findall(text))
    return [words for words in typed if not all(_ARGUMENT.fullmatch(word) for word in words.split()[1:])]


def _texts(tree: ast.Module) -> Iterator[str]:
    """Yield the texts of a module but for what documents it; ``HOLE`` stands for what is filled in."""
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    passed = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            passed |= {id(part) for part in node.values}
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "HOLE" for part in node.values)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in passed:
            yield node.value
