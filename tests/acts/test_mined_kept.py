"""What lots claim, kept and brought up, is what the whole book says; no torn file is trusted."""

from __future__ import annotations

import gc
import io
import json
import random
from pathlib import Path
from typing import Any

import pytest

from orebook.acts import mined_kept
from orebook.acts.capture import capture
from orebook.acts.chains import Chains
from orebook.acts.mined import KINDS, units_of
from orebook.acts.mined_kept import FILE
from orebook.acts.mined_rows import Rows
from orebook.acts.plausible import Plausible, doubts_of, plausible, weighed
from orebook.acts.see import View, view
from orebook.book.opened import OpenBook as Book
from orebook.model.custody import NOBODY
from orebook.model.event import Event
from orebook.model.facts import Record
from orebook.model.lot import Lot
from orebook.wiring import Naming, create_book, open_book

from .conftest import KEEPER, sources

Row = dict[str, Any]
DAY = "2026-06-01"
PLACES = ("plant:a", "plant:b", "plant:c")
SEALS = ("/outputs/0/lot", "/inputs/0/lot", "/facility", "/when", "/outputs", "/kind")


def put(book: Book, rows: list[Row]) -> None:
    data = b"".join(json.dumps(row).encode() + b"\n" for row in rows)
    assert capture(book, io.BytesIO(data), "rows.jsonl").problems == ()


def tonnes(value: int, basis: str = "dry") -> Row:
    return {"value": str(value), "unit": "TNE", "basis": basis}


def whole(book: Book, reader: str) -> Plausible:
    return weighed(Chains(View(book, reader, DAY).facts(kinds=KINDS)))


def alike(book: Book, reader: str) -> int:
    """Holds one step, and every step, against the whole; says how many are in doubt."""
    here, wanted = View(book, reader, DAY), whole(book, reader)
    assert plausible(here) == wanted
    facts = here.facts(kinds=KINDS)
    steps = {one.id for cls in (Event, Lot) for one in facts.all(cls)}
    assert dict(doubts_of(here, steps)) == wanted.doubts
    for step in sorted(steps)[:4]:
        assert dict(doubts_of(here, {step})) == {
            k: v for k, v in wanted.doubts.items() if k == step
        }
    return len(wanted.doubts)


class History:
    """A book whose mines, lots, assays and events come, change, are withdrawn and are sealed."""

    def __init__(self, book: Book, seed: int) -> None:
        self.book, self.rnd = book, random.Random(seed)
        self.lots = ["lot:0", "lot:1"]
        self.events: list[Row] = []
        put(book, [self._plant(p) for p in PLACES] + [self._lot(n) for n in self.lots])
        put(book, [self._assay(n) for n in self.lots for _ in range(2)])

    def step(self) -> None:
        choice = self.rnd.random()
        if choice < 0.4 or not self.events:
            row = self._event()
            self.events.append(row)
        elif choice < 0.55:
            row = self._changed()
        elif choice < 0.7:
            row = self._lot(self.rnd.choice(self.lots))
        elif choice < 0.85:
            row = self._assay(self.rnd.choice(self.lots))
        else:
            row = self._plant(self.rnd.choice(PLACES))
        put(self.book, [row])

    def _plant(self, name: str) -> Row:
        fact: Row = {"id": name, "name": name, "country": self.rnd.choice(["PK", "TZ", "CN"])}
        if self.rnd.random() < 0.6:
            fact["capacity"] = tonnes(self.rnd.choice([20, 60, 5000]))
        if self.rnd.random() < 0.5:
            fact |= {"operator": self.rnd.choice(["party:x", "party:y"]), "stage": "mine"}
        return {"kind": "facility", "fact": fact}

    def _lot(self, name: str) -> Row:
        fact: Row = {"id": name, "form": self.rnd.choice(["ore", "concentrate", "container"])}
        if self.rnd.random() < 0.9:
            fact["mass"] = tonnes(self.rnd.randint(10, 4000), self.rnd.choice(["dry", "wet"]))
        if self.rnd.random() < 0.4:
            fact |= {"stage": "mine", "facility": self.rnd.choice(PLACES), "made": "2025-02-01",
                     "country": "PK"}  # fmt: skip
        return self._sealed({"kind": "lot", "fact": fact}, ("/mass", "/facility", "/made", "/form"))

    def _assay(self, lot: str) -> Row:
        ident = f"assay:{self.rnd.randint(0, 4)}"  # restated of another lot at times
        grade = {"value": str(self.rnd.randint(5, 60)), "unit": "P1"}
        result = {"substance": self.rnd.choice(["Sb", "Nd", "Nd2O3"]), "grade": grade}
        fact = {"id": ident, "lot": lot, "basis": "dry", "results": [result]}
        return self._sealed({"kind": "assay", "fact": fact}, ("/results", "/lot"))

    def _event(self) -> Row:
        made = self.rnd.choice([*self.lots, f"lot:{len(self.lots)}", f"lot:{len(self.lots)}"])
        if made not in self.lots:
            self.lots.append(made)
        kind = self.rnd.choice(["mine", "mine", "transform", "smelt"])
        fact: Row = {"id": f"event:{len(self.events)}", "kind": kind, "when": "2025-03-01"}
        flow: Row = {"lot": made}
        if self.rnd.random() < 0.4:
            flow["mass"] = tonnes(self.rnd.randint(5, 300))
        fact["outputs"] = [flow]
        if kind != "mine" or self.rnd.random() < 0.2:
            some = self.rnd.sample(self.lots, self.rnd.randint(1, 2))
            fact["inputs"] = [{"lot": name} for name in some]
        if self.rnd.random() < 0.8:
            fact["facility"] = self.rnd.choice(PLACES)
        seals = [s for s in SEALS if s.split("/")[1] in fact]
        return self._sealed({"kind": "event", "fact": fact}, seals)

    def _sealed(self, row: Row, seals: Any) -> Row:
        able = [s for s in seals if s.split("/")[1] in row["fact"]]
        return row | {"seal": [self.rnd.choice(able)]} if self.rnd.random() < 0.15 else row

    def _changed(self) -> Row:
        """An event said otherwise: beside the first statement, in its place, or withdrawn."""
        old = self.rnd.choice(self.events)
        row = self._event()
        row["fact"]["id"] = old["fact"]["id"]
        if self.rnd.random() < 0.3:
            row["fact"]["withdrawn"] = {"when": "2026-05-01", "reason": "did_not_occur"}
        if self.rnd.random() < 0.5:
            stated = view(self.book, "owner", DAY).facts(ids=[old["fact"]["id"]])
            found: Record | None = stated.get(Event, old["fact"]["id"])
            if found is not None:
                row["supersedes"] = [found.ref.text()]
        return row


def test_what_is_kept_and_brought_up_is_the_whole_book(
    count: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, doubted = 0, 0
    real = mined_kept._made

    def counted(*args: Any) -> Any:
        nonlocal made
        made += 1
        return real(*args)

    monkeypatch.setattr(mined_kept, "_made", counted)
    for seed in range(count(3, 40)):
        with create_book(None, Naming("test.example/m", "M", KEEPER), sources()) as book:
            history = History(book, seed)
            for _ in range(12):
                history.step()
                alike(book, NOBODY)
            for reader in ("owner", "public"):
                doubted += alike(book, reader)
    assert made > 20
    assert doubted > 5


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with create_book(tmp_path / "book", Naming("test.example/f", "F", KEEPER), sources()) as book:
        history = History(book, 7)
        for _ in range(4):
            history.step()
        assert plausible(view(book, "owner", DAY)).sums
    gc.collect()  # what a process holds of a book goes with it
    return tmp_path / "book"


def test_the_next_process_reads_the_rows_and_an_entry_brings_them_up(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orebook.acts.plausible.weighed", None)
    calls = []
    real = units_of

    def watched(chains: Chains, only: Any = None) -> Any:
        calls.append(only)
        return real(chains, only)

    monkeypatch.setattr(mined_kept, "units_of", watched)
    with open_book(folder, sources()) as book:
        before = plausible(View(book, NOBODY, DAY))
        assert calls == []
        put(book, [{"kind": "lot", "fact": {"id": "lot:0", "mass": tonnes(9999)}}])
        assert plausible(View(book, NOBODY, DAY)).head.size > before.head.size
    assert len(calls) == 1
    assert None not in calls


@pytest.mark.parametrize("wound", ["no database", "cut", "other record"])
def test_a_torn_or_foreign_file_is_begun_anew(folder: Path, wound: str) -> None:
    path = folder / FILE
    rows = Rows(path)
    rows.database.execute("UPDATE head SET root = 'ff'")
    rows.database.execute("DELETE FROM mined")
    rows.database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    rows.database.close()
    if wound == "no database":
        path.write_bytes(b"not a database at all, whatever its name" * 99)
    elif wound == "cut":
        path.write_bytes(path.read_bytes()[:5000])
    with open_book(folder, sources()) as book:
        assert plausible(view(book, "owner", DAY)) == whole(book, "owner")


def test_the_file_holds_nothing_that_is_sealed(tmp_path: Path) -> None:
    with create_book(tmp_path / "book", Naming("test.example/s", "S", KEEPER), sources()) as book:
        plant = {"id": "plant:hidden", "name": "Mine", "country": "PK"}
        event = {"id": "event:1", "kind": "mine", "when": "2025-01-01", "facility": "plant:hidden",
                 "outputs": [{"lot": "lot:1"}]}  # fmt: skip
        grade = {"substance": "Sb", "grade": {"value": "60", "unit": "P1"}}
        put(book, [
            {"kind": "facility", "fact": plant},
            {"kind": "lot", "fact": {"id": "lot:1", "mass": tonnes(7331)}},
            {"kind": "event", "fact": event, "seal": ["/facility"]},
            {"kind": "assay", "seal": ["/results"],
             "fact": {"id": "a", "lot": "lot:1", "basis": "dry", "results": [grade]}},
        ])  # fmt: skip
        owner = plausible(view(book, "owner", DAY))
        assert owner == whole(book, "owner")
        assert [s.level for s in owner.sums if s.excess_kg] == ["country"]
        assert plausible(view(book, "public", DAY)).sums == ()
    kept = b"".join(p.read_bytes() for p in (tmp_path / "book").glob(FILE + "*"))
    assert b"event:1" in kept
    assert b"plant:hidden" not in kept
    assert b"antimony" not in kept


def test_an_earlier_head_is_answered_by_the_whole(folder: Path) -> None:
    with open_book(folder, sources()) as book:
        size = book.head.size
        then = plausible(view(book, "owner", DAY))
        put(book, [{"kind": "lot", "fact": {"id": "lot:0", "mass": tonnes(9999)}}])
        assert plausible(view(book, "owner", DAY, size)) == then
