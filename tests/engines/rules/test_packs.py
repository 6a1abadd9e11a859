"""The packs that come with the program: each example says what its author expects of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from orebook.acts import packs
from orebook.engines.rules import decide
from orebook.engines.rules.given import chain_of
from orebook.engines.rules.pack import Example, Pack


def examples() -> Iterator[tuple[Pack, Example]]:
    for name in packs.names():
        pack = packs.pack(name)
        for example in pack.examples:
            yield pack, example


@pytest.mark.parametrize(("pack", "example"), list(examples()))
def test_each_example_comes_out_as_expected(pack: Pack, example: Example) -> None:
    verdict = decide(pack, chain_of(example.chain), example.day, example.branch)
    found = {judged.rule.id: judged.outcome for judged in verdict.rules} | {"pack": verdict.outcome}
    assert {rule: found[rule] for rule in example.expect} == dict(example.expect)


def test_every_pack_has_examples_and_every_rule_a_clause_and_a_source() -> None:
    assert len(packs.names()) >= 12
    for name in packs.names():
        pack = packs.pack(name)
        assert pack.id == name
        assert pack.examples, name
        for rule in pack.rules:
            assert rule.clause, rule.id
            assert all(force.source for force in rule.force), rule.id


def test_no_rule_that_nobody_read_ever_proves_anything() -> None:
    for pack, example in examples():
        verdict = decide(pack, chain_of(example.chain), example.day, example.branch)
        for judged in verdict.rules:
            if judged.outcome == "proved":
                assert judged.rule.verification is not None, judged.rule.id


def test_a_suspended_control_answers_needed_if_revived() -> None:
    pack = packs.pack("cn-rare-earths")
    chain = chain_of(pack.examples[0].chain)
    enacted = decide(pack, chain, "2026-11-25")
    judged = next(j for j in enacted.rules if j.rule.id == "CN-61-2025-value")
    assert judged.status == "suspended"
    assert judged.value == "not needed while suspended; needed if revived on 2027-01-11"
    assert not judged.counts
    revived = decide(pack, chain, "2026-11-25", "mofcom-61-revived")
    assert next(j for j in revived.rules if j.rule.id == "CN-61-2025-value").value == "needed"


def test_a_lot_passes_on_the_last_day_of_step_a_and_fails_a_day_later() -> None:
    pack = packs.pack("us-dfars-7052")
    chain = chain_of(pack.examples[0].chain)
    before, after = decide(pack, chain, "2026-12-31"), decide(pack, chain, "2027-01-01")
    assert (before.outcome, before.change) == ("proved", "2027-01-01")
    assert (after.outcome, after.steps) == ("refuted", ("mine",))


def test_a_pack_past_its_day_proves_nothing() -> None:
    pack = packs.pack("us-dfars-7052")
    chain = chain_of(
        {
            "lot": "magnet",
            "elements": ["Nd"],
            "steps": [
                {"id": "m", "stage": "mine", "country": "PK"},
                {"id": "s", "stage": "separate_smelt", "country": "US", "feeds": ["m"]},
                {"id": "a", "stage": "alloy", "country": "US", "feeds": ["s"]},
            ],
            "last": ["a"],
        }
    )
    assert decide(pack, chain, "2027-03-31").outcome == "proved"
    late = decide(pack, chain, "2027-04-01")
    assert late.outcome == "unknown"
    assert any(gap.what == "a fresh look at the law" for gap in late.rules[1].gaps)


def test_a_threshold_that_has_no_value_on_the_day_is_unknown_and_not_the_first_one() -> None:
    pack = packs.pack("us-45x-macr")
    share = {"direct material cost not from prohibited foreign entities": ["0.9", "0.9"]}
    chain = chain_of({"lot": "oxide", "elements": ["Nd"], "shares": share})
    early, later = (decide(pack, chain, day).rules[0] for day in ("2025-08-01", "2026-08-01"))
    assert (early.outcome, later.outcome) == ("unknown", "proved")
    assert any("value of threshold on 2025-08-01" in gap.what for gap in early.gaps)
