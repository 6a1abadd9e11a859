"""`template` and `map`: sheets to fill in, and sheets of the sender's own form."""

from __future__ import annotations

import io
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from orebook.exchange.format import Format
    from orebook.model.problem import Problem


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--lang", "language", default="en", show_default=True, help="en, fr, es, ur or zh.")
@click.option("--list", "listed", is_flag=True, help="Say which templates there are.")
def template(file: Path, language: str, *, listed: bool) -> None:
    """Write a workbook to fill in: the name of FILE says which, such as assays.xlsx.

    Drop-downs hold the words there are; units stand in the header; a second sheet explains in the
    sender's language (all but English are machine-drafted and say so).

    \b
    orebook template assays.xlsx
    orebook template lots.xlsx --lang fr
    orebook template bags.xlsx
    """
    from orebook.exchange import bag_template
    from orebook.exchange.fact_columns import templates
    from orebook.exchange.template import chosen, write

    if listed:
        for one in templates().values():
            click.echo(f"{one.name}: {', '.join(f.name for f in one.fields)}")
        click.echo(f"bags: {', '.join(bag_template.COLUMNS)}")
        return
    if file.suffix.casefold() != ".xlsx":
        message = f"{file.name}: a template is an xlsx workbook, such as assays.xlsx"
        raise click.UsageError(message)
    out = io.BytesIO()
    bags = file.stem.casefold() in bag_template.NAMES
    if bags:
        bag_template.write_bags(language, out)
    else:
        write(chosen(file), language, out)
    _put(file, out.getvalue())
    where = "below the titles, and the lines above them" if bags else "from row 3 on"
    click.echo(f"{file}: fill it in {where}, then: orebook capture {file}")


@click.command(name="map")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--to", "name", required=True, help="Template whose facts it holds: assays, lots, …")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="File to write; else stdout."
)
def map_(file: Path, name: str, out: Path | None) -> None:
    """Draft a mapping of the sender's own sheet, with every guess marked.

    Check it, keep it, and capture such sheets with --map from then on.

    \b
    orebook map results.csv --to assays --out results.toml
    orebook capture results.csv --map results.toml --dry-run
    """
    from orebook.exchange.fact_mapping import draft
    from orebook.exchange.template import chosen

    text = draft(file.read_bytes(), file.name, chosen(Path(f"{name}.xlsx")))
    if out is None:
        click.echo(text, nl=False)
        return
    _put(out, text.encode())
    click.echo(f"{out}: check the lines that say guess or not known.")


def door(mapping: Path | None) -> Format | None:
    """The format that a mapping file makes, or None without one."""
    if mapping is None:
        return None
    from orebook.exchange.fact_mapping import mapped, read_mapping

    return mapped(read_mapping(mapping.read_bytes(), mapping.name))


def hand_back(file: Path, out: Path, problems: Iterable[Problem], notes: Iterable[str]) -> None:
    """Writes the sheet with its faults marked, or says that it has none."""
    from orebook.exchange.marked import mark

    told = list(problems)
    if not told:
        click.echo(f"{out}: not written, as nothing is wrong with {file.name}", err=True)
        return
    _put(out, mark(file.read_bytes(), file.name, told, notes))
    click.echo(f"{out}: {file.name} with its faults marked", err=True)


def _put(path: Path, data: bytes) -> None:
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_bytes(data)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
