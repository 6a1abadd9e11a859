"""`serve` and `openapi`: a book over HTTP, and what is offered there."""

from __future__ import annotations

import datetime as dt
import ipaddress
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from orebook.cli import options
from orebook.cli.output import emit_json

if TYPE_CHECKING:
    from orebook.book.office import Office


@click.command()
@options.book
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    default=0,
    show_default="a free one",
    type=click.IntRange(0, 65535),
    help="Port to listen on.",
)
@click.option(
    "--document-limit",
    "megabytes",
    default=32,
    show_default=True,
    type=click.IntRange(1, 1 << 20),
    help="MiB that a document sent over HTTP may have.",
)
@click.option(
    "--event-limit",
    "events",
    default=50_000,
    show_default=True,
    type=click.IntRange(1, 1 << 40),
    help="Events that one may hold.",
)
@options.as_json
def serve(folder: Path, host: str, port: int, *, megabytes: int, events: int, json_: bool) -> None:
    """Serve a book and print its address: portal, API and EPCIS. Ctrl-C stops it.

    While the book has no members and listens on this machine alone, the token of a first owner is
    made and printed, once.

    \b
    orebook serve --book my-book --port 8080
    """
    from orebook.web.api.call import Limits
    from orebook.web.serve import serve as run
    from orebook.wiring import open_book, open_office, portal_settings

    book = open_book(folder)
    office, operator = open_office(folder)
    try:
        _first(office, operator, host)
        run(
            book,
            host,
            port,
            announce=lambda url: announce(url, json_=json_),
            featured=portal_settings(folder),
            office=office,
            inbox=folder / "inbox",
            limits=Limits(document_bytes=megabytes << 20, document_events=events),
        )
    finally:
        office.close()
        book.close()


def _first(office: Office, operator: str, host: str) -> None:
    """The token of a first owner, on stderr, where nobody but this machine can call."""
    from orebook.acts.members import first_owner

    if not _loopback(host):
        return
    text = first_owner(office, operator, dt.datetime.now(dt.UTC))
    if text is not None:
        click.echo(f"Token of the first owner, shown once: {text}", err=True)


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@click.command()
def openapi() -> None:
    """Print the OpenAPI 3.1 document of every served book. A server has it at /api/openapi.json.

    \b
    orebook openapi > orebook.json
    """
    from orebook.web.api.openapi import document

    emit_json(document())


def announce(url: str, *, json_: bool) -> None:
    """Say where the portal is, at once, also into a pipe."""
    if json_:
        emit_json({"url": url})
    else:
        click.echo(f"The portal is at {url} (Ctrl-C stops it)")
    sys.stdout.flush()
