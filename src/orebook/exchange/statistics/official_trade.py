"""Trade as UN Comtrade and BACI publish it, read into the rows this project keeps.

The columns are those of the downloads of 2024 to 2026, and of the older ones beside them.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from orebook.exchange.statistics.official import TRADE, Taken
from orebook.exchange.statistics.table import Row, number, quoted, read_table
from orebook.model.problem import Problem, SenderError
from orebook.model.statistic import WORLD

# What a column is called in the present download and in that of before 2022.
_NEW = {"year": "refYear", "reporter": "reporterISO", "flow": "flowCode", "hs": "cmdCode",
        "partner": "partnerISO", "value": "primaryValue", "kg": "netWgt"}  # fmt: skip
_OLD = {"year": "Year", "reporter": "Reporter ISO", "flow": "Trade Flow Code",
        "hs": "Commodity Code", "partner": "Partner ISO", "value": "Trade Value (US$)",
        "kg": "Netweight (kg)"}  # fmt: skip
_FLOWS = {"M": "import", "X": "export", "1": "import", "2": "export"}
# Flows that are part of imports or exports: taken with them they would count twice.
_PARTS = {"RM", "RX", "DX", "FM", "MIP", "XIP", "MOP", "XOP", "3", "4"}
# A row of one second partner, customs procedure or mode of transport is part of the row without.
_WHOLE = {"partner2Code": {"", "0"}, "customsCode": {"", "C00"}, "motCode": {"", "0"},
          "mosCode": {"", "0"}, "2nd Partner Code": {"", "0"}, "Customs Proc. Code": {"", "C00"},
          "Mode of Transport Code": {"", "0"}}  # fmt: skip


def comtrade(path: Path, source: str) -> Taken:
    """Rows of a UN Comtrade download: imports and exports by partner; W00 or WLD is the world.

    Re-imports and re-exports, and rows by second partner, customs procedure or transport are parts
    of others and are passed over.
    """
    head = _header(path)
    names = _OLD if _OLD["value"] in head else _NEW
    needed = [name for key, name in names.items() if key != "kg"]
    taken = Taken()
    for row in read_table(path, needed, published=True).rows:
        if any(row.cells.get(name, "") not in whole for name, whole in _WHOLE.items()):
            continue
        flow, value = _FLOWS.get(row[names["flow"]]), number(row[names["value"]])
        if row[names["flow"]] in _PARTS:
            continue
        if flow is None:
            taken.say("unknown-flow", row.place(names["flow"]), "M or X", row[names["flow"]])
        elif value is None or value < 0:
            what = row[names["value"]]
            taken.say("not-a-number", row.place(names["value"]), "US dollars", what)
        else:
            cells = (row[names["year"]], row[names["reporter"]], flow, row[names["hs"]],
                     _partner(row, names), format(value, "f"), row.cells.get(names["kg"], ""),
                     source)  # fmt: skip
            taken.rows.append(dict(zip(TRADE, cells, strict=True)))
    return taken


def _partner(row: Row, names: dict[str, str]) -> str:
    partner = row[names["partner"]]
    return WORLD if partner in {"W00", WORLD} else partner


def baci(path: Path, source: str, codes: Path, heading: str) -> Taken:
    """Rows of BACI (t, i, j, k, v, q) of a heading, as imports of j from i, in US dollars and kg.

    Takes: `codes`, the country codes that come with it; `heading`, how the product code begins.
    """
    iso3 = "iso_3digit_alpha" if "iso_3digit_alpha" in _header(codes) else "country_iso3"
    listed = read_table(codes, ("country_code", iso3), published=True)
    known = {row["country_code"].lstrip("0"): row[iso3] for row in listed.rows if row[iso3]}
    taken = Taken()
    for line, row in _lines(path, ("t", "i", "j", "k", "v", "q")):
        product = row["k"].strip().zfill(6)
        if not product.startswith(heading):
            continue
        ends = {name: known.get(row[name].strip().lstrip("0")) for name in ("j", "i")}
        value, mass = number(row["v"]), number(row["q"])
        lost = next((name for name, code in ends.items() if code is None), "")
        if lost:
            taken.say("unknown-country", f"line {line}", f"a code of {codes.name}", row[lost])
        elif value is None or value < 0:
            taken.say("not-a-number", f"line {line}, column v", "thousand US dollars", row["v"])
        else:
            kg = "" if mass is None else format(mass * 1000, "f")
            cells = (row["t"].strip(), str(ends["j"]), "import", product, str(ends["i"]),
                     format(value * 1000, "f"), kg, source)  # fmt: skip
            taken.rows.append(dict(zip(TRADE, cells, strict=True)))
    return taken


def _header(path: Path) -> tuple[str, ...]:
    with path.open("r", encoding="utf-8-sig", newline="", errors="replace") as file:
        return tuple(title.strip() for title in next(csv.reader(file), []))


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
