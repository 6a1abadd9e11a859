"""Production and import rows in the form of the GeoPolRisk method's workbook."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from orebook.exchange.statistics.table import number, read_table
from orebook.model.problem import Problem, SenderError

PRODUCTION = ("raw_material", "Country", "Country_Code", "Country_ISO")
TRADE = (
    "Year", "Exporting Country", "Importing Country", "rawMaterial",
    "Trade Value (1000 USD)", "Quantity (mTonnes)", "WGI",
)  # fmt: skip
_TOTAL = "Total"


def read_production(path: Path) -> dict[tuple[str, str], dict[str, Decimal]]:
    """Material and year → country code → tonnes. The total row of a material is not a country."""
    table = read_table(path, PRODUCTION)
    found: dict[tuple[str, str], dict[str, Decimal]] = {}
    for row in table.rows:
        if row["Country"] == _TOTAL or not row["Country_Code"].isdecimal():
            continue
        for year, text in row.cells.items():
            value = number(text)
            if len(year) == 4 and year.isdecimal() and value is not None:
                found.setdefault((row["raw_material"], year), {})[row["Country_Code"]] = value
    return found


def read_trade(
    path: Path,
) -> dict[tuple[str, str, str], dict[str, tuple[Decimal, Decimal, Decimal]]]:
    """Importer, material and year → exporter → tonnes, instability 0 … 1, thousand US dollars.

    Refuses: SenderError for a partner with a gap: left out in silence it would count as nothing.
    """
    table = read_table(path, TRADE)
    found: dict[tuple[str, str, str], dict[str, tuple[Decimal, Decimal, Decimal]]] = {}
    for row in table.rows:
        flow = number(row["Quantity (mTonnes)"])
        unrest, value = number(row["WGI"]), number(row["Trade Value (1000 USD)"])
        if flow is None or unrest is None or value is None:
            step = "Give amount, instability and value of every partner, or leave it out."
            place = row.place()
            problem = Problem("not-a-number", place, "three numbers", "a gap", step, table.name)
            raise SenderError(problem.text(), (problem,))
        key = (row["Importing Country"], row["rawMaterial"], row["Year"])
        found.setdefault(key, {})[row["Exporting Country"]] = (flow, unrest, value)
    return found


def read_codes(path: Path) -> dict[str, str]:
    """ISO 3166-1 alpha-3 → numeric code, of the countries in the production file."""
    rows = read_table(path, PRODUCTION).rows
    return {row["Country_ISO"]: row["Country_Code"] for row in rows if row["Country"] != _TOTAL}
