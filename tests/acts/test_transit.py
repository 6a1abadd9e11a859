"""Signs of transit: raised by places, papers and known output; no origin, and no answer changes."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from orebook.acts.capture import capture
from orebook.acts.plausible import chain_of_lot
from orebook.acts.see import View, view
from orebook.acts.transit import book_flags, lot_flags
from orebook.cli.plausible import plausible as command
from orebook.engines.rules.plausible import Limit
from orebook.engines.rules.transit import Leg, export_flags, route_flags
from orebook.wiring import Naming, create_book

Row = tuple[str, dict[str, Any]]
PLACES: list[Row] = [
    ("facility", {"id": "plant:mine", "name": "Mine", "country": "TJ", "kind": "mine"}),
    ("facility", {"id": "plant:zone", "name": "Zone", "country": "AE", "kind": "free_zone"}),
    ("facility", {"id": "plant:works", "name": "Works", "country": "PK", "kind": "smelter"}),
    ("facility", {"id": "plant:buyer", "name": "Buyer", "country": "US"}),
]


def lot(name: str, tonnes: int) -> list[Row]:
    mass = {"value": str(tonnes), "unit": "TNE", "basis": "dry", "doubt": {"kind": "exact"}}
    grade = {"value": "50", "unit": "P1", "doubt": {"kind": "exact"}}
    result = {"substance": "Sb", "grade": grade}
    return [
        ("lot", {"id": f"lot:{name}", "mass": mass}),
        ("assay", {"id": f"assay:{name}", "lot": f"lot:{name}", "basis": "dry",
                   "results": [result]}),
    ]  # fmt: skip


def rows() -> list[Row]:
    """Ore of Tajikistan, smelted in Pakistan, shipped through a free zone of the Emirates."""
    return [
        *PLACES, *lot("ore", 2000), *lot("metal", 1000),
        ("event", {"id": "event:mine", "kind": "mine", "when": "2025-01-01",
                   "facility": "plant:mine", "outputs": [{"lot": "lot:ore"}]}),
        ("event", {"id": "event:smelt", "kind": "smelt", "when": "2025-02-01",
                   "facility": "plant:works", "inputs": [{"lot": "lot:ore"}],
                   "outputs": [{"lot": "lot:metal"}]}),
        ("event", {"id": "event:stop", "kind": "transit", "when": "2025-03-02",
                   "facility": "plant:zone", "subjects": [{"lot": "lot:metal"}]}),
        ("shipment", {"id": "shipment:1", "origin": "plant:works", "destination": "plant:buyer",
                      "dispatched": "2025-03-01", "lots": ["lot:metal"]}),
        ("trade_paper", {"id": "paper:1", "kind": "certificate_of_origin",
                         "shipment": "shipment:1", "origin": "PK"}),
    ]  # fmt: skip


Books = Callable[..., View]


@pytest.fixture
def book() -> Iterator[Books]:
    """Makes books of what is captured, in memory or in a folder; closed when the test ends."""
    with ExitStack() as opened:

        def made(data: list[Row], folder: Path | None = None) -> View:
            here = opened.enter_context(create_book(folder, Naming("t.example/transit", "T")))
            text = "".join(json.dumps({"kind": k, "fact": f}) + "\n" for k, f in data)
            done = capture(here, io.BytesIO(text.encode()), "facts.jsonl")
            assert not done.problems, done.problems[0].text()
            return view(here, "owner", "2026-01-01")

        yield made


def test_each_sign_is_told_with_its_place_and_no_origin_changes(book: Books) -> None:
    here = book(rows())
    told = {(f.kind, f.about, f.country) for f in lot_flags(here, "lot:metal")}
    assert told == {
        ("export country", "shipment:1", "PK"),
        ("stated origin", "paper:1", "PK"),
        ("passing place", "event:stop", "AE"),
    }
    assert {s.country for s in chain_of_lot(here, "lot:metal")[0].steps.values()} == {"TJ", "PK"}
    assert all(f.entry for f in lot_flags(here, "lot:metal"))
    # 500 t of antimony left Pakistan, whose known output is 260 t.
    (over, *rest) = book_flags(here)
    assert (over.kind, over.about) == ("beyond known output", "PK 2025 antimony")
    assert "1 lot with 500 t of antimony left PK in 2025" in over.words
    assert "is 260 t" in over.words
    assert over.source.startswith("USGS")
    assert {f.kind for f in rest} == {kind for kind, _, _ in told}


def test_a_way_within_the_mines_country_and_one_of_unknown_mines_raise_none(book: Books) -> None:
    home = [(k, f | {"country": "TJ"}) if f["id"] == "plant:works" else (k, f) for k, f in rows()]
    quiet = [r for r in home if r[1]["id"] not in {"event:stop", "paper:1"}]
    assert lot_flags(book(quiet), "lot:metal") == ()
    unknown = [r for r in rows() if r[1]["id"] != "event:mine"]
    assert lot_flags(book(unknown), "lot:metal") == ()


def test_what_was_made_of_a_lot_that_left_too_is_not_counted_again(book: Books) -> None:
    first = ("shipment", {"id": "shipment:0", "origin": "plant:works", "lots": ["lot:ore"],
                          "destination": "plant:buyer", "dispatched": "2025-01-09"})  # fmt: skip
    (over, *_) = book_flags(book([*rows(), first]))
    assert "1 lot with 1,000 t of antimony left PK" in over.words


def test_a_country_no_statistics_name_and_a_material_of_none() -> None:
    left = {("AE", "antimony", 2025): (Decimal(2000), 1), ("PK", "gold", 2025): (Decimal(1), 1),
            ("TJ", "antimony", 2025): (Decimal(10), 1)}  # fmt: skip
    known = {("TJ", "antimony", 2025): Limit(Decimal(10), "its output", "s")}
    (flag,) = export_flags(left, known, {"antimony": "s"})
    assert (flag.kind, flag.country) == ("no known output", "AE")
    assert list(route_flags([Leg("export", "s", "AE")], {"AE"}, set(), set())) == []


def test_the_command_prints_flags_and_ends_as_before(book: Books, tmp_path: Path) -> None:
    book(rows(), tmp_path / "b").book.close()  # type: ignore[attr-defined]
    done = CliRunner().invoke(command, ["--book", str(tmp_path / "b")])
    assert done.exit_code == 0, done.output
    assert "~ passing place: event:stop passes a free zone in AE" in done.output
    told = json.loads(CliRunner().invoke(command, ["--book", str(tmp_path / "b"), "--json"]).output)
    assert {flag["kind"] for flag in told["flags"]} >= {"export country", "beyond known output"}
