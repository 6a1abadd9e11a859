"""What a fact hides, as its keeper knows it: which digest stands for which value, and for whom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from orebook.book.book import Book
from orebook.book.leaves import digests
from orebook.book.views import integer
from orebook.log import b64, canon, sdjwt
from orebook.model.custody import Hidden
from orebook.model.problem import NotFound


def hidden(book: Book, position: int, index: int) -> tuple[Hidden, ...]:
    """Every hidden value of one fact, outer ones before those inside them. Refuses: NotFound."""
    stored = next(iter(book.stored(position, position + 1)), None)
    if stored is None or not 0 <= index < len(stored.facts):
        message = f"entry {position}, fact {index}: expected a fact of this book"
        raise NotFound(message)
    fact = stored.facts[index]
    known = _all_texts(book, fact)
    found = dict(_located(fact, known, ""))
    names = list(found)
    audiences, gone = book.vault.audiences(names), book.vault.tombstones()
    opened = book.custody.reveals(names, book.head.size)
    return tuple(
        Hidden(
            at,
            digest,
            audiences.get(digest, ()),
            known.get(digest),
            (gone[digest].date, gone[digest].basis) if digest in gone else None,
            opened[digest][1] if digest in opened else None,
        )
        for digest, at in found.items()
    )


def files_of(book: Book, document: str) -> list[str]:
    """The digests of the captured files that the record names for a document."""
    found = []
    rows = book.views.rows(
        "SELECT position FROM facts WHERE kind = 'document' AND id = ?", (document,)
    )
    for (row,) in rows:
        position = integer(row)
        (stored,) = book.stored(position, position + 1)
        for fact in stored.facts:
            if fact.get("id") == document:
                for text in book.vault.custody(digests(fact)).values():
                    name, value = disclosed(text)
                    if name == "sha256" and isinstance(value, str):
                        found.append(value)
    return found


def _all_texts(book: Book, fact: object) -> dict[str, str]:
    """Every disclosure under a fact that can be opened here, those inside others too."""
    known: dict[str, str] = {}
    pending = digests(fact)
    while pending:
        opened = book.custody.revealed(pending, book.head.size) | book.vault.custody(pending)
        known |= opened
        pending = [d for text in opened.values() for d in digests(disclosed(text)[1])]
    return known


def _located(value: Any, known: Mapping[str, str], place: str) -> Iterator[tuple[str, str]]:
    """Digest and pointer of each hidden value; the pointer is empty where it cannot be told."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            here = f"{place}/{index}"
            if isinstance(item, dict) and sdjwt.ELEMENT in item:
                digest = item[sdjwt.ELEMENT]
                yield digest, here
                if digest in known:
                    yield from _located(disclosed(known[digest])[1], known, here)
            else:
                yield from _located(item, known, here)
    elif isinstance(value, dict):
        yield from _members(value, known, place)


def _members(value: dict[str, Any], known: Mapping[str, str], place: str) -> Iterator[Any]:
    named = value.get("sealed")
    left = [n for n in (named if isinstance(named, dict) else ()) if n not in value]
    shut = []
    for digest in value.get(sdjwt.DIGESTS, ()):
        if digest not in known:
            shut.append(digest)
            continue
        name, inner = disclosed(known[digest])
        here = f"{place}/{_escaped(name)}"
        yield digest, here
        yield from _located(inner, known, here)
        left = [n for n in left if n != name]
    for digest in shut:
        alone = len(shut) == 1 and len(left) == 1
        yield digest, f"{place}/{_escaped(left[0])}" if alone else ""
    for name, member in value.items():
        if name not in {"sealed", sdjwt.DIGESTS}:
            yield from _located(member, known, f"{place}/{_escaped(name)}")


def disclosed(disclosure: str) -> tuple[str, Any]:
    """The name in a disclosure, empty for an element of a list, and the value."""
    parts = canon.read_foreign(b64.decode(disclosure, "disclosure"), "disclosure")
    if not isinstance(parts, list) or not parts:
        return "", None
    return (str(parts[1]) if len(parts) > 2 else ""), parts[-1]


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
