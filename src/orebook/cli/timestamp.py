"""`timestamp`: a time authority's word on the head."""

from __future__ import annotations

from pathlib import Path

import click

from orebook.cli import options
from orebook.cli.errors import FALSE, UNKNOWN
from orebook.cli.output import emit_json


@click.command()
@options.book
@click.option("--tsa", metavar="URL", help="Time authority (RFC 3161) to ask for a new token.")
@click.option(
    "--roots",
    metavar="FILE",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Certificates you trust, in PEM, from elsewhere than the book.",
)
@options.as_json
def timestamp(folder: Path, tsa: str | None, roots: Path | None, *, json_: bool) -> None:
    """Have the head stamped, and check every time token that is kept (needs orebook[time]).

    \b
    orebook timestamp
    """
    from orebook.acts.timestamp import check, unchecked
    from orebook.acts.timestamp import timestamp as take
    from orebook.wiring import open_book

    if tsa is not None and roots is None:
        raise click.UsageError("--tsa needs --roots: a token is kept only once it is checked")
    trusted = roots.read_bytes() if roots is not None else None
    book = open_book(folder)
    try:
        if tsa is not None and trusted is not None:
            take(book, tsa, trusted)
        found = check(book, trusted) if trusted is not None else unchecked(book)
    finally:
        book.close()
    if json_:
        emit_json(
            [
                {"size": s.size, "time": s.time.isoformat() if s.time else None, "wrong": s.wrong}
                for s in found
            ]
        )
    else:
        for stamped in found:
            click.echo(stamped.text())
        if not found:
            click.echo("No head of this book has been stamped by a time authority.")
    if any(stamped.time is None for stamped in found):
        raise click.exceptions.Exit(FALSE if trusted is not None else UNKNOWN)
