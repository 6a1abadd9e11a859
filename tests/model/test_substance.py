"""Elements, formulas and the factors between them, against two outside sources."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import periodictable
import pytest

from orebook.model.substance import (
    Substance,
    UnknownSubstance,
    atoms,
    ceilings,
    element_names,
    oxide_to_element,
    substance,
    weights,
)
from orebook.model.vocabulary import table

D = Decimal
# CIAAW revised these in 2024; the two outside sources still hold the values before.
_NEWER = {row["symbol"] for row in table("elements") if row["source"].endswith("2024")}


@pytest.mark.parametrize("symbol", sorted(weights()))
def test_weights_are_those_of_periodictable(symbol: str) -> None:
    element = getattr(periodictable, symbol)
    assert element_names()[symbol] in {element.name, "aluminium", "caesium", "sulfur"}
    last_digit = D(1).scaleb(int(weights()[symbol].as_tuple().exponent))
    # The abridged value rounds the full one: one unit of its last digit, or the stated doubt.
    room = max(last_digit, D(str(getattr(element, "_mass_unc", 0) or 0)))
    room += last_digit * 5 if symbol in _NEWER else 0
    assert abs(weights()[symbol] - D(str(element.mass))) <= room


def test_every_weight_has_a_source() -> None:
    assert all(row["source"].startswith("CIAAW") for row in table("elements"))


def test_factors_are_those_of_the_cases_to_their_last_digit(cases: Path) -> None:
    chemistry = json.loads((cases / "balance" / "chemistry.json").read_text("utf-8"))
    for symbol, weight in chemistry["atomic_weights"].items():
        told = D(weight)
        assert weights()[symbol].quantize(told) == told
    conversions = chemistry["conversion"]
    assert len(conversions) > 10
    for formula, told in conversions.items():
        share = Substance(formula).factor(told["element"])
        room = D("1.5e-6") if told["element"] in _NEWER else D("0.5e-6")
        assert abs(share - D(told["element_mass_fraction"])) <= room
        assert abs(1 / share - D(told["compound_per_element"])) <= room


@pytest.mark.parametrize(
    ("mineral", "element", "most"),
    [("stibnite", "Sb", "0.717"), ("chalcopyrite", "Cu", "0.346"), ("antimonite", "Sb", "0.717")],
)
def test_ceilings(mineral: str, element: str, most: str) -> None:
    assert ceilings()[mineral][element].quantize(D("0.001")) == D(most)


@pytest.mark.parametrize("mineral", sorted(ceilings()))
def test_the_elements_of_a_mineral_make_it_whole(mineral: str) -> None:
    assert abs(sum(ceilings()[mineral].values()) - 1) < D("1e-25")


@pytest.mark.parametrize(
    ("formula", "inside"),
    [
        ("Cu", {"Cu": 1}),
        ("Nd2O3", {"Nd": 2, "O": 3}),
        ("CaMg(CO3)2", {"Ca": 1, "Mg": 1, "C": 2, "O": 6}),
        ("Al(OH)3", {"Al": 1, "O": 3, "H": 3}),
        ("Cu2(CO3)(OH)2", {"Cu": 2, "C": 1, "O": 5, "H": 2}),
    ],
)
def test_formulas(formula: str, inside: dict[str, int]) -> None:
    assert atoms(formula) == inside


@pytest.mark.parametrize(
    "text",
    ["", "Xx", "copper", "Nd2O3)", "(Nd2O3", "nd2o3", "Nd0", "Nd٢", "2Nd", "Nd2 O3", "()", "Nd-"],
)
def test_nothing_is_guessed_from_another_text(text: str) -> None:
    with pytest.raises(UnknownSubstance):
        substance(text)


@pytest.mark.parametrize("group", ["TREO", "NdPr"])
def test_a_group_has_no_factor(group: str) -> None:
    assert substance(group).is_group
    assert substance(group).elements == ()
    with pytest.raises(UnknownSubstance, match=group):
        substance(group).factor("Nd")


def test_oxides_of_one_element() -> None:
    assert oxide_to_element("Nd2O3")[0] == "Nd"
    assert substance("Nd2O3").factor("Cu") == 0
    for other in ("CuFeS2", "O2", "CaCO3"):
        with pytest.raises(UnknownSubstance, match="oxide of one element"):
            oxide_to_element(other)
