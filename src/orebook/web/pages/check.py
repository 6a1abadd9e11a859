"""Check us: turn one byte of a copy over, have a shipment sheet looked over; nothing is kept."""

from __future__ import annotations

import io
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from litestar import Request
from litestar.datastructures import UploadFile

from orebook.acts.look_over import LookedOver, Total, look_over
from orebook.acts.tamper import Change, change_one_byte
from orebook.model.absence import known
from orebook.model.problem import Problem, SenderError
from orebook.show.numbers import qty_text
from orebook.show.papers import WORDS
from orebook.web.addresses import address
from orebook.web.page import Ask, Page
from orebook.web.tables import Cell, Table, cell, fields, table

_BYTES_MAX = 65535
_SHOWN = 500
_GRAM = Decimal("0.001")


@dataclass(frozen=True, slots=True)
class Sent:
    """A file as it was sent."""

    name: str
    data: bytes


def door(ask: Ask) -> Page:
    """The forms; with `position` also what the check says of a changed copy."""
    last = ask.view.head.size - 1
    change: Change | None = None
    if ask.query.get("position"):
        position = ask.number("position", 0, 10**9 - 1)
        change = change_one_byte(ask.view, position, ask.number("byte", 0, _BYTES_MAX))
    parts: dict[str, object] = {
        "last": last,
        "change": change,
        "entry": address("entry", str(change.position)) if change is not None else "",
    }
    tables = (_change_table(change),) if change is not None else ()
    title = "Change one byte" if change is not None else "Check us"
    return Page("check", title, parts, tables)


def _change_table(change: Change) -> Table:
    rows = [
        ("entry changed", Cell(str(change.position), address("entry", str(change.position)))),
        ("file", Cell(change.path, f"/{change.path}")),
        ("byte in the file", Cell(str(change.offset))),
        ("bits before", Cell(f"{change.before:08b}")),
        ("bits after", Cell(f"{change.after:08b}")),
        ("entries checked", Cell(str(change.checked))),
        ("the untouched copy", Cell("agrees with the signed head" if change.sound
                                    else "does not agree with the signed head")),
        ("the changed copy", Cell(f"refused at {change.place}" if change.noticed
                                  else "was not refused")),
        ("hash expected there", Cell(change.expected)),
        ("hash found there", Cell(change.found)),
    ]  # fmt: skip
    return fields("change", "What was changed, and what the check says", rows)


async def read_form(request: Request[Any, Any, Any]) -> Sent:
    """The sheet of an upload form. Refuses: SenderError where none was chosen."""
    form = await request.form()
    upload = form.get("sheet")
    if not isinstance(upload, UploadFile) or not upload.filename:
        problem = Problem(
            "no-file",
            "the form",
            "a file named sheet",
            "none",
            "Choose a csv or xlsx file and send it again.",
        )
        raise SenderError(problem.text(), [problem])
    return Sent(upload.filename.replace("\\", "/").rpartition("/")[2][:120], await upload.read())


def looked_over(ask: Ask, sent: Sent) -> Page:
    """What the book would read from the sheet: totals, rows and faults, none of it kept."""
    found = look_over(io.BytesIO(sent.data), sent.name, ask.view.today)
    tables = (_totals(found), _kinds(found), _faults(found), _bags(found), _compared(found))
    parts: dict[str, object] = {"found": found}
    status = 200 if found.facts else 422
    return Page(
        "looked_over",
        f"Looked over: {found.name}",
        parts,
        tables,
        trail=(("Check us", "/check"),),
        status=status,
    )


def _totals(found: LookedOver) -> Table:
    rows = [
        (Cell(total.name), _total(total), Cell(total.why if total.mass else ""))
        for total in found.totals
    ]
    columns = (("total", "total"), ("mass", "mass"), ("remark", "remark"))
    note = "" if rows else "No bag could be read, so there is nothing to add."
    return table(
        "totals",
        "Totals over all bags",
        columns,
        rows,
        measured=("mass",),
        numbers=("mass",),
        note=note,
    )


def _total(total: Total) -> Cell:
    if total.mass is None:
        return Cell("cannot be told", state="absent", remark=total.why)
    value = total.mass.value.quantize(_GRAM) if total.mass.value % 1 else total.mass.value
    shown = qty_text(value, "kg", unknown="not stated")
    return Cell(f"{shown} ({total.mass.basis})", value=format(value, "f"), unit="kg")


def _kinds(found: LookedOver) -> Table:
    rows = [(Cell(code.replace("-", " ")), Cell(str(count))) for code, count in found.kinds]
    note = "" if rows else "No fault was found."
    return table(
        "kinds",
        "Faults, grouped",
        (("fault", "fault"), ("count", "how often")),
        rows,
        numbers=("count",),
        note=note,
    )


def _faults(found: LookedOver) -> Table:
    rows = [
        (Cell(p.place or "the file"), Cell(p.expected), Cell(p.found), Cell(p.next_step))
        for p in found.problems[:_SHOWN]
    ]
    columns = (
        ("place", "sheet, row, column"),
        ("expected", "expected"),
        ("found", "found"),
        ("next_step", "what to do"),
    )
    left = len(found.problems) - len(rows)
    note = f"{left} more faults are not listed here." if left else ""
    return table("faults", "Each fault with its place", columns, rows, note=note)


def _compared(found: LookedOver) -> Table:
    """What two papers print that differs first; what cannot be told is no pass."""
    rows = [
        (Cell(WORDS[part.verdict]), Cell(" ".join(part.reasons)))
        for one in found.papers
        for part in one.finding.parts
    ]
    columns = (("verdict", "found"), ("reason", "what the papers print"))
    note = "" if rows else "No two papers of one shipment state the same thing."
    return table("compared", "Do the papers agree?", columns, rows, note=note)


def _bags(found: LookedOver) -> Table:
    rows = [
        (
            cell(b.id),
            cell(b.seal),
            cell(b.gross),
            cell(b.tare),
            cell(b.net),
            cell(b.moisture),
            cell(b.assay),
            Cell("" if known(b.paper) is None else str(b.paper)),
        )
        for b in found.bags[:_SHOWN]
    ]
    names = ("bag", "seal", "gross", "tare", "net", "moisture", "assay", "paper")
    measured = ("gross", "tare", "net", "moisture")
    left = len(found.bags) - len(rows)
    note = f"{left} more bags are not listed here." if left else ""
    return table(
        "bags",
        "The bags as read",
        [(n, n) for n in names],
        rows,
        measured=measured,
        numbers=measured,
        note=note,
    )
