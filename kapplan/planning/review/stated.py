"""What is known of a patient on a day: the profile as last read, with the scores and notes that its plan has recorded.

Every answer keeps its day, so that a notice can say what it was read from, and a later answer speaks for itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from kapplan.dataclass import dataclass, replace
from kapplan.model.decisions import Noted
from kapplan.model.plan import Plan
from kapplan.model.profile import History, Medication, Profile, Symptoms

SYMPTOMS, HISTORY = "symptoms.", "history."
_KEYS = {
    "condition": f"{HISTORY}conditions",
    "medication": f"{HISTORY}medications",
    "pregnancy": f"{HISTORY}pregnancy",
    "breastfeeding": f"{HISTORY}breastfeeding",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """A profile as it was known on a day; ``days`` are those on which its keys were answered, where that is known."""

    profile: Profile
    days: Mapping[str, date]

    def day_of(self, key: str, items: Iterable[str] = ()) -> date | None:
        """Return the day on which a key was answered, or of a list the last of some of its ``items``."""
        days = (self.days.get(f"{key}:{item}") for item in items)
        return self.days.get(key) or max((day for day in days if day is not None), default=None)


def stated_on(plan: Plan, profile: Profile, day: date) -> Stated:
    """Return what a plan and its profile say of the patient through a day; the plan's overrides are the profile's."""
    symptoms, days = _symptoms(plan, profile.symptoms, day)
    noted = [one for one in plan.noted if one.on <= day]
    days |= {part: one.on for one in noted for part in _parts(one)}
    overrides = {override.rule: override for override in (*profile.override, *plan.overrides)}
    current = replace(
        profile, symptoms=symptoms, history=with_notes(profile.history, noted), override=tuple(overrides.values())
    )
    return Stated(profile=current, days=days)


def recorded_days(plan: Plan, today: date) -> list[date]:
    """Return the days through today on which something was recorded that screening reads."""
    days = {score.on for score in plan.scores} | {noted.on for noted in plan.noted}
    return sorted(day for day in days if day <= today)


def key_of_measure(measure: str) -> str:
    """Return the profile's key of a measure, or the measure itself where profiles do not state it."""
    return f"{SYMPTOMS}{measure}" if measure in Symptoms.__dataclass_fields__ else measure


def _parts(noted: Noted) -> tuple[str, ...]:
    """Return what a note gives a day to: an item of a list, or the whole key."""
    key = key_of_note(noted)
    return (f"{key}:{noted.value}",) if noted.about in {"condition", "medication"} else (key,)


def key_of_note(noted: Noted) -> str:
    """Return the profile's key of which a note speaks."""
    return _KEYS[noted.about]


def _symptoms(plan: Plan, first: Symptoms, day: date) -> tuple[Symptoms, dict[str, date]]:
    """Return the last answer of each measure and its day; the profile's own answers are of the day that it states."""
    known: dict[str, Any] = {}
    days: dict[str, date] = {}
    if first.on is None or first.on <= day:
        known = {name: value for name in _MEASURES if (value := getattr(first, name)) is not None}
        days = {} if first.on is None else dict.fromkeys(known, first.on)
    for score in sorted(plan.scores, key=lambda score: score.on):
        later = first.on is None or score.on >= first.on or score.measure not in known
        if score.on <= day and score.measure in _MEASURES and later:
            known[score.measure] = score.value
            days[score.measure] = score.on
    last = max(days.values(), default=first.on)
    return Symptoms(**known, on=last), {f"{SYMPTOMS}{name}": on for name, on in days.items()}


_MEASURES = tuple(name for name in Symptoms.__dataclass_fields__ if name != "on")


def with_notes(history: History, noted: Sequence[Noted]) -> History:
    """Return a history with what was learned since, one note after the other."""
    for one in noted:
        if one.about == "condition":
            history = replace(history, conditions=tuple(_conditions(history, one)))
        elif one.about == "medication":
            history = replace(history, medications=tuple(_medications(history, one)))
        elif one.about == "pregnancy":
            history = replace(history, pregnancy=one.value)  # type: ignore[arg-type]
        else:
            history = replace(history, breastfeeding=one.value == "yes")
    return history


def _conditions(history: History, noted: Noted) -> Iterator[Any]:
    yield from (one for one in history.conditions or () if one != noted.value)
    if not noted.ended:
        yield noted.value


def _medications(history: History, noted: Noted) -> Iterator[Medication]:
    named = noted.value.casefold()
    yield from (one for one in history.medications or () if one.name.casefold() != named)
    if not noted.ended:
        yield Medication(name=noted.value, daily_mg=noted.daily_mg, since=noted.since)
