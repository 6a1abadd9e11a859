"""The five boxes a reader of a shipment asks for, filled or empty, as cells and as a table."""

from __future__ import annotations

from orebook.acts.shipments import Box, Sheet
from orebook.model.absence import Absent
from orebook.model.assay import Assay
from orebook.model.place import Facility
from orebook.show.sentences import assay_text
from orebook.show.values import say
from orebook.web.addresses import address
from orebook.web.cells import ref_cell
from orebook.web.tables import Cell, Table, cell, table

BOXES = {
    "mass": "Mass",
    "grade": "Grade",
    "mine": "Mine",
    "hs_code": "HS code",
    "received": "Receipt",
}


def boxes(sheet: Sheet | None) -> tuple[tuple[str, Box, bool, Cell], ...]:
    """Each box with its title, whether it is empty, and its words."""
    if sheet is None:
        return ()
    return tuple((BOXES[b.name], b, b.empty, _box_cell(b)) for b in sheet.boxes)


def _box_cell(box: Box) -> Cell:
    value = box.value
    if isinstance(value, Assay):
        return Cell(assay_text(value), address("entry", str(value.ref.position)))
    if isinstance(value, Facility):
        return Cell(say(value.name).text, address("facility", value.id))
    return cell(value)


def boxes_table(key: str, caption: str, sheet: Sheet) -> Table:
    """The boxes as rows, each with the entry that states it."""
    rows = []
    for title, box, _, shown in boxes(sheet):
        value = box.value
        until = value.until if isinstance(value, Absent) else ""
        rows.append((Cell(title), shown, Cell(until), ref_cell(sheet.shipment.ref)))
    columns = (
        ("asked", "asked"),
        ("value", "what stands there"),
        ("looked_until", "looked for until"),
        ("entry", "entry"),
    )
    return table(key, caption, columns, rows, measured=("value",))
