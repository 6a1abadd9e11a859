"""Laws of a balance: what may change a gap or a verdict, and what may not."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from decimal import Context, Decimal
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from orebook.engines.balance import balance, part_of

WIDE = Context(prec=60)
RANK = {"does_not_add_up": 0, "cannot_be_told": 1, "adds_up": 2}

masses = st.decimals(min_value=1, max_value=5000, places=2)
grades = st.decimals(min_value="0.01", max_value=60, places=3)
sds = st.sampled_from(["0.001", "0.05", "1", "9"])
Bodies = list[tuple[str, dict[str, Any]]]


@st.composite
def doubts(draw: st.DrawFn, value: Decimal) -> dict[str, str]:
    kind = draw(st.sampled_from(["exact", "normal", "range"]))
    if kind == "exact":
        return {"kind": "exact"}
    size = Decimal(draw(sds))
    if kind == "normal":
        return {"kind": "normal", "sd": f"{size}"}
    low = max(value - size, Decimal(0))
    return {"kind": "range", "low": f"{low}", "high": f"{value + size}"}


@st.composite
def events(draw: st.DrawFn) -> Bodies:
    """An event of one to three lots a side, everything stated, now and then nearly closing."""
    bodies: Bodies = []
    event: dict[str, Any] = {"id": "e", "kind": draw(st.sampled_from(["smelt", "concentrate"]))}
    for side in ("inputs", "outputs"):
        event[side] = []
        for n in range(draw(st.integers(1, 3))):
            lot, mass, grade = f"{side}{n}", draw(masses), draw(grades)
            wet = draw(st.booleans())
            event[side].append(
                {
                    "lot": lot,
                    "mass": {
                        "value": f"{mass}",
                        "unit": "KGM",
                        "basis": "wet" if wet else "dry",
                        "doubt": draw(doubts(mass)),
                    },
                }
            )
            moisture = {"value": "8", "unit": "P1", "doubt": draw(doubts(Decimal(8)))}
            bodies.append(("lot", {"id": lot, **({"moisture": moisture} if wet else {})}))
            bodies.append(("assay", assay(lot, grade, draw(doubts(grade)))))
    bodies.append(("event", event))
    return bodies


def assay(lot: str, grade: Decimal, doubt: dict[str, str]) -> dict[str, Any]:
    figure = {"value": f"{grade}", "unit": "P1", "doubt": doubt}
    results = [{"substance": "Cu", "grade": figure}]
    return {"id": f"a-{lot}", "lot": lot, "basis": "dry", "results": results}


def closed(bodies: Bodies, build) -> Bodies:
    """The same event with a last output that makes metal close, at about 5 % of the metal in."""
    gap = told(bodies, build)[0]
    event = bodies[-1][1]
    side = "outputs" if gap < 0 else "inputs"
    value = abs(gap).quantize(Decimal("1e-9"))
    if value == 0:
        return bodies  # it closes as it is; a flow of nothing would bear on nothing
    mass = {"value": f"{value}", "unit": "KGM", "basis": "dry", "doubt": {"kind": "exact"}}
    more = copy.deepcopy(event)
    more["kind"] = "smelt"
    more[side].append({"lot": "last", "mass": mass})
    last = assay("last", Decimal(100), {"kind": "normal", "sd": "0.5"})
    return [*bodies[:-1], ("lot", {"id": "last"}), ("assay", last), ("event", more)]


def told(bodies: Bodies, build) -> tuple[Decimal, Decimal | None, str]:
    part = part_of(balance(build(bodies), event="e"), "Cu")
    assert part is not None
    gap = part.figure("gap")
    assert gap is not None
    assert gap.value is not None
    return gap.value, gap.standard, part.verdict


@given(events(), st.integers(2, 1000))
def test_scaling_every_mass_scales_the_gap(build, bodies: Bodies, factor: int) -> None:
    scaled = copy.deepcopy(bodies)
    for side in ("inputs", "outputs"):
        for flow in scaled[-1][1][side]:
            mass = flow["mass"]
            mass["value"] = f"{Decimal(mass['value']) * factor}"
            for end in ("sd", "low", "high"):
                if end in mass["doubt"]:
                    mass["doubt"][end] = f"{Decimal(mass['doubt'][end]) * factor}"
    before, after = told(bodies, build), told(scaled, build)
    assert after[0] == before[0] * factor
    assert after[1] is not None
    assert before[1] is not None
    assert abs(after[1] - before[1] * factor) <= abs(after[1]) * Decimal("1e-25")
    assert after[2] == before[2]


@given(events(), st.randoms(use_true_random=False))
def test_names_and_order_change_nothing(build, bodies: Bodies, random) -> None:
    other = copy.deepcopy(bodies)
    for kind, body in other:
        if kind == "event":
            for side in ("inputs", "outputs"):
                random.shuffle(body[side])
                for flow in body[side]:
                    flow["lot"] = "z" + flow["lot"][::-1]
        else:
            key = "lot" if kind == "assay" else "id"
            body[key] = "z" + body[key][::-1]
    random.shuffle(other)
    assert told(other, build) == told(bodies, build)


@given(events(), masses, grades)
def test_an_equal_flow_on_both_sides_keeps_the_gap(build, bodies, mass, grade) -> None:
    more = copy.deepcopy(bodies)
    figure = {"value": f"{mass}", "unit": "KGM", "basis": "dry", "doubt": {"kind": "exact"}}
    for side in ("inputs", "outputs"):
        more[-1][1][side].append({"lot": "through", "mass": figure})
    more.insert(0, ("assay", assay("through", grade, {"kind": "normal", "sd": "3"})))
    before, after = told(bodies, build), told(more, build)
    assert after[:2] == before[:2]


@given(events())
def test_a_break_even_value_closes_the_gap(build, bodies: Bodies) -> None:
    part = part_of(balance(build(bodies), event="e"), "Cu")
    assert part is not None
    into = part.figure("in")
    assert into is not None
    assert into.value is not None
    tried = 0
    for figure in part.figures:
        if not figure.name.startswith("break_even/"):
            continue
        assert figure.value is not None
        high = figure.high if figure.high is not None else figure.value
        if not 0 <= figure.value <= min(high, Decimal(10) ** 9):
            continue
        gap = told(substituted(bodies, figure.name, figure.value), build)[0]
        assert abs(gap) < into.value * Decimal("1e-20")
        tried += 1
    assume(tried)


def substituted(bodies: Bodies, name: str, value: Decimal) -> Bodies:
    """The bodies with one figure set, its doubt left out."""
    kind, _, rest = name.removeprefix("break_even/").partition(":")
    ident, *path = rest.split("/")
    other = copy.deepcopy(bodies)
    body: Any = next(b for k, b in other if k == kind and b["id"] == ident)
    for step in path[:-1]:
        body = body[int(step)] if step.isdigit() else body[step]
    old = body[path[-1]]
    shown = value if old["unit"] == "KGM" else value * 100
    body[path[-1]] = {**old, "value": f"{shown.quantize(Decimal('1e-26'), context=WIDE)}"}
    body[path[-1]].pop("doubt")
    return other


def without_one(bodies: Bodies) -> Iterator[Bodies]:
    """Every way to leave out one stated thing: a statement, or a member however deep."""
    for number, (kind, body) in enumerate(bodies):
        if kind != "event":
            yield bodies[:number] + bodies[number + 1 :]
        for path in members(body):
            if path not in {("id",), ("lot",)} and path[-1] not in {"value", "unit", "lot"}:
                other = copy.deepcopy(bodies)
                inner: Any = other[number][1]
                for step in path[:-1]:
                    inner = inner[step]
                del inner[path[-1]]
                yield other


def members(body: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    pairs = body.items() if isinstance(body, dict) else enumerate(body)
    for key, value in pairs:
        here = (*path, key)
        if isinstance(key, str) and not (path and path[-1] == "doubt"):
            yield here
        if isinstance(value, dict | list):
            yield from members(value, here)


@given(events(), st.booleans())
def test_leaving_out_one_fact_never_makes_it_add_up(build, bodies: Bodies, close: bool) -> None:
    if close:
        bodies = closed(bodies, build)
    before = balance(build(bodies), event="e").verdict
    for less in without_one(bodies):
        try:
            facts = build(less)
        except AssertionError:
            continue  # not a body any more: a required member is gone
        after = balance(facts, event="e").verdict
        assert after != "adds_up" or before == "adds_up"


@given(events(), st.booleans())
def test_leaving_out_a_figure_that_bears_leaves_it_untold(build, bodies, close: bool) -> None:
    if close:
        bodies = closed(bodies, build)
    for number, (kind, body) in enumerate(bodies):
        if kind == "assay":
            bare = copy.deepcopy(bodies)
            del bare[number][1]["results"][0]["grade"]["doubt"]
            assert told(bare, build)[2] != "adds_up"
            part = part_of(balance(build(bodies[:number] + bodies[number + 1 :]), event="e"), "Cu")
            assert part is None or part.verdict != "adds_up", body


@given(events(), st.booleans(), st.sampled_from(["1.5", "4", "50"]))
def test_more_doubt_never_accuses(build, bodies: Bodies, close: bool, factor: str) -> None:
    if close:
        bodies = closed(bodies, build)
    wider = copy.deepcopy(bodies)
    for _, body in wider:
        widen(body, Decimal(factor))
    assert RANK[told(wider, build)[2]] >= RANK[told(bodies, build)[2]]


def widen(body: Any, factor: Decimal) -> None:
    if isinstance(body, dict):
        doubt = body.get("doubt")
        if isinstance(doubt, dict) and "sd" in doubt:
            doubt["sd"] = f"{Decimal(doubt['sd']) * factor}"
        if isinstance(doubt, dict) and "low" in doubt:
            value = Decimal(body["value"])
            low = value - (value - Decimal(doubt["low"])) * factor
            doubt["low"] = f"{max(low, Decimal(0))}"
            high = value + (Decimal(doubt["high"]) - value) * factor
            doubt["high"] = f"{min(high, Decimal(100)) if body['unit'] == 'P1' else high}"
    for inner in body.values() if isinstance(body, dict) else body:
        if isinstance(inner, dict | list):
            widen(inner, factor)


@given(events())
def test_an_event_with_its_gap_as_a_flow_adds_up(build, bodies: Bodies) -> None:
    gap, _, verdict = told(closed(bodies, build), build)
    assert abs(gap) <= Decimal("1e-9")
    assert verdict == "adds_up"
