"""One cell of a table of facts: what may be trusted in its column, and the value it holds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from orebook.exchange.countries import country
from orebook.exchange.fact_columns import fold, word_of
from orebook.exchange.figures import Sign, fraction_body, mass_body, number
from orebook.exchange.rows import Cell, cell_fault
from orebook.exchange.sheet_days import Order, read_day
from orebook.model.entry import Body
from orebook.model.problem import Problem

FIGURES = ("mass", "fraction", "grade", "decimal", "integer", "money")
DATES = ("date", "when", "time")
# What a count says that it counts.
_COUNTED = re.compile(
    r"(\d[\d.,' ]*?) ?(?:(?:big |jumbo )?bags?|drums?|sacks?|packages?|pkgs?|pallets?|boxes"
    r"|colis|sacs?|f[uû]ts?|bultos?|sacos?|bidones|件|袋|桶|بوریاں|ڈرم)\.?",
    re.IGNORECASE,
)
_YES = {"yes", "oui", "si", "sí", "true", "1", "ہاں", "是"}
_NO = {"no", "non", "false", "0", "نہیں", "否"}
_SERIAL = range(20_000, 80_000)  # what a spreadsheet writes for days from 1954 to 2119
_ALL_DIGITS = 15
_AS_NUMBER = (
    "It may be a date shown as a number: format the column as dates, or type it as 2026-03-01."
)


def distrusted(type_: str, cell: Cell) -> Problem | None:
    """Why a cell is not read in a column of that type, or None where it may be."""
    base = type_.removeprefix("list:")
    if base in DATES:
        expected, step = _as_date(cell)
    elif base in FIGURES:
        expected, step = _as_figure(cell)
    else:
        expected, step = _as_text(cell)
    if not expected:
        return None
    if cell.kind == "not-computed":
        step = "Open the workbook in a spreadsheet program, save it, and send it again."
    elif cell.kind == "merged":
        step = "Unmerge the cells and write the value in each row it holds for."
    return cell_fault(f"cell-is-{cell.kind}", expected, cell.text, step)


_BECAME_DATE = "It became a date: format the column as text and type it again."


def _as_date(cell: Cell) -> tuple[str, str]:
    """What was expected in a column of dates, and the next step; empty where the cell is good."""
    if cell.kind in {"text", "date"}:
        return "", ""
    whole = cell.kind == "number" and cell.text.isdecimal()
    if whole and len(cell.text) == 4:
        return "", ""  # a year
    if cell.kind == "early-date":
        step = "It may be a number shown as a date: type the day as 2026-03-01."
        return "a date on which programs agree, from 1900-03-01 on", step
    serial = whole and int(cell.text) in _SERIAL
    return "a date such as 2026-03-01", _AS_NUMBER if serial else "Type it as 2026-03-01."


def _as_figure(cell: Cell) -> tuple[str, str]:
    if cell.kind in {"text", "number"}:
        return "", ""
    return "a figure", _BECAME_DATE if cell.kind in {"date", "early-date"} else ""


def _as_text(cell: Cell) -> tuple[str, str]:
    if cell.kind == "number" and sum(c.isdigit() for c in cell.text) > _ALL_DIGITS:
        step = "A number keeps 15 digits: format the column as text and type it again."
        return "text", step
    if cell.kind in {"text", "number", "yes-no"}:
        return "", ""
    return "text", _BECAME_DATE if cell.kind in {"date", "early-date"} else ""


def value_of(type_: str, text: str, unit: str, basis: str, sign: Sign, order: Order = "") -> object:
    """The value of a cell as a body holds it; a Problem where it does not fit its column.

    Takes: the type of the column, the text, the unit and basis its header states, the decimal sign,
    the order of day and month.
    Unknown: None where the cell says nothing.
    """
    value = _read(type_, text, unit, basis, sign, order)
    if isinstance(value, dict):
        return dict(value)
    return list(value) if isinstance(value, tuple) else value


@lru_cache(4096)  # in a long sheet most cells say what another has said
def _read(type_: str, text: str, unit: str, basis: str, sign: Sign, order: Order) -> object:
    if type_.startswith("list:"):
        return tuple(part.strip() for part in text.split(";") if part.strip())
    if type_ == "mass":
        return mass_body(text, unit, basis, sign)
    if type_ == "fraction":
        return fraction_body(text, unit, sign)
    if type_ == "money":
        return _money(text, unit, sign)
    if type_ in {"decimal", "integer"}:
        counted = _COUNTED.fullmatch(text) if type_ == "integer" else None
        told = number(counted[1] if counted else text, sign)
        whole = type_ == "integer" and isinstance(told, str) and told.isdecimal()
        return int(str(told)) if whole else told
    return _word(type_, text, order)


def _word(type_: str, text: str, order: Order) -> object:
    """What a cell of text says: a yes or no, a word of ours, a country, a day, or as it stands."""
    if type_ == "bool":
        return True if fold(text) in _YES else False if fold(text) in _NO else text
    if type_.startswith("word:") or type_ == "direction":
        return word_of(type_.removeprefix("word:"), text)
    if type_ == "country":
        return country(text)
    if type_ in DATES:
        if text.isdecimal() and int(text) in _SERIAL:
            return cell_fault("date-is-number", "a date such as 2026-03-01", text, _AS_NUMBER)
        return read_day(text, order) or text
    return text


def _money(text: str, currency: str, sign: Sign) -> Body | Problem:
    words: Sequence[str] = text.split()
    for at in (0, -1):
        word = words[at].strip(".,") if words else ""
        if len(words) > 1 and len(word) == 3 and word.isalpha() and word.isupper():
            currency, text = word, " ".join(words[1:] if at == 0 else words[:-1])
    told = number(text, sign)
    if isinstance(told, Problem):
        return told
    if not currency:
        step = "Name it in the header, such as Value (USD), or in the cell."
        return cell_fault("no-currency", "a currency (ISO 4217)", text, step)
    return {"value": told, "currency": currency}
