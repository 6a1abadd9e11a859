"""Reading a log from its tiles, trusting nothing but the signed root.

Each tile is checked before one hash of it is used, partial ones included: the partial tiles
together must give the root, and every full tile must hash to its place in the tile above. No
tile is exempt, however the proof path runs; a reader that skips some can be fed forged ones
(CVE-2026-56865).
"""

from __future__ import annotations

import io
from array import array
from collections import OrderedDict
from collections.abc import Callable
from typing import BinaryIO, TypeAlias, TypeVar

from orebook.log.errors import Malformed, Tampered
from orebook.log.tile import (
    HASHES_PER_TILE,
    TILE_HEIGHT,
    Edge,
    TileSpan,
    bundle_leaf,
    bundle_path,
    bundle_starts,
    decode_bundle,
    decode_tile,
    edge_root,
    edge_tiles,
    hash_tile_path,
    subtree_levels,
    tile_width,
)
from orebook.log.tree import EMPTY_ROOT, HASH_SIZE, consistency_path, inclusion_path, leaf_hash

Fetch: TypeAlias = Callable[[str], bytes]
Stream: TypeAlias = Callable[[str], BinaryIO]
_Levels: TypeAlias = list[bytes]
_File = TypeVar("_File")

TILES_KEPT_MAX = 512  # 16 kB each, inner nodes included
STARTS_KEPT_MAX = 4096  # 2 kB each

Starts: TypeAlias = "OrderedDict[tuple[str, int], array[int]]"
Tiles: TypeAlias = "OrderedDict[tuple[int, int], list[bytes]]"


class TileReader:
    """Hashes, proofs and leaves of one signed tree, every byte checked against its root.

    Takes: ``fetch(path) -> bytes``, which raises LookupError or FileNotFoundError for an absent
    file, and the size and root of an opened checkpoint; ``stream(path)`` reads a file in parts;
    ``starts``, where leaves of large bundles begin, and ``tiles``, full ones with the nodes that
    were worked out from them, both kept from one tree of a log to its next. A tile that is kept
    counts where the node above all of it stands at its place in this tree.
    Refuses: Tampered, naming the tile, when bytes do not lead to the root; Malformed for lengths.
    Source: C2SP tlog-tiles, "Merkle Tree" and "Partial Tiles".
    """

    def __init__(
        self,
        fetch: Fetch,
        size: int,
        root: bytes,
        stream: Stream | None = None,
        starts: Starts | None = None,
        tiles: Tiles | None = None,
    ) -> None:
        self._starts = OrderedDict() if starts is None else starts
        self.size = size
        self.root = root
        self._fetch = fetch
        self._stream = stream or (lambda path: io.BytesIO(fetch(path)))
        self._tiles = OrderedDict() if tiles is None else tiles
        self._placed: dict[tuple[int, int], _Levels] = {}  # those of them that stand in this tree
        self._edge: dict[tuple[int, int], _Levels] | None = None

    def read(self, level: int, index: int) -> bytes:
        """Gives the hash of the complete subtree of height ``level`` at ``index``."""
        if level < 0 or index < 0 or (index + 1) << level > self.size:
            expected = f"a complete subtree within the tree of {self.size}"
            raise Malformed("tree node", expected, f"height {level}, index {index}")
        tile_level, height = divmod(level, TILE_HEIGHT)
        tile_index, position = divmod(index, HASHES_PER_TILE >> height)
        hashes = self._tile(tile_level, tile_index)[height]
        return hashes[position * HASH_SIZE : (position + 1) * HASH_SIZE]

    def inclusion_path(self, index: int) -> list[bytes]:
        """Gives the proof that leaf ``index`` is in this tree."""
        return inclusion_path(index, self.size, self.read)

    def consistency_path(self, old: int) -> list[bytes]:
        """Gives the proof that the tree of ``old`` is a prefix of this one."""
        return consistency_path(old, self.size, self.read)

    def bundle(self, index: int) -> list[bytes]:
        """Gives the leaves of one entry bundle, each checked against its leaf hash."""
        path, data, width = self._found(index, self._fetch)
        leaves = decode_bundle(data, HASHES_PER_TILE if ".p/" not in path else width)[:width]
        for position, leaf in enumerate(leaves):
            self._check(path, index * HASHES_PER_TILE + position, leaf)
        return leaves

    def leaf(self, index: int) -> bytes:
        """Gives one leaf, checked."""
        return self.part(index, 0)[0]

    def part(self, index: int, most: int) -> tuple[bytes, list[bytes]]:
        """Gives one leaf, checked; and all of its bundle where that has at most ``most`` bytes.

        A bundle of large leaves has megabytes: of such a one no other leaf is looked at.
        """
        number, position = divmod(index, HASHES_PER_TILE)
        path, stream, width = self._found(number, self._stream)
        with stream:
            if stream.seek(0, io.SEEK_END) > most:
                starts = self._starts.pop((path, width), None)
                starts = bundle_starts(stream, position + 1, starts)
                leaf = bundle_leaf(stream, position, starts)
                self._check(path, index, leaf)
                self._starts[path, width] = starts  # of what was right; the latest last
                if len(self._starts) > STARTS_KEPT_MAX:
                    self._starts.popitem(last=False)
                return leaf, []
        leaves = self.bundle(number)
        return leaves[position], leaves

    def _found(self, index: int, fetch: Callable[[str], _File]) -> tuple[str, _File, int]:
        """The path of a bundle, what is fetched of it, how many of its leaves are in this tree."""
        width = tile_width(0, index, self.size)
        if width == 0:
            raise Malformed("bundle index", f"a bundle of the tree of {self.size}", str(index))
        path = bundle_path(index, width)
        try:
            return path, fetch(path), width
        except (LookupError, FileNotFoundError):
            if width == HASHES_PER_TILE:
                raise
            # the spec lets a log drop a partial bundle once the full one exists
            path = bundle_path(index)
            return path, fetch(path), width

    def _check(self, path: str, number: int, leaf: bytes) -> None:
        found, expected = leaf_hash(leaf), self.read(0, number)
        if found != expected:
            raise Tampered(f"{path}, entry {number}", expected.hex(), found.hex())

    def edge(self) -> Edge:
        """Gives the checked partial tiles, from which the log can grow."""
        levels = []
        checked = self._checked_edge()
        for level in range((self.size.bit_length() + TILE_HEIGHT - 1) // TILE_HEIGHT):
            index = (self.size >> TILE_HEIGHT * level) // HASHES_PER_TILE
            data = checked[level, index][0] if (level, index) in checked else b""
            levels.append(tuple(data[at : at + HASH_SIZE] for at in range(0, len(data), HASH_SIZE)))
        return Edge(self.size, tuple(levels))

    def _tile(self, level: int, index: int) -> _Levels:
        edge = self._checked_edge()
        if (level, index) in edge:
            return edge[level, index]
        known = self._tiles.get((level, index))
        if known is not None and self._placed.get((level, index)) is known:
            self._tiles.move_to_end((level, index))
            return known
        # A full tile always has its hash in the level above; the way up ends at the edge.
        expected = self.read((level + 1) * TILE_HEIGHT, index)
        if known is None or known[-1] != expected:
            path = hash_tile_path(level, index)
            nodes = subtree_levels(decode_tile(self._fetch(path), HASHES_PER_TILE, path))
            if nodes[-1][0] != expected:
                raise Tampered(path, f"hash {expected.hex()}", nodes[-1][0].hex())
            known = [b"".join(row) for row in nodes]
        self._tiles[level, index] = self._placed[level, index] = known
        self._tiles.move_to_end((level, index))
        if len(self._tiles) > TILES_KEPT_MAX:
            self._placed.pop(self._tiles.popitem(last=False)[0], None)
        return known

    def _checked_edge(self) -> dict[tuple[int, int], _Levels]:
        if self._edge is not None:
            return self._edge
        spans = edge_tiles(self.size)
        tiles = [self._partial(span) for span in spans]
        found = edge_root(tiles) if tiles else EMPTY_ROOT
        if found != self.root:
            names = ", ".join(span.path for span in spans) or "the empty tree"
            raise Tampered(names, f"together the root {self.root.hex()}", found.hex())
        self._edge = {
            (span.level, span.number): [b"".join(row) for row in subtree_levels(hashes)]
            for span, hashes in zip(spans, tiles, strict=True)
        }
        return self._edge

    def _partial(self, span: TileSpan) -> list[bytes]:
        try:
            return decode_tile(self._fetch(span.path), span.width, span.path)
        except (LookupError, FileNotFoundError):
            path = hash_tile_path(span.level, span.number)
            return decode_tile(self._fetch(path), HASHES_PER_TILE, path)[: span.width]
