"""The desk behind every page: the reader's view, the foot of the page, answers kept for a while.

An answer depends on the head, the disclosures its reader holds, the day and the question alone,
so these make its ETag, and an answer once made is handed out again until one of them moves.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import RLock
from typing import Any, cast
from urllib.parse import urlencode

import orebook
from orebook.acts.beside import fingerprint
from orebook.acts.confirmed import confirmed
from orebook.acts.featured import Featured
from orebook.acts.record import Record
from orebook.acts.register import names
from orebook.acts.see import View, on, view
from orebook.book.errors import StoreFailed
from orebook.model.facts import Facts
from orebook.model.party import Book as Genesis
from orebook.show.values import say
from orebook.web.made import Made
from orebook.web.page import Page

READER = "public"
_KEPT_BYTES = 32 * 1024**2
_FRESH = 1.0
_LOG = logging.getLogger("orebook.desk")


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer made once: its status, media type and bytes."""

    status: int
    media_type: str
    data: bytes
    name: str = ""


class Desk:
    """One book as an anonymous reader meets it; questions are answered one after another."""

    def __init__(self, book: Record, featured: Featured, today: Callable[[], str]) -> None:
        self.book = book
        self.featured = featured
        # What lies beside the book is part of what an answer depends on, as it was at the start.
        self.beside = fingerprint(featured.market)
        self.lock = RLock()
        self.today = today
        self._made: Made[Kept] = Made(_KEPT_BYTES)
        self._looked = 0.0

    def view(self, query: Mapping[str, str]) -> View:
        """The public's view: now, or as of `head=SIZE` or `on=DATE`.

        Refuses: ReaderError for a head or a day the book never had.
        """
        self.look()
        size = query.get("head", "")
        number = int(size) if size.isascii() and size.isdigit() and len(size) < 16 else -1
        here = view(self.book, READER, self.today(), number if size else None)
        return on(here, query["on"]) if query.get("on") else here

    def look(self) -> None:
        """Looks whether the head has moved, once a second at most.

        Where the disk takes nothing more, answers go on from the last head that was shown.
        """
        now = time.monotonic()
        if now - self._looked > _FRESH:
            try:
                self.book.refresh()
            except StoreFailed as error:
                if not self._whole():
                    raise
                _LOG.error("no later head than %d can be shown: %s", self.book.head.size, error)
            self._looked = now

    def _whole(self) -> bool:
        """Whether every view has all that the head that is shown holds."""
        folded = cast("Any", self.book).views.positions()
        return set(folded.values()) == {self.book.head.size}

    def around(self, here: View) -> Facts:
        """The first entry as this view sees it, with the fingerprint of what it may see."""
        return here.facts(kinds=["book"])

    def etag(self, facts: Facts, question: str) -> str:
        """The ETag of an answer; weak, since the same answer may travel compressed."""
        head = facts.head
        parts = (
            head.origin,
            str(head.size),
            head.root,
            facts.disclosures,
            facts.as_of,
            orebook.__version__,
            self.beside,
            question,
        )
        return f'W/"{hashlib.sha256(chr(0).join(parts).encode()).hexdigest()[:32]}"'

    def kept(self, etag: str) -> Kept | None:
        """The answer made under this ETag, if it is still here."""
        return self._made.get(etag)

    def keep(self, etag: str, answer: Kept) -> None:
        """Keeps an answer while there is room for it."""
        self._made.put(etag, answer, len(answer.data))


def foot(
    here: View, facts: Facts, page: Page, link: str, query: Mapping[str, str], *, kept: bool = True
) -> dict[str, object]:
    """What every page prints at its end, and what its JSON twin carries.

    Takes: `kept`, false for an answer to a form: no address gives it again.
    """
    genesis = next(iter(facts.all(Genesis)), None)
    latest = here.book.head
    operator = here.book.operator
    told = {name: text for name, text in query.items() if name not in {"format", "list"}}

    def twin(form: str, key: str = "") -> str:
        """The same page in another form, one of its lists where one is named."""
        asked = {**told, "format": form} | ({"list": key} if key else {})
        return f"{link}?{urlencode(asked)}"

    return {
        "book": say(genesis.title).text if genesis is not None else facts.head.origin,
        "origin": facts.head.origin,
        "size": facts.head.size,
        "root": facts.head.root,
        "head_json": facts.head.as_json(),
        "earlier": facts.head.size != latest.size,
        "latest": latest.size,
        "as_of": facts.as_of,
        "disclosures": facts.disclosures,
        "operator": operator,
        "operator_name": names(here, [operator]).get(operator, ""),
        "jurisdiction": genesis.jurisdiction if genesis is not None else None,
        "contact": genesis.contact if genesis is not None else None,
        "confirmed": confirmed(here.book),
        "unknown": page.unknown,
        "versions": page.versions,
        "twin": twin,
        "twins": kept,
        "sent_to": link,
    }
