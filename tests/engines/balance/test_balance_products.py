"""The two- and three-product formula on pasted tables."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orebook.engines.balance import parse_assumption, part_of, rows_of, table

TWO = "stream,Cu %\nfeed,2.0\nconcentrate,25.0\ntails,0.2\n"


def value(finding, name: str) -> Decimal:
    shown = finding.figure(name)
    assert shown is not None
    assert shown.value is not None
    return shown.value


def part(answer, component: str):
    found = part_of(answer.finding, component)
    assert found is not None, [p.component for p in answer.finding.parts]
    return found


def codes(text: str) -> set[str]:
    return {p.code for p in table(rows_of(text)).problems}


def test_two_products_by_hand() -> None:
    answer = table(rows_of(TWO))
    copper = part(answer, "Cu")
    # R = 25 × 1.8 / (2 × 24.8), pull = 1.8 / 24.8
    assert abs(value(copper, "recovery/concentrate/Cu") - Decimal(45) / Decimal("49.6")) < 1e-20
    assert abs(value(copper, "pull/concentrate") - Decimal("1.8") / Decimal("24.8")) < 1e-20
    assert answer.problems == ()
    assert (answer.finding.verdict, copper.verdict) == ("computed", "computed")


def test_doubt_of_a_recovery_needs_stated_doubt() -> None:
    silent = part(table(rows_of(TWO)), "Cu")
    shown = silent.figure("recovery/concentrate/Cu")
    assert shown is not None
    assert shown.standard is None
    assert len(silent.missing) == 3
    written = part(table(rows_of(TWO), [parse_assumption("as-written")]), "Cu")
    shown = written.figure("recovery/concentrate/Cu")
    assert shown is not None
    assert shown.standard is not None
    # slopes by hand: c t/(f²(c−t)), −t(f−t)/(f(c−t)²), c(f−c)/(f(c−t)²); each ±0.05 point
    f, c, t = Decimal("0.02"), Decimal("0.25"), Decimal("0.002")
    slopes = (
        c * t / (f * f * (c - t)),
        -t * (f - t) / (f * (c - t) ** 2),
        c * (f - c) / (f * (c - t) ** 2),
    )
    by_hand = (sum(s * s for s in slopes)).sqrt() * Decimal("0.0005") / Decimal(3).sqrt()
    assert abs(shown.standard - by_hand) < Decimal("1e-20")


def test_three_products_by_hand() -> None:
    text = (
        "stream\tPb %\tZn %\nfeed\t5.0\t8.0\nPb concentrate\t60.0\t6.0\n"
        "Zn concentrate\t1.5\t52.0\ntails\t0.4\t0.8\n"
    )
    answer = table(rows_of(text))
    both = part(answer, "Pb and Zn")
    # 4.6 = 59.6 x + 1.1 y; 7.2 = 5.2 x + 51.2 y
    det = Decimal("59.6") * Decimal("51.2") - Decimal("1.1") * Decimal("5.2")
    x = (Decimal("4.6") * Decimal("51.2") - Decimal("1.1") * Decimal("7.2")) / det
    y = (Decimal("59.6") * Decimal("7.2") - Decimal("5.2") * Decimal("4.6")) / det
    assert abs(value(both, "pull/Pb concentrate") - x) < Decimal("1e-20")
    assert abs(value(both, "pull/Zn concentrate") - y) < Decimal("1e-20")
    assert abs(value(both, "recovery/Pb concentrate/Pb") - x * 12) < Decimal("1e-20")
    assert answer.finding.verdict == "computed"


def test_weighed_products_are_checked_against_the_feed() -> None:
    text = (
        "stream,mass t,Cu %\nfeed,1000 ± 10,2.0 ± 0.1\n"
        "conc,75 ± 1,25.0 ± 0.5\ntails,925 ± 10,0.2 ± 0.05\n"
    )
    answer = table(rows_of(text))
    assert answer.problems == ()
    verdicts = {p.component: p.verdict for p in answer.finding.parts}
    assert verdicts["dry mass"] == "adds_up"
    closures = [p for p in answer.finding.parts if p.figure("gap")]
    assert [value(p, "gap") for p in closures] == [0, 600]
    assert answer.finding.verdict == "adds_up"


def test_weighed_products_that_do_not_add_up() -> None:
    text = (
        "stream,mass t,Cu %\nfeed,1000 ± 1,2.0 ± 0.1\n"
        "conc,75 ± 1,25.0 ± 0.5\ntails,800 ± 1,0.2 ± 0.05\n"
    )
    answer = table(rows_of(text))
    assert answer.finding.verdict == "does_not_add_up"


def test_two_elements_that_ask_for_two_pulls() -> None:
    text = (
        "stream,Cu %,Ag g/t\nfeed,2.0 ± 0.01,20 ± 0.1\nconc,25.0 ± 0.1,100 ± 1\n"
        "tails,0.2 ± 0.01,2 ± 0.1\n"
    )
    answer = table(rows_of(text))
    assert part(answer, "Cu, Ag").verdict == "does_not_add_up"
    silent = table(rows_of(text.replace(" ± 0.01", "").replace(" ± 0.1", "")))
    assert part(silent, "Cu, Ag").verdict == "cannot_be_told"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("stream,Cu %\nfeed,0.1\nconcentrate,25\ntails,0.2\n", "feed-too-poor"),
        ("stream,Cu %\nfeed,2\nconcentrate,0.2\ntails,0.2\n", "not-richer"),
        ("stream,Cu %\nfeed,0\nconcentrate,25\ntails,0.2\n", "zero-feed"),
        ("stream,Cu %\nfeed,30\nconcentrate,25\ntails,0.2\n", "feed-too-rich"),
        ("stream,Cu\nfeed,2\nconcentrate,25\ntails,0.2\n", "no-unit"),
        ("stream,Cu %\nfeed,x\nconcentrate,25\ntails,0.2\n", "not-a-number"),
        ("stream,Cu %\nfeed,-2\nconcentrate,25\ntails,0.2\n", "not-a-number"),
        ("stream,Cu %\nfeed,130\nconcentrate,25\ntails,0.2\n", "fraction-out-of-range"),
        ("stream,Cu furlong\nfeed,2\nconcentrate,25\ntails,0.2\n", "unknown-unit"),
        ("stream,mass wmt,Cu %\nfeed,9,2\nconcentrate,1,25\ntails,8,0.2\n", "unknown-unit"),
        ("stream,Xx %\nfeed,2\nconcentrate,25\ntails,0.2\n", "unknown-column"),
        ("stream,Cu %,Cu ppm\nfeed,2,2\nconcentrate,25,2\ntails,0.2,2\n", "repeated-column"),
        ("stream,Cu %\nfeed,2\nfeed,2\nconcentrate,25\ntails,0.2\n", "wrong-streams"),
        ("stream,Cu %\nfeed,2\nconcentrate,25\n", "wrong-streams"),
        ("stream,Cu %\nfeed,2\nconcentrate,\ntails,0.2\n", "missing-grade"),
        ("stream,Cu %\nfeed,2\nslurry,25\ntails,0.2\n", "unknown-stream"),
        ("Cu %\n2\n", "missing-column"),
        ("", "empty-table"),
        ("stream,Pb %\nfeed,5\nPb conc,60\nZn conc,1\ntails,0.4\n", "too-few-elements"),
        (
            "stream,Pb %,Zn %\nfeed,5,5\na conc,60,60\nb conc,60,60\ntails,0.4,0.4\n",
            "no-split",
        ),
    ],
)
def test_what_cannot_be_is_a_problem_with_its_place(text: str, code: str) -> None:
    answer = table(rows_of(text))
    assert code in {p.code for p in answer.problems}
    assert answer.finding.verdict == "cannot_be_told"
    assert all(p.place and p.expected and p.found and p.next_step for p in answer.problems)


def test_an_impossible_feed_beyond_stated_doubt_does_not_add_up() -> None:
    text = "stream,Cu %\nfeed,0.1 ± 0.01\nconcentrate,25 ± 1\ntails,0.2 ± 0.01\n"
    assert table(rows_of(text)).finding.verdict == "does_not_add_up"


grades = st.decimals(min_value="0.01", max_value="0.99", places=4)


@given(st.lists(grades, min_size=3, max_size=3, unique=True))
def test_the_formula_closes_on_any_possible_table(three: list[Decimal]) -> None:
    t, f, c = sorted(three)
    rows = [
        {"stream": name, "Cu": f"{g * 100} %"}
        for name, g in (("feed", f), ("concentrate", c), ("tails", t))
    ]
    copper = part(table(rows), "Cu")
    pull = value(copper, "pull/concentrate")
    assert abs(pull * c + (1 - pull) * t - f) < Decimal("1e-25")
    assert abs(value(copper, "recovery/concentrate/Cu") * f - pull * c) < Decimal("1e-25")
    assert 0 <= pull <= 1


def test_every_problem_of_a_table_is_told_at_once() -> None:
    assert codes("stream,Cu %,Xx %\nfeed,x,1\nslurry,2,1\ntails,0.2,1\n") >= {
        "unknown-column",
        "not-a-number",
        "unknown-stream",
        "wrong-streams",
    }
