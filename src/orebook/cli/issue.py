"""`issue` and `status-list`: statements of the book as credentials, and which stand no longer."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from orebook.cli import options

KINDS = ("lot", "event", "facility", "assay", "claim", "party")
_OUT = click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="File to write; else stdout."
)


@click.command()
@click.argument("ident", metavar="ID")
@_OUT
@click.option("--kind", type=click.Choice(KINDS), help="What ID is, where several share it.")
@click.option(
    "--key",
    "key_file",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Key file of the party that issues it; else the keeper of the book does.",
)
@click.option("--for", "reader", metavar="PARTY", help="Hold what this party may see, for it only.")
@click.option("--rules", metavar="PACK", help="What these dated rules say of the lot ID, instead.")
@click.option("--on", "day", metavar="DAY", help="The day whose law is asked; today if left out.")
@click.option("--embedded", is_flag=True, help="JSON with the proof inside (eddsa-jcs-2022).")
@click.option("--bare", is_flag=True, help="Not signed: the credential as JSON.")
@options.book
def issue(
    folder: Path,
    ident: str,
    out: Path | None,
    kind: str | None,
    key_file: Path | None,
    reader: str | None,
    rules: str | None,
    day: str | None,
    *,
    embedded: bool,
    bare: bool,
) -> None:
    """Write a statement of the book as a signed UNTP 0.7.0 credential (vc+jwt).

    A lot becomes a passport, an event a traceability event, a facility its record, an analysis or a
    finding of conformity a conformity credential, a party with a key an identity anchor. With
    --rules it is the verdict of a pack of rules on a lot, where they can tell.

    It holds what anyone may see. What the credential must say and nobody has stated is told, and
    nothing is written (exit code 4). Who checks it finds the key in the issuer's did:web, and in
    the list of states whether it was replaced or withdrawn since.

    \b
    orebook issue LOT --book my-book --out passport.jwt
    orebook issue FACILITY --book my-book --embedded
    orebook issue LOT --rules us-dfars-7052 --book my-book
    orebook issue ANALYSIS --book my-book --key laboratory.key
    """
    from orebook.acts.issue import Form, signer_of
    from orebook.acts.issue import issue as issued
    from orebook.acts.issue_verdict import issue_verdict
    from orebook.acts.see import view
    from orebook.cli.keys import seed_of
    from orebook.log.keys import SigningKey
    from orebook.model.problem import ReaderError
    from orebook.wiring import open_book

    if bare and embedded:
        message = "--bare leaves it unsigned and --embedded signs it: name one of them"
        raise click.UsageError(message)
    if (rules is not None and (key_file or kind)) or (day is not None and rules is None):
        message = "--rules is asked by the keeper of a lot, and --on says of which day its law is"
        raise click.UsageError(message)
    if reader == "owner":
        message = "a credential is for anyone, or with --for for a party of this book"
        raise ReaderError(message)
    form: Form = "bare" if bare else "embedded" if embedded else "jwt"
    with open_book(folder) as book:
        here = view(book, reader or "public", options.today())
        who = signer_of(here, SigningKey(seed_of(key_file))) if key_file else None
        if rules is not None:
            data = issue_verdict(here, ident, rules, _day(day), form)
        else:
            data = issued(here, ident, who, kind=kind or "", form=form)
    _write(data, out, ident)


def _day(day: str | None) -> str:
    import datetime as dt

    try:
        return dt.date.fromisoformat(day).isoformat() if day else options.today()
    except ValueError:
        message = f"--on: expected a day such as 2027-01-01, found {day!r}"
        raise click.UsageError(message) from None


@click.command("status-list")
@click.argument("name", metavar="LIST")
@_OUT
@options.book
def status_list(folder: Path, name: str, out: Path | None) -> None:
    """Write a LIST of states: which credentials would not be issued now as they were (vc+jwt).

    Each credential of the book names its list (W3C Bitstring Status List), such as 0-17 for one
    that rests on entry 17. A served book serves them; who serves a book as files puts each at the
    address that the credentials name.

    \b
    orebook status-list 0-2 --out 0-2.jwt
    """
    from orebook.acts.see import view
    from orebook.acts.state_lists import list_named
    from orebook.acts.status import status_list as listed
    from orebook.wiring import open_book

    with open_book(folder) as book:
        data = listed(view(book, "public", options.today()), list_named(name))
    _write(data, out, f"list {name}")


def _write(data: bytes, out: Path | None, what: str) -> None:
    if out is None:
        sys.stdout.buffer.write(data + b"\n")
        sys.stdout.buffer.flush()
    else:
        out.write_bytes(data + b"\n")
        click.echo(f"{what} is written to {out}")
