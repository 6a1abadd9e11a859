"""Statements that cannot all hold are found, whichever document they came in."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from orebook.engines.coherence import contradictions


def kilos(value: str, **more):
    return {"value": value, "unit": "KGM", **more}


def event(ident: str, inputs, outputs, when: str | None = None, kind: str = "blend"):
    body = {
        "id": ident,
        "kind": kind,
        "inputs": [{"lot": i} if isinstance(i, str) else i for i in inputs],
        "outputs": [{"lot": o} if isinstance(o, str) else o for o in outputs],
    }
    return "event", body | ({"when": when} if when else {})


def codes(finding) -> list[tuple[str, str, str]]:
    return [(p.component, p.subject, p.verdict) for p in finding.parts]


def test_the_smelter_batch_is_dated_four_days_before_its_event(build, smelter) -> None:
    finding = contradictions(build(smelter()))
    assert codes(finding) == [("made-before-its-event", "cath", "contradicts")]
    part = finding.parts[0]
    days = part.figure("days")
    assert days is not None
    assert days.value == Decimal(4)
    assert "4 days before" in part.reasons[0]
    assert len(part.sources) == 2
    assert finding.verdict == "contradicts"


def test_a_month_is_not_its_first_day(build, smelter) -> None:
    assert contradictions(build(smelter(made="2025-03"))).verdict == "none_found"
    part = contradictions(build(smelter(made="2025-02"))).parts[0]
    days = part.figure("days")
    assert days is not None
    assert (days.value, days.low, days.high) == (None, 5, 32)


def test_a_day_beside_an_instant_may_be_a_day_off(build, smelter) -> None:
    assert contradictions(build(smelter(made="2025-03-04"))).verdict == "none_found"
    assert contradictions(build(smelter(made="2025-03-03"))).verdict == "contradicts"


def test_a_model_with_a_batch_number(build, smelter) -> None:
    bodies = smelter(made="2025-03-06", granularity="model", batch="2025-Q1-0812")
    assert codes(contradictions(build(bodies))) == [("model-with-a-batch", "cath", "contradicts")]


def test_used_before_it_existed(build) -> None:
    bodies = [
        event("late", ["ore"], ["conc"], "2025-05-01"),
        event("early", ["conc"], ["metal"], "2025-04-01"),
    ]
    assert codes(contradictions(build(bodies))) == [
        ("used-before-it-existed", "early", "contradicts")
    ]
    dated = [("lot", {"id": "x", "made": "2025-06-01"}), event("e", ["x"], ["y"], "2025-05-01")]
    assert codes(contradictions(build(dated))) == [("used-before-it-existed", "e", "contradicts")]


def test_a_lot_consumed_twice_whole(build) -> None:
    bodies = [event("a", ["x"], ["y"]), event("b", ["x"], ["z"])]
    assert codes(contradictions(build(bodies))) == [("consumed-twice", "x", "contradicts")]


def test_moving_a_lot_does_not_consume_it(build) -> None:
    bodies = [event("a", ["x"], ["y"]), event("b", ["x"], ["x"], kind="ship")]
    assert contradictions(build(bodies)).verdict == "none_found"


def test_a_withdrawn_event_consumes_nothing(build) -> None:
    bodies = [event("a", ["x"], ["y"]), event("b", ["x"], ["z"])]
    bodies[0][1]["withdrawn"] = {"when": "2025-05-01T00:00:00Z", "reason": "entered twice"}
    assert contradictions(build(bodies)).verdict == "none_found"


def parts_of_a_lot(doubt: dict | None, whole: str = "100"):
    more = {"basis": "dry"} | ({"doubt": doubt} if doubt else {})
    return [
        ("lot", {"id": "x", "mass": kilos(whole, **more)}),
        event("a", [{"lot": "x", "mass": kilos("70", **more)}], ["y"]),
        event("b", [{"lot": "x", "mass": kilos("50", **more)}], ["z"]),
    ]


def test_parts_beyond_the_whole(build) -> None:
    exact = contradictions(build(parts_of_a_lot({"kind": "exact"})))
    assert codes(exact) == [("consumed-beyond-its-mass", "x", "contradicts")]
    small = contradictions(build(parts_of_a_lot({"kind": "normal", "sd": "1"})))
    assert small.verdict == "contradicts"
    wide = contradictions(build(parts_of_a_lot({"kind": "normal", "sd": "30"})))
    assert wide.verdict == "cannot_be_told"
    silent = contradictions(build(parts_of_a_lot(None)))
    assert silent.verdict == "cannot_be_told"
    assert len(silent.missing) == 3
    assert contradictions(build(parts_of_a_lot(None, "120"))).verdict == "none_found"


def test_wet_parts_of_a_dry_lot_are_not_compared(build) -> None:
    bodies = parts_of_a_lot(None)
    bodies[1][1]["inputs"][0]["mass"]["basis"] = "wet"
    assert contradictions(build(bodies)).verdict == "none_found"


def test_one_lot_made_by_two_events_and_two_batches(build) -> None:
    bodies = [
        event("a", ["x"], ["y"]),
        event("b", ["z"], ["y"]),
        ("lot", {"id": "y", "batch": "1"}),
        ("lot", {"id": "y", "batch": "2"}),
    ]
    assert codes(contradictions(build(bodies))) == [
        ("made-twice", "y", "contradicts"),
        ("one-name-two-batches", "y", "contradicts"),
    ]


def test_a_ring_of_lots(build) -> None:
    bodies = [event("a", ["x"], ["y"]), event("b", ["y"], ["z"]), event("c", ["z"], ["x"])]
    bodies.append(event("d", ["w"], ["v"]))
    finding = contradictions(build(bodies))
    assert codes(finding) == [("comes-from-itself", "x", "contradicts")]
    assert "a, b, c" in finding.parts[0].reasons[0]


def test_a_lot_that_makes_itself(build) -> None:
    assert codes(contradictions(build([event("a", ["x"], ["x"])]))) == [
        ("comes-from-itself", "x", "contradicts")
    ]


def grade(value: str, substance: str = "Cu", **more):
    return [
        ("lot", {"id": "c", "mineral": "chalcopyrite"}),
        (
            "assay",
            {
                "id": "a",
                "lot": "c",
                "results": [
                    {"substance": substance, "grade": {"value": value, "unit": "P1", **more}}
                ],
            },
        ),
    ]


def test_a_grade_above_its_mineral(build) -> None:
    sure = {"doubt": {"kind": "normal", "sd": "0.1"}}
    assert codes(contradictions(build(grade("36", **sure)))) == [
        ("above-its-mineral", "c", "contradicts")
    ]
    assert contradictions(build(grade("36"))).verdict == "cannot_be_told"
    assert contradictions(build(grade("34.6", **sure))).verdict == "none_found"
    # copper oxide is 79.9 % copper, so 45 % of it is 35.9 % copper
    assert contradictions(build(grade("45", "CuO", **sure))).verdict == "contradicts"


def test_only_what_was_asked_about(build, smelter) -> None:
    facts = build([*smelter(), event("a", ["x"], ["y"]), event("b", ["x"], ["z"])])
    assert codes(contradictions(facts, about=["x"])) == [("consumed-twice", "x", "contradicts")]
    assert codes(contradictions(facts, about=["make"]))[0][0] == "made-before-its-event"
    assert contradictions(facts, about=["y-other"]).verdict == "none_found"


links = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=14)


@given(links)
def test_a_ring_is_found_exactly_when_a_lot_reaches_itself(build, pairs) -> None:
    bodies = [event(f"e{n}", [f"l{a}"], [f"l{b}"]) for n, (a, b) in enumerate(pairs)]
    reach = {(f"l{a}", f"l{b}") for a, b in pairs}
    for _ in range(8):
        reach |= {(a, d) for a, b in reach for c, d in reach if b == c}
    looped = {a for a, b in reach if a == b}
    found = contradictions(build(bodies))
    rings = [p for p in found.parts if p.component == "comes-from-itself"]
    named = {
        lot for p in rings for lot in looped if f"{lot}," in p.reasons[0].replace(" come", ",")
    }
    assert bool(looped) == bool(rings)
    assert named == looped


def places(one: tuple[str, str], other: tuple[str, str]):
    return [
        (
            "facility",
            {"id": name, "name": name, "position": {"latitude": at[0], "longitude": at[1]}},
        )
        for name, at in (("mine", one), ("plant", other))
    ]


def moved(left: str, used: str, *facilities):
    return [
        *facilities,
        (
            "event",
            {
                "id": "e:ship",
                "kind": "ship",
                "when": left,
                "facility": "mine",
                "subjects": [{"lot": "a"}],
            },
        ),
        (
            "event",
            {
                "id": "e:use",
                "kind": "smelt",
                "when": used,
                "facility": "plant",
                "inputs": [{"lot": "a"}],
                "outputs": [{"lot": "b"}],
            },
        ),
    ]


def test_a_sea_passage_of_four_days_from_africa_to_japan_is_told(build) -> None:
    ends = places(("-12.17", "26.40"), ("33.25", "131.88"))
    finding = contradictions(build(moved("2025-03-01T08:00:00Z", "2025-03-05T06:00:00Z", *ends)))
    assert codes(finding) == [("moved-too-fast", "a", "cannot_be_told")]
    part = finding.parts[0]
    days, distance = part.figure("days"), part.figure("distance")
    assert days is not None
    assert distance is not None
    assert days.value == Decimal("3.9")
    assert 12_050 < distance.value < 12_250  # 12 180 km by the geodesic of WGS 84, less the margin
    assert "a ship of 25 knots takes 10.9 days" in part.reasons[0]
    assert [m.what for m in part.missing] == ["how it moved"]


def test_what_no_aircraft_does_contradicts_and_what_a_train_does_is_silent(build) -> None:
    ends = places(("-12.17", "26.40"), ("33.25", "131.88"))
    soon = contradictions(build(moved("2025-03-01T08:00:00Z", "2025-03-01T18:00:00Z", *ends)))
    assert codes(soon) == [("moved-too-fast", "a", "contradicts")]
    late = contradictions(build(moved("2025-03-01T08:00:00Z", "2025-03-06T08:00:00Z", *ends)))
    assert late.verdict == "none_found"


def test_days_without_an_offset_and_places_without_a_position_accuse_nobody(build) -> None:
    ends = places(("-12.17", "26.40"), ("33.25", "131.88"))
    assert contradictions(build(moved("2025-03-01", "2025-03-04", *ends))).verdict == "none_found"
    unknown = [("facility", {"id": n, "name": n}) for n in ("mine", "plant")]
    hasty = moved("2025-03-01T08:00:00Z", "2025-03-01T09:00:00Z", *unknown)
    assert contradictions(build(hasty)).verdict == "none_found"
    same = places(("33.25", "131.88"), ("33.25", "131.88"))
    hasty = moved("2025-03-01T08:00:00Z", "2025-03-01T09:00:00Z", *same)
    assert contradictions(build(hasty)).verdict == "none_found"


def at(ident: str, hour: int, facility: str, **sides: str):
    """An event at that hour and place; each side takes one lot."""
    flows = {side: [{"lot": lot}] for side, lot in sides.items()}
    kind = "ship" if "subjects" in sides else "smelt"
    when = f"2025-03-01T{hour:02}:00:00Z"
    return "event", {"id": ident, "kind": kind, "when": when, "facility": facility, **flows}


def test_a_lot_that_may_have_been_divided_accuses_nobody(build) -> None:
    ends = places(("-12.17", "26.40"), ("33.25", "131.88"))
    far = at("e:2", 9, "mine", inputs="a")

    def fast(*stops):
        return [p for p in contradictions(build([*ends, *stops])).parts
                if p.component == "moved-too-fast"]  # fmt: skip

    for before, after in (
        (at("e:1", 8, "plant", inputs="a"), far),
        (at("e:1", 8, "plant", inputs="a"), at("e:2", 9, "mine", subjects="a")),
        (at("e:1", 8, "plant", outputs="a"), at("e:2", 9, "mine", outputs="a")),
    ):
        (part,) = fast(before, after)
        assert part.verdict == "cannot_be_told"
        assert [m.what for m in part.missing] == ["whether it was divided"]
        assert "Only a lot that was divided, or another batch" in part.reasons[0]
    # Whole at the plant and used there in part: what is used far off came from there too.
    whole = at("e:0", 8, "plant", outputs="a")
    (part,) = fast(whole, at("e:1", 8, "plant", inputs="a"), far)
    assert (part.verdict, part.sources[0]) == ("contradicts", fast(whole, far)[0].sources[0])
    for sides in ({"outputs": "a"}, {"subjects": "a"}):
        assert [p.verdict for p in fast(at("e:1", 8, "plant", **sides), far)] == ["contradicts"]


def test_the_ends_of_the_calendar_are_read(build) -> None:
    ends = places(("-12.17", "26.40"), ("33.25", "131.88"))
    assert contradictions(build(moved("0001", "0001-01-01", *ends))).verdict == "none_found"
    last = moved("9999-12-31", "9999-12-31T09:00:00Z", *ends)
    assert codes(contradictions(build(last))) == [("moved-too-fast", "a", "cannot_be_told")]
    made = "lot", {"id": "b", "made": "9999-12-31"}
    late = moved("2025-03-01", "9999-12-31T09:00:00Z", *ends)
    assert contradictions(build([*late, made])).verdict == "none_found"
