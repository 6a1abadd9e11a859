"""Official files taken in: each kind of missing kept, faults placed, hash and vintage noted."""

from __future__ import annotations

import csv
import hashlib
import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from openpyxl import Workbook

from orebook.acts.market import Market, NoData, holdings
from orebook.acts.market_import import take
from orebook.acts.mineral import eu_line, mineral
from orebook.cli.market import market
from orebook.cli.reliance import reliance
from orebook.model.problem import ReaderError, SenderError

HEAD = ("MCS chapter", "Section", "Commodity", "Country", "Statistics", "Statistics_detail",
        "Unit", "Year", "Value", "Notes")  # fmt: skip
CELLS = (
    ("United States", "W"), ("Australia", "—"), ("Bolivia", "NA"), ("China", "40,000"),
    ("Pakistan", "s"), ("Russia", ">30,000"), ("Tajikistan", "lots"), ("Atlantis", "5"),
    ("World total (rounded)", "110,000"),
)  # fmt: skip


def usgs(
    folder: Path, cells: tuple[tuple[str, str], ...] = CELLS, unit: str = "metric tons"
) -> Path:
    path = folder / "MCS2026.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(HEAD)
        for country, value in cells:
            writer.writerow(("ANTIMONY", "World Mine Production and Reserves", "Antimony", country,
                             "Production", "Mine production", unit, "2025", value, ""))  # fmt: skip
    return path


def kept(folder: Path) -> dict[str, dict[str, str]]:
    with (folder / "production_by_country.csv").open(encoding="utf-8") as file:
        return {row["country_iso3"]: row for row in csv.DictReader(file)}


def test_each_kind_of_missing_stays_what_it_is_and_faults_are_placed(tmp_path: Path) -> None:
    path, folder = usgs(tmp_path), tmp_path / "data"
    done = take("usgs", path, folder, "2026 v1.3")
    rows = kept(folder)
    assert set(rows) == {"USA", "AUS", "BOL", "CHN", "PAK", "RUS", "WLD"}
    notes = {code: row["note"] for code, row in rows.items()}
    assert (rows["USA"]["value"], notes["USA"]) == ("", "withheld")
    assert (rows["AUS"]["value"], notes["AUS"]) == ("0", "zero in source")
    assert (rows["BOL"]["value"], notes["BOL"]) == ("", "not available")
    assert (rows["PAK"]["value"], notes["PAK"]) == ("", "under half a unit")
    assert (rows["RUS"]["value"], notes["RUS"]) == ("30000", "bound >")
    assert notes["WLD"] == "rounded total of the source"
    assert {(p.code, p.place) for p in done.problems} == {
        ("not-a-number", "line 8, column Value"), ("unknown-country", "line 9, column Country"),
    }  # fmt: skip
    states = {s.party: s.state for s in Market(folder).production}
    assert states == {"USA": "withheld", "AUS": "zero", "BOL": "not-available", "CHN": "reported",
                      "PAK": "under-half", "RUS": "bound", "WLD": "rounded"}  # fmt: skip
    (noted,) = json.loads((folder / "imports.json").read_text())
    assert noted["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert noted["vintage"] == "2026 v1.3"


def test_taken_again_replaces_its_own_rows_and_no_others(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    parts = (("China", "60"), ("Pakistan", "40"), ("World total", "100"))
    take("usgs", usgs(tmp_path, parts), folder, "2025")
    take("usgs", usgs(tmp_path, parts), folder, "2026")
    take("usgs", usgs(tmp_path, (("China", "70"), ("Pakistan", "40"))), folder, "2026")
    with (folder / "production_by_country.csv").open(encoding="utf-8") as file:
        rows = [(r["source"], r["country_iso3"], r["value"]) for r in csv.DictReader(file)]
    assert sorted(rows) == [
        ("USGS MCS 2025", "CHN", "60"), ("USGS MCS 2025", "PAK", "40"),
        ("USGS MCS 2025", "WLD", "100"), ("USGS MCS 2026", "CHN", "70"),
        ("USGS MCS 2026", "PAK", "40"),
    ]  # fmt: skip
    assert len(json.loads((folder / "imports.json").read_text())) == 2


def test_a_total_that_is_not_the_sum_is_kept_and_said(tmp_path: Path) -> None:
    cells = (("China", "60"), ("Pakistan", "40"), ("World total", "110"))
    done = take("usgs", usgs(tmp_path, cells), tmp_path / "d", "2026")
    assert [(p.code, p.place) for p in done.problems] == [("total-differs", "antimony, mine, 2025")]
    assert kept(tmp_path / "d")["WLD"]["note"] == "the parts sum to 100"
    rounded = (("China", "60"), ("Pakistan", "40"), ("World total (rounded)", "110"))
    assert take("usgs", usgs(tmp_path, rounded), tmp_path / "d", "2026").problems == ()


def test_mixed_bases_are_said_and_never_one_share(tmp_path: Path) -> None:
    path = usgs(tmp_path, (("China", "60"), ("Pakistan", "40")))
    text = path.read_text("utf-8")
    path.write_text(text.replace("metric tons", "kilograms", 1), "utf-8")
    done = take("usgs", path, tmp_path / "d", "2026")
    assert [p.code for p in done.problems] == ["mixed-units"]
    with pytest.raises(NoData, match="two units in one share vector"):
        holdings(Market(tmp_path / "d").production)
    path.write_text(text.replace("metric tons", "carats"), "utf-8")
    with pytest.raises(SenderError) as refused:
        take("usgs", path, tmp_path / "e", "2026")
    assert [p.code for p in refused.value.problems] == ["no-rows", "unknown-unit", "unknown-unit"]


def test_a_workbook_of_world_mining_data(tmp_path: Path) -> None:
    book, path = Workbook(), tmp_path / "wmd.xlsx"
    sheet = book.active
    assert sheet is not None
    sheet.title = "Antimony"
    for row in (
        ["Antimony"], ["Country", "unit", 2021, 2022], ["Russia, Asia", "metr. t", 3950, 4391],
        ["Tajikistan", "metr. t", 13128, "x"], ["Total", "metr. t", 17078, 4391],
    ):  # fmt: skip
        sheet.append(row)
    book.save(path)
    done = take("world-mining-data", path, tmp_path / "d", "2024")
    assert done.rows == 5
    assert [p.place for p in done.problems] == ["sheet Antimony, row 4, column 4"]
    assert {r.source for r in Market(tmp_path / "d").production} == {"World Mining Data 2024"}
    path.write_bytes(b"no workbook")
    with pytest.raises(SenderError, match="an xlsx workbook"):
        take("world-mining-data", path, tmp_path / "d", "2024")


def test_governance_and_trade(tmp_path: Path) -> None:
    folder = tmp_path / "d"
    path = tmp_path / "wgi.csv"
    path.write_text("code,countryname,year,indicator,estimate\nPAK,Pakistan,2022,pv,-1.95\n"
                    "XXX,Nowhere,2022,pv,..\nCHN,China,2022,pv,bad\n")  # fmt: skip
    done = take("wgi", path, folder, "2023")
    assert [p.place for p in done.problems] == ["line 4, column estimate"]
    assert Market(folder).governance.of("PV", "2022").keys() == {"PAK"}
    path = tmp_path / "comtrade.csv"
    path.write_text("refYear,reporterISO,flowCode,cmdCode,partnerISO,primaryValue,netWgt\n"
                    "2023,USA,M,2846,W00,100,9\n2023,USA,M,2846,CHN,70,6\n"
                    "2023,USA,Z,2846,CHN,1,1\n")  # fmt: skip
    done = take("comtrade", path, folder, "2026-11")
    assert [p.code for p in done.problems] == ["unknown-flow"]
    codes, baci = tmp_path / "codes.csv", tmp_path / "baci.csv"
    codes.write_text("country_code,country_iso3\n156,CHN\n842,USA\n")
    baci.write_text("t,i,j,k,v,q\n2022,156,842,284690,12.5,3\n2022,156,842,260300,1,1\n"
                    "2022,7,842,284610,1,1\n")  # fmt: skip
    done = take("baci", baci, folder, "202501", codes=codes, heading="2846")
    assert (done.rows, [p.place for p in done.problems]) == (1, ["line 4"])
    flows = Market(folder).trade
    assert flows["USA", "import", "2846", "2023"].world == 100
    assert flows["USA", "import", "284690", "2022"].by_partner == {"CHN": 12500}


def test_a_list_of_critical_materials_says_yes_or_no(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("material,critical,strategic\nAntimony,yes,no\nCopper,x,x\nZinc,maybe,no\n")
    done = take("eu-list", path, tmp_path / "d", "2024")
    assert [p.place for p in done.problems] == ["line 4, column critical"]
    lines = (tmp_path / "d" / "eu_critical.csv").read_text().splitlines()
    assert [line.rpartition(",")[0] for line in lines[1:]] == ["Antimony,yes,no", "Copper,yes,yes"]


@pytest.mark.parametrize(
    ("kind", "vintage", "words"),
    [("rumour", "1", "a kind is"), ("usgs", " ", "name the vintage"), ("baci", "1", "BACI needs")],
)
def test_what_is_lacking_is_named(tmp_path: Path, kind: str, vintage: str, words: str) -> None:
    with pytest.raises(ReaderError, match=words):
        take(kind, usgs(tmp_path), tmp_path / "d", vintage)
    assert not (tmp_path / "d").exists()


def test_the_command_keeps_good_rows_and_ends_with_four(tmp_path: Path) -> None:
    folder = tmp_path / "d"
    words = ["import", "usgs", str(usgs(tmp_path)), "--data", str(folder), "--vintage", "2026"]
    done = CliRunner().invoke(market, words)
    assert done.exit_code == 4
    assert "7 rows of MCS2026.csv (2026)" in done.output
    assert "line 8, column Value" in done.output
    other = tmp_path / "other.csv"
    other.write_text("a,b\n1,2\n")
    refused = CliRunner().invoke(market, ["import", "usgs", str(other), *words[3:]])
    assert "MCS chapter" in str(refused.exception)


def trade_files(folder: Path) -> tuple[Path, Path, Path]:
    codes, baci, comtrade = (folder / f"{n}.csv" for n in ("codes", "baci", "comtrade"))
    codes.write_text("country_code,country_iso3\n156,CHN\n842,USA\n")
    baci.write_text("t,i,j,k,v,q\n2022,156,842,284690,12.5,3\n2022,156,842,720211,1,1\n")
    comtrade.write_text("refYear,reporterISO,flowCode,cmdCode,partnerISO,primaryValue\n"
                        "2023,USA,M,2846,CHN,70\n")  # fmt: skip
    return codes, baci, comtrade


def test_trade_of_one_vintage_is_merged_and_each_file_is_noted(tmp_path: Path) -> None:
    folder = tmp_path / "d"
    codes, baci, comtrade = trade_files(tmp_path)
    for heading in ("2846", "7202", "2846"):
        take("baci", baci, folder, "202501", codes=codes, heading=heading)
    take("comtrade", comtrade, folder, "2026")
    comtrade.write_text(comtrade.read_text().replace("2846,CHN,70", "7202,CHN,5"))
    take("comtrade", comtrade, folder, "2026")
    comtrade.write_text(comtrade.read_text().replace("CHN,5", "CHN,6"))
    take("comtrade", comtrade, folder, "2026")
    flows = {k[2:]: f.by_partner["CHN"] for k, f in Market(folder).trade.items()}
    assert flows == {("284690", "2022"): 12500, ("720211", "2022"): 1000,
                     ("2846", "2023"): 70, ("7202", "2023"): 6}  # fmt: skip
    noted = json.loads((folder / "imports.json").read_text())
    assert [n["heading"] for n in noted if n["kind"] == "baci"] == ["7202", "2846"]
    assert len([n for n in noted if n["kind"] == "comtrade"]) == 3


def test_a_file_with_nothing_to_take_leaves_what_was_there(tmp_path: Path) -> None:
    folder = tmp_path / "d"
    codes, baci, comtrade = trade_files(tmp_path)
    wgi, eu = tmp_path / "wgi.csv", tmp_path / "list.csv"
    wgi.write_text("code,countryname,year,indicator,estimate\nPAK,Pakistan,2022,pv,-1.95\n")
    eu.write_text("material,critical,strategic\nAntimony,yes,no\n")
    salient = usgs(tmp_path)
    text = salient.read_text("utf-8")
    own = text.splitlines()[1].replace("World Mine Production and Reserves", "Salient Statistics")
    salient.write_text(f"{text}{own}\n", "utf-8")
    files = {"usgs": salient, "wgi": wgi, "comtrade": comtrade, "baci": baci, "eu-list": eu}
    more = {"codes": codes, "heading": "2846"}
    for kind, path in files.items():
        take(kind, path, folder, "1", **more)  # type: ignore[arg-type]
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert len(before) == 7
    for kind, path in files.items():
        path.write_text(path.read_text("utf-8").splitlines()[0] + "\n", "utf-8")
        with pytest.raises(SenderError, match="at least one row"):
            take(kind, path, folder, "1", **more)  # type: ignore[arg-type]
    wgi.write_text("code,countryname,year,indicator,estimate\nPAK,Pakistan,2022,pv,bad\n")
    with pytest.raises(SenderError) as refused:
        take("wgi", wgi, folder, "1")
    assert "line 2, column estimate" in {p.place for p in refused.value.problems}
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    take("usgs", usgs(tmp_path), folder, "1")
    assert (folder / "usgs_mcs2026_subset.csv").read_bytes() == before["usgs_mcs2026_subset.csv"]


@pytest.mark.parametrize("torn", ['[{"kind": "us', '{"kind": "usgs"}', "[1]", "\xff", "[" * 99_999])
def test_a_torn_manifest_is_refused_before_anything_is_written(tmp_path: Path, torn: str) -> None:
    folder = tmp_path / "d"
    take("usgs", usgs(tmp_path), folder, "1")
    (folder / "imports.json").write_bytes(torn.encode("latin-1"))
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(ReaderError, match=r"imports\.json: expected a JSON list.*mend or remove"):
        take("usgs", usgs(tmp_path, (("China", "1"),)), folder, "1")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_folder_that_is_none_and_a_write_that_fails_leave_nothing(tmp_path: Path) -> None:
    path, folder = usgs(tmp_path), tmp_path / "d"
    for place in (path, path / "inside"):
        with pytest.raises(ReaderError, match="folder"):
            take("usgs", path, place, "1")
    (folder / "imports.json.part").mkdir(parents=True)
    with pytest.raises(ReaderError, match="a folder that can be written"):
        take("usgs", path, folder, "1")
    assert [p.name for p in folder.iterdir()] == ["imports.json.part"]


def test_the_list_of_the_eu_is_told_beside_a_mineral(tmp_path: Path) -> None:
    folder, path = tmp_path / "d", tmp_path / "list.csv"
    take("usgs", usgs(tmp_path, (("China", "60"), ("Pakistan", "40"))), folder, "2026")
    asked = ["--mineral", "antimony", "--stage", "mine", "--data", str(folder)]
    assert "of the EU" not in CliRunner().invoke(reliance, asked).output
    rows = ("Antimony,yes,no", "Copper,x,x", "Light rare earth elements,yes,no",
            "Rare earths for magnets,yes,yes")  # fmt: skip
    path.write_text("\n".join(("material,critical,strategic", *rows, "")))
    take("eu-list", path, folder, "2024")
    told = "Antimony: critical raw material of the EU (list: EU critical raw materials 2024)"
    assert f"  {told}\n" in CliRunner().invoke(reliance, asked).output
    assert json.loads(CliRunner().invoke(reliance, [*asked, "--json"]).output)["eu_list"] == told
    assert mineral(folder, "antimony").eu == told
    here = Market(folder)
    assert "Copper: critical and strategic raw" in eu_line(here, "copper")
    assert eu_line(here, "rare_earths_REO").count("of the EU (list") == 2
    assert eu_line(here, "zinc").startswith("zinc: no row of that name in the list of the EU")
