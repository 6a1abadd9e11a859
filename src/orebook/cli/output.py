"""Data on stdout, progress on stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence

import click


def emit_json(value: object) -> None:
    """One JSON document on stdout; members in a fixed order, decimals as strings."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Aligned columns, the last one free."""
    lines = [tuple(head), *(tuple(row) for row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    for number, line in enumerate(lines):
        cells = [cell.ljust(width) for cell, width in zip(line, widths, strict=True)]
        click.echo("  ".join(cells).rstrip())
        if number == 0:
            click.echo("  ".join("-" * width for width in widths))


class Progress:
    """A count on stderr where a person is watching; silent otherwise."""

    def __init__(self, label: str, every: int = 2000) -> None:
        self._label = label
        self._every = every
        self._live = sys.stderr.isatty()
        self._shown = False

    def __call__(self, count: int) -> None:
        """Show the count now and then."""
        if self._live and count % self._every == 0:
            click.echo(f"\r{self._label}: {count:,} facts read", nl=False, err=True)
            self._shown = True

    def done(self) -> None:
        """End the line."""
        if self._shown:
            click.echo("", err=True)
