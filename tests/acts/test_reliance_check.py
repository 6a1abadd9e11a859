"""Published indicators computed again: how many come out, which do not, and why."""

from __future__ import annotations

import csv
import json
import shutil
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner

from orebook.acts.market import Market, NoData, holdings
from orebook.acts.published import compare, printed
from orebook.acts.reliance_check import check
from orebook.cli.reliance import reliance
from orebook.engines.reliance import bloc, hhi
from orebook.exchange.statistics import geopolrisk
from orebook.exchange.statistics.table import amount
from orebook.model.problem import SenderError
from orebook.model.statistic import Interval, point

INDICATORS = "published_indicators.csv"
# By formula: how many of the published values come out of the data again.
REPRODUCED = {
    "EU-SR": 1,
    "EU-EI": 0,
    "TOP-N": 34,
    "NIR": 51,
    "simple mean of six top-3 shares": 1,
    "as above": 0,
    "mean": 0,
    "N-1": 0,
    "HHI": 3,
    "GEOPOLRISK": 8,
}


def test_the_published_values_come_out_again(
    statistics: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = check(statistics / INDICATORS, statistics)
    with capsys.disabled():
        print()
        for formula, counts in report.counts.items():
            print(f"  {formula}: {counts.get('reproduced', 0)} of {sum(counts.values())}")
        for row in report.rows:
            if row.outcome == "not computable":
                print(f"    {row.id}: {row.reason[:100]}")
    found = {formula: counts.get("reproduced", 0) for formula, counts in report.counts.items()}
    assert found == REPRODUCED
    assert report.problems == ()
    # The printed total leaves out a country whose row the source prints, which is third by then.
    assert [row.id for row in report.rows if row.outcome == "differs"] == [
        "IEA-TOP3-Graphite-refinery-2030"
    ]
    assert all(row.reason for row in report.rows if row.outcome != "reproduced")


def test_a_wrong_figure_is_caught_wherever_it_was_reproduced(
    statistics: Path, tmp_path: Path
) -> None:
    good = {
        r.id for r in check(statistics / INDICATORS, statistics).rows if r.outcome == "reproduced"
    }
    with (statistics / INDICATORS).open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["indicator_id"] in good]
    for row in rows:
        row["value"] = str(_wrong(row["value"]))
    changed = tmp_path / INDICATORS
    with changed.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    outcomes = {row.outcome for row in check(changed, statistics).rows}
    assert outcomes <= {"differs", "not computable"}
    assert "differs" in outcomes


def _wrong(text: str) -> Decimal:
    value = Decimal(text) if text.replace(".", "").isdecimal() else Decimal(50)
    return value * Decimal("0.5") + Decimal("0.001")


def test_what_is_not_in_the_folder_is_not_computable_and_never_nothing(
    statistics: Path, tmp_path: Path
) -> None:
    for path in statistics.glob("*.csv"):
        if not path.name.startswith(("usgs", "trade", "geopolrisk")):
            shutil.copy(path, tmp_path / path.name)
    report = check(statistics / INDICATORS, tmp_path)
    by_formula = {row.formula for row in report.rows if row.outcome == "reproduced"}
    assert by_formula == {"EU-SR", "TOP-N", "simple mean of six top-3 shares"}
    reasons = {row.reason for row in report.rows if row.formula == "NIR"}
    assert reasons == {"usgs_mcs2026_subset.csv is not in the folder of statistics"}


@pytest.mark.parametrize(
    ("mineral", "stage", "low", "high"),
    [
        ("rare_earths_REO", "mine", 5072, 5072),
        ("antimony", "mine", 2582, 2582),
        ("copper", "mine", 1036, 1206),
        ("copper", "refinery", 2537, 2589),
    ],
)
def test_concentration_of_the_latest_year(
    statistics: Path, mineral: str, stage: str, low: int, high: int
) -> None:
    rows = Market(statistics).rows(mineral, stage, ["2025"], "USGS MCS")
    index = hhi(holdings(rows))
    assert index.low is not None
    assert index.high is not None
    assert abs(index.low * 10000 - low) <= 1
    assert abs(index.high * 10000 - high) <= 1


def test_a_bloc_sees_what_single_countries_hide(statistics: Path) -> None:
    rows = Market(statistics).rows("antimony", "mine", ["2025"], "USGS MCS")
    share = bloc(holdings(rows), {"CHN", "RUS", "IRN", "PRK"})
    assert share.low is not None
    assert round(share.low * 100, 1) == Decimal("65.1")


def test_two_sources_never_share_a_vector(statistics: Path) -> None:
    market = Market(statistics)
    both = [
        s for s in market.production if (s.subject, s.stage, s.period) == ("cobalt", "mine", "2024")
    ]
    assert len({s.source for s in both}) == 2
    with pytest.raises(NoData, match="two sources"):
        holdings(both)


@pytest.mark.parametrize(
    ("text", "value", "span", "state"),
    [
        ("—", "0", Interval(Decimal(0), Decimal(0)), "zero"),
        ("W", None, Interval(Decimal(0), None), "withheld"),
        ("NA", None, Interval(Decimal(0), None), "not-available"),
        ("s", None, Interval(Decimal(0), Decimal("0.5")), "under-half"),
        (">1,000", None, Interval(Decimal(1000), None), "bound"),
        ("<5", None, Interval(Decimal(0), Decimal(5)), "bound"),
        ("19,100", "19100", point(Decimal(19100)), "reported"),
        ("?10", None, Interval(Decimal(0), None), "unreadable"),
        ("NaN", None, Interval(Decimal(0), None), "unreadable"),
    ],
)
def test_five_kinds_of_missing_stay_apart(
    text: str, value: str | None, span: Interval, state: str
) -> None:
    assert amount(text) == (None if value is None else Decimal(value), span, state)


@pytest.mark.parametrize(
    ("claim", "tolerance", "low", "high", "outcome"),
    [
        ("85", "1.0", "85.4", "85.4", "reproduced"),
        ("85", "1.0", "86.5", "86.5", "differs"),
        ("85", "1.0", "80", "90", "not computable"),
        ("1.2", "", "1.16", "1.24", "reproduced"),
        ("1.2", "", "1.26", "1.26", "differs"),
        (">50", "1.0", "51", "100", "reproduced"),
        (">50", "1.0", "0", "100", "not computable"),
        (">50", "1.0", "0", "49", "differs"),
        ("under 55", "", "10", "54", "reproduced"),
        ("35-40", "", "36.4", "36.4", "reproduced"),
    ],
)
def test_a_printed_value_and_a_computed_one(
    claim: str, tolerance: str, low: str, high: str, outcome: str
) -> None:
    said = printed(claim, tolerance)
    assert said is not None
    assert compare(said, Interval(Decimal(low), Decimal(high)))[0] == outcome


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("", "line 1", "an empty file"),
        ("id,value\nA,1\n", "line 1", "a column indicator_id"),
        ("\ufeffindicator_id,indicator_id\nA,A\n", "line 1", "a column metric"),
        ("HEADER\nA,b\n", "line 2", "12 cells"),
    ],
)
def test_a_file_of_another_form_is_refused_with_its_place(
    tmp_path: Path, text: str, place: str, words: str
) -> None:
    header = (
        "indicator_id,metric,subject,stage,year,value,unit,tolerance,formula_ref,inputs,note,source"
    )
    file = tmp_path / "indicators.csv"
    file.write_text(text.replace("HEADER", header), encoding="utf-8")
    with pytest.raises(SenderError) as refused:
        check(file, tmp_path)
    (problem,) = refused.value.problems
    assert problem.place == place
    assert words in problem.text()


def test_the_command_prints_every_row_and_ends_with_one_where_a_row_differs(
    statistics: Path,
) -> None:
    words = ["check", str(statistics / INDICATORS), "--data", str(statistics), "--json"]
    done = CliRunner().invoke(reliance, words)
    assert done.exit_code == 1, done.output
    rows = json.loads(done.output)["rows"]
    with (statistics / INDICATORS).open(encoding="utf-8", newline="") as file:
        assert [row["id"] for row in rows] == [r["indicator_id"] for r in csv.DictReader(file)]
    by_id = {row["id"]: row for row in rows}
    assert by_id["NIR-US-copper-total-2025"]["outcome"] == "reproduced"
    assert by_id["NIR-US-lithium-total-2021"]["interval"] == {"low": "0", "high": "100"}
    assert by_id["NIR-US-lithium-total-2021"]["value"] is None


def test_a_partner_with_a_gap_is_refused_and_not_left_out(statistics: Path, tmp_path: Path) -> None:
    with (statistics / "geopolrisk_test_trade.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    rows[3]["WGI"] = "NA"
    changed = tmp_path / "trade.csv"
    with changed.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    with pytest.raises(SenderError, match="line 5"):
        geopolrisk.read_trade(changed)
