"""Reports collapse to the sources they repeat; statements differ by a rule about texts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from orebook.engines.evidence import group_claims, voices
from orebook.model.claim import Claim
from orebook.model.entry import Ref
from orebook.model.facts import Facts, Head, Record, facts_of
from orebook.model.read import record

HEAD = Head("example.org/book", 1, "00" * 32)


def _facts(*rows: tuple[str, dict[str, object]]) -> Facts:
    records: list[Record] = [
        record(kind, body, Ref("ab" * 32, i, i)) for i, (kind, body) in enumerate(rows)
    ]
    return facts_of(HEAD, "public", "2026-11-23", records)


def _claim(ident: str, source: str, value: object = "v", prop: str = "p") -> tuple[str, dict]:
    body = {"id": ident, "subject": "s", "property": prop, "value": value, "source": source}
    return "claim", body


def _source(ident: str, *relays: tuple[str, str], date: str = "2025-10-02") -> tuple[str, dict]:
    body: dict[str, object] = {"id": ident, "title": ident, "date": date}
    if relays:
        body["relays"] = [{"source": s, "basis": b} for s, b in relays]
    return "source", body


def test_three_reports_of_one_release_are_one_voice() -> None:
    facts = _facts(
        _source("release"),
        _source("a", ("release", "stated")),
        _source("b", ("a", "stated")),
        _source("c", ("release", "inferred")),
        *(_claim(f"c{i}", s) for i, s in enumerate("abc")),
    )
    heard = voices(facts, facts.all(Claim))
    assert (len(heard.reports), heard.stated, heard.inferred) == (3, 2, 1)
    chain = next(c for c in heard.chains if c.source == "b")
    assert chain.roots == ("release",)
    assert chain.via == (("a", "release", "stated"), ("b", "a", "stated"))


def test_a_circle_of_relays_is_one_voice() -> None:
    facts = _facts(
        _source("a", ("b", "stated")),
        _source("b", ("a", "stated")),
        _claim("c1", "a"),
        _claim("c2", "b"),
    )
    assert voices(facts, facts.all(Claim)).inferred == 1


def test_an_absence_is_no_report() -> None:
    facts = _facts(_source("a"), _claim("c1", "a", {"absent": "not_found"}))
    assert voices(facts, facts.all(Claim)).reports == ()
    assert group_claims(facts, facts.all(Claim))[0].state == "not_found"


def test_a_list_from_one_source_does_not_differ_and_two_sources_do() -> None:
    facts = _facts(
        _source("a"),
        _source("b"),
        _claim("c1", "a", "antimony", "contents"),
        _claim("c2", "a", "copper", "contents"),
        _claim("c3", "a", "delivered", "state"),
        _claim("c4", "b", "dispatched", "state"),
        _claim("c5", "a", "Monday", "day"),
        _claim("c6", "b", "monday", "day"),
    )
    states = {g.topic: g.state for g in group_claims(facts, facts.all(Claim))}
    assert states == {"contents": "one_voice", "state": "differ", "day": "agree"}


def test_first_seen_is_the_earliest_date_along_the_relay() -> None:
    facts = _facts(
        _source("release", date="2025-10-02"),
        _source("late", ("release", "stated"), date="2025-10-07"),
        _claim("c1", "late"),
    )
    line = group_claims(facts, facts.all(Claim))[0].lines[0]
    assert line.first_seen is not None
    assert line.first_seen.text == "2025-10-02"


@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=14))
def test_voices_never_exceed_sources_and_every_report_has_an_end(
    relays: list[tuple[int, int]],
) -> None:
    by_source: dict[int, list[tuple[str, str]]] = {}
    for a, b in relays:
        by_source.setdefault(a, []).append((f"s{b}", "stated"))
    facts = _facts(
        *(_source(f"s{i}", *by_source.get(i, ())) for i in range(8)),
        *(_claim(f"c{i}", f"s{i}") for i in range(8)),
    )
    heard = voices(facts, facts.all(Claim))
    assert 1 <= heard.inferred <= 8
    assert all(c.roots for c in heard.chains)
