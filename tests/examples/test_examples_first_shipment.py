"""The first shipment says what the sources say and no more."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from pathlib import Path

import pytest

from orebook.exchange.claims_csv import CLAIMS_CSV
from orebook.exchange.format import Read, Source
from orebook.model.entry import Body

FOLDER = Path(__file__).resolve().parents[2] / "examples" / "first-shipment"


@pytest.fixture(scope="module")
def told() -> dict[str, Body]:
    """Everything the native files say, by id."""
    lines = [
        json.loads(line)
        for path in sorted(FOLDER.glob("*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    return {line["fact"]["id"]: line["fact"] for line in lines}


@pytest.fixture(scope="module")
def rows() -> list[dict[str, str]]:
    with (FOLDER / "claims.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def read() -> list[Read]:
    data = io.BytesIO((FOLDER / "claims.csv").read_bytes())
    return [r for r in CLAIMS_CSV.read(data, Source("c", "c")) if isinstance(r, Read)]


def test_the_register_holds_all_claims_and_absences(rows: list[dict[str, str]]) -> None:
    assert [row["id"] for row in rows] == [f"c{n:03d}" for n in range(1, 133)]
    missing = [row["id"] for row in rows if row["status"] == "not_found"]
    wanted = [*range(37, 53), *range(68, 73), 75]
    assert missing == [f"c{n:03d}" for n in wanted]
    assert len(missing) == 22


def test_the_carried_claims_are_those_of_the_cases(rows: list[dict[str, str]], cases: Path) -> None:
    with (cases / "first-shipment" / "claims.csv").open(encoding="utf-8", newline="") as file:
        original = list(csv.DictReader(file))
    kept = [{k: v for k, v in row.items() if k not in {"relays", "about"}} for row in rows]
    assert kept == original


def test_a_relay_belongs_to_a_source_and_not_to_a_row(rows: list[dict[str, str]]) -> None:
    by_source: dict[tuple[str, ...], set[str]] = {}
    for row in rows:
        key = tuple(row[c] for c in ("source_title", "source_publisher", "source_date"))
        by_source.setdefault(key, set()).add(row["relays"])
    assert [key for key, relays in by_source.items() if len(relays) > 1] == []


def test_reports_collapse_to_their_common_source(read: list[Read]) -> None:
    sources = {str(r.body["id"]): r.body for r in read if r.kind == "source"}
    articles = {str(r.body["source"]) for r in read if r.kind == "claim"}
    relays = [(s, relay) for s in articles for relay in sources[s].get("relays", ())]
    assert len(articles) == 58
    assert len({r["source"] for _, r in relays}) == 10
    release = next(i for i, s in sources.items() if "Company release" in str(s["title"]))
    bases = sorted(r["basis"] for _, r in relays if r["source"] == release)
    assert bases == ["inferred", "inferred", "inferred", "stated"]


def test_one_amount_has_five_meanings_and_no_sum(
    told: dict[str, Body], rows: list[dict[str, str]]
) -> None:
    amounts = told["agreement:fwo-ussm-mou"]["amounts"]
    said = {row["id"]: row["value"] for row in rows}
    assert [a["claim"] for a in amounts] == ["c013", "c014", "c015", "c016", "c017"]
    assert {a["amount"]["value"] for a in amounts} == {"500000000"}
    assert [a["meaning"] for a in amounts] == [said[a["claim"]] for a in amounts]


def test_terms_not_found_are_the_registers(told: dict[str, Body]) -> None:
    terms = told["agreement:fwo-ussm-mou"]["terms"]
    absent = [t["claim"] for t in terms if isinstance(t["value"], dict)]
    assert list(dict.fromkeys(absent)) == [f"c{n:03d}" for n in range(37, 52)]


def test_what_is_printed_stands_as_printed(
    told: dict[str, Body], rows: list[dict[str, str]]
) -> None:
    said = {row["id"]: row["value"] for row in rows}
    deal = told["agreement:fwo-ussm-mou"]
    printed = [(s["claim"], s["text"]) for s in deal["roadmap"]]
    printed += [(c["claim"], c["text"]) for c in told["shipment:first-shipment"]["contents"]]
    printed += [(c["claim"], c["text"]) for c in told["object:white-house-box"]["descriptions"]]
    printed += [(c["claim"], c["text"]) for c in deal["commitments"] if c["topic"] != "investment"]
    assert [pair for pair in printed if said[pair[0]] != pair[1]] == []


@pytest.mark.parametrize(
    ("key", "names"),
    [
        ("shipment:first-shipment", {"mass", "assay", "mine", "hs_code", "received", "origin"}),
        ("event:first-shipment-preparation", {"facility", "inputs", "when", "outputs"}),
        ("object:white-house-box", {"part_of"}),
        ("facility:announced-refinery", {"region"}),
    ],
)
def test_what_was_not_found_is_an_absence(told: dict[str, Body], key: str, names: set[str]) -> None:
    body = told[key]
    assert {n: body[n]["absent"] for n in names} == dict.fromkeys(names, "not_found")


def test_nothing_is_inferred_about_the_shipment(told: dict[str, Body]) -> None:
    body = told["shipment:first-shipment"]
    assert {"purpose", "sender", "receiver", "dispatched", "destination"} & set(body) == set()


def test_the_clock_of_the_comparator(told: dict[str, Body]) -> None:
    fund = told["agreement:ukraine-us-fund-2025"]
    signed = date.fromisoformat(str(fund["signed"]))
    days = [str(fund["text_public"]), *(str(s["when"]) for s in fund["steps"])]
    assert [(date.fromisoformat(d) - signed).days for d in days] == [1, 8, 12]
    seed = told["agreement:fwo-ussm-mou"]
    looked = date.fromisoformat(seed["text_public"]["until"])
    assert (looked - date.fromisoformat(str(seed["signed"]))).days == 441
