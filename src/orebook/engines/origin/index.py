"""The index of a network: composition classes as rows in order of level, both ways.

Nodes that must have one origin mix share a row: a node with one edge in takes its parent's, the
outputs of one event with equal mixes share one, sources of one kind share one. Rows are numbered
by level, so that every row's inputs lie before it and a level is one block.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from orebook.engines.origin.network import Bools, Circle, Floats, Ints, Network, ragged

# Two outputs of one event share a row where their weights agree to a few last bits.
_SAME = 8e-16
# Below this many edges NumPy does as well as SciPy, which takes longer to load.
SMALL = 100_000


@dataclass(frozen=True, slots=True)
class Index:
    """Rows in level order. `row_of` gives the row of each node; levels are `cuts[k]:cuts[k+1]`.

    `indptr, indices, weights` hold each row's inputs, `back_*` each row's users, as CSR. A row
    without inputs is a source. `soft` lists rows whose weights are known within bounds only.
    """

    row_of: Ints
    depth: Ints
    cuts: NDArray[np.int64]
    indptr: NDArray[np.int64]
    indices: Ints
    weights: Floats
    back_indptr: NDArray[np.int64]
    back_indices: Ints
    back_weights: Floats
    soft: Ints
    keep: dict[str, object] = field(default_factory=dict, compare=False, repr=False)

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(self.indptr) - 1

    @property
    def levels(self) -> int:
        """How many levels there are; the first holds the sources."""
        return len(self.cuts) - 1

    @property
    def sources(self) -> int:
        """How many of the first rows are sources."""
        return int(self.cuts[1]) if self.levels else 0


def build(network: Network, *, source_kind: Ints | None = None) -> Index:
    """The index of a network.

    Takes: `source_kind`, per node a number that is equal for sources nobody needs to tell apart.
    Refuses: Circle, naming one circle of nodes.
    """
    n = network.nodes
    soft = network.soft
    weight, count, incoming = weights_of(network)
    keep_row = (count != 1) | soft
    parent = np.arange(n, dtype=np.int32)
    single = np.flatnonzero(~keep_row)
    parent[single] = incoming[single]
    depth = np.zeros(n, dtype=np.int32)
    depth[single] = 1
    root = _jump(parent, depth, network)
    if source_kind is not None:
        _merge_sources(root, source_kind, count == 0)
    mixed = keep_row[network.dst] & (count[network.dst] > 0)
    every = bool(mixed.all())
    dst = network.dst if every else network.dst[mixed]
    src = root[network.src if every else network.src[mixed]]
    value = weight if every else weight[mixed]
    indptr, src, value = _csr(n, dst, src, value)
    if network.group is not None:
        _merge_group(root, network.group, keep_row & ~soft & (count > 0), indptr, src, value)
    return _ordered(network, root, depth, indptr, src, value, soft)


def weights_of(network: Network) -> tuple[Floats, NDArray[np.int64], Ints]:
    """Share of each edge in what came into its node; edges in per node; the last source seen."""
    n = network.nodes
    count = np.bincount(network.dst, minlength=n)
    told = network.mass_kg if network.told is None else np.where(network.told, network.mass_kg, 0.0)
    total = np.bincount(network.dst, weights=told, minlength=n)
    below = total[network.dst]
    safe = np.where(below > 0, below, 1.0)
    weight = np.where(below > 0, told / safe, 0.0)
    incoming = np.full(n, -1, dtype=np.int32)
    incoming[network.dst] = network.src
    return weight, count, incoming


def _jump(parent: Ints, depth: Ints, network: Network) -> Ints:
    """The node at the head of each chain of single edges, by pointer jumping."""
    root = parent
    for _ in range(int(np.log2(max(len(parent), 2))) + 2):
        further = root[root]
        if np.array_equal(further, root):
            break
        depth += depth[root]
        root = further
    # Round a circle of 2, 4, 8, … edges the jumps come back to where they began.
    astray = np.flatnonzero(parent[root] != root)
    if len(astray):
        raise Circle(_circle_of(parent, int(astray[0]), network))
    return root


def _circle_of(parent: Ints, start: int, network: Network) -> list[int]:
    seen: dict[int, int] = {}
    at = start
    while at not in seen:
        seen[at] = len(seen)
        at = int(parent[at])
    names = list(seen)
    del network
    return names[seen[at] :][::-1]


def _merge_sources(root: Ints, kind: Ints, is_source: Bools) -> None:
    """Sources of one kind share the first one's row."""
    sources = np.flatnonzero(is_source)
    _, first, inverse = np.unique(kind[sources], return_index=True, return_inverse=True)
    to = np.arange(len(root), dtype=np.int32)
    to[sources] = sources[first][inverse]
    root[:] = to[root]


def _csr(n: int, row: Ints, column: Ints, value: Floats) -> tuple[NDArray[np.int64], Ints, Floats]:
    """Rows with sorted columns and no column twice."""
    if len(value) < SMALL:
        return _small_csr(n, row, column, value)
    from scipy.sparse import coo_array

    made = coo_array((value, (row, column)), shape=(n, n)).tocsr()
    made.sum_duplicates()
    return (
        made.indptr.astype(np.int64),
        made.indices.astype(np.int32, copy=False),
        made.data,
    )


def _small_csr(
    n: int, row: Ints, column: Ints, value: Floats
) -> tuple[NDArray[np.int64], Ints, Floats]:
    """The same in NumPy alone, which a question about one lot loads."""
    order = np.lexsort((column, row))
    row, column, value = row[order], column[order], value[order]
    fresh = np.ones(len(row), dtype=np.bool_)
    fresh[1:] = (row[1:] != row[:-1]) | (column[1:] != column[:-1])
    starts = np.flatnonzero(fresh)
    summed = np.add.reduceat(value, starts) if len(starts) else value
    counts = np.bincount(row[starts], minlength=n)
    indptr = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
    return indptr, column[starts].astype(np.int32), summed


def _merge_group(
    root: Ints,
    group: Ints,
    candidates: Bools,
    indptr: NDArray[np.int64],
    src: Ints,
    value: Floats,
) -> None:
    """Outputs of one event with the same inputs in the same shares take the first one's row."""
    nodes = np.flatnonzero(candidates & (group >= 0))
    if not len(nodes):
        return
    first = np.full(int(group[nodes].max()) + 1, -1, dtype=np.int64)
    first[group[nodes][::-1]] = nodes[::-1]
    head = first[group[nodes]]
    lengths = indptr[nodes + 1] - indptr[nodes]
    same = (lengths == indptr[head + 1] - indptr[head]) & (head != nodes)
    nodes, head, lengths = nodes[same], head[same], lengths[same]
    if not len(nodes):
        return
    mine, other = ragged(indptr[nodes], lengths), ragged(indptr[head], lengths)
    differs = (src[mine] != src[other]) | (np.abs(value[mine] - value[other]) > _SAME)
    starts = np.cumsum(lengths) - lengths
    equal = ~np.logical_or.reduceat(differs, starts)
    to = np.arange(len(root), dtype=np.int32)
    to[nodes[equal]] = head[equal]
    root[:] = to[root]


def _ordered(
    network: Network,
    root: Ints,
    depth: Ints,
    indptr: NDArray[np.int64],
    src: Ints,
    value: Floats,
    soft: Bools,
) -> Index:
    """Rows of the kept nodes, renumbered by level."""
    n = network.nodes
    kept = np.flatnonzero(root == np.arange(n, dtype=np.int32))
    lengths = (indptr[1:] - indptr[:-1])[kept]
    at = ragged(indptr[kept], lengths)
    compact = np.full(n, -1, dtype=np.int32)
    compact[kept] = np.arange(len(kept), dtype=np.int32)
    columns, weights = compact[root[src[at]]], value[at]
    starts = np.concatenate(([0], np.cumsum(lengths)))
    level = _levels(len(kept), starts, columns, kept, network)
    order = np.argsort(level, kind="stable")
    place = np.empty(len(kept), dtype=np.int32)
    place[order] = np.arange(len(kept), dtype=np.int32)
    lengths = lengths[order]
    at = ragged(starts[:-1][order], lengths)
    indices, weights = place[columns[at]], np.ascontiguousarray(weights[at])
    new_ptr = np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)
    cuts = np.concatenate(([0], np.cumsum(np.bincount(level)))) if len(kept) else np.zeros(1)
    back = _turned(len(kept), new_ptr, indices, weights)
    row_of = place[compact[root]] if n else np.zeros(0, dtype=np.int32)
    return Index(
        row_of,
        depth,
        cuts.astype(np.int64),
        new_ptr,
        indices,
        weights,
        *back,
        np.sort(place[compact[np.flatnonzero(soft)]]).astype(np.int32),
    )


def _turned(
    rows: int, indptr: NDArray[np.int64], indices: Ints, weights: Floats
) -> tuple[NDArray[np.int64], Ints, Floats]:
    """The transpose: per row, the rows that use it and how much of each it is."""
    if len(weights) < SMALL:
        users = np.repeat(np.arange(rows, dtype=np.int32), np.diff(indptr))
        return _small_csr(rows, indices, users, weights)
    from scipy.sparse import csr_array

    turned = csr_array((weights, indices, indptr), shape=(rows, rows)).T.tocsr()
    return (
        turned.indptr.astype(np.int64),
        turned.indices.astype(np.int32, copy=False),
        turned.data,
    )


def _levels(
    rows: int, indptr: NDArray[np.int64], columns: Ints, kept: NDArray[np.int64], network: Network
) -> Ints:
    """The longest way from a source to each row, in edges between rows."""
    del network
    waiting = (indptr[1:] - indptr[:-1]).copy()
    users = np.bincount(columns, minlength=rows)
    user_ptr = np.concatenate(([0], np.cumsum(users)))
    by_source = np.argsort(columns, kind="stable")
    owner = np.repeat(np.arange(rows, dtype=np.int32), waiting)[by_source]
    level = np.zeros(rows, dtype=np.int32)
    ready = np.flatnonzero(waiting == 0)
    done, deep = len(ready), 0
    while len(ready):
        touched = owner[ragged(user_ptr[ready], users[ready])]
        if len(touched) * 20 > rows:
            times = np.bincount(touched, minlength=rows)
            hit = np.flatnonzero(times)
            waiting[hit] -= times[hit]
        else:
            hit, times = np.unique(touched, return_counts=True)
            waiting[hit] -= times
        ready = hit[waiting[hit] == 0]
        deep += 1
        level[ready] = deep
        done += len(ready)
    if done < rows:
        raise Circle(_circle(indptr, columns, waiting > 0, kept))
    return level


def _circle(
    indptr: NDArray[np.int64], columns: Ints, stuck: Bools, kept: NDArray[np.int64]
) -> list[int]:
    """One circle among the rows that never became ready, as nodes in the order of flow."""
    at = int(np.flatnonzero(stuck)[0])
    seen: dict[int, int] = {}
    while at not in seen:
        seen[at] = len(seen)
        inputs = columns[indptr[at] : indptr[at + 1]]
        at = int(inputs[stuck[inputs]][0])
    names = list(seen)[seen[at] :][::-1]
    return [int(kept[row]) for row in names]
