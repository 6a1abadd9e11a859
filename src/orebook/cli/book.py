"""`init`, `audit`, `rebuild`: the book as a whole."""

from __future__ import annotations

from pathlib import Path

import click

from orebook.cli import options
from orebook.cli.errors import FALSE, UNKNOWN
from orebook.cli.output import emit_json


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--origin", required=True, help="Scheme-less URL that names the book for ever.")
@click.option("--title", required=True, help="What the book is called.")
@click.option("--operator", default="", help="Who keeps it.")
@click.option("--jurisdiction", default="", help="Law under which the operator acts.")
@click.option("--contact", default="", help="Where a named party can answer.")
@options.as_json
def init(
    folder: Path,
    origin: str,
    title: str,
    operator: str,
    jurisdiction: str,
    contact: str,
    *,
    json_: bool,
) -> None:
    """Make a new, empty book in FOLDER, with keys of its own.

    \b
    orebook init my-book --origin example.org/my-book --title "My book"
    """
    from orebook.wiring import Naming, create_book

    naming = Naming(origin, title, operator, jurisdiction, contact)
    book = create_book(folder, naming)
    try:
        if json_:
            emit_json({"folder": str(folder), "head": book.head.as_json(), "log_key": book.log_key})
        else:
            click.echo(f"A book is made in {folder}: {origin}, {book.head.size} entries.")
            click.echo(f"Verifier key of its log: {book.log_key}")
            click.echo(f"Its keys lie in {folder / 'keys'}: back them up apart from the book.")
    finally:
        book.close()


@click.command()
@click.argument("place", metavar="[FOLDER]", required=False, type=click.Path(path_type=Path))
@click.option(
    "--key", default="", metavar="VKEY", help="Verifier key of the log: audit its public files."
)
@options.book
@options.as_json
def audit(folder: Path, place: Path | None, key: str, *, json_: bool) -> None:
    """Derive root, tiles, signatures and views again and name the first thing that differs.

    FOLDER is a book, or any copy of its public log (a mirror, a download): that needs no database,
    only the log's verifier key, best from someone other than who gave you the copy. Without a key
    the rest is checked, what is not is named, and the exit code is 3.

    \b
    orebook audit --book my-book
    orebook audit mirror --key "example.org/my-book+..."
    """
    from orebook.acts.audit import audit as check

    report = check(place or folder, key)
    if json_:
        emit_json(report.as_json())
    else:
        for line in report.lines():
            click.echo(line)
    if not report.sound:
        raise click.exceptions.Exit(FALSE)
    if not report.proved:
        raise click.exceptions.Exit(UNKNOWN)


@click.command()
@options.book
@options.as_json
def rebuild(folder: Path, *, json_: bool) -> None:
    """Throw every view away and derive it again from the leaves.

    \b
    orebook rebuild --book my-book
    """
    from orebook.wiring import open_book

    book = open_book(folder)
    try:
        book.rebuild()
        if json_:
            emit_json({"rebuilt": True, "head": book.head.as_json()})
        else:
            click.echo(f"All views are derived again from {book.head.size} entries.")
    finally:
        book.close()
