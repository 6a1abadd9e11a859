"""`papers` and `paper`: what the papers of one shipment say, and whether it is the same."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from orebook.cli import options
from orebook.cli.errors import FALSE, REFUSED, UNKNOWN
from orebook.cli.output import emit_json

if TYPE_CHECKING:
    from orebook.acts.papers_alone import Papers


@click.command()
@click.argument("shipment", required=False)
@click.option(
    "--file",
    "file",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="A sheet of papers (orebook template papers.xlsx) instead of a book.",
)
@options.book
@options.reader
@options.as_json
def papers(
    shipment: str | None,
    file: Path | None,
    folder: Path,
    reader: str,
    as_of: str | None,
    *,
    json_: bool,
) -> None:
    """Compare the papers of SHIPMENT with one another, and list each disagreement.

    Mass, bags, seals, codes, terms, value, parties, countries and dates, on every paper that
    states them. Wet and dry mass are never taken for the same; names that are alike are shown and
    not guessed at; what one paper alone states is no agreement.

    \b
    orebook papers SHIPMENT
    orebook papers --file papers.csv
    """
    if (shipment is None) == (file is None):
        message = "name a shipment of the book, or a sheet with --file"
        raise click.UsageError(message)
    problems = 0
    if file is not None:
        from orebook.acts.paper_files import in_file

        with file.open("rb") as stream:
            found, faults, notes = in_file(stream, file.name, as_of or options.today())
        for note in notes:
            click.echo(f"note: {note}", err=True)
        for fault in faults:
            click.echo(fault.text(), err=True)
        problems = len(faults)
    else:
        from orebook.acts.papers import of_shipment
        from orebook.cli.opening import looking

        with looking(folder, reader, as_of) as view:
            found = (of_shipment(view, str(shipment)),)
    if json_:
        emit_json([one.finding.as_json() for one in found])
    else:
        _print(found)
    verdicts = {one.finding.verdict for one in found}
    if problems:
        raise click.exceptions.Exit(REFUSED)
    if "disagrees" in verdicts:
        raise click.exceptions.Exit(FALSE)
    if "cannot_be_told" in verdicts:
        raise click.exceptions.Exit(UNKNOWN)


def _print(found: tuple[Papers, ...]) -> None:
    from orebook.show.papers import papers_lines

    for one in found:
        for line in papers_lines(one.papers, one.finding):
            click.echo(line)


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--kind", required=True, help="What it is: bill_of_lading, invoice, …")
@click.option("--shipment", required=True, help="The shipment it goes with.")
@click.option("--number", help="Its number as printed.")
@click.option(
    "--set",
    "stated",
    multiple=True,
    metavar="NAME=VALUE",
    help="What it prints, by column of the template papers, such as net='19.8 t wet' (repeatable).",
)
@click.option("--author", default="", help="Party that states it; else the operator.")
@options.book
@options.as_json
def paper(
    file: Path,
    kind: str,
    shipment: str,
    number: str | None,
    stated: tuple[str, ...],
    author: str,
    folder: Path,
    *,
    json_: bool,
) -> None:
    """Put one paper of a shipment into the book: FILE (a scan, a pdf) and what it prints.

    The file is kept encrypted under its digest, which is sealed; what it prints becomes a typed
    document that `orebook papers` compares.

    \b
    orebook paper facts.jsonl --kind bill_of_lading --shipment SHIPMENT --set net="19.8 t wet"
    """
    from orebook.acts.paper_files import add
    from orebook.wiring import open_book

    told = {"kind": kind, "shipment": shipment, **({"number": number} if number else {})}
    for item in stated:
        name, equals, value = item.partition("=")
        if not equals:
            message = f'--set: expected NAME=VALUE, found "{item}"'
            raise click.UsageError(message)
        told[name.strip()] = value.strip()
    book = open_book(folder)
    try:
        ident, receipt = add(book, file.read_bytes(), file.name, told, author)
    finally:
        book.close()
    if json_:
        emit_json({"paper": ident, "first": receipt.first, "last": receipt.last})
    else:
        click.echo(f"{ident}: entries {receipt.first} to {receipt.last}.")
        click.echo(f"Compare it: orebook papers '{shipment}'")
