"""What of a lot a missing fact covers: each gram once, in bounds that hold whatever is not told."""

from __future__ import annotations

import random
from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from orebook.engines.rules import Chain, Pack, Step, covers, decide, load
from orebook.engines.rules.cover import passed
from orebook.engines.rules.provenance import ALL, NOTHING, Bounds

from .test_logic import PACK, RULE

PART = Decimal("0.25")


def exact(value: Decimal) -> Bounds:
    return value, value


def blend(country: str | None = "PK") -> Chain:
    """Two mines, one of unknown country, blended one to three, smelted."""
    parts = {"dry": {"a": exact(PART), "b": exact(1 - PART)}, "Sb": {"a": exact(Decimal("0.4"))}}
    steps = [
        Step("a", "mine", None),
        Step("b", "mine", country),
        Step("mix", "", "PK", feeds=("a", "b"), parts=parts),
        Step("smelt", "refine", "PK", feeds=("mix",)),
    ]
    held = {"dry": exact(Decimal(1000)), "Sb": (Decimal(500), Decimal(600))}
    return Chain("lot", {s.id: s for s in steps}, ("smelt",), held=held)


def pack() -> Pack:
    return load({"pack.yaml": PACK, "rules.yaml": RULE.encode()})


def test_a_country_not_told_covers_what_came_through_its_step() -> None:
    (rule,) = decide(pack(), blend(), "2026-01-01").rules
    (gap,) = rule.gaps
    assert (gap.what, gap.about) == ("country", "a")
    found = covers(blend(), rule.law, [gap])
    assert found is not None
    assert found.as_json() == {
        "share": {"low": "0.25", "high": "0.25"},
        "kg": {"Sb": {"low": "200", "high": "240"}, "dry": {"low": "250", "high": "250"}},
    }
    both = decide(pack(), blend(None), "2026-01-01").rules[0]
    assert len(both.gaps) == 2
    together = covers(blend(None), both.law, both.gaps)
    assert together is not None
    assert together.share == ALL
    # What brought the rest of the antimony is not told: from nothing to all of it.
    assert together.kg["Sb"][0] == 200


def test_a_fact_of_the_lot_covers_all_of_it_and_one_of_the_law_nothing() -> None:
    empty = Chain("lot", {}, (), held={"dry": exact(Decimal(7))})
    (rule,) = decide(pack(), empty, "2026-01-01").rules
    whole = covers(empty, rule.law, rule.gaps)
    assert whole is not None
    assert (whole.share, whole.kg) == (ALL, {"dry": exact(Decimal("7.000"))})
    known = replace(blend(), steps=blend().steps | {"a": Step("a", "mine", "PK")})
    (old,) = decide(pack(), known, "2031-01-01").rules
    assert [g.what for g in old.gaps] == ["a fresh look at the law"]
    assert covers(known, old.law, old.gaps) is None


def test_feeds_without_masses_may_have_brought_anything() -> None:
    steps = blend().steps | {"mix": Step("mix", "", "PK", feeds=("a", "b"))}
    chain = replace(blend(), steps=steps)
    assert passed(chain, {"a"}) == (0, 1)
    assert passed(chain, {"mix"}) == ALL
    assert passed(chain, {"elsewhere"}) == NOTHING


def test_in_a_circle_anything_may_have_passed() -> None:
    steps = [Step("x", "", feeds=("y",)), Step("y", "", feeds=("x", "m")), Step("m", "mine")]
    chain = Chain("lot", {s.id: s for s in steps}, ("x",))
    assert passed(chain, {"m"}) == (0, 1)
    assert passed(chain, {"x"}) == ALL


@given(st.integers(0, 10_000))
def test_each_gram_counts_once(seed: int) -> None:
    rnd = random.Random(seed)
    steps: dict[str, Step] = {}
    names = [f"s{n}" for n in range(rnd.randint(2, 9))]
    for n, name in enumerate(names):
        feeds = tuple(rnd.sample(names[:n], min(n, rnd.randint(0, 3))))
        masses = [Decimal(rnd.randint(1, 9)) for _ in feeds]
        parts = {f: exact(m / sum(masses)) for f, m in zip(feeds, masses, strict=True)}
        steps[name] = Step(name, "", feeds=feeds, parts={"dry": parts})
    chain = Chain("lot", steps, (names[-1],))
    some = set(rnd.sample(names, rnd.randint(1, len(names))))
    low, high = passed(chain, some)
    assert abs(high - low) < Decimal("1e-20")
    assert 0 <= low <= 1
    assert high <= sum(passed(chain, {name})[1] for name in some) + Decimal("1e-20")
    assert low >= max(passed(chain, {name})[0] for name in some) - Decimal("1e-20")

    # Walked gram by gram: the chance that a way chosen by the parts meets one of them.
    def met(name: str) -> Decimal:
        if name in some:
            return Decimal(1)
        by = steps[name].parts["dry"]
        return sum((by[f][0] * met(f) for f in steps[name].feeds), Decimal(0))

    assert abs(low - met(names[-1])) < Decimal("1e-20")
    vague = Chain("lot", {n: replace(s, parts={}) for n, s in steps.items()}, chain.last)
    least, most = passed(vague, some)
    assert least <= low
    assert high <= most
