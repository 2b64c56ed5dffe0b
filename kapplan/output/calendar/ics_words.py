"""What a calendar entry says, and to whom.

The neutral words are fit for a lock screen and for somebody else's server: no kind of visit, diagnosis, drug, score or
name. A calendar's host is a third party, so everything else is told only when asked for (``detail="full"``).
"""

from __future__ import annotations

from dataclasses import field

from kapplan.dataclass import dataclass
from kapplan.model.exports import Audience, Catalogue, Detail
from kapplan.model.plan import Plan, PlannedVisit, Reason, Task
from kapplan.model.terms import MeasureNames
from kapplan.output.calendar.ics_text import clean, one_line
from kapplan.planning.journal.calendar_identity import calendar_status


@dataclass(frozen=True, slots=True)
class Words:
    """The texts of entries for one audience in one detail; ``measures`` are what people call them.

    A patient's words are those of a ``catalogue``; a clinic's are English.
    """

    audience: Audience
    detail: Detail
    measures: MeasureNames = field(default_factory=dict)
    catalogue: Catalogue = Catalogue()

    def summary(self, plan: Plan, visit: PlannedVisit) -> str:
        """Return a visit's title, the patient's pseudonym with it in the clinic's calendar."""
        title = self._full_title(visit) if self._full else neutral_title(plan, self.catalogue)
        prefix = f"{self.catalogue.say('Cancelled:')} " if calendar_status(visit) == "CANCELLED" else ""
        return prefix + self._with_patient(plan, title)

    def description(self, plan: Plan, visit: PlannedVisit) -> str:
        """Return a visit's text, line by line; empty where there is nothing to tell."""
        told = [*self._arrangements(plan, visit), *self._contact(plan)]
        if self._full:
            told = [*self._particulars(visit), *told, *self._reasons(visit), *self._crisis_line(plan)]
        return "\n".join(line for line in map(clean, told) if line)

    def task_summary(self, plan: Plan, task: Task) -> str:
        """Return a task's title; what is to be done is told in full detail only."""
        return self._with_patient(plan, f"Due: {one_line(task.text)}" if self._full else "Task due")

    @property
    def _full(self) -> bool:
        return self.detail == "full"

    def _full_title(self, visit: PlannedVisit) -> str:
        title = self.catalogue.say(one_line(visit.title) or visit.kind.capitalize())
        return title if title.endswith(f" {visit.number}") else f"{title} {visit.number}"

    def _particulars(self, visit: PlannedVisit) -> list[str]:
        say = self.catalogue.say
        measured = ", ".join(say(one_line(self.measures.get(key, key))) for key in visit.measures)
        what = f"{say(visit.kind.capitalize())} {visit.number}"
        return [
            f"{what}, {say('phase')} {say(one_line(visit.phase), 'phase')}, {say(visit.status)}",
            f"{say('Measures:')} {measured}" if visit.measures else "",
        ]

    def _reasons(self, visit: PlannedVisit) -> list[str]:
        say = self.catalogue.say
        told = [f"- {say(one_line(reason.text))}{_sourced(reason, say('not verified'))}" for reason in visit.because]
        return [say("Why this day:"), *told] if told else []

    def _with_patient(self, plan: Plan, title: str) -> str:
        return f"{title} ({one_line(plan.patient)})" if self.audience == "clinic" else title

    def _arrangements(self, plan: Plan, visit: PlannedVisit) -> list[str]:
        """Return the lines on how to come and to go; of a cancelled visit only who and where it would have been."""
        status, say = calendar_status(visit), self.catalogue.say
        lines = _staff_and_room(plan, visit) if self.audience == "clinic" else []
        if status == "CANCELLED":
            return lines
        if status == "TENTATIVE":
            lines.append(say("Not yet confirmed: the date may still change."))
        if visit.place == "remote":
            lines.append(say("Held by video or telephone."))
        elif visit.place == "home":
            lines.append(say("Held at home."))
        if visit.escort:
            told = {
                "patient": say("This is a long appointment: somebody must take you home afterwards."),
                "clinic": "This is a long appointment: somebody must take the patient home afterwards.",
            }
            lines.append(told[self.audience])
        return lines

    def _contact(self, plan: Plan) -> list[str]:
        if self.audience == "clinic":
            return []
        phone = (
            f"{self.catalogue.say('Questions or changes:')} {one_line(plan.clinic.phone)}" if plan.clinic.phone else ""
        )
        return [phone, one_line(plan.clinic.url or "")]

    def _crisis_line(self, plan: Plan) -> list[str]:
        wanted = self.audience == "patient" and plan.clinic.crisis_line
        return [f"{self.catalogue.say('In a crisis:')} {one_line(plan.clinic.crisis_line or '')}"] if wanted else []


def neutral_title(plan: Plan, catalogue: Catalogue) -> str:
    """Return the title that the clinic gives every appointment, in a catalogue's words where it has them."""
    return catalogue.say(one_line(plan.clinic.title) or "Appointment")


def _staff_and_room(plan: Plan, visit: PlannedVisit) -> list[str]:
    return [
        f"Patient: {one_line(plan.patient)}",
        f"Staff: {', '.join(map(one_line, visit.staff))}" if visit.staff else "",
        f"Room: {one_line(visit.room)}" if visit.room else "",
    ]


def _sourced(reason: Reason, doubtful: str) -> str:
    source = f" ({one_line(reason.source)})" if reason.source else ""
    return f"{source}{'' if reason.verified else f' [{doubtful}]'}"
