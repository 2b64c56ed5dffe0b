"""The commands that a text tells somebody to type."""

from __future__ import annotations

import re
import shlex

from kapplan.cli.app import HOMES

COMMAND = re.compile(r"(?<![\w/])kapplan ((?!\.)[a-z][a-z-]*(?: [^\n`;]+)?)")


def advice_in(text: str) -> list[list[str]]:
    """Return the commands that a text prints, as the words that a shell makes of them."""
    told = []
    for found in COMMAND.findall(text):
        words = re.split(r"(?:(?<=\S)\. |, (?=[a-z]+(?: |$))| \(|$)", found.strip().rstrip("."))[0]
        if words.split()[0] in HOMES:
            told.append(shlex.split(words))
    return told
