"""`reliance`: on whom a stage depends, and whether published indicators come out again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from orebook.cli import options
from orebook.cli.errors import FALSE, REFUSED, UNKNOWN
from orebook.cli.output import emit_json, table

if TYPE_CHECKING:
    from orebook.acts.reliance_check import Report


@click.group()
def reliance() -> None:
    """Say how concentrated a stage is, and on whom a buyer or a country depends."""


@reliance.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--data",
    "folder",
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of the statistics the indicators rest on.",
)
@options.as_json
def check(file: Path, folder: Path, *, json_: bool) -> None:
    """Compute published indicators again from the statistics they name.

    Every row comes out as reproduced, differs, or not computable, with the value or interval and
    the reason. Ends with 1 where one differs, 3 where one cannot be computed.

    \b
    orebook reliance check market/indicators.csv --data market
    """
    from orebook.acts.reliance_check import check as run

    report = run(file, folder)
    if json_:
        emit_json(report.as_json())
    else:
        _print(report)
    raise click.exceptions.Exit(exit_code(report))


def exit_code(report: Report) -> int:
    """0 all reproduced, 1 one differs, 3 one cannot be computed, 4 a row could not be read."""
    outcomes = {row.outcome for row in report.rows}
    if report.problems:
        return REFUSED
    if "differs" in outcomes:
        return FALSE
    return UNKNOWN if "not computable" in outcomes else 0


def _print(report: Report) -> None:
    for row in report.rows:
        if row.outcome != "reproduced":
            click.echo(f"{row.id}: {row.outcome}: {row.reason}")
    click.echo("")
    head = ("formula", "reproduced", "differs", "not computable")
    lines = [
        (formula, *(str(counts.get(outcome, 0)) for outcome in head[1:]))
        for formula, counts in report.counts.items()
    ]
    table(head, lines)
    for problem in report.problems:
        click.echo(problem.text(), err=True)
