"""Keys of parties: asked for by who holds them, registered, rotated and revoked by entries.

The asking happens offline: a request is signed by the new key, and by the old one where it
replaces it. The book is named inside, so that it counts in no other.
"""

from __future__ import annotations

import json

from orebook.acts.record import Record
from orebook.log import b64, keys, party_keys
from orebook.log.errors import LogError
from orebook.log.keys import SigningKey
from orebook.model.custody import PartyKey
from orebook.model.entry import Body, Draft
from orebook.model.problem import Problem, ReaderError, SenderError
from orebook.model.pseudonym import belongs, is_pseudonym

_MEMBERS = ("public_key", "possession", "replaces", "endorsed_by", "endorsement")


class BadRequest(SenderError):
    """A request for a key that the record would not count."""

    code = "bad-key"


def request(
    origin: str, party: str, key: SigningKey, earlier: SigningKey | None = None
) -> dict[str, str]:
    """A request to register a key: what its holder signs, alone and offline.

    Takes: `earlier`, the party's key that this one replaces.
    """
    asked = {
        "book": origin,
        "party": party,
        "public_key": b64.encode(key.public),
        "possession": party_keys.sign(key, party_keys.possession(origin, party, key.public)),
    }
    if earlier is not None:
        message = party_keys.endorsement(origin, party, key.public, earlier.kid)
        asked |= {
            "replaces": earlier.kid,
            "endorsed_by": earlier.kid,
            "endorsement": party_keys.sign(earlier, message),
        }
    return asked


def read_request(data: bytes, name: str) -> dict[str, str]:
    """A request as it was written. Refuses: BadRequest for anything else."""
    try:
        asked = json.loads(data)
    except ValueError:
        asked = None
    if not isinstance(asked, dict) or not all(isinstance(v, str) for v in asked.values()):
        raise _bad("", "a request that `orebook keys new` wrote", "something else", name)
    return asked


def register(book: Record, asked: dict[str, str], reason: str = "") -> PartyKey:
    """The key now registered for its party, from the next entry on.

    Takes: a request; `reason`, why the operator vouches where no earlier key of the party does.
    Refuses: BadRequest for a weak key (small order, not canonical), a signature that does not
    hold, another book's request, a key known already, an earlier key that holds no longer.
    """
    if asked.get("book") != book.origin:
        raise _bad("book", f"the origin {book.origin}", str(asked.get("book")))
    try:
        public = keys.public_key(b64.decode(asked.get("public_key", ""), "public_key"))
    except LogError as error:
        raise _bad("public_key", error.expected, error.found or "another") from error
    kid = keys.thumbprint(public)
    party = asked.get("party", "")
    if is_pseudonym(party) and not (asked.get("replaces") or belongs(party, kid)):
        raise _bad("party", "the pseudonym of this very key (orebook keys new --pseudonym)", party)
    fact: Body = {"id": kid, "party": party}
    fact |= {name: asked[name] for name in _MEMBERS if asked.get(name)}
    if reason:
        fact["reason"] = reason
    size = book.head.size
    if why := book.key_fault("key", fact):
        raise _bad("", "a request that counts", why)
    book.append([Draft("key", (fact,), party)], since=size)
    return next(key for key in book.party_keys() if key.kid == kid)


def revoke(book: Record, kid: str, reason: str, key: SigningKey | None = None) -> PartyKey:
    """The key ended from the next entry on; what it signed before still counts.

    Takes: the reason; the key itself where its holder revokes it, else the operator does.
    Refuses: ReaderError for a key that does not hold, or no reason.
    """
    found = next((k for k in book.party_keys() if k.kid == kid), None)
    if found is None or found.until is not None or not reason.strip():
        message = f"{kid[:80]}: expected a key of this book that holds, and a reason to end it"
        raise ReaderError(message)
    fact: Body = {
        "id": f"revocation:{kid}",
        "key": kid,
        "party": found.party,
        "reason": reason,
    }
    if key is not None:
        said = party_keys.revocation(book.origin, found.party, kid)
        fact["signature"] = party_keys.sign(key, said)
    size = book.head.size
    if why := book.key_fault("revocation", fact):
        raise _bad("", "a revocation that counts", why)
    author = found.party if key else book.operator
    book.append([Draft("revocation", (fact,), author)], since=size)
    return next(k for k in book.party_keys() if k.kid == kid)


def _bad(place: str, expected: str, found: str, name: str = "") -> BadRequest:
    step = "Ask the holder of the key for a new request."
    problem = Problem("bad-key", place, expected, found, step, name)
    return BadRequest(problem.text(), [problem])
