"""A whole book from its columns gives what its flows give one by one."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from orebook.acts import origin_whole
from orebook.acts.origin import exposure, reach
from orebook.acts.origin_columns import columns_of
from orebook.acts.origin_flows import flows_of, listed
from orebook.acts.origin_list import exposure as of_list
from orebook.acts.origin_list import reach as reach_of_list
from orebook.acts.origin_units import Place, Unit
from orebook.acts.origin_whole import network_of, whole_of
from orebook.acts.see import view
from orebook.engines.origin.assemble import Assembled, assemble
from orebook.model.facts import Facts, Head
from orebook.model.flow import Move
from orebook.wiring import Naming, create_book

from .conftest import KEEPER, Keep, sources
from .origin_book import event, lot, two_mines
from .test_origin_snapshot import DAY, History

SETS = ({"mine": ["Mine A"]}, {"country": ["CL"]}, {"facility": ["Mine A"]})


def _same(here: Any) -> None:
    flows = flows_of(here)
    for names in SETS:
        for stage in ("", "mine"):
            told = {(e, n): s for e, n, s in of_list(flows.flows, names, stage=stage)}
            found = {(e, n): s for e, n, s in exposure(here, names, stage=stage)}
            assert set(found) == {k for k in told if k[1] not in flows.events}
            for key, share in found.items():
                wanted = told[key]
                assert (share.low, share.value, share.high) == pytest.approx(
                    (wanted.low, wanted.value, wanted.high), abs=1e-12
                )
    assert whole_of(here).held == origin_whole._held(flows)


def test_exposure_is_the_same_after_random_histories(count: Any) -> None:
    quick = slow = 0
    for seed in range(count(2, 12)):
        with create_book(None, Naming("test.example/h", "H", KEEPER), sources()) as book:
            history = History(book, seed)
            for _ in range(4):
                history.step()
                for reader in ("owner", "public"):
                    here = view(book, reader, DAY)
                    _same(here)
                    kept = [w for _, w in origin_whole._kept[book].values()]
                    quick += any(w is not None for w in kept)
                    slow += any(w is None for w in kept)
    assert quick > 1
    assert slow > 1


def test_a_plain_book_is_answered_from_columns_and_kept(keep: Keep, look: Any) -> None:
    make = event("make", {"a": 30, "b": 10}, {"p": 40}, facility="facility:A")
    keep([*two_mines(), *lot("p"), *lot("q"), make, event("cut", {"p": 25}, {"q": 25})])
    here = look()
    _same(here)
    assert whole_of(here) is whole_of(here)
    assert reach(here, "lot:p") == tuple(
        r for r in reach_of_list(flows_of(here).flows, "lot:p") if r[1] in {"lot:p", "lot:q"}
    )
    (share,) = [s for _, n, s in exposure(here, {"mine": ["Mine A"]}) if n == "lot:q"]
    assert share.value == pytest.approx(0.75)


def _unit(moves: list[Move], number: int) -> Unit:
    ident = f"event:{number}"
    return Unit(ident, True, (number, 0), Place(ident, True), tuple(moves))


def _move(source: str, target: str, kg: int | None, **more: Any) -> Move:
    mass = None if kg is None else Decimal(kg)
    bounds = (mass, mass or Decimal(0), more.pop("high", mass))
    return Move(source, target, *bounds, "Cu", more.pop("event", "event:1"), **more)


@pytest.mark.parametrize(
    "more",
    [
        {"custody": "mass_balance_credit"},
        {"custody": "identity_preserved"},
        {"share": True},
        {"high": None, "kg": None},
    ],
)
def test_what_masses_alone_do_not_tell_is_left_to_the_other_rooms(more: dict[str, Any]) -> None:
    kg = more.pop("kg", 5)
    moves = [_move("a", "event:1", kg, **more), _move("b", "event:1", 7)]
    columns = columns_of([_unit(moves, 1)], ["Cu"])
    assert network_of(columns, "Cu", Facts(Head("x", 1, ""), "", "", {})) is None
    circle = [_move("a", "b", 5), _move("b", "a", 5)]
    columns = columns_of([_unit(circle, 1)], ["Cu"])
    assert network_of(columns, "Cu", Facts(Head("x", 1, ""), "", "", {})) is None


def test_bounded_masses_and_what_comes_from_outside_are_as_assembled() -> None:
    moves = [
        _move("a", "event:1", None, high=Decimal(9)),
        _move("", "event:1", 7),
        _move("event:1", "p", None, high=None),
    ]
    columns = columns_of([_unit(moves, 1)], ["Cu"])
    facts = Facts(Head("x", 1, ""), "", "", {})
    quick = network_of(columns, "Cu", facts)
    assert quick is not None
    flows = listed(columns.all(), ["Cu"], facts)
    whole = assemble(flows, "Cu")
    assert sorted(n.lot for n in quick.nodes) == sorted(n.lot for n in whole.nodes)
    assert _masses(quick) == _masses(whole)


def _masses(whole: Assembled) -> list[tuple[float, ...]]:
    n = whole.network
    assert n.low_kg is not None
    assert n.high_kg is not None
    columns = (n.mass_kg.tolist(), n.low_kg.tolist(), n.high_kg.tolist())
    return sorted(zip(*columns, strict=True))
