"""`demo`: build the demo book, print its findings, serve its portal."""

from __future__ import annotations

from pathlib import Path

import click

from orebook.cli import options
from orebook.cli.output import emit_json


@click.command()
@click.argument("folder", default="demo-book", type=click.Path(path_type=Path))
@click.option("--serve/--no-serve", "serving", default=True, help="Serve the portal afterwards.")
@click.option(
    "--port",
    default=0,
    show_default="a free one",
    type=click.IntRange(0, 65535),
    help="Port to listen on.",
)
@options.as_json
def demo(folder: Path, port: int, *, serving: bool, json_: bool) -> None:
    """Build the demo book in FOLDER from real files, print its findings, serve its portal.

    \b
    orebook demo --no-serve
    """
    from orebook.acts.demo import build
    from orebook.acts.demo_findings import findings
    from orebook.acts.demo_reveal import open_agreement
    from orebook.acts.see import view
    from orebook.show.demo import demo_json, demo_lines
    from orebook.show.sealed import sealed_lines, without
    from orebook.wiring import demo_book, example_files, portal_settings

    book = demo_book(folder)
    try:
        captured = build(book, example_files())
        here = view(book, "public", options.today())
        found = findings(here, portal_settings(folder))
        if json_:
            opened = [done.as_json() for done in open_agreement(here)]
            emit_json({**demo_json(captured, found), "revealed": [without(o) for o in opened]})
        else:
            for line in demo_lines(captured, found):
                click.echo(line)
            for line in sealed_lines(open_agreement(here)):
                click.echo(line)
        click.echo(f"The book lies in {folder}: head of {book.head.size} entries.", err=True)
        if serving:
            from orebook.cli.serve import announce
            from orebook.web.serve import serve as run

            run(
                book,
                "127.0.0.1",
                port,
                announce=lambda url: announce(url, json_=json_),
                featured=portal_settings(folder),
            )
    finally:
        book.close()
