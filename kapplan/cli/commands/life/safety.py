"""What is about safety: ``settle`` acknowledges a notice."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from kapplan.cli.session.change import Settings, Step, change, changing
from kapplan.cli.session.environment import Edge
from kapplan.cli.session.plans import PlanArgument
from kapplan.errors import UsageError

if TYPE_CHECKING:
    from kapplan.model.plan import Plan


@changing("settle")
def settle(
    edge: Edge,
    settings: Settings,
    plan: PlanArgument,
    rule: Annotated[str, typer.Argument(metavar="RULE", help="The notice's rule, in brackets behind its text.")],
) -> None:
    """Settle a safety notice: say by name that somebody has seen to it. A new answer speaks again.

    To settle is to acknowledge: what refuses doses goes on to refuse them.

    Example: kapplan settle river phq9-item9 --why "seen by Dr. Okafor, Columbia screener done: none"
    """
    if not settings.why:
        raise UsageError("settle needs a reason", hint="add --why and say what was done")

    def acknowledged(current: Plan, now: datetime) -> Step:
        from kapplan.planning.review.standing import notices, settled

        by, why = edge.author(settings.by), settings.why or ""
        try:
            done = settled(current, rule, by=by, on=now.date(), why=why)
        except KeyError:
            waiting = list(dict.fromkeys(finding.rule for finding in notices(current)))
            hint = f"waiting are {', '.join(waiting)}" if waiting else "no notice waits to be settled"
            raise UsageError(f"no notice of the rule {rule} waits", hint=hint) from None
        return Step(done, f"{rule} settled", replan=False)

    change(edge, settings, plan, "settle", acknowledged)
