"""`member` and `token`: who may write over HTTP, and with what."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from orebook.cli import options
from orebook.cli.output import emit_json, table

if TYPE_CHECKING:
    from orebook.book.office import Office

_ORGANISATION = click.option(
    "--organisation",
    show_default="the book's operator",
    help="A party of the book; its statements are made in its name.",
)
_ROLES = ("owner", "submitter", "reader", "auditor")
_RIGHTS = ("read", "write", "audit", "manage")


@contextmanager
def _office(folder: Path) -> Iterator[tuple[Office, str]]:
    """The office of a book and the book's operator."""
    from orebook.wiring import open_office

    office, operator = open_office(folder)
    try:
        yield office, operator
    finally:
        office.close()


@click.group()
def member() -> None:
    """Members of organisations and their roles, kept beside the record.

    owner: reads, writes, audits, manages. submitter: reads and writes. reader: reads. auditor:
    reads, and sees every capture job.
    """


@member.command()
@click.argument("name")
@click.option("--role", required=True, type=click.Choice(_ROLES), help="What it may do.")
@_ORGANISATION
@options.book
def add(name: str, role: str, organisation: str | None, folder: Path) -> None:
    """Give a member of an organisation its role, in place of an earlier one.

    \b
    orebook member add scale --role submitter --organisation party:mine
    """
    from orebook.acts.members import set_member

    with _office(folder) as (office, operator):
        set_member(office, organisation or operator, name, role)
        click.echo(f"{name} is {role} of {organisation or operator}.")


@member.command("list")
@options.book
@options.as_json
def list_members(folder: Path, *, json_: bool) -> None:
    """List the members of every organisation.

    \b
    orebook member list
    """
    from orebook.acts.members import members

    names = ("organisation", "member", "role")
    with _office(folder) as (office, _):
        found = members(office)
    if json_:
        emit_json([dict(zip(names, row, strict=True)) for row in found])
    else:
        table(names, found)


@member.command()
@click.argument("name")
@_ORGANISATION
@options.book
def remove(name: str, organisation: str | None, folder: Path) -> None:
    """Let a member go; its tokens open nothing from now on.

    \b
    orebook member remove scale --organisation party:mine
    """
    from orebook.acts.members import drop_member

    with _office(folder) as (office, operator):
        drop_member(office, organisation or operator, name)
        click.echo(f"{name} is no member of {organisation or operator} any more.")


@click.group()
def token() -> None:
    """Tokens by which members call a served book. Only a hash of each is kept."""


@token.command()
@click.argument("name")
@click.option("--role", type=click.Choice(_ROLES), help="Give the member this role first.")
@click.option("--scope", "scope", multiple=True, type=click.Choice(_RIGHTS), help="Narrow it.")
@click.option("--days", default=90, show_default=True, help="Days it lasts.")
@_ORGANISATION
@options.book
@options.as_json
def create(
    name: str,
    role: str | None,
    scope: tuple[str, ...],
    days: int,
    organisation: str | None,
    folder: Path,
    *,
    json_: bool,
) -> None:
    """Make a token for a member and print it, this once.

    \b
    orebook token create scale --role submitter --organisation party:mine --scope write
    """
    from orebook.acts.members import new_token, set_member

    with _office(folder) as (office, operator):
        whose = organisation or operator
        if role is not None:
            set_member(office, whose, name, role)
        text, made = new_token(office, whose, name, _now(), scope=scope, days=days)
    if json_:
        emit_json({"token": text, **made.as_json()})
        return
    click.echo(text)
    click.echo(f"Token {made.id} lasts until {made.expires}; it is not shown again.", err=True)


@token.command("list")
@options.book
@options.as_json
def list_tokens(folder: Path, *, json_: bool) -> None:
    """List every token, those that have ended too; never its secret.

    \b
    orebook token list
    """
    from orebook.acts.members import tokens

    with _office(folder) as (office, _):
        found = [made.as_json() for made in tokens(office)]
    if json_:
        emit_json(found)
        return
    names = ("id", "organisation", "member", "scope", "created", "expires", "state")
    now = _now().strftime("%Y-%m-%dT%H:%M:%SZ")
    for row in found:
        row["scope"] = ", ".join(row["scope"]) or "all of the role"  # type: ignore[arg-type]
        ended = "ended" if now >= str(row["expires"]) else "open"
        row["state"] = f"revoked {row['revoked']}" if row["revoked"] else ended
    table(names, [[str(row[name]) for name in names] for row in found])


@token.command()
@click.argument("ident", metavar="ID")
@options.book
def revoke(ident: str, folder: Path) -> None:
    """End a token for good.

    \b
    orebook token revoke 0123456789abcdef
    """
    from orebook.acts.members import revoke as end

    with _office(folder) as (office, _):
        made = end(office, ident, _now())
        click.echo(f"Token {made.id} of {made.member} opens nothing any more.")


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
