"""Issue a credential: a statement of the book as a UNTP credential, signed by who made it.

It says what its reader may see: anyone, unless a party is named for whom it is. A sealed value that
is not that reader's is in none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from orebook.acts.did import did_of, present
from orebook.acts.issue_around import around, party_said
from orebook.acts.record import SecretKey
from orebook.acts.see import View
from orebook.acts.status import ListPlace, latest, list_place
from orebook.exchange.json_text import Object
from orebook.exchange.json_text import write as json_text
from orebook.exchange.status_list import entry_at
from orebook.exchange.untp_issue import KINDS, credential
from orebook.exchange.untp_statement import Issuer
from orebook.exchange.vc_sign import Hand, as_jwt, with_proof
from orebook.log import keys
from orebook.log.keys import SigningKey
from orebook.model.entry import Body
from orebook.model.problem import NotFound, ReaderError, SenderError

Form = Literal["jwt", "embedded", "bare"]
TYPE = "vc+jwt"


@dataclass(frozen=True, slots=True)
class Signer:
    """Who issues: a party of the book and its key."""

    party: str
    key: SecretKey


def keeper(view: View) -> Signer:
    """The keeper of the book as issuer."""
    return Signer(view.book.operator, view.book.keeper_key)


def signer_of(view: View, key: SigningKey) -> Signer:
    """The party of the book whose key that is. Refuses: ReaderError for a key that does not hold.

    The keeper's own key counts too.
    """
    if key.public == view.book.keeper_key.public:
        return Signer(view.book.operator, key)
    for held in view.book.party_keys():
        if held.kid == key.kid and held.until is None:
            return Signer(held.party, key)
    message = f"the key {key.kid} is no present key of a party of this book: register it first"
    raise ReaderError(message)


def kind_of(view: View, ident: str, kind: str = "") -> str:
    """Which kind of fact that identifier names, of those that can be issued.

    Refuses: NotFound for none; ReaderError where several kinds share it and none is named.
    """
    asked = [kind] if kind else list(KINDS)
    if kind and kind not in KINDS:
        message = f"kind: expected one of {', '.join(KINDS)}, found {kind[:40]!r}"
        raise ReaderError(message)
    found = [one for one in asked if view.places(one, idents=[ident], limit=1)]
    if not found:
        message = f"this book has no {kind or 'statement to issue'} {ident[:200]}"
        raise NotFound(message)
    if len(found) > 1:
        message = f"{ident[:200]} is {' and '.join(found)} here: say which kind is to be issued"
        raise ReaderError(message)
    return found[0]


def issue(
    view: View, ident: str, signer: Signer | None, *, kind: str = "", form: Form = "jwt"
) -> bytes:
    """The issuer's latest statement of that thing as a credential.

    Takes: a view of what the credential's reader may see; who issues it, the keeper if left out;
    the kind of fact, where several share the identifier; the form: a token (`vc+jwt`), with the
    signature inside (`eddsa-jcs-2022`), or not signed.
    Refuses: NotFound; ReaderError for what others alone have stated, or may say, or what has been
    withdrawn; SenderError with all that the credential must say and nobody has stated.
    """
    who = signer or keeper(view)
    return signed(view, who, made(view, ident, who, kind), form)


def signed(view: View, who: Signer, document: Object, form: Form) -> bytes:
    """The credential in that form, signed by its issuer."""
    hand = Hand(who.key, f"{did_of(view.book, who.party)}#{keys.thumbprint(who.key.public)}")
    if form == "bare":
        return json_text(document).encode("utf-8")
    if form == "embedded":
        return with_proof(document, hand, str(document["validFrom"]))
    return as_jwt(document, hand)


def made(view: View, ident: str, who: Signer, kind: str = "") -> Object:
    """The credential before it is signed. Refuses: as `issue`."""
    kind = kind_of(view, ident, kind)
    place, body = _statement(view, kind, ident, who.party)
    entry = view.entry(place.position)
    since = entry.issued
    issuer = Issuer(did_of(view.book, who.party), name_of(view, who.party), who.party)
    root = Issuer(did_of(view.book), name_of(view, view.book.operator))
    said = around(view, kind, body, issuer, root, since)
    where = f"https://{view.book.origin}/entries/{entry.leaf}#credential-{place.index}"
    status = entry_at(place.url(view.book.origin), place.number)
    found = credential(kind, said, where, since, status)
    if isinstance(found, list):
        raise SenderError("\n".join(problem.text() for problem in found), found)
    return found


def missing(view: View, kind: str, ident: str) -> str | None:
    """Why the keeper cannot issue that thing to anyone, in words; None where it can."""
    try:
        made(view, ident, keeper(view), kind)
    except (SenderError, ReaderError) as error:
        return str(error)
    return None


def name_of(view: View, party: str) -> str:
    """A party's name as the keeper or itself states it, else what it is called by."""
    return str(party_said(view, party).get("name") or party)


def _statement(view: View, kind: str, ident: str, party: str) -> tuple[ListPlace, Body]:
    """Where the issuer's statement stands, and what it says. Refuses: as `issue`."""
    if kind == "party":
        return _registered(view, ident, party)
    found = latest(view, kind, [ident])
    own = found.get((ident, party))
    if own is None:
        authors = ", ".join(sorted(author for _, author in found))
        message = f"{ident[:200]} is stated by {authors[:200]} and not by {party[:200]}: they issue"
        raise ReaderError(f"{message} it with their own key")
    body = own.body
    if "withdrawn" in body:
        message = f"{ident[:200]} was withdrawn by {party[:200]}: nothing of it is issued"
        raise ReaderError(message)
    if kind == "assay" and body.get("laboratory") != party:
        named = body.get("laboratory")
        if not isinstance(named, str):
            message = f"{ident[:200]} names no laboratory: only who analysed may attest it"
            raise ReaderError(message)
        message = f"{ident[:200]} is an analysis by {named[:200]}: they issue it with their own key"
        raise ReaderError(message)
    if kind == "claim" and body.get("property") != "conformity":
        message = f"{ident[:200]} is no finding of conformity: expected the property `conformity`"
        raise ReaderError(message)
    return list_place(own.position, own.index), body


def _registered(view: View, ident: str, party: str) -> tuple[ListPlace, Body]:
    """A party whose key the keeper has registered. Refuses: ReaderError for any other."""
    if party != view.book.operator:
        message = f"which key is whose is for the keeper of the book to say, not {party[:200]}"
        raise ReaderError(message)
    held = present(view.book, ident)
    if not held:
        message = f"{ident[:200]} has no key in this book, so no DID that could be anchored"
        raise ReaderError(message)
    return list_place(held[0].since, 0), party_said(view, ident)
