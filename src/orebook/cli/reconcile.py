"""`reconcile`: does a whole network add up, and if not, what explains it best."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

import click

from orebook.cli import options
from orebook.cli.errors import FALSE, REFUSED, UNKNOWN
from orebook.cli.output import emit_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from orebook.acts.balance import Near
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


def tell(
    told: Told,
    *,
    json_: bool,
    near: Sequence[Near] | None = None,
    names: Mapping[str, str] | None = None,
) -> None:
    """The answer on stdout, faults of single figures on stderr; with the events beside a lot.

    Takes: names to put in place of identifiers in what a person reads.
    """
    if json_:
        if near is None:
            emit_json(told.as_json())
            return
        problems = [p.as_json() for p in told.problems]
        found = [one.as_json() for one in near]
        emit_json({"network": told.as_json(), "findings": found, "problems": problems})
        return
    from orebook.show.called import plain
    from orebook.show.near import near_lines, told_lines

    for line in (*told_lines(told, names or {}), *near_lines(near or (), names or {})):
        click.echo(line)
    for problem in told.problems:
        click.echo(plain(problem.text(), names or {}), err=True)


def told_code(told: Told, *, refused: bool, near: Sequence[Near] | None = None) -> int:
    """0 adds up, 1 does not, 3 cannot be told; 4 where a part of a file was refused."""
    if refused and told.problems:
        return REFUSED
    verdicts = {told.verdict, *(one.finding.verdict for one in near or ())}
    if "does_not_add_up" in verdicts:
        return FALSE
    return 0 if verdicts == {"adds_up"} else UNKNOWN
