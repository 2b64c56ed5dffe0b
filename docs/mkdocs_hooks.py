"""What the site adds to the pages here: the README as its first page, the changelog, and links that lead to them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
BESIDE = {"index.md": "README.md", "changelog.md": "CHANGELOG.md"}
"""Pages of the site whose text stands beside this folder."""


def on_files(files: Any, config: Any) -> Any:
    """Add the pages whose text stands beside this folder."""
    from mkdocs.structure.files import File

    for name, source in BESIDE.items():
        files.append(File.generated(config, name, content=(ROOT / source).read_text(encoding="utf-8")))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Return a page's text with links as they are on the site, where all pages stand in one folder."""
    for name, source in BESIDE.items():
        markdown = re.sub(rf"\]\((?:\.\./)?{re.escape(source)}", f"]({name}", markdown)
    return re.sub(r"\]\(docs/", "](", markdown)
