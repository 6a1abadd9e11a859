"""`fiscal` and `ladder`: who gets what, and how much of a headline is backed, from a case file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, BinaryIO, NoReturn

import click

from orebook.cli import options
from orebook.cli.errors import FALSE, REFUSED, UNKNOWN
from orebook.cli.output import emit_json

if TYPE_CHECKING:
    from orebook.acts.case import Check
    from orebook.model.problem import SenderError


@click.group()
def fiscal() -> None:
    """Who gets what from a project under its terms, known or unknown. No book is needed."""


@click.group()
def ladder() -> None:
    """How much of a headline has tonnage, grade and class behind it. No book is needed."""


@fiscal.command("run")
@click.argument("file", type=click.File("rb"), metavar="CASE.json")
@options.as_json
def fiscal_run(file: BinaryIO, *, json_: bool) -> None:
    """Run a case: yearly flows, take, intervals over unknown terms, draws, and its checks.

    Exit code 0: computed, every check met; 1: a check is not met; 3: a check cannot be told; 4: the
    case was refused.

    \b
    orebook fiscal run mine.json
    orebook fiscal run mine.json --json
    """
    from orebook.acts.case import LARGEST
    from orebook.acts.case_run import run_fiscal
    from orebook.model.problem import SenderError
    from orebook.show.cases import fiscal_json, fiscal_lines
    from orebook.wiring import example_files

    try:
        answer = run_fiscal(file.read(LARGEST + 1), _name(file), example_files() / "deals")
    except SenderError as error:
        _refuse(error, json_=json_)
    if json_:
        emit_json(fiscal_json(answer))
    else:
        for line in fiscal_lines(answer):
            click.echo(line)
    raise click.exceptions.Exit(exit_code(answer.checks))


@ladder.command("run")
@click.argument("file", type=click.File("rb"), metavar="CASE.json")
@options.as_json
def ladder_run(file: BinaryIO, *, json_: bool) -> None:
    """Climb from a headline to what is backed, and say what is not scaled.

    Exit code 0: climbed, every check met; 1: a check is not met; 3: no tonnage, grade and class, so
    it does not climb; 4: the case was refused.

    \b
    orebook ladder run deposit.json
    orebook ladder run deposit.json --json
    """
    from orebook.acts.case import LARGEST
    from orebook.acts.case_run import run_ladder
    from orebook.model.problem import SenderError
    from orebook.show.cases import ladder_json, ladder_lines
    from orebook.wiring import example_files

    try:
        answer = run_ladder(file.read(LARGEST + 1), _name(file), example_files() / "deals")
    except SenderError as error:
        _refuse(error, json_=json_)
    if json_:
        emit_json(ladder_json(answer))
    else:
        for line in ladder_lines(answer):
            click.echo(line)
    stopped = answer.finding is not None and answer.finding.verdict == "refused"
    raise click.exceptions.Exit(exit_code(answer.checks) or (UNKNOWN if stopped else 0))


def exit_code(checks: Sequence[Check]) -> int:
    """0 all met, 1 one is not, 3 one cannot be told."""
    outcomes = {c.outcome for c in checks}
    if "not met" in outcomes:
        return FALSE
    return UNKNOWN if "untold" in outcomes else 0


def _name(file: BinaryIO) -> str:
    return str(getattr(file, "name", "case"))


def _refuse(error: SenderError, *, json_: bool) -> NoReturn:
    """Every fault with its place, then exit code 4."""
    if json_:
        emit_json({"problems": [p.as_json() for p in error.problems]})
    for problem in error.problems:
        click.echo(problem.text(), err=True)
    raise click.exceptions.Exit(REFUSED)
