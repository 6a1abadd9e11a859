"""The Merkle tree of RFC 6962 with SHA-256: roots, proofs and their verification.

A *read* function gives the hash of one complete subtree: ``read(level, index)`` covers the leaves
``[index * 2**level, (index + 1) * 2**level)``. All proofs are made from such hashes alone.

Source: RFC 6962 section 2.1; RFC 9162 sections 2.1.3.2 and 2.1.4.2 (verification).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from typing import TypeAlias

from orebook.log.errors import Malformed, Tampered

HASH_SIZE = 32
SIZE_MAX = 2**63 - 1
EMPTY_ROOT = sha256(b"").digest()

Read: TypeAlias = Callable[[int, int], bytes]


def leaf_hash(leaf: bytes) -> bytes:
    """Gives the hash of one leaf. Source: RFC 6962 section 2.1, prefix 0x00."""
    return sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Gives the hash of two subtrees. Source: RFC 6962 section 2.1, prefix 0x01."""
    return sha256(b"\x01" + left + right).digest()


def fold_right(hashes: Sequence[bytes]) -> bytes:
    """Gives the root over complete subtrees listed left to right, largest first."""
    if not hashes:
        return EMPTY_ROOT
    root = hashes[-1]
    for left in reversed(hashes[:-1]):
        root = node_hash(left, root)
    return root


class Frontier:
    """A tree that can grow and tell its root, kept as its complete right-edge subtrees.

    Takes: a size, and one hash per one-bit of that size, largest subtree first.
    Refuses: Malformed when their number or length does not fit.
    """

    __slots__ = ("_edge", "size")

    def __init__(self, size: int = 0, edge: Iterable[bytes] = ()) -> None:
        _check_size(size, "tree size")
        self.size = size
        self._edge = [_check_hash(item, f"edge hash {i}") for i, item in enumerate(edge)]
        if len(self._edge) != size.bit_count():
            expected = f"{size.bit_count()} edge hashes for size {size}"
            raise Malformed("frontier", expected, str(len(self._edge)))

    @property
    def edge(self) -> tuple[bytes, ...]:
        """The right-edge hashes, largest subtree first; with ``size`` they rebuild the frontier."""
        return tuple(self._edge)

    def append(self, leaf: bytes) -> None:
        """Grows the tree by one leaf hash (not leaf bytes: see ``leaf_hash``)."""
        node = _check_hash(leaf, "leaf hash")
        size = self.size
        while size & 1:
            node = node_hash(self._edge.pop(), node)
            size >>= 1
        self._edge.append(node)
        self.size += 1

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Grows the tree by several leaf hashes in order."""
        for leaf in leaves:
            self.append(leaf)

    def root(self) -> bytes:
        """Gives the RFC 6962 root of the present size."""
        return fold_right(self._edge)

    def copy(self) -> Frontier:
        """Gives an independent twin, so that a try can be thrown away."""
        return Frontier(self.size, self._edge)


def complete_subtrees(begin: int, end: int) -> list[tuple[int, int]]:
    """Gives the (level, index) of the complete subtrees that tile ``[begin, end)``.

    Takes: ``begin`` aligned as RFC 6962 splits make it (a multiple of the largest part).
    """
    parts = []
    while begin < end:
        level = (end - begin).bit_length() - 1
        if begin:
            level = min(level, (begin & -begin).bit_length() - 1)
        parts.append((level, begin >> level))
        begin += 1 << level
    return parts


def root_from(size: int, read: Read) -> bytes:
    """Gives the root of the first ``size`` leaves."""
    _check_size(size, "tree size")
    return _range_root(0, size, read)


def inclusion_path(index: int, size: int, read: Read) -> list[bytes]:
    """Gives the proof that leaf ``index`` is in the tree of ``size``, leaf's sibling first.

    Refuses: Malformed when the index is not below the size.
    Source: RFC 6962 section 2.1.1, PATH(m, D[n]).
    """
    _check_index(index, size)
    begin, end, path = 0, size, []
    while end - begin > 1:
        middle = begin + _split(end - begin)
        if index < middle:
            path.append(_range_root(middle, end, read))
            end = middle
        else:
            path.append(_range_root(begin, middle, read))
            begin = middle
    path.reverse()
    return path


def consistency_path(old: int, new: int, read: Read) -> list[bytes]:
    """Gives the proof that the tree of ``old`` is a prefix of the tree of ``new``.

    Gives: an empty list when the old tree is empty or the sizes are equal.
    Refuses: Malformed when ``old`` exceeds ``new``.
    Source: RFC 6962 section 2.1.2, PROOF(m, D[n]).
    """
    _check_sizes(old, new)
    if old in {0, new}:
        return []
    begin, end, path = 0, new, []
    while old != end:
        middle = begin + _split(end - begin)
        if old <= middle:
            path.append(_range_root(middle, end, read))
            end = middle
        else:
            path.append(_range_root(begin, middle, read))
            begin = middle
    if begin:  # the old root itself is known to the verifier: b is false only off the left edge
        path.append(_range_root(begin, end, read))
    path.reverse()
    return path


def verify_inclusion(
    index: int, size: int, leaf: bytes, path: Sequence[bytes], root: bytes
) -> None:
    """Returns only when ``path`` proves leaf hash ``leaf`` at ``index`` under ``root``.

    Refuses: Malformed for impossible numbers or lengths, Tampered for another root.
    Source: RFC 9162 section 2.1.3.2.
    """
    _check_index(index, size)
    node = _check_hash(leaf, "leaf hash")
    _check_hash(root, "root")
    position, last = index, size - 1
    for step, sibling in enumerate(path):
        _check_hash(sibling, f"inclusion path, hash {step}")
        if last == 0:
            raise Malformed("inclusion path", f"{step} hashes", str(len(path)))
        if position & 1 or position == last:
            node = node_hash(sibling, node)
            while not position & 1 and position:
                position >>= 1
                last >>= 1
        else:
            node = node_hash(node, sibling)
        position >>= 1
        last >>= 1
    if last:
        raise Malformed("inclusion path", "more hashes for this size", str(len(path)))
    _same(node, root, f"root of the tree of {size} from leaf {index}")


def verify_consistency(
    old: int, new: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]
) -> None:
    """Returns only when ``path`` proves that the old tree is a prefix of the new one.

    Refuses: Malformed for impossible numbers or lengths, Tampered for roots that do not agree.
    Source: RFC 9162 section 2.1.4.2.
    """
    _check_sizes(old, new)
    _check_hash(old_root, "old root")
    _check_hash(new_root, "new root")
    hashes = [_check_hash(item, f"consistency path, hash {i}") for i, item in enumerate(path)]
    if old == 0:
        _same(old_root, EMPTY_ROOT, "root of the empty tree")
    if old in {0, new}:
        if hashes:
            raise Malformed("consistency path", "no hashes for these sizes", str(len(hashes)))
        if old == new:
            _same(new_root, old_root, f"root of the tree of {new}")
        return
    if not hashes:
        raise Malformed("consistency path", "at least one hash", "none")
    if old & (old - 1) == 0:
        hashes.insert(0, old_root)
    _walk_consistency(old, new, old_root, new_root, hashes)


def _walk_consistency(
    old: int, new: int, old_root: bytes, new_root: bytes, hashes: Sequence[bytes]
) -> None:
    position, last = old - 1, new - 1
    while position & 1:
        position >>= 1
        last >>= 1
    old_node = new_node = hashes[0]
    for step, item in enumerate(hashes[1:]):
        if last == 0:
            raise Malformed("consistency path", f"{step} hashes", "more")
        if position & 1 or position == last:
            old_node = node_hash(item, old_node)
            new_node = node_hash(item, new_node)
            while not position & 1 and position:
                position >>= 1
                last >>= 1
        else:
            new_node = node_hash(new_node, item)
        position >>= 1
        last >>= 1
    if last:
        raise Malformed("consistency path", "more hashes for these sizes", str(len(hashes)))
    _same(old_node, old_root, f"root of the old tree of {old}")
    _same(new_node, new_root, f"root of the new tree of {new}")


def _range_root(begin: int, end: int, read: Read) -> bytes:
    return fold_right([read(level, index) for level, index in complete_subtrees(begin, end)])


def _split(count: int) -> int:
    """The largest power of two below ``count`` (RFC 6962: k < n <= 2k)."""
    return 1 << (count - 1).bit_length() - 1


def _same(found: bytes, expected: bytes, place: str) -> None:
    if found != expected:
        raise Tampered(place, expected.hex(), found.hex())


def _check_hash(value: bytes, place: str) -> bytes:
    if len(value) != HASH_SIZE:
        raise Malformed(place, f"{HASH_SIZE} bytes", str(len(value)))
    return value


def _check_size(size: int, place: str) -> None:
    if not 0 <= size <= SIZE_MAX:
        raise Malformed(place, f"a number from 0 to {SIZE_MAX}", str(size))


def _check_index(index: int, size: int) -> None:
    _check_size(size, "tree size")
    if not 0 <= index < size:
        raise Malformed("leaf index", f"a number from 0 to below the tree size {size}", str(index))


def _check_sizes(old: int, new: int) -> None:
    _check_size(old, "old tree size")
    _check_size(new, "new tree size")
    if old > new:
        raise Malformed("old tree size", f"at most the new size {new}", str(old))
