"""``kapplan renew``: new names for a plan's entries in calendars, which nobody can guess back to a patient."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from kapplan.cli.casework.change import Settings, Step, change, changing
from kapplan.cli.session.environment import Edge
from kapplan.cli.typed.plans import PlanArgument

if TYPE_CHECKING:
    from kapplan.model.plan import Plan


@changing("renew")
def renew(edge: Edge, settings: Settings, plan: PlanArgument) -> None:
    """Give a plan's entries new names in calendars, made with a secret: one for each audience, and none to be guessed.

    Plans of older versions have names made of their ids until this is done. The next publish puts each entry under its
    new name and takes the old one away; a file that was imported before must be replaced as a whole.

    Example: kapplan renew river && kapplan publish river --to https://cal.example/river/
    """

    def with_new_names(current: Plan, _: datetime) -> Step:
        from kapplan.planning.journal.calendar_identity import renewed

        return Step(renewed(current, edge.secret()), "entries in calendars have new names", replan=False)

    change(edge, settings, plan, "renew", with_new_names)
    if not settings.dry_run:
        edge.note("The entries have new names: publish again, and replace files and subscriptions that were given out.")
