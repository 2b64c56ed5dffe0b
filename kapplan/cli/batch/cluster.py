"""A Dask cluster as an executor; ``distributed`` is imported only here, and only where a cluster is named.

The workers need kapplan, and the same files under the same paths: a folder that all machines share. What this program
was told by its environment goes with the work, but for passwords: each worker has its own.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from kapplan.errors import UsageError

_SECONDS = 10
"""How long a cluster may take to answer."""
_OURS, _NEVER = "KAPPLAN_", "PASSWORD"


@contextmanager
def connected(address: str) -> Iterator[tuple[Executor, int]]:
    """Yield an executor that works on the cluster at an address, and how many items it does at a time.

    Raises ``UsageError`` where ``distributed`` is not installed, the cluster does not answer, or has no workers.
    """
    try:
        from distributed import Client

        make: Any = Client
    except ModuleNotFoundError as error:
        raise UsageError(f"{error.name} is not installed", hint='pip install "kapplan[cluster]"') from error
    try:
        client: Any = make(address, timeout=_SECONDS)
    except (OSError, ValueError) as error:
        raise UsageError(
            f"the cluster {address} does not answer", hint="tcp://HOST:8786, as its scheduler says"
        ) from error
    with client:
        cores = sum(client.nthreads().values())
        if not cores:
            raise UsageError(f"the cluster {address} has no workers", hint=f"dask worker {address}")
        yield _AsHere(client.get_executor(pure=False)), cores


class _AsHere(Executor):
    """An executor whose work is done in the current folder, with the settings of this program."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    def submit(self, work: Callable[..., Any], /, *given: Any, **named: Any) -> Future[Any]:
        """Have something done elsewhere."""
        settings = {name: value for name, value in os.environ.items() if name.startswith(_OURS) and _NEVER not in name}
        future: Future[Any] = self.inner.submit(partial(_elsewhere, str(Path.cwd()), settings, work), *given, **named)
        return future


def _elsewhere(folder: str, settings: Mapping[str, str], work: Callable[..., Any], *given: Any, **named: Any) -> Any:
    os.chdir(folder)
    os.environ.update(settings)
    return work(*given, **named)


def worker_died(error: BaseException) -> bool:
    """Return whether an item has no result since the process died that worked on it, however often it was tried."""
    names = {kind.__name__ for kind in type(error).__mro__}
    return isinstance(error, (BrokenExecutor, CancelledError)) or "KilledWorker" in names
