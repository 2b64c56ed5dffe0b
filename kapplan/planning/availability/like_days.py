"""Days that are alike: a calendar looks at one of them and knows the others.

Days of one *kind* are alike and closed by the same causes: the same weekday, with nothing special about them. Days of
one *pattern* are open at the same times, whatever their causes are called: two holidays on Mondays.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from kapplan.planning.availability.free_time import DayRelax, causes_on
from kapplan.planning.availability.minute_masks import WHOLE_DAY
from kapplan.planning.availability.resources import Resources
from kapplan.planning.availability.weekly_hours import weekday_of

LikeDays = tuple[object, frozenset[str | int], bool, bool]
"""What days have in common that are open at the same times: their pattern, and what a ``DayRelax`` says of them."""


class Likeness(NamedTuple):
    """What a day has in common with others: a ``pattern``, and what closes time on it alone, its ``own`` causes.

    Days of one pattern are open at the same times, for whomever, and would still be without causes that stand in the
    same places: a holiday on one Monday is to that day what another is to another. The causes of their weekdays are
    the same.
    """

    pattern: object
    own: tuple[str, ...] = ()

    def placed(self, causes: Iterable[str]) -> frozenset[str | int]:
        """Return causes, each that is the day's own by its place."""
        own = self.own
        return frozenset(own.index(cause) if cause in own else cause for cause in causes)

    def named(self, placed: Iterable[str | int]) -> Iterator[str]:
        """Yield the names of causes that stand in such places."""
        return (self.own[cause] if isinstance(cause, int) else cause for cause in placed)


class DayKinds:
    """The kinds and patterns of days of a calendar, ordinals all; ``usable`` are minutes that may be used at all.

    Days that are not listed there may be used whole.
    """

    def __init__(self, resources: Resources, usable: Mapping[int, int]) -> None:
        self._resources, self._usable = resources, usable
        self._special = usable.keys() | resources.special_days()
        self._causes: dict[object, frozenset[str]] = {}
        self._kinds: dict[int, object] = {}
        self._likenesses: dict[object, Likeness] = {}
        self._patterns: dict[object, int] = {}

    def kind(self, day: int) -> object:
        """Return what days that are alike have in common: the weekday, unless something is special about the day."""
        found = self._kinds.get(day)
        if found is None:
            found = self._kinds[day] = self._find_kind(day)
        return found

    def _find_kind(self, day: int) -> object:
        if day in self._special:
            return day
        shift = self._resources.clocks.shift(day)
        return weekday_of(day) if shift == 0 else day if shift is None else (weekday_of(day), shift)

    def causes(self, day: int) -> frozenset[str]:
        """Return the ids of all that closes time on a day, for whomever."""
        key = self.kind(day)
        found = self._causes.get(key)
        if found is None:
            escort = self._resources.escort
            limits = () if escort is None else (escort.cause(weekday) for weekday in escort.causes(day))
            found = self._causes[key] = causes_on(day, self._resources.tracks()) | frozenset(limits)
        return found

    def likeness(self, day: int) -> Likeness:
        """Return what a day has in common with days of other kinds."""
        kind = self.kind(day)
        found = self._likenesses.get(kind)
        if found is None:
            found = self._of_special(day) if day in self._special else Likeness(kind)
            number = self._patterns.setdefault(found.pattern, len(self._patterns))
            found = self._likenesses[kind] = found._replace(pattern=number)
        return found

    def _of_special(self, day: int) -> Likeness:
        """Return all that makes a special day what it is, its own causes by their places."""
        resources, places = self._resources, dict[str, int]()
        shift = resources.clocks.shift(day)
        week = (day if shift is None else weekday_of(day), shift)
        tracks = tuple(
            (
                number,
                track.opened.get(day, 0),
                *(
                    (places.setdefault(one.cause, len(places)), one.mask, one.lifted)
                    for one in track.closed.get(day, ())
                ),
            )
            for number, track in enumerate(resources.tracks())
            if day in track.closed or day in track.opened
        )
        kinds = tuple(resources.closings[cause].kind for cause in places)
        beside = (self._usable.get(day, WHOLE_DAY), resources.escort_also.get(day, 0))
        return Likeness((week, tracks, kinds, beside), tuple(places))

    def like(self, day: int, today: DayRelax) -> LikeDays:
        """Return what a day has in common with all that are open at the same times."""
        likeness = self.likeness(day)
        dropped = likeness.placed(today.dropped) if today.dropped and likeness.own else today.dropped
        return (likeness.pattern, dropped, today.clinic, today.patient)
