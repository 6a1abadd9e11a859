"""Published files against the signed head: every byte derived again, the first wrong one named."""

from __future__ import annotations

from dataclasses import dataclass, field

from orebook.book.ports import BESIDE, CHECKPOINT, PUBLISHED, Shelf
from orebook.log.checkpoint import Checkpoint, open_checkpoint
from orebook.log.errors import LogError
from orebook.log.note import NoteVerifier
from orebook.log.tile import (
    HASHES_PER_TILE,
    Edge,
    bundle_path,
    decode_bundle,
    edge_tiles,
    grow_tiles,
    hash_tile_path,
    tile_width,
)
from orebook.log.tree import HASH_SIZE, leaf_hash


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as it must be: where, what was expected, what was found.

    `entry` is the position of the entry it is in, or None where it is in no single one.
    """

    place: str
    expected: str
    found: str
    entry: int | None = None

    def text(self) -> str:
        """One line a person can read."""
        return f"{self.place}: expected {self.expected}, found {self.found}"


@dataclass(slots=True)
class _Tree:
    """A tree grown anew: its edge, and the full tiles it has."""

    edge: Edge = field(default_factory=Edge)
    full: dict[str, bytes] = field(default_factory=dict)

    def grow(self, hashes: list[bytes]) -> None:
        self.edge, files = grow_tiles(self.edge, hashes)
        self.full |= {file.path: file.data for file in files if ".p/" not in file.path}


@dataclass(slots=True)
class _Trees:
    """Two trees grown side by side: one from the leaves, one from the hashes of level 0."""

    from_leaves: _Tree
    from_tiles: _Tree
    disputed: list[Difference] = field(default_factory=list)  # leaf or tile? the root decides


def audit_log(shelf: Shelf, verifier: NoteVerifier, *, ahead: bool = False) -> list[Difference]:
    """Every difference between the published files and the checkpoint the log has signed.

    Takes: `ahead`, whether files beyond the checkpoint may lie there, as they do for a moment
    while a log publishes, and until its next start when that moment was its last.
    Gives: an empty list when every byte of every published file is accounted for.
    """
    try:
        checkpoint = open_checkpoint(shelf.get(CHECKPOINT), verifier)
    except LookupError:
        return [Difference(CHECKPOINT, "a signed head", "nothing")]
    except LogError as error:
        return [Difference(CHECKPOINT, error.expected, error.found or error.place)]
    return audit_tiles(shelf, checkpoint, ahead=ahead)


def audit_tiles(shelf: Shelf, checkpoint: Checkpoint, *, ahead: bool = False) -> list[Difference]:
    """As `audit_log`, against a checkpoint that is already open."""
    wrong: list[Difference] = []
    trees = _Trees(_Tree(), _Tree())
    for index in range(-(-checkpoint.size // HASHES_PER_TILE)):
        wrong += _bundle(shelf, index, checkpoint.size, trees)
    roots = (trees.from_leaves.edge.root(), trees.from_tiles.edge.root())
    if checkpoint.root not in roots:
        expected = f"the root {checkpoint.root.hex()} that the log signed"
        root = Difference(CHECKPOINT, expected, f"{roots[0].hex()} from the entries")
        return [*wrong, *trees.disputed] or [root]
    if roots[0] == checkpoint.root:
        trees.disputed = []  # the leaves are what was signed: where the two differ it is the tile
    wrong = sorted([*wrong, *trees.disputed], key=lambda d: d.entry or 0)
    right = trees.from_leaves if roots[0] == checkpoint.root else trees.from_tiles
    for span in edge_tiles(checkpoint.size):
        right.full[span.path] = b"".join(right.edge.levels[span.level])
    wrong += [d for path, data in sorted(right.full.items()) if (d := same(shelf, path, data))]
    return wrong + strays(shelf, checkpoint.size, ahead=ahead)


def _bundle(shelf: Shelf, index: int, size: int, trees: _Trees) -> list[Difference]:
    """Checks one bundle against its level 0 tile and grows both trees."""
    width = tile_width(0, index, size)
    tile, hashes = hash_tile_path(0, index, width), list[bytes]()
    path = bundle_path(index, width)
    try:
        data = shelf.get(tile)
        hashes = [data[at : at + HASH_SIZE] for at in range(0, len(data), HASH_SIZE)]
    except LookupError:
        pass
    leaves: list[bytes] | None = None
    fault = "nothing"
    try:
        data = shelf.get(path)
        leaves = decode_bundle(data, width)
    except LookupError:
        pass
    except LogError as error:
        fault = str(error)
    found = [leaf_hash(leaf) for leaf in leaves] if leaves is not None else []
    sized = len(hashes) == width and all(len(h) == HASH_SIZE for h in hashes)
    wrong = []
    if leaves is None:
        at = _first_wrong(data, hashes) if fault != "nothing" else 0
        entry = index * HASHES_PER_TILE + at
        wrong.append(
            Difference(f"entry {entry}, in {path}", f"{width} whole entries", fault, entry)
        )
    else:
        for at, (ours, theirs) in enumerate(zip(found, hashes, strict=False)):
            if sized and ours != theirs:
                entry = index * HASHES_PER_TILE + at
                place = f"entry {entry}, in {path}"
                expected = f"leaf hash {theirs.hex()}"
                trees.disputed.append(Difference(place, expected, ours.hex(), entry))
    if len(found or hashes) == width:
        trees.from_leaves.grow(found or hashes)
        trees.from_tiles.grow(hashes if sized else found or hashes)
    return wrong


def _first_wrong(data: bytes, hashes: list[bytes]) -> int:
    """The number, in a bundle that does not read, of the first entry that is not as hashed."""
    at = 0
    for number, expected in enumerate(hashes):
        length = int.from_bytes(data[at : at + 2], "big")
        if leaf_hash(data[at + 2 : at + 2 + length]) != expected:
            return number
        at += 2 + length
    return max(len(hashes) - 1, 0)


def same(shelf: Shelf, path: str, expected: bytes) -> Difference | None:
    """Where a published file differs from the bytes it must have, or None."""
    try:
        found = shelf.get(path)
    except LookupError:
        return Difference(path, f"a tile of {len(expected) // HASH_SIZE} hashes", "nothing")
    if found == expected:
        return None
    pairs = enumerate(zip(found, expected, strict=False))
    at = next((i for i, (a, b) in pairs if a != b), min(len(found), len(expected)))
    ours, theirs = expected[at : at + 4].hex(), found[at : at + 4].hex()
    return Difference(f"{path}, byte {at}", ours or "the end", theirs or "the end")


def strays(shelf: Shelf, size: int, *, ahead: bool) -> list[Difference]:
    """Older partial tiles must be beginnings of the present ones; nothing else may lie there."""
    present = {CHECKPOINT}
    for level in range(64):
        for index in range(-(-(size >> 8 * level) // HASHES_PER_TILE)):
            width = tile_width(level, index, size)
            present.add(hash_tile_path(level, index, width))
            if level == 0:
                present.add(bundle_path(index, width))
    whole = {path.partition(".p/")[0]: path for path in present}
    wrong = []
    for path in shelf.paths():
        if path in present or BESIDE.fullmatch(path):
            continue
        now = whole.get(path.partition(".p/")[0]) if PUBLISHED.fullmatch(path) else None
        if now is None or (width := _width(path)) > _width(now):
            if not ahead:
                wrong.append(Difference(path, f"no file beyond the head of {size}", "one"))
            continue
        try:
            present_data = shelf.get(now)
        except LookupError:
            continue  # its absence is named already
        if path.startswith("tile/entries/"):
            wrong += _old_bundle(path, shelf.get(path), present_data, width)
        else:
            wrong += [d for d in [same(shelf, path, present_data[: width * HASH_SIZE])] if d]
    return wrong


def _width(path: str) -> int:
    return int(path.partition(".p/")[2] or HASHES_PER_TILE)


def _old_bundle(path: str, data: bytes, present: bytes, width: int) -> list[Difference]:
    hashes, at = [], 0
    for _ in range(width):
        length = int.from_bytes(present[at : at + 2], "big")
        hashes.append(leaf_hash(present[at + 2 : at + 2 + length]))
        at += 2 + length
    if data == present[:at]:
        return []
    number = _number_of(path) * HASHES_PER_TILE + _first_wrong(data, hashes)
    place = f"entry {number}, in {path}"
    return [Difference(place, "the bytes it was published with", "others", number)]


def _number_of(path: str) -> int:
    parts = path.removeprefix("tile/entries/").partition(".p/")[0].split("/")
    return int("".join(part.removeprefix("x") for part in parts))
