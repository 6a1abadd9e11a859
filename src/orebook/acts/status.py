"""The states of our own credentials: which of them would not be issued now as they were.

A credential is revoked once one issued now would rest on another entry: its statement was replaced
or withdrawn, or what it says of a place, an owner, an analysis or the other end of a move has
changed, or the key of its issuer ended. Nothing else is kept: each list follows from the record at
the head, so no issue is registered anywhere. Source: W3C Bitstring Status List v1.0 (15 May 2025),
2.2, 3.1.
"""

from __future__ import annotations

from dataclasses import replace

from orebook.acts.draw import draw
from orebook.acts.grounds import Known
from orebook.acts.see import View, pinned
from orebook.acts.state_lists import ENTRIES, FACTS, ListName, list_place, signed_list
from orebook.exchange.untp_statement import flows
from orebook.model.entry import Body, Entry
from orebook.model.problem import NotFound, ReaderError

# What credentials are made of; an identity rests on the registration of a key.
_KINDS = ("lot", "event", "facility", "assay", "claim")
_NAMED = {"facility": "facility", "owner": "party", "operator": "party", "party": "party",
          "laboratory": "party", "lot": "lot"}  # fmt: skip


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
            named.setdefault("lot", set()).update(str(flow["lot"]) for flow in flows(body))
    for kind, idents in named.items():
        known.warm(kind, idents)
    stated = [str(b.get("id")) for e in entries if e.kind == "lot" for b in e.facts]
    known.warm_naming("assay", stated)


def status_list(view: View, name: ListName) -> bytes:
    """The list as a credential signed by the keeper (vc+jwt). Refuses: NotFound."""
    view = pinned(view)
    return signed_list(view, name.url(view.book.origin), bits(view, name))
