"""``kapplan fill`` and ``kapplan capacity``: who gains by a free slot, and how many more there is room for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from kapplan.cli.batch.many import Bar
from kapplan.cli.casework.change import sources_of
from kapplan.cli.session.book import book_words, read_calendars, reason_of
from kapplan.cli.session.clinic import ClinicBook, ClinicOption, away_from, clinic_book
from kapplan.cli.session.environment import Edge
from kapplan.cli.session.options import command, days_of
from kapplan.cli.session.views import ShowFormat, show_listed
from kapplan.cli.typed.days import typed_when
from kapplan.dataclass import replace
from kapplan.dates import DAYS_IN_WEEK
from kapplan.errors import InvalidFileError, UsageError
from kapplan.planning.phrases.words import day_words

if TYPE_CHECKING:
    from datetime import time

    from kapplan.planning.clinic.fill import Filling


@command("fill")
def fill(
    edge: Edge,
    when: Annotated[
        list[str] | None,
        typer.Argument(metavar="[WHEN...]", help="The slot: thu 14:00, 2027-01-20; else the next seven days."),
    ] = None,
    *,
    clinic: ClinicOption = None,
    form: Annotated[ShowFormat | None, typer.Option("--format", help="How to print it.")] = None,
) -> None:
    """List whose course gets better by a slot that came free, and who waits less, each with the command that does it.

    Example: kapplan fill thu 14:00
    """
    from kapplan.output.clinic.fill import FillView, fill_records
    from kapplan.planning.clinic.fill import in_order

    house = clinic_book(edge, clinic)
    today = edge.now(house.zone).date()
    slot = typed_when(edge, when, today) if when else None
    first = today + timedelta(days=1) if slot is None else slot.day
    days = [first] if slot is not None else [first + timedelta(days=offset) for offset in range(DAYS_IN_WEEK)]
    found = in_order(_fillings(edge, house, days, None if slot is None else slot.time))
    words = str(slot) if slot is not None else f"{day_words(days[0])} to {day_words(days[-1])}"
    book = book_words(edge, house.book) if found else ""
    commands = tuple(f"kapplan move {quote(one.name)} {one.visit} {one.start:%Y-%m-%d %H:%M}{book}" for one in found)
    show_listed(edge, form, lambda: FillView(found, commands, words), lambda: fill_records(found, commands, words))


def _fillings(edge: Edge, house: ClinicBook, days: list[date], clock: time | None) -> Iterator[Filling]:
    """Yield who gains by a slot, of all plans that have a visit later than it; plans are dated anew one by one."""
    from kapplan.planning.clinic.fill import Fillable, fillings, worth_reading

    now = edge.now(house.zone)
    plans = [plan for plan in house.plans if worth_reading(plan, (days[0], days[-1]))]
    with Bar(edge, len(plans)) as bar:
        for listed in plans:
            try:
                stored = house.book.load(listed.name)
                sources = sources_of(edge, stored, stored.plan)
            except (InvalidFileError, UsageError) as error:
                edge.note(f"{listed.name} is not in this list: {reason_of(error).rstrip('.')}.")
            else:
                yield from fillings(Fillable(plan=stored.plan, name=listed.name, sources=sources, now=now), days, clock)
            bar.advance()


@command("capacity")
def capacity(
    edge: Edge,
    *,
    protocol: Annotated[str, typer.Option(metavar="ID", help="The course that is asked about.")] = "kap-standard",
    within: Annotated[str, typer.Option(metavar="SPAN", help="How far to look: 90d, 8w.")] = "90d",
    clinic: ClinicOption = None,
    form: Annotated[ShowFormat | None, typer.Option("--format", help="How to print it.")] = None,
) -> None:
    """Tell how many more courses could begin each week, how full each room and person is, and what is short.

    Example: kapplan capacity --protocol kap-standard --within 8w
    """
    import kapplan
    from kapplan.model.bookings import QUARTER
    from kapplan.output.clinic.capacity import CapacityView, capacity_records
    from kapplan.planning.clinic.board import anybody
    from kapplan.planning.clinic.capacity import CapacityQuestion, weeks_of
    from kapplan.planning.clinic.capacity import capacity as capacity_of

    weeks = max(weeks_of(days_of(within, "--within")), 1)
    house = clinic_book(edge, clinic)
    now = edge.now(house.zone)
    course = kapplan.read_protocol(protocol)
    someone = anybody(house.zone.key)
    someone = replace(someone, treatment=replace(someone.treatment, protocol=course.id))
    tailored = kapplan.tailor(someone, course, house.clinic, today=now.date())
    key = house.clinic.id or house.clinic.name
    since = int(now.timestamp()) // QUARTER
    asked = CapacityQuestion(
        clinic=tailored.clinic,
        busy=away_from(house, read_calendars(edge, house.clinic, house.base, house.zone, now.date(),
                                             excluding_plans={plan.plan for plan in house.plans})),
        booked=() if key is None else house.book.bookings(key, since),
        plans=house.plans,
        profile=someone,
        regimen=tailored.regimen,
        now=now,
        zone=house.zone,
    )  # fmt: skip
    found = []
    with Bar(edge, weeks) as bar:
        for week in capacity_of(asked, weeks):
            found.append(week)
            bar.advance()
    show_listed(edge, form, lambda: CapacityView(tuple(found), course.id), lambda: capacity_records(found, course.id))
