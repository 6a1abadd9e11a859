"""`formats`: what the book reads and writes, and what would become of a document."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import click

from orebook.cli import options
from orebook.cli.errors import REFUSED
from orebook.cli.output import emit_json, table

_SHOWN = 5


@click.command()
@click.argument("files", nargs=-1, metavar="[FILE|FOLDER]...")
@click.option("--format", "wanted", help="Name of the format; else each is recognised.")
@options.as_json
def formats(files: tuple[str, ...], wanted: str | None, *, json_: bool) -> None:
    """List the formats; or say whether documents come out of them as they went in.

    Needs no book and keeps nothing: each file is read and written again in its own format, and told
    to be unchanged, refused in part, or refused, with the places. `-` reads stdin.

    \b
    orebook formats
    orebook formats shipment.csv events.json
    """
    if not files:
        _list(json_)
        return
    from orebook.exchange.return_trip import return_trip
    from orebook.model.problem import SenderError

    trips = []
    for name, data in _documents(files):
        try:
            trips.append(return_trip(data, name, wanted))
        except SenderError as error:
            click.echo(str(error), err=True)
            raise click.exceptions.Exit(REFUSED) from None
    if json_:
        emit_json([trip.as_json() for trip in trips])
    else:
        rows = ((t.name, t.format or "none", str(t.facts), t.outcome) for t in trips)
        table(("document", "format", "facts", "comes out"), rows)
        count = Counter(trip.outcome for trip in trips)
        noun = "document" if len(trips) == 1 else "documents"
        click.echo(f"{len(trips)} {noun}: {', '.join(f'{n} {o}' for o, n in count.items())}.")
        for trip in trips:
            for problem in trip.problems[:_SHOWN]:
                click.echo(f"  {problem.text()}", err=True)
            if len(trip.problems) > _SHOWN:
                click.echo(f"  {trip.name}: {len(trip.problems) - _SHOWN} more.", err=True)
    if any(trip.problems for trip in trips):
        raise click.exceptions.Exit(REFUSED)


def _documents(files: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    """Each file named, and every file below a folder named, in order."""
    for name in files:
        path = Path(name)
        if name == "-":
            yield "stdin", sys.stdin.buffer.read()
        elif path.is_dir():
            for below in sorted(path.rglob("*")):
                if below.is_file():
                    yield below.relative_to(path).as_posix(), below.read_bytes()
        elif path.is_file():
            yield path.name, path.read_bytes()
        else:
            message = f"{name}: expected a file or a folder, found none"
            raise click.UsageError(message)


def _list(json_: bool) -> None:
    from orebook.exchange.registry import formats as known

    rows = [
        {
            "name": one.name,
            "title": one.title,
            "suffixes": list(one.suffixes),
            "media_types": list(one.media_types),
            "written": one.write is not None,
        }
        for one in known()
    ]
    if json_:
        emit_json(rows)
        return
    shown = ((r["name"], "in, out" if r["written"] else "in", r["title"]) for r in rows)
    table(("format", "goes", "what"), [(str(a), b, str(c)) for a, b, c in shown])
