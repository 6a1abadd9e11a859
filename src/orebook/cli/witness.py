"""`witness`: keep one, ask those of a book, show what they have refused."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click

from orebook.cli import options
from orebook.cli.errors import FALSE, UNKNOWN
from orebook.cli.output import emit_json

_store = click.option(
    "--store",
    "store_",
    required=True,
    metavar="FOLDER",
    type=click.Path(path_type=Path),
    help="Folder of the witness.",
)


@click.group()
def witness() -> None:
    """Witnesses confirm that a log has only grown; a forked or rolled-back one is refused.

    \b
    orebook witness init --store my-witness --name example.org/w1
    """


@witness.command()
@_store
@click.option("--name", required=True, help="Name of the witness, a URL without scheme.")
@click.option(
    "--post-quantum", is_flag=True, help="Sign with ML-DSA-44 too (needs the extra orebook[pq])."
)
@options.as_json
def init(store_: Path, name: str, *, post_quantum: bool, json_: bool) -> None:
    """Make a witness with keys of its own and print its verifier keys."""
    from orebook.book.witness_store import WitnessFolder

    made = WitnessFolder.create(store_, name, post_quantum=post_quantum)
    _print_keys(made.vkeys(), json_=json_)


@witness.command()
@_store
@options.as_json
def keys(store_: Path, *, json_: bool) -> None:
    """Print the verifier keys, for logs and for policies."""
    from orebook.book.witness_store import WitnessFolder

    _print_keys(WitnessFolder.load(store_).vkeys(), json_=json_)


@witness.command()
@_store
@click.option(
    "--log",
    "logs",
    multiple=True,
    required=True,
    metavar="VKEY",
    help="Verifier key of a log to watch (repeatable; several of one name are all accepted).",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    default=0,
    show_default="a free one",
    type=click.IntRange(0, 65535),
    help="Port to listen on.",
)
@options.as_json
def serve(store_: Path, logs: tuple[str, ...], host: str, port: int, *, json_: bool) -> None:
    """Serve the witness until Ctrl-C. One process per folder is enough; more do no harm.

    \b
    orebook witness serve --store my-witness --log VKEY --port 8081
    """
    from orebook.book.witness_store import WitnessFolder
    from orebook.log.cosignature import parse_log_key
    from orebook.log.errors import LogError
    from orebook.log.note import NoteVerifier
    from orebook.web.witness import serve as run

    known: dict[str, list[NoteVerifier]] = {}
    for vkey in logs:
        try:
            key = parse_log_key(vkey)
        except LogError as error:
            raise click.BadParameter(str(error), param_hint="--log") from error
        known.setdefault(key.name, []).append(key)
    folder = WitnessFolder.load(store_)
    store = folder.store()
    try:
        run(store, folder.keys, known, host, port, lambda url: _announce(url, json_=json_))
    finally:
        store.close()


@witness.command("show-evidence")
@_store
@options.as_json
def show_evidence(store_: Path, *, json_: bool) -> None:
    """Print every pair of heads that could not be shown to be one history; exit 1 if there is one.

    Each note is printed as the log signed it, so that anyone can check it with the log's key.
    """
    from orebook.book.witness_store import WitnessFolder
    from orebook.log.policy import utc

    store = WitnessFolder.load(store_).store()
    try:
        found = store.evidence()
    finally:
        store.close()
    if json_:
        emit_json(
            [
                {
                    "log": e.origin,
                    "reason": e.reason,
                    "conclusive": e.conclusive,
                    "seen": e.seen.decode(),
                    "sent": e.sent.decode(),
                    "at": utc(e.time),
                }
                for e in found
            ]
        )
    else:
        for e in found:
            doubt = "" if e.conclusive else " (the log may still bring a proof)"
            click.echo(f"{e.origin}, {utc(e.time)}: {e.reason}{doubt}")
            click.echo(f"--- seen first\n{e.seen.decode()}--- sent then\n{e.sent.decode()}")
        if not found:
            click.echo("No log has contradicted itself before this witness.")
    if any(e.conclusive for e in found):
        raise click.exceptions.Exit(FALSE)


@witness.command("forget-clock")
@_store
def forget_clock(store_: Path) -> None:
    """Let the witness sign again after its clock ran ahead and was put right."""
    from orebook.book.witness_store import WitnessFolder

    store = WitnessFolder.load(store_).store()
    try:
        store.forget_clock()
    finally:
        store.close()
    click.echo("The time of the last signature is forgotten; heads are remembered as before.")


@witness.command()
@options.book
@click.option(
    "--seconds",
    default=5.0,
    show_default=True,
    type=click.FloatRange(0.1, 300),
    help="What each witness may take in all.",
)
@click.option(
    "--every",
    type=click.IntRange(1),
    metavar="SECONDS",
    help="Ask again and again, so that cosignatures stay young; Ctrl-C stops it.",
)
@options.as_json
def ask(folder: Path, seconds: float, every: int | None, *, json_: bool) -> None:
    """Ask the witnesses of a book's witnesses.policy to confirm its head.

    Exit 0 when the policy's quorum has confirmed it, 3 when it has not, 1 when a witness has seen
    another history.
    """
    from orebook.acts.cosign import cosign
    from orebook.wiring import open_book

    while True:
        book = open_book(folder, witnessed=False)
        try:
            met = _print_standing(cosign(book, seconds=seconds), json_=json_)
        finally:
            book.close()
        if every is None:
            break
        sys.stdout.flush()
        time.sleep(every)
    if not met:
        raise click.exceptions.Exit(UNKNOWN)


@witness.command()
@options.book
@options.as_json
def status(folder: Path, *, json_: bool) -> None:
    """Say which witnesses have confirmed the head, asking nobody; exit codes as those of ask."""
    from orebook.acts.cosign import standing
    from orebook.wiring import open_book

    book = open_book(folder, witnessed=False)
    try:
        found = standing(book)
    finally:
        book.close()
    met = _print_standing(found, json_=json_)
    if found.alarms:
        raise click.exceptions.Exit(FALSE)
    if not met:
        raise click.exceptions.Exit(UNKNOWN)


def _print_standing(found: object, *, json_: bool) -> bool:
    from orebook.acts.cosign import Standing

    assert isinstance(found, Standing)
    if json_:
        emit_json(found.as_json())
    else:
        for line in found.lines():
            click.echo(line)
    return found.satisfied


def _print_keys(vkeys: tuple[str, ...], *, json_: bool) -> None:
    if json_:
        emit_json(list(vkeys))
    else:
        for vkey in vkeys:
            click.echo(vkey)


def _announce(url: str, *, json_: bool) -> None:
    if json_:
        emit_json({"url": url})
    else:
        click.echo(f"The witness is at {url} (Ctrl-C stops it)")
    sys.stdout.flush()
