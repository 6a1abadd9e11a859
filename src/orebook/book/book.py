"""One book: a folder (or memory) with one writer, its proofs, its files and its views."""

from __future__ import annotations

import datetime as dt
import hmac
import os
import re
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from threading import RLock
from types import TracebackType
from typing import Self

from orebook.book.append import Sequencer
from orebook.book.errors import BadDraft, BookExists, MissingFile, NoBook, RecordBroken, StoreFailed
from orebook.book.folder import SETTINGS, Keys, Settings, writer_lock
from orebook.book.leaves import digests, parse
from orebook.book.ports import CHECKPOINT, Entries, HeadCell, Shelf
from orebook.book.seal import Envelope, Salt, canonical, faults, seal_draft
from orebook.book.store_folder import Files, FolderShelf
from orebook.book.store_memory import MemoryEntries, MemoryHead, MemoryShelf
from orebook.book.store_sqlite import SqliteEntries, SqliteHead
from orebook.book.stored import StoredLeaf
from orebook.book.vault import Kept, Opened, Reader, Sent, Vault
from orebook.book.views import Views
from orebook.log import keys as log_keys
from orebook.log.checkpoint import open_checkpoint
from orebook.log.errors import LogError
from orebook.log.note import Signer, Verifier
from orebook.log.proof import Proof
from orebook.log.reader import TileReader
from orebook.log.sdjwt import SALT_SIZE
from orebook.log.tile import HASHES_PER_TILE
from orebook.log.tree import leaf_hash, root_from
from orebook.model.entry import Draft
from orebook.model.facts import Head
from orebook.model.problem import NotFound, Problem

Now = Callable[[], dt.datetime]
_PARSED_MAX = 4096
_BUNDLES_MAX = 64
_ORIGIN = re.compile(r"[!-*,-~]{1,200}")  # visible ASCII without plus (C2SP signed-note)


def system_now() -> dt.datetime:
    """The machine's clock, in UTC."""
    return dt.datetime.now(dt.UTC)


def system_salt() -> bytes:
    """Fresh bytes from the system's randomness."""
    return os.urandom(SALT_SIZE)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What an append did: the positions it took (`first` to `last`), and the head that holds them.

    `placed` gives each draft's positions, `again` the drafts that stood already and were not
    written a second time. When nothing was written `last` is `first - 1`. The last entry is the
    sequencer's clock. `published` is False when the tiles are still to follow.
    """

    first: int
    last: int
    leaves: tuple[str, ...]
    head: Head
    placed: tuple[tuple[int, ...], ...] = ()
    again: tuple[int, ...] = ()
    published: bool = True


@dataclass(frozen=True, slots=True)
class Stores:
    """Where the parts of a book lie. Without a root all of it is in memory."""

    entries: Entries
    head: HeadCell
    shelf: Shelf
    root: Path | None = None

    @classmethod
    def memory(cls) -> Stores:
        """Fresh stores in memory."""
        return cls(MemoryEntries(), MemoryHead(), MemoryShelf())

    @classmethod
    def folder(cls, root: Path) -> Stores:
        """The stores of a book's folder."""
        entries = SqliteEntries(root / "stage.sqlite3")
        return cls(entries, SqliteHead(root / "head.sqlite3"), FolderShelf(root / "public"), root)

    def file(self, name: str) -> Path | None:
        """A path in the book's folder, or None in memory."""
        return self.root / name if self.root else None


class Book:
    """The record of one origin. Everything that is written goes through `append`."""

    def __init__(
        self,
        settings: Settings,
        keys: Keys,
        stores: Stores,
        now: Now = system_now,
        salt: Salt = system_salt,
    ) -> None:
        self.settings = settings
        self.verifier: Verifier = settings.verifier()
        signer = Signer(settings.origin, keys.log)
        if signer.verifier != self.verifier:
            message = f"keys/log.key: expected the key of {settings.log_key}, found another"
            raise MissingFile(message)
        self.stores = stores
        self.vault = Vault(stores.file("vault.sqlite3"), keys.vault)
        self.files = Files(stores.file("files"))
        self.views = Views(stores.file("views.sqlite3"), self.stored)
        self._keys = keys
        self._now = now
        self._salt = salt
        self._sequencer = Sequencer(
            stores.entries, stores.head, stores.shelf, self.verifier, signer
        )
        self._lock = RLock()
        self._reading = RLock()
        self._signed: bytes | None = None
        self._head = Head(settings.origin, 0, sha256(b"").hexdigest())
        self._reader: TileReader | None = None
        self._parsed: OrderedDict[int, StoredLeaf] = OrderedDict()
        self._bundles: OrderedDict[tuple[int, int], list[bytes]] = OrderedDict()

    @classmethod
    def create(
        cls,
        folder: Path | None,
        *,
        origin: str,
        title: str,
        operator: str,
        keys: Keys | None = None,
        now: Now = system_now,
        salt: Salt = system_salt,
        stores: Stores | None = None,
        more: dict[str, object] | None = None,
    ) -> Book:
        """A new book with its first entry, of kind `book`; in memory when `folder` is None.

        Takes: origin, a scheme-less URL; the operator's identifier, who signs for others; `more`,
        further attributes of the first fact (jurisdiction, contact).
        Refuses: BookExists where a book is; BadDraft for an origin that cannot name a log.
        """
        if not _ORIGIN.fullmatch(origin) or "://" in origin:
            expected = "a scheme-less URL without spaces or plus"
            step = "Choose a name such as example.org/my-book."
            problem = Problem("bad-origin", "origin", expected, f'"{origin}"', step)
            raise BadDraft(problem.text(), [problem])
        if folder is not None and (folder / SETTINGS).exists():
            message = f"{folder}: expected no book there, found one"
            raise BookExists(message)
        if keys is None:  # those of an attempt that a crash cut short sign what it left behind
            left = folder is not None and Keys.there(folder / "keys")
            keys = Keys.load(folder / "keys") if folder and left else Keys.generate()
        log_key = Signer(origin, keys.log).verifier.vkey
        settings = Settings(origin, title, _text(now()), operator, log_key)
        fact = {"id": origin, "title": title, "operator": operator, "log_key": log_key}
        draft = Draft("book", ({**fact, **(more or {})},), operator)
        if problems := faults([draft]):
            raise BadDraft(problems[0].text(), problems)
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            keys.save(folder / "keys")
            stores = stores or Stores.folder(folder)
        book = cls(settings, keys, stores or Stores.memory(), now, salt)
        try:
            book.refresh()
            if book.head.size == 0:  # else an earlier attempt got this far and no further
                book._write([draft], "", [log_keys.to_jwk(keys.author.public)])
            if folder is not None:
                settings.save(folder)  # last: a folder without it is not yet a book
        except BaseException:
            book.close()
            raise
        return book

    @classmethod
    def open(
        cls,
        folder: Path,
        *,
        now: Now = system_now,
        salt: Salt = system_salt,
        repair: bool = True,
    ) -> Book:
        """The book of a folder, settled: what a crash left unpublished is published now.

        Takes: `repair` False for an audit, which looks before anything is touched; the head is
        then the published one, and empty where that cannot be read.
        Refuses: NoBook; MissingFile; Rollback and RecordBroken where the parts do not agree.
        """
        settings = Settings.load(folder)
        keys = Keys.load(folder / "keys")
        book = cls(settings, keys, Stores.folder(folder), now, salt)
        if not repair:
            with suppress(LookupError, LogError):
                book._show(book.stores.shelf.get(CHECKPOINT))
            return book
        try:
            book.refresh()
            if book.head.size == 0:
                message = f"{folder}: expected a book with its first entry, found an empty log"
                raise NoBook(message)
        except BaseException:
            book.close()
            raise
        return book

    @property
    def origin(self) -> str:
        """The name of the log."""
        return self.settings.origin

    @property
    def operator(self) -> str:
        """Who keeps the book and signs for others."""
        return self.settings.operator

    @property
    def log_key(self) -> str:
        """The verifier key of the log, to be kept elsewhere than in this folder."""
        return self.settings.log_key

    @property
    def head(self) -> Head:
        """The published head, as of the last refresh or append."""
        return self._head

    @property
    def signed_head(self) -> bytes:
        """The checkpoint note of the head."""
        return self._signed or b""

    def refresh(self) -> Head:
        """The head as it is now, another process's appends included; views are caught up."""
        with self._lock:
            signed = self.stores.head.get()
            if signed != self._signed or signed is None:
                with self._writing():
                    settled = self._sequencer.settle()
                self._show(settled.signed)
            self.views.catch_up(self._head.size)
            return self._head

    def rebuild(self) -> None:
        """Every view dropped and folded anew from the leaves."""
        self.refresh()
        self.views.rebuild(self._head.size)

    def append(self, drafts: Sequence[Draft], capture: str = "") -> Receipt:
        """The drafts as entries under one new head; durable when it returns, or nothing is written.

        A draft that stands in the record already is not written again. One clock entry closes the
        batch.
        Refuses: BadDraft with every fault; OutcomeUnknown and other keeper's errors of the store.
        """
        if problems := faults(drafts):
            raise BadDraft(problems[0].text(), problems)
        if any(draft.kind == "clock" for draft in drafts):
            message = "a draft of kind clock: expected the sequencer alone to write it"
            raise BadDraft(message)
        return self._write(drafts, capture, [])

    def idempotent(self, drafts: Sequence[Draft]) -> list[tuple[int, ...]]:
        """Where each draft stands already; an empty tuple for one that is new."""
        return self._standing([self.sent_key(draft) for draft in drafts])

    def sent_key(self, draft: Draft) -> bytes:
        """The keyed hash of a draft's full envelope; it says nothing without the book's key."""
        return hmac.new(self._keys.idempotency, canonical(draft), sha256).digest()

    def leaf(self, position: int) -> bytes:
        """The bytes of one leaf, checked against the head. Refuses: NotFound; RecordBroken."""
        self._within(position)
        with self._reading:
            return self._bundle(position // HASHES_PER_TILE)[position % HASHES_PER_TILE]

    def stored(self, start: int, stop: int) -> Iterator[StoredLeaf]:
        """The leaves of a range, parsed, every hidden value still a digest."""
        for position in range(start, min(stop, self._head.size)):
            with self._reading:
                found = self._parsed.get(position)
                if found is None:
                    found = self._parsed[position] = parse(position, self.leaf(position))
                    if len(self._parsed) > _PARSED_MAX:
                        self._parsed.popitem(last=False)
            yield found

    def proof(self, position: int) -> bytes:
        """The `.tlog-proof` of one entry under the present head. Refuses: NotFound."""
        self._within(position)
        with self._reading, _published():
            path = self._tiles().inclusion_path(position)
            return Proof(position, tuple(path), self.signed_head).encode()

    def head_at(self, size: int) -> Head:
        """An earlier head, its root worked out from the tiles. Refuses: NotFound beyond it."""
        if size == self._head.size:
            return self._head
        if not 0 <= size < self._head.size:
            message = f"head {size}: expected a size from 0 to {self._head.size}"
            raise NotFound(message)
        with self._reading, _published():
            return Head(self.origin, size, root_from(size, self._tiles().read).hex())

    def disclosures(self, position: int, reader: Reader) -> tuple[str, ...]:
        """The disclosures of one entry that the reader holds, to be sent along with its leaf."""
        self._within(position)
        (stored,) = self.stored(position, position + 1)
        opened = Opened(self.vault, reader)
        pending = digests(stored.payload)
        texts: list[str] = []
        while pending:
            digest = pending.pop()
            if (text := opened.get(digest)) is not None:
                texts.append(text)
                pending += digests(_value_of(text))
        return tuple(texts)

    def file_put(self, data: bytes) -> str:
        """Keeps a captured file and gives its SHA-256."""
        return self.files.put(data)

    def close(self) -> None:
        """Lets go of every store."""
        self.views.close()
        self.vault.close()
        self.stores.entries.close()
        self.stores.head.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with self._lock, writer_lock(self.stores.file("write.lock")):
            yield

    def _write(self, drafts: Sequence[Draft], capture: str, author_keys: list[object]) -> Receipt:
        with self._writing():
            self._show(self._sequencer.settle().signed)
            self.views.catch_up(self._head.size)
            first = self._head.size
            keys = [self.sent_key(draft) for draft in drafts]
            placed = dict(zip(keys, self._standing(keys), strict=True))
            again = tuple(n for n, key in enumerate(keys) if placed[key])
            new = {key: draft for key, draft in zip(keys, drafts, strict=True) if not placed[key]}
            if not new:
                places = tuple(placed[key] for key in keys)
                return Receipt(first, first - 1, (), self._head, places, again)
            issued = _text(self._now())
            leaves: list[bytes] = []
            kept: list[Kept] = []
            sent: list[Sent] = []
            for key, draft in new.items():
                envelope = Envelope(self.origin, issued, capture)
                more = {"keys": author_keys} if author_keys else {}
                sealed = seal_draft(draft, envelope, self._keys.author, self._salt, **more)
                start = first + len(leaves)
                placed[key] = tuple(range(start, start + len(sealed.leaves)))
                sent.append(Sent(key, start, len(sealed.leaves), leaf_hash(sealed.leaves[0]).hex()))
                leaves += sealed.leaves
                kept += sealed.kept
            clock = Draft("clock", ({"id": issued, "at": issued},), self.operator)
            envelope = Envelope(self.origin, issued)
            leaves += seal_draft(clock, envelope, self._keys.author, self._salt).leaves
            self.vault.put(kept, sent)
            signed, published = self._sequencer.append(leaves)
            if published:
                self._show(signed)
                # It stands, whatever becomes of the views: they are folded again at the next look.
                with suppress(StoreFailed):
                    self.views.catch_up(self._head.size)
            checkpoint = open_checkpoint(signed, self.verifier)
            return Receipt(
                first,
                first + len(leaves) - 1,
                tuple(leaf_hash(leaf).hex() for leaf in leaves),
                Head(self.origin, checkpoint.size, checkpoint.root.hex()),
                tuple(placed[key] for key in keys),
                again,
                published,
            )

    def _standing(self, keys: Sequence[bytes]) -> list[tuple[int, ...]]:
        found = self.vault.sent(keys)
        places = []
        for key in keys:
            sent = found.get(key)
            rows = (
                self.views.rows("SELECT leaf FROM entries WHERE position = ?", (sent.position,))
                if sent
                else []
            )
            stands = sent is not None and rows == [(sent.leaf,)]
            places.append(
                tuple(range(sent.position, sent.position + sent.count)) if sent and stands else ()
            )
        return places

    def _show(self, signed: bytes | None) -> None:
        if signed == self._signed or signed is None:
            return
        checkpoint = open_checkpoint(signed, self.verifier)
        with self._reading:
            self._signed = signed
            self._head = Head(self.origin, checkpoint.size, checkpoint.root.hex())
            self._reader = TileReader(self.stores.shelf.get, checkpoint.size, checkpoint.root)

    def _tiles(self) -> TileReader:
        if self._reader is None:
            message = "the log is empty: expected at least its first entry"
            raise NotFound(message)
        return self._reader

    def _bundle(self, index: int) -> list[bytes]:
        width = min(self._head.size - index * HASHES_PER_TILE, HASHES_PER_TILE)
        found = self._bundles.get((index, width))
        if found is None:
            with _published():
                found = self._tiles().bundle(index)
            self._bundles[index, width] = found
            if len(self._bundles) > _BUNDLES_MAX:
                self._bundles.popitem(last=False)
        return found

    def _within(self, position: int) -> None:
        if not 0 <= position < self._head.size:
            message = f"entry {position}: expected a position from 0 below {self._head.size}"
            raise NotFound(message)


@contextmanager
def _published() -> Iterator[None]:
    """What the tiles refuse, told as the record's fault."""
    try:
        yield
    except LogError as error:
        message = f"published tiles: {error}"
        raise RecordBroken(message) from error
    except LookupError as error:
        message = f"published tiles: expected {error}, found nothing"
        raise RecordBroken(message) from error


def _text(moment: dt.datetime) -> str:
    """A time as entries write it: UTC, to the second."""
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _value_of(text: str) -> object:
    from orebook.log import b64, canon

    parts = canon.read_foreign(b64.decode(text, "disclosure"), "disclosure")
    assert isinstance(parts, list)
    return parts[-1]
