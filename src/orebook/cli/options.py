"""Options that several commands share."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click

KEY = "orebook.key"
# As in acts.origin_models, which a command that prints its help does not load.
MODELS = (
    "recorded",
    "identity_preserved",
    "segregated",
    "controlled_blending",
    "mass_balance",
    "mass_balance_credit",
    "book_and_claim",
)
F = TypeVar("F", bound=Callable[..., object])


def book(command: F) -> F:
    """`--book FOLDER`, or $OREBOOK, or the current folder."""
    return click.option(
        "--book",
        "folder",
        envvar="OREBOOK",
        default=".",
        show_default="the current folder",
        type=click.Path(path_type=Path),
        help="Folder of the book ($OREBOOK).",
    )(command)


def as_json(command: F) -> F:
    """`--json`: machine-readable output on stdout."""
    return click.option("--json", "json_", is_flag=True, help="Print JSON on stdout.")(command)


def reader(command: F) -> F:
    """`--reader` and `--as-of`: who asks, and for which day."""
    command = click.option(
        "--key",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        expose_value=False,
        callback=lambda ctx, _param, path: ctx.meta.__setitem__(KEY, path),
        help="Key file of the party that reads: opens what is encrypted to it alone.",
    )(command)
    command = click.option(
        "--reader",
        metavar="owner|public|PARTY",
        default="owner",
        show_default=True,
        help="Answer from what the keeper may see, what anyone may, or what a party may.",
    )(command)
    return click.option(
        "--as-of",
        "as_of",
        metavar="DAY",
        help="Answer as the book stood on that day (2025-10-02).",
    )(command)


def model(command: F) -> F:
    """`--model`: the custody model that flows are read under."""
    return click.option(
        "--model",
        type=click.Choice(MODELS),
        default="recorded",
        show_default=True,
        help="The custody model to read all flows under; recorded: what each event states.",
    )(command)


def today() -> str:
    """The day of this machine's clock, handed on as an explicit argument."""
    return dt.datetime.now(dt.UTC).date().isoformat()
