"""What was learned of a patient in mid-course, as people type it: checked by the words that profiles know."""

from __future__ import annotations

import re
from datetime import date
from difflib import get_close_matches
from typing import Literal, get_args

from kapplan.errors import UsageError
from kapplan.model.decisions import Noted
from kapplan.model.profile import Condition

_AMOUNT = re.compile(r"(?P<name>.*?\S)\s+(?P<mg>\d+(?:\.\d+)?)\s*(?:mg)?")
_ANSWERS = {"pregnancy": ("no", "possible", "yes", "not-applicable"), "breastfeeding": ("yes", "no")}


def noted(
    about: Literal["condition", "medication", "pregnancy", "breastfeeding"],
    text: str,
    *,
    on: date,
    since: date | None = None,
    ended: bool = False,
) -> Noted:
    """Return a note of a day; a medication may name its daily milligrams behind it (``lithium 600``).

    Raises ``UsageError`` for a word that no profile knows.
    """
    if about == "medication":
        amount = _AMOUNT.fullmatch(text.strip())
        name, daily = (text.strip(), None) if amount is None else (amount["name"], float(amount["mg"]))
        return Noted(on=on, about=about, value=name, daily_mg=daily, since=since, ended=ended)
    known = get_args(Condition) if about == "condition" else _ANSWERS[about]
    if text not in known:
        near = get_close_matches(text, known, n=1)
        hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
        raise UsageError(f'"{text}" is no {about} that screening knows', hint=hint)
    return Noted(on=on, about=about, value=text, ended=ended)
