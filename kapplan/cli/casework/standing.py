"""How commands see a plan: screened afresh, so that what is unsettled comes first whatever was written when."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from shlex import quote
from typing import TYPE_CHECKING

from kapplan.cli.session.book import reason_of
from kapplan.cli.session.environment import Edge
from kapplan.cli.session.plans import find
from kapplan.errors import FileProblem, InvalidFileError, KapplanError

if TYPE_CHECKING:
    from kapplan.files.plans.store import StoredPlan
    from kapplan.model.plan import Plan
    from kapplan.model.review import Basis


def see(edge: Edge, name: str) -> Plan:
    """Read the plan of a name, screened as of today."""
    return seen(edge, find(edge, name))


@contextmanager
def safety_told(edge: Edge, plan: Plan) -> Iterator[None]:
    """Tell a plan's safety notices where it cannot be saved: what was answered asks for action all the same."""
    from kapplan.files.book.book import TakenError

    try:
        yield
    except TakenError:
        raise
    except KapplanError:
        for finding in plan.findings:
            if finding.safety:
                edge.note_once(f"SAFETY: {finding.text}")
        raise


def seen(edge: Edge, stored: StoredPlan, plan: Plan | None = None) -> Plan:
    """Return a plan that was read (or an earlier state of it) screened as of today; its file is left as it is.

    Where screening fails, since a file of rules is gone or a snapshot damaged, that is told and the plan's own findings
    stand: reading never fails for it.
    """
    from kapplan.files.plans.screening_digest import is_current

    plan = stored.plan if plan is None else plan
    today = edge.today_of(plan.timezone)
    try:
        if is_current(plan, today, stored.base):
            return plan
        return screened_afresh(stored, plan, basis_of(stored, plan), today)
    except KapplanError as error:
        edge.note(f"The plan could not be screened afresh: {error.message}")
        return plan


def refuse_doubted(stored: StoredPlan) -> None:
    """Raise ``InvalidFileError`` where a plan is not as it was written: only records do not wait for its acceptance."""
    if stored.plan.doubted is not None:
        name = stored.typed
        message, typed = "the plan is not as it was written; nothing was changed", quote(name)
        expected = f"somebody who accepts it (`kapplan check --accept {typed} --by NAME`), or `kapplan restore {typed}`"
        raise InvalidFileError((FileProblem(message=message, file=name, expected=expected),))


def tell_of_clock(edge: Edge, stored: StoredPlan, now: datetime) -> None:
    """Say that the clock was set back, where the plan was changed after now; not where the day was given."""
    changed = stored.plan.revised
    if not edge.told_time and now < changed - _CLOCKS_DIFFER:
        edge.note(
            f"The clock says {now:%Y-%m-%d %H:%M}, but this plan was changed on "
            f"{changed.astimezone(now.tzinfo):%Y-%m-%d %H:%M}: is the clock right? --today takes another day."
        )


_CLOCKS_DIFFER = timedelta(minutes=10)
"""By how much the clocks of two machines that share a folder may differ."""


def screened_afresh(stored: StoredPlan, plan: Plan, basis: Basis | None, today: date) -> Plan:
    """Return a plan screened as of a day, with what it was screened by.

    Where there is nothing to screen it with, what its scores ask of somebody is added to the findings that it has.
    """
    import kapplan
    from kapplan.files.plans.screening_digest import stamped
    from kapplan.planning.review.standing import screened, with_alerts

    if basis is None:
        return with_alerts(plan, kapplan.read_measures(), today)
    return stamped(screened(plan, basis, today), basis.clinic.rules, stored.base)


def basis_of_record(edge: Edge, stored: StoredPlan, plan: Plan) -> Basis | None:
    """Return what the review of a plan reads, as much of it as can be read: what happened is recorded all the same.

    In the place of a clinic's rules that are gone stand the package's; ``None`` where the plan's own snapshot is
    damaged. Either is said.
    """
    from kapplan.files.plans.review_basis import basis_of as basis_by_package

    name = quote(stored.typed)
    try:
        return basis_of(stored, plan)
    except KapplanError as error:
        edge.note(f"Not screened by the clinic's own rules: {reason_of(error).rstrip('.')}.")
    try:
        return basis_by_package(plan)
    except KapplanError:
        edge.note(f"What the plan was made from is damaged: `kapplan check {name}` says where.")
        return None


def basis_of(stored: StoredPlan, plan: Plan) -> Basis:
    """Return what the review of a plan reads: the case it was made from, the measures and the rules."""
    import kapplan
    from kapplan.files.plans.review_basis import basis_of as basis_by
    from kapplan.files.plans.snapshots import inputs_of

    return basis_by(plan, kapplan.read_rules(inputs_of(plan).clinic.rules, stored.base))
