"""Statistics beside a book over HTTP: minerals, what-if, the same as data."""

from __future__ import annotations

import dataclasses
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from orebook.acts.featured import Featured
from orebook.book.book import Book
from orebook.web.portal import create_app
from orebook.wiring import example_files

Client = TestClient[Litestar]
BROWSER = {"accept": "text/html"}


@pytest.fixture(scope="module")
def market(demo: Book) -> Iterator[Client]:
    beside = dataclasses.replace(Featured(), market=str(example_files() / "market"))
    app = create_app(demo, featured=beside, today=lambda: "2026-11-23")
    with TestClient(app, raise_server_exceptions=False) as opened:
        yield opened


def test_a_mineral_says_who_mines_and_refines_it_and_what_a_use_needs(market: Client) -> None:
    listed = market.get("/minerals", headers=BROWSER).text
    assert "magnet rare earths NdPrDyTb" in listed
    where = "/minerals?mineral=magnet_rare_earths_NdPrDyTb"
    page = market.get(where, headers=BROWSER).text
    assert "HHI 8\u202f353 to 8\u202f362 of 10\u202f000" in page
    assert "is no input" not in page
    assert "Ore and concentrate are no input of these uses until" in page
    body = market.get(f"{where}&format=json").json()
    stages = {s["stage"]: s for s in body["stages"]}
    assert stages["refinery"]["parties"][0]["party"] == "CHN"
    needs = {r["needs"]["text"] for r in body["tables"]["uses"]["rows"]}
    assert needs == {"reduced to metal"}
    assert market.get("/minerals?mineral=unobtainium").status_code == 404


def test_the_list_of_the_eu_stands_on_the_page_of_a_mineral(demo: Book, tmp_path: Path) -> None:
    copied = Path(shutil.copytree(example_files() / "market", tmp_path / "market"))
    (copied / "eu_critical.csv").write_text(
        "material,critical,strategic,source\nAntimony,yes,no,List of <2024>\n"
    )
    app = create_app(
        demo,
        featured=dataclasses.replace(Featured(), market=str(copied)),
        today=lambda: "2026-11-23",
    )
    with TestClient(app, raise_server_exceptions=False) as opened:
        page = opened.get("/minerals?mineral=antimony", headers=BROWSER).text
        body = opened.get("/minerals?mineral=antimony&format=json").json()
    assert "Antimony: critical raw material of the EU (list: List of &lt;2024&gt;)." in page
    assert "List of <2024>" in str(body)


def test_a_new_mine_moves_its_own_stage_and_no_other(market: Client) -> None:
    page = market.get("/whatif?file=pakistan-antimony.json", headers=BROWSER).text
    assert "2\u202f582" in page
    assert "2\u202f537" in page
    assert "no effect here: this stage is unchanged, and takes what the stage mine" in page
    assert "ore and concentrate do not count in net import reliance" in page
    own = "/whatif?mineral=antimony&source=USGS+MCS&stage=mine&party=pak&tonnes=1000&from=2028"
    rows = market.get(f"{own}&format=json").json()["tables"]["effects-s0"]["rows"]
    assert [r["after"]["text"] for r in rows if r["index"]["text"] == "HHI"] == ["2\u202f537"]


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/whatif?file=nothing.json", 404),
        ("/whatif?mineral=antimony&stage=mine&party=PAK&tonnes=many", 422),
        ("/whatif?mineral=antimony&stage=mine&party=PAK&tonnes=1&from=soon", 400),
        ("/whatif?mineral=&stage=mine&party=PAK&tonnes=1", 422),
        ("/api/findings/reliance?mineral=antimony", 400),
        ("/api/findings/reliance?mineral=antimony&stage=smelter", 400),
        ("/api/findings/reliance?mineral=copper&stage=mine", 400),
    ],
)
def test_a_question_at_fault_is_refused(market: Client, path: str, code: int) -> None:
    answer = market.get(path, headers={"accept": "application/json"})
    assert answer.status_code == code, answer.text
    assert answer.json()["detail"]


def test_the_standing_as_data_and_a_book_without_statistics(market: Client, client: Client) -> None:
    where = "/api/findings/reliance?mineral=antimony&stage=mine&bloc=CHN&bloc=RUS&bloc=IRN"
    answer = market.get(where)
    told = answer.json()["standing"]
    assert told["benchmark"]["outcome"] == "met"
    low = float(told["indices"]["share of the bloc"]["low"])
    assert low == pytest.approx(0.651, abs=0.001)
    again = {"if-none-match": answer.headers["etag"]}
    assert market.get(where, headers=again).status_code == 304
    assert client.get(where).status_code == 404
    assert "no statistics" in client.get("/minerals", headers=BROWSER).text
    assert "no statistics" in client.get("/whatif", headers=BROWSER).text


def test_time_is_a_picture_and_a_table_with_its_edition_and_indices_are_explained(
    market: Client,
) -> None:
    page = market.get("/minerals?mineral=magnet_rare_earths_NdPrDyTb", headers=BROWSER).text
    assert ">magnet rare earths NdPrDyTb, refinery by year, IEA" in page
    assert "2040, projected" in page
    assert page.count("HHI is the sum of the squared shares") == 1
    assert "as nobody, then as one party" in page
    where = "/minerals?mineral=antimony&format=json"
    table = market.get(where).json()["tables"]["time-m0"]
    rows = table["rows"]
    assert [r["year"]["text"] for r in rows] == ["2024", "2025"]
    assert {r["vintage"]["text"] for r in rows} == {"1"}
    assert (
        "Edition 1: USGS MCS 2026 data release"
        in market.get("/minerals?mineral=antimony", headers=BROWSER).text
    )
    asked = market.get("/whatif?file=pakistan-antimony.json", headers=BROWSER).text
    assert "HHI is the sum of the squared shares" in asked


def test_a_buyer_depends_by_its_own_lots_and_unknown_is_a_class(client: Client) -> None:
    listed = set(
        re.findall(r'href="(/parties/[^"?#]+)"', client.get("/parties", headers=BROWSER).text)
    )
    pages = [client.get(where, headers=BROWSER).text for where in sorted(listed)]
    links = {a for p in pages for a in re.findall(r'href="(/reliance\?buyer=[^"]+)"', p)}
    assert links
    for link in sorted(links):
        page = client.get(link, headers=BROWSER)
        assert page.status_code == 200, page.text
        assert "is made of" in page.text or "are made of" in page.text
    told = [client.get(f"{link}&format=json").json() for link in sorted(links)]
    weighed = [t for t in told if "parties" in t]
    assert weighed
    for one in weighed:
        shares = sum(float(p["share"]) for p in one["parties"]) + float(one["unknown"])
        assert shares == pytest.approx(1.0, abs=1e-4)
    listed = client.get("/reliance?format=json").json()["buyers"]
    assert {unquote(link).partition("=")[2].partition("&")[0] for link in links} <= set(listed)
    assert client.get("/reliance?buyer=party:nobody").status_code == 404
    assert client.get(f"{min(links)}&stage=moon").status_code == 400
    assert client.get(f"{min(links)}&by=moon").status_code == 400
