"""The library's TOML laid down once more as JSON, which is read ten times as fast.

The TOML is what people write and what counts. It is compiled when the package is built (``hatch_build.py``), each file
beside its digest, and what was compiled is read only while the file that it was made of is still the same. Where it is
not there, or not of that file, the TOML is parsed.
"""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

_FOLDER = "compiled"


def compile_library(library: Path) -> None:
    """Lay down the files of a library; one that holds a day has no JSON of its own and is left out."""
    import tomllib

    for file in (*library.glob("*.toml"), *library.glob("protocols/*.toml")):
        written = file.read_bytes()
        try:
            text = json.dumps([sha256(written).hexdigest(), tomllib.loads(written.decode("utf-8"))])
        except TypeError:
            continue
        target = _compiled(library, file.relative_to(library).with_suffix("").as_posix())
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")


def read(library: Path, name: str) -> dict[str, Any]:
    """Return the data of a file of a library, by its path there without the ending: ``protocols/feder-2021``."""
    written = (library / f"{name}.toml").read_bytes()
    data: dict[str, Any]
    try:
        made_of, data = json.loads(_compiled(library, name).read_bytes())
    except (OSError, ValueError):
        made_of, data = None, {}
    if made_of == sha256(written).hexdigest():
        return data
    import tomllib

    return tomllib.loads(written.decode("utf-8"))


def _compiled(library: Path, name: str) -> Path:
    return library / _FOLDER / f"{name}.json"
