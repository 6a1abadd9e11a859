"""What a party signs about its own keys: that it holds one, vouches for the next, ends one.

Each message names the book, so that no signature made for one book says anything in another.
"""

from __future__ import annotations

from orebook.log import b64, canon, keys
from orebook.log.errors import LogError


def possession(book: str, party: str, public: bytes) -> bytes:
    """Gives what a new key signs to show that its holder asks for it to be this party's."""
    return _said("key", book, party, b64.encode(public))


def endorsement(book: str, party: str, public: bytes, replaces: str = "") -> bytes:
    """Gives what an earlier key signs to vouch for a new one; ``replaces`` ends the key named."""
    return _said("key-endorsement", book, party, b64.encode(public), replaces)


def revocation(book: str, party: str, kid: str) -> bytes:
    """Gives what a key signs to end itself."""
    return _said("key-revocation", book, party, kid)


def holds(public: bytes, message: bytes, signature: object) -> bool:
    """Says whether ``signature`` (base64url text) is this key's over ``message``."""
    if not isinstance(signature, str):
        return False
    try:
        return keys.verify(public, message, b64.decode(signature, "signature"))
    except LogError:
        return False


def sign(key: keys.SigningKey, message: bytes) -> str:
    """Gives the signature as base64url text."""
    return b64.encode(key.sign(message))


def _said(what: str, book: str, party: str, *more: str) -> bytes:
    return canon.encode(["orebook", what, book, party, *more])
