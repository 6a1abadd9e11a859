"""The keys and lists of states of a book at hand, so that its credentials are checked unasked."""

from __future__ import annotations

from typing import cast

from orebook.acts.did import did_of, document
from orebook.acts.resolve import Resolver
from orebook.acts.see import View, pinned
from orebook.acts.state_lists import own_list as own_name
from orebook.acts.status import status_list
from orebook.exchange.json_text import Object
from orebook.model.problem import ReaderError, found


def resolver_of(view: View, known: Resolver | None = None) -> Resolver:
    """A resolver that knows every DID of the book and each of its lists, besides what it knew."""
    resolver = known or Resolver()
    view = pinned(view)
    book = view.book
    every = book.party_keys()
    parties = dict.fromkeys(key.party for key in every if key.until is None)
    for one in (document(book), *(document(book, party) for party in parties)):
        resolver.documents.setdefault(str(one["id"]), cast("Object", one))

    for key in every:
        if key.until is not None:
            method = f"{did_of(book, key.party)}#{key.kid}"
            resolver.ended[method] = (
                f"the key {method} was {key.ended} by entry {key.until}: what it signed is to be"
                " issued again with a present one"
            )

    def own_list(url: str) -> bytes | str | None:
        from orebook.acts.issue_verdict import own_states

        if not url.startswith(f"https://{book.origin}/api/credentials/"):
            return None
        name = own_name(book.origin, url)
        try:
            return own_states(view, url) if name is None else status_list(view, name)
        except ReaderError as error:
            return f"there is no list {found(url, 200)}: {error}"

    resolver.own_list = own_list
    return resolver
