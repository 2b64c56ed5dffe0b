"""Study definitions in USDM v4 JSON (CDISC): the main timeline of a study's schedule.

USDM leaves open whether a window is relative to a timing's value or to what it is counted from (DDF-RA issue 694): it
is read relative to the value.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from kapplan.errors import FileProblem, InvalidFileError
from kapplan.files.importing.durations import duration_of
from kapplan.files.importing.schedule import Schedule, ScheduleSlot, kind_by_name, merged, settled
from kapplan.files.library.rules import built_in_measures
from kapplan.files.toml.sources import SourceFile
from kapplan.model.terms import Place

Data = Mapping[str, Any]
WINDOWS = "Windows are read relative to the value of their timing (USDM leaves that open: DDF-RA issue 694)."
_FIXED = "Fixed Reference"
_VISIT = "ScheduledActivityInstance"


class UsdmTiming(NamedTuple):
    """How far an instance lies from another, with its window; hours that do not fill a day are left out."""

    instance: str
    after: str | None
    months: int
    days: int
    minus: int | None
    plus: int | None
    remarks: tuple[str, ...]


def usdm_schedule(source: SourceFile) -> Schedule:
    """Return the main timeline of a study definition; raises ``InvalidFileError`` where there is none."""
    try:
        study = json.loads(source.data.decode("utf-8-sig"))["study"]
        version = study["versions"][0]
        design = version["studyDesigns"][0]
        timelines = design["scheduleTimelines"]
        main = next(timeline for timeline in timelines if timeline["mainTimeline"])
        return _schedule(study, version, design, main)
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise _refused(source, f"this is no JSON: {error}") from None
    except RecursionError:
        raise _refused(source, "lists or objects stand in one another too deeply") from None
    except (KeyError, IndexError, TypeError, AttributeError, StopIteration) as error:
        told = f"`{error.args[0]}` is missing" if isinstance(error, KeyError) else "no main schedule timeline"
        raise _refused(source, f"this is no study definition in USDM v4 JSON: {told}") from None
    except ValueError as error:
        raise _refused(source, str(error)) from None


def _refused(source: SourceFile, message: str) -> InvalidFileError:
    expected = "study.versions[].studyDesigns[].scheduleTimelines[] with a main timeline"
    return InvalidFileError((FileProblem(message=message, file=source.name, line=1, column=1, expected=expected),))


def _schedule(study: Data, version: Data, design: Data, main: Data) -> Schedule:
    timings = {timing.instance: timing for timing in map(_timing, main["timings"])}
    visits = [instance for instance in main["instances"] if instance["instanceType"] == _VISIT]
    timed = [instance for instance in visits if instance["id"] in timings]
    place = {instance["id"]: number for number, instance in enumerate(timed)}
    encounters = {encounter["id"]: encounter for encounter in design["encounters"]}
    activities = {activity["id"]: activity for activity in design["activities"]}
    slots, unknown = [], dict[str, None]()
    for instance in timed:
        measures, others = _measures(instance, activities)
        unknown |= dict.fromkeys(others)
        slots.append(_slot(instance, timings[instance["id"]], place, encounters, measures))
    if not slots:
        raise ValueError("the main timeline has no visits with a timing")
    one_a_day, joined = merged(slots)
    known, guessed = settled(one_a_day)
    return Schedule(
        slots=known,
        title=_title(study, version),
        remarks=(
            WINDOWS,
            *(remark for instance in timed for remark in timings[instance["id"]].remarks),
            *joined,
            *guessed,
            *_others(study, version, design),
            *_left_out(main["instances"], timings),
            *_unknown_activities(unknown),
            *_bare(known),
            "No lengths are given: every visit is an hour long.",
        ),
    )


def _timing(timing: Data) -> UsdmTiming:
    instance = timing["relativeFromScheduledInstanceId"]
    kind, label = timing["type"]["decode"], timing.get("label") or timing["name"]
    if kind == _FIXED:
        return UsdmTiming(instance, None, 0, 0, None, None, ())
    value = duration_of(timing["value"])
    sign = -1 if kind == "Before" else 1
    remarks = []
    if value.rest:
        remarks.append(f"{label}: the hours of {timing['value']} are left out.")
    lower, more = _window(timing.get("windowLower"))
    upper, still = _window(timing.get("windowUpper"))
    if more or still:
        remarks.append(f"{label}: a window in hours is left out ({timing.get('windowLabel') or 'hours'}).")
    between = timing.get("relativeToFrom", {}).get("decode", "Start to Start")
    if between != "Start to Start":
        remarks.append(f"{label}: counted {between.lower()}, read from day to day.")
    target = timing.get("relativeToScheduledInstanceId")
    return UsdmTiming(instance, target, sign * value.months, sign * value.days, lower, upper, tuple(remarks))


def _window(text: str | None) -> tuple[int | None, bool]:
    """Return a side of a window in days, and whether it is one in hours, which is left out."""
    if not text:
        return None, False
    found = duration_of(text)
    if found.months:
        raise ValueError(f"a window of calendar months cannot be carried over: {text}")
    return (None, True) if found.rest or "T" in text else (abs(found.days), False)


def _slot(
    instance: Data,
    timing: UsdmTiming,
    place: Mapping[str, int],
    encounters: Mapping[str, Data],
    measures: tuple[str, ...],
) -> ScheduleSlot:
    encounter = encounters.get(instance.get("encounterId") or "", {})
    after = None if timing.after is None or timing.after == timing.instance else place.get(timing.after)
    if after is None and timing.after not in {None, timing.instance}:
        raise ValueError(f"{instance['name']} is counted from {timing.after}, which has no timing of its own")
    title = " ".join((instance.get("label") or instance["name"]).split())
    return ScheduleSlot(
        title=title,
        kind=kind_by_name(title) or kind_by_name(instance["name"]),
        day=timing.days,
        months=timing.months,
        after=after,
        minus=timing.minus,
        plus=timing.plus,
        place=_place(encounter),
        measures=measures,
    )


def _place(encounter: Data) -> Place:
    """Return where a visit is held: remote where nobody is met in person."""
    modes = {mode["decode"] for mode in encounter.get("contactModes") or ()}
    return "remote" if modes and "In Person" not in modes else "clinic"


def _measures(instance: Data, activities: Mapping[str, Data]) -> tuple[tuple[str, ...], list[str]]:
    """Return the measures among the activities of a visit, and the labels of the others."""
    measures, others = [], []
    for name in instance.get("activityIds") or ():
        activity = activities.get(name, {})
        label = activity.get("label") or activity.get("name") or name
        key = _measure_key(label) or _measure_key(str(activity.get("name")))
        if key is not None:
            measures.append(key)
        else:
            others.append(label)
    return tuple(dict.fromkeys(measures)), others


def _measure_key(label: str) -> str | None:
    plain = _plain(label)
    for key, scale in built_in_measures().measures.items():
        if plain in {_plain(key), _plain(scale.title)}:
            return key
    return None


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.casefold())


def _title(study: Data, version: Data) -> str | None:
    titles = [title["text"] for title in version.get("titles") or () if title.get("text")]
    title = min(titles, key=len, default=None) or study.get("label") or study.get("name")
    return " ".join(title.split()) if title else None


def _others(study: Data, version: Data, design: Data) -> Iterator[str]:
    """Yield what the study has beside its main timeline."""
    if len(study["versions"]) > 1:
        yield f"Only the first of {len(study['versions'])} versions of the study is carried over."
    if len(version["studyDesigns"]) > 1:
        yield f"Only the first of {len(version['studyDesigns'])} study designs is carried over."
    if len(design.get("arms") or ()) > 1:
        yield f"The schedule is the same for {len(design['arms'])} arms; what is given in each is not carried over."
    for timeline in design["scheduleTimelines"]:
        if not timeline["mainTimeline"]:
            name, entry = timeline.get("label") or timeline["name"], timeline.get("entryCondition")
            yield f"Left out: {name}" + (f" ({entry})." if entry else ".")


def _left_out(instances: Sequence[Data], timings: Mapping[str, UsdmTiming]) -> Iterator[str]:
    """Yield what of the main timeline no protocol file has a place for."""
    for instance in instances:
        name = instance.get("label") or instance["name"]
        for case in instance.get("conditionAssignments") or ():
            yield f"Left out: {name} ({case.get('condition')})."
        if instance["instanceType"] == _VISIT and instance["id"] not in timings:
            yield f"Left out, since it has no timing: {name}."


def _unknown_activities(unknown: Mapping[str, None]) -> Iterator[str]:
    if unknown:
        few = 8
        names = list(unknown)
        more = f" and {len(names) - few} more" if len(names) > few else ""
        yield f"Activities that are no measures here are left out: {', '.join(names[:few])}{more}."


def _bare(slots: Sequence[ScheduleSlot]) -> Iterator[str]:
    bare = [slot.title for slot in slots if slot.after is not None and slot.minus is None and slot.plus is None]
    if bare:
        yield f"No window is given, so any day will do and the target is aimed at: {', '.join(bare)}."
