"""What is about safety: ``note`` takes in what is learned of the patient, ``settle`` acknowledges a notice."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from kapplan.cli.casework.change import Settings, Step, change, changing
from kapplan.cli.casework.standing import see
from kapplan.cli.session.environment import Edge
from kapplan.cli.session.options import LeftOut
from kapplan.cli.typed.days import past_day
from kapplan.cli.typed.plans import PlanArgument
from kapplan.cli.typed.questions import chosen
from kapplan.cli.typed.scores import scores_in
from kapplan.dataclass import replace
from kapplan.errors import UsageError
from kapplan.planning.phrases.words import day_words

if TYPE_CHECKING:
    from kapplan.model.plan import Plan


About = Literal["condition", "medication", "pregnancy", "breastfeeding", "bp"]


@changing("note")
def note(
    edge: Edge,
    settings: Settings,
    plan: PlanArgument,
    about: Annotated[About, typer.Argument(help="What was learned something about.")],
    words: Annotated[list[str], typer.Argument(metavar="WHAT...", help="psychosis; lithium 600; yes; 138/88.")],
    *,
    on: Annotated[str | None, typer.Option(metavar="DATE", help="The day on which it was learned.")] = None,
    since: Annotated[str | None, typer.Option(metavar="DATE", help="Since when a medication is taken.")] = None,
    ended: Annotated[bool, typer.Option("--ended", help="It holds no longer: the medication was stopped.")] = False,
) -> None:
    """Take in what was learned of the patient in mid-course; it is screened at once. The profile is left as it is.

    Example: kapplan note river medication lithium 600
    """

    def learned(current: Plan, now: datetime) -> Step:
        from kapplan.planning.amend.notes import noted

        day = past_day(edge, on, now)
        text = " ".join(words)
        if about == "bp":
            from kapplan.planning.amend.record import score

            _, scores = scores_in([f"bp={text}"])
            return Step(score(current, day, scores), f"blood pressure {text} on {day_words(day)}", replan=False)
        begun = None if since is None else past_day(edge, since, now)
        new = noted(about, text, on=day, since=begun, ended=ended)
        told = f"{about}: {text}{' (ended)' if ended else ''}"
        return Step(replace(current, noted=(*current.noted, new)), told, replan=False)

    change(edge, settings, plan, "note", learned, records=True)


def _asked_rule(edge: Edge, typed: Mapping[str, Any]) -> str:
    """Ask which of the notices is meant that wait to be settled; raise ``UsageError`` where none does."""
    from kapplan.planning.review.standing import notices

    waiting = {finding.rule: finding.text for finding in notices(see(edge, typed["plan"]))}
    if not waiting:
        raise UsageError("no notice waits to be settled")
    place = chosen(edge, "Which notice?", [f"{rule}  {text}" for rule, text in waiting.items()], likeliest=None)
    if place is None:
        raise UsageError("no notice is settled")
    return list(waiting)[place]


@changing("settle")
def settle(
    edge: Edge,
    settings: Settings,
    plan: PlanArgument,
    rule: Annotated[
        str,
        typer.Argument(metavar="RULE", help="The notice's rule, in brackets behind its text."),
        LeftOut(_asked_rule),
    ],
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
        return Step(done, f"the notice {rule} is settled", replan=False)

    change(edge, settings, plan, "settle", acknowledged)
