"""Units: every factor as pint has it, every code and spelling back to its row."""

from __future__ import annotations

from decimal import Decimal

import pint
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orebook.model.entry import Ref
from orebook.model.lot import Lot
from orebook.model.read import record
from orebook.model.units import UnknownUnit, known, rec20, unit
from orebook.model.vocabulary import table

D = Decimal
ROWS = list(table("units"))
CODES = [row["code"] for row in ROWS]
# Our code → the name pint has for it, and the canonical unit of its dimension.
PINT = {
    "KGM": "kilogram",
    "TNE": "metric_ton",
    "GRM": "gram",
    "MGM": "milligram",
    "KTN": "kilometric_ton",
    "LBR": "pound",
    "ONZ": "ounce",
    "APZ": "troy_ounce",
    "STN": "short_ton",
    "LTN": "long_ton",
    "P1": "percent",
    "59": "ppm",
    "C62": "dimensionless",
    "KEL": "kelvin",
    "CEL": "degC",
    "FAH": "degF",
    "DAY": "day",
    "HUR": "hour",
    "SEC": "second",
    "MTR": "meter",
    "KMT": "kilometer",
    "LTR": "liter",
    "MTQ": "meter ** 3",
    "KWH": "kilowatt_hour",
}
CANONICAL = {
    "mass": "kilogram",
    "fraction": "dimensionless",
    "number": "dimensionless",
    "temperature": "kelvin",
    "duration": "second",
    "length": "meter",
    "volume": "meter ** 3",
    "energy": "joule",
}
# Rows that pint has no unit for: trade usage, ratios, and a plain count.
BEYOND = {"DMT", "WMT", "61", "NA", "GK", "EA"}


def test_every_row_is_held_against_pint_or_named_here() -> None:
    assert set(CODES) == set(PINT) | BEYOND
    assert {row["dimension"] for row in ROWS} == set(CANONICAL)


@pytest.fixture(scope="module")
def registry() -> pint.UnitRegistry:
    return pint.UnitRegistry(non_int_type=Decimal, autoconvert_offset_to_baseunit=True)


@pytest.mark.parametrize("code", sorted(PINT))
def test_factors_are_those_of_pint(code: str, registry: pint.UnitRegistry) -> None:
    ours = unit(code)
    for value in (D(0), D(1), D("37.5")):
        theirs = registry.Quantity(value, PINT[code]).to(CANONICAL[ours.dimension]).magnitude
        assert ours.to_canonical(value) == pytest.approx(D(str(theirs)), rel=D("1e-24"))


@pytest.mark.parametrize(
    ("code", "factor"), [("61", "1e-9"), ("NA", "1e-6"), ("GK", "0.001"), ("DMT", "1000")]
)
def test_factors_pint_has_no_name_for(code: str, factor: str) -> None:
    assert unit(code).factor == D(factor)


@pytest.mark.parametrize("row", ROWS, ids=CODES)
def test_codes_and_spellings_round_trip(row: dict[str, str]) -> None:
    for name in (row["code"], *row["spellings"].split("|")):
        assert unit(name).code == row["code"]
    assert row["source"]
    assert row["description"]
    assert unit(unit(row["code"]).symbol).code == row["code"]


@pytest.mark.parametrize(
    ("text", "basis"), [("dmt", "dry"), ("DMT", "dry"), ("wmt", "wet"), ("wet tonne", "wet")]
)
def test_dmt_and_wmt_give_the_basis_and_are_written_as_tonnes(text: str, basis: str) -> None:
    assert (unit(text).basis, rec20(unit(text))) == (basis, "TNE")
    body: dict[str, object] = {"id": "l", "mass": {"value": "2", "unit": unit(text).code}}
    lot = record("lot", body, Ref("aa", 0, 1))
    assert isinstance(lot, Lot)
    assert getattr(lot.mass, "basis", None) == basis
    assert getattr(lot.mass, "value", None) == 2000


@pytest.mark.parametrize("text", ["", "Mg", "mG", "stone", "kg kg", "kg/t/t", "tons"])
def test_no_unit_is_guessed(text: str) -> None:
    with pytest.raises(UnknownUnit):
        unit(text)


def test_case_counts_first_and_then_does_not() -> None:
    assert unit("MGM").code == "MGM"
    assert unit("KG").code == unit("Kg").code == "KGM"
    assert unit("K").code == "KEL"
    assert unit("  metric   ton ").code == "TNE"


def test_an_error_can_list_what_is_known() -> None:
    assert "KGM (kg)" in known("mass")
    assert known("length") == ("MTR (m)", "KMT (km)")


@given(st.sampled_from(CODES), st.decimals(-(10**6), 10**6, allow_nan=False, places=3))
def test_there_and_back(code: str, value: Decimal) -> None:
    back = unit(code).from_canonical(unit(code).to_canonical(value))
    assert back == pytest.approx(value, abs=D("1e-15"))
