"""When the visits of a study lie: its timings, counted from one visit over the others.

A visit whose day the study does not say has no timing here, nor has what is counted from it: it is never placed by
guess.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from kapplan.files.importing.durations import Duration, duration_of
from kapplan.files.importing.usdm_pathways import VISIT, Data, called, label_of

Relation = Literal["before", "after", "fixed"]
_RELATIONS: Mapping[str, Relation] = {"C201357": "before", "C201356": "after", "C201358": "fixed"}
"""The codes of CDISC's terminology (C201264); its words for them changed: ``Before``, ``Before Timing Type``."""


class UsdmTiming(NamedTuple):
    """How far an instance lies from another (none: the others are counted from it), with its window and its name.

    Hours that do not fill a day are left out.
    """

    instance: str
    after: str | None
    name: str = ""
    months: int = 0
    days: int = 0
    minus: int | None = None
    plus: int | None = None
    remarks: tuple[str, ...] = ()


def timings_of(main: Data) -> tuple[dict[str, UsdmTiming], tuple[str, ...]]:
    """Return the timing of each visit whose day is known, and in words what else the study says of timings."""
    instances: Sequence[Data] = main["instances"]
    found, fixed, told = _read(main["timings"], instances)
    told += _anchor(found, fixed, instances)
    for name, timing in list(found.items()):
        through, words = _through_decisions(timing, found, instances)
        found[name] = through
        told += words
    return _reached(found), tuple(told)


def _read(
    timings: Sequence[Data], instances: Sequence[Data]
) -> tuple[dict[str, UsdmTiming], dict[str, Duration], list[str]]:
    """Return the first timing of each instance, the values of the fixed references, and what was not read."""
    found: dict[str, UsdmTiming] = {}
    fixed: dict[str, Duration] = {}
    told: list[str] = []
    for data in timings:
        instance = data["relativeFromScheduledInstanceId"]
        if instance in found:
            told.append(f"Left out, since {called(instances, instance)} has another timing: {_name(data)}.")
            continue
        try:
            found[instance] = _timing(data)
            if _relation(data) == "fixed":
                fixed[instance] = duration_of(data["value"]) if data.get("value") else Duration(0, 0, rest=False)
        except ValueError as error:
            told.append(f"{called(instances, instance)}: its timing {_name(data)} is not read, since {error}.")
    return found, fixed, told


def _anchor(found: dict[str, UsdmTiming], fixed: Mapping[str, Duration], instances: Sequence[Data]) -> tuple[str, ...]:
    """Leave one visit that the others are counted from, and say what became of other fixed references.

    Of several fixed references the first in days is the one, and the others are so much later; one of the same day is
    a day of its own that the study does not tell. Where there is none, it is the visit without a timing that most are
    counted from.
    """
    if not fixed:
        return _anchor_by_use(found, instances)
    base, *later = sorted(fixed, key=lambda name: (fixed[name].months, fixed[name].days))
    told = []
    for name in later:
        months, days = fixed[name].months - fixed[base].months, fixed[name].days - fixed[base].days
        if months or days:
            found[name] = found[name]._replace(after=base, months=months, days=days)
        else:
            del found[name]
            told.append(
                f"{called(instances, name)}: a fixed reference like {called(instances, base)}, and nothing says how"
                " far apart they are."
            )
    return tuple(told)


def _anchor_by_use(found: dict[str, UsdmTiming], instances: Sequence[Data]) -> tuple[str, ...]:
    visits = {one["id"] for one in instances if one["instanceType"] == VISIT}
    used = Counter(timing.after for timing in found.values() if timing.after in visits and timing.after not in found)
    if not used:
        return ()
    [(anchor, _)] = used.most_common(1)
    found[str(anchor)] = UsdmTiming(str(anchor), None)
    return (f"No visit is the fixed reference; {called(instances, str(anchor))} is taken, since others count from it.",)


def _through_decisions(
    timing: UsdmTiming, found: Mapping[str, UsdmTiming], instances: Sequence[Data]
) -> tuple[UsdmTiming, list[str]]:
    """Return a timing that is counted from a decision as one from a visit, and in words that it was.

    A decision stands where its own timing says, else where the visit before it does.
    """
    by_id = {instance["id"]: instance for instance in instances}
    told: list[str] = []
    seen: set[str] = set()
    while timing.after is not None and timing.after not in seen:
        anchor = by_id.get(timing.after)
        if anchor is None or anchor["instanceType"] == VISIT:
            break
        seen.add(timing.after)
        own = found.get(timing.after)
        before = next((one for one in instances if one.get("defaultConditionId") == timing.after), None)
        name, of = label_of(anchor), called(instances, timing.instance)
        if own is not None and own.after is not None:
            timing = timing._replace(after=own.after, months=timing.months + own.months, days=timing.days + own.days)
            told.append(f"{of}: counted from the decision {name}, read from {called(instances, own.after)}.")
        elif before is not None:
            timing = timing._replace(after=before["id"])
            told.append(f"{of}: counted from the decision {name}, read from {label_of(before)}, the visit before it.")
        else:
            break
    return timing, told


def _reached(found: Mapping[str, UsdmTiming]) -> dict[str, UsdmTiming]:
    """Return the timings that count, over however many others, from the visit that stands by itself."""
    there = {name for name, timing in found.items() if timing.after is None}
    while more := {name for name, timing in found.items() if timing.after in there} - there:
        there |= more
    return {name: timing for name, timing in found.items() if name in there}


def _name(timing: Data) -> str:
    return str(timing.get("label") or timing.get("name") or timing.get("value"))


def _relation(timing: Data) -> Relation:
    """Return how an instance lies to what it is counted from, by its code, else by the first word for it."""
    kind = timing["type"]
    word = str(kind.get("decode")).casefold().partition(" ")[0]
    known = _RELATIONS.get(str(kind.get("code")))
    found = known or next((relation for relation in _RELATIONS.values() if relation == word), None)
    if found is None:
        raise ValueError(f'its type "{kind.get("decode")}" is neither before, after nor a fixed reference')
    return found


def _timing(timing: Data) -> UsdmTiming:
    """Return one timing; raises ``ValueError`` where it says no distance from another instance."""
    instance, relation = timing["relativeFromScheduledInstanceId"], _relation(timing)
    if relation == "fixed":
        return UsdmTiming(instance, None, _name(timing))
    target = timing.get("relativeToScheduledInstanceId")
    if not target:
        raise ValueError("it does not say from which visit it counts")
    if target == instance:
        raise ValueError("it counts from itself")
    value = duration_of(timing.get("value") or "")
    sign, label = -1 if relation == "before" else 1, _name(timing)
    minus, plus, remarks = _window(timing, label)
    if value.rest:
        remarks.insert(0, f"{label}: the hours of {timing['value']} are left out.")
    between = (timing.get("relativeToFrom") or {}).get("decode", "Start to Start")
    if between != "Start to Start":
        remarks.append(f"{label}: counted {between.lower()}, read from day to day.")
    return UsdmTiming(instance, target, label, sign * value.months, sign * value.days, minus, plus, tuple(remarks))


def _window(timing: Data, label: str) -> tuple[int | None, int | None, list[str]]:
    """Return the sides of a timing's window in days, and what of it is left out.

    Of a window that has one side the other is no day: it opens or ends on the day itself.
    """
    lower, more = _side(timing.get("windowLower"))
    upper, still = _side(timing.get("windowUpper"))
    if more or still:
        said = timing.get("windowLabel") or f"{timing.get('windowLower')}..{timing.get('windowUpper')}"
        return lower, upper, [f"{label}: a window in {more or still} is left out ({said})."]
    if lower is None and upper is not None:
        return 0, upper, []
    if upper is None and lower is not None:
        return lower, 0, []
    return lower, upper, []


def _side(text: str | None) -> tuple[int | None, str]:
    """Return a side of a window in days; of one that is left out (hours, calendar months, no duration), that word."""
    if not text:
        return None, ""
    try:
        found = duration_of(text)
    except ValueError:
        return None, "words"
    if found.months:
        return None, "calendar months"
    return (None, "hours") if found.rest or "T" in text else (abs(found.days), "")
