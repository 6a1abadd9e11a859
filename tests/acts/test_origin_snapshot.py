"""The snapshot of a book's flows: brought up it is the one built anew; no torn one is trusted."""

from __future__ import annotations

import io
import json
import random
import shutil
from pathlib import Path
from typing import Any

import pytest

from orebook.acts import origin_snapshot
from orebook.acts.capture import capture
from orebook.acts.origin import origin
from orebook.acts.origin_columns import Columns
from orebook.acts.origin_flows import around, facts_flows, flows_of
from orebook.acts.origin_list import Answer
from orebook.acts.origin_list import origin as of_list
from orebook.acts.origin_snapshot import FOLDER, built, snapshot
from orebook.acts.see import View, on, view
from orebook.book.book import Book
from orebook.model.custody import NOBODY
from orebook.model.event import Event
from orebook.wiring import Naming, create_book, open_book

from .conftest import KEEPER, sources
from .origin_book import Row, event, lot, mine, ore, two_mines

DAY = "2026-06-01"


def put(book: Book, rows: list[Row]) -> None:
    data = b"".join(json.dumps(row).encode() + b"\n" for row in rows)
    assert capture(book, io.BytesIO(data), "rows.jsonl").problems == ()


def anew(book: Book) -> Columns:
    return built(View(book, NOBODY, DAY, book.head.size))


def alike(one: Answer, other: Answer) -> None:
    """Two answers with the same lots, names, shares and faults."""
    assert [(x.lot, x.element) for x in one.lots] == [(x.lot, x.element) for x in other.lots]
    assert sorted(p.code for p in one.problems) == sorted(p.code for p in other.problems)
    assert one.models == other.models
    for mine_, theirs in zip(one.lots, other.lots, strict=True):
        asked = {s.question.key: s for s in mine_.splits}
        for same in theirs.splits:
            split = asked.pop(same.question.key, None)
            if split is None:  # asked of for a lot beside: nothing of this one was there
                assert not same.shares
                continue
            told = {s.name: (s.low, s.value, s.high) for s in split.shares}
            wanted = {
                s.name: pytest.approx((s.low, s.value, s.high), abs=1e-12) for s in same.shares
            }
            assert told == wanted
            assert split.unknown == pytest.approx(same.unknown, abs=1e-12)
        assert not any(s.shares for s in asked.values())


class History:
    """A book in which lots and events come, are corrected, withdrawn, sealed and come late."""

    def __init__(self, book: Book, seed: int) -> None:
        self.book, self.rnd = book, random.Random(seed)
        self.lots = ["a", "b"]
        self.events: list[Row] = []
        put(book, two_mines())

    def step(self) -> None:
        choice = self.rnd.random()
        if choice < 0.5 or not self.events:
            self._event()
        elif choice < 0.65:
            self._correct()
        elif choice < 0.75:
            self._withdraw()
        elif choice < 0.9:
            name = self.rnd.choice(self.lots)
            sealed = {"seal": ["/results"]} if self.rnd.random() < 0.4 else {}
            row = lot(name, grade=str(self.rnd.randint(40, 100)))[1]
            row["fact"]["id"] += f"/{self.book.head.size}"
            put(self.book, [{**row, **sealed}])
        else:
            put(self.book, [mine("C"), *ore(f"r{len(self.lots)}", 50, "C")])
            self.lots.append(f"r{len(self.lots)}")

    def _event(self) -> None:
        made = f"x{len(self.lots)}"
        into = self.rnd.sample(self.lots, min(len(self.lots), self.rnd.randint(1, 3)))
        told = {n: self.rnd.choice([None, 5, 20, 45]) for n in into}
        month = self.rnd.randint(1, 9)  # an event may come years after later ones
        custody = self.rnd.choice(["", "mass_balance", "mass_balance_credit", "segregated"])
        more: Row = {"custody_model": custody} if custody else {}
        if custody and self.rnd.random() < 0.3:
            more |= {"custody_period": "2026", "custody_boundary": "site"}
        row = event(
            made,
            told,
            {made: self.rnd.choice([None, 30])},
            when=f"202{month}-02-01T00:00:00Z",
            **more,
        )
        if self.rnd.random() < 0.3:
            row["seal"] = [self.rnd.choice(["/inputs", "/inputs/0/lot", "/facility"])]
        row["fact"]["facility"] = "facility:A"
        put(self.book, [*lot(made), row])
        self.lots.append(made)
        self.events.append(row)

    def _reference(self, row: Row) -> list[str]:
        clear = View(self.book, NOBODY, DAY)
        found = clear.facts(ids=[row["fact"]["id"]]).get(Event, row["fact"]["id"])
        return [found.ref.text()] if found is not None else []

    def _correct(self) -> None:
        row = json.loads(json.dumps(self.rnd.choice(self.events)))
        row["fact"]["inputs"] = [
            event("", {self.rnd.choice(["a", "b"]): 7}, {})["fact"]["inputs"][0]
        ]
        row.pop("seal", None)
        put(self.book, [{**row, "supersedes": self._reference(row)}])

    def _withdraw(self) -> None:
        row = json.loads(json.dumps(self.rnd.choice(self.events)))
        row["fact"]["withdrawn"] = {"when": "2026-05-01T00:00:00Z", "reason": "did_not_occur"}
        row.pop("seal", None)
        put(self.book, [{**row, "supersedes": self._reference(row)}])


def test_brought_up_is_built_anew_after_random_histories(count: Any) -> None:
    patched = 0
    for seed in range(count(2, 24)):
        with create_book(None, Naming("test.example/h", "H", KEEPER), sources()) as book:
            history = History(book, seed)
            owner = view(book, "owner", DAY)
            snapshot(owner)
            for _ in range(7):
                history.step()
                before = origin_snapshot._books[book].columns
                assert snapshot(owner) is not None
                now = origin_snapshot._books[book].columns
                patched += now is not before
                assert now.all() == anew(book).all()
            for reader in ("owner", "public"):
                here = view(book, reader, DAY)
                whole = here.facts(kinds=("event", "lot", "assay", "facility", "party"))
                alike(of_list(flows_of(here).flows), of_list(facts_flows(whole).flows))
                for name in {*history.lots[:2], *history.lots[-3:]}:
                    ident = f"lot:{name}"
                    wanted = facts_flows(whole, [ident])
                    if any(ident in {m.source, m.target} for m in wanted.flows.moves):
                        one = of_list(flows_of(here, [ident]).flows, lots=[ident])
                        alike(one, of_list(wanted.flows, lots=[ident]))
    assert patched > 5


def rows() -> list[Row]:
    return [*two_mines(), *lot("p"), event("blend", {"a": 60, "b": 40}, {"p": 100})]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with create_book(tmp_path / "book", Naming("test.example/f", "F", KEEPER), sources()) as book:
        put(book, rows())
        share(book)
    return tmp_path / "book"


def share(book: Book) -> float:
    (split,) = origin(view(book, "public", DAY), lots=["lot:p"], by=["mine"]).lots[0].splits
    return next(s.value for s in split.shares if s.name == "Mine A")


def files(folder: Path) -> list[Path]:
    (made,) = (folder / FOLDER).iterdir()
    return sorted(made.iterdir())


def test_a_snapshot_lies_beside_the_views_and_is_mapped_by_the_next_process(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert files(folder)
    monkeypatch.setattr(origin_snapshot, "built", None)
    with open_book(folder, sources()) as book:
        assert share(book) == pytest.approx(0.6)
        assert snapshot(view(book, "owner", DAY)) is not None


def test_a_correction_is_brought_up_and_not_built(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(origin_snapshot, "built", None)
    with open_book(folder, sources()) as book:
        put(book, [event("blend", {"a": 30, "b": 40}, {"p": 70})])
        assert share(book) == pytest.approx(3 / 7)


def test_a_correction_is_kept_as_a_patch_of_what_it_touched(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = files(folder)
    whole = origin_snapshot.built
    monkeypatch.setattr(origin_snapshot, "built", None)
    before = {p: (p.stat().st_ino, p.stat().st_mtime_ns) for p in base}
    for a in (30, 10, 90):  # each in a process of its own, as far as the book can tell
        with open_book(folder, sources()) as book:
            put(book, [event("blend", {"a": a, "b": 10}, {"p": a + 10})])
            assert share(book) == pytest.approx(a / (a + 10))
        with open_book(folder, sources()) as book:
            assert share(book) == pytest.approx(a / (a + 10))
            here = View(book, NOBODY, DAY, book.head.size)
            assert origin_snapshot._books[book].columns.all() == whole(here).all()
    assert {p: (p.stat().st_ino, p.stat().st_mtime_ns) for p in base} == before
    kept = [p for p in (folder / FOLDER).iterdir() if p != base[0].parent]
    assert len(kept) == 1
    monkeypatch.undo()
    for torn in (kept[0] / "move_kg", base[0].parent / "move_kg"):
        torn.write_bytes(torn.read_bytes()[:-1])
        with open_book(folder, sources()) as book:
            assert share(book) == pytest.approx(0.9)
            assert snapshot(view(book, "owner", DAY)).all() == anew(book).all()  # type: ignore[union-attr]


def test_a_book_with_very_much_sealed_is_read_once_for_each_reader(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(origin_snapshot, "_FEW", 0)
    with create_book(tmp_path / "book", Naming("test.example/s", "S", KEEPER), sources()) as book:
        sealed = rows()
        sealed[-1]["seal"] = ["/inputs/0/mass", "/inputs/1/lot"]
        put(book, sealed)
        asked: list[View] = []
        whole = origin_snapshot.built

        def counted(seen: View) -> Columns:
            asked.append(seen)
            return whole(seen)

        monkeypatch.setattr(origin_snapshot, "built", counted)
        for reader in ("owner", "public", "owner", "public"):
            here = view(book, reader, DAY)
            mapped = of_list(flows_of(here, ["lot:p"]).flows, lots=["lot:p"], by=["mine"])
            facts = here.facts(kinds=("event", "lot", "assay", "facility", "party"))
            direct = of_list(facts_flows(facts, ["lot:p"]).flows, lots=["lot:p"], by=["mine"])
            alike(mapped, direct)
        assert len(asked) <= 3


@pytest.mark.parametrize("wound", ["cut", "header", "gone", "other form", "other head", "half"])
def test_a_torn_or_foreign_snapshot_is_built_anew(folder: Path, wound: str) -> None:
    some = files(folder)
    header = next(p for p in some if p.name == "header.json")
    moves = next(p for p in some if p.name == "move_kg")
    if wound == "cut":
        moves.write_bytes(moves.read_bytes()[:-8])
    elif wound == "header":
        header.write_text(header.read_text().replace("Cu", "Au"))
    elif wound == "gone":
        moves.unlink()
    elif wound == "other form":
        header.write_text("no digest\n{}")
    elif wound == "other head":
        text = header.read_text()
        header.write_text(text.replace('"root": "', '"root": "ff'))
    else:  # a process died while it wrote aside
        shutil.copytree(header.parent, header.parent.parent / ".9-dead.77")
        shutil.rmtree(header.parent)
    with open_book(folder, sources()) as book:
        assert share(book) == pytest.approx(0.6)
        assert anew(book).all() == snapshot(view(book, "owner", DAY)).all()  # type: ignore[union-attr]
    assert len(list((folder / FOLDER).iterdir())) == 1


def test_the_files_hold_nothing_that_is_sealed(tmp_path: Path) -> None:
    with create_book(tmp_path / "book", Naming("test.example/s", "S", KEEPER), sources()) as book:
        sealed = rows()
        sealed[-1]["seal"] = ["/inputs/0/mass", "/inputs/1/lot"]
        sealed[-2]["seal"] = ["/lot"]
        put(book, sealed)
        owner = view(book, "owner", DAY)
        (lot_,) = origin(owner, lots=["lot:p"], by=["mine"], element="Cu").lots
        assert {s.name: s.value for s in lot_.splits[0].shares} == pytest.approx(
            {"Mine A": 0.6, "Mine B": 0.4}
        )
        columns = origin_snapshot._books[book].columns
        told = [m for u in columns.all() for m in u.moves]
        assert not any(m.mass_kg in {60, 40} for m in told)
        assert not any(m.source == "lot:b" for m in told)
    kept = b"".join(p.read_bytes() for p in files(tmp_path / "book"))
    assert kept


def test_an_earlier_head_is_answered_as_it_was(folder: Path) -> None:
    with open_book(folder, sources()) as book:
        size = book.head.size
        put(book, [event("blend", {"a": 30, "b": 40}, {"p": 70})])
        then = view(book, "public", DAY, size)
        (split,) = origin(then, lots=["lot:p"], by=["mine"]).lots[0].splits
        assert split.shares[0].value == pytest.approx(0.6)
        assert share(book) == pytest.approx(3 / 7)
        assert on(view(book, "public", DAY), "2026-12-31").head == book.head


def test_the_cone_of_facts_is_the_cone_of_columns(folder: Path) -> None:
    with open_book(folder, sources()) as book:
        here = view(book, "public", DAY)
        direct = facts_flows(around(here, ["lot:p"]), ["lot:p"])
        mapped = flows_of(here, ["lot:p"])
        assert set(direct.flows.moves) == set(mapped.flows.moves)
        assert direct.flows.stops == mapped.flows.stops
        assert direct.days == mapped.days
