"""On whom a buyer, a contract or a country depends, and what breaks if a plant goes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from orebook.cli import options
from orebook.cli.errors import UNKNOWN
from orebook.cli.output import emit_json, table

if TYPE_CHECKING:
    from orebook.engines.reliance.benchmark import Benchmark
    from orebook.model.statistic import Interval

_SHOWN = 12


def own(folder: Path, viewpoint: str, element: str, stage: str, by: str, *, json_: bool) -> None:
    """Prints on whom the lots of a buyer or contract depend."""
    if not element:
        message = "name --element, such as Cu: a buyer depends for an element"
        raise click.UsageError(message)
    from orebook.acts.reliance_views import dependence
    from orebook.cli.opening import looking
    from orebook.show.numbers import number

    with looking(folder, "owner", None) as view:
        found = dependence(view, viewpoint, element, stage=stage, by=by)
    if json_:
        emit_json(found.as_json())
        return
    where = f" at the stage {stage}" if stage else ""
    count = len(found.lots)
    click.echo(f"{viewpoint}: {count} lots, {number(round(found.kg))} kg {element}, by {by}{where}")
    for name, span in found.indices:
        click.echo(f"  {name}: {_span(span)}")
    for party, share in found.shares[:_SHOWN]:
        click.echo(f"  {share:7.1%}  {party}")
    click.echo(f"  {found.unknown:7.1%}  unknown")
    if found.not_passed:
        click.echo(f"  {found.not_passed:7.1%} of all came without that stage")
    if found.benchmark is not None:
        click.echo(f"  {benchmark_line(found.benchmark)}")
    for plant in found.plants[:_SHOWN]:
        click.echo(
            f"  if {plant.name} goes: {plant.mass_share:.1%} of the mass;"
            f" {plant.lots_severed} lots severed, {plant.lots_thinned} thinned"
        )
    for lot in found.unweighed:
        click.echo(f"  not weighed, no dry mass or grade: {lot}")


def country(
    folder: Path, party: str, mineral: str, form: str, year: str, heading: str, *, json_: bool
) -> None:
    """Prints how far a country relies on imports of a form."""
    from orebook.acts.market import Market
    from orebook.acts.mineral import eu_line
    from orebook.acts.reliance_country import imports

    if not year:
        message = "name --year: accounts are of one year"
        raise click.UsageError(message)
    statistics = Market(folder)
    found = imports(statistics, party, mineral, form, year, heading)
    listed = eu_line(statistics, mineral)
    if json_:
        emit_json({**found.as_json(), "eu_list": listed or None})
        return
    click.echo(f"{party}: {mineral}, {form}, {year}")
    if found.exporter:
        click.echo("  net exporter")
    elif found.reliance is None:
        click.echo("  net import reliance cannot be told")
    else:
        click.echo(f"  net import reliance: {_span(found.reliance)} percent of consumption")
    for last, share in found.partners[:_SHOWN]:
        click.echo(f"  {share:7.1%}  {last}, as last exporter")
    if found.gap is not None:
        name, span = found.gap
        click.echo(f"  origin gap of {name}: {_span(span)} (share of trade less share of mines)")
    if listed:
        click.echo(f"  {listed}")
    for note in found.notes:
        click.echo(f"  note: {note}")


def benchmark_line(found: Benchmark) -> str:
    """How the largest third country stands to the EU's benchmark, in a line."""
    who = found.country or "no third country"
    return (
        f"EU benchmark, at most 65 % from one third country: {found.outcome}"
        f" ({who}, {_span(found.share)})"
    )


def _span(span: Interval) -> str:
    low, high = span.low, span.high
    if low is None or high is None:
        return "cannot be told"
    return f"{low:.4f}" if low == high else f"{low:.4f} to {high:.4f}"


@click.command(name="n-1")
@click.option("--supply", required=True, help="All supply, such as 90000 or 85000..95000.")
@click.option("--top-supply", required=True, help="That of the largest supplier.")
@click.option("--demand", required=True, help="All demand.")
@click.option("--top-demand", required=True, help="The largest supplier's own demand.")
@options.as_json
def n_minus_one(supply: str, top_supply: str, demand: str, top_demand: str, *, json_: bool) -> None:
    """Say what share of the others' demand is covered if the largest supplier falls out.

    (supply - its supply) / (demand - its own demand). Each amount is a number or LOW..HIGH.

    \b
    orebook reliance n-1 --supply 100 --top-supply 91 --demand 100 --top-demand 75
    """
    from orebook.acts.reliance import span_of
    from orebook.engines.reliance import n_minus_one as reckon

    found = reckon(
        span_of(supply, "--supply"),
        span_of(top_supply, "--top-supply"),
        span_of(demand, "--demand"),
        span_of(top_demand, "--top-demand"),
    )
    if json_:
        emit_json({"coverage_percent": None if found is None else found.as_json()})
    elif found is None:
        click.echo("cannot be told: the others need nothing, or an amount has no end")
    else:
        click.echo(f"covered: {_span(found)} percent of what the others need")
    raise click.exceptions.Exit(UNKNOWN if found is None else 0)


@click.command()
@click.argument("lot")
@options.book
@options.reader
@options.as_json
def choke(lot: str, folder: Path, reader: str, as_of: str | None, *, json_: bool) -> None:
    """Say which plants a lot's ways back to the mine need, and whether one severs or thins it.

    \b
    orebook reliance choke LOT --book my-book
    """
    from orebook.acts.reliance_views import choke_points
    from orebook.cli.opening import looking

    with looking(folder, reader, as_of) as view:
        found = choke_points(view, lot)
    if json_:
        emit_json(
            [
                {"plant": c.place, "ways_cut": c.cut, "ways": c.ways, "severs": c.severs}
                for c in found
            ]
        )
    else:
        rows = [
            (c.place, f"{c.cut} of {c.ways}", "severed" if c.severs else "thinned") for c in found
        ]
        table(("plant", "ways cut", "the lot is"), rows)
    raise click.exceptions.Exit(0 if found else UNKNOWN)
