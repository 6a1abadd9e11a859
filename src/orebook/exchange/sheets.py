"""The shipment sheet: bags with seals and masses, as a csv file or an xlsx workbook.

Read into one `shipment` with its packages, the lots it names, and the assays of those lots. The
columns, the lines above the table and every rule: docs/reference/shipment-sheet.md.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from orebook.exchange.fact_columns import MARK
from orebook.exchange.fact_table import layout, marked, read_table, recogniser
from orebook.exchange.figures import figure_text
from orebook.exchange.format import Format, Read, Source
from orebook.exchange.rows import OLDER, Grid, grouped, peek, table_bytes, take, text_grid
from orebook.exchange.sheet_header import LINES, Header, find_header, recognised
from orebook.exchange.sheet_rows import Bag, Sheet, read_bags
from orebook.exchange.workbook import ODS, grids
from orebook.model.entry import Body
from orebook.model.problem import Problem, ReaderError
from orebook.model.shape import check

_MAX_FACT = 40_000
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FIGURES = ("gross", "tare", "net", "moisture")
_TEXTS = ("lot", "seal", "assay", "paper")


def sniff(head: bytes, name: str) -> int:
    """How sure it is that this is a shipment sheet: a workbook, or a text with its columns."""
    if head.startswith(b"PK\x03\x04"):
        return 90 if name.casefold().endswith((".xlsx", ".xlsm", ".ods")) else 0
    if head.startswith(OLDER):  # read to be refused in words that help
        return 90 if name.casefold().endswith((".xls", ".xlsx", ".xlsm", ".xlsb")) else 0
    if not name.casefold().endswith((".csv", ".tsv", ".txt")):
        return 0
    if marked(peek(head, recognised)) is not None:
        return 95
    return 80 if find_header(peek(head, recognised)) is not None else 0


def read(stream: BinaryIO, source: Source) -> Iterator[Read | Problem]:
    """One shipment per sheet that has a table of bags, with its lots and assays.

    Refuses: per row, a Problem naming sheet, row and column; the other rows stand. A sheet of a
    workbook without such a table is passed over; a document without any is a Problem. A table
    without a row is no fault (a template not yet filled in) and is told among the notes.
    """
    told = False
    for item in _read(stream, source):
        told = True
        yield item
    if not told:
        source.notes.append("no row stands below the header: nothing was read")


def _read(stream: BinaryIO, source: Source) -> Iterator[Read | Problem]:
    data = take(stream)
    if isinstance(data, Problem):
        yield data.within("", source.name)
        return
    packed = data.startswith(b"PK\x03\x04")
    tables = 0
    failed = False
    noted = source.notes
    text = text_grid(data, recogniser(data), notes=noted) if not packed else None
    for grid in grids(data, noted) if text is None else (text,):
        if isinstance(grid, Problem):
            failed = True
            yield grid.within("", source.name)
            continue
        if marked(grid) is not None:
            tables += 1
            how = layout(grid)
            for item in (how,) if isinstance(how, Problem) else read_table(grid, how, source):
                yield item.within("", source.name) if isinstance(item, Problem) else item
            continue
        header = find_header(grid)
        if header is not None:
            tables += 1
            for item in _read_sheet(grid, header, source):
                yield item.within("", source.name) if isinstance(item, Problem) else item
    if not tables and not failed:
        expected = "a header row with a bag column and gross, tare, net, moisture, seal or assay,"
        expected += f" or a first cell such as {MARK}assays"
        step = "Name the columns as docs/reference/shipment-sheet.md lists them, take a template"
        step += " (orebook template), or map your own columns (orebook map)."
        yield Problem("no-table", "", expected, "no such row", step, source.name)


def _read_sheet(grid: Grid, header: Header, source: Source) -> Iterator[Read | Problem]:
    sheet = read_bags(grid, header)
    place = f"sheet {grid.sheet}" if grid.sheet else "the table"
    ident = header.said.get("shipment") or _unnamed(source, grid)
    if sheet.bags:
        body = _shipment(ident, header, sheet)
        size = len(json.dumps(body))
        lots = list(_lots(header, sheet, grid))
        sound = [fault.within(f"{place}: ", "") for fault in check("shipment", body)]
        if size > _MAX_FACT:
            most = len(sheet.bags) * _MAX_FACT // size
            step = f"Split it into consignments of at most {most} bags, one sheet each."
            sound.append(Problem("too-large", place, "one consignment", f"{size} bytes", step))
        if not sound:
            yield from lots
            yield Read("shipment", body, place)
            yield from _assays(ident, sheet, grid)
        yield from sound
    yield from sheet.problems
    yield from grouped(grid, sheet.faults)


def _unnamed(source: Source, grid: Grid) -> str:
    """A shipment without a number is named by the document that tells of it."""
    return f"{source.document or source.name}" + (f"#{grid.sheet}" if grid.sheet else "")


def _shipment(ident: str, header: Header, sheet: Sheet) -> Body:
    body: Body = {"id": ident}
    for name in LINES.values():
        if name in header.said and name not in {"shipment", "lot", "material"}:
            body[name] = header.said[name]
    for name in ("papers", "purpose"):
        if name in body:
            text = str(body[name])
            body[name] = [t.strip() for t in text.split(";")] if name == "papers" else text.lower()
    if sheet.total is not None:
        body["mass"] = sheet.total
    lots = _named_lots(header, sheet)
    if lots:
        body["lots"] = lots
    body["packages"] = [bag.body for bag in sheet.bags]
    if header.notes:
        body["note"] = "\n".join(header.notes)
    return body


def _named_lots(header: Header, sheet: Sheet) -> list[str]:
    """The lots the sheet names, above the table or by the bag; none is made up."""
    named = [header.said["lot"]] if "lot" in header.said else []
    return list(dict.fromkeys(named + [bag.lot for bag in sheet.bags if bag.lot]))


def _lots(header: Header, sheet: Sheet, grid: Grid) -> Iterator[Read | Problem]:
    for lot in _named_lots(header, sheet):
        body: Body = {"id": lot}
        if "material" in header.said:
            body["material"] = header.said["material"]
        first = next((b.row for b in sheet.bags if b.lot == lot), header.row)
        faults = check("lot", body, f"{grid.at(str(first))}: ")
        yield from faults
        if not faults:
            yield Read("lot", body, grid.at(str(first)))


def _assays(shipment: str, sheet: Sheet, grid: Grid) -> Iterator[Read]:
    """One assay per lot and set of readings: bags that share both were sampled together."""
    groups: dict[tuple[str, str], list[Bag]] = {}
    for bag in sheet.bags:
        if bag.lot and bag.results:
            groups.setdefault((bag.lot, json.dumps(bag.results)), []).append(bag)
    for number, ((lot, _), bags) in enumerate(groups.items(), 1):
        names = [str(bag.body["id"]) for bag in bags]
        told = ", ".join(names) if len(names) <= 50 else f"{names[0]} to {names[-1]}"
        body: Body = {
            "id": f"{shipment}/assay/{number}",
            "lot": lot,
            "sample": f"{'bag' if len(names) == 1 else f'{len(names)} bags'} {told}",
            "results": bags[0].results,
        }
        if bags[0].grade_basis:
            body["basis"] = bags[0].grade_basis
        yield Read("assay", body, grid.at(str(bags[0].row)))


def write(facts: Iterable[tuple[str, Body]], stream: BinaryIO) -> None:
    """A shipment as a sheet (csv) that reads back to the same shipment.

    Refuses: ReaderError for more than one shipment, and for what a sheet has no place for.
    """
    told = list(facts)
    shipments = [body for kind, body in told if kind == "shipment"]
    if len(shipments) != 1:
        message = f"a sheet holds one shipment, not {len(shipments)}"
        raise ReaderError(message)
    body = shipments[0]
    bags = body.get("packages")
    packages: list[Body] = bags if isinstance(bags, list) else []
    rows = _lines_above(body, [b for kind, b in told if kind == "lot"], packages)
    used = [n for n in (*_TEXTS, *_FIGURES) if any(n in bag for bag in packages)]
    rows += [[], ["Bag", *(n.capitalize() for n in used)]]
    rows += [[str(bag["id"]), *(_cell(bag, name) for name in used)] for bag in packages]
    if "mass" in body:
        if "net" not in used:
            raise ReaderError("a total without the net mass of bags does not fit a sheet")
        total = _cell(body, "mass")
        rows.append(["Total", *(total if name == "net" else "" for name in used)])
    stream.write(table_bytes(rows))


def _lines_above(body: Body, lots: list[Body], packages: list[Body]) -> list[list[str]]:
    """The notes and the labelled lines, and ReaderError for an attribute that has no line."""
    placed = {*LINES.values(), "id", "packages", "mass", "lots", "note"}
    unplaced = sorted(set(body) - placed)
    named = body.get("lots", [])
    by_bag = [bag["lot"] for bag in packages if "lot" in bag]
    above = [lot for lot in named if lot not in by_bag] if isinstance(named, list) else []
    if unplaced or len(above) > 1:
        message = f"a sheet has no place for {', '.join(unplaced or map(str, above))}"
        raise ReaderError(message)
    rows = [[note] for note in str(body["note"]).split("\n")] if "note" in body else []
    rows += [["Shipment", str(body["id"])], ["Decimal sign", "point"]]
    rows += [["Lot", str(lot)] for lot in above]
    rows += [["Material", str(b["material"])] for b in lots[:1] if "material" in b]
    for label, name in LINES.items():
        value = body.get(name)
        text = "; ".join(map(str, value)) if isinstance(value, list) else value
        if isinstance(text, str):
            rows.append([label, text])
        elif text is not None:
            message = f"a sheet cannot say the {name} of {body['id']}"
            raise ReaderError(message)
    return rows


def _cell(body: Body, name: str) -> str:
    value = body.get(name)
    if value is None:
        return ""
    if name in _TEXTS:
        return str(value)
    text = figure_text(value) if isinstance(value, dict) and "value" in value else None
    if text is None:
        message = f"the {name} of {body['id']} does not fit a cell of a sheet"
        raise ReaderError(message)
    return text


SHIPMENT_SHEET = Format(
    name="shipment-sheet",
    title="Spreadsheet: shipment sheet or table of facts (CSV, XLSX, ODS)",
    media_types=("text/csv", _XLSX, ODS),
    suffixes=(".csv", ".tsv", ".xlsx", ".ods"),
    sniff=sniff,
    read=read,
    write=write,
)
