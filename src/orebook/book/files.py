"""Captured files by their SHA-256; beside the record, never in it.

A file may hold what is sealed in the record: it lies encrypted to the vault's key, under a name
that says nothing of its bytes to who lacks that key.
"""

from __future__ import annotations

import hmac
import re
from hashlib import sha256

from nacl import bindings
from nacl.exceptions import CryptoError

from orebook.book.errors import RecordBroken
from orebook.book.ports import Blobs


class Files:
    """The files of a book. Takes: where they lie, and the vault's key."""

    def __init__(self, blobs: Blobs, secret: bytes) -> None:
        self._blobs = blobs
        self._secret = secret

    def put(self, data: bytes) -> str:
        """Keeps the bytes durably and gives their SHA-256 in hex."""
        digest = sha256(data).hexdigest()
        public = bindings.crypto_scalarmult_base(self._secret)
        self._blobs.put(self._name(digest), bindings.crypto_box_seal(data, public))
        return digest

    def discard(self, digest: str) -> bool:
        """Deletes the file of that digest; says whether it was there."""
        return self._blobs.discard(self._name(digest))

    def get(self, digest: str) -> bytes:
        """The bytes of that digest, checked. Refuses: LookupError; RecordBroken for other bytes."""
        if not re.fullmatch("[0-9a-f]{64}", digest):
            raise LookupError(digest)
        boxed = self._blobs.get(self._name(digest))
        public = bindings.crypto_scalarmult_base(self._secret)
        try:
            data = bindings.crypto_box_seal_open(boxed, public, self._secret)
        except (CryptoError, ValueError):
            data = b""
        if sha256(data).hexdigest() != digest:
            message = f"files/{digest}: expected the bytes of that digest, found others"
            raise RecordBroken(message)
        return data

    def _name(self, digest: str) -> str:
        return hmac.digest(self._secret, digest.encode(), sha256).hex()
