"""The closed vocabularies of visits: what kinds there are, where they are held, who takes part, what became of them."""

from __future__ import annotations

from typing import Literal

Kind = Literal["screening", "preparation", "dosing", "integration", "psychotherapy", "review", "check-in", "booster"]
DOSES: frozenset[Kind] = frozenset({"dosing", "booster"})
"""The kinds of visits at which the drug is given."""
Route = Literal["iv", "im", "sc", "sl", "oral", "nasal"]
Place = Literal["clinic", "home", "remote"]
Role = Literal["therapist", "prescriber", "monitor"]
Tier = Literal["course", "follow-up"]
"""Whether a visit belongs to the active course (everything through the review) or to what follows it."""
Status = Literal["planned", "confirmed", "completed", "missed", "cancelled", "omitted", "unresolved"]
OPEN: frozenset[Status] = frozenset({"planned", "confirmed", "unresolved"})
"""The statuses of a visit of which nothing has been recorded that ends it."""
