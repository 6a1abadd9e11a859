"""The snapshot of a book's flows: columns from units, a patch, and a cold process to one lot."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from decimal import Decimal
from pathlib import Path

from orebook.acts.origin_columns import Columns, columns_of
from orebook.acts.origin_files import Stored, load, save, save_patch
from orebook.acts.origin_flows import listed
from orebook.acts.origin_list import exposure_of
from orebook.acts.origin_units import Place, Unit
from orebook.acts.origin_whole import network_of
from orebook.engines.origin.assemble import assemble
from orebook.model.facts import Facts, Head
from orebook.model.flow import Move
from origin_books import Flows, plain
from rows import Row, best

SIZES = [10_000, 100_000]
_COLD = """
import sys
from pathlib import Path
from orebook.acts.origin_files import load
from orebook.acts.origin_flows import _flows
from orebook.acts.origin_list import origin
from orebook.model.facts import Facts
kept = load(Path(sys.argv[1]), "bench")
head, columns = kept.head, kept.columns
units = columns.cone([sys.argv[2]], drawn=False)
flows = _flows(units, ("Cu",), Facts(head, "", "", {}), "recorded").flows
answer = origin(flows, lots=[sys.argv[2]], by=["mine"])
assert abs(answer.lots[0].splits[0].whole - 1) < 1e-9
"""


def run() -> list[Row]:
    """Sizes 10^4 and 10^5 lots, each made by an event of its own."""
    rows = []
    for lots in SIZES:
        units = _units(plain(lots))
        name = f"book {lots:.0e} lots"
        begun = time.perf_counter()
        columns = columns_of(units, ("Cu",))
        rows.append(Row(f"{name}: columns from units", time.perf_counter() - begun, "s", "core"))
        last = units[-1]
        took = best(lambda c=columns, u=last: c.patched([], [u.id], [u]), 3)  # type: ignore[misc]
        rows.append(Row(f"{name}: one unit put in anew", took * 1e3, "ms", "core"))
        rows += _cold(name, columns, f"lot:{lots - 5}")
        rows += _refreshed(name, columns, units[-1])
        rows += _everything(name, columns, units)
    return rows


def _refreshed(name: str, columns: Columns, last: Unit) -> list[Row]:
    """A head later by one event: what is written, and a process that finds it."""
    with tempfile.TemporaryDirectory() as folder:
        first, later = Head("bench", 1, "ab" * 32), Head("bench", 2, "cd" * 32)
        save(Path(folder), first, columns)
        now = Stored(later, columns, first, frozenset({last.id}))
        kept = best(lambda: save_patch(Path(folder), now), 3)
        read = best(lambda: load(Path(folder), "bench"), 3)
    return [
        Row(f"{name}: refresh kept, durable", kept * 1e3, "ms", "core; a patch of one event"),
        Row(f"{name}: base and patch put together", read * 1e3, "ms", "core"),
    ]


def _everything(name: str, columns: Columns, units: list[Unit]) -> list[Row]:
    """Every lot's share of one set, from columns and flow by flow."""
    facts = Facts(Head("bench", 1, ""), "", "", {})
    names = {"mine": [f"facility:mine {n}" for n in range(10)]}
    begun = time.perf_counter()
    whole = network_of(columns, "Cu", facts)
    made = time.perf_counter() - begun
    assert whole is not None
    again = best(lambda: exposure_of([whole], names), 3)
    rows = [
        Row(f"{name}: network from columns", made, "s", "core; kept until the head moves"),
        Row(f"{name}: every lot's share of a set, then", again, "s", "core; as rows with bounds"),
    ]
    if len(units) <= 50_000:
        flows = listed(units, ("Cu",), facts)
        took = best(lambda: assemble(flows, "Cu"), 1)
        rows.append(Row(f"{name}: network flow by flow", took, "s", "for books that need words"))
    return rows


def _units(flows: Flows) -> list[Unit]:
    into: dict[int, list[tuple[int, float]]] = {}
    for source, target, kg in zip(
        flows.src.tolist(), flows.dst.tolist(), flows.mass_kg.tolist(), strict=True
    ):
        into.setdefault(target, []).append((source, kg))
    units = []
    for lot, inputs in into.items():
        event = f"event:{lot}"
        told = (event, "2026-01-01", "", f"{event}#0")
        moves = [_move(f"lot:{source}", event, kg, *told) for source, kg in inputs]
        moves.append(_move(event, f"lot:{lot}", sum(kg for _, kg in inputs), *told))
        place = Place(event, True, "facility:plant", "", "", "refine")
        units.append(Unit(event, True, (lot, 0), place, tuple(moves)))
    for lot in range(flows.lots):
        ident, mine = f"lot:{lot}", f"facility:mine {flows.mine[lot]}"
        place_ = None if lot in into else Place(ident, False, mine, "", "CL", "mine")
        units.append(Unit(ident, False, (lot, 1), place_, assayed=("Cu",)))
    return units


def _move(
    source: str, target: str, kg: float, event: str, day: str, custody: str, place: str
) -> Move:
    mass = Decimal(repr(kg))
    return Move(source, target, mass, mass, mass, "Cu", event, day, custody, place)


def _cold(name: str, columns: Columns, lot: str) -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        begun = time.perf_counter()
        save(Path(folder), Head("bench", 1, "ab" * 32), columns)
        saved = time.perf_counter() - begun
        command = [sys.executable, "-c", _COLD, folder, lot]
        took = best(lambda: subprocess.run(command, check=True), 3)
    moves = len(columns.cone([lot], drawn=False))
    return [
        Row(f"{name}: snapshot kept, durable", saved, "s", "core"),
        Row(f"{name}: cold process to one lot", took, "s", f"{moves} units in its cone"),
    ]
