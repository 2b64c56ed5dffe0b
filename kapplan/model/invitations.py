"""Invitations by mail: what was told of each visit, and what is to be told now."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from kapplan.dataclass import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Correspondence:
    """Between whom mails go: their addresses, and when they are written, a moment with a zone."""

    clinic: str
    patient: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldByMail:
    """What was last told of a visit: its SEQUENCE, a digest of the rest, and whether it was called off."""

    sequence: int
    digest: str
    cancelled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """A mail to be sent, as bytes, and what is told once it is."""

    uid: str
    visit: str
    method: Literal["request", "cancel"]
    told: ToldByMail
    content: bytes
