"""Where the state of each of our own credentials stands: lists by name, signed by the keeper.

Source: W3C Bitstring Status List v1.0 (15 May 2025), 2.1, 2.2.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from orebook.acts.did import did_of
from orebook.acts.see import View
from orebook.exchange.status_list import list_credential
from orebook.exchange.vc_sign import Hand, as_jwt
from orebook.log import keys
from orebook.model.problem import NotFound

# A list covers so many entries of the log. A leaf has at most 65,535 bytes, so fewer than 16,384
# facts; eight times that is the 131,072 entries that the standard asks for.
ENTRIES, FACTS = 8, 16_384
PATH = "/api/credentials/status"
_NAME = re.compile(r"(0|[1-9][0-9]{0,14})-(0|[1-9][0-9]{0,14})(?:-([0-9a-f]{32}))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class ListName:
    """Which list: that of the statements in eight entries, for credentials that rest on one.

    Takes: `number`, the number of the eight; `rests`, the latest entry that a credential uses;
    `mark`, the name of one that was made for one reader, which has a list of its own.
    """

    number: int
    rests: int
    mark: str = ""

    def text(self) -> str:
        """As it stands in an address."""
        return "-".join((str(self.number), str(self.rests), *([self.mark] if self.mark else [])))

    def url(self, origin: str) -> str:
        """The address of the list."""
        return f"https://{origin}{PATH}/{self.text()}"


@dataclass(frozen=True, slots=True)
class ListPlace:
    """Where the state of a credential stands: which list, and which entry of it.

    No two credentials share one: a statement has one number in a list, and each time that what its
    credential rests on changes it is found in another list.
    """

    list: ListName
    number: int


def list_place(place: tuple[int, int], rests: int, mark: str = "") -> ListPlace:
    """Where the state of the credential of that statement stands."""
    position, index = place
    assert index < FACTS  # a leaf holds fewer facts
    name = ListName(position // ENTRIES, rests, mark)
    return ListPlace(name, position % ENTRIES * FACTS + index)


def list_named(text: str) -> ListName:
    """The list of that name. Refuses: NotFound for what names none."""
    match = _NAME.fullmatch(text)
    if match is None:
        message = f"expected the name of a list such as 0-17, found {text[:60]!r}"
        raise NotFound(message)
    return ListName(int(match[1]), int(match[2]), match[3] or "")


def own_list(origin: str, url: str) -> ListName | None:
    """Which list of the book stands at that address; None for any other address."""
    start = f"https://{origin}{PATH}/"
    name = url.removeprefix(start)
    return list_named(name) if url.startswith(start) and _NAME.fullmatch(name) else None


def signed_list(view: View, url: str, stopped: bytes) -> bytes:
    """A list at that address as a credential signed by the keeper (vc+jwt)."""
    did, key = did_of(view.book), view.book.keeper_key
    document = list_credential(url, did, view.entry(view.head.size - 1).issued, stopped)
    return as_jwt(document, Hand(key, f"{did}#{keys.thumbprint(key.public)}"))
