"""`serve`: the portal of a book."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from orebook.cli import options
from orebook.cli.output import emit_json


@click.command()
@options.book
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    default=0,
    show_default="a free one",
    type=click.IntRange(0, 65535),
    help="Port to listen on.",
)
@options.as_json
def serve(folder: Path, host: str, port: int, *, json_: bool) -> None:
    """Serve the portal of a book and print its address. Ctrl-C stops it.

    \b
    orebook serve --book my-book --port 8080
    """
    from orebook.web.serve import serve as run
    from orebook.wiring import open_book, portal_settings

    book = open_book(folder)
    try:
        run(
            book,
            host,
            port,
            announce=lambda url: announce(url, json_=json_),
            featured=portal_settings(folder),
        )
    finally:
        book.close()


def announce(url: str, *, json_: bool) -> None:
    """Say where the portal is, at once, also into a pipe."""
    if json_:
        emit_json({"url": url})
    else:
        click.echo(f"The portal is at {url} (Ctrl-C stops it)")
    sys.stdout.flush()
