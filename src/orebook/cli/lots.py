"""`lots`, `lot`, `trace`: what there is, and where it came from and went."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from orebook.cli import options
from orebook.cli.output import emit_json, table

if TYPE_CHECKING:
    from orebook.acts.trace import Lineage
    from orebook.model.event import Event


@click.command()
@options.book
@options.reader
@options.as_json
def lots(folder: Path, reader: str, as_of: str | None, *, json_: bool) -> None:
    """List the lots that any statement or event names.

    \b
    orebook lots --book my-book
    """
    from orebook.acts.lots import lots as every
    from orebook.cli.opening import looking
    from orebook.show.sentences import lot_json, lot_row

    with looking(folder, reader, as_of) as view:
        lines = every(view)
    if json_:
        emit_json([lot_json(line) for line in lines])
    else:
        table(("lot", "material", "mass", "made at", "events", "assays"), map(lot_row, lines))


@click.command()
@click.argument("ident", metavar="LOT")
@options.book
@options.reader
@options.as_json
def lot(ident: str, folder: Path, reader: str, as_of: str | None, *, json_: bool) -> None:
    """Show one lot: what is stated of it, its assays, its events.

    \b
    orebook lot LOT --book my-book
    """
    from orebook.acts.lots import lot as one
    from orebook.cli.opening import looking
    from orebook.show.sentences import sheet_json, sheet_lines

    with looking(folder, reader, as_of) as view:
        sheet = one(view, ident)
    if json_:
        emit_json(sheet_json(sheet))
    else:
        for line in sheet_lines(sheet):
            click.echo(line)


@click.command()
@click.argument("ident", metavar="LOT")
@options.book
@options.reader
@click.option("--back/--no-back", default=True, help="Follow where it came from.")
@click.option("--forward/--no-forward", default=True, help="Follow where it went.")
@click.option("--steps", type=click.IntRange(1), help="Events away; all of them if not given.")
@options.as_json
def trace(
    ident: str,
    folder: Path,
    reader: str,
    as_of: str | None,
    steps: int | None,
    *,
    back: bool,
    forward: bool,
    json_: bool,
) -> None:
    """Follow a lot back and forward over the events, as a tree.

    \b
    orebook trace LOT --steps 2
    """
    from orebook.acts.trace import lineage
    from orebook.cli.opening import looking
    from orebook.show.sentences import lineage_json

    with looking(folder, reader, as_of) as view:
        found = lineage(view, ident, back=steps if back else 0, forward=steps if forward else 0)
    if json_:
        emit_json(lineage_json(found))
        return
    if back:
        click.echo("came from")
        _branch(found, ident, "inputs", "outputs")
    if forward:
        click.echo("went to")
        _branch(found, ident, "outputs", "inputs")
    if found.cut:
        click.echo("(more events touch these lots than are shown; leave --steps out for all)")


def _branch(found: Lineage, ident: str, far: str, near: str) -> None:
    """A tree of lots through events; a lot met again on its own branch is marked, not followed."""
    from orebook.show.sentences import event_title, lot_title

    def walk(name: str, indent: str, path: tuple[str, ...]) -> None:
        step = found.step(name)
        title = lot_title(name, step.record if step is not None else None)
        if name in path:
            click.echo(f"{indent}{title} (already above: a circle)")
            return
        click.echo(f"{indent}{title}")
        for event in found.events:
            if name in _lots(event, near):
                click.echo(f"{indent}  {event_title(event)}")
                for other in _lots(event, far):
                    walk(other, indent + "    ", (*path, name))

    walk(ident, "  ", ())


def _lots(event: Event, side: str) -> list[str]:
    from orebook.model.absence import known
    from orebook.model.event import lots_of

    return lots_of(known(getattr(event, side)))
