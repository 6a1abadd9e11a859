"""`reliance`: on whom a stage depends, and whether published indicators come out again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from orebook.cli import options
from orebook.cli.errors import FALSE, REFUSED, UNKNOWN
from orebook.cli.output import emit_json, table

if TYPE_CHECKING:
    from orebook.acts.reliance_check import Report
    from orebook.model.statistic import Interval

_MAX_BYTES = 1024 * 1024


_DATA = click.Path(exists=True, file_okay=False, path_type=Path)


@click.group(invoke_without_command=True)
@click.option("--mineral", help="Which mineral, as the statistics call it.")
@click.option("--stage", help="Which stage: mine, refinery, smelter …")
@click.option("--data", "folder", type=_DATA, help="Folder of the statistics.")
@click.option("--source", default="", help="Whose statistics, where several speak of it.")
@click.option("--year", default="", help="Which year; the latest if left out.")
@click.option(
    "--bloc", "members", default="", metavar="CHN,RUS,…", help="Parties to count together."
)
@click.option(
    "--viewpoint",
    default="world",
    show_default=True,
    metavar="world|country:ISO3|buyer:PARTY|contract:ID",
    help="From where to look; a buyer and a contract by their own lots.",
)
@click.option(
    "--book",
    "book",
    envvar="OREBOOK",
    default=".",
    type=click.Path(path_type=Path),
    help="Folder of the book whose lots are asked of ($OREBOOK).",
)
@click.option("--element", default="", help="Of a buyer or contract: which element.")
@click.option(
    "--by",
    default="country",
    show_default=True,
    help="country or firm; of a buyer or contract: country, facility, owner, mine.",
)
@click.option("--heading", default="", help="Of a country: a customs heading of its imports.")
@options.as_json
@click.pass_context
def reliance(
    ctx: click.Context,
    mineral: str | None,
    stage: str | None,
    folder: Path | None,
    source: str,
    year: str,
    members: str,
    viewpoint: str,
    element: str,
    by: str,
    heading: str,
    book: Path,
    *,
    json_: bool,
) -> None:
    """Say how concentrated a stage is, and on whom it depends, as intervals.

    The world by published statistics, a country by its accounts, a buyer or a contract by what its
    own lots are made of. Two publishers, or two editions of one, are never mixed in one answer;
    `--source` names either, and of several editions the newest is taken.

    \b
    orebook reliance --mineral antimony --stage mine --data market --bloc CHN,RUS,IRN,PRK
    orebook reliance --viewpoint buyer:BUYER --element Nd --stage mine --book my-book
    """
    if ctx.invoked_subcommand is not None:
        return
    kind, _, who = viewpoint.partition(":")
    if kind in {"buyer", "contract"}:
        from orebook.cli.reliance_views import own

        own(book, viewpoint, element, stage or "", by, json_=json_)
        return
    if kind not in {"world", "country"}:
        message = f"--viewpoint: world, country:ISO3, buyer:PARTY or contract:ID, not {viewpoint}"
        raise click.UsageError(message)
    if mineral is None or stage is None or folder is None:
        message = "name --mineral, --stage and --data, or a command: check, choke, n-1"
        raise click.UsageError(message)
    if kind == "country":
        from orebook.cli.reliance_views import country

        country(folder, who, mineral, stage, year, heading, json_=json_)
        return
    if by not in {"country", "firm"}:
        message = f"--by: of the world country or firm, not {by}"
        raise click.UsageError(message)
    _world(folder, mineral, stage, (source, year), members, by, json_=json_)


def _world(
    folder: Path,
    mineral: str,
    stage: str,
    of: tuple[str, str],
    members: str,
    by: str,
    *,
    json_: bool,
) -> None:
    from orebook.acts.market import Market
    from orebook.acts.mineral import eu_line
    from orebook.acts.reliance import standing

    parties = [party for party in members.split(",") if party]
    statistics = Market(folder)
    source, year = of
    found = standing(statistics, mineral, stage, source=source, year=year, members=parties, by=by)
    listed = eu_line(statistics, mineral)
    if json_:
        emit_json({**found.as_json(), "eu_list": listed or None})
        return
    click.echo(f"{mineral}, {stage}, {found.year}, {found.vintage}")
    for name, span in found.indices:
        click.echo(f"  {name}: {_span(span)}")
    for party, share in found.parties[:10]:
        click.echo(f"  {party:<6} {share:.1%}")
    if found.rest:
        click.echo(f"  unnamed {found.rest:.1%}")
    if found.benchmark is not None:
        from orebook.cli.reliance_views import benchmark_line

        click.echo(f"  {benchmark_line(found.benchmark)}, were the Union to buy as the world makes")
    if listed:
        click.echo(f"  {listed}")


def _span(span: Interval) -> str:
    low, high = span.low, span.high
    if low is None or high is None:
        return "cannot be told"
    return f"{low:.4f}" if low == high else f"{low:.4f} to {high:.4f}"


@click.command()
@click.argument("file", type=click.File("rb"))
@click.option("--data", "folder", required=True, type=_DATA, help="Folder of the statistics.")
@options.as_json
def whatif(file: BinaryIO, folder: Path, *, json_: bool) -> None:
    """Say what a new source, ban, quota or lost plant changes, stage by stage and year by year.

    \b
    orebook whatif market/pakistan-antimony.json --data market
    """
    from orebook.acts.reliance import what_if

    answer = what_if(file.read(_MAX_BYTES), getattr(file, "name", "overlay"), folder)
    if json_:
        emit_json(answer.as_json())
        return
    click.echo(answer.title)
    for stage, source, year in answer.bases:
        click.echo(f"  base of {stage}: {source}, {year}")
    for effect in answer.effects:
        if effect.why:
            click.echo(f"{effect.year}, {effect.stage}: {effect.why}")
        for index in effect.indices:
            before, after = _span(index.before), _span(index.after)
            click.echo(f"{effect.year}, {effect.stage}, {index.name}: {before} → {after}")
    for moved in answer.country:
        before = "not known" if moved.before is None else f"{_span(moved.before)} %"
        after = "not known" if moved.after is None else f"{_span(moved.after)} %"
        line = f"{moved.year}, {moved.stage}, net import reliance of {answer.party}"
        click.echo(f"{line}: {moved.why}" if moved.why else f"{line}: {before} → {after}")
    for note in answer.notes:
        click.echo(f"Note: {note}")


@reliance.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--data",
    "folder",
    required=True,
    type=_DATA,
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


def _more() -> None:
    from orebook.cli.reliance_views import choke, n_minus_one

    reliance.add_command(n_minus_one)
    reliance.add_command(choke)


_more()
