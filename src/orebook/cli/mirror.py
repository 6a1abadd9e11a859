"""`mirror` and `recover`: a checked copy of a public log, and the way back from one."""

from __future__ import annotations

from pathlib import Path

import click

from orebook.cli import options
from orebook.cli.output import emit_json


@click.command()
@click.argument("source")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--key", default="", help="Verifier key of the log; needed the first time.")
@options.as_json
def mirror(source: str, folder: Path, key: str, *, json_: bool) -> None:
    """Copy the public log at SOURCE (an address or a folder) into FOLDER, and follow it.

    Every entry and hash is checked before it is kept. A log that was rolled back or signed twice
    is refused, and both signed heads are kept in FOLDER/evidence.

    \b
    orebook mirror https://book.example.org mirror --key "example.org/my-book+..."
    orebook mirror my-book mirror
    """
    from orebook.acts.mirror import mirror as follow

    done = follow(source, folder, key)
    if json_:
        emit_json(
            {
                "origin": done.origin,
                "before": done.before,
                "size": done.after,
                "root": done.root,
                "folder": str(folder),
            }
        )
    else:
        added = done.after - done.before
        click.echo(f"{done.origin}: {done.after} entries, {added} of them new, all checked.")
        click.echo(f"Root {done.root}")


@click.command()
@click.option("--from", "source", required=True, help="Mirror: an address or a folder.")
@options.book
@options.as_json
def recover(folder: Path, source: str, *, json_: bool) -> None:
    """Bring a lost or rolled-back book forward to the head that a mirror of it holds.

    Needs the book's book.toml and keys. Nothing is signed. Sealed values are not in a mirror: put
    vault.sqlite3 back from a backup before this, and `orebook audit` names what is missing.

    \b
    orebook recover --from mirror --book my-book
    """
    from orebook.acts.mirror import recover as bring_back

    done = bring_back(folder, source)
    if json_:
        emit_json(
            {"origin": done.origin, "before": done.before, "size": done.after, "root": done.root}
        )
    else:
        click.echo(f"{done.origin}: recovered from {done.before} to {done.after} entries.")
        click.echo("Now check it whole: orebook audit")
