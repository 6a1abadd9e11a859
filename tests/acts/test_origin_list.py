"""A bare list of flows: every form it may have, and every fault named with its place."""

from __future__ import annotations

import json

import pytest

from orebook.acts.origin_list import (
    LotOrigin,
    Split,
    assembled,
    exposure,
    origin,
    reach,
    read,
    strangers,
)
from orebook.model.problem import NotFound, ReaderError

BLEND = b"from,to,mass,mine\na,x,60,A\nb,x,40,B\n"
FORMS = {
    "three columns": b"a,x,60\nb,x,40\n",
    "semicolons, other names": b"mass_kg;source;target\n60;a;x\n40;b;x\n",
    "units": b"from,to,mass\na,x,0.06 t\nb,x,40 kg\n",
    "tonnes": b"from,to,mass_t\na,x,6\nb,x,4\n",
    "shares": b"from,to,share\na,x,0.6\nb,x,0.4\n",
    "objects": b'[{"from":"a","to":"x","mass":60},{"from":"b","to":"x","mass":"40"}]',
    "triples": b'[["a","x",60],["b","x",40]]',
    "document": b'{"edges":[["a","x",60],["b","x",40]],"nodes":[{"id":"a","mine":"A"}]}',
    "lines": b'{"from":"a","to":"x","mass":60}\n{"from":"b","to":"x","mass":40}\n',
    "bom": b"\xef\xbb\xbffrom,to,mass\na,x,60\nb,x,40\n",
}


def _split(lot: LotOrigin, key: str = "source") -> Split:
    return next(s for s in lot.splits if s.question.key == key)


def _value(document: bytes, lot: str, name: str, key: str = "source") -> tuple[float, ...]:
    answer = origin(read(document, "f.csv"), lots=[lot])
    share = next(s for s in _split(answer.lots[0], key).shares if s.name == name)
    return share.low, share.value, share.high


@pytest.mark.parametrize("form", FORMS)
def test_every_form_says_the_same(form: str) -> None:
    answer = origin(read(FORMS[form], "f"), lots=["x"])
    assert answer.problems == ()
    shares = {s.name: s.value for s in _split(answer.lots[0]).shares}
    assert shares == pytest.approx({"a": 0.6, "b": 0.4})


def test_a_table_of_lots_labels_them() -> None:
    table = b"lot,mine,country\na,A,AU\nb,B,CA\n"
    answer = origin(read(b"a,x,60\nb,x,40\n", "f", table, "n.csv"), lots=["x"], by=["country"])
    assert [(s.name, s.value) for s in answer.lots[0].splits[0].shares] == [
        ("AU", 0.6),
        ("CA", 0.4),
    ]


FAULTS = {
    "not-a-mass": (b"from,to,mass\na,x,6o\nb,x,4\n", "line 2, column C (mass)"),
    "bounds-crossed": (b"from,to,mass,low,high\na,x,,5,4\nb,x,4,,\n", "line 2, column D (low)"),
    "not-a-time": (b"from,to,mass,time\na,x,6,2026-13-45\n", "line 2, column D (time)"),
    "self-loop": (b"from,to,mass\na,a,6\nb,x,4\n", "line 2, column A (from)"),
    "no-lot": (b"from,to,mass\na,,6\nb,x,4\n", "line 2, column B (to)"),
    "circle": (b"from,to,mass\na,b,6\nb,a,4\na,x,1\n", "line 2"),
    "overdrawn": (b"from,to,mass\na,b,6\nb,x,9\n", "line 3"),
    "shares-exceed-one": (b"from,to,share\na,x,0.7\nb,x,0.6\n", "line 2"),
    "two-identities": (b"from,to,mass,mine\na,x,6,A\na,y,4,B\n", "line 3, column D (mine)"),
    "identity-mixed": (
        b"from,to,mass,custody\na,x,6,identity preserved\nb,x,4,identity preserved\n",
        "line 2",
    ),
    "unknown-custody": (b"from,to,mass,custody\na,x,6,trust me\n", "line 2, column D (custody)"),
    "unknown-column": (b"from,to,mass,colour\na,x,6,red\n", "line 1, column D"),
    "too-many-cells": (b"from,to,mass\na,x,6,7\nb,x,4\n", "line 2"),
    "no-header": (b"lot,mine\na,A\n", "line 1"),
    "bad-json": (b'[{"from":"a",]', "line 1, column 14"),
    "not-text": (b'[{"from":["a"],"to":"x","mass":1}]', "/0/from"),
    "not-a-flow": (b'[7,["a","x",1]]', "/0"),
    "bad-csv": (b'from,to,mass\n"a,x,6\n', "line 2"),
    "empty": (b"", ""),
}


@pytest.mark.parametrize("code", FAULTS)
def test_what_is_wrong_is_named_with_its_place_and_the_rest_is_answered(code: str) -> None:
    document, place = FAULTS[code]
    answer = origin(read(document, "flows.csv"))
    hit = next(p for p in answer.problems if p.code == code)
    assert hit.place == place
    assert hit.expected
    assert hit.next_step
    for lot in answer.lots:
        for split in lot.splits:
            assert split.whole == pytest.approx(1, abs=1e-12)


def test_a_mass_that_cannot_be_read_widens_and_is_not_dropped() -> None:
    low, value, high = _value(b"from,to,mass\na,x,6o\nb,x,40\n", "x", "b")
    assert (low, value, high) == (0, 0, 1)


def test_what_was_taken_beyond_a_lot_widens_its_draws() -> None:
    answer = origin(read(b"from,to,mass\na,b,6\nb,x,9\n", "f"), lots=["x"])
    split = _split(answer.lots[0])
    assert [(s.name, s.low, s.high) for s in split.shares] == [("a", pytest.approx(2 / 3), 1.0)]
    assert [p.code for p in answer.problems] == ["overdrawn"]


def test_a_source_taken_out_by_a_correction_becomes_unknown_and_not_the_others() -> None:
    before = b"from,to,mass,mine,to_mass\na,x,60,A,100\nb,x,40,B,100\n"
    after = b"from,to,mass,mine,to_mass\na,x,60,A,100\n"
    assert _value(before, "x", "A", "mine") == pytest.approx((0.6, 0.6, 0.6))
    assert _value(after, "x", "A", "mine") == pytest.approx((0.6, 0.6, 1))


def test_an_event_that_arrives_years_late_takes_its_place_by_its_time() -> None:
    rows = [
        b"a,tank,100,A,2020-01-01",
        b"tank,scrap,50,,2020-02-01",
        b"scrap,tank,50,,2020-03-01",
        b"tank,metal,40,,2020-05-01",
    ]
    late = b"b,tank,100,B,2020-01-15"
    head = b"from,to,mass,mine,time\n"
    assert _value(head + b"\n".join(rows), "metal", "A", "mine")[1] == pytest.approx(1)
    shares = {
        _value(head + b"\n".join(order), "metal", "A", "mine")
        for order in ([*rows, late], [late, *rows], [rows[0], late, *rows[1:]])
    }
    assert len(shares) == 1
    assert shares.pop() == pytest.approx((0.5, 0.5, 0.5))


def test_book_and_claim_moves_no_metal() -> None:
    document = b"from,to,mass,custody\na,x,6,\nb,x,4,book_and_claim\n"
    answer = origin(read(document, "f"), lots=["x"])
    assert [s.name for s in _split(answer.lots[0]).shares] == ["a"]
    assert answer.claims == 1


@pytest.mark.parametrize(
    "mass", ["1e400", "-1e400", "1e-400", "1e24 t", "NaN", "inf", "0x10", "1,5"]
)
def test_a_mass_no_metal_can_have_is_no_mass(mass: str) -> None:
    document = f'from,to,mass\na,x,"{mass}"\nb,x,5\nx,y,3\n'.encode()
    answer = origin(read(document, "f.csv"))
    assert [(p.code, p.place) for p in answer.problems] == [
        ("not-a-mass", "line 2, column C (mass)")
    ]
    for lot in answer.lots:
        for split in lot.splits:
            assert split.whole == pytest.approx(1, abs=1e-12)


def test_times_are_ordered_as_times_and_not_as_text() -> None:
    late = b"from,to,mass,time\na,x,60,9\nx,y,50,10\nb,x,40,11\n"
    (lot,) = origin(read(late, "f"), lots=["y"], method="lifo").lots
    assert {s.name: s.value for s in _split(lot).shares} == {"a": 1.0}
    zones = (
        b"from,to,mass,time\nb,x,40,2026-01-01T00:30:00+02:00\nx,y,30,2025-12-31T23:00:00Z\n"
        b"a,x,60,2026-01-01T00:00:00-01:00\n"
    )
    (lot,) = origin(read(zones, "f"), lots=["y"], method="lifo").lots
    assert {s.name: s.value for s in _split(lot).shares} == {"b": 1.0}


def test_a_fault_of_the_flows_names_its_file_too() -> None:
    (fault,) = origin(read(b"from,to,mass\na,b,6\nb,x,9\n", "flows.csv")).problems
    assert fault.text().startswith("flows.csv, line 3: expected at most 6 kg taken from b")


def test_a_header_without_rows_is_named() -> None:
    assert [p.code for p in read(b"from,to,mass\n", "f").problems] == ["empty"]


def test_readings_by_name() -> None:
    document = b"from,to,mass,time\na,x,60,1\nb,x,40,2\nx,y,50,3\nx,z,50,4\n"
    flows = read(document, "f")
    first = origin(flows, lots=["z"], method="fifo")
    assert {s.name: s.value for s in _split(first.lots[0]).shares} == {"b": 0.8, "a": 0.2}
    last = origin(flows, lots=["y"], method="lifo")
    assert {s.name: s.value for s in _split(last.lots[0]).shares} == {"b": 0.8, "a": 0.2}
    late = b"from,to,mass,time\na,x,60,1\nx,y,50,2\nb,x,40,3\nx,z,45,4\n"
    parcels = origin(read(late, "f"), lots=["y", "z"], method="lifo").lots
    assert {s.name: s.value for s in _split(parcels[0]).shares} == {"a": 1.0}
    shares = {s.name: s.value for s in _split(parcels[1]).shares}
    assert shares == pytest.approx({"b": 40 / 45, "a": 5 / 45})
    short = b"from,to,mass,time\nx,y,50,1\na,x,60,2\n"
    (early,) = origin(read(short, "f"), lots=["y"], method="lifo").lots
    assert _split(early).unknown == 1.0
    worst = origin(flows, lots=["y"], method="poison")
    assert {s.name: s.value for s in _split(worst.lots[0]).shares} == {"a": 1.0, "b": 1.0}
    with pytest.raises(ReaderError, match="a method is"):
        origin(flows, method="hope")


def test_missing_facts_are_ranked_and_ways_and_cuts_are_told() -> None:
    document = (
        b"from,to,mass,mine,facility,stage\na,p,60,A,P,refine\nb,q,30,,Q,refine\nc,q,10,,Q,refine\n"
        b"p,x,60,,M,make\nq,x,40,,M,make\n"
    )
    lot = origin(read(document, "f"), lots=["x"], by=["mine"]).lots[0]
    assert [(g.lot, g.narrows) for g in lot.missing] == [
        ("b", pytest.approx(0.3)),
        ("c", pytest.approx(0.1)),
    ]
    assert lot.way == ("a", "p", "x")
    assert lot.way_share == pytest.approx(0.6)
    assert {c.plants: c.share for c in lot.plants} == {
        ("M",): pytest.approx(1.0),
        ("P",): pytest.approx(0.6),
        ("Q",): pytest.approx(0.4),
    }
    assert lot.cut is not None
    assert lot.cut.plants == ("M",)


def test_elements_are_networks_of_their_own() -> None:
    document = b"from,to,mass,element\na,x,1,Nd\nb,x,3,Nd\na,x,3,Pr\nb,x,1,Pr\n"
    answer = origin(read(document, "f"), lots=["x"])
    shares = {lot.element: _split(lot).shares[0] for lot in answer.lots}
    assert (shares["Nd"].name, shares["Pr"].name) == ("b", "a")


def test_reach_and_exposure() -> None:
    document = b"from,to,mass,mine,country\na,x,60,A,AU\nb,x,30,B,CA\nc,x,10,,\nx,y,5,,\n"
    flows = read(document, "f")
    assert [(lot, round(s, 12)) for _, lot, s in reach(flows, "A")] == [
        ("a", 1.0),
        ("x", 0.6),
        ("y", 0.6),
    ]
    found = {lot: s for _, lot, s in exposure(flows, {"country": ["AU", "CA"]})}
    assert (found["y"].low, found["y"].value, found["y"].high) == pytest.approx((0.9, 0.9, 1.0))
    both = {lot: s for _, lot, s in exposure(flows, {"country": ["AU"], "mine": ["B", "A"]})}
    assert (both["y"].low, both["y"].value, both["y"].high) == pytest.approx((0.9, 0.9, 1.0))
    assert len(both) == len(exposure(flows, {"country": ["AU"], "mine": ["B"]}))
    with pytest.raises(ReaderError, match="expected a stage"):
        exposure(flows, {"country": ["AU"], "owner": ["O"]})
    (strange,) = strangers(assembled(flows), {"country": ["AU", "Australia"]}, "set.json")
    assert strange.text().startswith("set.json, country: expected a country that a flow names")
    with pytest.raises(NotFound):
        reach(flows, "nobody")
    with pytest.raises(ReaderError, match="a set names"):
        exposure(flows, {"colour": ["red"]})


def test_a_long_chain_has_no_limit_of_steps() -> None:
    rows = [[f"n{i}", f"n{i + 1}", 5] for i in range(3000)] + [["b", "n3000", 5]]
    answer = origin(read(json.dumps(rows).encode(), "f"), lots=["n3000"])
    assert {s.name: s.value for s in _split(answer.lots[0]).shares} == {"n0": 0.5, "b": 0.5}


def test_a_question_that_cannot_be_answered_is_refused() -> None:
    flows = read(BLEND, "f")
    with pytest.raises(NotFound):
        origin(flows, lots=["z"])
    with pytest.raises(NotFound):
        origin(flows, element="Nd")
    with pytest.raises(ReaderError, match="shares are by"):
        origin(flows, by=["colour"])


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('[{"from": 0, "to": "b", "mass": 1}]', "/0/from"),
        ('{"edges": [{"source": "a", "target": 1}], "nodes": [{"id": "a"}]}', "/edges/0/target"),
        ('[["a", 7, 1]]', "/0/to"),
        ('{"from": "a", "to": "b", "mass": 1}\n{"from": "b", "to": 2, "mass": 1}', "line 2/to"),
    ],
)
def test_a_number_where_a_lot_is_meant_is_refused_with_its_place(text: str, place: str) -> None:
    found = read(text.encode(), "flows.json")
    assert (place, "not-a-name") in {(p.place, p.code) for p in found.problems}
