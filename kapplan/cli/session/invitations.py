"""How ``export --format imip`` tells patients of their visits: a mail file for each that is new, changed or off."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kapplan.cli.session.environment import Edge
from kapplan.dataclass import replace
from kapplan.errors import FileProblem, InvalidFileError, UsageError

if TYPE_CHECKING:
    from kapplan.files.plans.store import StoredPlan
    from kapplan.model.exports import Correspondence


def write_invitations(
    edge: Edge, plans: Sequence[StoredPlan], folder: Path | None, templates: Path | None = None
) -> None:
    """Write the mails that are due for some plans into a folder; raises where an address is missing, before any.

    ``templates`` is a folder with catalogues of the clinic's own.
    """
    from kapplan.files.plans.erasing import note_outlet
    from kapplan.files.plans.invitations import Outbox
    from kapplan.output.calendar.imip import invitations

    if folder is None or str(folder) == "-":
        raise UsageError("--format imip writes a file for each mail", hint="-o FOLDER names where")
    letters = [_between(edge, stored, templates) for stored in plans]
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    outbox = Outbox(folder)
    written: list[Path] = []
    for stored, letter in zip(plans, letters, strict=True):
        note_outlet(stored, "mails", folder)
        written += outbox.write(tuple(invitations(stored.plan, outbox.told, letter)))
    if not written:
        edge.note(f"Nothing has changed since the last mails in {folder}.")
        return
    names = " to ".join(dict.fromkeys((written[0].name, written[-1].name)))
    edge.note(f"Wrote {len(written)} mail{'s' if len(written) > 1 else ''} into {folder}: {names}.")
    edge.note("Send each with any mail program. What they say is told once: run this again after a change.")


def call_off_by_mail(edge: Edge, stored: StoredPlan, folder: Path) -> list[Path]:
    """Write the mails that call off whatever a patient was told of and lies ahead; return their paths.

    The mails of before and the memory of what they told go: nothing else of the patient is left in the folder. Raises
    ``InvalidFileError`` where an address is missing that cancellations need.
    """
    from kapplan.files.plans.invitations import Outbox
    from kapplan.model.terms import OPEN
    from kapplan.output.calendar.imip import AUDIENCE, invitations
    from kapplan.planning.journal.calendar_identity import entry_uid, former_uids

    plan, outbox = stored.plan, Outbox(folder)
    known = (*plan.visits, *plan.withdrawn)
    ours = {entry_uid(plan, AUDIENCE, "visit", visit.id) for visit in known}
    if not ours & outbox.told.keys():
        return []
    off = replace(plan, visits=tuple(
        replace(one, status="cancelled", sequence=one.sequence + 1) if one.status in OPEN else one
        for one in plan.visits
    ))  # fmt: skip
    written = outbox.write(tuple(invitations(off, outbox.told, _between(edge, stored, None))))
    ours |= {uid for visit in known for uid in former_uids(plan, AUDIENCE, "visit", visit.id)}
    outbox.forget(ours, but=written)
    return written


def _between(edge: Edge, stored: StoredPlan, templates: Path | None) -> Correspondence:
    """Return between whom a plan's mails go; raises ``InvalidFileError`` with every address that is missing."""
    from kapplan.files.plans.handout_material import words_of
    from kapplan.files.plans.snapshots import inputs_of
    from kapplan.model.exports import Correspondence

    made_from = inputs_of(stored.plan)
    patient, clinic = made_from.profile.patient.email, made_from.clinic.email
    if patient is None or clinic is None:
        keys = [key for key, value in (("[patient] email", patient), ("[clinic] email", clinic)) if value is None]
        message = f"invitations need both [patient] email and [clinic] email; missing: {' and '.join(keys)}"
        expected = "the address in the profile or in the clinic's file, and then `kapplan refresh`"
        name = str(stored.path or "the plan")
        raise InvalidFileError((FileProblem(message=message, file=name, expected=expected),))
    catalogue = words_of(stored.plan, templates)
    return Correspondence(clinic=clinic, patient=patient, at=edge.now_in(stored.plan.timezone), catalogue=catalogue)
