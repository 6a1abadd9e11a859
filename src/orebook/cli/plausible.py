"""`plausible`: do lots claim more than their mine, its holder or its country is known for?"""

from __future__ import annotations

from pathlib import Path

import click

from orebook.cli import options
from orebook.cli.errors import FALSE, UNKNOWN
from orebook.cli.output import emit_json, table


@click.command()
@options.book
@options.reader
@options.as_json
def plausible(folder: Path, reader: str, as_of: str | None, *, json_: bool) -> None:
    """Hold what all lots claim to have been mined against capacities and known output, by year.

    A sum above what is known is an unexplained excess, and no lot of it proves its origin. Flags
    say where material may only have passed through: they are no origin and change no answer. Ends
    with 1 where there is an excess, 3 where no sum can be told.

    \b
    orebook plausible --book my-book
    """
    from orebook.acts.plausible import plausible as weigh
    from orebook.acts.transit import book_flags
    from orebook.cli.opening import looking
    from orebook.show.numbers import number

    with looking(folder, reader, as_of) as view:
        found = weigh(view)
        flags = book_flags(view)
    if json_:
        emit_json({**found.as_json(), "flags": [flag.as_json() for flag in flags]})
    else:
        head = ("level", "name", "year", "material", "lots", "claimed t", "known t", "class")
        rows = [
            (
                s.level,
                s.name,
                str(s.year),
                s.material,
                str(len(s.steps)),
                number(s.low_kg / 1000, digits=3) + ("" if s.high_kg == s.low_kg else " or more"),
                "-" if s.limit is None else number(s.limit.kg / 1000, digits=0),
                s.kind,
            )
            for s in found.sums
        ]
        table(head, rows)
        for words in dict.fromkeys(s.words() for s in found.sums if s.words()):
            click.echo(f"! {words}")
        for flag in flags:
            click.echo(f"~ {flag.kind}: {flag.words}")
    kinds = {s.kind for s in found.sums}
    code = FALSE if "unexplained excess" in kinds else 0
    raise click.exceptions.Exit(code or (0 if "explained" in kinds else UNKNOWN))
