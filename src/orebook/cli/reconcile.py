"""`reconcile`: does a whole network add up, and if not, what explains it best."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

import click

from orebook.cli import options
from orebook.cli.errors import FALSE, REFUSED, UNKNOWN
from orebook.cli.output import emit_json

if TYPE_CHECKING:
    from orebook.acts.reconcile import Told


@click.command()
@click.argument("file", type=click.File("rb"))
@click.option("--assume", "assumptions", multiple=True, help="A named assumption (repeatable).")
@click.option("--case", default="", help="Use the readings under this member of a JSON file.")
@click.option("--price", "prices", multiple=True, help='Such as "Cu=9800 USD/t 2025-10-01".')
@options.as_json
def reconcile(
    file: BinaryIO, assumptions: tuple[str, ...], case: str, prices: tuple[str, ...], *, json_: bool
) -> None:
    """Reconcile a table of transfers (csv or JSON): gaps, what explains them, what cannot be seen.

    \b
    orebook reconcile transfers.csv
    orebook reconcile network.json --json
    """
    from orebook.acts.reconcile import FILE_MAX
    from orebook.acts.reconcile import reconcile as weigh

    told = weigh(file.read(FILE_MAX + 1), getattr(file, "name", "table"), assumptions, case, prices)
    tell(told, json_=json_)
    raise click.exceptions.Exit(told_code(told, refused=True))


def tell(told: Told, *, json_: bool) -> None:
    """The answer on stdout, faults of single figures on stderr."""
    if json_:
        emit_json(told.as_json())
        return
    for line in told.lines():
        click.echo(line)
    for problem in told.problems:
        click.echo(problem.text(), err=True)


def told_code(told: Told, *, refused: bool) -> int:
    """0 adds up, 1 does not, 3 cannot be told; 4 where a part of a file was refused."""
    if refused and told.problems:
        return REFUSED
    if told.verdict == "does_not_add_up":
        return FALSE
    return 0 if told.verdict == "adds_up" else UNKNOWN
