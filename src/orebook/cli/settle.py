"""`settle`: what is due for a lot under terms, with every step."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from orebook.cli import options
from orebook.cli.errors import FALSE, REFUSED, UNKNOWN
from orebook.cli.output import emit_json

if TYPE_CHECKING:
    from orebook.acts.settle import Settled


@click.command()
@click.argument("terms_file", type=click.File("rb"), metavar="TERMS.json")
@click.argument("files", type=click.File("rb"), nargs=-1, metavar="[LOTS.json]...")
@click.option("--shipment", "ident", help="Settle the lots of this shipment of a book.")
@options.book
@options.reader
@options.as_json
def settle(
    terms_file: BinaryIO,
    files: tuple[BinaryIO, ...],
    ident: str | None,
    folder: Path,
    reader: str,
    as_of: str | None,
    *,
    json_: bool,
) -> None:
    """Reckon dry tonnes, payable metal, charges, penalties, and the invoice, step by step.

    Lots and their assays come from files, without a book, or from a shipment of one. Exit code 0:
    every lot is settled; 3: one cannot be told; 4: a document or row was refused. A collection of
    worked rows (lots or exchanges with what is expected) is computed row by row; 1: one is not met.

    \b
    orebook settle terms.json assays.json
    orebook settle terms.json assays.json --json
    """
    from orebook.acts.settle import (
        LARGEST,
        day_of,
        document,
        is_collection,
        run_collection,
        settle_files,
        settle_shipment,
        terms_of,
    )
    from orebook.cli.opening import looking
    from orebook.model.problem import SenderError
    from orebook.show.settle import row_lines, rows_json

    name = _name(terms_file)
    try:
        value = document(terms_file.read(LARGEST + 1), name)
        if is_collection(value):
            rows = run_collection(value, name)
            if json_:
                emit_json(rows_json(rows))
            else:
                for line in row_lines(rows):
                    click.echo(line)
            raise click.exceptions.Exit(0 if all(r.met for r in rows) else FALSE)
        terms = terms_of(value, name)
    except SenderError as error:
        if json_:
            emit_json({"problems": [p.as_json() for p in error.problems]})
        for problem in error.problems:
            click.echo(problem.text(), err=True)
        raise click.exceptions.Exit(REFUSED) from error
    if ident is not None:
        with looking(folder, reader, as_of) as view:
            _tell(settle_shipment(view, ident, terms), json_=json_)
    if not files:
        message = "name a file of lots with their assays, or --shipment of a book"
        raise click.UsageError(message)
    read = {_name(f): f.read(LARGEST + 1) for f in files}
    _tell(settle_files(terms, read, day_of(as_of)), json_=json_)


def _name(file: BinaryIO) -> str:
    return str(getattr(file, "name", "input"))


def _tell(settled: Settled, *, json_: bool) -> None:
    """Print it and end with its exit code."""
    from orebook.show.settle import settled_json, settled_lines

    if json_:
        emit_json(settled_json(settled))
    else:
        for line in settled_lines(settled):
            click.echo(line)
        for problem in settled.problems:
            click.echo(problem.text(), err=True)
    if settled.problems:
        raise click.exceptions.Exit(REFUSED)
    untold = any(i.stage == "untold" for i in settled.invoices) or not settled.invoices
    raise click.exceptions.Exit(UNKNOWN if untold else 0)
