"""Made chains for benches and proofs: lots and events in stages, drawn from a seed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from orebook.engines.balance.large import Wide
from orebook.engines.balance.network import Floats, Ints, Network, closing_nodes


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """A chain that balances exactly: edges with true masses and grades, and the scale of each."""

    wide: Wide
    mass: Floats
    grade: Floats
    scale: Ints

    def network(self, value: Floats, sd: Floats, scales: int = 0) -> Network:
        """The chain as measured: readings and deviations (edges × mass and up to four grades).

        Takes: `scales`, how many scales the masses were weighed on; 0 leaves them unnamed.
        """
        wide, many = self.wide, value.shape[1]
        names = tuple(f"{'lot' if is_lot else 'event'}-{i}" for i, is_lot in enumerate(wide.lot))
        closed = closing_nodes(len(names), wide.tail, wide.head)
        return Network(
            names, tuple(f"e{i}" for i in range(wide.tail.size)),
            ("dry mass", "Nd", "Pr", "Sb", "Cu")[:many], wide.tail, wide.head, value, sd,
            np.ones(value.shape, dtype=bool), np.repeat(closed[:, None], many, axis=1),
            groups={"scale": tuple(f"scale-{s % scales}" for s in self.scale)} if scales else {},
        )  # fmt: skip

    def through(self, node: int) -> Floats:
        """What goes into a node: mass, and the mass of each element."""
        into = self.wide.head == node
        metal = (self.mass[into, None] * self.grade[into]).sum(axis=0)
        return np.concatenate([[self.mass[into].sum()], metal])

    def last_lots(self) -> Ints:
        """Lots that go outside and nowhere else: what changes there breaks no other balance."""
        onward = np.zeros(self.wide.lot.size, dtype=bool)
        inner = (self.wide.tail >= 0) & (self.wide.head >= 0)
        onward[self.wide.tail[inner]] = True
        fed = np.zeros_like(onward)
        fed[self.wide.head[self.wide.head >= 0]] = True
        return np.flatnonzero(self.wide.lot & ~onward & fed)

    def after(self, node: int, amount: Floats) -> Made:
        """The chain after that amount left the node unrecorded: its outputs carry the rest."""
        mass, grade = self.mass.copy(), self.grade.copy()
        out = self.wide.tail == node
        share = 1 - amount / self.through(node)
        mass[out] *= share[0]
        grade[out] *= share[1:] / share[0]
        return replace(self, mass=mass, grade=grade)


def chain(
    lots: int, *, sites: int = 8, stages: int = 5, seed: int = 1, mixing: bool = False,
    joined: bool = False,
) -> Made:  # fmt: skip
    """A mine-to-metal chain of about so many lots; `mixing` lets any lot meet any other.

    Each site keeps to itself unless `joined`: then it sells one part in two hundred to the next
    site, and the whole is one connected component.

    Each event takes one to three lots of the stage before, from its own site unless mixing, and
    gives one or two lots and a residue; a lot goes to one or two events, the last ones outside.
    """
    chance = np.random.default_rng(seed)
    per = max(lots // stages, 4)
    made = _Edges()
    mass = chance.uniform(50, 150, per)
    grade = chance.uniform([0.005, 0.002, 0.01, 0.005], [0.02, 0.006, 0.03, 0.012], (per, 4))
    lot = _Lots(0, mass, grade, np.sort(chance.integers(0, sites, per)))
    made.add(np.full(per, -1), np.arange(per), lot.mass, lot.grade)
    kinds = [np.ones(per, dtype=bool)]
    for _ in range(1, stages):
        lot, events = _stage(chance, made, lot, sites, mixing=mixing, joined=joined)
        kinds += [np.zeros(events, dtype=bool), np.ones(per, dtype=bool)]
    made.add(lot.first + np.arange(per), np.full(per, -1), lot.mass, lot.grade)
    tail, head = (np.concatenate(p).astype(np.int64) for p in (made.tails, made.heads))
    return Made(
        Wide(tail, head, np.concatenate(kinds)), np.concatenate(made.masses),
        np.concatenate(made.grades), chance.integers(0, 100, tail.size),
    )  # fmt: skip


@dataclass(slots=True)
class _Edges:
    tails: list[Ints] = field(default_factory=list)
    heads: list[Ints] = field(default_factory=list)
    masses: list[Floats] = field(default_factory=list)
    grades: list[Floats] = field(default_factory=list)

    def add(self, tail: Ints, head: Ints, mass: Floats, grade: Floats) -> None:
        self.tails.append(tail)
        self.heads.append(head)
        self.masses.append(mass)
        self.grades.append(grade)


@dataclass(frozen=True, slots=True)
class _Lots:
    """The lots of a stage: the number of the first, masses, grades, and the site of each."""

    first: int
    mass: Floats
    grade: Floats
    site: Ints


def _stage(  # type: ignore[no-untyped-def]
    chance, made: _Edges, lots: _Lots, sites: int, *, mixing: bool, joined: bool
) -> tuple[_Lots, int]:
    """The lots that the next events make of these, and how many events there are."""
    per = lots.mass.size
    node = lots.first + per
    share = chance.uniform(0.3, 0.7, per)
    split = chance.random(per) < 0.7
    share[~split] = 1.0
    events = max(int(per * 0.6), 1)
    where = np.sort(chance.integers(0, sites, events))
    goes = np.repeat(lots.site, 2)
    if joined:
        goes = np.where(_sold(chance, goes), (goes + 1) % sites, goes)
    target = _targets(chance, goes, where, mixing=mixing).reshape(per, 2)
    target[:, 1] = np.where(target[:, 0] == target[:, 1], (target[:, 1] + 1) % events, target[:, 1])
    lot = np.concatenate([np.arange(per), np.flatnonzero(split)])
    event = np.concatenate([target[:, 0], target[split, 1]])
    amount = np.concatenate([lots.mass * share, (lots.mass * (1 - share))[split]])
    grade = lots.grade[lot]
    made.add(lots.first + lot, node + event, amount, grade)
    used = np.unique(event)
    into = np.bincount(event, amount, events)
    metal = np.stack([np.bincount(event, amount * grade[:, k], events) for k in range(4)], 1)
    pull = chance.uniform(0.55, 0.75, events)
    metal_out = metal * chance.uniform(0.9, 0.97, (events, 1))
    rest = into * (1 - pull)
    waste = ((metal - metal_out) / np.maximum(rest, 1e-300)[:, None])[used]
    made.add(node + used, np.full(used.size, -1), rest[used], waste)
    # The products of the events are the lots of the next stage.
    source = used[chance.integers(0, used.size, per)]
    source[: used.size] = used[: min(used.size, per)]
    source.sort()
    weight = chance.uniform(0.5, 1.5, per)
    part = weight / np.bincount(source, weight, events)[source]
    product = (metal_out / np.maximum(into * pull, 1e-300)[:, None])[source]
    after = _Lots(node + events, (into * pull)[source] * part, product, where[source])
    made.add(node + source, after.first + np.arange(per), after.mass, after.grade)
    return after, events


def _sold(chance, sites: Ints) -> NDArray[np.bool_]:  # type: ignore[no-untyped-def]
    """Which parts go to the next site: one in two hundred, and the first of each site."""
    sold = chance.random(sites.size) < 0.005
    sold[np.unique(sites, return_index=True)[1]] = True
    return np.asarray(sold)


def _targets(chance, sites: Ints, where: Ints, *, mixing: bool) -> Ints:  # type: ignore[no-untyped-def]
    """An event for each parting of each lot, at the site it goes to unless mixing."""
    if mixing:
        return np.asarray(chance.integers(0, where.size, sites.size))
    low = np.searchsorted(where, sites, "left")
    high = np.searchsorted(where, sites, "right")
    empty = high <= low
    low, high = np.where(empty, 0, low), np.where(empty, where.size, high)
    return np.asarray(low + (chance.random(sites.size) * (high - low)).astype(np.int64))
