"""Reminders as options: how long before a visit a calendar rings."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer

from kapplan.errors import UsageError

AlarmOption = Annotated[
    list[str] | None,
    typer.Option(
        "--alarm", metavar="SPAN", help="Remind so long before: 1d, 2h, 30m, or none; else as the clinic has it."
    ),
]
_NONE = "none"


def alarms_of(asked: list[str] | None) -> tuple[timedelta, ...] | None:
    """Return the spans that were asked for, none of them for ``none``, and ``None`` where nothing was."""
    from kapplan.model.exports import MOST_ALARMS, alarm_span

    if not asked:
        return None
    if asked == [_NONE]:
        return ()
    try:
        spans = tuple(alarm_span(one) for one in asked)
    except ValueError as error:
        raise UsageError(str(error), hint="--alarm 1d --alarm 2h, or --alarm none") from None
    if len(set(spans)) > MOST_ALARMS:
        raise UsageError(f"an appointment rings {MOST_ALARMS} times at most, not {len(set(spans))}")
    return spans
