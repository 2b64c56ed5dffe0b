"""A strict look at the bytes of a calendar file, written from RFC 5545 alone."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_LINE = re.compile(r'[A-Z0-9-]+(;[A-Z0-9-]+=("[^"\x00-\x1f]*"|[^";:,\x00-\x1f]*))*:.*', re.DOTALL)


@dataclass
class Component:
    """One BEGIN..END block: properties as (name with parameters, value) in order, and the blocks within."""

    name: str
    properties: list[tuple[str, str]] = field(default_factory=list)
    children: list[Component] = field(default_factory=list)

    def get(self, name: str) -> str:
        """Return the raw value of the only property of a name."""
        (value,) = self.all(name)
        return value

    def all(self, name: str) -> list[str]:
        """Return the raw values of all properties of a name."""
        return [value for key, value in self.properties if key.split(";")[0] == name]

    def parameters(self, name: str) -> str:
        """Return what stands between the only property of a name and its value."""
        (key,) = [key for key, _ in self.properties if key.split(";")[0] == name]
        return key.partition(";")[2]

    def blocks(self, name: str) -> list[Component]:
        """Return the direct children of a name."""
        return [child for child in self.children if child.name == name]


def physical(content: bytes) -> list[bytes]:
    """Return the lines of a file without their ends."""
    return content.split(b"\r\n")[:-1]


def faults(content: bytes) -> list[str]:
    """Return what is wrong with the bytes: line ends, lengths, encoding, control characters, the form of a line."""
    found = []
    if content.startswith(b"\xef\xbb\xbf"):
        found.append("a byte order mark")
    if not content.endswith(b"\r\n"):
        found.append("no line end at the end")
    for line in physical(content):
        if len(line) > 75:
            found.append(f"{len(line)} octets: {line!r}")
        if not line or any(octet < 0x20 or octet == 0x7F for octet in line):
            found.append(f"an empty line or a control character: {line!r}")
        try:
            line.decode()
        except UnicodeDecodeError:
            found.append(f"folded within a character: {line!r}")
        if re.search(rb"(?<!\\)(\\\\)*\\$", line):
            found.append(f"folded within an escape: {line!r}")
    found += [f"no content line: {line!r}" for line in unfolded(content) if not _LINE.fullmatch(line)]
    return found


def unfolded(content: bytes) -> list[str]:
    """Return the content lines of a file."""
    return re.sub(rb"\r\n[ \t]", b"", content).decode().split("\r\n")[:-1]


def tree(content: bytes) -> Component:
    """Return a file's calendar as nested components."""
    root = Component("")
    stack = [root]
    for line in unfolded(content):
        key, _, value = line.partition(":")
        if key == "BEGIN":
            stack.append(Component(value))
            stack[-2].children.append(stack[-1])
        elif key == "END":
            assert stack.pop().name == value
        else:
            key, value = _split(line)
            stack[-1].properties.append((key, value))
    (calendar,) = root.children
    return calendar


def events(content: bytes) -> list[Component]:
    """Return the entries of a file, in order."""
    return tree(content).blocks("VEVENT")


def entries(content: bytes) -> list[bytes]:
    """Return the entries of a file, each as its bytes."""
    return re.findall(rb"BEGIN:VEVENT.*?END:VEVENT\r\n", content, re.DOTALL)


def text(value: str) -> str:
    """Return a raw TEXT value unescaped once."""
    return re.sub(r"\\(.)", lambda match: "\n" if match[1] in "nN" else match[1], value)


def _split(line: str) -> tuple[str, str]:
    """Split a content line at the first colon outside quotes."""
    match = re.match(r'((?:[^":]|"[^"]*")*):(.*)', line, re.DOTALL)
    assert match
    return match[1], match[2]
