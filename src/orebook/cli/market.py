"""`market`: official statistics that people download themselves, taken into a folder."""

from __future__ import annotations

from pathlib import Path

import click

from orebook.cli import options
from orebook.cli.errors import REFUSED
from orebook.cli.output import emit_json

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def market() -> None:
    """Keep a folder of official statistics beside a book."""


@market.command(name="import")
@click.argument("kind", metavar="KIND")
@click.argument("file", type=_FILE)
@click.option(
    "--data",
    "folder",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the statistics; made if it is not there.",
)
@click.option("--vintage", required=True, help="The edition as its publisher names it.")
@click.option("--codes", type=_FILE, help="Of BACI: the country codes that come with it.")
@click.option("--heading", default="", help="Of BACI: how the product code begins, such as 2846.")
@options.as_json
def take(
    kind: str,
    file: Path,
    folder: Path,
    vintage: str,
    codes: Path | None,
    heading: str,
    *,
    json_: bool,
) -> None:
    """Take a FILE of a KIND: usgs, world-mining-data, wgi, comtrade, baci, eu-list.

    Every cell keeps its kind: zero, withheld, not available, under half a unit, a bound. Rows that
    cannot be read are named and the others are kept; then it ends with 4. The file's SHA-256 and
    vintage go into imports.json.

    \b
    orebook market import usgs MCS2026_World_Data.csv --data market --vintage '2026 v1.3'
    """
    from orebook.acts.market_import import take as run

    done = run(kind, file, folder, vintage, codes=codes, heading=heading)
    if json_:
        emit_json(done.as_json())
    else:
        from orebook.show.numbers import number

        rows = number(done.rows)
        click.echo(f"{rows} rows of {done.file} ({done.vintage}) → {', '.join(done.written)}")
        click.echo(f"SHA-256 {done.sha256}")
    for problem in done.problems:
        click.echo(problem.text(), err=True)
    raise click.exceptions.Exit(REFUSED if done.problems else 0)
