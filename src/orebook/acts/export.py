"""Write facts out in a format, as one reader may see them."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from orebook.acts.see import View
from orebook.exchange import jsonl
from orebook.exchange.registry import choose
from orebook.model.entry import Body, Entry
from orebook.model.problem import NotFound, Problem, ReaderError

_PAGE = 512
_OF_THE_LOG = ("book", "clock")


def export(
    view: View,
    name: str,
    stream: BinaryIO,
    *,
    kinds: Sequence[str] = (),
    document: str | None = None,
    mark: bool = False,
) -> None:
    """Every statement this reader may see, or those of some kinds or one document, as one file.

    Takes: the name of a format that writes. Statements that others supersede are written too: what
    was said stays said. What the log says of itself (`book`, `clock`) is written where asked for by
    kind. `mark` begins a table with a byte order mark: spreadsheet programs then read it as UTF-8.
    Refuses: ReaderError for a format that does not write, a mark before what is no table; NotFound
    for a document that no statement was read from.
    Unknown: a sealed member is left out, and its object names it under `sealed`.
    """
    if document is not None and next(_entries(view, (), document), None) is None:
        message = f"no statement in this book was read from the document {document}"
        raise NotFound(message)
    chosen = choose(b"", wanted=name)
    if mark and not isinstance(chosen, Problem) and "text/csv" not in chosen.media_types:
        message = f"a byte order mark is for formats in csv, and {name} is none"
        raise ReaderError(message)
    if name == jsonl.NAME:
        stream.writelines(lines(view, kinds, document))
        return
    if isinstance(chosen, Problem) or chosen.write is None:
        message = f"there is no format {name} that this book can write"
        raise ReaderError(message)
    if mark:
        stream.write(BOM_UTF8)
    chosen.write(_facts(view, kinds, document), stream)


def lines(view: View, kinds: Sequence[str] = (), document: str | None = None) -> Iterator[bytes]:
    """Each fact as a line of JSON Lines, with who states it and where it stands in this book."""
    for entry in _entries(view, kinds, document):
        for index, body in enumerate(entry.facts):
            yield jsonl.line(
                entry.kind,
                body,
                author=entry.author,
                evidence=entry.evidence,
                supersedes=entry.supersedes,
                entry=entry.leaf,
                index=index,
                position=entry.position,
            )


def _facts(view: View, kinds: Sequence[str], document: str | None) -> Iterator[tuple[str, Body]]:
    for entry in _entries(view, kinds, document):
        for body in entry.facts:
            yield entry.kind, body


def _entries(view: View, kinds: Sequence[str], document: str | None) -> Iterator[Entry]:
    size = view.head.size
    for start in range(0, size, _PAGE):
        for entry in view.entries(start, min(start + _PAGE, size)):
            wanted = entry.kind in kinds if kinds else entry.kind not in _OF_THE_LOG
            if wanted and document in {None, entry.capture}:
                yield entry
