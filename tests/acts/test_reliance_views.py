"""On whom a buyer or a country depends; which plant severs or thins; what is left N-1."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from orebook.acts.capture import capture
from orebook.acts.market import Market
from orebook.acts.reliance import what_if
from orebook.acts.reliance_country import imports
from orebook.acts.reliance_views import dependence
from orebook.acts.see import View, view
from orebook.cli.reliance import reliance
from orebook.engines.reliance import Holdings
from orebook.engines.reliance.benchmark import single_source
from orebook.engines.rules import Chain, Step
from orebook.engines.rules.ways import chokes
from orebook.model.problem import NotFound, ReaderError, SenderError
from orebook.wiring import Naming, create_book

MARKET = Path(__file__).resolve().parents[2] / "examples" / "market"


def facts() -> bytes:
    """Two lots of a buyer: 60 t Sb smelted in China of Chinese ore, 40 t of nobody's ore."""
    rows: list[tuple[str, dict[str, object]]] = [
        ("facility", {"id": "f:mine", "name": "Mine", "country": "CN", "stage": "mine"}),
        ("facility", {"id": "f:smelter", "name": "Smelter", "country": "CN"}),
        ("lot", {"id": "ore", "mass": _t(100)}),
        ("event", {"id": "e:mine", "kind": "mine", "facility": "f:mine", "when": "2026-01-01",
                   "outputs": [{"lot": "ore", "mass": _t(100)}]}),
        ("event", {"id": "e:smelt", "kind": "smelt", "facility": "f:smelter", "when": "2026-02-01",
                   "inputs": [{"lot": "ore", "mass": _t(100)}],
                   "outputs": [{"lot": "metal", "mass": _t(60)}]}),
        ("lot", {"id": "metal", "mass": _t(60), "owner": "party:buyer"}),
        ("lot", {"id": "bought", "mass": _t(40), "owner": "party:buyer"}),
        ("lot", {"id": "unweighed", "owner": "party:buyer"}),
        ("assay", _assay("ore", 60)),
        ("assay", _assay("metal", 100)),
        ("assay", _assay("bought", 100)),
    ]  # fmt: skip
    return "".join(json.dumps({"kind": k, "fact": f}) + "\n" for k, f in rows).encode()


def _t(tonnes: int) -> dict[str, str]:
    return {"value": str(tonnes), "unit": "TNE", "basis": "dry"}


def _assay(lot: str, percent: int) -> dict[str, object]:
    grade = {"value": str(percent), "unit": "P1"}
    results = [{"substance": "Sb", "grade": grade}]
    return {"id": f"a:{lot}", "lot": lot, "basis": "dry", "results": results}


@pytest.fixture(scope="module")
def here() -> Iterator[View]:
    with create_book(None, Naming("t.example/buyer", "T")) as book:
        done = capture(book, io.BytesIO(facts()), "facts.jsonl")
        assert not done.problems, done.problems[0].text()
        yield view(book, "owner", "2026-06-01")


def test_a_buyer_depends_by_its_own_lots_with_unknown_as_its_own_class(here: View) -> None:
    found = dependence(here, "buyer:party:buyer", "Sb", stage="mine")
    assert found.lots == ("bought", "metal", "unweighed")
    assert found.unweighed == ("unweighed",)
    assert found.kg == 100_000
    assert found.shares == (("CN", Decimal("0.6")),)
    assert found.unknown == Decimal("0.4")
    low, high = dict(found.indices)["HHI"].low, dict(found.indices)["HHI"].high
    assert (low, high) == (Decimal("0.36"), Decimal("0.52"))
    assert found.benchmark is not None
    assert found.benchmark.outcome == "cannot be told"
    plants = {p.name: p for p in found.plants}
    assert plants["Smelter"].mass_share == Decimal("0.6")
    assert plants["Smelter"].lots_severed == 1


def test_what_cannot_be_asked_is_refused(here: View) -> None:
    with pytest.raises(NotFound, match="no lot of buyer:party:nobody"):
        dependence(here, "buyer:party:nobody", "Sb")
    with pytest.raises(ReaderError, match="a viewpoint is world"):
        dependence(here, "moon", "Sb")
    with pytest.raises(ReaderError, match="shares are by"):
        dependence(here, "buyer:party:buyer", "Sb", by="wish")
    with pytest.raises(ReaderError, match="has a dry mass and a grade of Cu"):
        dependence(here, "buyer:party:buyer", "Cu")


def test_a_plant_severs_where_every_way_needs_it_and_thins_where_not() -> None:
    steps = {
        "m1": Step("m1", "mine", facility="one"),
        "m2": Step("m2", "mine", facility="two"),
        "s": Step("s", "separate_smelt", facility="plant", feeds=("m1", "m2")),
    }
    found = {c.place: (c.cut, c.ways, c.severs) for c in chokes(Chain("lot", steps, ("s",)))}
    assert found == {"plant": (2, 2, True), "one": (1, 2, False), "two": (1, 2, False)}


@given(st.lists(st.lists(st.integers(0, 6), max_size=3), min_size=1, max_size=6))
def test_no_plant_cuts_more_ways_than_there_are(feeds: list[list[int]]) -> None:
    steps = {
        f"s{n}": Step(f"s{n}", None, facility=f"f{n % 3}", feeds=tuple(f"s{i}" for i in into))
        for n, into in enumerate(feeds)
    }
    for choke in chokes(Chain("lot", steps, ("s0",))):
        assert 0 < choke.cut <= choke.ways


def test_the_benchmark_is_met_not_met_or_open() -> None:
    assert single_source(Holdings({"CHN": Decimal(66), "DEU": Decimal(34)})).outcome == "not met"
    assert single_source(Holdings({"CHN": Decimal(30), "DEU": Decimal(70)})).outcome == "met"
    half = Holdings({"CHN": Decimal(50)}, Decimal(50))
    assert single_source(half).outcome == "cannot be told"


def test_a_thousand_tonnes_smelted_at_home_lowers_reliance_and_a_foreign_mine_does_not(
    tmp_path: Path, statistics: Path
) -> None:
    source = statistics / "usgs_mcs2026_subset.csv"
    for path in (*MARKET.glob("*.csv"), source):
        shutil.copy(path, tmp_path / path.name)
    overlay = json.loads((MARKET / "pakistan-antimony.json").read_text())
    home = {"kind": "new_source", "stage": "smelter", "party": "USA", "ramp": {"2028": "1000"}}
    overlay["changes"].append(home)
    answer = what_if(json.dumps(overlay).encode(), "o", tmp_path)
    told = {(e.stage, e.year): e for e in answer.country}
    smelted = told["smelter", 2028]
    assert smelted.before is not None
    assert smelted.after is not None
    assert smelted.before.low is not None
    assert smelted.after.low is not None
    assert round(smelted.before.low - smelted.after.low, 1) == Decimal("2.2")
    assert "do not count" in told["mine", 2028].why
    assert told["smelter", 2027].why == "no effect yet: the ramp begins later"


def test_a_country_of_an_overlay_at_fault_is_refused_with_a_pointer() -> None:
    overlay = json.loads((MARKET / "pakistan-antimony.json").read_text())
    for change, place in (
        ({"party": 7}, "/country/party"),
        ({"forms": {"moon": "total"}}, "/country/forms/moon"),
        ({"outside": "all"}, "/country/outside"),
    ):
        broken = {**overlay, "country": {**overlay["country"], **change}}
        with pytest.raises(SenderError) as refused:
            what_if(json.dumps(broken).encode(), "o", MARKET)
        assert place in {p.place for p in refused.value.problems}


def test_the_command_line_asks_from_every_viewpoint(tmp_path: Path) -> None:
    run = CliRunner()
    book = create_book(tmp_path / "b", Naming("t.example/cli", "T"))
    capture(book, io.BytesIO(facts()), "facts.jsonl")
    book.close()
    own = ["--viewpoint", "buyer:party:buyer", "--element", "Sb", "--book", str(tmp_path / "b")]
    done = run.invoke(reliance, [*own, "--stage", "mine"])
    assert done.exit_code == 0, done.output
    assert "40.0%  unknown" in done.output
    assert json.loads(run.invoke(reliance, [*own, "--json"]).output)["by"] == "country"
    cut = run.invoke(reliance, ["choke", "metal", "--book", str(tmp_path / "b")])
    assert "f:smelter  1 of 1    severed" in cut.output
    none = ["choke", "bought", "--book", str(tmp_path / "b")]
    assert [run.invoke(reliance, [*none, *form]).exit_code for form in ([], ["--json"])] == [3, 3]
    words = ["--supply", "100", "--top-supply", "91", "--demand", "100", "--top-demand", "75"]
    assert "36.0000 percent" in run.invoke(reliance, ["n-1", *words]).output
    wrong = run.invoke(reliance, ["n-1", *words[:-1], "5..2"])
    assert "--top-demand: expected LOW..HIGH" in str(wrong.exception)
    assert run.invoke(reliance, ["--viewpoint", "moon"]).exit_code == 2


def test_the_ndpr_question_moves_the_mine_and_says_the_rest_is_unchanged() -> None:
    name = "pakistan-ndpr.json"
    answer = what_if((MARKET / name).read_bytes(), name, MARKET)
    assert {e.stage for e in answer.effects if e.indices} == {"mine"}
    assert all("this stage is unchanged" in e.why for e in answer.effects if e.stage != "mine")
    assert {e.stage for e in answer.country} == {"mine", "refinery", "metal", "magnet"}
    assert all(e.why for e in answer.country)


ROWS = {
    "CHN": ("CHN,China", "", "USGS MCS 2026", "withheld"),
    "TJK": ("TJK,Tajikistan", "20", "USGS MCS 2026", ""),
    "ROW": ("ROW,Other countries", "30", "USGS MCS 2026", ""),
    "WLD": ("WLD,World total", "100", "USGS MCS 2026", ""),
    "other": ("TJK,Tajikistan", "40", "World Mining Data 2026", ""),
    "mixed": ("BOL,Bolivia", "5", "USGS MCS 2026", ""),
}


@pytest.mark.parametrize(
    ("rows", "gap", "note"),
    [
        ("CHN TJK ROW WLD other", ("0.2", "1"), "shares of mines by USGS MCS, 2024"),
        ("CHN TJK", None, "USGS MCS: an amount is withheld and no world total bounds it"),
        ("TJK", None, "CHN has no figure and no world total says how much is left"),
        ("CHN TJK other", None, "World Mining Data: CHN has no figure"),
        ("TJK ROW mixed", None, "two units in one share vector"),
        ("", None, "no mine output of antimony in 2024"),
    ],
)
def test_a_withheld_mine_is_not_nothing_and_two_publishers_are_not_mixed(
    tmp_path: Path, statistics: Path, rows: str, gap: tuple[str, str] | None, note: str
) -> None:
    shutil.copy(statistics / "usgs_mcs2026_subset.csv", tmp_path)
    lines = ["mineral,stage,country_iso3,country_name,year,value,unit,source,note"]
    for key in rows.split():
        party, value, source, said = ROWS[key]
        unit = "kg" if key == "mixed" else "t"
        lines.append(f"antimony,mine,{party},2024,{value},{unit},{source},{said}")
    (tmp_path / "production_by_country.csv").write_text("\n".join(lines) + "\n")
    (tmp_path / "trade_x.csv").write_text(
        "year,reporter,flow,hs,partner_iso3,value_usd\n2024,USA,import,2617,CHN,9\n"
    )
    found = imports(Market(tmp_path), "USA", "antimony", "total", "2024", "2617")
    told = None if gap is None else ("CHN", *map(Decimal, gap))
    assert (found.gap and (found.gap[0], found.gap[1].low, found.gap[1].high)) == told
    assert any(note in one for one in found.notes), found.notes


def test_the_published_total_of_imports_counts_and_its_rest_is_not_named(
    tmp_path: Path, statistics: Path
) -> None:
    shutil.copy(statistics / "usgs_mcs2026_subset.csv", tmp_path)
    head = "year,reporter,flow,hs,partner_iso3,value_usd,source\n"
    rows = [f"2024,USA,import,2617,{p},{v},UN Comtrade 2025" for p, v in
            (("CHN", 60), ("BEL", 20), ("WLD", 100))]  # fmt: skip
    (tmp_path / "trade_a.csv").write_text(head + "\n".join(rows) + "\n")
    older = "2024,USA,import,2617,JPN,999,UN Comtrade 2024\n"
    (tmp_path / "trade_b.csv").write_text(head + older)
    found = imports(Market(tmp_path), "USA", "antimony", "total", "2024", "2617")
    told = {"CHN": Decimal("0.6"), "BEL": Decimal("0.2"), "not named": Decimal("0.2")}
    assert dict(found.partners) == told
    assert "imports of heading 2617 by last exporter: UN Comtrade 2025" in found.notes
