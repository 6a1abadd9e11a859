"""A balance after new events, begun at the one before: only what they touch is solved again.

Given λ at the nodes, each transfer's figures follow from its own readings in closed form: a state
is λ alone, and what it leaves open at each balance is told in time linear in the transfers. Where
that is more than a trace, λ is moved there and a few steps around (Newton's method), until nothing
is left open anywhere: whatever the change was, the answer is that of a fresh start.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from orebook.engines.balance.classify import contract, opened
from orebook.engines.balance.large import conjugate, inverted
from orebook.engines.balance.linearise import layout
from orebook.engines.balance.network import Bools, Floats, Ints, Network
from orebook.engines.balance.solve import Unsolved
from orebook.engines.balance.starts import start
from orebook.engines.balance.states import Layout, Reconciled

# What may be left open of a balance, as a share of what goes through it.
TRACE = 1e-11
# Above this share of all balances a whole solve is as fast.
_MOST = 0.25
# Below so many balances nothing is too far.
_FEW = 2000
_TURNS = 60
_FIRST, _MORE = 6, 6
_INEXACT = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """What is kept of a balance: λ of every node and component (N × k), by the names of both."""

    nodes: tuple[str, ...]
    components: tuple[str, ...]
    pull: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Rebalanced:
    """A balanced state: figures (E × k), λ of each balance, and the sum of squared adjustments.

    `solved` of `lay.rows` balances were solved again; `closure` is the worst balance that is left,
    as a share of what goes through it.
    """

    network: Network
    lay: Layout
    point: Floats
    multiplier: Floats
    statistic: float
    closure: float
    solved: int
    turns: int

    def standing(self) -> Standing:
        """What the next balance begins from."""
        return _standing(self.network, self.lay, self.multiplier)

    def sentence(self) -> str:
        """How much of it is new."""
        many, every = f"{self.solved:,}", f"{self.lay.rows:,}"
        return f"begun at the balance before, {many} of {every} balances solved again"


class Afresh(Unsolved):
    """This balance has to be solved whole; the message says why."""

    code = "afresh"


def standing(found: Reconciled) -> Standing | None:
    """What is kept of a balance for the next; None where a λ alone does not tell its state."""
    if found.held or found.network.matrix is not None or unlike(found.network, found.lay):
        return None
    return _standing(found.network, found.lay, found.multiplier)


def _standing(network: Network, lay: Layout, multiplier: Floats) -> Standing:
    pull = np.where(lay.row >= 0, np.append(multiplier[: lay.rows], 0.0)[lay.row], 0.0)
    return Standing(network.nodes, network.components, pull)


def unlike(network: Network, lay: Layout) -> str:
    """Why a state is more than λ and readings here; empty where it is not."""
    if network.slacks or network.shared or lay.splits:
        return "there are stocks, shared errors or parts held to one grade"
    if lay.free.size:
        return "nobody weighed a mass whose grade was read"
    return ""


def rebalance(network: Network, before: Standing) -> Rebalanced:
    """The balance of a network that a few events have changed since the one before.

    Refuses: Afresh where it must be solved whole: the change reaches too far, a figure comes to a
    bound of nature, or a state is more than λ and readings.
    """
    if network.matrix is not None:
        message = "the balances are given as a matrix"
        raise Afresh(message)
    lay = layout(network, opened(network, contract(network)))
    if why := unlike(network, lay):
        raise Afresh(why)
    if before.components != network.components:
        message = "other components are followed than before"
        raise Afresh(message)
    work = _Work(network, lay, _known(network, lay, before))
    solved, turns = work.settle()
    # Anew and of the whole: what the turns added up is not trusted.
    found = work.anew()
    # With shares above 0 these figures are the least adjusted that there are, not only stationary.
    if not work.sure or not np.isfinite(found).all() or work.open().any():
        message = "what is left open does not vanish"
        raise Afresh(message)
    # The bounds are those of a whole solve, where what nobody read is no figure.
    seen = np.where(network.known, found, 0.0)
    low = -1e-12 * max(1.0, float(np.abs(seen).max(initial=0.0)))
    if (seen < low).any() or (seen[:, 1:].sum(axis=1) > 1 + 1e-12).any():
        message = "a figure comes to a bound of nature"
        raise Afresh(message)
    doubt = work.sd > 0
    adjusted = (found[doubt] - network.value[doubt]) / work.sd[doubt]
    if not network.known.all():
        found = np.where(network.known, found, start(network, lay))
    closure = float(np.max(np.abs(work.gap) / work.through, initial=0.0))
    return Rebalanced(
        network,
        lay,
        found,
        work.pull[: lay.rows],
        float(adjusted @ adjusted),
        closure,
        solved,
        turns,
    )


def _known(network: Network, lay: Layout, before: Standing) -> Floats:
    """λ of each balance as it stood, 0 where there was none (rows + 1, the last 0)."""
    if network.nodes[: len(before.nodes)] == before.nodes:
        old = np.arange(len(network.nodes))
        old[len(before.nodes) :] = -1
    else:
        place = {name: i for i, name in enumerate(before.nodes)}
        old = np.array([place.get(name, -1) for name in network.nodes], dtype=np.int64)
    own = old[lay.place_node]
    told = np.append(before.pull, np.zeros((1, before.pull.shape[1])), 0)
    return np.append(told[own, lay.place_component], 0.0)


class _Work:
    """λ of the balances (`pull`, one more at the end that stays 0) and what follows from them."""

    def __init__(self, network: Network, lay: Layout, pull: Floats) -> None:
        self.network, self.lay, self.pull = network, lay, pull
        self.size, self.many = lay.row.shape
        outside = np.full((1, self.many), lay.rows)
        self.row = np.concatenate([np.where(lay.row >= 0, lay.row, lay.rows), outside])
        self.tail = np.where(network.tail >= 0, network.tail, self.size)
        self.head = np.where(network.head >= 0, network.head, self.size)
        self.sd = np.where(network.known, network.sd, 0.0)
        self.merged = lay.rows < int((lay.row >= 0).sum())
        self.anew()

    def anew(self) -> Floats:
        """The figures (E × k) at this λ; with what they leave open, and what goes through."""
        every = slice(None)
        found, _, share = self._figures(every)
        self.sure = bool((share > 0).all())
        self.amount = _amounts(found)
        self.gap = self._at_rows(every, self.amount)
        through = self._at_rows(every, np.abs(self.amount), outward=1.0)
        self.through = np.where(through > 0, through, 1.0)
        return found

    def open(self) -> Bools:
        """Which balances are left open by more than a trace."""
        found: Bools = np.abs(self.gap) > TRACE * self.through
        return found

    def settle(self) -> tuple[int, int]:
        """Move λ until nothing is open. Gives: how many balances were moved, in how many turns."""
        moved = np.zeros(self.lay.rows, dtype=bool)
        most = max(_FEW, _MOST * self.lay.rows)
        for turn in range(_TURNS):
            bad = np.flatnonzero(self.open())
            if not bad.size:
                return int(moved.sum()), turn
            inside = self._around(self.lay.place_node[bad], _MORE if turn else _FIRST)
            rows = np.unique(self.row[inside])
            rows = rows[rows < self.lay.rows]
            moved[rows] = True
            if moved.sum() > most:
                message = f"the change reaches {moved.sum()} of {self.lay.rows} balances"
                raise Afresh(message)
            self._newton(np.flatnonzero(inside[self.tail] | inside[self.head]), rows)
        message = f"the turns do not settle: {_TURNS} taken"
        raise Afresh(message)

    def _around(self, nodes: Ints, steps: int) -> Bools:
        """The nodes so many transfers away; those merged into one balance are one."""
        inside = np.zeros(self.size + 1, dtype=bool)
        inside[nodes] = True
        for _ in range(steps):
            self._joined(inside)
            touched = np.flatnonzero(inside[self.tail] | inside[self.head])
            inside[self.tail[touched]] = inside[self.head[touched]] = True
            inside[self.size] = False
        self._joined(inside)
        return inside

    def _joined(self, inside: Bools) -> None:
        if self.merged:
            rows = np.zeros(self.lay.rows + 1, dtype=bool)
            rows[self.row[inside]] = True
            rows[self.lay.rows] = False
            inside |= rows[self.row].any(axis=1)

    def _figures(self, edges: Ints | slice) -> tuple[Floats, Floats, Floats]:
        """Figures of those transfers (e × k), stationary at this λ; the force on each; and a share.

        m = m̂ − s²(F₀ + Σ F c) and c = ĉ − s_c² m F, solved for m: the share is 1 − s² Σ s_c² F².
        """
        if isinstance(edges, slice):
            at = self.pull[self.row]
            force = at[self.head] - at[self.tail]
        else:
            force = self.pull[self.row[self.head[edges]]] - self.pull[self.row[self.tail[edges]]]
        found, variance = self.network.value[edges].copy(), self.sd[edges] ** 2
        along = variance[:, 1:] * force[:, 1:]
        moved = force[:, 0] + np.einsum("ek,ek->e", force[:, 1:], found[:, 1:])
        share = 1.0 - variance[:, 0] * np.einsum("ek,ek->e", along, force[:, 1:])
        found[:, 0] = (found[:, 0] - variance[:, 0] * moved) / share
        found[:, 1:] -= along * found[:, :1]
        return found, force, share

    def _at_rows(self, edges: Ints | slice, amount: Floats, outward: float = -1.0) -> Floats:
        """Amounts summed at the balances they enter and leave; what nobody read counts nowhere."""
        found = np.zeros(self.lay.rows + 1)
        head, tail, known = self.head[edges], self.tail[edges], self.network.known[edges]
        for k in range(self.many):
            told = np.where(known[:, k], amount[:, k], 0.0)
            row = np.ascontiguousarray(self.row[:, k])
            found += np.bincount(row[head], told, found.size)
            found += outward * np.bincount(row[tail], told, found.size)
        return found[:-1]

    def _newton(self, edges: Ints, rows: Ints) -> None:
        """One step of λ at those balances, all others held."""
        place = np.full(self.lay.rows + 1, rows.size)
        place[rows] = np.arange(rows.size)
        head, tail = (place[self.row[side[edges]]] for side in (self.head, self.tail))
        cover = self._cover(edges)
        near, extent = self._near(rows, head, tail, cover)

        def apply(vector: Floats) -> Floats:
            padded = np.append(vector / extent, 0.0)
            flow = np.einsum("eij,ej->ei", cover, padded[head] - padded[tail])
            found = np.zeros(rows.size + 1)
            for k in range(self.many):
                found += np.bincount(head[:, k], flow[:, k], found.size)
                found -= np.bincount(tail[:, k], flow[:, k], found.size)
            return np.asarray(found[:-1] / extent)

        target = self.gap[rows] / extent
        moved, _ = conjugate(apply, target, near, np.zeros(rows.size), _INEXACT)
        self.pull[rows] += moved / extent
        now = _amounts(self._figures(edges)[0])
        self.gap += self._at_rows(edges, now - self.amount[edges])
        self.amount[edges] = now

    def _cover(self, edges: Ints) -> Floats:
        """How each transfer's amounts answer to its forces, with the sign turned (e × k × k)."""
        found, force, share = self._figures(edges)
        if not (share > 0).all():
            message = "the change is too large to be followed step by step"
            raise Afresh(message)
        variance = self.sd[edges] ** 2
        ray = found - variance * found[:, :1] * force
        ray[:, 0] = 1.0
        ray = np.where(self.network.known[edges], ray, 0.0)
        cover = ray[:, :, None] * ray[:, None, :] * (variance[:, 0] / share)[:, None, None]
        spot = np.arange(1, self.many)
        cover[:, spot, spot] += found[:, :1] ** 2 * variance[:, 1:]
        return np.asarray(cover)

    def _near(self, rows: Ints, head: Ints, tail: Ints, cover: Floats):  # type: ignore[no-untyped-def]
        """The inverse of what each node has to itself, and the extent of each balance."""
        node, part = self.lay.place_node[rows], self.lay.place_component[rows]
        _, group = np.unique(node, return_inverse=True)
        group = np.append(group, -1)
        count = int(group.max(initial=-1)) + 1
        blocks = np.zeros((count, self.many, self.many))
        for side in (head, tail):
            own = group[side]
            for i in range(self.many):
                for j in range(self.many):
                    same = own[:, i] == own[:, j]
                    where = np.where(same, own[:, i], -1) + 1
                    blocks[:, i, j] += np.bincount(where, cover[:, i, j], count + 1)[1:]
        group = group[:-1]
        extent = np.sqrt(blocks[group, part, part])
        if not (extent > 0).all():
            message = "a balance has no figure with a doubt"
            raise Afresh(message)
        inverse = inverted(blocks)

        def near(vector: Floats) -> Floats:
            full = np.zeros((count, self.many))
            full[group, part] = vector * extent
            return np.asarray(np.einsum("nij,nj->ni", inverse, full)[group, part] * extent)

        return near, extent


def _amounts(found: Floats) -> Floats:
    """Masses, and masses of each element."""
    whole = found * found[:, :1]
    whole[:, 0] = found[:, 0]
    return whole
