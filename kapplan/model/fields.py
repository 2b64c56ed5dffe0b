"""Constraints and small value types that the records' annotations carry.

The reader at the edge validates with pydantic, which finds these by their ``__get_pydantic_*__`` methods; nothing here
needs it installed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import time
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from kapplan.dataclass import dataclass

Level = Literal["label", "protocol", "clinic", "default"]
"""Where a rule comes from: the product's label, the publication, the clinic, or (``default``) no source but ours."""

Mark = Literal["C", "S", "M", "D"]
"""How well a fact is known: confirmed, secondary page only, from memory, default of ours."""
VERIFIED: Mark = "C"
"""The one mark of what is verified: a second hand, memory and our own defaults say so wherever they are shown."""

Strength = Literal["A", "B", "C", "D"]
"""How strong a source is: label or trial's primary design, large cohort, small open-label, practice."""

Measure = str
"""The key of a measure in ``library/measures.toml``."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """A number from ``ge`` through ``le``."""

    ge: float | None = None
    le: float | None = None

    def __get_pydantic_core_schema__(self, source: Any, handler: Callable[[Any], Any]) -> Any:
        """Add the bounds to the schema of the annotated number."""
        bounds = {"ge": self.ge, "le": self.le}
        return {**handler(source), **{key: value for key, value in bounds.items() if value is not None}}


@dataclass(frozen=True, slots=True)
class Pattern:
    """Text that matches a regular expression as a whole; ``example`` is shown where it does not."""

    regex: str
    example: str

    def check(self, value: Any) -> str:
        """Return the text, or raise ``ValueError`` with a sentence that shows the form expected."""
        if not isinstance(value, str):
            raise ValueError(f'must be text such as "{self.example}"')
        if not re.fullmatch(self.regex, value):
            raise ValueError(f'must look like "{self.example}"')
        return value

    def __get_pydantic_core_schema__(self, source: Any, handler: Callable[[Any], Any]) -> Any:
        """Check the text in place of pydantic's own pattern check, whose message shows the expression."""
        return {"type": "function-plain", "function": {"type": "no-info", "function": self.check}}

    def __get_pydantic_json_schema__(self, core_schema: Any, handler: Callable[[Any], Any]) -> Any:
        """Show the pattern to editors."""
        return {"type": "string", "pattern": f"^(?:{self.regex})$", "examples": [self.example]}


@dataclass(frozen=True, slots=True)
class FromText:
    """Text that ``parse`` turns into a value; ``parse`` raises ``ValueError`` with a sentence for people."""

    parse: Callable[[str], Any]
    example: str
    regex: str | None = None

    def read(self, value: Any) -> Any:
        """Return the parsed value of a text."""
        if not isinstance(value, str):
            raise ValueError(f'must be text such as "{self.example}"')
        return self.parse(value)

    def __get_pydantic_core_schema__(self, source: Any, handler: Callable[[Any], Any]) -> Any:
        """Read the text with ``parse``."""
        return {"type": "function-plain", "function": {"type": "no-info", "function": self.read}}

    def __get_pydantic_json_schema__(self, core_schema: Any, handler: Callable[[Any], Any]) -> Any:
        """Show the form of the text to editors."""
        schema: dict[str, Any] = {"type": "string", "examples": [self.example]}
        if self.regex is not None:
            schema["pattern"] = f"^{self.regex}$"
        return schema


_HOURS = r"([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)"
MINUTES_IN_HOUR = 60
MINUTES_IN_DAY = 24 * 60


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Part of a day in minutes after midnight, ``start`` included, ``end`` not."""

    start: int
    end: int

    @classmethod
    def parse(cls, text: str) -> Span:
        """Read ``"09:00-13:00"``; the end may be ``24:00``."""
        if not re.fullmatch(_HOURS, text):
            raise ValueError('hours must look like "09:00-13:00"')
        start, end = (minute_of(part) for part in text.split("-"))
        if start >= end:
            raise ValueError(f'hours must end after they begin, on the same day: "{text}" does not')
        return cls(start, end)

    def __str__(self) -> str:
        """Return the span as a person writes it."""
        return f"{clock(self.start)}-{clock(self.end)}"


def minute_of(text: str) -> int:
    """Return the minutes after midnight of a ``HH:MM`` text."""
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


def clock(minute: int) -> str:
    """Return minutes after midnight as ``HH:MM``."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        raise ValueError(f'unknown time zone "{text}"; use an IANA name such as "America/Denver"') from None
    return text


def _preferred_time(text: str) -> str:
    if text in {"morning", "afternoon"}:
        return text
    try:
        time.fromisoformat(text)
    except ValueError:
        raise ValueError('must be "morning", "afternoon" or a time such as "09:30"') from None
    if not re.fullmatch(r"\d\d:\d\d", text):
        raise ValueError('must be "morning", "afternoon" or a time such as "09:30"')
    return text


Hours = Annotated[Span, FromText(Span.parse, "09:00-13:00", _HOURS)]
ZoneName = Annotated[str, FromText(_zone, "America/Denver")]
Id = Annotated[str, Pattern(r"[A-Za-z0-9][A-Za-z0-9._-]*", "river-0412")]
Email = Annotated[str, Pattern(r"[^\s@<>()\[\],;:\"\\]+@[^\s@<>()\[\],;:\"\\]+", "river@mail.example")]
Language = Annotated[str, Pattern(r"[a-z]{2,3}(-[A-Z]{2})?", "es")]
AlarmBefore = Annotated[str, Pattern(r"[1-9][0-9]{0,2}[dhm]", "1d")]
PreferredTime = Annotated[str, FromText(_preferred_time, "morning")]
Whole = Annotated[int, Bounds(ge=0)]
Positive = Annotated[int, Bounds(ge=1)]
