"""`issue`: a statement of the book as a credential that others can check."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from orebook.cli import options


@click.command()
@click.argument("event")
@click.option("--out", type=click.Path(path_type=Path), help="File to write; else stdout.")
@click.option("--bare", is_flag=True, help="Not signed: the credential as JSON.")
@options.book
def issue(folder: Path, event: str, out: Path | None, *, bare: bool) -> None:
    """Write an event as a UNTP 0.7.0 traceability event, signed by the book's keeper (vc+jwt).

    It holds what anyone may see of the event. What the credential must say and nobody has stated is
    told, and nothing is written (exit code 4). Who checks it finds the key in the keeper's did:web.

    \b
    orebook issue EVENT --book my-book --out event.jwt
    """
    import datetime as dt

    from orebook.acts.issue import issue as issued
    from orebook.acts.see import view
    from orebook.wiring import author_key, open_book

    with open_book(folder) as book:
        today = dt.datetime.now(dt.UTC).date().isoformat()
        key = None if bare else author_key(folder)
        data = issued(view(book, "public", today), event, key)
    if out is None:
        sys.stdout.buffer.write(data + b"\n")
    else:
        out.write_bytes(data + b"\n")
        click.echo(f"{event} is written to {out}")
