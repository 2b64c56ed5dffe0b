"""``kapplan new``: commented files to begin with, from questions on a terminal or options in a script."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import typer

from kapplan.cli.casework.case import complete_protocol
from kapplan.cli.session.environment import Edge
from kapplan.cli.session.options import command
from kapplan.dataclass import dataclass
from kapplan.dates import WEEKDAYS
from kapplan.errors import InvalidFileError, UsageError

Goal = Literal["rapid-relief", "insight", "trauma", "sobriety", "maintain"]
Escort = Literal["arranged", "needed", "none"]
What = Literal["profile", "clinic", "protocol"]


@dataclass(frozen=True)
class Answers:
    """What a profile begins with; ``None`` leaves a line as a comment."""

    id: str
    course: str
    start: date | None
    timezone: str | None
    clinic: str | None
    therapist: str | None
    goal: str | None
    free: str | None
    escort: str | None


@command("new")
def new(
    edge: Edge,
    path: Annotated[
        Path | None, typer.Argument(help="Where to write it; without it, ID.toml or standard output.")
    ] = None,
    *,
    clinic: Annotated[bool, typer.Option("--clinic", help="Write a clinic's file instead.")] = False,
    protocol: Annotated[bool, typer.Option("--protocol", help="Write a protocol's file instead.")] = False,
    templates: Annotated[
        bool, typer.Option("--templates", help="Write the templates of handouts into a folder instead.")
    ] = False,
    patient: Annotated[str | None, typer.Option("--id", help="The patient's pseudonym.")] = None,
    course: Annotated[
        str | None, typer.Option(help="The protocol to follow.", autocompletion=complete_protocol)
    ] = None,
    start: Annotated[str | None, typer.Option(metavar="DATE", help="No visit before this day.")] = None,
    timezone: Annotated[str | None, typer.Option(help="An IANA name such as America/Denver.")] = None,
    clinic_file: Annotated[str | None, typer.Option(help="The clinic's file, beside the profile.")] = None,
    therapist: Annotated[str | None, typer.Option(help="The staff id of who stays with the patient.")] = None,
    goal: Annotated[Goal | None, typer.Option(help="What the patient hopes for.")] = None,
    free: Annotated[str | None, typer.Option(metavar="DAYS", help="Weekdays: mon,thu or mon=09:00-13:00,thu.")] = None,
    escort: Annotated[Escort | None, typer.Option(help="Who takes the patient home after a dose.")] = None,
) -> None:
    """Write a commented profile, clinic or protocol, or templates; on a terminal, what no option says is asked.

    Example: kapplan new river.toml --id river-0412 --timezone America/Denver
    """
    if clinic + protocol + templates > 1:
        raise UsageError("--clinic, --protocol and --templates write different files; ask for one")
    if templates:
        _write_templates(edge, path or Path("handout"))
        return
    if protocol:
        _write(edge, path or _by_default(edge, "protocol.toml"), _template("protocol", {}))
        return
    if clinic:
        zone = timezone or _asked(edge, "The clinic's time zone", "America/New_York")
        lines = {"timezone_line": _line("timezone", zone, "America/Denver")}
        _write(edge, path or _by_default(edge, "clinic.toml"), _template("clinic", lines), what="clinic")
        return
    if path is not None and path.exists():
        raise UsageError(f"{path} is there already and is not overwritten", hint="choose another name")
    given = Answers(patient or "", course or "", _date(start), timezone, clinic_file, therapist, goal, free, escort)
    answers = _ask(edge, given) if edge.interactive else _with_defaults(given)
    _check(answers)
    target = path or _by_default(edge, f"{answers.id}.toml")
    _write(edge, target, _template("profile", _profile_lines(answers)), what="profile")
    if not answers.timezone and not answers.clinic:
        edge.note("Before that, name a time zone in it (`timezone`), or the clinic's file.")


# Questions


def _ask(edge: Edge, given: Answers) -> Answers:
    """Ask for what no option said, each until the answer can stand; an empty one takes the default that is shown."""
    tomorrow = edge.day() + timedelta(days=1)
    asked = _with_defaults(given)
    for key, question, default in (
        ("id", "The patient's pseudonym", "patient-1"),
        ("course", "Protocol (kapplan protocols lists them)", "kap-standard"),
        ("timezone", "Time zone", "America/New_York"),
        ("clinic", "The clinic's file, if there is one", ""),
        ("goal", f"Goal: {', '.join(get_args(Goal))}", "insight"),
        ("free", "Free on (mon,thu or mon=09:00-13:00; empty: any time)", ""),
        ("escort", f"Escort home: {', '.join(get_args(Escort))}", "needed"),
        ("start", "No visit before", tomorrow.isoformat()),
    ):
        if not getattr(given, key):
            asked = _answered(edge, asked, key, question, default)
    return asked


def _answered(edge: Edge, asked: Answers, key: str, question: str, default: str) -> Answers:
    """Ask one question until a profile with the answer has no mistake, and return the answers with it."""
    from dataclasses import replace

    while True:
        answer = _asked(edge, question, default) or None
        try:
            values: dict[str, Any] = {key: _date(answer) if key == "start" else answer}
            with_it = replace(asked, **values)
            _check(with_it)
        except UsageError as error:
            edge.note("\n".join(line for line in (error.message, error.hint) if line))
        except InvalidFileError as error:
            edge.note("\n".join(problem.message for problem in error.problems))
        else:
            return with_it


def _check(answers: Answers) -> None:
    """Raise ``UsageError`` or ``InvalidFileError`` where a profile with these answers would be refused."""
    from difflib import get_close_matches

    from kapplan.files.checks.file_checks import check_text
    from kapplan.files.documents.protocols import protocol_ids

    if answers.course not in (known := protocol_ids()) and not {"/", "\\", "."} & set(answers.course):
        near = get_close_matches(answers.course, known, n=1)
        hint = f"did you mean {near[0]}?" if near else "`kapplan protocols` lists them; a file ends in .toml"
        raise UsageError(f"there is no protocol {answers.course}", hint=hint)
    check_text(_template("profile", _profile_lines(answers)), "profile")


def _asked(edge: Edge, question: str, default: str) -> str:
    """Return the answer to a question, or the default where nobody can be asked."""
    if not edge.interactive:
        return default
    edge.note(f"{question} [{default}]: " if default else f"{question}: ", end="")
    edge.err.flush()
    answer = edge.read_line()
    return answer.strip() or default


def _with_defaults(given: Answers) -> Answers:
    from dataclasses import replace

    return replace(given, id=given.id or "patient-1", course=given.course or "kap-standard")


def _date(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f'a day is written as 2027-01-04, not "{text}"') from None


# Text


def _profile_lines(answers: Answers) -> dict[str, str]:
    clinic = (
        f"[clinic]\nfile = {json.dumps(answers.clinic)}" if answers.clinic else '# [clinic]\n# file = "clinic.toml"'
    )
    return {
        "id": json.dumps(answers.id),
        "protocol": json.dumps(answers.course),
        "timezone_line": _line("timezone", answers.timezone, "America/Denver"),
        "start_line": f"start = {answers.start.isoformat()}" if answers.start else "# start = 2027-01-04",
        "therapist_line": _line("therapist", answers.therapist, "okafor"),
        "goal_line": _line("primary", answers.goal, "insight"),
        "availability_lines": _free_lines(answers.free),
        "escort_line": _line("escort", answers.escort, "arranged"),
        "clinic_lines": clinic,
    }


def _line(key: str, value: str | None, example: str) -> str:
    return f"# {key} = {json.dumps(example)}" if value is None else f"{key} = {json.dumps(value)}"


def _free_lines(free: str | None) -> str:
    """Return the weekdays of ``mon,thu=09:00-13:00`` as lines of TOML."""
    if not free:
        return '# mon = ["09:00-13:00"]\n# thu = ["09:00-17:00"]'
    lines = []
    for part in free.split(","):
        day, _, hours = part.strip().partition("=")
        if day not in WEEKDAYS:
            raise UsageError(f'free days are written as mon,thu or mon=09:00-13:00, not "{part.strip()}"')
        lines.append(f"{day} = [{json.dumps(hours or '00:00-24:00')}]")
    return "\n".join(lines)


def _template(name: str, lines: Mapping[str, str]) -> str:
    from string import Template

    from kapplan.files.library.package_data import LIBRARY

    text = (LIBRARY / "templates" / f"{name}.toml").read_text(encoding="utf-8")
    return Template(text).substitute(lines)


# Writing


def _by_default(edge: Edge, name: str) -> Path | None:
    return Path(name) if edge.interactive else None


def _write(edge: Edge, path: Path | None, text: str, *, what: What = "protocol") -> None:
    """Write a new file once its own reader has found no mistake in it; never over another."""
    from kapplan.files.checks.file_checks import check_text
    from kapplan.files.plans.atomic import write_new

    check_text(text, what)
    if path is None or str(path) == "-":
        edge.write(text)
        return
    write_new(path, text.encode("utf-8"))
    edge.hint(
        f"Wrote {path}. " + (f"Next: kapplan plan {path}" if what == "profile" else f"Next: kapplan check {path}")
    )


def _write_templates(edge: Edge, folder: Path) -> None:
    """Write the package's templates of handouts into a new folder, each under its name."""
    from kapplan.files.library.templates import shipped_templates
    from kapplan.files.plans.atomic import write_new

    try:
        folder.mkdir()
    except FileExistsError:
        raise UsageError(f"{folder} is there already and is not overwritten", hint="choose another name") from None
    except FileNotFoundError:
        raise UsageError(f"there is no folder {folder.parent}") from None
    for name, template in shipped_templates().items():
        write_new(folder / name, template.text.encode("utf-8"))
    edge.hint(f"Wrote {folder}. Next: kapplan export PLAN --format html --templates {folder} -o FILE.html")
