"""One book: a folder (or memory) with one writer, its proofs, its files and its views."""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from threading import RLock
from types import TracebackType
from typing import Self

from orebook.book.append import Sequencer
from orebook.book.closing import all_or_closed
from orebook.book.custody import Custody
from orebook.book.errors import BadDraft, BookExists, MissingFile, NoBook, RecordBroken, StoreFailed
from orebook.book.files import Files
from orebook.book.folder import SETTINGS, Keys, Settings
from orebook.book.lease import PATIENCE_SECONDS, Lease
from orebook.book.leaves import digests, parse, parse_some, value_of
from orebook.book.memory import Memory, Remembered
from orebook.book.pace import Pace
from orebook.book.pending import Pending
from orebook.book.ports import CHECKPOINT
from orebook.book.publish import Growth, Publisher, Settled
from orebook.book.seal import Apart, Parcel, Salt, Sealing, faults
from orebook.book.shelved import Shelved
from orebook.book.stored import StoredLeaf
from orebook.book.stores import Stores
from orebook.book.together import line
from orebook.book.vault import Kept, Reader, Vault
from orebook.book.views import Views
from orebook.book.where import Where
from orebook.book.write import Receipt, Writer
from orebook.log import keys as log_keys
from orebook.log.note import Signer, Verifier
from orebook.log.proof import Proof
from orebook.log.sdjwt import SALT_SIZE
from orebook.log.tile import Edge
from orebook.model.entry import Draft
from orebook.model.facts import Head
from orebook.model.problem import NotFound, Problem

__all__ = ["Book", "Now", "Receipt", "Stores", "system_now", "system_salt"]

Now = Callable[[], dt.datetime]
KeyOf = Callable[[str, str], bytes | None]
_ORIGIN = re.compile(r"[!-*,-~]{1,200}")  # visible ASCII without plus (C2SP signed-note)


def system_now() -> dt.datetime:
    """The machine's clock, in UTC."""
    return dt.datetime.now(dt.UTC)


def system_salt() -> bytes:
    """Fresh bytes from the system's randomness."""
    return os.urandom(SALT_SIZE)


class Book:
    """The record of one origin. Everything that is written goes through `append`."""

    def __init__(
        self,
        settings: Settings,
        keys: Keys,
        stores: Stores,
        now: Now = system_now,
        salt: Salt = system_salt,
        patience: float = PATIENCE_SECONDS,
        heads: Path | None = None,
    ) -> None:
        self.settings = settings
        self.verifier: Verifier = settings.verifier()
        with all_or_closed(stores) as keep:
            signer = Signer(settings.origin, keys.log)
            if signer.verifier != self.verifier:
                message = f"keys/log.key: expected the key of {settings.log_key}, found another"
                raise MissingFile(message)
            self.vault = keep(Vault(stores.disclosures, keys.vault))
            self.views = Views(stores.file("views.sqlite3"), self.stored, record=settings.log_key)
        self.stores = stores
        self.files = Files(stores.blobs, keys.vault)
        first = lambda: next(self.stored(0, 1), None)  # noqa: E731 - looked up when first needed
        self.custody = Custody(settings.origin, self.views, self.vault, first)
        self._keys = keys
        self._now = now
        self._salt = salt
        self._shelved = Shelved(stores.shelf.get, parse, stores.shelf.stream, parse_some)
        self._publisher = Publisher(
            stores.entries,
            stores.head,
            stores.shelf,
            self.verifier,
            stores.locks,
            self._shelved.published,
        )
        turns = Lease(stores.head, stores.locks, patience)
        self._sequencer = Sequencer(stores.entries, stores.head, self._publisher, signer)
        self._writer = Writer(
            settings.operator,
            keys.idempotency,
            Sealing(settings.origin, keys.author, salt),
            self.vault,
            self._sequencer,
            line(turns, stores.queue, self.vault, keys.idempotency),
            lambda: _text(self._now()),
            self._leaves_at,
        )
        self._pace = Pace(stores.ahead.after(self.refresh))
        self._memory = Memory(self.verifier, heads, settings.mirrors, stores.root)
        self._lock = RLock()
        self._reading = RLock()
        self._signed: bytes | None = None
        self._head = Head(settings.origin, 0, sha256(b"").hexdigest())

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
        heads: Path | None = None,
        where: Where | None = None,
    ) -> Self:
        """A new book with its first entry, of kind `book`; in memory when `folder` is None.

        Takes: origin, a scheme-less URL; the operator's identifier, who signs for others; `more`,
        further attributes of the first fact (jurisdiction, contact); `where` its parts lie,
        else in the folder.
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
        settings = Settings(origin, title, _text(now()), operator, log_key, where=where or Where())
        fact = {"id": origin, "title": title, "operator": operator, "log_key": log_key}
        draft = Draft("book", ({**fact, **(more or {})},), operator)
        if problems := faults([draft]):
            raise BadDraft(problems[0].text(), problems)
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            keys.save(folder / "keys")
            stores = stores or Stores.folder(folder, where)
        book = cls(settings, keys, stores or Stores.memory(), now, salt, heads=heads)
        try:
            book._compare()
            if book.head.size == 0:  # else an earlier attempt got this far and no further
                first: dict[str, object] = {"keys": [log_keys.to_jwk(keys.author.public)]}
                book._answer(book._writer.drafts([draft], "", first), wait=True)
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
        heads: Path | None = None,
        witnessed: bool = True,
    ) -> Self:
        """The book of a folder, settled: what a crash left unpublished is published now.

        Takes: `repair` False for an audit, which looks before anything is touched; the head is
        then the published one, and empty where that cannot be read; `heads`, the folder outside
        the book where heads are remembered; `witnessed` False where its witnesses are asked next.
        Refuses: NoBook; MissingFile; Rollback, Fork and RecordBroken where the parts, or what is
        remembered outside, do not agree.
        """
        settings = Settings.load(folder)
        keys = Keys.load(folder / "keys")
        book = cls(settings, keys, Stores.folder(folder, settings.where), now, salt, heads=heads)
        try:
            if not repair:
                with suppress(LookupError, RecordBroken):
                    signed = book.stores.shelf.get(CHECKPOINT)
                    checkpoint = book._publisher.opened(signed, "the published checkpoint")
                    book._show(Settled(signed, checkpoint, Growth(Edge(), ())))
                return book
            if not witnessed:
                book._memory.witnesses = None
            book._compare()
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

    @property
    def cosigned_head(self) -> bytes:
        """The checkpoint note of the head with the cosignatures it is shown with, if any."""
        return self._publisher.shown(self.signed_head)

    def show_cosigned(self, cosigned: bytes) -> bool:
        """Shows the head with cosignatures; False when another head is published by now."""
        return self._publisher.show_cosigned(self.signed_head, cosigned)

    def refresh(self) -> Head:
        """The head as it is now, another process's appends included; views are caught up."""
        with self._lock:
            signed = self.stores.head.get()
            if signed != self._signed or signed is None:
                self._show(self._publisher.settle())
            self.views.catch_up(self._head.size)
            self._remember()
            return self._head

    def memory(self) -> tuple[Remembered, ...]:
        """What outside this folder confirmed the head at start; empty when nothing remembers."""
        return self._memory.told()

    def rebuild(self) -> None:
        """Every view dropped and folded anew from the leaves."""
        self.refresh()
        self.views.rebuild(self._head.size)

    def append(
        self,
        drafts: Sequence[Draft],
        capture: str = "",
        *,
        wait: bool = True,
        checked: bool = False,
        since: int | None = None,
    ) -> Receipt:
        """The drafts as entries under one new head; durable when it returns, or nothing is written.

        A draft that stands in the record already is not written again. One clock entry closes the
        group. Many threads may append at once: they share a write.
        Takes: `wait`, for tiles and proof; without it they follow within the publishing interval;
        `checked`, for facts that `shape.check` has passed already; `since`, the size of the head
        whose keys they were checked against, where they rest on that (else KeysMoved).
        Refuses: BadDraft with every fault; OutcomeUnknown and other keeper's errors of the store.
        """
        _sound(drafts, checked=checked)
        return self._answer(self._writer.drafts(drafts, capture, {}, since), wait=wait)

    def pending(self, capture: str = "", *, wait: bool = True) -> Pending:
        """Drafts that are sealed one after another, to stand under one head; memory stays flat.

        Takes: as `append`, for facts that `shape.check` has passed already.
        """

        def answer(receipt: Receipt) -> Receipt:
            return self._answer(receipt, wait=wait)

        return Pending(self._writer, capture, lambda draft: _sound([draft], checked=True), answer)

    def apart(self) -> Apart | None:
        """What another process of ours needs to seal for this book; None where salts are given."""
        if self._salt is not system_salt:
            return None  # two processes would give the same ones
        return Apart(Sealing(self.origin, self._keys.author, self._salt), self._keys.idempotency)

    def now(self) -> str:
        """The time as entries write it."""
        return self._writer.now()

    def append_parcels(self, sent: Iterable[tuple[Sequence[Parcel], str]]) -> list[Receipt]:
        """What `apart` has sealed, each under one new head; tiles and proof follow.

        Takes: parcels with the time they were sealed with, those of each document together.
        Refuses: as `append`.
        """
        works = (({p.key: p.sealed for p in parcels}, issued) for parcels, issued in sent)
        receipts = self._writer.sealed_many(works)
        return [self._answer(receipt, wait=False) for receipt in receipts]

    def stand(self, parcels: Sequence[Parcel]) -> list[bool]:
        """Whether each of these stands in the record already."""
        places = self._writer.places(parcel.key for parcel in parcels)
        return [bool(places[parcel.key]) for parcel in parcels]

    def append_signed(
        self,
        leaves: Sequence[bytes],
        key_of: KeyOf,
        kept: Sequence[Kept] = (),
        *,
        wait: bool = True,
        since: int | None = None,
    ) -> Receipt:
        """Leaves that parties signed themselves, as they are, once every one has been verified.

        Takes: `key_of(kid, author)`, the public key registered under that name for that author,
        or None; `kept`, the disclosures that came with them; `since`, as `append`.
        Refuses: BadDraft with the place and reason of the first leaf that is not of the form of
        this book, not signed by its author's key, or that shows what must be hidden.
        """
        from orebook.book.signed import admit

        admit(leaves, self.origin, key_of)
        self.vault.put(kept)
        return self._answer(self._writer.signed(leaves, since), wait=wait)

    def idempotent(self, drafts: Sequence[Draft]) -> list[tuple[int, ...]]:
        """Where each draft stands already; an empty tuple for one that is new."""
        keys = [self.sent_key(draft) for draft in drafts]
        places = self._writer.places(keys)
        return [places[key] for key in keys]

    def sent_key(self, draft: Draft) -> bytes:
        """The keyed hash of a draft's full envelope; it says nothing without the book's key."""
        return self._writer.key_of(draft)

    def leaf(self, position: int) -> bytes:
        """The bytes of one leaf, checked against the head. Refuses: NotFound; RecordBroken."""
        self._within(position)
        return self._shelved.leaf(position)

    def stored(self, start: int, stop: int) -> Iterator[StoredLeaf]:
        """The leaves of a range, parsed, every hidden value still a digest."""
        return self._shelved.stored(start, min(stop, self._head.size))

    def holding(self, position: int, wanted: Collection[int]) -> StoredLeaf:
        """One leaf that a view told of, as `stored` has it; facts not wanted may be empty ones."""
        self._within(position)
        return self._shelved.holding(position, wanted)

    def leaves(self, start: int, stop: int) -> Iterator[tuple[int, bytes]]:
        """The bytes of the leaves of a range, each with its position. Refuses: RecordBroken."""
        return self._shelved.leaves(start, min(stop, self._head.size))

    def proof(self, position: int) -> bytes:
        """The `.tlog-proof` of one entry under the present head. Refuses: NotFound."""
        self._within(position)
        with self._reading:
            path = self._shelved.path(position)
            return Proof(position, tuple(path), self.cosigned_head).encode()

    def head_at(self, size: int) -> Head:
        """An earlier head, its root worked out from the tiles. Refuses: NotFound beyond it."""
        if size == self._head.size:
            return self._head
        if not 0 <= size < self._head.size:
            message = f"head {size}: expected a size from 0 to {self._head.size}"
            raise NotFound(message)
        return Head(self.origin, size, self._shelved.root_at(size).hex())

    def disclosures(self, position: int, reader: Reader) -> tuple[str, ...]:
        """The disclosures of one entry that the reader holds, to be sent along with its leaf."""
        self._within(position)
        (stored,) = self.stored(position, position + 1)
        opened = self.custody.shelf(reader, self._head.size)
        pending = digests(stored.payload)
        texts: list[str] = []
        while pending:
            digest = pending.pop()
            if (text := opened.get(digest)) is not None:
                texts.append(text)
                pending += digests(value_of(text))
        return tuple(texts)

    def file_put(self, data: bytes) -> str:
        """Keeps a captured file and gives its SHA-256."""
        return self.files.put(data)

    def close(self) -> None:
        """Lets go of every store; what stands is published first."""
        self._pace.stop()
        self.views.close()
        self.stores.close()
        self.vault.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _answer(self, receipt: Receipt, *, wait: bool) -> Receipt:
        if receipt.head.size <= self._head.size:
            return replace(receipt, published=True)
        if not wait:
            self._pace.soon()
            return receipt
        try:
            self._show(self._publisher.settle(receipt.head.size))
        except StoreFailed:
            self._pace.soon()
            return receipt  # it stands; it is published from the stage
        # It stands, whatever becomes of the views: they are folded again at the next look.
        with suppress(StoreFailed):
            self.views.catch_up(self._head.size)
        self._remember()
        return replace(receipt, published=True)

    def _compare(self) -> None:
        """The head held against all that is remembered outside, before anything is signed."""
        self._memory.ask()
        self._show(self._publisher.settle())
        self._memory.confirm(
            self._head.size, self._signed, lambda size: bytes.fromhex(self.head_at(size).root)
        )
        self.refresh()

    def _remember(self) -> None:
        # What cannot be remembered now is remembered with the next head; the entries stand.
        with suppress(StoreFailed):
            self._memory.keep(self._head.size, self.signed_head)

    def _leaves_at(self, start: int, stop: int) -> list[bytes]:
        """The leaves of a run, if they stand: below the head that was seen last."""
        if stop > max(self._sequencer.size, self._head.size):
            return []
        try:
            return self.stores.entries.read(start, stop)
        except LookupError:  # the stage has let go of some, so they are published, by us or others
            if stop > self._head.size:
                self._show(self._publisher.settle(stop))
            return [leaf for _, leaf in self._shelved.leaves(start, stop)]

    def _show(self, settled: Settled) -> None:
        signed, checkpoint = settled.signed, settled.checkpoint
        with self._reading:
            if signed is None or signed == self._signed or checkpoint.size < self._head.size:
                return
            self._signed = signed
            self._head = Head(self.origin, checkpoint.size, checkpoint.root.hex())
            self._shelved.show(checkpoint.size, checkpoint.root)

    def _within(self, position: int) -> None:
        if not 0 <= position < self._head.size:
            message = f"entry {position}: expected a position from 0 below {self._head.size}"
            raise NotFound(message)


def _sound(drafts: Sequence[Draft], *, checked: bool) -> None:
    """Refuses: BadDraft with every fault."""
    if problems := faults(drafts, checked=checked):
        raise BadDraft(problems[0].text(), problems)
    if any(draft.kind == "clock" for draft in drafts):
        message = "a draft of kind clock: expected the sequencer alone to write it"
        raise BadDraft(message)


def _text(moment: dt.datetime) -> str:
    """A time as entries write it: UTC, to the second."""
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
