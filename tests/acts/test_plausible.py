"""Claimed origin against known output: too much is a class of its own and never proves a rule."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from orebook.acts.capture import capture
from orebook.acts.plausible import chain_of_lot, plausible
from orebook.acts.qualify_all import every
from orebook.acts.see import View, view
from orebook.cli.plausible import plausible as command
from orebook.engines.rules import Pack, decide, load
from orebook.engines.rules.plausible import Limit, Mined, doubts, sums
from orebook.wiring import Naming, create_book

RULE = b"""
- id: R
  title: Not mined in China
  kind: qualification
  clause: c
  text: t
  verification: {clause: c, date: 2026-01-01, reader: r, source: s}
  force: [{from: 2020-01-01, status: in_force, source: s}]
  test: TEST
"""
NOT_CHINA = "{no_step_in: {stages: [mine], places: [CN], required: [mine]}}"
PACK = b"""
id: test
title: A test
jurisdiction: XX
citation: none
publisher: nobody
version: "1"
recheck: 2030-01-01
"""


def facts(tonnes: int, *, year: int = 2025, capacity: int | None = None) -> bytes:
    """A mine in Pakistan that fills three lots of concentrate, 60 % antimony, in one year."""
    mine: dict[str, object] = {"id": "plant:m", "name": "Mine", "country": "PK", "stage": "mine"}
    if capacity is not None:
        mine["capacity"] = {"value": str(capacity), "unit": "TNE", "basis": "dry"}
    rows: list[tuple[str, dict[str, object]]] = [("facility", mine | {"operator": "party:holder"})]
    for n in range(3):
        mass = {"value": str(tonnes), "unit": "TNE", "basis": "dry"}
        grade = {"value": "60", "unit": "P1"}
        rows += [
            ("lot", {"id": f"lot:{n}", "mass": mass, "form": "concentrate"}),
            ("event", {"id": f"event:{n}", "kind": "mine", "when": f"{year}-05-0{n + 1}",
                       "facility": "plant:m", "outputs": [{"lot": f"lot:{n}"}]}),
            ("assay", {"id": f"assay:{n}", "lot": f"lot:{n}", "basis": "dry",
                       "results": [{"substance": "Sb", "grade": grade}]}),
        ]  # fmt: skip
    return lines(rows)


def lines(rows: list[tuple[str, dict[str, object]]]) -> bytes:
    return "".join(json.dumps({"kind": k, "fact": f}) + "\n" for k, f in rows).encode()


Books = Callable[..., View]


@pytest.fixture
def book() -> Iterator[Books]:
    """Makes books of what is captured, in memory or in a folder; closed when the test ends."""
    with ExitStack() as opened:

        def made(data: bytes, folder: Path | None = None) -> View:
            here = opened.enter_context(create_book(folder, Naming("t.example/plausible", "T")))
            done = capture(here, io.BytesIO(data), "facts.jsonl")
            assert not done.problems, done.problems[0].text()
            return view(here, "owner", "2026-01-01")

        yield made


def asking(test: str = NOT_CHINA) -> Pack:
    return load({"pack.yaml": PACK, "rules.yaml": RULE.replace(b"TEST", test.encode())})


def outcome(here: View, lot: str, test: str = NOT_CHINA) -> str:
    pack = asking(test)
    verdict = decide(pack, chain_of_lot(here, lot)[0], "2026-01-01")
    lines = [line for line in every(here, [pack], "2026-01-01") if line.lot == lot]
    assert [line.decision.outcome for line in lines] == [verdict.outcome]
    return verdict.outcome


def test_more_antimony_than_pakistan_is_known_for_proves_no_origin(book: Books) -> None:
    fits, too_much = book(facts(100)), book(facts(200))
    assert outcome(fits, "lot:0") == "proved"
    assert outcome(too_much, "lot:0") == "unknown"
    (country,) = [s for s in plausible(too_much).sums if s.level == "country"]
    assert country.kind == "unexplained excess"
    assert country.excess_kg == Decimal(100_000)
    assert "360 t of antimony from PK in 2025" in country.words()
    assert "is 260 t" in country.words()
    assert "at least 28% came from elsewhere" in country.words()
    gaps = decide(asking(), chain_of_lot(too_much, "lot:1")[0], "2026-01-01").rules[0].gaps
    assert [(g.what, g.about) for g in gaps] == [("origin beyond doubt", "event:1")]


def test_two_years_are_two_sums_and_a_capacity_binds_mine_and_holder(book: Books) -> None:
    rows = facts(90).splitlines()
    later = rows[5].replace(b"2025", b"2026")
    here = book(b"\n".join([*rows[:5], later, *rows[6:]]) + b"\n")
    country = [(s.year, s.kind) for s in plausible(here).sums if s.level == "country"]
    assert sorted(country) == [(2025, "explained"), (2026, "explained")]
    bound = plausible(book(facts(90, capacity=100)))
    kinds = {s.level: s.kind for s in bound.sums}
    assert kinds == {"mine": "unexplained excess", "holder": "unexplained excess",
                     "country": "explained"}  # fmt: skip


def test_a_lot_that_several_events_made_is_counted_once(book: Books) -> None:
    rows = [json.loads(line) for line in facts(140).splitlines()]
    rows = [r for r in rows if not r["fact"]["id"].endswith(":2")]
    shared = {**rows[2]["fact"], "id": "event:more"}
    made = b"".join(json.dumps(r).encode() + b"\n" for r in rows)
    both = made + lines([("event", shared)])
    figures = {s.level: (s.low_kg, s.high_kg, s.kind) for s in plausible(book(both)).sums}
    whole = (Decimal(168_000), Decimal(168_000), "explained")
    assert figures["country"] == whole
    # Without an assay a mass on the flow tells no share: what was made of the lot counts once.
    given = [("event", e | {"outputs": [{"lot": "lot:0", "mass": rows[1]["fact"]["mass"]}]})
             for e in (rows[2]["fact"], shared)]  # fmt: skip
    metal: dict[str, object] = {"id": "event:s", "kind": "smelt", "when": "2025-06-01",
             "inputs": [{"lot": "lot:0"}], "outputs": [{"lot": "lot:1"}]}  # fmt: skip
    lots = [("lot", rows[4]["fact"]), ("assay", rows[6]["fact"])]
    smelted = lines([("facility", rows[0]["fact"]), *lots, *given, ("event", metal)])
    (country,) = [s for s in plausible(book(smelted)).sums if s.level == "country"]
    assert (country.low_kg, country.high_kg) == (Decimal(84_000), None)
    apart = lines([("facility", {"id": "plant:o", "name": "Other", "country": "PK"}),
                   ("event", shared | {"facility": "plant:o"})])  # fmt: skip
    told = {(s.level, s.name): (s.low_kg, s.high_kg) for s in plausible(book(made + apart)).sums}
    assert told["country", "PK"] == whole[:2]
    assert told["mine", "plant:m"] == (Decimal(84_000), Decimal(168_000))
    assert told["mine", "plant:o"] == (Decimal(0), Decimal(84_000))


def test_what_others_made_too_bounds_no_ore_it_was_made_of(book: Books) -> None:
    rows: list[tuple[str, dict[str, object]]] = []
    for n in "ab":
        rows += [
            ("event", {"id": f"event:{n}", "kind": "mine", "when": "2025-05-01",
                       "facility": "plant:m", "outputs": [{"lot": f"ore:{n}"}]}),
            ("event", {"id": f"event:s{n}", "kind": "smelt", "when": "2025-06-01",
                       "inputs": [{"lot": f"ore:{n}"}], "outputs": [{"lot": "lot:0"}]}),
        ]  # fmt: skip
    data = facts(200).splitlines()
    kept = [data[0], data[1], data[3]]  # the mine, the lot and its assay
    here = book(b"\n".join(kept) + b"\n" + lines(rows))
    assert plausible(here).sums == ()


def test_one_lot_asked_alone_shares_every_doubt_of_the_book(book: Books) -> None:
    # In Tanzania no output of antimony is known, yet the mine's own capacity is too small.
    capacity = book(facts(90, capacity=100).replace(b'"PK"', b'"TZ"'))
    assert {s.level for s in plausible(capacity).sums if s.excess_kg} == {"mine", "holder"}
    assert outcome(capacity, "lot:0") == "unknown"
    smelted = {"id": "event:s", "kind": "smelt", "when": "2025-06-01",
               "inputs": [{"lot": "lot:0"}], "outputs": [{"lot": "lot:metal"}]}  # fmt: skip
    more = json.dumps({"kind": "event", "fact": smelted}).encode() + b"\n"
    assert outcome(book(facts(200) + more), "lot:metal") == "unknown"
    assert outcome(book(facts(100) + more), "lot:metal") == "proved"


PAPER = {"id": "paper:1", "kind": "export_permit", "shipment": "shipment:1"}
SHIPPED = ("shipment", {"id": "shipment:1", "lots": ["lot:0"]})
PERMIT = ("trade_paper", PAPER | {"valid_until": "2026-12-31"})
ASSAYED = {"basis": "dry", "results": [{"substance": "Sb", "grade": {"value": "60", "unit": "P1"}}]}


@pytest.mark.parametrize(
    ("test", "rows", "later"),
    [
        ("{has_paper: {kind: export-permit}}", [SHIPPED, PERMIT],
         ("trade_paper", PAPER | {"valid_until": "2025-12-31"})),
        ("{has_paper: {kind: export-permit}}", [SHIPPED, PERMIT],
         ("trade_paper", PERMIT[1] | {"shipment": "shipment:2"})),
        ("{has_paper: {kind: export-permit}}", [SHIPPED, PERMIT],
         ("shipment", {"id": "shipment:1", "lots": ["lot:other"]})),
        ("{holds_element: {any_of: [Sb]}}", [("assay", ASSAYED | {"id": "a", "lot": "lot:0"})],
         ("assay", ASSAYED | {"id": "a", "lot": "lot:other"})),
    ],
)  # fmt: skip
def test_what_was_restated_counts_no_more(
    book: Books,
    test: str,
    rows: list[tuple[str, dict[str, object]]],
    later: tuple[str, dict[str, object]],
) -> None:
    here = book(lines([("lot", {"id": "lot:0"}), *rows]))
    assert outcome(here, "lot:0", test) == "proved"
    done = capture(here.book, io.BytesIO(lines([later])), "later.jsonl")  # type: ignore[arg-type]
    assert not done.problems, done.problems[0].text()
    assert outcome(view(here.book, "owner", "2026-01-01"), "lot:0", test) == "unknown"


def test_a_sellers_flag_is_never_an_origin(book: Books) -> None:
    row = {"kind": "lot", "fact": {"id": "lot:s", "stage": "mine", "country": "PK"}}
    here = book(json.dumps(row).encode() + b"\n")
    assert outcome(here, "lot:s") == "unknown"
    row["fact"]["country"] = "CN"  # type: ignore[index]
    assert outcome(book(json.dumps(row).encode() + b"\n"), "lot:s") == "refuted"


def test_the_command_names_the_excess(book: Books, tmp_path: Path) -> None:
    book(facts(200), tmp_path / "b").book.close()  # type: ignore[attr-defined]
    done = CliRunner().invoke(command, ["--book", str(tmp_path / "b")])
    assert done.exit_code == 1, done.output
    assert "unexplained excess" in done.output
    assert "! 3 lots claim 360 t of antimony" in done.output
    told = json.loads(CliRunner().invoke(command, ["--book", str(tmp_path / "b"), "--json"]).output)
    assert Decimal(told["sums"][0]["excess_kg"]) == 100_000


amounts = st.lists(st.integers(0, 1000), min_size=1, max_size=6)


@given(amounts, st.integers(0, 3000))
def test_a_sum_is_in_doubt_just_where_even_its_least_is_too_much(
    kilograms: list[int], limit: int
) -> None:
    mined = [
        Mined(f"e{n}", f"l{n}", None, None, "PK", 2025, "antimony", Decimal(kg), Decimal(kg))
        for n, kg in enumerate(kilograms)
    ]
    known = Limit(Decimal(limit), "known", "s")
    (found,) = sums(mined, {("country", "PK", "antimony", 2025): known})
    total = sum(kilograms)
    assert found.excess_kg == max(total - limit, 0)
    assert (found.kind == "unexplained excess") == (total > limit)
    assert set(doubts([found])) == ({m.step for m in mined} if total > limit else set())
    assert sums([*mined, mined[0]], {})[0].kind == "cannot be told"


@pytest.mark.parametrize("member", ["country", "year"])
def test_what_has_no_place_or_year_joins_no_sum(member: str) -> None:
    values = {"country": "PK", "year": 2025} | {member: None}
    one = Mined("e", "l", None, None, values["country"], values["year"], "antimony",  # type: ignore[arg-type]
                Decimal(1), None)  # fmt: skip
    assert sums([one], {}) == ()
