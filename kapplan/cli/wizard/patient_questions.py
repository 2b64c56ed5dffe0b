"""What a patient's profile begins with: who, which course, history, drugs, scores, goal and days, each optional.

What is skipped is left out of the profile, which screening then says; nothing that changes treatment has a default. The
general course is offered as the usual one only to whom nothing that is treated points to another.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, get_args

from kapplan.cli.session.environment import Edge
from kapplan.cli.typed.scores import scores_in
from kapplan.cli.wizard.asking import Prompt, asked_all
from kapplan.cli.wizard.commented import Values
from kapplan.errors import UsageError
from kapplan.model.profile import Condition, Diagnosis, Goal, Treatment
from kapplan.planning.phrases.typed_hours import parse_free

Read = Mapping[tuple[str, str], str]
_CLINIC_FILE = Path("clinic.toml")
_USUAL = Treatment().protocol
_ANYTHING = "none"
_DIAGNOSES: dict[str, str] = {
    "mdd": "depression",
    "trd": "depression that two antidepressants did not help",
    "mdsi": "depression with suicidal thoughts",
    "gad": "generalised anxiety",
    "sad": "social anxiety",
    "aud": "alcohol",
    "oud": "opioids",
    "cud": "cocaine",
    "ocd": "obsessions and compulsions",
}
"""What diagnoses are called whose keys are letters."""


def ask_patient(edge: Edge, given: Values) -> Values:
    """Ask for a patient, beside the clinic's file where one lies here; return the values of the profile."""
    beside = str(_CLINIC_FILE) if _CLINIC_FILE.exists() else ""
    who = [
        Prompt(
            text="The patient's pseudonym", usual="patient-1", read=_text("patient", "id"), keys=(("patient", "id"),)
        ),
        Prompt(text="The clinic's file", usual=beside, read=_clinic, keys=(("clinic", ""),)),
    ]
    values = asked_all(edge, "profile", who, given)
    if ("clinic", "") not in values:
        from kapplan.cli.wizard.places import location_of

        def place(answer: str) -> Read:
            return {("patient", "timezone"): json.dumps(location_of(answer).timezone)}

        where = Prompt(text="Where is the patient (a city, a state)", read=place, keys=(("patient", "timezone"),))
        values = asked_all(edge, "profile", [where], values)
    values = asked_all(edge, "profile", _first_questions(edge), values)
    return asked_all(edge, "profile", [_protocol_question(values), *_questions(edge)], values)


def known_course(name: str) -> None:
    """Raise ``UsageError`` where no protocol has a name; a file of one's own may be named before it is there."""
    from kapplan.files.documents.protocols import UnknownProtocolError, protocol_ids

    if name not in protocol_ids() and not {"/", "\\", "."} & set(name):
        raise UnknownProtocolError(name)


def _first_questions(edge: Edge) -> list[Prompt]:
    return [
        Prompt(text="Born on (1987-03-14, 14 mar 1987)", read=_born(edge), keys=(("patient", "birth_date"),)),
        Prompt(text="What is treated (mdd, trd, ptsd, aud, or a word; none)",
                 read=_words("diagnoses", get_args(Diagnosis))),
    ]  # fmt: skip


def _protocol_question(values: Values) -> Prompt:
    """Return how the protocol is asked for: the usual one is offered where it is for all that is treated."""
    import kapplan

    treated = set(json.loads(values.get(("history", "diagnoses"), "[]")))
    library = [kapplan.read_protocol(name) for name in kapplan.protocol_ids()]
    known = {one.id: set(one.indications) for one in library}
    others = treated - known[_USUAL]
    meant = sorted(name for name, indications in known.items() if indications & others)
    keys = (("treatment", "protocol"),)
    if not meant:
        return Prompt(text="Protocol (? lists them)", usual=_USUAL, read=_course, keys=keys)
    named = ", ".join(sorted(one for one in others if any(one in indications for indications in known.values())))
    needed = f"{_USUAL} is not for {named}: name the protocol, that one too if it is meant"
    return Prompt(text=f"Protocol ({', '.join(meant)}; ? lists all)", read=_course, keys=keys, needed=needed)


def _questions(edge: Edge) -> list[Prompt]:
    return [
        Prompt(text="How many antidepressants did not help", read=_whole("failed_antidepressants")),
        Prompt(text="Other conditions that matter (hypertension-controlled, psychosis; none)",
                 read=_words("conditions", get_args(Condition))),
        Prompt(text="Medicines with their milligrams a day (sertraline 100, lorazepam 2; none)", read=_medications),
        Prompt(text="Pregnancy (no, possible, yes, not-applicable)", read=_text("history", "pregnancy")),
        Prompt(text="Ketamine before (none, responded, relapsed, no-response, adverse)",
                 read=_text("history", "prior_ketamine")),
        Prompt(text="Scores (PHQ-9 17, phq9_item9 0, bp 128/82)", read=_scores(edge.day())),
        Prompt(text=f"What is hoped for ({', '.join(get_args(Goal))})", read=_text("goals", "primary"),
                 keys=(("goals", "primary"),)),
        Prompt(text="Free on (mon, thu 9-1; Enter: any time)", read=_free, keys=(("availability", "mon"),)),
        Prompt(text="Who takes the patient home (arranged, needed, none)", read=_text("travel", "escort"),
                 keys=(("travel", "escort"),)),
        Prompt(text="No visit before", usual="tomorrow", read=_start(edge), keys=(("treatment", "start"),)),
    ]  # fmt: skip


def _text(table: str, key: str) -> Any:
    return lambda answer: {(table, key): json.dumps(answer, ensure_ascii=False)}


def _clinic(answer: str) -> Read:
    if not Path(answer).exists():
        raise UsageError(f"there is no file {answer}", hint="`kapplan new --clinic` makes one; Enter goes on without")
    return {("clinic", ""): f"[clinic]\nfile = {json.dumps(answer)}"}


def _course(answer: str) -> Read:
    if answer == "?":
        import kapplan

        library = [kapplan.read_protocol(name) for name in kapplan.protocol_ids()]
        raise UsageError("\n".join(f"- {one.id}: {one.title}" for one in library))
    known_course(answer)
    return {("treatment", "protocol"): json.dumps(answer)}


def _words(key: str, known: tuple[str, ...]) -> Any:
    """Return how a list of words is read of which screening knows only some; none of them is guessed."""

    def read(answer: str) -> Read:
        words = [] if answer.casefold() == _ANYTHING else [word.strip().casefold() for word in answer.split(",")]
        for word in words:
            if word not in known:
                called = [one for one in known if _DIAGNOSES.get(one, "").startswith(word)]
                meant = called or [one for one in known if word in one] or known
                told = ", ".join(f"{one} ({_DIAGNOSES[one]})" if one in _DIAGNOSES else one for one in meant)
                raise UsageError(
                    f"{word} is none that screening knows by that name",
                    hint=f"one of {told}; anything else stands under `other` in the file",
                )
        return {("history", key): json.dumps(words)}

    return read


def _whole(key: str) -> Any:
    def read(answer: str) -> Read:
        if not answer.isdecimal():
            raise UsageError(f"{answer} is no number")
        return {("history", key): answer}

    return read


def _medications(answer: str) -> Read:
    from kapplan.planning.amend.notes import noted

    taken = []
    for text in [] if answer.casefold() == _ANYTHING else answer.split(","):
        one = noted("medication", text, on=date.min)
        dose = "" if one.daily_mg is None else f", daily_mg = {one.daily_mg}"
        taken.append(f"{{ name = {json.dumps(one.value, ensure_ascii=False)}{dose} }}")
    return {("history", "medications"): f"[{', '.join(taken)}]"}


def _scores(today: date) -> Any:
    def read(answer: str) -> Read:
        rest, scores = scores_in(answer.replace(",", " ").split())
        if rest:
            raise UsageError(f"{rest[0]} is no score", hint="a measure and its value: PHQ-9 17, bp 128/82")
        return {("symptoms", "on"): today.isoformat()} | {
            ("symptoms", measure): json.dumps(value) for measure, value in scores.items()
        }

    return read


def _free(answer: str) -> Read:
    return {("availability", day): json.dumps(hours) for day, hours in parse_free(answer).items()}


def _born(edge: Edge) -> Any:
    from kapplan.cli.typed.days import typed_when

    def read(answer: str) -> Read:
        return {("patient", "birth_date"): typed_when(edge, answer, edge.day(), direction="back").day.isoformat()}

    return read


def _start(edge: Edge) -> Any:
    from kapplan.cli.typed.days import day_ahead

    return lambda answer: {("treatment", "start"): day_ahead(edge, answer, edge.day()).isoformat()}
