"""The header of a shipment sheet: its columns in their spellings, and the lines above the table."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache

from orebook.exchange.figures import Sign
from orebook.exchange.rows import Fault, Grid, Line, cell_fault
from orebook.exchange.sheet_days import read_day
from orebook.model.substance import UnknownSubstance, substance
from orebook.model.units import UnknownUnit
from orebook.model.units import unit as unit_of

_LOOK = 60
_SPELLINGS = {
    "bag": "bag|bags|bag no|bag number|bag id|package|package no|package number|drum|drum no"
    "|drum number|big bag|sack|sack no|container no",
    "lot": "lot|lot no|lot number|lot id|sampling lot|batch|batch no",
    "seal": "seal|seal no|seal number|seal id|seals",
    "gross": "gross|gross weight|gross mass|gross wt|brutto",
    "tare": "tare|tare weight|tare mass|tare wt|tara",
    "net": "net|net weight|net mass|net wt|nett|nett weight|netto",
    "moisture": "moisture|moisture content|h2o|humidity|water",
    "assay": "assay|assays|grade|grades|analysis|assay result|assay results",
    "paper": "paper|paper no|paper number|document|document no|document number|waybill"
    "|waybill no|certificate no",
}
# Label above the table → attribute of the shipment, or what is said of its lot.
LINES = {
    "Shipment": "shipment",
    "Lot": "lot",
    "Material": "material",
    "Label": "label",
    "Agreement": "agreement",
    "Sender": "sender",
    "Receiver": "receiver",
    "Origin": "origin",
    "Destination": "destination",
    "Mine": "mine",
    "Dispatched": "dispatched",
    "Received": "received",
    "HS code": "hs_code",
    "Purpose": "purpose",
    "Incoterm": "incoterm",
    "Papers": "papers",
}
_MORE_LABELS = {
    "shipment no": "shipment",
    "shipment number": "shipment",
    "consignment": "shipment",
    "consignment no": "shipment",
    "lot no": "lot",
    "lot number": "lot",
    "sampling lot": "lot",
    "commodity": "material",
    "description of goods": "material",
    "consignor": "sender",
    "shipper": "sender",
    "from": "sender",
    "consignee": "receiver",
    "to": "receiver",
    "date": "dispatched",
    "date of dispatch": "dispatched",
    "dispatch date": "dispatched",
    "shipped": "dispatched",
    "date received": "received",
    "paper no": "papers",
    "paper number": "papers",
    "waybill": "papers",
    "decimal sign": "sign",
    "basis": "basis",
}
_DATES = {"dispatched", "received"}


@cache
def _columns() -> dict[str, str]:
    """Every spelling of a column's title → the column: those of papers, and of each language."""
    known = {s: name for name, row in _SPELLINGS.items() for s in row.split("|")}
    return _translated(_SPELLINGS) | known


@cache
def _labels() -> dict[str, str]:
    """Every spelling of a label above the table → what it says."""
    known = {label.casefold(): name for label, name in LINES.items()} | _MORE_LABELS
    return _translated(LINES.values()) | known


def _translated(names: Iterable[str]) -> dict[str, str]:
    from orebook.exchange.fact_columns import titles  # late: chains of imports stay short

    return {text.casefold(): name for name in names for text in titles().get(name, {}).values()}


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the table: what it holds, and the unit and basis its header states."""

    index: int
    name: str
    unit: str = ""
    basis: str = ""
    substance: str = ""


@dataclass(slots=True)
class Header:
    """The header row, its columns, and what the lines above it say."""

    row: int
    columns: list[Column]
    body_from: int
    said: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    sign: Sign = ""
    faults: list[Fault] = field(default_factory=list)
    width: int = 0  # columns up to the last with a title


def column_of(index: int, text: str) -> Column | None:
    """The column a header cell names, or None: "Net dry (kg)", "Gross weight [t]", "Cu %"."""
    bracket = re.search(r"[(\[]([^)\]]*)[)\]]", text)
    unit = bracket[1].strip() if bracket else ""
    rest = text[: bracket.start()] + " " + text[bracket.end() :] if bracket else text
    rest = re.sub(r"\bN[o°ºr]\.?(?= |$)|№|#", " no ", rest, flags=re.IGNORECASE)
    rest = " ".join(re.sub(r"[,:._]", " ", rest).split()) if "%" not in rest else rest.strip()
    for name in (rest, text.strip()):
        column = _named(index, name, unit)
        if column is not None:
            return column
    return None


def _named(index: int, text: str, unit: str) -> Column | None:
    basis = ""
    if unit.casefold() in {"wet", "dry"}:
        unit, basis = "", unit.casefold()
    words = text.split()
    for end in range(len(words), 0, -1):
        name, tail = " ".join(words[:end]).casefold(), words[end:]
        said = [w.casefold() for w in tail if w.casefold() in {"wet", "dry"}]
        stated = " ".join(w for w in tail if w.casefold() not in {"wet", "dry"}) or unit
        if name.split()[0] in {"wet", "dry"} and len(name.split()) > 1:
            said, name = [name.split()[0], *said], name.split(" ", 1)[1]
        if stated and not _is_unit(stated):
            continue
        basis = said[0] if said else basis
        if name in _columns():
            return Column(index, _columns()[name], stated, basis)
        if end == 1 and stated and _is_unit(stated, "fraction") and _is_substance(words[0]):
            return Column(index, "grade", stated, basis, words[0])
    return None


def _is_unit(text: str, dimension: str = "") -> bool:
    try:
        return unit_of(text.rstrip(".")).dimension in {dimension or "mass", dimension or "fraction"}
    except UnknownUnit:
        return False


def _is_substance(text: str) -> bool:
    try:
        return bool(substance(text).formula)
    except UnknownSubstance:
        return False


def recognised(row: Sequence[str]) -> int:
    """How many columns of a shipment sheet a row of header cells names."""
    columns = [column_of(i, text) for i, text in enumerate(row) if text and len(text) < 80]
    return len({c.name for c in columns if c is not None})


def find_header(grid: Grid) -> Header | None:
    """The header of the first table of bags within sixty rows, or None.

    It names a bag column and at least one of seal, gross, tare, net, moisture and assay.
    """
    for position, line in enumerate(grid.lines[:_LOOK]):
        texts = [cell.text.strip() for cell in line.cells]
        columns = [column_of(i, t) for i, t in enumerate(texts) if t and len(t) < 80]
        known = [c for c in columns if c is not None]
        names = {c.name for c in known}
        if "bag" not in names or not names - {"bag", "lot", "paper"}:
            continue
        header = Header(line.number, known, position + 1)
        header.width = max(n for n, text in enumerate(texts, 1) if text)
        _unit_row(grid, header, texts)
        _column_faults(header, line)
        for above in grid.lines[:position]:
            _line_above(header, above)
        return header
    return None


def _unit_row(grid: Grid, header: Header, names: list[str]) -> None:
    """A row of units right under the header belongs to it; a symbol over % is a grade."""
    if header.body_from >= len(grid.lines):
        return
    line = grid.lines[header.body_from]
    texts = {i: cell.text.strip(" ()[]") for i, cell in enumerate(line.cells) if cell.text.strip()}
    if texts and all(_is_unit(text) for text in texts.values()):
        header.body_from += 1
        header.columns = [
            Column(c.index, c.name, texts.get(c.index, c.unit), c.basis, c.substance)
            for c in header.columns
        ]
        known = {c.index for c in header.columns}
        for index, unit in texts.items():
            if index < len(names) and index not in known and _is_unit(unit, "fraction"):
                named = _named(index, names[index], unit)
                header.columns += [named] if named is not None else []


def _column_faults(header: Header, line: Line) -> None:
    known = {c.index for c in header.columns}
    seen: dict[tuple[str, str], int] = {}
    for index, cell in enumerate(line.cells):
        if index not in known and cell.text.strip():
            step = "Rename it as the manual lists the columns, or remove it; it was not read."
            fault = cell_fault("unknown-column", "a known column", cell.text.strip(), step)
            header.faults.append(Fault(line.number, index, "", fault))
    for column in list(header.columns):
        first = seen.setdefault((column.name, column.substance), column.index)
        if first != column.index:
            header.columns.remove(column)
            step = "Keep one of the two; the second was not read."
            fault = cell_fault("column-twice", "each column once", line.text(column.index), step)
            header.faults.append(Fault(line.number, column.index, column.name, fault))


def _line_above(header: Header, line: Line) -> None:
    """One line above the table: a label and what it says; any other text is kept as a note."""
    filled = [(i, c) for i, c in enumerate(line.cells) if c.text.strip()]
    if not filled:
        return
    first = filled[0][1].text.strip()
    label, _, after = first.partition(":")
    name = _labels().get(" ".join(label.casefold().replace(".", " ").split()))
    rest = filled[1:]
    if name is None:
        header.notes.append(" ".join(c.text.strip() for _, c in filled))
        return
    if not (after.strip() or rest):
        return  # a label that nobody filled in
    index, cell = (filled[0][0], None) if after.strip() else rest[0]
    text = after.strip() if cell is None else cell.text.strip()
    if cell is not None and cell.kind in {"error", "not-computed", "early-date"}:
        expected = "a day from 1900-03-01 on" if cell.kind == "early-date" else "a value"
        fault = cell_fault("no-value", expected, text)
    elif name in header.said:
        fault = cell_fault("line-twice", f"one line {label.strip()}", text)
    else:
        told = _told(name, text)
        if told is not None:
            header.said[name] = told
            if name == "sign":
                header.sign = "comma" if told == "comma" else "point"
            return
        expected = {
            "sign": "point or comma",
            "basis": "wet or dry",
        }.get(name, "a day such as 2025-10-02 or 2 October 2025")
        fault = cell_fault("bad-line", expected, text)
    header.faults.append(Fault(line.number, index, label.strip().casefold(), fault))


def _told(name: str, text: str) -> str | None:
    """What a line says, in our words, or None where it cannot be read in one way only."""
    if name == "sign":
        sign = {".": "point", ",": "comma", "dot": "point"}.get(text, text.casefold())
        return sign if sign in {"point", "comma"} else None
    if name == "basis":
        return text.casefold() if text.casefold() in {"wet", "dry"} else None
    return day(text) if name in _DATES else text


def day(text: str) -> str | None:
    """A date in ISO form or with its month in letters; 02/10/2025 can be read two ways."""
    told = read_day(text)
    return told if isinstance(told, str) else None
