"""Official files as people download them, read into the rows this project keeps statistics in.

Every cell keeps its kind: zero, withheld, not available, under half a unit, a bound. What cannot be
read is a problem with its place; what differs from its own total is kept and said.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from orebook.exchange.statistics.table import amount, quoted, read_table
from orebook.model.problem import Problem, SenderError
from orebook.model.statistic import REST, WORLD
from orebook.model.vocabulary import table

PRODUCTION = ("mineral", "stage", "country_iso3", "country_name", "year", "value", "unit",
              "source", "note")  # fmt: skip
TRADE = ("year", "reporter", "flow", "hs", "partner_iso3", "value_usd", "net_kg", "source")
EU_LIST = ("material", "critical", "strategic", "source")
_YES = {"yes", "y", "x", "1", "no", "n", "0"}
GOVERNANCE = ("country_iso3", "country_name", "indicator", "year", "estimate", "source", "note")
_USGS = ("MCS chapter", "Section", "Country", "Statistics_detail", "Unit", "Year", "Value", "Notes")
_STAGES = {"mine": "mine", "refinery": "refinery", "smelter": "smelter", "reserves": "reserves"}
_UNITS = {"metric tons": ("t", 1), "thousand metric tons": ("t", 1000), "metr. t": ("t", 1),
          "million metric tons": ("t", 1_000_000), "kilograms": ("kg", 1), "kg": ("kg", 1),
          "t": ("t", 1), "kt": ("t", 1000), "mt": ("t", 1_000_000),
          "mmt": ("t", 1_000_000)}  # fmt: skip
_KINDS = {
    "zero": "zero in source", "withheld": "withheld", "not-available": "not available",
    "under-half": "under half a unit", "bound": "bound", "reported": "",
}  # fmt: skip
_STEP = "Correct the cell in your copy, or leave the row out; the other rows were taken."


@dataclass(slots=True)
class Taken:
    """Rows ready to be kept, and every fault or difference with its place."""

    rows: list[dict[str, str]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def say(self, code: str, place: str, expected: str, what: object) -> None:
        """One problem more."""
        self.problems.append(Problem(code, place, expected, quoted(what), _STEP))


def usgs_world(path: Path, source: str) -> Taken:
    """World production and reserves of the data release of the Mineral Commodity Summaries.

    Refuses: SenderError for a file without its columns.
    """
    taken = Taken()
    for row in read_table(path, _USGS, published=True).rows:
        if not row["Section"].startswith("World"):
            continue
        stage = next((s for s in _STAGES if s in row["Statistics_detail"].lower()), "")
        if not stage:
            continue
        mineral = usgs_mineral(row["MCS chapter"])
        note = row["Notes"].strip().rstrip(".").lower()
        if "rounded" in row["Country"].lower():
            note = "rounded total of the source"
        name = row["Country"].partition(" (")[0].strip()
        production(
            taken, row.place("Value"), row.place("Country"), row.place("Unit"),
            (mineral, stage, row["Country"] if name == "Congo" else name, row["Year"]),
            row["Value"], row["Unit"], source, note,
        )  # fmt: skip
    totals(taken)
    return taken


def usgs_mineral(chapter: str) -> str:
    """The name that statistics here have for a chapter of the summaries."""
    plain = chapter.strip().lower().replace(" ", "_")
    return "rare_earths_REO" if plain == "rare_earths" else plain


def world_mining_data(path: Path, source: str) -> Taken:
    """Production by country of World Mining Data: a workbook with a sheet a mineral.

    Takes: sheets whose header has Country, unit and years. Refuses: SenderError for no workbook.
    """
    from openpyxl import load_workbook

    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except Exception as error:
        problem = Problem("bad-statistics", "", "an xlsx workbook", "another file",
                          "Take the file as it was published.", path.name)  # fmt: skip
        raise SenderError(problem.text(), (problem,)) from error
    taken = Taken()
    for sheet in book.worksheets:
        columns: dict[int, str] = {}
        for number_, cells in enumerate(sheet.iter_rows(values_only=True), 1):
            texts = ["" if c is None else str(c).strip() for c in cells]
            lower = [text.lower() for text in texts]
            if "country" in lower:
                columns = dict(enumerate(lower))
            elif columns and any(texts):
                _sheet_row(taken, sheet.title, number_, texts, columns, source)
    book.close()
    if not taken.rows and not taken.problems:
        taken.say("no-rows", "", "a sheet with the columns Country, unit and years", "none")
    totals(taken)
    return taken


def _sheet_row(
    taken: Taken,
    mineral: str,
    row: int,
    texts: list[str],
    columns: Mapping[int, str],
    source: str,
) -> None:
    named = {title: texts[at] for at, title in columns.items() if at < len(texts)}
    name = named.get("country", "")
    if not name:
        return
    if _UNITS.get(named.get("unit", "").lower().partition(",")[0].strip()) is None:
        told = {p.found for p in taken.problems if p.place.startswith(f"sheet {mineral},")}
        if quoted(named.get("unit", "")) not in told:  # once a sheet: gas is in cubic metres
            where = f"sheet {mineral}, row {row}"
            taken.say("unknown-unit", where, f"one of {', '.join(_UNITS)}", named.get("unit", ""))
        return
    flag = named.get("data source", "").lower()
    said = {"e": "estimated", "p": "provisional"}.get(flag, "")
    for at, title in columns.items():
        if title.removesuffix(".0").isdecimal() and len(title.removesuffix(".0")) == 4:
            place = f"sheet {mineral}, row {row}, column {at + 1}"
            where = f"sheet {mineral}, row {row}"
            key = (mineral.lower().replace(" ", "_"), "mine",
                   "World total" if name.lower().startswith("total") else name,
                   title.removesuffix(".0"))  # fmt: skip
            text = texts[at] if at < len(texts) else ""
            production(taken, place, where, where, key, text, named.get("unit", ""), source, said)


def production(
    taken: Taken,
    place: str,
    country_place: str,
    unit_place: str,
    key: tuple[str, str, str, str],
    text: str,
    unit: str,
    source: str,
    note: str,
) -> None:
    """One figure as a row, or a problem with its place.

    Takes: `key`, its mineral, stage, country by name and year.
    """
    mineral, stage, name, year = key
    code = _code(name)
    if code is None:
        taken.say("unknown-country", country_place, "a country of tables/countries.csv", name)
        return
    measured = _UNITS.get(unit.lower().partition(",")[0].strip())
    if measured is None:
        taken.say("unknown-unit", unit_place, f"one of {', '.join(_UNITS)}", unit)
        return
    value, span, state = amount(text)
    if state == "unreadable":
        taken.say("not-a-number", place, "a number, a dash, W, NA, s, or a bound", text)
        return
    symbol, factor = measured
    said = [_KINDS[state]]
    if state == "bound":
        value = span.low if span.high is None else span.high
        said = ["bound >" if span.high is None else "bound <"]
    shown = "" if value is None else format(value * factor, "f")
    words = "; ".join(filter(None, [*said, note]))
    basis = " REO" if mineral == "rare_earths_REO" else ""
    cells = (mineral, stage, code, name, year, shown, symbol + basis, source, words)
    taken.rows.append(dict(zip(PRODUCTION, cells, strict=True)))


def _code(name: str) -> str | None:
    """ISO 3166-1 alpha-3 of a country as statistics name it; WLD and ROW for what is none."""
    lower = name.lower()
    if lower.startswith("world"):
        return WORLD
    if lower.startswith("other"):
        return REST
    return _names().get(name)


def _names() -> dict[str, str]:
    return {row["name"]: row["alpha_3"] for row in table("countries")} | _ALIASES


_ALIASES = {
    "Myanmar": "MMR", "Congo, D.R.": "COD", "Congo, Rep.": "COG", "Kyrgyz Republic": "KGZ",
    "Türkiye": "TUR", "Korea, South": "KOR", "Russia, Asia": "RUS", "Russia, Europe": "RUS",
    "Vietnam, Socialist Republic of": "VNM", "Côte d’Ivoire": "CIV", "Cote d'Ivoire": "CIV",
    "Czech Republic": "CZE", "Macedonia": "MKD", "Swaziland": "SWZ", "Slovak Republic": "SVK",
    "Bosnia-Herzegovina": "BIH", "Lao, PDR": "LAO", "Viet Nam": "VNM", "Cape Verde": "CPV",
    "Congo (Brazzaville)": "COG", "Kosovo": "XKX", "United States of America": "USA",
}  # fmt: skip


def totals(taken: Taken) -> None:
    """Totals that are not the sum of their parts: kept as printed, and said."""
    groups: dict[tuple[str, str, str], list[dict[str, str]]] = {}
    for row in taken.rows:
        groups.setdefault((row["mineral"], row["stage"], row["year"]), []).append(row)
    for key, rows in groups.items():
        units = sorted({row["unit"] for row in rows})
        if len(units) > 1:
            what = ", ".join(units)
            taken.say("mixed-units", ", ".join(key), "one unit and basis", what)
        parts = [r for r in rows if r["country_iso3"] != WORLD]
        for total in (r for r in rows if r["country_iso3"] == WORLD and r["value"]):
            if any(not part["value"] for part in parts):
                continue
            whole = sum((Decimal(part["value"]) for part in parts), Decimal(0))
            if whole != Decimal(total["value"]):
                note = f"the parts sum to {whole}"
                total["note"] = "; ".join(filter(None, [total["note"], note]))
                if "rounded" not in total["note"]:
                    place = ", ".join(key)
                    taken.say("total-differs", place, f"the sum {whole}", total["value"])


def eu_list(path: Path, source: str) -> Taken:
    """A list of critical raw materials: one a row, with yes or no for critical and strategic."""
    taken = Taken()
    for row in read_table(path, ("material", "critical", "strategic")).rows:
        said = [row[name].lower() for name in ("critical", "strategic")]
        wrong = next((n for n in ("critical", "strategic") if row[n].lower() not in _YES), "")
        if wrong or not row["material"]:
            place = row.place(wrong or "material")
            taken.say(
                "not-yes-or-no", place, "yes or no, of a named material", row[wrong or "material"]
            )
        else:
            cells = (row["material"], *("yes" if word in {"yes", "y", "x", "1"} else "no"
                                        for word in said), source)  # fmt: skip
            taken.rows.append(dict(zip(EU_LIST, cells, strict=True)))
    return taken


def as_csv(columns: Iterable[str], rows: Iterable[Mapping[str, str]]) -> bytes:
    """Rows as CSV in UTF-8."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(columns), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()
