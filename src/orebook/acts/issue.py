"""Issue a credential: a statement of the book as a UNTP credential, signed by who made it.

It says what its reader may see: anyone, unless a party is named for whom it is. A sealed value that
is not that reader's is in none.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Literal

from orebook.acts.did import did_of
from orebook.acts.draw import draw
from orebook.acts.grounds import Known
from orebook.acts.record import SecretKey
from orebook.acts.see import View
from orebook.acts.state_lists import list_place
from orebook.exchange.json_text import Object
from orebook.exchange.json_text import write as json_text
from orebook.exchange.status_list import entry_at
from orebook.exchange.untp_issue import KINDS, credential
from orebook.exchange.vc_sign import Hand, as_jwt, with_proof
from orebook.log import keys
from orebook.log.keys import SigningKey
from orebook.model.entry import PUBLIC
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
    """The credential before it is signed. Refuses: as `issue`.

    Its identifier, its date and its place in the lists of states rest on the latest entry of all
    that bear on what it says. One that is made for one reader is named by what it says, too: that
    need not follow from the record.
    """
    kind = kind_of(view, ident, kind)
    known = Known(view)
    drawn = draw(known, kind, ident, who.party)
    if drawn.barred:
        raise ReaderError(drawn.barred)
    public = view.reader == PUBLIC
    shared = drawn if public else draw(_for_anyone(known), kind, ident, who.party)
    origin, (position, index) = view.book.origin, drawn.place
    since = view.book.known_since(drawn.rests, known.size)
    leaf = known.view.entry(position).leaf
    name = f"https://{origin}/entries/{leaf}#credential-{index}-{shared.rests}"
    mark = ""
    if not public:
        place = list_place(drawn.place, shared.rests)
        status = entry_at(place.list.url(origin), place.number)
        said = credential(kind, drawn.said, name, since, status)
        mark = _mark(who.key, said) if isinstance(said, dict) else ""
        name = f"{name}-{mark}"
    place = list_place(drawn.place, shared.rests, mark)
    status = entry_at(place.list.url(origin), place.number)
    found = credential(kind, drawn.said, name, since, status)
    if isinstance(found, list):
        raise SenderError("\n".join(problem.text() for problem in found), found)
    return found


def _for_anyone(known: Known) -> Known:
    return Known(replace(known.view, reader=PUBLIC))


def _mark(key: SecretKey, said: Object) -> str:
    """A name that follows from what is said, and from which nobody else can guess any of it.

    Ed25519 signs the same text in the same way, and only who has the key can (RFC 8032, 5.1.6).
    """
    text = b"orebook: name of a credential for one reader\n" + json_text(said).encode("utf-8")
    return sha256(key.sign(text)).hexdigest()[:32]


def missing(view: View, kind: str, ident: str) -> str | None:
    """Why the keeper cannot issue that thing to anyone, in words; None where it can."""
    try:
        made(view, ident, keeper(view), kind)
    except (SenderError, ReaderError) as error:
        return str(error)
    return None
