"""Have a time authority stamp the head of a book, and check the tokens that are kept."""

from __future__ import annotations

from collections.abc import Callable

from orebook.book import timestamps
from orebook.book.book import Book
from orebook.book.timestamps import REQUEST_TYPE, Stamped, TokenRefused
from orebook.book.witness_client import Reply, send
from orebook.log.checkpoint import open_checkpoint
from orebook.log.errors import LogError

SECONDS = 10.0

Send = Callable[[str, str, bytes, float, str], Reply]


def timestamp(
    book: Book, url: str, roots: bytes, *, seconds: float = SECONDS, send: Send = send
) -> Stamped:
    """The present head stamped by the authority at `url`, the token checked, then kept.

    Takes: `roots`, certificates the keeper trusts, in PEM.
    Refuses: Unreachable; TokenRefused, and then nothing is kept.
    """
    head, signed = book.refresh(), book.signed_head
    asked = timestamps.request(signed)
    reply = send("POST", url, asked.as_bytes(), seconds, REQUEST_TYPE)
    if reply.status != 200:
        message = f"{url}: expected a time token, found status {reply.status}"
        raise TokenRefused(message)
    time = timestamps.verify(reply.body, signed, roots, asked)
    timestamps.keep(book.stores.shelf, head.size, signed, reply.body)
    return Stamped(head.size, time)


def check(book: Book, roots: bytes) -> list[Stamped]:
    """Every kept token checked anew: over a head this log has signed, by an authority of the roots.

    Refuses: MissingFile for roots that are no certificates; KeeperError without the extra.
    """
    found = []
    for size, signed, token in timestamps.kept(book.stores.shelf):
        try:
            head = open_checkpoint(signed, book.verifier)
            if (head.size, head.root.hex()) != (size, book.head_at(size).root):
                found.append(Stamped(size, None, "it is over a head of another history"))
            else:
                found.append(Stamped(size, timestamps.verify(token, signed, roots)))
        except (LogError, TokenRefused) as error:
            found.append(Stamped(size, None, str(error)))
    return found


def unchecked(book: Book) -> list[Stamped]:
    """Every kept token, none of them checked, because the reader named no authority."""
    why = "not checked here, name the certificates you trust with --roots"
    return [Stamped(size, None, why) for size, _, _ in timestamps.kept(book.stores.shelf)]
