"""`balance`: does it add up, in a book or in a pasted table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from orebook.cli import options
from orebook.cli.errors import FALSE, REFUSED, UNKNOWN
from orebook.cli.output import emit_json

if TYPE_CHECKING:
    from orebook.acts.balance import Near
    from orebook.acts.see import View
    from orebook.model.finding import Finding
    from orebook.model.problem import Problem


@click.command()
@options.book
@options.reader
@click.option("--lot", "ident", help="Everything joined with this lot as one network.")
@click.option("--event", help="Only this event, with its break-even values.")
@click.option("--site", help="The events of one facility as one network.")
@click.option("--period", help="The events of a year, month or day (2025, 2025-10) as one network.")
@click.option(
    "--close",
    "closing",
    metavar="PERIOD",
    help="Put the balance of that period on record, as the public may see it.",
)
@click.option("--all", "whole", is_flag=True, help="All events as one network.")
@click.option("--used-up", is_flag=True, help="Suppose that lots went into events whole.")
@click.option("--assume", "assumptions", multiple=True, help="A named assumption (repeatable).")
@click.option("--price", "prices", multiple=True, help='Such as "Cu=9800 USD/t 2025-10-01".')
@click.option("--table", "file", type=click.File("rb"), help="A table of streams; no book needed.")
@options.as_json
def balance(
    folder: Path,
    reader: str,
    as_of: str | None,
    ident: str | None,
    event: str | None,
    site: str | None,
    period: str | None,
    closing: str | None,
    assumptions: tuple[str, ...],
    prices: tuple[str, ...],
    file: BinaryIO | None,
    *,
    whole: bool,
    used_up: bool,
    json_: bool,
) -> None:
    """Say whether mass and each element add up: over a chain, a site, a period, or event by event.

    \b
    orebook balance --lot LOT --assume as-written --assume basis=dry
    orebook balance --table streams.csv
    orebook balance --all --used-up --assume relative:1%
    orebook balance --close 2026-01 --used-up --assume relative:1%
    """
    if closing is not None:
        if ident or event or period or whole or file is not None:
            raise click.UsageError("--close goes with --site, --assume and --used-up alone.")
        _close(folder, closing, site, assumptions, used_up=used_up, json_=json_)
        return
    problems: tuple[Problem, ...] = ()
    if ident and (event or site or whole):
        raise click.UsageError("--lot goes with --period, --assume, --price and --used-up alone.")
    if ident is not None or site is not None or period is not None or whole:
        from orebook.acts.reconcile import reconcile_view
        from orebook.cli.opening import looking
        from orebook.cli.reconcile import tell, told_code
        from orebook.show.called import called

        with looking(folder, reader, as_of) as view:
            told = reconcile_view(
                view, lot=ident, site=site, period=period, assumptions=assumptions,
                used_up=used_up, prices=prices,
            )  # fmt: skip
            near = _around(view, ident, assumptions) if ident is not None else None
            names = called(view, told.answer.network.edges) if told.answer is not None else {}
        tell(told, json_=json_, near=near, names=names)
        raise click.exceptions.Exit(told_code(told, refused=False, near=near))
    if file is not None:
        from orebook.acts.table import TABLE_MAX, table

        answer = table(file.read(TABLE_MAX + 1), getattr(file, "name", "table"), assumptions)
        found: tuple[Finding, ...] = (answer.finding,) if answer.finding is not None else ()
        problems = answer.problems
    else:
        from orebook.acts.balance import balance as weigh
        from orebook.cli.opening import looking

        with looking(folder, reader, as_of) as view:
            found = weigh(view, event=event, assumptions=assumptions)
    _print(found, problems, json_=json_)
    raise click.exceptions.Exit(exit_code(found, problems))


def _around(view: View, lot: str, assumptions: tuple[str, ...]) -> tuple[Near, ...]:
    from orebook.acts.balance import near

    return near(view, lot, assumptions)


def _close(
    folder: Path, period: str, site: str | None, assumptions: tuple[str, ...], *, used_up: bool,
    json_: bool,
) -> None:  # fmt: skip
    from orebook.acts.closing import close
    from orebook.cli.opening import looking
    from orebook.show.called import called, plain

    with looking(folder, "public", None) as view:
        closed = close(view, period, site=site, assumptions=assumptions, used_up=used_up)
        said = closed.closing.sentence()
        # An identifier has a colon; each may be that of a lot or of an event.
        idents = {word.rstrip(".,;") for word in said.split() if ":" in word}
        names = called(view, (f"{ident} into {ident}" for ident in idents))
    if json_:
        emit_json(closed.as_json())
        return
    click.echo(plain(said, names))
    if closed.again:
        click.echo("It stands closed like that already; nothing was written.")
    elif closed.replaces is not None:
        click.echo(f"It replaces entry {closed.replaces}, which stays readable.")


def exit_code(found: tuple[Finding, ...], problems: tuple[Problem, ...] = ()) -> int:
    """0 all adds up, 1 something does not, 3 something cannot be told, 4 a table was refused."""
    verdicts = {f.verdict for f in found}
    if problems:
        return REFUSED
    if "does_not_add_up" in verdicts:
        return FALSE
    return 0 if verdicts <= {"adds_up"} and verdicts else UNKNOWN


def _print(found: tuple[Finding, ...], problems: tuple[Problem, ...], *, json_: bool) -> None:
    from orebook.show.findings import finding_lines

    if json_:
        emit_json(
            {
                "findings": [f.as_json() for f in found],
                "problems": [p.as_json() for p in problems],
            }
        )
        return
    for finding in found:
        for line in finding_lines(finding):
            click.echo(line)
        click.echo("")
    for problem in problems:
        click.echo(problem.text(), err=True)
    if not found and not problems:
        click.echo("No event in this book has both inputs and outputs: there is nothing to weigh.")
