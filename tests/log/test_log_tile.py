"""Tiles: the files of a growth, and a reader that takes none of them on trust."""

from __future__ import annotations

import io
from collections import OrderedDict
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orebook.log import note, tile, tree
from orebook.log.checkpoint import open_checkpoint
from orebook.log.errors import LogError, Malformed, Tampered
from orebook.log.reader import Starts, TileReader, Tiles

VKEY = "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx"
SIZES = st.sampled_from([0, 1, 2, 255, 256, 257, 511, 512, 513, 700]) | st.integers(0, 1000)


def grown(steps: list[int]) -> tuple[tile.Edge, dict[str, bytes], list[bytes]]:
    """A log grown in these steps: its edge, its files and its leaves."""
    edge, files, leaves = tile.Edge(), {}, []
    for step in steps:
        old = edge.size
        new = [b"leaf %d" % i for i in range(old, old + step)]
        partial = leaves[old - old % 256 :]
        edge, tiles = tile.grow_tiles(edge, map(tree.leaf_hash, new))
        written = [*tile.grow_bundles(old, partial, new), *tiles]
        planned = [span.path for span in tile.tiles_for_growth(old, edge.size)]
        assert [file.path for file in written] == planned
        files.update(dict(written))
        leaves += new
    return edge, files, leaves


@given(st.lists(SIZES, max_size=4))
@settings(max_examples=25)
def test_root_from_tiles_is_the_tree_root_at_any_growth_split(steps: list[int]) -> None:
    edge, files, leaves = grown(steps)
    front = tree.Frontier()
    front.extend(map(tree.leaf_hash, leaves))
    assert edge.root() == front.root()
    assert edge.frontier().edge == front.edge
    reader = TileReader(files.__getitem__, edge.size, front.root())
    assert reader.edge() == edge
    assert tree.root_from(edge.size, reader.read) == front.root()
    for index in range(0, edge.size, 97):
        path = reader.inclusion_path(index)
        tree.verify_inclusion(index, edge.size, tree.leaf_hash(leaves[index]), path, reader.root)
        assert reader.leaf(index) == leaves[index]


@given(st.integers(1, 600), st.integers(1, 600))
@settings(max_examples=25)
def test_consistency_proofs_from_tiles(first: int, more: int) -> None:
    edge, files, leaves = grown([first, more])
    front = tree.Frontier()
    front.extend(map(tree.leaf_hash, leaves[:first]))
    reader = TileReader(files.__getitem__, edge.size, edge.root())
    path = reader.consistency_path(first)
    tree.verify_consistency(first, edge.size, front.root(), edge.root(), path)


def test_a_forged_byte_in_any_tile_is_found_at_a_size_with_many_edge_parts() -> None:
    # 70,000 has more one-bits than edge tiles: where a reader that skips parents was fooled
    edge, files = tile.grow_tiles(tile.Edge(), (tree.leaf_hash(b"%d" % i) for i in range(70_000)))
    stored = dict(files)
    asked: list[str] = []

    def fetch(path: str) -> bytes:
        asked.append(path)
        return stored[path]

    index = 40_000
    honest = TileReader(fetch, edge.size, edge.root()).inclusion_path(index)
    tree.verify_inclusion(index, edge.size, tree.leaf_hash(b"40000"), honest, edge.root())
    used = set(asked)
    assert len(used) == 5
    for path in used:
        for at in (0, len(stored[path]) // 2, len(stored[path]) - 1):
            data = bytearray(stored[path])
            data[at] ^= 1
            forged = {**stored, path: bytes(data)}
            reader = TileReader(forged.__getitem__, edge.size, edge.root())
            with pytest.raises(Tampered, match="tile/"):
                reader.inclusion_path(index)


def test_a_forged_entry_is_named() -> None:
    edge, files, _ = grown([300])
    path = "tile/entries/001.p/44"
    files[path] = files[path].replace(b"leaf 290", b"leaf 29O")
    reader = TileReader(files.__getitem__, edge.size, edge.root())
    assert reader.leaf(0) == b"leaf 0"
    with pytest.raises(Tampered, match="entry 290"):
        reader.bundle(1)


def test_partial_files_may_be_gone_once_the_full_ones_exist() -> None:
    edge, files, leaves = grown([300])
    root = edge.root()
    _, later, _ = grown([300, 300])
    kept = {path: data for path, data in later.items() if ".p/" not in path}
    kept["tile/1/000.p/1"] = files["tile/1/000.p/1"]
    reader = TileReader(kept.__getitem__, 300, root)
    assert reader.leaf(299) == leaves[299]
    with pytest.raises(KeyError):
        TileReader({}.__getitem__, 300, root).leaf(0)


def test_an_absent_full_file_is_the_fetchers_error() -> None:
    edge, files, _ = grown([256])
    del files["tile/entries/000"]
    reader = TileReader(files.__getitem__, edge.size, edge.root())
    with pytest.raises(KeyError):
        reader.bundle(0)
    with pytest.raises(Malformed, match="bundle index"):
        reader.bundle(1)
    with pytest.raises(Malformed, match="tree node"):
        reader.read(9, 0)


def test_a_reader_under_another_root_refuses_everything() -> None:
    edge, files, _ = grown([5])
    with pytest.raises(Tampered, match="root"):
        TileReader(files.__getitem__, edge.size, b"\1" * 32).read(0, 0)
    with pytest.raises(Tampered, match="empty tree"):
        TileReader(files.__getitem__, 0, b"\1" * 32).edge()


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=256))
@settings(max_examples=30)
def test_bundles_round_trip_and_refuse_other_lengths(leaves: list[bytes]) -> None:
    data = tile.encode_bundle(leaves)
    assert tile.decode_bundle(data, len(leaves)) == leaves
    with pytest.raises(Malformed):
        tile.decode_bundle(data[:-1], len(leaves))
    with pytest.raises(Malformed):
        tile.decode_bundle(data + b"\0", len(leaves))


def test_limits_of_a_bundle() -> None:
    assert len(tile.encode_bundle([b"x" * 65_535])) == 65_537
    for leaves in ([b"x" * 65_536], [], [b""] * 257):
        with pytest.raises(Malformed):
            tile.encode_bundle(leaves)
    with pytest.raises(Malformed):
        tile.decode_tile(b"x" * 33, 1)
    with pytest.raises(Malformed):
        list(tile.grow_bundles(5, [], [b"x"]))
    with pytest.raises(Malformed):
        list(tile.tiles_for_growth(5, 4))
    with pytest.raises(Malformed):
        tile.Edge(5, ())


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        (tile.hash_tile_path(0, 0), "tile/0/000"),
        (tile.hash_tile_path(0, 999, 1), "tile/0/999.p/1"),
        (tile.hash_tile_path(1, 1000), "tile/1/x001/000"),
        (tile.bundle_path(1_234_067, 112), "tile/entries/x001/x234/067.p/112"),
        (tile.hash_tile_path(63, 1_000_000), "tile/63/x001/x000/000"),
    ],
)
def test_paths_are_those_of_the_specification(path: str, wanted: str) -> None:
    assert path == wanted


@pytest.mark.parametrize("bad", [(64, 0, 1), (-1, 0, 1), (0, -1, 1), (0, 0, 0), (0, 0, 257)])
def test_impossible_tiles_have_no_path(bad: tuple[int, int, int]) -> None:
    with pytest.raises(Malformed):
        tile.hash_tile_path(*bad)


def test_the_example_of_the_specification_at_70000() -> None:
    spans = list(tile.tiles_for_growth(0, 70_000))
    hashes = [span for span in spans if span.kind == "hash"]
    full = [sum(s.level == k and s.width == 256 for s in hashes) for k in range(3)]
    partial = {s.level: s.width for s in hashes if s.width < 256}
    assert full == [273, 1, 0]
    assert partial == {0: 112, 1: 17, 2: 1}
    assert sum(span.kind == "entries" for span in spans) == 274


def test_a_whole_foreign_log_at_every_checkpoint(standards: Path) -> None:
    folder = standards / "tlog-tiles-tessera-log"
    key = note.parse_vkey(VKEY)
    assert key.vkey == VKEY
    heads = [open_checkpoint((folder / f"checkpoint.{n}").read_bytes(), key) for n in range(16)]
    assert [head.size for head in heads] == list(range(16))

    def fetch(path: str) -> bytes:
        return (folder / path).read_bytes()

    edge = tile.Edge()
    for old, head in zip([heads[0], *heads], heads, strict=False):
        reader = TileReader(fetch, head.size, head.root)
        path = reader.consistency_path(old.size)
        tree.verify_consistency(old.size, head.size, old.root, head.root, path)
        leaves = reader.bundle(0) if head.size else []
        for index, leaf in enumerate(leaves):
            proof = reader.inclusion_path(index)
            tree.verify_inclusion(index, head.size, tree.leaf_hash(leaf), proof, head.root)
        edge, files = tile.grow_tiles(edge, map(tree.leaf_hash, leaves[edge.size :]))
        assert edge.root() == head.root
        for file in (*files, *tile.grow_bundles(0, [], leaves)):
            assert fetch(file.path) == file.data
    assert edge.size == 15


def test_no_hash_is_given_before_the_whole_edge_was_checked() -> None:
    edge, files, _ = grown([257])
    files["tile/1/000.p/1"] = b"\0" * 32
    with pytest.raises(LogError):
        TileReader(files.__getitem__, edge.size, edge.root()).read(0, 256)


def test_one_leaf_of_a_bundle_is_found_by_itself() -> None:
    leaves = [b"%d" % n * n for n in range(1, 200)]
    data = tile.encode_bundle(leaves)
    assert [tile.bundle_leaf(io.BytesIO(data), n) for n in range(len(leaves))] == leaves
    starts = tile.bundle_starts(io.BytesIO(data), len(leaves))
    assert [tile.bundle_leaf(io.BytesIO(data), n, starts) for n in range(len(leaves))] == leaves
    assert len(tile.bundle_starts(io.BytesIO(data[:-9]), 300)) == len(leaves) + 1
    for cut, position in ((data[:-1], 198), (data[:1], 0), (b"", 0), (data, 199)):
        with pytest.raises(Malformed, match=f"entry {position}"):
            tile.bundle_leaf(io.BytesIO(cut), position)


def test_a_leaf_read_by_itself_is_checked_as_in_its_bundle() -> None:
    leaves = [b"leaf %d" % n for n in range(300)]
    edge, files = tile.grow_tiles(tile.Edge(), map(tree.leaf_hash, leaves))
    kept = dict([*files, *tile.grow_bundles(0, (), leaves)])
    read = TileReader(kept.__getitem__, 300, edge.root())
    for position in (0, 255, 256, 299):
        assert read.leaf(position) == leaves[position]
        assert read.part(position, 10**6)[1][position % 256] == leaves[position]
    path = tile.bundle_path(0)
    kept[path] = kept[path].replace(b"leaf 7", b"leaf 8", 1)
    assert read.leaf(8) == leaves[8]
    with pytest.raises(Tampered, match="entry 7"):
        read.leaf(7)


def test_tiles_are_kept_for_the_next_tree_where_they_stand_in_it_alone() -> None:
    def log(word: bytes, size: int) -> tuple[dict[str, bytes], bytes]:
        leaves = [word + b"%d" % n for n in range(size)]
        edge, files = tile.grow_tiles(tile.Edge(), map(tree.leaf_hash, leaves))
        every = (*files, *tile.grow_bundles(0, [], leaves))
        return {file.path: file.data for file in every}, edge.root()

    kept: Tiles = OrderedDict()
    asked: list[str] = []

    def reader(word: bytes, size: int) -> TileReader:
        files, root = log(word, size)

        def fetch(path: str) -> bytes:
            asked.append(path)
            return files[path]

        return TileReader(fetch, size, root, tiles=kept)

    full = "tile/0/000"
    for word, size, read in ((b"a", 300, True), (b"a", 600, False), (b"b", 600, True)):
        asked.clear()
        one = reader(word, size)
        assert one.leaf(7) == word + b"7"
        assert one.leaf(9) == word + b"9"
        assert asked.count(full) == int(read)
    assert list(kept) == [(0, 0)]
    assert kept[0, 0][0] == log(b"b", 600)[0][full]


def test_where_leaves_begin_is_remembered_of_right_ones_alone() -> None:
    leaves = [b"leaf %d" % n for n in range(300)]
    edge, listed = tile.grow_tiles(tile.Edge(), map(tree.leaf_hash, leaves))
    files = {file.path: file.data for file in (*listed, *tile.grow_bundles(0, [], leaves))}
    sound = files["tile/entries/000"]
    starts: Starts = OrderedDict()

    def reader() -> TileReader:
        return TileReader(files.__getitem__, edge.size, edge.root(), starts=starts)

    files["tile/entries/000"] = b"\0\7" + sound[2:]
    with pytest.raises(LogError):
        reader().part(9, 0)
    assert not starts
    files["tile/entries/000"] = sound
    assert reader().part(9, 0) == (leaves[9], [])
    files["tile/entries/000"] = sound[:20] + b"!" + sound[21:]
    with pytest.raises(LogError):
        reader().part(2, 0)
    files["tile/entries/000"] = sound
    assert [reader().part(n, 0)[0] for n in (2, 9, 255, 256, 299)] == [
        leaves[n] for n in (2, 9, 255, 256, 299)
    ]
    assert list(starts) == [("tile/entries/000", 256), ("tile/entries/001.p/44", 44)]
