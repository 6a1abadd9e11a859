"""Bounds of a book whose lots gave more than they held, against exact programmes over the whole."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import permutations, product

import numpy as np
import pytest

from orebook.acts.origin_list import origin, read

CLOSE = 1e-7


@dataclass
class _Book:
    """Draws (source, target, kg) in the order of flow; what lots held, and the overdrawn ones."""

    draws: list[tuple[int, int, int]]
    lots: int
    held: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for lot in range(self.lots):
            came = sum(kg for _, t, kg in self.draws if t == lot)
            self.held.setdefault(lot, came)

    def out_of(self, lot: int) -> list[int]:
        return [e for e, (s, _, _) in enumerate(self.draws) if s == lot]

    @property
    def over(self) -> list[int]:
        taken = {n: sum(self.draws[e][2] for e in self.out_of(n)) for n in range(self.lots)}
        return [n for n in range(self.lots) if taken[n] > self.held[n]]


def _book(rnd: random.Random, *, layers: int) -> _Book:
    """Two mines, and lots made of earlier ones with masses that ask too much of some.

    With one layer what comes of an overdrawn lot is no longer overdrawn itself.
    """
    book = _Book([], 2, {0: rnd.randint(20, 120), 1: rnd.randint(20, 120)})
    draws: list[tuple[int, int, int]] = []
    beneath: set[int] = set()
    for lot in range(2, rnd.randint(4, 7)):
        room = {n: book.held[n] - sum(kg for s, _, kg in draws if s == n) for n in range(lot)}
        for source in rnd.sample(range(lot), rnd.choice([1, 2, 2])):
            kg = rnd.randint(5, 80)
            if layers == 1 and (source in beneath):
                kg = min(kg, room[source])
            if kg > 0:
                draws.append((source, lot, kg))
            if kg > room[source] or source in beneath or source < 2:
                beneath.add(lot)
        held = sum(kg for _, t, kg in draws if t == lot)
        if not held:
            draws.append((0, lot, 3))
        book = _Book(list(draws), lot + 1, {0: book.held[0], 1: book.held[1]})
    return book


def _shares(book: _Book, own: dict[int, float], group: int, unknown: float) -> list[float]:
    """Each lot's share of a mine where `own` says how much of a draw was the lot's own."""
    x = [float(n == group) for n in range(book.lots)]
    for lot in range(2, book.lots):
        parts = []
        for e, (s, t, kg) in enumerate(book.draws):
            if t == lot:
                mine = own.get(e, kg)
                parts.append((kg, (mine * x[s] + (kg - mine) * unknown) / kg))
        x[lot] = sum(kg * share for kg, share in parts) / sum(kg for kg, _ in parts)
    return x


def _corners(book: _Book, lot: int) -> list[dict[int, float]]:
    """The corners of what an overdrawn lot can have given: all it held, to some draws first."""
    found = []
    for order in permutations(book.out_of(lot)):
        left = float(book.held[lot])
        given = {}
        for e in order:
            given[e] = min(left, float(book.draws[e][2]))
            left -= given[e]
        if given not in found:
            found.append(given)
    return found


def _every(book: _Book, lots: Sequence[int]) -> Iterator[dict[int, float]]:
    for chosen in product(*(_corners(book, n) for n in lots)):
        yield {e: kg for given in chosen for e, kg in given.items()}


def _programme(book: _Book, target: int, group: int, sign: float) -> float:
    """The extreme of a share over every way the overdrawn lots can have given, as one programme.

    The shares are linear in what the lots of one layer gave, so their slopes are exact.
    """
    from scipy.optimize import linprog

    edges = [e for n in book.over for e in book.out_of(n)]
    unknown = float(sign < 0)
    none = dict.fromkeys(edges, 0.0)
    base = _shares(book, none, group, unknown)[target]
    slope = [_shares(book, {**none, e: 1.0}, group, unknown)[target] - base for e in edges]
    equal = [[float(e in book.out_of(n)) for e in edges] for n in book.over]
    done = linprog(
        sign * np.array(slope),
        A_eq=equal,
        b_eq=[float(book.held[n]) for n in book.over],
        bounds=[(0, book.draws[e][2]) for e in edges],
        method="highs",
    )
    assert done.success
    return base + sign * float(done.fun)


def _found(book: _Book) -> dict[tuple[int, int], tuple[float, float]]:
    rows = ["from,to,mass,mine,from_mass"]
    for s, t, kg in book.draws:
        mine = f"M{s},{book.held[s]}" if s < 2 else ","
        rows.append(f"l{s},l{t},{kg},{mine}")
    answer = origin(read("\n".join(rows).encode(), "f"), by=["mine"])
    assert (len(book.over) > 0) == any(p.code == "overdrawn" for p in answer.problems)
    found = {}
    for lot in answer.lots:
        named = {s.name: s for s in lot.splits[0].shares}
        for group in (0, 1):
            share = named.get(f"M{group}")
            rest = 1.0 - sum(
                s.low for s in named.values()
            )  # a name not listed has the rest at most
            bounds = (share.low, share.high) if share else (0.0, rest)
            found[int(lot.lot[1:]), group] = bounds
    return found


@pytest.mark.proof
def test_bounds_hold_what_a_programme_over_the_whole_book_finds() -> None:
    tight = asked = 0
    for seed in range(60):
        book = _book(random.Random(seed), layers=1)
        if not book.over:
            continue
        for (lot, group), (low, high) in _found(book).items():
            least, most = (_programme(book, lot, group, sign) for sign in (1.0, -1.0))
            assert low <= least + CLOSE, (seed, lot, group)
            assert high >= most - CLOSE, (seed, lot, group)
            asked += 2
            tight += (least - low < CLOSE) + (high - most < CLOSE)
    assert asked > 300
    assert tight > 0.8 * asked


@pytest.mark.proof
def test_bounds_hold_every_corner_of_books_overdrawn_in_many_layers() -> None:
    met = 0
    for seed in range(120):
        book = _book(random.Random(seed), layers=9)
        if not 1 <= len(book.over) <= 3:
            continue
        ways = list(_every(book, book.over))
        for (lot, group), (low, high) in _found(book).items():
            # Linear in what each one lot gave: the extremes lie at corners.
            least = min(_shares(book, own, group, 0.0)[lot] for own in ways)
            most = max(_shares(book, own, group, 1.0)[lot] for own in ways)
            assert low <= least + CLOSE, (seed, lot, group)
            assert high >= most - CLOSE, (seed, lot, group)
            met += len(book.over) > 1
    assert met > 100
