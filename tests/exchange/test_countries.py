"""Countries in sheets: codes, and names in every language of the templates; nothing is guessed."""

from __future__ import annotations

import io

import openpyxl
import pytest

from orebook.exchange import fact_mapping, marked
from orebook.exchange import sheets as door
from orebook.exchange.countries import _codes, _plain, country
from orebook.exchange.fact_columns import LANGUAGES, rows
from orebook.exchange.format import Read, Source
from orebook.model.problem import Problem, ReaderError
from orebook.model.vocabulary import table


def test_every_name_of_every_language_is_read_as_its_own_country() -> None:
    names = [
        (row["alpha_2"], name)
        for row in rows("country_names")
        for lang in LANGUAGES
        for name in row[lang].split("|")
    ]
    known = list(table("countries"))
    codes = [(row["alpha_2"], row[part]) for row in known for part in row]
    assert [(c, n, country(n)) for c, n in names + codes if country(n) != c] == []
    assert {c for c, _ in names} == {row["alpha_2"] for row in known} | {"XK", "EU"}
    for row in rows("country_aliases"):
        assert _codes()[_plain(row["name"])] == tuple(row["countries"].split(";"))


@pytest.mark.parametrize(
    ("text", "code"),
    [("pak", "PK"), ("U.K.", "GB"), ("EE.UU.", "US"), ("ru", "RU"), ("Cote d'Ivoire", "CI"),
     ("république démocratique du congo", "CD"), ("پاكستان", "PK"), ("刚果（金）", "CD")],
)  # fmt: skip
def test_names_are_read_as_people_type_them(text: str, code: str) -> None:
    assert country(text) == code


def test_a_name_with_its_code_as_a_refusal_shows_it_is_read() -> None:
    told = country("Congo")
    assert isinstance(told, Problem)
    shown = told.found.partition("may be ")[2].split(" or ")
    assert [country(text) for text in (*shown, "Congo (COD)", "Pakistan (PK)")] == [
        *("CD", "CG", "CD", "PK")
    ]
    for text in ("Pakistan (IN)", "Congo (PK)", "Pakistan (KPK)"):
        assert isinstance(country(text), Problem)


@pytest.mark.parametrize("text", ["Congo", "Corée", "刚果"])
def test_a_name_of_two_countries_is_asked_about(text: str) -> None:
    told = country(text)
    assert isinstance(told, Problem)
    assert (told.code, " or " in told.found) == ("country-of-two", True)


def test_an_unknown_country_is_refused_in_its_cell_with_the_nearest_spelling() -> None:
    data = "orebook:lots\nIdentifier,Pays\nl1,Chili\nl2,Pakstan\nl3,ZZ\nl4,智利\n".encode()
    items = list(door.read(io.BytesIO(data), Source("a.csv", "document:x")))
    assert [i.body["country"] for i in items if isinstance(i, Read)] == ["CL", "CL"]
    (fault,) = (i for i in items if isinstance(i, Problem))
    assert (fault.code, fault.place) == ("bad-country", "lines 4 to 5, column B (country)")
    assert fault.found == '"Pakstan"; nearest spelling: Pakistan (PK); "ZZ"'


def test_what_a_mapping_fixes_for_every_row_is_read_as_a_cell_is() -> None:
    told = b'to = "lots"\n[columns]\n"Los" = "id"\n[fixed]\ncountry = "Chili"\nmoisture = "8 %"\n'
    how = fact_mapping.mapped(fact_mapping.read_mapping(told, "m.toml"))
    (item,) = how.read(io.BytesIO(b"Los\nl1\n"), Source("a.csv", "document:x"))
    assert isinstance(item, Read)
    assert (item.body["country"], item.body["moisture"]) == ("CL", {"value": "8", "unit": "P1"})


def test_what_a_row_says_is_unknown_is_not_filled_in_and_no_grade_is_fixed() -> None:
    told = b'to = "lots"\n[columns]\n"Los" = "id"\n"M" = "mass"\n[fixed]\nmass = "5 kg"\n'
    how = fact_mapping.mapped(fact_mapping.read_mapping(told, "m.toml"))
    items = list(how.read(io.BytesIO(b"Los,M\nl1,\nl2,unknown\n"), Source("a.csv", "document:x")))
    masses = [item.body.get("mass") for item in items if isinstance(item, Read)]
    assert masses == [{"value": "5", "unit": "KGM"}, None]
    grade = b'to = "assays"\n[columns]\n"No" = "id"\n"L" = "lot"\n[fixed]\nCu = "30 %"\n'
    with pytest.raises(ReaderError, match=r"fixed\.Cu.*no grade"):
        fact_mapping.read_mapping(grade, "m.toml")


def test_the_workbook_handed_back_says_how_the_rest_was_read() -> None:
    data = b"orebook:lots\nIdentifier;Pays\nl1;Pakstan\n"
    source = Source("a.csv", "document:x")
    faults = [i for i in door.read(io.BytesIO(data), source) if isinstance(i, Problem)]
    book = openpyxl.load_workbook(io.BytesIO(marked.mark(data, "a.csv", faults, source.notes)))
    told = [cell.value for cell in book["Faults"]["B"]]
    assert (book["Faults"]["A3"].value, told[2:]) == ("How it was read", source.notes)
