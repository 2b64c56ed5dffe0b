"""Pages in a real browser: headless Chromium, driven by playwright-core, looked over by axe-core."""

from __future__ import annotations

import atexit
import json
import shutil
import subprocess
import threading
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

_SCRIPT = Path(__file__).parent / "pages.js"
_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
_NEEDED = ("playwright-core", "axe-core")

_SECONDS = 120

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


@cache
def _pages() -> subprocess.Popen[bytes]:
    """Return the program that looks at pages: one browser for all tests of a process, which took 2 s to start."""
    program = subprocess.Popen(["node", str(_SCRIPT)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    atexit.register(_end, program)
    return program


def _end(program: subprocess.Popen[bytes]) -> None:
    """Let the program close its browser and end."""
    try:
        program.communicate(timeout=_SECONDS)
    except subprocess.TimeoutExpired:
        program.kill()


def looked_at(page: Path) -> dict[str, Any]:
    """Return what the browser measured of a page, and what axe-core found."""
    program = _pages()
    assert program.stdin is not None
    assert program.stdout is not None
    asked = {"chromium": chromium(), "path": str(page), "widths": dict(WIDTHS)}
    limit = threading.Timer(_SECONDS, program.kill)
    limit.start()
    try:
        program.stdin.write(json.dumps(asked).encode() + b"\n")
        program.stdin.flush()
        answer: dict[str, Any] = json.loads(program.stdout.readline())
    except (OSError, ValueError):
        _pages.cache_clear()
        raise
    finally:
        limit.cancel()
    if "error" in answer:
        _pages.cache_clear()
    assert "error" not in answer, answer["error"]
    return answer
