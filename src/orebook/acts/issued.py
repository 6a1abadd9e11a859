"""The keys and lists of states of a book at hand, so that its credentials are checked unasked."""

from __future__ import annotations

from typing import cast

from orebook.acts.did import document
from orebook.acts.resolve import Resolver
from orebook.acts.see import View
from orebook.acts.status import number_of, status_list
from orebook.exchange.json_text import Object
from orebook.model.problem import ReaderError


def resolver_of(view: View, known: Resolver | None = None) -> Resolver:
    """A resolver that knows every DID of the book and each of its lists, besides what it knew."""
    resolver = known or Resolver()
    book = view.book
    parties = dict.fromkeys(key.party for key in book.party_keys() if key.until is None)
    for found in (document(book), *(document(book, party) for party in parties)):
        resolver.documents.setdefault(str(found["id"]), cast("Object", found))

    def own_list(url: str) -> bytes | None:
        from orebook.acts.issue_verdict import own_states

        number = number_of(book.origin, url)
        try:
            return own_states(view, url) if number is None else status_list(view, number)
        except ReaderError:
            return None

    resolver.own_list = own_list
    return resolver
