"""Dates and times as a patient's country writes them, in the words of their language."""

from __future__ import annotations

from datetime import date, datetime

from kapplan.dataclass import dataclass
from kapplan.model.exports import ENGLISH, Catalogue

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
DAY, FULL_DAY = "{weekday} {day} {month}", "{weekday} {day} {month} {year}"
SHORTEST_DAY = "{day} {month}"
"""The order of a date, translated with the rest; English has another one where months come first."""

SHORT = "short"
"""The context of names in three letters, and of dates made of them."""

_MONTH_FIRST = frozenset({"US", "CA", "PH", "PR", "GU", "VI"})
_MONTH_FIRST_ORDER = {
    DAY: "{weekday}, {month} {day}", FULL_DAY: "{weekday}, {month} {day}, {year}", SHORTEST_DAY: "{month} {day}",
}  # fmt: skip
_TWELVE_HOURS = frozenset({
    "US", "CA", "AU", "NZ", "PH", "PR", "GU", "VI", "AS", "MP", "IN", "PK", "BD", "SG", "HK", "MY", "JM", "TT", "BS",
    "BB", "AG", "GD", "LC", "VC", "KN", "DM", "GY", "FJ", "MX", "CO", "CR", "CU", "DO", "EC", "GT", "HN", "NI", "PA",
    "PE", "SV", "VE", "BO", "EG", "SA", "AE", "JO", "KW", "QA", "KR", "TW", "GR",
})  # fmt: skip
"""Countries whose clocks have twelve hours (their short times in CLDR); elsewhere they have 24."""

_LETTER_PAPER = frozenset({
    "BZ", "CA", "CL", "CO", "CR", "GT", "MX", "NI", "PA", "PH", "PR", "SV", "US", "VE",
})  # fmt: skip
"""Countries that print on Letter (CLDR's paper sizes); the others print on A4."""

_JOINED = "\N{NO-BREAK SPACE}"


def paper_of(country: str | None) -> str:
    """Return the paper of a country by its name in CSS."""
    return "letter" if country in _LETTER_PAPER else "A4"


@dataclass(frozen=True, slots=True)
class WrittenDates:
    """Writes days and times by the habits of a catalogue's language and country."""

    catalogue: Catalogue

    @property
    def twelve_hours(self) -> bool:
        """Whether the country's clock has twelve hours."""
        return self.catalogue.country in _TWELVE_HOURS

    def month(self, day: date) -> str:
        """Return ``January``."""
        return self.catalogue.say(MONTHS[day.month - 1])

    def short_month(self, day: date) -> str:
        """Return ``Jan``."""
        return self.catalogue.say(MONTHS[day.month - 1][:3], SHORT)

    def day(self, day: date) -> str:
        """Return ``Thursday 21 January``, or ``Thursday, January 21``."""
        return self._written(DAY, day)

    def full_day(self, day: date) -> str:
        """Return ``Thursday 21 January 2027``."""
        return self._written(FULL_DAY, day)

    def short_day(self, day: date) -> str:
        """Return ``Thu 21 Jan 2027``."""
        return self._written(FULL_DAY, day, short=True)

    def shortest_day(self, day: date) -> str:
        """Return ``21 Jan``."""
        return self._written(SHORTEST_DAY, day, short=True)

    def near_day(self, day: date) -> str:
        """Return ``Thu 21 Jan``."""
        return self._written(DAY, day, short=True)

    def clock(self, moment: datetime, *, twelve: bool | None = None) -> str:
        """Return ``8:30 am``, ``12 noon``, ``midnight``, or ``08:30``."""
        say = self.catalogue.say
        if not (self.twelve_hours if twelve is None else twelve):
            return f"{moment:%H:%M}"
        if moment.minute == 0 and moment.hour in {0, 12}:
            return say("12 noon").replace(" ", _JOINED) if moment.hour else say("midnight")
        half = say("am") if moment.hour < 12 else say("pm")  # noqa: PLR2004  # the hours of half a day
        return f"{(moment.hour + 11) % 12 + 1}:{moment.minute:02}{_JOINED}{half.replace(' ', _JOINED)}"

    def _written(self, order: str, day: date, *, short: bool = False) -> str:
        pattern = self.catalogue.say(order, SHORT if short else "")
        if self.catalogue.language == ENGLISH and self.catalogue.country in _MONTH_FIRST:
            pattern = _MONTH_FIRST_ORDER[order]
        weekday = WEEKDAYS[day.weekday()]
        text = pattern.format(
            weekday=self.catalogue.say(weekday[:3], SHORT) if short else self.catalogue.say(weekday),
            day=f"\0{day.day}\0",
            month=self.short_month(day) if short else self.month(day),
            year=day.year,
        )
        return _joined(text)


def _joined(text: str) -> str:
    """Keep a day and its month on one line, whichever comes first and whatever stands between."""
    before, number, after = text.split("\0")
    if after.startswith(" ") and after.strip():
        first, rest = after[1:].split(" ", 1) if " " in after[1:] else (after[1:], "")
        return f"{before}{number}{_JOINED}{first}{' ' if rest else ''}{rest}"
    return f"{before[:-1]}{_JOINED}{number}{after}" if before.endswith(" ") else f"{before}{number}{after}"
