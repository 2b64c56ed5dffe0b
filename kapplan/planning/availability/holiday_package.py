"""The ``holidays`` package, of which only the countries asked for are loaded.

To import one of its countries, Python first runs ``holidays/countries/__init__.py``, and that imports every country
there is: more than two hundred modules, which take longer than all the rest of a command. Here that file waits until
somebody asks the package ``holidays.countries`` for a name; its modules are found without it.
"""

from __future__ import annotations

import sys
from functools import cache
from importlib.util import find_spec, module_from_spec
from typing import Any

COUNTRIES = "holidays.countries"


@cache
def holiday_package() -> Any:
    """Return the module ``holidays``; ask it for a country by its code, with ``country_holidays``."""
    import holidays

    if COUNTRIES not in sys.modules:
        _defer(holidays)
    return holidays


def _defer(parent: Any) -> None:
    """Put a package in the place of ``holidays.countries`` that runs its own file when a name of it is missing."""
    spec = find_spec(COUNTRIES)
    if spec is None or spec.loader is None:
        return
    loader, package = spec.loader, module_from_spec(spec)
    contents: dict[str, Any] = vars(package)

    def run(name: str) -> Any:
        contents.pop("__getattr__", None)
        loader.exec_module(package)
        return getattr(package, name)

    contents["__getattr__"] = run
    sys.modules[COUNTRIES] = parent.countries = package
