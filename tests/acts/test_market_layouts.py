"""The official files in the columns their publishers give them, a few made-up figures in each."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from click.testing import CliRunner
from openpyxl import Workbook

from orebook.acts.market import Market
from orebook.acts.market_import import take
from orebook.acts.reliance import standing
from orebook.cli.market import market
from orebook.model.problem import SenderError

USGS_2025 = (
    "SOURCE,COMMODITY,COUNTRY,TYPE,UNIT_MEAS,PROD_2023,PROD_EST_ 2024,PROD_NOTES,CAP_2023,"
    "CAP_EST_ 2024,CAP_NOTES,RESERVES_2024,RESERVE_NOTES"
)
USGS_2024 = "Source,Country,Type,Prod_t_2022,Prod_t_est_2023,Prod_notes,Reserves_t,Reserves_notes"
COMTRADE = (
    "typeCode,freqCode,refPeriodId,refYear,refMonth,period,reporterCode,reporterISO,reporterDesc,"
    "flowCode,flowDesc,partnerCode,partnerISO,partnerDesc,partner2Code,partner2ISO,partner2Desc,"
    "classificationCode,classificationSearchCode,isOriginalClassification,cmdCode,cmdDesc,aggrLevel,"
    "isLeaf,customsCode,customsDesc,mosCode,motCode,motDesc,qtyUnitCode,qtyUnitAbbr,qty,"
    "isQtyEstimated,altQtyUnitCode,altQtyUnitAbbr,altQty,isAltQtyEstimated,netWgt,isNetWgtEstimated,"
    "grossWgt,isGrossWgtEstimated,cifvalue,fobvalue,primaryValue,legacyEstimationFlag,isReported,"
    "isAggregate"
)
COMTRADE_OLD = (
    "Classification,Year,Period,Period Desc.,Aggregate Level,Is Leaf Code,Trade Flow Code,"
    "Trade Flow,Reporter Code,Reporter,Reporter ISO,Partner Code,Partner,Partner ISO,"
    "2nd Partner Code,"
    "2nd Partner,2nd Partner ISO,Customs Proc. Code,Customs,Mode of Transport Code,"
    "Mode of Transport,Commodity Code,Commodity,Qty Unit Code,Qty Unit,Qty,Alt Qty Unit Code,"
    "Alt Qty Unit,Alt Qty,Netweight (kg),Gross weight (kg),Trade Value (US$),CIF Trade Value (US$),"
    "FOB Trade Value (US$),Flag"
)
ROUNDED = "rounded total of the source"
OLD_CODES = (
    "country_code,country_name_abbreviation,country_name_full,iso_2digit_alpha,iso_3digit_alpha"
)
WGI = ("codeindyr", "code", "countryname", "year", "indicator", "estimate", "stddev", "nsource",
       "pctrank", "pctranklower", "pctrankupper")  # fmt: skip


def written(path: Path, header: str, rows: list[dict[str, str]], *, end: str = "") -> Path:
    """A file with that header; `end` is what the publisher puts at the end of every row."""
    lines = [header]
    for row in rows:
        cells = (row.get(name, "") for name in header.split(","))
        lines.append(",".join(f'"{c}"' if "," in c else c for c in cells) + end)
    path.write_text("\n".join(lines) + "\n", encoding="cp1252")
    return path


def production(folder: Path) -> dict[tuple[str, str, str, str], tuple[str, str]]:
    with (folder / "production_by_country.csv").open(encoding="utf-8") as file:
        return {
            (r["mineral"], r["stage"], r["country_iso3"], r["year"]): (r["value"], r["note"])
            for r in csv.DictReader(file)
        }


def trade(folder: Path) -> list[tuple[str, str, str, str, str]]:
    (path,) = folder.glob("trade_*.csv")
    with path.open(encoding="utf-8") as file:
        names = ("year", "reporter", "flow", "partner_iso3", "value_usd")
        return [tuple(r[n] for n in names) for r in csv.DictReader(file)]  # type: ignore[misc]


def test_usgs_of_2025_is_one_wide_file_for_all_commodities(tmp_path: Path) -> None:
    mine = {"SOURCE": "MCS2025", "COMMODITY": "Antimony", "UNIT_MEAS": "metric tons",
            "TYPE": "Mine production, antimony content"}  # fmt: skip
    rows = [
        mine | {"COUNTRY": "China", "PROD_2023": "30000", "PROD_EST_ 2024": "31,000",
                "RESERVES_2024": "670000"},
        mine | {"COUNTRY": "Côte d'Ivoire ", "PROD_2023": "W", "PROD_EST_ 2024": "NA"},
        mine | {"COUNTRY": "World total (rounded)", "PROD_2023": "99000",
                "TYPE": "Mine production"},
        mine | {"COUNTRY": "China", "PROD_2023": "7", "TYPE": "Mine production, gross weight"},
        mine | {"COUNTRY": "Chile", "COMMODITY": "Copper", "UNIT_MEAS": "thousand metric tons",
                "TYPE": "Refinery production, copper", "PROD_2023": "2080", "CAP_2023": "9"},
    ]  # fmt: skip
    path = written(tmp_path / "MCS2025_World_Data.csv", USGS_2025, rows)
    done = take("usgs", path, tmp_path / "data", "2025 v1.2")
    assert production(tmp_path / "data") == {
        ("antimony", "mine", "CHN", "2023"): ("30000", ""),
        ("antimony", "mine", "CHN", "2024"): ("31000", "estimated"),
        ("antimony", "reserves", "CHN", "2024"): ("670000", ""),
        ("antimony", "mine", "CIV", "2023"): ("", "withheld"),
        ("antimony", "mine", "CIV", "2024"): ("", "not available; estimated"),
        ("antimony", "mine", "WLD", "2023"): ("99000", ROUNDED),
        ("copper", "refinery", "CHL", "2023"): ("2080000", ""),
    }
    assert [(p.code, p.place) for p in done.problems] == [("second-row", "line 5, column TYPE")]
    found = standing(Market(tmp_path / "data"), "copper", "refinery")
    assert (found.parties[0][0], found.vintage) == ("CHL", "USGS MCS 2025 v1.2")


def test_usgs_before_2025_is_a_file_a_commodity(tmp_path: Path) -> None:
    mine = {"Source": "MCS2024", "Type": "Mine production, antimony content"}
    rows = [
        mine | {"Country": "Tajikistan", "Prod_t_2022": "17000", "Prod_t_est_2023": "21000",
                "Reserves_t": "50000"},
        mine | {"Country": "World total (rounded)", "Prod_t_2022": "83400",
                "Type": "Mine production", "Reserves_t": ">2,000,000"},
    ]  # fmt: skip
    path = written(tmp_path / "mcs2024-antim_world.csv", USGS_2024, rows)
    done = take("usgs", path, tmp_path / "data", "2024")
    bound = f"bound >; {ROUNDED}; the parts sum to 50000"
    assert production(tmp_path / "data") == {
        ("antimony", "mine", "TJK", "2022"): ("17000", ""),
        ("antimony", "mine", "TJK", "2023"): ("21000", "estimated"),
        ("antimony", "reserves", "TJK", "2023"): ("50000", ""),
        ("antimony", "mine", "WLD", "2022"): ("83400", f"{ROUNDED}; the parts sum to 17000"),
        ("antimony", "reserves", "WLD", "2023"): ("2000000", bound),
    }
    assert done.problems == ()


def test_world_mining_data_has_a_title_a_flag_and_sheets_in_other_units(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Antimony"
    for row in (
        ("Antimony",),
        ("Country", "unit", 2022, 2023, "data source"),
        ("Congo, D.R.", "metr. t", 10, 20, "r"),
        ("Russia, Asia", "metr. t", 4391, 5000, "e"),
        ("Total", "metr. t", 4401, 5020, None),
    ):
        sheet.append(row)
    gas = book.create_sheet("Natural Gas")
    for row in (("Country", "unit", 2023), ("Norway", "Mio m3", 1), ("Qatar", "Mio m3", 2)):
        gas.append(row)
    path = tmp_path / "6.4. Production.xlsx"
    book.save(path)
    done = take("world-mining-data", path, tmp_path / "data", "2025")
    assert production(tmp_path / "data")["antimony", "mine", "RUS", "2023"] == ("5000", "estimated")
    assert production(tmp_path / "data")["antimony", "mine", "COD", "2022"] == ("10", "")
    assert [(p.code, p.place, p.found) for p in done.problems] == [
        ("unknown-unit", "sheet Natural Gas, row 2", '"Mio m3"')
    ]


@pytest.mark.parametrize("form", ["workbook", "csv", "databank"])
def test_governance_as_workbook_table_or_databank(tmp_path: Path, form: str) -> None:
    rows = [
        ("PAKpv2023", "PAK", "Pakistan", "2023", "pv", "-1.93", "0.2", "9", "7", "3", "10"),
        ("ROMpv2023", "ROM", "Romania", "2023", "pv", "#N/A", "", "", "", "", ""),
    ]
    path = tmp_path / "wgidataset"
    if form == "workbook":
        book = Workbook()
        assert book.active is not None
        for row in (WGI, *rows):
            book.active.append(row)
        book.save(path)
    elif form == "csv":
        path.write_text("\n".join(",".join(r) for r in (WGI, *rows)) + "\n")
    else:
        head = "Country Name,Country Code,Series Name,Series Code,2023 [YR2023]"
        told = ["Pakistan,PAK,Political Stability: Estimate,PV.EST,-1.93",
                "Pakistan,PAK,Political Stability: Percentile Rank,PV.PER.RNK,7.1",
                "Romania,ROU,Political Stability: Estimate,PV.EST,..",
                "Data from database: Worldwide Governance Indicators,,,,"]  # fmt: skip
        path.write_text("\n".join([head, *told]) + "\n")
    done = take("wgi", path, tmp_path / "data", "2024")
    assert done.problems == ()
    with (tmp_path / "data" / "wgi.csv").open() as file:
        kept = [(r["country_iso3"], r["indicator"], r["year"], r["estimate"], r["note"])
                for r in csv.DictReader(file)]  # fmt: skip
    assert kept == [("PAK", "PV", "2023", "-1.93", ""), ("ROU", "PV", "2023", "", "not available")]


def test_a_comtrade_download_ends_its_rows_with_a_comma_and_holds_parts_of_totals(
    tmp_path: Path,
) -> None:
    row = {"refYear": "2024", "reporterISO": "USA", "reporterDesc": "USA", "flowCode": "M",
           "partner2Code": "0", "cmdCode": "261710", "customsCode": "C00", "motCode": "0",
           "mosCode": "0", "cmdDesc": "Antimony; ores, concentrates", "netWgt": "20"}  # fmt: skip
    rows = [
        row | {"partnerISO": "W00", "primaryValue": "100"},
        row | {"partnerISO": "CIV", "partnerDesc": "Côte d'Ivoire", "primaryValue": "60.5"},
        row | {"partnerISO": "CIV", "primaryValue": "30", "motCode": "1000"},
        row | {"partnerISO": "CIV", "primaryValue": "30", "customsCode": "C01"},
        row | {"partnerISO": "CIV", "primaryValue": "5", "flowCode": "RM"},
        row | {"partnerISO": "TUR", "primaryValue": "9", "flowCode": "Z"},
    ]
    path = written(tmp_path / "TradeData.csv", COMTRADE, rows, end=",")
    done = take("comtrade", path, tmp_path / "data", "2025-11")
    assert trade(tmp_path / "data") == [
        ("2024", "USA", "import", "WLD", "100"), ("2024", "USA", "import", "CIV", "60.5")
    ]  # fmt: skip
    told = [(p.code, p.place) for p in done.problems]
    assert told == [("unknown-flow", "line 7, column flowCode")]
    (flow,) = Market(tmp_path / "data").trade.values()
    assert (flow.source, flow.not_named) == ("UN Comtrade 2025-11", 100 - flow.by_partner["CIV"])


def test_a_comtrade_download_of_before_is_read_too(tmp_path: Path) -> None:
    row = {"Year": "2018", "Reporter ISO": "CHN", "Trade Flow Code": "1", "Commodity Code": "2846"}
    rows = [
        row | {"Partner ISO": p, "Trade Value (US$)": v} for p, v in (("WLD", "9"), ("MMR", "8"))
    ]
    path = written(tmp_path / "comtrade.csv", COMTRADE_OLD, rows)
    take("comtrade", path, tmp_path / "data", "2019")
    assert trade(tmp_path / "data") == [
        ("2018", "CHN", "import", "WLD", "9"), ("2018", "CHN", "import", "MMR", "8")
    ]  # fmt: skip


@pytest.mark.parametrize(
    "codes",
    [
        "country_code,country_name,country_iso2,country_iso3\n156,China,CN,CHN\n384,Côte,CI,CIV\n",
        f"{OLD_CODES}\n156,China,China,CN,CHN\n384,Côte,Côte d'Ivoire,CI,CIV\n",
    ],
)  # fmt: skip
def test_baci_pads_its_cells_and_names_its_codes_by_edition(tmp_path: Path, codes: str) -> None:
    names = tmp_path / "country_codes.csv"
    names.write_text(codes, encoding="cp1252")
    path = tmp_path / "BACI_HS17_Y2023_V202501.csv"
    path.write_text(
        "t,i,j,k,v,q\n2023,384,156,261710,           1.5,          NA\n"
        "2023,999,156,261710,2,1\n2023,384,156,9999AA,7,1\n"
    )
    done = take("baci", path, tmp_path / "data", "202501", codes=names, heading="2617")
    assert trade(tmp_path / "data") == [("2023", "CHN", "import", "CIV", "1500.0")]
    assert [(p.code, p.place) for p in done.problems] == [("unknown-country", "line 3")]


def test_a_file_in_the_columns_of_none_is_refused_and_counts_are_grouped_as_elsewhere(
    tmp_path: Path,
) -> None:
    other = tmp_path / "other.csv"
    other.write_text("a,b\n1,2\n")
    with pytest.raises(SenderError, match="line 1"):
        take("usgs", other, tmp_path / "data", "2025")
    rows = [{"SOURCE": "MCS2025", "COMMODITY": f"Metal {n}", "COUNTRY": "China", "UNIT_MEAS": "t",
             "TYPE": "Mine production", "PROD_2023": "1"} for n in range(1001)]  # fmt: skip
    path = written(tmp_path / "w.csv", USGS_2025, rows)
    words = ["import", "usgs", str(path), "--data", str(tmp_path / "d"), "--vintage", "2025"]
    done = CliRunner().invoke(market, words)
    assert done.exit_code == 0, done.output
    assert "1\u202f001 rows of w.csv" in done.output
