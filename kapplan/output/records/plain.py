"""Plain text for pipes: one record a line, cells parted by one tab, nothing cut, no heading line.

Of a plan, one line a visit in the plan's order, with these columns; they never change their place, new ones come at the
end:

 1. ``id``            ``dosing-3``
 2. ``kind``          ``dosing``
 3. ``start``         ``2027-02-08T09:00:00-07:00``; the day alone where no time is known
 4. ``end``           likewise; empty where no time is known
 5. ``weekday``       ``Mon``
 6. ``week``          treatment week, counted from the first dose; empty in a course without doses
 7. ``minutes``       the whole length; empty where no time is known
 8. ``status``        ``planned``, ``confirmed``, ``completed``, ``missed``, ``cancelled``, ``omitted``, ``unresolved``
 9. ``provisional``   ``yes`` or ``no``
10. ``phase``         ``induction``
11. ``place``         ``clinic``, ``home``, ``remote``
12. ``room``          empty where there is none
13. ``staff``         parted by ``;``
14. ``measures``      parted by ``;``
15. ``deviation_days`` days off target
16. ``earliest``      first day that the rules allow, given where the anchors stand
17. ``latest``        last day likewise
18. ``slack_earlier`` how many days earlier it alone could stand
19. ``slack_later``   how many days later
20. ``off_target``    how far off its target and why, in words; empty on target
21. ``awaits``        gates that it waits for, parted by ``;``
22. ``actual``        when it was held; empty until then
23. ``patient``       the patient's id, as at the end of every line of one patient's records
"""

from __future__ import annotations

from kapplan.model.exports import ExportRequest
from kapplan.model.plan import Plan
from kapplan.output.records.records import Records, machine_text, named
from kapplan.output.records.visits import plan_records


def export(plan: Plan, _: ExportRequest) -> str:
    """Return a plan's visits, whoever asks."""
    return plain_plan(plan)


def plain_plan(plan: Plan) -> str:
    """Return a plan's visits, a line each."""
    return plain_text(plan_records(plan))


def plain_text(records: Records) -> str:
    """Return records, a line each; cells hold no tabs or line breaks of their own."""
    return "".join("\t".join(map(machine_text, row)) + "\n" for row in named(records)[1])
