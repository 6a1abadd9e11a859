"""Recall and origin on the demo's rare-earth chain: who is told, and what each may see."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from orebook.acts.origin import origin
from orebook.acts.origin_flow import lot_flow
from orebook.acts.recall import recall
from orebook.acts.see import View, view
from orebook.model.problem import NotFound
from orebook.wiring import open_book

NDPR = "lot:invented/ndpr-oxide"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("origin") / "book"
    command = [Path(sys.executable).parent / "orebook", "demo", place, "--no-serve"]
    subprocess.run(command, check=True, capture_output=True)
    return place


@pytest.fixture(scope="module")
def seen(folder: Path) -> Iterator[View]:
    with open_book(folder) as book:
        yield view(book, "public", "2026-11-23")


def test_the_blended_lot_has_its_mines_with_bounds(seen: View) -> None:
    lot = origin(seen, lots=[NDPR], by=["mine"], element="Nd").lots[0]
    split = next(s for s in lot.splits if not s.question.stage)
    shares = {s.name: s for s in split.shares}
    assert set(shares) == {"North mine (invented)", "South mine (invented)"}
    for share in shares.values():
        assert 0 < share.low < share.value < share.high < 1
    assert split.whole == pytest.approx(1, abs=1e-12)
    assert lot.cut is not None
    assert lot.cut.plants == ("Chemical plant (invented)",)
    assert lot.missing  # the weighings of the blend leave a little open


def test_each_element_has_a_mix_of_its_own(seen: View) -> None:
    found = {
        e: origin(seen, lots=[NDPR], by=["mine"], element=e).lots[0].splits[0].shares[0].value
        for e in ("Nd", "Ce")
    }
    assert found["Nd"] != pytest.approx(found["Ce"], abs=1e-3)


def test_the_way_carries_the_whole_lot(seen: View) -> None:
    flow = lot_flow(seen, NDPR, "Nd")
    assert flow is not None
    into = sum(p.share for p in flow.passages if p.target == "lot")
    assert into == pytest.approx(1, abs=1e-9)
    early = lot_flow(seen, NDPR, "Nd", until=flow.days[0])
    assert early is not None
    assert len(early.passages) < len(flow.passages)


@pytest.mark.parametrize(
    ("subject", "start"),
    [
        ("lot:invented/north-concentrate", "lot:invented/north-concentrate"),
        ("facility:invented/north-mine", "event:invented/north-mine"),
    ],
)
def test_a_recall_lists_lots_owners_shipments_and_masses(
    seen: View, subject: str, start: str
) -> None:
    found = recall(seen, subject)
    assert start in found.start
    lots = {a.lot for a in found.affected}
    assert {"lot:invented/blend", NDPR} <= lots
    assert not any("south" in lot for lot in lots)
    assert "Chemical Works Company (invented)" in found.owners
    assert "shipment:invented/north-concentrate" in found.shipments
    neodymium = {a.lot: a for a in found.affected if a.element == "Nd"}
    mass = neodymium[NDPR].mass_kg
    assert mass is not None
    assert 0 < neodymium[NDPR].share < 1
    assert mass > 0


def test_an_assay_recalls_the_lot_it_speaks_of(seen: View) -> None:
    from orebook.model.assay import Assay

    assay = next(
        a
        for a in seen.facts(kinds=["assay"]).all(Assay)
        if a.lot == "lot:invented/north-concentrate"
    )
    assert NDPR in {a.lot for a in recall(seen, assay.id).affected}


def test_what_the_book_does_not_name_is_refused(seen: View) -> None:
    with pytest.raises(NotFound):
        recall(seen, "lot:nobody")
    with pytest.raises(NotFound):
        origin(seen, lots=["lot:nobody"])


def test_the_list_of_a_recall_is_ready_to_send(folder: Path) -> None:
    command = [Path(sys.executable).parent / "orebook", "recall", NDPR, "--csv", "--book", folder]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert rows[0]["lot"] == NDPR
    assert float(rows[0]["mass_kg"]) > 0
