"""Who writes when: processes take turns, or leave their work for the one whose turn it is.

Without a queue each process waits for the turn. With one, a process that finds the turn taken puts
its disclosures into the vault, its leaves into the queue, and waits for the answer; who has the
turn writes what is queued along with its own. A holder that dies leaves the queue as it is, and the
next one writes it: a work that stands already is known by its keyed hashes, so nothing is doubled.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from orebook.book.errors import Fenced, HeadMoved
from orebook.book.group import GROUP_ENTRIES_MAX
from orebook.book.lease import Lease, Watch
from orebook.book.ports import Queue
from orebook.book.write import AsIs, Beat, Keeping, Line, Sealed, Work
from orebook.log.tree import leaf_hash
from orebook.model.facts import Head

_TRIES = 3
_MAC_SIZE = 32
_WAIT_SECONDS = 0.02

Write = Callable[[Sequence[Work], Beat], None]


def line(lease: Lease, queue: Queue | None, vault: Keeping, secret: bytes) -> Line:
    """The line of a book's writers: with a queue where there is one."""
    return Turns(lease) if queue is None else Together(lease, queue, vault, secret)


class Turns:
    """Each waits for the turn and writes its own."""

    def __init__(self, lease: Lease) -> None:
        self._lease = lease

    def run(self, group: Sequence[Work], write: Write) -> None:
        """See `write.Line`."""
        tries = 0
        while True:
            tries += 1
            with self._lease.hold():
                if attempted(self._lease, group, write, last=tries == _TRIES):
                    return


def attempted(lease: Lease, works: Sequence[Work], write: Write, *, last: bool) -> bool:
    """Whether it is written; a turn that has passed is simply taken anew, save the `last` time."""
    try:
        write(works, lease.beat)
    except Fenced as passed:
        if last:
            raise
        # Positions come from the head, so nothing hangs on the turn that was lost.
        if not lease.fenced():
            lease.advance(passed.present)
        return False
    except HeadMoved:
        if last:
            raise
        return False
    return True


@dataclass(frozen=True, slots=True)
class Offer:
    """What a writer leaves in the queue; its disclosures are in the vault already."""

    keys: list[bytes]
    leaves: dict[bytes, list[bytes]]
    issued: str
    since: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of it: places by keyed hash, those that stood before, the head that holds it."""

    first: int
    places: dict[bytes, tuple[int, ...]]
    before: dict[bytes, tuple[int, ...]]
    clock: bytes
    head: Head
    stale: bool = False


class Together:
    """Writers of several processes share each write.

    Takes: the secret under which an offer is sealed, so that nothing is signed into the log that
    did not come from a process that has the keys of the book.
    """

    def __init__(self, lease: Lease, queue: Queue, vault: Keeping, secret: bytes) -> None:
        self._lease = lease
        self._queue = queue
        self._vault = vault
        self._secret = secret

    def run(self, group: Sequence[Work], write: Write) -> None:
        """See `write.Line`."""
        tickets: dict[int, Work] = {}
        watch, tries = Watch(), 0
        while True:
            with self._lease.attempt(watch) as epoch:
                if epoch is not None:
                    tries += 1
                    if self._lead(group, tickets, write, last=tries == _TRIES):
                        return
                    continue
            if any(work.aside for work in group):  # too large to leave to another
                self._queue.wait(_WAIT_SECONDS)
                continue
            if not tickets:
                for work in group:
                    self._vault.put([k for sealed in work.sealed.values() for k in sealed.kept])
                    work.stored.update(work.sealed)
                offers = [self._sealed(work) for work in group]
                tickets = dict(zip(self._queue.offer(offers), group, strict=True))
            self._queue.wait(_WAIT_SECONDS)
            if self._collected(tickets):
                return

    def _lead(
        self,
        group: Sequence[Work],
        tickets: dict[int, Work],
        write: Write,
        *,
        last: bool,
    ) -> bool:
        """Writes what is queued along with our own; True when our own stands."""
        if tickets and self._collected(tickets):
            return True  # written by who had the turn before
        own = list(tickets.values()) or list(group)  # less what is answered already
        theirs = self._theirs(tickets, sum(work.weight for work in own))
        works = [*own, *(work for ticket, work in theirs.items() if ticket not in tickets)]
        if not attempted(self._lease, works, write, last=last):
            return False
        asked = {ticket: work for ticket, work in theirs.items() if ticket not in tickets}
        if asked or tickets:
            self._queue.answer({t: _answered(w) for t, w in (asked | tickets).items()})
        if tickets:
            self._queue.collect(list(tickets))
        return True

    def _theirs(self, tickets: dict[int, Work], weight: int) -> dict[int, Work]:
        found: dict[int, Work] = {}
        for ticket, body in self._queue.waiting(GROUP_ENTRIES_MAX).items():
            work = tickets.get(ticket) or self._opened(body)
            if work is None:
                continue
            if ticket not in tickets and weight + work.weight > GROUP_ENTRIES_MAX and found:
                break
            found[ticket] = work
            weight += 0 if ticket in tickets else work.weight
        return found

    def _collected(self, tickets: dict[int, Work]) -> bool:
        """Whether every work of ours is answered; what is, is filled in."""
        import msgspec

        for ticket, body in self._queue.collect(list(tickets)).items():
            answer = msgspec.msgpack.decode(body, type=Answer)
            work = tickets.pop(ticket)
            work.stale = answer.stale
            work.first, work.places, work.before = answer.first, answer.places, answer.before
            work.hashes = [
                leaf_hash(leaf).hex()
                for key in dict.fromkeys(work.keys)
                if not answer.before.get(key)
                for leaf in work.sealed[key].leaves
            ]
            work.hashes += [leaf_hash(answer.clock).hex()] if answer.clock else []
            work.head = answer.head
        return not tickets

    def _sealed(self, work: Work) -> bytes:
        import msgspec

        leaves = {key: list(sealed.leaves) for key, sealed in work.sealed.items()}
        body = msgspec.msgpack.encode(Offer(work.keys, leaves, work.issued, work.since))
        return hmac.digest(self._secret, b"offer" + body, "sha256") + body

    def _opened(self, data: bytes) -> Work | None:
        """The work of an offer; None for one that no process with our keys has made."""
        import msgspec

        mac, body = data[:_MAC_SIZE], data[_MAC_SIZE:]
        if not hmac.compare_digest(mac, hmac.digest(self._secret, b"offer" + body, "sha256")):
            return None
        offer = msgspec.msgpack.decode(body, type=Offer)
        sealed: dict[bytes, Sealed] = {
            key: AsIs(tuple(leaves)) for key, leaves in offer.leaves.items()
        }
        return Work(offer.keys, sealed, offer.issued, since=offer.since)


def _answered(work: Work) -> bytes:
    import msgspec

    head = Head("", 0, "") if work.stale else work.head
    assert head is not None
    return msgspec.msgpack.encode(
        Answer(work.first, work.places, work.before, work.clock, head, work.stale)
    )
