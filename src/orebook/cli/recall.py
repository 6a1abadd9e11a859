"""`recall`: who is to be told, of which lots, when one lot, plant or assay turns out wrong."""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import click

from orebook.cli import options
from orebook.cli.output import emit_json, table

_COLUMNS = ("lot", "label", "element", "share", "mass_kg", "owner", "facility", "shipments")


@click.command()
@click.argument("ident", metavar="LOT|FACILITY|ASSAY")
@options.book
@options.reader
@click.option("--csv", "csv_", is_flag=True, help="Print the list as CSV, ready to send.")
@options.model
@options.as_json
def recall(
    ident: str,
    folder: Path,
    reader: str,
    as_of: str | None,
    model: str,
    *,
    csv_: bool,
    json_: bool,
) -> None:
    """List every lot that holds metal of a lot, plant or assay, with owner, shipments and mass.

    \b
    orebook recall LOT
    orebook recall LOT --csv > recall.csv
    """
    from orebook.acts.recall import recall as call
    from orebook.cli.opening import looking
    from orebook.exchange.rows import protect
    from orebook.show.origin import recall_json, recall_row

    with looking(folder, reader, as_of) as view:
        found = call(view, ident, model=model)
    if json_:
        emit_json(recall_json(found))
        return
    if csv_:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(_COLUMNS)
        writer.writerows([protect(c) for c in recall_row(a)] for a in found.affected)
        return
    table(_COLUMNS, map(recall_row, found.affected))
    click.echo(f"tell: {', '.join(found.owners) or 'no owner is recorded'}")
    click.echo(f"carried by: {', '.join(found.shipments) or 'no shipment is recorded'}")
