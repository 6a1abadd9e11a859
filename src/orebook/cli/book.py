"""`init`, `audit`, `move`, `rebuild`: the book as a whole."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from orebook.cli import options
from orebook.cli.errors import FALSE, UNKNOWN
from orebook.cli.output import emit_json

if TYPE_CHECKING:
    from orebook.acts.sweep import Swept

Command = TypeVar("Command", bound=Callable[..., object])


def _store(command: Command) -> Command:
    store = click.option(
        "--store",
        default="here",
        show_default=True,
        metavar="WHERE",
        help="Where its parts lie: here, postgres (PG* environment), or a connection without a"
        " password, such as service=team.",
    )
    schema = click.option(
        "--schema", default="", help="Schema in PostgreSQL; else named after the book."
    )
    return store(schema(command))


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--origin", required=True, help="Scheme-less URL that names the book for ever.")
@click.option("--title", required=True, help="What the book is called.")
@click.option("--operator", default="", help="Who keeps it.")
@click.option("--jurisdiction", default="", help="Law under which the operator acts.")
@click.option("--contact", default="", help="Where a named party can answer.")
@_store
@options.as_json
def init(
    folder: Path,
    origin: str,
    title: str,
    operator: str,
    jurisdiction: str,
    contact: str,
    store: str,
    schema: str,
    *,
    json_: bool,
) -> None:
    """Make a new, empty book in FOLDER, with keys of its own.

    The folder holds settings and keys; with --store its entries, head, tiles and vault lie in
    PostgreSQL, where several servers write to one book (docs/how/postgresql.md).

    \b
    orebook init my-book --origin example.org/my-book --title "My book"
    """
    from orebook.wiring import Naming, create_book

    naming = Naming(origin, title, operator, jurisdiction, contact)
    book = create_book(folder, naming, store=store, schema=schema)
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
@click.option(
    "--sweep",
    is_flag=True,
    help="Also let go of disclosures and captured files that belong to no entry (left by a crash).",
)
@click.option(
    "--grace",
    "hours",
    default=24,
    show_default=True,
    type=click.IntRange(1, 8760),
    help="Hours since an earlier --sweep found one so; longer than any capture takes.",
)
@options.book
@options.as_json
def audit(
    folder: Path, place: Path | None, key: str, *, sweep: bool, hours: int, json_: bool
) -> None:
    """Derive root, tiles, signatures and views again and name the first thing that differs.

    FOLDER is a book, or any copy of its public log (a mirror, a download): that needs no database,
    only the log's verifier key, best from someone other than who gave you the copy. Without a key
    the rest is checked, what is not is named, and the exit code is 3.

    \b
    orebook audit --book my-book
    orebook audit --book my-book --sweep
    orebook audit mirror --key "example.org/my-book+..."
    """
    from orebook.acts.audit import audit as check
    from orebook.wiring import SYSTEM

    report = check(place or folder, key, SYSTEM.heads())
    swept = _sweep(place or folder, hours) if sweep and report.sound else None
    if json_:
        emit_json(report.as_json() | ({"swept": swept.as_json()} if swept else {}))
    else:
        for line in report.lines():
            click.echo(line)
        if swept is not None:
            click.echo(
                f"Disclosures that belong to no entry: {swept.dropped} let go of,"
                f" {swept.waiting} wait for the next --sweep, {swept.unsure} cannot be told."
            )
            click.echo(
                f"Captured files that no document names: {swept.files} deleted,"
                f" {swept.files_waiting} wait for the next --sweep, {swept.files_unsure} cannot be"
                " told."
            )
            click.echo(f"Files that never came whole: {swept.asides} deleted.")
    if not report.sound:
        raise click.exceptions.Exit(FALSE)
    if not report.proved:
        raise click.exceptions.Exit(UNKNOWN)


def _sweep(folder: Path, hours: int) -> Swept:
    import datetime as dt

    from orebook.acts.sweep import sweep
    from orebook.wiring import open_book

    with open_book(folder) as book:
        return sweep(book, folder, dt.datetime.now(dt.UTC), dt.timedelta(hours=hours))


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


@click.command()
@click.argument("source", type=click.Path(path_type=Path))
@click.argument("target", type=click.Path(path_type=Path))
@_store
@options.as_json
def move(source: Path, target: Path, store: str, schema: str, *, json_: bool) -> None:
    """Carry the book in folder SOURCE to folder TARGET and another store, and prove it arrived.

    Both heads are compared and the copy is audited. Then the old place is closed for writing, so
    that one log is never signed in two places. A move that was cut short is taken up again.

    \b
    orebook move my-book team-book --store service=team
    orebook move team-book my-book-again
    """
    from orebook.acts.move import move as carry

    done = carry(source, target, store, schema)
    if json_:
        emit_json(
            {
                "folder": str(target),
                "head": done.head.as_json(),
                "disclosures": done.disclosures,
                "files": done.files,
            }
        )
        return
    click.echo(f"{done.head.origin}: {done.head.size} entries, root {done.head.root}")
    click.echo(
        f"The same head stands in {target}, and the copy is sound: {done.disclosures} disclosures"
        f" and {done.files} files came along."
    )
    click.echo(
        f"{source} is closed for writing, and still holds its keys, sealed values and captured"
        f" files: what is erased in {target} from now on lives on there. Once {target} has a backup"
        f" of its own, delete it: rm -r {shlex.quote(str(source))}"
    )
