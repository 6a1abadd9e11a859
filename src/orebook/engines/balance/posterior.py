"""The doubt of every reconciled figure, and what the rest implies of those nobody measured."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csc_array, csr_array

from orebook.engines.balance.classify import (
    FIXED,
    NOT_REDUNDANT,
    OBSERVABLE,
    REDUNDANT,
    UNOBSERVABLE,
)
from orebook.engines.balance.linearise import node_grades
from orebook.engines.balance.network import Bools, Floats, Ints, ends
from orebook.engines.balance.reconcile import shared_columns
from orebook.engines.balance.sparse import Sparse, near_by
from orebook.engines.balance.states import Known, Reconciled

_BLIND = 1e-9


def known_of(found: Reconciled) -> Known:
    """Classes, values and doubts of every figure of the network."""
    network, lay = found.network, found.lay
    many = len(network.components)
    shape = network.value.shape
    kind = np.full(shape, UNOBSERVABLE, dtype=object)
    value, sd, told = found.point.copy(), np.zeros(shape), np.zeros(shape, dtype=bool)
    fixed = network.known & (network.sd <= 0)
    kind[fixed] = FIXED
    told[network.known] = True
    sight = np.zeros(shape)
    derivative = csc_array(found.derivative)[:, : lay.column.size]
    own = found.sd[: lay.column.size]
    power = found.solver.quadratic(csc_array(derivative))
    seen = power * own**2
    flat_kind, flat_sd, flat_sight = kind.ravel(), sd.ravel(), sight.ravel()
    flat_sight[lay.column] = seen
    flat_kind[lay.column] = np.where(seen > _BLIND, REDUNDANT, NOT_REDUNDANT)
    flat_sd[lay.column] = np.sqrt(_left(found, power))
    kind, sd, sight = (a.reshape(shape) for a in (flat_kind, flat_sd, flat_sight))
    if lay.free.size:
        _unweighed(found, kind, sd, told)
    if network.matrix is None:
        _implied(found, kind, value, sd, told, many)
    value[~told] = 0.0
    return Known(kind, value, sd, told, sight)


def _left(found: Reconciled, power: Floats) -> Floats:
    """The variance that is left of each figure after reconciliation."""
    count = found.lay.column.size
    own = found.sd[:count] ** 2
    shared = shared_columns(found)
    if isinstance(found.solver, Sparse) and not found.solver.is_exact:
        found.solver.draws()
        return np.asarray(found.solver.left_over[:count])
    if shared is None:
        return np.maximum(own - own**2 * power, 0.0)
    derivative = csr_array(found.derivative)
    few, many = near_by(derivative, shared) if isinstance(found.solver, Sparse) else (None, shared)
    columns = csc_array(csc_array(derivative)[:, :count] * own[None, :])
    total, checked = own, own**2 * power
    if few is not None:
        near = csr_array(few[:count])
        columns = csc_array(columns + (derivative @ few) @ near.T)
        total = total + np.asarray(near.multiply(near).sum(axis=1)).ravel()
        checked = found.solver.quadratic(columns)
    if many is not None:
        # g = J V e_j, V = own² + U U': three terms, so that nothing grows with the figures squared.
        spread = np.asarray(many[:count].todense())
        total = total + (spread**2).sum(axis=1)
        moved = np.asarray((derivative @ many).todense())
        reach = found.solver.solve(moved)
        checked = checked + 2 * (np.asarray(columns.T @ reach) * spread).sum(axis=1)
        checked = checked + ((spread @ (moved.T @ reach)) * spread).sum(axis=1)
    return np.asarray(np.maximum(total - checked, 0.0))


def _unweighed(found: Reconciled, kind: np.ndarray, sd: Floats, told: Bools) -> None:
    """Masses nobody weighed but whose grades are known: observable where the null space is 0."""
    network, lay = found.network, found.lay
    many = len(network.components)
    loose = np.asarray(found.loose.todense())
    size = np.abs(loose).max(axis=0, initial=0.0)
    scale = np.where(size > 0, size, 1.0)
    left, values, right = np.linalg.svd(loose / scale[None, :], full_matrices=True)
    rank = int((values > 1e-10 * max(float(values.max(initial=0.0)), 1e-300)).sum())
    null = right[rank:]
    fixed = (np.abs(null) < 1e-7).all(axis=0) if null.size else np.ones(lay.free.size, dtype=bool)
    inverse = (right[:rank].T / values[:rank]) @ left[:, :rank].T / scale[:, None]
    weights = -csr_array(inverse) @ found.derivative
    spread = _functional(found, csr_array(weights))
    for place, figure in enumerate(lay.free.tolist()):
        edge = figure // many
        kind[edge, 0] = OBSERVABLE if fixed[place] else UNOBSERVABLE
        told[edge, 0] = bool(fixed[place])
        sd[edge, 0] = float(spread[place])


def _functional(found: Reconciled, weights: csr_array) -> Floats:
    """The sd of linear functions (rows) of the measured figures after reconciliation."""
    scaled = csr_array(weights * (found.sd**2)[None, :])
    before = np.asarray((scaled.multiply(weights)).sum(axis=1)).ravel()
    moved = csr_array(found.derivative) @ csc_array(scaled.T)
    shared = shared_columns(found)
    if shared is not None:
        reach = weights @ shared
        before = before + np.asarray((reach.multiply(reach)).sum(axis=1)).ravel()
        moved = moved + (csr_array(found.derivative) @ shared) @ csc_array(reach.T)
    after = found.solver.quadratic(csc_array(moved))
    return np.sqrt(np.maximum(before - after, 0.0))


def _implied(
    found: Reconciled, kind: np.ndarray, value: Floats, sd: Floats, told: Bools, many: int
) -> None:
    """Amounts across bridges of the unmeasured graph, from one side's balance."""
    network = found.network
    graded = network.known[:, 1:].any(axis=1)
    amounts: dict[tuple[int, int], tuple[float, csr_array]] = {}
    for k in range(many):
        unknown = ~network.known[:, k] if k else ~network.known[:, 0] & ~graded
        lost = unknown | (~network.known[:, 0] & ~graded)
        for edge in np.flatnonzero(found.contraction.bridge[:, k]).tolist():
            told_amount = _across(found, k, edge, lost)
            if told_amount is not None:
                amounts[edge, k] = told_amount
    rows, places = [], []
    slopes: dict[tuple[int, int], csr_array] = {}
    for (edge, k), (amount, weight) in sorted(amounts.items()):
        if k == 0:
            value[edge, 0] = amount
            slopes[edge, 0] = weight
        else:
            mass = amounts.get((edge, 0))
            base = mass[0] if mass is not None else float(value[edge, 0])
            if abs(base) < 1e-300 or (mass is None and not network.known[edge, 0]):
                continue
            value[edge, k] = amount / base
            if mass is not None:
                own = mass[1]
            else:
                at = np.flatnonzero(found.lay.column == edge * many)
                own = csr_array((np.ones(at.size), ([0] * at.size, at)), weight.shape)
            slopes[edge, k] = (weight - value[edge, k] * own) / base
        rows.append(slopes[edge, k])
        places.append((edge, k))
    if not rows:
        return
    from scipy.sparse import vstack

    spread = _functional(found, csr_array(vstack(rows, format="csr")))
    for (edge, k), doubt in zip(places, spread.tolist(), strict=True):
        kind[edge, k], told[edge, k], sd[edge, k] = OBSERVABLE, True, doubt


def _across(found: Reconciled, k: int, edge: int, lost: Bools) -> tuple[float, csr_array] | None:
    """The amount of component k on that bridge, and its derivative on the measured figures."""
    network = found.network
    tail, head = ends(network, k)
    size = len(network.nodes)
    side = _side(size, edge, np.flatnonzero(lost), tail, head)
    if side is None:
        return None
    inside = np.zeros(size + 1, dtype=bool)
    inside[list(side)] = True
    into = inside[head].astype(float) - inside[tail].astype(float)
    known = np.flatnonzero((into != 0) & ~lost)
    mass, grade = found.point[known, 0], found.point[known, k] if k else np.ones(known.size)
    sign = -into[edge]
    amount = float(sign * (into[known] * mass * grade).sum())
    many = len(network.components)
    where = {int(c): i for i, c in enumerate(found.lay.column)}
    data, columns = [], []
    for place, number in enumerate(known.tolist()):
        for figure, slope in ((number * many, grade[place]), (number * many + k, mass[place])):
            at = where.get(figure)
            if at is not None and (k or figure % many == 0):
                data.append(sign * into[number] * (slope if k else 1.0))
                columns.append(at)
            if not k:
                break
    slack = found.lay.column.size
    for number, item in enumerate(network.slacks):
        if inside[item.node]:
            share = node_grades(found.network, found.point)[item.node, k]
            amount += sign * item.sign * share * float(found.slack[number])
            data.append(sign * item.sign * share)
            columns.append(slack + number)
    shape = (1, found.derivative.shape[1])
    return amount, csr_array((data, ([0] * len(data), columns)), shape=shape)


def _side(size: int, edge: int, lost: Ints, tail: Ints, head: Ints) -> set[int] | None:
    """The nodes on the side of a bridge that does not reach the outside."""
    around: dict[int, list[int]] = {}
    for other in lost.tolist():
        if other != edge:
            around.setdefault(int(tail[other]), []).append(int(head[other]))
            around.setdefault(int(head[other]), []).append(int(tail[other]))
    for begin in (int(head[edge]), int(tail[edge])):
        seen, stack = {begin}, [begin]
        while stack:
            for other in around.get(stack.pop(), []):
                if other not in seen:
                    seen.add(other)
                    stack.append(other)
        if size not in seen:
            return seen
    return None
