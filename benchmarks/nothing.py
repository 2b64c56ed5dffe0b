"""A Typer program with one argument that does nothing: what any such program costs before it does anything."""

from __future__ import annotations

import typer

app = typer.Typer(add_completion=False)


@app.command()
def nothing(name: str) -> None:
    """Take an argument and do nothing with it."""


if __name__ == "__main__":
    app()
