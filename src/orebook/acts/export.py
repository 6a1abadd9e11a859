"""Write facts out in a format, as one reader may see them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import BinaryIO

from orebook.acts.see import View
from orebook.exchange.registry import choose
from orebook.model.entry import Body
from orebook.model.problem import NotFound, Problem, ReaderError

_PAGE = 512


def export(
    view: View,
    name: str,
    stream: BinaryIO,
    *,
    kinds: Sequence[str] = (),
    document: str | None = None,
) -> None:
    """Every statement this reader may see, or those of some kinds or one document, as one file.

    Takes: the name of a format that writes. Statements that others supersede are written too: what
    was said stays said. Refuses: ReaderError for a format that does not write; NotFound for a
    document that no statement was read from. Unknown: a sealed member is left out, and its object
    names it under `sealed`.
    """
    chosen = choose(b"", wanted=name)
    if isinstance(chosen, Problem) or chosen.write is None:
        message = f"there is no format {name} that this book can write"
        raise ReaderError(message)
    if document is not None and next(_facts(view, (), document), None) is None:
        message = f"no statement in this book was read from the document {document}"
        raise NotFound(message)
    chosen.write(_facts(view, kinds, document), stream)


def _facts(view: View, kinds: Sequence[str], document: str | None) -> Iterator[tuple[str, Body]]:
    size = view.head.size
    for start in range(0, size, _PAGE):
        for entry in view.entries(start, min(start + _PAGE, size)):
            if (kinds and entry.kind not in kinds) or (document and entry.capture != document):
                continue
            for body in entry.facts:
                yield entry.kind, body
