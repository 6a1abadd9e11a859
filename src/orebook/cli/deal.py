"""`deal`: an agreement in the open."""

from __future__ import annotations

from pathlib import Path

import click

from orebook.cli import options
from orebook.cli.output import emit_json, table


@click.command()
@click.argument("ident", metavar="[AGREEMENT]", required=False)
@options.book
@options.reader
@options.as_json
def deal(ident: str | None, folder: Path, reader: str, as_of: str | None, *, json_: bool) -> None:
    """Show an agreement: claims by property, what differs, what was not found. Lists without one.

    \b
    orebook deal
    orebook deal AGREEMENT --as-of 2026-01-31
    """
    from orebook.acts.deal import deal as one
    from orebook.acts.deal import deals
    from orebook.cli.opening import looking
    from orebook.show.deal import agreement_row, deal_json, deal_lines

    with looking(folder, reader, as_of) as view:
        if ident is None:
            every = deals(view)
            if json_:
                emit_json(
                    [
                        dict(
                            zip(
                                ("id", "title", "instrument", "signed"),
                                agreement_row(a),
                                strict=True,
                            )
                        )
                        for a in every
                    ]
                )
            else:
                table(("agreement", "title", "instrument", "signed"), map(agreement_row, every))
            return
        found = one(view, ident)
    if json_:
        emit_json(deal_json(found))
    else:
        for line in deal_lines(found):
            click.echo(line)
