"""Contract suites for outside stores: what every store must promise, as plain checks.

No test runner is needed. `for check in EntriesContract(make).checks(): check()` either returns or
raises AssertionError with what was expected.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from threading import Thread
from typing import Generic, TypeVar

from orebook.book.errors import Fenced, HeadMoved, RecordBroken, StoreFailed
from orebook.book.ports import (
    CHECKPOINT,
    Blobs,
    Copy,
    Disclosures,
    Entries,
    HeadCell,
    Locks,
    Queue,
    Sent,
    Shelf,
    summed,
)
from orebook.book.turn import Turn
from orebook.log import b64
from orebook.log.tile import TileFile

S = TypeVar("S")


class Contract(Generic[S]):
    """The checks of one port.

    Takes: `make`, which gives a fresh empty store each time; `reopen`, which gives the same store
    as another process would find it (None where nothing outlives the object).
    """

    def __init__(self, make: Callable[[], S], reopen: Callable[[S], S] | None = None) -> None:
        self.make = make
        self.reopen = reopen

    @classmethod
    def names(cls) -> list[str]:
        """The names of the checks."""
        return [name for name in dir(cls) if name.startswith("check_")]

    def checks(self) -> Iterator[Callable[[], None]]:
        """The checks, each on a store of its own."""
        return (getattr(self, name) for name in self.names())


def _refuses(
    kinds: type[Exception] | tuple[type[Exception], ...], call: Callable[[], object]
) -> None:
    try:
        call()
    except kinds:
        return
    expected = f"expected {kinds}, found no refusal"
    raise AssertionError(expected)


def _equal(found: object, expected: object) -> None:
    if found != expected:
        message = f"expected {expected!r}, found {found!r}"
        raise AssertionError(message)


class EntriesContract(Contract[Entries]):
    """What every stage must promise."""

    def check_what_is_staged_is_read(self) -> None:
        """Leaves come back as they were, any bytes, empty ones too."""
        store = self.make()
        leaves = [b"", b"\x00\xff", b"leaf" * 10_000]
        store.stage(0, leaves)
        _equal(store.read(0, 3), leaves)
        _equal(store.read(1, 2), leaves[1:2])
        _equal(store.read(2, 2), [])
        store.close()

    def check_staging_again_replaces_from_there_on(self) -> None:
        """What lies above the head is not truth: a later stage drops it."""
        store = self.make()
        store.stage(0, [b"a", b"b", b"c"])
        store.stage(1, [b"x"])
        _equal(store.read(0, 2), [b"a", b"x"])
        _refuses(LookupError, lambda: store.read(0, 3))
        store.close()

    def check_holes_are_refused(self) -> None:
        """Positions are dense."""
        store = self.make()
        store.stage(0, [b"a"])
        _refuses(StoreFailed, lambda: store.stage(2, [b"c"]))
        _refuses(StoreFailed, lambda: store.stage(-1, [b"c"]))
        _equal(store.read(0, 1), [b"a"])
        store.close()

    def check_an_empty_stage_begins_anywhere(self) -> None:
        """What lies below is published already; it is absent here and never an empty leaf."""
        store = self.make()
        store.stage(5, [b"f", b"g"])
        store.stage(6, [b"h"])
        _equal(store.read(5, 7), [b"f", b"h"])
        _refuses(LookupError, lambda: store.read(4, 6))
        _refuses(StoreFailed, lambda: store.stage(4, [b"e"]))
        store.close()

    def check_a_writer_whose_turn_has_passed_stages_nothing(self) -> None:
        """A lower epoch than the highest staged under is refused and changes nothing."""
        store = self.make()
        store.stage(0, [b"a"], 3)
        _refuses(Fenced, lambda: store.stage(0, [b"x"], 2))
        _equal(store.read(0, 1), [b"a"])
        store.stage(1, [b"b"], 3)
        store.stage(1, [b"c"], 4)
        _equal(store.read(0, 2), [b"a", b"c"])
        store.close()

    def check_what_is_released_is_absent_and_the_rest_goes_on(self) -> None:
        """Published leaves may go; positions stay, and the next is staged where the last ended."""
        store = self.make()
        store.release(3)
        store.stage(0, [b"a", b"b", b"c"])
        store.release(2)
        _equal(store.read(2, 3), [b"c"])
        store.release(9)
        store.stage(3, [b"d"])
        _equal(store.read(2, 4), [b"c", b"d"])
        store.close()

    def check_a_stage_that_is_cleared_begins_anew(self) -> None:
        """Leaves and epoch are forgotten."""
        store = self.make()
        store.stage(0, [b"a", b"b"], 5)
        store.clear()
        _refuses(LookupError, lambda: store.read(0, 1))
        store.stage(7, [b"h"], 1)
        _equal(store.read(7, 8), [b"h"])
        store.close()

    def check_absence_is_named(self) -> None:
        """An absent leaf is a LookupError that names its position, never an empty leaf."""
        store = self.make()
        _refuses(LookupError, lambda: store.read(0, 1))
        store.stage(0, [b"a"])
        try:
            store.read(0, 3)
        except LookupError as error:
            if "1" not in str(error):
                message = f"expected position 1 to be named, found {error}"
                raise AssertionError(message) from error
        else:
            raise AssertionError("expected a LookupError")
        store.close()

    def check_it_outlives_its_process(self) -> None:
        """Durable when it returns."""
        if self.reopen is None:
            return
        store = self.make()
        store.stage(0, [b"a", b"b"])
        again = self.reopen(store)
        _equal(again.read(0, 2), [b"a", b"b"])
        again.close()
        store.close()

    def check_threads_may_read_while_one_stages(self) -> None:
        """Calls may come from many threads."""
        store = self.make()
        store.stage(0, [b"0"])
        wrong: list[object] = []

        def look() -> None:
            wrong.extend(leaf for _ in range(20) for leaf in store.read(0, 1) if leaf != b"0")

        threads = [Thread(target=look) for _ in range(4)]
        for thread in threads:
            thread.start()
        for number in range(1, 20):
            store.stage(number, [b"%d" % number])
        for thread in threads:
            thread.join()
        _equal(wrong, [])
        _equal(store.read(0, 20), [b"%d" % n for n in range(20)])
        store.close()


class HeadCellContract(Contract[HeadCell]):
    """What every head cell must promise."""

    def check_it_begins_with_nothing(self) -> None:
        """Before the first head there is None."""
        cell = self.make()
        _equal(cell.get(), None)
        cell.close()

    def check_a_swap_needs_what_is_there(self) -> None:
        """Compare and swap, and nothing changes when it is refused."""
        cell = self.make()
        _refuses(HeadMoved, lambda: cell.swap(b"other", b"first"))
        _equal(cell.get(), None)
        cell.swap(None, b"first")
        _refuses(HeadMoved, lambda: cell.swap(None, b"second"))
        _equal(cell.get(), b"first")
        cell.swap(b"first", b"second")
        _equal(cell.get(), b"second")
        cell.close()

    def check_one_of_many_wins(self) -> None:
        """Of writers who expect the same head exactly one gets it."""
        cell = self.make()
        won: list[int] = []
        lost: list[int] = []

        def reach(number: int) -> None:
            try:
                cell.swap(None, b"%d" % number)
                won.append(number)
            except HeadMoved:
                lost.append(number)

        threads = [Thread(target=reach, args=(n,)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        _equal((len(won), len(lost)), (1, 7))
        _equal(cell.get(), b"%d" % won[0])
        cell.close()

    def check_it_outlives_its_process(self) -> None:
        """Durable when it returns, and seen by others."""
        if self.reopen is None:
            return
        cell = self.make()
        cell.swap(None, b"first")
        again = self.reopen(cell)
        _equal(again.get(), b"first")
        again.swap(b"first", b"second")
        _refuses(HeadMoved, lambda: cell.swap(b"first", b"third"))
        _equal(cell.get(), b"second")
        again.close()
        cell.close()

    def check_the_turn_fences_the_swap(self) -> None:
        """A writer whose turn has passed swaps nothing; the turn is taken against the expected."""
        cell = self.make()
        _equal(cell.turn(), Turn())
        one, two = Turn(1, "one", "a.lock"), Turn(2, "two", "b.lock")
        cell.take(Turn(), one)
        cell.swap(None, b"first", 1)
        cell.take(one, two)
        _equal(cell.turn(), two)
        _refuses(Fenced, lambda: cell.swap(b"first", b"late", 1))
        _refuses(HeadMoved, lambda: cell.take(one, Turn(3, "one", "a.lock")))
        _refuses(HeadMoved, lambda: cell.take(two, Turn(2, "one", "a.lock")))
        _equal((cell.get(), cell.turn()), (b"first", two))
        cell.swap(b"first", b"second", 2)
        if self.reopen is not None:
            again = self.reopen(cell)
            _equal((again.get(), again.turn()), (b"second", two))
            again.close()
        cell.close()


class ShelfContract(Contract[Shelf]):
    """What every shelf of published files must promise."""

    def check_files_come_back(self) -> None:
        """Bytes as they were put, paths sorted, absence a LookupError."""
        shelf = self.make()
        _equal(list(shelf.paths()), [])
        _refuses(LookupError, lambda: shelf.get("tile/0/000"))
        shelf.put([TileFile("tile/entries/000.p/1", b"b"), TileFile("tile/0/000.p/1", b"a")])
        _equal(shelf.get("tile/0/000.p/1"), b"a")
        with shelf.stream("tile/0/000.p/1") as stream:
            _equal((stream.seek(0, 2), stream.seek(0), stream.read(2)), (1, 0, b"a"))
        _refuses(LookupError, lambda: shelf.stream("tile/0/000"))
        _equal(list(shelf.paths()), ["tile/0/000.p/1", "tile/entries/000.p/1"])

    def check_tiles_are_written_once(self) -> None:
        """The same bytes again are no fault; other bytes are refused and change nothing."""
        shelf = self.make()
        shelf.put([TileFile("tile/0/000", b"a")])
        shelf.put([TileFile("tile/0/000", b"a")])
        _refuses(RecordBroken, lambda: shelf.put([TileFile("tile/0/000", b"x")]))
        _equal(shelf.get("tile/0/000"), b"a")

    def check_the_checkpoint_is_replaced(self) -> None:
        """It alone moves."""
        shelf = self.make()
        shelf.put([TileFile(CHECKPOINT, b"one")])
        shelf.put([TileFile(CHECKPOINT, b"two")])
        _equal(shelf.get(CHECKPOINT), b"two")

    def check_discarding_is_forgiving(self) -> None:
        """What is not there is no fault."""
        shelf = self.make()
        shelf.put([TileFile("tile/0/000.p/1", b"a"), TileFile("tile/0/000", b"b")])
        shelf.discard(["tile/0/000.p/1", "tile/0/000.p/2"])
        _equal(list(shelf.paths()), ["tile/0/000"])

    def check_strange_paths_lead_nowhere(self) -> None:
        """No path reaches out of the shelf."""
        shelf = self.make()
        for path in ("../book.toml", "/etc/hostname", "tile/../../keys/log.key", "", "tile"):
            _refuses(LookupError, lambda path=path: shelf.get(path))  # type: ignore[misc]


class DisclosuresContract(Contract[Disclosures]):
    """What every store of a vault must promise."""

    def check_copies_come_back_by_audience(self) -> None:
        """One copy per audience; a copy that is there stays; any bytes."""
        store = self.make()
        one = Copy(_digest(1), "party:a", "", b"\x00\xff")
        two = Copy(_digest(1), "public", "aa", b"plain")
        store.put([one, two])
        store.put([Copy(_digest(1), "party:a", "", b"other")])
        _equal(sorted(store.copies([_digest(1), _digest(2)]), key=lambda c: c.audience), [one, two])
        _equal(store.copies([]), [])
        store.close()

    def check_sums_name_what_an_audience_holds(self) -> None:
        """In any order, whether at once or one by one."""
        first, second = self.make(), self.make()
        copies = [Copy(_digest(n), "owner", "", b"x") for n in range(3)]
        first.put(copies)
        for copy in reversed(copies):
            second.put([copy])
        expected = {"owner": summed(b"", [_digest(n) for n in range(3)], 1)}
        _equal(first.totals(["owner", "party:never"]), expected)
        _equal(second.totals(["owner"]), expected)
        first.close()
        second.close()

    def check_what_is_taken_down_stays_down(self) -> None:
        """Every copy goes, a dated tombstone stays, and nothing brings it back."""
        store = self.make()
        store.put([Copy(_digest(1), who, "", b"x") for who in ("owner", "public")])
        store.take_down(_digest(1), "a law", "2026-06-01")
        store.take_down(_digest(1), "another", "2026-07-01")
        store.put([Copy(_digest(1), "party:b", "", b"x")])
        _equal(store.copies([_digest(1)]), [])
        stone = store.tombstones()[_digest(1)]
        _equal((stone.date, stone.basis), ("2026-06-01", "a law"))
        _equal(store.totals(["owner"]), {"owner": bytes(32)})
        _refuses(LookupError, lambda: store.take_down(_digest(2), "a law", "2026-06-01"))
        store.close()

    def check_places_are_replaced(self) -> None:
        """The last place of a key counts; of others nothing is known."""
        store = self.make()
        store.put([], [Sent(b"k", 1, 2, "aa"), Sent(b"l", 3, 1, "bb")])
        store.put([], [Sent(b"k", 5, 2, "cc")])
        _equal(store.sent([b"k", b"none"]), {b"k": Sent(b"k", 5, 2, "cc")})
        _equal(store.sent([]), {})
        store.close()

    def check_what_is_dropped_leaves_nothing_but_a_tombstone_that_was_there(self) -> None:
        """Copies go and the sums with them; what was taken down stays told."""
        store, kept = self.make(), _digest(1)
        store.put([Copy(kept, "owner", "", b"x")])
        totals = store.totals(["owner"])
        store.put([Copy(_digest(n), who, "", b"x") for n in (2, 3) for who in ("owner", "public")])
        store.take_down(_digest(3), "a law", "2026-06-01")
        store.drop([_digest(2), _digest(3), _digest(4)])
        store.drop([])
        _equal([c.digest for c in store.copies([kept, _digest(2)])], [kept])
        _equal(sorted(store.tombstones()), [_digest(3)])
        _equal(store.totals(["owner"]), totals)
        store.close()

    def check_rows_are_carried_over_as_they_are(self) -> None:
        """Another store that loads what `rows` gives holds the same."""
        store, other = self.make(), self.make()
        store.put(
            [Copy(_digest(n), "owner", "", b"%d" % n) for n in range(5)], [Sent(b"k", 1, 1, "a")]
        )
        store.take_down(_digest(3), "a law", "2026-06-01")
        for table, width in (("disclosures", 2), ("sets", 1), ("sent", 1)):
            after: tuple[object, ...] = ()
            while rows := store.rows(table, after, 2):
                other.load(table, rows)
                other.load(table, rows)
                after = rows[-1][:width]
        wanted = [_digest(n) for n in range(5)]
        _equal(other.copies(wanted), store.copies(wanted))
        _equal(other.tombstones(), store.tombstones())
        _equal(other.totals(["owner"]), store.totals(["owner"]))
        _equal(other.sent([b"k"]), store.sent([b"k"]))
        store.close()
        other.close()

    def check_it_outlives_its_process(self) -> None:
        """Durable when it returns."""
        if self.reopen is None:
            return
        store = self.make()
        store.put([Copy(_digest(1), "owner", "", b"x")])
        again = self.reopen(store)
        _equal(len(again.copies([_digest(1)])), 1)
        again.close()
        store.close()


class BlobsContract(Contract[Blobs]):
    """What every place of captured files must promise."""

    def check_bytes_come_back_and_the_first_stay(self) -> None:
        """Any bytes; absence is a LookupError; names sorted."""
        blobs = self.make()
        one, two = "0" * 63 + "1", "f" * 64
        blobs.put(two, b"")
        blobs.put(one, b"\x00\xff" * 1000)
        blobs.put(one, b"other")
        _equal(blobs.get(one), b"\x00\xff" * 1000)
        _equal(blobs.get(two), b"")
        _equal(list(blobs.names()), [one, two])
        _refuses(LookupError, lambda: blobs.get("a" * 64))

    def check_several_at_once_are_as_one_after_another(self) -> None:
        """A name that is there, or comes twice, keeps its first bytes."""
        blobs = self.make()
        one, two, large = "0" * 64, "1" * 64, b"x" * 300_000
        blobs.put(one, b"first")
        blobs.put_all([(one, b"other"), (two, large), (two, b"again")])
        _equal([blobs.get(one), blobs.get(two), *blobs.names()], [b"first", large, one, two])

    def check_what_is_discarded_is_gone(self) -> None:
        """It says whether it was there."""
        blobs = self.make()
        blobs.put("a" * 64, b"x")
        _equal((blobs.discard("a" * 64), blobs.discard("a" * 64)), (True, False))
        _refuses(LookupError, lambda: blobs.get("a" * 64))


class LocksContract(Contract[Locks]):
    """What every set of locks must promise."""

    def check_a_lock_is_held_by_one(self) -> None:
        """Another gets it once it is let go; other names are free."""
        if self.reopen is None:
            return
        ours = self.make()
        theirs = self.reopen(ours)
        release = ours.attempt("write.lock")
        assert release is not None
        _equal(theirs.attempt("write.lock"), None)
        _equal(ours.attempt("write.lock"), None)
        other = theirs.attempt("publish.lock")
        assert other is not None
        release()
        again = theirs.attempt("write.lock")
        assert again is not None
        again()
        other()


class QueueContract(Contract[Queue]):
    """What every queue of writers must promise."""

    def check_works_wait_for_their_answers(self) -> None:
        """In order; what is answered waits no longer, what is collected is gone."""
        queue = self.make()
        tickets = queue.offer([b"a", b"b\x00", b"c"])
        _equal(queue.waiting(2), dict(zip(tickets[:2], (b"a", b"b\x00"), strict=True)))
        queue.answer({tickets[0]: b"one", tickets[2]: b"three"})
        _equal(queue.waiting(9), {tickets[1]: b"b\x00"})
        _equal(queue.collect(tickets), {tickets[0]: b"one", tickets[2]: b"three"})
        _equal(queue.collect(tickets), {})
        queue.wait(0.001)
        queue.close()

    def check_an_answer_wakes_who_waits(self) -> None:
        """Others see the offer, and their answer ends the wait."""
        if self.reopen is None:
            return
        queue = self.make()
        other = self.reopen(queue)
        queue.wait(0.001)  # from here on it listens
        (ticket,) = queue.offer([b"a"])
        other.answer({ticket: b"done"})
        waiting = Thread(target=lambda: queue.wait(60.0))
        waiting.start()
        waiting.join(30.0)
        _equal(waiting.is_alive(), False)
        _equal(queue.collect([ticket]), {ticket: b"done"})
        other.close()
        queue.close()


def _digest(number: int) -> str:
    return b64.encode(bytes(31) + bytes([number]))
