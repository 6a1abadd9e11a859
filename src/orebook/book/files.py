"""Captured files by their SHA-256; beside the record, never in it.

A file may hold what is sealed in the record: it lies encrypted to the vault's key, under a name
that says nothing of its bytes to who lacks that key.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable
from contextlib import suppress
from hashlib import sha256
from typing import BinaryIO

from nacl import bindings
from nacl.exceptions import CryptoError

from orebook.book.errors import RecordBroken
from orebook.book.ports import Blobs

PART = 4 << 20
# What stands for a file that lies in parts: this, its digest, and how many there are.
_PARTS = b"\x00orebook file in parts\x00"
_TOLD = re.escape(_PARTS) + rb"([0-9a-f]{64}) ([1-9][0-9]{0,5})"


def boxed(data: bytes, public: bytes) -> bytes:
    """The bytes as they are kept, encrypted to that key."""
    return bindings.crypto_box_seal(data, public)


class Files:
    """The files of a book. Takes: where they lie, and the vault's key."""

    def __init__(self, blobs: Blobs, secret: bytes) -> None:
        self._blobs = blobs
        self._secret = secret

    @property
    def box(self) -> bytes:
        """The public key that files are encrypted to."""
        return bindings.crypto_scalarmult_base(self._secret)

    def put(self, data: bytes) -> str:
        """Keeps the bytes durably and gives their SHA-256 in hex."""
        digest = sha256(data).hexdigest()
        self.put_boxed([(digest, boxed(data, self.box))])
        return digest

    def put_boxed(self, files: Iterable[tuple[str, bytes]]) -> None:
        """Keeps what `boxed` gave for the bytes of each of these SHA-256, durably."""
        self._blobs.put_all([(self.name(digest), data) for digest, data in files])

    def put_stream(self, stream: BinaryIO, digest: str) -> None:
        """Keeps a file of any size durably, read from where the stream stands; in parts.

        Takes: its SHA-256 in hex, counted before.
        """
        public = self.box
        count = 0
        while data := stream.read(PART):
            self._blobs.put(self.name(f"{digest} {count}"), bindings.crypto_box_seal(data, public))
            count += 1
        told = bindings.crypto_box_seal(b"%b%b %d" % (_PARTS, digest.encode(), count), public)
        self._blobs.put(self.name(digest), told)  # last: without it the parts are not a file

    def discard(self, digest: str) -> bool:
        """Deletes the file of that digest, or what a crash left of it; says whether it was."""
        count = 0
        with suppress(LookupError):
            count = self._count(self._opened(digest), digest)
        # Parts are written from the first to the last and deleted from the last to the first, so
        # that what a crash leaves of them begins with the first and is found from there.
        with suppress(LookupError):
            while True:
                self._blobs.get(self.name(f"{digest} {count}"))
                count += 1
        found = [self._blobs.discard(self.name(f"{digest} {n}")) for n in reversed(range(count))]
        return self._blobs.discard(self.name(digest)) or any(found)

    def get(self, digest: str) -> bytes:
        """The bytes of that digest, checked. Refuses: LookupError; RecordBroken for other bytes."""
        if not re.fullmatch("[0-9a-f]{64}", digest):
            raise LookupError(digest)
        data = self._opened(digest)
        if count := self._count(data, digest):
            data = b"".join(self._opened(f"{digest} {number}") for number in range(count))
        if sha256(data).hexdigest() != digest:
            message = f"files/{digest}: expected the bytes of that digest, found others"
            raise RecordBroken(message)
        return data

    def _opened(self, told: str) -> bytes:
        """The bytes under a name; none where they do not open. Refuses: LookupError."""
        found = self._blobs.get(self.name(told))
        try:
            return bindings.crypto_box_seal_open(found, self.box, self._secret)
        except (CryptoError, ValueError):
            return b""

    @staticmethod
    def _count(data: bytes, digest: str) -> int:
        """How many parts a file lies in; 0 where these are its bytes, or nothing that we wrote."""
        told = re.fullmatch(_TOLD, data)
        if told is None or told[1].decode() != digest or sha256(data).hexdigest() == digest:
            return 0
        return int(told[2])

    def parts(self, digest: str) -> list[str]:
        """The names under which the parts of the file of that digest lie; none for a small one."""
        try:
            count = self._count(self._opened(digest), digest)
        except LookupError:
            return []
        return [self.name(f"{digest} {number}") for number in range(count)]

    def name(self, digest: str) -> str:
        """The name under which the file of that digest lies; it tells nothing of its bytes."""
        return hmac.digest(self._secret, digest.encode(), sha256).hex()
