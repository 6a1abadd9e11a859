"""Solving S x = b for large systems: a sparse factor where it pays, block steps where it does not.

Same questions as the dense method of `solve`: P times a column, the form g'Pg of a suspicion, P on
the rows of a node. With qdldl and numba the forms come from the selected inverse, exact; else
they are estimated from draws of noise, and whoever decides by one has it solved for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import NoReturn

import numpy as np
from scipy.sparse import bsr_array, coo_array, csc_array, csr_array, hstack
from scipy.sparse.csgraph import reverse_cuthill_mckee

from orebook.engines.balance.draws import TOGETHER, together
from orebook.engines.balance.large import STEPS, conjugate
from orebook.engines.balance.network import Anything, Bools, Floats, Ints
from orebook.engines.balance.selected import Inverse, factor, forms, inverse_of, squares
from orebook.engines.balance.solve import Unsolved

CLOSE = 1e-12
DRAWS = 64
# What may be left of the gaps of a draw: far below what 64 draws tell, and its square blinds none.
_DRAWN = 1e-8
# Rows times the square of the mean width of their envelope: above it a factor fills in too much.
EFFORT = 2e12
_LOCAL = 64
_PIVOT = 1e-11
# Steps without a factor before one is made all the same.
_PATIENCE = 400


@dataclass(slots=True, eq=False)
class Sparse:
    """S of a large system, scaled to a unit diagonal, with a factor of it or of one nearby.

    `is_exact` says whether `quadratic` and `blocks` are exact, by a factor that is made when one is
    asked for, or estimated from draws. `shared` are whitened columns Z of the errors that many
    readings share: P = S₀⁻¹ − Z Z'. Those of a few are in S₀; `few` tells how far each moves a
    figure, beside the figure's own doubt `own`.
    """

    cover: csc_array
    spread: csr_array
    extent: Floats
    node: Ints
    is_exact: bool
    own: Floats
    cliques: csr_array | None = None
    made: Anything = None
    borrowed: bool = False
    shared: Floats | None = None
    few: csr_array | None = None
    _inverse: Inverse | None = None
    _drawn: Floats | None = None
    _blocks: Callable[[Floats], Floats] | None = None
    names: Sequence[str] = ()
    left_over: Floats = field(default_factory=lambda: np.zeros(0))

    @property
    def rank(self) -> int:
        """How many independent balances are judged."""
        return int(self.extent.size)

    @property
    def matrix(self) -> NoReturn:
        """Not held at this size."""
        message = f"the inverse of {self.rank} balances is not held whole"
        raise Unsolved(message)

    def solve(self, right: Floats) -> Floats:
        """P times one or many columns."""
        if right.ndim == 2:
            columns = [self.solve(np.ascontiguousarray(c)) for c in right.T]
            return np.stack(columns, axis=1) if columns else np.zeros_like(right)
        found = self._plain(right)
        if self.shared is not None:
            found = found - self.shared @ (self.shared.T @ right)
        return found

    def _plain(self, right: Floats) -> Floats:
        return self.begun(right, None, CLOSE)

    def begun(self, right: Floats, before: Floats | None, tolerance: float) -> Floats:
        """S₀⁻¹ times one column to that tolerance, from a state before it where there is one."""
        scaled = right / self.extent
        near = self._near()
        begin = near(scaled) if before is None else before * self.extent

        def apply(vector: Floats) -> Floats:
            return np.asarray(self.cover @ vector)

        lasting = self.made is None and self.is_exact
        try:
            found, _ = conjugate(
                apply, scaled, near, begin, tolerance, _PATIENCE if lasting else STEPS
            )
        except Unsolved:
            if not lasting:
                raise
            self.made = self._factored()
            found, _ = conjugate(apply, scaled, self._near(), begin, tolerance)
        return np.asarray(found / self.extent)

    def _near(self) -> Callable[[Floats], Floats]:
        if self.made is not None:
            made = self.made
            return lambda x: np.asarray(made.solve(x))
        if self._blocks is None:
            self._blocks = _block_inverses(self.cover, self.node)
        return self._blocks

    def _factored(self) -> Anything:
        """A factor of this very system. Refuses: Unsolved, naming a balance of no doubt left."""
        cover = self.cover
        if self.cliques is not None:
            # Places where S is zero and its inverse is asked for are kept in the pattern.
            asked, held = coo_array(self.cliques @ self.cliques.T), coo_array(cover)
            rows = np.concatenate([held.row, asked.row])
            cols = np.concatenate([held.col, asked.col])
            data = np.concatenate([held.data, np.zeros(asked.row.size)])
            cover = csc_array(coo_array((data, (rows, cols)), shape=cover.shape))
        # Scaled to a unit diagonal, so a pivot is what is left of a balance once others are known.
        row = None
        try:
            made = factor(cover)
            _, pivots, order = made.factors()
            least = int(np.argmin(pivots))
            row, whole = int(order[least]), bool(pivots[least] > _PIVOT)
        except RuntimeError:
            whole = False
        if not whole:
            where = "" if row is None else f" of {_named(self.names, int(self.node[row]))}"
            message = f"a balance{where} follows from the others, as in a closed ring"
            raise Unsolved(message)
        return made

    def inverse(self) -> Inverse:
        """The selected inverse of this very system; made once."""
        if self._inverse is None:
            if self.borrowed or self.made is None:
                self.made, self.borrowed = self._factored(), False
            self._inverse = inverse_of(self.made)
        return self._inverse

    def quadratic(self, columns: csc_array) -> Floats:
        """The form g'Pg of each column."""
        columns = csc_array(columns)
        if not self.is_exact:
            return np.asarray(((columns.T @ self.draws()) ** 2).mean(axis=1))
        scaled = columns.copy()
        scaled.data = columns.data / self.extent[columns.indices]
        local = np.diff(columns.indptr) <= _LOCAL
        found, told = forms(self.inverse(), scaled, local)
        for place in np.flatnonzero(~told).tolist():
            column = np.asarray(columns[:, [place]].todense()).ravel()
            found[place] = float(column @ self._plain(column))
        if self.shared is not None:
            found = found - np.asarray((columns.T @ self.shared) ** 2).sum(axis=1)
        return np.maximum(found, 0.0)

    def blocks(self, rows: Ints) -> Floats:
        """P on each row list (m × k): m blocks k × k; a row number -1 gives zeros."""
        if not self.is_exact:
            drawn = self.draws()
            part = np.where(rows[:, :, None] >= 0, drawn[np.maximum(rows, 0)], 0.0)
            return np.asarray(part @ part.transpose(0, 2, 1) / drawn.shape[1])
        found = squares(self.inverse(), rows)
        scale = np.where(rows >= 0, 1.0 / self.extent[np.maximum(rows, 0)], 0.0)
        found *= scale[:, :, None] * scale[:, None, :]
        if self.shared is not None:
            part = np.where(rows[:, :, None] >= 0, self.shared[np.maximum(rows, 0)], 0.0)
            found -= part @ part.transpose(0, 2, 1)
        return found

    def draws(self) -> Floats:
        """λ of so many draws of noise: their covariance is P (rows × draws); made once.

        `left_over` is then the variance that is left of each figure.
        """
        if self._drawn is None:
            chance = np.random.default_rng(1)
            drawn = np.zeros((self.rank, DRAWS))
            count = self.spread.shape[1] - (0 if self.few is None else self.few.shape[1])
            left = np.zeros(count)
            for begun in range(0, DRAWS, TOGETHER):
                noise = chance.standard_normal((TOGETHER, self.spread.shape[1])).T
                right = np.asarray(self.spread @ noise)
                solved = together(lambda x: np.asarray(self.cover @ x), right, _DRAWN, self._near())
                drawn[:, begun : begun + TOGETHER] = solved / self.extent[:, None]
                unseen = noise - self.spread.T @ solved
                shared = 0.0 if self.few is None else self.few @ unseen[count:]
                left += ((self.own[:, None] * unseen[:count] + shared) ** 2).sum(axis=1)
            self._drawn, self.left_over = drawn, left / DRAWS
        return self._drawn


def sparse(
    derivative: csr_array, variance: Floats, shared: csr_array | None, node: Ints,
    cliques: csr_array | None = None, near: Sparse | None = None, names: Sequence[str] = (),
) -> Sparse:  # fmt: skip
    """The large system of S = J V J' (and what readings share), ready to be solved.

    Takes: the node of each row, by which rows are blocked; `cliques`, rows (by column) between
    which the inverse will be asked for; `near`, a system whose factor is close.
    Refuses: Unsolved where a balance has no doubt at all, or follows from the others.
    """
    own = np.sqrt(variance)
    spread = csr_array(derivative * own[None, :])
    few, shared = near_by(derivative, shared)
    if few is not None:
        spread = csr_array(hstack([spread, derivative @ few], format="csr"))
    extent = np.sqrt(np.asarray(spread.multiply(spread).sum(axis=1)).ravel())
    if not (extent > 0).all():
        where = _named(names, int(node[np.flatnonzero(extent <= 0)[0]]))
        message = f"the balance of {where} has no figure with a doubt"
        raise Unsolved(message)
    spread = csr_array(spread.multiply((1.0 / extent)[:, None]))
    product = csr_array(spread @ spread.T)
    product.sort_indices()
    # Symmetric: its rows are its columns.
    cover = csc_array((product.data, product.indices, product.indptr), shape=product.shape)
    if near is None:
        able = bool(find_spec("qdldl") and find_spec("numba")) and pays(cover, node)
        found = Sparse(cover, spread, extent, node, able, own, cliques, few=few, names=names)
    else:
        found = Sparse(
            cover,
            spread,
            extent,
            node,
            near.is_exact,
            own,
            cliques,
            near.made,
            near.made is not None,
            few=few,
            names=names,
        )
    if shared is not None:
        if not found.is_exact:
            message = "readings that share an error need the extras `exact` and `fast` at this size"
            raise Unsolved(message)
        if found.made is None:
            found.made = found._factored()  # noqa: SLF001
        moved = np.asarray((derivative @ shared).todense())
        reach = found.solve(moved)
        inner = np.eye(moved.shape[1]) + moved.T @ reach
        found.shared = np.linalg.solve(np.linalg.cholesky((inner + inner.T) / 2), reach.T).T
    return found


def near_by(
    derivative: csr_array, shared: csr_array | None
) -> tuple[csr_array | None, csr_array | None]:
    """The errors that a few neighbours share, which leave S sparse, and those of many."""
    if shared is None:
        return None, None
    local = np.diff(csc_array(derivative @ shared).indptr) <= _LOCAL
    columns = csc_array(shared)
    few, many = csr_array(columns[:, local]), csr_array(columns[:, ~local])
    return few if local.any() else None, None if local.all() else many


def pays(cover: csc_array, node: Ints) -> bool:
    """Whether a factor stays sparse: by the envelope of the nodes, ordered by Cuthill and McKee."""
    count = int(node.max()) + 1
    pattern = coo_array(cover)
    ones = np.ones(pattern.row.size, dtype=np.int8)
    graph = csr_array(coo_array((ones, (node[pattern.row], node[pattern.col])), (count, count)))
    order = reverse_cuthill_mckee(graph, symmetric_mode=True)
    place = np.empty(count, dtype=np.int64)
    place[order] = np.arange(count)
    pairs = coo_array(graph)
    first = np.arange(count)
    np.minimum.at(first, place[pairs.row], place[pairs.col])
    width = float((np.arange(count) - first).mean()) * (cover.shape[0] / count)
    return bool(width**2 * cover.shape[0] <= EFFORT)


def _named(names: Sequence[str], node: int) -> str:
    return names[node] if node < len(names) else "a bound or of the parts of a lot"


def _block_inverses(cover: csc_array, node: Ints) -> Callable[[Floats], Floats]:
    """The inverse of each node's own block, as a preconditioner."""
    order = np.argsort(node, kind="stable")
    size = np.bincount(node)
    size = size[size > 0]
    many = int(size.max())
    start = np.concatenate([[0], np.cumsum(size)])
    slot = np.empty(node.size, dtype=np.int64)
    group = np.empty(node.size, dtype=np.int64)
    group[order] = np.repeat(np.arange(size.size), size)
    slot[order] = np.arange(node.size) - np.repeat(start[:-1], size)
    pairs = coo_array(cover)
    same = group[pairs.row] == group[pairs.col]
    blocks = np.zeros((size.size, many, many))
    row, col = pairs.row[same], pairs.col[same]
    blocks[group[row], slot[row], slot[col]] = pairs.data[same]
    idle: Bools = np.arange(many)[None, :] >= size[:, None]
    spot = np.arange(many)
    blocks[:, spot, spot] += idle
    inverse = np.linalg.inv(blocks)
    starts = np.arange(size.size + 1)
    apply = bsr_array((inverse, starts[:-1], starts), shape=(size.size * many,) * 2)
    place = group * many + slot

    def near(vector: Floats) -> Floats:
        full = np.zeros((size.size * many, *vector.shape[1:]))
        full[place] = vector
        return np.asarray((apply @ full)[place])

    return near
