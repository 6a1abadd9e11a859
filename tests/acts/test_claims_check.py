"""Rubbish in a register is named with its place, and good rows stand."""

from __future__ import annotations

import cProfile
import json
from collections.abc import Callable

from orebook.acts.claims_check import check_claims
from orebook.exchange.claims_csv import COLUMNS
from orebook.show.claims_check import check_json, check_lines

HEAD = ",".join(COLUMNS)


def checked(*rows: str, head: str = HEAD):  # type: ignore[no-untyped-def]
    return check_claims("\n".join((head, *rows)).encode(), "f.csv", "2030-01-01")


def codes(result) -> list[tuple[str, str]]:  # type: ignore[no-untyped-def]
    return [(p.code, p.place) for p in result.problems]


def test_a_source_without_a_date_is_named_and_its_claim_stays() -> None:
    found = checked("a,Mine,owner,Acme,,A title,Paper,,,reported,")
    assert codes(found) == [("undated-source", "line 2")]
    assert not found.refused
    assert list(found.review.statuses) == ["a"]


def test_a_claim_without_a_source_is_refused_and_the_others_stand() -> None:
    found = checked(
        "a,Mine,owner,Acme,,,,2029-01-01,,reported,",
        "b,Mine,owner,Zinc Co,,B title,Paper,2029-01-01,,reported,",
    )
    assert found.refused
    assert any("line 2" in p.place and "source_title" in p.place for p in found.problems)
    assert list(found.review.statuses) == ["b"]


def test_relays_in_a_circle_are_named_and_count_once() -> None:
    found = checked(
        "a,Mine,owner,Acme,,A title,Paper,2029-01-01,,reported,,stated: b",
        "b,Mine,owner,Acme,,B title,Wire,2029-01-02,,reported,,stated: a",
        head=HEAD + ",relays",
    )
    assert [c for c, _ in codes(found)] == ["circular-relays"]
    assert "A title" in found.problems[0].found
    assert found.review.statuses["a"].status == "reported"
    assert found.review.statuses["a"].chains == 1


def test_a_relay_to_a_source_that_no_row_holds_is_named() -> None:
    found = checked(
        "a,Mine,owner,Acme,,A title,Paper,2029-01-01,,reported,,stated: s-0123456789ab",
        head=HEAD + ",relays",
    )
    assert codes(found) == [("missing-source", "line 2")]


def test_an_interval_given_backwards_is_refused_with_its_cell() -> None:
    found = checked("a,Mine,owner,Acme,,A title,Paper,2029-03-01/2029-01-01,,reported,")
    assert found.refused
    assert found.problems[0].code == "interval-backwards"
    assert "source_date" in found.problems[0].place


def test_relations_are_read_and_a_missing_claim_is_named() -> None:
    found = checked(
        "a,Mine,owner,Acme,,A title,Paper,2029-01-01,,reported,,",
        "b,Mine,remark,not Acme,,B title,Wire,2029-01-02,,reported,,corrects a (the name)",
        "c,Mine,other,x,,C title,Wire,2029-01-02,,reported,,retracts zz",
        "d,Mine,other_2,x,,C title,Wire,2029-01-02,,reported,,loves a",
        head=HEAD + ",relations",
    )
    assert [c for c, _ in codes(found)] == ["missing-claim", "bad-relation"]
    group = next(g for g in found.review.groups if g.claims == ("a", "b"))
    assert (group.kind, group.rules) == ("superseded", ("N4",))
    assert found.review.statuses["a"].flags == (("superseded", ("b",)),)


def test_two_independent_reports_corroborate_and_one_voice_repeated_does_not() -> None:
    found = checked(
        "a,Mine,owner,Acme,,A title,Paper,2029-01-01,,reported,",
        "b,Mine,owner,Acme,,B title,Wire,2029-01-02,,reported,",
        'c,Pit,owner,Acme,,C title,"Daily, citing Harbour News",2029-01-01,,reported,',
        'd,Pit,owner,Acme,,D title,"Weekly, quoting Harbour News",2029-01-02,,reported,',
    )
    statuses = {k: v.status for k, v in found.review.statuses.items()}
    assert statuses == {"a": "corroborated", "b": "corroborated", "c": "reported", "d": "reported"}
    assert [g.kind for g in found.review.groups] == ["relay"]


def test_days_beyond_the_calendar_and_odd_figures_are_no_fault_of_the_program() -> None:
    found = checked(
        "a,C,signing_relative,signed next month,,u,p,9999-12,,reported,",
        "b,C,signing_date,9999-12-31,date,v,p,9999-12,,reported,",
        "c,D,mass,NaN,t,u,p,2020,,reported,",
        "d,D,mass,-5,t,v,p,2020,,reported,",
        "e,E,headline_value,0,USD,u,p,2020,,reported,",
        "f,E,headline_value,1e400,USD,v,p,2020,,reported,",
    )
    assert not found.refused
    assert {g.claims for g in found.review.groups} == {("c", "d"), ("e", "f")}


def test_rubbish_that_is_no_register_is_refused_in_one_line() -> None:
    for data in (b"", b"\x00\x01\x02", b"a,b\n1,2\n", b"{}"):
        found = check_claims(data, "f.csv", "2030-01-01")
        assert found.refused
        assert found.review.groups == ()
        assert all(p.next_step for p in found.problems)


def test_ten_times_the_claims_take_no_hundred_times_the_work() -> None:
    """Counted in calls and not in seconds: a pass over all claims for each claim would show."""
    called = {}
    for copies in (10, 100):
        rows = [
            f"c{n}x{k},Accord {k},{topic},{value},,{paper} {k},{paper},2031-03-14,,reported,"
            for k in range(copies)
            for n, (topic, value, paper) in enumerate(
                (
                    ("signing_date", "2031-03-14", "Ministry"),
                    ("signing_date", "2031-03-16", "Times"),
                    ("parties", "Board of Minerals", "Ministry"),
                    ("shipment_state", "delivered", "Times"),
                    ("description", "the first load", "Post"),
                )
            )
        ]
        data = "\n".join([HEAD, *rows]).encode()
        profile = cProfile.Profile()
        profile.enable()
        found = check_claims(data, "made.csv", "2031-06-30")
        profile.disable()
        assert len(found.review.groups) >= copies
        called[copies] = sum(entry.callcount for entry in profile.getstats())
    assert called[100] < 11 * called[10]


# Claims by turns that stand against one another, all on one subject and one day: property, value,
# unit, standing.
ONE_DAY = {
    "steps in no order": (
        ("received_date", "2031-03-01", "date", "reported"),
        ("shipped_date", "2031-03-09", "date", "reported"),
    ),
    "words taken back": (
        ("position", "it is secret {n}", "", "claimed"),
        ("later_position", "retracted the statement", "", "claimed"),
    ),
    "forecasts overtaken": (
        ("first_production_forecast", "203{d}", "", "reported"),
        ("state", "review; slowed {n}", "", "reported"),
    ),
    "parts over wholes": (
        ("total_output", "{n}", "t", "claimed"),
        ("output_b", "9{n}", "t", "claimed"),
    ),
    "exports over output": (
        ("exports", "9{n}000", "t antimony", "claimed"),
        ("production", "{n}", "t antimony", "claimed"),
    ),
    "states and bodies": (
        ("party", "the two governments", "", "reported"),
        ("party", "Body {n}", "", "reported"),
    ),
    "texts and accounts": (
        ("legal_claim", "half is theirs under Article 9 ({n})", "", "claimed"),
        ("scope", "as Article 9 has it", "", "official"),
    ),
}


def test_many_claims_on_one_subject_and_day_are_told_as_groups_and_not_pair_by_pair(
    count: Callable[[int, int], int],
) -> None:
    size = count(60, 2000)
    for name, turns in ONE_DAY.items():
        rows = []
        for n in range(size):
            topic, value, unit, standing = turns[n % 2]
            day = "2031-03-14" if n % 2 else "2031-03-12"
            told = value.format(n=n + 10, d=n % 10)
            subject = "Article 9" if topic == "scope" else "Accord"
            rows.append(f"c{n},{subject},{topic},{told},{unit},T{n},P{n},{day},,{standing},")
        found = checked(*rows)
        listed = [c for g in found.review.groups for c in g.claims]
        assert set(listed) == {f"c{n}" for n in range(size)}, name
        assert len(listed) <= 3 * size, name
        printed = len(json.dumps(check_json(found))) + sum(map(len, check_lines(found)))
        assert printed < 1500 * size + 20_000, name
