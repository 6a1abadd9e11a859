"""The states of our own credentials: which of them their issuer has since replaced or withdrawn.

A credential is revoked once the statement it was made of is not its author's latest any more, or
its author withdrew it. Nothing else is kept: each list follows from the record at the head, so no
issue is registered anywhere. Source: W3C Bitstring Status List v1.0 (15 May 2025), 2.2, 3.1.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from orebook.acts.did import did_of
from orebook.acts.see import View
from orebook.exchange.status_list import list_credential
from orebook.exchange.vc_sign import Hand, as_jwt
from orebook.log import keys
from orebook.model.entry import Body
from orebook.model.problem import NotFound

# A list covers so many entries of the log. A leaf has at most 65,535 bytes, so fewer than 16,384
# facts; 64 times that is more than the 131,072 entries that hide which one is asked about.
ENTRIES, FACTS = 64, 16_384
PATH = "/api/credentials/status"
_CHUNK = 500
# What credentials are made of; an identity rests on the registration of a key.
_KINDS = ("lot", "event", "facility", "assay", "claim")


@dataclass(frozen=True, slots=True)
class ListPlace:
    """Where the state of a fact's credential stands: which list, and which entry of it."""

    position: int
    index: int

    @property
    def list(self) -> int:
        """The number of the list."""
        return self.position // ENTRIES

    @property
    def number(self) -> int:
        """The number of the entry in it."""
        return self.position % ENTRIES * FACTS + self.index

    def url(self, origin: str) -> str:
        """The address of the list."""
        return url_of(origin, self.list)


@dataclass(frozen=True, slots=True)
class Said:
    """A party's latest statement of a thing, and where it stands."""

    position: int
    index: int
    body: Body


def list_place(position: int, index: int) -> ListPlace:
    """Where the state of that fact's credential stands."""
    return ListPlace(position, index)


def url_of(origin: str, number: int) -> str:
    """The address of a list."""
    return f"https://{origin}{PATH}/{number}"


def number_of(origin: str, url: str) -> int | None:
    """Which list of the book stands at that address; None for any other address."""
    start = url_of(origin, 0)[:-1]
    number = url.removeprefix(start)
    sound = url.startswith(start) and number.isascii() and number.isdigit() and len(number) < 16
    return int(number) if sound else None


def latest(view: View, kind: str, idents: Collection[str]) -> dict[tuple[str, str], Said]:
    """Each author's latest statement that holds of each of these things: (id, author) → it."""
    places: list[tuple[int, int]] = []
    named = sorted(idents)
    for begin in range(0, len(named), _CHUNK):
        after = (-1, 0)
        while part := view.places(kind, idents=named[begin : begin + _CHUNK], after=after):
            places += part
            after = part[-1]
    found: dict[tuple[str, str], Said] = {}
    for entry, index in view.facts_at(places):
        body = entry.facts[index]
        found[str(body["id"]), entry.author] = Said(entry.position, index, body)
    return found


def bits(view: View, number: int) -> bytes:
    """The list as bits, one an entry: set where that statement stands no longer.

    Refuses: NotFound for a list whose entries the book does not have yet.
    """
    start = number * ENTRIES
    if number < 0 or start >= view.head.size:
        message = f"this book has lists 0 to {(view.head.size - 1) // ENTRIES}, not {number}"
        raise NotFound(message)
    made = bytearray(ENTRIES * FACTS // 8)
    for place in _stopped(view, start, start + ENTRIES):
        at = list_place(*place).number
        made[at // 8] |= 0x80 >> at % 8
    return bytes(made)


def _stopped(view: View, start: int, stop: int) -> list[tuple[int, int]]:
    """Where statements of these entries stand that are replaced or withdrawn."""
    stated: dict[str, dict[tuple[int, int], tuple[str, str]]] = {}
    for entry in view.entries(start, stop):
        if entry.kind in _KINDS:
            here = stated.setdefault(entry.kind, {})
            for index, body in enumerate(entry.facts):
                here[entry.position, index] = str(body.get("id")), entry.author
    found = [(k.since, 0) for k in view.book.party_keys() if k.until is not None]
    found = [place for place in found if start <= place[0] < stop]
    for kind, places in stated.items():
        now = latest(view, kind, {ident for ident, _ in places.values()})
        for place, key in places.items():
            said = now.get(key)
            gone = said is None or (said.position, said.index) != place or "withdrawn" in said.body
            found += [place] if gone else []
    return found


def status_list(view: View, number: int) -> bytes:
    """The list as a credential signed by the keeper (vc+jwt). Refuses: NotFound."""
    return signed_list(view, url_of(view.book.origin, number), bits(view, number))


def signed_list(view: View, url: str, stopped: bytes) -> bytes:
    """A list at that address as a credential signed by the keeper (vc+jwt)."""
    did, key = did_of(view.book), view.book.keeper_key
    document = list_credential(url, did, view.entry(view.head.size - 1).issued, stopped)
    return as_jwt(document, Hand(key, f"{did}#{keys.thumbprint(key.public)}"))
