"""`serve`: the portal of a book."""

from __future__ import annotations

from pathlib import Path

import click

from orebook.cli import options


@click.command()
@options.book
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=0, show_default="a free one", help="Port to listen on.")
def serve(folder: Path, host: str, port: int) -> None:
    """Serve the portal of a book and print its address. Ctrl-C stops it.

    \b
    orebook serve --book my-book --port 8080
    """
    from orebook.web.serve import serve as run
    from orebook.wiring import open_book

    book = open_book(folder)
    try:
        run(book, host, port, announce=lambda url: click.echo(f"The portal is at {url}"))
    finally:
        book.close()
