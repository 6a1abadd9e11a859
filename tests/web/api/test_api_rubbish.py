"""Bad input of every kind at the door: each is told with its place, and nothing of it stays."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest
import xlsxwriter

Served = Any
XML, BYTES = "application/xml", "application/octet-stream"
JSON = "application/json"
LOL = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 9 if n else "lol"}">' for n in range(9))
EVENT = (
    '{"type":"ObjectEvent","eventTime":"2025-03-01T12:00:00Z","eventTimeZoneOffset":"+00:00",'
    '"action":"OBSERVE","epcList":["urn:x:1"]%s}'
)


def around(*events: str) -> bytes:
    """A document of these events as they are written."""
    head = (
        '{"@context":["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],'
        '"type":"EPCISDocument","schemaVersion":"2.0","creationDate":"2025-03-02T00:00:00Z",'
    )
    return f'{head}"epcisBody":{{"eventList":[{",".join(events)}]}}}}'.encode()


def workbook(cells: dict[tuple[int, int], str]) -> bytes:
    data = io.BytesIO()
    with xlsxwriter.Workbook(data, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Lots")
        for (row, column), text in cells.items():
            sheet.write(row, column, text)
    return data.getvalue()


def bomb() -> bytes:
    """Four small parts that would unpack to more than is read, once each is counted."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"<workbook/>")
        for n in range(9):
            archive.writestr(f"xl/worksheets/sheet{n}.xml", b" " * (16 << 20))
    return data.getvalue()


RUBBISH = {
    "entities that multiply": (XML, f"<!DOCTYPE x [{LOL}]><x>&l8;</x>", "line 1", "multiply"),
    "a file of the machine": (
        *(XML, '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>'),
        *("line 1", "document type"),
    ),
    "xml that nests": (XML, "<a>" * 5000, "line 1", "nesting"),
    "json that nests": (JSON, "[" * 100_000, "", "deeper"),
    "objects that nest": (JSON, around(EVENT % (',"ex:a":' + "[" * 90 + "]" * 90)), "", "deeper"),
    "a name twice": (
        *(JSON, around(EVENT % ',"action":"ADD"')),
        *("/epcisBody/eventList/0/action", "twice"),
    ),
    "a wrong encoding": (JSON, around(EVENT % "").replace(b"OBSERVE", b"\xe9"), "line 1", "0xe9"),
    "another encoding": (JSON, around(EVENT % "").decode().encode("utf-16"), "byte 0", "UTF-16"),
    "an encoding nobody knows": (XML, '<?xml version="1.0" encoding="klingon"?><x/>', "line 1",
                                 "klingon"),
    "a number of digits": (JSON, around(EVENT % (',"ex:a":' + "9" * 5000)), "line 1", "5000"),
    "a zip bomb": ("a.xlsx", bomb(), "", "more"),
    "ten thousand columns": (
        *("a.xlsx", workbook({(0, n): f"h{n}" for n in range(10_000)})),
        *("sheet Lots", "column 257"),
    ),
    "a formula": (
        "a.xlsx",
        workbook({(0, 0): "orebook:lots", (1, 0): "id", (1, 1): "mass (kg)", (2, 0): "a",
                  (2, 1): "=1+1"}),
        *("sheet Lots", "formula"),
    ),
    "rubbish": ("a.bin", bytes(range(256)) * 20, "", "knows"),
}  # fmt: skip


@pytest.mark.parametrize("name", RUBBISH)
def test_rubbish_is_told_with_its_place_and_nothing_stays(served: Served, name: str) -> None:
    form, body, place, found = RUBBISH[name]
    size = served.book.head.size
    data = body.encode() if isinstance(body, str) else body
    if "." in form:
        address = f"/api/documents?name={form}"
        sent = served.post(address, content=data, headers={"content-type": BYTES})
    else:
        sent = served.post("/epcis/capture", content=data, headers={"content-type": form})
    faults: Any
    if sent.status_code == 202:
        job = served.job(sent.headers["location"])
        assert not job["success"]
        faults = job["errors"]
    else:
        assert sent.status_code == 400, sent.text
        faults = sent.json()["errors"]
    assert faults[0]["place"].startswith(place), faults[0]
    assert found in faults[0]["found"], faults[0]
    assert faults[0]["status"] in {400, 413}
    told = json.dumps(faults)
    for word in ("Traceback", "lxml", "XML_PARSE", "Error(", "site-packages"):
        assert word not in told
    served.book.refresh()
    assert served.book.head.size == size
