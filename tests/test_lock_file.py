"""The versions that development and CI take stand in one file, with hashes, and cover all that the project asks for."""

from __future__ import annotations

import re
import tomllib

from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from support.toml_files import ROOT

LOCKED = ROOT / "requirements-dev.txt"
AGAIN = (
    "uv pip compile pyproject.toml --extra test --extra lint --universal --generate-hashes --no-emit-index-url"
    " --no-header -o requirements-dev.txt"
)


def locked() -> list[tuple[Requirement, int]]:
    """Return what the file names, each with the number of its hashes."""
    text = LOCKED.read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and line[0] not in " #"]
    return [(Requirement(line.partition(" --hash")[0]), line.count("--hash=sha256:")) for line in lines]


def wanted() -> list[Requirement]:
    """Return what the project needs to run, to be tested and to be checked."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    return [Requirement(text) for text in (*project["dependencies"], *extras["test"], *extras["lint"])]


def test_the_lock_file_covers_what_the_project_asks_for() -> None:
    """Every requirement has a version there that satisfies it; where one is missing the file is to be made anew."""
    found: dict[str, list[Requirement]] = {}
    for requirement, _ in locked():
        found.setdefault(canonicalize_name(requirement.name), []).append(requirement)
    for asked in wanted():
        versions = [re.sub("^==", "", str(one.specifier)) for one in found.get(canonicalize_name(asked.name), [])]
        assert versions, f"{asked} is not in requirements-dev.txt: {AGAIN}"
        assert any(asked.specifier.contains(version) for version in versions), f"{asked}: {versions}; {AGAIN}"


def test_every_version_is_one_and_has_its_hashes() -> None:
    """Nothing is open: each line has one version and at least one hash, and of a name with two each has its marker."""
    names: dict[str, list[Marker | None]] = {}
    for requirement, hashes in locked():
        assert re.fullmatch(r"==[^,]+", str(requirement.specifier)), requirement
        assert hashes, requirement
        names.setdefault(canonicalize_name(requirement.name), []).append(requirement.marker)
    assert all(len(markers) == 1 or None not in markers for markers in names.values())


def test_the_lock_file_names_no_place() -> None:
    """Where packages come from is each machine's to say."""
    assert "://" not in LOCKED.read_text(encoding="utf-8")
