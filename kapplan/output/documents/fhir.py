"""A plan as a FHIR R4 bundle: a care plan, a request and an appointment for each visit, tasks, and scores.

The patient is only referred to, by the pseudonym. Ids are UUIDs made of the plan's: the same plan always gives the
same bundle. Scores are part of it, by design.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

from kapplan.model.exports import ExportRequest
from kapplan.model.measures import Measures
from kapplan.model.plan import Plan, PlannedVisit, Score, Task
from kapplan.output.records.json_records import json_text
from kapplan.output.records.numbers import in_order
from kapplan.output.records.words import clean, minutes_of
from kapplan.planning.journal.calendar_identity import calendar_uid
from kapplan.planning.phrases.words import visit_words

SYSTEM = "https://kapplan.invalid/fhir"
"""Begins the systems of our identifiers and codes; the ending ``.invalid`` is kept from ever being a host's name."""

Resource = dict[str, Any]

_COURSE = {"held": "on-hold", "open": "active", "ended": "completed"}
_REQUESTS = {
    "completed": "completed", "missed": "revoked", "cancelled": "revoked", "omitted": "revoked",
}  # fmt: skip
_APPOINTMENTS = {"completed": "fulfilled", "missed": "noshow", "cancelled": "cancelled", "omitted": "cancelled"}
_TASKS = {"open": "requested", "done": "completed", "dropped": "cancelled"}


def export(plan: Plan, asked: ExportRequest) -> str:
    """Return a plan as a bundle, with the patient's name where everything is asked for."""
    return fhir_json(plan, asked.needed_material.measures, named=asked.detail == "full")


def fhir_json(plan: Plan, measures: Measures, *, named: bool = False) -> str:
    """Return a plan as a FHIR R4 bundle in JSON; ``named`` adds the patient's name to references."""
    return json_text(fhir_bundle(plan, measures, named=named))


def fhir_bundle(plan: Plan, measures: Measures, *, named: bool = False) -> Resource:
    """Return a plan as a FHIR R4 bundle (a ``collection``), as plain data."""
    maker = _Maker(plan, measures, named=named)
    resources = list(maker.resources())
    return {
        "resourceType": "Bundle",
        "id": calendar_uid(plan.id, "fhir", "Bundle"),
        "identifier": {"system": f"{SYSTEM}/plan", "value": plan.id},
        "type": "collection",
        "timestamp": _instant(plan.revised),
        "entry": [{"fullUrl": f"urn:uuid:{resource['id']}", "resource": resource} for resource in resources],
    }


class _Maker:
    """Makes the resources of one plan, which refer to each other by their UUIDs."""

    def __init__(self, plan: Plan, measures: Measures, *, named: bool) -> None:
        self._plan = plan
        self._measures = measures
        self._named = named

    def resources(self) -> Iterator[Resource]:
        """Yield the care plan, then requests and appointments by time, tasks, and scores."""
        visits = in_order(self._plan.visits)
        yield self._care_plan(visits)
        for visit in visits:
            yield self._request(visit)
            if _has_appointment(visit):
                yield self._appointment(visit)
        for task in self._plan.tasks:
            yield self._task(task)
        seen: Counter[tuple[str, date]] = Counter()
        for score in self._plan.scores:
            seen[score.measure, score.on] += 1
            number = seen[score.measure, score.on]
            yield self._observation(score, number) if _is_pair(score) else self._response(score, number)

    def _start(self, kind: str, *path: str) -> Resource:
        return {"resourceType": kind, "id": self._id(kind, *path)}

    def _id(self, kind: str, *path: str) -> str:
        return calendar_uid(self._plan.id, "fhir", kind, *path)

    def _reference(self, kind: str, *path: str) -> Resource:
        return {"reference": f"urn:uuid:{self._id(kind, *path)}", "type": kind}

    @property
    def _subject(self) -> Resource:
        subject: Resource = {
            "type": "Patient",
            "identifier": {"system": f"{SYSTEM}/patient", "value": clean(self._plan.patient)},
        }
        if self._named and self._plan.name and clean(self._plan.name):
            subject["display"] = clean(self._plan.name)
        return subject

    def _care_plan(self, visits: tuple[PlannedVisit, ...]) -> Resource:
        plan = self._plan
        state = "held" if plan.held else "open" if any(visit.open for visit in visits) else "ended"
        protocol = plan.protocol
        route = f" {protocol.route}" if protocol.route else ""
        label = f" Off-label: no product label covers this use of {protocol.drug}." if protocol.off_label else ""
        resource = {
            **self._start("CarePlan"),
            "identifier": [{"system": f"{SYSTEM}/plan", "value": plan.id}],
            "status": _COURSE[state],
            "intent": "plan",
            "title": clean(protocol.title),
            "description": clean(f"{protocol.id} {protocol.version}, {protocol.drug}{route}.{label}"),
            "subject": self._subject,
            "created": _instant(plan.created),
        }
        if visits:
            days = [visit.start for visit in visits]
            resource["period"] = {"start": _moment(min(days)), "end": _moment(max(visit.end for visit in visits))}
            resource["activity"] = [{"reference": self._reference("ServiceRequest", visit.id)} for visit in visits]
        notes = [finding.text for finding in plan.findings] + list(plan.notices)
        return _with_notes(resource, notes)

    def _request(self, visit: PlannedVisit) -> Resource:
        resource = {
            **self._start("ServiceRequest", visit.id),
            "identifier": [{"system": f"{SYSTEM}/visit", "value": visit.id}],
            "basedOn": [self._reference("CarePlan")],
            "status": _REQUESTS.get(visit.status, "on-hold" if self._plan.held else "active"),
            "intent": "proposal" if visit.provisional and visit.open else "plan",
            "code": _concept(f"{SYSTEM}/kind", visit.kind, clean(visit.title) or visit_words(visit.id)),
            "subject": self._subject,
            **_occurrence(visit),
            "authoredOn": _instant(visit.revised),
        }
        return _with_notes(resource, [reason.text for reason in visit.because])

    def _appointment(self, visit: PlannedVisit) -> Resource:
        status = _appointment_status(visit)
        resource = {
            **self._start("Appointment", visit.id),
            "identifier": [{"system": f"{SYSTEM}/visit", "value": visit.id}],
            "status": status,
            "serviceType": [_concept(f"{SYSTEM}/kind", visit.kind, clean(visit.title) or visit_words(visit.id))],
            "description": visit_words(visit.id),
            "created": _instant(visit.revised),
            "basedOn": [self._reference("ServiceRequest", visit.id)],
        }
        if visit.timed:
            length = visit.end - visit.start
            start = visit.actual if status == "fulfilled" and visit.actual else visit.start
            resource |= {
                "start": _moment(start),
                "end": _moment((start.astimezone(UTC) + length).astimezone(start.tzinfo)),
                "minutesDuration": minutes_of(visit),
            }
        if visit.earliest and visit.latest and visit.open:
            window = {"start": visit.earliest.isoformat(), "end": visit.latest.isoformat()}
            resource["requestedPeriod"] = [window]
        resource["participant"] = self._participants(visit)
        return resource

    def _participants(self, visit: PlannedVisit) -> list[Resource]:
        sure = "accepted" if visit.status in {"confirmed", "completed"} else "needs-action"
        actors = [{"actor": self._subject, "status": sure}]
        others = [("Practitioner", "staff", person) for person in visit.staff]
        others += [("Location", "room", visit.room)] if visit.room else []
        return [*actors, *({"actor": self._other(*other), "status": "accepted"} for other in others)]

    @staticmethod
    def _other(kind: str, system: str, value: str) -> Resource:
        return {"type": kind, "identifier": {"system": f"{SYSTEM}/{system}", "value": clean(value)}}

    def _task(self, task: Task) -> Resource:
        resource = {
            **self._start("Task", task.id),
            "identifier": [{"system": f"{SYSTEM}/task", "value": task.id}],
            "basedOn": [self._reference("CarePlan")],
            "status": _TASKS[task.status],
            "intent": "plan",
            "description": clean(task.text),
            "for": self._subject,
            "authoredOn": _instant(self._plan.created),
            "restriction": {"period": {"end": task.due.isoformat()}},
        }
        if any(visit.id == task.visit for visit in self._plan.visits):
            resource["focus"] = self._reference("ServiceRequest", task.visit or "")
        if task.done is not None:
            resource["executionPeriod"] = {"end": task.done.isoformat()}
        return resource

    def _title(self, measure: str) -> str:
        scale = self._measures.measures.get(measure)
        return clean(scale.title if scale is not None else measure)

    def _response(self, score: Score, number: int) -> Resource:
        """Return a score as a questionnaire's response: one item, its total or its answer."""
        kind = "valueInteger" if isinstance(score.value, int) else "valueString"
        value = score.value if isinstance(score.value, int) else clean(score.value)
        return {
            **self._start("QuestionnaireResponse", score.measure, score.on.isoformat(), str(number)),
            "identifier": {"system": f"{SYSTEM}/measure", "value": score.measure},
            "basedOn": [self._reference("CarePlan")],
            "status": "completed",
            "subject": self._subject,
            "authored": score.on.isoformat(),
            "item": [{"linkId": score.measure, "text": self._title(score.measure), "answer": [{kind: value}]}],
        }

    def _observation(self, score: Score, number: int) -> Resource:
        """Return a pair of readings as an observation of two components."""
        scale = self._measures.measures.get(score.measure)
        unit = {"unit": scale.unit} if scale is not None and scale.unit else {}
        parts = zip(("first", "second"), str(score.value).split("/"), strict=True)
        return {
            **self._start("Observation", score.measure, score.on.isoformat(), str(number)),
            "basedOn": [self._reference("CarePlan")],
            "status": "final",
            "code": _concept(f"{SYSTEM}/measure", score.measure, self._title(score.measure)),
            "subject": self._subject,
            "effectiveDateTime": score.on.isoformat(),
            "component": [
                {
                    "code": _concept(f"{SYSTEM}/measure-part", f"{score.measure}-{part}", f"{part} reading"),
                    "valueQuantity": {"value": int(value), **unit},
                }
                for part, value in parts
            ],
        }


def _is_pair(score: Score) -> bool:
    parts = str(score.value).split("/")
    return len(parts) == len(("first", "second")) and all(part.isdecimal() for part in parts)


def _has_appointment(visit: PlannedVisit) -> bool:
    """Tell whether a visit can be an appointment: FHIR lets only proposed and cancelled ones have no time."""
    return visit.timed or _appointment_status(visit) in {"proposed", "cancelled"}


def _appointment_status(visit: PlannedVisit) -> str:
    ended = _APPOINTMENTS.get(visit.status)
    if ended is not None:
        return ended
    return "proposed" if visit.provisional or not visit.timed or visit.status == "unresolved" else "booked"


def _occurrence(visit: PlannedVisit) -> Resource:
    if not visit.timed:
        return {"occurrenceDateTime": visit.start.date().isoformat()}
    return {"occurrencePeriod": {"start": _moment(visit.start), "end": _moment(visit.end)}}


def _concept(system: str, code: str, text: str) -> Resource:
    return {"coding": [{"system": system, "code": code}], "text": text}


def _with_notes(resource: Resource, texts: list[str]) -> Resource:
    notes = [{"text": clean(text)} for text in texts if clean(text)]
    return {**resource, "note": notes} if notes else resource


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(microsecond=0).isoformat()


def _moment(moment: datetime) -> str:
    return moment.replace(microsecond=0).isoformat()
