"""Many lots at once: the quick way answers as the slow one does, whatever the chain."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from orebook.acts import packs
from orebook.engines.rules import (
    Chain,
    Decider,
    Paper,
    Reading,
    Step,
    Trails,
    brief,
    decide,
)
from orebook.engines.rules.predicates import PREDICATES, READS, SHAPES
from orebook.engines.rules.provenance import STAGES

IDS = [f"s{n}" for n in range(7)]
maybe = st.sampled_from
steps = st.lists(
    st.builds(
        Step,
        maybe(IDS),
        maybe([*STAGES, "", None]),
        maybe(["CN", "PK", "US", "RU", None]),
        maybe(["CN-XJ", "PK-BA", None, None]),
        st.none(),
        maybe(["party:x", "Xinjiang GCL", None]),
        feeds=st.lists(maybe([*IDS, "out"]), max_size=3).map(tuple),
        doubt=maybe(["", "too much for the mine"]),
    ),
    max_size=7,
)
readings = st.dictionaries(
    maybe(["U-238 Bq/g", "Th-232 Bq/g", "moisture fraction", "TML fraction"]),
    st.lists(
        st.builds(
            Reading,
            st.just("assay"),
            maybe([Decimal("0.5"), Decimal(1), Decimal(20)]),
            maybe([None, Decimal(0), Decimal("0.6")]),
            maybe(["", "<"]),
        ),
        max_size=2,
    ).map(tuple),
)
papers = st.lists(
    st.builds(
        Paper,
        st.just("p"),
        maybe(["export-permit", "dfars-waiver", "certificate-of-origin", "packing-list"]),
        maybe([None, "2026-01-01"]),
        maybe([None, "2026-12-31"]),
    ),
    max_size=3,
).map(tuple)
chains = st.builds(
    Chain,
    st.just("lot"),
    steps.map(lambda found: {step.id: step for step in found}),
    st.lists(maybe([*IDS, "out"]), max_size=3).map(tuple),
    maybe([None, frozenset({"Nd"}), frozenset({"Sb"}), frozenset({"U", "Dy"})]),
    maybe([None, "oxide", "concentrate", "component"]),
    maybe([None, "2846.90", "2617.10", "8110.10"]),
    readings,
    papers,
    st.dictionaries(maybe(["prohibited foreign entities", "Chinese rare earths"]),
                    maybe([(Decimal(0), Decimal(0)), (Decimal("0.2"), Decimal(1))])),
    st.dictionaries(maybe(["party:x"]), st.just({"state": Decimal("0.3")})),
    maybe([None, "US", "CN"]),
)  # fmt: skip


@settings(max_examples=60)
@given(st.lists(chains, min_size=1, max_size=3), maybe(["2026-12-31", "2027-01-01", "2031-06-01"]))
def test_a_lot_decided_among_many_comes_out_as_decided_alone(found: list[Chain], day: str) -> None:
    book = {f"{n} {i}": _moved(s, n) for n, c in enumerate(found) for i, s in c.steps.items()}
    trails = Trails(book)
    for name in packs.names():
        pack = packs.pack(name)
        for branch in ("", *pack.branches):
            decider = Decider(pack, trails, day, branch)
            for number, chain in enumerate(found):
                mine = _upstream(chain)
                alone = decide(pack, mine, day, branch)
                many = decider.decide(mine, trails.behind(f"{number} {i}" for i in mine.last))
                assert many.outcome == alone.outcome
                assert many.change == alone.change
                assert many.rules == tuple(brief(judged) for judged in alone.rules)


def _moved(step: Step, number: int) -> Step:
    feeds = tuple(f"{number} {feed}" for feed in step.feeds)
    return Step(
        f"{number} {step.id}",
        step.stage,
        step.country,
        step.region,
        None,
        step.operator,
        "",
        feeds,
        step.doubt,
    )


def _upstream(chain: Chain) -> Chain:
    """The chain with the steps behind its lot alone, as a book gives it."""
    kept: dict[str, Step] = {}
    ring = list(chain.last)
    while ring:
        step = chain.steps.get(ring.pop())
        if step is not None and step.id not in kept:
            kept[step.id] = step
            ring += step.feeds
    return Chain(
        chain.lot, kept, chain.last, chain.elements, chain.form, chain.hs_code, chain.readings,
        chain.papers, chain.shares, chain.owners, chain.destination,
    )  # fmt: skip


def test_what_each_predicate_reads_is_said() -> None:
    assert set(READS) == set(PREDICATES) == set(SHAPES)
    members = set(Chain.__dataclass_fields__)
    assert all(set(reads) <= members for reads in READS.values())
