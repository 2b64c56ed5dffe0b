"""``kapplan new``: commented files to begin with, from questions on a terminal or options in a script."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from shlex import quote
from typing import Annotated, Literal

import typer

from kapplan.cli.casework.case import complete_protocol, read_case
from kapplan.cli.casework.course import make_plan
from kapplan.cli.session.audit import log_access
from kapplan.cli.session.book import book_for, name_in
from kapplan.cli.session.environment import Edge
from kapplan.cli.session.options import command
from kapplan.cli.session.views import show_plan
from kapplan.cli.typed.days import day_ahead
from kapplan.cli.wizard.commented import Values, filled
from kapplan.errors import UsageError

Goal = Literal["rapid-relief", "insight", "trauma", "sobriety", "maintain"]
Escort = Literal["arranged", "needed", "none"]
What = Literal["profile", "clinic", "protocol"]

_UNNAMED = '"patient-1"'


@command("new")
def new(
    edge: Edge,
    path: Annotated[
        Path | None, typer.Argument(metavar="PATH", help="Where to write it; without it, ID.toml or standard output.")
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
        _write(edge, path or _by_default(edge, "protocol.toml"), filled("protocol", {}))
        return
    if clinic:
        _new_clinic(edge, path or _by_default(edge, "clinic.toml"), timezone)
        return
    if path is not None and path.exists():
        raise UsageError(f"{path} is there already and is not overwritten", hint="choose another name")
    values = _given(
        {
            ("patient", "id"): patient, ("treatment", "protocol"): course, ("patient", "timezone"): timezone,
            ("treatment", "therapist"): therapist, ("goals", "primary"): goal, ("travel", "escort"): escort,
        },
        clinic_file, free,
    )  # fmt: skip
    if start is not None:
        values["treatment", "start"] = day_ahead(edge, start, edge.day()).isoformat()
    _new_profile(edge, path, values)


def _given(options: Mapping[tuple[str, str], str | None], clinic_file: str | None, free: str | None) -> Values:
    """Return what options say, as the values of a profile; raises ``UsageError`` where one cannot be read."""
    from kapplan.cli.wizard.patient_questions import known_course
    from kapplan.planning.phrases.typed_hours import parse_free

    values = {key: json.dumps(value) for key, value in options.items() if value is not None}
    if (course := options["treatment", "protocol"]) is not None:
        known_course(course)
    if free is not None:
        values |= {("availability", day): json.dumps(hours) for day, hours in parse_free(free).items()}
    if clinic_file is not None:
        values["clinic", ""] = f"[clinic]\nfile = {json.dumps(clinic_file)}"
    return values


def _new_profile(edge: Edge, path: Path | None, given: Values) -> None:
    """Write a profile, from questions where somebody can be asked, and then show the course that it makes."""
    from kapplan.cli.wizard.patient_questions import ask_patient

    values = ask_patient(edge, given) if edge.interactive else given
    target = path or _by_default(edge, f"{json.loads(values.get(('patient', 'id'), _UNNAMED))}.toml")
    _write(edge, target, filled("profile", values), what="profile")
    if ("patient", "id") in values:
        log_access(edge, json.loads(values["patient", "id"]))
    if ("patient", "timezone") not in values and ("clinic", "") not in values:
        edge.note("Before that, name a time zone in it (`timezone`), or the clinic's file.")
    elif edge.interactive and target is not None:
        _show_course(edge, target)


def _new_clinic(edge: Edge, path: Path | None, timezone: str | None) -> None:
    """Write a clinic's file, from questions where somebody can be asked."""
    if path is not None and path.exists():
        raise UsageError(f"{path} is there already and is not overwritten", hint="choose another name")
    values = {} if timezone is None else {("clinic", "timezone"): json.dumps(timezone)}
    if edge.interactive:
        from kapplan.cli.wizard.clinic_questions import ask_clinic

        values = ask_clinic(edge, values)
    _write(edge, path, filled("clinic", values), what="clinic")
    if ("clinic", "timezone") not in values:
        edge.note("It names no time zone yet (`timezone`): until it does, each patient's file must.")
    book = json.loads(values.get(("clinic", "book"), '""'))
    if book and "://" not in book and path is not None:
        (path.parent / book).mkdir(exist_ok=True)


def _show_course(edge: Edge, profile: Path) -> None:
    """Show the course that a new profile makes, or why there is none; nothing of it is saved."""
    case = read_case(str(profile))
    book = book_for(edge, case.clinic, case.base, profile.parent)
    made, _ = make_plan(edge, case, book=book)
    show_plan(edge, made, form=None)
    edge.hint(f"To keep it: kapplan plan {quote(str(profile))} -o {quote(str(name_in(book, made.patient)))}")


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
    if what == "clinic" and edge.interactive:
        follows = "Next, a first patient: kapplan new"
    else:
        follows = f"Next: kapplan {'plan' if what == 'profile' else 'check'} {quote(str(path))}"
    edge.hint(f"Wrote {path}. {follows}")


def _write_templates(edge: Edge, folder: Path) -> None:
    """Write the package's templates and catalogues of handouts into a new folder, each under its name."""
    from kapplan.files.library.catalogues import shipped_catalogues
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
    for path in shipped_catalogues():
        write_new(folder / path.name, path.read_bytes())
    edge.hint(f"Wrote {folder}. Next: kapplan export PLAN --format html --templates {folder} -o FILE.html")
