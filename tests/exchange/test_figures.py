"""Figures as people write them: read one way or refused, digits kept."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orebook.exchange.figures import (
    blank,
    figure_text,
    fraction_body,
    mass_body,
    number,
    results,
    settle,
)
from orebook.model.problem import Problem
from orebook.model.shape import check

MASSES = {
    "12.5 dmt": {"value": "12.5", "unit": "TNE", "basis": "dry"},
    "12.5 wmt": {"value": "12.5", "unit": "TNE", "basis": "wet"},
    "12.5 t dry": {"value": "12.5", "unit": "TNE", "basis": "dry"},
    "12.5 t (wet)": {"value": "12.5", "unit": "TNE", "basis": "wet"},
    "2 dry metric tonnes": {"value": "2", "unit": "TNE", "basis": "dry"},
    "1 200,5 kg": {"value": "1200.5", "unit": "KGM"},
    "1\u2009200,5\u00a0kg": {"value": "1200.5", "unit": "KGM"},
    "1,200.5 kg": {"value": "1200.5", "unit": "KGM"},
    "1.200,5 kg": {"value": "1200.5", "unit": "KGM"},
    "1'200.50 kg": {"value": "1200.50", "unit": "KGM"},
    "1,234,567 kg": {"value": "1234567", "unit": "KGM"},
    "1,20,000 kg": {"value": "120000", "unit": "KGM"},
    "0,500 kg": {"value": "0.500", "unit": "KGM"},
    "9000 kg": {"value": "9000", "unit": "KGM"},
    "9000.0 Kgs.": {"value": "9000.0", "unit": "KGM"},
    "۱۲۰۰ kg": {"value": "1200", "unit": "KGM"},
    "1.2e3 kg": {"value": "1.2e3", "unit": "KGM"},
    "12 lb": {"value": "12", "unit": "LBR"},
}


@pytest.mark.parametrize(("text", "body"), MASSES.items())
def test_a_mass_is_read_in_one_way(text: str, body: dict[str, str]) -> None:
    assert mass_body(text) == body
    assert check("package", {"id": "1", "net": mass_body(text)}) == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("9,000 kg", "ambiguous-number"),
        ("1.200 kg", "ambiguous-number"),
        ("24,300 kg", "ambiguous-number"),
        ("1,23,4 kg", "not-a-number"),
        ("12 5 kg", "not-a-number"),
        ("1,200.5.6 kg", "not-a-number"),
        ("about 9 kg", "not-a-number"),
        ("9000", "missing-unit"),
        ("9000 stone", "unknown-unit"),
        ("12 Mg", "unknown-unit"),
        ("30 %", "unknown-unit"),
        ("n.d.", "no-figure"),
        ("trace", "no-figure"),
        ("< 5 kg", "bound-not-figure"),
        ("12 dmt wet", "bad-basis"),
        ("9000 kg ± x", "not-a-number"),
        ("9000 kg ± 0", "bad-doubt"),
        ("9000 kg ± 5 t", "bad-doubt"),
        ("9000 kg ± 5 ± 6", "not-a-number"),
        ("1" * 40 + " kg", "not-a-number"),
    ],
)
def test_what_cannot_be_read_one_way_is_a_problem(text: str, code: str) -> None:
    problem = mass_body(text)
    assert isinstance(problem, Problem)
    assert problem.code == code
    assert problem.expected
    assert problem.next_step


@pytest.mark.parametrize("text", ["", " ", "-", "–", "—", "n/a", "unknown", "?"])
def test_a_cell_that_says_nothing_is_no_figure_and_never_zero(text: str) -> None:
    assert blank(text)
    assert mass_body(text) is None
    assert fraction_body(text) is None


@pytest.mark.parametrize(
    ("sign", "text", "value"),
    [("point", "9,000", "9000"), ("comma", "9,000", "9.000"), ("comma", "1.200", "1200")],
)
def test_a_declared_decimal_sign_settles(sign: str, text: str, value: str) -> None:
    assert number(text, sign) == value  # type: ignore[arg-type]


@pytest.mark.parametrize(("sign", "text"), [("point", "24,3"), ("comma", "24.3")])
def test_a_figure_against_the_declared_sign_is_a_problem(sign: str, text: str) -> None:
    problem = number(text, sign)  # type: ignore[arg-type]
    assert isinstance(problem, Problem)
    assert problem.code == "not-a-number"


def test_clear_figures_of_a_sheet_settle_the_sign() -> None:
    assert settle(["9,000", "24.3 %"]) == "point"
    assert settle(["1.200", "24,3 %"]) == "comma"
    assert settle(["1,234,567 kg"]) == "point"
    assert settle(["9,000"]) == ""
    assert settle(["24.3 %", "24,3 %"]) == ""


@pytest.mark.parametrize(
    ("text", "doubt"),
    [
        ("24.3 ± 0.2 %", {"kind": "range", "low": "24.1", "high": "24.5"}),
        ("24.3 % ± 0.2 %", {"kind": "range", "low": "24.1", "high": "24.5"}),
        ("24.3 % +/- 0.2", {"kind": "range", "low": "24.1", "high": "24.5"}),
        ("24.3 % ± 0.2 % (k=2)", {"kind": "normal", "sd": "0.1"}),
        ("24.3 % ± 0.2 (1σ)", {"kind": "normal", "sd": "0.2"}),
        ("0.1 ± 0.2 %", {"kind": "range", "low": "0", "high": "0.3"}),
        ("99.99 ± 0.05 %", {"kind": "range", "low": "99.94", "high": "100"}),
        ("20.0 % ± 2 % rel", {"kind": "range", "low": "19.6", "high": "20.4"}),
    ],
)
def test_doubt_as_written(text: str, doubt: dict[str, str]) -> None:
    body = fraction_body(text)
    assert isinstance(body, dict)
    assert body["doubt"] == doubt
    assert check("result", {"substance": "Cu", "grade": body}) == []


def test_a_percent_after_a_mass_is_relative() -> None:
    body = mass_body("9000 kg ± 0.5 %")
    assert isinstance(body, dict)
    assert body["doubt"] == {"kind": "range", "low": "8955.0", "high": "9045.0"}


def test_header_unit_and_basis_serve_where_the_cell_has_none() -> None:
    assert mass_body("12", unit="kg", basis="dry") == {"value": "12", "unit": "KGM", "basis": "dry"}
    assert mass_body("12 t", unit="kg") == {"value": "12", "unit": "TNE"}
    assert isinstance(mass_body("12 dmt", basis="wet"), Problem)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("Cu 24.3 %; Sb 0.2 %", [("Cu", "", "24.3", "P1"), ("Sb", "", "0.2", "P1")]),
        ("Cu: 24.3%, Sb <0.01%", [("Cu", "", "24.3", "P1"), ("Sb", "<", "0.01", "P1")]),
        ("Cu 24,3 %; Au 0,5 g/t", [("Cu", "", "24.3", "P1"), ("Au", "", "0.5", "NA")]),
        ("24.3 % Cu", [("Cu", "", "24.3", "P1")]),
        ("copper 24 %", [("Cu", "", "24", "P1")]),
        ("TREO 60.1 %\nNd2O3 <= 5 ppm", [("TREO", "", "60.1", "P1"), ("Nd2O3", "≤", "5", "59")]),
        ("Cu 24.3 %; Sb -", [("Cu", "", "24.3", "P1")]),
    ],
)
def test_an_assay_is_read_line_by_line(text: str, lines: list[tuple[str, ...]]) -> None:
    read = results(text)
    assert all(isinstance(r, dict) for r in read)
    told = [
        (r["substance"], r.get("operator", ""), r["grade"]["value"], r["grade"]["unit"])  # type: ignore[index,union-attr,call-overload]
        for r in read
    ]
    assert told == lines
    assert check("assay", {"id": "a", "lot": "l", "results": read}) == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Xx 3 %", "unknown-substance"),
        ("Cu 24.3", "missing-unit"),
        ("Cu n.d.", "no-figure"),
        ("24.3", "unknown-substance"),
        ("Cu 24.3 kg", "unknown-unit"),
    ],
)
def test_a_bad_line_of_an_assay_is_a_problem(text: str, code: str) -> None:
    (problem,) = results(text)
    assert isinstance(problem, Problem)
    assert problem.code == code


_DECIMALS = st.decimals(min_value=0, max_value=10**9, allow_nan=False, places=4)


@given(_DECIMALS, st.sampled_from(["point", "comma"]))
def test_grouped_digits_give_the_number_back(value: Decimal, sign: str) -> None:
    text = f"{value:,.4f}"
    if sign == "comma":
        text = text.translate(str.maketrans(",.", ".,"))
    assert number(text, sign) == f"{value:.4f}"  # type: ignore[arg-type]
    assert number(text) == f"{value:.4f}"


@given(
    _DECIMALS.filter(lambda d: d >= 1),
    st.sampled_from(["KGM", "TNE", "LBR", "GRM"]),
    st.sampled_from(["", "wet", "dry"]),
)
def test_a_mass_reads_back_from_its_own_text(value: Decimal, unit: str, basis: str) -> None:
    body: dict[str, object] = {"value": str(value), "unit": unit} | (
        {"basis": basis} if basis else {}
    )
    low = max(value - 1, Decimal(0))
    doubted = {**body, "doubt": {"kind": "range", "low": f"{low:f}", "high": f"{value + 1:f}"}}
    for said in (body, doubted, {**body, "doubt": {"kind": "normal", "sd": "0.25"}}):
        text = figure_text(said)
        assert text is not None
        assert mass_body(text, sign="point") == said


@pytest.mark.parametrize(
    "body",
    [
        {"value": "1", "unit": "KGM", "doubt": {"kind": "lognormal", "sigma": "0.1"}},
        {"value": "1", "unit": "KGM", "doubt": {"kind": "range", "low": "0.5", "high": "5"}},
        {"value": "1", "unit": "KGM", "cause": "scale"},
        {"value": "1", "unit": "KGM", "basis": "contained", "of": "Cu"},
    ],
)
def test_what_a_cell_cannot_say_has_no_text(body: dict[str, object]) -> None:
    assert figure_text(body) is None


@given(st.text(max_size=30))
def test_no_text_raises(text: str) -> None:
    for read in (mass_body(text), fraction_body(text), number(text)):
        assert read is None or isinstance(read, dict | str | Problem)
    assert isinstance(results(text), list)
