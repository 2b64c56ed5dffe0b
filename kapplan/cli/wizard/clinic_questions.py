"""What a clinic's file begins with: name, place, hours, holidays, rooms, people, and where its plans lie."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import get_args

from kapplan.cli.session.environment import Edge
from kapplan.cli.wizard.asking import Prompt, asked_all
from kapplan.cli.wizard.commented import Values
from kapplan.cli.wizard.places import holidays_of, location_of
from kapplan.dates import WEEKDAYS
from kapplan.errors import UsageError
from kapplan.model.terms import Role
from kapplan.planning.phrases.typed_hours import parse_week, week_words

_CLINIC = "clinic"
Read = Mapping[tuple[str, str], str]


def ask_clinic(edge: Edge, given: Values) -> Values:
    """Ask for a clinic, and tell what was understood of place and hours; return the values of its file."""
    place = [
        Prompt(text="The clinic's name", read=_name, keys=((_CLINIC, "name"),)),
        Prompt(text="Where is it (a city, a state)", read=_place, keys=((_CLINIC, "timezone"),)),
    ]
    values = asked_all(edge, "clinic", place, given)
    if (_CLINIC, "timezone") in values:
        edge.note(f"Times are those of {json.loads(values[_CLINIC, 'timezone'])}.")
    holidays = json.loads(values.get((_CLINIC, "holidays"), '""'))
    more = [
        Prompt(text="Open hours (9-5, or Mon-Thu 8:30am-5pm, Fri 9-1)", usual="Mon-Fri 9-5", read=_hours),
        Prompt(text="Public holidays of (Colorado, US-CO, GB-ENG)", usual=holidays, read=_holidays),
        Prompt(text="Rooms, by name (blue, green)", read=_rooms),
        Prompt(text="People, each with a role (okafor therapist, reyes prescriber)", read=_people),
        Prompt(text="Where the plans lie: a folder, or a database's address", usual="plans", read=_book),
    ]
    values = asked_all(edge, "clinic", more, values)
    week = {
        day: tuple(json.loads(hours)) for (table, day), hours in values.items() if table == "clinic.hours" and hours
    }
    edge.note(f"Open {week_words({day: week[day] for day in WEEKDAYS if day in week})}.")
    return values


def _name(answer: str) -> Read:
    return {(_CLINIC, "name"): json.dumps(answer, ensure_ascii=False)}


def _place(answer: str) -> Read:
    location = location_of(answer)
    found = {(_CLINIC, "timezone"): json.dumps(location.timezone)}
    return found if location.holidays is None else found | {(_CLINIC, "holidays"): json.dumps(location.holidays)}


def _hours(answer: str) -> Read:
    week = parse_week(answer)
    return {("clinic.hours", day): json.dumps(week[day]) if day in week else "" for day in WEEKDAYS}


def _holidays(answer: str) -> Read:
    return {(_CLINIC, "holidays"): json.dumps(holidays_of(answer))}


def _book(answer: str) -> Read:
    return {(_CLINIC, "book"): json.dumps(answer)}


def _rooms(answer: str) -> Read:
    blocks = [f"[[clinic.rooms]]\nid = {json.dumps(_key(name))}" for name in _listed(answer)]
    return {("clinic.rooms", ""): "\n\n".join(blocks)}


def _people(answer: str) -> Read:
    blocks = []
    for person in _listed(answer):
        name, roles = _named(person)
        if not name or not roles:
            raise UsageError(f"what {person} does is not said", hint=f"a name and one of {', '.join(get_args(Role))}")
        blocks.append(
            f"[[clinic.staff]]\nid = {json.dumps(_key(name))}\nname = {json.dumps(name, ensure_ascii=False)}\n"
            f"roles = {json.dumps(roles)}"
        )
    return {("clinic.staff", ""): "\n\n".join(blocks)}


def _named(person: str) -> tuple[str, list[str]]:
    """Return a name and the roles that stand behind it: ``reyes prescriber and monitor``, ``Okafor (therapist)``."""
    words = re.sub("[()/+&]", " ", person).split()
    roles: list[str] = []
    while words and words[-1].casefold() in {*get_args(Role), "and"}:
        roles.insert(0, words.pop().casefold())
    return " ".join(words), [role for role in dict.fromkeys(roles) if role != "and"]


def _listed(answer: str) -> Iterator[str]:
    return (part.strip() for part in re.split(r"[,;]", answer) if part.strip())


def _key(name: str) -> str:
    """Return the id of a room or a person: the last word of a name, in small letters."""
    return re.sub(r"[^a-z0-9._-]+", "", name.rsplit(maxsplit=1)[-1].casefold())
