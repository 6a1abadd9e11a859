"""`contradictions`: statements in the record that cannot all hold."""

from __future__ import annotations

from pathlib import Path

import click

from orebook.cli import options
from orebook.cli.errors import FALSE, UNKNOWN
from orebook.cli.output import emit_json


@click.command()
@click.argument("idents", nargs=-1, metavar="[LOT|EVENT]...")
@options.book
@options.reader
@options.as_json
def contradictions(
    idents: tuple[str, ...], folder: Path, reader: str, as_of: str | None, *, json_: bool
) -> None:
    """List statements that cannot all hold: dates, amounts, identities, distances.

    Whatever documents they came in. Named lots or events keep it to those; else it is the whole
    book. Ends with 1 where something contradicts, 3 where it cannot be told.

    \b
    orebook contradictions
    orebook contradictions LOT --json
    """
    from orebook.acts.coherence import contradicting
    from orebook.cli.opening import looking
    from orebook.show.findings import wrapped

    with looking(folder, reader, as_of) as view:
        found = contradicting(view, idents)
    if json_:
        emit_json(found.as_json())
    else:
        for part in found.parts:
            click.echo(f"{part.verdict.replace('_', ' ')}: {part.component}")
            for reason in part.reasons:
                for line in wrapped(reason, "  ", ""):
                    click.echo(line)
        count = len(found.parts)
        click.echo(f"{count} found." if count else found.reasons[0])
        click.echo(f"as of {found.as_of}, head of {found.head.size} entries, {found.version}")
    if found.verdict == "contradicts":
        raise click.exceptions.Exit(FALSE)
    if found.verdict == "cannot_be_told":
        raise click.exceptions.Exit(UNKNOWN)
