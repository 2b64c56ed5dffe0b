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
from kapplan.files.importing.durations import Duration, duration_of
from kapplan.files.importing.protocol_text import AS_WRITTEN, ReadAs
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


def usdm_schedule(source: SourceFile, asked: ReadAs = AS_WRITTEN) -> Schedule:
    """Return the main timeline of a study definition; raises ``InvalidFileError`` where there is none.

    ``asked.arm`` names a study design, or a pathway by the condition of a decision that leads into it.
    """
    try:
        study = json.loads(source.data.decode("utf-8-sig"))["study"]
        version = study["versions"][0]
        design = _design(version, asked.arm)
        main = next(timeline for timeline in design["scheduleTimelines"] if timeline["mainTimeline"])
        return _schedule(study, version, design, main, asked.arm)
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


def _design(version: Data, arm: str | None) -> Data:
    """Return the study design that was asked for by name, else the first."""
    designs: Sequence[Data] = version["studyDesigns"]
    named = [design for design in designs if arm is not None and _is_called(design, arm)]
    return named[0] if named else designs[0]


def _is_called(data: Data, name: str) -> bool:
    return name.casefold() in {str(data.get(key) or "").casefold() for key in ("id", "name", "label")}


def _schedule(study: Data, version: Data, design: Data, main: Data, arm: str | None) -> Schedule:
    instances: Sequence[Data] = main["instances"]
    way, off_way = pathway(main, None if arm is None or _is_called(design, arm) else arm)
    timings, further = _timings(main["timings"], instances)
    visits = [instance for instance in way if instance["instanceType"] == _VISIT]
    timed = _reached([instance for instance in visits if instance["id"] in timings], timings)
    place = {instance["id"]: number for number, instance in enumerate(timed)}
    encounters = {encounter["id"]: encounter for encounter in design.get("encounters") or ()}
    activities = {activity["id"]: activity for activity in design.get("activities") or ()}
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
            *further,
            *joined,
            *guessed,
            *_others(study, version, design),
            *_left_out(visits, place),
            *_decisions(instances, off_way),
            *_unknown_activities(unknown),
            *_bare(known),
            "No lengths are given: every visit is an hour long.",
        ),
    )


# Ways through a timeline


def pathway(main: Data, condition: str | None) -> tuple[list[Data], list[Data]]:
    """Return the instances that a timeline goes through, and those of other ways.

    At a decision it goes the way of the ``condition`` asked for, by its words, else the usual one. Where the timeline
    does not say where it begins, or leads nowhere, all are gone through. ``ValueError`` where no decision has the
    condition.
    """
    instances: list[Data] = list(main["instances"])
    by_id = {instance["id"]: instance for instance in instances}
    conditions = {
        str(case.get("condition")): case.get("conditionTargetId") for one in instances for case in _cases(one)
    }
    wanted = next((words for words in conditions if condition and condition.casefold() in words.casefold()), None)
    if condition is not None and wanted is None:
        told = f"; its conditions are: {', '.join(conditions)}" if conditions else ""
        raise ValueError(f"the study has no arm, design or pathway {condition}{told}")
    way: dict[str, Data] = {}
    step = by_id.get(str(main.get("entryId")))
    while step is not None and step["id"] not in way:
        way[step["id"]] = step
        turned = [case.get("conditionTargetId") for case in _cases(step) if str(case.get("condition")) == wanted]
        step = by_id.get(str(turned[0] if turned else step.get("defaultConditionId")))
    if not way or not _branches(instances, way):
        return instances, []
    return [one for one in instances if one["id"] in way], [one for one in instances if one["id"] not in way]


def _cases(instance: Data) -> Sequence[Data]:
    return instance.get("conditionAssignments") or ()


def _branches(instances: Sequence[Data], way: Mapping[str, Data]) -> bool:
    """Tell whether what is not gone through is led into by a decision, so that it is another way."""
    targets = {str(case.get("conditionTargetId")) for one in instances for case in _cases(one)}
    targets |= {str(one.get("defaultConditionId")) for one in instances if one["id"] not in way}
    targets |= {str(one.get("defaultConditionId")) for one in instances if _cases(one)}
    rest = [one["id"] for one in instances if one["id"] not in way]
    return bool(rest) and all(name in targets for name in rest)


# Timings


def _timings(timings: Sequence[Data], instances: Sequence[Data]) -> tuple[dict[str, UsdmTiming], list[str]]:
    """Return the timing of each instance, counted from visits, and in words what else the study says of them."""
    found: dict[str, UsdmTiming] = {}
    told: list[str] = []
    fixed: list[tuple[Duration, UsdmTiming]] = []
    for data in timings:
        timing = _timing(data)
        if timing.instance in found:
            told.append(f"Left out, since {_called(instances, timing.instance)} has another timing: {_name(data)}.")
            continue
        found[timing.instance] = timing
        if data["type"]["decode"] == _FIXED:
            fixed.append((_fixed_value(data), timing))
    found |= _counted_from_the_first(fixed)
    for name, timing in list(found.items()):
        through, words = _through_decisions(timing, found, instances)
        found[name] = through
        told += words
    return found, told


def _fixed_value(data: Data) -> Duration:
    return duration_of(data["value"]) if data.get("value") else Duration(0, 0, rest=False)


def _counted_from_the_first(fixed: Sequence[tuple[Duration, UsdmTiming]]) -> dict[str, UsdmTiming]:
    """Return the fixed references but the first of them as so many days after that one."""
    if len(fixed) < 2:  # noqa: PLR2004  # one reference: nothing to count
        return {}
    ordered = sorted(fixed, key=lambda one: (one[0].months, one[0].days))
    (first, base), *later = ordered
    return {
        timing.instance: timing._replace(
            after=base.instance, months=value.months - first.months, days=value.days - first.days
        )
        for value, timing in later
    }


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
        if anchor is None or anchor["instanceType"] == _VISIT:
            break
        seen.add(timing.after)
        own = found.get(timing.after)
        before = next((one for one in instances if one.get("defaultConditionId") == timing.after), None)
        name, of = _label(anchor), _called(instances, timing.instance)
        if own is not None and own.after is not None:
            timing = timing._replace(after=own.after, months=timing.months + own.months, days=timing.days + own.days)
            told.append(f"{of}: counted from the decision {name}, read from {_called(instances, own.after)}.")
        elif before is not None:
            timing = timing._replace(after=before["id"])
            told.append(f"{of}: counted from the decision {name}, read from {_label(before)}, the visit before it.")
        else:
            break
    return timing, told


def _reached(timed: Sequence[Data], timings: Mapping[str, UsdmTiming]) -> list[Data]:
    """Return the visits that are counted, over however many others, from one that stands by itself."""
    kept = list(timed)
    while True:
        there = {instance["id"] for instance in kept}
        left = [one for one in kept if timings[one["id"]].after in {None, one["id"], *there}]
        if len(left) == len(kept):
            return left
        kept = left


def _called(instances: Sequence[Data], instance_id: str) -> str:
    return next((_label(one) for one in instances if one["id"] == instance_id), instance_id)


def _label(instance: Data) -> str:
    return str(instance.get("label") or instance["name"])


def _name(timing: Data) -> str:
    return str(timing.get("label") or timing.get("name") or timing.get("value"))


def _timing(timing: Data) -> UsdmTiming:
    instance = timing["relativeFromScheduledInstanceId"]
    kind, label = timing["type"]["decode"], timing.get("label") or timing["name"]
    if kind == _FIXED:
        return UsdmTiming(instance, None, 0, 0, None, None, ())
    value = duration_of(timing["value"])
    sign = -1 if kind == "Before" else 1
    remarks: list[str] = []
    if value.rest:
        remarks.append(f"{label}: the hours of {timing['value']} are left out.")
    lower, more = _window(timing.get("windowLower"))
    upper, still = _window(timing.get("windowUpper"))
    if more or still:
        said = timing.get("windowLabel") or f"{timing.get('windowLower')}..{timing.get('windowUpper')}"
        remarks.append(f"{label}: a window in {more or still} is left out ({said}).")
    between = timing.get("relativeToFrom", {}).get("decode", "Start to Start")
    if between != "Start to Start":
        remarks.append(f"{label}: counted {between.lower()}, read from day to day.")
    target = timing.get("relativeToScheduledInstanceId")
    return UsdmTiming(instance, target, sign * value.months, sign * value.days, lower, upper, tuple(remarks))


def _window(text: str | None) -> tuple[int | None, str]:
    """Return a side of a window in days; of one in hours or calendar months, which is left out, that word."""
    if not text:
        return None, ""
    found = duration_of(text)
    if found.months:
        return None, "calendar months"
    return (None, "hours") if found.rest or "T" in text else (abs(found.days), "")


def _slot(
    instance: Data,
    timing: UsdmTiming,
    place: Mapping[str, int],
    encounters: Mapping[str, Data],
    measures: tuple[str, ...],
) -> ScheduleSlot:
    encounter = encounters.get(instance.get("encounterId") or "", {})
    after = None if timing.after is None or timing.after == timing.instance else place[timing.after]
    title = " ".join(_label(instance).split())
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
    designs = [str(one.get("label") or one.get("name")) for one in version["studyDesigns"] if one is not design]
    if designs:
        chosen = design.get("label") or design.get("name")
        yield f"Only the study design {chosen} is carried over, not {', '.join(designs)}. Another one: --arm DESIGN."
    if len(design.get("arms") or ()) > 1:
        yield f"The schedule is the same for {len(design['arms'])} arms; what is given in each is not carried over."
    for timeline in design["scheduleTimelines"]:
        if not timeline["mainTimeline"]:
            name, entry = timeline.get("label") or timeline["name"], timeline.get("entryCondition")
            yield f"Left out: {name}" + (f" ({entry})." if entry else ".")


def _left_out(visits: Sequence[Data], place: Mapping[str, int]) -> Iterator[str]:
    """Yield the visits of which the study does not say when they are."""
    for instance in visits:
        if instance["id"] not in place:
            yield f"Left out, since it has no timing: {_label(instance)}."


def _decisions(instances: Sequence[Data], off_way: Sequence[Data]) -> Iterator[str]:
    """Yield what of the main timeline no protocol file has a place for, and the visits of other pathways."""
    for instance in instances:
        for case in _cases(instance):
            yield f"Left out: {_label(instance)} ({case.get('condition')})."
    others = [_label(instance) for instance in off_way if instance["instanceType"] == _VISIT]
    if others:
        yield f"Left out, since another pathway leads to them: {', '.join(others)}. Another one: --arm CONDITION."


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
