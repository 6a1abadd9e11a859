"""A public text put into a book: the file by its digest, and the digest open to everyone."""

from __future__ import annotations

from hashlib import sha256
from pathlib import PurePath

from orebook.acts.contract import Pages, look
from orebook.acts.reveal import reveal
from orebook.book.book import Receipt
from orebook.book.opened import OpenBook
from orebook.model.entry import OWNER, Body, Draft


def keep(
    book: OpenBook, data: bytes, name: str, document: str, author: str = ""
) -> tuple[Pages, Receipt]:
    """A text that is public, kept by its digest; its document states that digest to everyone.

    The digest is sealed by default and opened by an entry of its own, which cannot be erased.
    Takes: `document`, its identifier, which the agreement names among its papers. Pages show it
    once the agreement says since when it is public. Refuses: SenderError, as `look` does.
    """
    found = look(data, name)
    kept: Body = {
        "id": document,
        "name": PurePath(name).name,
        "media_type": found.media_type,
        "size": len(data),
        "sha256": sha256(data).hexdigest(),
        "format": "contract",
    }
    book.file_put(data)
    receipt = book.append([Draft("document", (kept,), author or book.operator)], capture=document)
    entry = book.entry(receipt.first, OWNER)
    reveal(book, entry.ref(0).text(), "/sha256", "public")
    return found, receipt
