"""A real PostgreSQL server for the tests, where its programs are installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PLACES = ("/usr/lib/postgresql", "/usr/local/pgsql", "/opt/homebrew/opt")
_NOBODY_ELSE = "postgres"
"""The user that runs the server where the tests run as root, as whom it will not."""


def programs() -> Path | None:
    """Return the folder of PostgreSQL's programs; ``None`` where they are not installed."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    places = [initdb.parent for place in _PLACES for initdb in Path(place).glob("**/bin/initdb")]
    return max(places, default=None)


@contextmanager
def server() -> Iterator[str]:
    """Run a server of its own on a socket in a temporary folder, and yield the address of its first database."""
    found = programs()
    if found is None:
        raise FileNotFoundError("PostgreSQL is not installed")
    folder = Path(tempfile.mkdtemp(prefix="kapplan-pg-", dir="/tmp" if Path("/tmp").is_dir() else None))  # noqa: S108  # a socket's path must be short
    as_user = ["runuser", "-u", _NOBODY_ELSE, "--"] if os.geteuid() == 0 else []
    if as_user:
        shutil.chown(folder, _NOBODY_ELSE)
    folder.chmod(0o755)

    def run(program: str, *words: str) -> None:
        command = [*as_user, str(found / program), *words]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder)

    try:
        run("initdb", "-D", f"{folder}/data", "-U", "clinic", "-A", "trust", "-E", "UTF8", "--no-sync")
        options = (
            f"-c listen_addresses= -c unix_socket_directories={folder} -c unix_socket_permissions=0777 -c fsync=off"
        )
        run("pg_ctl", "-D", f"{folder}/data", "-w", "-o", options, "-l", f"{folder}/log", "start")
        try:
            yield f"postgresql://clinic@/postgres?host={folder}"
        finally:
            run("pg_ctl", "-D", f"{folder}/data", "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
