"""The vault: disclosures by digest, off the record, so that a value can be taken down or erased.

The public shelf lies plain and is served to anyone. What is sealed is encrypted to the vault key
(libsodium sealed box) and read by the owner alone. Erasing a disclosure leaves every head valid.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from threading import RLock
from typing import Literal

from nacl import bindings
from nacl.exceptions import CryptoError

from orebook.book.errors import RecordBroken
from orebook.book.store_sqlite import connect, transaction
from orebook.log import b64, sdjwt

Reader = Literal["public", "owner"]
PUBLIC: Reader = "public"
OWNER: Reader = "owner"
_SEES: dict[str, tuple[str, ...]] = {"public": ("public",), "owner": ("public", "owner")}
_CHUNK = 500

_TABLES = (
    """CREATE TABLE IF NOT EXISTS disclosures (digest TEXT PRIMARY KEY, audience TEXT NOT NULL,
    body BLOB, gone TEXT, basis TEXT) WITHOUT ROWID""",
    "CREATE TABLE IF NOT EXISTS sets (audience TEXT PRIMARY KEY, total BLOB NOT NULL)",
    """CREATE TABLE IF NOT EXISTS sent (key BLOB PRIMARY KEY, position INTEGER NOT NULL,
    count INTEGER NOT NULL, leaf TEXT NOT NULL) WITHOUT ROWID""",
)


@dataclass(frozen=True, slots=True)
class Kept:
    """A disclosure to be kept: its digest, who may read it, its text."""

    digest: str
    audience: str
    text: str


@dataclass(frozen=True, slots=True)
class Tombstone:
    """What stands where a disclosure was: since when it is gone, and on what ground."""

    digest: str
    date: str
    basis: str


@dataclass(frozen=True, slots=True)
class Sent:
    """A draft that was sent: its keyed hash, where it was placed, the leaf hash found there.

    A claim on a place, not truth: it counts only where the record holds that leaf.
    """

    key: bytes
    position: int
    count: int
    leaf: str


class Opened(Mapping[str, str]):
    """The disclosures one reader holds, fetched when asked for; `used` are those found."""

    def __init__(self, vault: Vault, reader: Reader) -> None:
        self._vault = vault
        self._reader = reader
        self._known: dict[str, str | None] = {}
        self.used: set[str] = set()

    def prefetch(self, digests: Iterable[str]) -> None:
        """Fetches many at once."""
        wanted = [digest for digest in digests if digest not in self._known]
        self._known |= dict.fromkeys(wanted)
        self._known |= self._vault.texts(wanted, self._reader)

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


class Vault:
    """Disclosures in one SQLite file, or in memory without a path."""

    def __init__(self, path: Path | None, secret: bytes) -> None:
        self._database = connect(path)
        self._place = path.name if path else "vault"
        self._secret = secret
        self._public = bindings.crypto_scalarmult_base(secret)
        self._lock = RLock()
        self._database.execute("PRAGMA secure_delete=ON")
        with transaction(self._database, self._place) as database:
            for statement in _TABLES:
                database.execute(statement)

    def put(self, kept: Sequence[Kept], sent: Sequence[Sent] = ()) -> None:
        """Keeps disclosures and the places of what was sent, all or nothing; durable on return.

        A digest that is already there, or was taken down, stays as it is.
        """
        with self._lock, transaction(self._database, self._place) as database:
            there = {row[0] for row in self._rows([k.digest for k in kept], "digest")}
            fresh = {k.digest: k for k in kept if k.digest not in there}
            rows = [(k.digest, k.audience, self._lock_up(k)) for k in fresh.values()]
            database.executemany(
                "INSERT INTO disclosures (digest, audience, body) VALUES (?, ?, ?)", rows
            )
            for audience in {k.audience for k in fresh.values()}:
                added = [d for d, k in fresh.items() if k.audience == audience]
                self._turn(audience, added, 1)
            database.executemany(
                "INSERT OR REPLACE INTO sent VALUES (?, ?, ?, ?)",
                [(s.key, s.position, s.count, s.leaf) for s in sent],
            )

    def sent(self, keys: Iterable[bytes]) -> dict[bytes, Sent]:
        """Where drafts of these keyed hashes were placed, as far as any were."""
        found = {}
        with self._lock:
            for key in keys:
                row = self._database.execute(
                    "SELECT key, position, count, leaf FROM sent WHERE key = ?", (key,)
                ).fetchone()
                if row:
                    found[key] = Sent(*row)
        return found

    def texts(self, digests: Sequence[str], reader: Reader) -> dict[str, str]:
        """The disclosures among these that the reader holds. Refuses: RecordBroken."""
        sees = _SEES[reader]
        with self._lock:
            rows = self._rows(digests, "digest, audience, body")
        return {
            str(digest): self._unlock(str(digest), str(audience), bytes(body))
            for digest, audience, body in rows
            if audience in sees and isinstance(body, bytes)
        }

    def shelf(self, reader: Reader) -> Opened:
        """What the reader holds, by digest, to be laid over leaves."""
        return Opened(self, reader)

    def fingerprint(self, reader: Reader) -> str:
        """A name for all the reader holds; it changes with any disclosure added or taken away."""
        with self._lock:
            rows = dict(self._database.execute("SELECT audience, total FROM sets").fetchall())
        parts = [f"{audience}:{rows.get(audience, b'').hex()}" for audience in _SEES[reader]]
        return sha256("\n".join(parts).encode()).hexdigest()

    def take_down(self, digest: str, basis: str, date: str) -> None:
        """The disclosure is gone and a dated tombstone with its legal ground stands in its place.

        Refuses: LookupError for a digest that is not kept here.
        """
        with self._lock:
            with transaction(self._database, self._place) as database:
                row = database.execute(
                    "SELECT audience, gone FROM disclosures WHERE digest = ?", (digest,)
                ).fetchone()
                if row is None:
                    raise LookupError(digest)
                if row[1] is not None:
                    return
                database.execute(
                    "UPDATE disclosures SET body = NULL, gone = ?, basis = ? WHERE digest = ?",
                    (date, basis, digest),
                )
                self._turn(row[0], [digest], -1)
            # The bytes must not live on in the write-ahead log.
            self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def tombstones(self) -> dict[str, Tombstone]:
        """Every disclosure that was taken down or erased, by digest."""
        with self._lock:
            rows = self._database.execute(
                "SELECT digest, gone, basis FROM disclosures WHERE gone IS NOT NULL"
            ).fetchall()
        return {row[0]: Tombstone(*row) for row in rows}

    def close(self) -> None:
        """Lets go of the file."""
        with self._lock:
            self._database.close()

    def _rows(self, digests: Sequence[str], columns: str) -> list[tuple[object, ...]]:
        rows: list[tuple[object, ...]] = []
        for begin in range(0, len(digests), _CHUNK):
            part = digests[begin : begin + _CHUNK]
            marks = ",".join("?" * len(part))
            rows += self._database.execute(
                f"SELECT {columns} FROM disclosures WHERE digest IN ({marks})",  # noqa: S608
                part,
            ).fetchall()
        return rows

    def _turn(self, audience: str, digests: Iterable[str], sign: int) -> None:
        """Adds digests to (or takes them from) the sum that names an audience's set."""
        row = self._database.execute(
            "SELECT total FROM sets WHERE audience = ?", (audience,)
        ).fetchone()
        total = int.from_bytes(row[0], "big") if row else 0
        total += sign * sum(int.from_bytes(b64.decode(digest), "big") for digest in digests)
        self._database.execute(
            "INSERT OR REPLACE INTO sets VALUES (?, ?)",
            (audience, (total % 2**256).to_bytes(32, "big")),
        )

    def _lock_up(self, kept: Kept) -> bytes:
        plain = kept.text.encode("ascii")
        return plain if kept.audience == PUBLIC else bindings.crypto_box_seal(plain, self._public)

    def _unlock(self, digest: str, audience: str, body: bytes) -> str:
        try:
            if audience != PUBLIC:
                body = bindings.crypto_box_seal_open(body, self._public, self._secret)
            text = body.decode("ascii")
        except (CryptoError, ValueError) as error:
            message = f"{self._place}, disclosure {digest}: expected one that opens, found: {error}"
            raise RecordBroken(message) from error
        if sdjwt.digest(text) != digest:
            message = f"{self._place}: expected disclosure {digest}, found {sdjwt.digest(text)}"
            raise RecordBroken(message)
        return text
