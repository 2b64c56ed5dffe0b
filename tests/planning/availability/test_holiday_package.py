"""Only the countries asked for are loaded, and whoever uses the package otherwise notices nothing."""

from __future__ import annotations

import subprocess
import sys
from importlib import metadata
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

from kapplan.planning.availability import holidays as of_holidays
from kapplan.planning.availability.holidays import holiday_package, holidays_version

ASK = "import sys; from kapplan.planning.availability.holidays import check_holidays; check_holidays('US-CO')\n"
LOADED = "sum(name.startswith('holidays.countries.') for name in sys.modules)"


def run(code: str) -> str:
    """Return what a fresh Python prints."""
    return subprocess.run([sys.executable, "-c", ASK + code], check=True, capture_output=True, text=True).stdout.strip()


def test_one_country_loads_no_other() -> None:
    """Of more than two hundred modules of countries, a handful at most is there after one was asked for."""
    assert int(run(f"print({LOADED})")) < 10


@pytest.mark.parametrize(
    "code",
    [
        "from holidays.countries import DE",
        "import holidays.countries; DE = holidays.countries.DE",
        "from holidays.countries import *",
        "from holidays.countries.germany import DE",
        "import holidays; DE = holidays.DE",
    ],
)
def test_others_find_every_country(code: str) -> None:
    """However somebody else imports a country afterwards, it is there, and so are its days."""
    assert run(f"{code}\nimport datetime\nprint(datetime.date(2027, 10, 3) in DE(years=2027))") == "True"


def test_a_country_is_the_same_wherever_it_comes_from() -> None:
    """What was loaded before the whole package is not loaded again."""
    code = "import holidays.countries.united_states as one, holidays.countries as all\nprint(one.US is all.US)"
    assert run(code) == "True"


def test_names_that_are_not_there_are_missed_as_ever() -> None:
    """The whole package, once it is loaded, has no other names than before."""
    assert run("import holidays.countries as all\nprint(hasattr(all, 'Atlantis'), hasattr(all, 'FR'))") == "False True"


def test_the_version_is_the_one_installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It is what Python's own metadata say, whether a folder's name tells it or, where there are two, they do."""
    said = metadata.version("holidays")
    assert holidays_version() == holiday_package().__version__ == said
    (tmp_path / "holidays").mkdir()
    for name in ("0.1", "0.2"):
        (tmp_path / f"holidays-{name}.dist-info").mkdir()
    spec = ModuleSpec("holidays", None, origin=str(tmp_path / "holidays" / "__init__.py"))
    monkeypatch.setattr(of_holidays, "find_spec", lambda _: spec)
    assert holidays_version.__wrapped__() == said
