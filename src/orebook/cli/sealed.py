"""`reveal`, `erase`, `take-down`: what becomes of a sealed value."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from orebook.cli import options
from orebook.cli.output import emit_json

if TYPE_CHECKING:
    from orebook.acts.reveal import Opened

_WARNING = (
    "A public reveal is an entry of the record: it is never erasable again, by anyone.\n"
    "Say --yes to go on."
)


def _reference(command: options.F) -> options.F:
    command = click.option(
        "--at", required=True, metavar="POINTER", help="JSON pointer of the value in the fact."
    )(command)
    return click.argument("reference", metavar="ENTRY")(command)


@click.command()
@_reference
@options.book
@click.option("--to", "party", metavar="PARTY", help="Hand it to this party; else --public.")
@click.option("--public", "everyone", is_flag=True, help="Open it to everyone, for ever.")
@click.option("--yes", is_flag=True, help="Yes: it can never be erased again.")
@click.option(
    "--key", "key_file", type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Key of the party that alone can open it.",
)  # fmt: skip
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the disclosures there."
)
@options.as_json
def reveal(
    reference: str,
    at: str,
    folder: Path,
    party: str | None,
    key_file: Path | None,
    out: Path | None,
    *,
    everyone: bool,
    yes: bool,
    json_: bool,
) -> None:
    """Open a sealed value of ENTRY (position or leaf hash, #n for its n-th fact).

    \b
    orebook reveal 12 --at /amounts/0/amount --to party:buyer
    orebook reveal 12#0 --at /amounts/0/amount --public --yes
    """
    from orebook.acts.reveal import reveal as act
    from orebook.cli.keys import seed_of
    from orebook.wiring import open_book

    if everyone == (party is not None):
        message = "say whom it is revealed to: --to PARTY, or --public"
        raise click.UsageError(message)
    if everyone and not yes:
        raise click.UsageError(_WARNING)
    with open_book(folder) as book:
        if key_file is not None:
            book.vault.unlock(seed_of(key_file))
        done = act(book, reference, at, party or "public")
    if out is not None:
        out.write_text("".join(f"{text}\n" for text in done.disclosures), "ascii")
    _tell(done, json_=json_)


@click.command()
@_reference
@options.book
@click.option("--basis", required=True, help="Legal basis.")
@options.as_json
def erase(reference: str, at: str, folder: Path, basis: str, *, json_: bool) -> None:
    """Delete a value that was never published. Its leaf and every proof stay.

    \b
    orebook erase 12 --at /note --basis "GDPR art. 17(1)(b), asked for on 2026-11-02"
    """
    _forget(folder, reference, at, basis, take_down=False, json_=json_)


@click.command("take-down")
@_reference
@options.book
@click.option("--basis", required=True, help="Legal basis: court, order, law.")
@options.as_json
def take_down(reference: str, at: str, folder: Path, basis: str, *, json_: bool) -> None:
    """Stop serving a value of the public shelf; a dated tombstone says why.

    \b
    orebook take-down 12#3 --at /value --basis "Court of X, order 12 of 2026-11-02"
    """
    _forget(folder, reference, at, basis, take_down=True, json_=json_)


def _forget(
    folder: Path, reference: str, at: str, basis: str, *, take_down: bool, json_: bool
) -> None:
    from orebook.acts.reveal import erase as act
    from orebook.wiring import open_book

    with open_book(folder) as book:
        done = act(book, reference, at, basis, options.today(), take_down=take_down)
    _tell(done, json_=json_)


def _tell(done: Opened, *, json_: bool) -> None:
    from orebook.show.sealed import opened_lines

    if json_:
        emit_json(done.as_json())
        return
    for line in opened_lines(done):
        click.echo(line)
