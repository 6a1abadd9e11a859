"""What the demo book must report, in figures and in print."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from orebook.acts.demo import build
from orebook.acts.demo_findings import Findings, findings
from orebook.acts.see import view
from orebook.model.finding import Figure, Finding
from orebook.show.demo import demo_json, demo_lines
from orebook.wiring import demo_book, example_files, portal_settings


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Findings, str]]:
    folder: Path = tmp_path_factory.mktemp("demo") / "book"
    with demo_book(folder) as book:
        captured = build(book, example_files())
        found = findings(view(book, "public", "2026-11-23"), portal_settings(folder))
        yield found, "\n".join(demo_lines(captured, found))


def figure(finding: Finding, name: str) -> Figure:
    found = finding.figure(name)
    assert found is not None
    assert found.value is not None
    return found


def flat(text: str) -> str:
    """Without line breaks and with plain spaces, as a reader reads it."""
    return " ".join(text.split())


def test_the_smelter_lacks_999_kg_and_cannot_be_told_until_a_doubt_is_named(told) -> None:
    found, text = told
    (copper,) = [p for p in found.smelter.parts if p.component == "Cu"]
    assert figure(copper, "gap").value == 999
    assert found.smelter.verdict == "cannot_be_told"
    assert found.assumed.verdict == "does_not_add_up"
    assert any("half a unit of its last digit" in a for a in found.assumed.assumptions)
    said = flat(text)
    assert "a gap of 999 kg" in said
    assert "33.33 % (stated: 30 %)" in said
    assert "as the papers stand: cannot be told" in said
    assert "so assumed: does not add up" in said


def test_scrap_covers_the_gap_only_if_the_concentrate_is_dry(told) -> None:
    found, text = told
    assert found.scrap.verdict == "covered_only_if_dry"
    share = Decimal("0.001")
    assert figure(found.scrap, "declared_scrap").value == 1200
    assert figure(found.scrap, "recovery").value.quantize(share) == Decimal("0.978")
    assert figure(found.scrap, "break_even_moisture").value.quantize(share) == Decimal("0.022")
    assert figure(found.damp, "unexplained").value == 519
    said = flat(text)
    for words in ("Covered only if dry", "97.8 %", "2.2 %", "519 kg stay unexplained", "8 %"):
        assert words in said


def test_the_batch_is_dated_four_days_before_the_event_that_made_it(told) -> None:
    found, text = told
    codes = {p.component for p in found.order.parts}
    assert "made-before-its-event" in codes
    assert "4 days before" in flat(text)


def test_the_invented_chain_adds_up_step_by_step(told) -> None:
    found, text = told
    assert len(found.chain) == 7
    assert {f.verdict for f in found.chain} == {"adds_up"}
    assert "All 7 steps add up within their stated doubt." in text


def test_the_shipment_is_empty_boxes_and_its_deal_is_counted(told) -> None:
    found, text = told
    assert all(box.empty for box in found.sheet.boxes)
    assert len(found.sheet.boxes) == 5
    assert [g.topic for g in found.pairs] == ["state_of_movement", "sender"]
    assert found.deal.clock is not None
    assert found.deal.clock.days == (441, 441)
    said = flat(text)
    for words in (
        "5 of 5 boxes are empty",
        "441 days since signature, no public text found",
        "with 5 meanings, not added",
        "22 reports go back to 20 voices",
        "to 17 with those inferred",
        "Looked for and not found (20)",
        "“delivered”",
        "“dispatched”",
        "not Pakistan",
        "invented",
    ):
        assert words in said, words


def test_nothing_that_changes_from_run_to_run_is_printed(told) -> None:
    found, text = told
    assert found.deal.head.root not in text
    assert found.deal.head.root not in str(demo_json((), found))
    assert str(found.deal.agreement.ref.leaf) not in str(demo_json((), found))


def test_lines_keep_to_a_hundred_columns(told) -> None:
    _, text = told
    assert max(len(line) for line in text.splitlines()) <= 100
