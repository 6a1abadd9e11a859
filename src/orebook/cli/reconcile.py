"""`reconcile`: does a whole network add up, and if not, what explains it best."""

from __future__ import annotations

from typing import BinaryIO

import click

from orebook.cli import options
from orebook.cli.errors import FALSE, REFUSED, UNKNOWN
from orebook.cli.output import emit_json


@click.command()
@click.argument("file", type=click.File("rb"))
@click.option("--assume", "assumptions", multiple=True, help="A named assumption (repeatable).")
@click.option("--case", default="", help="Use the readings under this member of a JSON file.")
@options.as_json
def reconcile(file: BinaryIO, assumptions: tuple[str, ...], case: str, *, json_: bool) -> None:
    """Reconcile a table of transfers (csv or JSON): gaps, what explains them, what cannot be seen.

    \b
    orebook reconcile transfers.csv
    orebook reconcile network.json --json
    """
    from orebook.acts.reconcile import FILE_MAX
    from orebook.acts.reconcile import reconcile as tell

    told = tell(file.read(FILE_MAX + 1), getattr(file, "name", "table"), assumptions, case)
    if json_:
        emit_json(told.as_json())
    else:
        for line in told.lines():
            click.echo(line)
        for problem in told.problems:
            click.echo(problem.text(), err=True)
    raise click.exceptions.Exit(_code(told.answer.verdict if told.answer else "", told.problems))


def _code(verdict: str, problems: tuple[object, ...]) -> int:
    if problems:
        return REFUSED
    if verdict == "does_not_add_up":
        return FALSE
    return 0 if verdict == "adds_up" else UNKNOWN
