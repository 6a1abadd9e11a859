"""`claims`: weigh a register of claims."""

from __future__ import annotations

from typing import BinaryIO

import click

from orebook.cli import options
from orebook.cli.errors import FALSE, REFUSED
from orebook.cli.output import emit_json


@click.group()
def claims() -> None:
    """Weigh claims: what disagrees, by which rule, and how to treat it. No book is needed."""


@claims.command()
@click.argument("file", type=click.File("rb"), metavar="FILE.csv")
@options.as_json
def check(file: BinaryIO, *, json_: bool) -> None:
    """Say which claims of a register disagree, which rules fired, and how to treat each group.

    Exit code 0: nothing disagrees; 1: something does; 4: a row was refused.

    \b
    orebook claims check claims.csv
    orebook claims check claims.csv --json
    """
    from orebook.acts.claims_check import FILE_MAX, check_claims
    from orebook.show.claims_check import check_json, check_lines

    name = getattr(file, "name", "claims")
    checked = check_claims(file.read(FILE_MAX + 1), str(name), options.today())
    if json_:
        emit_json(check_json(checked))
    else:
        for line in check_lines(checked):
            click.echo(line)
        for problem in checked.problems:
            click.echo(problem.text(), err=True)
    if checked.refused:
        raise click.exceptions.Exit(REFUSED)
    raise click.exceptions.Exit(FALSE if checked.review.groups else 0)
