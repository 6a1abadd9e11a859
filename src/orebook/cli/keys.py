"""`keys` and `sign`: whose key is whose, and statements that parties sign themselves."""

from __future__ import annotations

import datetime as dt
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from orebook.cli import options
from orebook.cli.output import emit_json, table

if TYPE_CHECKING:
    from orebook.log.keys import SigningKey

_SEED = 32
_HYPHENED = re.compile(r"-[A-Za-z0-9_-]{42}")
_FILE = click.Path(path_type=Path, dir_okay=False, exists=True)
_ORIGIN = click.option("--origin", required=True, help="Origin of the book it is for.")
_PARTY = click.option("--party", required=True, help="The party whose key it is.")


def seed_of(path: Path) -> bytes:
    """The secret bytes of a key file. Refuses: a click error naming the file and no secret."""
    try:
        seed = bytes.fromhex(path.read_text("ascii").strip())
    except ValueError:
        seed = b""
    if len(seed) != _SEED:
        message = f"{path}: expected a key file that `orebook keys new` wrote"
        raise click.UsageError(message)
    return seed


def _key(path: Path) -> SigningKey:
    from orebook.log.keys import SigningKey

    return SigningKey(seed_of(path))


@click.group()
def keys() -> None:
    """Keys of parties: made offline, registered, rotated and revoked by entries."""


@keys.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--party", default="", help="The party whose key it is.")
@click.option("--pseudonym", default="", help="A name to contribute under instead: no party.")
@_ORIGIN
def new(file: Path, party: str, pseudonym: str, origin: str) -> None:
    """Make a key in FILE and print the request to register it. Needs no book and no network.

    With --pseudonym its statements stand under that name and the start of the key: nobody else can
    take it, and it is never a party. The request names it for `sign --party`.

    \b
    orebook keys new buyer.key --party party:buyer --origin example.org/my-book > request.json
    """
    from orebook.acts.keys import request
    from orebook.model.pseudonym import pseudonym as named

    if bool(party) == bool(pseudonym):
        message = "name the party whose key it is with --party, or a name with --pseudonym"
        raise click.UsageError(message)
    if pseudonym:
        try:
            named(pseudonym, "A" * 43)
        except ValueError as error:
            raise click.UsageError(f"--pseudonym: {error}") from None
    key = _made(file)
    emit_json(request(origin, party or named(pseudonym, key.kid), key))


@keys.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--from", "earlier", required=True, type=_FILE, help="The key that ends.")
@_PARTY
@_ORIGIN
def rotate(file: Path, earlier: Path, party: str, origin: str) -> None:
    """Make a key in FILE that replaces an earlier one; print the request, signed by both.

    \b
    orebook keys rotate next.key --from buyer.key --party party:buyer --origin example.org/my-book
    """
    from orebook.acts.keys import request

    old = _key(earlier)
    emit_json(request(origin, party, _made(file), old))


def _made(file: Path) -> SigningKey:
    """A fresh key in a file that only its owner can read; an existing file is never replaced."""
    from orebook.log.keys import SigningKey

    key = SigningKey.generate()
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        message = f"{file}: expected no file there; a key is never written over"
        raise click.UsageError(message) from None
    with os.fdopen(handle, "wb") as stream:
        stream.write(key.seed.hex().encode() + b"\n")
    return key


@keys.command()
@click.argument("request", type=_FILE)
@options.book
@click.option("--reason", default="", help="Why the operator vouches, where no earlier key does.")
@options.as_json
def register(request: Path, folder: Path, reason: str, *, json_: bool) -> None:
    """Register the key of a REQUEST for its party, from the next entry on.

    \b
    orebook keys register request.json --book my-book
    """
    from orebook.acts.keys import read_request
    from orebook.acts.keys import register as act
    from orebook.show.sealed import key_json, key_line
    from orebook.wiring import open_book

    with open_book(folder) as book:
        done = act(book, read_request(request.read_bytes(), request.name), reason)
    emit_json(key_json(done)) if json_ else click.echo(key_line(done))


class _ByThumbprint(click.Command):
    """A command whose arguments may begin with a hyphen, as one thumbprint in sixty-four does."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Thumbprints last, where nothing is an option any more."""
        if "--" not in args:
            named = [arg for arg in args if _HYPHENED.fullmatch(arg)]
            args = [arg for arg in args if arg not in named] + ["--", *named]
        return super().parse_args(ctx, args)


@keys.command(cls=_ByThumbprint)
@click.argument("kid")
@options.book
@click.option("--reason", required=True, help="Why.")
@click.option("--key", "key_file", type=_FILE, help="The key itself, where its holder revokes it.")
@options.as_json
def revoke(kid: str, folder: Path, reason: str, key_file: Path | None, *, json_: bool) -> None:
    """End the key KID from the next entry on; what it signed before still counts.

    \b
    orebook keys revoke KID --reason "laptop stolen on 2026-11-02"
    """
    from orebook.acts.keys import revoke as act
    from orebook.show.sealed import key_json, key_line
    from orebook.wiring import open_book

    with open_book(folder) as book:
        done = act(book, kid, reason, _key(key_file) if key_file else None)
    emit_json(key_json(done)) if json_ else click.echo(key_line(done))


@keys.command("list")
@options.book
@click.option("--did", is_flag=True, help="Print the did:web documents instead.")
@options.as_json
def list_(folder: Path, *, did: bool, json_: bool) -> None:
    """List the keys of every party, and from which entry to which each one counts.

    \b
    orebook keys list --book my-book
    """
    from orebook.acts.did import document
    from orebook.show.sealed import key_json, key_row
    from orebook.wiring import open_book

    with open_book(folder) as book:
        known = book.party_keys()
        if did:
            present = dict.fromkeys(k.party for k in known if k.until is None)
            emit_json([document(book), *(document(book, party) for party in present)])
            return
    if json_:
        emit_json([key_json(key) for key in known])
    else:
        table(("party", "key", "counts for entries", "vouched for by"), map(key_row, known))


@click.command()
@click.argument("file", type=_FILE)
@click.option("--key", "key_file", required=True, type=_FILE, help="Key file of the party.")
@_PARTY
@_ORIGIN
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Else stdout.")
def sign(file: Path, key_file: Path, party: str, origin: str, out: Path | None) -> None:
    """Seal and sign a document's statements as PARTY, offline; `capture` takes the result as it is.

    \b
    orebook sign lots.jsonl --key my.key --party party:me --origin example.org/my-book --out s.jsonl
    """
    from orebook.acts.sign import sign as act
    from orebook.book.book import system_salt

    issued = dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    with file.open("rb") as stream:
        lines = list(act(stream, file.name, _key(key_file), party, origin, issued, system_salt))
    if out is not None:
        out.write_bytes(b"".join(lines))
        click.echo(f"{len(lines)} statements signed for {origin} in {out}", err=True)
        return
    sys.stdout.buffer.write(b"".join(lines))
    sys.stdout.buffer.flush()
