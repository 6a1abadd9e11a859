"""The states of our own credentials: which of them would not be issued now as they were.

A credential is revoked once one issued now would rest on another entry: its statement was replaced
or withdrawn, or what it says of a place, an owner, an analysis or the other end of a move has
changed, or the key of its issuer ended. Nothing else is kept: each list follows from the record at
the head, so no issue is registered anywhere. Source: W3C Bitstring Status List v1.0 (15 May 2025),
2.2, 3.1.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from orebook.acts.did import did_of
from orebook.acts.draw import draw
from orebook.acts.grounds import Known
from orebook.acts.see import View, pinned
from orebook.exchange.status_list import list_credential
from orebook.exchange.vc_sign import Hand, as_jwt
from orebook.log import keys
from orebook.model.entry import Body, Entry
from orebook.model.problem import NotFound, ReaderError

# A list covers so many entries of the log. A leaf has at most 65,535 bytes, so fewer than 16,384
# facts; eight times that is the 131,072 entries that the standard asks for.
ENTRIES, FACTS = 8, 16_384
PATH = "/api/credentials/status"
# What credentials are made of; an identity rests on the registration of a key.
_KINDS = ("lot", "event", "facility", "assay", "claim")
_NAME = re.compile(r"(0|[1-9][0-9]{0,14})-(0|[1-9][0-9]{0,14})(?:-([0-9a-f]{32}))?", re.ASCII)
_NAMED = {"facility": "facility", "owner": "party", "operator": "party", "party": "party",
          "laboratory": "party", "lot": "lot"}  # fmt: skip


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


def bits(view: View, name: ListName) -> bytes:
    """The list as bits, one an entry: set but where a credential issued now rests on that entry.

    Only what anyone may see takes part, whoever the credential was made for.
    Refuses: NotFound for a list whose entries the book does not have yet.
    """
    known = Known(replace(view, reader="public"))
    start = name.number * ENTRIES
    if not start <= name.rests < known.size:
        message = f"this book of {known.size} entries has no list {name.text()}"
        raise NotFound(message)
    made = bytearray(ENTRIES * FACTS // 8)
    entries = [
        entry
        for entry in known.view.entries(start, start + ENTRIES)
        if entry.kind in _KINDS or entry.kind == "key"
    ]
    _warm(known, entries)
    for entry in entries:
        for index, body in enumerate(entry.facts):
            if not _stands(known, entry, index, body, name.rests):
                at = list_place((entry.position, index), name.rests).number
                made[at // 8] |= 0x80 >> at % 8
    return bytes(made)


def _stands(known: Known, entry: Entry, index: int, body: Body, rests: int) -> bool:
    """Whether a credential of that statement, issued now, rests on that entry."""
    if entry.position > rests:
        return False
    kind, ident, author = entry.kind, str(body.get("id")), entry.author
    if kind == "key":
        kind, ident, author = "party", str(body.get("party")), known.book.operator
    else:
        own = known.said(kind, ident).get(author)
        if own is None or own.place != (entry.position, index) or own.last > rests:
            return False
    try:
        drawn = draw(known, kind, ident, author)
    except ReaderError:
        return False
    return drawn.place == (entry.position, index) and drawn.rests == rests


def _warm(known: Known, entries: list[Entry]) -> None:
    """Asks at once what is said of all that these entries speak of."""
    named: dict[str, set[str]] = {}
    for entry in entries:
        for body in entry.facts if entry.kind in _KINDS else ():
            named.setdefault(entry.kind, set()).add(str(body.get("id")))
            for member, kind in _NAMED.items():
                if isinstance(value := body.get(member), str):
                    named.setdefault(kind, set()).add(value)
            for side in ("inputs", "outputs", "subjects"):
                flows = body.get(side)
                lots = [f.get("lot") for f in (flows if isinstance(flows, list) else ())]
                named.setdefault("lot", set()).update(one for one in lots if isinstance(one, str))
    for kind, idents in named.items():
        known.warm(kind, idents)
    stated = [str(b.get("id")) for e in entries if e.kind == "lot" for b in e.facts]
    known.warm_naming("assay", stated)


def status_list(view: View, name: ListName) -> bytes:
    """The list as a credential signed by the keeper (vc+jwt). Refuses: NotFound."""
    view = pinned(view)
    return signed_list(view, name.url(view.book.origin), bits(view, name))


def signed_list(view: View, url: str, stopped: bytes) -> bytes:
    """A list at that address as a credential signed by the keeper (vc+jwt)."""
    did, key = did_of(view.book), view.book.keeper_key
    document = list_credential(url, did, view.entry(view.head.size - 1).issued, stopped)
    return as_jwt(document, Hand(key, f"{did}#{keys.thumbprint(key.public)}"))
