"""The did:web documents of a book: who keeps it, and which keys each party may be checked with."""

from __future__ import annotations

from urllib.parse import quote

from orebook.acts.record import Record
from orebook.log import keys
from orebook.log.leaf import read_leaf
from orebook.model.custody import PartyKey
from orebook.model.problem import NotFound

_CONTEXT = ("https://www.w3.org/ns/did/v1", "https://w3id.org/security/jwk/v1")


def did_of(book: Record, party: str = "") -> str:
    """The did:web of the book's keeper, or of a party in it.

    Source: did:web method specification, "Method-specific identifier".
    """
    host, _, path = book.origin.partition("/")
    parts = [host.replace(":", "%3A"), *(quote(p, safe="") for p in path.split("/") if p)]
    if party and party != book.operator:
        parts += ["party", quote(party, safe="").replace("%", "%25")]
    return ":".join(["did", "web", *parts])


def document(book: Record, party: str = "") -> dict[str, object]:
    """The DID document to be served for that DID: its present keys, as JWK.

    Served at `/.well-known/did.json` for an origin without a path, else at `<path>/did.json`, and
    below it at `party/<identifier>/did.json`. A key that has ended is left out: what it signed
    before is checked in the log, where its end is an entry.
    Refuses: NotFound for a party without a key here.
    """
    did = did_of(book, party)
    if party and party != book.operator:
        known = [key.public for key in present(book, party)]
        if not known:
            message = f"{party[:80]}: expected a party that has registered a key in this book"
            raise NotFound(message)
    else:
        jwks = read_leaf(book.leaf(0)).payload.get("keys", [])
        known = [keys.from_jwk(jwk) for jwk in (jwks if isinstance(jwks, list) else [])]
    methods: list[dict[str, object]] = [
        {
            "id": f"{did}#{keys.thumbprint(public)}",
            "type": "JsonWebKey",
            "controller": did,
            "publicKeyJwk": {**keys.to_jwk(public), "kid": keys.thumbprint(public)},
        }
        for public in known
    ]
    named = [method["id"] for method in methods]
    found: dict[str, object] = {
        "@context": list(_CONTEXT),
        "id": did,
        "verificationMethod": methods,
        "assertionMethod": named,
        "authentication": named,
    }
    if party and party != book.operator:
        found["alsoKnownAs"] = [party] if ":" in party else []
    return found


def present(book: Record, party: str) -> tuple[PartyKey, ...]:
    """The keys of a party that have not ended, oldest first."""
    return tuple(k for k in book.party_keys() if k.party == party and k.until is None)
