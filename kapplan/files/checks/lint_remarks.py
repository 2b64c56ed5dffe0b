"""Lint of protocols: remarks on a protocol's rules as faults of its file."""

from __future__ import annotations

from collections.abc import Iterator

from kapplan.files.documents.protocols import LoadedProtocol
from kapplan.files.documents.readers import default_clinic
from kapplan.files.library.rules import built_in_measures
from kapplan.files.toml.faults import Fault
from kapplan.model.clinic import Clinic
from kapplan.planning.lint.lint import lint


def lint_faults(loaded: LoadedProtocol, clinic: Clinic | None = None) -> Iterator[Fault]:
    """Yield what no course of a protocol can keep, and what is most likely meant otherwise.

    Without a clinic the embedded one serves: Monday to Friday. What stands in a protocol that this one extends is told
    at ``extends``.
    """
    remarks = lint(loaded.protocol, clinic or default_clinic(), built_in_measures().measures)
    for remark in remarks:
        path = loaded.place(remark.path)
        if path is not None:
            yield Fault(path, remark.message, remark.expected, key=remark.key, warning=remark.warning)
        else:
            yield Fault(("extends",), f"inherited: {remark.message}", remark.expected, warning=remark.warning)
