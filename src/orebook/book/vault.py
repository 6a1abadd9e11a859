"""The vault: disclosures by digest, off the record, so that a value can be taken down or erased.

The public shelf lies plain and is served to anyone. What is sealed is encrypted (libsodium sealed
box), one copy for each audience: to the key a party has registered, which the keeper cannot open,
or to the vault's own key for the owner and for parties whose values the keeper holds in custody.
Erasing a disclosure leaves every head valid.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path

from nacl import bindings
from nacl.exceptions import CryptoError

from orebook.book.errors import RecordBroken
from orebook.book.ports import Copy, Disclosures, Sent, Tombstone
from orebook.log import sdjwt
from orebook.model.custody import NOBODY, Kept

__all__ = ["OWNER", "PUBLIC", "Kept", "Opened", "Reader", "Sent", "Tombstone", "Vault"]

Reader = str
PUBLIC: Reader = "public"
OWNER: Reader = "owner"

Others = Callable[[Sequence[str]], Mapping[str, str]]


class Opened(Mapping[str, str]):
    """The disclosures one reader holds, fetched when asked for; `used` are those found.

    Takes: `others`, where those are found that the vault does not give this reader: revealed ones.
    """

    def __init__(self, vault: Vault, reader: Reader, others: Others | None = None) -> None:
        self._vault = vault
        self._reader = reader
        self._others = others
        self._known: dict[str, str | None] = {}
        self.used: set[str] = set()

    def prefetch(self, digests: Iterable[str]) -> None:
        """Fetches many at once."""
        wanted = [digest for digest in digests if digest not in self._known]
        self._known |= dict.fromkeys(wanted)
        self._known |= self._vault.texts(wanted, self._reader)
        left = [digest for digest in wanted if self._known[digest] is None]
        if left and self._others is not None:
            self._known |= self._others(left)

    def __getitem__(self, digest: str) -> str:
        if digest not in self._known:
            self.prefetch([digest])
        text = self._known[digest]
        if text is None:
            raise KeyError(digest)
        self.used.add(digest)
        return text

    def __iter__(self) -> Iterator[str]:
        return (digest for digest, text in self._known.items() if text is not None)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def fingerprint(self) -> str:
        """The name of the set that was used, whatever the order."""
        return sha256("\n".join([self._reader, *sorted(self.used)]).encode()).hexdigest()


class Shut(Opened):
    """The disclosures of a reader for whom nothing is opened."""

    def prefetch(self, digests: Iterable[str]) -> None:
        """Finds none of them."""
        self._known |= dict.fromkeys(digests)


def sees(reader: Reader) -> tuple[str, ...]:
    """The audiences a reader belongs to: everyone, and itself."""
    return (PUBLIC,) if reader == PUBLIC else (PUBLIC, reader)


def box_of(public: bytes) -> bytes:
    """The X25519 key to encrypt to for an Ed25519 key. Source: RFC 7748 section 4.1."""
    return bindings.crypto_sign_ed25519_pk_to_curve25519(public)


class Vault:
    """Disclosures in one SQLite file, in memory without a path, or in a store of their own.

    `boxes` gives the X25519 key of a party that has registered one, or nothing: then the vault's
    own key holds what is for it. It is set by the book, whose record says who has which key.
    """

    def __init__(self, store: Disclosures | Path | None, secret: bytes) -> None:
        if store is None or isinstance(store, Path):
            from orebook.book.vault_sqlite import SqliteDisclosures

            store = SqliteDisclosures(store)
        self._store = store
        self._secret = secret
        self._public = bindings.crypto_scalarmult_base(secret)
        self._unlocked: dict[str, tuple[bytes, bytes]] = {}
        self.boxes: Callable[[str], bytes] = lambda _party: b""

    def unlock(self, seed: bytes) -> None:
        """Lets this process open what was encrypted to the Ed25519 key of that seed."""
        public, secret = bindings.crypto_sign_seed_keypair(seed)
        box = box_of(public)
        self._unlocked[box.hex()] = (box, bindings.crypto_sign_ed25519_sk_to_curve25519(secret))

    def put(self, kept: Sequence[Kept], sent: Sequence[Sent] = ()) -> None:
        """Keeps disclosures and the places of what was sent, all or nothing; durable on return.

        A copy that is already there, and a disclosure that was taken down, stay as they are.
        """
        boxes = {audience: self._box(audience) for audience in {k.audience for k in kept}}
        copies = {
            (k.digest, k.audience): Copy(
                k.digest, k.audience, boxes[k.audience].hex(), self._lock_up(k, boxes)
            )
            for k in kept
        }
        self._store.put(list(copies.values()), sent)

    def sent(self, keys: Iterable[bytes]) -> dict[bytes, Sent]:
        """Where drafts of these keyed hashes were placed, as far as any were."""
        return self._store.sent(list(keys))

    def texts(self, digests: Sequence[str], reader: Reader) -> dict[str, str]:
        """The disclosures among these that the reader holds and this process can open.

        Refuses: RecordBroken for one that does not open under its key.
        """
        return self._open(digests, sees(reader))

    def custody(self, digests: Sequence[str]) -> dict[str, str]:
        """Every disclosure among these that this process can open, whoever it is for.

        It is what the keeper could read; acts use it to reveal and erase, and show it to nobody.
        """
        return self._open(digests, None)

    def audiences(self, digests: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """Who each of these is kept for; a digest that nothing is kept under is not named."""
        found: dict[str, tuple[str, ...]] = {}
        for copy in self._store.copies(digests):
            found[copy.digest] = (*found.get(copy.digest, ()), copy.audience)
        return found

    def known(self, audience: str) -> bool:
        """Whether anything was ever kept for that audience."""
        return audience in self._store.totals([audience])

    def shelf(self, reader: Reader, others: Others | None = None) -> Opened:
        """What the reader holds, by digest, to be laid over leaves."""
        if reader == NOBODY:
            return Shut(self, reader)
        return Opened(self, reader, others)

    def fingerprint(self, reader: Reader) -> str:
        """A name for all the reader holds; it changes with any disclosure added or taken away."""
        totals = self._store.totals(sees(reader))
        parts = [f"{audience}:{totals.get(audience, b'').hex()}" for audience in sees(reader)]
        return sha256("\n".join(parts).encode()).hexdigest()

    def take_down(self, digest: str, basis: str, date: str) -> None:
        """Every copy is gone and a dated tombstone with its legal ground stands in its place.

        Refuses: LookupError for a digest that is not kept here.
        """
        self._store.take_down(digest, basis, date)

    def drop(self, digests: Sequence[str]) -> None:
        """Deletes what is kept under these for good, without a tombstone: no entry speaks of it."""
        self._store.drop(digests)

    def rows(self, after: tuple[object, ...], limit: int) -> list[tuple[object, ...]]:
        """What is kept, copy by copy, as it lies: digest and audience first."""
        return self._store.rows("disclosures", after, limit)

    def tombstones(self) -> dict[str, Tombstone]:
        """Every disclosure that was taken down or erased, by digest."""
        return self._store.tombstones()

    def close(self) -> None:
        """Lets go of the store."""
        self._store.close()

    def _box(self, audience: str) -> bytes:
        return b"" if audience in {PUBLIC, OWNER} else self.boxes(audience)

    def _lock_up(self, kept: Kept, boxes: Mapping[str, bytes]) -> bytes:
        plain = kept.text.encode("ascii")
        if kept.audience == PUBLIC:
            return plain
        return bindings.crypto_box_seal(plain, boxes[kept.audience] or self._public)

    def _open(self, digests: Sequence[str], among: tuple[str, ...] | None) -> dict[str, str]:
        found: dict[str, str] = {}
        for copy in self._store.copies(digests):
            keys = self._unlocked.get(copy.box) if copy.box else (self._public, self._secret)
            if (among is not None and copy.audience not in among) or keys is None:
                continue
            if copy.digest not in found:
                found[copy.digest] = self._unlock(copy, keys)
        return found

    def _unlock(self, copy: Copy, keys: tuple[bytes, bytes]) -> str:
        body = copy.body
        try:
            if copy.audience != PUBLIC:
                body = bindings.crypto_box_seal_open(body, *keys)
            text = body.decode("ascii")
        except (CryptoError, ValueError) as error:
            message = (
                f"the vault, disclosure {copy.digest}: expected one that opens, found: {error}"
            )
            raise RecordBroken(message) from error
        if sdjwt.digest(text) != copy.digest:
            message = f"the vault: expected disclosure {copy.digest}, found {sdjwt.digest(text)}"
            raise RecordBroken(message)
        return text
