"""`capture` and `export`: documents in, documents out."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from orebook.cli import options
from orebook.cli.errors import REFUSED
from orebook.cli.output import Progress, emit_json
from orebook.cli.sheets import door, hand_back

if TYPE_CHECKING:
    from orebook.acts.gather import Captured, Wish
    from orebook.book.book import Book

_SHOWN = 20


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@options.book
@click.option("--format", "wanted", help="Name of the format; else it is recognised.")
@click.option("--author", default="", help="Party that makes the statements; else the operator.")
@click.option("--rollback", is_flag=True, help="Append nothing of a document with a bad row.")
@click.option("--dry-run", is_flag=True, help="Show all of it and write nothing.")
@click.option(
    "--limit", type=click.IntRange(1), metavar="BYTES", help="Largest document (default 2 GiB)."
)
@click.option(
    "--seal",
    "pointers",
    multiple=True,
    metavar="POINTER",
    help="Seal the value at this JSON pointer wherever a fact has it (repeatable).",
)
@click.option(
    "--for",
    "audience",
    multiple=True,
    metavar="AUDIENCE",
    help="Who may read what --seal names: parties, or owner (repeatable; default owner).",
)
@click.option(
    "--seal-file",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="JSON list of what to seal: at, and for, kind, id where wanted.",
)
@click.option(
    "--map",
    "mapping",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Mapping of the sender's own columns (orebook map makes a draft).",
)
@click.option(
    "--marked",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="OUT.xlsx",
    help="Hand the sheet back with its faults on the cells, to be corrected and sent again.",
)
@click.option(
    "--keys",
    "key_file",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="DID documents, or key names with keys, to check signed credentials with (JSON).",
)
@click.option(
    "--resolve",
    is_flag=True,
    help="Ask hosts for the keys of did:web signers and for status lists, over HTTPS.",
)
@options.as_json
def capture(
    files: tuple[str, ...],
    folder: Path,
    wanted: str | None,
    author: str,
    limit: int | None,
    pointers: tuple[str, ...],
    audience: tuple[str, ...],
    seal_file: Path | None,
    mapping: Path | None,
    marked: Path | None,
    key_file: Path | None,
    *,
    resolve: bool,
    rollback: bool,
    dry_run: bool,
    json_: bool,
) -> None:
    """Take documents in; `-` reads stdin. Good rows are kept unless --rollback is given.

    \b
    orebook capture shipment.csv events.json --dry-run
    cat events.json | orebook capture - --format epcis-json
    orebook capture results.csv --map results.toml --marked faults.xlsx
    orebook capture deal.jsonl --seal /amounts/0/amount --for party:buyer
    """
    from orebook.acts.cosign import confirm
    from orebook.acts.gather import SIZE_LIMIT, Mode, Wish
    from orebook.acts.resolve import Resolver, read_keys
    from orebook.acts.rules import Rule, read_rules
    from orebook.wiring import open_book

    _usable(files, marked, audience=bool(audience), pointers=bool(pointers))
    rules = tuple(Rule(pointer, audience or ("owner",)) for pointer in pointers)
    if seal_file is not None:
        rules += read_rules(seal_file.read_bytes(), seal_file.name)
    mode: Mode = "rollback" if rollback else "proceed"
    keys = read_keys(key_file.read_bytes(), key_file.name) if key_file else Resolver()
    keys.online = resolve
    most = limit or SIZE_LIMIT
    keys.day = options.today()
    wish = Wish(
        *(mode, dry_run, wanted, author, most, rules, door(mapping)),
        find_key=keys.find_key,
        find_list=keys.find_list,
    )
    book = open_book(folder)
    try:
        results = _several(book, files, wish) or [_one(book, name, wish) for name in files]
        written = any(r.receipt is not None and r.receipt.leaves for r in results)
        told = confirm(book) if written else ()
    finally:
        book.close()
    if marked is not None:
        hand_back(Path(files[0]), marked, results[0].problems, results[0].notes)
    if json_:
        emit_json([r.as_json() for r in results])
    else:
        for result in results:
            _print(result)
    for line in told:
        click.echo(f"witnesses: {line}", err=True)
    if any(r.problems for r in results):
        raise click.exceptions.Exit(REFUSED)


def _usable(files: tuple[str, ...], marked: Path | None, *, audience: bool, pointers: bool) -> None:
    """Returns for words that go together. Refuses: UsageError."""
    for name in files:
        if name != "-" and not Path(name).is_file():
            message = (
                f"{name}: expected a file, found {'a folder' if Path(name).exists() else 'none'}"
            )
            raise click.UsageError(message)
    if audience and not pointers:
        message = "--for names who may read what --seal seals: say what to seal"
        raise click.UsageError(message)
    if marked is not None and (len(files) != 1 or files[0] == "-"):
        message = "--marked hands one sheet back: name one file"
        raise click.UsageError(message)


def _several(book: Book, files: tuple[str, ...], wish: Wish) -> list[Captured]:
    """Many files at once, read by several processes; none where they are few or one is a pipe."""
    from orebook.acts.capture_many import MANY, capture_many

    if len(files) < MANY or "-" in files:
        return []
    paths = [Path(name) for name in files]
    if any(path.stat().st_size > wish.limit for path in paths):
        return []  # one by one: what is refused for its size is told beside the others
    progress = Progress(f"{len(files)} files")
    try:
        return capture_many(book, paths, wish, progress)
    finally:
        progress.done()


def _one(book: Book, name: str, wish: Wish) -> Captured:
    """One document; one that is refused whole is reported like any other, and the next goes on."""
    from orebook.acts.capture import capture as take
    from orebook.acts.gather import Captured
    from orebook.model.problem import SenderError

    progress = Progress(name)
    shown = "stdin" if name == "-" else Path(name).name
    try:
        if name == "-":
            return take(book, sys.stdin.buffer, shown, wish, progress)
        with Path(name).open("rb") as stream:
            return take(book, stream, shown, wish, progress)
    except SenderError as error:
        if not error.problems:
            raise
        return Captured(shown, "", "", {}, 0, error.problems, None, wish.dry_run)
    finally:
        progress.done()


def _print(result: Captured) -> None:
    counts = ", ".join(f"{n} {kind}" for kind, n in result.appended.items()) or "nothing"
    verb = "would be appended" if result.dry_run else "appended"
    as_what = f" ({result.format})" if result.format else ""
    click.echo(f"{result.name}{as_what}: {counts} {verb}", nl=False)
    if result.receipt is not None:
        click.echo(f" as entries {result.receipt.first} to {result.receipt.last}", nl=False)
    if result.known:
        click.echo(f"; {result.known} already in the book", nl=False)
    click.echo(f"; {len(result.problems)} refused." if result.problems else ".")
    by_code: dict[str, int] = {}
    for problem in result.problems:
        by_code[problem.code] = by_code.get(problem.code, 0) + 1
    if len(result.problems) > 1:
        groups = ", ".join(f"{n} x {code}" for code, n in by_code.items())
        click.echo(f"  {groups}", err=True)
    for note in result.notes:
        click.echo(f"  note: {note}", err=True)
    for problem in result.problems[:_SHOWN]:
        click.echo(f"  {problem.text()}", err=True)
    if len(result.problems) > _SHOWN:
        left = len(result.problems) - _SHOWN
        click.echo(f"  and {left} more; --json lists them all", err=True)


@click.command()
@options.book
@click.option("--format", "name", default="jsonl", show_default=True, help="Format.")
@click.option("--kind", "kinds", multiple=True, help="Only facts of this kind (repeatable).")
@click.option(
    "--document", help="Only facts read from that document, as `capture --json` names it."
)
@options.reader
@click.option("--out", type=click.Path(path_type=Path), help="File to write; else stdout.")
@click.option("--bom", "mark", is_flag=True, help="Begin csv as Excel wants it, to read UTF-8.")
@click.option(
    "--bulk",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The whole public book, one file.",
)
@click.option(
    "--parquet",
    type=click.Path(path_type=Path, file_okay=False),
    help="The whole public book as tables, one file per kind, in this folder.",
)
def export(
    folder: Path,
    name: str,
    kinds: tuple[str, ...],
    document: str | None,
    reader: str,
    as_of: str | None,
    out: Path | None,
    bulk: Path | None,
    parquet: Path | None,
    *,
    mark: bool,
) -> None:
    """Write facts out in a format, or the whole public book.

    --bulk and --parquet write what anyone may see unless --reader says otherwise.

    \b
    orebook export --kind lot --kind assay
    orebook export --format epcis-json --document DOCUMENT --out events.json
    orebook export --bulk book.jsonl.gz
    """
    from orebook.acts.export import export as write
    from orebook.cli.opening import looking

    if bulk is not None or parquet is not None:
        _whole(folder, reader, as_of, bulk, parquet)
        return
    with looking(folder, reader, as_of) as view:
        if out is None:
            write(view, name, sys.stdout.buffer, kinds=kinds, document=document, mark=mark)
            sys.stdout.buffer.flush()
            return
        part = out.with_name(f".{out.name}.part")
        try:
            with part.open("wb") as stream:
                write(view, name, stream, kinds=kinds, document=document, mark=mark)
            part.replace(out)  # a refused export leaves what was there as it was
        finally:
            part.unlink(missing_ok=True)


def _whole(
    folder: Path, reader: str, as_of: str | None, bulk: Path | None, parquet: Path | None
) -> None:
    """The whole book as anyone may see it, or as the reader that was named may."""
    from orebook.acts import bulk as acts
    from orebook.cli.opening import looking

    given = click.get_current_context().get_parameter_source("reader")
    named = given is not None and given.name != "DEFAULT"
    with looking(folder, reader if named else "public", as_of) as view:
        size = view.head.size
        if bulk is not None:
            count = acts.bulk(view, bulk)
            click.echo(f"{count} facts at the head of {size} entries, in {bulk}", err=True)
        if parquet is not None:
            counts = acts.parquet(view, parquet)
            rows = sum(counts.values())
            click.echo(f"{rows} rows in {len(counts)} tables, in {parquet}", err=True)
