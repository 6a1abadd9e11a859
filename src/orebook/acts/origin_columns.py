"""The units of a book as plain columns: mapped from files, cut to one lot's cone, patched.

Texts are numbers into one table, whose hashes find a text in a few pages; a move lies under the lot
it goes into and the one it came from, so that a cone reads only itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import numpy as np

from orebook.acts.origin_units import Place, Unit
from orebook.engines.origin.network import ragged
from orebook.model.flow import Move
from orebook.model.problem import Problem

Arrays = dict[str, Any]
_MOVE_TEXTS = ("source", "target", "element", "event", "time", "custody", "place")
_PLACE_TEXTS = ("id", "facility", "owner", "country", "stage")
_NEVER = -1.0  # stands for a bound that is not there; masses are never negative
_TYPES: Mapping[str, str] = {
    **{f"move_{name}": "i4" for name in _MOVE_TEXTS},
    "move_unit": "i4", "move_kg": "f8", "move_low": "f8", "move_high": "f8", "move_share": "?",
    "unit_id": "i4", "unit_step": "?", "unit_hidden": "?", "unit_placed": "?",
    "unit_position": "i8", "unit_index": "i8",
    **{f"unit_place_{name}": "i4" for name in _PLACE_TEXTS},
    "held_unit": "i4", "held_element": "i4", "held_low": "f8", "held_high": "f8",
    "assayed_unit": "i4", "assayed_element": "i4",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Columns:
    """Every unit of a book in columns; `faults` are the problems of units, by number of the unit.

    `text` is one block of UTF-8, `text_end` where each text ends in it; text 0 is empty. `loose`
    names assays whose lot is sealed, which stand under no lot.
    """

    arrays: Arrays
    faults: Mapping[int, tuple[Problem, ...]]
    elements: tuple[str, ...]
    loose: tuple[str, ...] = ()

    @property
    def units(self) -> int:
        """How many units there are."""
        return len(self.arrays["unit_id"])

    def texts(self, numbers: Iterable[int]) -> dict[int, str]:
        """The texts of these numbers."""
        ends, block = self.arrays["text_end"], self.arrays["text"]
        found = {}
        for n in dict.fromkeys(numbers):
            begin = int(ends[n - 1]) if n else 0
            found[n] = bytes(block[begin : int(ends[n])]).decode()
        return found

    def number(self, text: str) -> int | None:
        """The number of a text, or None where no unit has it."""
        hashes, order = self.arrays["text_hash"], self.arrays["text_order"]
        wanted = _hash(text)
        at = int(np.searchsorted(hashes, wanted))
        while at < len(hashes) and hashes[at] == wanted:
            number = int(order[at])
            if self.texts([number])[number] == text:
                return number
            at += 1
        return None

    def all(self) -> list[Unit]:
        """Every unit."""
        return self._read(np.arange(self.units), np.arange(len(self.arrays["move_unit"])))

    def cone(self, lots: Iterable[str], *, drawn: bool = True) -> list[Unit]:
        """The units that bear on where lots came from, cut to the moves that do.

        They are what the lots are made of, all the way, and what else was drawn from it: all of it
        (`drawn`), or only from these lots and where that decides a mass.
        """
        numbers = [n for lot in lots if (n := self.number(lot)) is not None]
        source = self.arrays["move_source"]
        ring = np.array(numbers, dtype=np.int64)
        inside = set(numbers)
        into = [np.zeros(0, dtype=np.int64)]
        while len(ring):
            moves = self._under("to", ring)
            into.append(moves)
            following = np.unique(source[moves])
            fresh = [n for n in following.tolist() if n and n not in inside]
            inside.update(fresh)
            ring = np.array(fresh, dtype=np.int64)
        every = np.array(sorted(inside), dtype=np.int64)
        made = np.concatenate(into)
        asked = every if drawn else np.union1d(self._asked(made, every), numbers).astype(np.int64)
        kept = np.unique(np.concatenate((made, self._under("from", asked))))
        units = np.unique(
            np.concatenate((self.arrays["move_unit"][kept], self._under("unit", every)))
        )
        return self._read(units, kept)

    def _asked(self, made: Any, inside: Any) -> Any:
        """The lots whose other draws bear on one: overdrawn ones, and where a mass is not told."""
        a = self.arrays
        open_ = a["move_source"][made[a["move_kg"][made] < 0]]
        over = a["unit_id"][a["held_unit"]]
        return np.intersect1d(np.concatenate((open_, over)), inside).astype(np.int64)

    def some(self, steps: Iterable[str], lots: Iterable[str]) -> list[Unit]:
        """The units of these events and lots, whole."""
        found = self._of(steps, step=True) + self._of(lots, step=False)
        units = np.array(sorted(found), dtype=np.int64)
        return self._read(units, np.flatnonzero(np.isin(self.arrays["move_unit"], units)))

    def assayed(self) -> tuple[str, ...]:
        """The elements some lot is assayed for; one empty name where none is."""
        numbers = np.unique(self.arrays["assayed_element"]).tolist()
        return tuple(sorted(self.texts(numbers).values())) or ("",)

    def hidden(self) -> tuple[set[str], set[str]]:
        """The events and lots with a value that is sealed in the record and bears on flows."""
        a = self.arrays
        at = np.flatnonzero(a["unit_hidden"])
        names = self.texts(a["unit_id"][at].tolist())
        pairs = zip(a["unit_id"][at].tolist(), a["unit_step"][at].tolist(), strict=True)
        found: tuple[set[str], set[str]] = set(), set()
        for n, step in pairs:
            found[0 if step else 1].add(names[n])
        return found

    def patched(self, steps: Iterable[str], lots: Iterable[str], units: Sequence[Unit]) -> Columns:
        """These events and lots taken out and units put in; everything else as it was."""
        return self.with_units(steps, lots, _made(units, self.elements))

    def with_units(self, steps: Iterable[str], lots: Iterable[str], fresh: Columns) -> Columns:
        """The same with the units in columns of their own, as `unjoined` makes them."""
        gone = self._of(steps, step=True) + self._of(lots, step=False)
        left = np.ones(self.units, dtype=np.bool_)
        left[gone] = False
        return _joined(self, left, fresh)

    def _of(self, names: Iterable[str], *, step: bool) -> list[int]:
        numbers = [n for name in names if (n := self.number(name)) is not None]
        found = self._under("unit", np.array(numbers, dtype=np.int64))
        return [u for u in found.tolist() if bool(self.arrays["unit_step"][u]) is step]

    def _under(self, way: str, numbers: Any) -> Any:
        """The moves (or units) that lie under texts of these numbers."""
        ptr, at = self.arrays[f"{way}_ptr"], self.arrays[f"{way}_at"]
        return at[ragged(ptr[numbers], ptr[numbers + 1] - ptr[numbers])].astype(np.int64)

    def _read(self, units: Any, moves: Any) -> list[Unit]:
        a = self.arrays
        of_unit: dict[int, list[Move]] = {}
        columns = {name: a[f"move_{name}"][moves].tolist() for name in _MOVE_TEXTS}
        texts = self.texts(n for column in columns.values() for n in column)
        rows = zip(
            a["move_unit"][moves].tolist(),
            *(([texts[n] for n in columns[name]]) for name in _MOVE_TEXTS),
            *(a[f"move_{name}"][moves].tolist() for name in ("kg", "low", "high", "share")),
            strict=True,
        )
        for unit, source, target, element, event, time, custody, place, kg, low, high, part in rows:
            amounts = (_decimal(kg), Decimal(repr(low)), _decimal(high))
            move = Move(source, target, *amounts, element, event, time, custody, place, part)
            of_unit.setdefault(unit, []).append(move)
        held = self._beside("held", units, ("low", "high"))
        assayed = self._beside("assayed", units, ())
        return self._units(units, of_unit, held, assayed)

    def _beside(
        self, table: str, units: Any, more: Sequence[str]
    ) -> dict[int, list[tuple[Any, ...]]]:
        a = self.arrays
        at = np.flatnonzero(np.isin(a[f"{table}_unit"], units))
        names = self.texts(a[f"{table}_element"][at].tolist())
        columns = [a[f"{table}_{name}"][at].tolist() for name in ("unit", "element", *more)]
        found: dict[int, list[tuple[Any, ...]]] = {}
        for unit, element, *rest in zip(*columns, strict=True):
            found.setdefault(unit, []).append((names[element], *(Decimal(repr(v)) for v in rest)))
        return found

    def _units(
        self,
        units: Any,
        moves: Mapping[int, list[Move]],
        held: Mapping[int, list[tuple[Any, ...]]],
        assayed: Mapping[int, list[tuple[Any, ...]]],
    ) -> list[Unit]:
        a = self.arrays
        names = ("unit_id", *(f"unit_place_{name}" for name in _PLACE_TEXTS))
        columns = [a[name][units].tolist() for name in names]
        texts = self.texts(n for column in columns for n in column)
        plain = ("unit_step", "unit_hidden", "unit_placed", "unit_position", "unit_index")
        rows = zip(
            units.tolist(),
            *([texts[n] for n in column] for column in columns),
            *(a[name][units].tolist() for name in plain),
            strict=True,
        )
        found = []
        for at, ident, own, plant, owner, country, stage, step, hidden, placed, pos, idx in rows:
            place = Place(own, step, plant, owner, country, stage) if placed else None
            found.append(
                Unit(
                    ident,
                    step,
                    (pos, idx),
                    place,
                    tuple(moves.get(at, ())),
                    tuple(held.get(at, ())),
                    hidden,
                    self.faults.get(at, ()),
                    tuple(e for (e,) in assayed.get(at, ())),
                )
            )
        return found


def columns_of(units: Sequence[Unit], elements: Sequence[str]) -> Columns:
    """Units as columns."""
    made = _made(units, elements)
    return _joined(made, np.ones(made.units, dtype=np.bool_), None)


def unjoined(units: Sequence[Unit], like: Columns) -> Columns:
    """Units as columns that are to be put into others: nothing can be looked up in them."""
    return replace(_made(units, like.elements), loose=like.loose)


def _made(units: Sequence[Unit], elements: Sequence[str]) -> Columns:
    """The columns of units in the order given, with a table of texts of their own."""
    numbers: dict[str, int] = {"": 0}

    def number(text: str) -> int:
        return numbers.setdefault(text, len(numbers))

    rows: dict[str, list[Any]] = {name: [] for name in _TYPES}

    def add(table: str, **values: Any) -> None:
        for name, value in values.items():
            rows[f"{table}_{name}"].append(value)

    for at, unit in enumerate(units):
        _add_unit(at, unit, number, add)
    faults = {at: unit.problems for at, unit in enumerate(units) if unit.problems}
    arrays: Arrays = {name: np.array(rows[name], dtype=kind) for name, kind in _TYPES.items()}
    return Columns({**arrays, **_texts(list(numbers))}, faults, tuple(elements))


def _add_unit(at: int, unit: Unit, number: Callable[[str], int], add: Callable[..., None]) -> None:
    """The rows of one unit."""
    place = unit.place or Place("", False)
    add("unit", id=number(unit.id), step=unit.step, hidden=unit.hidden, position=unit.at[0])
    add("unit", placed=unit.place is not None, index=unit.at[1])
    add("unit_place", **{name: number(getattr(place, name)) for name in _PLACE_TEXTS})
    for move in unit.moves:
        add("move", unit=at, **{name: number(getattr(move, name)) for name in _MOVE_TEXTS})
        add("move", kg=_float(move.mass_kg), low=float(move.low_kg), high=_float(move.high_kg))
        add("move", share=move.share)
    for element, low, high in unit.held:
        add("held", unit=at, element=number(element), low=float(low), high=float(high))
    for element in unit.assayed:
        add("assayed", unit=at, element=number(element))


def _texts(texts: Sequence[str]) -> Arrays:
    encoded = [t.encode() for t in texts]
    hashes = np.array([_hash(t) for t in texts], dtype=np.uint64)
    order = np.argsort(hashes, kind="stable").astype(np.int32)
    return {
        "text": np.frombuffer(b"".join(encoded), dtype=np.uint8),
        "text_end": np.cumsum(np.array([len(e) for e in encoded], dtype=np.int64)),
        "text_hash": hashes[order],
        "text_order": order,
    }


def _joined(one: Columns, left: Any, other: Columns | None) -> Columns:
    """Those units of the first that are left, and all of the other, in the order of the record."""
    a = one.arrays
    parts = [(a, np.flatnonzero(left), np.arange(len(a["text_end"])))]
    arrays: Arrays = {name: a[name] for name in ("text", "text_end", "text_hash", "text_order")}
    if other is not None:
        place, arrays = _grown(one, other)
        parts.append((other.arrays, np.arange(other.units), place))
    hash_of = np.empty(len(arrays["text_hash"]), dtype=np.uint64)
    hash_of[arrays["text_order"]] = arrays["text_hash"]
    key = [
        np.concatenate([b[name][units] for b, units, _ in parts])
        for name in ("unit_index", "unit_position", "unit_step")
    ]
    ids = np.concatenate([place[b["unit_id"][units]] for b, units, place in parts])
    order = np.lexsort((hash_of[ids], key[0], key[1], ~key[2]))
    rank = np.empty(len(order), dtype=np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    begin = 0
    faults: dict[int, tuple[Problem, ...]] = {}
    tables: dict[str, list[Any]] = {name: [] for name in _TYPES}
    for told, (b, units, place) in zip((one, other), parts, strict=False):
        to = np.full(len(b["unit_id"]), -1, dtype=np.int32)
        to[units] = rank[begin : begin + len(units)]
        begin += len(units)
        if told is not None:
            faults |= {int(to[u]): p for u, p in told.faults.items() if to[u] >= 0}
        for name, column in _moved(b, units, to, place):
            tables[name].append(column)
    return Columns(_sorted(arrays, tables, rank), faults, one.elements, one.loose)


def _moved(b: Arrays, units: Any, to: Any, place: Any) -> Iterator[tuple[str, Any]]:
    """The columns of the units that are kept, with their new numbers of units and texts."""
    for name, kind in _TYPES.items():
        head = name.partition("_")[0]
        kept = units if head == "unit" else np.flatnonzero(to[b[f"{head}_unit"]] >= 0)
        column = b[name][kept]
        if name.endswith("_unit"):
            column = to[column]
        elif kind == "i4":
            column = place[column].astype(np.int32)
        yield name, column


def _sorted(arrays: Arrays, tables: Mapping[str, Sequence[Any]], rank: Any) -> Arrays:
    """The tables in the order of units, and what lies under each text."""
    for head in ("unit", "move", "held", "assayed"):
        where = rank if head == "unit" else np.concatenate(tables[f"{head}_unit"])
        sort = np.argsort(where, kind="stable")
        for name in (n for n in _TYPES if n.partition("_")[0] == head):
            arrays[name] = np.ascontiguousarray(np.concatenate(tables[name])[sort])
    for way, ends in (("to", "move_target"), ("from", "move_source"), ("unit", "unit_id")):
        arrays |= _by(way, arrays[ends], len(arrays["text_end"]))
    return arrays


def _grown(one: Columns, other: Columns) -> tuple[Any, Arrays]:
    """The texts of the first with what the other adds; per text of the other its number there."""
    b = other.arrays
    every = other.texts(range(len(b["text_end"])))
    place = np.zeros(len(every), dtype=np.int64)
    fresh: list[str] = []
    size = len(one.arrays["text_end"])
    for number, text in every.items():
        found = one.number(text)
        if found is None:
            found = size + len(fresh)
            fresh.append(text)
        place[number] = found
    a, more = one.arrays, _texts(fresh)
    hashes = np.concatenate((a["text_hash"], more["text_hash"]))
    order = np.concatenate((a["text_order"], more["text_order"] + np.int32(size)))
    sort = np.argsort(hashes, kind="stable")
    end = int(a["text_end"][-1]) if size else 0
    return place, {
        "text": np.concatenate((a["text"], more["text"])),
        "text_end": np.concatenate((a["text_end"], more["text_end"] + end)),
        "text_hash": hashes[sort],
        "text_order": order[sort].astype(np.int32),
    }


def _by(way: str, ends: Any, texts: int) -> Arrays:
    pointer = np.concatenate(([0], np.cumsum(np.bincount(ends, minlength=texts))))
    order = np.argsort(ends, kind="stable").astype(np.int32)
    return {f"{way}_ptr": pointer.astype(np.int64), f"{way}_at": order}


def _hash(text: str) -> np.uint64:
    return np.uint64(int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest()))


def _float(value: Decimal | None) -> float:
    return _NEVER if value is None else float(value)


def _decimal(value: float) -> Decimal | None:
    return None if value < 0 else Decimal(repr(value))
