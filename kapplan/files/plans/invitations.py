"""The folder that invitations are written into: the mails by number, and what was told, in a hidden file of digests.

A mail is written before it is noted: who is killed in between writes the same mail again under the same number.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from kapplan.errors import UsageError
from kapplan.files.plans.atomic import reading_own, write_whole
from kapplan.model.exports import Invitation, ToldByMail

MEMORY = ".invitations.json"
FORMAT = 1


class Outbox:
    """A folder of mails to be sent; who sends one may move it away or remove it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.told: dict[str, ToldByMail] = {}
        self.next = 1
        self._read()

    def write(self, mails: Iterable[Invitation]) -> list[Path]:
        """Write mails under the next numbers and remember each; return their paths."""
        written = []
        for mail in mails:
            path = self.folder / f"{self.next:04}-{mail.method}.eml"
            write_whole(path, mail.content)
            self.told[mail.uid] = mail.told
            self.next += 1
            write_whole(self.folder / MEMORY, self._text())
            written.append(path)
        return written

    def forget(self, uids: Collection[str], *, but: Collection[Path]) -> None:
        """Forget what was told of some entries, and remove the mails that told it, ``but`` for some."""
        begins = tuple(f"<{uid}." for uid in uids)
        for mail in sorted(self.folder.glob("*.eml")):
            if mail not in but and _message_id(mail).startswith(begins):
                mail.unlink(missing_ok=True)
        self.told = {uid: told for uid, told in self.told.items() if uid not in uids}
        write_whole(self.folder / MEMORY, self._text())

    def _text(self) -> bytes:
        told = {uid: asdict(self.told[uid]) for uid in sorted(self.told)}
        return (json.dumps({"format": FORMAT, "next": self.next, "told": told}, indent=1) + "\n").encode()

    def _read(self) -> None:
        path = self.folder / MEMORY
        expected = "a file that `kapplan export --format imip` wrote; without it every visit is told again"
        with suppress(FileNotFoundError), reading_own(path, "what was told by mail cannot be read", expected):
            try:
                data = json.loads(path.read_bytes())
            except NotADirectoryError as error:
                raise UsageError(f"{self.folder} is a file, not a folder") from error
            known = {FORMAT: data}[data["format"]]
            self.told, self.next = _told(known["told"]), int(known["next"])


def _message_id(mail: Path) -> str:
    """Return by what a mail is known; nothing for a file that is none."""
    from email.parser import BytesHeaderParser

    with mail.open("rb") as file:
        return str(BytesHeaderParser().parse(file).get("Message-ID", "")).strip()


def _told(data: Mapping[str, Any]) -> dict[str, ToldByMail]:
    return {
        str(uid): ToldByMail(sequence=int(one["sequence"]), digest=str(one["digest"]), cancelled=bool(one["cancelled"]))
        for uid, one in data.items()
    }
