"""`reach` and `exposure`: where a lot or a mine's metal went, and who depends on a set."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from orebook.cli import options
from orebook.cli.errors import REFUSED
from orebook.cli.output import emit_json, table

if TYPE_CHECKING:
    from orebook.model.flow import FlowList
    from orebook.model.problem import Problem


@click.command()
@click.argument("ident", metavar="LOT|FACILITY")
@options.book
@options.reader
@click.option("--edges", type=click.File("rb"), help="A list of flows (- for stdin); no book.")
@click.option("--nodes", type=click.File("rb"), help="A table of its lots: id,mine,country,…")
@click.option("--element", default="", help="Only this element.")
@options.model
@options.as_json
def reach(
    ident: str,
    folder: Path,
    reader: str,
    as_of: str | None,
    edges: BinaryIO | None,
    nodes: BinaryIO | None,
    element: str,
    model: str,
    *,
    json_: bool,
) -> None:
    """List the lots that hold metal which came through a lot, mine or plant, with the share.

    \b
    orebook reach LOT
    orebook reach "Mine A" --edges flows.csv
    """
    from orebook.acts.origin_list import assembled, problems, reach_of
    from orebook.show.origin import percent

    refused: tuple[Problem, ...] = ()
    if edges is None:
        from orebook.acts.origin import reach as in_book
        from orebook.cli.opening import looking

        with looking(folder, reader, as_of) as view:
            found = in_book(view, ident, element=element, model=model)
    else:
        flows = _flows(edges, nodes, model)
        wholes = assembled(flows, element)
        found, refused = reach_of(wholes, ident), problems(flows, wholes)
    if json_:
        emit_json([{"element": e or None, "lot": lot, "share": x} for e, lot, x in found])
    else:
        table(("element", "lot", "share of it"), [(e, lot, percent(x)) for e, lot, x in found])
    _tell((), refused)


@click.command()
@click.option(
    "--set",
    "chosen",
    type=click.File("rb"),
    required=True,
    help='JSON of the set, such as {"country": ["AU", "CA"]}.',
)
@options.book
@options.reader
@click.option("--edges", type=click.File("rb"), help="A list of flows (- for stdin); no book.")
@click.option("--nodes", type=click.File("rb"), help="A table of its lots: id,mine,country,…")
@click.option("--stage", default="", help="Who it passed at this stage, not where it came from.")
@click.option("--element", default="", help="Only this element.")
@options.model
@options.as_json
def exposure(
    chosen: BinaryIO,
    folder: Path,
    reader: str,
    as_of: str | None,
    edges: BinaryIO | None,
    nodes: BinaryIO | None,
    stage: str,
    element: str,
    model: str,
    *,
    json_: bool,
) -> None:
    """Say for every lot what share of it came from a set of places or parties, with bounds.

    The set is a JSON object: an attribute (mine, country, facility, owner) and its names.

    \b
    orebook exposure --set covered.json --stage refine
    """
    from orebook.acts.origin_list import assembled, exposure_of, problems, strangers
    from orebook.show.origin import between, share_json

    names = _set(chosen)
    refused: tuple[Problem, ...] = ()
    if edges is None:
        from orebook.acts.origin import exposure as in_book
        from orebook.acts.origin import unmet
        from orebook.cli.opening import looking

        with looking(folder, reader, as_of) as view:
            found = in_book(view, names, stage=stage, element=element, model=model)
            strange = unmet(view, names, chosen.name, model)
    else:
        flows = _flows(edges, nodes, model)
        wholes = assembled(flows, element)
        found = exposure_of(wholes, names, stage=stage)
        strange, refused = strangers(wholes, names, chosen.name), problems(flows, wholes)
    if json_:
        emit_json([{"element": e or None, "lot": lot, **share_json(s)} for e, lot, s in found])
    else:
        table(("element", "lot", "share"), [(e, lot, between(s)) for e, lot, s in found])
    _tell(strange, refused)


def _tell(strange: tuple[Problem, ...], refused: tuple[Problem, ...]) -> None:
    """Every problem on stderr; names nobody knows refuse nothing, faults of a document do."""
    from orebook.cli.origin import tell

    tell((*strange, *refused), quiet=False)
    if any(p.code != "unknown-column" for p in refused):
        raise click.exceptions.Exit(REFUSED)


def _flows(edges: BinaryIO, nodes: BinaryIO | None, model: str) -> FlowList:
    from orebook.acts.origin_list import read
    from orebook.acts.origin_models import under

    table_ = (nodes.read(), nodes.name) if nodes is not None else (None, "")
    return under(read(edges.read(), getattr(edges, "name", "flows"), *table_), model)


def _set(file: BinaryIO) -> dict[str, list[str]]:
    from orebook.model.problem import ReaderError

    name = getattr(file, "name", "the set")
    try:
        value = json.loads(file.read().decode("utf-8-sig"))
    except ValueError as error:
        place = f"line {error.lineno}, " if isinstance(error, json.JSONDecodeError) else ""
        message = f'{name}, {place}expected JSON such as {{"country": ["AU"]}}, found no JSON'
        raise ReaderError(message) from error
    sound = (
        isinstance(value, dict)
        and value
        and all(
            isinstance(v, list) and v and all(isinstance(n, str) for n in v) for v in value.values()
        )
    )
    if not sound:
        message = f'{name}: expected an attribute with its names, such as {{"country": ["AU"]}}'
        raise ReaderError(message)
    return dict(value)
