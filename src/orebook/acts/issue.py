"""Issue a credential: an event of the book as a UNTP traceability event, signed by its keeper.

It says what anyone may see of the event; a sealed value is in none.
"""

from __future__ import annotations

from orebook.acts.did import did_of
from orebook.acts.see import View
from orebook.exchange.json_text import write as json_text
from orebook.exchange.untp_issue import Issuer, event_credential
from orebook.log import b64, canon, keys
from orebook.log.keys import SigningKey
from orebook.model.entry import Body, Entry
from orebook.model.problem import NotFound, ReaderError, SenderError

_NAMED = ("lot", "facility", "party")
TYPE = "vc+jwt"


def issue(view: View, ident: str, key: SigningKey | None) -> bytes:
    """The keeper's latest statement of that event as a credential; signed where a key is given.

    Takes: a view of what the public may see; the keeper's key, under which its did:web is found.
    Gives: a compact JWS (`vc+jwt`, W3C VC-JOSE-COSE 3.1), or the bare credential.
    Refuses: NotFound; ReaderError for what others alone have stated; SenderError with all that the
    credential must say and nobody has stated.
    """
    entry, body = _event(view, ident)
    book = view.book
    issuer = Issuer(did_of(book), _name(view))
    where = f"https://{book.origin}/entries/{entry.leaf}#credential"
    made = event_credential(body, _things(view, body), issuer, where, entry.issued)
    if isinstance(made, list):
        raise SenderError("\n".join(problem.text() for problem in made), made)
    data = json_text(made).encode("utf-8")
    if key is None:
        return data
    header = {"alg": "EdDSA", "kid": f"{issuer.did}#{keys.thumbprint(key.public)}", "typ": TYPE}
    said = f"{b64.encode(canon.encode(header))}.{b64.encode(data)}".encode("ascii")
    return said + b"." + b64.encode(key.sign(said)).encode("ascii")


def _name(view: View) -> str:
    """The keeper's name as the book states it, else what it is called by."""
    found = view.facts_at(view.places("party", idents=[view.book.operator]))
    return str(found[-1][0].facts[found[-1][1]]["name"]) if found else view.book.operator


def _event(view: View, ident: str) -> tuple[Entry, Body]:
    places = view.places("event", idents=[ident])
    found = view.facts_at(places)
    if not found:
        message = f"this book has no event {ident[:200]}"
        raise NotFound(message)
    own = [(e, e.facts[i]) for e, i in found if e.author == view.book.operator]
    if not own:
        authors = ", ".join(sorted({entry.author for entry, _ in found}))
        message = f"{ident[:200]} is stated by {authors[:200]} and not by the keeper: they issue it"
        raise ReaderError(message)
    return own[-1]


def _things(view: View, body: Body) -> dict[str, Body]:
    """What the event names, the latest statement of each."""
    names = {str(body[n]) for n in ("facility", "party") if isinstance(body.get(n), str)}
    for side in ("inputs", "outputs", "subjects"):
        flows = body.get(side)
        for flow in flows if isinstance(flows, list) else ():
            if isinstance(flow, dict) and isinstance(flow.get("lot"), str):
                names.add(str(flow["lot"]))
    found: dict[str, Body] = {}
    for kind in _NAMED:
        for entry, index in view.facts_at(view.places(kind, idents=sorted(names))):
            found[str(entry.facts[index]["id"])] = entry.facts[index]
    return found
