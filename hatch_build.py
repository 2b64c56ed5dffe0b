"""What is made when the package is built: the library as JSON beside its TOML."""

from __future__ import annotations

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PACKAGE = Path(__file__).parent / "kapplan"


class LibraryHook(BuildHookInterface):
    """Compiles the library before it is packed; where the tree cannot be written to, the package does without."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile the library by the module that reads it, which needs nothing but Python."""
        del version, build_data
        spec = spec_from_file_location("compiled", PACKAGE / "files" / "library" / "compiled.py")
        if spec is None or spec.loader is None:
            return
        compiled = module_from_spec(spec)
        spec.loader.exec_module(compiled)
        try:
            compiled.compile_library(PACKAGE / "library")
        except OSError as error:
            self.app.display_warning(f"the library is not compiled: {error}")
