"""Official files as people download them, read into the rows this project keeps statistics in.

Every cell keeps its kind: zero, withheld, not available, under half a unit, a bound. What cannot be
read is a problem with its place; what differs from its own total is kept and said.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from orebook.exchange.statistics.table import amount, number, quoted, read_table
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
          "kilograms": ("kg", 1), "kg": ("kg", 1), "t": ("t", 1)}  # fmt: skip
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
    for row in read_table(path, _USGS).rows:
        if not row["Section"].startswith("World"):
            continue
        stage = next((s for s in _STAGES if s in row["Statistics_detail"].lower()), "")
        if not stage:
            continue
        chapter = row["MCS chapter"].lower().replace(" ", "_")
        mineral = "rare_earths_REO" if chapter == "rare_earths" else chapter
        note = row["Notes"].strip().rstrip(".").lower()
        if "rounded" in row["Country"].lower():
            note = "rounded total of the source"
        name = row["Country"].partition(" (")[0].strip()
        _production(
            taken, row.place("Value"), row.place("Country"), row.place("Unit"),
            (mineral, stage, row["Country"] if name == "Congo" else name, row["Year"]),
            row["Value"], row["Unit"], source, note,
        )  # fmt: skip
    _totals(taken)
    return taken


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
    _totals(taken)
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
    for at, title in columns.items():
        if title.removesuffix(".0").isdecimal() and len(title.removesuffix(".0")) == 4:
            place = f"sheet {mineral}, row {row}, column {at + 1}"
            where = f"sheet {mineral}, row {row}"
            key = (mineral.lower().replace(" ", "_"), "mine",
                   "World total" if name.lower().startswith("total") else name,
                   title.removesuffix(".0"))  # fmt: skip
            text = texts[at] if at < len(texts) else ""
            _production(taken, place, where, where, key, text, named.get("unit", ""), source, "")


def _production(
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
    "Myanmar": "MMR", "Congo, D.R.": "COD", "Kyrgyz Republic": "KGZ", "Türkiye": "TUR",
    "Korea, South": "KOR", "Russia, Asia": "RUS", "Vietnam, Socialist Republic of": "VNM",
    "Korea, North": "PRK",
}  # fmt: skip


def _totals(taken: Taken) -> None:
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


def wgi(path: Path, source: str) -> Taken:
    """Worldwide Governance Indicators in the long form of the data set; `..` is not available."""
    taken = Taken()
    for row in read_table(path, ("code", "countryname", "year", "indicator", "estimate")).rows:
        text = row["estimate"]
        value = number(text)
        if value is None and text not in {"", "..", "#N/A"}:
            taken.say("not-a-number", row.place("estimate"), "an estimate or ..", text)
            continue
        note = "" if value is not None else "not available"
        shown = "" if value is None else text
        cells = (row["code"], row["countryname"], row["indicator"].upper(), row["year"], shown,
                 source, note)  # fmt: skip
        taken.rows.append(dict(zip(GOVERNANCE, cells, strict=True)))
    return taken


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


def comtrade(path: Path, source: str) -> Taken:
    """Rows of a UN Comtrade download: imports and exports by partner; W00 is the world."""
    needed = ("refYear", "reporterISO", "flowCode", "cmdCode", "partnerISO", "primaryValue")
    taken = Taken()
    for row in read_table(path, needed).rows:
        flow = {"M": "import", "X": "export"}.get(row["flowCode"])
        value = number(row["primaryValue"])
        if flow is None:
            taken.say("unknown-flow", row.place("flowCode"), "M or X", row["flowCode"])
        elif value is None or value < 0:
            what = row["primaryValue"]
            taken.say("not-a-number", row.place("primaryValue"), "US dollars", what)
        else:
            partner = WORLD if row["partnerISO"] == "W00" else row["partnerISO"]
            cells = (row["refYear"], row["reporterISO"], flow, row["cmdCode"], partner,
                     format(value, "f"), row.cells.get("netWgt", ""), source)  # fmt: skip
            taken.rows.append(dict(zip(TRADE, cells, strict=True)))
    return taken


def baci(path: Path, source: str, codes: Path, heading: str) -> Taken:
    """Rows of BACI (t, i, j, k, v, q) of a heading, as imports of j from i, in US dollars and kg.

    Takes: `codes`, the country codes that come with it; `heading`, how the product code begins.
    """
    listed = read_table(codes, ("country_code", "country_iso3"))
    known = {row["country_code"].lstrip("0"): row["country_iso3"] for row in listed.rows}
    taken = Taken()
    for line, row in _lines(path, ("t", "i", "j", "k", "v", "q")):
        product = row["k"].strip().zfill(6)
        if not product.startswith(heading):
            continue
        ends = [known.get(row[name].strip().lstrip("0")) for name in ("j", "i")]
        value, mass = number(row["v"]), number(row["q"])
        if None in ends:
            taken.say("unknown-country", f"line {line}", "codes of the file", row["i"])
        elif value is None or value < 0:
            taken.say("not-a-number", f"line {line}, column v", "thousand US dollars", row["v"])
        else:
            kg = "" if mass is None else format(mass * 1000, "f")
            cells = (row["t"], str(ends[0]), "import", product, str(ends[1]),
                     format(value * 1000, "f"), kg, source)  # fmt: skip
            taken.rows.append(dict(zip(TRADE, cells, strict=True)))
    return taken


def _lines(path: Path, columns: Iterable[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    """The rows of a large file one by one. Refuses: SenderError without these columns."""
    with path.open("r", encoding="utf-8-sig", newline="", errors="replace") as file:
        reader = csv.DictReader(file)
        missing = [name for name in columns if name not in (reader.fieldnames or ())]
        if missing:
            problem = Problem("bad-statistics", "line 1", f"columns {', '.join(missing)}",
                              quoted(", ".join(reader.fieldnames or ())),
                              "Take the file as it was published.", path.name)  # fmt: skip
            raise SenderError(problem.text(), (problem,))
        for line, row in enumerate(reader, 2):
            yield line, {name: row.get(name) or "" for name in columns}


def as_csv(columns: Iterable[str], rows: Iterable[Mapping[str, str]]) -> bytes:
    """Rows as CSV in UTF-8."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(columns), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()
