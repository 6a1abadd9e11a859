"""Worldwide Governance Indicators as the World Bank publishes them: a workbook or a table.

The data set is long (a row a country, year and indicator), as .xlsx or saved as CSV; a download of
DataBank is wide (a column a year). Some codes of the data set are not those of ISO 3166-1.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from orebook.exchange.statistics.official import GOVERNANCE, Taken
from orebook.exchange.statistics.table import number, read_table
from orebook.model.problem import Problem, SenderError

_LONG = ("code", "countryname", "year", "indicator", "estimate")
_WIDE = ("Country Name", "Country Code", "Series Code")
_YEAR = re.compile(r"(\d{4}) \[YR\1\]")
_ISO = {"ADO": "AND", "ROM": "ROU", "ZAR": "COD", "TMP": "TLS", "WBG": "PSE", "KSV": "XKX"}
_NONE = {"", "..", "#N/A"}


def wgi(path: Path, source: str) -> Taken:
    """Every estimate; `..` and `#N/A` are not available. Refuses: SenderError for another file."""
    taken = Taken()
    for place, cells in _cells(path):
        text = cells["estimate"]
        value = number(text)
        if value is None and text not in _NONE:
            taken.say("not-a-number", place, "an estimate or ..", text)
            continue
        code = cells["code"]
        note = "" if value is not None else "not available"
        row = (_ISO.get(code, code), cells["countryname"], cells["indicator"].upper(),
               cells["year"], "" if value is None else text, source, note)  # fmt: skip
        taken.rows.append(dict(zip(GOVERNANCE, row, strict=True)))
    return taken


def _cells(path: Path) -> Iterator[tuple[str, Mapping[str, str]]]:
    with path.open("rb") as file:
        zipped = file.read(2) == b"PK"
    if zipped:
        yield from _workbook(path)
        return
    with path.open("r", encoding="utf-8-sig", newline="", errors="replace") as file:
        wide = "Series Code" in file.readline()
    table = read_table(path, _WIDE if wide else _LONG, published=True)
    for row in table.rows:
        if not wide:
            yield row.place("estimate"), row.cells
            continue
        indicator, _, what = row["Series Code"].partition(".")
        if what != "EST" or not row["Country Code"]:
            continue  # ranks and errors of the same indicator, and the notes below the table
        for title, cell in row.cells.items():
            if year := _YEAR.fullmatch(title):
                yield row.place(title), {
                    "code": row["Country Code"], "countryname": row["Country Name"],
                    "indicator": indicator, "year": year[1], "estimate": cell,
                }  # fmt: skip


def _workbook(path: Path) -> Iterator[tuple[str, Mapping[str, str]]]:
    from openpyxl import load_workbook

    try:
        book = load_workbook(io.BytesIO(path.read_bytes()), read_only=True, data_only=True)
    except Exception as error:
        raise _refusal(path, "an xlsx workbook", "another file") from error
    found = False
    for sheet in book.worksheets:
        columns: dict[str, int] = {}
        for number_, values in enumerate(sheet.iter_rows(values_only=True), 1):
            texts = ["" if value is None else str(value).strip() for value in values]
            if not columns:
                lower = [text.lower() for text in texts]
                if set(_LONG) <= set(lower):
                    columns, found = {name: lower.index(name) for name in _LONG}, True
            elif any(texts):
                cells = {name: texts[at] if at < len(texts) else "" for name, at in columns.items()}
                cells["year"] = cells["year"].removesuffix(".0")
                yield f"sheet {sheet.title}, row {number_}, column estimate", cells
    book.close()
    if not found:
        raise _refusal(path, f"a sheet with the columns {', '.join(_LONG)}", "none")


def _refusal(path: Path, expected: str, what: str) -> SenderError:
    step = "Take the file as it was published."
    problem = Problem("bad-statistics", "", expected, what, step, path.name)
    return SenderError(problem.text(), (problem,))
