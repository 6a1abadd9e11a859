"""Random books of flows for the laws of origin, with their shares worked out in exact fractions."""

from __future__ import annotations

import random
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from orebook.engines.origin.network import Network, exact


@dataclass(frozen=True)
class Book:
    """Edges in an order of flow of whole kilograms; per node its group, −1 unknown."""

    nodes: int
    edges: list[tuple[int, int, int]]
    group_of: list[int]
    groups: int

    def network(self, place: list[int] | None = None) -> Network:
        at = place or list(range(self.nodes))
        src = np.array([at[s] for s, _, _ in self.edges], dtype=np.int32)
        dst = np.array([at[d] for _, d, _ in self.edges], dtype=np.int32)
        return exact(self.nodes, src, dst, np.array([float(m) for _, _, m in self.edges]))

    def truth(self) -> list[list[Fraction]]:
        """Per node the share of each group, the unknown last, as rationals."""
        into: dict[int, list[tuple[int, int]]] = {}
        for s, d, m in self.edges:
            into.setdefault(d, []).append((s, m))
        found: list[list[Fraction]] = []
        for node in range(self.nodes):
            row = [Fraction(0)] * (self.groups + 1)
            total = sum(m for _, m in into.get(node, ()))
            if not total:
                row[self.group_of[node]] = Fraction(1)
            for s, m in into.get(node, ()):
                for g, share in enumerate(found[s]):
                    row[g] += Fraction(m, total) * share
            found.append(row)
        return found


def random_book(seed: int, most: int = 24, groups: int = 3, *, unknown: bool = True) -> Book:
    rnd = random.Random(seed)
    nodes = rnd.randint(2, most)
    edges = []
    for d in range(1, nodes):
        wanted = min(d, rnd.choice([0, 1, 1, 2, 2, 3, 5]))
        edges += [
            (s, d, rnd.choice([1, 3, 7, 1000, 999_983])) for s in rnd.sample(range(d), wanted)
        ]
    kinds = [-1, *range(groups)] if unknown else list(range(groups))
    return Book(nodes, edges, [rnd.choice(kinds) for _ in range(nodes)], groups)
