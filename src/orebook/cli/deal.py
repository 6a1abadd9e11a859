"""`deal`: an agreement in the open; two of them compared; questions to ask."""

from __future__ import annotations

from pathlib import Path

import click

from orebook.cli import options
from orebook.cli.output import emit_json, table


class _Shown(click.Group):
    """`deal AGREEMENT` is `deal show AGREEMENT`: what is no command is an agreement."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        named = args and (args[0] in self.commands or args[0] in {"-h", "--help"})
        return super().parse_args(ctx, args if named else ["show", *args])


@click.group(cls=_Shown)
def deal() -> None:
    """Show an agreement with all that is computed of it, or list them; compare two; ask.

    \b
    orebook deal
    orebook deal AGREEMENT --as-of 2026-01-31
    """


@deal.command()
@click.argument("ident", metavar="[AGREEMENT]", required=False)
@options.book
@options.reader
@options.as_json
def show(ident: str | None, folder: Path, reader: str, as_of: str | None, *, json_: bool) -> None:
    """Show an agreement: claims, contradictions, disclosure, promises, questions.

    Lists the agreements of the book without one. How much of each headline of mineral wealth has
    tonnage, grade and class behind it is told where portal.toml names a `backing` case of deposits.

    \b
    orebook deal show AGREEMENT --json
    """
    from orebook.acts.deal import deals
    from orebook.acts.headline import agreement_headlines
    from orebook.acts.opened import opened
    from orebook.cli.opening import looking
    from orebook.show.deal import agreement_row
    from orebook.show.opened import opened_json, opened_lines
    from orebook.wiring import portal_settings

    with looking(folder, reader, as_of) as view:
        if ident is None:
            every = deals(view)
            heads = ("id", "title", "instrument", "signed")
            if json_:
                emit_json([dict(zip(heads, agreement_row(a), strict=True)) for a in every])
            else:
                table(("agreement", *heads[1:]), map(agreement_row, every))
            return
        found = opened(view, ident)
        backing = portal_settings(folder).backing
        said = agreement_headlines(view, ident, Path(backing)).headlines if backing else ()
    if json_:
        emit_json(opened_json(found, said))
    else:
        for line in opened_lines(found, said):
            click.echo(line)


@deal.command()
@click.argument("left", metavar="AGREEMENT")
@click.argument("right", metavar="OTHER")
@options.book
@options.reader
@options.as_json
def compare(
    left: str, right: str, folder: Path, reader: str, as_of: str | None, *, json_: bool
) -> None:
    """Compare two agreements, or two versions of one, term by term.

    \b
    orebook deal compare AGREEMENT agreement:ukraine-us-fund-2025
    """
    from orebook.acts.opened import compared
    from orebook.cli.opening import looking
    from orebook.show.opened import compared_json, compared_lines, frame

    with looking(folder, reader, as_of) as view:
        before, after, changes, facts = compared(view, left, right)
        framed = frame(view, before, after, facts.as_of)
    if json_:
        emit_json(compared_json(before, after, changes, facts, framed))
    else:
        for line in compared_lines(before, after, changes, framed):
            click.echo(line)


@deal.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--document", default="", help="Keep it in the book under this identifier.")
@options.book
@options.as_json
def text(file: Path, document: str, folder: Path, *, json_: bool) -> None:
    """Read a contract (PDF, or plain text) page by page and list its clauses.

    With --document it is kept in the book, readable by everyone; the agreement names it among its
    papers. A PDF needs the extra orebook[pdf]. Pages without words are pictures: they are named.

    \b
    orebook deal text contract.txt --document document:contract
    """
    from orebook.acts.contract import look
    from orebook.acts.contract_keep import keep
    from orebook.show.contract import text_json, text_lines
    from orebook.wiring import open_book

    data = file.read_bytes()
    kept = ""
    if document:
        with open_book(folder) as book:
            found, receipt = keep(book, data, file.name, document)
        kept = f"kept as {document} in entry {receipt.first}"
    else:
        found = look(data, file.name)
    if json_:
        emit_json(text_json(found, data, document))
        return
    for line in text_lines(found, file.name):
        click.echo(line)
    if kept:
        click.echo(kept)


@deal.command()
@click.argument("ident", metavar="AGREEMENT")
@click.option("--first", type=click.IntRange(1), help="Only so many, the first in rank.")
@options.book
@options.reader
@options.as_json
def ask(
    ident: str, first: int | None, folder: Path, reader: str, as_of: str | None, *, json_: bool
) -> None:
    """Draft a parliamentary question for each thing that is not public, with what it cites.

    \b
    orebook deal ask AGREEMENT --first 5
    """
    from orebook.acts.opened import opened
    from orebook.cli.opening import looking
    from orebook.show.opened import ask_json, ask_lines

    with looking(folder, reader, as_of) as view:
        found = opened(view, ident)
    if json_:
        emit_json(ask_json(found, first))
    else:
        for line in ask_lines(found, first):
            click.echo(line)
