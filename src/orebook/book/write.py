"""From drafts to entries that stand: sealed by each caller, written in groups.

Order: disclosures and places into the vault, leaves into the stage, the signed head swapped. Each
is durable before the next begins; from the swap on the entries stand.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Protocol

from orebook.book.errors import KeysMoved
from orebook.book.group import GROUP_ENTRIES_MAX, Group
from orebook.book.ports import Sent
from orebook.log import b64
from orebook.log.tree import leaf_hash
from orebook.model.custody import Kept
from orebook.model.entry import Draft
from orebook.model.facts import Head

KEPT_AT_ONCE = 5000
Beat = Callable[[], int]  # gives the epoch of the turn, and shows who waits that we are alive


@dataclass(frozen=True, slots=True)
class Receipt:
    """What an append did: the positions it took (`first` to `last`), and the head that holds them.

    `placed` gives each draft's positions, `again` the drafts that stood already and were not
    written a second time. When nothing was written `last` is `first - 1`. The entry after the last
    draft of a group is the sequencer's clock; it is counted with the group's last caller.
    `published` is False when the tiles are still to follow.
    """

    first: int
    last: int
    leaves: tuple[str, ...]
    head: Head
    placed: tuple[tuple[int, ...], ...] = ()
    again: tuple[int, ...] = ()
    published: bool = True


class Sealed(Protocol):
    """A draft as leaves, and the disclosures that never go into them."""

    @property
    def leaves(self) -> Sequence[bytes]: ...  # noqa: D102
    @property
    def kept(self) -> Sequence[Kept]: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class AsIs:
    """Leaves that came signed."""

    leaves: tuple[bytes, ...]
    kept: tuple[Kept, ...] = ()


class Sealer(Protocol):
    """Makes of a draft what can be written."""

    def canonical(self, draft: Draft) -> bytes:
        """The bytes by which a draft that is sent again is known. Refuses: BadDraft."""

    def seal(self, draft: Draft, issued: str, capture: str, more: dict[str, object]) -> Sealed:
        """The draft's signed leaves and disclosures. Refuses: BadDraft."""


class Line(Protocol):
    """Who writes when: see `together`."""

    def run(self, group: Sequence[Work], write: Callable[[Sequence[Work], Beat], None]) -> None:
        """Returns when the group stands. `write(works, beat)` does it where the turn is ours."""


class Keeping(Protocol):
    """What keeps disclosures and places; the vault does."""

    def put(self, kept: Sequence[Kept], sent: Sequence[Sent] = ()) -> None:
        """Keeps them all or nothing; durable on return."""

    def sent(self, keys: Iterable[bytes]) -> dict[bytes, Sent]:
        """Where drafts of these keyed hashes were placed."""


class Log(Protocol):
    """What appends; the sequencer does."""

    def head(self, beat: Callable[[], object] = ...) -> Head:
        """The present head. Refuses any doubt about it."""

    def append(self, leaves: Iterable[bytes], beat: Beat) -> Head:
        """The head that now holds the leaves."""


@dataclass(slots=True)
class Work:
    """What one caller brings: keyed hashes in the order sent, and for each new one its leaves."""

    keys: list[bytes]
    sealed: dict[bytes, Sealed]
    issued: str
    before: dict[bytes, tuple[int, ...]] = field(default_factory=dict)
    first: int = 0
    hashes: list[str] = field(default_factory=list)
    places: dict[bytes, tuple[int, ...]] = field(default_factory=dict)
    clock: bytes = b""
    head: Head | None = None
    aside: bool = False  # too large to be handed to another process or held in memory
    stored: set[bytes] = field(default_factory=set)  # keys whose disclosures the vault has
    since: int | None = None  # the head whose keys it was checked against, where that matters
    stale: bool = False  # the keys have changed since, and it was not written

    @property
    def weight(self) -> int:
        """How many entries it is."""
        return sum(len(sealed.leaves) for sealed in self.sealed.values())


class Writer:
    """Writes drafts and signed leaves into the log. Many threads may call it.

    Takes: the operator, who writes the clock; the secret under which what was sent is known again;
    `now`, the time as entries write it; `leaves_at(start, stop)`, the leaves that stand there,
    none where that is not below the head.
    """

    def __init__(
        self,
        operator: str,
        secret: bytes,
        sealer: Sealer,
        vault: Keeping,
        log: Log,
        line: Line,
        now: Callable[[], str],
        leaves_at: Callable[[int, int], Sequence[bytes]],
    ) -> None:
        self._operator = operator
        self._secret = secret
        self._sealer = sealer
        self._vault = vault
        self._log = log
        self._line = line
        self._now = now
        self._leaves_at = leaves_at
        self._silent = (0, 0)  # a run of entries that say nothing of keys
        self._group: Group[Work] = Group(self._commit)

    def key_of(self, draft: Draft) -> bytes:
        """The keyed hash of a draft's full envelope."""
        return self._keyed(self._sealer.canonical(draft))

    def places(
        self, keys: Iterable[bytes], beat: Callable[[], object] = lambda: None
    ) -> dict[bytes, tuple[int, ...]]:
        """Where each of these stands in the record already; an empty tuple for what is new.

        Takes: `beat`, called between the steps where there are very many.
        """
        places: dict[bytes, tuple[int, ...]] = dict.fromkeys(keys, ())
        rest = iter(list(places))
        while wanted := list(islice(rest, KEPT_AT_ONCE)):
            beat()
            for key, sent in self._vault.sent(wanted).items():
                there = self._leaves_at(sent.position, sent.position + 1)
                if [leaf_hash(leaf).hex() for leaf in there] == [sent.leaf]:
                    places[key] = tuple(range(sent.position, sent.position + sent.count))
        return places

    def drafts(
        self,
        drafts: Sequence[Draft],
        capture: str,
        more: dict[str, object],
        since: int | None = None,
    ) -> Receipt:
        """The drafts as entries under one new head, each once. Refuses: BadDraft; keeper's errors.

        Takes: `more`, further payload members of each (the keys of the first entry); `since`, the
        size of the head whose keys they were checked against, where they rest on that.
        Refuses: KeysMoved too, where other keys stand by then.
        """
        keys = [self.key_of(draft) for draft in drafts]
        there = self.places(keys)
        issued = self._now() if not all(there.values()) else ""
        sealed = {
            key: self._sealer.seal(draft, issued, capture, more)
            for key, draft in dict(zip(keys, drafts, strict=True)).items()
            if not there[key]
        }
        return self._write(Work(keys, sealed, issued, since=since))[0]

    def sealed(
        self, sealed: Mapping[bytes, Sealed], issued: str, *, aside: bool = False
    ) -> Receipt:
        """What is sealed already, by keyed hash, under one new head; each once.

        Takes: whether it is too large to be handed to another process.
        """
        return self._write(Work(list(sealed), dict(sealed), issued, aside=aside))[0]

    def sealed_many(self, sent: Iterable[tuple[Mapping[bytes, Sealed], str]]) -> list[Receipt]:
        """As `sealed`, several with the time of each; those that share a head share its syncs."""
        return self._write(*(Work(list(sealed), dict(sealed), issued) for sealed, issued in sent))

    def seal(self, draft: Draft, issued: str, capture: str) -> Sealed:
        """One draft as it would be written. Refuses: BadDraft."""
        return self._sealer.seal(draft, issued, capture, {})

    def now(self) -> str:
        """The time as entries write it."""
        return self._now()

    def signed(self, leaves: Sequence[bytes], since: int | None = None) -> Receipt:
        """Leaves that others have signed, verified already, as they are; each once.

        Takes, Refuses: `since` and KeysMoved as `drafts`.
        """
        keys = [self._keyed(leaf) for leaf in leaves]
        # Which of them stand already is asked once, when the turn is ours: nothing is to be sealed.
        sealed: dict[bytes, Sealed] = {
            key: AsIs((leaf,)) for key, leaf in zip(keys, leaves, strict=True)
        }
        return self._write(Work(keys, sealed, self._now() if sealed else "", since=since))[0]

    def _keyed(self, data: bytes) -> bytes:
        return hmac.digest(self._secret, data, "sha256")

    def _write(self, *works: Work) -> list[Receipt]:
        for work in works:
            if work.aside:
                self._keep_aside(work)
        self._group.run_all((work, work.weight) for work in works)
        return [_receipt(work) for work in works]

    def _commit(self, group: Sequence[Work]) -> None:
        self._line.run(group, self._once)

    def _keep_aside(self, work: Work) -> None:
        """What a large work discloses goes into the vault before others have to wait for it."""
        there = self.places(work.sealed)
        new = [key for key in work.sealed if not there[key]]
        kept = chain.from_iterable(work.sealed[key].kept for key in new)
        while part := list(islice(kept, KEPT_AT_ONCE)):
            self._vault.put(part)
        work.stored.update(new)

    def _once(self, group: Sequence[Work], beat: Beat) -> None:
        head = self._log.head(beat)
        group = self._fresh(group, head.size)
        places = self.places((key for work in group for key in work.keys), beat)
        parts: list[Sealed] = []
        keeping: list[Sealed] = []
        sent: list[Sent] = []
        size = head.size
        writing = [work for work in group if any(not places[key] for key in work.sealed)]
        for work in group:
            work.first, work.hashes, work.before = size, [], {}
            work.clock = b""
            for key in work.keys:
                work.before.setdefault(key, places[key])
                if places[key]:
                    continue
                beat()
                sealed = work.sealed[key]
                hashes = [leaf_hash(leaf).hex() for leaf in sealed.leaves]
                places[key] = tuple(range(size, size + len(hashes)))
                sent.append(Sent(key, size, len(hashes), hashes[0]))
                size += len(hashes)
                work.hashes += hashes
                parts.append(sealed)
                if key not in work.stored:
                    keeping.append(sealed)
            work.places = {key: places[key] for key in work.keys}
        if parts:
            self._keep(chain.from_iterable(sealed.kept for sealed in keeping), sent, beat)
            leaves = chain.from_iterable(sealed.leaves for sealed in parts)
            head = self._log.append(chain(leaves, self._closing(writing)), beat)
        for work in group:
            work.head = head

    def _fresh(self, group: Sequence[Work], size: int) -> Sequence[Work]:
        """The works whose keys are still those they were checked against; others become stale."""
        if all(work.since is None for work in group):
            return group
        fresh: list[Work] = []
        spoken = False
        for work in group:
            work.stale = work.since is not None and (spoken or not self._quiet(work.since, size))
            if not work.stale:
                fresh.append(work)
                leaves = chain.from_iterable(sealed.leaves for sealed in work.sealed.values())
                spoken = spoken or (len(group) > 1 and any(map(_speaks_of_keys, leaves)))
        return fresh

    def _quiet(self, since: int, size: int) -> bool:
        """Whether no entry from there up to the head says anything of keys; each is read once."""
        begin, end = self._silent
        if not begin <= since <= end:
            begin = end = since
        while end < size:
            stop = min(end + GROUP_ENTRIES_MAX, size)
            if any(map(_speaks_of_keys, self._leaves_at(end, stop))):
                return False
            end = stop
        self._silent = (begin, end)
        return True

    def _keep(self, kept: Iterable[Kept], sent: Sequence[Sent], beat: Beat) -> None:
        """Disclosures into the vault, very many part by part, and the places; these come last."""
        rest = iter(kept)
        part = list(islice(rest, KEPT_AT_ONCE))
        while following := list(islice(rest, KEPT_AT_ONCE)):
            self._vault.put(part)
            beat()
            part = following
        self._vault.put(part, sent[:KEPT_AT_ONCE])
        for start in range(KEPT_AT_ONCE, len(sent), KEPT_AT_ONCE):
            beat()
            self._vault.put((), sent[start : start + KEPT_AT_ONCE])

    def _closing(self, writing: Sequence[Work]) -> Iterator[bytes]:
        """The clock, made when all before it is on its way: no answer given until then changes.

        What was sealed elsewhere may bear a later time than our clock knows.
        """
        clock = self._clock(max(self._now(), *(work.issued for work in writing)))
        writing[-1].hashes.append(leaf_hash(clock).hex())
        writing[-1].clock = clock
        yield clock

    def _clock(self, issued: str) -> bytes:
        draft = Draft("clock", ({"id": issued, "at": issued},), self._operator)
        return self._sealer.seal(draft, issued, "", {}).leaves[0]


def _receipt(work: Work) -> Receipt:
    """What became of it. Refuses: KeysMoved."""
    if work.stale:
        message = (
            "the keys of this book: expected those that these were checked against, found that"
            " one was registered or ended meanwhile. Send them again"
        )
        raise KeysMoved(message)
    assert work.head is not None
    return Receipt(
        work.first,
        work.first + len(work.hashes) - 1,
        tuple(work.hashes),
        work.head,
        tuple(work.places[key] for key in work.keys),
        tuple(n for n, key in enumerate(work.keys) if work.before[key]),
        published=False,
    )


def _speaks_of_keys(data: bytes) -> bool:
    """Whether a leaf may state or end a key; True of some that do neither, never False of one."""
    payload = b64.decode_bytes(data.split(b".")[1])
    return b'"kind":"key"' in payload or b'"kind":"revocation"' in payload
