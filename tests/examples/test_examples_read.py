"""The examples pass the doors of the book, and the balance finds in them what they are made for."""

from __future__ import annotations

import io
from decimal import Decimal
from pathlib import Path

import pytest

from orebook.engines.balance import balance, parse_assumption, part_of
from orebook.exchange import jsonl, sheets
from orebook.exchange.format import Read, Source
from orebook.model.entry import Ref
from orebook.model.event import Event
from orebook.model.facts import Facts, Head, facts_of
from orebook.model.read import record

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
SMELT = "https://sample-refinery.example.com/events/make-cathode-2025-0305"


def _facts(folder: str) -> Facts:
    told = []
    for path in sorted((EXAMPLES / folder).glob("*.jsonl")):
        read = list(jsonl.read(io.BytesIO(path.read_bytes()), Source(path.name, path.name)))
        assert [r for r in read if not isinstance(r, Read)] == []
        told += [r for r in read if isinstance(r, Read)]
    assert [r.author for r in told if not r.author] == []
    records = [record(r.kind, r.body, Ref("0" * 64, n, n)) for n, r in enumerate(told)]
    return facts_of(Head("example.invalid", len(told), "0" * 64), "", "2026-11-23", records)


def test_the_first_shipment_is_read_as_it_stands() -> None:
    kinds = {cls.__name__ for cls in _facts("first-shipment").records}
    assert kinds == {"Agreement", "Event", "Facility", "Party", "Shipment", "Thing"}


def test_the_invented_chain_adds_up_in_the_engine() -> None:
    facts = _facts("rare-earth-chain")
    steps = [e.id for e in facts.all(Event) if isinstance(e.inputs, tuple)]
    verdicts = {step: balance(facts, event=step).verdict for step in steps}
    assert verdicts == dict.fromkeys(steps, "adds_up")
    assert len(steps) == 7


@pytest.mark.parametrize(
    ("assumptions", "verdict"),
    [([], "cannot_be_told"), (["as-written"], "does_not_add_up")],
)
def test_the_smelter_has_its_gap_and_its_verdict(assumptions: list[str], verdict: str) -> None:
    facts = _facts("copper-smelter")
    supposed = [parse_assumption(text) for text in assumptions]
    finding = balance(facts, event=SMELT, assumptions=supposed)
    copper = part_of(finding, "Cu")
    assert copper is not None
    figures = {f.name: f.value for f in copper.figures}
    grade = "break_even/assay:assay:un-sample/cu-conc-2025/results/0/grade"
    assert finding.verdict == verdict
    assert (figures["in"], figures["out"], figures["gap"]) == (9000, 9999, 999)
    assert figures[grade] == Decimal("0.3333")


def test_the_shipment_sheet_is_read_without_fault() -> None:
    path = EXAMPLES / "rare-earth-chain" / "shipment-sheet.csv"
    read = list(sheets.read(io.BytesIO(path.read_bytes()), Source(path.name, "sheet")))
    assert [r for r in read if not isinstance(r, Read)] == []
    (shipment,) = (r.body for r in read if isinstance(r, Read) and r.kind == "shipment")
    assert len(shipment["packages"]) == 20  # type: ignore[arg-type]
