"""Reading what is published under one head, each leaf and hash checked; what is kept is bounded.

Leaves may have 64 kB and a bundle sixteen megabytes: a small bundle is kept whole, of a large one a
single leaf is read and checked by itself, and a run of leaves goes through it once.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from threading import RLock
from typing import BinaryIO

from orebook.book.errors import RecordBroken
from orebook.book.stored import StoredLeaf
from orebook.log.errors import LogError
from orebook.log.reader import Starts, TileReader, Tiles
from orebook.log.tile import HASHES_PER_TILE
from orebook.log.tree import root_from
from orebook.model.problem import NotFound

_PARSED_MAX = 4096
_PARSED_LEAF_MAX = 8192  # bytes; a large leaf is parsed again rather than kept
_SOME_MAX = 16  # facts; of more a leaf is as soon read whole
_BUNDLES_MAX = 64
_BUNDLE_KEPT_MAX = 1 << 20
_FRESH_MAX = 32 << 20


class Shelved:
    """The published leaves of the head it was shown last. Calls may come from many threads.

    Takes: `get(path)`, the bytes of a published file; `parse(position, leaf)`, its form checked;
    `stream(path)`, that file to be read in parts; `parse_some(position, leaf, wanted, hashed)`,
    which reads of a leaf the facts of these numbers alone, given its hash where that is known.
    """

    def __init__(
        self,
        get: Callable[[str], bytes],
        parse: Callable[[int, bytes], StoredLeaf],
        stream: Callable[[str], BinaryIO] | None = None,
        parse_some: Callable[[int, bytes, Collection[int], bytes], StoredLeaf] | None = None,
    ) -> None:
        self._get = get
        self._some = parse_some
        self._stream = stream
        self._form = parse
        self._lock = RLock()
        self._reader: TileReader | None = None
        self._parsed: OrderedDict[int, StoredLeaf] = OrderedDict()
        self._bundles: OrderedDict[tuple[int, int], list[bytes]] = OrderedDict()
        self._starts: Starts = OrderedDict()
        self._hashes: Tiles = OrderedDict()
        self._fresh: dict[int, bytes] = {}
        self._fresh_of = b""

    def show(self, size: int, root: bytes) -> None:
        """From now on the head of that size and root is what is read and checked against."""
        with self._lock:
            kept = (self._starts, self._hashes)
            self._reader = TileReader(self._get, size, root, self._stream, *kept)
            if root != self._fresh_of:
                self._fresh = {}

    def published(self, root: bytes, start: int, leaves: Sequence[bytes]) -> None:
        """Leaves that were published just now, under a root that was worked out from them.

        They are folded next: while they are in memory no bundle is read and hashed again for them.
        """
        with self._lock:
            small = sum(map(len, leaves)) <= _FRESH_MAX
            self._fresh = dict(enumerate(leaves, start)) if small else {}
            self._fresh_of = root

    def leaf(self, position: int) -> bytes:
        """The bytes of one leaf. Refuses: RecordBroken."""
        if (fresh := self._fresh.get(position)) is not None:
            return fresh
        index, at = divmod(position, HASHES_PER_TILE)
        with self._lock, published():
            reader = self._tiles()
            key = index, min(reader.size - index * HASHES_PER_TILE, HASHES_PER_TILE)
            if (known := self._bundles.get(key)) is not None:
                return known[at]
            leaf, bundle = reader.part(position, _BUNDLE_KEPT_MAX)
            if bundle:
                self._keep(key, bundle)
            return leaf

    def leaves(self, start: int, stop: int) -> Iterator[tuple[int, bytes]]:
        """The leaves of a run of positions, each with its own. Refuses: RecordBroken."""
        bundle: list[bytes] = []
        held = -1
        for position in range(start, stop):
            index, at = divmod(position, HASHES_PER_TILE)
            if index != held:
                bundle, held = self._bundle(index), index
            yield position, bundle[at]

    def stored(self, start: int, stop: int) -> Iterator[StoredLeaf]:
        """The leaves of a range, parsed, every hidden value still a digest."""
        if stop - start == 1:
            yield self._known(start) or self._parse(start, self.leaf(start))
            return
        at = start
        while at < stop:  # what is known needs no bundle, a run of what is not goes through it once
            found = self._known(at)
            if found is None and (leaf := self._fresh.get(at)) is not None:
                found = self._parse(at, leaf)
            if found is not None:
                yield found
                at += 1
                continue
            end = min((at // HASHES_PER_TILE + 1) * HASHES_PER_TILE, stop)
            for position, leaf in self.leaves(at, end):
                yield self._known(position) or self._parse(position, leaf)
            at = end

    def holding(self, position: int, wanted: Collection[int]) -> StoredLeaf:
        """One leaf, of whose facts those wanted must be read; of a large one no others are.

        Takes: a position that the views have folded.
        """
        if (known := self._known(position)) is not None:
            return known
        leaf = self.leaf(position)
        if self._some is None or len(leaf) <= _PARSED_LEAF_MAX or len(wanted) > _SOME_MAX:
            return self._parse(position, leaf)
        return self._some(position, leaf, wanted, self._hash(position))

    def path(self, position: int) -> list[bytes]:
        """The inclusion path of one leaf. Refuses: RecordBroken."""
        with self._lock, published():
            return self._tiles().inclusion_path(position)

    def root_at(self, size: int) -> bytes:
        """The root of an earlier size. Refuses: RecordBroken."""
        with self._lock, published():
            return root_from(size, self._tiles().read)

    def _hash(self, position: int) -> bytes:
        """The hash that a leaf was checked against; nothing where none was asked for."""
        if position in self._fresh:
            return b""
        with self._lock, published():
            return self._tiles().read(0, position)

    def _tiles(self) -> TileReader:
        if self._reader is None:
            message = "the log is empty: expected at least its first entry"
            raise NotFound(message)
        return self._reader

    def _bundle(self, index: int) -> list[bytes]:
        with self._lock, published():
            reader = self._tiles()
            key = index, min(reader.size - index * HASHES_PER_TILE, HASHES_PER_TILE)
            if (known := self._bundles.get(key)) is not None:
                return known
            bundle = reader.bundle(index)
            if sum(map(len, bundle)) <= _BUNDLE_KEPT_MAX:
                self._keep(key, bundle)
            return bundle

    def _keep(self, key: tuple[int, int], bundle: list[bytes]) -> None:
        self._bundles[key] = bundle
        if len(self._bundles) > _BUNDLES_MAX:
            self._bundles.popitem(last=False)

    def _known(self, position: int) -> StoredLeaf | None:
        with self._lock:
            return self._parsed.get(position)

    def _parse(self, position: int, leaf: bytes) -> StoredLeaf:
        found = self._form(position, leaf)
        if len(leaf) <= _PARSED_LEAF_MAX:
            with self._lock:
                self._parsed[position] = found
                if len(self._parsed) > _PARSED_MAX:
                    self._parsed.popitem(last=False)
        return found


@contextmanager
def published() -> Iterator[None]:
    """What the tiles refuse, told as the record's fault."""
    try:
        yield
    except LogError as error:
        message = f"published tiles: {error}"
        raise RecordBroken(message) from error
    except NotFound:
        raise
    except LookupError as error:
        message = f"published tiles: expected {error}, found nothing"
        raise RecordBroken(message) from error
