"""Reliance and what-if over the statistics that come with the project."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner

from orebook.acts.market import FIRMS, PRODUCTION, Market, NoData, edition, holdings
from orebook.acts.reliance import standing, what_if
from orebook.cli.reliance import reliance
from orebook.exchange.statistics.trade import Flow
from orebook.model.problem import ReaderError, SenderError
from orebook.model.statistic import Interval

MARKET = Path(__file__).resolve().parents[2] / "examples" / "market"
OVERLAY = MARKET / "pakistan-antimony.json"


def test_pakistani_antimony_moves_the_mine_stage_a_little_and_no_other() -> None:
    answer = what_if(OVERLAY.read_bytes(), OVERLAY.name, MARKET)
    by_key = {(e.stage, e.year): e for e in answer.effects}
    index = by_key["mine", 2028].indices[0]
    assert index.name == "HHI"
    assert index.before.low is not None
    assert index.after.low is not None
    assert round((index.before.low - index.after.low) * 10000) == 45
    china = next(i for i in by_key["mine", 2028].indices if i.name == "share of CHN")
    assert china.before.low is not None
    assert china.after.low is not None
    assert round((china.before.low - china.after.low) * 100, 1) == Decimal("0.3")
    assert all(not e.indices and e.why for key, e in by_key.items() if key[0] != "mine")


def test_two_publishers_are_never_mixed() -> None:
    with pytest.raises(ReaderError, match="name one with --source"):
        standing(Market(MARKET), "copper", "mine")
    found = standing(Market(MARKET), "copper", "mine", source="USGS MCS")
    assert dict(found.indices)["HHI"].width
    assert found.rest > 0


@pytest.mark.parametrize(
    ("mineral", "stage", "words"),
    [
        ("unobtainium", "mine", "it has: nothing"),
        ("antimony", "smelter", "it has: mine, reserves"),
    ],
)
def test_what_the_data_lacks_is_named(mineral: str, stage: str, words: str) -> None:
    with pytest.raises(ReaderError, match=words):
        standing(Market(MARKET), mineral, stage)


@pytest.mark.parametrize(
    ("member", "value", "place"),
    [
        ("mineral", "", "/mineral"),
        ("years", [], "/years"),
        ("changes", [], "/changes"),
        ("stages", "mine", "/stages"),
        ("changes", [{"kind": "wish", "stage": "mine", "party": "PAK"}], "/changes/0/kind"),
        ("changes", [{"kind": "ban", "stage": "mine", "party": "PAK"}], "/changes/0/ramp"),
        (
            "changes",
            [{"kind": "ban", "stage": "mine", "party": "PAK", "ramp": {"2027": "-1"}}],
            "/changes/0/ramp/2027",
        ),
        (
            "changes",
            [{"kind": "ban", "stage": "moon", "party": "PAK", "ramp": {"2027": "1"}}],
            "/changes/0/stage",
        ),
    ],
)
def test_an_overlay_at_fault_is_refused_with_a_pointer(
    member: str, value: object, place: str
) -> None:
    overlay = json.loads(OVERLAY.read_text())
    overlay[member] = value
    with pytest.raises(SenderError) as refused:
        what_if(json.dumps(overlay).encode(), "overlay.json", MARKET)
    assert place in {p.place for p in refused.value.problems}


COLUMNS = "mineral,stage,country_iso3,country_name,year,value,unit,source,note"


def statistics_of(
    folder: Path, rows: list[str], name: str = PRODUCTION, head: str = COLUMNS
) -> Market:
    (folder / name).write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return Market(folder)


def test_of_two_editions_of_one_publisher_one_is_taken_and_named(tmp_path: Path) -> None:
    old, new = "USGS MCS 2025 data release (doi 10.5066/P13XCP3R)", "USGS MCS 2026 v1.3"
    rows = [
        f"antimony,mine,CHN,China,2024,60,t,{old},", f"antimony,mine,TJK,Tajik.,2024,40,t,{old},",
        f"antimony,mine,CHN,China,2024,30,t,{new},", f"antimony,mine,TJK,Tajik.,2024,10,t,{new},",
        f"antimony,mine,CHN,China,2023,5,t,{old},",
    ]  # fmt: skip
    market = statistics_of(tmp_path, rows)
    found = standing(market, "antimony", "mine", year="2024")
    assert (found.source, found.vintage) == ("USGS MCS", new)
    assert found.parties == (("CHN", Decimal("0.75")), ("TJK", Decimal("0.25")))
    assert found.as_json()["vintage"] == new
    earlier = standing(market, "antimony", "mine", year="2024", source=old)
    assert (earlier.source, earlier.vintage) == ("USGS MCS", old)
    assert earlier.parties[0] == ("CHN", Decimal("0.6"))
    assert standing(market, "antimony", "mine", year="2023").vintage == old
    with pytest.raises(NoData, match="two editions in one share vector"):
        holdings(market.production[:4])
    assert edition("USGS MCS 2026 v1.10") > edition(new) > edition(old)


def test_firms_share_a_stage_where_a_source_names_them(tmp_path: Path) -> None:
    rows = [
        "antimony,smelter,Works A,2024,50,t,Made up 1,",
        "antimony,smelter,Works B,2024,20,t,Made up 1,",
        "antimony,smelter,WLD,2024,100,t,Made up 1,",
    ]
    head = "mineral,stage,firm,year,value,unit,source,note"
    market = statistics_of(tmp_path, rows, FIRMS, head)
    found = standing(market, "antimony", "smelter", by="firm")
    assert found.parties == (("Works A", Decimal("0.5")), ("Works B", Decimal("0.2")))
    assert found.rest == Decimal("0.3")
    assert dict(found.indices)["HHI"] == Interval(Decimal("0.29"), Decimal("0.38"))
    assert found.benchmark is None
    with pytest.raises(ReaderError, match="production_by_country"):
        standing(market, "antimony", "smelter")
    words = ["--mineral", "antimony", "--stage", "smelter", "--data", str(tmp_path), "--by", "firm"]
    done = CliRunner().invoke(reliance, words)
    assert done.exit_code == 0, done.output
    assert "Made up 1" in done.output
    assert "Works A 50.0%" in done.output


def test_imports_that_no_partner_is_named_for_are_a_class_of_their_own(tmp_path: Path) -> None:
    flow = {"CHN": Decimal(60), "BEL": Decimal(20)}
    assert Flow(flow, Decimal(100)).not_named == 20
    assert Flow(flow, Decimal(70)).not_named == 0
    assert Flow(flow, None).not_named == 0
