"""`origin`: where lots came from, in a book or in a bare list of flows."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from orebook.cli import options
from orebook.cli.errors import REFUSED
from orebook.cli.output import emit_json

if TYPE_CHECKING:
    from orebook.model.problem import Problem

FLOWS = """\b
FLOWS is CSV with a header, JSON, JSON Lines, or three bare columns:
  from,to,mass                     kilograms of one element, or "12.5 t"
  mass_low,mass_high               bounds, where the mass is not recorded
  element,event,time,custody       which metal; which event; when; which model
  mine,country                     of what came in: the lot in `from` (in `to` if
                                   `from` is empty)
  facility,owner,stage             of the step: the lot in `to`
  from_…, to_…                     the same labels, for one side by name
The form is described in docs/reference/origin.md."""


@click.command(epilog=FLOWS)
@click.argument("idents", metavar="[LOT]...", nargs=-1)
@options.book
@options.reader
@click.option("--edges", type=click.File("rb"), help="A list of flows (- for stdin); no book.")
@click.option("--nodes", type=click.File("rb"), help="A table of its lots: id,mine,country,…")
@click.option("--lot", "named", multiple=True, help="Only this lot (repeatable); all if none.")
@click.option(
    "--by",
    multiple=True,
    help="source, mine, country, facility or owner (repeatable); all if none.",
)
@click.option("--stage", default="", help="Only who it passed through at this stage.")
@click.option("--element", default="", help="Only this element.")
@click.option(
    "--method",
    type=click.Choice(("proportional", "fifo", "lifo", "poison")),
    default="proportional",
    show_default=True,
    help="How a mix is read; named in every answer.",
)
@options.model
@click.option(
    "--on",
    type=click.Choice(("here", "spark")),
    default="here",
    show_default=True,
    help="Who computes: this process, or Spark (the extra spark).",
)
@click.option(
    "--export-parquet",
    type=click.Path(file_okay=False, path_type=Path),
    help="Also write the edges and sources of each question by level here.",
)
@options.as_json
def origin(
    idents: tuple[str, ...],
    folder: Path,
    reader: str,
    as_of: str | None,
    edges: BinaryIO | None,
    nodes: BinaryIO | None,
    named: tuple[str, ...],
    by: tuple[str, ...],
    stage: str,
    element: str,
    method: str,
    model: str,
    on: str,
    export_parquet: Path | None,
    *,
    json_: bool,
) -> None:
    """Say what share of a lot came from which mine and country, and through whom.

    Shares stand with the least and the most they can be; what is unknown is a share of its own.

    \b
    orebook origin LOT
    orebook origin LOT --model mass_balance
    orebook origin --edges flows.csv --lot LOT --json
    """
    from orebook.show.origin import METHODS, answer_json, custody_words, lot_lines

    lots = (*idents, *named)
    from orebook.acts.origin_elsewhere import running

    if edges is None:
        from orebook.acts.origin import origin as in_book
        from orebook.cli.opening import looking

        how = partial(in_book, by=by, stage=stage, element=element, method=method, model=model)
        with looking(folder, reader, as_of) as view, running(on, export_parquet) as run:
            answer = how(view, lots=lots, run=run)
    else:
        from orebook.acts.origin_list import origin as in_list
        from orebook.acts.origin_list import read
        from orebook.acts.origin_models import under

        table = (nodes.read(), nodes.name) if nodes is not None else (None, "")
        flows = under(read(edges.read(), getattr(edges, "name", "flows"), *table), model)
        with running(on, export_parquet) as run:
            answer = in_list(
                flows, lots=lots, by=by, stage=stage, element=element, method=method, run=run
            )
    if json_:
        emit_json(answer_json(answer))
    else:
        click.echo(f"method: {METHODS[answer.method]}")
        click.echo(f"custody: {custody_words(answer.models)}")
        for lot in answer.lots:
            for line in lot_lines(lot):
                click.echo(line)
    tell(answer.problems, quiet=json_)
    # A column nobody asked for is said, and refuses nothing.
    refused = any(p.code != "unknown-column" for p in answer.problems)
    raise click.exceptions.Exit(REFUSED if refused else 0)


def tell(problems: tuple[Problem, ...], *, quiet: bool) -> None:
    """Every problem on stderr, unless JSON has said them."""
    for problem in problems if not quiet else ():
        click.echo(problem.text(), err=True)
