"""`qualify`: does a lot meet dated rules, and what would settle it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from orebook.cli import options
from orebook.cli.errors import FALSE, UNKNOWN
from orebook.cli.output import emit_json, table

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from orebook.acts.qualify import Qualified
    from orebook.engines.rules import Pack

_MAX_BYTES = 16 * 1024 * 1024


@click.command()
@click.argument("lot", required=False)
@options.book
@options.reader
@click.option(
    "--rules", "names", multiple=True, metavar="PACK", help="A pack (repeatable): its id or folder."
)
@click.option(
    "--branch", "branches", multiple=True, help="Also under this branch of the law; * for all."
)
@click.option("--chain", "file", type=click.File("rb"), help="A chain in JSON; no book needed.")
@click.option("--on", "day", metavar="DAY", help="The day the law is asked of; today if left out.")
@click.option(
    "--out", type=click.Path(path_type=Path), help="Write the verdict with its proofs there."
)
@click.option("--all", "all_", is_flag=True, help="Every lot of the book, a line of JSON each.")
@click.option("--list", "list_", is_flag=True, help="List packs: rules, clauses, dates, branches.")
@options.as_json
def qualify(
    lot: str | None,
    folder: Path,
    reader: str,
    as_of: str | None,
    names: tuple[str, ...],
    branches: tuple[str, ...],
    file: BinaryIO | None,
    day: str | None,
    out: Path | None,
    *,
    all_: bool,
    list_: bool,
    json_: bool,
) -> None:
    """Say whether a lot meets dated rules: proved, refuted or unknown, with what decides it.

    `--as-of` asks what the book knew by a day, and the law of that day. `--on` asks the law of
    another day of what the book knows. `--all` answers for every lot of the book as JSON Lines,
    without the witness, and counts on stderr. `--out` writes the answer with a receipt of every
    entry it rests on, which `verify` checks without the book. Ends with 1 where a pack is refuted,
    3 where one cannot be told.

    \b
    orebook qualify LOT --rules us-dfars-7052
    orebook qualify LOT --rules us-dfars-7052 --on 2027-01-01 --branch fy27-ndaa-s1803
    orebook qualify LOT --rules us-dfars-7052 --out magnet.verdict.json
    orebook qualify --all --rules us-dfars-7052 --rules us-uflpa
    orebook qualify --list --rules us-dfars-7052
    """
    from orebook.acts import packs

    chosen = [packs.pack(name) for name in names or packs.names()]
    when = _day(day or as_of or options.today())
    if list_:
        _list(chosen, when, json_=json_)
        return
    if all_:
        if lot is not None or file is not None or out is not None:
            message = "--all takes no lot, no chain and no --out"
            raise click.UsageError(message)
        raise click.exceptions.Exit(_all(folder, reader, as_of, chosen, when, branches))
    if file is not None and out is not None:
        message = "--out needs a book: a chain that was handed in is proved by nothing"
        raise click.UsageError(message)
    if file is not None:
        from orebook.acts.qualify import given

        data = file.read(_MAX_BYTES + 1)
        found = given(data, getattr(file, "name", "chain"), chosen, when, branches)
    elif lot is None:
        message = "name a lot, or a chain with --chain"
        raise click.UsageError(message)
    else:
        from orebook.acts.plausible import chain_of_lot
        from orebook.acts.qualify import judged
        from orebook.cli.opening import looking

        with looking(folder, reader, as_of) as view:
            chain, facts = chain_of_lot(view, lot)
            found = [judged(chain, pack, when, branches, facts.head) for pack in chosen]
            if out is not None:
                from orebook.acts.verdict_file import verdict_file

                out.write_bytes(verdict_file(view, lot, chosen, when, branches))
    _print(found, json_=json_)
    raise click.exceptions.Exit(_code({q.verdicts[0].outcome for q in found}))


def _code(outcomes: Collection[str]) -> int:
    return FALSE if "refuted" in outcomes else UNKNOWN if "unknown" in outcomes else 0


def _all(
    folder: Path,
    reader: str,
    as_of: str | None,
    chosen: Sequence[Pack],
    day: str,
    branches: Sequence[str],
) -> int:
    from collections import Counter

    from orebook.acts.qualify_all import every
    from orebook.cli.opening import looking

    counts: Counter[tuple[str, str, str]] = Counter()
    with looking(folder, reader, as_of) as view:
        for line in every(view, chosen, day, branches):
            click.echo(line.text())
            asked = line.asked
            counts[asked.pack.id, asked.branch or "as enacted", line.decision.outcome] += 1
    for (pack, branch, outcome), count in sorted(counts.items()):
        click.echo(f"{pack}, {branch}: {count:,} {outcome}", err=True)
    return _code({outcome for _, branch, outcome in counts if branch == "as enacted"})


def _day(text: str) -> str:
    import datetime as dt

    try:
        return dt.date.fromisoformat(text).isoformat()
    except ValueError as error:
        message = f"a day such as 2027-01-01, not {text}"
        raise click.UsageError(message) from error


def _list(listed: Sequence[Pack], day: str, *, json_: bool) -> None:
    from orebook.show.verdicts import pack_json

    if json_:
        emit_json([pack_json(pack, day) for pack in listed])
        return
    for pack in listed:
        branches = f"; branches: {', '.join(pack.branches)}" if pack.branches else ""
        click.echo(f"{pack.id}, {pack.version}: {pack.title} ({pack.jurisdiction})")
        click.echo(f"  {pack.citation}; to be looked at again by {pack.recheck}{branches}")
        told = pack_json(pack, day)["rules"]
        head = ("rule", "on that day", "until", "next date", "read", "clause")
        table(head, [tuple(str(r[k] or "-") for k in _COLUMNS) for r in told])
        click.echo("")


_COLUMNS = ("id", "status", "until", "next", "read", "clause")


def _print(found: list[Qualified], *, json_: bool) -> None:
    if json_:
        emit_json([q.as_json() for q in found])
        return
    from orebook.show.verdicts import verdict_lines

    for qualified in found:
        for verdict in qualified.verdicts:
            for line in verdict_lines(verdict, qualified.chain):
                click.echo(line)
        if qualified.robust is not None:
            alike = "the same under every branch" if qualified.robust else "another under a branch"
            click.echo(f"  The answer is {alike}.")
        click.echo("")
