"""The vault: disclosures by digest, off the record, so that a value can be taken down or erased.

The public shelf lies plain and is served to anyone. What is sealed is encrypted (libsodium sealed
box), one copy for each audience: to the key a party has registered, which the keeper cannot open,
or to the vault's own key for the owner and for parties whose values the keeper holds in custody.
Erasing a disclosure leaves every head valid.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from threading import RLock

from nacl import bindings
from nacl.exceptions import CryptoError

from orebook.book.errors import RecordBroken
from orebook.book.store_sqlite import connect, reading, transaction
from orebook.log import b64, sdjwt
from orebook.model.custody import Kept

__all__ = ["OWNER", "PUBLIC", "Kept", "Opened", "Reader", "Sent", "Tombstone", "Vault"]

Reader = str
PUBLIC: Reader = "public"
OWNER: Reader = "owner"
_CHUNK = 500

_TABLES = (
    """CREATE TABLE IF NOT EXISTS disclosures (digest TEXT NOT NULL, audience TEXT NOT NULL,
    box TEXT NOT NULL, body BLOB, gone TEXT, basis TEXT, PRIMARY KEY (digest, audience))
    WITHOUT ROWID""",
    "CREATE TABLE IF NOT EXISTS sets (audience TEXT PRIMARY KEY, total BLOB NOT NULL)",
    """CREATE TABLE IF NOT EXISTS sent (key BLOB PRIMARY KEY, position INTEGER NOT NULL,
    count INTEGER NOT NULL, leaf TEXT NOT NULL) WITHOUT ROWID""",
)
# A vault of the first form held one copy of each disclosure, for one audience.
_FROM_FIRST = (
    "ALTER TABLE disclosures RENAME TO first_disclosures",
    _TABLES[0],
    "INSERT INTO disclosures SELECT digest, audience, '', body, gone, basis FROM first_disclosures",
    "DROP TABLE first_disclosures",
)


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


def sees(reader: Reader) -> tuple[str, ...]:
    """The audiences a reader belongs to: everyone, and itself."""
    return (PUBLIC,) if reader == PUBLIC else (PUBLIC, reader)


def box_of(public: bytes) -> bytes:
    """The X25519 key to encrypt to for an Ed25519 key. Source: RFC 7748 section 4.1."""
    return bindings.crypto_sign_ed25519_pk_to_curve25519(public)


class Vault:
    """Disclosures in one SQLite file, or in memory without a path.

    `boxes` gives the X25519 key of a party that has registered one, or nothing: then the vault's
    own key holds what is for it. It is set by the book, whose record says who has which key.
    """

    def __init__(self, path: Path | None, secret: bytes) -> None:
        self._database = connect(path)
        self._place = path.name if path else "vault"
        self._secret = secret
        self._public = bindings.crypto_scalarmult_base(secret)
        self._unlocked: dict[str, tuple[bytes, bytes]] = {}
        self._lock = RLock()
        self.boxes: Callable[[str], bytes] = lambda _party: b""
        self._database.execute("PRAGMA secure_delete=ON")
        with transaction(self._database, self._place) as database:
            columns = [row[1] for row in database.execute("PRAGMA table_info(disclosures)")]
            for statement in () if not columns or "box" in columns else _FROM_FIRST:
                database.execute(statement)
            for statement in _TABLES:
                database.execute(statement)

    def unlock(self, seed: bytes) -> None:
        """Lets this process open what was encrypted to the Ed25519 key of that seed."""
        public, secret = bindings.crypto_sign_seed_keypair(seed)
        box = box_of(public)
        self._unlocked[box.hex()] = (box, bindings.crypto_sign_ed25519_sk_to_curve25519(secret))

    def put(self, kept: Sequence[Kept], sent: Sequence[Sent] = ()) -> None:
        """Keeps disclosures and the places of what was sent, all or nothing; durable on return.

        A copy that is already there, and a disclosure that was taken down, stay as they are.
        """
        boxes = {k.audience: self._box(k.audience) for k in kept}
        with self._lock, transaction(self._database, self._place) as database:
            rows = self._rows([k.digest for k in kept], "digest, audience, gone")
            there = {(row[0], row[1]) for row in rows}
            gone = {row[0] for row in rows if row[2] is not None}
            fresh = {
                (k.digest, k.audience): k
                for k in kept
                if k.digest not in gone and (k.digest, k.audience) not in there
            }
            database.executemany(
                "INSERT INTO disclosures (digest, audience, box, body) VALUES (?, ?, ?, ?)",
                [
                    (k.digest, k.audience, boxes[k.audience].hex(), self._lock_up(k, boxes))
                    for k in fresh.values()
                ],
            )
            for audience in {k.audience for k in fresh.values()}:
                added = [d for d, a in fresh if a == audience]
                self._turn(audience, added, 1)
            database.executemany(
                "INSERT OR REPLACE INTO sent VALUES (?, ?, ?, ?)",
                [(s.key, s.position, s.count, s.leaf) for s in sent],
            )

    def sent(self, keys: Iterable[bytes]) -> dict[bytes, Sent]:
        """Where drafts of these keyed hashes were placed, as far as any were."""
        found = {}
        with self._lock, reading(self._place):
            for key in keys:
                row = self._database.execute(
                    "SELECT key, position, count, leaf FROM sent WHERE key = ?", (key,)
                ).fetchone()
                if row:
                    found[key] = Sent(*row)
        return found

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
        with self._lock:
            rows = self._rows(digests, "digest, audience, body")
        found: dict[str, tuple[str, ...]] = {}
        for digest, audience, body in rows:
            if body is not None:
                found[str(digest)] = (*found.get(str(digest), ()), str(audience))
        return found

    def known(self, audience: str) -> bool:
        """Whether anything was ever kept for that audience."""
        with self._lock:
            row = self._database.execute(
                "SELECT 1 FROM sets WHERE audience = ?", (audience,)
            ).fetchone()
        return row is not None

    def shelf(self, reader: Reader, others: Others | None = None) -> Opened:
        """What the reader holds, by digest, to be laid over leaves."""
        return Opened(self, reader, others)

    def fingerprint(self, reader: Reader) -> str:
        """A name for all the reader holds; it changes with any disclosure added or taken away."""
        with self._lock:
            rows = dict(self._database.execute("SELECT audience, total FROM sets").fetchall())
        parts = [f"{audience}:{rows.get(audience, b'').hex()}" for audience in sees(reader)]
        return sha256("\n".join(parts).encode()).hexdigest()

    def take_down(self, digest: str, basis: str, date: str) -> None:
        """Every copy is gone and a dated tombstone with its legal ground stands in its place.

        Refuses: LookupError for a digest that is not kept here.
        """
        with self._lock:
            with transaction(self._database, self._place) as database:
                rows = self._rows([digest], "audience, gone")
                if not rows:
                    raise LookupError(digest)
                left = [str(audience) for audience, gone in rows if gone is None]
                if not left:
                    return
                database.execute(
                    "UPDATE disclosures SET body = NULL, gone = ?, basis = ?"
                    " WHERE digest = ? AND gone IS NULL",
                    (date, basis, digest),
                )
                for audience in left:
                    self._turn(audience, [digest], -1)
            # The bytes must not live on in the write-ahead log.
            self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def tombstones(self) -> dict[str, Tombstone]:
        """Every disclosure that was taken down or erased, by digest."""
        with self._lock:
            rows = self._database.execute(
                "SELECT digest, MIN(gone), basis FROM disclosures WHERE gone IS NOT NULL"
                " GROUP BY digest"
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
            with reading(self._place):
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

    def _box(self, audience: str) -> bytes:
        return b"" if audience in {PUBLIC, OWNER} else self.boxes(audience)

    def _lock_up(self, kept: Kept, boxes: Mapping[str, bytes]) -> bytes:
        plain = kept.text.encode("ascii")
        if kept.audience == PUBLIC:
            return plain
        return bindings.crypto_box_seal(plain, boxes[kept.audience] or self._public)

    def _open(self, digests: Sequence[str], among: tuple[str, ...] | None) -> dict[str, str]:
        with self._lock:
            rows = self._rows(digests, "digest, audience, box, body")
        found: dict[str, str] = {}
        for digest, audience, box, body in rows:
            keys = self._unlocked.get(str(box)) if box else (self._public, self._secret)
            if body is None or (among is not None and audience not in among) or keys is None:
                continue
            if digest not in found:
                assert isinstance(body, bytes)
                found[str(digest)] = self._unlock(str(digest), str(audience), body, keys)
        return found

    def _unlock(self, digest: str, audience: str, body: bytes, keys: tuple[bytes, bytes]) -> str:
        try:
            if audience != PUBLIC:
                body = bindings.crypto_box_seal_open(body, *keys)
            text = body.decode("ascii")
        except (CryptoError, ValueError) as error:
            message = f"{self._place}, disclosure {digest}: expected one that opens, found: {error}"
            raise RecordBroken(message) from error
        if sdjwt.digest(text) != digest:
            message = f"{self._place}: expected disclosure {digest}, found {sdjwt.digest(text)}"
            raise RecordBroken(message)
        return text
