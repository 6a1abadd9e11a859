"""A statement drawn for a credential: who may issue it, what it says, and the entry it rests on.

Issuing and the lists of states both ask here, so that they never differ about what stands.
"""

from __future__ import annotations

from dataclasses import dataclass

from orebook.acts.did import did_of
from orebook.acts.grounds import Grounds, Known
from orebook.exchange.untp_statement import Issuer, Statement, flows
from orebook.model.entry import Body
from orebook.model.hidden import clear, sealed_names
from orebook.model.problem import ReaderError


@dataclass(frozen=True, slots=True)
class Drawn:
    """A party's own statement: where it stands, all that is said with it, and what it rests on.

    `rests` is the latest entry of all that bear on what its credential says; `barred`, why it is
    not issued all the same, in words.
    """

    place: tuple[int, int]
    said: Statement
    rests: int
    barred: str = ""


def draw(known: Known, kind: str, ident: str, party: str) -> Drawn:
    """That party's statement of a thing, as its credential would say it now.

    Refuses: ReaderError for what others alone have stated, or what has been withdrawn.
    """
    from orebook.exchange.untp_issue import KINDS

    grounds, book = Grounds(known, party), known.book
    for key in known.keys(party):
        if key.until is not None and party != book.operator:
            grounds.note(key.until)  # what it signed can be checked no longer: it is issued anew
    since = ""
    if kind == "party":
        place, since = _registered(grounds, ident, party)
        body = grounds.thing("party", ident)
    else:
        place, body = _own(grounds, kind, ident, party)
    issuer = issuer_of(grounds, party)
    anchor = kind == "party"
    keeper = issuer_of(grounds, book.operator) if anchor else issuer
    did = did_of(book, ident) if anchor else ""
    said = Statement(clear(body), issuer, keeper, book.origin, grounds, did, since)
    if _hides_kind(kind, said.body):
        _ask_around(grounds, said.body)
    else:
        KINDS[kind].subject(said)  # asks for all that it says
    return Drawn(place, said, grounds.last, _barred(kind, ident, party, body))


def issuer_of(grounds: Grounds, party: str) -> Issuer:
    """A party as issuer, by the name that the keeper or itself states, else what it is called by.

    The keeper of the book stands under the DID of the book.
    """
    name = str(grounds.thing("party", party).get("name") or party)
    return Issuer(did_of(grounds.known.book, party), name, party)


def _own(grounds: Grounds, kind: str, ident: str, party: str) -> tuple[tuple[int, int], Body]:
    """Where the issuer's own statement stands, and what it says. Refuses: as `draw`."""
    own = grounds.own(kind, ident, party)
    if own is None or own.body is None:
        every = grounds.known.said(kind, ident).values()
        authors = ", ".join(sorted(one.author for one in every if one.body is not None))
        message = f"{ident[:200]} is stated by {authors[:200]} and not by {party[:200]}: they issue"
        raise ReaderError(f"{message} it with their own key")
    body = own.body
    if "withdrawn" in body:
        message = f"{ident[:200]} was withdrawn by {party[:200]}: nothing of it is issued"
        raise ReaderError(message)
    return own.place, body


def _hides_kind(kind: str, body: Body) -> bool:
    return kind == "event" and "kind" not in body


def _ask_around(grounds: Grounds, body: Body) -> None:
    """Asks for what others are told of an event whose kind this reader may not see."""
    for flow in flows(body):
        grounds.thing("lot", str(flow["lot"]))
    for member in ("facility", "party"):
        if isinstance(named := body.get(member), str):
            grounds.thing(member, named)


def _barred(kind: str, ident: str, party: str, body: Body) -> str:
    """Why its author cannot issue it as a credential, in words; empty where it can."""
    if _hides_kind(kind, body):
        return f"{ident[:200]}: what was done is sealed from who reads the credential"
    if kind == "assay" and body.get("laboratory") != party:
        named = body.get("laboratory")
        if not isinstance(named, str):
            return f"{ident[:200]} names no laboratory: only who analysed may attest it"
        return f"{ident[:200]} is an analysis by {named[:200]}: they issue it with their own key"
    if kind == "claim" and body.get("property") != "conformity":
        return f"{ident[:200]} is no finding of conformity: expected the property `conformity`"
    # Opened on the public shelf it would be said, and no entry would tell the two apart.
    if kind == "claim" and "/value" in sealed_names(body):
        return f"{ident[:200]}: what was found is hidden from who reads the credential"
    return ""


def _registered(grounds: Grounds, ident: str, party: str) -> tuple[tuple[int, int], str]:
    """Where the key of a party was registered, and on which day. Refuses: as `draw`."""
    known = grounds.known
    if party != known.book.operator:
        message = f"which key is whose is for the keeper of the book to say, not {party[:200]}"
        raise ReaderError(message)
    keys = known.keys(ident)
    for key in keys:
        grounds.note(key.since if key.until is None else key.until)
    held = next((key for key in keys if key.until is None), None)
    if held is None:
        message = f"{ident[:200]} has no key in this book, so no DID that could be anchored"
        raise ReaderError(message)
    facts = known.view.entry(held.since).facts
    index = next(i for i, fact in enumerate(facts) if fact.get("id") == held.kid)
    return (held.since, index), known.book.known_since(held.since, known.size)[:10]
