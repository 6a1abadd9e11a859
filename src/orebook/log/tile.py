"""Paths and bytes of hash tiles and entry bundles, and the files that one growth adds.

Source: C2SP tlog-tiles. A tile holds 256 hashes of one level; the rightmost of a level is partial
and named with its width. A tile is never changed: growth writes a wider one beside it.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Literal, NamedTuple, TypeAlias

from orebook.log.errors import Malformed
from orebook.log.tree import HASH_SIZE, Frontier, fold_right, node_hash

HASHES_PER_TILE = 256
TILE_HEIGHT = 8
TILE_LEVEL_MAX = 63
ENTRY_MAX = 65_535

Kind: TypeAlias = Literal["hash", "entries"]


class TileSpan(NamedTuple):
    """One file to be written: a hash tile or (level 0) an entry bundle, with its width."""

    kind: Kind
    level: int
    number: int  # the tile's index; a tuple's own ``index`` method bars that name
    width: int

    @property
    def path(self) -> str:
        """The file's path below the log's prefix."""
        if self.kind == "entries":
            return bundle_path(self.number, self.width)
        return hash_tile_path(self.level, self.number, self.width)


class TileFile(NamedTuple):
    """A path below the log's prefix and the bytes that belong there."""

    path: str
    data: bytes


def hash_tile_path(level: int, index: int, width: int = HASHES_PER_TILE) -> str:
    """Gives the path of a hash tile, such as ``tile/1/x001/x234/067.p/8``.

    Refuses: Malformed for a level beyond 63, a negative index, a width outside 1..256.
    """
    if not 0 <= level <= TILE_LEVEL_MAX:
        raise Malformed("tile level", f"a number from 0 to {TILE_LEVEL_MAX}", str(level))
    return f"tile/{level}/{_encode_index(index)}{_partial(width)}"


def bundle_path(index: int, width: int = HASHES_PER_TILE) -> str:
    """Gives the path of an entry bundle, such as ``tile/entries/x001/000``."""
    return f"tile/entries/{_encode_index(index)}{_partial(width)}"


def encode_bundle(leaves: Sequence[bytes]) -> bytes:
    """Gives an entry bundle: each leaf behind its length as big-endian uint16.

    Refuses: Malformed for no or more than 256 leaves, or a leaf over 65,535 bytes.
    """
    _check_width(len(leaves))
    parts = []
    for position, leaf in enumerate(leaves):
        if len(leaf) > ENTRY_MAX:
            place = f"entry bundle, entry {position}"
            raise Malformed(place, f"at most {ENTRY_MAX} bytes", str(len(leaf)))
        parts.append(len(leaf).to_bytes(2, "big"))
        parts.append(leaf)
    return b"".join(parts)


def decode_bundle(data: bytes, width: int) -> list[bytes]:
    """Gives the ``width`` leaves of a bundle.

    Refuses: Malformed when the bytes end early or go on after the last leaf.
    """
    _check_width(width)
    leaves, at = [], 0
    for position in range(width):
        begin = at + 2
        length = int.from_bytes(data[at:begin], "big")
        at = begin + length
        if at > len(data):
            place = f"entry bundle, entry {position} of {width}"
            raise Malformed(place, f"{length} bytes", f"{max(len(data) - begin, 0)}")
        leaves.append(data[begin:at])
    if at != len(data):
        raise Malformed("entry bundle", f"{at} bytes for {width} entries", str(len(data)))
    return leaves


def bundle_starts(bundle: BinaryIO, width: int, known: array[int] | None = None) -> array[int]:
    """Gives where at least the first ``width`` leaves of a bundle begin, and one after would.

    Takes: the bundle as a stream; what it gave before for fewer of them, to go on from there.
    Gives fewer where its bytes end before that.
    """
    starts = known or array("Q", [2])
    at = starts[-1] - 2
    while len(starts) <= width:
        bundle.seek(at)
        prefix = bundle.read(2)
        if len(prefix) < 2:
            break
        at += 2 + int.from_bytes(prefix, "big")
        starts.append(at + 2)
    return starts


def bundle_leaf(bundle: BinaryIO, position: int, starts: Sequence[int] = ()) -> bytes:
    """Gives one leaf of a bundle, of the others only their lengths; its hash says if it is right.

    Takes: the bundle as a stream; what ``bundle_starts`` gave for it, where that is known.
    Refuses: Malformed when the bytes end before the leaf does.
    """
    starts = starts or bundle_starts(bundle, position + 1)
    place = f"entry bundle, entry {position}"
    if position + 1 >= len(starts):
        raise Malformed(place, "its length", "the end")
    bundle.seek(starts[position])
    length = starts[position + 1] - 2 - starts[position]
    leaf = bundle.read(length)
    if len(leaf) != length:
        raise Malformed(place, f"{length} bytes", f"{len(leaf)}")
    return leaf


def decode_tile(data: bytes, width: int, place: str = "hash tile") -> list[bytes]:
    """Gives the ``width`` hashes of a tile. Refuses: Malformed for another length."""
    _check_width(width)
    if len(data) != width * HASH_SIZE:
        raise Malformed(place, f"{width * HASH_SIZE} bytes", str(len(data)))
    return [data[at : at + HASH_SIZE] for at in range(0, len(data), HASH_SIZE)]


def tile_width(level: int, index: int, size: int) -> int:
    """Gives how many hashes a tile holds in the tree of ``size``; 0 when it has none."""
    return min(max((size >> TILE_HEIGHT * level) - index * HASHES_PER_TILE, 0), HASHES_PER_TILE)


def edge_tiles(size: int) -> list[TileSpan]:
    """Gives the partial hash tiles of a tree of ``size``, lowest level first."""
    spans = []
    for level in range(TILE_LEVEL_MAX + 1):
        count = size >> TILE_HEIGHT * level
        if count == 0:
            break
        if width := count % HASHES_PER_TILE:
            spans.append(TileSpan("hash", level, count // HASHES_PER_TILE, width))
    return spans


def tiles_for_growth(old_size: int, new_size: int) -> Iterator[TileSpan]:
    """Gives every file that growth from ``old_size`` to ``new_size`` adds, entries first.

    Refuses: Malformed when the log would shrink.
    """
    if not 0 <= old_size <= new_size:
        raise Malformed("new tree size", f"at least the old size {old_size}", str(new_size))
    for level in range(TILE_LEVEL_MAX + 1):
        old, new = old_size >> TILE_HEIGHT * level, new_size >> TILE_HEIGHT * level
        if old == new:
            return
        kinds: tuple[Kind, ...] = ("entries", "hash") if level == 0 else ("hash",)
        first, last = old // HASHES_PER_TILE, (new - 1) // HASHES_PER_TILE
        for kind in kinds:
            for index in range(first, last + 1):
                yield TileSpan(kind, level, index, tile_width(level, index, new_size))


@dataclass(frozen=True, slots=True)
class Edge:
    """The hashes of a log's partial tiles: all that growth needs to know of the past.

    Takes: ``size`` and, per tile level from 0 up, the hashes of its partial tile (may be empty).
    Refuses: Malformed when the widths are not those of ``size``.
    """

    size: int = 0
    levels: tuple[tuple[bytes, ...], ...] = ()

    def __post_init__(self) -> None:
        needed = (self.size.bit_length() + TILE_HEIGHT - 1) // TILE_HEIGHT
        found = [len(hashes) for hashes in self.levels]
        expected = [(self.size >> TILE_HEIGHT * k) % HASHES_PER_TILE for k in range(needed)]
        if found != expected:
            raise Malformed("edge of the tiles", f"widths {expected}", f"{found}")

    def frontier(self) -> Frontier:
        """Gives the same tree as a ``Frontier``."""
        subtrees: list[bytes] = []
        for hashes in reversed(self.levels):
            subtrees.extend(_complete_parts(hashes))
        return Frontier(self.size, subtrees)

    def root(self) -> bytes:
        """Gives the RFC 6962 root."""
        return self.frontier().root()


def grow_tiles(edge: Edge, leaf_hashes: Iterable[bytes]) -> tuple[Edge, list[TileFile]]:
    """Gives the new edge and the hash tiles that these leaf hashes add; ``edge`` stays as it was.

    Pure, so that a write whose outcome is unknown can be repeated from the stored head.
    """
    files: list[TileFile] = []
    levels: list[tuple[bytes, ...]] = []
    added = list(leaf_hashes)
    new_size = edge.size + len(added)
    level = 0
    while added or level < len(edge.levels):
        old = edge.levels[level] if level < len(edge.levels) else ()
        index = (edge.size >> TILE_HEIGHT * level) // HASHES_PER_TILE
        hashes = [*old, *added]
        carried = []
        while len(hashes) >= HASHES_PER_TILE:
            full, hashes = hashes[:HASHES_PER_TILE], hashes[HASHES_PER_TILE:]
            files.append(TileFile(hash_tile_path(level, index), b"".join(full)))
            carried.append(subtree_levels(full)[-1][0])
            index += 1
        if hashes and added:
            files.append(TileFile(hash_tile_path(level, index, len(hashes)), b"".join(hashes)))
        levels.append(tuple(hashes))
        added = carried
        level += 1
    return Edge(new_size, tuple(levels)), files


def grow_bundles(
    old_size: int, partial: Sequence[bytes], leaves: Iterable[bytes]
) -> Iterator[TileFile]:
    """Gives the entry bundles that these leaves add.

    Takes: ``partial``, the leaves of the present partial bundle (empty when the size is full).
    Refuses: Malformed when their number is not ``old_size`` modulo 256.
    """
    if len(partial) != old_size % HASHES_PER_TILE:
        expected = f"{old_size % HASHES_PER_TILE} leaves at size {old_size}"
        raise Malformed("partial bundle", expected, str(len(partial)))
    index = old_size // HASHES_PER_TILE
    added = list(leaves)
    if not added:
        return
    pending = [*partial, *added]
    for begin in range(0, len(pending), HASHES_PER_TILE):
        part = pending[begin : begin + HASHES_PER_TILE]
        yield TileFile(bundle_path(index, len(part)), encode_bundle(part))
        index += 1


def subtree_levels(hashes: Sequence[bytes]) -> list[list[bytes]]:
    """Gives the complete nodes above these hashes: level 0 is the hashes, level 8 one root."""
    levels = [list(hashes)]
    while len(levels[-1]) > 1:
        below = levels[-1]
        levels.append([node_hash(below[i], below[i + 1]) for i in range(0, len(below) - 1, 2)])
    return levels


def _complete_parts(hashes: Sequence[bytes]) -> list[bytes]:
    """The roots of the complete subtrees over a partial tile, largest first."""
    parts, at = [], 0
    for height in reversed(range(TILE_HEIGHT)):
        if len(hashes) & 1 << height:
            parts.append(subtree_levels(hashes[at : at + (1 << height)])[-1][0])
            at += 1 << height
    return parts


def edge_root(levels: Sequence[Sequence[bytes]]) -> bytes:
    """Gives the root over the partial tiles of all levels, lowest level first."""
    subtrees: list[bytes] = []
    for hashes in reversed(levels):
        subtrees.extend(_complete_parts(hashes))
    return fold_right(subtrees)


def _encode_index(index: int) -> str:
    if index < 0:
        raise Malformed("tile index", "a number from 0", str(index))
    path = f"{index % 1000:03d}"
    while index := index // 1000:
        path = f"x{index % 1000:03d}/{path}"
    return path


def _partial(width: int) -> str:
    _check_width(width)
    return "" if width == HASHES_PER_TILE else f".p/{width}"


def _check_width(width: int) -> None:
    if not 1 <= width <= HASHES_PER_TILE:
        raise Malformed("tile width", f"a number from 1 to {HASHES_PER_TILE}", str(width))
