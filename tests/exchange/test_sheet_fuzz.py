"""Damaged workbooks and tables: cells, parts, bytes changed; nothing comes but facts and faults."""

from __future__ import annotations

import contextlib
import io
import random
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
import xlsxwriter

from orebook.exchange.format import Read, Source
from orebook.exchange.marked import mark
from orebook.exchange.registry import START, choose
from orebook.exchange.sheets import SHIPMENT_SHEET
from orebook.exchange.workbook import ODS
from orebook.model.problem import Problem, ReaderError
from orebook.model.shape import check

SEED = 20261125
ROWS: list[list[object]] = [
    ["Shipment", "X-1"],
    ["Lot", "L1"],
    ["Bag", "Seal", "Gross (kg)", "Tare (kg)", "Net (kg)", "Moisture (%)", "Cu (%)"],
    ["B1", "S1", 1000.3, 10, 990.3, 8.5, 24.3],
    ["B2", "S2", 1001.5, 10, 991.5, 8.4, 24.1],
    ["Total", "", 2001.8, 20, 1981.8, "", ""],
]
FACTS: list[list[object]] = [
    ["orebook:assays"],
    ["Identifier", "Lot", "Basis", "Cu (%)", "Ag (g/t)"],
    ["a1", "lot:1", "dry", 24.3, 120],
    ["a2", "lot:2", "dry", "<0.05", 130],
]
TEXTS = (
    "=1+1",
    "=cmd|' /C calc'!A0",
    "@SUM(A1)",
    "-2+3",
    "1,234",
    "1.234,5",
    "1e999",
    "9" * 400,
    "NaN",
    "∞",
    "−5",
    "2026-02-30",
    "12:61",
    "%",
    "\u202eevil",
    "\x07",
    "B1\nB2",
    " " * 500,
    "#REF!",
    "TRUE",
    "𝟗𝟗",
    "٣٫٥",
    "ß" * 3000,
)
TOKENS = (
    b'<c r="ZZZ9999999"><v>1</v></c>',
    b'<row r="1048577">',
    b"<v>1e999</v>",
    b"&lol;",
    b"<!DOCTYPE a [<!ENTITY b 'c'>]>",
    b"<is><t>x</t></is>",
    b' t="s"',
    b' t="e"',
    b' s="99"',
    b'<mergeCell ref="A1:XFD1048576"/>',
    b"\xff\xfe",
    b"\x00",
    b"<f>1/0</f>",
    b"]]>",
    b'table:number-columns-repeated="100000000"',
    b'office:value="NaN"',
    b"-1",
)


def xlsx(rows: list[list[object]], name: str) -> bytes:
    data = io.BytesIO()
    with xlsxwriter.Workbook(data) as book:
        sheet = book.add_worksheet(name)
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return data.getvalue()


def ods(rows: list[list[object]], name: str) -> bytes:
    cells = "".join(
        "<table:table-row>"
        + "".join(
            f'<table:table-cell office:value-type="float" office:value="{c}"><text:p>{c}</text:p>'
            "</table:table-cell>"
            if isinstance(c, int | float)
            else f'<table:table-cell office:value-type="string"><text:p>{c}</text:p>'
            "</table:table-cell>".replace("<0.05", "&lt;0.05")
            for c in row
        ).replace("<0.05", "&lt;0.05")
        + "</table:table-row>"
        for row in rows
    )
    spaces = " ".join(
        f'xmlns:{n}="urn:oasis:names:tc:opendocument:xmlns:{n}:1.0"'
        for n in ("office", "table", "text")
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {spaces}><office:body>'
        f'<office:spreadsheet><table:table table:name="{name}">{cells}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    return zipped(
        {
            "mimetype": ODS.encode(),
            "content.xml": content.encode(),
            "META-INF/manifest.xml": b"<manifest/>",
        }
    )


def zipped(parts: dict[str, bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return data.getvalue()


def unzipped(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def csv(rows: list[list[object]]) -> bytes:
    return "\n".join(";".join(map(str, row)) for row in rows).encode()


def strange_cells(rows: list[list[object]], chance: random.Random) -> list[list[object]]:
    """The same table with a few cells, rows and columns as nobody meant them."""
    new = [list(row) for row in rows]
    for _ in range(chance.randint(1, 4)):
        row = chance.choice(new) if new else []
        match chance.randrange(6):
            case 0 | 1 if row:
                row[chance.randrange(len(row))] = chance.choice(TEXTS)
            case 2:
                row.extend(chance.choice(TEXTS) for _ in range(chance.choice((1, 5, 300))))
            case 3:
                new.insert(chance.randrange(len(new) + 1), list(row))
            case 4:
                new = new[: chance.randrange(len(new) + 1)]
            case _:
                chance.shuffle(row)
    return new


def strange_part(data: bytes, chance: random.Random) -> bytes:
    """The same workbook with something in one of its parts left out, doubled or put in."""
    parts = unzipped(data)
    for _ in range(chance.randint(1, 3)):
        name = chance.choice(sorted(parts))
        part = parts[name]
        marks = [m.start() for m in re.finditer(rb"[<>\"]", part)] or [0]
        at = chance.choice(marks)
        end = min(len(part), at + chance.randrange(1, 80))
        match chance.randrange(6):
            case 0:
                parts[name] = part[:at] + part[end:]
            case 1:
                parts[name] = part[:end] + part[at:end] + part[end:]
            case 2 | 3:
                parts[name] = part[:at] + chance.choice(TOKENS) + part[at:]
            case 4:
                del parts[name]
            case _:
                parts[chance.choice(sorted(parts))] = part
        if not parts:
            break
    return zipped(parts)


def strange_bytes(data: bytes, chance: random.Random) -> bytes:
    """The same bytes cut, changed at one place, or with others between them."""
    at = chance.randrange(len(data) + 1)
    match chance.randrange(4):
        case 0:
            return data[:at]
        case 1:
            return data[:at] + bytes([chance.randrange(256)]) + data[at + 1 :]
        case 2:
            return data[:at] + chance.choice(TOKENS) + data[at:]
        case _:
            return data[:at] + data[at + chance.randrange(1, 60) :]


TABLES = ((ROWS, "Bags"), (FACTS, "assays"))
WHOLE: dict[str, Callable[[list[list[object]], str], bytes]] = {
    "xlsx": xlsx,
    "ods": ods,
    "csv": lambda rows, _name: csv(rows),
}


def cases(form: str, many: int) -> Iterator[bytes]:
    chance = random.Random(f"{SEED} {form}")
    whole = WHOLE[form]
    sound = [whole(rows, name) for rows, name in TABLES]
    for number in range(many):
        rows, name = chance.choice(TABLES)
        if number % 3 == 0 and form != "ods":
            yield whole(strange_cells(rows, chance), name)
        elif number % 3 == 1 and form != "csv":
            yield strange_part(chance.choice(sound), chance)
        elif form == "csv" and number % 3 == 1:
            encoding = chance.choice(("utf-16", "cp1252", "utf-8-sig", "utf-16-be", "mac_roman"))
            text = csv(strange_cells(rows, chance)).decode()
            yield text.encode(encoding, "replace")
        else:
            yield strange_bytes(chance.choice(sound), chance)


def outcome(data: bytes, name: str) -> tuple[int, list[Problem]]:
    """How many facts came, and the faults; anything else fails."""
    facts, faults = 0, list[Problem]()
    source = Source(name, "doc:1")
    for item in SHIPMENT_SHEET.read(io.BytesIO(data), source):
        if isinstance(item, Problem):
            assert item.code
            assert item.expected
            assert item.next_step
            assert "Traceback" not in item.text()
            faults.append(item)
        else:
            assert isinstance(item, Read)
            assert isinstance(check(item.kind, item.body), list | tuple)
            facts += 1
    assert facts or faults or source.notes, "neither facts nor a word"
    return facts, faults


def test_the_sheets_are_sound_before_they_are_damaged() -> None:
    for form, whole in WHOLE.items():
        for rows, name in TABLES:
            facts, faults = outcome(whole(rows, name), f"sheet.{form}")
            assert (facts > 1, faults) == (True, []), (form, name)


@pytest.mark.parametrize("form", ["xlsx", "ods", "csv"])
def test_no_damage_to_a_sheet_raises(
    form: str, count: Callable[[int, int], int], capsys: pytest.CaptureFixture[str]
) -> None:
    came: Counter[str] = Counter()
    name = f"sheet.{form}"
    for number, data in enumerate(cases(form, count(24, 600))):
        facts, faults = outcome(data, name)
        came["in part" if facts and faults else "read" if facts else "refused"] += bool(
            facts or faults
        )
        assert choose(data[:START], name) is not None
        if faults and number % 7 == 0:  # the sheet handed back with its faults on the cells
            with contextlib.suppress(ReaderError):  # or refused, by the one error readers know
                assert mark(data, name, faults).startswith(b"PK")
    with capsys.disabled():
        told = ", ".join(f"{n} {what}" for what, n in sorted(came.items()))
        print(f"\ndamaged {form} sheets: {told}")
    assert came["refused"] > 0
    assert came["read"] + came["in part"] > 0


def test_a_part_cut_off_is_refused_at_once_and_by_its_name() -> None:
    """What opens workbooks goes round for ever in an ods that ends inside its table."""
    whole = unzipped(ods(ROWS, "Bags"))
    cut = {**whole, "content.xml": whole["content.xml"].replace(b"</office:spreadsheet>", b"")}
    facts, faults = outcome(zipped(cut), "sheet.ods")
    assert (facts, [(p.code, p.place) for p in faults]) == (
        0,
        [("bad-workbook", "part content.xml")],
    )
    declared = whole["content.xml"].replace(b"?>", b"?><!DOCTYPE a [<!ENTITY b 'c'>]>", 1)
    facts, faults = outcome(zipped({**whole, "content.xml": declared}), "sheet.ods")
    assert (facts, [p.found for p in faults]) == (0, ["a document type declaration"])


def test_a_table_without_rows_is_told() -> None:
    source = Source("sheet.csv", "doc:1")
    assert list(SHIPMENT_SHEET.read(io.BytesIO(csv(FACTS[:2])), source)) == []
    assert "no row stands below the header: nothing was read" in source.notes


def test_a_control_character_is_marked_and_never_stops_the_sheet_from_being_handed_back() -> None:
    rows = [*FACTS[:2], ["a1", "lot:\x07", "dry", "x\x0b", 1]]
    _, faults = outcome(csv(rows), "sheet.csv")
    assert faults
    assert mark(csv(rows), "sheet.csv", faults).startswith(b"PK")
