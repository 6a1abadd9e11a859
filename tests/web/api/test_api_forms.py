"""Every list and thing of every door, and every page, as JSON, CSV and JSON Lines."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any
from urllib.parse import quote

import msgspec

from orebook.model.entry import Draft
from orebook.web.api import epcis_table, table
from orebook.web.api.call import Limits
from orebook.web.api.forms import has_forms
from orebook.web.api.openapi import document
from orebook.web.api.shapes import SHAPES
from orebook.web.portal import ROOMS, SINGLE

Served = Any
KNOWN = {
    "epc": "urn:epc:class:lgtin:4012345.012345.a",
    "eventType": "ObjectEvent",
    "bizStep": "shipping",
    "disposition": "active",
    "queryName": "all",
    "reference": "1",
    "bizLocation": "https://mine.example/yard",
    "readPoint": "https://mine.example/gate",
    "eventID": "urn:uuid:a",
}
ASKED = {
    "balance": "lot=lot:x",
    "coherence": "lot=lot:x",
    "rules": "lot=lot:x",
    "origin": "lot=lot:x",
    "reach": "of=lot:x",
    "recall": "of=lot:x",
    "exposure": "country=CL",
    "network": "period=2025",
    "entries": "kind=event",
}
FLOWS = (("inputs", "y"), ("outputs", "x"))
ALONE = {
    "openapi",
    "bulk",
}  # a document for programs; a file of JSON Lines already; and credentials, which are signed whole


def rows_of(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


def filled(served: Served) -> dict[str, str]:
    """A book with one of each thing; what the parts of addresses are called in it."""
    operator = served.book.operator
    served.book.append([Draft("lot", tuple({"id": f"lot:{n}"} for n in "xy"), operator)])
    mass = {"value": "2", "unit": "TNE", "basis": "dry"}
    crush = {"id": "event:crush", "kind": "crush", "when": "2025-03-02T08:00:00Z"}
    crush |= {side: [{"lot": f"lot:{n}", "mass": mass}] for side, n in FLOWS}
    served.book.append([Draft("event", (crush,), operator)])
    for at in ("gate", "yard"):
        more = {"readPoint": {"id": f"https://mine.example/{at}"}, "disposition": "active"}
        more |= {"bizLocation": {"id": f"https://mine.example/{at}"}, "ilmd": {"ex:n": "=1+1"}}
        more["action"] = "ADD"
        sent = served.document(
            served.event(at[0] if at == "yard" else "a", **more),
            context=[{"ex": "https://ex.example/"}],
        )
        job = served.capture(sent, "keeper")
        assert job["success"], job
    served.post("/epcis/queries", "keeper", json={"name": "all", "query": {}})
    served.post("/epcis/queries", "keeper", json={"name": "more", "query": {}})
    upload = served.post("/api/uploads", "keeper").headers["location"].rpartition("/")[2]
    return {**KNOWN, "captureID": job["captureID"], "uploadID": upload}


def loses_nothing(schema: str, body: Any) -> None:
    """Holds a body against the type that the OpenAPI document gives it, member by member."""
    shapes = {shape.__name__: shape for shape in SHAPES}
    shape: Any = shapes.get(schema.strip("[]"))
    if shape is None:
        assert schema == "any", schema
        return
    typed = msgspec.convert(body, list[shape] if schema.startswith("[") else shape)
    assert msgspec.to_builtins(typed) == body


def test_what_engines_answer_is_typed_to_its_last_member(served: Served) -> None:
    schemas = document()["components"]["schemas"]
    answered = {op.gives[200][1] for op in table.operations(Limits()) if op.tag == "Findings"}
    seen, left = set[str](), [*answered, "CaptureJob"]
    while left:
        name = left.pop()
        if name not in seen:
            seen.add(name)
            left += re.findall(r"#/components/schemas/(\w+)", json.dumps(schemas[name]))
    loose = [
        (name, member)
        for name in seen
        for member, told in schemas[name]["properties"].items()
        if told in ({}, {"type": "object"}) or {"items": {"type": "object"}}.items() <= told.items()
    ]
    assert len(seen) > 40
    assert loose == []
    filled(served)
    told = served.get("/api/findings/network?period=2025&used_up=1&assume=as-written").json()
    loses_nothing("NetworkFindings", told)


def test_every_route_of_both_doors_comes_in_three_forms_and_says_where_it_is_cut(
    served: Served,
) -> None:
    parts = filled(served)
    seen, cut = set[str](), set[str]()
    doors = (
        (epcis_table.BASE, epcis_table.operations(Limits())),
        (table.BASE, table.operations(Limits())),
    )
    for base, operations in doors:
        for operation in operations:
            if operation.method != "GET" or 200 not in operation.gives:
                continue
            alone = operation.name in ALONE or operation.tag == "Credentials"
            assert has_forms(operation) != alone, operation.name
            if alone or operation.name == "reliance":  # no statistics lie beside this book
                continue
            path = operation.path
            own = {**parts, "id": "lot:x"}
            for name, value in own.items():
                path = path.replace(f"{{{name}}}", quote(value, safe=""))
            address = f"{base}{path}".rstrip("/")
            address += f"?{ASKED[operation.name]}" if operation.name in ASKED else "?"
            if any(param.name == "perPage" for param in operation.params):
                address += "&perPage=1"
            answer = served.get(address, "keeper")
            if answer.status_code == 404 and operation.about in table.ROOMS:
                continue  # a kind of thing of which this book has none
            assert answer.status_code == 200, (address, answer.text)
            loses_nothing(operation.gives[200][1] if base == table.BASE else "any", answer.json())
            follows = "next" in answer.links
            lines = served.get(f"{address}&format=jsonl", "keeper")
            assert (lines.status_code, lines.headers["content-type"]) == (200, "application/jsonl")
            found = [json.loads(line) for line in lines.text.splitlines()]
            table_ = served.get(f"{address}&format=csv", "keeper")
            assert table_.headers["content-type"] == "text/csv"
            rows = rows_of(table_.text)
            assert len(rows) == len(found) + 1, address
            seen.add(operation.name)
            if not follows:
                assert "cut off" not in table_.text
                assert not any("cut_off" in row for row in found if isinstance(row, dict))
                continue
            cut.add(operation.name)
            assert found[-1]["cut_off"] is True
            assert rows[-1][0].startswith("cut off")
            assert "format=csv" in table_.links["next"]["url"]
            following = served.get(table_.links["next"]["url"], "keeper")
            assert following.headers["content-type"] == "text/csv"
            if operation.path not in {"/capture", "/queries"}:  # bare lists, as the standard has it
                told = answer.json()
                assert told.get("more") is True or told.get("orebook:next"), address
    assert len(seen) > 45
    assert {"events", "bizSteps", "epcs", "queries", "captureJobs", "jobs", "entries"} <= cut


def test_cells_are_flat_exact_and_run_nothing(served: Served) -> None:
    filled(served)
    rows = rows_of(served.get("/epcis/events?EQ_eventID=urn:uuid:a&format=csv").text)
    row = dict(zip(rows[0], rows[1], strict=True))
    assert row["readPoint.id"] == "https://mine.example/gate"
    assert row["ilmd.ex:n"] == "'=1+1"
    (quantity,) = json.loads(row["quantityList"])
    assert quantity["quantity"] == 1
    for accept, media in (("text/csv", "text/csv"), ("application/x-ndjson", "application/jsonl")):
        answer = served.client.get("/api/lots", headers={"accept": f"{accept}, */*;q=0.1"})
        assert answer.headers["content-type"] == media
        assert "lot:x" in answer.text
    html = "text/html,application/xhtml+xml,*/*;q=0.8"
    assert served.client.get("/api/lots", headers={"accept": html}).json()["items"]
    refused = served.get("/epcis/events?format=pdf")
    assert (refused.status_code, refused.headers["content-type"]) == (
        400,
        "application/problem+json",
    )
    tags = {
        served.get(f"/api/lots?format={form}").headers["etag"] for form in ("json", "csv", "jsonl")
    }
    assert len(tags) == 3


def test_every_page_of_the_portal_comes_in_three_forms(served: Served) -> None:
    filled(served)
    asked = [f"/{name}" for name in (*ROOMS, *SINGLE) if name != "disclosure"]
    asked += ["/lots/lot%3Ax", "/parties/party%3Amine", "/events/urn%3Auuid%3Aa", "/entries/1"]
    for address in asked:
        for form, media in (("csv", "text/csv"), ("jsonl", "application/jsonl")):
            answer = served.get(f"{address}?format={form}")
            assert answer.status_code == 200, (address, form, answer.text)
            assert answer.headers["content-type"].startswith(media)
        told = served.get(f"{address}.json")
        assert isinstance(told.json()["tables"], dict), address
