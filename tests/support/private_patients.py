"""Ten patients who would not want to be known: River's dates, and something private of another kind in each profile."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Private:
    """What one profile holds that is nobody's business, each value such that it is found wherever it stands."""

    name: str
    born: str
    email: str
    illness: str
    wish: str
    absence: str
    drug: str

    @property
    def own(self) -> tuple[str, ...]:
        """What leaves the patient's own files only where it is asked for by name, or where it must."""
        return (self.name, self.born, self.email, self.wish, self.absence)

    @property
    def told(self) -> tuple[str, ...]:
        """What only the clinic is told: all of it."""
        return (*self.own, self.illness, self.drug)

    def put(self, folder: Path) -> None:
        """Let River's profile hold these values."""
        path = folder / "river.toml"
        text = path.read_text(encoding="utf-8")
        for old, new in {
            r'^name = "River A\."$': f'name = "{self.name}"\nemail = "{self.email}"',
            r"^birth_date = .*$": f"birth_date = {self.born}",
            r"^other = .*$": f'other = ["{self.illness}"]',
            r"^notes = .*$": f'notes = ["{self.wish}"]',
            r"^medications = .*$": f'medications = [{{ name = "{self.drug}", daily_mg = 10.0 }}]',
            r"^\[availability\]$": "[availability]\n"
            f'away = [{{ from = 2027-03-01, until = 2027-03-03, why = "{self.absence}" }}]',
        }.items():
            text, number = re.subn(old, lambda _, new=new: new, text, flags=re.MULTILINE)  # type: ignore[misc]
            assert number == 1, old
        path.write_text(text, encoding="utf-8")


_NAMES = (
    "Marguerite Quellwasser", "Ñandú Åström", "李小龍先生", "Иван Безымянный", "Zoë O'Hara-Ngũgĩ",
    "أمينة بنت وهب", "X Æ A-Twelve", "名無し 太郎", "Żółć Łękawska", "de la Cruz Quispe, Ana",
)  # fmt: skip
_ILLNESSES = (
    "narcolepsy", "colour blindness", "Ménière", "Raynaud", "vitiligo", "tinnitus", "Dupuytren", "keloids",
    "psoriasis", "gout",
)  # fmt: skip
_DRUGS = (
    "vortioxetine", "methylphenidate", "topiramate", "carbidopa", "isotretinoin", "abacavir", "semaglutide",
    "finasteride", "sildenafil", "methadone",
)  # fmt: skip
TEN = tuple(
    Private(
        name=name,
        born=f"19{50 + 4 * number}-0{number % 9 + 1}-2{number % 8}",
        email=f"secret.box{number}@mailbox{number}.example",
        illness=illness,
        wish=f"orchestra number {number} in Vladivostok",
        absence=f"custody hearing {number} at Timbuktu",
        drug=drug,
    )
    for number, (name, illness, drug) in enumerate(zip(_NAMES, _ILLNESSES, _DRUGS, strict=True))
)

TREATMENT = (
    "ketamine", "dosing", "dose", "integration", "screening", "preparation", "psycho", "therap",
    "kap-standard", "phq", "gad7", "cssrs", "depress", "hypertens", "insight", "okafor", "river-0412",
    "river",
)  # fmt: skip
"""What a course is called inside, and nothing neutral says."""


def found(words: tuple[str, ...], *texts: str | bytes) -> set[str]:
    """Return the words that any of the texts holds, whatever the case and however a format escapes or folds them."""
    held: set[str] = set()
    for text in texts:
        plain = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
        unfolded = re.sub(r"\r?\n[ \t]", "", plain).replace("\\,", ",").replace("\\;", ";").replace("&#39;", "'")
        lowered = (plain + "\n" + unfolded + "\n" + plain.replace("\n", " ")).casefold()
        held |= {word for word in words if word.casefold() in lowered}
    return held
