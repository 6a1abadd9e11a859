"""A contract as read, for a terminal and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256

from orebook.acts.contract import Pages
from orebook.show.numbers import number

NOBODY = "as numbered in the text; nobody has checked it yet"


def silent_text(found: Pages) -> str:
    """Which pages hold no words, or nothing."""
    if not found.silent:
        return ""
    listed = ", ".join(map(str, found.silent[:20])) + (" …" if len(found.silent) > 20 else "")
    return f"pages without words, which are pictures and not read: {listed}"


def text_lines(found: Pages, name: str) -> Iterator[str]:
    """A contract clause by clause, with the page each begins on."""
    pages = "page" if len(found.pages) == 1 else "pages"
    count = len(found.clauses)
    told = f"{number(count)} clauses, {NOBODY}" if count else "no clause that a number opens"
    yield f"{name}: {number(len(found.pages))} {pages}, {told}"
    for clause in found.clauses:
        title = f" {clause.title}" if clause.title else ""
        words = clause.text if len(clause.text) <= 90 else f"{clause.text[:89]}…"
        yield f"  p. {clause.page}  {clause.number}{title}" + (f": {words}" if words else "")
    if silent := silent_text(found):
        yield silent


def text_json(found: Pages, data: bytes, document: str) -> dict[str, object]:
    """A contract as plain members; `clauses` are shaped as those of an agreement."""
    return {
        "document": document or None,
        "media_type": found.media_type,
        "size": len(data),
        "sha256": sha256(data).hexdigest(),
        "pages": len(found.pages),
        "pages_without_words": list(found.silent),
        "checked": False,
        "clauses": [
            {"number": c.number}
            | ({"title": c.title} if c.title else {})
            | ({"text": c.text} if c.text else {})
            | {"page": c.page}
            for c in found.clauses
        ],
    }
