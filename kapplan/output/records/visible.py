"""The one filter for all that people see: what would steer a terminal or turn the order of letters is shown, not sent.

Names, notes, file names, servers' answers and lines of files come from others. A control character in them could clear
the screen, move the cursor into a line above, or ask the terminal for an answer that lands in the shell; a mark of
direction could make a text read otherwise than it is. Each is shown as the escape that a programmer would write for it.
Joiners stay, which Persian, Indian scripts and many emoji need.
"""

from __future__ import annotations

import re

_STEERING = (
    r"\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 without tab and line feed, DEL, C1
    r"\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"  # unseen, or turns the order
    r"\ud800-\udfff\U000e0000-\U000e0fff"  # halves of pairs, tags
)
_ACTS = re.compile(f"[{_STEERING}]")
_BYTE, _SHORT = 0xFF, 0xFFFF


def visible(text: str) -> str:
    r"""Return a text with an escape (``\x1b``, ``\u202e``) in the place of each character that would act.

    Tabs and line feeds stay as they are.
    """
    return _ACTS.sub(_escape, text)


def visible_json(text: str) -> str:
    r"""Return a JSON document with ``\u`` escapes in the place of such characters: it means the same."""
    return _ACTS.sub(_json_escape, text)


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    if code <= _BYTE:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= _SHORT else f"\\U{code:08x}"


def _json_escape(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[n]:02x}{units[n + 1]:02x}" for n in range(0, len(units), 2))
