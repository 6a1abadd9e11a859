"""`event-hash`: the identifiers that GS1's vocabulary gives EPCIS events."""

from __future__ import annotations

from typing import BinaryIO

import click

from orebook.cli import options
from orebook.cli.output import emit_json


@click.command("event-hash")
@click.argument("file", type=click.File("rb"), default="-")
@click.option(
    "--cbv",
    type=click.Choice(["2.0", "2.1"]),
    default="2.0",
    show_default=True,
    help="Version of the Core Business Vocabulary whose rules are followed.",
)
@click.option("--pre-hash", "text", is_flag=True, help="Print the text that is hashed as well.")
@options.as_json
def event_hash(file: BinaryIO, cbv: str, *, text: bool, json_: bool) -> None:
    """Print the event hash ID of every event of an EPCIS document, JSON or XML.

    The ID says what an event states, whoever wrote it and in which form. It leaves out the event's
    own id, record time and error declaration, so an event and its withdrawal have the same one: it
    is for talking to other systems and is never a key of the book.

    \b
    orebook event-hash events.json --cbv 2.1
    """
    from orebook.exchange.event_hash_file import hashes
    from orebook.model.problem import Problem, SenderError

    found = hashes(file.read(), cbv)
    if isinstance(found, Problem):
        raise SenderError(found.within("", file.name).text(), [found])
    if json_:
        emit_json(
            [
                {"place": h.place, "eventID": h.event_id or None, "hashID": h.hash_id, "cbv": cbv}
                | ({"preHash": h.pre_hash} if text else {})
                for h in found
            ]
        )
        return
    for one in found:
        click.echo(one.hash_id)
        if text:
            click.echo(f"  {one.pre_hash}")
