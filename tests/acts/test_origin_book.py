"""Origin from a book: custody models, readings, overdrawn lots, what sealed facts leave open."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from orebook.acts.origin import exposure, origin, reach
from orebook.acts.origin_elsewhere import running
from orebook.acts.origin_models import MODELS
from orebook.acts.recall import recall
from orebook.acts.see import View, view
from orebook.book.book import Book
from orebook.cli.options import MODELS as OFFERED
from orebook.model.problem import ReaderError
from orebook.show.origin import answer_json, recall_json

from .conftest import Keep
from .origin_book import event, kilograms, lot, mine, ore, two_mines

A, B = "Mine A", "Mine B"


def mines(here: View, name: str, **how: Any) -> dict[str, tuple[float, float, float]]:
    answer = origin(here, lots=[f"lot:{name}"], by=["mine"], **how)
    (split,) = answer.lots[0].splits
    if answer.method != "poison":
        assert split.whole == pytest.approx(1, abs=1e-12)
    return {s.name: (s.low, s.value, s.high) for s in split.shares}


def faults(here: View, name: str, **how: Any) -> list[str]:
    return [p.code for p in origin(here, lots=[f"lot:{name}"], by=["mine"], **how).problems]


def blended(**more: Any) -> list[dict[str, Any]]:
    out = {"p": 50.0, "q": 50.0}
    return [*two_mines(), *lot("p"), *lot("q"), event("blend", {"a": 60, "b": 40}, out, **more)]


def test_the_commands_offer_every_model() -> None:
    assert OFFERED == MODELS


@pytest.mark.parametrize("model", ["", "segregated", "controlled_blending", "mass_balance"])
def test_what_mixes_takes_the_proportions_recorded(model: str, keep: Keep, look: Any) -> None:
    assert keep(blended(**({"custody_model": model} if model else {}))).problems == ()
    assert mines(look(), "p") == {A: (0.6, 0.6, 0.6), B: (0.4, 0.4, 0.4)}
    answer = origin(look(), lots=["lot:p"])
    assert answer.models == ((model, 1),)
    assert answer.problems == ()


def test_credits_leave_open_which_output_holds_what(keep: Keep, look: Any) -> None:
    keep(blended(custody_model="mass_balance_credit"))
    found = mines(look(), "p")
    assert found[A] == pytest.approx((0.2, 0.2, 1.0))
    assert found[B] == pytest.approx((0.0, 0.0, 0.8))
    assert mines(look(), "p", model="mass_balance")[A] == pytest.approx((0.6, 0.6, 0.6))
    with pytest.raises(ReaderError, match="a custody model is"):
        mines(look(), "p", model="hope")


def test_losses_take_part_in_credits(keep: Keep, look: Any) -> None:
    rows = [*two_mines(), *lot("p")]
    keep([*rows, event("m", {"a": 60, "b": 40}, {"p": 50}, custody_model="mass_balance_credit")])
    assert mines(look(), "p")[A] == pytest.approx((0.2, 0.2, 1.0))


def test_events_of_one_period_and_boundary_share_an_account(keep: Keep, look: Any) -> None:
    account = {
        "custody_model": "mass_balance",
        "custody_period": "2026-01/2026-03",
        "custody_boundary": "site:smelter",
    }
    rows = [*two_mines(), *lot("p"), *lot("q")]
    one, two = event("one", {"a": 60}, {"p": 60}), event("two", {"b": 40}, {"q": 40})
    keep([*rows, one, two])
    assert mines(look(), "p") == {A: (1, 1, 1)}
    for made in (one, two):
        made["fact"] |= account
    keep([*rows, one, two])
    for name in ("p", "q"):
        assert mines(look(), name)[A] == pytest.approx((0.6, 0.6, 0.6))
    names = [x.lot for x in origin(look()).lots]
    assert names == ["lot:a", "lot:b", "lot:p", "lot:q"]


def test_what_an_account_made_and_took_back_stays_in_it(keep: Keep, look: Any) -> None:
    account = {"custody_model": "mass_balance", "custody_period": "2026", "custody_boundary": "s"}
    rows = [*two_mines(), *lot("heel"), *lot("p")]
    one = event("one", {"a": 60, "b": 40}, {"heel": 30, "p": 30}, **account)
    two = event("two", {"heel": 30}, {"q": 30}, **account)
    keep([*rows, *lot("q"), one, two])
    assert faults(look(), "q") == []
    assert mines(look(), "q")[A] == pytest.approx((0.6, 0.6, 0.6))


def test_identity_preserved_and_yet_mixed_is_named(keep: Keep, look: Any) -> None:
    keep(blended(custody_model="identity_preserved"))
    assert faults(look(), "p") == ["identity-mixed"]
    assert mines(look(), "p")[A] == (0, 0, 1)


def test_a_lot_without_the_claim_breaks_segregation(keep: Keep, look: Any) -> None:
    rows = blended(custody_model="segregated")
    held = next(r for r in rows if r["fact"]["id"] == "lot:b")
    held["fact"]["custody_model"] = "mass_balance"
    keep(rows)
    (problem,) = origin(look(), lots=["lot:p"]).problems
    assert problem.code == "segregation-broken"
    assert "lot:b, held as mass balance" in problem.text()


def test_a_claim_without_goods_moves_no_metal(keep: Keep, look: Any) -> None:
    claim = event("claim", {"b": 40}, {"p": 40}, custody_model="book_and_claim")
    keep([*two_mines(), *lot("p"), event("make", {"a": 60}, {"p": 60}), claim])
    assert mines(look(), "p") == {A: (1, 1, 1)}
    assert origin(look(), lots=["lot:p"]).claims == 2


def test_first_in_first_out_and_poison_read_the_events_of_a_book(keep: Keep, look: Any) -> None:
    rows = [*two_mines(), *lot("tank"), *lot("x"), *lot("y")]
    day = "2026-03-0{}T00:00:00Z"
    moves = [
        event("in1", {"a": 60}, {"tank": 60}, when=day.format(1)),
        event("in2", {"b": 40}, {"tank": 40}, when=day.format(2)),
        event("out1", {"tank": 50}, {"x": 50}, when=day.format(3)),
        event("out2", {"tank": 50}, {"y": 50}, when=day.format(4)),
    ]
    keep([*rows, *moves])
    assert mines(look(), "x")[A] == pytest.approx((0.6, 0.6, 0.6))
    first = {n: s[1] for n, s in mines(look(), "x", method="fifo").items()}
    assert first == pytest.approx({A: 1.0})
    last = {n: s[1] for n, s in mines(look(), "y", method="fifo").items()}
    assert last == pytest.approx({A: 0.2, B: 0.8})
    assert {n: s[1] for n, s in mines(look(), "y", method="poison").items()} == {A: 1.0, B: 1.0}


def test_more_drawn_from_a_lot_than_it_states_is_named_and_bounds_the_draws(
    keep: Keep, look: Any
) -> None:
    rows = [*two_mines(), *lot("p"), *lot("q")]
    keep([*rows, event("one", {"a": 40}, {"p": 40}), event("two", {"a": 40}, {"q": 40})])
    assert faults(look(), "p") == ["overdrawn"]
    assert mines(look(), "p")[A] == pytest.approx((0.5, 1.0, 1.0))


def test_one_element_overdrawn_says_nothing_of_another(keep: Keep, look: Any) -> None:
    rows = [*two_mines(), *lot("p"), *lot("q")]
    gold = {"substance": "Au", "grade": {"value": "10", "unit": "P1", "doubt": {"kind": "exact"}}}
    for row in rows:
        if row["kind"] == "assay" and row["fact"]["id"] == "assay:a":
            row["fact"]["results"].append(gold)
    keep([*rows, event("one", {"a": 30}, {"p": 30}), event("two", {"a": 30}, {"q": 30})])
    assert faults(look(), "p", element="Cu") == []
    assert mines(look(), "p", element="Au")[A] == (1, 1, 1)


SECRET = "7391.25"


def sealed_rows() -> list[dict[str, Any]]:
    """A blend whose input from mine B weighs what nobody but its owner and one party may know."""
    rows = [mine("A"), mine("B"), *ore("a", 10000, "A"), *ore("b", 9000, "B"), *lot("p")]
    mixed = event("blend", {"a": 5000, "b": float(SECRET)}, {"p": float(SECRET) + 5000})
    readers = ["owner", "party:buyer"]
    mixed["seal"] = [{"at": f"/{at}/mass", "for": readers} for at in ("inputs/1", "outputs/0")]
    party = {"kind": "party", "fact": {"id": "party:buyer", "name": "A buyer"}}
    return [*rows, party, mixed]


def test_a_sealed_mass_widens_the_publics_bounds_and_never_shows(keep: Keep, book: Book) -> None:
    assert keep(sealed_rows()).problems == ()
    exact = float(SECRET) / (float(SECRET) + 5000)
    public, owner, buyer = (view(book, r, "2026-06-01") for r in ("public", "owner", "party:buyer"))
    for here in (owner, buyer):
        assert mines(here, "p")[B] == pytest.approx((exact, exact, exact))
    low, value, high = mines(public, "p")[B]
    assert (low, value) == (0, 0)
    assert high == pytest.approx(9000 / 14000)
    # Another secret gives the public the very same answer.
    said = json.dumps(answer_json(origin(public, lots=["lot:p"])))
    told = json.dumps(recall_json(recall(public, "lot:b")))
    for text in (said, told):
        assert not any(form in text for form in (SECRET, "7391", repr(exact)[:8], "12391"))
    assert any(
        "masses that went into" in g.what for g in origin(public, lots=["lot:p"]).lots[0].missing
    )


def test_a_sealed_assay_leaves_the_grade_open(keep: Keep, book: Book) -> None:
    rows = blended()
    assay = next(r for r in rows if r["fact"]["id"] == "assay:b")
    assay["seal"] = ["/results"]
    keep(rows)
    assert mines(view(book, "owner", "2026-06-01"), "p")[B] == pytest.approx((0.4, 0.4, 0.4))
    found = mines(view(book, "public", "2026-06-01"), "p")
    assert found[A][0] == pytest.approx(0.6)
    assert found[B] == pytest.approx((0.0, 0.0, 0.4))


def test_a_sealed_place_is_an_unknown_mine(keep: Keep, book: Book) -> None:
    rows = blended()
    held = next(r for r in rows if r["fact"]["id"] == "lot:b")
    held["seal"] = ["/facility", "/country"]
    keep(rows)
    found = mines(view(book, "public", "2026-06-01"), "p")
    assert found == {A: pytest.approx((0.6, 0.6, 1.0))}
    assert B in mines(view(book, "owner", "2026-06-01"), "p")


def test_a_sealed_input_lot_is_of_unknown_origin(keep: Keep, book: Book) -> None:
    rows = blended()
    rows[-1]["seal"] = ["/inputs/1/lot"]
    keep(rows)
    public = view(book, "public", "2026-06-01")
    text = json.dumps(answer_json(origin(public, lots=["lot:p"])))
    assert B not in text
    assert "lot:b" not in text
    assert mines(view(book, "owner", "2026-06-01"), "p")[B] == pytest.approx((0.4, 0.4, 0.4))


def test_a_plant_is_reached_by_its_identifier(keep: Keep, look: Any) -> None:
    keep(blended())
    found = {lot_: share for _, lot_, share in reach(look(), "facility:A")}
    assert found == pytest.approx({"lot:a": 1.0, "lot:p": 0.6, "lot:q": 0.6})
    shares = {x: s.value for _, x, s in exposure(look(), {"mine": [B]})}
    assert shares == pytest.approx({"lot:a": 0.0, "lot:b": 1.0, "lot:p": 0.4, "lot:q": 0.4})


def test_a_books_tables_are_written_by_level(keep: Keep, look: Any, tmp_path: Path) -> None:
    keep(blended())
    with running("here", tmp_path) as run:
        answer = origin(look(), lots=["lot:p"], by=["mine"], run=run)
    assert answer.lots[0].splits[0].whole == pytest.approx(1)
    parts = {p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*.parquet")}
    assert "question-1/edges/level=1/part.parquet" in parts


@pytest.mark.proof
def test_spark_answers_a_book_as_this_process_does(keep: Keep, look: Any) -> None:
    rows = [*blended(), *lot("r"), event("more", {"p": 20, "q": 5}, {"r": 25})]
    keep(rows)
    asked = [f"lot:{name}" for name in ("p", "q", "r")]
    here = origin(look(), lots=asked)
    calls = []
    with running("spark", None) as run:

        def counted(index: Any, start: Any) -> Any:
            calls.append(index.rows)
            return run(index, start)

        there = origin(look(), lots=asked, run=counted)
    assert len(calls) >= 3
    for one, other in zip(here.lots, there.lots, strict=True):
        for split, same in zip(one.splits, other.splits, strict=True):
            pairs = zip(split.shares, same.shares, strict=True)
            assert all(s.name == t.name and abs(s.value - t.value) <= 1e-12 for s, t in pairs)


def test_kilograms_are_dry_and_exact() -> None:
    assert kilograms(5)["value"] == "5"
