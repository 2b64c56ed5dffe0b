"""Pages in a real browser: headless Chromium, driven by playwright-core, looked over by axe-core."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

_SCRIPT = Path(__file__).parent / "pages.js"
_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
_NEEDED = ("playwright-core", "axe-core")

WIDTHS: Mapping[str, int] = {"phone": 390, "a4": 688, "letter": 710}
"""Pixels of a phone's screen, and of what the margins leave of a sheet of paper 210 and 216 mm wide."""


@cache
def chromium() -> str | None:
    """Return the path of a Chromium, if there is one."""
    return next((path for name in _NAMES if (path := shutil.which(name))), None)


@cache
def missing() -> str | None:
    """Return why pages cannot be opened here, if they cannot."""
    if chromium() is None:
        return "Chromium is not installed"
    node = shutil.which("node")
    if node is None:
        return "Node is not installed"
    for name in _NEEDED:
        found = subprocess.run(
            [node, "-e", f'require.resolve("{name}")'], capture_output=True, check=False, timeout=60
        )  # fmt: skip
        if found.returncode:
            return f"{name} cannot be resolved by Node (set NODE_PATH to a folder that has it)"
    return None


def looked_at(page: Path) -> dict[str, Any]:
    """Return what the browser measured of a page, and what axe-core found."""
    asked = {"chromium": chromium(), "path": str(page), "widths": dict(WIDTHS)}
    run = subprocess.run(
        ["node", str(_SCRIPT)], input=json.dumps(asked).encode(), capture_output=True, check=False, timeout=120
    )
    assert run.returncode == 0, run.stderr.decode()
    answer: dict[str, Any] = json.loads(run.stdout)
    return answer
