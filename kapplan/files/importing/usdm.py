"""Study definitions in USDM v4 JSON (CDISC): the main timeline of a study's schedule.

USDM leaves open whether a window is relative to a timing's value or to what it is counted from (DDF-RA issue 694): it
is read relative to the value.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence

from kapplan.errors import FileProblem, InvalidFileError
from kapplan.files.importing.protocol_text import AS_WRITTEN, ReadAs
from kapplan.files.importing.schedule import MOST_VISITS, Schedule, ScheduleSlot, kind_by_name, listed, merged, settled
from kapplan.files.importing.usdm_pathways import VISIT, Data, decision_remarks, label_of, pathway
from kapplan.files.importing.usdm_timings import UsdmTiming, timings_of
from kapplan.files.library.rules import built_in_measures
from kapplan.files.toml.sources import SourceFile
from kapplan.model.terms import Place

WINDOWS = "Windows are read relative to the value of their timing (USDM leaves that open: DDF-RA issue 694)."


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
    way = pathway(main, None if arm is None or _is_called(design, arm) else arm)
    timings, further = timings_of(main)
    visits = [instance for instance in way.instances if instance["instanceType"] == VISIT]
    if len(visits) > MOST_VISITS:
        raise ValueError(f"{len(visits)} visits: a schedule has at most {MOST_VISITS}")
    timed = _on_the_way(visits, timings)
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
            *decision_remarks(way),
            *_unknown_activities(unknown),
            *_bare(known),
            "No lengths are given: every visit is an hour long.",
        ),
    )


def _on_the_way(visits: Sequence[Data], timings: Mapping[str, UsdmTiming]) -> list[Data]:
    """Return the visits of a way that have a timing, and whose anchors are on that way too."""
    kept = [visit for visit in visits if visit["id"] in timings]
    while True:
        there = {visit["id"] for visit in kept}
        left = [visit for visit in kept if timings[visit["id"]].after in {None, *there}]
        if len(left) == len(kept):
            return left
        kept = left


def _slot(
    instance: Data,
    timing: UsdmTiming,
    place: Mapping[str, int],
    encounters: Mapping[str, Data],
    measures: tuple[str, ...],
) -> ScheduleSlot:
    encounter = encounters.get(instance.get("encounterId") or "", {})
    after = None if timing.after is None else place[timing.after]
    title = " ".join(_title_of(instance, timing).split())
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


def _title_of(instance: Data, timing: UsdmTiming) -> str:
    """Return what a visit is called: by its label, or by its timing's where that is no word (``-7``, ``1``)."""
    names = (label_of(instance), timing.name, str(instance["name"]))
    return next((name for name in names if re.search(r"[^\W\d_]", name)), names[0])


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
        yield f"Only the study design {chosen} is carried over, not {listed(designs)}. Another one: --arm DESIGN."
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
            yield f"Left out, since it has no timing: {label_of(instance)}."


def _unknown_activities(unknown: Mapping[str, None]) -> Iterator[str]:
    if unknown:
        yield f"Activities that are no measures here are left out: {listed(list(unknown))}."


def _bare(slots: Sequence[ScheduleSlot]) -> Iterator[str]:
    bare = [slot.title for slot in slots if slot.after is not None and slot.minus is None and slot.plus is None]
    if bare:
        yield f"No window is given, so any day will do and the target is aimed at: {listed(bare)}."
