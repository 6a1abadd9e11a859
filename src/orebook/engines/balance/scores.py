"""Generalised likelihood ratios of all suspicions from one solve, given those already fitted."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csc_array, hstack
from scipy.special import gammaincc, gammaln, log_ndtr

from orebook.engines.balance.network import Floats, Ints
from orebook.engines.balance.solve import Exact
from orebook.engines.balance.suspicions import Scores, Suspects

_BLIND = 1e-9


def scores(
    solver: Exact, residual: Floats, known: Suspects, chosen: csc_array | None, first: Floats
) -> Scores:
    """The scores after the chosen columns are fitted. `first` is g'Pg before anything was.

    Source: Narasimhan and Mah 1987 (GLR); with one column of A it is the maximum power test.
    """
    basis = None
    multiplier = solver.solve(residual)
    if chosen is not None and chosen.shape[1]:
        basis = _whitened(solver, chosen)
        multiplier = multiplier - basis.T @ (basis @ residual)
    columns = known.columns
    power = first.copy()
    if basis is not None:
        power = power - np.asarray((columns.T @ basis.T) ** 2).sum(axis=1)
    seen = power > np.maximum(_BLIND * first, 1e-300)
    safe = np.where(seen, power, 1.0)
    pull = np.asarray(columns.T @ multiplier)
    statistic = np.where(seen, pull**2 / safe, 0.0)
    size = np.where(seen, pull / safe, 0.0)
    sd = np.where(seen, 1.0 / np.sqrt(safe), 0.0)
    node, freedom = _of_any_kind(solver, multiplier, basis, known)
    return Scores(statistic, size, sd, node, freedom)


def _whitened(solver: Exact, chosen: csc_array) -> Floats:
    """W with P H (H'PH)⁻¹ H'P = W'W."""
    moved = np.asarray(chosen.T @ solver.matrix)
    inner = np.asarray(chosen.T @ moved.T)
    values, vectors = np.linalg.eigh(inner)
    keep = values > 1e-12 * max(float(values.max(initial=0.0)), 1e-300)
    return np.asarray((vectors[:, keep] / np.sqrt(values[keep])).T @ moved)


def _of_any_kind(
    solver: Exact, multiplier: Floats, basis: Floats | None, known: Suspects
) -> tuple[Floats, Floats]:
    rows = known.node_rows
    if rows.shape[1] < 2 or not multiplier.size:
        return np.zeros(rows.shape[0]), np.ones(rows.shape[0])
    blocks = solver.blocks(rows)
    whole = np.diagonal(blocks, axis1=1, axis2=2)
    safe = np.maximum(rows, 0)
    if basis is not None:
        part = np.where(rows[:, :, None] >= 0, basis.T[safe], 0.0)
        blocks = blocks - part @ part.transpose(0, 2, 1)
    return any_kind(blocks, np.where(rows >= 0, multiplier[safe], 0.0), whole)


def any_kind(blocks: Floats, pull: Floats, whole: Floats) -> tuple[Floats, Floats]:
    """The statistic of an amount of any composition per node, and its dimension.

    Takes: P on the rows of each node (m × k × k) and λ there (m × k), 0 where a row is absent;
    `whole`, its diagonal before anything was fitted: what is left of less than a millionth of it
    is rounding.
    """
    live = np.diagonal(blocks, axis1=1, axis2=2) > 1e-6 * whole
    blocks = np.where(live[:, :, None] & live[:, None, :], blocks, 0.0)
    pull = np.where(live, pull, 0.0)
    extent = np.sqrt(np.maximum(np.diagonal(blocks, axis1=1, axis2=2), 0.0))
    extent = np.where(extent > 0, extent, 1.0)
    values, vectors = np.linalg.eigh(blocks / extent[:, :, None] / extent[:, None, :])
    inside = values > 1e-7
    along = np.einsum("nij,ni->nj", vectors, pull / extent)
    statistic = np.where(inside, along**2 / np.where(inside, values, 1.0), 0.0).sum(axis=1)
    freedom = inside.sum(axis=1)
    return statistic, np.maximum(freedom, 1).astype(np.float64)


def evidence(statistic: Floats, freedom: Floats | float) -> Floats:
    """Minus the natural logarithm of the chance that clean data score as high."""
    values = np.asarray(statistic, dtype=np.float64)
    if isinstance(freedom, float) and freedom == 1.0:
        # Both tails of the normal distribution; its logarithm holds however far out.
        return np.asarray(-np.log(2.0) - log_ndtr(-np.sqrt(np.maximum(values, 0.0))))
    many = np.broadcast_to(np.asarray(freedom, dtype=np.float64), values.shape)
    near = -np.log(gammaincc(many / 2, np.clip(values, 0.0, 400.0) / 2))
    # Far out, the leading term of the incomplete gamma function.
    half = np.maximum(values / 2, 1.0)
    far = half - (many / 2 - 1) * np.log(half) + gammaln(many / 2)
    return np.asarray(np.where(values < 400.0, near, far))


def sidak(count: int, level: float = 0.05) -> float:
    """The evidence that one of `count` tests needs, so that clean data pass all in 1 − level."""
    return float(-np.log(-np.expm1(np.log1p(-level) / max(count, 1))))


def joined(picks: list[csc_array]) -> csc_array | None:
    """The chosen columns side by side."""
    if not picks:
        return None
    return csc_array(hstack(picks, format="csc"))


def left_of(
    solver: Exact, residual: Floats, chosen: list[csc_array], rows: Ints
) -> tuple[Floats, Floats]:
    """P and λ on the rows of one node after the chosen columns are fitted; absent rows are 0."""
    multiplier = solver.solve(residual)
    block = solver.blocks(np.asarray(rows)[None, :])[0]
    safe = np.maximum(rows, 0)
    if chosen:
        basis = _whitened(solver, csc_array(hstack(chosen, format="csc")))
        multiplier = multiplier - basis.T @ (basis @ residual)
        part = np.where(np.asarray(rows)[:, None] >= 0, basis.T[safe], 0.0)
        block = block - part @ part.T
    return block, np.where(rows >= 0, multiplier[safe], 0.0)
