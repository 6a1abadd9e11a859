"""The tree's laws: every honest proof holds, every changed one is refused."""

from __future__ import annotations

import base64
import json
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orebook.log import tree
from orebook.log.errors import LogError, Malformed, Tampered


def leaf_hashes(size: int) -> list[bytes]:
    return [tree.leaf_hash(b"leaf %d" % i) for i in range(size)]


def naive_root(hashes: list[bytes]) -> bytes:
    """RFC 6962 section 2.1 word for word, over leaf hashes."""
    if not hashes:
        return sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    k = 1
    while k * 2 < len(hashes):
        k *= 2
    return sha256(b"\x01" + naive_root(hashes[:k]) + naive_root(hashes[k:])).digest()


def reader_of(hashes: list[bytes]) -> tree.Read:
    return lambda level, index: naive_root(hashes[index << level : (index + 1) << level])


@given(st.integers(0, 140), st.integers(0, 140))
def test_frontier_root_is_the_definition_at_any_split(first: int, more: int) -> None:
    hashes = leaf_hashes(first + more)
    front = tree.Frontier()
    front.extend(hashes[:first])
    again = tree.Frontier(first, front.edge)
    again.extend(hashes[first:])
    assert again.root() == naive_root(hashes)
    assert front.root() == naive_root(hashes[:first])
    assert tree.root_from(first + more, reader_of(hashes)) == again.root()
    assert again.copy().edge == again.edge


@given(st.data(), st.integers(1, 200))
def test_every_inclusion_proof_holds_and_no_changed_one(data: st.DataObject, size: int) -> None:
    hashes = leaf_hashes(size)
    index = data.draw(st.integers(0, size - 1))
    root = naive_root(hashes)
    path = tree.inclusion_path(index, size, reader_of(hashes))
    tree.verify_inclusion(index, size, hashes[index], path, root)
    for other in range(size):
        if other != index:
            with pytest.raises(LogError):
                tree.verify_inclusion(other, size, hashes[index], path, root)
    for bad in mutations(data, path):
        with pytest.raises(LogError):
            tree.verify_inclusion(index, size, hashes[index], bad, root)
    with pytest.raises(Tampered):
        tree.verify_inclusion(index, size, flip(hashes[index], 3), path, root)
    with pytest.raises(Tampered):
        tree.verify_inclusion(index, size, hashes[index], path, flip(root, 0))


@given(st.data(), st.integers(1, 200))
def test_every_consistency_proof_holds_and_no_changed_one(data: st.DataObject, new: int) -> None:
    hashes = leaf_hashes(new)
    old = data.draw(st.integers(0, new))
    old_root, new_root = naive_root(hashes[:old]), naive_root(hashes)
    path = tree.consistency_path(old, new, reader_of(hashes))
    tree.verify_consistency(old, new, old_root, new_root, path)
    for bad in mutations(data, path):
        with pytest.raises(LogError):
            tree.verify_consistency(old, new, old_root, new_root, bad)
    with pytest.raises(Tampered):
        tree.verify_consistency(old, new, flip(old_root, 1), new_root, path)
    if old:
        with pytest.raises(Tampered):
            tree.verify_consistency(old, new, old_root, flip(new_root, 1), path)
    if old not in {0, new}:
        with pytest.raises(LogError):
            tree.verify_consistency(old - 1, new, old_root, new_root, path)


def mutations(data: st.DataObject, path: list[bytes]) -> list[list[bytes]]:
    bad = [[*path, b"\0" * 32], [b"\0" * 32, *path]]
    if path:
        at = data.draw(st.integers(0, len(path) - 1))
        bit = data.draw(st.integers(0, 255))
        bad += [
            path[:-1],
            path[1:],
            [*path[:at], flip(path[at], bit), *path[at + 1 :]],
            [*path[:at], path[at][:-1], *path[at + 1 :]],
        ]
    return bad


def flip(value: bytes, bit: int) -> bytes:
    return (int.from_bytes(value, "big") ^ (1 << bit)).to_bytes(len(value), "big")


def test_official_proof_vectors(standards: Path) -> None:
    files = sorted((standards / "tlog-rfc6962-proofs").rglob("*.json"))
    kinds = {"inclusion": 0, "consistency": 0}
    for file in files:
        case = json.loads(file.read_text())
        proof = [_raw(item) for item in case["proof"] or []]
        kinds["consistency" if "size1" in case else "inclusion"] += 1
        try:
            if "size1" in case:
                roots = _raw(case["root1"]), _raw(case["root2"])
                tree.verify_consistency(case["size1"], case["size2"], *roots, proof)
            else:
                place = case["leafIdx"], case["treeSize"]
                tree.verify_inclusion(*place, _raw(case["leafHash"]), proof, _raw(case["root"]))
        except LogError:
            assert case["wantErr"], f"{file}: a good proof was refused"
        else:
            assert not case["wantErr"], f"{file}: a bad proof was taken"
    # one file of the folder is its README; a set that shrinks in silence would prove nothing
    assert sum(kinds.values()) == len(files) >= 128
    assert min(kinds.values()) > 40


def _raw(text: str | None) -> bytes:
    return base64.b64decode(text or "")


@pytest.mark.parametrize(
    "call",
    [
        lambda: tree.Frontier(-1),
        lambda: tree.Frontier(3, [b"\0" * 32]),
        lambda: tree.Frontier(1, [b"short"]),
        lambda: tree.Frontier().append(b"a leaf, not its hash"),
        lambda: tree.inclusion_path(0, 0, reader_of([])),
        lambda: tree.inclusion_path(5, 5, reader_of([])),
        lambda: tree.consistency_path(3, 2, reader_of([])),
        lambda: tree.verify_inclusion(0, 1, b"\0" * 32, [], b""),
        lambda: tree.verify_consistency(0, 0, b"", b"", []),
        lambda: tree.verify_consistency(-1, 0, tree.EMPTY_ROOT, tree.EMPTY_ROOT, []),
        lambda: tree.verify_inclusion(0, 2**63, b"\0" * 32, [], b"\0" * 32),
    ],
)
def test_impossible_arguments_are_refused(call: object) -> None:
    with pytest.raises(Malformed, match="expected"):
        call()  # type: ignore[operator]


def test_empty_root_is_the_hash_of_nothing() -> None:
    assert tree.Frontier().root() == tree.EMPTY_ROOT == sha256(b"").digest()
    tree.verify_consistency(0, 0, tree.EMPTY_ROOT, tree.EMPTY_ROOT, [])
