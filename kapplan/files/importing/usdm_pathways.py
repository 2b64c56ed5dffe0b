"""Ways through a study's timeline: one course each, chosen by the conditions of its decisions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from kapplan.files.importing.schedule import listed

Data = Mapping[str, Any]
VISIT = "ScheduledActivityInstance"


class Pathway(NamedTuple):
    """The instances that a timeline goes through in their order, and those to which only other ways lead."""

    instances: tuple[Data, ...]
    elsewhere: tuple[Data, ...] = ()


def pathway(main: Data, condition: str | None) -> Pathway:
    """Return the way that a timeline takes.

    At a decision it goes the way of the ``condition`` asked for, by its words, else the usual one. Where the timeline
    does not say where it begins, or leads nowhere, all is gone through. ``ValueError`` where no decision has the
    condition, or where that one only leads back to what was gone through.
    """
    instances: Sequence[Data] = tuple(main["instances"])
    wanted = _wanted(instances, condition)
    way = _walk(main, wanted)
    if not way or not _branches(instances, way):
        return Pathway(tuple(instances))
    return Pathway(
        tuple(one for one in instances if one["id"] in way), tuple(one for one in instances if one["id"] not in way)
    )


def cases_of(instance: Data) -> Sequence[Data]:
    """Return the conditions of a decision, each with the instance that it leads to."""
    return instance.get("conditionAssignments") or ()


def label_of(instance: Data) -> str:
    """Return what people call an instance."""
    return str(instance.get("label") or instance["name"])


def called(instances: Sequence[Data], instance_id: str) -> str:
    """Return what people call the instance of an id."""
    return next((label_of(one) for one in instances if one["id"] == instance_id), instance_id)


def decision_remarks(way: Pathway) -> Iterator[str]:
    """Yield what of a timeline's decisions no protocol file has a place for, and the visits of other pathways."""
    instances = (*way.instances, *way.elsewhere)
    order = {one["id"]: place for place, one in enumerate(way.instances)}
    for one in instances:
        for case in cases_of(one):
            target = str(case.get("conditionTargetId"))
            back = order.get(target, len(order)) < order.get(one["id"], -1)
            to = f", which leads back to {called(instances, target)}" if back else ""
            yield f"Left out: {label_of(one)}{to} ({case.get('condition')})."
    others = [label_of(one) for one in way.elsewhere if one["instanceType"] == VISIT]
    if others:
        yield f"Left out, since another pathway leads to them: {listed(others)}. Another one: --arm CONDITION."


def _wanted(instances: Sequence[Data], condition: str | None) -> str | None:
    """Return the words of the condition that was asked for."""
    if condition is None:
        return None
    words = [str(case.get("condition")) for one in instances for case in cases_of(one)]
    found = next((each for each in words if condition.casefold() in each.casefold()), None)
    if found is None:
        told = f"; its conditions are: {listed(words)}" if words else ""
        raise ValueError(f"the study has no arm, design or pathway {condition}{told}")
    return found


def _walk(main: Data, wanted: str | None) -> dict[str, Data]:
    """Return the instances from the entry on, by id; a way back to one of them is not taken again."""
    by_id: dict[str, Data] = {instance["id"]: instance for instance in main["instances"]}
    way: dict[str, Data] = {}
    turned = wanted is None
    step = by_id.get(str(main.get("entryId")))
    while step is not None and step["id"] not in way:
        way[step["id"]] = step
        ahead = [
            str(case.get("conditionTargetId"))
            for case in cases_of(step)
            if str(case.get("condition")) == wanted and case.get("conditionTargetId") not in way
        ]
        turned = turned or bool(ahead)
        step = by_id.get(ahead[0] if ahead else str(step.get("defaultConditionId")))
    if not turned:
        raise ValueError(f"the condition {wanted} leads to no other pathway: what it leads to is gone through already")
    return way


def _branches(instances: Sequence[Data], way: Mapping[str, Data]) -> bool:
    """Tell whether what is not gone through is led into by a decision, so that it is another way."""
    targets = {str(case.get("conditionTargetId")) for one in instances for case in cases_of(one)}
    targets |= {str(one.get("defaultConditionId")) for one in instances if one["id"] not in way}
    targets |= {str(one.get("defaultConditionId")) for one in instances if cases_of(one)}
    rest = [one["id"] for one in instances if one["id"] not in way]
    return bool(rest) and all(name in targets for name in rest)
