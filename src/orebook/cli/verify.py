"""`receipt`, `verify`, `verifier`: what a sceptic takes away, and how it is checked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from orebook.cli import options
from orebook.cli.output import emit_json

if TYPE_CHECKING:
    from orebook.acts.resolve import Resolver
    from orebook.log.receipt import Trust

_SAID = {
    "proved": "PROVED: the verdict comes out again from entries under the signed head",
    "refused": "REFUSED: this verdict does not hold",
    "undecided": "NOT DECIDED: nothing fails, and something to prove it is lacking",
    "unreadable": "UNREADABLE: a part of it is out of form",
}

_STANDS = {
    "stands": "STANDS: signed by its issuer, in force, and not withdrawn where it says so",
    "refused": "REFUSED: it does not stand",
    "undecided": "NOT DECIDED: nothing fails, and something could not be checked",
    "unreadable": "UNREADABLE: it is out of form",
}


@click.command()
@click.argument("entry")
@options.book
@options.reader
@click.option("--out", required=True, type=click.Path(path_type=Path), help="File to write.")
def receipt(entry: str, folder: Path, reader: str, as_of: str | None, out: Path) -> None:
    """Write a receipt of ENTRY (its position or leaf hash), to be checked anywhere offline.

    \b
    orebook receipt 12 --book my-book --out entry-12.receipt.json
    """
    from orebook.acts.receipt import receipt as make
    from orebook.cli.opening import looking

    with looking(folder, reader, as_of) as view:
        data = make(view, entry)
    out.write_bytes(data)
    click.echo(f"{out}: {len(data):,} bytes. Give it with the values it opens to whom you like;")
    click.echo("the key of the log must reach its reader by another way than this file.")


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--key", default="", help="The log's verifier key, from elsewhere than the receipt.")
@click.option("--policy", type=click.Path(path_type=Path), help="Which witnesses are enough.")
@click.option("--author-key", default="", help="The author's Ed25519 key in base64url.")
@click.option(
    "--rules", "packs", multiple=True, metavar="PACK", help="A pack of your own, for a verdict."
)
@click.option(
    "--keys",
    "key_file",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="For a credential: DID documents, or key names with keys (JSON).",
)
@click.option(
    "--resolve",
    is_flag=True,
    help="For a credential: ask hosts for keys of did:web and for status lists, over HTTPS.",
)
@click.option(
    "--book",
    "folder",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="For a credential: a book that knows its keys and lists of states; no host is asked.",
)
@options.as_json
def verify(
    file: Path,
    key: str,
    policy: Path | None,
    author_key: str,
    packs: tuple[str, ...],
    key_file: Path | None,
    folder: Path | None,
    *,
    resolve: bool,
    json_: bool,
) -> None:
    """Check a receipt offline: what is proved, by whose key, and what was not checked here.

    A verdict that `qualify --out` wrote is checked as well: every entry it rests on against the
    signed head, and the rules asked again. So is a credential of others (vc+jwt, or with a Data
    Integrity proof): who signed it, whether it was revoked or suspended, whether it is in force.

    Exit codes: 0 proved; 1 refused; 3 not decided, something was lacking; 4 unreadable.

    \b
    orebook verify entry-12.receipt.json --key 'books.example/demo+0b33b649+AVcD…'
    orebook verify magnet.verdict.json --key 'books.example/demo+0b33b649+AVcD…'
    orebook verify permit.json --resolve
    orebook verify passport.jwt --book my-book
    """
    from orebook.acts.verify import EXIT, as_json, lines, trust, verify_file
    from orebook.log.errors import LogError

    try:
        believed = trust(key, author_key, policy)
    except (LogError, OSError) as error:
        raise click.UsageError(str(error)) from error
    if (data := _verdict(file)) is not None:
        raise click.exceptions.Exit(_check_verdict(data, believed, packs, json_=json_))
    if (data := _credential(file)) is not None:
        known = _known(key_file, resolve=resolve)
        raise click.exceptions.Exit(_check_credential(data, known, folder, json_=json_))
    verdict = verify_file(file, believed)
    if json_:
        emit_json(as_json(verdict))
    else:
        for line in lines(verdict, believed):
            click.echo(line)
    raise click.exceptions.Exit(EXIT[verdict.outcome])


def _verdict(file: Path) -> bytes | None:
    """The bytes of a verdict file; None for any other, and for one that cannot be read."""
    from orebook.acts.verdict_file import FILE_MAX, is_verdict_file

    try:
        with file.open("rb") as opened:
            data = opened.read(FILE_MAX + 1)
    except OSError:
        return None
    return data if is_verdict_file(data) else None


def _credential(file: Path) -> bytes | None:
    """The bytes of a credential; None for any other file, and for one that cannot be read."""
    from orebook.acts.credential import SIZE_MAX, is_credential

    try:
        with file.open("rb") as opened:
            data = opened.read(SIZE_MAX + 1)
    except OSError:
        return None
    return data if len(data) <= SIZE_MAX and is_credential(data) else None


def _known(key_file: Path | None, *, resolve: bool) -> Resolver:
    from orebook.acts.resolve import Resolver, read_keys

    known = read_keys(key_file.read_bytes(), key_file.name) if key_file else Resolver()
    known.online, known.day = resolve, options.today()
    return known


def _check_credential(data: bytes, known: Resolver, folder: Path | None, *, json_: bool) -> int:
    from orebook.acts.credential import EXIT, check

    if folder is None:
        checked = check(data, known)
    else:
        from orebook.acts.issued import resolver_of
        from orebook.cli.opening import looking

        with looking(folder, "public", None) as view:
            checked = check(data, resolver_of(view, known))
    if json_:
        emit_json(checked.as_json())
        return EXIT[checked.outcome]
    click.echo(_STANDS[checked.outcome])
    for name in ("issuer", "proof", "status", "term"):
        text = str(getattr(checked, name))
        if text:
            shown = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
            click.echo(f"  {name}: {shown}")
    return EXIT[checked.outcome]


def _check_verdict(data: bytes, believed: Trust, packs: tuple[str, ...], *, json_: bool) -> int:
    from orebook.acts.packs import pack
    from orebook.acts.verdict_file import check
    from orebook.acts.verify import EXIT

    checked = check(data, believed, [pack(name) for name in packs])
    if json_:
        emit_json(checked.as_json())
        return EXIT[checked.outcome]
    click.echo(_SAID[checked.outcome])
    lines = [f"  {checked.refusal}"] if checked.refusal else []
    lines += [f"  proved: {line}" for line in checked.proved]
    lines += [f"  not checked here: {line}" for line in checked.not_checked]
    for line in lines:
        click.echo("".join(c if c.isprintable() else ascii(c)[1:-1] for c in line))
    return EXIT[checked.outcome]


@click.command()
@click.option("--out", required=True, type=click.Path(path_type=Path), help="File to write.")
def verifier(out: Path) -> None:
    """Write the verifier as one Python file that needs PyNaCl and nothing of this program.

    \b
    orebook verifier --out orebook_verify.py
    """
    from orebook.acts.standalone import standalone

    out.write_text(standalone(), "utf-8")
    click.echo(f"{out}: run it with python -I {out} RECEIPT --key 'VERIFIER KEY'")
